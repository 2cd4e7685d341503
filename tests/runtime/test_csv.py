"""Lines of CSV are read back as they were written, whatever is in a cell."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from parley.runtime.files import csv_line

CELL = st.text(
    alphabet=st.sampled_from("a,;\"'\r\n\t é🚢") | st.characters(codec="utf-8", exclude_characters="\0")
)


@given(st.lists(st.lists(CELL, min_size=2), min_size=1, max_size=4))
def test_rows_are_read_back(rows: list[list[str]]) -> None:
    """A lone carriage return, which `csv.writer` leaves bare, ends no row."""
    text = "".join(f"{csv_line(row)}\n" for row in rows)
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows
