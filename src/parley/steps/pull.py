"""What a pull brought, judged by the suites; and a list for each annotator of what to look at again.

A list has one annotator's own labels only, with links into the own server: it can be sent on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.compute as pc

from parley.corpus.batches import StoredBatch, load_articles
from parley.corpus.corpus import Corpus
from parley.faults import KINDS, DataFaults, Fault
from parley.label_studio.export.findings import CANCELLED, DRAFT
from parley.label_studio.server.pull import PullReport
from parley.label_studio.server.pull import report as pull_report
from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.entities import PROPOSED, near_entities, proposals
from parley.model.labels import Layer, Span, layer_path
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.model.waiting_layers import Key, SomeLayers, WaitingLayers
from parley.runtime.engine import Cores
from parley.runtime.files import write_whole
from parley.runtime.markdown import inline
from parley.runtime.memory import without_garbage_collection
from parley.steps.entities import grouped, in_words
from parley.validation.facts import Reference
from parley.validation.judge import verdicts
from parley.validation.project import derived_suites, read_suites
from parley.validation.waivers import read_waivers, waive

FOLDER = "pull"  # in build/: a list an annotator

_LONG = 60  # characters of a label's words that are shown whole
_AROUND = 30  # characters of the text before and after
_REPEATED = ("attribute-missing", "attribute-value")  # named while reading, and by the judge
_REMARK = "entity-proposed"  # no fault of the annotator: a lead decides it

# What an annotator does, where a fault's remedy is for who keeps the corpus.
_AT_THE_DESK = {
    "attribute-missing": "select the words and choose it beside the text",
    "attribute-unknown": "select the words and take it away",
    "attribute-value": "select the words and choose another",
    "entity-type": "choose another row for these words, or delete the label and mark the words anew",
    "relation-expected": "draw the arrow, or say beside the text why there is none",
    "relation-unreached": "draw the arrow to it, or delete the label",
    "relation-domain": "draw the arrow the other way round, or choose another name for it",
    "relation-range": "draw the arrow the other way round, or choose another name for it",
    "span-excluded": "keep the label that the guidelines give these words, delete the other",
    "span-edge-space": "drag the edge to the word",
    "span-cut-word": "drag the edge to the whole word",
    "span-cut-grapheme": "drag the edge to the whole character",
}


@dataclass(frozen=True)
class Review:
    """What was found. lines: for people. faults: all, each with whose it is. lists: files, by annotator."""

    lines: tuple[str, ...]
    faults: tuple[Fault, ...]
    lists: Mapping[str, Path]


def review(corpus: Corpus, pulled: PullReport) -> Review:
    """Judge the layers of a pull, and write the list of each annotator who has something on the server."""
    found, others = _found(corpus, pulled)
    proposing = _proposing(pulled.layers, corpus.ontology)
    names = sorted(
        {key[0] for key in found} | {one[0] for one in pulled.waiting} | {*pulled.layers.annotators}
    )
    lists = {}
    lines = pull_report(pulled)
    for name in names:
        lists[name] = corpus.paths.build / FOLDER / f"{name}.md"
        own = (pulled.layers[key] for key in proposing if key[0] == name)
        write_whole(lists[name], _list(corpus, pulled, found, name, own).encode())
        articles = pulled.layers.number_of(name)
        places = _places(faults for key, faults in found.items() if key[0] == name)
        lines.append(
            f"{name}: {_several(articles, 'article')} judged, {_several(places, 'place')} to look at: "
            f"{corpus.paths.relative(lists[name])}"
        )
    for one in grouped(map(pulled.layers.__getitem__, proposing), corpus.ontology, corpus.entities):
        lines += one.lines()
    faults = [_with_owner(fault, key, pulled.links) for key, some in found.items() for fault in some]
    return Review(tuple(lines), tuple(DataFaults([*others, *faults]).faults), lists)


def _found(corpus: Corpus, pulled: PullReport) -> tuple[dict[Key, list[Fault]], list[Fault]]:
    """Return the faults of the work on each article, and those of nobody's."""
    own: dict[Key, list[Fault]] = {}
    others = []
    for fault in pulled.faults:
        key = pulled.owners.get(fault)
        if key is None:
            others.append(fault)
        elif key not in pulled.layers or fault.code not in _REPEATED:
            own.setdefault(key, []).append(fault)
    judged, unread = _judged(corpus, pulled.layers)
    others += unread
    for fault in judged:
        path = Path(fault.file)
        key = path.parent.name, path.stem
        if key not in pulled.layers or _file(corpus.paths, key) != fault.file:
            others.append(fault)
        elif fault.code != _REMARK:
            own.setdefault(key, []).append(fault)
    return own, others


