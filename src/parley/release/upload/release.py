"""A published release on its way to the Hub or to any git remote, as one commit and a tag.

Both ways begin with the same question: is dataset/ whole, is its version free or already
there with the same content, and may its text be seen by whoever can read the destination?
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.release.data.files import read_table
from parley.release.inputs import read_settings
from parley.release.standoff.withhold import write_withheld
from parley.release.verify import verify
from parley.release.versions.history import FILE

BRANCH = "main"


@dataclass(frozen=True)
class Release:
    """A release ready to leave. date: ISO 8601. has_text: whether the articles' text is in it."""

    folder: Path
    name: str
    version: str
    date: str
    has_text: bool

    @property
    def tag(self) -> str:
        """The git tag of the version."""
        return f"v{self.version}"


@dataclass(frozen=True)
class Pushed:
    """Where a release is now. revision: the commit. new: whether anything had to be sent."""

    place: str
    tag: str
    revision: str
    new: bool


def release_of(corpus: Corpus, *, withhold: bool = False) -> Release:
    """Return the release in dataset/. withhold: the same without text, written to build/withheld/.

    Raises UsageError if there is none, DataFaults if it is not what the corpus gives.
    """
    recorded = corpus.paths.dataset / FILE
    if not recorded.is_file():
        raise UsageError(f"nothing is published in {corpus.paths.dataset}", "run `parley publish`")
    check(verify(corpus))
    last = json.loads(recorded.read_text(encoding="utf-8"))["versions"][-1]
    folder = (
        write_withheld(corpus, corpus.paths.build / "withheld").folder if withhold else corpus.paths.dataset
    )
    return Release(
        folder,
        read_settings(corpus).name,
        last["version"],
        last["date"],
        _has_text(folder / "data" / "documents"),
    )


def refuse_public_text(release: Release, place: str, *, public_text: bool) -> None:
    """Refuse to show the articles' text to the public, unless that was said in so many words.

    Raises UsageError.
    """
    if release.has_text and not public_text:
        raise UsageError(
            f"{place} may be read by anybody, and {release.tag} has the articles' text, which is not yours",
            "publish with `parley publish --text withhold`, push to a private repository, "
            "or say --public-text if the publishers allow it",
        )


def tag_taken(place: str, tag: str) -> DataFaults:
    """Return the faults of a tag that exists with other content."""
    return DataFaults(
        [Fault("version-reused", f"{place} > {tag}", "the tag exists there and has other files")]
    )


def _has_text(documents: Path) -> bool:
    return any(
        pc.any(pc.greater(pc.utf8_length(pc.fill_null(read_table(path)["text"], "")), 0)).as_py()
        for path in documents.glob("*.parquet")
    )
