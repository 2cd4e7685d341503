"""Who labels: annotators.csv, a pseudonym, a kind and a note each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast, get_args

from parley.faults import DataFaults, Fault
from parley.model.paths import Corpus
from parley.runtime.csv_rows import csv_rows, is_whole

Kind = Literal["human", "model", "rules"]
COLUMNS = ("name", "kind", "note")


@dataclass(frozen=True)
class Annotator:
    """One annotator. name: the pseudonym, also the folder of the label files."""

    name: str
    kind: Kind
    note: str


def read_annotators(corpus: Corpus) -> dict[str, Annotator]:
    """Return the annotators by name, in file order.

    Raises DataFaults for a file that cannot be read, a missing column, an unknown kind or a name given twice.
    """
    file = corpus.relative(corpus.annotators)
    found: dict[str, Annotator] = {}
    wrong = []
    for number, row in csv_rows(corpus, corpus.annotators, COLUMNS, "annotators-malformed"):
        place = f"{file} > row {number}"
        if not is_whole(row) or not row["name"]:
            wrong.append(Fault("annotators-malformed", place, "a row has a name, a kind and a note", file))
        elif row["kind"] not in get_args(Kind):
            wrong.append(Fault("annotators-malformed", place, f"no kind {row['kind']!r}", file))
        elif row["name"] in found:
            wrong.append(Fault("annotators-malformed", place, f"{row['name']!r} is given twice", file))
        else:
            found[row["name"]] = Annotator(row["name"], cast("Kind", row["kind"]), row["note"])
    if wrong:
        raise DataFaults(wrong)
    return found
