"""What a corpus folder adds to its release on the page: of adjudication, of seeds, and the guidelines."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from parley.adjudication.ledger import RELATION, SPAN, decode_ledger
from parley.corpus.corpus import Corpus
from parley.model.documents import Document
from parley.model.paths import CorpusPaths
from parley.seeds.cleaning import Rules
from parley.seeds.manifest import NumberedRow, decode_seed, read_pin, read_rows


class Note(NamedTuple):
    """What a lead decided on a label. into: the published label it became, "" if none."""

    decision: str
    reason: str
    note: str
    lead: str
    into: str


@dataclass(frozen=True)
class Extras:
    """What is known beside a release; empty without a corpus folder.

    notes: by doc_id, then by "" and the id of a published label, or annotator and id of what that one gave.
    guidelines: in Markdown. rows: of the manifest, by doc_id. adjudicated: the annotators of the ledger.
    compared: of annotators who are only compared with gold, what the comparison tells.
    """

    notes: dict[str, dict[tuple[str, str], Note]] = field(default_factory=dict)
    guidelines: str = ""
    paths: CorpusPaths | None = None
    rows: dict[str, NumberedRow] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    adjudicated: set[str] = field(default_factory=set)
    compared: dict[str, str] = field(default_factory=dict)

    def seeds(self, doc_ids: Iterable[str]) -> dict[str, tuple[Document, str]]:
        """Return articles with their raw text. One that cannot be read is left out: validation names it."""
        rows = [self.rows[name] for name in doc_ids if name in self.rows]
        if not self.paths:
            return {}
        found, _ = read_rows(self.paths, rows, self.rules)
        read = self.paths.reader(self.paths.seeds)
        pins = [read_pin(read, one.file, one.seed_sha256) for one in found]
        raw = [decode_seed(read(one.file), pin) for one, pin in zip(found, pins, strict=True)]
        return {one.doc_id: (one, text) for one, text in zip(found, raw, strict=True)}


def read_extras(corpus: Corpus) -> Extras:
    """Return what a corpus folder adds. Raises DataFaults if a file that it reads is malformed."""
    paths = corpus.paths
    guidelines = paths.read(paths.guidelines).decode(errors="replace") if paths.guidelines.is_file() else ""
    extras = Extras({}, guidelines, paths, {}, corpus.rules)
    extras.rows.update({row["doc_id"]: (number, row) for number, row in corpus.manifest.rows})
    extras.compared.update({a.name: a.compared for a in corpus.annotators.values() if a.compared})
    if os.path.lexists(paths.ledger):
        for row in decode_ledger(corpus.read(paths.ledger, "ledger-malformed")):
            if row.kind not in (SPAN, RELATION):
                continue
            extras.adjudicated.update(row.who)
            if row.decision == "agreed":
                continue
            note = Note(row.decision, row.reason, row.note, row.adjudicator, row.gold_id)
            own = extras.notes.setdefault(row.doc_id, {})
            own |= {(name, row.label_id): note for name in row.who}
            if row.gold_id:
                own["", row.gold_id] = note
    return extras
