"""Parts of the page: the articles that one process turns into shards at once, and what is counted in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from parley.explorer.extras import Extras
from parley.explorer.index import Combination
from parley.explorer.statements import CONFIGS
from parley.model.ontology import Ontology

ARTICLES = "articles"
SPANS, RELATIONS, REJECTS, COMPARED = LABELS = "spans", "relations", "rejects", "compared"
TABLES = (*LABELS, *CONFIGS)

Row = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """Articles that a process turns into shards at once: those of one file of the release.

    number: among the parts. file: its name, the same in each config.
    """

    number: int
    split: str
    file: str


@dataclass(frozen=True)
class Task:
    """What the parts of a page have in common. withheld: whether no words of the articles are written.

    adjudicated: the annotators whose labels were; empty if nothing tells.
    """

    release: Path
    ontology: Ontology
    out: Path
    folders: int
    withheld: bool
    extras: Extras
    adjudicated: frozenset[str]

    def is_compared(self, annotator: str) -> bool:
        """Say whether an annotator's labels were only compared with the published ones, not adjudicated."""
        return annotator not in self.adjudicated if self.adjudicated else annotator in self.extras.compared


@dataclass
class PartCounts:
    """What was counted in a part, for the page's first view and its entities.

    compared: annotators whose labels were not adjudicated.
    """

    articles: int = 0
    rows: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(TABLES, 0)))
    labels: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in LABELS})
    decisions: Counter[str] = field(default_factory=Counter)
    events: dict[str, tuple[int, str, str]] = field(default_factory=dict)  # articles, first and last day
    publishers: Counter[str] = field(default_factory=Counter)
    mentions: Counter[str] = field(default_factory=Counter)
    documents: Counter[str] = field(default_factory=Counter)
    compared: set[str] = field(default_factory=set)
    first: str = ""  # doc_id of the first article
    dated: int = 0
    documents_of: dict[str, list[Any]] = field(  # of each article, what it is found by
        default_factory=lambda: {name: [] for name in ("doc_id", "event", "publisher", *TABLES)}
    )
    parts: list[int] = field(default_factory=list)  # articles of each
    combinations: dict[str, list[Counter[Combination]]] = field(  # of each part
        default_factory=lambda: {name: [] for name in TABLES}
    )
    dimensions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # of an entity: `>name` leads from it, `<name` to it
    roles: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, other: PartCounts) -> None:
        """Add what was counted in another part."""
        self.articles += other.articles
        self.first = self.first or other.first
        self.dated += other.dated
        self.dimensions = other.dimensions
        for name, mine in vars(self).items():
            if name not in ("dimensions", "events"):
                _add(mine, getattr(other, name))
        for event, (articles, first, last) in other.events.items():
            self._event(event, articles, first, last)

    def article(self, row: Row) -> None:
        """Count an article."""
        self.articles += 1
        self.first = self.first or row["doc_id"]
        self.publishers[row["publisher"] or ""] += 1
        day = (row["published"] or "")[:10]
        self._event(row["event"] or "", 1, day, day)

    def _event(self, event: str, articles: int, first: str, last: str) -> None:
        mine = self.events.get(event, (0, "", ""))
        days = [day for day in (mine[1], first) if day]
        self.events[event] = mine[0] + articles, min(days, default=""), max(mine[2], last)


def _add(mine: Any, theirs: Any) -> None:  # noqa: ANN401 - counts, lists, sets, and dictionaries of them
    if isinstance(mine, Counter | set):
        mine.update(theirs)
    elif isinstance(mine, list):
        mine += theirs
    elif isinstance(mine, dict):
        for name, some in theirs.items():
            _add(mine.setdefault(name, type(some)()), some)
