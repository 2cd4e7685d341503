"""Every disagreement of two annotators, worst first, and the two files that list them.

Worst is what cannot both be right, then what one annotator has and the other has not, then what differs in
degree, last what only follows from something above (KINDS). Within a kind, disagreements are in the order of
document and offset; those of several pairs are together.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.agreement.figures import Pair
from parley.agreement.measures.attributes import bearers
from parley.agreement.measures.matching import NOTHING, Flags, Ints, Labels, given
from parley.agreement.measures.relations import matched_relations, on_equal_pairs
from parley.agreement.measures.spans import at_equal_offsets
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime.columns import concatenated, integers, scalar, strings, utf8
from parley.runtime.counts import counted
from parley.runtime.files import write_part, writing_whole
from parley.runtime.json_lines import json_parts
from parley.runtime.markdown import link
from parley.runtime.markdown_parts import inlines
from parley.runtime.text_parts import Characters
from parley.runtime.threads import Begin

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
_COPIED = 1 << 20  # bytes at once


_SIDES = "first", "second"


def disagreements(
    pairs: Iterable[Pair], texts: Mapping[str, str], ontology: Ontology, links: Mapping[str, str]
) -> pa.Table:
    """Return all disagreements of pairs of annotators on a batch, on their relaxed matching, worst first.

    texts: by doc_id, in the order that the documents are to have. links: `doc_id/annotator` → address of the
    task in Label Studio, if known.

    A row a disagreement. severity: of its kind, from 1, in the order of KINDS. doc_id, start, end: where, in
    code points. what: it is about. Of both annotators (first_annotator, …): who; id, of the label, "" for
    none; says, in words; url, of the task, "" if unknown.
    """
    order = {doc_id: number for number, doc_id in enumerate(texts)}
    annotators: list[Sequence[str]] = []
    tables = []
    for pair in pairs:
        rank = np.array([order[doc_id] for doc_id in pair.doc_ids])
        for found in _of_pair(pair, ontology):
            if found.place.doc.size:
                tables.append(_table(found, rank[found.place.doc], len(annotators)))
        annotators.append(pair.annotators)
    if not tables:
        return pa.table({})
    rows = pa.concat_tables(tables).combine_chunks()
    rows = rows.take(pc.sort_indices(rows, sort_keys=[(name, "ascending") for name in rows.column_names]))
    names = list(texts)
    return pa.table(
        {
            "severity": rows["severity"],
            "doc_id": strings(names).take(rows["doc"]),
            "start": rows["start"],
            "end": rows["end"],
            "what": rows["what"],
            **{
                f"{side}_{name}": column
                for number, side in enumerate(_SIDES)
                for name, column in _side(rows, side, [pair[number] for pair in annotators], names, links)
            },
        }
    ).combine_chunks()


def _side(
    rows: pa.Table, side: str, annotators: Sequence[str], doc_ids: Sequence[str], links: Mapping[str, str]
) -> Iterator[tuple[str, pa.ChunkedArray | pa.Array]]:
    """Yield the columns of one annotator of each pair."""
    yield "annotator", strings(annotators).take(rows["pair"])
    yield "id", rows[f"{side}_id"]
    yield "says", rows[f"{side}_says"]
    places = zip(rows["doc"].to_pylist(), rows["pair"].to_pylist(), strict=True) if links else ()
    known = [links.get(f"{doc_ids[doc]}/{annotators[pair]}", "") for doc, pair in places]
    yield "url", strings(known or [""] * rows.num_rows)


class _Place(NamedTuple):
    """Where disagreements are: a row each. doc: index of the document; offsets in code points."""

    doc: Ints
    start: Ints
    end: Ints


Words = tuple[pa.Array, pa.Array]  # what one annotator says, and the id of the label; "" for none


class _Found(NamedTuple):
    """Disagreements of a kind, a row each. what: None for nothing."""

    kind: str
    place: _Place
    what: pa.Array | None
    first: Words
    second: Words


def _table(found: _Found, doc: Ints, pair: int) -> pa.Table:
    """Return disagreements as rows, with the columns in the order by which they are sorted."""
    size = doc.size
    severity = 1 + [*KINDS].index(found.kind)
    return pa.table(
        {
            "severity": integers(np.full(size, severity, np.int32)),
            "doc": integers(doc),
            "start": integers(found.place.start),
            "end": integers(found.place.end),
            "pair": integers(np.full(size, pair, np.int32)),
            "first_says": found.first[0],
            "first_id": found.first[1],
            "second_says": found.second[0],
            "second_id": found.second[1],
            "what": _nothing(size) if found.what is None else found.what,
        }
    )


def _nothing(size: int) -> pa.Array:
    return strings([""] * size)


class _Side:
    """One annotator's labels in words and their ids, row by row; the row NOTHING is none."""

    def __init__(self, labels: Labels, ontology: Ontology) -> None:
        self.labels = labels
        self.names = _taken(strings(ontology.span_names), labels.label)
        ids, texts = (labels.table[name].combine_chunks() for name in ("id", "text"))
        start, end = (integers(offsets) for offsets in (labels.start, labels.end))
        says = concatenated([self.names, " “", texts, "” ", start, ":", end], len(ids))
        self._spans = says, ids
        names = _taken(strings(ontology.relation_names), labels.relation_label)
        heads, tails = ([_taken(of, end) for of in (says, ids)] for end in (labels.head, labels.tail))
        self._relations = (
            concatenated([names, ": ", heads[0], " → ", tails[0]], len(names)),
            concatenated([heads[1], ".", names, ".", tails[1]], len(names)),
        )

    def spans(self, rows: Ints) -> Words:
        says, ids = self._spans
        return _taken(says, rows), _taken(ids, rows)

    def ids(self, rows: Ints) -> pa.Array:
        return _taken(self._spans[1], rows)

    def relations(self, rows: Ints) -> Words:
        says, ids = self._relations
        return _taken(says, rows), _taken(ids, rows)

    def place(self, rows: Ints) -> _Place:
        """Return where spans are."""
        return _Place(*(given(of, rows) for of in (self.labels.doc, self.labels.start, self.labels.end)))

    def relation_place(self, rows: Ints) -> _Place:
        """Return what both ends of relations cover together."""
        ends = (self.place(given(end, rows)) for end in (self.labels.head, self.labels.tail))
        return _joint(*ends)


