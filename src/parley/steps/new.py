"""New: a corpus folder that runs at once, with a sample text, from templates of the wheel."""

from __future__ import annotations

import datetime
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from parley import __version__
from parley.corpus.corpus import Corpus
from parley.faults import UsageError, control_character
from parley.model.labels import layer_path, write_layer
from parley.model.paths import CorpusPaths, sound_name
from parley.preannotation.proposals import proposer
from parley.runtime.files import replacing, write_whole
from parley.runtime.markdown import templates
from parley.runtime.schema import toml_string
from parley.seeds.manifest import with_rows
from parley.steps.derive import derive

SAMPLE = "sample"  # the article; its labels are what the rules propose
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*")
_TEMPLATES = {  # place in the folder → template; a template's name has no dot at its beginning
    "README.md": "README.md",
    "requirements.txt": "requirements.txt",
    "release.toml": "release.toml",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    ".github/workflows/data.yml": "data.yml",
    f"seeds/{SAMPLE}.txt": "sample.txt",
    "seeds/cleaning.toml": "cleaning.toml",
    "seeds/.gitattributes": "gitattributes",
    "annotation/ontology.toml": "ontology.toml",
    "annotation/guidelines.md": "guidelines.md",
    "annotation/entities.csv": "entities.csv",
    "annotation/annotators.csv": "annotators.csv",
    "annotation/preannotation.toml": "preannotation.toml",
}


@dataclass(frozen=True)
class NewCorpus:
    """What a new corpus is asked about. name: of files and of the dataset. language: of its articles."""

    name: str
    title: str
    author: str = "The authors"
    language: str = "en"

    def __post_init__(self) -> None:
        """Refuse what its files cannot hold: raise UsageError."""
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", self.name):
            what = f"{self.name!r} is not a name of a dataset"
            raise UsageError(what, "use letters from a to z, digits, `_`, `-` and `.`")
        try:
            sound_name(self.name)
        except ValueError as error:
            raise UsageError(str(error), "choose another name")
        if not _LANGUAGE.fullmatch(self.language):
            raise UsageError(
                f"{self.language!r} is not a language tag", "write it as BCP 47 does: en, de, pt-BR, zh-Hant"
            )
        for text in (self.title, self.author):
            if not text.strip() or control_character(text) or "\n" in text:
                raise UsageError(f"{text!r} is not a title or name", "write one line of text")


def suggested(folder: Path) -> NewCorpus:
    """Return the answers that a folder's name suggests."""
    name = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-") or "corpus"
    return NewCorpus(name, name.replace("-", " ").capitalize())


def refuse_used(folder: Path) -> None:
    """Raise UsageError if something is in the folder already; a repository without files is nothing."""
    if folder.is_dir():
        there = sorted(path.name for path in folder.iterdir() if path.name != ".git")
        if there:
            what = f"{folder} is not empty: there is {', '.join(there[:3])}{' …' if len(there) > 3 else ''}"
            raise UsageError(what, "name a folder that does not exist yet, or an empty one")
    elif folder.is_symlink() or folder.exists():
        raise UsageError(f"{folder} is not a folder", "name one that does not exist yet")


def new(folder: Path, beginning: NewCorpus) -> list[str]:
    """Write a corpus into a folder, whole or not at all; return the places of its files, in order.

    Raises UsageError if something is in the folder already.
    """
    refuse_used(folder)
    with replacing(folder.resolve()) as staging:
        _write(staging, beginning)
        written = [
            path.relative_to(staging).as_posix() for path in sorted(staging.rglob("*")) if path.is_file()
        ]
        if folder.is_dir():  # somebody's shell may be in it: it is filled, not replaced
            for path in list(staging.iterdir()):
                path.rename(folder / path.name)
            staging.rmdir()
    return written


def _write(root: Path, beginning: NewCorpus) -> None:
    rendered = templates("parley.steps")
    rendered.filters["quoted"] = toml_string
    answers = {
        "name": beginning.name,
        "title": beginning.title,
        "author": beginning.author,
        "languages": sorted({"en", beginning.language}),  # the sample is English
        "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        "version": __version__,
    }
    for place, template in _TEMPLATES.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, rendered.get_template(f"{template}.j2").render(answers).encode())
    paths = CorpusPaths(root)
    seed = paths.seeds / f"{SAMPLE}.txt"
    row = {
        "doc_id": SAMPLE,
        "file": seed.name,
        "sha256": hashlib.sha256(seed.read_bytes()).hexdigest(),
        "title": "The library of Lindholm",
        "publisher": "",
        "published": "",
        "event": "library-of-lindholm",
        "language": "en",
        "rights": "invented; free for any use",
    }
    write_whole(paths.manifest, with_rows(b"", [row]))
    corpus = Corpus(paths)
    (layer,) = proposer(corpus).layers(corpus.documents.values())
    write_layer(layer_path(paths, layer.annotator, SAMPLE), layer)
    derive(paths)
