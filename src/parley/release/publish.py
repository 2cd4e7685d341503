"""Publish: build a release beside dataset/, or one without text; prove it, put it in place in one step."""

from __future__ import annotations

import os
import shutil
import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from parley.adjudication.gold import open_faults
from parley.agreement.report import decode_rounds, headline_values, read_rounds
from parley.agreement.study import agreement_faults
from parley.corpus.corpus import Corpus, writing
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.ontology import DOCUMENT, Ontology, encode_ontology
from parley.model.paths import CorpusPaths
from parley.release.audit.report import audit_faults, read_audit
from parley.release.baselines.report import baselines_faults, read_baselines
from parley.release.card.card import DATASHEET, PICTURE, SENTENCE, card, datasheet, labels_picture
from parley.release.card.citation import CITATION, ZENODO, citation, zenodo
from parley.release.card.codebook import CODEBOOK, codebook
from parley.release.card.content import Content
from parley.release.card.croissant import FILE as CROISSANT
from parley.release.card.croissant import croissant, croissant_faults
from parley.release.card.example import example, example_picture
from parley.release.data.files import ONTOLOGY, rows
from parley.release.data.schema import FINGERPRINTS, configs
from parley.release.data.shards import Earlier, write_shards
from parley.release.inputs import read_inputs, read_settings
from parley.release.previous import read_earlier, remember
from parley.release.versions.changelog import FILE as CHANGELOG
from parley.release.versions.changelog import changelog
from parley.release.versions.difference import Difference, difference, read_labels
from parley.release.versions.history import (
    FILE,
    damage,
    encode_versions,
    file_hashes,
    file_sha256,
    inputs_sha256,
    read_versions,
    version_faults,
)
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import replacing, temporary_folder, write_whole
from parley.runtime.many_files import flush_tree
from parley.runtime.memory import use_close_pool
from parley.runtime.threads import threads
from parley.seeds.pages import PIN, is_page
from parley.validation.facts import Reference
from parley.validation.judge import judge
from parley.validation.project import derived_suites
from parley.validation.waivers import counted, read_waivers, waive

_WORDS = {"title", "definition", "color", "hotkey", "expected_at"}  # do not decide what a label is
AT_THE_ROOT = (CITATION, ZENODO, DATASHEET)  # people and platforms look for them in the corpus' folder too

Rows = dict[tuple[str, str], int]  # by config and split


@dataclass(frozen=True)
class Published:
    """What a publish did. changed: whether dataset/ was replaced. taken: shards that had not changed."""

    version: str
    content_sha256: str
    rows: Rows
    changed: bool
    taken: int = 0


def publish(
    corpus: Corpus, engine: Engine | None = None, judged: Callable[[], object] = lambda: None
) -> Published:
    """Publish a corpus into its dataset/, whole or not at all.

    engine: what works on the batches, by default this machine; it makes no difference to any byte. judged:
    waits for a judge, and raises DataFaults if the corpus has faults; these go before all others.
    Raises DataFaults, with dataset/ untouched, if gold has open places, the labels cannot be tabulated, the
    version does not fit, the release does not load or dataset/ has what no publish put there; UsageError if
    there is nothing to publish, or an input changed meanwhile.

    >>> publish(Corpus.at(Path("."))).version
    '0.1.0'
    """
    paths = corpus.paths
    with writing(paths):
        with replacing(paths.dataset) as staging:
            try:
                history = f"{paths.dataset.name}/{FILE}"
                check(f for f in damage(paths.dataset) if f.code != "release-damaged" or f.file == history)
                content, faults = build(corpus, staging, engine, read_earlier(corpus))
                check(open_faults(corpus) if content.is_gold else ())
                check(faults)
                large = corpus.batches().scratch is not None
                loader = (engine or Cores()) if large else Cores(1)
                changed = not _is_published(staging, paths.dataset)
                # while it is loaded: what waits for the disk, and what is work if others load it
                with threads(1) as wait, threads(int(loader != Cores(1))) as begin:
                    if changed:
                        wait(FILE, lambda: flush_tree(staging))
                        begin(CROISSANT, lambda: check(croissant_faults(staging, paths.dataset.name)))
                    found = _proved(content, staging, paths, loader)
            finally:
                judged()
            _refuse_changed_inputs(corpus)
            if not changed:
                shutil.rmtree(staging)
        for name in AT_THE_ROOT:
            published, copy = paths.dataset / name, paths.root / name
            if published.is_file() and not (copy.is_file() and copy.read_bytes() == published.read_bytes()):
                write_whole(copy, published.read_bytes())
        remember(corpus, content.content_lines)
        return Published(content.settings.version, content.content_sha256, found, changed, content.taken_over)


