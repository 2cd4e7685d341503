"""Kinds of rows: those that no expectation of a suite can tell apart.

Great Expectations judges one row of each kind in place of a table with millions. What it says of them it
would say of all rows, as an expectation of rows looks at nothing but its own columns of one row, and one of
uniqueness at rows that are alike. Some expectations know no kinds: those that are not known here, and
uniqueness that reaches across documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.validation.expectation import Expectation
from parley.values.legal import LEGAL

_Rows = npt.NDArray[np.int64]

WITHIN = frozenset({"layer", "doc_id"})  # columns whose values no other document has
_FEW = 4  # codes for each row, up to which a table of them is quicker than sorting
_MANY = 1 << 31  # codes, past which two columns are numbered anew: a product of two such fits 64 bits


def one_of_each_kind(
    table: pa.Table, expectations: Iterable[Expectation]
) -> tuple[pa.Table, list[Expectation]]:
    """Return the rows of a table among which is one of each kind, and the expectations that know no kinds.

    >>> labels = pa.table({"label": ["PER", "ORG", "PER", None, "PER"]})
    >>> asked = {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "label", "value_set": []}}
    >>> one_of_each_kind(labels, [asked])[0]["label"].to_pylist()
    ['PER', 'ORG', None]
    """
    kinds = _Kinds(table)
    kept, others = np.zeros(table.num_rows, bool), []
    for one in expectations:
        rows = kinds.rows(one["type"].removeprefix("expect_"), one["kwargs"])
        if rows is None:
            others.append(one)
        else:
            kept[rows] = True
    return table.filter(pa.array(kept)), others


class _Kinds:
    """The rows of a table as the expectations of some types see them."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table
        self._known: dict[str, tuple[_Rows, int]] = {}

    def rows(self, asks: str, kwargs: dict[str, Any]) -> _Rows | None:
        """Return a row of each kind; None if the expectation knows no kinds."""
        if asks not in _TYPES:
            return None
        find, others = _TYPES[asks]
        columns = [kwargs[name] for name in ("column", "column_A", "column_B") if name in kwargs]
        columns += kwargs.get("column_list", ())
        given = kwargs.keys() - {"column", "column_A", "column_B", "column_list", "ignore_row_if", *others}
        if given or not columns or not {*columns} <= {*self._table.column_names}:
            return None
        if find is _Kinds.repeated and WITHIN.isdisjoint(columns):
            return None
        return find(self, columns)

    def values(self, columns: list[str]) -> _Rows:
        """Return the first row with each combination of values."""
        return _first(*self._codes(columns))

    def extent(self, columns: list[str]) -> _Rows:
        """Return rows with the least and the most of a column of integers, and an empty one."""
        (column,) = (self._table[name] for name in columns)
        if not pa.types.is_integer(column.type):
            return self.values(columns)
        ends = pc.min_max(column)
        found = [pc.index(column, ends[name]).as_py() for name in ("min", "max")]
        if column.null_count:
            found.append(pc.index(pc.is_null(column), True).as_py())
        return np.array([row for row in found if row >= 0], np.int64)

    def presence(self, columns: list[str]) -> _Rows:
        """Return the first row with each combination of columns that are empty."""
        return _of_flags([pc.is_null(self._table[name]) for name in columns])

    def comparison(self, columns: list[str]) -> _Rows:
        """Return the first row with each order of two values: less, equal, more, or one or both empty."""
        one, other = (self._table[name] for name in columns)
        if one.type != other.type or pa.types.is_floating(one.type):
            return self.values(columns)
        orders = (pc.fill_null(compare(one, other), False) for compare in (pc.equal, pc.greater))
        return _of_flags([pc.is_null(one), pc.is_null(other), *orders])

    def repeated(self, columns: list[str]) -> _Rows:
        """Return all rows whose combination of values other rows have too, or the first row."""
        codes, _ = self._codes(columns)
        order = np.argsort(codes, kind="stable")
        same = codes[order[1:]] == codes[order[:-1]]
        alike = np.append(order[1:][same], order[:-1][same])
        return alike if alike.size else np.arange(min(1, len(codes)))

    def _codes(self, columns: list[str]) -> tuple[_Rows, int]:
        """Return a number for each row, equal where all values are, and a bound that is above all of them."""
        codes, bound = self._column(columns[0])
        for name in columns[1:]:
            more, other = self._column(name)
            if bound >= _MANY:
                found, codes = np.unique(codes, return_inverse=True)
                bound = len(found)
            codes, bound = codes * other + more, bound * other
        return codes, bound

    def _column(self, name: str) -> tuple[_Rows, int]:
        if name not in self._known:
            column = self._table[name]
            if pa.types.is_integer(column.type) and not column.null_count and len(column):
                codes = column.to_numpy().astype(np.int64)
                least, most = int(codes.min()), int(codes.max())
                if most - least < _MANY:
                    self._known[name] = codes - least, most - least + 1
                    return self._known[name]
            encoded = column.combine_chunks().dictionary_encode("encode")
            if isinstance(encoded, pa.ChunkedArray):
                encoded = encoded.combine_chunks()
            self._known[name] = encoded.indices.to_numpy().astype(np.int64), max(1, len(encoded.dictionary))
        return self._known[name]


def _of_flags(columns: list[pa.ChunkedArray]) -> _Rows:
    """Return the first row with each combination of flags."""
    codes = sum(flags.to_numpy().astype(np.int64) << place for place, flags in enumerate(columns))
    return _first(np.asarray(codes), 1 << len(columns))


def _first(codes: _Rows, bound: int) -> _Rows:
    """Return the first row with each code."""
    if bound > _FEW * len(codes):
        rows: _Rows = np.unique(codes, return_index=True)[1]
        return rows
    place = np.full(bound, -1, np.int64)
    place[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    return place[place >= 0]


_Find = Callable[[_Kinds, list[str]], _Rows]
# how the rows of a type's kinds are found, and its arguments that are the same for all rows
_TYPES: dict[str, tuple[_Find, tuple[str, ...]]] = {
    "column_values_to_be_null": (_Kinds.presence, ()),
    "column_values_to_not_be_null": (_Kinds.presence, ()),
    "column_values_to_be_in_set": (_Kinds.values, ("value_set",)),
    "column_values_to_not_be_in_set": (_Kinds.values, ("value_set",)),
    "column_values_to_match_regex": (_Kinds.values, ("regex",)),
    "column_values_to_not_match_regex": (_Kinds.values, ("regex",)),
    "column_values_to_be_between": (_Kinds.extent, ("min_value", "max_value")),
    "column_values_to_be_unique": (_Kinds.repeated, ()),
    "compound_columns_to_be_unique": (_Kinds.repeated, ()),
    "column_pair_values_to_be_equal": (_Kinds.comparison, ()),
    "column_pair_values_a_to_be_greater_than_b": (_Kinds.comparison, ("or_equal",)),
    "column_pair_to_differ": (_Kinds.comparison, ()),
    "column_pair_to_fit_label": (_Kinds.values, ("legal",)),
    "second_column_where_first": (_Kinds.presence, ()),
    "value_to_be_absent_on_labels": (_Kinds.values, ("labels",)),
    "value_to_be_present_on_labels": (_Kinds.values, ("labels", "when")),
    "ends_to_share_label": (_Kinds.values, ("labels",)),
    "relation_of_spans": (_Kinds.values, ("labels",)),
    **{f"{kind}_on_labels": (_Kinds.values, ("labels",)) for kind in LEGAL},
}
