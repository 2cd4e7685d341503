"""The tables of an export, read as batches of whole layers.

As a rule a file is in the order of its layers, each layer one run of rows. It need not be: a layer in several
runs is put together again when it is read, so that no check has to look past the layers it is given. What no
batch can show (a layer that is not whole, layers of one article on two texts) is found here, once, on a row a
layer. Offsets were checked against the texts when the export was converted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parley.corpus.batches import StoredBatch, load_articles
from parley.faults import Fault, UsageError
from parley.label_studio.export.findings import FINISHED
from parley.label_studio.export.tables import KEY, annotation_schema, filled, label_schemas
from parley.model.batch import EXPORT, RELATION_SCHEMA, Batch, layer_schema, span_schema, with_rows
from parley.model.ontology import Ontology
from parley.runtime import columns

_MARK = "\0"  # between the parts of a key: in no name of a document or annotator
ROWS_PER_BATCH = 100_000  # spans and relations together
_GROUPS_KEPT = 4  # row groups of a process: two of each table, some 10 MB each
# columns of facts that label files or gold have and an export has not
MISSING = {
    **dict.fromkeys(("file", "expected_file", "file_sha256", "canonical_sha256", "ontology"), "label files"),
    **dict.fromkeys(("sources", "known_sources", "decision", "reason"), "gold"),
}


@dataclass(frozen=True)
class Runs:
    """Runs of rows of one layer each, in the file's order. layer: its number. start, size: rows."""

    layer: npt.NDArray[np.int64]
    start: npt.NDArray[np.int64]
    size: npt.NDArray[np.int64]

    def of_layers(self, first: int, end: int) -> Runs:
        """Return the runs of the layers from `first` up to, not including, `end`, numbered from 0."""
        own = (self.layer >= first) & (self.layer < end)
        return Runs(self.layer[own] - first, self.start[own], self.size[own])

    def sizes(self, layers: int) -> npt.NDArray[np.int64]:
        """Return how many rows each of so many layers has."""
        return np.bincount(self.layer, self.size, layers).astype(np.int64)


@dataclass(frozen=True)
class TableBatch:
    """Whole layers of the tables in a folder, that have not been read.

    layers: `layer_schema`. articles: batches of a corpus, among whose articles are those of the layers.
    """

    folder: Path
    ontology: Ontology
    articles: tuple[StoredBatch, ...]
    layers: pa.Table
    runs: Mapping[str, Runs]

    def load(self) -> Batch:
        """Return the batch. Raises UsageError if a table is damaged or has what its schema does not allow."""
        spans = self._labels("spans", span_schema(self.ontology))
        relations = self._labels("relations", RELATION_SCHEMA)
        documents = load_articles(self.articles, pc.unique(self.layers["doc_id"]))
        return Batch(documents, self.layers, spans, with_rows(relations, spans))

    def _labels(self, name: str, schema: pa.Schema) -> pa.Table:
        path, runs = self.folder / f"{name}.parquet", self.runs[name]
        wanted = pa.schema([f for f in label_schemas(self.ontology)[name] if f.name not in KEY])
        layer = np.repeat(runs.layer, runs.size)
        rows = np.repeat(runs.start - np.cumsum(runs.size) + runs.size, runs.size) + np.arange(len(layer))
        with _readable(path), pq.ParquetFile(path) as file:
            sizes = np.array([file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)], int)
            begins = np.cumsum(sizes) - sizes
            group = np.searchsorted(begins, rows, side="right") - 1
            read = np.isin(np.arange(len(sizes)), group)
            state = path.stat()
            changed = state.st_ino, state.st_size, state.st_mtime_ns
            groups = [_row_group(path, changed, n, wanted) for n in np.flatnonzero(read).tolist()]
        skipped = np.cumsum(sizes * ~read)  # rows of the groups before that are not read
        order = np.argsort(layer, kind="stable")
        found = pa.concat_tables([wanted.empty_table(), *groups])
        places = (rows - skipped[group])[order]
        if (np.diff(places) == 1).all():  # as a rule: nothing but these rows is copied
            found = found.slice(places[0] if len(places) else 0, len(places))
        else:
            found = found.combine_chunks().take(columns.integers(places.astype(np.int32)))
        known = dict(zip(found.column_names, found.columns, strict=True))
        known["layer"] = columns.integers(layer[order].astype(np.int32))
        return filled(known, schema, len(layer)).combine_chunks()


