"""Web pages as seeds: the article in one, pinned in a file beside it, each character with its place.

The page stays as it is, byte for byte. What is the article is decided once, by an extractor, when the page is
added; the pin says which stretches of the page it is and what they read as. No later version of any library
makes another text of it.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from html import unescape
from html.parser import HTMLParser
from pathlib import PurePath
from typing import Annotated, NamedTuple

import msgspec

from parley.faults import Fault
from parley.values.segmentation import INVISIBLE

SUFFIXES = frozenset({".html", ".htm", ".xhtml"})
PIN = ".page.json"  # after the doc_id
LARGEST = 20_000_000  # bytes: more is not an article, and the extractor would take minutes

_UNSEEN = frozenset({"script", "style", "title", "template", "noscript", "textarea", "select", "svg"})
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_FRAME = re.compile(r"<i?frame\b", re.IGNORECASE)
_REFERENCE = re.compile(r"&#?\w+;?")
_Place = Annotated[int, msgspec.Meta(ge=0)]


class Piece(msgspec.Struct, frozen=True, array_like=True):
    """A stretch of the page, in code points, and what it reads as: "" if as it is, else one character."""

    start: _Place
    end: _Place
    text: str = ""


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a page is the article. encoding: of the page, as Python calls it. extractor: what decided."""

    page_sha256: str
    encoding: str
    extractor: str
    pieces: tuple[Piece, ...]

    def texts(self, raw: str) -> list[tuple[int, int, str]]:
        """Return start and end of each piece, and what it reads as. Raises ValueError if it is not there."""
        found = []
        before = 0
        for piece in self.pieces:
            if not before <= piece.start <= piece.end <= len(raw) or len(piece.text) > 1:
                raise ValueError(f"{piece.start}:{piece.end} is not a stretch after {before} of {len(raw)}")
            text = piece.text or raw[piece.start : piece.end]
            if text:
                found.append((piece.start, piece.end, text))
            before = piece.end
        return found


class Extraction(NamedTuple):
    """An article in a page. lost: paragraphs of the extractor that the page does not have as they are."""

    pin: Pin
    text: str
    title: str
    publisher: str
    published: str
    language: str
    lost: int


def is_page(file: str) -> bool:
    """Say whether a seed is a web page, by its name."""
    return PurePath(file).suffix.lower() in SUFFIXES


def decode_pin(data: bytes, page_sha256: str) -> Pin:
    """Return the pin of a page. Raises ValueError if it is none, or of another page."""
    try:
        pin = msgspec.json.decode(data, type=Pin)
        codecs.lookup(pin.encoding)
    except (msgspec.MsgspecError, LookupError, RecursionError) as error:
        raise ValueError(str(error))
    if pin.page_sha256 != page_sha256:
        raise ValueError(f"it is of a page with sha256 {pin.page_sha256}")
    return pin


def encode_pin(pin: Pin) -> bytes:
    """Return the bytes of a pin's file: a piece a line."""
    lines = ",\n  ".join(msgspec.json.encode(piece).decode() for piece in pin.pieces)
    head = "".join(
        f' "{name}": {msgspec.json.encode(getattr(pin, name)).decode()},\n'
        for name in ("page_sha256", "encoding", "extractor")
    )
    return f'{{\n{head} "pieces": [\n  {lines}\n ]\n}}\n'.encode()


def encoding_of(data: bytes) -> str:
    """Return the encoding of a page: UTF-8 if it is that, else what the page says, else the likeliest."""
    for mark, name in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            return name
    declared = _CHARSET.search(data[:4096])
    for name in ("utf-8", declared[1].decode("ascii") if declared else ""):
        try:
            data.decode(name)
            return codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
    from charset_normalizer import from_bytes

    best = from_bytes(data[:100_000]).best()
    return best.encoding if best else "cp1252"


def extract(data: bytes, sha256: str) -> Extraction | Fault:
    """Return the article in a page, or a fault without a place if there is none.

    Every character of it that the page has is found again in the page, after markup, references (`&amp;`) and
    white space; where the page has none there is one line break between two paragraphs, or one space.
    """
    import trafilatura

    if len(data) > LARGEST:
        return Fault("page-malformed", "", f"it has {len(data):,} bytes, more than {LARGEST:,}")
    encoding = encoding_of(data)
    raw = data.decode(encoding, errors="replace")
    found = trafilatura.bare_extraction(
        raw,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={"extensive_search": False, "original_date": True},  # no year of a copyright
    )
    text = str(getattr(found, "text", None) or "")
    pieces, lost = _located(raw, text.split("\n"))
    if not pieces:
        frames = ": it shows other pages in frames, add these" if _FRAME.search(raw) else ""
        return Fault("seed-empty", "", f"no article was found in the page{frames}")
    pin = Pin(sha256, encoding, f"trafilatura {trafilatura.__version__}", tuple(pieces))
    read = "".join(piece for _, _, piece in pin.texts(raw))
    said = [str(getattr(found, name) or "") for name in ("title", "sitename", "date", "language")]
    title, publisher, published, language = (" ".join(one.split()) for one in said)
    return Extraction(pin, read, title, publisher, published, language or _declared_language(raw), lost)


