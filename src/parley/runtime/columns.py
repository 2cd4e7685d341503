"""Arrow columns from Python's values or from packed ones, fast and without pandas.

`pyarrow.array` imports pandas at its first call, 0.8 s of every process; these build the buffers themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.runtime import packing

_LARGEST = 2**31 - 1  # bytes that 32-bit offsets can tell apart
_MANY_DIGITS = 1 << 20  # above, a table of numbers as strings would take tens of MB


def strings(values: Sequence[str]) -> pa.Array:
    """Return a string column without nulls; raises as `packed_strings`."""
    return packed_strings(packing.strings(values), len(values))


def packed_strings(values: packing.Strings, size: int) -> pa.Array:
    """Return a number of packed strings as a column without nulls.

    Raises OverflowError where they have 2 GiB or more in UTF-8.
    """
    if isinstance(values, bytes):
        ends = np.flatnonzero(np.frombuffer(values, np.uint8) == 0)
        ends -= np.arange(len(ends))
        data = values.replace(b"\0", b"")
    else:
        ends = np.cumsum([len(value) for value in values[:-1]], dtype=np.int64)
        data = b"".join(values)
    if len(data) > _LARGEST:
        raise OverflowError(f"{len(data)} bytes of text in one column: use smaller batches")
    offsets = np.zeros(size + 1, np.int32)
    offsets[1:-1] = ends
    offsets[-1] = len(data)
    return pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(data))


def packed_texts(data: bytes, ends: bytes) -> pa.Array:
    """Return what `packing.Texts` gathered as a column without nulls."""
    return pa.StringArray.from_buffers(len(ends) // 4 - 1, pa.py_buffer(ends), pa.py_buffer(data))


def sparse_strings(rows: npt.NDArray[np.int32], values: packing.Strings, size: int) -> pa.Array:
    """Return a string column of a size with packed values at some rows and null elsewhere."""
    if not len(rows):
        return pa.nulls(size, pa.string())
    index = np.zeros(size, np.int32)
    index[rows] = np.arange(len(rows), dtype=np.int32)
    known = np.zeros(size, bool)
    known[rows] = True
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    where = pa.Array.from_buffers(pa.int32(), size, [bits, pa.py_buffer(index)])
    return pc.take(packed_strings(values, len(rows)), where)


def integers(values: Sequence[int] | npt.NDArray[np.int32]) -> pa.Array:
    """Return an int32 column without nulls."""
    array = np.asarray(values, np.int32)
    return pa.Array.from_buffers(pa.int32(), len(array), [None, pa.py_buffer(array)])


def packed_integers(values: bytes) -> pa.Array:
    """Return packed integers as an int32 column without nulls."""
    return pa.Array.from_buffers(pa.int32(), len(values) // 4, [None, pa.py_buffer(values)])


def repeated(values: Sequence[str], counts: Sequence[int]) -> pa.Array:
    """Return a string column with each value as often as its count says."""
    index = np.repeat(np.arange(len(values), dtype=np.int32), np.asarray(counts, np.int64))
    return pc.take(strings(values), integers(index))


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
