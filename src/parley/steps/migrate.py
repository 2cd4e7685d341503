"""Migrate: a corpus from one scheme to the next, by a plan, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from parley.adjudication.gold import account, gold_layer, read_ledger
from parley.adjudication.ledger import DOCUMENT, Row, by_article, encode_ledger
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, check, visible
from parley.migration.files import lines_naming, migrated_entities, migrated_rules
from parley.migration.labels import Account, Migrated, Migrator, migrated_ledger, with_items
from parley.migration.names import Names
from parley.migration.plan import Plan, read_plan
from parley.migration.scheme import migrated_ontology, ontology_faults, order_kept
from parley.model.labels import Layer, decode_layer, encode_layer, layer_paths
from parley.model.ontology import Ontology
from parley.model.ontology_file import decode_ontology
from parley.runtime.files import replacing
from parley.runtime.many_files import flush_tree
from parley.steps.derive import derive

_LINES = 12  # of a list that is shown
_WORDS = 32  # characters of an example


@dataclass
class Report:
    """What a migration does. changed: files; read: what people must read; major: class numbers that moved."""

    before: str
    after: str
    account: Account
    changed: list[str] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    major: list[str] = field(default_factory=list)
    written: bool = False

    def lines(self) -> Iterator[str]:
        """Yield the report for a terminal."""
        nothing = "" if self.written else ": what it would do; nothing is written"
        yield f"{self.before} → {self.after}{nothing}"
        width = max(map(len, self.account.changes), default=0)
        for what, number in sorted(self.account.changes.items()):
            examples = ", ".join(f"“{visible(shortened(one))}”" for one in self.account.examples[what])
            yield f"  {what:<{width}} {number:6}   {examples}"
        if not self.account.changes:
            yield "  no label changes"
        yield from self._listed(
            "no rule decides", [f"{visible(o.where)}: {o.what}" for o in self.account.open]
        )
        yield from self._listed("people must read or decide", self.read)
        if self.major:
            yield "class numbers mean something else, so the next release is major: " + "; ".join(self.major)
        else:
            yield "class numbers stay: no name was taken away before another"
        yield f"{len(self.changed)} files {'changed' if self.written else 'would change'}"
        yield "next: `parley agreement`, `parley baselines`, `parley audit` again, as labels have changed;"
        yield "then raise `version` in release.toml, and `parley publish`"

    def _listed(self, title: str, entries: list[str]) -> Iterator[str]:
        if entries:
            yield f"{title} ({len(entries)}):"
            yield from (f"  {entry}" for entry in entries[:_LINES])
            if len(entries) > _LINES:
                yield f"  … and {len(entries) - _LINES} more; all are in build/migration.txt"


def migrate(corpus: Corpus, file: Path, *, dry_run: bool) -> Report:
    """Carry out the plan in a file, or say what it would do.

    Raises DataFaults, with nothing written, for all that is wrong with the plan, for labels that a split
    leaves undecided without saying what becomes of them, and for a corpus whose ledger does not account for
    its labels.
    """
    plan = read_plan(file, corpus.ontology, corpus.entities, corpus.paths.limits)
    made = _Migration(corpus, plan, file)
    report = made.report()
    if not dry_run:
        _write(corpus, made.files)
        report.changed += [corpus.paths.relative(path) for path in derive(corpus.paths)]
        report.written = True
    return report


class _Migration:
    """The files of a corpus after a plan. files: those that change, with their bytes."""

    def __init__(self, corpus: Corpus, plan: Plan, file: Path) -> None:
        self.corpus, self.plan, paths = corpus, plan, corpus.paths
        self.names = Names(plan, corpus.ontology)
        self.files: dict[Path, bytes] = {}
        self.read: list[str] = []
        self.after = self._ontology(file)
        self.migrator = Migrator(plan, corpus.ontology, self.after)
        layers = {path: self._layer(path) for path in layer_paths(paths)}
        gold = {path: self._layer(path) for path in sorted(paths.gold.glob("*.json"))}
        migrated = {p: self.migrator.migrate(one, paths.relative(p)) for p, one in layers.items()}
        # gold after layers: of its changes only what is open is reported twice
        counted = self.migrator.account.changes.copy()
        of_gold = {p: self.migrator.migrate(one, paths.relative(p)) for p, one in gold.items()}
        if layers:
            self.migrator.account.changes = counted
        self._refuse_undecided(file)
        self._labels(migrated, of_gold)
        # one id may become different ones, or stay, in different articles
        both = (*migrated.values(), *of_gold.values())
        self._others({old for one in both for old, new in one.ids.items() if new != old})
        self._guidelines(file)

    def report(self) -> Report:
        """Return what changes."""
        before, paths = self.corpus.ontology, self.corpus.paths
        changed = [paths.relative(path) for path in self.files]
        moved = order_kept(before, self.after)
        return Report(before.revision, self.after.revision, self.migrator.account, changed, self.read, moved)

    def _ontology(self, file: Path) -> Ontology:
        paths = self.corpus.paths
        if self.plan.ontology:
            data = self._named(file, "ontology")
        else:
            data = migrated_ontology(paths.read(paths.ontology).decode(), self.names).encode()
        after = decode_ontology(data, self.plan.ontology or "the ontology after the plan")
        check(ontology_faults(self.plan, self.corpus.ontology, after, self.names))
        self.files[paths.ontology] = data
        return after

    def _named(self, file: Path, setting: str) -> bytes:
        """Return the bytes of a new file that the plan names, relative to the plan."""
        paths, name = self.corpus.paths, getattr(self.plan, setting)
        place = Path(os.path.normpath(file.parent / name))
        try:
            return paths.read(place) if place.is_relative_to(paths.root) else place.read_bytes()
        except OSError as error:
            what = f"{name} cannot be read: {error.strerror}"
            raise DataFaults([Fault("plan-malformed", f"{file.name} > {setting}", what)])

    def _layer(self, path: Path) -> Layer:
        name = self.corpus.paths.relative(path)
        try:
            return decode_layer(self.corpus.paths.read(path))
        except (OSError, msgspec.DecodeError) as error:
            raise DataFaults([Fault("labels-unreadable", name, str(error), name)])

    def _refuse_undecided(self, file: Path) -> None:
        refused = self.migrator.account.refused
        check(Fault("plan-open", o.where, o.what.partition(":")[0], file.name) for o in refused)

    def _labels(self, layers: dict[Path, Migrated], gold: dict[Path, Migrated]) -> None:
        paths = self.corpus.paths
        for path, one in layers.items():
            self._change(path, encode_layer(one.layer))
        rows = read_ledger(self.corpus)
        if not rows:
            for path, one in gold.items():
                self._change(path, encode_layer(one.layer))
            return
        by_who = {(one.layer.doc_id, one.layer.annotator): one for one in layers.values()}
        after = migrated_ledger(rows, by_who, {one.layer.doc_id: one for one in gold.values()})
        ledger: list[Row] = []
        faults: list[Fault] = []
        for doc_id, own in by_article(after).items():
            head = next(row for row in own if row.kind == DOCUMENT)
            some = [by_who[doc_id, who].layer for who in head.who]
            faults += account(own, some, self.corpus.documents[doc_id])
            ledger += with_items(own, some, self.after)
            self._change(
                paths.gold / f"{doc_id}.json", encode_layer(gold_layer(own, some[0], head.adjudicator))
            )
        check(faults)
        columns = paths.read(paths.ledger).partition(b"\n")[0].decode().split(",")  # older ones have fewer
        self._change(paths.ledger, encode_ledger(ledger, columns))

    def _others(self, changed: Collection[str]) -> None:
        """Change the files beside labels. changed: ids that some label no longer has."""
        paths, names = self.corpus.paths, self.names
        entities, unsure = migrated_entities(paths.read(paths.entities).decode(), names)
        self._change(paths.entities, entities.encode())
        self.read += [f"annotation/entities.csv: {one}" for one in unsure]
        if paths.preannotation.is_file():
            text = paths.read(paths.preannotation).decode()
            rules, rewrite = migrated_rules(text, names)
            self._change(paths.preannotation, rules.encode())
            self.read += [f"annotation/preannotation.toml: {one}" for one in rewrite]
        if paths.waivers.is_file():
            self.read += [
                f"validation/waivers.csv > line {number}: what was {name} changed: write its place anew"
                for number, name in lines_naming(paths.read(paths.waivers).decode(), changed)
            ]
        for name in ("release.toml", "DATASHEET.md"):
            if (paths.root / name).is_file():
                self._mentions(name, paths.read(paths.root / name).decode())

    def _guidelines(self, file: Path) -> None:
        """Put the new guidelines in place, or the new names into the old ones for people to read again."""
        paths = self.corpus.paths
        if self.plan.guidelines:
            self._change(paths.guidelines, self._named(file, "guidelines"))
        elif paths.guidelines.is_file():
            text = self.names.prose(paths.read(paths.guidelines).decode())
            self._change(paths.guidelines, text.encode())
            self._mentions("annotation/guidelines.md", text)

    def _mentions(self, file: str, text: str) -> None:
        self.read += [
            f"{file} > line {n}: `{name}` in “{line[:80]}”" for n, name, line in self.names.mentions(text)
        ]

    def _change(self, path: Path, data: bytes) -> None:
        if not path.is_file() or self.corpus.paths.read(path) != data:
            self.files[path] = data


def _write(corpus: Corpus, files: dict[Path, bytes]) -> None:
    """Put the files in place, all in one step: the folder annotation/ is exchanged for a changed copy."""
    annotation = corpus.paths.annotation
    with replacing(annotation) as staging:
        shutil.copytree(annotation, staging)
        for path, data in files.items():
            place = staging / path.relative_to(annotation)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        flush_tree(staging)


def shortened(words: str) -> str:
    """Return the beginning of words that are many."""
    return words if len(words) <= _WORDS else f"{words[:_WORDS].rstrip()} …"


def full_list(report: Report) -> str:
    """Return all that is open or to be read, a line each: what the report cuts off."""
    some = [f"{o.where}: {o.what}" for o in report.account.open]
    return "".join(f"{line}\n" for line in (*some, *report.read))