def _proved(content: Content, folder: Path, paths: CorpusPaths, engine: Engine) -> Rows:
    """Return the rows that a reader gets of a release. Raises DataFaults if it is not what was written."""
    written = {(c, split): size.rows for c, by in content.sizes.items() for split, size in by.items()}
    found = rows(folder, list(content.sizes), engine)
    if found != written:
        what = f"load_dataset gives {found}, written were {written}"
        raise DataFaults([Fault("release-damaged", paths.relative(paths.dataset), what)])
    return found


def _is_published(release: Path, folder: Path) -> bool:
    """Say whether a folder has the files of a release that was built, and no others."""
    if not (folder / FILE).is_file() or (folder / FILE).read_bytes() != (release / FILE).read_bytes():
        return False
    recorded: Mapping[str, str] = read_versions(release)[-1]["files_sha256"]
    return file_hashes(folder) == recorded


def _refuse_changed_inputs(corpus: Corpus) -> None:
    """Raise UsageError if a file that was read, or one that would have been, is another by now.

    Only those are read again that changed after the corpus was opened.
    """
    paths = corpus.paths
    single = (paths.agreement, paths.baselines, paths.audit, paths.cleaning, paths.ledger)
    changed = [
        name for path in single if path.is_file() and (name := paths.relative(path)) not in corpus.digests
    ]
    there = {paths.relative(one): _label_files(one) for one in (paths.gold, *paths.labels.glob("*"))}
    root = str(paths.root)
    for name, digest in _read_files(corpus):
        if _is_other(os.path.join(root, name), digest, corpus.opened):  # noqa: PTH118 - see below
            changed.append(name)
        folder, _, file = name.rpartition("/")
        there.get(folder, set()).discard(file)
    changed += (f"{folder}/{name}" for folder, names in there.items() for name in names)
    if changed:
        raise UsageError(
            f"{', '.join(sorted(changed))} changed while the release was made; {paths.dataset} is as it was",
            "repeat the command when nobody writes the corpus",
        )


def _is_other(path: str, digest: str, since: int) -> bool:
    """Say whether a file is not what was read. since: nanoseconds; what changed later is read again.

    Of paths as texts: a `Path` takes several times as long, for each of a hundred thousand files.
    """
    try:
        found = os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return True
    is_file = stat.S_ISREG(found.st_mode)
    return not is_file or (found.st_ctime_ns > since and file_sha256(Path(path)) != digest)


def _label_files(folder: Path) -> set[str]:
    """Return the names of the label files in a folder, if it is one."""
    if not folder.is_dir():
        return set()
    with os.scandir(folder) as entries:
        return {one.name for one in entries if one.name.endswith(".json") and one.is_file()}


