"""The paths of a corpus folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parley.faults import UsageError


class _Place:
    """A path below the root of a corpus. about: what is there."""

    def __init__(self, place: str, about: str) -> None:
        self._place = place
        self.__doc__ = about

    def __get__(self, paths: CorpusPaths, kind: type) -> Path:
        return paths.root / self._place


@dataclass(frozen=True)
class CorpusPaths:
    """A corpus folder: seeds/, annotation/, validation/, dataset/ below one root."""

    root: Path

    seeds = _Place("seeds", "the articles byte for byte, with manifest.csv and cleaning.toml")
    manifest = _Place("seeds/manifest.csv", "one row an article")
    cleaning = _Place("seeds/cleaning.toml", "the cleaning rules")
    annotation = _Place("annotation", "what people decide")
    ontology = _Place("annotation/ontology.toml", "the one place that defines labels")
    entities = _Place("annotation/entities.csv", "the entities that mentions point at")
    annotators = _Place("annotation/annotators.csv", "who labels: pseudonym, kind, note")
    preannotation = _Place("annotation/preannotation.toml", "the rules that propose labels, if any")
    label_config = _Place("annotation/label_config.xml", "the labelling screen, generated")
    guidelines = _Place("annotation/guidelines.md", "how to decide")
    labels = _Place("annotation/labels", "label files, one folder an annotator")
    gold = _Place("annotation/gold", "adjudicated label files")
    ledger = _Place("annotation/ledger.csv", "every decision of adjudication")
    agreement = _Place("annotation/agreement.json", "the measured agreement")
    validation = _Place("validation", "the Great Expectations project")
    dataset = _Place("dataset", "the published dataset repository")
    build = _Place("build", "scratch space; may be deleted at any time")

    @classmethod
    def at(cls, root: Path) -> CorpusPaths:
        """Return the corpus at `root`. Raises UsageError if the folder has no ontology."""
        paths = cls(root.resolve())
        if not paths.ontology.is_file():
            raise UsageError(
                f"{root} is no corpus folder: it has no annotation/ontology.toml",
                "name the folder that holds seeds/ and annotation/ with --root",
            )
        return paths

    def relative(self, path: Path) -> str:
        """Return `path` as faults name it: relative to the root, with forward slashes."""
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()
