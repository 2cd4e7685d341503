"""What a release holds, as far as its words and figures are made of it: never a text, never a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parley.model.annotators import Annotator
from parley.model.ontology import Ontology
from parley.release.batches import Scheme
from parley.release.card.counts import Tally
from parley.release.data.articles import Outline
from parley.release.data.shards import Size

Sizes = Mapping[str, Mapping[str, Size]]  # config → split → size


@dataclass(frozen=True)
class Content:
    """The articles and their places, the counts over them, and what holds for all."""

    outline: Outline
    tally: Tally
    scheme: Scheme

    @property
    def ontology(self) -> Ontology:
        """The annotation scheme."""
        return self.scheme.ontology

    @property
    def makers(self) -> list[Annotator]:
        """Who made the published labels: the layers' annotators, for gold those it was made from."""
        return [a for name, a in self.scheme.annotators.items() if name in self.tally.makers]
