"""Columns: Arrow's from Python's values and buffers, without pandas, and the join of rows that share a key.

`pyarrow.array` imports pandas at its first call, 0.8 s of every process; these build the buffers themselves.
"""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Keys = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.int64]

_KEY = 8  # bytes of a key
_LARGEST = 2**31 - 1  # bytes that 32-bit offsets can tell apart
_MANY_DIGITS = 1 << 20  # above, a table of numbers as strings would take tens of MB


def strings(values: Sequence[str]) -> pa.Array:
    """Return a string column without nulls.

    Raises OverflowError if the values have 2 GiB or more in UTF-8.
    """
    data = "\0".join(values).encode()
    offsets = np.zeros(len(values) + 1, np.int32)
    if data.count(0) == max(0, len(values) - 1):
        ends = np.flatnonzero(np.frombuffer(data, np.uint8) == 0)
        ends -= np.arange(len(ends))
        data = data.replace(b"\0", b"")
    else:  # a value has the mark itself
        encoded = [value.encode() for value in values]
        ends = np.cumsum([len(value) for value in encoded[:-1]], dtype=np.int64)
        data = b"".join(encoded)
    if len(data) > _LARGEST:
        raise OverflowError(f"{len(data)} bytes of text in one column: use smaller batches")
    offsets[1:-1] = ends
    offsets[-1] = len(data)
    return texts(data, offsets)


def texts(data: bytes | bytearray, ends: array[int] | npt.NDArray[np.int32]) -> pa.Array:
    """Return strings that are one after the other in UTF-8 as a column. ends: 32 bits each, after a 0."""
    offsets = pa.py_buffer(ends)
    return pa.StringArray.from_buffers(offsets.size // 4 - 1, offsets, pa.py_buffer(data))


def utf8(column: pa.StringArray) -> tuple[npt.NDArray[np.int32], bytes]:
    """Return where each text of a column begins and the end of all, and the texts one after the other."""
    if not len(column):
        return np.zeros(1, np.int32), b""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset :][: len(column) + 1]
    data = memoryview(column.buffers()[2] or b"")[offsets[0] : offsets[-1]]
    return offsets - offsets[0], data.tobytes()


def sparse_strings(values: Mapping[int, str], size: int) -> pa.Array:
    """Return a string column of a size with values at some rows and null elsewhere."""
    return placed(strings(tuple(values.values())), np.fromiter(values, np.int32, len(values)), size)


def placed(values: pa.Array, rows: npt.NDArray[np.int32], size: int) -> pa.Array:
    """Return a column of a size with each value at its row and null elsewhere."""
    if not len(values):
        return pa.nulls(size, values.type)
    index = np.zeros(size, np.int32)
    index[rows] = np.arange(len(rows), dtype=np.int32)
    known = np.zeros(size, bool)
    known[rows] = True
    bits = pa.py_buffer(np.packbits(known, bitorder="little"))
    places = pa.Array.from_buffers(pa.int32(), size, [bits, pa.py_buffer(index)])
    return pc.take(values, places)


def integers(values: Sequence[int] | npt.NDArray[np.signedinteger[Any]]) -> pa.Array:
    """Return an int32 column without nulls; nothing of an array of 32-bit integers is copied."""
    numbers = np.asarray(values, np.int32)
    return pa.Array.from_buffers(pa.int32(), len(numbers), [None, pa.py_buffer(numbers)])


def repeated(values: Sequence[str], counts: Sequence[int]) -> pa.Array:
    """Return a string column with each value as often as its count says."""
    index = np.repeat(np.arange(len(values), dtype=np.int32), np.asarray(counts, np.int64))
    return pc.take(strings(values), integers(index))


def joined(parts: Sequence[pa.Array], mark: str) -> pa.Array:
    """Return the columns joined row by row; integers become their digits."""
    texts = [part if pa.types.is_string(part.type) else digits(part) for part in parts]
    return pc.binary_join_element_wise(*texts, scalar(mark))


