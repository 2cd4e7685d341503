"""A folder of label tables, as an export is converted to, in parts of whole layers.

A part is read from the row groups in which its layers stand and put beside what it must agree with. Keys and
references never reach across layers, so the parts together say of the tables what one look at the whole
would. What does reach across is looked for here, once, on a row a layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from parley.faults import Fault, UsageError
from parley.label_studio.export.findings import FINISHED
from parley.label_studio.export.tables import ANNOTATION_SCHEMA
from parley.model.annotators import Annotator
from parley.model.documents import Document
from parley.model.ontology import Ontology
from parley.model.tables import RELATION_SCHEMA, span_schema
from parley.runtime import columns
from parley.validation.facts import entity_type_column
from parley.validation.label_files import LABELS
from parley.validation.layer_runs import Runs, find_runs, key_names, layer_keys

ROWS_PER_PART = 100_000  # spans and relations together: ~70 MB of columns while they are judged

_TEXTS, _ANNOTATORS, _ENTITIES = "the articles' texts", "annotators.csv", "entities.csv"
_FILES, _GOLD = "label files", "gold"
# columns that label files, gold and a release have, and what an export is converted to has not
_NEVER = {
    **dict.fromkeys(("file", "expected_file", "file_sha256", "canonical_sha256", "ontology"), _FILES),
    **dict.fromkeys(("sources", "known_sources", "decision", "reason"), _GOLD),
}


@dataclass(frozen=True)
class Beside:
    """What labels must agree with, each None where it is not there. entity_types: by entity id."""

    documents: Mapping[str, Document] | None = None
    annotators: Mapping[str, Annotator] | None = None
    entity_types: Mapping[str, str] | None = None

    def unknown(self, ontology: Ontology) -> dict[str, str]:
        """Return the columns of facts that cannot be had, with what would be needed for them."""
        missing = dict(_NEVER)
        if self.documents is None:
            missing |= dict.fromkeys(("document_sha256", "length", "found", "boundary"), _TEXTS)
        if self.annotators is None:
            missing["annotator_kind"] = _ANNOTATORS
        if self.entity_types is None:
            missing |= {entity_type_column(a.name): _ENTITIES for a in ontology.attributes}
        return missing


@dataclass(frozen=True)
class Part:
    """Whole layers that have not been read. layers: their facts, a row each; texts: by doc_id."""

    name: str
    layers: pa.Table
    runs: Mapping[str, Runs]
    texts: Mapping[str, str]

    def empty(self) -> Part:
        """Return a part without rows: its facts have the same columns."""
        runs = {name: runs.of_layers(0, 0) for name, runs in self.runs.items()}
        return replace(self, layers=self.layers.slice(0, 0), runs=runs)


@dataclass(frozen=True)
class LabelTables:
    """Label tables in a folder, and the layers in them.

    layers: a row for each document and annotator with a finished annotation; `annotations` counts these,
    `spans` and `relations` are what they tell. strays: keys of layers that no annotation tells of.
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

    def parts(self, beside: Beside) -> list[Part]:
        """Cut the tables into parts of whole layers, in their order; there is always one."""
        layers = self.layers.num_rows + len(self.strays)
        sizes = sum((runs.sizes(layers) for runs in self.runs.values()), np.zeros(layers, np.int64))
        parts = (np.cumsum(sizes) - sizes) // ROWS_PER_PART  # a layer belongs where its first row does
        borders = [0, *(np.flatnonzero(np.diff(parts)) + 1).tolist(), layers]
        facts = _layer_facts(self.layers, beside)
        found = []
        for number, (first, end) in enumerate(pairwise(borders)):
            own = facts.slice(first, end - first)
            documents = beside.documents or {}
            texts = {n: documents[n].text for n in pc.unique(own["doc_id"]).to_pylist() if n in documents}
            runs = {name: runs.of_layers(first, end) for name, runs in self.runs.items()}
            found.append(Part(f"tables-{number:05d}", own, runs, texts))
        return found

    def faults(self) -> list[Fault]:
        """Return what no part can show: layers that are not one whole layer of one text."""
        return [*self._twice(), *self._strays(), *self._not_whole(), *self._other_texts()]

    def _twice(self) -> Iterator[Fault]:
        many = self.layers.filter(pc.greater(self.layers["annotations"], columns.integers([1])[0]))
        for row in many.select(["doc_id", "annotator", "annotations"]).to_pylist():
            what = f"{row['annotations']} finished annotations"
            yield _malformed(row["doc_id"], row["annotator"], what, "annotations")

    def _strays(self) -> Iterator[Fault]:
        for key in self.strays:
            yield _malformed(*key_names(key), "labels of no finished annotation", "annotations")

    def _not_whole(self) -> Iterator[Fault]:
        for name, runs in self.runs.items():
            told = self.layers[name].to_numpy()
            found = runs.sizes(len(told) + len(self.strays))[: len(told)]
            for row in np.flatnonzero(told != found).tolist():
                doc_id, annotator = (self.layers[column][row].as_py() for column in ("doc_id", "annotator"))
                what = f"its annotation has {told[row]} {name}, here are {found[row]}"
                yield _malformed(doc_id, annotator, what, name)

    def _other_texts(self) -> Iterator[Fault]:
        texts = self.layers.group_by("doc_id").aggregate([("text_sha256", "count_distinct")])
        several = pc.greater(texts["text_sha256_count_distinct"], columns.integers([1])[0])
        for doc_id in texts["doc_id"].filter(several).to_pylist():
            what = "its layers were made on different texts"
            yield Fault("text-mismatch", doc_id, what, "annotations.parquet")


