"""Read parts of label tables from Parquet and put them beside what they must agree with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from parley.model.ontology import Ontology
from parley.runtime import columns
from parley.validation.facts import relation_facts, span_facts
from parley.validation.label_files import LABELS
from parley.validation.label_tables import Part, label_schemas, readable
from parley.validation.layer_runs import Runs


class PartReader:
    """Reads parts; neighbours share a row group, which is then decoded once.

    Raises UsageError where a table is damaged or holds what its schema does not allow.
    """

    def __init__(self, folder: Path, ontology: Ontology, entity_types: Mapping[str, str]) -> None:
        self._ontology, self._entity_types = ontology, entity_types
        self._tables = {
            name: _Rows(folder / f"{name}.parquet", schema)
            for name, schema in label_schemas(ontology).items()
        }

    def read(self, part: Part) -> dict[str, pa.Table]:
        """Return the facts about a part, by table; `row` counts within the part."""
        spans, relations = (self._labels(name, part.runs[name]) for name in ("spans", "relations"))
        return {
            "layers": part.layers,
            "spans": span_facts(spans, relations, part.texts, self._entity_types, self._ontology),
            "relations": relation_facts(relations, spans, self._ontology),
        }

    def _labels(self, name: str, runs: Runs) -> pa.Table:
        table = self._tables[name].take(runs)
        table = table.append_column("layer", columns.integers(runs.row_layers()))
        table = table.append_column("kind", columns.repeated([LABELS], [table.num_rows]))
        # the schema has a column for each attribute of the ontology, and no other
        return table.append_column("other_attributes", pa.nulls(table.num_rows, pa.string()))


class _Rows:
    """The rows of a table, by number; the last row group that was read is kept."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._path, self._schema = path, schema
        with readable(path):
            self._file = pq.ParquetFile(path)
        sizes = [self._file.metadata.row_group(n).num_rows for n in range(self._file.num_row_groups)]
        self._begins = np.cumsum([0, *sizes])
        self._last = -1, schema.empty_table()

    def take(self, runs: Runs) -> pa.Table:
        found = [self._schema.empty_table()]
        for start, end in runs.stretches():
            first, last = np.searchsorted(self._begins, [start, end - 1], side="right") - 1
            for group in range(int(first), int(last) + 1):
                begin = int(self._begins[group])
                skipped = max(0, start - begin)
                found.append(self._group(group).slice(skipped, end - begin - skipped))
        return pa.concat_tables(found).combine_chunks()

    def _group(self, number: int) -> pa.Table:
        if self._last[0] != number:
            with readable(self._path):
                rows = self._file.read_row_group(number, columns=self._schema.names)
                self._last = number, rows.select(self._schema.names).cast(self._schema)
        return self._last[1]
