"""What the words and figures of a release are computed from: never a text, never a label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parley.model.annotators import Annotator
from parley.model.batch import GOLD
from parley.release.data.counts import Counts
from parley.release.data.schema import FINGERPRINTS, Config
from parley.release.data.shards import Sizes
from parley.release.inputs import Inputs, Settings


@dataclass(frozen=True)
class Content:
    """What a release has. sizes: of the configs that it has. agreement: as agreement.json, or empty."""

    settings: Settings
    inputs: Inputs
    configs: Mapping[str, Config]
    counts: Counts
    sizes: Sizes
    agreement: Mapping[str, Any]
    content_sha256: str

    @property
    def makers(self) -> list[Annotator]:
        """Who made the published labels: the layers' annotators, for gold those it was made from too."""
        return [a for name, a in self.inputs.annotators.items() if name in self.counts.makers]

    @property
    def is_gold(self) -> bool:
        """Whether the labels were adjudicated."""
        return self.inputs.labels == GOLD

    @property
    def is_withheld(self) -> bool:
        """Whether it goes without the articles' text."""
        return FINGERPRINTS in self.sizes
