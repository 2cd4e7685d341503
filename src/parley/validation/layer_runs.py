"""Where the rows of each label layer stand in a table that was converted from an export.

As a rule a table is in the order of its layers, each layer one run of rows. It need not be: a layer in
several runs is put together again wherever it is read, so that no check has to look past the layers it is
given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parley.runtime import columns

_KEY = ["doc_id", "annotator"]
_MARK = "\0"  # between the parts of a key: in no name of a document or annotator


@dataclass(frozen=True)
class Runs:
    """Runs of rows of one layer each, in the table's order. layer: its number. start, size: rows."""

    layer: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]

    @property
    def rows(self) -> int:
        """How many rows there are in all runs."""
        return int(self.size.sum())

    def row_layers(self) -> npt.NDArray[np.int32]:
        """Return the number of the layer of each row."""
        return np.repeat(self.layer.astype(np.int32), self.size)

    def of_layers(self, first: int, end: int) -> Runs:
        """Return the runs of the layers from `first` up to, not including, `end`."""
        own = (self.layer >= first) & (self.layer < end)
        return Runs(self.layer[own], self.start[own], self.size[own])

    def sizes(self, layers: int) -> npt.NDArray[np.int64]:
        """Return how many rows each of so many layers has."""
        return np.bincount(self.layer, self.size, layers).astype(np.int64)

    def stretches(self) -> Iterator[tuple[int, int]]:
        """Yield first and end of the stretches of rows that the runs make up, neighbours in one."""
        ends = self.start + self.size
        breaks = np.flatnonzero(self.start[1:] != ends[:-1]) + 1
        if len(self.start):
            firsts, lasts = np.r_[0, breaks], np.r_[breaks - 1, len(ends) - 1]
            yield from zip(self.start[firsts].tolist(), ends[lasts].tolist(), strict=True)


def layer_keys(table: pa.Table) -> pa.Array:
    """Return what tells the layer of each row: its document and annotator."""
    return columns.joined([_whole(table[name]) for name in _KEY], _MARK)


def key_names(key: str) -> tuple[str, str]:
    """Return the document and annotator of a layer's key."""
    doc_id, _, annotator = key.partition(_MARK)
    return doc_id, annotator


def find_runs(path: Path, keys: pa.Array) -> tuple[Runs, pa.Array]:
    """Return the runs of a table's layers, numbered as `keys` gives them, and keys with those it lacks added.

    Two columns are read, a row group at a time. keys: as of `layer_keys`, each once.
    Raises ValueError where a row is of no layer.
    """
    found: list[pa.Array] = []
    starts: list[npt.NDArray[np.int64]] = []
    rows = 0
    with pq.ParquetFile(path, read_dictionary=_KEY) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=_KEY).unify_dictionaries().combine_chunks()
            if any(table[name].null_count for name in _KEY):
                raise ValueError("a row has no document or no annotator")
            codes = [_whole(table[name]).indices.to_numpy() for name in _KEY]
            changes = [np.flatnonzero(column[1:] != column[:-1]) + 1 for column in codes]
            begins = np.unique(np.concatenate([np.arange(min(1, table.num_rows)), *changes]))
            firsts = table.take(columns.integers(begins))
            found.append(layer_keys(pa.table({name: firsts[name].cast(pa.string()) for name in _KEY})))
            starts.append(begins.astype(np.int64) + rows)
            rows += table.num_rows
    of_runs = pa.concat_arrays([keys.slice(0, 0), *found])
    unknown = of_runs.filter(pc.invert(pc.is_in(of_runs, value_set=keys)))
    keys = pa.concat_arrays([keys, pc.unique(unknown)])
    layer = pc.index_in(of_runs, value_set=keys).to_numpy().astype(np.int64)
    start = np.concatenate([np.empty(0, np.int64), *starts])
    return Runs(layer, start, np.diff(np.r_[start, rows])), keys


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
