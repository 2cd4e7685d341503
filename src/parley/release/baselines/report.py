"""baselines.json: what plain models found in the labels of one content hash, and its tables for readers.

    {"content_sha256", "figures": {"articles", "folds", "spans", "relations", "far"}, "sha256"}

Scores are counts, `[right, found, there]`, so that any measure can be computed. Keys are sorted. `sha256` is
that of the rest: a figure that was written by hand is refused.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault
from parley.release import measured
from parley.release.baselines.articles import Score
from parley.release.baselines.spans import ALL, MODELS, PARTS, SEEN, TOGETHER, UNSEEN
from parley.release.measured import Measured
from parley.runtime.markdown import table

_ROWS = {ALL: "all", SEEN: "words seen in training", UNSEEN: "words not seen"}

Counts = tuple[int, int, int]  # right, found, there


class Spans(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model found of spans: by part (all, seen, unseen) and by label."""

    parts: dict[str, Counts]
    labels: dict[str, Counts]


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was measured. folds: how often one was left out. spans: by model. far: relations beyond reach."""

    articles: int
    folds: int
    spans: dict[str, Spans]
    relations: dict[str, Counts]
    far: dict[str, int]


class Baselines(Measured, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Figures with the content hash of the labels that they were measured on."""

    figures: Figures


def read_baselines(corpus: Corpus) -> Baselines | None:
    """Return what a corpus' baselines.json says, None without that file.

    Raises DataFaults if it is not what `measured.encode` wrote, of the models that there are.
    """
    path = corpus.paths.baselines
    found = measured.read(corpus, path, Baselines, "baselines-malformed")
    if found and set(found.figures.spans) != set(MODELS):
        file = corpus.paths.relative(path)
        what = f"it has other models than {', '.join(MODELS)}"
        raise DataFaults([Fault("baselines-malformed", file, what, file)])
    return found


def baselines_faults(corpus: Corpus, content_sha256: str) -> list[Fault]:
    """Return a fault if baselines.json was measured on other labels than those of a content hash."""
    found = corpus.derived(read_baselines)
    return measured.stale(corpus, corpus.paths.baselines, found, content_sha256, "baselines-stale")


def spans_table(figures: Figures, *, by_label: bool = True) -> str:
    """Return F1 of each model as Markdown: of all spans, those seen and unseen, and each label if asked."""
    rows = []
    for part in PARTS:
        scores = [Score(*figures.spans[model].parts[part]) for model in MODELS]
        rows.append((_ROWS[part], scores[0].there, *(f"{score.f1:.2f}" for score in scores)))
    for label in figures.spans[TOGETHER].labels if by_label else ():
        scores = [Score(*figures.spans[model].labels[label]) for model in MODELS]
        if scores[0].there:
            rows.append((f"`{label}`", scores[0].there, *(f"{score.f1:.2f}" for score in scores)))
    return table(("spans", "number", *(f"{model}, F1" for model in MODELS)), rows, numbers=True)


def relations_table(figures: Figures) -> str:
    """Return precision, recall and F1 of each relation, and of all, as Markdown."""
    scores = {f"`{name}`": Score(*counts) for name, counts in figures.relations.items()}
    rows = [("all", total(figures.relations)), *((n, one) for n, one in scores.items() if one.there)]
    shown = [
        (name, one.there, f"{one.precision:.2f}", f"{one.recall:.2f}", f"{one.f1:.2f}") for name, one in rows
    ]
    return table(("relations", "number", "precision", "recall", "F1"), shown, numbers=True)


def best(figures: Figures) -> str:
    """Return the model that finds spans best, by F1 of all."""
    return max(MODELS, key=lambda model: Score(*figures.spans[model].parts[ALL]).f1)


def span_f1(figures: Figures) -> dict[str, str]:
    """Return F1 of the best model by label, of all spans under `ALL`; of labels that there are."""
    scores = figures.spans[best(figures)]
    counts = {ALL: scores.parts[ALL], **scores.labels}
    return {name: f"{Score(*some).f1:.2f}" for name, some in counts.items() if some[2]}


def relation_f1(figures: Figures) -> dict[str, str]:
    """Return F1 by relation, of all relations under `ALL`; of those that there are."""
    scores = {ALL: total(figures.relations)} | {n: Score(*some) for n, some in figures.relations.items()}
    return {name: f"{one.f1:.2f}" for name, one in scores.items() if one.there}


def total(scores: Mapping[str, Counts]) -> Score:
    """Return the score of several labels together (micro)."""
    right, found, there = (sum(column) for column in zip(*scores.values(), strict=True))
    return Score(right, found, there)
