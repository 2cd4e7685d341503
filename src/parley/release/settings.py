"""What a release is called: release.toml at the root of a corpus, the one place that has the version."""

from __future__ import annotations

import datetime
import tomllib
from typing import Annotated

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault

FILE = "release.toml"


class Licence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of a part of the release. spdx: the licence's name in the SPDX list, if any."""

    part: str
    name: str
    link: str = ""
    note: str = ""
    spdx: str = ""


class Responsible(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say about a release that cannot be computed, for croissant.json.

    The names are those of the Croissant RAI vocabulary 1.0. synthetic_text: whether the articles themselves
    are made up. What is said of the annotators is computed from annotators.csv.
    """

    collection: str = ""
    collection_types: tuple[str, ...] = ()
    missing_data: str = ""
    raw_data: str = ""
    preprocessing: tuple[str, ...] = ()
    annotation_platforms: tuple[str, ...] = ()
    use_cases: tuple[str, ...] = ()
    biases: tuple[str, ...] = ()
    social_impact: str = ""
    personal_information: tuple[str, ...] = ()
    maintenance: str = ""
    synthetic_text: bool = False


_Version = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$")]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people decide about a release; everything else is computed.

    version: semantic. date: of the release, ISO 8601. labels: `gold`, or the name of the annotator whose
    layer is published as it is. repository: the usual name on the Hub. summary: Markdown for the card.
    faults: what is known to be wrong, a line each. licences: of each part, of what the authors made first.
    """

    name: str
    title: str
    version: _Version
    date: str
    labels: str
    repository: str
    languages: tuple[str, ...]
    summary: str
    authors: tuple[str, ...]
    licences: Annotated[tuple[Licence, ...], msgspec.Meta(min_length=1)]
    keywords: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    responsible: Responsible = Responsible()

    @property
    def licence(self) -> str:
        """The SPDX name of the licence that covers all of it, "" if there is none."""
        return self.licences[0].spdx if len(self.licences) == 1 else ""

    @property
    def url(self) -> str:
        """The page on the Hub."""
        return f"https://huggingface.co/datasets/{self.repository}"

    @property
    def year(self) -> str:
        """Of the release."""
        return self.date[:4]

    @property
    def version_parts(self) -> tuple[int, int, int]:
        """Major, minor, patch."""
        major, minor, patch = self.version.split(".")
        return int(major), int(minor), int(patch)


def read_settings(corpus: Corpus) -> Settings:
    """Return a corpus' release settings, read once.

    Raises DataFaults if release.toml is missing or malformed.
    """
    return corpus.derived(_read)


def _read(corpus: Corpus) -> Settings:
    data = corpus.read(corpus.paths.root / FILE, "release-malformed")
    try:
        settings = msgspec.convert(tomllib.loads(data.decode()), Settings)
        datetime.date.fromisoformat(settings.date)
    except (ValueError, msgspec.ValidationError) as error:  # a TOML error is a ValueError
        raise DataFaults([Fault("release-malformed", FILE, str(error), FILE)])
    return settings
