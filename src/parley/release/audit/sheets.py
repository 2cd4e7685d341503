"""Sheets of an audit: every label in reading order with its sentence, numbered, and what is filled in.

A sheet is Markdown to read; beside it is a CSV file of the same name with a row a number, for the verdicts.
What was planted where is in the key, which the auditor does not get.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from parley.model.documents import Document
from parley.model.entities import Entity
from parley.model.labels import Layer, Relation, Span
from parley.release.audit.planting import PlantedError
from parley.runtime.counts import counted
from parley.runtime.files import csv_line, write_whole
from parley.runtime.markdown import inline, templates
from parley.values.segmentation import sentences
from parley.values.several import members

ENTITIES, FIGURES = "entities", "figures"  # sheets that are of no article
KEY = "key.json"
COLUMNS, ABOUT = ("number", "verdict", "note"), ("about",)
_FIGURE = (
    *("instance", "instance_name", "role", "sort", "value", "unit", "quantity", "counted", "mention"),
    *("modality", "stance", "is_part", "instance_via"),
)


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A numbered line of a sheet.

    id: of the published label. label: its name, or the type of a row. attributes: of a span. planted: the
    kind of error that is shown in its place. says: the line without its number.
    """

    number: int
    kind: Literal["span", "relation", "entity", "figure"]
    id: str
    label: str
    says: str
    attributes: dict[str, str] = {}
    planted: str = ""


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an audit is of. items: by sheet. content_sha256: of what a release of the labels has."""

    content_sha256: str
    ontology: str
    errors: int
    seed: int
    items: dict[str, tuple[Item, ...]]


def write_sheets(folder: Path, key: Key, sheets: Mapping[str, str]) -> None:
    """Write sheets, a file of verdicts to fill in beside each, and what an auditor should know."""
    folder.mkdir(parents=True, exist_ok=True)
    page = templates("parley.release").get_template("audit_instruction.md.j2")
    write_whole(folder / "README.md", page.render(sheets=list(sheets), key=key, counted=counted).encode())
    for name, sheet in sheets.items():
        write_whole(folder / f"{name}.md", sheet.encode())
        rows = [(*COLUMNS, *ABOUT), *((item.number, "", "", "") for item in key.items[name])]
        write_whole(folder / f"{name}.csv", "".join(f"{csv_line(row)}\n" for row in rows).encode())


def article_sheet(
    layer: Layer,
    document: Document,
    entities: Mapping[str, Entity],
    planted: Mapping[str, PlantedError],
) -> tuple[str, tuple[Item, ...]]:
    """Return the sheet of an article and its items. planted: errors by the label they are in place of."""
    sheet = _Sheet(document, entities, layer, planted)
    parts, items = [f"# {inline(document.doc_id)}"], list[Item]()
    if document.title:
        parts.append(f"*{inline(document.title)}*")
    for place, shown in sheet.by_sentence():
        parts.append(f"**Paragraph {place[0]}** {inline(place[1])}")
        lines = []
        for gold, label in shown:
            number = sheet.numbers[gold.id]
            says = sheet.line(label, place[1])
            lines.append(f"{number}. {says}")
            error = planted.get(gold.id)
            attributes = dict(gold.attributes) if isinstance(gold, Span) else {}
            kind: Literal["span", "relation"] = "span" if isinstance(gold, Span) else "relation"
            items.append(
                Item(number, kind, gold.id, gold.label, says, attributes, error.kind if error else "")
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n", tuple(items)


class _Sheet:
    """The labels of an article as a sheet shows them."""

    def __init__(
        self,
        document: Document,
        entities: Mapping[str, Entity],
        layer: Layer,
        planted: Mapping[str, PlantedError],
    ) -> None:
        self.document = document
        self.entities = entities
        self.spans = {span.id: span for span in layer.spans}
        labels: list[Span | Relation] = [*layer.spans, *layer.relations]
        self.shown = {one.id: planted[one.id].shown if one.id in planted else one for one in labels}
        self._sentences = sentences(document.text, document.language)
        self._order = sorted(labels, key=lambda one: self._key(self.shown[one.id]))
        self.numbers = {one.id: number for number, one in enumerate(self._order, start=1)}

    def by_sentence(
        self,
    ) -> Iterator[tuple[tuple[int, str], list[tuple[Span | Relation, Span | Relation]]]]:
        """Yield the paragraph and words of each sentence with labels, and these: as published, as shown."""
        found: dict[int, list[tuple[Span | Relation, Span | Relation]]] = {}
        for one in self._order:
            shown = self.shown[one.id]
            found.setdefault(self._sentence(self._start(shown)), []).append((one, shown))
        for number, labels in found.items():
            sentence = self._sentences[number]
            yield (self._paragraph(sentence.start), sentence.text), labels

    def line(self, label: Span | Relation, sentence: str) -> str:
        """Return a label as a line."""
        if isinstance(label, Span):
            said = [f"{name}: {self._value(value)}" for name, value in sorted(label.attributes.items())]
            return "; ".join([f"{inline(label.label)} {self._quoted(label, sentence)}", *said])
        head, tail = self.spans[label.head], self.spans[label.tail]
        ends = f"{self._end(head, sentence)} → {self._end(tail, sentence)}"
        return f"*{inline(label.label)}*: {ends}"

    def _end(self, span: Span, sentence: str) -> str:
        home = self._sentences[self._sentence(span.start)].text
        far = "" if home == sentence else f" (paragraph {self._paragraph(span.start)})"
        return f"{self._quoted(span, home)}{far} \\[{self.numbers[span.id]}\\]"

    def _quoted(self, span: Span, sentence: str) -> str:
        """Return the words of a span, with which of several in the sentence it is."""
        words = f"“{inline(span.text)}”"
        times = sentence.count(span.text)
        if times < 2:
            return words
        begin = self._sentences[self._sentence(span.start)].start
        return f"{words} ({self.document.text.count(span.text, begin, span.start) + 1} of {times})"

    def _value(self, value: str) -> str:
        names = [self.entities[one].name for one in members(value) if one in self.entities]
        shown = inline(", ".join(members(value)))
        return f"{shown} ({inline('; '.join(names))})" if names else shown

    def _start(self, label: Span | Relation) -> int:
        return label.start if isinstance(label, Span) else self.spans[label.head].start

    def _key(self, label: Span | Relation) -> tuple[int, bool, int, int, str]:
        start = self._start(label)
        end = label.end if isinstance(label, Span) else self.spans[label.tail].start
        return self._sentence(start), isinstance(label, Relation), start, -end, label.id

    def _sentence(self, start: int) -> int:
        """Return the number of the last sentence that begins at or before a place."""
        number = sum(sentence.start <= start for sentence in self._sentences)
        return max(0, number - 1)

    def _paragraph(self, start: int) -> int:
        lines = self.document.text[:start].split("\n")
        return sum(bool(line.strip()) for line in lines[:-1]) + 1


def entities_sheet(entities: Mapping[str, Entity], layers: Sequence[Layer]) -> tuple[str, tuple[Item, ...]]:
    """Return the sheet of the rows of entities.csv, each with the words that point at it, by article."""
    mentions: dict[str, dict[str, dict[str, None]]] = {}
    for layer in layers:
        for span in layer.spans:
            for value in span.attributes.values():
                for row in members(value):
                    mentions.setdefault(row, {}).setdefault(layer.doc_id, {})[span.text] = None
    parts, items = ["# Entities"], []
    for number, one in enumerate(entities.values(), start=1):
        said = [
            f"name: {inline(one.name)}",
            f"aliases: {inline(', '.join(one.aliases)) or '–'}",
            f"description: {inline(one.note) or '–'}",
            f"Wikidata: {inline(one.wikidata) or '–'}",
        ]
        said += [
            f"{inline(doc_id)}: {'; '.join(f'“{inline(text)}”' for text in texts)}"
            for doc_id, texts in mentions.get(one.id, {}).items()
        ]
        says = f"{inline(one.type)} `{one.id}`"
        parts.append("\n".join([f"{number}. {says}", *(f"   - {line}" for line in said)]))
        items.append(Item(number, "entity", one.id, one.type, says))
    return "\n\n".join(parts) + "\n", tuple(items)


def figures_sheet(rows: Sequence[Mapping[str, Any]]) -> tuple[str, tuple[Item, ...]]:
    """Return the sheet of the rows of the config `figures`, each with its sentence."""
    parts, items = ["# Figures"], []
    for number, row in enumerate(rows, start=1):
        said = [f"{name}: {inline(str(row[name]))}" for name in _FIGURE if row.get(name) is not None]
        said.append(f"sources: {inline(', '.join(one['text'] for one in row['sources'])) or '–'}")
        said.append(f"excludes: {inline(', '.join(row['excludes'])) or '–'}")
        says = f"{inline(row['doc_id'])}: {inline(row['sentence'])}"
        parts.append("\n".join([f"{number}. {says}", *(f"   - {line}" for line in said)]))
        items.append(Item(number, "figure", row["id"], row["unit"] or "", says))
    return "\n\n".join(parts) + "\n", tuple(items)
