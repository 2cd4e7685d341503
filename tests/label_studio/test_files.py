"""However an export is cut into pieces and over however many processes, it is read the same."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import signal
import time
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from unittest.mock import patch

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from made_up_schemes import ONE_OF_EACH as ONTOLOGY
from parley.faults import UsageError
from parley.label_studio.export.files import (
    decode_piece,
    decoded,
    read_export,
    read_stream,
    worthwhile_processes,
)
from parley.label_studio.export.findings import Findings
from parley.label_studio.export.limits import Limits
from parley.label_studio.export.pieces import Piece, pieces
from parley.label_studio.export.tables import batch_of
from parley.runtime.engine import SharedResults, cores, workers

# what would look like the border of two tasks, if quotes were not looked at
LABEL = next(
    n for n, a in ONTOLOGY.attributes_of.items() if not any(x.required or x.required_when for x in a.values())
)
TRAP = '}, {"id": 1, "annotations": []}, {"id": 2, "data": {'


def task(number: int, text: str, **more: Any) -> dict[str, Any]:
    region = {
        "id": f"r{number}",
        "type": "labels",
        "from_name": "label",
        "value": {"start": 0, "end": len(text), "text": text, "labels": [LABEL]},
    }
    annotation = {"id": number, "result": [region], "updated_at": "2031-01-01T00:00:00Z"}
    return {"id": number, "annotations": [annotation], "data": {"text": text, "doc_id": f"d{number}"}} | more


def zstd(data: bytes) -> bytes:
    packed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return packed


def read(data: bytes, size: int, processes: int = 1, path: Path | None = None) -> list[Any]:
    """Return all rows and refusals of an export that is cut into pieces of some size.

    path: a file that holds the export; else it is read as a stream.
    """
    cut = pieces(io.BytesIO(data), size, path=path)
    with workers(processes) as others:
        return told(list(decoded(cut, piece_decoder, others)))


def told(found: list[Findings]) -> list[Any]:
    """Return all rows and refusals, and how many tasks they were."""
    batches = [batch_of(one, ONTOLOGY) for one in found]
    rows = [row | {"layer": 0} for batch in batches for row in batch.spans.to_pylist()]
    rows += [row for batch in batches for row in batch.layers.to_pylist()]
    return [rows, [r for one in found for r in one.refusals], sum(one.tasks for one in found)]


def piece_decoder(piece: Piece) -> Any:
    return decode_piece(piece, ONTOLOGY, "ada")


texts = st.lists(
    st.sampled_from(["a", "é😀", TRAP, "]", '"', "\\", "[1, 2]", "}\n{", "x" * 90]), min_size=1, max_size=12
)


@settings(deadline=None, max_examples=60)
@given(texts, st.integers(1, 700), st.sampled_from([None, 1]), st.booleans())
def test_where_it_is_cut_means_nothing(found: list[str], size: int, indent: int | None, lines: bool) -> None:
    made = [task(number, text) for number, text in enumerate(found, 1)]
    if lines:
        data = "\n".join(json.dumps(one, ensure_ascii=False) for one in made).encode()
    else:
        data = json.dumps(made, indent=indent, ensure_ascii=False).encode()
    rows, refusals, tasks = read(data, size)
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        assert read(data, size, path=Path(file.name)) == [rows, refusals, tasks]
    assert not refusals
    assert tasks == len(made)
    assert [row["text"] for row in rows if "text" in row] == found
    assert [row["task"] for row in rows if "task" in row] == [one["id"] for one in made]


@pytest.mark.parametrize("lines", [False, True])
def test_processes_give_what_one_gives(lines: bool) -> None:
    made = [task(number, "é" * (number % 7 + 1)) for number in range(300)]
    made[100]["annotations"][0]["result"][0]["value"]["labels"] = ["NOBODY"]
    data = ("\n".join(map(json.dumps, made)) if lines else json.dumps(made)).encode()
    assert read(data, 2000) == read(data, 2000, processes=2)


BROKEN = {
    "no JSON": ('"annotations"', '"annotations', "studio-task"),
    "no text": ('"text": "seventh", "doc_id"', '"doc_id"', "studio-task"),
    "beyond the text": ('"end": 7', '"end": 70', "studio-offset"),
    "unknown label": (f'"{LABEL}"', '"NOBODY"', "span-label"),
    "no text at all": ('"seventh"', '"seven\udce9th"', "studio-task"),  # a byte that is not UTF-8
}
# keys as the server writes them, as `jq -S` does, and as nobody we know of does
ORDERS = {"server": list, "sorted": sorted, "reversed": lambda keys: sorted(keys, reverse=True)}


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("damage", BROKEN)
@pytest.mark.parametrize("size", [100, 1500, 100_000])
@pytest.mark.parametrize("order", ORDERS)
def test_a_broken_task_costs_no_other(
    damage: str, lines: bool, size: int, order: str, tmp_path: Path
) -> None:
    """It is named with its code and the byte at which it begins; what stands around it arrives."""
    made = [task(number, "seventh" if number == 7 else f"text {number}") for number in range(1, 13)]
    before, after, code = BROKEN[damage]
    written = [json.dumps({key: one[key] for key in ORDERS[order](one)}) for one in made]
    if damage == "beyond the text":
        written[6] = written[6].replace('"text": "seventh", "labels"', '"text": "nowhere", "labels"')
    assert before in written[6]
    written[6] = written[6].replace(before, after)
    plain = "\r\n\n".join(written) if lines else f"[{', '.join(written)}]"
    data = plain.encode(errors="surrogateescape")
    (tmp_path / "export").write_bytes(data)
    rows, refusals, tasks = read(data, size)
    assert read(data, size, path=tmp_path / "export") == [rows, refusals, tasks]
    assert [(refusal.fault.code, refusal.byte) for refusal in refusals] == [
        (code, data.index(written[6].encode(errors="surrogateescape")))
    ]
    assert tasks == len(made)
    assert [row["text"] for row in rows if "text" in row] == [
        one["data"]["text"] for one in made if one["id"] != 7
    ]


@pytest.mark.parametrize("cut", [3, 40, 2000])
def test_an_array_that_ends_too_early_is_not_taken_for_whole(cut: int) -> None:
    data = json.dumps([task(number, "text") for number in range(30)]).encode()
    with pytest.raises(msgspec.DecodeError):
        list(read_stream(io.BytesIO(data[:-cut]), ONTOLOGY))


@pytest.mark.parametrize("order", ORDERS)
def test_an_array_is_cut_whatever_the_order_of_its_keys(order: str) -> None:
    """So that a large one is read in the memory of a few pieces."""
    made = [task(number, "text", predictions=[]) for number in range(1, 50)]
    made = [{key: one[key] for key in ORDERS[order](one)} for one in made]
    assert len(list(pieces(io.BytesIO(json.dumps(made).encode()), 2000))) > 5


@pytest.mark.parametrize(
    "odd", [b"null", b"5", b'{"id": [1]}', b'{"id": 9223372036854775808, "data": {"text": ""}}']
)
def test_what_is_no_task_is_named_and_costs_no_other(odd: bytes) -> None:
    sound = json.dumps(task(1, "text")).encode()
    rows, refusals, tasks = read(b"[" + b", ".join([sound, odd, sound]) + b"]", 10_000)
    assert [(r.fault.code, r.lost, r.byte) for r in refusals] == [("studio-task", True, len(sound) + 3)]
    assert [row["text"] for row in rows if "text" in row] == ["text", "text"]
    assert tasks == 3


def test_tasks_of_one_id_are_named_each_at_its_byte() -> None:
    wrong = json.dumps(task(1, "text")).replace(f'"{LABEL}"', '"NOBODY"').encode()
    refusals = read(b"[" + wrong + b"," + wrong + b"]", 10_000)[1]
    assert [r.byte for r in refusals] == [1, len(wrong) + 2]


@pytest.mark.parametrize("cut", [1, 5, 300, 2000])
def test_a_compressed_file_that_is_cut_off_is_told(cut: int, tmp_path: Path) -> None:
    """Also where whole tasks stand before the cut."""
    lines = "\n".join(json.dumps(task(number, f"text {number}" * 9)) for number in range(2000)).encode()
    for name, packed in (("a.jsonl.zst", zstd(lines)), ("a.jsonl.gz", gzip.compress(lines, mtime=0))):
        (tmp_path / name).write_bytes(packed[:-cut])
        with pytest.raises(UsageError, match="cannot be read"):
            list(read_export(tmp_path / name, ONTOLOGY))


def test_compressed_frames_behind_the_first_are_read(tmp_path: Path) -> None:
    """As tools write them that compress on many cores, and whoever appends to a file."""
    one, other = (json.dumps(task(number, "text")).encode() + b"\n" for number in (1, 2))
    for name, packed in (("a.jsonl.zst", zstd(one) + zstd(other)), ("a.jsonl.gz", gzip.compress(one) * 2)):
        (tmp_path / name).write_bytes(packed)
        assert told(list(read_export(tmp_path / name, ONTOLOGY)))[2] == 2


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.json.gz", "a.json.zst"])
def test_a_file_over_processes_give_what_one_process_gives(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers read their pieces of a plain file themselves; of what is packed they are given the bytes."""
    monkeypatch.setattr("parley.label_studio.export.files.PIECE_BYTES", 3000)
    made = [task(number, "é😀" * (number % 5 + 1)) for number in range(200)]
    made[150]["annotations"][0]["result"][0]["value"]["labels"] = ["NOBODY"]
    plain = ("\n".join(map(json.dumps, made)) if "jsonl" in name else json.dumps(made)).encode()
    packed = {".gz": gzip.compress, ".zst": zstd}.get(Path(name).suffix, bytes)(plain)
    (tmp_path / name).write_bytes(packed)
    one = list(read_stream(io.BytesIO(plain), ONTOLOGY))
    assert len(one) > 5
    assert told(list(read_export(tmp_path / name, ONTOLOGY, processes=2))) == told(one)
    assert [r.byte for batch in one for r in batch.refusals] == [plain.index(b'{"id": 150,')]


