"""Tasks of a foreign Label Studio project: on the words that a page shows, and what their regions say."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser
from typing import Any

from parley.label_studio.export.file_kinds import from_minimal, is_task
from parley.label_studio.export.foreign import LISTS, Unreadable
from parley.label_studio.export.regions import Region, Value
from parley.values.number import spelled_or_not

NO_LABEL = "(no label)"
LONGEST_NAME = 300  # of a text of data that may be an article's name

_HIDDEN = frozenset({"script", "style", "title", "template"})
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,1000}>")


def task_on_words(value: object, chosen: Collection[str] = ()) -> Mapping[str, Any]:
    """Return a task as the format JSON has it, on what its texts show. Raises Unreadable if it is none.

    chosen: fields of JSON_MIN that say something of the whole document.
    """
    if not isinstance(value, dict) or not is_task(value):
        raise Unreadable("it is not JSON" if value is None else "it is not a task")
    return _on_words(from_minimal(value, chosen))


def check_text(task: Mapping[str, Any], field: str) -> None:
    """Raise Unreadable if a task has no text that was labelled. field: of its data; "" for whichever."""
    data = task["data"]
    held = data.get(field) if field else next((one for one in data.values() if isinstance(one, str)), None)
    if isinstance(held, str):
        return
    turns = {name: one for name, one in data.items() if isinstance(one, list) and field in ("", name)}
    name = next((name for name, one in turns.items() if one and isinstance(one[0], dict)), None)
    if name is not None:
        raise Unreadable(
            f"its {name!r} is a dialogue, whose regions count from each turn: make one text of it, with its "
            "labels in JSON lines, for `parley import jsonl`"
        )
    raise Unreadable(f"its data has no text {field!r}" if field else "its data has no text")


def predictions_of(task: Mapping[str, Any]) -> int:
    """Return how many predictions a task has."""
    predictions = task.get("predictions")
    return len(predictions) if isinstance(predictions, list) else 0


class _Words(HTMLParser):
    """Gathers what a page shows: the texts of its elements, one after the other."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin an element."""
        self._hidden += tag in _HIDDEN

    def handle_endtag(self, tag: str) -> None:
        """End an element."""
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """Take over a text."""
        if not self._hidden:
            self.texts.append(data)


def _on_words(task: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a task on HTML as one on the page's words, in which its regions have `globalOffsets`.

    A task without such regions is what it is.
    """
    lists = [task[key] for key in LISTS if isinstance(task.get(key), list)]
    results = [one["result"] for some in lists for one in some if isinstance(one, dict) and "result" in one]
    regions = [one for some in results if isinstance(some, list) for one in some if isinstance(one, dict)]
    values = [one["value"] for one in regions if isinstance(one.get("value"), dict)]
    offsets = [(one, one["globalOffsets"]) for one in values if isinstance(one.get("start"), str)
               and isinstance(one.get("globalOffsets"), dict)]  # fmt: skip
    if not offsets:
        return task
    for value, place in offsets:
        value |= {"start": place.get("start"), "end": place.get("end")}
    data = {
        key: "".join(_Words(held).texts) if isinstance(held, str) and _MARKUP.search(held) else held
        for key, held in task["data"].items()
    }
    return {**task, "data": data}


def _kind(region: Region) -> str:
    """Return under which key a region's value says something of another region."""
    value, kind = region.value, {"textarea": "text", "datetime": "text", "rating": "number"}.get(region.type)
    if kind or value is None:
        return kind or ""
    return "choices" if value.choices else "taxonomy" if value.taxonomy else "number"


def said_of(region: Region) -> list[str]:
    """Return what a region says of another, of a taxonomy the paths."""
    value, kind = region.value, _kind(region)
    if value is None:
        return []
    if kind == "choices":
        return value.choices or []
    if kind == "taxonomy":
        return [" > ".join(path) for path in value.taxonomy or [] if path]
    if kind == "number":
        return [] if value.number is None else [spelled_or_not(value.number)]
    return [value.text] * bool(value.text) if isinstance(value.text, str) else value.text or []


def extent_of(value: Value | None) -> tuple[int | None, int | None, str | None]:
    """Return start and end of a region as they are counted there, and the words that it quotes."""
    if value is None:
        return None, None, None
    text = value.text
    quoted = text if isinstance(text, str) else text[0] if text and len(text) == 1 else None
    return value.start, value.end, quoted


def shown(region: Region) -> str:
    """Return a region in words: its id, its place and what it quotes."""
    start, end, quoted = extent_of(region.value)
    return f"region {region.id} {start}:{end}" + (f" {quoted!r}" if quoted else "")
