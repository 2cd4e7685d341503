"""Damage to seeds, scheme, suites, label files and gold: each kind alone must be caught by name.

A mutation does its damage to a copy of a corpus and returns a piece of the place that the fault must name.
`code` must be among the codes found; every other code found must be in `follows`: what the damage brings with
it. None of them knows a label by name: they choose by the ontology, so that they fit any corpus. Where a
corpus offers nothing to damage in this way, they raise NotThere.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from damage_catalogue import NotThere, mutation

from parley.corpus.corpus import Corpus
from parley.model.documents import Document
from parley.model.labels import decode_layer, encode_layer, layer_paths, relation_id, span_id
from parley.model.ontology import Attribute, Ontology, RelationLabel, read_ontology
from parley.model.paths import CorpusPaths
from parley.values.segmentation import CHARACTER, CLEAN, WORD, cut_at

AGREEMENT = "agreement"  # the area of damage to a corpus whose agreement was measured
Labels = dict[str, Any]  # a label file as plain JSON


# ---- choosing what to damage ---------------------------------------------------------------------------


def ontology_of(corpus: CorpusPaths) -> Ontology:
    return read_ontology(corpus.ontology)


def documents_of(corpus: CorpusPaths) -> dict[str, Document]:
    return Corpus(corpus).documents


def files(corpus: CorpusPaths) -> Iterator[tuple[Path, Labels]]:
    for path in layer_paths(corpus):
        yield path, json.loads(path.read_bytes())


def write(path: Path, labels: Labels) -> None:
    """Write labels in canonical form, so that nothing but the damage is wrong with the file."""
    path.write_bytes(encode_layer(decode_layer(json.dumps(labels).encode())))


def first(found: Iterator[Any]) -> Any:
    for one in found:
        return one
    raise NotThere


def spans(
    corpus: CorpusPaths, fits: Callable[[Labels, Labels], bool]
) -> Iterator[tuple[Path, Labels, Labels]]:
    """Yield file, its labels and a span for which `fits` (labels, span) holds."""
    for path, labels in files(corpus):
        for span in labels["spans"]:
            if fits(labels, span):
                yield path, labels, span


def relations(
    corpus: CorpusPaths, fits: Callable[[Labels, Labels], bool]
) -> Iterator[tuple[Path, Labels, Labels]]:
    for path, labels in files(corpus):
        for relation in labels["relations"]:
            if fits(labels, relation):
                yield path, labels, relation


def free(labels: Labels, span: Labels) -> bool:
    """Say whether no relation touches a span, so that it can be changed alone."""
    return all(span["id"] not in (r["head"], r["tail"]) for r in labels["relations"])


def any_span(corpus: CorpusPaths) -> tuple[Path, Labels, Labels]:
    """Choose a span of some words that no relation touches and that none is expected of."""
    expected = {label for r in ontology_of(corpus).relations for label in (*r.expected_of, *r.expected_at)}
    return first(spans(corpus, lambda n, s: free(n, s) and s["label"] not in expected and len(s["text"]) > 3))


def move(span: Labels, start: int, end: int, text: str | None = None) -> None:
    """Move a span, with the id that follows and, where given, the surface."""
    span |= {"start": start, "end": end, "id": span_id(span["label"], start, end)}
    if text is not None:
        span["text"] = text


def add_span(corpus: CorpusPaths, wanted: Callable[[str, int, int], bool], limit: int = 40) -> str:
    """Add a copy of a harmless span on the first stretch of a text that is as wanted; return its id."""
    path, labels, span = any_span(corpus)
    text = documents_of(corpus)[labels["doc_id"]].text
    for path, labels in files(corpus):
        text = documents_of(corpus)[labels["doc_id"]].text
        for start in range(len(text)):
            for end in range(start + 1, min(len(text), start + limit)):
                if wanted(text, start, end):
                    new = dict(span)
                    move(new, start, end, text[start:end])
                    labels["spans"].append(new)
                    write(path, labels)
                    return new["id"]
    raise NotThere


def attributes(corpus: CorpusPaths, fits: Callable[[Attribute], bool]) -> list[Attribute]:
    found = [a for a in ontology_of(corpus).attributes if fits(a)]
    if not found:
        raise NotThere
    return found


def with_attribute(
    corpus: CorpusPaths, fits: Callable[[Attribute], bool]
) -> tuple[Path, Labels, Labels, str]:
    """Choose a span that carries an attribute that fits; return it with the attribute's name."""
    pairs = [(a.name, a.labels) for a in attributes(corpus, fits)]
    for name, labels in pairs:
        for found in spans(corpus, lambda _, s: s["label"] in labels and name in s["attributes"]):  # noqa: B023
            return (*found, name)
    raise NotThere


def set_attribute(corpus: CorpusPaths, fits: Callable[[Attribute], bool], value: str) -> str:
    path, labels, span, name = with_attribute(corpus, fits)
    span["attributes"][name] = value
    write(path, labels)
    return span["id"]


def relation_label(corpus: CorpusPaths, name: str) -> RelationLabel:
    return ontology_of(corpus).relation_by_name[name]


