"""The data files of a release: written as Parquet, read one by one, as batches, or through `load_dataset`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import DataFaults, Fault, UsageError, check_machine
from parley.model.batch import (
    DOCUMENT_SCHEMA,
    LABELS,
    RELATION_SCHEMA,
    RELEASE,
    Batch,
    layer_schema,
    span_schema,
    with_rows,
)
from parley.model.documents import METADATA
from parley.model.ontology import Ontology
from parley.model.paths import Limits
from parley.release.data.schema import WHOLE
from parley.release.splits import SPLITS
from parley.runtime.engine import Cores, Engine, Prepared
from parley.runtime.files import read_regular, refuse_large, temporary_folder
from parley.values.number import spelled
from parley.values.several import several

ONTOLOGY = "ontology.json"  # the annotation scheme of a release
_ENDS = ("head_id", "tail_id", "head", "tail")  # the last two in a release before 0.3.0
DOCUMENTS = 2_000  # articles, from which a batch takes no further files
# A streaming read decodes a row group before it gives the first row. That takes less than half the time
# of finding the files, and smaller groups give little but larger files (benchmarks/RESULTS.md, "Reading a
# release"). A nested row holds a hundred labels and more: both sizes are some 20,000 spans.
CHUNKS = {
    "min_chunk_size": 256 << 10,
    "max_chunk_size": 1 << 20,
    "norm_level": 0,
}  # pyarrow's and the Hub's own
ROWS_PER_GROUP = 20_000
_MAPPED = 32 << 20  # bytes of the files that a check prepares as `load_dataset` does, of which it maps one
DOCUMENTS_PER_GROUP = 200


class Writer:
    """One Parquet file, as the Hub wants it: its bytes depend on the rows alone, not on how they come.

    rows: written. bytes: they take in memory as Arrow, as the dataset card counts them.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        nested = any(pa.types.is_list(f.type) and pa.types.is_struct(f.type.value_type) for f in schema)
        self._group = DOCUMENTS_PER_GROUP if nested else ROWS_PER_GROUP
        self._waiting = schema.empty_table()
        self.rows = self.bytes = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            compression_level=3,
            write_page_index=True,
            use_content_defined_chunking=CHUNKS,  # the Hub stores only the chunks that an edit changed
        )
        # the mark by which the Hub knows files so written, as `datasets` leaves it
        self._file.add_key_value_metadata({"content_defined_chunking": json.dumps(CHUNKS)})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None and self._waiting.num_rows:
            self._flush(1)
        self._file.close()

    def write(self, table: pa.Table) -> None:
        """Write rows after those that were written."""
        self._waiting = pa.concat_tables([self._waiting, table])
        self._flush(self._group)

    def _flush(self, least: int) -> None:
        """Write row groups, while there are `least` rows or more."""
        while self._waiting.num_rows >= least:
            # in one chunk: else the pages, and with them the bytes, depend on how the rows came
            rows = self._waiting.slice(0, self._group).combine_chunks()
            self._file.write_table(rows, self._group)
            self.rows += rows.num_rows
            self.bytes += sum(_size(chunk) for column in rows.columns for chunk in column.chunks)
            self._waiting = self._waiting.slice(self._group)


