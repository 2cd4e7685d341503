"""JSON lines: an article a line, with spans and relations; as scripts, Prodigy and doccano write them.

    {"doc_id": "h2_spill", "offsets": "clean",
     "spans": [{"start": 0, "end": 9, "label": "SHIP", "text": "Mary Anne", "attributes": {"level": "NAM"}},
               {"start": 20, "end": 24, "label": "ACT", "id": "a"}],
     "relations": [{"label": "by", "head": "a", "tail": 0}]}

| field | is |
| --- | --- |
| doc_id | the article's name; without it the article is known by its text |
| text | the text that was labelled, whatever copy of the article it is |
| offsets | without `text`: what they count in, `clean` (default: the text of documents) or `raw` (the seed) |
| spans | start and end in code points, half-open; label; perhaps text, attributes, id |
| relations | label, head and tail: ids of spans, or their numbers in the list, from 0 |
| document | attributes of the whole article |
| annotator | who made the labels, if a file has those of several people |

Of an attribute with several ids the value is a list. A span's own `text` is held against its place; if all
of a line fit in UTF-16 code units or in bytes, and in code points not all do, they are counted so. Also taken
are doccano's `entities` with `start_offset` and `end_offset`, its `label` or `labels` as `[[0, 9, "SHIP"]]`,
`from_id`, `to_id` and `type` of relations; and Prodigy's `head_span` and `child_span`, its `meta.doc_id`, its
`_annotator_id`, and of its answers those accepted. What is chosen for the whole text (`accept`, `cats`,
`label`) is an attribute of the article by that name, if the ontology has any. A file that is one JSON array,
or objects over several lines, is read too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article, Lost
from parley.exchange.names import NO_END, NOT_THERE, OUTSIDE, TWICE, lost_span, shown
from parley.exchange.other_formats import refuse_keys
from parley.label_studio.export.offsets import counting_bytes, countings
from parley.model.documents import METADATA
from parley.model.labels import DocumentLabel, Relation, Span, make_relation, make_span, span_id
from parley.model.ontology import Ontology
from parley.values.number import spelled_or_not
from parley.values.several import several

OFFSETS = "offsets"  # in the metadata of an article whose line has no text
_UNITS = ("clean", "raw")
_MOST = 2**31 - 1
_SPANS = ("spans", "entities", "labels", "label")
_CHOSEN = ("accept", "cats")  # where tools have what is chosen for the whole text
_TEXT = ("text", "data")
_PERSON = ("annotator", "_annotator_id", "_session_id")
_START, _END = ("start", "start_offset"), ("end", "end_offset")
_PLACES = frozenset({*_START, "begin", "offset", "points"})  # keys of places, in fields of any tool
_HEAD, _TAIL = ("head", "from_id"), ("tail", "to_id")


_BOTH = frozenset({"id", "label", "text", "color"})
_SPAN_KEYS = _BOTH | {
    *(*_START, *_END, "attributes"),
    *("token_start", "token_end", "source", "pattern", "score", "input_hash"),
}
_RELATION_KEYS = _BOTH | {*_HEAD, *_TAIL, "type", "child", "head_span", "child_span"}
_KEYS = frozenset(
    [
        *(*_SPANS, "relations", "document", "doc_id", "id", *_TEXT, OFFSETS, "answer", "meta", *METADATA),
        *_PERSON,
        *("url", "date", "author", "source", "lang"),  # of the article
        *("tokens", "options", "path", "html", "image", "priority", "score"),  # what tools show or order by
    ]
)


_HALF = re.compile("[\ud800-\udfff]")
_BETWEEN = re.compile(r"[\s,]*")  # values
_UNNAMED = re.compile(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d")  # a session of Prodigy that nobody named


class Malformed(ValueError):
    """A line that is not an article."""


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a file. Raises Malformed naming a line, and what of it is wrong."""
    for number, said in enumerate(_values(place), 1):
        try:
            yield _article(said, ontology)
        except ValueError as error:
            raise Malformed(f"article {number}: {error}")


