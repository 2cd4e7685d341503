"""Gold again, from the layers and the ledger; and the proof that the ledger accounts for every label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from parley.adjudication.gold import gold_from_rows
from parley.adjudication.ledger import DOCUMENT, FILE, RELATION, SPAN, Row, attributes_cell, decode_ledger
from parley.faults import DataFaults, Fault, check
from parley.model.documents import Document
from parley.model.labels import (
    Layer,
    Relation,
    Span,
    encode_layer,
    layer_path,
    read_layers,
    relation_id,
    span_id,
)
from parley.model.paths import CorpusPaths
from parley.seeds.manifest import read_documents


def rebuild(corpus: CorpusPaths) -> dict[str, bytes]:
    """Return the bytes of all gold files, by path relative to the corpus, from layers and ledger alone.

    Raises DataFaults for a ledger that cannot be read, does not account for every label of every layer that
    took part, or says of a label what its layer does not.
    """
    if not corpus.ledger.is_file():
        return {}
    return rebuild_from(decode_ledger(corpus.ledger.read_bytes()), corpus, read_documents(corpus))


def rebuild_from(rows: Sequence[Row], corpus: CorpusPaths, documents: Iterable[Document]) -> dict[str, bytes]:
    """Return the bytes of gold files from ledger rows, as `rebuild` does."""
    by_id = {document.doc_id: document for document in documents}
    by_document: dict[str, list[Row]] = {}
    for row in rows:
        by_document.setdefault(row.doc_id, []).append(row)
    wrong: list[Fault] = []
    built: dict[str, bytes] = {}
    for doc_id, own in sorted(by_document.items()):
        heads = [row for row in own if row.kind == DOCUMENT]
        if len(heads) != 1 or doc_id not in by_id:
            what = f"{len(heads)} rows say who took part" if doc_id in by_id else "no article of this id"
            wrong.append(Fault("ledger-malformed", f"{FILE} > {doc_id}", what, FILE))
            continue
        paths = [layer_path(corpus, who, doc_id) for who in heads[0].who]
        gone = [path for path in paths if not path.is_file()]
        if gone:
            names = ", ".join(map(corpus.relative, gone))
            wrong.append(Fault("gold-stale", f"{FILE} > {doc_id}", f"a layer is gone: {names}", FILE))
            continue
        layers = read_layers(corpus, paths)
        found = list(account(own, layers, by_id[doc_id]))
        wrong += found
        if not found:
            first = layers[0]
            gold = gold_from_rows(own, doc_id, first.text_sha256, first.ontology, heads[0].adjudicator)
            built[corpus.relative(corpus.gold / f"{doc_id}.json")] = encode_layer(gold)
    check(wrong)
    return built


def gold_faults(corpus: CorpusPaths) -> list[Fault]:
    """Return what is wrong with ledger and gold: malformed rows, labels unaccounted for, stale gold files."""
    try:
        built = rebuild(corpus)
    except DataFaults as found:
        return found.faults
    held = {corpus.relative(p): p.read_bytes() for p in sorted(corpus.gold.glob("*.json"))}
    wrong = []
    for name in sorted({*built, *held}):
        if name not in held:
            wrong.append(Fault("gold-stale", name, "the ledger gives this file, but it is not there", name))
        elif name not in built:
            wrong.append(Fault("gold-stale", name, "the ledger says nothing of this article", name))
        elif built[name] != held[name]:
            wrong.append(Fault("gold-stale", name, "it is not what layers and ledger give", name))
    return wrong


def account(rows: Iterable[Row], layers: Sequence[Layer], document: Document) -> Iterator[Fault]:
    """Yield a fault for each way in which the rows of an article do not fit its layers.

    Each label of each layer stands in exactly one row; a row that takes a label over as it is says the same
    as the layer; rows of one gold label agree; gold ids are derived, gold relations have their ends in gold.
    """
    rows = list(rows)
    place = f"{FILE} > {document.doc_id}"
    held = {(who, label.id): label for who, label in _labels(layers)}
    if {layer.text_sha256 for layer in layers} != {document.text_sha256}:
        yield Fault("text-mismatch", place, "a layer is of another text than the article's present one")
    counted = Counter((who, row.label_id) for row in rows if row.label_id for who in row.who)
    for who, label_id in sorted({*held, *counted}):
        times = counted[who, label_id]
        if (who, label_id) not in held:
            what = f"{who} has no label {label_id}"
            yield Fault("ledger-malformed", f"{place} > {label_id}", what, FILE)
        elif times != 1:
            what = f"{label_id} of {who} stands in {times or 'no'} rows"
            yield Fault(
                "gold-stale" if not times else "ledger-malformed", f"{place} > {label_id}", what, FILE
            )
    everybody = tuple(sorted(layer.annotator for layer in layers))
    yield from _against_layers(rows, held, everybody, place)
    yield from _within(rows, document, place)


def _labels(layers: Iterable[Layer]) -> Iterator[tuple[str, Span | Relation]]:
    for layer in layers:
        for span in layer.spans:
            yield layer.annotator, span
        for relation in layer.relations:
            yield layer.annotator, relation


def _against_layers(
    rows: Iterable[Row],
    held: Mapping[tuple[str, str], Span | Relation],
    everybody: tuple[str, ...],
    place: str,
) -> Iterator[Fault]:
    agreeing: dict[str, set[str]] = {}
    for row in rows:
        if row.decision == "agreed":
            agreeing.setdefault(row.gold_id, set()).update(row.who)
        if row.decision in ("added", "edited", "adjudicated"):
            continue  # what they say is the lead's
        for who in row.who:
            label = held.get((who, row.label_id))
            if label is not None and not _says(row, label):
                what = f"it says of {row.label_id} what the layer of {who} does not"
                yield Fault("gold-stale", f"{place} > {row.label_id}", what, FILE)
    for gold_id, names in sorted(agreeing.items()):
        if tuple(sorted(names)) != everybody:
            what = f"agreed by {', '.join(sorted(names))}, but {', '.join(everybody)} took part"
            yield Fault("ledger-malformed", f"{place} > {gold_id}", what, FILE)


def _says(row: Row, label: Span | Relation) -> bool:
    """Say whether a row that is no edit says what the layer's label does."""
    if isinstance(label, Relation):
        # agreed and kept relations follow their ends; rejected ones stand as they were drawn
        ends = (row.head, row.tail) == (label.head, label.tail)
        return row.kind == RELATION and row.label == label.label and (ends or row.decision != "rejected")
    says = row.label, row.start, row.end, row.surface, row.attributes
    mine = label.label, str(label.start), str(label.end), label.text, attributes_cell(label.attributes)
    return row.kind == SPAN and says == mine


