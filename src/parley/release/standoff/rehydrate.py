"""Rehydrate: put the labels of a release without text onto a reader's own copies of the articles.

A copy that is the same byte for byte (the raw file, or the clean text) gives the release as it was made. In
any other the labels are looked for (release.standoff.align): what is kept, moved or lost is reported label
by label, and no label is put where its words are not.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from parley.faults import DataFaults, Fault, UsageError
from parley.model.annotators import Annotator
from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Layer, Span, in_order, make_relation, make_span, sha256_text
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.release.batches import Batch, Scheme
from parley.release.card.counts import Tally, tally
from parley.release.data.configs import METADATA, SPLIT_CONFIGS, WHOLE, schemas, tables, whole_tables
from parley.release.data.digests import content_sha256, document_digests, table_digest
from parley.release.data.parquet import read_table, write_table
from parley.release.data.shards import shard_file
from parley.release.data.splits import SPLITS, Placement
from parley.release.standoff.align import Fingerprint, align
from parley.release.standoff.fingerprints import CONFIG
from parley.runtime.files import put_in_place, recover, write_whole
from parley.seeds.cleaning import clean
from parley.seeds.rules import read_rules

REPORT = "rehydration.csv"
_COLUMNS = ("doc_id", "annotator", "label", "start", "end", "status", "new_start", "new_end", "surface")

Row = dict[str, Any]
Places = dict[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Rehydrated:
    """What came of it.

    exact: articles that are the original word for word. absent: those without a copy. counts: of labels by
    status. content_sha256: of the tables made.
    """

    exact: tuple[str, ...]
    aligned: tuple[str, ...]
    absent: tuple[str, ...]
    counts: dict[str, int]
    content_sha256: str


def rehydrate(withheld: Path, scheme: CorpusPaths, copies: Path, out: Path) -> Rehydrated:
    """Write the release `withheld` with the text of `copies` into the folder `out`, whole or not at all.

    scheme: a corpus folder that has ontology and cleaning rules of the release; seeds are not needed. copies:
    a folder of files named after the doc_id, raw or clean, UTF-8. Relations live where both their ends do.
    Raises UsageError where `out` exists, or there is nothing to put labels onto, DataFaults where a file of
    the release is damaged.
    """
    if out.exists():
        raise UsageError(f"{out} exists", "name a new folder with --out")
    rows = {config: list(_rows(withheld, config)) for config in (*SPLIT_CONFIGS, "entities", CONFIG)}
    if not rows[CONFIG]:
        raise UsageError(f"{withheld} is no release without text", "name a folder that has data/fingerprints")
    if not scheme.ontology.is_file():
        raise UsageError(f"{scheme.ontology} is not there", "name the whole folder of the release")
    if not copies.is_dir():
        raise UsageError(f"{copies} is no folder", "name the folder that holds your copies of the articles")
    ontology = read_ontology(scheme.ontology)
    files = {path.stem: path for path in sorted(copies.iterdir(), reverse=True) if path.is_file()}
    texts = {row["doc_id"]: _copy(scheme, files.get(row["doc_id"]), row) for row in rows["documents"]}
    absent = tuple(name for name, text in texts.items() if text is None)
    present = {name: text for name, text in texts.items() if text is not None}
    if not present:
        raise UsageError(f"{copies} has no file named after a document", f"name one {absent[0]}.txt")
    hashes = {row["doc_id"]: row["text_sha256"] for row in rows["documents"]}
    exact = dict.fromkeys(name for name, text in present.items() if sha256_text(text) == hashes[name])
    fingerprints: dict[str, list[Row]] = {}
    for row in rows[CONFIG]:
        fingerprints.setdefault(row["doc_id"], []).append(row)
    places = {
        name: _places(fingerprints.get(name, []), name, text, exact=name in exact)
        for name, text in present.items()
    }
    report: list[Row] = []
    batches = _batches(rows, present, places, ontology, report)
    staging = out.with_name(f".{out.name}.new")
    recover(out, staging)
    try:
        digest = _write(batches, _scheme(rows, ontology), staging)
        write_whole(staging / REPORT, _as_csv(report))
        put_in_place(staging, out)
    finally:
        recover(out, staging)
    counts = Counter(row["status"] for row in report)
    aligned = tuple(name for name in present if name not in exact)
    return Rehydrated(tuple(exact), aligned, absent, dict(sorted(counts.items())), digest)


def _rows(folder: Path, config: str) -> Iterator[Row]:
    """Yield the rows of a config, with the names of its labels and the split they are in."""
    for path in sorted((folder / "data" / config).glob("*.parquet")):
        try:
            table = read_table(path)
        except (OSError, pa.ArrowException) as error:
            place = path.relative_to(folder).as_posix()
            raise DataFaults([Fault("release-damaged", place, f"the file cannot be read: {error}", place)])
        names = _names((table.schema.metadata or {}).get(b"huggingface", b"{}"))
        split = path.name.partition("-")[0]
        for row in table.to_pylist():
            yield _named(row, names) | {"split": split}


def _names(info: bytes) -> Row:
    known: Row = msgspec.json.decode(info).get("info", {}).get("features", {})
    return known


def _named(row: Row, features: Row) -> Row:
    """Return a row with label names for the numbers of its ClassLabels, nested ones too."""
    named = dict(row)
    for name, feature in features.items():
        inner = feature.get("feature") if feature.get("_type") == "List" else None
        if feature.get("_type") == "ClassLabel" and row[name] is not None:
            named[name] = feature["names"][row[name]]
        elif isinstance(inner, dict) and "_type" not in inner and row[name] is not None:
            named[name] = [_named(one, inner) for one in row[name]]
    return named


def _copy(scheme: CorpusPaths, path: Path | None, row: Row) -> str | None:
    """Return a reader's text of an article; a raw file that is the seed itself is cleaned as the seed was."""
    if path is None:
        return None
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8: byte {error.start}", "convert it to UTF-8")
    if hashlib.sha256(data).hexdigest() == row["seed_sha256"]:
        return clean(data.decode("utf-8"), read_rules(scheme), row["doc_id"]).text
    return text


