"""The tables that an export was converted to, as batches of whole layers, of any size.

As a rule a table is in the order of its layers, each layer one run of rows. It need not be: a layer in
several runs is put together again when it is read, so that no check has to look past the layers it is given.
What no batch can show (a layer that is not whole, layers of one article on two texts) is found here, once, on
a row a layer. Offsets were checked against the texts when the export was converted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parley.faults import Fault, UsageError
from parley.label_studio.export.findings import FINISHED
from parley.label_studio.export.tables import ANNOTATION_SCHEMA, label_schemas
from parley.model import batch
from parley.model.batch import EXPORT, LAYER_SCHEMA, Batch, with_rows
from parley.model.documents import Document
from parley.model.ontology import Ontology
from parley.runtime import columns

ROWS_PER_BATCH = 100_000  # spans and relations together: ~70 MB of columns while they are judged

# columns of facts that label files or gold have and an export has not
MISSING = {
    **dict.fromkeys(("file", "expected_file", "file_sha256", "canonical_sha256", "ontology"), "label files"),
    **dict.fromkeys(("sources", "known_sources", "decision", "reason"), "gold"),
}

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

    def of_layers(self, first: int, end: int) -> Runs:
        """Return the runs of the layers from `first` up to, not including, `end`, numbered from 0."""
        own = (self.layer >= first) & (self.layer < end)
        return Runs(self.layer[own] - first, self.start[own], self.size[own])

    def sizes(self, layers: int) -> npt.NDArray[np.int64]:
        """Return how many rows each of so many layers has."""
        return np.bincount(self.layer, self.size, layers).astype(np.int64)

    def extents(self) -> Iterator[tuple[int, int]]:
        """Yield first and end of the rows that the runs make up, neighbours in one."""
        ends = self.start + self.size
        breaks = np.flatnonzero(self.start[1:] != ends[:-1]) + 1
        if len(self.start):
            firsts, lasts = np.r_[0, breaks], np.r_[breaks - 1, len(ends) - 1]
            yield from zip(self.start[firsts].tolist(), ends[lasts].tolist(), strict=True)


@dataclass(frozen=True)
class TableBatch:
    """Whole layers of the tables in a folder, that have not been read. layers: LAYER_SCHEMA."""

    folder: Path
    ontology: Ontology
    documents: pa.Table
    layers: pa.Table
    runs: Mapping[str, Runs]

    def load(self) -> Batch:
        """Return the batch. Raises UsageError if a table is damaged or has what its schema does not allow."""
        schemas = {"spans": batch.span_schema(self.ontology), "relations": batch.RELATION_SCHEMA}
        spans, relations = (self._labels(name, schema) for name, schema in schemas.items())
        return Batch(self.documents, self.layers, spans, with_rows(relations, spans))

    def _labels(self, name: str, schema: pa.Schema) -> pa.Table:
        path, runs = self.folder / f"{name}.parquet", self.runs[name]
        given = label_schemas(self.ontology)[name]
        wanted = pa.schema([field for field in given if field.name not in _KEY])
        with readable(path), pq.ParquetFile(path) as file:
            found = _rows(file, runs, wanted)
        layer = np.repeat(runs.layer.astype(np.int32), runs.size)
        found = found.append_column("layer", columns.integers(layer))
        for field in schema:
            if field.name not in found.column_names:
                found = found.append_column(field, pa.nulls(found.num_rows, field.type))
        if (np.diff(layer) < 0).any():
            found = found.take(pa.array(np.argsort(layer, kind="stable")))
        return found.select(schema.names).cast(schema).combine_chunks()


@dataclass(frozen=True)
class ExportTables:
    """The tables of an export in a folder, and the layers in them.

    layers: a row for each document and annotator with a finished annotation; `annotations` counts these,
    `spans` and `relations` are how many rows they should have. strays: keys of layers without an annotation.
    """

    folder: Path
    ontology: Ontology
    layers: pa.Table
    runs: Mapping[str, Runs]
    strays: Sequence[str]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {"layers": self.layers.num_rows} | {name: runs.rows for name, runs in self.runs.items()}

    def batches(self, documents: Mapping[str, Document] | None = None) -> list[TableBatch]:
        """Cut the tables into batches of whole layers, in their order; there is always one.

        documents: the articles that there are, by doc_id; each batch has its own.
        """
        known = documents or {}
        layers = self._all_layers()
        sizes = sum(
            (runs.sizes(layers.num_rows) for runs in self.runs.values()), np.zeros(layers.num_rows, np.int64)
        )
        numbers = (np.cumsum(sizes) - sizes) // ROWS_PER_BATCH  # a layer belongs where its first row does
        borders = [0, *(np.flatnonzero(np.diff(numbers)) + 1).tolist(), layers.num_rows]
        found = []
        for first, end in pairwise(borders):
            own = layers.slice(first, end - first)
            names = pc.unique(own["doc_id"]).to_pylist()
            articles = Batch.of([known[name] for name in names if name in known], (), self.ontology).documents
            runs = {name: runs.of_layers(first, end) for name, runs in self.runs.items()}
            found.append(TableBatch(self.folder.resolve(), self.ontology, articles, own, runs))
        return found

    def faults(self) -> Iterator[Fault]:
        """Yield what no batch can show: layers that are not one whole layer of one text."""
        yield from self._repeated()
        for key in self.strays:
            doc_id, _, annotator = key.partition(_MARK)
            yield _malformed(doc_id, annotator, "labels of no finished annotation", "annotations")
        yield from self._not_whole()
        texts = self.layers.group_by("doc_id").aggregate([("text_sha256", "count_distinct")])
        several = pc.greater(texts["text_sha256_count_distinct"], columns.integers([1])[0])
        for doc_id in texts["doc_id"].filter(several).to_pylist():
            what = "its layers were made on different texts"
            yield Fault("text-mismatch", doc_id, what, "annotations.parquet")

    def _all_layers(self) -> pa.Table:
        """Return a row for each layer, strays too, in LAYER_SCHEMA."""
        names = [key.partition(_MARK)[::2] for key in self.strays]
        strays = {"doc_id": [doc_id for doc_id, _ in names], "annotator": [name for _, name in names]}
        size = self.layers.num_rows + len(names)
        given = {
            name: pa.chunked_array([*self.layers[name].chunks, columns.strings(strays[name])])
            for name in _KEY
        }
        for name in ("text_sha256", "updated", "lead_time_s"):
            missing = pa.nulls(len(names), self.layers[name].type)
            given[name] = pa.chunked_array([*self.layers[name].chunks, missing])
        given["origin"] = columns.repeated([EXPORT], [size])
        given |= {f.name: pa.nulls(size, f.type) for f in LAYER_SCHEMA if f.name not in given}
        return pa.table(given).select(LAYER_SCHEMA.names).cast(LAYER_SCHEMA).combine_chunks()

    def _repeated(self) -> Iterator[Fault]:
        many = self.layers.filter(pc.greater(self.layers["annotations"], columns.integers([1])[0]))
        for row in many.select(["doc_id", "annotator", "annotations"]).to_pylist():
            what = f"{row['annotations']} finished annotations"
            yield _malformed(row["doc_id"], row["annotator"], what, "annotations")

    def _not_whole(self) -> Iterator[Fault]:
        for name, runs in self.runs.items():
            expected = self.layers[name].to_numpy()
            found = runs.sizes(len(expected) + len(self.strays))[: len(expected)]
            for row in np.flatnonzero(expected != found).tolist():
                doc_id, annotator = (self.layers[column][row].as_py() for column in _KEY)
                what = f"its annotation has {expected[row]} {name}, here are {found[row]}"
                yield _malformed(doc_id, annotator, what, name)


def open_tables(folder: Path, ontology: Ontology) -> ExportTables:
    """Open a folder of an export's tables and find the layers in them.

    Raises UsageError if a table is missing, damaged or not of the ontology.
    """
    annotations = _read_annotations(folder / "annotations.parquet")
    wanted = dict.fromkeys(("spans", "relations"), "sum")
    wanted |= dict.fromkeys(("text_sha256", "updated", "lead_time_s"), "first")
    layers = annotations.group_by(_KEY, use_threads=False).aggregate([([], "count_all"), *wanted.items()])
    layers = layers.rename_columns(
        {f"{name}_{how}": name for name, how in wanted.items()} | {"count_all": "annotations"}
    )
    keys = _layer_keys(layers)
    runs = {}
    for name, schema in label_schemas(ontology).items():
        path = folder / f"{name}.parquet"
        with readable(path):
            _check_columns(path, pq.read_schema(path), schema)
            runs[name], keys = _find_runs(path, keys)
    return ExportTables(folder, ontology, layers, runs, keys.slice(layers.num_rows).to_pylist())


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise a UsageError if a table cannot be read, or not as what it should be."""
    again = "convert the export again: `parley convert`"
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"there is no table {path}", again)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UsageError(f"{path} cannot be read: {error}", again)