def _taken(values: pa.Array, rows: Ints) -> pa.Array:
    """Return texts at rows, "" for the row NOTHING."""
    if not (rows < 0).any():
        return values.take(integers(rows))
    return pa.concat_arrays([values, strings([""])]).take(integers(np.where(rows < 0, len(values), rows)))


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
        ones, others = (one[name].combine_chunks() for one in pair.said)
        rows = np.flatnonzero(_differ(ones, others))
        none = np.zeros(len(rows), np.int64)
        words = ((_filled(values, rows), _nothing(len(rows))) for values in (ones, others))
        yield _Found("document", _Place(rows, none, none), _taken(strings([name]), none), *words)


def _differ(ones: pa.Array, others: pa.Array) -> Flags:
    """Say of which rows the values differ; null is a value of its own."""
    other_value = pc.fill_null(pc.not_equal(ones, others), False)
    flags: Flags = pc.or_(other_value, pc.xor(pc.is_null(ones), pc.is_null(others))).to_numpy(
        zero_copy_only=False
    )
    return flags


def _filled(values: pa.Array, rows: Ints) -> pa.Array:
    """Return values at rows, "" for null."""
    return pc.coalesce(values.take(integers(rows)), scalar(""))


def _of_spans(pair: Pair, a: _Side, b: _Side) -> Iterator[_Found]:
    """Yield spans with another label, other boundaries or no partner."""
    first, second, (i, j) = pair.first, pair.second, pair.relaxed.pairs
    moved = (first.start[i] != second.start[j]) | (first.end[i] != second.end[j])
    i, j = i[moved], j[moved]
    yield _Found("boundary", _joint(a.place(i), b.place(j)), _taken(a.names, i), a.spans(i), b.spans(j))
    alone_a, alone_b = (np.flatnonzero(rows < 0) for rows in (pair.relaxed.forth, pair.relaxed.back))
    rows_a, rows_b = at_equal_offsets(first.take(alone_a), second.take(alone_b))
    i, j = given(alone_a, rows_a), given(alone_b, rows_b)
    place = _either(i >= 0, a.place(i), b.place(j))
    both = (i >= 0) & (j >= 0)
    for kind, kept in (("label", both), ("span", ~both)):
        some = _Place(*(values[kept] for values in place))
        yield _Found(kind, some, None, a.spans(i[kept]), b.spans(j[kept]))


