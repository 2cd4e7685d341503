"""Where published labels come from: gold, or one annotator's layer published as it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from parley.faults import UsageError
from parley.model.annotators import Annotator
from parley.model.labels import Layer, layer_path
from parley.model.paths import CorpusPaths
from parley.release.settings import Settings

GOLD = "gold"


def published_path(corpus: CorpusPaths, labels: str, doc_id: str) -> Path:
    """Return the label file that is published of an article. labels: as in release.toml."""
    return corpus.gold / f"{doc_id}.json" if labels == GOLD else layer_path(corpus, labels, doc_id)


def label_paths(corpus: CorpusPaths, doc_id: str) -> list[Path]:
    """Return every annotator's label file of an article, by annotator; gold is not among them."""
    return sorted(corpus.labels.glob(f"*/{doc_id}.json"))


def makers(layer: Layer) -> set[str]:
    """Return who made the labels of a published layer: its annotator, for gold those it was made from too."""
    names = {layer.annotator}
    for span in layer.spans:
        names.update(span.sources)
    for relation in layer.relations:
        names.update(relation.sources)
    return names


def refuse_missing(missing: Iterable[str]) -> None:
    """Raise UsageError where an article has no labels to publish. missing: the label files it should have."""
    named = ", ".join(missing)
    if named:
        raise UsageError(
            f"there are no labels to publish in {named}",
            "adjudicate them (`parley adjudicate`), or name another source with `labels` in release.toml",
        )


def refuse_unearned_version(
    settings: Settings, annotators: Mapping[str, Annotator], leads: Iterable[str], made_by: Iterable[str]
) -> None:
    """Raise UsageError where a version from 1.0 has not been made by people.

    leads: whose name stands on the published layers. made_by: who made their labels.
    """
    if settings.version_parts[0] == 0:
        return
    lead = set(leads)
    humans = {name for name in made_by if name in annotators and annotators[name].kind == "human"}
    led_by_people = all(annotators[name].kind == "human" for name in lead)
    if not (settings.labels == GOLD and len(humans - lead) >= 2 and led_by_people):
        raise UsageError(
            f"version {settings.version} needs gold made by at least two people and adjudicated by one",
            "publish it as 0.x until people have labelled and adjudicated it",
        )
