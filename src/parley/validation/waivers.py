"""Waivers: faults that a maintainer accepts, by code and place, each with its reason.

A place is as `parley validate` prints it; `*` in it stands for anything.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parley.corpus.corpus import Corpus
from parley.faults import KINDS, Fault, visible
from parley.runtime.files import Row, csv_table
from parley.validation.facts import TABLES

COLUMNS = ("code", "place", "reason")
FILE = "validation/waivers.csv"


@dataclass(frozen=True)
class Waiver:
    """One row of the file."""

    code: str
    place: str
    reason: str

    def waives(self, fault: Fault) -> bool:
        """Say whether a fault is accepted; what stands for rows that are only counted never is."""
        pattern = ".*".join(map(re.escape, self.place.split("*")))
        place = visible(fault.place)
        if fault.file.endswith(".parquet"):  # in an export's tables whose label it is, is in the place
            place = re.sub(r"^(.+?) > .+? > ", r"\1 > ", place)
        is_there = re.fullmatch(pattern, place) is not None
        return is_there and fault.code == self.code and fault.place not in TABLES


@dataclass(frozen=True)
class Waived:
    """Faults that are left; those that waivers accept, with the reason; a fault for each unused waiver."""

    faults: tuple[Fault, ...]
    accepted: tuple[tuple[Fault, str], ...]
    unused: tuple[Fault, ...]


def read_waivers(corpus: Corpus) -> tuple[Waiver, ...]:
    """Return the waivers of a corpus, none if it has no such file; call it through `Corpus.derived`.

    Raises DataFaults for a row without a reason, given twice, of a code that does not exist or cannot be
    waived.
    """
    if not os.path.lexists(corpus.paths.waivers):
        return ()
    code = "waivers-malformed"
    data = corpus.read(corpus.paths.waivers, code)
    return tuple(csv_table(data, FILE, COLUMNS, (code, code), _waiver, filled=COLUMNS, keys=2).values())


def waive(faults: Iterable[Fault], waivers: Sequence[Waiver]) -> Waived:
    """Divide faults by waivers; the first that fits a fault gives the reason."""
    left, accepted, used = [], [], set()
    for fault in faults:
        fitting = [waiver for waiver in waivers if waiver.waives(fault)]
        used.update(fitting)
        if fitting:
            accepted.append((fault, fitting[0].reason))
        else:
            left.append(fault)
    unused = [
        Fault("waiver-unused", f"{FILE} > {waiver.code} > {waiver.place}", "there is no such fault", FILE)
        for waiver in waivers
        if waiver not in used
    ]
    return Waived(tuple(left), tuple(accepted), tuple(unused))


def counted(accepted: Iterable[tuple[Fault, str]]) -> list[tuple[str, int, str]]:
    """Return code, number and reason of accepted faults; one that several layers have is one."""
    places = {(fault.code, fault.place, reason) for fault, reason in accepted}
    numbers = Counter((code, reason) for code, _, reason in places)
    return sorted((code, number, reason) for (code, reason), number in numbers.items())


def _waiver(row: Row) -> Waiver:
    kind = KINDS.get(row["code"])
    if kind is None:
        raise ValueError(f"there is no fault {row['code']!r}")
    if not kind.waivable:
        others = ", ".join(code for code, one in KINDS.items() if one.waivable)
        raise ValueError(f"{kind.code} cannot be waived, only {others}")
    return Waiver(**row)