def _of_attributes(pair: Pair, ontology: Ontology, a: _Side, b: _Side) -> Iterator[_Found]:
    """Yield matched spans with another attribute value."""
    for attribute in ontology.attributes:
        i, j = pair.relaxed.pairs
        kept = bearers(pair.first, i, attribute, ontology)
        i, j = i[kept], j[kept]
        ones, others = (
            side.labels.table[attribute.name].combine_chunks().take(integers(rows))
            for side, rows in ((a, i), (b, j))
        )
        differ = _differ(ones, others)
        said = (
            pc.fill_null(pc.greater(v, scalar("")), False).to_numpy(zero_copy_only=False)
            for v in (ones, others)
        )
        named = np.logical_and(*said) & (attribute.kind == "entity")
        for kind, flags in (("entity", differ & named), ("attribute", differ & ~named)):
            rows = np.flatnonzero(flags)
            if not rows.size:
                continue
            at_a, at_b = i[rows], j[rows]
            what = concatenated([f"{attribute.name} of ", _taken(a.names, at_a)], len(rows))
            words = (_filled(ones, rows), a.ids(at_a)), (_filled(others, rows), b.ids(at_b))
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
        yield _Found(kind, place, None, a.relations(at_a), b.relations(at_b))


def write_entries(found: pa.Table, texts: Mapping[str, str], scratch: Path, number: int) -> Counter[str]:
    """Write the disagreements of a batch into a scratch folder, kind by kind; return how many of each.

    texts: by doc_id. number: of the batch. See `write_lists`, which puts those of all batches together.
    """
    if not found.num_rows:
        return Counter()
    columns = {name: found[name].chunk(0) for name in found.column_names}  # one chunk a column
    quotes = _Quotes.of(columns, texts)
    entries = {"json": _json(columns, quotes), "markdown": _markdown(columns, quotes)}
    sizes = np.bincount(columns["severity"], minlength=len(KINDS) + 1)[1:].tolist()
    begin = 0  # the worst first: each kind is one run
    for kind, size in zip(KINDS, sizes, strict=True):
        for form, rows in entries.items() if size else ():
            write_part(scratch / f"{kind}.{form}.{number}", utf8(rows.slice(begin, size))[1])
        begin += size
    return +Counter(dict(zip(KINDS, sizes, strict=True)))


class _Quotes(NamedTuple):
    """The words before disagreements, there, and after them: parts of documents, three times a row each."""

    documents: Characters
    begin: Ints
    end: Ints

    @classmethod
    def of(cls, columns: Mapping[str, pa.Array], texts: Mapping[str, str]) -> _Quotes:
        documents = Characters.of(strings([*texts.values()]))
        doc = pc.index_in(columns["doc_id"], value_set=strings([*texts])).to_numpy()
        first, last = documents.begins[doc], documents.begins[doc + 1]
        start, end = (first + columns[name].to_numpy() for name in ("start", "end"))
        begins, ends = (
            (np.maximum(first, start - CONTEXT), start, end),
            (start, end, np.minimum(last, end + CONTEXT)),
        )
        return cls(documents, np.concatenate(begins), np.concatenate(ends))

    def cut(self, cut: Callable[[Characters, Ints, Ints], pa.StringArray]) -> tuple[pa.Array, ...]:
        """Return the three columns. cut: returns parts of texts."""
        parts = cut(*self)
        size = len(parts) // 3
        return tuple(parts.slice(number * size, size) for number in range(3))


