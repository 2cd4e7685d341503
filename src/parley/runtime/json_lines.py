"""The rows of an Arrow table as lines of JSON, made a column at a time: no row becomes Python objects.

The bytes are those that msgspec writes of the rows as dictionaries with sorted keys.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.runtime.columns import concatenated, digits, scalar, texts

_AT_ONCE = 64 << 20  # bytes of a table whose lines are in memory at once; each can be several times as long
_encoder = msgspec.json.Encoder(order="sorted")


def json_lines(table: pa.Table) -> Iterator[tuple[pa.Table, pa.StringArray]]:
    r"""Yield parts of a table, in order, each with a line of JSON for each of its rows, line break included.

    >>> [lines[0].as_py() for _, lines in json_lines(pa.table({"b": ["x", None], "a": [1, 2]}))]
    ['{"a":1,"b":"x"}\n']
    """
    rows = max(1, table.num_rows * _AT_ONCE // max(table.nbytes, 1))
    for begin in range(0, table.num_rows, rows):
        part = table.slice(begin, rows).combine_chunks()
        columns = {name: part[name].combine_chunks() for name in part.column_names}
        yield part, _objects(columns, part.num_rows, "\n")


def _objects(columns: dict[str, pa.Array], size: int, end: str = "") -> pa.StringArray:
    """Return an object for each row, with `end` after it."""
    parts: list[pa.Array | str] = []
    before = "{"
    for name in sorted(columns):
        parts += [f"{before}{_encoder.encode(name).decode()}:", *_value(columns[name])]
        before = ","
    return concatenated([*parts, "}" + end], size)


def json_texts(column: pa.Array) -> pa.StringArray:
    """Return the JSON of each value of a column."""
    return concatenated(_value(column), len(column))


def _value(column: pa.Array) -> list[pa.Array | str]:
    """Return the parts whose concatenation is the JSON of each value."""
    kind = column.type
    if pa.types.is_string(kind) and not _has_special(column):
        return _marked('"', column, '"')
    if pa.types.is_string(kind):  # each text once: many rows have the same sentence
        coded = column.dictionary_encode()
        return [_or_null(_encoded(coded.dictionary).take(coded.indices))]
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return [_or_null(pc.cast(column, pa.string()) if pa.types.is_boolean(kind) else digits(column))]
    if pa.types.is_list(kind):
        return _list(column)
    if pa.types.is_struct(kind) and not column.null_count:
        fields = zip((field.name for field in kind), column.flatten(), strict=True)
        return [_objects(dict(fields), len(column))]
    return [_encoded(column)]  # such as fractions


def _encoded(column: pa.Array) -> pa.StringArray:
    """Return the JSON of each value."""
    lines = _encoder.encode_lines(column.to_pylist())
    ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n"))
    offsets = np.append(0, ends - np.arange(len(ends))).astype(np.int32)
    return texts(lines.replace(b"\n", b""), offsets)


def _list(column: pa.ListArray) -> list[pa.Array | str]:
    first, last = column.offsets[0].as_py(), column.offsets[-1].as_py()
    values = column.values.slice(first, last - first)
    offsets = pc.subtract(column.offsets, column.offsets[0])
    mask = pc.is_null(column) if column.null_count else None
    inner = pa.ListArray.from_arrays(offsets, concatenated(_value(values), len(values)), mask=mask)
    return _marked("[", pc.binary_join(inner, scalar(",")), "]")


def _marked(before: str, text: pa.StringArray, after: str) -> list[pa.Array | str]:
    """Return the parts of texts between two marks; of one that is null, `null`."""
    parts: list[pa.Array | str] = [before, text, after]
    return [_or_null(concatenated(parts, len(text)))] if text.null_count else parts


def _has_special(column: pa.StringArray) -> bool:
    """Say whether a text has characters that JSON writes otherwise."""
    data = column.buffers()[2]
    if data is None or not len(column):
        return False
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    used = data.slice(int(offsets[0]), int(offsets[-1] - offsets[0])).to_pybytes()
    if not used or b'"' in used or b"\\" in used:
        return bool(used)
    return bool(np.frombuffer(used, np.uint8).min() < ord(" "))


def _or_null(column: pa.StringArray) -> pa.StringArray:
    return pc.coalesce(column, scalar("null")) if column.null_count else column
