"""Add: articles from files and folders into seeds/, each with a row of the manifest; whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.runtime.counts import counted
from parley.runtime.engine import Cores
from parley.runtime.files import Row, read_regular, write_whole
from parley.runtime.progress import bar
from parley.seeds.archives import is_archive, pages
from parley.seeds.articles import TEXTS, Article, article, doc_id, slug
from parley.seeds.manifest import Manifest, ManifestRows, decode_manifest, no_text, with_rows
from parley.seeds.near_duplicates import near_duplicates
from parley.seeds.pages import PIN, is_page

REPORT = "added.txt"  # in build/
FEW = 20  # articles, up to which each is shown
_BEGIN = 16  # bytes of a file, by which its kind is known


@dataclass
class AddReport:
    """What was added. remarks: by doc_id, what a person should look at. left: what was not taken, and why."""

    rows: list[Row] = field(default_factory=list)
    remarks: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return what was done, article by article, and what a person should look at."""
        lines = [f"added {counted(len(self.rows), 'article')}"]
        for row in self.rows:
            lines.append(
                f"  {row['doc_id']}  {row['language']}  {row['published'] or 'no date'}  {row['event']}"
            )
            lines += [f"    {remark}" for remark in self.remarks[row["doc_id"]]]
        return lines + [f"  not added: {line}" for line in self.left]


@dataclass(frozen=True)
class _Texts:
    """The new articles, as near duplicates are looked for."""

    texts: Mapping[str, str]

    @property
    def doc_ids(self) -> list[str]:
        return list(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def load_texts(self) -> Mapping[str, str]:
        return self.texts


def add(
    corpus: Corpus, given: Iterable[Path], *, event: str = "", language: str = "", rights: str = ""
) -> AddReport:
    """Copy articles into seeds/ and give each a row of the manifest.

    given: files, and folders with files of known kinds. event, language, rights: of all of them, if not "".
    Bytes that are there already, or came twice, are left out and named. Raises DataFaults with all that no
    seed may have, then nothing is written; UsageError if there is nothing to add, or a file is too large.
    """
    paths, done = corpus.paths, AddReport()
    manifest = _manifest(corpus)
    known = {row["sha256"]: row["doc_id"] for _, row in manifest.rows}
    wrong: list[Fault] = []
    new: list[Article] = []
    files = list(_files(given, done, wrong))
    for path in bar(files, "reading articles"):
        try:
            for one in _articles(corpus, path):
                double = known.get(one.sha256)
                if double:
                    done.left.append(f"{one.origin}: it is {double} already, byte for byte")
                else:
                    known[one.sha256] = one.origin
                    new.append(one)
        except DataFaults as found:
            wrong += found.faults
    check(wrong)
    if not (new or done.left):
        kinds = ", ".join((*sorted(TEXTS), ".html, .mhtml or .warc"))
        raise UsageError("there is no article in what was named", f"name files ending in {kinds}")
    said = {"event": event, "language": language, "rights": rights}
    _name(corpus, manifest, new, {key: value for key, value in said.items() if value}, done)
    data = paths.read(paths.manifest) if paths.manifest.is_file() else b""
    made = with_rows(data, done.rows)
    check(
        fault
        for fault in decode_manifest(made, paths, corpus.rules).faults
        if fault.code not in {"seed-unlisted", "cleaning-malformed"}
    )
    for one, row in zip(new, done.rows, strict=True):
        place = paths.seeds / row["file"]
        if not place.exists():
            write_whole(place, one.data)
        if one.pin:
            write_whole(paths.seeds / f"{row['doc_id']}{PIN}", one.pin)
    if new:
        write_whole(paths.manifest, made)
    return done


def _manifest(corpus: Corpus) -> Manifest:
    """Return the manifest, without rows if there is none yet. Raises DataFaults if it is malformed."""
    paths = corpus.paths
    if not os.path.lexists(paths.manifest):
        return Manifest(ManifestRows(), ())
    found = decode_manifest(corpus.read(paths.manifest, "manifest-malformed"), paths, corpus.rules)
    check(fault for fault in found.faults if fault.code not in {"seed-unlisted", "cleaning-malformed"})
    return found


def _files(given: Iterable[Path], done: AddReport, wrong: list[Fault]) -> Iterator[Path]:
    """Yield the files that are named, and those in folders; links and pipes become faults."""
    for path in given:
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}", "name a file or a folder")
        if stat.S_ISDIR(mode):
            for entry in sorted(path.iterdir()):
                name, is_folder = entry.name, entry.is_dir() and not entry.is_symlink()
                if name.startswith(".") or name in {"manifest.csv", "cleaning.toml"} or name.endswith(PIN):
                    continue
                if is_folder or entry.is_symlink() or not entry.is_file() or _is_known(name):
                    yield from _files([entry], done, wrong)
                else:
                    done.left.append(f"{entry}: {_why_left(entry)}")
        elif stat.S_ISLNK(mode):
            wrong.append(Fault("corpus-link", str(path), "no link is followed: name what it leads to"))
        elif stat.S_ISREG(mode):
            yield path
        else:
            wrong.append(Fault("file-irregular", str(path), "it is neither a file nor a folder"))


