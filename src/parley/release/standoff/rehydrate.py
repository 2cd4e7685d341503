"""Rehydrate: put the labels of a release without text onto a reader's own copies of the articles.

A copy that is the same byte for byte (the raw file, or the clean text) gives the release as it was. In any
other the labels are looked for (`standoff.align`): what is kept, moved or lost is reported label by label,
and no label is put where its words are not. The release is first held against its own hashes.
The report is a CSV file: an apostrophe is before words that a spreadsheet would run as a formula.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import UsageError, check
from parley.model.annotators import Annotator
from parley.model.batch import Batch, LayerFile, merged
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Relation, Span, in_order, make_relation, make_span, sha256_text
from parley.model.ontology import Ontology
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
from parley.release.versions.history import content_fault, withheld_faults
from parley.runtime.files import building, guarded, put_in_place, write_whole
from parley.seeds.cleaning import clean

REPORT = "rehydration.csv"

Row = dict[str, Any]
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


def rehydrate(withheld: Path, copies: Path, out: Path) -> Rehydrated:
    """Write the release `withheld` with the text of `copies` into the folder `out`, whole or not at all.

    copies: a folder of files named after the doc_id, raw or clean, UTF-8. A relation is kept if both its ends
    are. Raises UsageError if `out` exists, or there is nothing to put labels onto, DataFaults naming each
    file that is not as it was published: nothing is written then.
    """
    corpus = Corpus(CorpusPaths(withheld))
    if not (withheld / "data" / FINGERPRINTS).is_dir():
        raise UsageError(f"{withheld} is no release without text", "name a folder that has data/fingerprints")
    if not copies.is_dir():
        raise UsageError(f"{copies} is no folder", "name the folder that has your copies of the articles")
    check(withheld_faults(withheld))
    columns = ["doc_id", *METADATA, "fold", "text_sha256", "seed_sha256", "annotator", "annotator_kind"]
    documents = read_config(withheld, "documents", columns).to_pylist()
    known = _copies(corpus, copies, documents)
    absent = tuple(row["doc_id"] for row in documents if row["doc_id"] not in known)
    if not known:
        raise UsageError(f"{copies} has no file named after a document", f"name one {absent[0]}.txt")
    with building(out) as staging:
        if out.exists():
            raise UsageError(f"{out} exists", "name a new folder with --out")
        rows = [row for row in documents if row["doc_id"] in known]
        digest, report = _write(corpus, rows, known, staging)
        if not absent and all(copy.is_exact for copy in known.values()):
            check(content_fault(withheld, digest))
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows(
            [_Placed._fields, *(row._replace(surface=guarded(row.surface)) for row in report)]
        )
        write_whole(staging / REPORT, text.getvalue().encode())
        put_in_place(staging, out)
    return Rehydrated(
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
        data = corpus.paths.read(files[doc_id])
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise UsageError(f"{files[doc_id]} is not UTF-8: byte {error.start}", "convert it to UTF-8")
        if hashlib.sha256(data).hexdigest() == row["seed_sha256"]:
            text = clean(data.decode("utf-8"), corpus.rules, doc_id, corpus.paths.limits.seconds).text
        sentences, labels = prints[doc_id, "sentence"], prints[doc_id, "label"]
        is_exact = sha256_text(text) == row["text_sha256"]
        places = (
            {(one.start, one.end): (one.start, one.end) for one in labels}
            if is_exact
            else align(sentences, labels, text, doc_id)
        )
        found[doc_id] = _Copy(text, is_exact, places)
    return found


def _write(
    corpus: Corpus, rows: list[Row], copies: Mapping[str, _Copy], out: Path
) -> tuple[str, list[_Placed]]:
    """Write the tables, a file for each config and split; return content hash and report."""
    withheld, ontology = corpus.paths.root, corpus.ontology
    known, inputs, counts = configs(ontology), _inputs(withheld, ontology, rows), Counts()
    published = _by_document(merged([one.load() for one in published_batches(withheld, ontology)]))
    annotations = _by_document(annotated(withheld, ontology))
    digests: dict[str, list[tuple[str, str]]] = {}
    report: list[_Placed] = []
    for split in SPLITS:
        documents: list[Document] = []
        sides: tuple[list[LayerFile], list[LayerFile]] = ([], [])
        for row in rows:
            if row["split"] != split:
                continue
            name, text = row["doc_id"], copies[row["doc_id"]].text
            metadata = {n: row[n] for n in (*METADATA, "seed_sha256")}
            documents.append(Document(doc_id=name, text=text, file="", segments=(), cuts=(), **metadata))
            for side, layers in zip(sides, (published[name], annotations[name]), strict=True):
                for layer in layers:
                    placed, said = _placed(layer, copies[name], ontology)
                    side.append(placed)
                    if side is sides[0] or layer.layer.annotator != row["annotator"]:
                        report += said  # what is published as it is was reported a moment ago
        if not documents:
            continue
        chosen, every = (Batch.of(documents, side, ontology) for side in sides)
        sentences = Sentences.of(chosen, tagged_labels(ontology))
        made = tables(chosen, every, sentences, inputs, known)
        counts.add(count(chosen, every, sentences, inputs))
        digests[split] = list(document_digests(made).items())
        for config, table in made.items():
            if table.num_rows:
                write_table(out / shard_file(config, split), table)
    whole = whole_tables(counts, inputs, known)
    for config, table in whole.items():
        write_table(out / shard_file(config, WHOLE), table)
    return content_sha256(digests, whole), report


def _by_document(batch: Batch) -> dict[str, list[LayerFile]]:
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
