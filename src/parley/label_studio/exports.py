"""Export files of Label Studio: a JSON array or a task a line, plain, .gz or .zst."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from parley.faults import Fault, UsageError
from parley.label_studio.batches import Batch, Refusal
from parley.label_studio.results import decode_batch
from parley.ontology import Ontology

_BATCH_BYTES = 2_000_000  # what stays in a core's cache while it is decoded; larger measured slower


def read_export(path: Path, ontology: Ontology, annotator: str = "") -> Iterator[Batch]:
    """Yield the batches of an export file, in its order.

    annotator: as for `decode_batch`. A line that is no JSON is a refusal with its number.
    Raises UsageError where the file is missing, damaged or no export.
    """
    import zstandard

    try:
        with path.open("rb") as raw:
            yield from _batches(_plain(path, raw), ontology, annotator)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", "name an export of Label Studio, in its format JSON")
    except (OSError, EOFError, zlib.error, zstandard.ZstdError) as error:
        raise UsageError(f"{path} cannot be read: {error}", "export it again; it may have been cut off")
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no whole JSON export: {error}", "export it again, in the format JSON")


def _plain(path: Path, raw: BinaryIO) -> BinaryIO:
    """Return the uncompressed stream of a file, by the ending of its name."""
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(raw))
    if path.suffix == ".zst":
        import zstandard

        return cast("BinaryIO", io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw)))
    return raw


def _batches(stream: BinaryIO, ontology: Ontology, annotator: str) -> Iterator[Batch]:
    first = b""
    blank = 0
    for first in stream:
        if first.strip():
            break
        blank += 1
    if not first.lstrip().startswith(b"{"):
        yield decode_batch(first + stream.read(), ontology, annotator)
        return
    number = blank + 1
    for lines in _grouped(chain([first], stream)):
        yield _lines(lines, number, ontology, annotator)
        number += len(lines)


def _grouped(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    size = 0
    for line in lines:
        group.append(line)
        size += len(line)
        if size >= _BATCH_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _lines(lines: list[bytes], number: int, ontology: Ontology, annotator: str) -> Batch:
    def array(some: Iterable[bytes]) -> bytes:
        return b"[" + b",".join(line for line in some if line.strip()) + b"]"

    try:
        return decode_batch(array(lines), ontology, annotator)
    except msgspec.DecodeError:  # one broken line must not cost the others
        whole, refusals = [], []
        for offset, line in enumerate(lines):
            try:
                if line.strip():
                    msgspec.json.decode(line)
                    whole.append(line)
            except msgspec.DecodeError as error:
                fault = Fault("studio-task", f"line {number + offset} of the export", str(error))
                refusals.append(Refusal(fault, 0, 0, lost=True))
        batch = decode_batch(array(whole), ontology, annotator)
        return replace(batch, refusals=refusals + batch.refusals, tasks=batch.tasks + len(refusals))
