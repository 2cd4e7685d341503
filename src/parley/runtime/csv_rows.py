"""CSV files that people keep by hand: their rows as they are read, or the fault that hides them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from parley.faults import DataFaults, Fault
from parley.model.paths import CorpusPaths

Row = dict[str, str]


def csv_rows(corpus: CorpusPaths, path: Path, columns: Sequence[str], code: str) -> Iterator[tuple[int, Row]]:
    """Yield the rows of a file in UTF-8, each behind the number of its line, whole or not (see `is_whole`).

    code: of the fault. Raises DataFaults where the file cannot be read or has other columns.
    """
    file = corpus.relative(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            if list(reader.fieldnames or ()) != list(columns):
                raise DataFaults([Fault(code, file, f"the columns must be {','.join(columns)}", file)])
            for row in reader:
                yield reader.line_num, row
    except OSError as error:
        raise DataFaults([Fault(code, file, f"cannot be read: {error.strerror}", file)])
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataFaults([Fault(code, file, f"cannot be read: {error}", file)])


def is_whole(row: Row) -> bool:
    """Say whether a row has a cell for each column, and no more."""
    return None not in row and None not in row.values()
