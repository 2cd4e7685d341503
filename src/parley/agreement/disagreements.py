"""Every disagreement of two annotators, worst first, and the two files that list them.

Worst is what cannot both be right, then what one annotator has and the other has not, then what differs in
degree, last what only follows from something above (KINDS). Within a kind, disagreements are in the order of
document and offset; those of several pairs are together.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa

from parley.agreement.figures import Pair
from parley.agreement.measures.attributes import bearers
from parley.agreement.measures.matching import Labels, given
from parley.agreement.measures.relations import matched_relations, on_equal_pairs
from parley.agreement.measures.spans import at_equal_offsets
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.runtime.counts import counted
from parley.runtime.files import writing_whole
from parley.runtime.markdown import inline, link

KINDS = {
    "label": "Same text, two labels",
    "entity": "Same mention, two entities",
    "direction": "Same relation, opposite direction",
    "relation": "Same two spans, another relation",
    "attribute": "Same span, another attribute value",
    "span": "Span of one annotator only",
    "link": "Relation of one annotator only, between spans both have",
    "boundary": "Same label, other boundaries",
    "end": "Relation with an end the other lacks",
}
CONTEXT = 60  # code points shown on either side

Record = dict[str, Any]


class Version(NamedTuple):
    """What one annotator has: in words, "" for nothing, and the ids of the labels."""

    says: str = ""
    labels: tuple[str, ...] = ()


def disagreements(
    pairs: Iterable[Pair], texts: Mapping[str, str], ontology: Ontology, links: Mapping[str, str]
) -> list[Record]:
    """Return all disagreements of pairs of annotators on a batch, on their relaxed matching, worst first.

    texts: by doc_id, in the order that the documents are to have. links: `doc_id/annotator` → address of the
    task in Label Studio, if known. A record is as build/disagreements.json has it; offsets are code points.
    """
    order = {doc_id: number for number, doc_id in enumerate(texts)}
    severity = {kind: number for number, kind in enumerate(KINDS, 1)}
    found = []
    for pair in pairs:
        a, b = _Words(pair.first, ontology), _Words(pair.second, ontology)
        for kind, (doc, start, end), what, versions in chain(
            _of_spans(pair, a, b), _of_attributes(pair, ontology, a, b), _of_relations(pair, ontology, a, b)
        ):
            doc_id = pair.doc_ids[doc]
            key = (severity[kind], order[doc_id], start, end, pair.annotators, versions, what)
            found.append((key, kind, doc_id))
    records = []
    for (rank, _, start, end, annotators, versions, what), kind, doc_id in sorted(found):
        text = texts[doc_id]
        addresses = (links.get(f"{doc_id}/{name}") for name in annotators)
        records.append(
            {
                "kind": kind,
                "severity": rank,
                "doc_id": doc_id,
                "start": start,
                "end": end,
                "text": text[start:end],
                "before": text[max(0, start - CONTEXT) : start],
                "after": text[end : end + CONTEXT],
                "what": what,
                "versions": [
                    {"annotator": name, "says": says, "labels": list(labels)} | ({"url": url} if url else {})
                    for name, (says, labels), url in zip(annotators, versions, addresses, strict=True)
                ],
            }
        )
    return records


class _Words:
    """One annotator's labels in words, row by row; row -1 is none."""

    def __init__(self, labels: Labels, ontology: Ontology) -> None:
        self.ids, self.texts = (labels.table[name].to_pylist() for name in ("id", "text"))
        self.label = [ontology.span_names[number] for number in labels.label.tolist()]
        self.name = [ontology.relation_names[number] for number in labels.relation_label.tolist()]
        self.doc, self.start, self.end = labels.doc.tolist(), labels.start.tolist(), labels.end.tolist()
        self.ends = list(zip(labels.head.tolist(), labels.tail.tolist(), strict=True))

    def span(self, row: int) -> Version:
        if row < 0:
            return Version()
        says = f"{self.label[row]} “{self.texts[row]}” {self.start[row]}:{self.end[row]}"
        return Version(says, (self.ids[row],))

    def relation(self, row: int) -> Version:
        if row < 0:
            return Version()
        (head, tail), name = self.ends[row], self.name[row]
        says = f"{name}: {self.span(head).says} → {self.span(tail).says}"
        return Version(says, (f"{self.ids[head]}.{name}.{self.ids[tail]}",))

    def place(self, *rows: int) -> tuple[int, int, int]:
        """Return the document of spans, and the offsets that they cover together."""
        return self.doc[rows[0]], min(self.start[row] for row in rows), max(self.end[row] for row in rows)


_Place = tuple[int, int, int]  # document, start, end
_Found = Iterator[tuple[str, _Place, str, tuple[Version, Version]]]  # kind, place, what, versions


