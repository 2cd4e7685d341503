"""Layers that wait in a file until all of an export or an import are read; then they become label files."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterator, Mapping

from parley.model.labels import Layer, decode_layer, encode_layer

Key = tuple[str, str]  # annotator and doc_id

_NONE = -1  # in place of where a layer is


class WaitingLayers(Mapping[Key, Layer]):
    """Layers by annotator and doc_id, in this order; eight bytes of each are in memory.

    numbers: of all articles, from 0, by doc_id. The file is a temporary one, gone with them.
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when these layers are gone
        weakref.finalize(self, self._file.close)
        self._numbers = numbers
        self._places: dict[str, array[int]] = {}  # by annotator, of each article: where its layer begins

    def add(self, layer: Layer) -> None:
        """Keep a layer, in place of one of the same annotator and article."""
        data = encode_layer(layer)
        places = self._places.setdefault(layer.annotator, array("q", [_NONE]) * len(self._numbers))
        places[self._numbers[layer.doc_id]] = self._file.seek(0, 2)
        self._file.write(len(data).to_bytes(8) + data)

    def drop(self, key: Key) -> None:
        """Forget a layer."""
        self._places[key[0]][self._numbers[key[1]]] = _NONE

    def __getitem__(self, key: Key) -> Layer:
        place = self._place(key)
        if place == _NONE:
            raise KeyError(key)
        self._file.seek(place)
        return decode_layer(self._file.read(int.from_bytes(self._file.read(8))))

    def __contains__(self, key: object) -> bool:
        return self._place(key) != _NONE

    def __iter__(self) -> Iterator[Key]:
        doc_ids = sorted(self._numbers)
        for annotator in sorted(self._places):
            yield from ((annotator, doc_id) for doc_id in doc_ids if (annotator, doc_id) in self)

    def __len__(self) -> int:
        return sum(len(places) - places.count(_NONE) for places in self._places.values())

    def _place(self, key: object) -> int:
        annotator, doc_id = key if isinstance(key, tuple) else ("", "")
        if annotator not in self._places or doc_id not in self._numbers:
            return _NONE
        return self._places[annotator][self._numbers[doc_id]]
