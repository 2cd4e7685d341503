"""Damage to files that people keep, as files: gone, empty, another's, cut short, linked, a pipe, misplaced.

Each pair of a file and a kind of damage is one entry of the catalogue (`damage_catalogue`).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from damage_catalogue import mutation

from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths

Damage = Callable[[Path], object]

# ---- one file, one kind --------------------------------------------------------------------------------


def empty(path: Path) -> None:
    path.write_bytes(b"")


def another(path: Path) -> None:
    path.write_bytes(b'{"what": "is this?"}\n')


def cut_short(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3].rstrip())


def not_utf8(path: Path) -> None:
    path.write_bytes(path.read_bytes() + "# Zoë\n".encode("latin-1"))


def link_out(path: Path) -> None:
    """Put the file outside of the corpus, and a link to it in its place."""
    root = next(folder for folder in path.parents if (folder / "release.toml").is_file())
    outside = root.with_name(f"outside-{path.name}")
    path.rename(outside)
    path.symlink_to(outside)


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def edited(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b" ", b"  ", 1))


_SAY: dict[Damage, str] = {
    Path.unlink: "{} is gone",
    empty: "{} is empty",
    another: "{} is another's",
    cut_short: "{} is cut short",
    not_utf8: "{} is not UTF-8",
    link_out: "{} is a link out of the folder",
    dangling: "{} is a link to nowhere",
    pipe: "a named pipe is in place of {}",
    folder: "a folder is in place of {}",
    edited: "a space in {} that nobody sees",
}
_ODD: dict[Damage, str] = {link_out: "corpus-link", dangling: "corpus-link", pipe: "file-irregular"}


def damages(
    area: str, name: str, code: str, *kinds: Damage, follows: Sequence[str] = (), place: str = ""
) -> None:
    """Add kinds of damage to one file to the catalogue.

    name: below the corpus; `*` is any, the first counts. place: in the fault, if it is another.
    """
    for kind in kinds:

        def damage(corpus: CorpusPaths, kind: Damage = kind) -> str:
            if name == "annotation/agreement.json":
                measure_corpus(Corpus(corpus), draws=0)
            path = sorted(corpus.root.glob(name))[0]
            kind(path)
            return place or path.relative_to(corpus.root).as_posix()

        more = [_ODD[kind]] if kind in _ODD else []
        shown = name.rpartition("/")[2] if "*" not in name else f"a file of {name.rpartition('/')[0]}"
        mutation(area, _SAY[kind].format(shown), code, *follows, *more)(damage)


damages("seeds", "seeds/manifest.csv", "manifest-malformed", Path.unlink, another, not_utf8, link_out, pipe)
damages("seeds", "seeds/cleaning.toml", "cleaning-malformed", cut_short, not_utf8, dangling, folder)
damages("seeds", "seeds/*.txt", "seed-missing", link_out, pipe, folder)
damages("scheme", "annotation/ontology.toml", "ontology-malformed", Path.unlink, dangling, pipe)
damages("scheme", "annotation/ontology.toml", "ontology-malformed", another, place="ontology.toml")
damages("scheme", "annotation/entities.csv", "entities-malformed", Path.unlink, empty, another, link_out)
damages("scheme", "annotation/annotators.csv", "annotators-malformed", Path.unlink, not_utf8, folder)
damages("scheme", "annotation/guidelines.md", "guidelines-malformed", Path.unlink, empty, not_utf8, pipe)
damages("scheme", "annotation/guidelines.md", "block-malformed", cut_short)
damages("scheme", "annotation/label_config.xml", "derived-stale", Path.unlink, another, edited, link_out)
damages("scheme", "annotation/preannotation.toml", "preannotation-malformed", empty, cut_short, dangling)
damages("release settings", "release.toml", "release-malformed", empty, another, not_utf8, link_out, pipe)
damages("suites", "validation/expectations/spans.json", "derived-stale", Path.unlink, empty, edited, link_out)
damages("suites", "validation/checkpoints/parley.json", "derived-stale", another, pipe)
damages("suites", "validation/validation_definitions/spans.json", "derived-stale", folder)
damages("suites", "validation/great_expectations.yml", "derived-stale", Path.unlink, cut_short)
damages("label files", "annotation/labels/*/*.json", "labels-unreadable", empty, link_out, pipe, folder)
damages("gold", "annotation/gold/*.json", "labels-unreadable", dangling, pipe, follows=("gold-stale",))
damages("gold", "annotation/ledger.csv", "ledger-malformed", empty, not_utf8, link_out)
damages("gold", "annotation/ledger.csv", "gold-stale", Path.unlink)
damages("agreement", "annotation/agreement.json", "agreement-malformed", another, not_utf8, pipe)


@mutation("scheme", "a table in the guidelines is edited", "derived-stale")
def _(corpus: CorpusPaths) -> str:
    text = corpus.guidelines.read_text(encoding="utf-8")
    begin = text.index(" -->\n", text.index("<!-- generated: ")) + 5
    corpus.guidelines.write_text(f"{text[:begin]}An extra line.\n{text[begin:]}", encoding="utf-8")
    return "annotation/guidelines.md"


@mutation("release settings", "a setting that there is not", "release-malformed")
def _(corpus: CorpusPaths) -> str:
    settings = corpus.root / "release.toml"
    settings.write_text('colour = "blue"\n' + settings.read_text(encoding="utf-8"), encoding="utf-8")
    return "release.toml"


@mutation("scheme", "a rule that proposes a label that is gone", "preannotation-malformed")
def _(corpus: CorpusPaths) -> str:
    rule = '\n[[rule]]\nname = "old"\nkind = "regex"\nreason = "x"\nlabel = "GHOST"\nregex = "x"\n'
    text = corpus.preannotation.read_text(encoding="utf-8")
    corpus.preannotation.write_text(text + rule, encoding="utf-8")
    return "annotation/preannotation.toml > rule(old)"


# ---- files in unexpected places ------------------------------------------------------------------------


def a_label_file(corpus: CorpusPaths) -> Path:
    return sorted(corpus.labels.glob("ada/*.json"))[0]


def strays() -> Iterator[tuple[str, str, str]]:
    """Yield where, what it is, and the name below the corpus of a file that no step reads."""
    yield "suites", "a suite of no table", "validation/expectations/extra.json"
    yield "suites", "an expectation by hand of no table", "validation/by_hand/extra.json"
    yield "suites", "a definition of no table", "validation/validation_definitions/extra.json"
    yield "suites", "a second checkpoint", "validation/checkpoints/extra.json"
    yield "suites", "a program among the suites", "validation/plugins/extra.py"
    yield "label files", "a label file in a folder of a folder", "annotation/labels/ada/old/h0_collision.json"
    yield "label files", "a label file beside the annotators' folders", "annotation/labels/h0_collision.json"
    yield "label files", "a copy of an editor", "annotation/labels/ada/h0_collision.json~"
    yield "gold", "a note in the folder of gold", "annotation/gold/notes.txt"
    yield "gold", "gold in a folder of a folder", "annotation/gold/old/h0_collision.json"
    yield "scheme", "a second ontology", "annotation/ontology (1).toml"


for _area, _what, _name in strays():

    def _stray(corpus: CorpusPaths, name: str = _name) -> str:
        path = corpus.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(a_label_file(corpus).read_bytes())
        return name

    mutation(_area, _what, "file-unexpected")(_stray)


@mutation("seeds", "a folder among the seeds", "seed-unlisted")
def _(corpus: CorpusPaths) -> str:
    (corpus.seeds / "old").mkdir()
    shutil.copy(corpus.manifest, corpus.seeds / "old")
    return "seeds/old"


@mutation("label files", "an annotator's folder is a link", "corpus-link", "labels-unreadable", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    outside = shutil.move(corpus.labels / "ada", corpus.root.with_name("outside"))
    (corpus.labels / "ada").symlink_to(outside)
    return "annotation/labels/ada"


@mutation("label files", "labels of somebody who is not listed", "annotator-unknown")
def _(corpus: CorpusPaths) -> str:
    path = a_label_file(corpus)
    other = corpus.labels / "zed" / path.name
    other.parent.mkdir()
    other.write_bytes(path.read_bytes().replace(b'"annotator": "ada"', b'"annotator": "zed"'))
    return "annotation/labels/zed/"


@mutation("label files", "labels of an article that is not listed", "document-unknown")
def _(corpus: CorpusPaths) -> str:
    path = a_label_file(corpus)
    other = path.with_name("h9_ghost.json")
    other.write_bytes(path.read_bytes().replace(path.stem.encode(), b"h9_ghost"))
    return "annotation/labels/ada/h9_ghost.json"


@mutation("label files", "two articles' files are exchanged", "labels-misplaced")
def _(corpus: CorpusPaths) -> str:
    one, other, *_rest = sorted(corpus.labels.glob("ada/*.json"))
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    return f"annotation/labels/ada/{other.name}"
