"""Rehydrate: put the labels of a release without text onto a reader's own copies of the articles.

A copy that is the same byte for byte (the raw file, or the clean text) gives the release as it was. In any
other the labels are looked for (`standoff.align`): what is kept, moved or lost is reported label by label,
and no label is put where its words are not. The release is first held against its own hashes.
The report is a CSV file: an apostrophe is before words that a spreadsheet would run as a formula.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from parley.corpus.batches import StoredBatch
from parley.corpus.corpus import Corpus
from parley.faults import Fault, UsageError, check
from parley.model.annotators import Annotator
from parley.model.batch import GOLD, LABELS, Batch, LayerFile, merged
from parley.model.documents import METADATA, Document
from parley.model.entities import Entity
from parley.model.labels import Relation, Span, in_order, make_relation, make_span, sha256_text
from parley.model.ontology import Ontology
from parley.model.paths import CorpusPaths
from parley.release.data.files import annotated, published_batches, read_config
from parley.release.data.schema import FINGERPRINTS, configs
from parley.release.data.shards import write_shards
from parley.release.inputs import Inputs
from parley.release.splits import Placement
from parley.release.standoff.align import Fingerprint, align
from parley.release.versions.history import content_fault, withheld_faults
from parley.runtime.engine import Cores
from parley.runtime.files import csv_line, guarded, replacing
from parley.seeds.cleaning import clean
from parley.seeds.pages import PIN, decode_pin, extract, is_page

REPORT = "rehydration.csv"

Row = dict[str, Any]
Label = TypeVar("Label", Span, Relation)


@dataclass(frozen=True)
class RehydrationReport:
    """What came of it.

    exact: articles that are the original word for word. absent: those without a copy. counts: of labels by
    status. content_sha256: of the tables written.
    """

    exact: tuple[str, ...]
    aligned: tuple[str, ...]
    absent: tuple[str, ...]
    counts: dict[str, int]
    content_sha256: str


@dataclass(frozen=True)
class _Copy:
    """A reader's copy of an article. places: of labelled passages, original → copy."""

    text: str
    is_exact: bool
    places: Mapping[tuple[int, int], tuple[int, int]]


class _Placed(NamedTuple):
    """A row of the report: a span that was placed or lost."""

    doc_id: str
    annotator: str
    label: str
    start: int
    end: int
    status: str
    new_start: int | str
    new_end: int | str
    surface: str


def rehydrate(withheld: Path, copies: Path, out: Path) -> RehydrationReport:
    """Write the release `withheld` with the text of `copies` into the folder `out`, whole or not at all.

    copies: a folder of files named after the doc_id: texts in UTF-8, raw or clean, or web pages. A relation
    is kept if both its ends are. Raises UsageError if `out` exists, or there is nothing to put labels onto,
    DataFaults naming each file that is not as it was published: nothing is written then.
    """
    corpus = Corpus(CorpusPaths(withheld))
    if not (withheld / "data" / FINGERPRINTS).is_dir():
        raise UsageError(
            f"{withheld} is not a release without text",
            "name the folder that `parley publish --text withhold` wrote, or a download of it",
        )
    if not copies.is_dir():
        raise UsageError(f"{copies} is not a folder", "name the folder that has your copies of the articles")
    check(withheld_faults(withheld))
    columns = ["doc_id", *METADATA, "fold", "text_sha256", "seed_sha256", "annotator", "annotator_kind"]
    documents = read_config(withheld, "documents", columns).to_pylist()
    known = _copies(corpus, copies, documents)
    absent = tuple(row["doc_id"] for row in documents if row["doc_id"] not in known)
    if not known:
        raise UsageError(f"{copies} has no file named after a document", f"name one {absent[0]}.txt")
    with replacing(out) as staging:
        if out.exists():
            raise UsageError(f"{out} exists", "name a new folder with --out")
        rows = [row for row in documents if row["doc_id"] in known]
        digest, report = _write(corpus, rows, known, staging)
        if not absent and all(copy.is_exact for copy in known.values()):
            check(content_fault(withheld, digest))
        lines = [_Placed._fields, *(row._replace(surface=guarded(row.surface)) for row in report)]
        (staging / REPORT).write_bytes("".join(f"{csv_line(line)}\n" for line in lines).encode())
    return RehydrationReport(
        tuple(name for name, copy in known.items() if copy.is_exact),
        tuple(name for name, copy in known.items() if not copy.is_exact),
        absent,
        dict(sorted(Counter(row.status for row in report).items())),
        digest,
    )


def _copies(corpus: Corpus, folder: Path, documents: Iterable[Row]) -> dict[str, _Copy]:
    """Return a reader's copies by doc_id; a raw file that is the seed itself is cleaned as the seed was."""
    fields = Fingerprint.__dataclass_fields__
    prints: dict[tuple[str, str], list[Fingerprint]] = defaultdict(list)
    names = ["doc_id", "kind", *fields]
    for row in read_config(corpus.paths.root, FINGERPRINTS, names).to_pylist():
        prints[row["doc_id"], row["kind"]].append(Fingerprint(**{name: row[name] for name in fields}))
    files = {path.stem: path for path in sorted(folder.iterdir(), reverse=True) if path.is_file()}
    found = {}
    for row in documents:
        doc_id = row["doc_id"]
        if doc_id not in files:
            continue
        text = _text(corpus, files[doc_id], row)
        sentences, labels = prints[doc_id, "sentence"], prints[doc_id, "label"]
        is_exact = sha256_text(text) == row["text_sha256"]
        places = (
            {(one.start, one.end): (one.start, one.end) for one in labels}
            if is_exact
            else align(sentences, labels, text, doc_id)
        )
        found[doc_id] = _Copy(text, is_exact, places)
    return found


