"""Layers that wait in files until all of an import are read; then they become label files, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.exchange.import_report import ImportReport
from parley.faults import UsageError
from parley.label_studio.server.pull import Key
from parley.model.labels import (
    Layer,
    decode_layer,
    encode_layer,
    layer_path,
    read_layer,
    same_labels,
    write_layer,
)
from parley.runtime.counts import counted
from parley.runtime.progress import bar


class LayerFiles(Mapping[Key, Layer]):
    """Layers in files of a folder, by annotator and doc_id: few of them are in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files: dict[Key, Path] = {}

    def add(self, layer: Layer) -> None:
        """Keep a layer in the folder."""
        file = self.folder / f"{len(self.files)}.json"
        file.write_bytes(encode_layer(layer))
        self.files[layer.annotator, layer.doc_id] = file

    def __getitem__(self, key: Key) -> Layer:
        return decode_layer(self.files[key].read_bytes())

    def __iter__(self) -> Iterator[Key]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def write_layers(corpus: Corpus, layers: LayerFiles, done: ImportReport, *, replace: bool) -> None:
    """Write layers as label files, and what came of it into `done`; the layers are then those of the files.

    replace: label files that have other labels are written over. Raises UsageError, before any is written, if
    one would be and may not.
    """
    there: dict[Key, str] = {}
    for key, layer in bar(layers.items(), "comparing", len(layers)):
        path = layer_path(corpus.paths, *key)
        if path.is_file():
            before = read_layer(corpus.paths, path)
            if same_labels(before, layer):
                done.pulled.unchanged.append(key)
            else:
                there[key] = _labels(before)
    done.replaced = [f"{a}/{doc_id}: {labels} were there" for (a, doc_id), labels in there.items()]
    if there and not replace:
        whose = ", ".join(sorted({annotator for annotator, _ in there}))
        raise UsageError(
            f"{whose} has other labels on {counted(len(there), 'article')} already",
            "add --replace to write over them, or name another --annotator",
            done.replaced,
        )
    unchanged = {*done.pulled.unchanged}
    for key, layer in bar(layers.items(), "writing label files", len(layers)):
        path = layer_path(corpus.paths, *key)
        if key not in unchanged:
            write_layer(path, layer)
            done.pulled.written.append(key)
        layers.files[key] = path
    done.pulled.layers = layers


def _labels(layer: Layer | None) -> str:
    if layer is None:
        return "a file that cannot be read"
    return f"{counted(len(layer.spans), 'span')} and {counted(len(layer.relations), 'relation')}"