def _of_spans(pair: Pair, a: _Words, b: _Words) -> _Found:
    """Yield spans with another label, other boundaries or no partner."""
    first, second, (rows_a, rows_b) = pair.first, pair.second, pair.relaxed.pairs
    moved = (first.start[rows_a] != second.start[rows_b]) | (first.end[rows_a] != second.end[rows_b])
    for i, j in zip(rows_a[moved].tolist(), rows_b[moved].tolist(), strict=True):
        (doc, start, end), (_, start_b, end_b) = a.place(i), b.place(j)
        yield "boundary", (doc, min(start, start_b), max(end, end_b)), a.label[i], (a.span(i), b.span(j))
    alone_a, alone_b = (np.flatnonzero(rows < 0) for rows in (pair.relaxed.forth, pair.relaxed.back))
    rows_a, rows_b = at_equal_offsets(first.take(alone_a), second.take(alone_b))
    for i, j in zip(given(alone_a, rows_a).tolist(), given(alone_b, rows_b).tolist(), strict=True):
        place = a.place(i) if i >= 0 else b.place(j)
        yield "label" if i >= 0 and j >= 0 else "span", place, "", (a.span(i), b.span(j))


def _of_attributes(pair: Pair, ontology: Ontology, a: _Words, b: _Words) -> _Found:
    """Yield matched spans with another attribute value."""
    for attribute in ontology.attributes:
        rows_a, rows_b = pair.relaxed.pairs
        kept = bearers(pair.first, rows_a, attribute, ontology)
        rows_a, rows_b = rows_a[kept], rows_b[kept]
        values = (
            labels.table[attribute.name].take(pa.array(rows)).to_pylist()
            for labels, rows in ((pair.first, rows_a), (pair.second, rows_b))
        )
        for i, j, one, other in zip(rows_a.tolist(), rows_b.tolist(), *values, strict=True):
            if one != other:
                kind = "entity" if attribute.kind == "entity" and one and other else "attribute"
                versions = Version(one or "", (a.ids[i],)), Version(other or "", (b.ids[j],))
                yield kind, a.place(i), f"{attribute.name} of {a.label[i]}", versions


def _of_relations(pair: Pair, ontology: Ontology, a: _Words, b: _Words) -> _Found:
    """Yield relations that the other annotator lacks, has otherwise or the other way round."""
    first, second = matched_relations(pair.first, pair.second, pair.relaxed, ontology)
    found = [("end", row, -1) for row in np.flatnonzero(~first.found).tolist()]
    found += [("end", -1, row) for row in np.flatnonzero(~second.found).tolist()]
    for i, j in zip(*(rows.tolist() for rows in on_equal_pairs(first, second)), strict=True):
        if i < 0 or j < 0:
            found.append(("link", i, j))
        elif first.value[i] != second.value[j]:
            found.append(("direction" if first.label[i] == second.label[j] else "relation", i, j))
    for kind, i, j in found:
        place = a.place(*a.ends[i]) if i >= 0 else b.place(*b.ends[j])
        yield kind, place, "", (a.relation(i), b.relation(j))


Entries = dict[tuple[str, str], list[bytes]]  # by kind and form: JSON after a comma, Markdown


def entries(records: Iterable[Record]) -> Entries:
    """Return disagreements as items of a JSON array and of a Markdown list, in the order given."""
    encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
    found: Entries = defaultdict(list)
    for record in records:
        found[record["kind"], "json"].append(f",\n  {encoder.encode(record)}".encode())
        found[record["kind"], "markdown"].append(_markdown(record).encode())
    return found


class DisagreementFiles:
    """build/disagreements.json and .md before they are written: kind by kind in files of a scratch folder."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._number: Counter[str] = Counter()

    def add(self, found: Entries) -> None:
        """Add the disagreements of a batch."""
        for (kind, form), items in found.items():
            with (self._scratch / f"{kind}.{form}").open("ab") as out:
                out.writelines(items)
            self._number[kind] += len(items) if form == "json" else 0

    def write(self, corpus: CorpusPaths) -> None:
        """Write both files, the worst kind first."""
        kinds, total = [kind for kind in KINDS if self._number[kind]], self._number.total()
        with writing_whole(corpus.build / "disagreements.json") as out:
            out.write(b'{"disagreements": [')
            for kind in kinds:
                self._copy(f"{kind}.json", out, 1 if kind == kinds[0] else 0)  # no comma before the first
            out.write(b"\n]}\n")
        with writing_whole(corpus.build / "disagreements.md") as out:
            out.write(f"# {counted(total, 'disagreement')}, worst first\n".encode())
            for kind in kinds:
                out.write(f"\n## {KINDS[kind]} ({self._number[kind]})\n\n".encode())
                self._copy(f"{kind}.markdown", out)

    def _copy(self, name: str, out: BinaryIO, begin: int = 0) -> None:
        with (self._scratch / name).open("rb") as file:
            file.seek(begin)
            shutil.copyfileobj(file, out)


def _markdown(record: Record) -> str:
    """Return a disagreement as an item of a Markdown list."""
    what = f" — {inline(record['what'])}" if record["what"] else ""
    place = f"`{record['doc_id']}` {record['start']}:{record['end']}"
    before, text, after = (inline(record[name]) for name in ("before", "text", "after"))
    lines = [f"- {place}{what}: …{before} **{text}** {after}…"]
    for version in record["versions"]:
        name = link(version["annotator"], version.get("url", ""))
        lines.append(f"  - {name}: {inline(version['says']) or 'nothing'}")
    return "\n".join(lines) + "\n"