def _values(place: Path) -> Iterator[object]:
    """Yield the values of a file: a line each, or those of an array, or one after the other."""
    decoder = json.JSONDecoder(object_pairs_hook=_keys_once)
    with place.open(encoding="utf-8-sig", newline="\n") as file:
        begun = False
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = _decoded(decoder, line)
            except ValueError as error:
                if begun:
                    raise Malformed(f"line {number} is no JSON: {error}")
                yield from _values_of_text(decoder, line + file.read())
                return
            if not begun and isinstance(value, list) and value and all(isinstance(o, dict) for o in value):
                yield from value
            else:
                yield value
            begun = True


def _decoded(decoder: json.JSONDecoder, line: str) -> object:
    try:
        return decoder.decode(line)
    except RecursionError:
        raise Malformed("values are nested too deep")


def _values_of_text(decoder: json.JSONDecoder, text: str) -> Iterator[object]:
    """Yield the values of a text that has them over several lines. Raises Malformed if it is no JSON."""
    place = _after(text, 0)
    is_array = text.startswith("[", place)
    if is_array:
        place = _after(text, place + 1)
    while place < len(text) and not (is_array and text[place] == "]" and not text[place + 1 :].strip()):
        try:
            value, place = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            raise Malformed(f"it is no JSON: {error}")
        except RecursionError:
            line = text.count("\n", 0, place) + 1
            raise Malformed(f"what begins in line {line} is no JSON: values are nested too deep")
        yield value
        place = _after(text, place)
    if is_array and place == len(text):
        raise Malformed("its array has no end: it is cut off")


def _after(text: str, place: int) -> int:
    """Return where the next value begins."""
    match = _BETWEEN.match(text, place)
    return match.end() if match else place


def _keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
        raise Malformed(f"an object has {twice!r} twice")
    return made


def on_text(article: Article, text: str) -> Article:
    """Return an article on the text that its offsets count in.

    What is outside the text, or is not what it quotes, is lost.
    """
    quoting = [span for span in article.spans if span.text]
    places = {span.id: (span.start, span.end) for span in article.spans}
    if quoting and any(text[s.start : s.end] != s.text for s in quoting):
        for way in (*countings(text)[1:], counting_bytes(text)):
            counted = {name: way.places(*place) or (-1, -1) for name, place in places.items()}
            if all(text[counted[s.id][0] : counted[s.id][1]] == s.text for s in quoting):
                places = counted
                break
    spans, lost = {}, list(article.lost)
    for span in article.spans:
        start, end = places[span.id]
        words = text[start:end] if 0 <= start < end <= len(text) else ""
        if not words or span.text not in ("", words):
            place = shown(span) + f", but the text there is {words!r}" * bool(words)
            lost += lost_span(span, NOT_THERE if words else OUTSIDE, place)
        else:
            spans[span.id] = make_span(text, span.label, start, end, span.attributes)
    relations = []
    for one in article.relations:
        if one.head in spans and one.tail in spans:
            relations.append(make_relation(one.label, spans[one.head], spans[one.tail]))
        else:
            lost.append(Lost("relations", one.label, NO_END, f"from {one.head} to {one.tail}"))
    known = {name: value for name, value in article.metadata.items() if name != OFFSETS}
    return replace(
        article,
        text=text,
        spans=tuple(spans.values()),
        relations=tuple(relations),
        metadata=known,
        lost=tuple(lost),
    )


