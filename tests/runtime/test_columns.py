"""Columns: values come back as they were, whatever is in them."""

import subprocess
import sys
from array import array

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.runtime import columns

words = st.text(alphabet=st.sampled_from(["a", "é", "😀", "\0", " "]), max_size=4)


@given(st.lists(words, max_size=12))
def test_strings_come_back(values):
    """Also with the mark itself among them."""
    assert columns.strings(values).to_pylist() == values


@given(st.lists(words, max_size=12), st.integers(0, 5))
def test_sparse_strings_are_null_elsewhere(values, gap):
    """Each value at its row, null between."""
    by_row = {place * (gap + 1): value for place, value in enumerate(values)}
    size = len(values) * (gap + 1) + gap
    expected = [by_row.get(row) for row in range(size)]
    assert columns.sparse_strings(by_row, size).to_pylist() == expected


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=12))
def test_integers_come_back_and_become_their_digits(values):
    """All that 32 bits hold; small ones are looked up, others spelled."""
    column = columns.integers(array("i", values))
    assert column.type == pa.int32()
    assert column.to_pylist() == values
    marks = columns.strings(["x"] * len(values))
    assert columns.joined([marks, column], "-").to_pylist() == [f"x-{value}" for value in values]


def test_reading_an_export_waits_for_no_library():
    """A process that only reads an export starts without numpy and Arrow."""
    code = (
        "import sys; import parley.label_studio.export.convert, parley.label_studio.export.files\n"
        "print(*(name for name in ('numpy', 'pyarrow', 'pandas') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_number_of_more_bits_is_no_silent_other():
    """It is refused, not cut."""
    with pytest.raises(OverflowError):
        columns.integers([2**31])