def _within(rows: Iterable[Row], document: Document, place: str) -> Iterator[Fault]:
    gold: dict[str, Row] = {}
    for row in rows:
        if row.kind == SPAN and document.text[int(row.start) : int(row.end)] != row.surface:
            at = f"{place} > {row.gold_id or row.label_id}"
            yield Fault("span-surface", at, f"the text there is not {row.surface!r}", FILE)
        if not row.gold_id:
            continue
        other = gold.setdefault(row.gold_id, row)
        if _meaning(other) != _meaning(row) or (other is not row and row.decision == "added"):
            yield Fault(
                "ledger-malformed", f"{place} > {row.gold_id}", "its rows contradict each other", FILE
            )
    spans = {name for name, row in gold.items() if row.kind == SPAN}
    for name, row in gold.items():
        if row.kind == SPAN:
            derived = span_id(row.label, int(row.start), int(row.end))
        else:
            derived = relation_id(row.head, row.label, row.tail)
            if not {row.head, row.tail} <= spans:
                yield Fault("relation-dangling", f"{place} > {name}", "an end is no gold span", FILE)
        if derived != name:
            yield Fault("ledger-malformed", f"{place} > {name}", f"the id should be {derived}", FILE)


def _meaning(row: Row) -> tuple[str, ...]:
    """Return what the rows of one gold label have in common."""
    return (row.kind, row.decision, row.label, row.start, row.end, row.attributes, row.head, row.tail)
