"""Where things stand in a corpus folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from parley.faults import UsageError


@dataclass(frozen=True)
class CorpusPaths:
    """A corpus folder: seeds/, annotation/, validation/, dataset/ below one root."""

    root: Path

    @classmethod
    def at(cls, root: Path) -> CorpusPaths:
        """Return the corpus at `root`.

        Raises UsageError where the folder holds no ontology.
        """
        corpus = cls(root.resolve())
        if not corpus.ontology.is_file():
            raise UsageError(
                f"{root} is no corpus folder: it has no annotation/ontology.toml",
                "name the folder that holds seeds/ and annotation/ with --root",
            )
        return corpus

    @property
    def seeds(self) -> Path:
        """The articles byte for byte, with manifest.csv and cleaning.toml."""
        return self.root / "seeds"

    @property
    def annotation(self) -> Path:
        """What people decide."""
        return self.root / "annotation"

    @property
    def validation(self) -> Path:
        """The Great Expectations project."""
        return self.root / "validation"

    @property
    def dataset(self) -> Path:
        """The published dataset repository."""
        return self.root / "dataset"

    @property
    def build(self) -> Path:
        """Scratch space; may be deleted at any time."""
        return self.root / "build"

    @property
    def manifest(self) -> Path:
        """One row an article."""
        return self.seeds / "manifest.csv"

    @property
    def cleaning(self) -> Path:
        """The cleaning rules."""
        return self.seeds / "cleaning.toml"

    @property
    def ontology(self) -> Path:
        """The one place where labels are defined."""
        return self.annotation / "ontology.toml"

    @property
    def entities(self) -> Path:
        """The entities that mentions point at."""
        return self.annotation / "entities.csv"

    @property
    def annotators(self) -> Path:
        """Who labels: pseudonym, kind, note."""
        return self.annotation / "annotators.csv"

    @property
    def preannotation(self) -> Path:
        """The rules that propose labels; a corpus may have none."""
        return self.annotation / "preannotation.toml"

    @property
    def label_config(self) -> Path:
        """The generated Label Studio labelling config."""
        return self.annotation / "label_config.xml"

    @property
    def guidelines(self) -> Path:
        """How to decide."""
        return self.annotation / "guidelines.md"

    @property
    def labels(self) -> Path:
        """Label files, one folder an annotator."""
        return self.annotation / "labels"

    @property
    def gold(self) -> Path:
        """Adjudicated label files."""
        return self.annotation / "gold"

    @property
    def ledger(self) -> Path:
        """Every adjudication decision."""
        return self.annotation / "ledger.csv"

    @property
    def agreement(self) -> Path:
        """The measured agreement, JSON."""
        return self.annotation / "agreement.json"

    def relative(self, path: Path) -> str:
        """Return `path` as written in faults: relative to the root, with forward slashes."""
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()
