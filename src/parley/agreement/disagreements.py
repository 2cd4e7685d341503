"""Every disagreement of two annotators, worst first, and the two files that list them.

Worst is what cannot both be right, then what one annotator has and the other has not, then what differs in
degree, last what only follows from something above (KINDS). Within a kind, disagreements are in the order of
document and offset; those of several pairs are together.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, groupby, repeat
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from parley.agreement.figures import Pair
from parley.agreement.measures.attributes import bearers
from parley.agreement.measures.matching import NOTHING, Flags, Ints, Labels, given
from parley.agreement.measures.relations import matched_relations, on_equal_pairs
from parley.agreement.measures.spans import at_equal_offsets
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime.counts import counted
from parley.runtime.files import write_part, writing_whole
from parley.runtime.markdown import inlines, link

KINDS = {
    "label": "Same text, two labels",
    "entity": "Same mention, two entities",
    "direction": "Same relation, opposite direction",
    "relation": "Same two spans, another relation",
    "document": "Same article, another value of an attribute",
    "attribute": "Same span, another attribute value",
    "span": "Span of one annotator only",
    "link": "Relation of one annotator only, between spans both have",
    "boundary": "Same label, other boundaries",
    "end": "Relation with an end the other lacks",
}
CONTEXT = 60  # code points shown on either side


class Version(msgspec.Struct, omit_defaults=True):
    """What one annotator has. labels: ids, none for nothing. says: in words. url: of the task, if known."""

    annotator: str
    labels: tuple[str, ...]
    says: str
    url: str = ""


class Disagreement(msgspec.Struct):
    """A disagreement as build/disagreements.json has it: fields in its order, offsets in code points."""

    after: str
    before: str
    doc_id: str
    end: int
    kind: str
    severity: int
    start: int
    text: str
    versions: tuple[Version, Version]
    what: str


def disagreements(
    pairs: Iterable[Pair], texts: Mapping[str, str], ontology: Ontology, links: Mapping[str, str]
) -> list[Disagreement]:
    """Return all disagreements of pairs of annotators on a batch, on their relaxed matching, worst first.

    texts: by doc_id, in the order that the documents are to have. links: `doc_id/annotator` → address of the
    task in Label Studio, if known.
    """
    order = {doc_id: number for number, doc_id in enumerate(texts)}
    severity = {kind: number for number, kind in enumerate(KINDS, 1)}
    annotators, columns = [], []
    for number, pair in enumerate(pairs):
        annotators.append(pair.annotators)
        rank = np.array([order[doc_id] for doc_id in pair.doc_ids])
        for found in _of_pair(pair, ontology):
            doc, start, end = (values.tolist() for values in found.place._replace(doc=rank[found.place.doc]))
            fixed = repeat(severity[found.kind]), doc, start, end, repeat(number)
            columns.append(zip(*fixed, *found.first, *found.second, found.what, strict=False))
    doc_ids, names = list(texts), list(KINDS)
    records = []
    for rank, doc, start, end, number, says_a, label_a, says_b, label_b, what in sorted(chain(*columns)):
        doc_id = doc_ids[doc]
        text, (one, two) = texts[doc_id], annotators[number]
        records.append(
            Disagreement(
                text[end : end + CONTEXT],
                text[max(0, start - CONTEXT) : start],
                doc_id,
                end,
                names[rank - 1],
                rank,
                start,
                text[start:end],
                (
                    Version(one, (label_a,) if label_a else (), says_a, links.get(f"{doc_id}/{one}", "")),
                    Version(two, (label_b,) if label_b else (), says_b, links.get(f"{doc_id}/{two}", "")),
                ),
                what,
            )
        )
    return records


class _Place(NamedTuple):
    """Where disagreements are: a row each. doc: index of the document; offsets in code points."""

    doc: Ints
    start: Ints
    end: Ints


Words = tuple[Sequence[str], Sequence[str]]  # what one annotator says, and the id of the label; "" for none


class _Found(NamedTuple):
    """Disagreements of a kind, a row each."""

    kind: str
    place: _Place
    what: Iterable[str]
    first: Words
    second: Words


class _Side:
    """One annotator's labels in words and their ids, row by row; the row -1 is none."""

    def __init__(self, labels: Labels, ontology: Ontology) -> None:
        self.labels = labels
        self.names = [ontology.span_names[number] for number in labels.label.tolist()]
        ids, texts = (labels.table[name].to_pylist() for name in ("id", "text"))
        extents = zip(self.names, texts, labels.start.tolist(), labels.end.tolist(), strict=True)
        says = [f"{name} “{text}” {start}:{end}" for name, text, start, end in extents]
        self._spans = [*says, ""], [*ids, ""]
        relations = [
            (ontology.relation_names[number], head, tail)
            for number, head, tail in zip(
                labels.relation_label.tolist(), labels.head.tolist(), labels.tail.tolist(), strict=True
            )
        ]
        self._relations = (
            [*(f"{name}: {says[head]} → {says[tail]}" for name, head, tail in relations), ""],
            [*(f"{ids[head]}.{name}.{ids[tail]}" for name, head, tail in relations), ""],
        )

    def spans(self, rows: Ints) -> Words:
        says, ids = self._spans
        return [says[row] for row in rows.tolist()], [ids[row] for row in rows.tolist()]

    def relations(self, rows: Ints) -> Words:
        says, ids = self._relations
        return [says[row] for row in rows.tolist()], [ids[row] for row in rows.tolist()]

    def place(self, rows: Ints) -> _Place:
        """Return where spans are."""
        return _Place(*(given(of, rows) for of in (self.labels.doc, self.labels.start, self.labels.end)))

    def relation_place(self, rows: Ints) -> _Place:
        """Return what both ends of relations cover together."""
        ends = (self.place(given(end, rows)) for end in (self.labels.head, self.labels.tail))
        return _joint(*ends)


