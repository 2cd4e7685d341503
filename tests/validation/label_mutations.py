"""Damage to label files, spans, attributes and relations: each kind alone must be caught by name."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

from damage_catalogue import NotThere, mutation
from label_choice import (
    Labels,
    a_file,
    add_span,
    any_span,
    attributes,
    changed,
    directed,
    documents_of,
    first,
    free,
    is_expected,
    label_of,
    move,
    ontology_of,
    relations,
    rename,
    set_attribute,
    spans,
    symmetric,
    turn,
    with_attribute,
    write,
)

from parley.corpus.corpus import Corpus
from parley.model.labels import relation_id
from parley.model.ontology import Attribute
from parley.model.paths import CorpusPaths
from parley.values.segmentation import CHARACTER, CLEAN, WORD, cut_at

# ---- label files ---------------------------------------------------------------------------------------


def out_of_order(data: bytes) -> bytes:
    """Exchange the first two spans."""
    lines = data.splitlines(keepends=True)
    where = next(i for i, line in enumerate(lines) if b'"spans"' in line) + 1
    lines[where], lines[where + 1] = lines[where + 1], lines[where]
    return b"".join(lines)


BYTES: dict[tuple[str, str], Callable[[bytes], bytes]] = {
    ("a file cut short", "labels-unreadable"): lambda data: data[:-40],
    ("a file that is not UTF-8", "labels-unreadable"): lambda data: data.replace(
        b'"doc_id"', b'"doc_id\xff"'
    ),
    ("a conflict of version control left in", "labels-unreadable"): lambda data: b"<<<<<<< HEAD\n" + data,
    ("a key that label files do not have", "labels-unreadable"): lambda data: json.dumps(
        json.loads(data) | {"comment": "looks fine"}
    ).encode(),
    ("another indentation", "labels-noncanonical"): lambda data: json.dumps(
        json.loads(data), indent=4
    ).encode(),
    ("line ends of another system", "labels-noncanonical"): lambda data: data.replace(b"\n", b"\r\n"),
    ("spans out of order", "labels-noncanonical"): out_of_order,
}
for (name, code), change in BYTES.items():

    @mutation("label files", name, code)
    def _(corpus: CorpusPaths, change: Callable[[bytes], bytes] = change) -> str:
        path, _ = a_file(corpus)
        path.write_bytes(change(path.read_bytes()))
        return corpus.relative(path)


FIELDS: dict[tuple[str, str], dict[str, object]] = {
    ("labels made on another text", "text-mismatch"): {"text_sha256": hashlib.sha256(b"another").hexdigest()},
    ("a time of the writer's own style", "labels-time"): {"updated": "3 June 2025, noon"},
    ("less than no time at work", "labels-time"): {"lead_time_s": -1.0},
    ("labels of a revision that is not there yet", "revision-unknown"): {"ontology": "{0} {1}.1"},
    ("labels of another ontology", "revision-unknown"): {"ontology": "un{0} {1}"},
    ("no revision", "revision-unknown"): {"ontology": ""},
}
for (name, code), fields in FIELDS.items():

    @mutation("label files", name, code)
    def _(corpus: CorpusPaths, fields: dict[str, object] = fields) -> str:
        path, labels = a_file(corpus)
        scheme = ontology_of(corpus)
        formed = {
            key: value.format(scheme.name, scheme.version) if isinstance(value, str) else value
            for key, value in fields.items()
        }
        write(path, labels | formed)
        return corpus.relative(path)


@mutation("label files", "an offset written as a fraction", "labels-unreadable")
def _(corpus: CorpusPaths) -> str:
    path, labels, span = any_span(corpus)
    span["start"] += 0.5
    path.write_text(json.dumps(labels))
    return corpus.relative(path)


@mutation("label files", "a file in another annotator's folder", "labels-misplaced")
def _(corpus: CorpusPaths) -> str:
    return corpus.relative(_moved(a_file(corpus)[0], "elsewhere"))


def _moved(path: Path, folder: str) -> Path:
    home = path.parent.parent / folder
    home.mkdir(exist_ok=True)
    return path.rename(home / path.name)


@mutation("label files", "a file under another article's name", "labels-misplaced")
def _(corpus: CorpusPaths) -> str:
    path, _ = a_file(corpus)
    return corpus.relative(path.rename(path.with_name("another.json")))


@mutation("label files", "labels for an article that is not there", "document-unknown")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    home = path.with_name("ghost.json")
    write(home, labels | {"doc_id": "ghost"})
    path.unlink()
    return corpus.relative(home)


@mutation("label files", "an annotator nobody listed", "annotator-unknown")
def _(corpus: CorpusPaths) -> str:
    path, labels = a_file(corpus)
    home = _moved(path, "mallory")
    write(home, labels | {"annotator": "mallory"})
    return corpus.relative(home)


# ---- spans ---------------------------------------------------------------------------------------------

OFFSETS = ("span-surface", "span-cut-word", "span-edge-space")
Change = Callable[[Labels, Labels], object]  # of what is in the file, and of the label
SPANS: dict[tuple[str, ...], Change] = {
    ("offsets off by one", *OFFSETS): lambda _, s: move(s, s["start"] + 1, s["end"] + 1),
    ("a letter of the surface differs", "span-surface"): lambda _, s: s.update(
        text=s["text"][:-1] + ("x" if s["text"][-1] != "x" else "y")
    ),
    ("a span ends after the end of the text", "span-outside"): lambda _, s: move(s, s["start"], 10_000_000),
    ("a span starts before the text", "span-outside"): lambda _, s: move(s, -1, s["end"]),
    ("a span without text", "span-empty"): lambda _, s: move(s, s["start"], s["start"], ""),
    ("start and end exchanged", "span-empty"): lambda _, s: move(s, s["end"], s["start"]),
    ("a label that is not in the ontology", "span-label"): lambda _, s: rename(s, "GHOST"),
    ("a label in lower case", "span-label"): lambda _, s: rename(s, s["label"].lower()),
    ("a span twice", "span-duplicate"): lambda labels, s: labels["spans"].append(dict(s)),
}
for (name, *codes), change_span in SPANS.items():

    @mutation("spans", name, *codes)
    def _(corpus: CorpusPaths, change: Change = change_span) -> str:
        return changed(any_span(corpus), change)


@mutation("spans", "an id of somebody's own", "span-id")
def _(corpus: CorpusPaths) -> str:
    return f"> {changed(any_span(corpus), lambda _, span: span.update(id='s1'))} "


@mutation("spans", "the surface in another Unicode normal form", "span-surface")
def _(corpus: CorpusPaths) -> str:
    def other(text: str) -> str:
        return next(
            (t for f in ("NFC", "NFD") if (t := unicodedata.normalize(f, text)) != text),  # type: ignore[arg-type]
            text,
        )

    found = first(spans(corpus, lambda _, s: other(s["text"]) != s["text"]))
    return changed(found, lambda _, span: span.update(text=other(span["text"])))


@mutation("spans", "offsets counted in UTF-16, as browsers do", *OFFSETS)
def _(corpus: CorpusPaths) -> str:
    return _recount(corpus, lambda text: len(text.encode("utf-16-le")) // 2)


@mutation("spans", "offsets counted in bytes", *OFFSETS)
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

    def recounted(labels: Labels, span: Labels) -> None:
        text = texts[labels["doc_id"]]
        move(span, length(text[: span["start"]]), length(text[: span["end"]]))

    return changed(first(spans(corpus, differs)), recounted)


def _clean(text: str, start: int, end: int) -> bool:
    return cut_at(text, start) == CLEAN == cut_at(text, end)


EDGES: dict[tuple[str, str], Callable[[str, int, int], bool]] = {
    ("a blank at the end of a span", "span-edge-space"): lambda t, a, b: (
        t[b - 1] == " " and not t[a : b - 1].isspace() and _clean(t, a, b)
    ),
    ("a line break at the start of a span", "span-edge-space"): lambda t, a, b: (
        t[a] == "\n" and not t[b - 1].isspace() and _clean(t, a, b)
    ),
    ("a span begins inside a word", "span-cut-word"): lambda t, a, b: (
        cut_at(t, a) == WORD and cut_at(t, b) == CLEAN and not t[b - 1].isspace()
    ),
    ("a span ends inside a word", "span-cut-word"): lambda t, a, b: (
        cut_at(t, b) == WORD and cut_at(t, a) == CLEAN and not t[a].isspace()
    ),
    ("a span cuts a character in two", "span-cut-grapheme"): lambda t, a, b: (
        cut_at(t, b) == CHARACTER and cut_at(t, a) == CLEAN and not t[a].isspace()
    ),
}
for (name, code), wanted in EDGES.items():

    @mutation("spans", name, code)
    def _(corpus: CorpusPaths, wanted: Callable[[str, int, int], bool] = wanted) -> str:
        return add_span(corpus, wanted)


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

VALUES: dict[tuple[str, str], tuple[str, str]] = {  # kind of the attribute, value
    ("a value that is not in the ontology", "attribute-value"): ("choice", "ghost"),
    ("an empty value", "attribute-value"): ("choice", ""),
    ("a date in words", "attribute-timex"): ("timex3", "next Monday"),
    ("a day that no calendar has", "attribute-timex"): ("timex3", "2025-06-31"),
    ("a quantity without a unit", "attribute-quantity"): ("quantity", "40"),
    ("a quantity with separators", "attribute-quantity"): ("quantity", "1,000 person"),
    ("an entity that is not in entities.csv", "entity-unknown"): ("entity", "nobody_knows"),
}
for (name, code), (kind, value) in VALUES.items():

    @mutation("attributes", name, code)
    def _(corpus: CorpusPaths, kind: str = kind, value: str = value) -> str:
        asking = {n for a in ontology_of(corpus).attributes for n in a.required_when}
        return set_attribute(corpus, lambda a: a.kind == kind and a.name not in asking, value)


@mutation("attributes", "an attribute that is not in the ontology", "attribute-unknown")
def _(corpus: CorpusPaths) -> str:
    return changed(any_span(corpus), lambda _, span: span["attributes"].update(ghost="yes"))


@mutation("attributes", "an attribute of another label", "attribute-unknown")
def _(corpus: CorpusPaths) -> str:
    def foreign(_: Labels, span: Labels) -> None:
        own = ontology_of(corpus).attributes_of[span["label"]]
        other = attributes(corpus, lambda a: a.kind == "choice" and a.name not in own)[0]
        span["attributes"][other.name] = other.values[0]

    return changed(any_span(corpus), foreign)


@mutation("attributes", "a required attribute is not set", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    *found, name = with_attribute(corpus, lambda a: a.required)
    return changed(found, lambda _, span: span["attributes"].pop(name))


@mutation("attributes", "an attribute that another one calls for is not set", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    calling = attributes(corpus, lambda a: bool(a.required_when) and not a.required)[0]

    def calls(_: Labels, span: Labels, a: Attribute = calling) -> bool:
        own = span["attributes"]
        return span["label"] in a.labels and a.name in own and a.is_required(own)

    return changed(first(spans(corpus, calls)), lambda _, span: span["attributes"].pop(calling.name))


@mutation("attributes", "an entity of another type", "entity-type")
def _(corpus: CorpusPaths) -> str:
    *found, name = with_attribute(corpus, lambda a: a.kind == "entity")

    def other_type(_: Labels, span: Labels) -> None:
        legal = ontology_of(corpus).attributes_of[span["label"]][name].types or (span["label"],)
        rows = Corpus(corpus).entities.values()
        span["attributes"][name] = next(e.id for e in rows if e.type not in legal)

    return changed(found, other_type)


# ---- relations -----------------------------------------------------------------------------------------


def _without_tail(labels: Labels, relation: Labels) -> None:
    labels["spans"] = [s for s in labels["spans"] if s["id"] != relation["tail"]]


RELATIONS: dict[tuple[str, ...], Change] = {
    ("the tail is gone", "relation-dangling"): lambda _, r: turn(r, r["head"], "GHOST-1-2"),
    ("the head is gone", "relation-dangling"): lambda _, r: turn(r, "GHOST-1-2", r["tail"]),
    (
        *("a span is deleted and its relations are not", "relation-dangling"),
        *("relation-expected", "relation-unreached"),
    ): _without_tail,
    ("a relation from a span to itself", "relation-self", "relation-range"): lambda _, r: turn(
        r, r["head"], r["head"]
    ),
    ("a relation that is not in the ontology", "relation-label"): lambda _, r: rename(r, "ghost"),
    ("a relation twice", "relation-duplicate"): lambda labels, r: labels["relations"].append(dict(r)),
}
for (name, *codes), change_relation in RELATIONS.items():

    @mutation("relations", name, *codes)
    def _(corpus: CorpusPaths, change: Change = change_relation) -> str:
        return changed(directed(corpus), change)


@mutation("relations", "an id of somebody's own", "relation-id")
def _(corpus: CorpusPaths) -> str:
    return f"> {changed(directed(corpus), lambda _, relation: relation.update(id='r1'))} "


@mutation("relations", "a relation to a span of another article", "relation-dangling")
def _(corpus: CorpusPaths) -> str:
    def elsewhere(labels: Labels, relation: Labels) -> None:
        here = {s["id"] for s in labels["spans"]}
        *_, other = first(spans(corpus, lambda n, s: n["doc_id"] != labels["doc_id"] and s["id"] not in here))
        turn(relation, relation["head"], other["id"])

    return changed(directed(corpus), elsewhere)


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

    return changed(first(relations(corpus, fits)), lambda _, r: turn(r, r["tail"], r["head"]))


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
    return changed(symmetric(corpus), lambda _, r: turn(r, r["tail"], r["head"]))


def _removed(corpus: CorpusPaths, end: str, fits: Callable[[Labels, Labels], bool]) -> str:
    """Remove a relation that fits, the only one of its label at one of its ends; return that span's id."""

    def alone(labels: Labels, relation: Labels) -> bool:
        same = (relation["label"], relation[end])
        return [(r["label"], r[end]) for r in labels["relations"]].count(same) == 1

    path, labels, relation = first(relations(corpus, lambda n, r: fits(n, r) and alone(n, r)))
    labels["relations"].remove(relation)
    write(path, labels)
    return relation[end]


@mutation("relations", "a relation that every such span should have is gone", "relation-expected")
def _(corpus: CorpusPaths) -> str:
    expected = {r.name: r for r in ontology_of(corpus).relations if r.expected_of}

    def is_asked_for(labels: Labels, relation: Labels) -> bool:
        kind = expected.get(relation["label"])
        head = next(s for s in labels["spans"] if s["id"] == relation["head"])
        return kind is not None and kind.excused_by not in head["attributes"]

    return _removed(corpus, "head", is_asked_for)


@mutation("relations", "a span without a relation that should end at it", "relation-unreached")
def _(corpus: CorpusPaths) -> str:
    expected = {r.name for r in ontology_of(corpus).relations if r.expected_at}
    return _removed(corpus, "tail", lambda _, relation: relation["label"] in expected)