def is_expected(relation: RelationLabel) -> bool:
    return bool(relation.expected_of or relation.expected_at)


def directed(corpus: CorpusPaths) -> tuple[Path, Labels, Labels]:
    """Choose a relation that is not symmetric and that nothing expects."""
    plain = {r.name for r in ontology_of(corpus).relations if not r.symmetric and not is_expected(r)}
    return first(relations(corpus, lambda _, r: r["label"] in plain))


def symmetric(corpus: CorpusPaths) -> tuple[Path, Labels, Labels]:
    names = {r.name for r in ontology_of(corpus).relations if r.symmetric}
    return first(relations(corpus, lambda _, r: r["label"] in names))


def turn(relation: Labels, head: str, tail: str) -> None:
    relation |= {"head": head, "tail": tail, "id": relation_id(head, relation["label"], tail)}


def label_of(labels: Labels, span: str) -> str:
    return next(s["label"] for s in labels["spans"] if s["id"] == span)


def rows(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def a_seed(corpus: CorpusPaths) -> Path:
    return sorted(corpus.seeds.glob("*.txt"))[0]


# ---- seeds ---------------------------------------------------------------------------------------------


@mutation("seeds", "a byte of a seed changes", "seed-changed")
def _(corpus: CorpusPaths) -> str:
    path = a_seed(corpus)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    return path.stem


@mutation("seeds", "a seed is gone", "seed-missing")
def _(corpus: CorpusPaths) -> str:
    path = a_seed(corpus)
    path.unlink()
    return path.stem


@mutation("seeds", "a file nobody listed", "seed-unlisted")
def _(corpus: CorpusPaths) -> str:
    (corpus.seeds / "stray.txt").write_text("Who put me here?")
    return "stray.txt"


@mutation("seeds", "a document is listed twice", "seed-duplicate")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.manifest)
    corpus.manifest.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    return lines[1].split(",")[0]


def reseed(corpus: CorpusPaths, data: bytes) -> str:
    """Replace a seed and record its new checksum, as one does who means it."""
    path = a_seed(corpus)
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(data)
    manifest = corpus.manifest.read_text(encoding="utf-8")
    corpus.manifest.write_text(manifest.replace(old, hashlib.sha256(data).hexdigest()), encoding="utf-8")
    return path.stem


@mutation("seeds", "a seed in Latin-1", "seed-encoding")
def _(corpus: CorpusPaths) -> str:
    return reseed(corpus, "Zoë said so.\n".encode("latin-1"))


@mutation("seeds", "U+0000 in a seed", "seed-character")
def _(corpus: CorpusPaths) -> str:
    return reseed(corpus, a_seed(corpus).read_bytes() + b"Zo\0e said so.\n")


@mutation("seeds", "a seed without text", "seed-empty")
def _(corpus: CorpusPaths) -> str:
    return reseed(corpus, b"\n\n  \n")


@mutation("seeds", "a column of the manifest is gone", "manifest-malformed")
def _(corpus: CorpusPaths) -> str:
    corpus.manifest.write_text(
        corpus.manifest.read_text(encoding="utf-8").replace("publisher,", "", 1), encoding="utf-8"
    )
    return "manifest.csv"


@mutation("seeds", "a date that is none", "manifest-malformed")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.manifest)
    lines[1] = re.sub(r",(\d{4}-\d\d-\d\d[^,]*|),([^,]*,[^,]*,[^,]*)$", r",3 March,\2", lines[1])
    corpus.manifest.write_text("".join(lines), encoding="utf-8")
    return "row 2"


@mutation("seeds", "a cleaning rule with a broken pattern", "cleaning-malformed")
def _(corpus: CorpusPaths) -> str:
    text = corpus.cleaning.read_text(encoding="utf-8")
    corpus.cleaning.write_text(text + '\n[[rule]]\nname = "broken"\nkind = "nothing"\n', encoding="utf-8")
    return "cleaning.toml"


# ---- ontology, entities, annotators, suites -----------------------------------------------------------


@mutation("scheme", "the ontology names a label that is not there", "ontology-malformed")
def _(corpus: CorpusPaths) -> str:
    text = corpus.ontology.read_text(encoding="utf-8")
    corpus.ontology.write_text(
        re.sub(r"(?m)^head = \[", 'head = ["GHOST", ', text, count=1), encoding="utf-8"
    )
    return "ontology.toml"


@mutation("scheme", "the ontology changes and the suites do not", "derived-stale", "attribute-value")
def _(corpus: CorpusPaths) -> str:
    name = next(a.values[-1] for a in attributes(corpus, lambda a: a.kind == "choice"))
    text = corpus.ontology.read_text(encoding="utf-8")
    corpus.ontology.write_text(
        text.replace(f'  name = "{name}"', f'  name = "{name}_anew"').replace(
            f'name = "{name}"', f'name = "{name}_anew"', 1
        ),
        encoding="utf-8",
    )
    return "validation/expectations/spans.json"


