"""Read the seeds: manifest.csv, the raw files it lists, and the documents they clean to."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from parley.corpus import Corpus
from parley.documents import Document
from parley.faults import DataFaults, Fault, check
from parley.seeds.cleaning import clean
from parley.seeds.rules import Rules, read_rules

COLUMNS = ("doc_id", "file", "sha256", "title", "publisher", "published", "event", "language", "rights")
_NOT_SEEDS = frozenset({"manifest.csv", "cleaning.toml", "README.md"})
# doc_id: also a file name. published: as written by cleaning. The others: what tools downstream rely on.
_SHAPES = {
    "doc_id": (r"\w[\w.-]*", "letters, digits, `_`, `-` and `.`"),
    "sha256": (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    "published": (r"(\d{4}-\d\d-\d\d(T\d\d:\d\d)?)?", "an ISO 8601 date or local date and time, or nothing"),
    "event": (r"[a-z0-9]+(-[a-z0-9]+)*", "a slug of lower-case words joined by `-`"),
    "language": (r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "a language tag such as `en`"),
}

_Row = dict[str, str]
Listed = tuple[int, _Row]  # a row of the manifest behind its line number


def read_documents(corpus: Corpus) -> list[Document]:
    """Return the cleaned articles in the manifest's order.

    Raises DataFaults naming every malformed row, every seed that is missing, changed, unlisted, not UTF-8 or
    empty after cleaning, and every title, publisher or date that the text shows otherwise.
    """
    rules = read_rules(corpus)
    listed, wrong = read_manifest(corpus, rules)
    documents, more = read_listed(corpus, rules, listed)
    check(wrong + more)
    return documents


def read_manifest(corpus: Corpus, rules: Rules) -> tuple[list[Listed], list[Fault]]:
    """Return the articles that the manifest lists, and what is wrong with it, with the rules or the folder.

    Raises DataFaults where the manifest cannot be read at all.
    """
    file = corpus.relative(corpus.manifest)
    rows, wrong = _read_manifest(corpus, file)
    listed = {row["doc_id"] for _, row in rows}
    for rule in rules.rule:
        for doc_id in sorted(set(rule.docs) - listed):
            place = f"{corpus.relative(corpus.cleaning)} > rule({rule.name}) > docs"
            what = f"no document {doc_id!r} in the manifest"
            wrong.append(Fault("cleaning-malformed", place, what, corpus.relative(corpus.cleaning)))
    wrong.extend(_unlisted(corpus, {row["file"] for _, row in rows}))
    return rows, wrong


def read_listed(corpus: Corpus, rules: Rules, listed: Sequence[Listed]) -> tuple[list[Document], list[Fault]]:
    """Return the cleaned articles of some rows of the manifest, and what is wrong with the others."""
    file = corpus.relative(corpus.manifest)
    documents, wrong = [], []
    for number, row in listed:
        try:
            documents.append(_document(corpus, row, rules, f"{file} > row {number}"))
        except DataFaults as found:
            wrong.extend(found.faults)
    return documents, wrong


def _read_manifest(corpus: Corpus, file: str) -> tuple[list[Listed], list[Fault]]:
    """Return the manifest's rows with their line numbers, and what is wrong with them."""
    try:
        text = corpus.manifest.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataFaults([Fault("manifest-malformed", file, f"cannot be read: {error}", file)])
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        what = f"the columns must be {','.join(COLUMNS)}"
        raise DataFaults([Fault("manifest-malformed", file, what, file)])
    rows: list[Listed] = []
    wrong: list[Fault] = []
    for row in reader:
        place = f"{file} > row {reader.line_num}"
        if None in row or None in row.values():
            what = f"a row has {len(COLUMNS)} cells"
            wrong.append(Fault("manifest-malformed", place, what, file))
            continue
        wrong.extend(Fault("manifest-malformed", place, what, file) for what in _row_problems(row))
        rows.append((reader.line_num, row))
    for doc_id, times in Counter(row["doc_id"] for _, row in rows).items():
        if times > 1:
            where = ", ".join(str(number) for number, row in rows if row["doc_id"] == doc_id)
            wrong.append(Fault("seed-duplicate", f"{file} > {doc_id}", f"stands in rows {where}", file))
    return rows, wrong


def _row_problems(row: _Row) -> Iterator[str]:
    for column, (shape, meaning) in _SHAPES.items():
        if not re.fullmatch(shape, row[column]):
            yield f"{column} {row[column]!r} is not {meaning}"
    if re.search(r"[/\\]", row["file"]) or Path(row["file"]).stem != row["doc_id"]:
        yield f"file {row['file']!r} is not a file in seeds/ named after doc_id {row['doc_id']!r}"
    if row["published"]:
        try:
            datetime.fromisoformat(row["published"])
        except ValueError as error:
            yield f"published {row['published']!r}: {error}"


def _unlisted(corpus: Corpus, listed: set[str]) -> Iterator[Fault]:
    for path in sorted(corpus.seeds.iterdir()):
        if path.name not in listed | _NOT_SEEDS and not path.name.startswith("."):
            file = corpus.relative(path)
            yield Fault("seed-unlisted", file, "has no row in the manifest", file)


def _document(corpus: Corpus, row: _Row, rules: Rules, place: str) -> Document:
    """Return the document of a manifest row. Raises DataFaults with all that is wrong with it."""
    doc_id, name = row["doc_id"], f"{corpus.relative(corpus.seeds)}/{row['file']}"
    try:
        data = (corpus.seeds / row["file"]).read_bytes()
    except OSError as error:
        raise DataFaults([Fault("seed-missing", f"{doc_id} > {name}", f"{error.strerror}", name)])
    wrong = []
    actual = hashlib.sha256(data).hexdigest()
    if actual != row["sha256"]:
        what = f"its sha256 is {actual}, the manifest says {row['sha256']!r}"
        wrong.append(Fault("seed-changed", f"{doc_id} > {name}", what, name))
    try:
        raw = data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} (0x{data[error.start]:02x}): {error.reason}"
        wrong.append(Fault("seed-encoding", f"{doc_id} > {name}", what, name))
        raise DataFaults(wrong)
    cleaned = clean(raw, rules, doc_id)
    if not cleaned.text.strip():
        what = f"of {len(raw)} characters"
        wrong.append(Fault("seed-empty", f"{doc_id} > {name}", what, name))
    for field, value in cleaned.metadata.items():
        if row[field] != value:
            what = f"{field} is {row[field]!r}, but {row['file']} shows {value!r}"
            wrong.append(Fault("manifest-malformed", place, what, corpus.relative(corpus.manifest)))
    check(wrong)
    known = {column: row[column] for column in COLUMNS if column != "sha256"}
    return Document(
        **known, text=cleaned.text, seed_sha256=actual, segments=cleaned.segments, cuts=cleaned.cuts
    )
