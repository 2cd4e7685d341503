"""Rows as JSON: made of columns, and not a byte otherwise than msgspec writes them of Python objects."""

from __future__ import annotations

import random

import msgspec
import pyarrow as pa
import pytest

from parley.runtime import json_lines as module
from parley.runtime.json_lines import json_lines

_encode = msgspec.json.Encoder(order="sorted").encode
_TEXTS = ["", "plain", 'a "b" \\c', "line\nbreak\ttab\r\b\f", "\x00\x01\x1f\x7f", "é😀 ", "日本", "</script>"]
_INNER = pa.struct([("n", pa.int32()), ("a b", pa.string()), ("l", pa.list_(pa.string()))])
_KINDS = {
    "text": pa.string(),
    'k"ey': pa.int64(),
    "is": pa.bool_(),
    "float": pa.float64(),
    "names": pa.list_(pa.string()),
    "codes": pa.list_(pa.int64()),
    "parts": pa.list_(_INNER),
    "one": _INNER,
    "nothing": pa.null(),
    "é": pa.string(),
}


def value(kind: pa.DataType, make: random.Random, *, nulls: bool) -> object:  # noqa: PLR0911 - one a kind
    if pa.types.is_null(kind) or (nulls and make.random() < 0.3):
        return None
    if pa.types.is_string(kind):
        return make.choice(_TEXTS)
    if pa.types.is_integer(kind):
        return make.choice([0, -1, 7, 2**31 - 1, -(2**31)])
    if pa.types.is_boolean(kind):
        return make.random() < 0.5
    if pa.types.is_floating(kind):
        return make.choice([0.0, -1.5, 1e300, 1e-7, 2.0, float("inf"), float("nan")])
    if pa.types.is_list(kind):
        return [value(kind.value_type, make, nulls=nulls) for _ in range(make.randrange(4))]
    return {field.name: value(field.type, make, nulls=nulls) for field in kind}


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_lines_are_those_of_the_rows_as_objects(seed, same, nulls, monkeypatch):
    """Of every type, with and without nulls, all rows the same or not, sliced, in chunks and in parts."""
    make = random.Random(seed)  # noqa: S311 - no secret
    rows = [{name: value(kind, make, nulls=nulls) for name, kind in _KINDS.items()} for _ in range(40)]
    rows = rows[:1] * 40 if same else rows
    table = pa.Table.from_pylist(rows, pa.schema(list(_KINDS.items())))
    table = pa.concat_tables([table.slice(3, 9), table.slice(20, 15)])
    if seed % 2:
        monkeypatch.setattr(module, "_AT_ONCE", table.nbytes // 5)
    found = list(json_lines(table))
    assert (len(found) > 1) == bool(seed % 2)
    wanted = [_encode(row).decode() + "\n" for row in table.to_pylist()]
    assert [line for _, lines in found for line in lines.to_pylist()] == wanted
    assert pa.concat_tables(part for part, _ in found)["é"].equals(table["é"])


def test_no_row_gives_no_line():
    """An empty table, and rows without a column."""
    assert list(json_lines(pa.table({"a": pa.array([], pa.string())}))) == []


def test_zeros_are_not_all_one_value():
    """Their JSON differs, although they are equal."""
    table = pa.table({"x": [0.0, -0.0, 0.0]})
    assert [line for _, lines in json_lines(table) for line in lines.to_pylist()] == [
        '{"x":0.0}\n',
        '{"x":-0.0}\n',
        '{"x":0.0}\n',
    ]
