"""agreement.json: the figures of every round of annotation side by side, in canonical form.

    {"rounds": [{"round": "1", "date": "2026-01-31", "ontology", "annotators", "figures": {…}}, …]}

Rounds stand in the order in which they were first measured. Keys are sorted; a measure stands on one line, so
that version control shows which figure moved.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from parley.faults import UsageError

Record = dict[str, Any]


def read_rounds(path: Path) -> list[Record]:
    """Return the rounds of agreement.json, none if there is no file; raises as `decode_rounds`."""
    return decode_rounds(path.read_bytes(), path.name) if path.is_file() else []


def decode_rounds(data: bytes, name: str = "agreement.json") -> list[Record]:
    """Return the rounds in the bytes of agreement.json.

    Raises UsageError if they are not what this module writes.
    """
    try:
        rounds = json.loads(data)["rounds"]
        if not all(isinstance(r["round"], str) and r["figures"]["overall"]["figures"] for r in rounds):
            raise TypeError("a round has a name and figures")  # noqa: TRY301 - told to the user just below
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{name} is not readable as rounds of agreement: {error}",
            "restore it from version control, or remove it to begin with the first round",
        ) from error
    return list(rounds)


def with_round(rounds: list[Record], name: str | None, date: str | None, measured: Record) -> list[Record]:
    """Return the rounds with the newly measured one added, or in place of the one of that name.

    name: None means the last round measured, or "1" where there is none. date: ISO 8601; None keeps the
    round's date, or leaves it empty.
    """
    name = name or (rounds[-1]["round"] if rounds else "1")
    before = next((r for r in rounds if r["round"] == name), None)
    kept = date if date is not None else (before or {}).get("date", "")
    record = {"round": name, "date": kept, **measured}
    return [record if r is before else r for r in rounds] if before else [*rounds, record]


def encode_rounds(rounds: list[Record]) -> bytes:
    """Return the canonical bytes of agreement.json."""
    return (_encode({"rounds": rounds}, 0) + "\n").encode()


def _encode(value: object, depth: int) -> str:
    children: list[object] = []
    if isinstance(value, dict | list):
        children = list(value.values()) if isinstance(value, dict) else value
    if not any(isinstance(child, dict | list) for child in children):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    pad, end = " " * (depth + 1), " " * depth
    if isinstance(value, dict):
        rows = [
            f"{pad}{json.dumps(k, ensure_ascii=False)}: {_encode(value[k], depth + 1)}" for k in sorted(value)
        ]
        return "{\n" + ",\n".join(rows) + f"\n{end}}}"
    return "[\n" + ",\n".join(f"{pad}{_encode(child, depth + 1)}" for child in children) + f"\n{end}]"