@mutation("scheme", "an entity's row lacks a cell", "entities-malformed")
def _(corpus: CorpusPaths) -> str:
    with corpus.entities.open("a", encoding="utf-8") as out:
        out.write("half_a_row,\n")
    return f"row {len(rows(corpus.entities))}"


@mutation("scheme", "an entity is given twice", "entity-duplicate")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.entities)
    corpus.entities.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    return f"row {len(lines) + 1}"


@mutation("scheme", "an entity of a type that the ontology does not know", "entities-malformed")
def _(corpus: CorpusPaths) -> str:
    with corpus.entities.open("a", encoding="utf-8") as out:
        out.write("ghost,GHOST,Ghost,,,\n")
    return f"row {len(rows(corpus.entities))}"


@mutation("scheme", "an annotator of unknown kind", "annotators-malformed")
def _(corpus: CorpusPaths) -> str:
    with corpus.annotators.open("a", encoding="utf-8") as out:
        out.write("hal,computer,\n")
    return f"row {len(rows(corpus.annotators))}"


@mutation("suites", "an expectation is taken out of a suite", "derived-stale")
def _(corpus: CorpusPaths) -> str:
    path = corpus.validation / "expectations" / "spans.json"
    suite = json.loads(path.read_bytes())
    suite["expectations"].pop()
    path.write_text(json.dumps(suite))
    return "validation/expectations/spans.json"


@mutation("suites", "the checkpoint forgets a table", "derived-stale")
def _(corpus: CorpusPaths) -> str:
    path = corpus.validation / "checkpoints" / "parley.json"
    checkpoint = json.loads(path.read_bytes())
    checkpoint["validation_definitions"].pop()
    path.write_text(json.dumps(checkpoint))
    return "validation/checkpoints/parley.json"


@mutation("suites", "an expectation by hand that is no JSON", "expectations-malformed")
def _(corpus: CorpusPaths) -> str:
    folder = corpus.validation / "by_hand"
    folder.mkdir()
    (folder / "spans.json").write_text("[{")
    return "by_hand/spans.json"


# ---- label files ---------------------------------------------------------------------------------------


def a_file(corpus: CorpusPaths) -> tuple[Path, Labels]:
    return first(files(corpus))


def place(corpus: CorpusPaths, path: Path) -> str:
    return corpus.relative(path)


@mutation("label files", "a file cut short", "labels-unreadable")
def _(corpus: CorpusPaths) -> str:
    path, _labels = a_file(corpus)
    path.write_bytes(path.read_bytes()[:-40])
    return place(corpus, path)


@mutation("label files", "a file that is not UTF-8", "labels-unreadable")
def _(corpus: CorpusPaths) -> str:
    path, _labels = a_file(corpus)
    path.write_bytes(path.read_bytes().replace(b'"doc_id"', b'"doc_id\xff"'))
    return place(corpus, path)


@mutation("label files", "a conflict of version control left in", "labels-unreadable")
def _(corpus: CorpusPaths) -> str:
    path, _labels = a_file(corpus)
    path.write_bytes(b"<<<<<<< HEAD\n" + path.read_bytes())
    return place(corpus, path)


@mutation("label files", "a key that label files do not have", "labels-unreadable")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    path.write_text(json.dumps(labels | {"comment": "looks fine"}))
    return place(corpus, path)


@mutation("label files", "an offset written as a fraction", "labels-unreadable")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["start"] += 0.5
    path.write_text(json.dumps(labels))
    return place(corpus, path)


@mutation("label files", "another indentation", "labels-noncanonical")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    path.write_text(json.dumps(labels, indent=4))
    return place(corpus, path)


@mutation("label files", "line ends of another system", "labels-noncanonical")
def _(corpus: CorpusPaths) -> str:
    path, _labels = a_file(corpus)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    return place(corpus, path)


@mutation("label files", "spans out of order", "labels-noncanonical")
def _(corpus: CorpusPaths) -> str:
    path, _labels = a_file(corpus)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    where = next(i for i, line in enumerate(lines) if '"spans"' in line) + 1
    lines[where], lines[where + 1] = lines[where + 1], lines[where]
    path.write_text("".join(lines), encoding="utf-8")
    return place(corpus, path)


@mutation("label files", "a file in another annotator's folder", "labels-misplaced")
def _(corpus: CorpusPaths) -> str:
    path, _labels = a_file(corpus)
    return place(corpus, _moved(path, "elsewhere"))


def _moved(path: Path, folder: str) -> Path:
    home = path.parent.parent / folder
    home.mkdir(exist_ok=True)
    return path.rename(home / path.name)


@mutation("label files", "a file under another article's name", "labels-misplaced")
def _(corpus: CorpusPaths) -> str:
    path, _labels = a_file(corpus)
    return place(corpus, path.rename(path.with_name("another.json")))


@mutation("label files", "labels for an article that is not there", "document-unknown")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    home = path.with_name("ghost.json")
    write(home, labels | {"doc_id": "ghost"})
    path.unlink()
    return place(corpus, home)


@mutation("label files", "an annotator nobody listed", "annotator-unknown")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    home = _moved(path, "mallory")
    write(home, labels | {"annotator": "mallory"})
    return place(corpus, home)


