"""CSV files that people keep by hand: their rows, each with its place, or the fault that hides them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from parley.corpus import Corpus
from parley.faults import DataFaults, Fault

Row = dict[str, str]


def csv_rows(corpus: Corpus, path: Path, columns: Sequence[str], code: str) -> Iterator[tuple[str, Row]]:
    """Yield the rows of a file in UTF-8, each behind its place, `annotation/entities.csv > row 2`.

    A row with too many cells has a key None, one with too few a value None. code: of the fault. Raises
    DataFaults where the file cannot be read or has other columns.
    """
    file = corpus.relative(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        if list(reader.fieldnames or ()) != list(columns):
            raise DataFaults([Fault(code, file, f"the columns must be {','.join(columns)}", file)])
        for number, row in enumerate(reader, start=2):
            yield f"{file} > row {number}", row
    except OSError as error:
        raise DataFaults([Fault(code, file, f"cannot be read: {error.strerror}", file)])
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataFaults([Fault(code, file, f"cannot be read: {error}", file)])