def _places(fingerprints: list[Row], doc_id: str, text: str, *, exact: bool) -> Places:
    """Return where the labelled stretches of an article stand in a copy. fingerprints: of that article."""
    if exact:
        return {(r["start"], r["end"]): (r["start"], r["end"]) for r in fingerprints}
    fields = Fingerprint.__dataclass_fields__
    by_kind: dict[str, list[Fingerprint]] = {"sentence": [], "label": []}
    for row in fingerprints:
        by_kind[row["kind"]].append(Fingerprint(**{name: row[name] for name in fields}))
    return align(by_kind["sentence"], by_kind["label"], text, doc_id)


def _write(batches: Mapping[str, Batch], scheme: Scheme, out: Path) -> str:
    """Write the tables of a batch a split; return their content hash."""
    known, counted = schemas(scheme.ontology), Tally()
    digests: dict[str, list[tuple[str, str]]] = {}
    for split, batch in batches.items():
        made = tables(batch, scheme, known)
        counted.add(tally(batch, scheme))
        digests[split] = list(document_digests(made).items())
        for config, table in made.items():
            if table.num_rows:
                write_table(out / shard_file(config, split), table)
    whole = whole_tables(counted, scheme, known)
    for config, table in whole.items():
        write_table(out / shard_file(config, WHOLE), table)
    return content_sha256(digests, {config: table_digest(table) for config, table in whole.items()})