def _json(columns: Mapping[str, pa.Array], quotes: _Quotes) -> pa.StringArray:
    """Return disagreements as objects of JSON with sorted keys, each after a comma and a line break."""
    before, there, after = quotes.cut(Characters.cut_json)
    kind = strings([*KINDS]).take(pc.subtract(columns["severity"], integers([1])[0]))

    def text(name: str) -> list[pa.Array | str]:
        return json_parts(columns[name])

    def version(side: str) -> list[pa.Array | str]:
        label, url = columns[f"{side}_id"], columns[f"{side}_url"]
        own = concatenated(["[", *text(f"{side}_id"), "]"], len(label))
        address = concatenated([', "url": ', *text(f"{side}_url")], len(url))
        return [
            *('{"annotator": ', *text(f"{side}_annotator")),
            *(', "labels": ', pc.if_else(pc.equal(label, scalar("")), scalar("[]"), own)),
            *(', "says": ', *text(f"{side}_says")),
            pc.if_else(pc.equal(url, scalar("")), scalar(""), address),
            "}",
        ]

    parts = [
        *(',\n  {"after": "', after, '", "before": "', before, '"'),
        *(', "doc_id": ', *text("doc_id"), ', "end": ', columns["end"]),
        *(', "kind": "', kind, '", "severity": ', columns["severity"], ', "start": ', columns["start"]),
        *(', "text": "', there, '", "versions": ['),
        *(*version("first"), ", ", *version("second")),
        *('], "what": ', *text("what"), "}"),
    ]
    return concatenated(parts, len(columns["start"]))


def write_lists(numbers: Sequence[Counter[str]], scratch: Path, corpus: CorpusPaths, begin: Begin) -> None:
    """Write build/disagreements.json and .md, the worst kind first, from what `write_entries` wrote.

    numbers: what it returned for each batch. begin: begins the writing of one.
    """
    total = sum(numbers, Counter[str]())
    kinds = [kind for kind in KINDS if total[kind]]

    def copy(kind: str, form: str, out: BinaryIO, skipped: int = 0) -> None:
        for batch, number in enumerate(numbers):
            if number[kind]:
                part = scratch / f"{kind}.{form}.{batch}"
                with part.open("rb") as file:
                    file.seek(skipped)
                    shutil.copyfileobj(file, out, _COPIED)
                part.unlink()  # at once: what the disk has not got yet it need not get
                skipped = 0

    def write_json() -> None:
        with writing_whole(corpus.build / "disagreements.json") as out:
            out.write(b'{"disagreements": [')
            for kind in kinds:
                copy(kind, "json", out, 1 if kind == kinds[0] else 0)  # no comma before the first
            out.write(b"\n]}\n")

    def write_markdown() -> None:
        with writing_whole(corpus.build / "disagreements.md") as out:
            out.write(f"# {counted(total.total(), 'disagreement')}, worst first\n".encode())
            for kind in kinds:
                out.write(f"\n## {KINDS[kind]} ({total[kind]})\n\n".encode())
                copy(kind, "markdown", out)

    begin("json", write_json)
    begin("markdown", write_markdown)


def _markdown(columns: Mapping[str, pa.Array], quotes: _Quotes) -> pa.StringArray:
    """Return disagreements as items of a Markdown list."""
    size = len(columns["start"])
    shown = dict(zip(("before", "text", "after"), quotes.cut(inlines), strict=True))
    for name in ("what", "first_says", "second_says"):
        words = Characters.of(columns[name])
        shown[name] = inlines(words, words.begins[:-1], words.begins[1:])

    def unless_empty(name: str, *parts: pa.Array | str) -> pa.Array:
        """Return the concatenation of parts, or nothing where a column has nothing."""
        return pc.if_else(pc.equal(shown[name], scalar("")), scalar(""), concatenated(parts, size))

    def version(side: str) -> list[pa.Array | str]:
        names, urls = (columns[f"{side}_{name}"].to_pylist() for name in ("annotator", "url"))
        says = shown[f"{side}_says"]
        return [
            *("\n  - ", strings([*map(_link, names, urls)]), ": "),
            pc.if_else(pc.equal(says, scalar("")), scalar("nothing"), says),
        ]

    parts = [
        *("- `", columns["doc_id"], "`", unless_empty("text", " ", columns["start"], ":", columns["end"])),
        *(unless_empty("what", " — "), shown["what"], ":"),
        unless_empty("text", " …", shown["before"], " **", shown["text"], "** ", shown["after"], "…"),
        *(*version("first"), *version("second"), "\n"),
    ]
    return concatenated(parts, size)


_link = lru_cache(link)
