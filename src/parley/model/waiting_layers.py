"""Layers that wait in a file until all of an export or an import are read; then they become label files.

They are encoded once: what waits are the bytes of their label files.
"""

from __future__ import annotations

import os
import weakref
from array import array
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from parley.model.labels import Layer, decode_layer, encode_layer
from parley.runtime.files import temporary_folder

Key = tuple[str, str]  # annotator and doc_id

_NONE = -1  # in place of where a layer is


@dataclass(frozen=True)
class SomeLayers:
    """Some of the layers in a file, for whichever process reads them. places: a begin and an end of each."""

    file: Path
    places: array[int]

    def load(self) -> list[Layer]:
        """Return the layers."""
        with self.file.open("rb", buffering=0) as file:
            places = zip(self.places[::2], self.places[1::2], strict=True)
            return [decode_layer(os.pread(file.fileno(), end - begin, begin)) for begin, end in places]


class WaitingLayers(Mapping[Key, Layer]):
    """Layers by annotator and doc_id, in this order; sixteen bytes of each are in memory.

    numbers: of all articles, from 0, by doc_id. The file is a temporary one, gone with them.
    """

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self._end = 0
        # by annotator, of each article: where its layer begins and ends
        self._places: dict[str, array[int]] = {}

    @cached_property
    def _file(self) -> BinaryIO:
        leaving = ExitStack()
        weakref.finalize(self, leaving.close)
        folder = leaving.enter_context(temporary_folder())
        return leaving.enter_context((folder / "layers").open("wb+"))

    def add(self, layer: Layer) -> None:
        """Keep a layer, in place of one of the same annotator and article."""
        begin = self._end
        self._end += self._file.write(encode_layer(layer))
        if layer.annotator not in self._places:
            self._places[layer.annotator] = array("q", [_NONE]) * (2 * len(self._numbers))
        places, number = self._places[layer.annotator], 2 * self._numbers[layer.doc_id]
        places[number], places[number + 1] = begin, self._end

    def drop(self, key: Key) -> None:
        """Forget a layer."""
        self._places[key[0]][2 * self._numbers[key[1]]] = _NONE

    def __getitem__(self, key: Key) -> Layer:
        return decode_layer(self.encoded(key))

    def encoded(self, key: Key) -> bytes:
        """Return the bytes of a layer's label file. Raises KeyError if there is no such layer."""
        begin, end = self._place(key)
        self._file.flush()
        return os.pread(self._file.fileno(), end - begin, begin)

    def some(self, keys: Iterable[Key]) -> SomeLayers:
        """Return some of the layers. Raises KeyError if there is no such layer."""
        self._file.flush()
        return SomeLayers(Path(self._file.name), array("q", chain(*map(self._place, keys))))

    def __contains__(self, key: object) -> bool:
        return self._begin(key) != _NONE

    def __iter__(self) -> Iterator[Key]:
        doc_ids = sorted(self._numbers)
        for annotator in sorted(self._places):
            yield from ((annotator, doc_id) for doc_id in doc_ids if (annotator, doc_id) in self)

    def __len__(self) -> int:
        return sum(map(self.number_of, self._places))

    @property
    def annotators(self) -> tuple[str, ...]:
        """Those whose layers are here, sorted."""
        return tuple(name for name in sorted(self._places) if self.number_of(name))

    def number_of(self, annotator: str) -> int:
        """Return how many layers of an annotator are here."""
        begins = self._places.get(annotator, array("q"))[::2]
        return len(begins) - begins.count(_NONE)

    def _place(self, key: Key) -> tuple[int, int]:
        begin = self._begin(key)
        if begin == _NONE:
            raise KeyError(key)
        return begin, self._places[key[0]][2 * self._numbers[key[1]] + 1]

    def _begin(self, key: object) -> int:
        annotator, doc_id = key if isinstance(key, tuple) else ("", "")
        if annotator not in self._places or doc_id not in self._numbers:
            return _NONE
        return self._places[annotator][2 * self._numbers[doc_id]]