def test_a_file_that_is_cut_off_meanwhile_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.label_studio.export.files.PIECE_BYTES", 3000)
    path = tmp_path / "a.json"
    path.write_text(json.dumps([task(number, "text") for number in range(200)]))
    reading = read_export(path, ONTOLOGY)
    next(reading)
    os.truncate(path, 3500)
    with pytest.raises(UsageError, match="become shorter"):
        list(reading)


def test_a_small_export_is_worth_one_process(tmp_path: Path) -> None:
    small, large, packed = (tmp_path / name for name in ("small.json", "large.json", "large.json.gz"))
    small.write_bytes(b"[]")
    for path, size in ((large, 10**9), (packed, 10**8)):
        path.touch()
        os.truncate(path, size)  # a hole: it takes no room
    assert [worthwhile_processes(path) for path in (small, tmp_path / "missing.json")] == [1, 1]
    assert [worthwhile_processes(path) for path in (large, packed)] == [cores()] * 2


def killed(piece: Piece, spared: int) -> Findings:
    if os.getpid() != spared:
        os.kill(os.getpid(), signal.SIGKILL)
    return piece_decoder(piece)


def test_a_process_that_is_killed_is_named() -> None:
    data = json.dumps([task(number, "text") for number in range(300)]).encode()
    decode = partial(killed, spared=os.getpid())
    with pytest.raises(UsageError, match="was killed"), workers(2) as others:
        list(decoded(pieces(io.BytesIO(data), 100), decode, others))


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other processes found passes through files; when they cannot be written, the remedy is told."""
    data = json.dumps([task(number, "text") for number in range(300)]).encode()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)  # forked with it
    with pytest.raises(UsageError, match="No space left") as told_so, workers(2) as others:
        list(decoded(pieces(io.BytesIO(data), 100), piece_decoder, others))
    assert "TMPDIR" in told_so.value.remedy


def test_a_process_that_would_wait_reads_itself() -> None:
    """Pieces behind those it gave away; what is found keeps its order."""
    data = json.dumps([task(number, "text") for number in range(300)]).encode()
    made = list(pieces(io.BytesIO(data), 100))[:30]
    with workers(2) as others:
        assert others is not None
        read_by: list[int] = []
        decode = partial(slowly, spared=os.getpid(), read_by=read_by)
        results = SharedResults(decode, iter(made), others)
        found = [(taken[0], taken[1]()) for taken in iter(results.next, None) if taken]
    assert [piece for piece, _ in found] == made
    assert [one.annotations[0].task for _, one in found] == list(range(30))
    assert read_by
    assert min(read_by) >= made[others.ahead].offset


def slowly(piece: Piece, spared: int, read_by: list[int]) -> Findings:
    if os.getpid() == spared:
        read_by.append(piece.offset)
    else:
        time.sleep(0.05)
    return piece_decoder(piece)


DEEP = "[" * 3000 + "]" * 3000


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.json.gz"])
def test_what_is_too_deep_is_named_and_read_if_it_is_allowed(
    name: str, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("parley.label_studio.export.files.PIECE_BYTES", 500)
    made = [json.dumps(task(number, "text")) for number in range(1, 9)]
    made[3] = made[3].replace('"doc_id"', f'"meta": {DEEP}, "doc_id"')
    data = ("\n".join(made) if "jsonl" in name else f"[{', '.join(made)}]").encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if "gz" in name else data)
    with pytest.raises(UsageError, match="limit of 1,000") as raised:
        list(read_export(tmp_path / name, ONTOLOGY, processes=processes))
    assert "--limit depth=2000" in raised.value.remedy
    deep = Limits().with_options(["depth=9000"])
    rows, refusals, tasks = told(list(read_export(tmp_path / name, ONTOLOGY, limits=deep)))
    assert not refusals
    assert (tasks, len([row for row in rows if "text" in row])) == (8, 8)


def test_a_file_that_a_process_left_and_is_gone_is_named() -> None:
    """As some systems clean their temporary folder; it is not the export that is missing."""
    data = json.dumps([task(number, "text") for number in range(300)]).encode()
    with workers(2) as others:
        assert others is not None
        results = SharedResults(piece_decoder, pieces(io.BytesIO(data), 100), others)
        gone = patch.object(Path, "read_bytes", side_effect=FileNotFoundError(2, "No such file"))
        with gone, pytest.raises(UsageError, match="temporary files") as told_so:
            [taken[1]() for taken in iter(results.next, None) if taken]
        assert "TMPDIR" in told_so.value.remedy