def _is_known(name: str) -> bool:
    return Path(name).suffix.lower() in TEXTS or is_page(name) or is_archive(name)


def _why_left(path: Path) -> str:
    """Say why a file of a folder is not taken: by its first bytes, else by its name."""
    with path.open("rb") as file:
        kind = no_text(file.read(_BEGIN))
    if kind:
        return f"it is {kind}; save its text in a .txt file"
    return "nothing is known of files of this kind; named by itself it is taken as a text"


def _articles(corpus: Corpus, path: Path) -> Iterator[Article]:
    limits, origin = corpus.paths.limits, str(path)
    data = read_regular(path, limits.file)
    if not is_archive(path.name):
        yield article(origin, path.stem, data, corpus.rules, limits.seconds, page=is_page(path.name))
        return
    try:
        for number, (stem, page) in enumerate(pages(data, path.name), 1):
            yield article(f"{origin} > {number}", stem, page, corpus.rules, limits.seconds, page=True)
    except ValueError as error:
        raise DataFaults([Fault("page-malformed", origin, str(error))])


def _name(corpus: Corpus, manifest: Manifest, new: list[Article], said: Row, done: AddReport) -> None:
    """Give each new article a row: name, file and event; and say what is guessed."""
    paths = corpus.paths
    listed = {row["file"] for _, row in manifest.rows}
    events = {row["doc_id"]: row["event"] for _, row in manifest.rows}
    taken = {name.casefold() for name in events}
    taken |= {path.stem.casefold() for path in paths.seeds.iterdir() if path.name not in listed}
    named: dict[str, Article] = {}
    for one in new:
        name = doc_id(one.stem, taken - {one.stem.casefold()} if _is_there(corpus, one) else taken)
        named[name] = one
        taken.add(name.casefold())
    near: dict[str, list[tuple[float, str]]] = {name: [] for name in named}
    for first, second, similarity in _near(corpus, named, bool(events)):
        for a, b in ((first, second), (second, first)):
            if a in near:
                near[a].append((similarity, b))
    for name, one in named.items():
        others = sorted(near[name], reverse=True)
        same = next((events[other] for _, other in others if other in events), "")
        row = {"doc_id": name, "file": f"{name}{one.suffix}", "sha256": one.sha256, "rights": "", **one.row}
        row["event"] = same or slug(row["title"], name)
        row |= said
        events[name] = row["event"]
        done.rows.append(row)
        guessed = [f"{column} {row[column]!r}" for column in one.guessed if column not in said]
        remarks = [f"from {one.origin}"] + [f"guessed: {', '.join(guessed)}"] * bool(guessed)
        remarks += [f"near duplicate of {other} (Jaccard {similarity:.2f})" for similarity, other in others]
        if "event" not in said:
            remarks.append(
                f"proposed: event {row['event']}" + (", as its near duplicate has it" if same else "")
            )
        done.remarks[name] = [*remarks, *one.remarks]


def _is_there(corpus: Corpus, one: Article) -> bool:
    """Say whether an article lies in seeds/ already, under its name, and lacks its row alone."""
    place = corpus.paths.seeds / f"{one.stem}{one.suffix}"
    return place.is_file() and not place.is_symlink() and corpus.paths.read(place) == one.data


def _near(corpus: Corpus, named: Mapping[str, Article], there: bool) -> list[tuple[str, str, float]]:
    texts = _Texts({name: one.text for name, one in named.items()})
    batches = corpus.batches(annotators=(), gold=False) if there else ()
    return near_duplicates([*batches, texts], Cores(1 if len(texts) < FEW else None))