def _article(said: object, ontology: Ontology) -> Article:
    """Return the article of a line; without labels if they were not accepted. Raises Malformed."""
    if isinstance(said, list):
        raise Malformed("it is a list: write an object in braces with `text` and `spans`")
    if not isinstance(said, dict):
        raise Malformed("it is not an object in braces")
    refuse_keys(said)
    if _HALF.search(json.dumps(said, ensure_ascii=False)):
        raise Malformed("it has half a surrogate pair")
    if said.get("answer", "accept") != "accept":
        return Article("", "", left_out="answers that were not accepted")
    meta = said.get("meta")
    named = said.get("doc_id") or (meta.get("doc_id") if isinstance(meta, dict) else None) or ""
    text, unit = next((said[name] for name in _TEXT if name in said), None), said.get(OFFSETS, "clean")
    if not isinstance(named, str) or not (text is None or isinstance(text, str)):
        raise Malformed("doc_id and text are texts")
    if unit not in _UNITS:
        raise Malformed(f"offsets is {unit!r}: it is one of {', '.join(_UNITS)}")
    if not named and not text:
        raise Malformed(f"it has neither doc_id nor text: its keys are {', '.join(said) or 'none'}")
    listed, classes = _labelled(said)
    whole, unread = _of_whole(said, classes, ontology)
    keyed = [_span(one, f"span {n}") for n, one in enumerate(listed) if not isinstance(one, str)]
    spans, lost = _once([span for _, span in keyed])
    if not (listed or classes) and (name := _places(said)):
        raise Malformed(f"{name!r} has places in the text, and is not read: its labels belong into `spans`")
    unread += _others(said, _KEYS | {*_CHOSEN} if ontology.of_document else _KEYS, "")
    for number, one in enumerate(listed):
        unread += _others(one, _SPAN_KEYS, f"span {number} > ") if isinstance(one, dict) else []
    for number, one in enumerate(_listed(said, ("relations",))):
        unread += _others(one, _RELATION_KEYS, f"relation {number} > ") if isinstance(one, dict) else []
    by_key = _by_key(keyed)
    by_place = {(span.start, span.end): span for _, span in keyed}
    relations: dict[str, Relation] = {}
    for number, one in enumerate(_listed(said, ("relations",))):
        label, head, tail = _relation(one, by_key, by_place, f"relation {number}")
        made = make_relation(label, head, tail)
        if made.id in relations:
            lost.append(Lost("relations", label, TWICE, f"from {head.id} to {tail.id}"))
        relations[made.id] = made
    labels = spans, tuple(relations.values()), {OFFSETS: unit}, tuple(unread), tuple(lost)
    document = DocumentLabel(whole) if whole else None
    found = Article(named, "", *labels, person=_person(said), document=document)
    return found if text is None else on_text(found, text)


def _labelled(said: Mapping[str, Any]) -> tuple[list[Any], dict[str, list[str]]]:
    """Return the spans of a line, and what is chosen for the whole text, by the field that has it."""
    given = {name: _listed(said, [name]) for name in _SPANS}
    placed = [name for name, some in given.items() if not all(isinstance(one, str) for one in some)]
    if len(placed) > 1:
        raise Malformed(f"it has both {' and '.join(placed)}: put all of them into `spans`")
    classes = {name: [one for one in some if isinstance(one, str)] for name, some in given.items()}
    return given[placed[0]] if placed else [], {name: some for name, some in classes.items() if some}


def _by_key(found: Sequence[tuple[object, Span]]) -> dict[object, Span]:
    """Return spans by their ids, and by their numbers in the list if no id is a number."""
    by_id: dict[object, Span] = {}
    for key, span in found:
        if key is not None and by_id.setdefault(key, span).id != span.id:
            raise Malformed(f"two spans have the id {key!r}")
    if any(isinstance(key, int) for key in by_id):
        return by_id
    return by_id | {number: span for number, (_, span) in enumerate(found)}


def _person(said: Mapping[str, Any]) -> str | None:
    """Return who made the labels of a line, None if it does not say."""
    person = next((said[name] for name in _PERSON if said.get(name) not in (None, "")), None)
    if isinstance(person, bool) or not isinstance(person, str | int | None):
        raise Malformed("annotator is a text or a number")
    return None if person is None or _UNNAMED.search(str(person)) else str(person)


def _of_whole(
    said: Mapping[str, Any], classes: Mapping[str, list[str]], ontology: Ontology
) -> tuple[dict[str, str], list[str]]:
    """Return what is said of the whole article, by attribute, and what of it is not read, a line each.

    classes: what doccano and Prodigy have where others have spans.
    """
    given = said.get("document") or {}
    if not isinstance(given, dict):
        raise Malformed("document is an object in braces")
    for name in said:
        if name not in _KEYS and (name == "attributes" or name in ontology.of_document):
            raise Malformed(f"{name!r} is said of the article: put it into `document`")
    whole = {name: _value(value, f"document > {name}") for name, value in given.items() if value is not None}
    if not ontology.of_document:
        return whole, [f"{one}: of the whole article" for some in classes.values() for one in some]
    chosen: dict[str, object] = {name: said[name] for name in _CHOSEN if said.get(name)}
    return {name: _value(value, name) for name, value in {**chosen, **classes}.items()} | whole, []