def _size(array: pa.Array) -> int:
    """Return the bytes of an array, of bitmaps of nulls only those that are needed."""
    size: int = array.nbytes
    parts = []
    if pa.types.is_list(array.type):
        parts = [array.flatten()]
    elif pa.types.is_struct(array.type):
        parts = array.flatten()
    size += sum(_size(part) - part.nbytes for part in parts)
    has_bitmap = array.buffers()[0] is not None
    return size - (-(-len(array) // 8) if has_bitmap and not array.null_count else 0)


def write_table(path: Path, table: pa.Table) -> Writer:
    """Write one table as one Parquet file; return the writer, which knows its size."""
    with Writer(path, table.schema) as made:
        made.write(table)
    return made


def table_size(path: Path) -> tuple[int, int]:
    """Return what the writer of a Parquet file knew of it: its rows, and the bytes they take as Arrow."""
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    groups = (file.read_row_group(n).combine_chunks() for n in range(file.metadata.num_row_groups))
    bytes_ = sum(_size(chunk) for group in groups for column in group.columns for chunk in column.chunks)
    return file.metadata.num_rows, bytes_


def data_files(folder: Path, config: str) -> Iterator[tuple[str, Path]]:
    """Yield the Parquet files of a config of a release folder, each with its split, in order; no link."""
    for split in (*SPLITS, WHOLE):
        for path in sorted((folder / "data" / config).glob(f"{split}-*.parquet")):
            if path.is_file() and not path.is_symlink():
                yield split, path


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a Parquet file, or some of its columns.

    Raises OSError or pyarrow.ArrowException if it is damaged, UsageError if it is larger than the limit,
    unpacked.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    found, most = file.metadata, Limits.of(os.environ).file
    bytes_ = sum(found.row_group(number).total_byte_size for number in range(found.num_row_groups))
    refuse_large(path, max(bytes_, found.num_rows * found.num_columns), most)
    return file.read(columns)


def read_file(folder: Path, path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return a Parquet file of a release folder, or some of its columns.

    Raises DataFaults if it is damaged.
    """
    try:
        return read_table(path, columns)
    except (OSError, pa.ArrowException) as error:
        check_machine(error)
        place = f"{folder.name}/{path.relative_to(folder).as_posix()}"
        what = f"the file cannot be read ({error}): restore it from version control, if it is to stay"
        raise DataFaults([Fault("release-damaged", place, what, place)])


def read_config(
    folder: Path, config: str, columns: Sequence[str], names: Collection[str] | None = None
) -> pa.Table:
    """Return columns of the files of a config, with names for the integers of classes, and `split`.

    names: of the files; None for all. Columns that the files lack are left out. Raises DataFaults if a file
    is damaged.
    """
    tables = []
    for split, path in data_files(folder, config):
        if names is not None and path.name not in names:
            continue
        table = read_file(folder, path)
        classes = class_names(table.schema)
        table = table.select([name for name in columns if name in table.column_names])
        for number, name in enumerate(table.column_names):
            if name in classes and pa.types.is_integer(table.schema.field(name).type):
                column = pa.array(classes[name], pa.string()).take(table[name].combine_chunks())
                table = table.set_column(number, name, column)
        table = table.append_column("split", pa.array([split] * table.num_rows, pa.string()))
        tables.append(table.replace_schema_metadata(None))
    if not tables:
        return pa.table({name: pa.nulls(0, pa.string()) for name in (*columns, "split")})
    return pa.concat_tables(tables).combine_chunks()


def class_names(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Return the names of each ClassLabel of a schema, by the path of its column joined by dots.

    Empty if the features of `datasets` are not in its metadata.
    """
    info: dict[str, Any] = json.loads((schema.metadata or {}).get(b"huggingface", b"{}")).get("info", {})
    return dict(_classes("", info.get("features", {})))


def _classes(place: str, feature: Any) -> Iterator[tuple[str, tuple[str, ...]]]:  # noqa: ANN401 - JSON
    if isinstance(feature, list):
        feature = feature[0]
    if "_type" not in feature:
        for name, inner in feature.items():
            yield from _classes(f"{place}.{name}" if place else name, inner)
    elif feature["_type"] == "ClassLabel":
        yield place, tuple(feature["names"])
    elif "feature" in feature:
        yield from _classes(place, feature["feature"])


@dataclass(frozen=True)
class PublishedBatch:
    """Articles of a release that have not been read. names: of their files in each config."""

    folder: Path
    ontology: Ontology
    names: frozenset[str]

    def load(self) -> Batch:
        """Return the batch, with a layer of origin RELEASE for each article.

        A label of an article that is not in its files gets a layer too. Columns that the release lacks are
        empty. Raises DataFaults naming a file that cannot be read.
        """
        made = ["sources", "decision", "reason"]
        of_document = {f"document_{name}": name for name in made if self.ontology.document_attributes}
        spans = ["doc_id", "id", "label", "start", "end", "text", *self.ontology.attribute_names, *made]
        relations = ["doc_id", "id", "label", *_ENDS, *made]
        documents, *labels = (
            read_config(self.folder, config, columns, self.names)
            for config, columns in (
                (
                    "documents",
                    [*DOCUMENT_SCHEMA.names, "annotator", *self.ontology.of_document, *of_document],
                ),
                ("spans", spans),
                ("relations", relations),
            )
        )
        chunks = [chunk for table in (documents, *labels) for chunk in table["doc_id"].chunks]
        doc_ids = pc.unique(pa.chunked_array(chunks, pa.string()))
        layers = documents.take(pc.index_in(doc_ids, value_set=documents["doc_id"].combine_chunks()))
        layers = layers.set_column(0, "doc_id", doc_ids)
        layers = layers.rename_columns([of_document.get(name, name) for name in layers.column_names])
        labels = [t.append_column("layer", pc.index_in(t["doc_id"], value_set=doc_ids)) for t in labels]
        return _batch(documents, layers, RELEASE, labels, self.ontology)


def published_batches(folder: Path, ontology: Ontology) -> list[PublishedBatch]:
    """Return the batches of a release folder, unread but for the ids of their articles.

    Raises DataFaults naming a file that cannot be read.
    """
    found = []
    names: set[str] = set()
    articles = 0
    for _, path in data_files(folder, "documents"):
        names.add(path.name)
        articles += read_file(folder, path, ["doc_id"]).num_rows
        if articles >= DOCUMENTS:
            found.append(PublishedBatch(folder, ontology, frozenset(names)))
            names, articles = set(), 0
    return [*found, PublishedBatch(folder, ontology, frozenset(names))] if names else found


def annotated(folder: Path, ontology: Ontology, names: Collection[str] | None = None) -> Batch:
    """Return articles of a release folder with each annotator's labels.

    names: of the articles' files in each config; None for all. Raises DataFaults naming a file that cannot be
    read.
    """
    common = ["doc_id", "annotator", "id", "label"]
    spans = [*common, "start", "end", "text", *ontology.attribute_names]
    sides = [
        read_config(folder, "span_annotations", spans, names),
        read_config(folder, "relation_annotations", [*common, *_ENDS], names),
    ]
    if not sides[0].num_rows:  # a release before 0.3.0 has both in one config
        both = read_config(folder, "annotations", [*spans, *_ENDS, "kind"], names)
        if both.num_rows:
            sides = [both.filter(pc.equal(both["kind"], kind)) for kind in ("span", "relation")]
    said = read_config(
        folder, "document_annotations", ["doc_id", "annotator", *ontology.of_document], names
    ).drop_columns("split")
    keys = [
        pc.binary_join_element_wise(some["doc_id"], some["annotator"], "/").combine_chunks()
        for some in (said, *sides)
    ]
    distinct = pc.unique(pa.concat_arrays(keys))
    owners = [some.select(["doc_id", "annotator"]) for some in sides]
    layers = pa.concat_tables([said, *owners], promote_options="default")
    layers = layers.take(pc.index_in(distinct, value_set=pa.concat_arrays(keys)))
    keys = keys[1:]
    sides = [
        some.append_column("layer", pc.index_in(key, value_set=distinct))
        for some, key in zip(sides, keys, strict=True)
    ]
    documents = read_config(folder, "documents", DOCUMENT_SCHEMA.names, names)
    return _batch(documents, layers, LABELS, sides, ontology)


def release_ontology(folder: Path) -> Ontology | None:
    """Return the annotation scheme of a release folder; None if it does not have its own.

    Raises DataFaults if it cannot be read.
    """
    path = folder / ONTOLOGY
    if not path.is_file() or path.is_symlink():
        return None
    try:
        return msgspec.json.decode(read_regular(path, Limits.of(os.environ).file), type=Ontology)
    except msgspec.DecodeError as error:
        place = f"{folder.name}/{ONTOLOGY}"
        raise DataFaults([Fault("release-damaged", place, str(error), place)])


def _batch(
    documents: pa.Table, layers: pa.Table, origin: str, labels: Sequence[pa.Table], ontology: Ontology
) -> Batch:
    """Return a batch. labels: spans and relations with the column `layer`."""
    ends = {"head_id": "head", "tail_id": "tail"}
    twice = [{new for old, new in ends.items() if {old, new} <= {*some.column_names}} for some in labels]
    labels = [
        some.drop_columns([*both]) for some, both in zip(labels, twice, strict=True)
    ]  # a config not there
    labels = [some.rename_columns([ends.get(name, name) for name in some.column_names]) for some in labels]
    for name in METADATA:  # what is missing is "" in a batch
        if name in documents.column_names:
            filled = pc.fill_null(documents[name], "")
            documents = documents.set_column(documents.schema.get_field_index(name), name, filled)
    layers = layers.append_column("origin", pa.array([origin] * layers.num_rows, pa.string()))
    spans = _conform(labels[0], span_schema(ontology))
    relations = with_rows(_conform(labels[1], RELATION_SCHEMA), spans)
    layers = _conform(layers, layer_schema(ontology))
    return Batch(_conform(documents, DOCUMENT_SCHEMA), layers, spans, relations)


def _conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return the columns of a schema, empty if the table lacks them, in the order of layers if it has any."""
    if "layer" in table.column_names:
        table = table.take(pa.array(np.argsort(table["layer"].to_numpy(), kind="stable")))
    columns = [
        _cast(table[field.name], field.type)
        if field.name in table.column_names and table.num_rows
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, names=schema.names).combine_chunks()


def _cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column as a type; of attributes what is published of another type as a batch has it."""
    if pa.types.is_string(kind) and pa.types.is_list(column.type):
        return pa.array([None if ids is None else several(ids) for ids in column.to_pylist()], kind)
    if pa.types.is_string(kind) and pa.types.is_floating(column.type):
        return pa.array([None if one is None else spelled(one) for one in column.to_pylist()], kind)
    return pc.cast(column, kind)


def load(folder: Path, config: str, cache: Path) -> dict[str, Any]:
    """Return `datasets.load_dataset` of one config: split → Dataset, with a cache of its own."""
    import datasets

    datasets.disable_progress_bars()
    found: dict[str, Any] = datasets.load_dataset(str(folder), config, cache_dir=str(cache))
    return found


def rows(folder: Path, configs: Sequence[str], engine: Engine | None = None) -> dict[tuple[str, str], int]:
    """Return the number of rows by config and split, each config loaded as a reader loads it.

    engine: what loads them, by default this process.
    """
    loaded = Prepared[str, dict[str, int]](partial(_loading, folder))
    found = (engine or Cores(1)).map(loaded, configs, "loading")
    return {
        (config, split): number
        for config, by in zip(configs, found, strict=True)
        for split, number in by.items()
    }


def _loading(folder: Path) -> Callable[[str], dict[str, int]]:
    """Return what gives the number of rows of a config by split, for several configs of a release folder.

    By the steps of `load_dataset`: prepared whole, then opened. These read the card and look for the files of
    all configs each time, most of their time on a small release: what is found the first time is kept.
    """
    from datasets import load as library

    found: dict[str, Any] = {}
    find = library.dataset_module_factory

    def find_once(path: str, **options: object) -> Any:  # noqa: ANN401 - untyped library
        if path not in found:
            found[path] = find(path, **options)
        return replace(found[path], builder_kwargs=dict(found[path].builder_kwargs))  # it takes from these

    def loaded(config: str) -> dict[str, int]:
        library.dataset_module_factory = find_once
        try:
            return _loaded_rows(folder, config)
        finally:
            library.dataset_module_factory = find

    return loaded


def _loaded_rows(folder: Path, config: str) -> dict[str, int]:
    """Return the rows of each split of a config.

    Of each split only the first file is opened: what is mapped into memory of a large one counts as memory.
    """
    import datasets

    datasets.disable_progress_bars()
    with temporary_folder() as cache:
        builder = datasets.load_dataset_builder(str(folder), config, cache_dir=str(cache))
        builder.download_and_prepare(max_shard_size=_MAPPED)
        found = {}
        for split, said in builder.info.splits.items():
            opened = builder.as_dataset(f"{split}[:1]")
            found[str(split)] = said.num_examples if opened.num_rows else 0
        return found


def loading_faults(folder: Path, configs: Sequence[str]) -> list[Fault]:
    """Return a fault if `load_dataset` cannot read configs of a release folder: no reader could either."""
    try:
        rows(folder, configs)
    except Exception as error:  # whatever stops load_dataset stops a reader
        check_machine(error)
        what = f"load_dataset cannot read it: {type(error).__name__}: {error}"
        return [Fault("release-damaged", folder.name, what, folder.name)]
    return []


def configs(folder: Path) -> list[str]:
    """Return the configs of a published folder, in the card's order.

    Raises UsageError if nothing is published.
    """
    card = folder / "README.md"
    if not card.is_file():
        raise UsageError(f"nothing is published in {folder}", "run `parley publish`")
    from huggingface_hub.repocard import metadata_load

    return [str(one["config_name"]) for one in (metadata_load(card) or {}).get("configs", [])]


def print_rows(folder: Path, rows: Mapping[tuple[str, str], int]) -> None:
    """Print what a reader gets, `rows` by config and split, and the lines that load it."""
    from rich.console import Console
    from rich.table import Table

    table = Table("config", "split", "rows", title=f"load_dataset on {folder.name}/")
    table.columns[2].justify = "right"
    last = ""
    for (config, split), number in rows.items():
        table.add_row("" if config == last else config, split, str(number))
        last = config
    console = Console(markup=False)
    console.print(table)
    lines = f'from datasets import load_dataset\ndocuments = load_dataset("{folder.resolve()}", "documents")'
    console.print(lines, highlight=False, soft_wrap=True)
