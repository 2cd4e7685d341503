"""Web archives: the pages in an MHTML file of a browser, or in a WARC file of a crawler."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import PurePath
from urllib.parse import unquote, urlsplit

from parley.seeds.pages import LARGEST

_MHTML, _WARC = frozenset({".mhtml", ".mht"}), frozenset({".warc"})
_PAGE = ("text/html", "application/xhtml+xml")
_MOST = 10_000  # pages


def is_archive(file: str) -> bool:
    """Say whether a file is a web archive, by its name."""
    return _suffix(file) in _MHTML | _WARC


def pages(data: bytes, file: str) -> Iterator[tuple[str, bytes]]:
    """Yield the pages of an archive: a name for each, from its address, and its bytes.

    Raises ValueError if it is not such an archive, has no page, or more or larger ones than are read.
    """
    found = _of_mhtml(data) if _suffix(file) in _MHTML else _of_warc(data)
    number = 0
    for number, (address, page) in enumerate(found, 1):
        if number > _MOST:
            raise ValueError(f"it has more than {_MOST:,} pages")
        if len(page) > LARGEST:
            raise ValueError(f"a page in it has more than {LARGEST:,} bytes")
        last = PurePath(unquote(urlsplit(address).path)).stem if address else ""
        yield last or PurePath(file.removesuffix(".gz")).stem, page
    if not number:
        raise ValueError("there is no web page in it")


def _suffix(file: str) -> str:
    return PurePath(file.lower().removesuffix(".gz")).suffix


def _of_mhtml(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the page that was saved; the others are its frames."""
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.default)
    for part in message.walk():
        if part.get_content_type() in _PAGE:
            page = part.get_payload(decode=True)
            if isinstance(page, bytes):
                yield str(part.get("Content-Location") or ""), page
                return


def _of_warc(data: bytes) -> Iterator[tuple[str, bytes]]:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    try:
        for record in ArchiveIterator(io.BytesIO(data)):
            headers = record.http_headers
            if record.rec_type != "response" or headers is None or headers.get_statuscode() != "200":
                continue
            kind = (headers.get_header("Content-Type") or "").partition(";")[0].strip().lower()
            if kind in _PAGE:
                page = record.content_stream().read(LARGEST + 1)
                yield record.rec_headers.get_header("WARC-Target-URI") or "", page
    except (ArchiveLoadFailed, EOFError, OSError) as error:
        raise ValueError(f"it cannot be read as a WARC file: {error}")
