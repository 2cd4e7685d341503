"""The rows of an Arrow table as lines of JSON, made a column at a time: no row becomes Python objects.

The bytes are those that msgspec writes of the rows as dictionaries with sorted keys.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.runtime.columns import concatenated, digits, scalar, texts, utf8

_AT_ONCE = 64 << 20  # bytes of a table whose lines are in memory at once; each can be several times as long
_encoder = msgspec.json.Encoder(order="sorted")
# how many bytes more a byte of a text in UTF-8 has in JSON
_MORE = bytes(len(msgspec.json.encode(chr(min(byte, 127)))) - 3 for byte in range(256))


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
        parts += [f"{before}{_encoder.encode(name).decode()}:", *json_parts(columns[name])]
        before = ","
    return concatenated([*parts, "}" + end], size)


def json_parts(column: pa.Array) -> list[pa.Array | str]:
    """Return the parts whose concatenation is the JSON of each value of a column."""
    one = _of_all(column)
    return [one] if one else _of_each(column)


def _of_all(column: pa.Array) -> str:
    """Return the JSON of a value that all are, such as whose labels they are; "" if they differ."""
    if column.null_count == len(column):
        return "null"
    kind = column.type
    # of fractions there are two zeros, which are equal
    if column.null_count or pa.types.is_nested(kind) or pa.types.is_floating(kind):
        return ""
    is_one = column[0] == column[-1] and pc.all(pc.equal(column, column[0])).as_py()
    return _encoder.encode(column[0].as_py()).decode() if is_one else ""


def _of_each(column: pa.Array) -> list[pa.Array | str]:
    kind = column.type
    if pa.types.is_string(kind):
        return _marked('"', _escaped(column), '"')
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return [_or_null(pc.cast(column, pa.string()) if pa.types.is_boolean(kind) else digits(column))]
    if pa.types.is_list(kind):
        return _list(column)
    if pa.types.is_struct(kind) and not column.null_count:
        fields = zip((field.name for field in kind), column.flatten(), strict=True)
        return [_objects(dict(fields), len(column))]
    return [_encoded(column)]  # such as fractions


def _escaped(column: pa.StringArray) -> pa.StringArray:
    """Return texts as JSON has them between two quotation marks; null for null."""
    ends, data = utf8(column)
    written = msgspec.json.encode(str(data, "utf-8"))[1:-1]
    if len(written) == len(data):
        return column
    more = np.frombuffer(data.translate(_MORE), np.uint8)
    longer = np.flatnonzero(more != 0)  # of flags, which numpy counts many at once
    before = np.append(0, np.cumsum(more[longer], dtype=np.int64))
    escaped = texts(written, (ends + before[np.searchsorted(longer, ends)]).astype(np.int32))
    return pc.if_else(pc.is_valid(column), escaped, column) if column.null_count else escaped


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
    inner = pa.ListArray.from_arrays(offsets, concatenated(json_parts(values), len(values)), mask=mask)
    return _marked("[", pc.binary_join(inner, scalar(",")), "]")


def _marked(before: str, text: pa.StringArray, after: str) -> list[pa.Array | str]:
    """Return the parts of texts between two marks; of one that is null, `null`."""
    parts: list[pa.Array | str] = [before, text, after]
    return [_or_null(concatenated(parts, len(text)))] if text.null_count else parts


def _or_null(column: pa.StringArray) -> pa.StringArray:
    return pc.coalesce(column, scalar("null")) if column.null_count else column
