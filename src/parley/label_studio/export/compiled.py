"""The compiled scanner of results, if it is there; and what refuses keys given twice, with it or without."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from parley.label_studio.export.broken_json import has_repeated
from parley.label_studio.export.regions import SKIPPED_OF_REGION, UnreadTask
from parley.label_studio.screen import LABEL, TEXT

try:
    from parley.label_studio.export import scanner
except ImportError:  # there was no compiler: all is read in Python, in more time
    scanner = None  # type: ignore[assignment]


def uncompiled() -> str:
    """Return why the compiled scanner is not used, "" if it is."""
    if scanner is None:
        return "the scanner was not compiled: a C compiler or Python's headers are missing"
    source = Path(scanner.__file__).with_name("scanner.pyx")  # an installed wheel has none
    made_of = getattr(scanner, "SOURCE", "of a time before it said so")
    if made_of and source.is_file() and made_of != sha256(source.read_bytes()).hexdigest():
        return f"the scanner is compiled from another {source.name}; rm .venv/.ready and `make setup`"
    return ""


COMPILED = not uncompiled()


def new_scanner(
    spans: tuple[str, ...], relations: tuple[str, ...], symmetric: tuple[bool, ...]
) -> scanner.Scanner | None:
    """Return a scanner of results with some labels, None if it is not used. symmetric: of each relation."""
    return scanner.Scanner(spans, relations, symmetric, LABEL, TEXT, SKIPPED_OF_REGION) if COMPILED else None


def refuse_repeated(data: bytes, tasks: Sequence[UnreadTask] = ()) -> None:
    """Raise msgspec.ValidationError if a key may be twice in an object of some JSON.

    tasks: what was decoded of it: their results are not looked into, as the scanner does it.
    """
    results = [annotation.result for task in tasks for annotation in task.annotations]
    if scanner.repeats_key(data, results) if COMPILED else has_repeated(data):
        raise msgspec.ValidationError("a key is there twice")
