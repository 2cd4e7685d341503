"""What came of an import: a row of CSV of each span and each loss, a line for people of each label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from parley.exchange.articles import Lost
from parley.exchange.loss import KINDS, Account
from parley.exchange.studio_survey import beside_lines
from parley.exchange.transfer import Passage
from parley.label_studio.export.findings import People
from parley.label_studio.server.pull import PullReport
from parley.runtime.counts import counted
from parley.runtime.files import csv_line, guarded

_SHOWN = 60  # characters of what was not read


@dataclass
class ImportReport:
    """What came of an import.

    report: the file with a row for each span, and for what else is lost. pulled: as after a pull. account: of
    all labels. moved: spans, by label. unread: what was not read, as it is not a label. beside: what is not
    imported, by what it is. people: who worked under each name. replaced: what was in label files that
    are written over. unmet: names that were mapped and not met.
    """

    report: Path
    pulled: PullReport = field(default_factory=PullReport)
    account: Account = field(default_factory=Account)
    moved: Counter[str] = field(default_factory=Counter)
    unread: list[str] = field(default_factory=list)
    beside: Counter[str] = field(default_factory=Counter)
    people: People = field(default_factory=dict)
    replaced: list[str] = field(default_factory=list)
    unmet: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return what was done, for people: a line a label, with how those were that are lost."""
        totals = (
            counted(self.account.of(kind)[0], KINDS[kind]) for kind in ("articles", "spans", "relations")
        )
        lines = [f"read {', '.join(totals)}"]
        for kind in ("spans", "relations", "attributes", "origins"):
            lines += [self._line(kind, label) for label in self.account.labels(kind)]
        if self.unread:
            first = " ".join(self.unread[0].split())
            lines.append(
                f"not read, since they are not labels that Parley has: {counted(len(self.unread), 'line')}, "
                f"the first {first[:_SHOWN]!r}"
            )
        lines += beside_lines(self.beside)
        lines += [f"replaced {line}" for line in self.replaced]
        if self.unmet:
            lines.append(f"nothing in the files has a name that is mapped: {', '.join(self.unmet)}")
        return [line.replace("\n", "\\n") for line in lines]  # names are foreign: one line each

    def _line(self, kind: str, label: str) -> str:
        _, found, lost = self.account.of(kind, label)
        moved = self.moved[label] if kind == "spans" else 0
        how = "; ".join(f"{number:,} {why}" for why, number in self.account.reasons(kind, label).items())
        parts = [
            f"{found - moved:,} kept",
            f"{moved:,} moved" * bool(moved),
            f"{lost:,} lost: {how}" * bool(lost),
        ]
        return f"  {kind[:-1]:<10}{label:<16} {', '.join(filter(None, parts))}"


class Row(NamedTuple):
    """A row of the report: a span, and where it is now; what else is lost; or what of a file was not read."""

    annotator: str
    doc_id: str
    file: str
    label: str
    start: int | str
    end: int | str
    status: str
    new_start: int | str = ""
    new_end: int | str = ""
    surface: str = ""


class Report:
    """What became of each span, what else is lost, and what was not read, as rows of CSV in a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._write(Row._fields)

    def add(
        self,
        of: tuple[str, str, str],
        unread: Iterable[str],
        lost: Iterable[Lost],
        passages: Sequence[Passage],
    ) -> None:
        """Add the rows of an article: what was not read of it, what is lost of it, and each span.

        of: annotator, doc_id and file.
        """
        rows = [Row(*of, "", "", "", "unread", surface=line) for line in unread]
        rows += [Row(*of, one.label, "", "", f"lost: {one.why}", surface=one.detail) for one in lost]
        for one in passages:
            now = (one.new.start, one.new.end, one.new.text) if one.new else ("", "", one.old.text)
            rows.append(Row(*of, one.old.label, one.old.start, one.old.end, one.state, *now))
        for row in rows:
            self._write(guarded(str(cell)) for cell in row)

    def _write(self, cells: Iterable[str]) -> None:
        self._file.write(f"{csv_line(cells)}\n".encode(errors="backslashreplace"))
