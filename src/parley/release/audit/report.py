"""audit.json and audit.md: what an audit found, with intervals, of which labels and who audited.

The labels may have changed since they were audited, as they should where they were wrong. When the answers
are read again, `since` counts what has changed, and the audit is of the present labels.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import Any

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import Fault
from parley.release import measured
from parley.release.measured import Measured
from parley.runtime.markdown import table, templates

RIGHT, DOUBTFUL, WRONG = VERDICTS = ("right", "doubtful", "wrong")
CONFIDENCE = 0.95
LABEL_KINDS = ("span", "relation")
_PLURAL = {
    "span": "spans",
    "relation": "relations",
    "entity": "rows of entities",
    "figure": "rows of figures",
}


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of some labels are what."""

    right: int = 0
    doubtful: int = 0
    wrong: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.right + self.doubtful + self.wrong


class Remark(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A label that is not right. place: the sheet and its number. now: `as audited`, `changed` since."""

    place: str
    id: str
    verdict: str
    says: str
    note: str
    about: str = ""
    now: str = ""


class Audit(Measured, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an audit found.

    content_sha256 is that of the labels as they are now, audited_sha256 that of those that were audited.
    labels: verdicts by `kind/name`; attributes: by name, of the spans that have it, wrong or doubtful if the
    auditor said that it is about that. planted: by kind, how many were called what. since: labels that were
    audited and are as they were, that have changed, and labels that are new.
    """

    auditor: str
    auditor_kind: str
    audited_sha256: str
    ontology: str
    seed: int
    labels: dict[str, Counts]
    attributes: dict[str, Counts]
    planted: dict[str, Counts]
    remarks: list[Remark]
    since: dict[str, int]

    def of_kind(self, kind: str) -> Counts:
        """Return the verdicts on all of a kind."""
        return added(counts for name, counts in self.labels.items() if name.startswith(f"{kind}/"))

    @property
    def kinds(self) -> list[str]:
        """What was audited, in a fixed order."""
        there = {name.partition("/")[0] for name in self.labels}
        return [kind for kind in _PLURAL if kind in there]

    @property
    def all_planted(self) -> Counts:
        """What all planted errors were called."""
        return added(self.planted.values())


def added(some: Iterable[Counts]) -> Counts:
    """Return the sum of counts."""
    total: Counter[str] = Counter()
    for one in some:
        total.update(msgspec.structs.asdict(one))
    return Counts(**total)


def counts_of(verdicts: Iterable[str]) -> Counts:
    """Return how many verdicts there are of each."""
    return Counts(**Counter(verdicts))


def share(number: int, total: int) -> str:
    """Return a share with its Wilson interval, `0.950 [0.902, 0.976]`; a dash if there is nothing."""
    if not total:
        return "–"
    z, part = NormalDist().inv_cdf((1 + CONFIDENCE) / 2), number / total
    middle = part + z**2 / (2 * total)
    reach = z * math.sqrt(part * (1 - part) / total + z**2 / (4 * total**2))
    low, high = ((middle + side * reach) / (1 + z**2 / total) for side in (-1, 1))
    return f"{part:.3f} [{max(0.0, low):.3f}, {min(1.0, high):.3f}]"


def read_audit(corpus: Corpus) -> Audit | None:
    """Return what a corpus' audit.json says, None without that file.

    Raises DataFaults if it is not what `measured.encode` wrote.
    """
    return measured.read(corpus, corpus.paths.audit, Audit, "audit-malformed")


def audit_faults(corpus: Corpus, content_sha256: str) -> list[Fault]:
    """Return a fault if audit.json is of other labels than those of a content hash."""
    found = corpus.derived(read_audit)
    return measured.stale(corpus, corpus.paths.audit, found, content_sha256, "audit-stale")


def markdown(audit: Audit) -> str:
    """Return the page: tables by label, attribute and planted error, and every label that is not right."""
    page = templates("parley.release").get_template("audit.md.j2")
    tables = [
        (title, verdicts_table(what, rows))
        for title, what, rows in (
            ("All", "what", [(_PLURAL[kind], audit.of_kind(kind)) for kind in audit.kinds]),
            *(
                (_PLURAL[kind].capitalize(), "label", _of_labels(audit, kind))
                for kind in LABEL_KINDS
                if kind in audit.kinds
            ),
            ("Attributes", "attribute", [*audit.attributes.items()]),
        )
        if rows
    ]
    remarks = [
        (one.place, one.verdict, one.about, one.says, one.note, one.now)
        for one in sorted(audit.remarks, key=lambda r: (VERDICTS.index(r.verdict) * -1, r.place))
    ]
    listed = table(("place", "verdict", "about", "label", "note", "now"), remarks) if remarks else ""
    return page.render(audit=audit, tables=tables, planted=planted_table(audit), remarks=listed)


def _of_labels(audit: Audit, kind: str) -> list[tuple[str, Counts]]:
    return [(n.partition("/")[2], c) for n, c in audit.labels.items() if n.partition("/")[0] == kind]


def verdicts_table(what: str, rows: Sequence[tuple[str, Counts]]) -> str:
    """Return verdicts as Markdown, shares with intervals."""
    cells = [
        (name, c.total, *(share(getattr(c, verdict), c.total) for verdict in VERDICTS)) for name, c in rows
    ]
    return table((what, "number", *VERDICTS), cells, numbers=True)


def card_table(audit: Audit) -> str:
    """Return the verdicts on all of each kind."""
    return verdicts_table("what", [(_PLURAL[kind], audit.of_kind(kind)) for kind in audit.kinds])


def found_of(counts: Counts) -> str:
    """Return the share of planted errors that were called wrong."""
    return share(counts.wrong, counts.total)


def planted_table(audit: Audit) -> str:
    """Return what planted errors were called, by kind; "" if there were none."""
    rows: list[tuple[str, Counts]] = [*audit.planted.items(), ("all", audit.all_planted)]
    cells = [(name, c.total, c.wrong, c.doubtful, c.right, found_of(c)) for name, c in rows]
    header = (
        "planted error",
        "number",
        "called wrong",
        "called doubtful",
        "called right",
        "share called wrong",
    )
    return table(header, cells, numbers=True) if audit.planted else ""


def summary(audit: Audit) -> Iterator[str]:
    """Yield what was found, in lines for people."""
    for kind in audit.kinds:
        c = audit.of_kind(kind)
        yield f"{_PLURAL[kind]}: {c.total} audited, {c.right} right, {c.doubtful} doubtful, {c.wrong} wrong"
    planted = audit.all_planted
    if planted.total:
        yield f"planted errors: {planted.wrong} of {planted.total} called wrong, {planted.doubtful} doubtful"


def since(audited: Mapping[Any, object], now: Mapping[Any, object]) -> dict[str, int]:
    """Return how many audited labels are as they were, have changed or gone, and how many are new."""
    same = sum(now.get(name) == value for name, value in audited.items())
    new = sum(name not in audited for name in now)
    return {"as audited": same, "changed": len(audited) - same, "new": new}
