"""Who labels: annotators.csv, a pseudonym, a kind and a note each, and what a comparison with gold tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from parley.faults import UsageError
from parley.model.paths import sound_name
from parley.runtime.files import Row, csv_table

Kind = Literal["human", "model", "rules"]
COLUMNS = ("name", "kind", "note")
COMPARED = ("compared",)  # a column that may be there


@dataclass(frozen=True)
class Annotator:
    """One annotator.

    name: the pseudonym, also the folder of the label files. compared: of somebody whose labels are compared
    with gold and not adjudicated, what the comparison tells; "" of everybody else.
    """

    name: str
    kind: Kind
    note: str
    compared: str = ""


def decode_annotators(data: bytes) -> dict[str, Annotator]:
    """Return the annotators of annotators.csv by name, in file order. Raises DataFaults as `csv_table`."""

    def parse(row: Row) -> Annotator:
        if row["kind"] not in get_args(Kind):
            raise ValueError(f"no kind {row['kind']!r}")
        name, kind = sound_name(row["name"]), cast("Kind", row["kind"])
        return Annotator(name, kind, row["note"], row.get("compared", ""))

    file, code = "annotation/annotators.csv", "annotators-malformed"
    return csv_table(data, file, COLUMNS, (code, code), parse, filled=["name"], optional=COMPARED)


def check_listed(names: Iterable[str], listed: Collection[str]) -> None:
    """Raise UsageError for names that annotators.csv does not list."""
    unknown = [name for name in names if name not in listed]
    if unknown:
        raise UsageError(
            f"annotators.csv does not list {', '.join(unknown)}",
            f"choose from {', '.join(listed)}, or add a row",
        )


def choose_annotators(
    listed: Mapping[str, Annotator],
    names: Sequence[str] = (),
    *,
    kinds: tuple[Kind, ...] = ("human",),
    with_labels: Collection[str] | None = None,
    compared: bool = True,
) -> list[Annotator]:
    """Return the annotators named, each once; without names all of `kinds`.

    with_labels: who has labels, if only these can be chosen. compared: whether those who are only compared
    with gold are among all. Raises UsageError for a name that annotators.csv
    does not list or that has no labels, and if it lists nobody of `kinds`.
    """
    check_listed(names, listed)
    idle = [name for name in names if with_labels is not None and name not in with_labels]
    if idle:
        raise UsageError(
            f"{', '.join(idle)} has no labels in annotation/labels",
            "pull them (`parley pull`), or leave the name out",
        )
    everybody = [
        a
        for a in listed.values()
        if a.kind in kinds and (with_labels is None or a.name in with_labels) and (compared or not a.compared)
    ]
    chosen = [listed[name] for name in dict.fromkeys(names)] or everybody
    if not chosen and with_labels is None:
        raise UsageError(
            f"annotators.csv lists no {' or '.join(kinds)}", "add a row of that kind, or name annotators"
        )
    return chosen
