"""annotators.csv and entities.csv: whatever is in their place, it is read or it is a named fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.paths import CorpusPaths

READERS = ("annotators", "entities")


@pytest.fixture(params=READERS)
def kept(request: pytest.FixtureRequest, harbour: CorpusPaths) -> tuple[Any, Callable[[], Any], str]:
    """Return a file that people keep, what reads it, and the code of its faults."""
    path = harbour.annotation / f"{request.param}.csv"
    return path, lambda: getattr(Corpus(harbour), request.param), f"{request.param}-malformed"


def test_a_byte_order_mark_is_no_part_of_it(kept: tuple[Any, Callable[[], Any], str]) -> None:
    """What a spreadsheet puts in front changes nothing."""
    path, read, _ = kept
    before = read()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert before
    assert read() == before


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "No such file"),
        (b"", "the columns must be"),
        (b"\xff\xfe", "utf-8"),
        (b"name;kind;note\n", "the columns must be"),
        ("last", "row 2"),
        ("long", "field larger"),
    ],
)
def test_what_cannot_be_read_is_a_named_fault(
    kept: tuple[Any, Callable[[], Any], str], data: bytes | str | None, says: str
) -> None:
    """Missing, empty, another encoding, other columns, a row cut short, a cell without an end."""
    path, read, code = kept
    head = path.read_bytes().partition(b"\n")[0] + b"\n"
    if data is None:
        path.unlink()
    else:
        path.write_bytes({"last": head + b"x\n", "long": head + b'"' + b"x" * 200_000}.get(data, data))
    with pytest.raises(DataFaults) as raised:
        read()
    (fault,) = raised.value.faults
    assert (fault.code, fault.file) == (code, f"annotation/{path.name}")
    assert says in f"{fault.place} {fault.message}"