def _joint(one: _Place, other: _Place) -> _Place:
    """Return what two spans of one document cover together."""
    return _Place(one.doc, np.minimum(one.start, other.start), np.maximum(one.end, other.end))


def _either(known: Flags, one: _Place, other: _Place) -> _Place:
    """Return the one where it is known, else the other."""
    return _Place(*(np.where(known, x, y) for x, y in zip(one, other, strict=True)))


def _of_pair(pair: Pair, ontology: Ontology) -> Iterator[_Found]:
    a, b = _Side(pair.first, ontology), _Side(pair.second, ontology)
    yield from _of_spans(pair, a, b)
    yield from _of_attributes(pair, ontology, a, b)
    yield from _of_relations(pair, ontology, a, b)
    yield from _of_documents(pair, ontology)


def _of_documents(pair: Pair, ontology: Ontology) -> Iterator[_Found]:
    """Yield articles of which another attribute value is said; their place has no extent."""
    for name in ontology.of_document:
        ones, others = (one[name].to_pylist() for one in pair.said)
        rows = [row for row, (one, other) in enumerate(zip(ones, others, strict=True)) if one != other]
        none = np.zeros(len(rows), np.int64)
        words = (([values[row] or "" for row in rows], [""] * len(rows)) for values in (ones, others))
        yield _Found("document", _Place(np.array(rows, np.int64), none, none), repeat(name), *words)


def _of_spans(pair: Pair, a: _Side, b: _Side) -> Iterator[_Found]:
    """Yield spans with another label, other boundaries or no partner."""
    first, second, (i, j) = pair.first, pair.second, pair.relaxed.pairs
    moved = (first.start[i] != second.start[j]) | (first.end[i] != second.end[j])
    i, j = i[moved], j[moved]
    what = [a.names[row] for row in i.tolist()]
    yield _Found("boundary", _joint(a.place(i), b.place(j)), what, a.spans(i), b.spans(j))
    alone_a, alone_b = (np.flatnonzero(rows < 0) for rows in (pair.relaxed.forth, pair.relaxed.back))
    rows_a, rows_b = at_equal_offsets(first.take(alone_a), second.take(alone_b))
    i, j = given(alone_a, rows_a), given(alone_b, rows_b)
    place = _either(i >= 0, a.place(i), b.place(j))
    both = (i >= 0) & (j >= 0)
    for kind, kept in (("label", both), ("span", ~both)):
        some = _Place(*(values[kept] for values in place))
        yield _Found(kind, some, repeat(""), a.spans(i[kept]), b.spans(j[kept]))


def _of_attributes(pair: Pair, ontology: Ontology, a: _Side, b: _Side) -> Iterator[_Found]:
    """Yield matched spans with another attribute value."""
    for attribute in ontology.attributes:
        i, j = pair.relaxed.pairs
        kept = bearers(pair.first, i, attribute, ontology)
        i, j = i[kept], j[kept]
        ones, others = (
            side.labels.table[attribute.name].take(pa.array(rows)).to_pylist()
            for side, rows in ((a, i), (b, j))
        )
        rows: dict[str, list[int]] = {"entity": [], "attribute": []}
        for row, (one, other) in enumerate(zip(ones, others, strict=True)):
            if one != other:
                named = attribute.kind == "entity" and one and other
                rows["entity" if named else "attribute"].append(row)
        for kind, some in rows.items():
            at_a, at_b = i[some], j[some]
            what = [f"{attribute.name} of {a.names[row]}" for row in at_a.tolist()]
            first, second = ([values[row] or "" for row in some] for values in (ones, others))
            words = (first, a.spans(at_a)[1]), (second, b.spans(at_b)[1])
            yield _Found(kind, a.place(at_a), what, *words)


