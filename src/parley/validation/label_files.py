"""What a corpus folder holds: as much as can be read, and a fault for all that cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from parley.faults import DataFaults, Fault
from parley.model.annotators import Annotator, read_annotators
from parley.model.documents import Document
from parley.model.entities import read_entities
from parley.model.labels import Layer, decode_layer, encode_layer, layer_path, layer_paths
from parley.model.paths import CorpusPaths
from parley.seeds.manifest import read_documents

LABELS, GOLD, RELEASE = "labels", "gold", "release"  # where a label stands


@dataclass(frozen=True)
class LayerFile:
    """A label file as it was found. file, expected_file: relative to the corpus; kind: LABELS or GOLD."""

    kind: str
    file: str
    expected_file: str
    file_sha256: str
    canonical_sha256: str
    layer: Layer


@dataclass(frozen=True)
class Gathered:
    """What is there to be judged. entity_types: by entity id."""

    documents: tuple[Document, ...]
    annotators: Mapping[str, Annotator]
    entity_types: Mapping[str, str]
    layers: tuple[LayerFile, ...]
    faults: tuple[Fault, ...]

    @property
    def readable(self) -> bool:
        """Whether all that labels are judged by could be read."""
        return all(f.code == "labels-unreadable" for f in self.faults)


def gather(corpus: CorpusPaths) -> Gathered:
    """Read documents, entities, annotators and every label file of a corpus."""
    faults: list[Fault] = []
    documents: list[Document] = []
    annotators: dict[str, Annotator] = {}
    entity_types: dict[str, str] = {}
    try:
        documents = read_documents(corpus)
    except DataFaults as found:
        faults.extend(found.faults)
    try:
        annotators = read_annotators(corpus)
    except DataFaults as found:
        faults.extend(found.faults)
    try:
        entity_types = {e.id: e.type for e in read_entities(corpus).values()}
    except DataFaults as found:
        faults.extend(found.faults)
    layers: list[LayerFile] = []
    for kind, path in _label_files(corpus):
        read = _read(corpus, kind, path)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            layers.append(read)
    return Gathered(tuple(documents), annotators, entity_types, tuple(layers), tuple(faults))


def _label_files(corpus: CorpusPaths) -> Iterator[tuple[str, Path]]:
    for path in layer_paths(corpus):
        yield LABELS, path
    for path in sorted(corpus.gold.glob("*.json")):
        yield GOLD, path


def _read(corpus: CorpusPaths, kind: str, path: Path) -> LayerFile | Fault:
    name = corpus.relative(path)
    try:
        data = path.read_bytes()
        layer = decode_layer(data)
        canonical = encode_layer(layer)
    except (msgspec.DecodeError, UnicodeError, OSError) as error:
        return Fault("labels-unreadable", name, str(error), name)
    home = (
        corpus.gold / f"{layer.doc_id}.json"
        if kind == GOLD
        else layer_path(corpus, layer.annotator, layer.doc_id)
    )
    return LayerFile(
        kind=kind,
        file=name,
        expected_file=home.relative_to(corpus.root).as_posix(),
        file_sha256=hashlib.sha256(data).hexdigest(),
        canonical_sha256=hashlib.sha256(canonical).hexdigest(),
        layer=layer,
    )