@lru_cache(_GROUPS_KEPT)
def _row_group(path: Path, changed: tuple[int, ...], number: int, schema: pa.Schema) -> pa.Table:
    """Return the rows of a group of a file; the last ones are kept, as the next batch begins in their midst.

    changed: what is other if the file is.
    """
    with pq.ParquetFile(path) as file:
        return file.read_row_group(number, columns=schema.names).select(schema.names).cast(schema)


@dataclass(frozen=True)
class ExportTables:
    """The tables of an export in a folder, and the layers in them.

    layers: a row for each document and annotator; `annotations` counts the finished ones, `spans` and
    `relations` are how many rows they should have. Of a layer that only the labels name there is none.
    """

    folder: Path
    ontology: Ontology
    layers: pa.Table
    runs: Mapping[str, Runs]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table; a layer has an annotation."""
        layers = int(np.count_nonzero(self.layers["annotations"].to_numpy()))
        return {"layers": layers} | {name: int(runs.size.sum()) for name, runs in self.runs.items()}

    def batches(self, articles: Sequence[StoredBatch] = ()) -> list[TableBatch]:
        """Cut the tables into batches of whole layers, in their order; there is always one.

        articles: all that there are; each batch has its own.
        """
        homes = {doc_id: stored for stored in articles for doc_id in stored.doc_ids}
        size = self.layers.num_rows
        schema = layer_schema(self.ontology)
        given = {name: self.layers[name] for name in schema.names if name in self.layers.column_names}
        given["origin"] = columns.repeated([EXPORT], [size])
        layers = filled(given, schema, size).combine_chunks()
        sizes = sum((runs.sizes(size) for runs in self.runs.values()), np.zeros(size, np.int64))
        numbers = (np.cumsum(sizes) - sizes) // ROWS_PER_BATCH  # a layer belongs where its first row does
        found = []
        for first, end in pairwise([0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), size]):
            own = layers.take(columns.integers(np.arange(first, end)))  # a slice is pickled with all layers
            of = {homes[name].number: homes[name] for name in own["doc_id"].to_pylist() if name in homes}
            runs = {name: runs.of_layers(first, end) for name, runs in self.runs.items()}
            found.append(TableBatch(self.folder.resolve(), self.ontology, tuple(of.values()), own, runs))
        return found

    def faults(self) -> Iterator[Fault]:
        """Yield what no batch can show: layers that are not one whole layer of one text."""
        number = self.layers["annotations"].to_numpy()
        for row in self._rows(number > 1):
            yield _malformed(row, f"{row['annotations']} finished annotations", "annotations")
        for row in self._rows(number == 0):
            yield _malformed(row, "labels of no finished annotation", "annotations")
        for name, runs in self.runs.items():
            sizes = runs.sizes(len(number))
            differs = (number > 0) & (pc.fill_null(self.layers[name], 0).to_numpy() != sizes)
            for row, size in zip(self._rows(differs), sizes[differs].tolist(), strict=True):
                yield _malformed(row, f"its annotation has {row[name]} {name}, here are {size}", name)
        named = self.layers.filter(pc.is_valid(self.layers["text_sha256"]))
        first = pc.index_in(named["doc_id"], value_set=named["doc_id"])
        other = pc.not_equal(named["text_sha256"], named["text_sha256"].take(first))
        for doc_id in pc.unique(named["doc_id"].filter(other)).to_pylist():
            yield Fault(
                "text-mismatch", doc_id, "its layers were made on different texts", "annotations.parquet"
            )

    def _rows(self, which: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
        """Return some of the layers. which: a flag each."""
        rows: list[dict[str, Any]] = self.layers.filter(pa.array(which)).to_pylist()
        return rows


def open_tables(folder: Path, ontology: Ontology) -> ExportTables:
    """Open a folder of an export's tables and find the layers in them.

    Raises UsageError if a table is missing, damaged or not of the ontology.
    """
    path, schema = folder / "annotations.parquet", annotation_schema(ontology)
    with _readable(path), pq.ParquetFile(path) as file:
        _check_columns(path, file.schema_arrow, schema)
        table = file.read().select(schema.names).cast(schema)
    table = table.filter(pc.equal(table["state"], columns.strings([FINISHED])[0]))
    # by hand: pyarrow's group_by loads a library of 50 MB
    annotated = _layer_keys(table).dictionary_encode().indices.to_numpy()
    firsts = np.unique(annotated, return_index=True)[1]
    said = ("text_sha256", "updated", "lead_time_s", *ontology.of_document)
    layers = table.select([*KEY, *said]).take(columns.integers(firsts))
    layers = layers.append_column("annotations", pa.array(np.bincount(annotated)))
    for name in ("spans", "relations"):
        total = np.bincount(annotated, table[name].to_numpy()).astype(np.int64)
        layers = layers.append_column(name, pa.array(total))
    keys, runs = _layer_keys(layers), {}
    for name, schema in label_schemas(ontology).items():
        path = folder / f"{name}.parquet"
        with _readable(path):
            _check_columns(path, pq.read_schema(path), schema)
            runs[name], keys = _find_runs(path, keys)
    strays = [key.partition(_MARK)[::2] for key in keys.slice(layers.num_rows).to_pylist()]
    if strays:
        more = dict(zip(KEY, map(columns.strings, zip(*strays, strict=True)), strict=True))
        more["annotations"] = pa.nulls(len(strays), pa.int64()).fill_null(0)
        layers = pa.concat_tables([layers, pa.table(more)], promote_options="default")
    return ExportTables(folder, ontology, layers, runs)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raise a UsageError if a table cannot be read, or not as what it should be."""
    again = "convert the export again: `parley convert`"
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"there is no table {path}", again)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UsageError(f"{path} cannot be read: {error}", again)


