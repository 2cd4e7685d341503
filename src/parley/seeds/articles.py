"""Articles that come in: what a file's bytes are as a seed, and what can be guessed of its row."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from pathlib import PurePath

from parley.faults import DataFaults, Fault
from parley.model.paths import sound_name
from parley.runtime.counts import counted
from parley.seeds.cleaning import Rules, clean
from parley.seeds.manifest import no_text, not_stored, undecoded, without_words
from parley.seeds.pages import encode_pin, extract

TEXTS = frozenset({".txt", ".text", ".md"})
_LONGEST = 100  # bytes of a doc_id that is made here, and characters of a title that is guessed
_DAY = re.compile(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)")
_TAG = re.compile(r"</?[a-zA-Z][\w:-]*(?:\s[^<>]{0,500})?/?>|<!--|<!doctype\b", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{2,7}|#[xX][0-9a-fA-F]{2,6}|[a-zA-Z]{2,30});")
_WINDOW = 20_000  # characters that a language is guessed from


@dataclass(frozen=True)
class Article:
    """A seed to be. origin: the file it came from. pin: of a web page, the bytes of its file.

    text: clean. guessed: columns whose cells nobody said. remarks: what a person should look at.
    """

    origin: str
    stem: str
    suffix: str
    data: bytes
    sha256: str
    text: str
    pin: bytes = b""
    row: dict[str, str] = field(default_factory=dict)
    guessed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def article(origin: str, stem: str, data: bytes, rules: Rules, seconds: float, *, page: bool) -> Article:
    """Return an article from a file's bytes, cleaned by the rules that are for all articles.

    Raises DataFaults with all that no seed may have, UsageError if the rules take longer than `seconds`.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    said: dict[str, str] = {}
    remarks: list[str] = []
    pin, stretches, suffix = b"", None, ".html" if page else _suffix(origin)
    if page:
        extraction = extract(data, sha256)
        if isinstance(extraction, Fault):
            raise DataFaults([Fault(extraction.code, origin, extraction.message)])
        raw = data.decode(extraction.pin.encoding, errors="replace")
        pin, stretches = encode_pin(extraction.pin), extraction.pin.texts(raw)
        text = extraction.text
        said = {name: getattr(extraction, name) for name in ("title", "publisher", "published", "language")}
        if extraction.lost:
            remarks.append(f"{extraction.lost} of its paragraphs were not found in the page and left out")
    else:
        if kind := no_text(data):
            raise DataFaults([Fault("seed-format", origin, f"it is {kind}")])
        try:
            raw = text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataFaults([Fault("seed-encoding", origin, undecoded(error))])
        if returns := raw.count("\r"):
            remarks.append(
                f"{counted(returns, 'carriage return')} in it, as Windows ends lines: they stay in the text"
            )
        remarks += _markup(raw)
    wrong = [Fault("seed-character", origin, what) for what in not_stored(text)]
    cleaned = clean(raw, rules, "", seconds, stretches)
    if not cleaned.text.strip():
        wrong.append(Fault("seed-empty", origin, without_words(raw)))
    if wrong:
        raise DataFaults(wrong)
    guesses = {
        "title": said.get("title") or ("" if page else _title(cleaned.text)),
        "publisher": said.get("publisher", ""),
        "published": _day(said.get("published", "")) or _day(origin) or ("" if page else _day(raw[:500])),
        "language": _language(cleaned.text, said.get("language", "")),
    }
    row = {name: _cell(guess) for name, guess in guesses.items()} | cleaned.metadata
    guessed = tuple(name for name in guesses if row[name] and name not in cleaned.metadata)
    return Article(origin, stem, suffix, data, sha256, cleaned.text, pin, row, guessed, tuple(remarks))


def doc_id(stem: str, taken: Collection[str]) -> str:
    """Return a name for an article that is one on every file system, from any file's. taken: case folded."""
    allowed = (c if c in "_-." or c.isalnum() or unicodedata.category(c)[0] == "M" else "_" for c in stem)
    name = unicodedata.normalize("NFC", "".join(allowed))
    name = name.encode()[:_LONGEST].decode(errors="ignore").lstrip("-.").rstrip(".") or "article"
    try:
        sound_name(name)
    except ValueError:
        name = f"article_{hashlib.sha256(stem.encode(errors='surrogatepass')).hexdigest()[:8]}"
    found, number = name, 1
    while found.casefold() in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def slug(words: str, otherwise: str) -> str:
    """Return words as an event's name, in lower-case letters from a to z and digits."""
    for text in (words, otherwise):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
        parts = re.findall(r"[a-z0-9]+", plain)
        if parts and sum(map(len, parts)) >= 3:
            return "-".join(parts[:8])
    return f"event-{hashlib.sha256(otherwise.encode()).hexdigest()[:8]}"


def _suffix(origin: str) -> str:
    suffix = PurePath(origin).suffix.lower()
    return suffix if suffix in TEXTS else ".txt"


def _title(text: str) -> str:
    """Return the first line if it looks like a headline: short, no full stop, then a blank line."""
    first, _, rest = text.strip().partition("\n")
    headline = (
        len(first) <= _LONGEST and rest.startswith(("\n", "\r\n")) and first.rstrip()[-1:] not in ".:;,"
    )
    return first if headline else ""


def _day(text: str) -> str:
    for year, month, day in _DAY.findall(text):
        try:
            return date(int(year), int(month), int(day)).isoformat()
        except ValueError:
            continue
    return ""


def _language(text: str, said: str) -> str:
    """Return the likeliest language; as the page says it, if it says the same one."""
    import py3langid

    likely = str(py3langid.classify(text[:_WINDOW])[0])
    main, _, rest = said.replace("_", "-").partition("-")
    return "-".join(filter(None, (likely, rest))) if main.lower() == likely and rest.isalnum() else likely


def _cell(text: str) -> str:
    """Return a text as a cell: one line, nothing that a terminal would obey."""
    kept = (one if unicodedata.category(one) not in {"Cc", "Cs", "Zl", "Zp"} else " " for one in text)
    return " ".join("".join(kept).split())


def _markup(text: str) -> list[str]:
    found = []
    for pattern, what in ((_TAG, "tags of HTML"), (_REFERENCE, "references of HTML")):
        marks = pattern.findall(text)
        if marks:
            line = text.count("\n", 0, pattern.search(text).start()) + 1  # type: ignore[union-attr]
            found.append(f"{len(marks)} {what}, the first {marks[0]} in line {line}")
    if found:
        page = re.match(r"\s*(<!doctype html|<html\b)", text, re.IGNORECASE)
        remedy = (
            "name it .html to have only the article" if page else "if they are not part of it, take them out"
        )
        found[-1] += f": {remedy}"
    return found
