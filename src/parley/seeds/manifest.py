"""The manifest: manifest.csv, the raw files it lists, and the documents they clean to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from parley.faults import DataFaults, Fault, check, check_machine
from parley.model.documents import Document
from parley.model.paths import CorpusPaths, unsound
from parley.runtime.files import Row, cell_problems, csv_rows, is_whole, unguarded
from parley.seeds.cleaning import Rules, clean

COLUMNS = ("doc_id", "file", "sha256", "title", "publisher", "published", "event", "language", "rights")
_NOT_SEEDS = {"manifest.csv", "cleaning.toml", "README.md"}
# published: as written by cleaning. The others: what tools downstream rely on.
_SHAPES = {
    "sha256": (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    "published": (r"(\d{4}-\d\d-\d\d(T\d\d:\d\d)?)?", "an ISO 8601 date or local date and time, or nothing"),
    "event": (r"[a-z0-9]+(-[a-z0-9]+)*", "a slug of lower-case words joined by `-`"),
    "language": (r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "a language tag such as `en`"),
}

# Characters that no screen shows and that later steps cannot store: PostgreSQL holds no U+0000, XML 1.0 no
# other control characters but tab and line breaks, and neither of the last two noncharacters.
_NOT_STORED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")

NumberedRow = tuple[int, Row]  # a row of the manifest after its line number


@dataclass(frozen=True)
class Manifest:
    """The manifest as read. rows: the whole ones. faults: of the file, and of the files in seeds/."""

    rows: tuple[NumberedRow, ...]
    faults: tuple[Fault, ...]


def decode_manifest(data: bytes, corpus: CorpusPaths, rules: Rules) -> Manifest:
    """Return the rows of manifest.csv, and all that is wrong with it or missing in it; no article is opened.

    rules: their `docs` must be in the manifest. Raises DataFaults if it cannot be decoded or has other
    columns.
    """
    file, cleaning = corpus.relative(corpus.manifest), corpus.relative(corpus.cleaning)
    wrong: list[Fault] = []
    lines: dict[str, list[int]] = {}  # of each doc_id
    rows: list[NumberedRow] = []
    for number, row in csv_rows(data, file, COLUMNS, "manifest-malformed"):
        whole = is_whole(row)
        problems = (
            [*cell_problems(row), *_row_problems(row)] if whole else [f"a row has {len(COLUMNS)} cells"]
        )
        wrong.extend(Fault("manifest-malformed", f"{file} > row {number}", what, file) for what in problems)
        if whole:
            lines.setdefault(row["doc_id"], []).append(number)
            rows.append((number, {name: unguarded(cell) for name, cell in row.items()}))
    names = unsound(lines) | unsound(row["file"] for _, row in rows)
    for number, row in rows:
        for column in ("doc_id", "file"):
            if row[column] in names:
                what = f"{column} {names[row[column]]}"
                wrong.append(Fault("manifest-malformed", f"{file} > row {number}", what, file))
    # of other rows nobody knows which file would be opened
    rows = [(n, row) for n, row in rows if row["doc_id"] not in names and row["file"] not in names]
    for doc_id, numbers in lines.items():
        if len(numbers) > 1:
            what = f"is in rows {', '.join(map(str, numbers))}"
            wrong.append(Fault("seed-duplicate", f"{file} > {doc_id}", what, file))
    for rule in rules.rule:
        for doc_id in sorted(set(rule.docs) - lines.keys()):
            place, what = f"{cleaning} > rule({rule.name}) > docs", f"no document {doc_id!r} in the manifest"
            wrong.append(Fault("cleaning-malformed", place, what, cleaning))
    there = {path.name for path in corpus.seeds.iterdir() if not path.name.startswith(".")}
    for name in sorted(there - {row["file"] for _, row in rows} - _NOT_SEEDS):
        seed = corpus.relative(corpus.seeds / name)
        wrong.append(Fault("seed-unlisted", seed, "has no row in the manifest", seed))
    return Manifest(tuple(rows), tuple(wrong))


def _row_problems(row: Row) -> Iterator[str]:
    for column, (shape, meaning) in _SHAPES.items():
        if not re.fullmatch(shape, row[column]):
            yield f"{column} {row[column]!r} is not {meaning}"
    if Path(row["file"]).stem != row["doc_id"]:
        yield f"file {row['file']!r} is not a file in seeds/ named after doc_id {row['doc_id']!r}"
    if row["published"]:
        try:
            datetime.fromisoformat(row["published"])
        except ValueError as error:
            yield f"published {row['published']!r}: {error}"


def read_rows(
    corpus: CorpusPaths, rows: Iterable[NumberedRow], rules: Rules
) -> tuple[list[Document], list[Fault]]:
    """Return the cleaned articles of rows of the manifest, without the faulty ones, and their faults."""
    documents: list[Document] = []
    wrong: list[Fault] = []
    for number, row in rows:
        try:
            documents.append(
                _document(corpus, row, rules, f"{corpus.relative(corpus.manifest)} > row {number}")
            )
        except DataFaults as found:
            wrong.extend(found.faults)
    return documents, wrong


def _document(corpus: CorpusPaths, row: Row, rules: Rules, place: str) -> Document:
    """Return the document of a manifest row. Raises DataFaults with all that is wrong with it."""
    doc_id, name = row["doc_id"], f"{corpus.relative(corpus.seeds)}/{row['file']}"
    wrong: list[Fault] = []

    def fault(code: str, what: str) -> None:
        wrong.append(Fault(code, f"{doc_id} > {name}", what, name))

    try:
        data = corpus.read(corpus.seeds / row["file"])
    except OSError as error:
        check_machine(error)
        fault("seed-missing", f"{error.strerror}")
        raise DataFaults(wrong)
    actual = hashlib.sha256(data).hexdigest()
    if actual != row["sha256"]:
        fault("seed-changed", f"its sha256 is {actual}, the manifest says {row['sha256']!r}")
    try:
        raw = data.decode("utf-8")
    except UnicodeDecodeError as error:
        fault("seed-encoding", f"byte {error.start} (0x{data[error.start]:02x}): {error.reason}")
        raise DataFaults(wrong)
    for character in sorted(set(_NOT_STORED.findall(raw))):
        first = len(raw.partition(character)[0].encode())
        fault("seed-character", f"byte {first}: U+{ord(character):04X}, in all {raw.count(character)} of it")
    cleaned = clean(raw, rules, doc_id, corpus.limits.seconds)
    if not cleaned.text.strip():
        fault("seed-empty", f"of {len(raw)} characters")
    for field, value in cleaned.metadata.items():
        if row[field] != value:
            what = f"{field} is {row[field]!r}, but {row['file']} shows {value!r}"
            wrong.append(Fault("manifest-malformed", place, what, corpus.relative(corpus.manifest)))
    check(wrong)
    known = {column: row[column] for column in COLUMNS if column != "sha256"}
    return Document(
        **known, text=cleaned.text, seed_sha256=actual, segments=cleaned.segments, cuts=cleaned.cuts
    )
