"""Who says what, and who demands, offers, refuses what of whom: the rows of `statements` and `claims`.

Both are made of the published spans and relations by the sections of the ontology that name the parts; whom
a party means is `resolution`'s. What is lost is nothing: each part has the id of its span.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.ontology import Ontology, Resolution
from parley.release.data.resolution import WAYS, ResolvedMentions, Rows, ends, identities, joined, resolve
from parley.release.data.schema import Columns, Nested


class Statements:
    """The statements of a batch. rows: of its spans, those that a statement is made of.

    columns: of the config, those that it does not share with `spans`.
    """

    def __init__(self, batch: Batch, ontology: Ontology, parties: Parties) -> None:
        section = ontology.statements
        self._batch = batch
        self._stance = section.stance if section else ""
        self.rows = _labelled(batch, section.content if section else ())
        self.columns: Columns = {}
        if section:
            self.columns = {
                "sources": parties.of(self.rows, section.source),
                "cues": parties.of(self.rows, section.cue),
                "stance": self._attribute(section.stance),
                "quotation": self._attribute(section.quotation),
                "unsourced": self._attribute(section.unsourced),
                "within": self.ids(self.around(self.rows)),
            }

    def around(self, spans: Rows) -> Rows:
        """Return for each span the row of the innermost statement that it is in, -1 if it is in none."""
        layer, start, end = (
            self._batch.spans[name].to_numpy().astype(np.int64) for name in ("layer", "start", "end")
        )
        inner, place = joined(layer[spans], layer[self.rows])
        span, outer = spans[inner], self.rows[place]
        is_in = (start[outer] <= start[span]) & (end[span] <= end[outer]) & (span != outer)
        is_in &= ~((start[outer] == start[span]) & (end[span] == end[outer]) & np.isin(span, self.rows))
        inner, outer = inner[is_in], outer[is_in]
        order = np.lexsort((outer, end[outer] - start[outer], inner))
        found = np.full(spans.size, -1)
        first, places = np.unique(inner[order], return_index=True)
        found[first] = outer[order][places]
        return found

    def ids(self, rows: Rows) -> pa.Array:
        """Return the ids of spans, null for -1."""
        return taken(self._batch.spans["id"], rows)

    def stances(self, rows: Rows) -> pa.Array:
        """Return what the sources of statements take them for; null for -1, or if the scheme does not say."""
        return (
            taken(self._batch.spans[self._stance], rows) if self._stance else pa.nulls(rows.size, pa.string())
        )

    def _attribute(self, name: str) -> pa.Array:
        return taken(self._batch.spans[name], self.rows) if name else pa.nulls(self.rows.size, pa.string())


@dataclass(frozen=True)
class Parties:
    """The parts of statements and claims.

    resolved: whom the batch's spans mean. times: their values as time expressions, null if they are none.
    """

    batch: Batch
    resolved: ResolvedMentions
    times: pa.ChunkedArray

    @classmethod
    def resolving(cls, batch: Batch, ontology: Ontology) -> Parties:
        """Return the parties of a batch, resolved as the ontology says."""
        said = ontology.resolution or Resolution(())
        resolved = resolve(batch, identities(ontology, said.entity), said.same, said.affiliation)
        times = pa.nulls(batch.spans.num_rows, pa.string())
        for one in ontology.attributes:
            if one.kind == "timex3":
                is_of = pc.is_in(batch.spans["label"], value_set=pa.array(one.labels, pa.string()))
                times = pc.if_else(is_of, batch.spans[one.name], times)
        return cls(batch, resolved, times)

    def of(self, owners: Rows, relations: Collection[str]) -> Nested:
        """Return the tails of the relations that lead from spans. owners: rows, ascending."""
        return self.reached(owners.size, np.arange(owners.size), owners, relations)

    def reached(self, size: int, owner: Rows, heads: Rows, relations: Collection[str]) -> Nested:
        """Return what relations lead to, a list for each of `size` owners.

        owner: numbers; heads: rows of spans, from which relations of this owner lead.
        """
        head, tail, label = ends(self.batch, relations)
        place, relation = joined(heads, head)
        order = np.lexsort((tail[relation], owner[place]))
        place, relation = place[order], relation[order]
        rows = tail[relation]
        return Nested(
            np.searchsorted(owner[place], np.arange(size + 1)),
            {
                "id": taken(self.batch.spans["id"], rows),
                "text": taken(self.batch.spans["text"], rows),
                "relation": label.take(pa.array(relation)),
                "of": taken(self.batch.spans["id"], heads[place]),
                "entities": self.resolved.entities.take(pa.array(rows)),
                "via": self.resolved.via.take(pa.array(rows)),
                "value": taken(self.times, rows),
                "row": rows,
            },
        )


def claims(
    batch: Batch, ontology: Ontology, parties: Parties, statements: Statements
) -> tuple[Rows, Columns]:
    """Return the claims of a batch: the rows of their acts among its spans, and the columns of the config."""
    section = ontology.claims
    if not section:
        return np.empty(0, np.int64), {}
    types = batch.spans[section.type]
    said = pa.array(list(section.says), pa.string())
    is_claim = pc.fill_null(pc.is_in(types, value_set=said), fill_value=False)
    rows = np.intersect1d(_labelled(batch, section.act), np.flatnonzero(is_claim.to_numpy()))
    actors, themes = (parties.of(rows, names) for names in (section.actor, section.theme))
    owner = np.repeat(np.arange(rows.size), np.diff(themes.offsets))
    owner = np.append(np.arange(rows.size), owner)
    heads = np.append(rows, themes.columns["row"])
    around = statements.around(rows)
    kind = taken(types, rows)
    return rows, {
        "type": kind,
        "says": pa.array(list(section.says.values()), pa.string()).take(pc.index_in(kind, value_set=said)),
        "modality": taken(batch.spans[section.modality], rows)
        if section.modality
        else pa.nulls(rows.size, pa.string()),
        "instances": parties.resolved.entities.take(pa.array(rows)),
        "instances_via": parties.resolved.via.take(pa.array(rows)),
        "actors": actors,
        "sides": _sides(rows.size, actors, parties.resolved),
        "addressees": parties.of(rows, section.addressee),
        "targets": parties.of(rows, section.target),
        "beneficiaries": parties.of(rows, section.beneficiary),
        "mediators": parties.of(rows, section.mediator),
        "themes": themes,
        "places": parties.reached(rows.size, owner, heads, section.place),
        "times": parties.reached(rows.size, owner, heads, section.time),
        "conditions": parties.reached(rows.size, owner, heads, section.condition),
        "statement_id": statements.ids(around),
        "stance": statements.stances(around),
    }


def _sides(size: int, actors: Nested, resolved: ResolvedMentions) -> pa.Array:
    """Return how many different actors each claim has: entities, or what those mean that have none."""
    owner = np.repeat(np.arange(size), np.diff(actors.offsets))
    rows = actors.columns["row"]
    lists = actors.columns["entities"]
    parents, flat = pc.list_parent_indices(lists).to_numpy(), lists.flatten()
    unresolved = resolved.ways[rows] == WAYS.index("none")
    codes = flat.dictionary_encode().indices.to_numpy()
    keys = np.stack(
        [
            np.append(owner[parents], owner[unresolved]),
            np.append(codes, -1 - resolved.things[rows[unresolved]]),
        ],
        1,
    )
    distinct = np.unique(keys, axis=0)[:, 0] if keys.size else np.empty(0, np.int64)
    return pa.array(np.bincount(distinct.astype(np.int64), minlength=size).astype(np.int32))


def taken(column: pa.ChunkedArray | pa.Array, rows: Rows) -> pa.Array:
    """Return the values of some rows, null for -1."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return column.take(pa.array(rows, pa.int64(), mask=rows < 0))


def _labelled(batch: Batch, labels: Collection[str]) -> Rows:
    is_of = pc.is_in(batch.spans["label"], value_set=pa.array(list(labels), pa.string()))
    return np.flatnonzero(is_of.to_numpy()).astype(np.int64)
