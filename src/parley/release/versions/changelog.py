"""CHANGELOG.md: what a version changed in the data, written from the difference to the one before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parley.release.inputs import Settings
from parley.release.versions.difference import Difference, as_markdown
from parley.runtime.markdown import table

FILE = "CHANGELOG.md"
_HEAD = "# Changes of the data\n\nThe newest first. `parley diff A B` compares any two.\n"
_ENTRY = "\n## "

Agreement = Mapping[str, float | None]


def changelog(
    existing: Path,
    settings: Settings,
    last: Mapping[str, Any] | None,
    found: Difference,
    agreement: Agreement,
) -> str:
    """Return CHANGELOG.md with an entry for this version on top.

    last: the version before, as versions.json has it; None for the first. agreement: measure → value.
    """
    written = existing.read_text(encoding="utf-8") if existing.is_file() else ""
    old = written[written.index(_ENTRY) :] if _ENTRY in written else ""  # whatever the head was
    entry = f"{_ENTRY}{settings.version} ({settings.date})\n\n"
    entry += as_markdown(found, last["version"], settings.version) if last else "The first version.\n"
    return _HEAD + entry + _agreement(last.get("agreement", {}) if last else {}, agreement) + old


def _agreement(before: Agreement, after: Agreement) -> str:
    """Return a table of the agreement that changed, nothing if none did."""
    names = list(dict.fromkeys([*before, *after]))
    rows = [
        (name, _shown(before.get(name)), _shown(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    ]
    return f"\n{table(('agreement', 'before', 'now'), rows)}\n" if rows else ""


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
