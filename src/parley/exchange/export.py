"""Export: articles and labels of a source in another format, with the account of what that lost."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from parley.exchange import brat, cas, conll, docred, dygie, gliner, spacy, w3c
from parley.exchange.articles import Article, Part, Source
from parley.exchange.loss import Account, compared
from parley.faults import UsageError
from parley.model.ontology import Ontology
from parley.runtime.engine import Engine
from parley.runtime.files import replacing
from parley.runtime.many_files import flush_tree

LOSS = "loss.json"


class Format(Protocol):
    """A module of this folder: one format, written and read.

    SUFFIX: of the file that has a part's articles, "" if they are files in a folder.
    """

    SUFFIX: str

    def write(self, articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
        """Write articles as one file, or as files in one folder."""

    def read(self, place: Path, ontology: Ontology) -> Iterator[Article]:
        """Yield the articles of what `write` or another tool wrote at a place, in their order."""


FORMATS: dict[str, Format] = {
    "brat": brat,
    "spacy": spacy,
    "conll": conll,
    "dygie": dygie,
    "gliner": gliner,
    "docred": docred,
    "cas": cas,
    "w3c": w3c,
}
# write what a format has of an annotation scheme into the folder that has the parts
SCHEMES = {"brat": brat.write_scheme, "docred": docred.write_scheme, "cas": cas.write_scheme}


@dataclass(frozen=True)
class Exporter:
    """Writes a part, reads it back and says what is lost."""

    format: str
    folder: Path
    ontology: Ontology

    def __call__(self, part: Part) -> Account:
        """Return the account of a part, which is written."""
        module = FORMATS[self.format]
        place = self.folder / f"{part.name}{module.SUFFIX}"
        module.write(part.articles(), place, self.ontology)
        account = Account()
        found = _Found(module.read(place, self.ontology))
        for before in part.articles():
            account.add(compared(before, found.of(before.doc_id)))
        if account.changed or found.rest():
            what = [*account.changed, *found.rest()][:3]
            raise AssertionError(f"{place.name} has what {self.format} was not given: {what}")
        return account


class _Found:
    """Articles read back, by name, in whatever order a format keeps them; without a name, in theirs."""

    def __init__(self, read: Iterator[Article]) -> None:
        self._read = read
        self._waiting: dict[str, Article] = {}

    def of(self, doc_id: str) -> Article | None:
        """Return an article, None if it is not there."""
        while doc_id not in self._waiting and (one := next(self._read, None)):
            if not one.doc_id:
                return one
            self._waiting[one.doc_id] = one
        return self._waiting.pop(doc_id, None)

    def rest(self) -> list[str]:
        """Return the names of articles that nobody asked for."""
        return [*self._waiting, *(one.doc_id for one in self._read)]


def export(source: Source, format: str, out: Path, engine: Engine) -> Account:
    """Write a source in a format into a folder, whole or not at all; return what that lost.

    out: is made, and replaced only if it is an export. Raises UsageError if something else is there; as the
    source does; and ModuleNotFoundError if the format needs a package of the extra `formats`.
    """
    if out.exists() and not (out / LOSS).is_file() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            f"{out} is there and is not an export", "name a folder that does not exist with --out"
        )
    account = Account()
    with replacing(out) as staging:
        staging.mkdir(parents=True)
        if format in SCHEMES:
            SCHEMES[format](staging, source.ontology)
        for done in engine.map(
            Exporter(format, staging, source.ontology), source.parts, f"exporting {format}"
        ):
            account.add(done)
        if not account.given:
            raise UsageError(
                f"there are no labels in {source.title}", "name another --annotator or --release"
            )
        about = {"format": format, "source": source.title, "ontology": source.ontology.revision}
        text = json.dumps(about | account.as_json(), ensure_ascii=False, indent=1)
        (staging / LOSS).write_text(f"{text}\n", encoding="utf-8")
        flush_tree(staging)
    return account
