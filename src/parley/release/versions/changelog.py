"""The difference of two versions as Markdown, and CHANGELOG.md, which has one for each version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Sized
from pathlib import Path
from typing import Any

from parley.model.ontology import DOCUMENT
from parley.release.inputs import Settings
from parley.release.versions.difference import (
    NOT_LABELS,
    ORIGIN,
    SHOWN,
    Changes,
    Difference,
    Row,
    in_words,
)
from parley.runtime.markdown import inline, table

FILE = "CHANGELOG.md"
_HEAD = "# Changes of the data\n\nThe newest first. `parley diff A B` compares any two.\n"
_ENTRY = "\n## "
# columns that say what the others say too
_SAID = NOT_LABELS | {
    *("label", "text", "start", "end"),
    *("head_id", "head_label", "head_text", "tail_id", "tail_label", "tail_text"),
}

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
    if settings.reasons:
        entry += "".join(f"- {inline(reason)}\n" for reason in settings.reasons) + "\n"
    entry += as_markdown(found, last["version"], settings.version) if last else "The first version.\n"
    before: Agreement = (last or {}).get("agreement", {})
    sides = {name: (before.get(name), agreement.get(name)) for name in [*before, *agreement]}
    rows = [
        (name, *("–" if value is None else f"{value:.3f}" for value in pair))
        for name, pair in sides.items()
        if pair[0] != pair[1]
    ]
    if rows:
        entry += f"\n{table(('agreement', 'before', 'now'), rows)}\n"
    return _HEAD + entry + old


def as_markdown(found: Difference, before: str, after: str) -> str:
    """Return a difference as a Markdown summary: counts, and the first of the articles and labels.

    Labels that differ only in their origin (sources, decision, reason) are counted by what changed, and not
    shown. Several columns, names or origins that changed are lists below the table, columns by config.
    """
    lines = [f"### Labels of {inline(after)} against {inline(before)}", ""]
    if found == Difference():
        return "\n".join([*lines, "No article and no label differs.", ""])
    resplit = [f"{doc}: {old} → {new}" for doc, old, new in found.resplit]
    counts: list[tuple[str, Sized, str]] = [
        ("articles added", found.articles_added, _first(found.articles_added)),
        ("articles removed", found.articles_removed, _first(found.articles_removed)),
        ("texts changed", found.texts_changed, _first(found.texts_changed)),
        ("articles in another split", resplit, _first(resplit)),
        ("labels added", found.added, ", ".join(_counted(found.added))),
        ("labels removed", found.removed, ", ".join(_counted(found.removed))),
        ("labels moved", found.moved, ", ".join(_counted(found.moved))),
        ("labels retyped", found.retyped, ", ".join(_counted(found.retyped))),
        ("labels with other attributes", found.changed, ", ".join(_counted(found.changed))),
        ("configs added", found.configs_added, ", ".join(found.configs_added)),
    ]
    lists: list[tuple[str, Sized, list[str]]] = [
        ("labels with only another origin", found.origin, _counted(found.origin, ": ")),
        ("configs and columns renamed", found.renamed, found.renamed),
        ("columns changed", found.schema, _by_config(found.schema)),
        ("columns with more classes", found.classes_added, found.classes_added),
    ]
    rows = [(what, len(some), which) for what, some, which in counts if len(some)]
    rows += [(what, len(some), each[0] if len(each) == 1 else "below") for what, some, each in lists if each]
    lines += [table(("what", "number", "which"), rows), ""]
    for what, _, each in lists:
        if len(each) > 1:
            lines += [f"{what[0].upper()}{what[1:]}:", "", *(f"- {inline(one)}" for one in each), ""]
    kinds = (found.retyped, found.moved, found.changed, found.added, found.removed)
    turns = sorted((turn, number) for number, kind in enumerate(kinds) for turn in range(len(kind.shown)))
    shares = Counter(number for _, number in turns[:SHOWN])  # as many of each kind, if it has so many
    shown = [
        (_label(a, b), _label(b, a), (b or a or {})["doc_id"])
        for number, kind in enumerate(kinds)
        for a, b in kind.shown[: shares[number]]
    ]
    if shown:
        lines += [table(("before", "after", "article"), shown), ""]
    more = sum(map(len, kinds)) - len(shown)
    if more:
        lines += [f"… and {more} more.", ""]
    return "\n".join(lines)


def _first(names: Sequence[str]) -> str:
    more = f" … and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _counted(changes: Changes, between: str = " ") -> list[str]:
    counts = sorted(changes.labels.items(), key=lambda x: (-x[1], x[0]))
    return [f"{what}{between}{n}" for what, n in counts]


def _by_config(changes: Sequence[str]) -> list[str]:
    """Return changes of columns, `CONFIG.COLUMN: CHANGE`, a line for those of a config with the same change.

    >>> _by_config(["spans.per: absent → string", "spans.event: absent → string", "texts.id: int32 → string"])
    ['spans, absent → string: per, event', 'texts.id: int32 → string']
    """
    found: dict[tuple[str, str], list[str]] = {}
    for one in changes:
        name, _, change = one.partition(": ")
        config, _, column = name.partition(".")
        found.setdefault((config, change), []).append(column)
    return [
        f"{config}, {change}: {', '.join(columns)}" if columns[1:] else f"{config}.{columns[0]}: {change}"
        for (config, change), columns in found.items()
    ]


def _label(row: Row | None, other: Row | None) -> str:
    """Return a label in words, with the columns in which it is not the other one."""
    if row is None:
        return ""
    if row["label"] == DOCUMENT:
        said = ""
    elif "head_id" in row:
        said = f"{row['head_text']} → {row['tail_text']}"
    else:
        said = f"{row['text']} {row['start']}:{row['end']}"
    if other is None:
        values = {k: v for k, v in row.items() if v is not None and k not in ORIGIN}
    else:
        values = {k: v for k, v in row.items() if v != other[k]}
    shown = [
        f"{k}={in_words(v)}"
        for k, v in values.items()
        if k not in _SAID and not (k.endswith("_id") and k.removesuffix("_id") in row)
    ]
    return " ".join([f"`{row['label']}`", *filter(None, [said]), *shown])