def revised(corpus: CorpusPaths, change: Callable[[str, str], str]) -> str:
    """Give a label file another ontology revision. change: of name and version."""
    path, labels = first(files(corpus))
    ontology = ontology_of(corpus)
    labels["ontology"] = change(ontology.name, ontology.version)
    write(path, labels)
    return corpus.relative(path)


@mutation("label files", "labels of a revision that is not there yet", "revision-unknown")
def _future(corpus: CorpusPaths) -> str:
    return revised(corpus, lambda name, version: f"{name} {version}.1")


@mutation("label files", "labels of another ontology", "revision-unknown")
def _foreign_ontology(corpus: CorpusPaths) -> str:
    return revised(corpus, lambda name, version: f"un{name} {version}")


@mutation("label files", "no revision", "revision-unknown")
def _no_revision(corpus: CorpusPaths) -> str:
    return revised(corpus, lambda name, version: "")


@mutation("label files", "labels made on another text", "text-mismatch")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    write(path, labels | {"text_sha256": hashlib.sha256(b"another").hexdigest()})
    return place(corpus, path)


@mutation("label files", "a time of the writer's own style", "labels-time")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    write(path, labels | {"updated": "3 June 2025, noon"})
    return place(corpus, path)


@mutation("label files", "less than no time at work", "labels-time")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    write(path, labels | {"lead_time_s": -1.0})
    return place(corpus, path)


# ---- spans ---------------------------------------------------------------------------------------------


@mutation("spans", "offsets off by one", "span-surface", "span-cut-word", "span-edge-space")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    move(span, span["start"] + 1, span["end"] + 1)
    write(path, labels)
    return span["id"]


@mutation("spans", "a letter of the surface differs", "span-surface")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["text"] = span["text"][:-1] + ("x" if span["text"][-1] != "x" else "y")
    write(path, labels)
    return span["id"]


@mutation("spans", "the surface in another Unicode normal form", "span-surface")
def _(corpus: CorpusPaths) -> str:
    def other(text: str) -> str:
        return next(
            (t for f in ("NFC", "NFD") if (t := unicodedata.normalize(f, text)) != text),  # type: ignore[arg-type]
            text,
        )

    path, labels, span = first(spans(corpus, lambda _, s: other(s["text"]) != s["text"]))
    span["text"] = other(span["text"])
    write(path, labels)
    return span["id"]