def _read_annotations(path: Path) -> pa.Table:
    with readable(path), pq.ParquetFile(path) as file:
        _check_columns(path, file.schema_arrow, ANNOTATION_SCHEMA)
        table = file.read().select(ANNOTATION_SCHEMA.names).cast(ANNOTATION_SCHEMA)
    return table.filter(pc.equal(table["state"], columns.strings([FINISHED])[0]))


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
    return columns.joined([_whole(table[name]) for name in _KEY], _MARK)


def _find_runs(path: Path, keys: pa.Array) -> tuple[Runs, pa.Array]:
    """Return the runs of a table's layers, numbered as `keys` gives them, and keys with those it lacks added.

    Two columns are read, a row group at a time. keys: as of `_layer_keys`, each once.
    Raises ValueError if a row is of no layer.
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
            found.append(_layer_keys(pa.table({name: firsts[name].cast(pa.string()) for name in _KEY})))
            starts.append(begins.astype(np.int64) + rows)
            rows += table.num_rows
    of_runs = pa.concat_arrays([keys.slice(0, 0), *found])
    unknown = of_runs.filter(pc.invert(pc.is_in(of_runs, value_set=keys)))
    keys = pa.concat_arrays([keys, pc.unique(unknown)])
    layer = pc.index_in(of_runs, value_set=keys).to_numpy().astype(np.int64)
    start = np.concatenate([np.empty(0, np.int64), *starts])
    return Runs(layer, start, np.diff(np.r_[start, rows])), keys


def _rows(file: pq.ParquetFile, runs: Runs, schema: pa.Schema) -> pa.Table:
    """Return the rows of runs, in the file's order; a row group is decoded once."""
    sizes = [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)]
    begins = np.cumsum([0, *sizes])
    found, groups = [schema.empty_table()], {}
    for start, end in runs.extents():
        first, last = np.searchsorted(begins, [start, end - 1], side="right") - 1
        for group in range(int(first), int(last) + 1):
            if group not in groups:
                read = file.read_row_group(group, columns=schema.names).select(schema.names)
                groups = {group: read.cast(schema)}
            begin = int(begins[group])
            skipped = max(0, start - begin)
            found.append(groups[group].slice(skipped, end - begin - skipped))
    return pa.concat_tables(found)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _malformed(doc_id: str, annotator: str, what: str, table: str) -> Fault:
    return Fault("tables-malformed", f"{doc_id} > {annotator}", what, f"{table}.parquet")
