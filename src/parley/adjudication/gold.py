"""Gold: the label files that layers and ledger give; and the proof that the ledger accounts for every label.

`sources` of a gold label are the annotators who have it: exactly (an agreed or kept span), between the same
places (an agreed or kept relation), or before it was edited. An added label has none.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import msgspec
import pyarrow.compute as pc

from parley.adjudication.compare import Layers, compare, read_layers, unfit_layers
from parley.adjudication.ledger import (
    DOCUMENT,
    FILE,
    SPAN,
    Row,
    by_article,
    decode_ledger,
    encode_ledger,
    encoded,
    label_row,
)
from parley.adjudication.settled import settled_relations, settled_rows, settled_spans
from parley.adjudication.validity import valid_decisions
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, check
from parley.model.batch import GOLD
from parley.model.documents import Document
from parley.model.labels import (
    DOCUMENT_ID,
    REJECTED,
    DocumentLabel,
    Layer,
    Relation,
    Span,
    decode_attributes,
    encode_layer,
    in_order,
    layer_path,
    relation_id,
    span_id,
    with_document,
    write_layers,
)
from parley.runtime.files import write_whole

Label = Span | Relation
_FEW = 3  # changed labels of an article that are faults one by one


@dataclass
class GoldReport:
    """What was written. decided: doc_ids; counts: of ledger rows by decision; waiting: doc_id and why.

    dropped: doc_id and label; what the lead added once and has no place any more.
    """

    decided: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    waiting: list[tuple[str, str]] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    dropped: list[tuple[str, str]] = field(default_factory=list)


def read_ledger(corpus: Corpus) -> list[Row]:
    """Return the rows of the ledger, none if there is no such file; it is read once, and known if written."""
    return list(corpus.derived(_ledger))


def _ledger(corpus: Corpus) -> list[Row]:
    path = corpus.paths.ledger
    return decode_ledger(corpus.read(path, "ledger-malformed")) if os.path.lexists(path) else []


def write_gold(corpus: Corpus, layers: Layers, rows: Sequence[Row], ledger: Sequence[Row]) -> GoldReport:
    """Write the ledger, with new rows in place of all old ones of their articles, then their gold files.

    ledger: the rows of the file. It is written first: if the process ends in between, gold is rebuilt from
    it. What was taken over from Label Studio before stays known. Raises DataFaults, before anything is
    written, for rows that do not account for the layers.
    """
    decided = {row.doc_id for row in rows}
    submitted = {row.doc_id: row.item for row in ledger if row.kind == DOCUMENT}
    new = [
        row._replace(item=row.item or submitted.get(row.doc_id, "")) if row.kind == DOCUMENT else row
        for row in rows
    ]
    account = _account(new, corpus, layers)
    check(fault for faults in account.faults.values() for fault in faults)
    done = GoldReport(sorted(decided), dict(Counter(r.decision for r in new if r.kind != DOCUMENT)))
    if not same(new, [row for row in ledger if row.doc_id in decided]):
        data = encode_ledger([*(row for row in ledger if row.doc_id not in decided), *new])
        write_whole(corpus.paths.ledger, data)
        corpus.known[_ledger] = decode_ledger(data)
        done.written.append(FILE)
    done.written += _write(corpus, account.gold)
    return done


def _write(corpus: Corpus, gold: Mapping[str, Layer]) -> list[str]:
    """Write gold files, by name; return the names of those that changed."""
    written = write_layers((corpus.paths.root / name, layer) for name, layer in gold.items())
    return [corpus.paths.relative(path) for path in written]


def same(rows: Iterable[Row], others: Iterable[Row]) -> bool:
    """Say whether rows of the ledger say the same; older ones do not say what an edited label was before."""
    one, other = list(rows), list(others)
    if not all(row.given for row in (*one, *other) if row.kind == SPAN and row.decision == "edited"):
        one, other = ([row._replace(given="") for row in some] for some in (one, other))
    return sorted(one) == sorted(other)


def rebuild_gold(corpus: Corpus) -> list[str]:
    """Write gold again from layers and ledger; return the names of the files that changed.

    If layers have changed since, decisions that are valid still are taken over, and the ledger is written
    too. Raises DataFaults for articles with open places or of which ledger or layers are at fault; all others
    are written before.
    """
    rows = read_ledger(corpus)
    layers = _decided(corpus, rows)
    account = _account(rows, corpus, layers)
    settled, wrong = _settled(account, rows, corpus, layers)
    written = write_gold(corpus, layers, settled, rows).written if settled else []
    written += _write(corpus, account.gold)
    check(fault for faults in wrong.values() for fault in faults)
    return sorted(written)


def gold_faults(corpus: Corpus) -> list[Fault]:
    """Return what is wrong with ledger and gold: malformed rows, labels unaccounted for, stale gold files.

    Of an article whose layers opened places, these alone.
    """
    batches = corpus.batches()
    try:
        rows = read_ledger(corpus)
        layers = _decided(corpus, rows)
        account = _account(rows, corpus, layers) if rows else _Account()
    except DataFaults as found:
        return found.faults
    _, unsettled = _settled(account, rows, corpus, layers)
    wrong = [fault for faults in (account.faults | unsettled).values() for fault in faults]
    digests: dict[str, str] = {}
    for stored in batches:
        layers_of = stored.load_table("layers")
        gold = layers_of.filter(pc.equal(layers_of["origin"], GOLD))
        digests.update(zip(*(gold[name].to_pylist() for name in ("file", "file_sha256")), strict=True))
    present = {corpus.paths.relative(path) for path in corpus.paths.gold.glob("*.json")}
    if present and not os.path.lexists(corpus.paths.ledger):
        wrong.append(Fault("gold-stale", FILE, "it is gone, and gold is made from it", FILE))
    for name in sorted({*account.gold, *present}):
        if PurePosixPath(name).stem in account.faults:
            continue
        if name not in present:
            what = "the ledger gives this file, but it is not there"
        elif name not in account.gold:
            what = "the ledger says nothing of this article"
        elif hashlib.sha256(encode_layer(account.gold[name])).hexdigest() != digests.get(name):
            what = "it is not what layers and ledger give"
        else:
            continue
        wrong.append(Fault("gold-stale", name, what, name))
    return wrong


def open_faults(corpus: Corpus) -> list[Fault]:
    """Return the open places of adjudicated articles: gold that is published has none."""
    rows = read_ledger(corpus)
    layers = _decided(corpus, rows)
    _, wrong = _settled(_account(rows, corpus, layers), rows, corpus, layers)
    return [fault for faults in wrong.values() for fault in faults if fault.code == "decision-missing"]


def _decided(corpus: Corpus, rows: Iterable[Row]) -> Layers:
    """Return the layers of the articles that rows of the ledger decide on."""
    doc_ids = {row.doc_id for row in rows}
    return read_layers(corpus, doc_ids=doc_ids) if doc_ids else {}


@dataclass
class _Account:
    """What rows give. gold: layers by the path of their file; faults: by article.

    changed: the articles of which layers and rows differ, and the rows are sound by themselves.
    """

    gold: dict[str, Layer] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)


def _account(rows: Iterable[Row], corpus: Corpus, layers: Layers) -> _Account:
    """Return the layers of gold files that ledger rows and layers give.

    There is none of an article whose rows do not account for every label of every layer that took part, or
    say of a label what its layer does not.
    """
    found = _Account()
    for doc_id, own in sorted(by_article(rows).items()):
        place, document = f"{FILE} > {doc_id}", corpus.document(doc_id)
        heads = [row for row in own if row.kind == DOCUMENT]
        if len(heads) != 1 or document is None:
            what = f"{len(heads)} rows say who took part" if document else "no article of this id"
            found.faults[doc_id] = [Fault("ledger-malformed", place, what, FILE)]
            continue
        head, there = heads[0], layers.get(doc_id, {})
        faults = [layer for who in head.who if isinstance(layer := there.get(who), Fault)]
        sound = [layer for who in head.who if isinstance(layer := there.get(who), Layer)]
        gone = [layer_path(corpus.paths, who, doc_id) for who in head.who if who not in there]
        if gone:
            what = f"a layer is gone: {', '.join(map(corpus.paths.relative, gone))}"
            faults = [Fault("gold-stale", place, what, FILE)]
        if not faults:
            faults = list(account(own, sound, document))
            if faults and {"ledger-malformed", "text-mismatch"}.isdisjoint(f.code for f in faults):
                found.changed.add(doc_id)
        if faults:
            found.faults[doc_id] = faults
        else:
            name = corpus.paths.relative(corpus.paths.gold / f"{doc_id}.json")
            found.gold[name] = gold_layer(own, sound[0], head.adjudicator)
    return found


def _settled(
    account: _Account, rows: Sequence[Row], corpus: Corpus, layers: Layers
) -> tuple[list[Row], dict[str, list[Fault]]]:
    """Return the rows of articles whose layers have changed; and what is open or at fault, by article."""
    settled: list[Row] = []
    wrong = {doc_id: faults for doc_id, faults in account.faults.items() if doc_id not in account.changed}
    unfit = unfit_layers(corpus) if account.changed else {}
    for doc_id in sorted(account.changed):
        own = [row for row in rows if row.doc_id == doc_id]
        head = next(row for row in own if row.kind == DOCUMENT)
        if unfit.get(doc_id):
            wrong[doc_id] = account.faults[doc_id]
            continue
        sound = [layer for who in head.who if isinstance(layer := layers[doc_id][who], Layer)]
        try:
            comparison = compare(sound, corpus.ontology)
            valid = valid_decisions(comparison, own, corpus.ontology, corpus.documents[doc_id].text)
            spans = settled_spans(valid, head.adjudicator)
            settled += settled_rows(valid, spans, settled_relations(valid, spans))
        except DataFaults as found:
            wrong[doc_id] = found.faults
    return settled, wrong


def gold_layer(rows: Collection[Row], first: Layer, lead: str) -> Layer:
    """Return the gold layer of one article from its ledger rows.

    first: a layer that took part. Nobody's clock is in gold, so that the same rows give the same bytes:
    `updated` is "", `lead_time_s` None.
    """
    spans: dict[str, Span] = {}
    relations: dict[str, Relation] = {}
    sources: dict[str, set[str]] = {}
    for row in rows:
        sources.setdefault(row.gold_id, set()).update(row.who)
    for row in sorted(rows, key=lambda r: (r.gold_id, r.label_id, r.sources)):
        how = tuple(sorted(sources[row.gold_id])), row.decision, row.reason
        if row.gold_id in spans or row.gold_id in relations or not row.gold_id:
            continue
        if row.kind != SPAN:
            relations[row.gold_id] = Relation(row.gold_id, row.label, row.head, row.tail, *how)
        else:
            attributes = decode_attributes(row.attributes)
            start, end, surface = int(row.start), int(row.end), row.surface
            spans[row.gold_id] = Span(row.gold_id, start, end, surface, row.label, attributes, *how)
    said = spans.pop(DOCUMENT_ID, None)
    document = DocumentLabel(said.attributes, said.sources, said.decision, said.reason) if said else None
    return in_order(
        msgspec.structs.replace(
            first,
            annotator=lead,
            updated="",
            lead_time_s=None,
            spans=tuple(spans.values()),
            relations=tuple(relations.values()),
            document=document,
        )
    )


def account(rows: Iterable[Row], layers: Sequence[Layer], document: Document) -> Iterator[Fault]:
    """Yield a fault for each way in which the rows of an article do not fit its layers.

    Each label of each layer is in exactly one row; a row that takes a label over as it is says the same as
    the layer; rows of one gold label agree; gold ids are derived, gold relations have their ends in gold.
    """
    rows = list(rows)
    place = f"{FILE} > {document.doc_id}"
    if {layer.text_sha256 for layer in layers} != {document.text_sha256}:
        yield Fault("text-mismatch", place, "a layer is of another text than the article's present one")
    labels: dict[tuple[str, str], Label] = {}
    for layer in layers:
        labels |= {(layer.annotator, span.id): span for span in with_document(layer.spans, layer.document)}
        labels |= {(layer.annotator, relation.id): relation for relation in layer.relations}
    annotators = {layer.annotator for layer in layers}
    problems = (
        *_uncounted(rows, labels),
        *_layer_problems(rows, labels, annotators),
        *_row_problems(rows, document),
    )
    stale = [what for code, _, what in problems if code == "gold-stale"]
    if len(stale) > _FEW:  # a layer that changed has two a label: gone, and new
        shown = f"{'; '.join(stale[:_FEW])}; and {len(stale) - _FEW} more"
        yield Fault("gold-stale", place, f"labels changed since they were decided on: {shown}", FILE)
    for code, label_id, what in problems:
        if code != "gold-stale" or len(stale) <= _FEW:
            yield Fault(code, f"{place} > {label_id}", what, FILE)


Problems = Iterator[tuple[str, str, str]]  # code, label and message


def _uncounted(rows: Iterable[Row], labels: Mapping[tuple[str, str], Label]) -> Problems:
    """Yield the labels that are not in exactly one row."""
    counted = Counter((who, row.label_id) for row in rows if row.label_id for who in row.who)
    for who, label_id in sorted({*labels, *counted}):
        times = counted[who, label_id]
        if (who, label_id) not in labels:
            yield "gold-stale", label_id, f"{who} has no label {label_id}"
        elif times != 1:
            code = "ledger-malformed" if times else "gold-stale"
            yield code, label_id, f"{label_id} of {who} is in {times or 'no'} rows"


def _layer_problems(
    rows: Iterable[Row], labels: Mapping[tuple[str, str], Label], annotators: set[str]
) -> Problems:
    """Yield where rows and layers contradict each other."""
    agreeing: dict[str, set[str]] = {}
    for row in rows:
        if row.decision == "agreed":
            agreeing.setdefault(row.gold_id, set()).update(row.who)
        for who in row.who:
            label = labels.get((who, row.label_id))
            if label is not None and not _agrees(row, label):
                what = f"it says of {row.label_id} what the layer of {who} does not"
                yield "gold-stale", row.label_id, what
    for gold_id, names in sorted(agreeing.items()):
        if names != annotators:
            what = f"agreed by {', '.join(sorted(names))}, but {', '.join(sorted(annotators))} took part"
            yield "ledger-malformed", gold_id, what


def _agrees(row: Row, label: Label) -> bool:
    """Say whether a label is what its row says of it; what an edited one became is the lead's."""
    if row.decision not in ("agreed", "kept", REJECTED):
        return not row.given or (isinstance(label, Span) and row.given == encoded(label.attributes))
    own = label_row(row.doc_id, row.item, row.decision, label, of=(row.label_id, row.who))
    if isinstance(label, Relation) and row.decision != REJECTED:
        own = own._replace(head=row.head, tail=row.tail)  # agreed and kept relations follow their ends
    return own._replace(gold_id=row.gold_id) == row._replace(reason="", adjudicator="", note="")


def _row_problems(rows: Iterable[Row], document: Document) -> Problems:
    """Yield where rows contradict each other or the text."""
    gold: dict[str, Row] = {}
    for row in rows:
        if row.kind == SPAN and document.text[int(row.start) : int(row.end)] != row.surface:
            yield "span-surface", row.gold_id or row.label_id, f"the text there is not {row.surface!r}"
        if not row.gold_id:
            continue
        other = gold.setdefault(row.gold_id, row)
        if _meaning(other) != _meaning(row) or (other is not row and row.decision == "added"):
            yield "ledger-malformed", row.gold_id, "its rows contradict each other"
    spans = {name for name, row in gold.items() if row.kind == SPAN}
    for name, row in gold.items():
        if row.kind == SPAN:
            derived = span_id(row.label, int(row.start), int(row.end))
        else:
            derived = relation_id(row.head, row.label, row.tail)
            if not {row.head, row.tail} <= spans:
                yield "relation-dangling", name, "an end is not a gold span"
        if derived != name:
            yield "ledger-malformed", name, f"the id should be {derived}"


def _meaning(row: Row) -> tuple[str, ...]:
    return (row.kind, row.decision, row.label, row.start, row.end, row.attributes, row.head, row.tail)