def _text(corpus: Corpus, file: Path, row: Row) -> str:
    """Return the text of a copy; the seed itself is cleaned, and a web page read, as it was.

    Another page than the seed is read by the extractor that `add` has. Raises UsageError if there is no
    article in it or a text is not UTF-8, ModuleNotFoundError if the extractor is not installed.
    """
    data, seconds, doc_id = corpus.paths.read(file), corpus.paths.limits.seconds, row["doc_id"]
    sha256 = hashlib.sha256(data).hexdigest()
    is_seed, pin = sha256 == row["seed_sha256"], None
    if is_page(file.name):
        place = corpus.paths.seeds / f"{doc_id}{PIN}"
        if is_seed and place.is_file():
            pin = decode_pin(corpus.paths.read(place), sha256)
        else:
            found = extract(data, sha256)
            if isinstance(found, Fault):
                raise UsageError(f"{file}: {found.message}", "name a page that has the article, or its text")
            pin = found.pin
        raw = data.decode(pin.encoding, errors="replace")
        return clean(raw, corpus.rules, doc_id, seconds, pin.texts(raw)).text
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8: byte {error.start}", "convert it to UTF-8")
    return clean(data.decode("utf-8"), corpus.rules, doc_id, seconds).text if is_seed else text


def _write(
    corpus: Corpus, rows: Sequence[Row], copies: Mapping[str, _Copy], out: Path
) -> tuple[str, list[_Placed]]:
    """Write the labels on the copies as a release; return its content hash and the report."""
    withheld, ontology = corpus.paths.root, corpus.ontology
    published = merged([one.load() for one in published_batches(withheld, ontology)])
    known: dict[str, list[LayerFile]] = defaultdict(list)
    for origin, batch in ((GOLD, published), (LABELS, annotated(withheld, ontology))):
        for file in batch.structs():
            known[file.layer.doc_id].append(replace(file, origin=origin))
    documents, layers = [], []
    report: list[_Placed] = []
    for row in rows:
        name, copy = row["doc_id"], copies[row["doc_id"]]
        metadata = {n: row[n] or "" for n in (*METADATA, "seed_sha256")}
        documents.append(Document(doc_id=name, text=copy.text, file="", segments=(), cuts=(), **metadata))
        for file in known[name]:
            placed, said = _placed(file, copy, ontology)
            layers.append(placed)
            if file.origin == GOLD or file.layer.annotator != row["annotator"]:
                report += said  # what is published as it is was reported a moment ago
    batch = Batch.of(documents, layers, ontology)
    stored = StoredBatch(0, tuple(document.doc_id for document in documents), (batch, ()))
    inputs = _inputs(withheld, ontology, rows)
    written = write_shards(inputs, configs(ontology), [stored], out, Cores(1), withheld=False)
    return written.content_sha256, report


def _inputs(withheld: Path, ontology: Ontology, documents: Iterable[Row]) -> Inputs:
    """Return what the release was made from: its entities, its annotators, the places of its articles."""
    columns = ["id", "type", "name", "aliases", "wikidata", "note"]
    entities = {
        row["id"]: Entity(
            **({name: row[name] or "" for name in columns} | {"aliases": tuple(row["aliases"])})
        )
        for row in read_config(withheld, "entities", columns).to_pylist()
    }
    placement = {row["doc_id"]: Placement(row["split"], row["fold"], row["event"]) for row in documents}
    makers = [
        row
        for config in ("document_annotations", "span_annotations", "relation_annotations")
        for row in read_config(withheld, config, ["annotator", "annotator_kind"]).to_pylist()
    ]
    annotators = {
        row["annotator"]: Annotator(row["annotator"], row["annotator_kind"], "")
        for row in [*documents, *makers]
    }
    return Inputs(GOLD, ontology, entities, annotators, placement)


def _placed(file: LayerFile, copy: _Copy, ontology: Ontology) -> tuple[LayerFile, list[_Placed]]:
    """Return a layer as it is on a copy, and the report of its spans."""
    old = file.layer
    spans: dict[str, Span] = {}
    report = []
    for span in old.spans:
        known = old.doc_id, old.annotator, span.label, span.start, span.end
        place = copy.places.get((span.start, span.end))
        if place is None:
            report.append(_Placed(*known, "lost", "", "", ""))
            continue
        made = _like(span, make_span(copy.text, span.label, *place, span.attributes))
        spans[span.id] = made
        report.append(_Placed(*known, "kept" if place == known[3:] else "moved", *place, made.text))
    relations = [
        _like(one, make_relation(one.label, spans[one.head], spans[one.tail], symmetric=is_symmetric))
        for one in old.relations
        for is_symmetric in [ontology.relation_by_name[one.label].symmetric]
        if one.head in spans and one.tail in spans
    ]
    layer = msgspec.structs.replace(old, spans=tuple(spans.values()), relations=tuple(relations))
    return LayerFile(in_order(layer), file.origin), report


def _like(old: Label, new: Label) -> Label:
    """Return a label with what another one says of its making."""
    return msgspec.structs.replace(new, sources=old.sources, decision=old.decision, reason=old.reason)