def label_schemas(ontology: Ontology) -> dict[str, pa.Schema]:
    """Return the schemas of the label tables by name."""
    return {"spans": span_schema(ontology), "relations": RELATION_SCHEMA}


def open_tables(folder: Path, ontology: Ontology) -> LabelTables:
    """Open a folder of label tables and find the layers in them.

    Raises UsageError where a table is missing, damaged or not of the ontology.
    """
    annotations = _read_annotations(folder / "annotations.parquet")
    asked = dict.fromkeys(("spans", "relations"), "sum")
    asked |= dict.fromkeys(("text_sha256", "updated", "lead_time_s"), "first")
    layers = annotations.group_by(["doc_id", "annotator"], use_threads=False).aggregate(
        [([], "count_all"), *asked.items()]
    )
    layers = layers.rename_columns(
        {f"{name}_{how}": name for name, how in asked.items()} | {"count_all": "annotations"}
    )
    keys = layer_keys(layers)
    runs = {}
    for name, schema in label_schemas(ontology).items():
        path = folder / f"{name}.parquet"
        with readable(path):
            _check_columns(path, pq.read_schema(path), schema)
            runs[name], keys = find_runs(path, keys)
    return LabelTables(folder, ontology, layers, runs, keys.slice(layers.num_rows).to_pylist())


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


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise a UsageError where a table cannot be read, or not as what it should be."""
    again = "convert the export again: `parley convert`"
    try:
        yield
    except FileNotFoundError:
        raise UsageError(f"there is no table {path}", again)
    except (OSError, ValueError, pa.ArrowException) as error:
        raise UsageError(f"{path} cannot be read: {error}", again)


def _layer_facts(layers: pa.Table, beside: Beside) -> pa.Table:
    """Return a row for each layer: what it says of itself, beside what is so, as far as that is known."""
    size = layers.num_rows
    facts = {
        "row": columns.integers(np.arange(size, dtype=np.int32)),
        "kind": columns.repeated([LABELS], [size]),
        "id": layers["annotator"],
        "surface": columns.repeated([""], [size]),
        **{name: layers[name] for name in ("doc_id", "annotator", "text_sha256", "updated", "lead_time_s")},
    }
    if beside.documents is not None:
        known = {
            n: beside.documents[n] for n in pc.unique(layers["doc_id"]).to_pylist() if n in beside.documents
        }
        facts["document_sha256"] = _beside(layers["doc_id"], {n: d.text_sha256 for n, d in known.items()})
    if beside.annotators is not None:
        kinds = {name: annotator.kind for name, annotator in beside.annotators.items()}
        facts["annotator_kind"] = _beside(layers["annotator"], kinds)
    return pa.table(facts).combine_chunks()


def _beside(names: pa.ChunkedArray, known: Mapping[str, str]) -> pa.Array:
    rows = pc.index_in(names, value_set=columns.strings([*known]))
    return columns.strings([*known.values()]).take(rows.combine_chunks())


def _malformed(doc_id: str, annotator: str, what: str, table: str) -> Fault:
    return Fault("tables-malformed", f"{doc_id} > {annotator}", what, f"{table}.parquet")