def _read_files(corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield each file that was read, and its digest."""
    paths = corpus.paths
    yield from list(corpus.digests.items())
    seeds = paths.relative(paths.seeds)
    for _, row in corpus.manifest.rows:
        yield f"{seeds}/{row['file']}", row["sha256"]
    for stored in corpus.batches():
        layers = stored.load_table("layers")
        yield from zip(*(layers[name].to_pylist() for name in ("file", "file_sha256")), strict=True)


def build(
    corpus: Corpus, folder: Path, engine: Engine | None = None, earlier: Earlier | None = None
) -> tuple[Content, list[Fault]]:
    """Write the release of a corpus into `folder`, which must not exist, and say what its version lacks.

    The same inputs give the same bytes. What was published before (in the corpus' dataset/) gives the
    history. engine: as for `publish`. earlier: of which shards are taken over that have not changed; without
    it every file is made. Raises DataFaults if the labels or the last version have faults, UsageError if
    there is nothing to publish.
    """
    content = write_data(corpus, folder, engine or Cores(), earlier=earlier)
    _refuse_unearned_version(content)
    published, settings, digest = corpus.paths.dataset, content.settings, content.content_sha256
    history = read_versions(published)
    is_last = bool(history) and history[-1]["version"] == settings.version
    found = Difference()
    is_same = is_last and history[-1]["content_sha256"] == digest
    # its labels may be a version's and have other columns or classes; other labels are a fault anyway
    if history and (not is_last or (is_same and _has_other_data(folder, history[-1]))):
        data = f"{published.name}/data/"
        check(fault for fault in damage(published) if fault.file.startswith(data))
        found = difference(read_labels(published), read_labels(folder))
    faults = version_faults(settings, history, digest, found)
    faults += _ontology_faults(published / ONTOLOGY, corpus.ontology)
    measured = headline_values(dict(content.agreement))
    before = history[:-1] if is_last else history
    changes = published / CHANGELOG
    if not is_last:
        last = before[-1] if before else None
        (folder / CHANGELOG).write_text(changelog(changes, settings, last, found, measured), encoding="utf-8")
    elif changes.is_file():
        shutil.copyfile(changes, folder / CHANGELOG)
    corpus.sha256(corpus.paths.root / DATASHEET)  # that it is the same when the release is put in place
    write_words(content, folder, corpus.paths.root / DATASHEET)
    version = {
        "version": settings.version,
        "date": settings.date,
        "labels": settings.labels,
        "content_sha256": digest,
        "inputs_sha256": inputs_sha256(corpus),
        "agreement": measured,
        "files_sha256": file_hashes(folder),
    }
    (folder / FILE).write_bytes(encode_versions([*before, version]))
    return content, faults


@contextmanager
def unpublished(corpus: Corpus, engine: Engine | None = None) -> Iterator[Path]:
    """Yield a folder with the data of a release of the corpus as it is now, whatever its version.

    Raises DataFaults if no release can be made of the labels, UsageError if there is nothing to publish.
    """
    with temporary_folder() as scratch:
        folder, chosen = scratch / corpus.paths.dataset.name, engine or Cores()
        inputs = read_inputs(corpus, read_settings(corpus), chosen)
        write_shards(inputs, configs(inputs.ontology), corpus.batches(chosen), folder, chosen, withheld=False)
        yield folder


def _has_other_data(folder: Path, version: Mapping[str, Any]) -> bool:
    """Say whether a data file in a folder has other bytes than in a version, or is not in it."""
    published = version["files_sha256"]
    return any(published.get(file) != digest for file, digest in file_hashes(folder).items())


def _ontology_faults(published: Path, ontology: Ontology) -> Iterator[Fault]:
    """Yield the labels that are not as in the last release, if the ontology's version is the same."""
    if not published.is_file() or published.is_symlink():
        return
    try:
        before = msgspec.json.decode(published.read_bytes(), type=Ontology)
    except msgspec.DecodeError:  # verifying says that it is not what was published
        return
    if before.revision == ontology.revision:
        for kind in ("span", "attribute", DOCUMENT, "relation"):
            old, new = (_meanings(msgspec.to_builtins(scheme)[kind]) for scheme in (before, ontology))
            for name in sorted({*old, *new}):
                if old.get(name) != new.get(name):
                    file = "annotation/ontology.toml"
                    what = f"it is not as it was published, and the version is still {ontology.version}"
                    yield Fault("ontology-version", f"{file} > {kind}({name})", what, file)


def _meanings(labels: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return labels by name without the words and colours that people see."""
    found: dict[str, list[Any]] = defaultdict(list)
    for label in labels:
        kept = {key: value for key, value in label.items() if key not in _WORDS and value}
        kept["value"] = [one["name"] for one in label.get("value", ())]
        found[label["name"]].append(kept)
    return found


def _refuse_unearned_version(content: Content) -> None:
    """Raise UsageError if a version from 1.0 was not made by people."""
    humans = {name for name, one in content.inputs.annotators.items() if one.kind == "human"}
    version, leads, makers = content.settings.version, content.counts.leads, content.counts.makers
    made_by_people = content.is_gold and len(makers & humans - leads) >= 2 and leads <= humans
    if not (version.startswith("0.") or made_by_people):
        raise UsageError(
            f"version {version} needs gold made by at least two people and adjudicated by one",
            "publish it as 0.x until people have labelled and adjudicated it",
        )


def write_data(
    corpus: Corpus,
    folder: Path,
    engine: Engine,
    *,
    withheld: bool = False,
    earlier: Earlier | None = None,
) -> Content:
    """Write the data files of a corpus' release below `folder`; return what the rest is computed from.

    withheld: without text. earlier: as for `build`. Raises DataFaults and UsageError as `read_inputs` does.
    """
    use_close_pool()
    settings = read_settings(corpus)
    inputs = read_inputs(corpus, settings, engine)
    known = configs(inputs.ontology)
    written = write_shards(
        inputs, known, corpus.batches(engine), folder, engine, withheld=withheld, earlier=earlier
    )
    check(corpus.derived(agreement_faults))
    rounds = corpus.derived(read_rounds)
    agreement: dict[str, Any] = {"rounds": rounds} if rounds else {}
    sizes = written.sizes(known)
    digest, waived = written.content_sha256, counted(_waived(corpus))
    check([*baselines_faults(corpus, digest), *audit_faults(corpus, digest)])
    return Content(
        settings,
        inputs,
        known,
        written.counts,
        sizes,
        agreement,
        digest,
        written.excluding,
        waived,
        corpus.derived(read_baselines),
        _elsewhere(corpus),
        corpus.derived(read_audit),
        written.lines,
        written.taken,
    )


def _elsewhere(corpus: Corpus) -> list[tuple[str, dict[str, Any]]]:
    """Return what each other corpus of release.toml is, and the last round of its agreement.

    Raises DataFaults if one has no agreement.json, or it was measured on other labels.
    """
    found, wrong = [], list[Fault]()
    for one in read_settings(corpus).elsewhere:
        other = Corpus(CorpusPaths(corpus.paths.root / one.folder))
        file = corpus.paths.relative(other.paths.agreement)
        rounds = decode_rounds(corpus.read(other.paths.agreement, "agreement-malformed"), file)
        other.known[read_rounds] = rounds
        stale = agreement_faults(other)
        wrong += (replace(fault, place=f"{one.folder} > {fault.place}", file=file) for fault in stale)
        found.append((one.what, rounds[-1]))
    check(wrong)
    return found


def _waived(corpus: Corpus) -> Iterator[tuple[Fault, str]]:
    """Yield the faults of labels that waivers accept, with their reasons."""
    waivers = corpus.derived(read_waivers)
    if not waivers:
        return
    codes = {waiver.code for waiver in waivers}
    suites = {
        name: [one for one in expected if one["meta"]["fault"] in codes]
        for name, expected in derived_suites(corpus.ontology).items()
    }
    kinds = {annotator.name: str(annotator.kind) for annotator in corpus.annotators.values()}
    reference = Reference(kinds, {entity.id: entity.type for entity in corpus.entities.values()})
    for stored in corpus.batches():
        verdict = judge(stored.load(), corpus.ontology, suites, reference, whole=False)
        yield from waive(verdict.all_faults(), waivers).accepted


def write_words(content: Content, folder: Path, prose: Path) -> None:
    """Write what is beside the data of a release. prose: the datasheet; the release has none without it."""
    if prose.is_file():
        sheet = datasheet(prose.read_text(encoding="utf-8"), content)
        (folder / DATASHEET).write_text(sheet, encoding="utf-8")
    (folder / CITATION).write_text(citation(content.settings), encoding="utf-8")
    (folder / ZENODO).write_bytes(zenodo(content.settings, withheld=content.is_withheld))
    ontology = encode_ontology(content.inputs.ontology)
    (folder / ONTOLOGY).write_bytes(msgspec.json.format(ontology, indent=1) + b"\n")
    (folder / PICTURE).parent.mkdir()
    (folder / PICTURE).write_text(labels_picture(content), encoding="utf-8")
    shown = example(folder)
    if shown:
        picture = example_picture(shown, content.inputs.ontology)
        (folder / SENTENCE).write_text(picture, encoding="utf-8")
    (folder / CODEBOOK).write_text(codebook(content), encoding="utf-8")
    (folder / "README.md").write_text(card(content, folder, shown), encoding="utf-8")
    (folder / CROISSANT).write_bytes(croissant(content, folder))


@dataclass(frozen=True)
class Withheld:
    """What was written. content_sha256: of the release with its text. fingerprints: how many."""

    folder: Path
    version: str
    content_sha256: str
    fingerprints: int


def write_withheld(corpus: Corpus, folder: Path, engine: Engine | None = None) -> Withheld:
    """Write the published version without text into `folder`, which must not hold anything else.

    Its versions.json keeps the content hash of the full tables, so that whoever puts the text back can prove
    that the result is the release itself. engine: as for `publish`. Raises UsageError if the version is not
    published yet, or `folder` is not a release without text.
    """
    published = read_versions(corpus.paths.dataset)
    if folder.is_dir() and any(folder.iterdir()):
        there = read_versions(folder)
        if not there or there[-1].get("text") != "withheld":
            raise UsageError(f"{folder} has something else", "name another folder with --out")
    with replacing(folder) as staging:
        content = write_data(corpus, staging, engine or Cores(), withheld=True)
        version, digest = content.settings.version, content.content_sha256
        if not published or (published[-1]["version"], published[-1]["content_sha256"]) != (version, digest):
            raise UsageError(
                f"version {version} is not in {corpus.paths.dataset} as the corpus gives it",
                "run `parley publish` first: the release without text is taken from it",
            )
        write_words(content, staging, corpus.paths.dataset / DATASHEET)
        here = CorpusPaths(staging)
        for source, place in ((corpus.paths.ontology, here.ontology), (corpus.paths.cleaning, here.cleaning)):
            if source.is_file():  # what `rehydrate` needs
                place.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, place)
        for (
            document
        ) in corpus.documents.values():  # which part of a web page is its article: places, no words
            if is_page(document.file):
                pin = corpus.paths.seeds / f"{Path(document.file).stem}{PIN}"
                write_whole(here.seeds / f"{document.doc_id}{PIN}", corpus.paths.read(pin))
        check(croissant_faults(staging, folder.name))
        published[-1] |= {"text": "withheld", "files_sha256": file_hashes(staging)}
        (staging / FILE).write_bytes(encode_versions(published))
    rows = sum(size.rows for size in content.sizes[FINGERPRINTS].values())
    return Withheld(folder, version, digest, rows)