def concatenated(parts: Sequence[pa.Array | str], size: int) -> pa.StringArray:
    """Return the concatenation of columns, row by row; null where one is. A str is the same in each row.

    >>> concatenated([strings(["PER", "ORG"]), " ", integers([1, 2])], 2).to_pylist()
    ['PER 1', 'ORG 2']
    """
    whole: list[pa.Array | str] = []
    for part in parts:
        if isinstance(part, str) and whole and isinstance(whole[-1], str):
            whole[-1] += part
        else:
            whole.append(part)
    arrays = [part for part in whole if not isinstance(part, str)]
    if not arrays:
        return strings([str(whole[0])] * size)
    if len(whole) == 1:
        return arrays[0]
    texts = [
        part if isinstance(part, str) or pa.types.is_string(part.type) else digits(part) for part in whole
    ]
    return pc.binary_join_element_wise(
        *(scalar(text) if isinstance(text, str) else text for text in texts), scalar("")
    )


@lru_cache
def scalar(text: str) -> pa.StringScalar:
    """Return a text as Arrow has it."""
    return strings([text])[0]  # one made from a str imports pandas


def digits(values: pa.Array) -> pa.Array:
    """Return integers as strings; null where there is none."""
    ends = pc.min_max(values)
    least, most = ends["min"].as_py(), ends["max"].as_py()
    if most is None or least < 0 or most >= _MANY_DIGITS:
        return pc.cast(values, pa.string())
    return pc.take(_counted(1 << most.bit_length()), values)  # a third of the time of spelling each


@lru_cache
def _counted(size: int) -> pa.Array:
    """Return the integers below a size as strings."""
    return pc.cast(integers(np.arange(size, dtype=np.int32)), pa.string())


def pairs(parts: Iterable[Keys], size: int) -> tuple[Rows, Rows]:
    """Return each pair of rows that share a key, once: the lower rows ascending, and the higher ones.

    parts: the keys of some rows after the other, (rows, keys of each). size: the number of all rows. Of all
    keys a column is in memory at once, the others are in a temporary file. O(n log n) for n rows and the
    pairs found.
    """
    found = np.empty(0, np.int64)
    for column in _columns(parts, size):
        order = np.argsort(column, kind="stable")
        ordered = column[order]
        several, left, apart = [found], np.arange(len(order)), 1
        # Equal keys are in runs: if the key `apart` places on is equal, so are those between.
        while (left := left[: np.searchsorted(left, len(order) - apart)]).size:
            left = left[ordered[left] == ordered[left + apart]]
            several.append(order[left] * size + order[left + apart])  # stable: the lower row is first
            apart += 1
        found = np.unique(np.concatenate(several))
    return found // max(size, 1), found % max(size, 1)


def _columns(parts: Iterable[Keys], size: int) -> Iterator[Keys]:
    """Yield the columns of keys that come a part of the rows at a time."""
    begin = width = 0
    with tempfile.TemporaryFile() as file:
        for part in parts:
            width = part.shape[1]
            for number, column in enumerate(part.T):
                file.seek((number * size + begin) * _KEY)
                file.write(column.tobytes())
            begin += len(part)
        for number in range(width):
            file.seek(number * size * _KEY)
            yield np.frombuffer(file.read(size * _KEY), np.uint64)


def ranges(firsts: Rows, numbers: Rows) -> tuple[Rows, Rows]:
    """Return each place in ranges of places, and before it the range that it is in, by number.

    >>> ranges(np.array([4, 7]), np.array([2, 1]))
    (array([0, 0, 1]), array([4, 5, 7]))
    """
    owner = np.repeat(np.arange(numbers.size), numbers)
    return owner, np.arange(owner.size) + np.repeat(firsts - (np.cumsum(numbers) - numbers), numbers)


def looked_up(names: pa.Array | pa.ChunkedArray, known: Mapping[str, object], kind: pa.DataType) -> pa.Array:
    """Return for each name what is known by it, null if nothing is."""
    rows = pc.index_in(names, value_set=pa.array(list(known), pa.string()))
    found = pa.array(list(known.values()), kind).take(rows)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
