"""The manifest: manifest.csv, the raw files it lists, and the documents they clean to."""

from __future__ import annotations

import codecs
import hashlib
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from parley.faults import DataFaults, Fault, check, check_machine
from parley.model.documents import Document
from parley.model.paths import CorpusPaths, unsound
from parley.runtime.counts import counted
from parley.runtime.files import Row, cell_problems, csv_line, csv_rows, guarded, is_whole, unguarded
from parley.runtime.first_bytes import kind_of
from parley.seeds.cleaning import Rules, clean
from parley.seeds.pages import PIN, Pin, decode_pin, is_page

COLUMNS = ("doc_id", "file", "sha256", "title", "publisher", "published", "event", "language", "rights")
_NOT_SEEDS = {"manifest.csv", "cleaning.toml", "README.md"}
# published: as written by cleaning. The others: what tools downstream rely on.
_SHAPES = {
    "sha256": (r"[0-9a-f]{64}", "64 hexadecimal digits"),
    "published": (r"(\d{4}-\d\d-\d\d(T\d\d:\d\d)?)?", "an ISO 8601 date or local date and time, or nothing"),
    "event": (r"[a-z0-9]+(-[a-z0-9]+)*", "a slug of lower-case words joined by `-`"),
    "language": (r"[a-z]{2,3}(-[A-Za-z0-9]+)*", "a language tag such as `en`"),
}

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Characters that no screen shows and that later steps cannot store: PostgreSQL holds no U+0000, XML 1.0 no
# other control characters but tab and line breaks, and neither of the last two noncharacters.
_NOT_STORED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")

NumberedRow = tuple[int, Row]  # a row of the manifest after its line number


class ManifestRows(Sequence[NumberedRow]):
    """Rows of a manifest in some hundred bytes each, where dictionaries would take a thousand.

    What is returned are dictionaries of their own, each time.
    """

    def __init__(self, rows: Iterable[NumberedRow] = ()) -> None:
        self._lines = array("q")
        self._ends = array("q", [0])  # of the cells of each row, in `_cells`
        self._cells = bytearray()
        for line, row in rows:
            self._lines.append(line)
            self._cells += msgspec.msgpack.encode([row[name] for name in COLUMNS])
            self._ends.append(len(self._cells))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._lines)

    def __getitem__(self, index):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN204 - of an index or a slice
        """Return a row, or some rows."""
        if isinstance(index, slice):
            return ManifestRows(self[n] for n in range(*index.indices(len(self))))
        line, index = self._lines[index], index % len(self)
        begin, end = self._ends[index], self._ends[index + 1]
        cells = msgspec.msgpack.decode(memoryview(self._cells)[begin:end], type=list[str])
        return line, dict(zip(COLUMNS, cells, strict=True))

    def __iter__(self) -> Iterator[NumberedRow]:
        return (self[n] for n in range(len(self)))


@dataclass(frozen=True)
class Manifest:
    """The manifest as read.

    rows: the whole ones. faults: of the file, and of the files in seeds/. packed: the file, by zlib.
    """

    rows: ManifestRows
    faults: tuple[Fault, ...]
    packed: bytes = zlib.compress(b"")

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return zlib.decompress(self.packed)


def decode_manifest(data: bytes, corpus: CorpusPaths, rules: Rules) -> Manifest:
    """Return the rows of manifest.csv, and all that is wrong with it or missing in it; no article is opened.

    rules: their `docs` must be in the manifest. Raises DataFaults if it cannot be decoded or has other
    columns.
    """
    file, cleaning = corpus.relative(corpus.manifest), corpus.relative(corpus.cleaning)
    wrong: list[Fault] = []

    def whole_rows() -> Iterator[NumberedRow]:
        for number, row in csv_rows(data, file, COLUMNS, "manifest-malformed"):
            whole = is_whole(row)
            problems = (
                [*cell_problems(row), *_row_problems(row)] if whole else [f"a row has {len(COLUMNS)} cells"]
            )
            wrong.extend(
                Fault("manifest-malformed", f"{file} > row {number}", what, file) for what in problems
            )
            if whole:
                yield number, {name: unguarded(cell) for name, cell in row.items()}

    rows = ManifestRows(whole_rows())
    doc_ids = Counter(row["doc_id"] for _, row in rows)
    names = unsound(doc_ids) | unsound(row["file"] for _, row in rows)
    sound = rows
    if names:
        for number, row in rows:
            for column in (name for name in ("doc_id", "file") if row[name] in names):
                what = f"{column} {names[row[column]]}"
                wrong.append(Fault("manifest-malformed", f"{file} > row {number}", what, file))
        # of these rows nobody knows which file would be opened
        sound = ManifestRows(
            (n, row) for n, row in rows if row["doc_id"] not in names and row["file"] not in names
        )
    lines: dict[str, list[int]] = {name: [] for name, times in doc_ids.items() if times > 1}
    for number, row in rows if lines else ():
        lines.get(row["doc_id"], []).append(number)
    for doc_id, numbers in lines.items():
        what = f"is in rows {', '.join(map(str, numbers))}"
        wrong.append(Fault("seed-duplicate", f"{file} > {doc_id}", what, file))
    for rule in rules.rule:
        for doc_id in sorted(set(rule.docs) - doc_ids.keys()):
            place, what = f"{cleaning} > rule({rule.name}) > docs", f"no document {doc_id!r} in the manifest"
            wrong.append(Fault("cleaning-malformed", place, what, cleaning))
    listed = {row["file"] for _, row in sound}
    listed |= {f"{row['doc_id']}{PIN}" for _, row in sound if is_page(row["file"])} | _NOT_SEEDS
    there = (path.name for path in corpus.seeds.iterdir())
    for name in sorted(name for name in there if name not in listed and not name.startswith(".")):
        seed = corpus.relative(corpus.seeds / name)
        wrong.append(Fault("seed-unlisted", seed, "has no row in the manifest", seed))
    return Manifest(sound, tuple(wrong), zlib.compress(data, 1))


