"""Arrow columns from Python lists, fast and without pandas.

`pyarrow.array` imports pandas at its first call, 0.8 s of every process; these build the buffers themselves.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_MARK = "\0"  # between values while they are encoded together
_MANY_DIGITS = 1 << 20  # above, a table of numbers as strings would take tens of MB
_LARGEST = 2**31 - 1  # bytes that 32-bit offsets can tell apart


def strings(values: Sequence[str]) -> pa.Array:
    """Return a string column without nulls.

    Raises OverflowError where the values have 2 GiB or more in UTF-8.
    """
    parted = _MARK.join(values).encode()
    ends = np.flatnonzero(np.frombuffer(parted, np.uint8) == 0)
    if len(ends) == len(values) - 1:  # the marks are the only ones: sizes without a look at each value
        data = parted.replace(b"\0", b"")
        ends -= np.arange(len(ends))
    else:
        encoded = [value.encode() for value in values]
        data = b"".join(encoded)
        ends = np.cumsum([len(value) for value in encoded[:-1]], dtype=np.int64)
    if len(data) > _LARGEST:
        raise OverflowError(f"{len(data)} bytes of text in one column: use smaller batches")
    offsets = np.zeros(len(values) + 1, np.int32)
    offsets[1:-1] = ends[: max(0, len(values) - 1)]
    offsets[-1] = len(data)
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(data))


def optional_strings(values: dict[int, str], size: int) -> pa.Array:
    """Return a string column of a size with values at some rows and null elsewhere."""
    if not values:
        return pa.nulls(size, pa.string())
    rows = sorted(values)
    index = np.zeros(size, np.int32)
    index[rows] = np.arange(len(rows), dtype=np.int32)
    known = np.zeros(size, bool)
    known[rows] = True
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    where = pa.Array.from_buffers(pa.int32(), size, [bits, pa.py_buffer(index)])
    return pc.take(strings([values[row] for row in rows]), where)


def integers(values: Sequence[int] | npt.NDArray[np.int32]) -> pa.Array:
    """Return an int32 column without nulls.

    Raises struct.error where a value of a list has more than 32 bits.
    """
    if isinstance(values, list):  # packed at half the time of numpy's fromiter
        return pa.Array.from_buffers(pa.int32(), len(values), [None, pa.py_buffer(_packed(values))])
    array = np.asarray(values, np.int32)
    return pa.Array.from_buffers(pa.int32(), len(array), [None, pa.py_buffer(array)])


def _packed(values: list[int]) -> bytes:
    return struct.pack(f"={len(values)}i", *values)


def numbers(column: pa.Array) -> npt.NDArray[np.int32]:
    """Return the values of an int32 column without nulls, uncopied. `to_numpy` would import pandas."""
    return np.frombuffer(column.buffers()[1], np.int32, len(column), column.offset * 4)


def repeated(values: Sequence[str] | pa.Array, counts: Sequence[int] | npt.NDArray[np.int32]) -> pa.Array:
    """Return a string column with each value as often as its count says."""
    index = np.repeat(np.arange(len(values), dtype=np.int32), np.asarray(counts, np.int64))
    return pc.take(values if isinstance(values, pa.Array) else strings(values), integers(index))


def joined(parts: Sequence[pa.Array], mark: str) -> pa.Array:
    """Return the columns joined row by row; integers become their digits."""
    texts = [part if pa.types.is_string(part.type) else _digits(part) for part in parts]
    return pc.binary_join_element_wise(*texts, strings([mark])[0])  # a scalar made from a str imports pandas


def _digits(values: pa.Array) -> pa.Array:
    """Return integers as strings."""
    ends = pc.min_max(values)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    if most is None or least < 0 or most >= _MANY_DIGITS:
        return pc.cast(values, pa.string())
    return pc.take(_counted(1 << most.bit_length()), values)  # a third of the time of spelling each


@lru_cache
def _counted(size: int) -> pa.Array:
    """Return the integers below a size as strings."""
    return pc.cast(integers(np.arange(size, dtype=np.int32)), pa.string())
