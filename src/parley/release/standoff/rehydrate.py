"""Rehydrate: put the labels of a release without text onto a reader's own copies of the articles.

A copy that is the same byte for byte (the raw file, or the clean text) gives the release as it was. In any
other the labels are looked for (`standoff.align`): what is kept, moved or lost is reported label by label,
and no label is put where its words are not.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.model.annotators import Annotator
from parley.model.batch import Batch, LayerFile, merged
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Relation, Span, in_order, make_relation, make_span, sha256_text
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.release.data.configs import tables, whole_tables
from parley.release.data.counts import Counts, count
from parley.release.data.files import annotated, published_batches, read_config, write_table
from parley.release.data.schema import FINGERPRINTS, METADATA, WHOLE, configs, tagged_labels
from parley.release.data.sentences import Sentences
from parley.release.data.shards import content_sha256, document_digests, shard_file
from parley.release.inputs import Inputs
from parley.release.splits import SPLITS, Placement
from parley.release.standoff.align import Fingerprint, align
from parley.runtime.files import put_in_place, recover, write_whole
from parley.seeds.cleaning import clean

REPORT = "rehydration.csv"
_COLUMNS = ("doc_id", "annotator", "label", "start", "end", "status", "new_start", "new_end", "surface")

Row = dict[str, Any]
Places = dict[tuple[int, int], tuple[int, int]]
Label = TypeVar("Label", Span, Relation)


@dataclass(frozen=True)
class Rehydrated:
    """What came of it.

    exact: articles that are the original word for word. absent: those without a copy. counts: of labels by
    status. content_sha256: of the tables written.
    """

    exact: tuple[str, ...]
    aligned: tuple[str, ...]
    absent: tuple[str, ...]
    counts: dict[str, int]
    content_sha256: str


@dataclass
class _Copies:
    """A reader's copies of the articles.

    rows: of the release's documents, those with a copy. texts, places: by doc_id. report: a row for each span
    that was placed or lost.
    """

    rows: list[Row]
    texts: dict[str, str]
    places: dict[str, Places]
    report: list[Row]


def rehydrate(withheld: Path, scheme: CorpusPaths, copies: Path, out: Path) -> Rehydrated:
    """Write the release `withheld` with the text of `copies` into the folder `out`, whole or not at all.

    scheme: a corpus folder that has ontology and cleaning rules of the release; seeds are not needed. copies:
    a folder of files named after the doc_id, raw or clean, UTF-8. A relation is kept if both its ends are.
    Raises UsageError if `out` exists, or there is nothing to put labels onto, DataFaults if a file of the
    release is damaged.
    """
    if out.exists():
        raise UsageError(f"{out} exists", "name a new folder with --out")
    columns = ["doc_id", *METADATA, "fold", "text_sha256", "seed_sha256", "annotator", "annotator_kind"]
    documents = read_config(withheld, "documents", columns).to_pylist()
    fingerprints: dict[str, list[Row]] = defaultdict(list)
    names = [*Fingerprint.__dataclass_fields__, "doc_id", "kind"]
    for row in read_config(withheld, FINGERPRINTS, names).to_pylist():
        fingerprints[row["doc_id"]].append(row)
    if not fingerprints:
        raise UsageError(f"{withheld} is no release without text", "name a folder that has data/fingerprints")
    if not scheme.ontology.is_file():
        raise UsageError(f"{scheme.ontology} is not there", "name the whole folder of the release")
    if not copies.is_dir():
        raise UsageError(f"{copies} is no folder", "name the folder that has your copies of the articles")
    ontology = read_ontology(scheme.ontology)
    texts = _texts(scheme, copies, documents)
    absent = tuple(row["doc_id"] for row in documents if row["doc_id"] not in texts)
    if not texts:
        raise UsageError(f"{copies} has no file named after a document", f"name one {absent[0]}.txt")
    hashes = {row["doc_id"]: row["text_sha256"] for row in documents}
    exact = {name for name, text in texts.items() if sha256_text(text) == hashes[name]}
    places = {
        name: _places(fingerprints[name], name, text, exact=name in exact) for name, text in texts.items()
    }
    known = _Copies([row for row in documents if row["doc_id"] in texts], texts, places, [])
    staging = out.with_name(f".{out.name}.new")
    recover(out, staging)
    try:
        digest = _write(withheld, ontology, known, staging)
        write_whole(staging / REPORT, _as_csv(known.report))
        put_in_place(staging, out)
    finally:
        recover(out, staging)
    statuses = Counter(row["status"] for row in known.report)
    return Rehydrated(
        tuple(name for name in texts if name in exact),
        tuple(name for name in texts if name not in exact),
        absent,
        dict(sorted(statuses.items())),
        digest,
    )


def _texts(scheme: CorpusPaths, copies: Path, documents: Iterable[Row]) -> dict[str, str]:
    """Return a reader's texts by doc_id; a raw file that is the seed itself is cleaned as the seed was."""
    files = {path.stem: path for path in sorted(copies.iterdir(), reverse=True) if path.is_file()}
    rules = Corpus(scheme).rules
    found = {}
    for row in documents:
        path = files.get(row["doc_id"])
        if path is None:
            continue
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UsageError(f"{path} is not UTF-8: byte {error.start}", "convert it to UTF-8")
        if hashlib.sha256(data).hexdigest() == row["seed_sha256"]:
            text = clean(data.decode("utf-8"), rules, row["doc_id"]).text
        found[row["doc_id"]] = text
    return found