def _declared_language(raw: str) -> str:
    found = re.search(
        r"<html\b[^>]{0,500}?\blang\s*=\s*[\"']?([A-Za-z0-9-]{2,20})", raw[:20_000], re.IGNORECASE
    )
    return found[1] if found else ""


class _Character(NamedTuple):
    """A character that a reader of the page sees, and where it is written."""

    start: int
    end: int
    text: str


class _Text(HTMLParser):
    """The characters of a page in their order, white space too; not those of scripts and the like."""

    def __init__(self, raw: str) -> None:
        super().__init__(convert_charrefs=False)
        self.characters: list[_Character] = []
        self._raw = raw
        self._lines = [0, *(match.end() for match in re.finditer("\n", raw))]
        self._hidden: list[str] = []
        self.feed(raw)
        self.close()

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin what is not seen, if the tag does."""
        if tag in _UNSEEN:
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """End what is not seen."""
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        """Leave out a tag that ends at once."""

    def handle_data(self, data: str) -> None:
        """Take text as it is written."""
        if not self._hidden:
            at = self._at()
            self.characters += [_Character(at + n, at + n + 1, one) for n, one in enumerate(data)]

    def handle_entityref(self, name: str) -> None:
        """Take `&amp;`."""
        self._reference()

    def handle_charref(self, name: str) -> None:
        """Take `&#38;`."""
        self._reference()

    def _reference(self) -> None:
        at = self._at()
        found = _REFERENCE.match(self._raw, at)
        if found and not self._hidden:
            read = unescape(found[0])
            self.characters.append(_Character(at, found.end(), read[:1]))
            self.characters += [_Character(found.end(), found.end(), one) for one in read[1:]]


def _located(raw: str, lines: list[str]) -> tuple[list[Piece], int]:
    """Return where the lines of an extraction are in a page, in its order; and how many are nowhere."""
    characters = _Text(raw).characters
    keys: list[str] = []  # what is compared: no white space, nothing invisible, in form NFC
    owners: list[int] = []  # of each key the character that it begins with
    ends: list[int] = []
    number = 0
    while number < len(characters):
        after = number + 1
        while after < len(characters) and unicodedata.combining(characters[after].text):
            after += 1
        key = _key("".join(one.text for one in characters[number:after]))
        keys.append(key)
        owners += [number] * len(key)
        ends += [after] * len(key)
        number = after
    stream = "".join(keys)
    at, lost = 0, 0
    pieces: list[Piece] = []
    for line in filter(None, (one.strip() for one in lines)):
        for wanted in dict.fromkeys((line, re.sub(r"^[-–•*|]\s+", "", line))):
            key = _key(wanted)
            begin = stream.find(key, at) if key else -1
            if begin >= 0:
                first, last = owners[begin], ends[begin + len(key) - 1]
                at = begin + len(key)
                pieces += _pieces(characters[first:last], wanted, pieces)
                break
        else:
            lost += 1
    return _joined(pieces, raw), lost


def _key(text: str) -> str:
    return "".join(
        one
        for one in unicodedata.normalize("NFC", text)
        if not one.isspace() and unicodedata.category(one) != "Cf"
    )


def _pieces(characters: list[_Character], line: str, before: list[Piece]) -> list[Piece]:
    """Return a line as the page has it; between two lines of the article is a blank one.

    A space is where the extractor has one; white space of the page elsewhere is markup.
    """
    pieces: list[Piece] = []
    if before:
        gap = before[-1].end, characters[0].start
        pieces += [Piece(*gap, "\n"), Piece(gap[1], gap[1], "\n")]
    wanted = iter(unicodedata.normalize("NFC", line))
    spaces = _spaces("".join(wanted))
    seen = 0
    for one in characters:
        if one.text.isspace() or one.text in INVISIBLE:
            continue
        combined = unicodedata.combining(one.text) != 0
        if seen in spaces and pieces and _key(one.text) and not combined:
            spaces.discard(seen)
            last = pieces[-1].end
            pieces.append(Piece(last, one.start, " "))
        pieces.append(Piece(one.start, one.end, one.text))
        seen += 0 if combined else len(_key(one.text))
    return pieces


def _spaces(line: str) -> set[int]:
    """Return before which of its other characters a line has white space; combined characters are one."""
    found, seen, space = set(), 0, False
    for one in line:
        if one.isspace():
            space = True
        elif unicodedata.category(one) != "Cf":
            if space and seen:
                found.add(seen)
            space = False
            seen += not unicodedata.combining(one)
    return found


def _joined(pieces: list[Piece], raw: str) -> list[Piece]:
    """Return the pieces with those that follow each other and read as they are written made one."""
    made: list[Piece] = []
    literal = False
    for piece in pieces:
        is_literal = raw[piece.start : piece.end] == piece.text
        if is_literal and literal and made[-1].end == piece.start:
            made[-1] = Piece(made[-1].start, piece.end)
        else:
            made.append(Piece(piece.start, piece.end) if is_literal else piece)
        literal = is_literal
    return made
