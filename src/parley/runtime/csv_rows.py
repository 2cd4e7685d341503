"""CSV files that people keep by hand: their rows, or the fault that hides them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from parley.faults import DataFaults, Fault

Row = dict[str, str]


def csv_rows(data: bytes, file: str, columns: Sequence[str], code: str) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a CSV file in UTF-8, each with its line number, whole or not (see `is_whole`).

    file: its name in faults. code: of the fault. Raises DataFaults if it cannot be decoded or has other
    columns.
    """
    try:
        reader = csv.DictReader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=""))
        if list(reader.fieldnames or ()) != list(columns):
            raise DataFaults([Fault(code, file, f"the columns must be {','.join(columns)}", file)])
        for row in reader:
            yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataFaults([Fault(code, file, f"cannot be read: {error}", file)])


def is_whole(row: Row) -> bool:
    """Say whether a row has a cell for each column, and no more."""
    return None not in row and None not in row.values()


def read_bytes(path: Path, file: str, code: str) -> bytes:
    """Return a file's bytes. Raises DataFaults with `code` if it cannot be read. file: its name in faults."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataFaults([Fault(code, file, f"cannot be read: {error.strerror}", file)])
