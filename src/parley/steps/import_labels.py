"""Import: labels of another tool's files as annotators' label files, each label accounted for.

Articles are taken one by one. Their layers wait in a file until all are read and every name is
known; then they become label files, all or none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.exchange.articles import Article, Lost
from parley.exchange.foreign_files import HINTS, read_files
from parley.exchange.import_report import ImportReport, Report
from parley.exchange.jsonl import OFFSETS, on_text
from parley.exchange.label_studio import LEAD_TIME, UPDATED, read_projects
from parley.exchange.names import LEFT_OUT, Names, shown
from parley.exchange.project_map import ProjectMap, chosen_fields, read_map, suggested
from parley.exchange.recognition import Recognition
from parley.exchange.studio_survey import survey
from parley.exchange.transfer import Passage, Transfer, transferred
from parley.faults import Fault, UsageError, check
from parley.label_studio.export.limits import LIMITS
from parley.label_studio.export.limits import Limits as ExportLimits
from parley.label_studio.export.people import Whose, check_people, listed_names
from parley.model.documents import Document
from parley.model.labels import Layer, in_order, layer_if_sound, layer_path, same_labels
from parley.model.waiting_layers import Key, WaitingLayers
from parley.runtime.counts import counted
from parley.runtime.files import write_whole, writing_whole
from parley.runtime.many_files import write_many
from parley.runtime.progress import bar

FOLDER = "import"  # in build/: what became of each label, a file an annotator
STUDIO = "label-studio"  # the format that says itself whose labels it has
PEOPLE = "jsonl"  # a format that may say whose
NO_ARTICLE = "of an article that the corpus does not have"
_GOLD_ALONE = "of gold only"  # no annotator's label files say how a label was decided
_SHOWN = 40  # characters of an article without a name
_SEARCHED = 100  # unknown articles for which the corpus is searched
_HALF = 0.5  # of a field's values, that must be names of articles


def import_labels(
    corpus: Corpus,
    format: str,
    given: Iterable[Path],
    annotator: Whose,
    *,
    names: Iterable[str] = (),
    replace: bool = False,
    project: Path | None = None,
    limits: ExportLimits = LIMITS,
) -> ImportReport:
    """Write the labels of files as label files of annotators, all or none.

    annotator: whose they are; of a project of Label Studio a name for each person. names: of the files, as
    the ontology has them (`Names.given`). replace: label files that have other labels are written over.
    project: the mapping file of a project of Label Studio. limits: of its export. What is lost, and articles
    that the corpus does not have, are in what is returned, the latter as faults. Raises DataFaults with every
    file that cannot be read, every name that the ontology does not have and every article that is there
    twice, UsageError for a wrong call, or if label files would be written over.
    """
    plan = read_map(project, corpus.paths.limits.file) if project else ProjectMap()
    whose = annotator or plan.whose
    annotators = listed_names(whose, corpus.annotators)
    known = Names.given(corpus.ontology, names, plan.names, plan.value_names)
    report = corpus.paths.build / FOLDER / f"{'+'.join(annotators)}.csv"
    wrong, done = list[Fault](), ImportReport(report)
    if format == STUDIO:
        found = read_projects(given, known, whose, plan, limits=limits, done=done)
    elif whose and (isinstance(whose, str) or format == PEOPLE):
        found = read_files(format, given, corpus.ontology, corpus.paths.limits.file, wrong)
    else:
        raise UsageError(f"whose labels files of {format} are is not in them", "name one --annotator NAME")
    with writing_whole(report) as file:
        layers = WaitingLayers(corpus.numbers)
        intake = _Intake(corpus, known, layers, Report(file), done, wrong, HINTS.get(format, ""))
        for name, article in found:
            intake.take(name, article, article.annotator or _name_of(name, article, whose, done))
        check_people(done.people)
        check([*wrong, *known.faults()])
        if not (done.account.of("articles")[0] or done.beside or done.pulled.faults):
            raise UsageError("there is no article in what was named", "look whether it is the right file")
        done.unmet = known.unmet()
        done.account.settle()
        _write_layers(corpus, layers, done, replace=replace)
    return done


def _write_layers(corpus: Corpus, layers: WaitingLayers, done: ImportReport, *, replace: bool) -> None:
    """Write layers as label files, and what came of it into `done`.

    replace: label files that have other labels are written over. Raises UsageError, before any is written, if
    one would be and may not.
    """
    there: dict[Key, str] = {}
    for key in bar(layers, "comparing", len(layers)):
        path = layer_path(corpus.paths, *key)
        if path.is_file():
            before = corpus.paths.read(path)
            if same_labels(before, layers.encoded(key)):
                done.pulled.unchanged.append(key)
            else:
                there[key] = _labels(layer_if_sound(before))
    done.replaced = [f"{a}/{doc_id}: {labels} were there" for (a, doc_id), labels in there.items()]
    if there and not replace:
        whose = ", ".join(sorted({annotator for annotator, _ in there}))
        raise UsageError(
            f"{whose} has other labels on {counted(len(there), 'article')} already",
            "add --replace to write over them, or name another --annotator",
            done.replaced,
        )
    unchanged = {*done.pulled.unchanged}
    every = bar(layers, "writing label files", len(layers))
    done.pulled.written += (key for key in every if key not in unchanged)
    write_many((layer_path(corpus.paths, *key), layers.encoded(key)) for key in done.pulled.written)
    done.pulled.layers = layers


def _labels(layer: Layer | None) -> str:
    if layer is None:
        return "a file that cannot be read"
    return f"{counted(len(layer.spans), 'span')} and {counted(len(layer.relations), 'relation')}"


def _name_of(file: str, article: Article, whose: Whose, done: ImportReport) -> str:
    """Return the annotator whose labels an article has; note who is said to have made them.

    Raises UsageError if people are named, and that one is not.
    """
    if article.left_out:
        return ""
    if isinstance(whose, str):
        if article.person is not None:
            done.people.setdefault(whose, {})[article.person] = ""
        return whose
    found = whose.get((article.person or "").casefold())
    if found is None:
        person = article.person or "somebody unnamed"
        remedy = f"name each person: --annotator {article.person or 'PERSON'}=NAME"
        raise UsageError(f"{file} has labels of {person}, whom no --annotator names", remedy)
    return found


@dataclass
class _Intake:
    """Takes in articles one by one. wrong: what hinders all articles. hint: why one may be unknown."""

    corpus: Corpus
    names: Names
    layers: WaitingLayers
    report: Report
    done: ImportReport
    wrong: list[Fault]
    hint: str = ""
    _files: dict[Key, str] = field(default_factory=dict)
    _searched: int = 0

    def __post_init__(self) -> None:
        self._recognition = Recognition(self.corpus)

    def take(self, file: str, foreign: Article, whose: str) -> None:
        """Take an article of a file: its layer, its rows of the report, and the account of its labels."""
        done, account = self.done, self.done.account
        document = self._recognition.of(foreign)
        article = self._on_text(foreign, document)
        if foreign.left_out:
            done.beside[foreign.left_out] += 1
            return
        account.given["articles", "articles"] += 1
        account.lose_origins(foreign, _GOLD_ALONE)
        done.unread += article.unread
        renamed = self.names.renamed(article, account)
        doc_id, passages, lost = document.doc_id if document else "", list[Passage](), list(renamed.lost)
        if document is None:
            account.lose_article(renamed, NO_ARTICLE)
            passages = [Passage(one, None, NO_ARTICLE) for one in renamed.spans]
            lost += [
                Lost("relations", one.label, NO_ARTICLE, f"from {shown(head)} to {shown(tail)}")
                for one, head, tail in renamed.ends()
            ]
            said = foreign.doc_id or next(iter(foreign.names), "")
            begins = " ".join(article.text[:_SHOWN].split())
            said = said or f"an article without a name, whose text is none of the corpus: {begins!r}"
            hint = self.hint or self._piece(foreign)
            what = f"its labels are left out{f' ({hint})' * bool(hint)}"
            done.pulled.faults.append(Fault("document-unknown", f"{file} > {said}", what))
        elif (whose, doc_id) in self._files:
            other = self._files[whose, doc_id]
            has = "it has two sets of labels on it" if other == file else f"{other} has labels of it too"
            what = f"{has}, of {whose}"
            self.wrong.append(Fault("import-twice", f"{doc_id} > {file}", what))
        else:
            self._files[whose, doc_id] = file
            raw, ontology = self._recognition.raw, self.corpus.ontology
            labels = transferred(renamed, document, lambda: raw(document), ontology, account)
            passages = labels.passages
            lost += labels.lost
            done.moved.update(one.old.label for one in passages if one.state == "moved")
            if labels.spans or not (
                passages or any(one.kind == "spans" and one.why != LEFT_OUT for one in lost)
            ):
                self.layers.add(self._layer(renamed, labels, document, whose))
            else:
                what = f"none of its labels in {file} is kept: {whose} gets no label file of it"
                done.pulled.faults.append(Fault("import-lost", doc_id, what))
        self.report.add((whose, doc_id, file), article.unread, lost, passages)

    def _piece(self, article: Article) -> str:
        """Return a hint if the text of an unknown article is a piece of one of the corpus, "" if not."""
        self._searched += 1
        whole = self._recognition.holding(article) if self._searched <= _SEARCHED else None
        of = "it is a piece of {}: put the pieces of an article together into one line, or label it whole"
        return of.format(whole.doc_id) if whole else ""

    def _on_text(self, article: Article, document: Document | None) -> Article:
        """Return an article that has offsets and no text on the text of its document."""
        if document is None or article.text or OFFSETS not in article.metadata:
            return article
        is_raw = article.metadata[OFFSETS] == "raw"
        return on_text(article, self._recognition.raw(document) if is_raw else document.text)

    def _layer(self, article: Article, labels: Transfer, document: Document, whose: str) -> Layer:
        lead_time = article.metadata.get(LEAD_TIME)
        return in_order(
            Layer(
                document.doc_id,
                document.text_sha256,
                whose,
                self.corpus.ontology.revision,
                article.metadata.get(UPDATED, ""),
                None if lead_time is None else float(lead_time),
                labels.spans,
                labels.relations,
                article.document if article.document and article.document.attributes else None,
            )
        )


def suggest(corpus: Corpus, export: Path, limits: ExportLimits = LIMITS) -> tuple[str, list[str]]:
    """Return a mapping file for a project of Label Studio, and what its export has, for people.

    Raises UsageError if the file is not a complete export.
    """
    seen = survey(export, limits)
    recognition = Recognition(corpus)
    known = {
        name: sum(recognition.named(one) is not None for one in some) / len(some)
        for name, some in seen.samples.items()
        if some
    }
    text = seen.text()
    if chosen := chosen_fields(seen, corpus.ontology, text):
        seen = survey(export, limits, chosen)
    article = max(known, key=lambda name: known[name], default="")
    is_named = article != text and known.get(article, 0) > _HALF
    return suggested(seen, corpus, text, article if is_named else ""), list(seen.lines())


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet. Raises UsageError if it is."""
    if os.path.lexists(path):
        raise UsageError(f"{path} is there already", "name a new file with --suggest")
    write_whole(path, text.encode())