def _file(paths: CorpusPaths, key: Key) -> str:
    return paths.relative(layer_path(paths, *key))


def _key(layer: Layer) -> Key:
    return layer.annotator, layer.doc_id


def _judged(corpus: Corpus, layers: WaitingLayers) -> tuple[list[Fault], list[Fault]]:
    """Return what the suites find that is not waived, and what they cannot use.

    The layers of some articles at a time are in memory, of each process.
    """
    if not layers:
        return [], []
    ontology, unread = corpus.ontology, []
    try:
        suites, _ = read_suites(corpus.paths, ontology)
    except DataFaults as found:
        unread += found.faults
        suites = derived_suites(ontology)
    try:
        waivers = corpus.derived(read_waivers)
    except DataFaults as found:
        unread += found.faults
        waivers = ()
    reference = Reference(
        {one.name: str(one.kind) for one in corpus.annotators.values()},
        {one.id: one.type for one in corpus.entities.values()},
    )
    of_labels = {name: expected for name, expected in suites.items() if name != "documents"}
    articles, names = corpus.sound_articles, layers.annotators
    sources = [
        _PulledBatch(stored, layers.some(keys), corpus.paths, ontology)
        for stored in articles
        if (keys := [(a, d) for a in names for d in stored.doc_ids if (a, d) in layers])
    ]
    engine = Cores(None if articles.scratch else 1)
    judged = verdicts(engine, [sources], ontology, of_labels, reference, whole=False)
    wrong = [fault for verdict in judged for fault in verdict.all_faults()]
    return list(waive(wrong, waivers).faults), unread


@dataclass(frozen=True)
class _PulledBatch:
    """A batch of the corpus' articles with the layers that were pulled, as they are judged."""

    stored: StoredBatch
    layers: SomeLayers
    paths: CorpusPaths
    ontology: Ontology

    def load(self) -> Batch:
        with without_garbage_collection():
            files = [LayerFile(layer, LABELS, _file(self.paths, _key(layer))) for layer in self.layers.load()]
            batch = Batch.of((), files, self.ontology)
        return replace(batch, documents=load_articles([self.stored], pc.unique(batch.layers["doc_id"])))


def _proposing(layers: WaitingLayers, ontology: Ontology) -> list[Key]:
    """Return the layers that propose names."""
    mark = f'"{PROPOSED}'.encode()
    return [key for key in layers if mark in layers.encoded(key) and proposals(layers[key], ontology)]


def _with_owner(fault: Fault, key: Key, links: Mapping[Key, str]) -> Fault:
    """Return a fault with the annotator before its place and the task's address after its message."""
    annotator, doc_id = key
    place = f"{doc_id} > {_label_place(fault, doc_id)}".removesuffix(" > ")
    link = f" ({links[key]})" if key in links else ""
    return replace(fault, place=f"{annotator} > {place}", message=f"{fault.message}{link}")


def _label_place(fault: Fault, doc_id: str) -> str:
    """Return the place within a layer, "" for the layer as a whole."""
    return fault.place.removeprefix(f"{doc_id} > ") if fault.place.startswith(f"{doc_id} > ") else ""


# ---- the list of one annotator ---------------------------------------------------------------------------


def _list(
    corpus: Corpus,
    pulled: PullReport,
    found: Mapping[Key, list[Fault]],
    name: str,
    proposing: Iterable[Layer],
) -> str:
    """Return an annotator's list as Markdown. proposing: the annotator's layers that propose names."""
    own = {doc_id: faults for (annotator, doc_id), faults in found.items() if annotator == name}
    finished = pulled.layers.number_of(name)
    number = _places(own.values())
    parts = [f"# What to look at again: {name}"]
    said = f"{_several(finished, 'finished article')} judged, {_several(number, 'place')} to look at."
    if number:
        said += " Open the article, correct each place, then press *Update* (or *Submit*) there."
    parts.append(said)
    order = corpus.numbers
    for doc_id in sorted(own, key=lambda one: order.get(one, len(order))):
        document, layer = corpus.document(doc_id), pulled.layers.get((name, doc_id))
        parts.append(f"## {_article(corpus, pulled.links, (name, doc_id))}")
        items = sorted(
            (_place_in_text(some[0], doc_id, layer), _item(some, doc_id, layer, document))
            for some in _by_place(own[doc_id])
        )
        parts.append("\n".join(f"{n}. {text}" for n, (_, text) in enumerate(items, start=1)))
    parts += _names_without_a_row(corpus, pulled.links, proposing, name)
    parts += _unfinished(corpus, pulled, name)
    return "\n\n".join(parts) + "\n"