def with_rows(data: bytes, rows: Iterable[Row]) -> bytes:
    """Return the bytes of manifest.csv with rows added at its end; of an empty one, with its header too."""
    end = "\r\n" if b"\r\n" in data else "\n"
    lines = [csv_line(guarded(row[column]) for column in COLUMNS) for row in rows]
    if not data:
        lines.insert(0, csv_line(COLUMNS))
    elif not data.endswith(b"\n"):
        data += end.encode()
    return data + "".join(line + end for line in lines).encode()


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
    read, manifest = corpus.reader(corpus.seeds), corpus.relative(corpus.manifest)
    folder = corpus.relative(corpus.seeds)
    for number, row in rows:
        place = f"{manifest} > row {number}"
        try:
            documents.append(_document(corpus, row, rules, place, name=f"{folder}/{row['file']}", read=read))
        except DataFaults as found:
            wrong.extend(found.faults)
    return documents, wrong


def read_pin(read: Callable[[str], bytes], file: str, sha256: str) -> Pin | None:
    """Return which part of a seed is the article, None if it is not a web page but the article itself.

    read: reads a file by its name in seeds/. sha256: of the page. Raises ValueError if the page
    has no pin, or one of another page.
    """
    if not is_page(file):
        return None
    try:
        return decode_pin(read(f"{Path(file).stem}{PIN}"), sha256)
    except OSError as error:
        check_machine(error)
        raise ValueError(error.strerror)


def decode_seed(data: bytes, pin: Pin | None) -> str:
    """Return a seed as text. Raises UnicodeDecodeError if an article is not UTF-8."""
    return data.decode(pin.encoding, errors="replace") if pin else data.decode("utf-8")


def no_text(data: bytes) -> str:
    """Return what a file is whose first bytes say that it is not text, in words; "" if they do not.

    >>> no_text(b"%PDF-1.7"), no_text(b"Storm in the north")
    ('a PDF', '')
    """
    return "JSON" if data.startswith((b'{"', b'[{"')) else kind_of(data, but={"page"})[1]


def undecoded(error: UnicodeDecodeError) -> str:
    """Say why bytes are not UTF-8."""
    data = error.object
    if data.startswith(_UTF16):
        return "it begins as UTF-16 does"
    return f"byte {error.start} (0x{data[error.start]:02x}): {error.reason}"


def without_words(raw: str) -> str:
    """Say how much of a raw text is cut, if nothing of it is left."""
    return f"all of its {counted(len(raw), 'character')} are cut" if raw.strip() else "it has no words"


def not_stored(text: str) -> Iterator[str]:
    """Yield what a text has that later steps cannot store, each character once."""
    for character in sorted(set(_NOT_STORED.findall(text))):
        first = len(text.partition(character)[0].encode(errors="surrogatepass"))
        yield f"byte {first}: U+{ord(character):04X}, in all {text.count(character)} of it"


def _document(
    corpus: CorpusPaths, row: Row, rules: Rules, place: str, *, name: str, read: Callable[[str], bytes]
) -> Document:
    """Return the document of a manifest row. Raises DataFaults with all that is wrong with it.

    place: of the row. name: of the seed, as faults name it. read: reads it by its name in seeds/.
    """
    doc_id, wrong = row["doc_id"], list[Fault]()

    def fault(code: str, what: str) -> None:
        wrong.append(Fault(code, f"{doc_id} > {name}", what, name))

    try:
        data = read(row["file"])
    except OSError as error:
        check_machine(error)
        fault("seed-missing", f"{error.strerror}")
        raise DataFaults(wrong)
    actual = hashlib.sha256(data).hexdigest()
    if actual != row["sha256"]:
        fault("seed-changed", f"its sha256 is {actual}, the manifest says {row['sha256']!r}")
    if kind := no_text(data):
        fault("seed-format", f"it is {kind}")
        raise DataFaults(wrong)
    article = None
    try:
        pin = read_pin(read, row["file"], actual)
        raw = decode_seed(data, pin)
        if pin:
            article = pin.texts(raw)
    except UnicodeDecodeError as error:
        fault("seed-encoding", undecoded(error))
        raise DataFaults(wrong)
    except ValueError as error:
        fault("page-malformed", f"{doc_id}{PIN}: {error}")
        raise DataFaults(wrong)
    written = raw if article is None else "".join(text for _, _, text in article)
    wrong += [Fault("seed-character", f"{doc_id} > {name}", what, name) for what in not_stored(written)]
    cleaned = clean(raw, rules, doc_id, corpus.limits.seconds, article)
    if not cleaned.text.strip():
        fault("seed-empty", without_words(raw))
    for field, value in cleaned.metadata.items():
        if row[field] != value:
            what = f"{field} is {row[field]!r}, but {row['file']} shows {value!r}"
            wrong.append(Fault("manifest-malformed", place, what, corpus.relative(corpus.manifest)))
    check(wrong)
    known = {column: row[column] for column in COLUMNS if column != "sha256"}
    return Document(
        **known, text=cleaned.text, seed_sha256=actual, segments=cleaned.segments, cuts=cleaned.cuts
    )
