"""Which label of a corpus to damage: chosen by the ontology, never by name, so that any corpus will do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from damage_catalogue import NotThere

from parley.corpus.corpus import Corpus
from parley.model.documents import Document
from parley.model.labels import decode_layer, encode_layer, layer_paths, relation_id, span_id
from parley.model.ontology import Attribute, Ontology, RelationLabel
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths

Labels = dict[str, Any]  # a label file as plain JSON
Found = Sequence[Any]  # the path of a label file, what is in it, and one of its labels


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


def a_file(corpus: CorpusPaths) -> tuple[Path, Labels]:
    return first(files(corpus))


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
    *found, name = with_attribute(corpus, fits)
    return changed(found, lambda _, span: span["attributes"].update({name: value}))


def is_expected(relation: RelationLabel) -> bool:
    return bool(relation.expected_of or relation.expected_at)


def directed(corpus: CorpusPaths) -> tuple[Path, Labels, Labels]:
    """Choose a relation that is not symmetric and that nothing expects."""
    plain = {r.name for r in ontology_of(corpus).relations if not r.symmetric and not is_expected(r)}
    return first(relations(corpus, lambda _, r: r["label"] in plain))


def symmetric(corpus: CorpusPaths) -> tuple[Path, Labels, Labels]:
    names = {r.name for r in ontology_of(corpus).relations if r.symmetric}
    return first(relations(corpus, lambda _, r: r["label"] in names))


def rename(label: Labels, name: str) -> None:
    """Give a span or relation another label, with the id that follows."""
    label["label"] = name
    if "start" in label:
        move(label, label["start"], label["end"])
    else:
        turn(label, label["head"], label["tail"])


def turn(relation: Labels, head: str, tail: str) -> None:
    relation |= {"head": head, "tail": tail, "id": relation_id(head, relation["label"], tail)}


def label_of(labels: Labels, span: str) -> str:
    return next(s["label"] for s in labels["spans"] if s["id"] == span)


def changed(found: Found, change: Callable[[Labels, Labels], object]) -> str:
    """Change a label, or others of its file, and write the file; return the label's id."""
    path, labels, label = found
    change(labels, label)
    write(path, labels)
    return label["id"]