def _by_place(faults: Iterable[Fault]) -> list[list[Fault]]:
    """Return faults together that are of one label and are corrected in one way."""
    found: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        found.setdefault((fault.place, _todo(fault)), []).append(fault)
    return list(found.values())


def _places(of_articles: Iterable[Iterable[Fault]]) -> int:
    return sum(len(_by_place(faults)) for faults in of_articles)


def _several(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'s' if number != 1 else ''}"


def _article(corpus: Corpus, links: Mapping[Key, str], key: Key) -> str:
    """Return the title of an article, a link to the task if there is one, and its id."""
    document = corpus.document(key[1])
    title = inline(document.title) if document and document.title not in ("", key[1]) else ""
    shown, also = (title, f" (`{key[1]}`)") if title else (f"`{key[1]}`", "")
    return f"[{shown}]({links[key]}){also}" if key in links else shown + also


def _place_in_text(fault: Fault, doc_id: str, layer: Layer | None) -> tuple[int, int]:
    first = next(iter(_spans(fault, doc_id, layer)), None)
    return (first.start, first.end) if first else (-1, -1)


def _spans(fault: Fault, doc_id: str, layer: Layer | None) -> list[Span]:
    """Return the span of a fault, or the ends of its relation, head first; none of a layer as a whole."""
    if layer is None:
        return []
    label = _label_place(fault, doc_id).partition(' "')[0]
    ends = next(([r.head, r.tail] for r in layer.relations if r.id == label), [label])
    by_id = {span.id: span for span in layer.spans}
    return [by_id[end] for end in ends if end in by_id]


def _item(faults: Sequence[Fault], doc_id: str, layer: Layer | None, document: Document | None) -> str:
    """Return faults of one label in words: which it is, what is wrong with it and what to do."""
    spans = _spans(faults[0], doc_id, layer)
    where = inline(_label_place(faults[0], doc_id)) or "the article"
    if spans and document:
        first, *other = (f"**{inline(_short(span.text))}** ({inline(span.label)})" for span in spans)
        where = f"{first}, paragraph {document.text.count(chr(10), 0, spans[0].start) + 1}"
        if other:
            where = f"arrow from {first} to {other[0]}{where.removeprefix(first)}"
        else:
            where += f": {_context(document.text, spans[0])}"
    titles = (KINDS[fault.code].title for fault in faults)
    said = " ".join(
        f"{_capital(title)}: {inline(fault.message)}." for title, fault in zip(titles, faults, strict=True)
    )
    return f"{where}  \n   {said} *{inline(_capital(_todo(faults[0])))}.*"


def _todo(fault: Fault) -> str:
    return _AT_THE_DESK.get(fault.code, fault.remedy)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _LONG else f"{words[: _LONG - 20]} … {words[-15:]}"


def _context(text: str, span: Span) -> str:
    """Return a span's words with some of their paragraph before and after."""
    before = text[: span.start].rpartition("\n")[2]
    after = text[span.end :].partition("\n")[0]
    if len(before) > _AROUND:
        before = "…" + before[-_AROUND:].partition(" ")[2]
    if len(after) > _AROUND:
        after = after[:_AROUND].rpartition(" ")[0] + "…"
    return f"“{inline(before + _short(span.text) + after)}”"


def _names_without_a_row(
    corpus: Corpus, links: Mapping[Key, str], layers: Iterable[Layer], name: str
) -> Iterator[str]:
    items = []
    for layer in layers:
        for one in proposals(layer, corpus.ontology):
            near = near_entities(one.name, one.types, corpus.entities.values())
            asked = "no row has a similar name"
            if near:
                rows = ", or ".join(f"`{e.id}` ({inline(in_words(e))})" for e in near)
                asked = f"is it {rows}? Then choose that row and clear the field"
            article = _article(corpus, links, (name, layer.doc_id))
            items.append(f"- **{inline(one.name)}** ({inline(one.span.label)}) in {article}: {asked}.")
    if items:
        yield "## Names that you proposed"
        yield "What is not a row of the list yet is kept as you wrote it; the lead adds the row."
        yield "\n".join(items)


def _unfinished(corpus: Corpus, pulled: PullReport, name: str) -> Iterator[str]:
    said = {DRAFT: "saved, but not submitted", CANCELLED: "skipped"}
    items = [
        f"- {_article(corpus, pulled.links, (name, doc_id))}: {said[state]}"
        for annotator, doc_id, state in pulled.waiting
        if annotator == name and state in said
    ]
    if items:
        yield "## Not finished"
        yield "\n".join(items)
