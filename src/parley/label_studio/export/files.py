"""Export files of Label Studio: a JSON array or a task a line, plain, .gz or .zst, read in pieces of tasks.

A file of any size is read in the memory of a few pieces a process, over as many processes as are given; what
is found comes in the export's order. A piece that is not whole JSON was cut where no task ends, and is read
together with the next; or a task in it is broken, and that one alone is refused.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from parley.faults import Fault, UsageError
from parley.label_studio.export import pieces
from parley.label_studio.export.findings import Findings, Refusal
from parley.label_studio.export.pieces import Piece
from parley.label_studio.export.results import decode_tasks
from parley.model.ontology import Ontology
from parley.runtime.engine import SharedResults, Workers, cores, workers
from parley.runtime.progress import reading

_MOST_WRONG_CUTS = 3  # in a row, before a piece counts as broken
_WORTH_A_PROCESS = 16_000_000  # plain bytes: below, starting one takes longer than it saves
_COMPRESSED = {".gz", ".zst"}
_RATIO = 5  # plain bytes for a compressed byte, at least

Decode = Callable[[Piece], Findings]


def worthwhile_processes(path: Path) -> int:
    """Return how many processes an export is worth: one if it is small, else one a core."""
    size = path.stat().st_size if path.is_file() else 0
    plain = size * (_RATIO if path.suffix in _COMPRESSED else 1)
    return max(1, min(cores(), plain // _WORTH_A_PROCESS))


def read_export(
    path: Path, ontology: Ontology, annotator: str = "", *, processes: int = 1
) -> Iterator[Findings]:
    """Yield what is found in an export file, piece by piece, in its order, whatever the number of processes.

    annotator: as for `decode_tasks`. A task that is no JSON is a refusal with its byte position.
    Raises UsageError if the file is missing, cut off or no export.
    """
    decode = partial(decode_piece, ontology=ontology, annotator=annotator)
    with workers(processes) as others, _opened(path) as stream:
        size = pieces.PIECE_BYTES
        packed = path.suffix in _COMPRESSED
        cut = pieces.pieces(stream, size) if packed else pieces.file_pieces(path, stream, size)
        yield from decoded(cut, decode, others)


def read_stream(stream: BinaryIO, ontology: Ontology, annotator: str = "") -> Iterator[Findings]:
    """Yield what is found in a plain export that is read from a stream; else as `read_export`.

    Raises msgspec.DecodeError if it is no whole export.
    """
    decode = partial(decode_piece, ontology=ontology, annotator=annotator)
    yield from decoded(pieces.pieces(stream, pieces.PIECE_BYTES), decode)


def decode_piece(piece: Piece, ontology: Ontology, annotator: str = "") -> Findings:
    """Return what is found in a piece; raises msgspec.DecodeError if it is not whole JSON."""
    data = pieces.array(piece.data(), lines=piece.lines)
    return decode_tasks(data, ontology, annotator, offset=piece.offset - 1)  # of the bracket before


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open an export, plain or compressed as the ending of its name says.

    Raises UsageError if it is missing or damaged, also while it is read.
    """
    try:
        with path.open("rb") as raw, reading(raw, path.stat().st_size, "reading") as shown:
            yield _plain(path, shown)
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", "name an export of Label Studio, in its format JSON")
    except (OSError, EOFError, zlib.error) as error:
        raise UsageError(f"{path} cannot be read: {error}", "export it again; it may have been cut off")
    except msgspec.DecodeError as error:
        raise UsageError(f"{path} is no whole JSON export: {error}", "export it again, in the format JSON")


def _plain(path: Path, raw: BinaryIO) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(raw))
    if path.suffix == ".zst":
        import pyarrow as pa

        # unlike other readers it notices a file that was cut off, and reads frames after the first
        return cast("BinaryIO", pa.CompressedInputStream(raw, "zstd"))
    return raw


def decoded(cut: Iterator[Piece], decode: Decode, others: Workers | None = None) -> Iterator[Findings]:
    """Yield what is found in pieces, in their order.

    decode: reads a piece. others: the processes in which it does too.
    Raises msgspec.DecodeError if an array is not whole.
    """
    results = SharedResults(decode, cut, others)
    while (taken := results.next()) is not None:
        piece, result = taken
        try:
            found = result()
        except msgspec.DecodeError:
            found = _mended(piece, results, decode)
        yield found


def _mended(piece: Piece, results: SharedResults[Piece, Findings], decode: Decode) -> Findings:
    """Return what is found in a piece that is not whole JSON.

    Either it was cut where no task ends: then it is whole together with the next pieces. Or a task in it is
    broken: then the others are taken, and that one is named.
    """
    data = piece.data()
    for more in range(_MOST_WRONG_CUTS):
        following = results.ahead(more)
        if following is None:
            break
        data += b"," + following.data()
        try:
            found = decode(replace(piece, held=data))
        except msgspec.DecodeError:
            continue
        results.drop(more + 1)
        return found
    if not piece.lines and results.ahead(0) is None and not piece.data().endswith(b"}"):
        raise msgspec.DecodeError("the file ends inside a task")
    return _salvaged(piece, decode)


def _salvaged(piece: Piece, decode: Decode) -> Findings:
    """Return what is found in the sound tasks of a piece; the others are refusals, with their bytes."""
    sound: list[bytes] = []
    begins: dict[int, int] = {}  # of each sound task: among the sound ones → in the export
    together = piece.offset
    refusals: list[Refusal] = []
    for start, task in pieces.single_tasks(piece):
        byte = piece.offset + start
        try:
            msgspec.json.decode(task)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            what = f"{error}; left out are the {len(task):,} bytes up to where the next task begins"
            fault = Fault("studio-task", f"byte {byte} of the export", what)
            refusals.append(Refusal(fault, 0, 0, lost=True, byte=byte))
        else:
            sound.append(task)
            begins[together] = byte
            together += len(task) + 1
    found = decode(replace(piece, held=(b"\n" if piece.lines else b",").join(sound)))
    named = [replace(refusal, byte=begins.get(refusal.byte, refusal.byte)) for refusal in found.refusals]
    return replace(found, refusals=refusals + named, tasks=found.tasks + len(refusals))