def _places(fingerprints: Sequence[Row], doc_id: str, text: str, *, exact: bool) -> Places:
    """Return the places of an article's labelled passages in a copy. fingerprints: of that article."""
    if exact:
        return {(r["start"], r["end"]): (r["start"], r["end"]) for r in fingerprints}
    fields = Fingerprint.__dataclass_fields__
    by_kind: dict[str, list[Fingerprint]] = {"sentence": [], "label": []}
    for row in fingerprints:
        by_kind[row["kind"]].append(Fingerprint(**{name: row[name] for name in fields}))
    return align(by_kind["sentence"], by_kind["label"], text, doc_id)


def _write(withheld: Path, ontology: Ontology, copies: _Copies, out: Path) -> str:
    """Write the tables, a file for each config and split; return their content hash."""
    known, inputs, counts = configs(ontology), _inputs(withheld, ontology, copies.rows), Counts()
    published = _by_document(merged([one.load() for one in published_batches(withheld, ontology)]))
    annotations = _by_document(annotated(withheld, ontology))
    digests: dict[str, list[tuple[str, str]]] = {}
    for split in SPLITS:
        rows = [row for row in copies.rows if row["split"] == split]
        if not rows:
            continue
        sides: tuple[list[LayerFile], list[LayerFile]] = ([], [])
        documents = []
        for row in rows:
            name = row["doc_id"]
            metadata = {n: row[n] for n in (*METADATA, "seed_sha256")}
            documents.append(
                Document(doc_id=name, text=copies.texts[name], file="", segments=(), cuts=(), **metadata)
            )
            (layer,) = published[name]
            sides[0].append(_placed(layer, copies, ontology, copies.report))
            for layer in annotations.get(name, ()):  # what is published as it is was reported a moment ago
                report = [] if layer.layer.annotator == row["annotator"] else copies.report
                sides[1].append(_placed(layer, copies, ontology, report))
        both = [Batch.of(documents, side, ontology) for side in sides]
        sentences = Sentences.of(both[0], tagged_labels(ontology))
        made = tables(both[0], both[1], sentences, inputs, known)
        counts.add(count(both[0], both[1], sentences, inputs))
        digests[split] = list(document_digests(made).items())
        for config, table in made.items():
            if table.num_rows:
                write_table(out / shard_file(config, split), table)
    whole = whole_tables(counts, inputs, known)
    for config, table in whole.items():
        write_table(out / shard_file(config, WHOLE), table)
    return content_sha256(digests, whole)


def _by_document(batch: Batch) -> Mapping[str, list[LayerFile]]:
    found: dict[str, list[LayerFile]] = defaultdict(list)
    for layer in batch.structs():
        found[layer.layer.doc_id].append(layer)
    return found


def _inputs(withheld: Path, ontology: Ontology, documents: Iterable[Row]) -> Inputs:
    """Return what the release was made from: its entities, its annotators, the places of its articles."""
    columns = ["id", "type", "name", "aliases", "wikidata", "note"]
    entities = {
        row["id"]: Entity(**({name: row[name] for name in columns} | {"aliases": tuple(row["aliases"])}))
        for row in read_config(withheld, "entities", columns).to_pylist()
    }
    placement = {row["doc_id"]: Placement(row["split"], row["fold"], row["event"]) for row in documents}
    makers = read_config(withheld, "annotations", ["annotator", "annotator_kind"]).to_pylist()
    annotators = {
        row["annotator"]: Annotator(row["annotator"], row["annotator_kind"], "")
        for row in [*documents, *makers]
    }
    return Inputs("", ontology, entities, annotators, placement)


def _placed(file: LayerFile, copies: _Copies, ontology: Ontology, report: list[Row]) -> LayerFile:
    """Return a layer as it is on a copy, and report each of its spans."""
    old = file.layer
    text, places = copies.texts[old.doc_id], copies.places[old.doc_id]
    spans: dict[str, Span] = {}
    for span in old.spans:
        place = places.get((span.start, span.end))
        status = "lost" if place is None else "kept" if place == (span.start, span.end) else "moved"
        surface = text[place[0] : place[1]] if place else ""
        said = (old.doc_id, old.annotator, span.label, span.start, span.end, status)
        report.append(dict(zip(_COLUMNS, (*said, *(place or ("", "")), surface), strict=True)))
        if place:
            spans[span.id] = _like(span, make_span(text, span.label, *place, span.attributes))
    relations = [
        _like(
            r, make_relation(r.label, spans[r.head], spans[r.tail], symmetric=_symmetric(ontology, r.label))
        )
        for r in old.relations
        if r.head in spans and r.tail in spans
    ]
    made = msgspec.structs.replace(old, spans=tuple(spans.values()), relations=tuple(relations))
    return LayerFile(in_order(made), file.origin)


def _symmetric(ontology: Ontology, label: str) -> bool:
    return ontology.relation_by_name[label].symmetric


def _like(old: Label, new: Label) -> Label:
    """Return a label with what another one says of its making."""
    return msgspec.structs.replace(new, sources=old.sources, decision=old.decision, reason=old.reason)


def _as_csv(report: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(report)
    return text.getvalue().encode()