@mutation(
    "spans", "offsets counted in UTF-16, as browsers do", "span-surface", "span-cut-word", "span-edge-space"
)
def _(corpus: CorpusPaths) -> str:
    return _recount(corpus, lambda text: len(text.encode("utf-16-le")) // 2)


@mutation("spans", "offsets counted in bytes", "span-surface", "span-cut-word", "span-edge-space")
def _(corpus: CorpusPaths) -> str:
    return _recount(corpus, lambda text: len(text.encode()))


def _recount(corpus: CorpusPaths, length: Callable[[str], int]) -> str:
    texts = {name: d.text for name, d in documents_of(corpus).items()}
    expected = {label for r in ontology_of(corpus).relations for label in (*r.expected_of, *r.expected_at)}

    def differs(labels: Labels, span: Labels) -> bool:
        text = texts[labels["doc_id"]]
        start, end = length(text[: span["start"]]), length(text[: span["end"]])
        harmless = free(labels, span) and span["label"] not in expected
        return harmless and start != span["start"] and text[start:end] != span["text"] and end < len(text)

    path, labels, span = first(spans(corpus, differs))
    text = texts[labels["doc_id"]]
    move(span, length(text[: span["start"]]), length(text[: span["end"]]))
    write(path, labels)
    return span["id"]


@mutation("spans", "a span ends behind the text", "span-outside")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    move(span, span["start"], 10_000_000)
    write(path, labels)
    return span["id"]


@mutation("spans", "a span starts before the text", "span-outside")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    move(span, -1, span["end"])
    write(path, labels)
    return span["id"]


@mutation("spans", "a span without text", "span-empty")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    move(span, span["start"], span["start"], "")
    write(path, labels)
    return span["id"]


@mutation("spans", "start and end exchanged", "span-empty")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    move(span, span["end"], span["start"])
    write(path, labels)
    return span["id"]


@mutation("spans", "a blank at the end of a span", "span-edge-space")
def _(corpus: CorpusPaths) -> str:
    return add_span(
        corpus, lambda t, a, b: t[b - 1] == " " and not t[a : b - 1].isspace() and _clean(t, a, b)
    )


@mutation("spans", "a line break at the start of a span", "span-edge-space")
def _(corpus: CorpusPaths) -> str:
    return add_span(corpus, lambda t, a, b: t[a] == "\n" and not t[b - 1].isspace() and _clean(t, a, b))


def _clean(text: str, start: int, end: int) -> bool:
    return cut_at(text, start) == CLEAN == cut_at(text, end)


@mutation("spans", "a span begins inside a word", "span-cut-word")
def _(corpus: CorpusPaths) -> str:
    return add_span(
        corpus,
        lambda t, a, b: cut_at(t, a) == WORD and cut_at(t, b) == CLEAN and not t[b - 1].isspace(),
    )


@mutation("spans", "a span ends inside a word", "span-cut-word")
def _(corpus: CorpusPaths) -> str:
    return add_span(
        corpus,
        lambda t, a, b: cut_at(t, b) == WORD and cut_at(t, a) == CLEAN and not t[a].isspace(),
    )


@mutation("spans", "a span cuts a character in two", "span-cut-grapheme")
def _(corpus: CorpusPaths) -> str:
    return add_span(
        corpus,
        lambda t, a, b: cut_at(t, b) == CHARACTER and cut_at(t, a) == CLEAN and not t[a].isspace(),
    )


@mutation("spans", "a label that is not in the ontology", "span-label")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["label"] = "GHOST"
    move(span, span["start"], span["end"])
    write(path, labels)
    return span["id"]


@mutation("spans", "a label in lower case", "span-label")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["label"] = span["label"].lower()
    move(span, span["start"], span["end"])
    write(path, labels)
    return span["id"]


@mutation("spans", "an id of somebody's own", "span-id")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["id"] = "s1"
    write(path, labels)
    return "> s1 "


@mutation("spans", "a span twice", "span-duplicate")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    labels["spans"].append(dict(span))
    write(path, labels)
    return span["id"]


@mutation("spans", "two labels that exclude each other on the same words", "span-excluded")
def _(corpus: CorpusPaths) -> str:
    scheme = ontology_of(corpus)
    path, labels, span = any_span(corpus)
    asked = {label for r in scheme.relations for label in (*r.expected_of, *r.expected_at)}
    needed = {label for a in scheme.attributes if a.required for label in a.labels}
    legal = {frozenset(pair) for pair in scheme.same_words or ()}
    others = (
        n for n in scheme.span_names if n not in asked | needed and frozenset((n, span["label"])) not in legal
    )
    other = next(name for name in others if name != span["label"])
    labels["spans"].append(span | {"label": other, "attributes": {}})
    move(labels["spans"][-1], span["start"], span["end"])
    write(path, labels)
    return span["text"]


# ---- attributes ----------------------------------------------------------------------------------------


@mutation("attributes", "an attribute that is not in the ontology", "attribute-unknown")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["attributes"]["ghost"] = "yes"
    write(path, labels)
    return span["id"]


@mutation("attributes", "an attribute of another label", "attribute-unknown")
def _(corpus: CorpusPaths) -> str:
    scheme = ontology_of(corpus)
    path, labels, span = any_span(corpus)
    foreign = next(
        (
            a
            for a in scheme.attributes
            if a.kind == "choice" and a.name not in scheme.attributes_of[span["label"]]
        ),
        None,
    )
    if foreign is None:
        raise NotThere
    span["attributes"][foreign.name] = foreign.values[0]
    write(path, labels)
    return span["id"]


@mutation("attributes", "a value that is not in the ontology", "attribute-value")
def _(corpus: CorpusPaths) -> str:
    required_when = {n for a in ontology_of(corpus).attributes for n in a.required_when}
    return set_attribute(corpus, lambda a: a.kind == "choice" and a.name not in required_when, "ghost")


@mutation("attributes", "an empty value", "attribute-value")
def _(corpus: CorpusPaths) -> str:
    required_when = {n for a in ontology_of(corpus).attributes for n in a.required_when}
    return set_attribute(corpus, lambda a: a.kind == "choice" and a.name not in required_when, "")


@mutation("attributes", "a required attribute is not set", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    path, labels, span, name = with_attribute(corpus, lambda a: a.required)
    del span["attributes"][name]
    write(path, labels)
    return span["id"]


@mutation("attributes", "an attribute that another one calls for is not set", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    for attribute in attributes(corpus, lambda a: bool(a.required_when) and not a.required):
        path, labels, span = first(
            spans(
                corpus,
                lambda _, s, a=attribute: (
                    s["label"] in a.labels and a.name in s["attributes"] and a.is_required(s["attributes"])
                ),
            )
        )
        del span["attributes"][attribute.name]
        write(path, labels)
        return span["id"]
    raise NotThere


@mutation("attributes", "a date in words", "attribute-timex")
def _(corpus: CorpusPaths) -> str:
    return set_attribute(corpus, lambda a: a.kind == "timex3", "next Monday")


@mutation("attributes", "a day that no calendar has", "attribute-timex")
def _(corpus: CorpusPaths) -> str:
    return set_attribute(corpus, lambda a: a.kind == "timex3", "2025-06-31")


@mutation("attributes", "a quantity without a unit", "attribute-quantity")
def _(corpus: CorpusPaths) -> str:
    return set_attribute(corpus, lambda a: a.kind == "quantity", "40")


@mutation("attributes", "a quantity with separators", "attribute-quantity")
def _(corpus: CorpusPaths) -> str:
    return set_attribute(corpus, lambda a: a.kind == "quantity", "1,000 person")


@mutation("attributes", "an entity that is not in entities.csv", "entity-unknown")
def _(corpus: CorpusPaths) -> str:
    return set_attribute(corpus, lambda a: a.kind == "entity", "nobody_knows")


@mutation("attributes", "an entity of another type", "entity-type")
def _(corpus: CorpusPaths) -> str:
    path, labels, span, name = with_attribute(corpus, lambda a: a.kind == "entity")
    attribute = ontology_of(corpus).attributes_of[span["label"]][name]
    legal = attribute.types or (span["label"],)
    span["attributes"][name] = next(e.id for e in Corpus(corpus).entities.values() if e.type not in legal)
    write(path, labels)
    return span["id"]


# ---- relations -----------------------------------------------------------------------------------------


@mutation("relations", "the tail is gone", "relation-dangling")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    turn(relation, relation["head"], "GHOST-1-2")
    write(path, labels)
    return relation["id"]


@mutation("relations", "the head is gone", "relation-dangling")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    turn(relation, "GHOST-1-2", relation["tail"])
    write(path, labels)
    return relation["id"]


@mutation(
    "relations",
    "a span is deleted and its relations are not",
    "relation-dangling",
    *("relation-expected", "relation-unreached"),
)
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    labels["spans"] = [s for s in labels["spans"] if s["id"] != relation["tail"]]
    write(path, labels)
    return relation["id"]


@mutation("relations", "a relation to a span of another article", "relation-dangling")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    here = {s["id"] for s in labels["spans"]}
    _path, _labels, other = first(
        spans(corpus, lambda n, s: n["doc_id"] != labels["doc_id"] and s["id"] not in here)
    )
    turn(relation, relation["head"], other["id"])
    write(path, labels)
    return relation["id"]


@mutation("relations", "a relation from a span to itself", "relation-self", "relation-range")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    turn(relation, relation["head"], relation["head"])
    write(path, labels)
    return relation["id"]


@mutation("relations", "a relation that is not in the ontology", "relation-label")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    relation["label"] = "ghost"
    turn(relation, relation["head"], relation["tail"])
    write(path, labels)
    return relation["id"]


def _redirect(corpus: CorpusPaths, end: str) -> str:
    """Let one end of a directed relation be a span of a label that the relation does not allow there."""
    scheme = ontology_of(corpus)
    plain = {r.name for r in scheme.relations if not r.symmetric and not is_expected(r) and not r.same_label}
    for path, labels, relation in relations(corpus, lambda _, r: r["label"] in plain):
        legal = getattr(scheme.relation_by_name[relation["label"]], end)
        taken = {r["id"] for r in labels["relations"]}
        for span in labels["spans"]:
            ends = {"head": relation["head"], "tail": relation["tail"], end: span["id"]}
            new = relation_id(ends["head"], relation["label"], ends["tail"])
            if span["label"] not in legal and ends["head"] != ends["tail"] and new not in taken:
                turn(relation, ends["head"], ends["tail"])
                write(path, labels)
                return new
    raise NotThere


@mutation("relations", "a relation from a label that it cannot leave", "relation-domain")
def _(corpus: CorpusPaths) -> str:
    return _redirect(corpus, "head")


@mutation("relations", "a relation to a label that it cannot reach", "relation-range")
def _(corpus: CorpusPaths) -> str:
    return _redirect(corpus, "tail")


@mutation("relations", "a relation turned round", "relation-domain", "relation-range")
def _(corpus: CorpusPaths) -> str:
    scheme = ontology_of(corpus)

    def fits(labels: Labels, relation: Labels) -> bool:
        kind = scheme.relation_by_name[relation["label"]]
        ends = label_of(labels, relation["head"]), label_of(labels, relation["tail"])
        return not kind.symmetric and not is_expected(kind) and ends[1] not in kind.head

    path, labels, relation = first(relations(corpus, fits))
    turn(relation, relation["tail"], relation["head"])
    write(path, labels)
    return relation["id"]


@mutation("relations", "a tie between spans of two labels", "relation-range")
def _(corpus: CorpusPaths) -> str:
    scheme = ontology_of(corpus)
    alike = {r.name for r in scheme.relations if r.same_label}
    for path, labels, relation in relations(corpus, lambda _, r: r["label"] in alike):
        kind = scheme.relation_by_name[relation["label"]]
        head = next(s for s in labels["spans"] if s["id"] == relation["head"])
        for span in labels["spans"]:
            if span["label"] in kind.tail and span["label"] != head["label"] and span["end"] <= head["start"]:
                turn(relation, head["id"], span["id"])
                write(path, labels)
                return relation["id"]
    raise NotThere


@mutation("relations", "a relation twice", "relation-duplicate")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    labels["relations"].append(dict(relation))
    write(path, labels)
    return relation["id"]


@mutation("relations", "a symmetric relation drawn both ways", "relation-duplicate", "relation-order")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = symmetric(corpus)
    other = dict(relation)
    turn(other, relation["tail"], relation["head"])
    labels["relations"].append(other)
    write(path, labels)
    return other["id"]


@mutation("relations", "a symmetric relation from the earlier span", "relation-order")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = symmetric(corpus)
    turn(relation, relation["tail"], relation["head"])
    write(path, labels)
    return relation["id"]


@mutation("relations", "an id of somebody's own", "relation-id")
def _(corpus: CorpusPaths) -> str:
    path, labels, relation = directed(corpus)
    relation["id"] = "r1"
    write(path, labels)
    return "> r1 "


@mutation("relations", "a relation that every such span should have is gone", "relation-expected")
def _(corpus: CorpusPaths) -> str:
    expected = {r.name: r for r in ontology_of(corpus).relations if r.expected_of}

    def alone(labels: Labels, relation: Labels) -> bool:
        kind = expected.get(relation["label"])
        same = [
            r for r in labels["relations"] if (r["label"], r["head"]) == (relation["label"], relation["head"])
        ]
        head = next(s for s in labels["spans"] if s["id"] == relation["head"])
        return kind is not None and len(same) == 1 and kind.excused_by not in head["attributes"]

    path, labels, relation = first(relations(corpus, alone))
    labels["relations"].remove(relation)
    write(path, labels)
    return relation["head"]


@mutation("relations", "a span that a relation should reach, and none does", "relation-unreached")
def _(corpus: CorpusPaths) -> str:
    expected = {r.name for r in ontology_of(corpus).relations if r.expected_at}

    def alone(labels: Labels, relation: Labels) -> bool:
        same = [
            r for r in labels["relations"] if (r["label"], r["tail"]) == (relation["label"], relation["tail"])
        ]
        return relation["label"] in expected and len(same) == 1

    path, labels, relation = first(relations(corpus, alone))
    labels["relations"].remove(relation)
    write(path, labels)
    return relation["tail"]


# ---- gold ----------------------------------------------------------------------------------------------


def a_gold_file(corpus: CorpusPaths) -> tuple[Path, Labels]:
    return first((path, json.loads(path.read_bytes())) for path in sorted(corpus.gold.glob("*.json")))


def edit_gold(corpus: CorpusPaths, **changes: object) -> str:
    """Change the first span of a gold file by hand."""
    path, gold = a_gold_file(corpus)
    gold["spans"][0] |= changes
    write(path, gold)
    return gold["spans"][0]["id"]


@mutation("gold", "a gold label loses its sources", "gold-unsourced", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    return edit_gold(corpus, sources=[])


@mutation("gold", "a source that is no annotator", "gold-unsourced", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    return edit_gold(corpus, sources=["mallory"])


@mutation("gold", "a decision nobody can take", "gold-decision", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    return edit_gold(corpus, decision="guessed")


@mutation("gold", "a reason that is no reason code", "gold-decision", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    return edit_gold(corpus, reason="because")


@mutation("gold", "an attribute of gold changed by hand", "gold-stale", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    path, gold = a_gold_file(corpus)
    span = first(s for s in gold["spans"] if s["attributes"])
    span["attributes"].popitem()
    write(path, gold)
    return place(corpus, path)


def adjudicated_by(corpus: CorpusPaths, name: str) -> str:
    path = first(iter(sorted(corpus.gold.glob("*.json"))))
    write(path, json.loads(path.read_bytes()) | {"annotator": name})
    return corpus.relative(path)


@mutation("gold", "adjudicated by rules", "gold-adjudicator", "gold-stale")
def _by_rules(corpus: CorpusPaths) -> str:
    return adjudicated_by(corpus, "rules")


@mutation("gold", "adjudicated by nobody listed", "annotator-unknown", "gold-stale")
def _by_nobody(corpus: CorpusPaths) -> str:
    return adjudicated_by(corpus, "nobody")


@mutation("gold", "a gold file is deleted", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    path, _gold = a_gold_file(corpus)
    path.unlink()
    return place(corpus, path)


@mutation("gold", "a gold file that the ledger knows nothing of", "gold-stale", "labels-misplaced")
def _(corpus: CorpusPaths) -> str:
    path, _gold = a_gold_file(corpus)
    other = path.with_name("extra.json")
    other.write_bytes(path.read_bytes())
    return place(corpus, other)


@mutation("gold", "a gold file cut short", "labels-unreadable", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    path, _gold = a_gold_file(corpus)
    path.write_bytes(path.read_bytes()[:-40])
    return place(corpus, path)


@mutation("gold", "a row of the ledger is deleted", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.ledger)
    corpus.ledger.write_text("".join(lines[:-1]), encoding="utf-8", newline="")
    return "annotation/ledger.csv"


@mutation("gold", "a row of the ledger twice", "ledger-malformed", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.ledger)
    corpus.ledger.write_text("".join([*lines, lines[-1]]), encoding="utf-8", newline="")
    return "annotation/ledger.csv"


@mutation("gold", "a column of the ledger is gone", "ledger-malformed", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    text = corpus.ledger.read_text(encoding="utf-8")
    corpus.ledger.write_text(text.replace("reason,", "", 1), encoding="utf-8", newline="")
    return "annotation/ledger.csv"


@mutation("gold", "a layer that gold was made from is deleted", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    path, gold = a_gold_file(corpus)
    (corpus.labels / gold["spans"][0]["sources"][0] / path.name).unlink()
    return path.stem


@mutation("gold", "a layer that gold was made from changes", "gold-stale", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    path, gold = a_gold_file(corpus)
    source = corpus.labels / gold["spans"][0]["sources"][0] / path.name
    labels = json.loads(source.read_bytes())
    span = first(s for s in labels["spans"] if s["attributes"])
    span["attributes"].popitem()
    write(source, labels)
    return span["id"]


# ---- agreement -----------------------------------------------------------------------------------------


def agreement_edit(corpus: CorpusPaths, old: str, new: str) -> str:
    text = corpus.agreement.read_text(encoding="utf-8")
    assert old in text
    corpus.agreement.write_text(text.replace(old, new, 1), encoding="utf-8")
    return corpus.relative(corpus.agreement)


def measured_layer(corpus: CorpusPaths) -> Path:
    """Return a label file that agreement.json was measured on."""
    layers = json.loads(corpus.agreement.read_bytes())["rounds"][-1]["layers"]
    annotator, doc_ids = next(iter(layers.items()))
    return corpus.labels / annotator / f"{next(iter(doc_ids))}.json"


@mutation(AGREEMENT, "a label is removed after it was measured", "agreement-stale")
def _label_is_gone(corpus: CorpusPaths) -> str:
    path = measured_layer(corpus)
    labels = json.loads(path.read_bytes())
    labels["relations"].pop()
    write(path, labels)
    return "annotation/agreement.json > round 1"


@mutation(AGREEMENT, "a layer that was measured is deleted", "agreement-stale")
def _layer_is_gone(corpus: CorpusPaths) -> str:
    measured_layer(corpus).unlink()
    return "annotation/agreement.json > round 1"


@mutation(AGREEMENT, "a figure is edited", "agreement-edited")
def _better_figure(corpus: CorpusPaths) -> str:
    return agreement_edit(corpus, '"value": 0.', '"value": 1.')


@mutation(AGREEMENT, "an annotator is renamed in agreement.json alone", "agreement-edited")
def _other_annotators(corpus: CorpusPaths) -> str:
    return agreement_edit(corpus, '"annotators": ["ada"', '"annotators": ["cy"')


@mutation(AGREEMENT, "a round is there twice", "agreement-edited")
def _round_twice(corpus: CorpusPaths) -> str:
    read = json.loads(corpus.agreement.read_bytes())
    corpus.agreement.write_text(json.dumps(read | {"rounds": read["rounds"] * 2}), encoding="utf-8")
    return corpus.relative(corpus.agreement)


@mutation(AGREEMENT, "agreement.json is cut short", "agreement-malformed")
def _half_agreement(corpus: CorpusPaths) -> str:
    corpus.agreement.write_bytes(corpus.agreement.read_bytes()[:200])
    return corpus.relative(corpus.agreement)


@mutation(AGREEMENT, "agreement.json is empty", "agreement-malformed")
def _no_agreement(corpus: CorpusPaths) -> str:
    corpus.agreement.write_bytes(b"")
    return corpus.relative(corpus.agreement)


# ---- waivers -------------------------------------------------------------------------------------------


def waive(corpus: CorpusPaths, *rows: str, header: str = "code,place,reason") -> None:
    corpus.waivers.parent.mkdir(exist_ok=True)
    corpus.waivers.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


@mutation("waivers", "a waiver of nothing", "waiver-unused")
def _(corpus: CorpusPaths) -> str:
    waive(corpus, "span-cut-word,*,it was there once")
    return "validation/waivers.csv > span-cut-word > *"


@mutation("waivers", "a waiver of a fault that does not exist", "waivers-malformed")
def _(corpus: CorpusPaths) -> str:
    waive(corpus, "span-cut-wrod,*,clitics")
    return "validation/waivers.csv > row 2"


@mutation("waivers", "a waiver without a reason", "waivers-malformed", "span-cut-word")
def _(corpus: CorpusPaths) -> str:
    add_span(corpus, lambda t, a, b: cut_at(t, b) == WORD and cut_at(t, a) == CLEAN and not t[a].isspace())
    waive(corpus, "span-cut-word,*, ")
    return "validation/waivers.csv > row 2"


@mutation("waivers", "a waiver is given twice", "waivers-malformed")
def _(corpus: CorpusPaths) -> str:
    waive(corpus, "span-cut-word,*,clitics", "span-cut-word,*,compounds")
    return "validation/waivers.csv > row 3"


@mutation("waivers", "a waiver of offsets", "waivers-malformed", "span-surface")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["text"] = "x" + span["text"]
    write(path, labels)
    waive(corpus, "span-surface,*,nearly the text")
    return "validation/waivers.csv > row 2"


@mutation("waivers", "another separator in the file of waivers", "waivers-malformed")
def _(corpus: CorpusPaths) -> str:
    waive(corpus, header="code;place;reason")
    return "validation/waivers.csv"


@mutation("waivers", "a folder with the name of the file of waivers", "waivers-malformed")
def _(corpus: CorpusPaths) -> str:
    corpus.waivers.mkdir(parents=True)
    return "validation/waivers.csv"