def _check_columns(path: Path, found: pa.Schema, wanted: pa.Schema) -> None:
    other = sorted({*found.names} ^ {*wanted.names})
    if other:
        have = [f"has {name!r}" if name in found.names else f"lacks {name!r}" for name in other]
        raise UsageError(
            f"{path} is of another ontology: it {', '.join(have)}",
            "convert the export again with this ontology, or name the other with --ontology",
        )


def _layer_keys(table: pa.Table) -> pa.Array:
    """Return what names the layer of each row: its document and annotator."""
    parts = [table[name].cast(pa.string()).combine_chunks() for name in KEY]
    return columns.joined(parts, _MARK)


def _find_runs(path: Path, keys: pa.Array) -> tuple[Runs, pa.Array]:
    """Return the runs of a table's layers, numbered as `keys` gives them, and keys with those it lacks added.

    Two columns are read, a row group at a time. keys: as of `_layer_keys`, each once.
    Raises ValueError if a row is of no layer.
    """
    found: list[pa.Array] = [keys.slice(0, 0)]
    starts: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    rows = 0
    with pq.ParquetFile(path, read_dictionary=KEY) as file:
        for group in range(file.num_row_groups):
            table = file.read_row_group(group, columns=KEY).unify_dictionaries().combine_chunks()
            if any(table[name].null_count for name in KEY):
                raise ValueError("a row has no document or no annotator")
            begun = np.arange(table.num_rows) == 0
            for name in KEY:
                codes = table[name].combine_chunks().indices.to_numpy()
                begun[1:] |= codes[1:] != codes[:-1]
            firsts = np.flatnonzero(begun)
            found.append(_layer_keys(table.take(columns.integers(firsts.astype(np.int32)))))
            starts.append(firsts + rows)
            rows += table.num_rows
    of_runs, start = pa.concat_arrays(found), np.concatenate(starts)
    unknown = of_runs.filter(pc.invert(pc.is_in(of_runs, value_set=keys)))
    keys = pa.concat_arrays([keys, pc.unique(unknown)])
    layer = pc.index_in(of_runs, value_set=keys).to_numpy().astype(np.int64)
    return Runs(layer, start, np.diff(np.r_[start, rows])), keys


def _malformed(row: Mapping[str, Any], what: str, table: str) -> Fault:
    return Fault("tables-malformed", " > ".join(row[name] for name in KEY), what, f"{table}.parquet")
