"""Parts of texts as columns: many of them are cut at once, by code points, as they are or as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parley.runtime.columns import texts, utf8

Places = npt.NDArray[np.int64]  # of code points, or of bytes

_ASCII = 128
_OF_TEXT = np.ones(_ASCII, np.uint8)  # bytes of each ASCII character, and in a text of JSON
_OF_JSON = np.array([len(msgspec.json.encode(chr(code))) - 2 for code in range(_ASCII)], np.uint8)


@dataclass(frozen=True)
class Characters:
    """The texts of a column one after the other.

    text: of them all. begins: the code point with which each text begins, and after them the number of all.
    """

    text: str
    begins: Places

    @classmethod
    def of(cls, column: pa.StringArray) -> Characters:
        """Return the texts of a column without nulls."""
        ends, data = utf8(column)
        later = np.flatnonzero((np.frombuffer(data, np.uint8) & 0xC0) == 0x80)  # bytes of a code point
        return cls(str(data, "utf-8"), ends - np.searchsorted(later, ends))

    @cached_property
    def codes(self) -> npt.NDArray[np.uint32]:
        """The code points."""
        return np.frombuffer(self.text.encode("utf-32-le"), np.uint32)

    def cut(self, begin: Places, end: Places) -> pa.StringArray:
        """Return the parts from one code point to before another one, counted through all texts."""
        return self._cut(self.text.encode(), _OF_TEXT, begin, end)

    def cut_json(self, begin: Places, end: Places) -> pa.StringArray:
        """Return the parts as JSON has them between two quotation marks."""
        return self._cut(msgspec.json.encode(self.text)[1:-1], _OF_JSON, begin, end)

    def _cut(self, data: bytes, widths: npt.NDArray[np.uint8], begin: Places, end: Places) -> pa.StringArray:
        """Return parts of all texts as bytes. widths: of ASCII characters, in bytes."""
        wide = np.flatnonzero((self.codes >= _ASCII) | (widths > 1)[np.minimum(self.codes, _ASCII - 1)])
        codes = self.codes[wide]
        others = 2 + (codes >= 0x800) + (codes >= 0x10000)
        more = np.where(codes < _ASCII, widths[np.minimum(codes, _ASCII - 1)], others) - 1
        before = np.append(0, np.cumsum(more))
        first, last = (place + before[np.searchsorted(wide, place)] for place in (begin, end))
        # numpy takes ten times as long to take bytes one by one
        parts = [data[one:other] for one, other in zip(first.tolist(), last.tolist(), strict=True)]
        return texts(b"".join(parts), np.append(0, np.cumsum(last - first)).astype(np.int32))