def _places(said: Mapping[str, Any]) -> str:
    """Return a field that is not read and has places in the text, as those of other tools do."""
    for name, value in said.items():
        if name not in _KEYS and isinstance(value, list):
            for one in value:
                if isinstance(one, dict) and not _PLACES.isdisjoint(one):
                    return name
    return ""


def _others(said: Mapping[str, Any], known: Collection[str], where: str) -> list[str]:
    """Return what is said under other keys than those that are read or say nothing of labels, a line each."""
    return [
        f"{where}{key}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for key, value in said.items()
        if key not in known and not key.startswith("_") and value not in (None, "", [], {}, False)
    ]


def _once(spans: Sequence[Span]) -> tuple[tuple[Span, ...], list[Lost]]:
    """Return each span once, and those that are given again."""
    kept: dict[str, Span] = {}
    again: list[Lost] = []
    for span in spans:
        if span.id in kept:
            again += lost_span(span, TWICE)
        else:
            kept[span.id] = span
    return tuple(kept.values()), again


def _listed(said: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    found: Any = next((said[name] for name in names if said.get(name) is not None), [])
    if isinstance(found, str) and names[0] in _SPANS:
        return [found] * bool(found)
    if not isinstance(found, list):
        raise Malformed(f"{names[0]} is a list")
    return found


def _span(one: object, where: str) -> tuple[object, Span]:
    """Return the key of a span, None if it has none, and the span; its text is what it quotes."""
    if isinstance(one, list):  # doccano
        if len(one) != 3:
            raise Malformed(f"{where} has {len(one)} fields: start, end and label are needed")
        one = dict(zip(("start", "end", "label"), one, strict=True))
    if not isinstance(one, dict):
        raise Malformed(f"{where} is not an object in braces")
    start, end = (_number(one, names, where) for names in (_START, _END))
    label, quote, given = one.get("label"), one.get("text") or "", one.get("attributes") or {}
    if not isinstance(label, str) or not label or not isinstance(quote, str):
        raise Malformed(f"{where}: label is {label!r}: label and text are texts")
    if not isinstance(given, dict):
        raise Malformed(f"{where}: attributes is an object in braces")
    values = {name: _value(value, f"{where} > {name}") for name, value in given.items() if value is not None}
    key = one.get("id")
    if isinstance(key, bool) or not isinstance(key, str | int | None):
        raise Malformed(f"{where}: id is a text or a number")
    return key, Span(span_id(label, start, end), start, end, quote, label, values)


def _number(one: Mapping[str, Any], names: Sequence[str], where: str) -> int:
    found = next((one[name] for name in names if name in one), None)
    if isinstance(found, float) and found.is_integer():  # as pandas writes a column with gaps
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= _MOST:
        raise Malformed(f"{where}: {names[0]} is {found!r}: it is a whole number from 0")
    return found


def _value(value: object, where: str) -> str:
    if isinstance(value, int | float):
        return spelled_or_not(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return several(value)
    raise Malformed(f"{where} is neither a text, a number nor a list of texts")


def _relation(
    one: object, by_key: Mapping[object, Span], by_place: Mapping[tuple[int, int], Span], where: str
) -> tuple[str, Span, Span]:
    """Return label, head and tail of a relation."""
    if not isinstance(one, dict):
        raise Malformed(f"{where} is not an object in braces")
    label = one.get("label", one.get("type"))
    if not isinstance(label, str) or not label:
        raise Malformed(f"{where}: label is a text")
    ends = []
    for names, whole in ((_HEAD, "head_span"), (_TAIL, "child_span")):
        place = one.get(whole)
        if isinstance(place, dict):  # Prodigy: head and child are numbers of tokens
            bounds = _number(place, _START, where), _number(place, _END, where)
            end = by_place.get(bounds)
        else:
            key = next((one[name] for name in names if name in one), None)
            end = by_key.get(key) if isinstance(key, str | int) else None
        if end is None:
            raise Malformed(f"{where}: its {names[0]} is not a span of the line")
        ends.append(end)
    return label, ends[0], ends[1]
