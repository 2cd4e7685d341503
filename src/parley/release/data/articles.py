"""The outline of a release: which articles it has, and where each stands. Small enough to be held whole.

Articles are read in batches for what placing them needs: events, labels, likeness. No text is kept but those
of a corpus so small that every pair is compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from parley.faults import DataFaults, Fault, check
from parley.model.labels import read_layers
from parley.model.paths import CorpusPaths
from parley.release.batches import Scheme
from parley.release.data.splits import Placement, place
from parley.release.settings import Settings
from parley.release.source import makers, published_path, refuse_missing, refuse_unearned_version
from parley.runtime.engine import Engine
from parley.seeds.manifest import Listed, check_manifest, manifest_rows, read_rows
from parley.seeds.near_duplicates import near_duplicates
from parley.seeds.rules import read_rules

_BATCH = 256  # articles surveyed at a time

Pair = tuple[str, str]


@dataclass(frozen=True)
class Outline:
    """The articles of a release in order, as rows of the manifest, and the placement of each."""

    listed: tuple[Listed, ...]
    placement: dict[str, Placement]


@dataclass
class Survey:
    """What a batch of articles tells for placing them, or what is wrong with it.

    labels: by doc_id. leads, makers: as in `Tally`. missing: label files that should be there.
    """

    faults: list[Fault] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    labels: dict[str, frozenset[str]] = field(default_factory=dict)
    leads: set[str] = field(default_factory=set)
    makers: set[str] = field(default_factory=set)


def read_outline(corpus: CorpusPaths, settings: Settings, scheme: Scheme, engine: Engine) -> Outline:
    """Read the manifest, survey the articles and place them.

    Raises DataFaults with all that is wrong with seeds and label files, UsageError where an article has no
    labels or the version has not been earned.
    """
    _, wrong = check_manifest(corpus, read_rules(corpus))
    listed = list(manifest_rows(corpus))
    batches = [listed[begin : begin + _BATCH] for begin in range(0, len(listed), _BATCH)]
    whole = Survey(wrong)
    for one in engine.map(partial(survey, corpus, settings.labels), batches, "reading articles"):
        whole.faults += one.faults
        whole.missing += one.missing
        whole.labels |= one.labels
        whole.leads |= one.leads
        whole.makers |= one.makers
    check(whole.faults)
    refuse_missing(whole.missing)
    refuse_unearned_version(settings, scheme.annotators, whole.leads, whole.makers)
    events = {row["doc_id"]: row["event"] for _, row in listed}
    duplicates = _duplicates(corpus, listed, batches, engine)
    return Outline(tuple(listed), place(events, whole.labels, duplicates))


def survey(corpus: CorpusPaths, labels: str, listed: Sequence[Listed]) -> Survey:
    """Read articles and their published labels. labels: as in release.toml."""
    documents, faults = read_rows(corpus, listed, read_rules(corpus))
    made = Survey(faults)
    paths = [published_path(corpus, labels, row["doc_id"]) for _, row in listed]
    made.missing = [corpus.relative(path) for path in paths if not path.is_file()]
    try:
        layers = read_layers(corpus, [path for path in paths if path.is_file()])
    except DataFaults as found:
        made.faults += found.faults
        return made
    known = {document.doc_id for document in documents}
    for layer in layers:
        if layer.doc_id in known:
            made.labels[layer.doc_id] = frozenset(
                [span.label for span in layer.spans] + [relation.label for relation in layer.relations]
            )
        made.leads.add(layer.annotator)
        made.makers |= makers(layer)
    return made


def _duplicates(
    corpus: CorpusPaths, listed: Sequence[Listed], batches: Sequence[Sequence[Listed]], engine: Engine
) -> list[Pair]:
    """Return the pairs of articles that must stay together."""
    tasks = [_Rows(corpus, tuple(batch)) for batch in batches]
    return [(a, b) for a, b, _ in near_duplicates(tasks, engine)]


@dataclass(frozen=True)
class _Rows:
    """Rows of the manifest, as `near_duplicates` loads them."""

    corpus: CorpusPaths
    listed: tuple[Listed, ...]

    @property
    def doc_ids(self) -> list[str]:
        return [row["doc_id"] for _, row in self.listed]

    def __len__(self) -> int:
        return len(self.listed)

    def load_texts(self) -> dict[str, str]:
        return _texts(self.corpus, self.listed)


def _texts(corpus: CorpusPaths, listed: Sequence[Listed]) -> dict[str, str]:
    documents, faults = read_rows(corpus, listed, read_rules(corpus))
    check(faults)
    return {document.doc_id: document.text for document in documents}
