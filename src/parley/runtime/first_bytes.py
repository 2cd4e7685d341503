"""What a file is that is no text, by its first bytes: packed, an archive, of an office program, a picture."""

from __future__ import annotations

import re
from collections.abc import Container
from functools import cache

_KINDS = (  # a kind, how its files begin, what they are
    ("gzip", rb"\x1f\x8b", "a file packed by gzip"),
    ("zstd", rb"\x28\xb5\x2f\xfd", "a file packed by zstd"),
    ("packed", rb"BZh\d|\xfd7zXZ|\x04\x22\x4d\x18", "a file packed by bzip2, xz or lz4"),
    ("archive", rb"PK\x03\x04", "a ZIP archive, or a file of Word or OpenOffice"),
    ("archive", rb"7z\xbc\xaf|Rar!\x1a|.{257}ustar|[^\x00\r\n]{1,100}\x00{8}", "an archive (7z, RAR or tar)"),
    ("lfs", rb"version https://git-lfs", "a pointer of Git LFS, which `git lfs pull` replaces by its file"),
    ("table", rb"PAR1", "a Parquet file"),
    ("table", rb"SQLite format 3\x00", "a SQLite database"),
    ("page", rb"(?i:<!doctype html|<html)", "a web page"),
    ("pdf", rb"%PDF-", "a PDF"),
    ("office", rb"{\\rtf", "a file in RTF"),
    ("office", rb"\xd0\xcf\x11\xe0", "a file of Word 97 or the like"),
    ("picture", rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture"),
    ("java", rb"\xac\xed\x00\x05", "objects as Java serialises them"),
)


def kind_of(begin: bytes, but: Container[str] = ()) -> tuple[str, str]:
    """Return the kind of a file by its first bytes, and what it is in words; empty if it may be text.

    but: kinds that are not looked for.

    >>> kind_of(b"%PDF-1.7"), kind_of(b"Storm in the north")
    (('pdf', 'a PDF'), ('', ''))
    """
    for kind, pattern, what in _patterns():
        if kind not in but and pattern.match(begin):
            return kind, what
    return "", ""


@cache
def _patterns() -> list[tuple[str, re.Pattern[bytes], str]]:
    return [(kind, re.compile(pattern, re.DOTALL), what) for kind, pattern, what in _KINDS]
