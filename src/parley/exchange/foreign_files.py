"""Files of other tools, read without trust: no link, nothing larger than the limits, no error unnamed.

Each file is copied into a folder of its own with what it needs beside it, and read there by its format.
"""

from __future__ import annotations

import os
import re
import stat
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from parley.exchange import brat, cas, conll, jsonl, spacy
from parley.exchange.articles import Article
from parley.exchange.other_formats import OtherFormat, refuse_bytes
from parley.faults import Fault, UsageError, check_machine
from parley.model.ontology import Ontology
from parley.runtime.files import read_regular, refuse_large, temporary_folder, write_whole
from parley.runtime.progress import bar

READERS = {"brat": brat.read, "cas": cas.read, "spacy": spacy.read, "conll": conll.read, "jsonl": jsonl.read}
SUFFIXES = {  # of the files that a folder is looked through for; a named file may have any
    "brat": (".ann",),
    "cas": (".xmi",),
    "spacy": (".spacy",),
    "conll": (".conll", ".iob", ".bio"),
    "jsonl": (".jsonl", ".ndjson"),
}
_OF_FOLDERS = {"brat", "cas"}  # formats whose reader takes a folder
HINTS = {  # of articles that are none of the corpus
    "conll": "a line -DOCSTART- begins each article, and a file without one is one article"
}
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_UTF8 = re.compile(rb"(?:\xef\xbb\xbf)?\s*<")
_ZLIB = b"\x78"  # its first byte
_LONG = 300


def read_files(
    format: str, given: Iterable[Path], ontology: Ontology, most: int, wrong: list[Fault]
) -> Iterator[tuple[str, Article]]:
    """Yield the articles of files and of those in folders, each with the file it came from.

    most: bytes of a file, as it is or unpacked. wrong: gets a fault for each file that cannot be read.
    Raises UsageError if a file is not there, larger or of another format, or there is none;
    ModuleNotFoundError if the format needs a package of the extra `formats`.
    """
    some = False
    files = list(dict.fromkeys(_files(format, given, wrong)))  # *.txt and *.ann of brat are one each
    for path in bar(files, f"importing {format}"):
        some = True
        with temporary_folder() as scratch:
            try:
                place = _staged(format, path, scratch, most)
                yield from ((str(path), one) for one in _named(READERS[format](place, ontology), path.stem))
            except ModuleNotFoundError:
                raise
            except OtherFormat as error:
                raise UsageError(f"{path} is {error.cause}, not {format}", error.remedy)
            except UsageError as error:
                if _is_limit(error):
                    raise
                wrong.append(_fault(path, error.cause, scratch))
            except Exception as error:
                # readers are those of other libraries, which fail as they like on what is broken
                check_machine(error)
                said = str(error) or type(error).__name__
                if isinstance(error, KeyError):
                    said = f"it speaks of {error}, which is not in it"
                if isinstance(error, UnicodeDecodeError):
                    said = "it is no text in UTF-8: save it in UTF-8"
                wrong.append(_fault(path, said, scratch))
    if not some and not wrong:
        kinds = " or ".join(f"*{suffix}" for suffix in SUFFIXES[format])
        raise UsageError(
            f"there is no file of {format} in what was named",
            f"unpack archives, and name folders with {kinds}, or files",
        )


def _named(articles: Iterator[Article], name: str) -> Iterator[Article]:
    """Yield the articles of a file; one that is alone and has no name may have the file's."""
    first, second = next(articles, None), next(articles, None)
    if first is not None and second is None and not first.doc_id:
        first = replace(first, names=(name,))
    yield from (one for one in (first, second) if one is not None)
    yield from articles


def _is_limit(error: UsageError) -> bool:
    return "PARLEY_LIMIT" in error.remedy


def _fault(path: Path, what: str, scratch: Path) -> Fault:
    said = " ".join(what.replace(f"{scratch}{os.sep}", "").split())
    return Fault("import-malformed", str(path), said if len(said) <= _LONG else f"{said[:_LONG]} …")


def _files(format: str, given: Iterable[Path], wrong: list[Fault]) -> Iterator[Path]:
    """Yield the files that are named, and those of a format in folders, in order; links become faults."""
    for path in given:
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}", "name a file or a folder")
        if not stat.S_ISDIR(mode):
            if stat.S_ISREG(mode):
                yield path.with_suffix(".ann") if format == "brat" and path.suffix == ".txt" else path
            else:
                wrong.append(Fault("import-malformed", str(path), "it is a link or a pipe, not a file"))
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            inner = [Path(folder, name) for name in sorted(names) if name.endswith(SUFFIXES[format])]
            yield from _files(format, inner, wrong)


def _staged(format: str, path: Path, scratch: Path, most: int) -> Path:
    """Copy a file, with what it needs, into a folder; return what its reader takes. Raises ValueError."""
    data = read_regular(path, most)
    refuse_bytes(format, data)
    (scratch / path.name).write_bytes(data)
    if format == "brat":
        text = path.with_suffix(".txt")
        if not text.is_file() or text.is_symlink():
            raise ValueError(f"its text, {text.name}, is not beside it")
        write_whole(scratch / text.name, read_regular(text, most))
    elif format == "cas":
        names = (cas.TYPES, cas.TYPES.lower())
        beside = [folder / name for folder in (path.parent, path.parent.parent) for name in names]
        types = next((file for file in beside if file.is_file() and not file.is_symlink()), None)
        if types is None:
            raise ValueError(f"there is no {cas.TYPES} beside it: every export of a CAS has one")
        system = read_regular(types, most)
        for name, xml in ((path.name, data), (types.name, system)):
            if not _UTF8.match(xml) or _DOCTYPE.search(xml):
                raise ValueError(f"{name} is not XML in UTF-8 without DOCTYPE and entities")
        write_whole(scratch / cas.TYPES, system)
    elif format == "spacy":
        if data[:1] != _ZLIB:
            raise ValueError("it is no DocBin, which spaCy packs by zlib")
        unpacked = len(zlib.decompressobj().decompress(data, most + 1))
        refuse_large(path, unpacked, most)
    return scratch if format in _OF_FOLDERS else scratch / path.name