def _of_relations(pair: Pair, ontology: Ontology, a: _Side, b: _Side) -> Iterator[_Found]:
    """Yield relations that the other annotator lacks, has otherwise or the other way round."""
    first, second = matched_relations(pair.first, pair.second, pair.relaxed, ontology)
    lacking = (np.flatnonzero(~side.found) for side in (first, second))
    only_a, only_b = ((rows, np.full(len(rows), NOTHING)) for rows in lacking)
    i, j = on_equal_pairs(first, second)
    one_only = (i < 0) | (j < 0)
    other_value = ~one_only & (given(first.value, i) != given(second.value, j))
    turned = other_value & (given(first.label, i) == given(second.label, j))
    kinds = {
        "end": (np.concatenate([only_a[0], only_b[1]]), np.concatenate([only_a[1], only_b[0]])),
        "link": (i[one_only], j[one_only]),
        "direction": (i[turned], j[turned]),
        "relation": (i[other_value & ~turned], j[other_value & ~turned]),
    }
    for kind, (at_a, at_b) in kinds.items():
        place = _either(at_a >= 0, a.relation_place(at_a), b.relation_place(at_b))
        yield _Found(kind, place, repeat(""), a.relations(at_a), b.relations(at_b))


def write_entries(records: Sequence[Disagreement], scratch: Path, number: int) -> Counter[str]:
    """Write the disagreements of a batch into a scratch folder, kind by kind; return how many of each.

    number: of the batch. See `write_lists`, which puts those of all batches together.
    """
    encode, spaced = msgspec.json.Encoder().encode, msgspec.json.format
    listed = Counter[str]()
    for kind, some in groupby(records, lambda record: record.kind):  # the worst first: each kind is one run
        own = list(some)
        listed[kind] = len(own)
        # all at once, then a line each: no string has a quote that is not escaped
        items = spaced(encode(own), indent=0)[1:-1].replace(b'}, {"after": ', b'},\n  {"after": ')
        write_part(scratch / f"{kind}.json.{number}", b",\n  " + items)
        write_part(scratch / f"{kind}.markdown.{number}", "".join(_markdown(own)).encode())
    return listed


def write_lists(numbers: Sequence[Counter[str]], scratch: Path, corpus: CorpusPaths) -> None:
    """Write build/disagreements.json and .md, the worst kind first, from what `write_entries` wrote.

    numbers: what it returned for each batch.
    """
    total = sum(numbers, Counter[str]())
    kinds = [kind for kind in KINDS if total[kind]]

    def copy(kind: str, form: str, out: BinaryIO, begin: int = 0) -> None:
        for batch, number in enumerate(numbers):
            if number[kind]:
                with (scratch / f"{kind}.{form}.{batch}").open("rb") as file:
                    file.seek(begin)
                    shutil.copyfileobj(file, out)
                begin = 0

    with writing_whole(corpus.build / "disagreements.json") as out:
        out.write(b'{"disagreements": [')
        for kind in kinds:
            copy(kind, "json", out, 1 if kind == kinds[0] else 0)  # no comma before the first
        out.write(b"\n]}\n")
    with writing_whole(corpus.build / "disagreements.md") as out:
        out.write(f"# {counted(total.total(), 'disagreement')}, worst first\n".encode())
        for kind in kinds:
            out.write(f"\n## {KINDS[kind]} ({total[kind]})\n\n".encode())
            copy(kind, "markdown", out)


def _markdown(records: Sequence[Disagreement]) -> Iterator[str]:
    """Yield each disagreement as an item of a Markdown list."""
    versions = [[record.versions[side] for record in records] for side in (0, 1)]
    shown = (
        inlines(texts)
        for texts in (
            [record.before for record in records],
            [record.text for record in records],
            [record.after for record in records],
            [record.what for record in records],
            *([version.says for version in side] for side in versions),
        )
    )
    for record, one, other, before, text, after, what, says, others in zip(
        records, *versions, *shown, strict=True
    ):
        place = f" {record.start}:{record.end}" if text else ""
        quoted = f" …{before} **{text}** {after}…" if text else ""
        yield (
            f"- `{record.doc_id}`{place}{' — ' if what else ''}{what}:{quoted}\n"
            f"  - {_link(one.annotator, one.url)}: {says or 'nothing'}\n"
            f"  - {_link(other.annotator, other.url)}: {others or 'nothing'}\n"
        )


_link = lru_cache(link)