def _scheme(rows: dict[str, list[Row]], ontology: Ontology) -> Scheme:
    """Return what held for the release: its entities, and who made its labels."""
    kinds = {row["annotator"]: row["annotator_kind"] for row in rows["documents"] + rows["annotations"]}
    entities = {
        r["id"]: Entity(r["id"], r["type"], r["name"], tuple(r["aliases"]), r["wikidata"], r["note"])
        for r in rows["entities"]
    }
    annotators = {name: Annotator(name, kind, "") for name, kind in kinds.items()}
    return Scheme(ontology, entities, annotators, is_gold=False)


def _batches(
    rows: dict[str, list[Row]],
    texts: dict[str, str],
    places: dict[str, Places],
    ontology: Ontology,
    report: list[Row],
) -> dict[str, Batch]:
    """Return the articles and labels of each split, as they were before the text was taken out.

    report: gets a row for each span, once where an annotator's layer is what was published.
    """
    by_layer: dict[str, dict[str, dict[str, list[Row]]]] = {}
    for row in rows["annotations"]:
        of_document = by_layer.setdefault(row["doc_id"], {})
        of_document.setdefault(row["annotator"], {"span": [], "relation": []})[row["kind"]].append(row)
    present = [row for row in rows["documents"] if row["doc_id"] in texts]
    batches = {}
    for split in SPLITS:
        documents, published, layers, placement = [], [], [], {}
        for row in [row for row in present if row["split"] == split]:
            name = row["doc_id"]
            known = {n: row[n] for n in (*METADATA, "seed_sha256")}
            documents.append(Document(doc_id=name, text=texts[name], file="", segments=(), cuts=(), **known))
            placement[name] = Placement(row["split"], row["fold"])
            numbers = [span["id"] for span in row["spans"]]
            relations = [
                r | {"head": numbers[r["head"]], "tail": numbers[r["tail"]]} for r in row["relations"]
            ]
            found = texts[name], places[name], ontology
            published.append(_layer(name, row["annotator"], row["spans"], relations, *found, report))
            layers += [
                _layer(
                    name, who, own["span"], own["relation"], *found, [] if who == row["annotator"] else report
                )
                for who, own in by_layer.get(name, {}).items()
            ]
        if documents:
            batches[split] = Batch(tuple(documents), tuple(published), tuple(layers), placement)
    return batches


def _layer(  # noqa: PLR0917 - one row of two tables and what they are put onto
    doc_id: str,
    annotator: str,
    spans: list[Row],
    relations: list[Row],
    text: str,
    places: Places,
    ontology: Ontology,
    report: list[Row],
) -> Layer:
    made: dict[str, Span] = {}
    for row in spans:
        old = row["start"], row["end"]
        new = places.get(old)
        surface = text[new[0] : new[1]] if new else ""
        status = "lost" if new is None else "kept" if new == old else "moved"
        said = (doc_id, annotator, row["label"], *old, status, *(new or ("", "")), surface)
        report.append(dict(zip(_COLUMNS, said, strict=True)))
        if new:
            attributes = {n: row[n] for n in ontology.attribute_names if row.get(n) is not None}
            span = make_span(text, row["label"], *new, attributes)
            made[row["id"]] = msgspec.structs.replace(span, **_origin(row, annotator))
    kept = [
        msgspec.structs.replace(
            make_relation(
                r["label"],
                made[r["head"]],
                made[r["tail"]],
                symmetric=ontology.relation_by_name[r["label"]].symmetric,
            ),
            **_origin(r, annotator),
        )
        for r in relations
        if r["head"] in made and r["tail"] in made
    ]
    layer = Layer(doc_id, sha256_text(text), annotator, "", "", None, tuple(made.values()), tuple(kept))
    return in_order(layer)


def _origin(row: Row, annotator: str) -> Row:
    """Return what gold says of a label's making; a layer published as it is says only who made it."""
    sources = tuple(row.get("sources") or ())
    if not row.get("decision") and sources == (annotator,):
        sources = ()
    return {"sources": sources, "decision": row.get("decision") or "", "reason": row.get("reason") or ""}


def _as_csv(report: list[Row]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(report)
    return text.getvalue().encode()
