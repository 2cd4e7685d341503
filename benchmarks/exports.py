"""Made-up exports of Label Studio of any size, the same bytes from the same seed.

A task is a news-like text of some 400 words with two annotations of 60 spans and 35 relations each, as two
annotators would submit them: what `json.dumps` of the server's JSON export looks like, as an array or a task
a line.
"""

from __future__ import annotations

import json
import multiprocessing
import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import track

SPANS, RELATIONS, ANNOTATIONS, WORDS = 60, 35, 2, 400
PARAGRAPH = 20  # words
BLOCK = 500  # tasks made by one process at a time
SPAN_LABELS = ("PERSON", "ORGANISATION", "PLACE", "TIME", "EVENT", "STATEMENT")
RELATION_LABELS = ("actor", "recipient", "place", "time", "source")
ONTOLOGY = "\n".join(
    [
        'name = "bench"\nversion = "1"\n[[group]]\nname = "all"\ntitle = "All"',
        *(
            f'[[span]]\nname = "{n}"\ntitle = "{n}"\ngroup = "all"\ncolor = "#1f77b{i}"\nhotkey = "{i}"\n'
            f'definition = "Made up."'
            for i, n in enumerate(SPAN_LABELS, 1)
        ),
        *(
            f'[[relation]]\nname = "{n}"\ntitle = "{n}"\nhead = {json.dumps(SPAN_LABELS)}\n'
            f'tail = {json.dumps(SPAN_LABELS)}\ndefinition = "Made up."'
            for n in RELATION_LABELS
        ),
    ]
)
_SYLLABLES = (
    "ka",
    "lo",
    "mi",
    "ter",
    "ven",
    "dra",
    "so",
    "pel",
    "un",
    "ri",
    "gar",
    "é",
    "ost",
    "ny",
    "ßa",
    "bo",
)


def tasks(number: int, seed: int = 7, *, wrapped: bool = False) -> Iterator[dict[str, Any]]:
    """Yield tasks as the server exports them, the same whatever comes behind them.

    wrapped: a line break for every twentieth blank makes paragraphs and moves nothing.
    """
    for block in range(0, number, BLOCK):
        yield from tasks_between(block, min(block + BLOCK, number), seed, wrapped=wrapped)


def tasks_between(begin: int, end: int, seed: int = 7, *, wrapped: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the tasks behind the first `begin`, which is a multiple of BLOCK, and not more than a block."""
    make = random.Random(seed)  # noqa: S311 - no secret
    vocabulary = ["".join(make.choices(_SYLLABLES, k=make.randint(1, 4))) for _ in range(4000)]
    make.seed(f"{seed} {begin}")
    region = begin * ANNOTATIONS * SPANS
    for task in range(begin + 1, end + 1):
        words = make.choices(vocabulary, k=WORDS)
        starts, place = [], 0
        for word in words:
            starts.append(place)
            place += len(word) + 1
        lines = [" ".join(words[one : one + PARAGRAPH]) for one in range(0, WORDS, PARAGRAPH)]
        text = ("\n" if wrapped else " ").join(lines)
        annotations = []
        for user in range(1, ANNOTATIONS + 1):
            result: list[dict[str, Any]] = []
            first = region
            for index in sorted(make.sample(range(WORDS - 3), SPANS)):
                last = index + make.randint(0, 2)
                start, end = starts[index], starts[last] + len(words[last])
                value = {
                    "start": start,
                    "end": end,
                    "text": text[start:end],
                    "labels": [make.choice(SPAN_LABELS)],
                }
                result.append(
                    {
                        "value": value,
                        "id": f"r{region:09d}",
                        "from_name": "label",
                        "to_name": "text",
                        "type": "labels",
                        "origin": "manual",
                    }
                )
                region += 1
            pairs = make.sample(range(SPANS * (SPANS - 1)), RELATIONS)
            for pair in pairs:
                head, tail = divmod(pair, SPANS - 1)
                tail += tail >= head
                result.append(
                    {
                        "from_id": f"r{first + head:09d}",
                        "to_id": f"r{first + tail:09d}",
                        "type": "relation",
                        "direction": "right",
                        "labels": [make.choice(RELATION_LABELS)],
                    }
                )
            annotations.append(
                {
                    "id": task * 10 + user,
                    "completed_by": user,
                    "result": result,
                    "was_cancelled": False,
                    "ground_truth": False,
                    "created_at": "2026-01-01T10:00:00.000000Z",
                    "updated_at": "2026-01-01T11:00:00.000000Z",
                    "lead_time": 600.5,
                    "task": task,
                    "project": 1,
                }
            )
        yield {
            "id": task,
            "annotations": annotations,
            "drafts": [],
            "predictions": [],
            "data": {"doc_id": f"d{task:07d}", "text": text},
            "meta": {},
            "created_at": "2026-01-01T09:00:00.000000Z",
            "project": 1,
        }


def write_export(path: Path, number: int, *, lines: bool, wrapped: bool = False) -> Path:
    """Write an export over all cores; a file that is there is kept. lines: a task a line, not an array."""
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    begin, between, end = (b"", b"\n", b"\n") if lines else (b"[", b", ", b"]")
    blocks = [(block, min(block + BLOCK, number)) for block in range(0, number, BLOCK)]
    with part.open("wb") as file, multiprocessing.Pool() as pool:
        file.write(begin)
        for index, tasks_of in enumerate(
            track(pool.imap(partial(_dumped, wrapped=wrapped), blocks), f"making {path.name}", len(blocks))
        ):
            file.writelines([between if index else b"", between.join(tasks_of)])
        file.write(end)
    part.rename(path)
    return path


def _dumped(block: tuple[int, int], *, wrapped: bool) -> list[bytes]:
    return [json.dumps(task).encode() for task in tasks_between(*block, wrapped=wrapped)]
