"""What can be made again must be what stands there; what is kept apart must stay apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from parley.corpus.corpus import Corpus
from parley.faults import Fault
from parley.model.documents import Document
from parley.model.paths import CorpusPaths
from parley.runtime.engine import Cores
from parley.seeds.near_duplicates import near_duplicates


def gold_faults(corpus: CorpusPaths) -> list[Fault]:
    """Return a fault for each gold file that is not what layers and ledger give, and for each ledger row."""
    find = _step("parley.adjudication.gold", "gold_faults")
    return list(find(Corpus(corpus))) if find else []


def release_faults(corpus: CorpusPaths) -> list[Fault]:
    """Return what is wrong with the published files themselves."""
    verify = _step("parley.release.verify", "verify")
    if verify is None or not (corpus.dataset / "data").is_dir():
        return []
    return list(verify(Corpus(corpus)))


def near_duplicate_faults(documents: Iterable[Document], manifest: str) -> list[Fault]:
    """Return a fault for each pair of near-duplicate texts that could be parted by the splits.

    Splits keep the articles of one event together; near duplicates have to be of one event, so that no split
    holds what another was trained on. manifest: the file the fault is shown in.
    """
    by_id = {d.doc_id: d for d in documents}
    faults = []
    for first, second, _ in near_duplicates([_Texts(by_id)], Cores(1)):
        events = by_id[first].event, by_id[second].event
        if events[0] != events[1] or not events[0]:
            what = f"its text is nearly that of {second}, its event {events[0]!r} is not {events[1]!r}"
            faults.append(Fault("split-leak-text", first, what, manifest))
    return faults


@dataclass(frozen=True)
class _Texts:
    """The articles, as `near_duplicates` loads them."""

    documents: Mapping[str, Document]

    @property
    def doc_ids(self) -> Sequence[str]:
        return list(self.documents)

    def __len__(self) -> int:
        return len(self.documents)

    def load_texts(self) -> dict[str, str]:
        return {name: document.text for name, document in self.documents.items()}


def _step(module: str, name: str) -> Callable[..., Any] | None:
    """Return a function of a later station, or None in an installation that leaves the station out."""
    parent = module.rpartition(".")[0]
    if find_spec(parent) is None or find_spec(module) is None:
        return None
    step: Callable[..., Any] = getattr(import_module(module), name)
    return step
