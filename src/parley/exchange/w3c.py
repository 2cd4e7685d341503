"""W3C Web Annotation: a text and a page of annotations an article, as JSON-LD.

A span is an annotation whose target selects by position (code points, as in Parley) and by quote, with what
is before and after it. Its bodies say its label (purpose `tagging`) and its attributes (`describing`, with
the attribute's name as `label`). A relation is an annotation with the motivation `linking`: its target is the
span that it leads from, its bodies are the span that it leads to and the label. Who gave a label is a
`creator`, what was decided a body (`assessing`). The page says what is known of the article.
Format: https://www.w3.org/TR/annotation-model/ and https://www.w3.org/ns/anno.jsonld.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article
from parley.model.labels import Made, Relation, Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.runtime.files import decode_json

SUFFIX = ""
ENDING = ".jsonld"
_CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_FACTS = {  # what is known of an article, in the vocabularies that the context has prefixes for
    "title": "dc:title",
    "publisher": "dc:publisher",
    "published": "dc:date",
    "event": "dc:subject",
    "language": "dc:language",
    "rights": "dc:rights",
}
_AROUND = 32  # code points before and after a quote


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write each article as DOC_ID.txt and DOC_ID.jsonld in a folder."""
    place.mkdir(parents=True, exist_ok=True)
    for article in articles:
        page = json.dumps(_page(article), ensure_ascii=False, indent=1) + "\n"
        (place / f"{article.doc_id}.txt").write_bytes(article.text.encode())
        (place / f"{article.doc_id}{ENDING}").write_bytes(page.encode())


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a folder, by name: pages of annotations beside the texts they are about."""
    for path in sorted(place.glob(f"*{ENDING}")):
        page = decode_json(path.read_bytes())
        about = path.with_name(Path(page.get("dc:source") or f"{path.stem}.txt").name)
        text = about.read_bytes().decode() if about.is_file() else ""
        known = {name: str(page[term]) for name, term in _FACTS.items() if page.get(term)}
        spans: dict[str, Span] = {}  # by IRI
        arcs, unread = [], []
        for item in page.get("items", ()):
            bodies = _listed(item.get("body"))
            label = next((one["value"] for one in bodies if _is(one, "tagging")), "")
            if item.get("motivation") == "linking":
                arcs.append((item, label, [one for one in bodies if isinstance(one, str)]))
            elif (stretch := _stretch(item.get("target"), text)) and label:
                values = {
                    one["label"]: one["value"] for one in bodies if _is(one, "describing") and "label" in one
                }
                spans[item["id"]] = make_span(text, label, *stretch, values, made=_origin(item))
            else:
                unread.append(str(item.get("id")))
        relations = []
        for item, label, tails in arcs:
            head, tail = spans.get(item.get("target")), spans.get(tails[0]) if tails else None
            if head and tail and label:
                relations.append(make_relation(label, head, tail, made=_origin(item)))
            else:
                unread.append(str(item.get("id")))
        yield Article(path.stem, text, tuple(spans.values()), tuple(relations), known, tuple(unread))


def _page(article: Article) -> dict[str, Any]:
    """Return the page of an article."""
    facts = {term: article.metadata[name] for name, term in _FACTS.items() if name in article.metadata}
    spans = [_annotation(article, span) for span in article.spans]
    relations = [
        {
            "id": f"#{one.id}",
            "type": "Annotation",
            "motivation": "linking",
            "body": [f"#{tail.id}", _body("tagging", one.label), *_decided(one)],
            "target": f"#{head.id}",
            **_creators(one),
        }
        for one, head, tail in article.ends()
    ]
    return {
        "@context": _CONTEXT,
        "id": f"{article.doc_id}{ENDING}",
        "type": "AnnotationPage",
        "dc:source": f"{article.doc_id}.txt",
        **facts,
        "startIndex": 0,
        "items": [*spans, *relations],
    }


def _annotation(article: Article, span: Span) -> dict[str, Any]:
    text = article.text
    return {
        "id": f"#{span.id}",
        "type": "Annotation",
        "motivation": "tagging",
        "body": [
            _body("tagging", span.label),
            *(_body("describing", value, name) for name, value in span.attributes.items()),
            *_decided(span),
        ],
        "target": {
            "source": f"{article.doc_id}.txt",
            "selector": [
                {"type": "TextPositionSelector", "start": span.start, "end": span.end},
                {
                    "type": "TextQuoteSelector",
                    "exact": text[span.start : span.end],
                    "prefix": text[max(0, span.start - _AROUND) : span.start],
                    "suffix": text[span.end : span.end + _AROUND],
                },
            ],
        },
        **_creators(span),
    }


def _body(purpose: str, value: str, name: str = "") -> dict[str, str]:
    named = {"label": name} if name else {}
    return {"type": "TextualBody", "purpose": purpose, **named, "value": value}


def _decided(label: Span | Relation) -> Iterator[dict[str, str]]:
    for name in ("decision", "reason"):
        if value := getattr(label, name):
            yield _body("assessing", value, name)


def _creators(label: Span | Relation) -> dict[str, Any]:
    return {"creator": [{"nickname": name} for name in label.sources]} if label.sources else {}


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return what is there as a list: JSON-LD has one value or an array of them."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _is(body: Any, purpose: str) -> bool:  # noqa: ANN401 - JSON
    return isinstance(body, Mapping) and body.get("purpose") == purpose and isinstance(body.get("value"), str)


def _origin(item: Mapping[str, Any]) -> Made:
    """Return sources, decision and reason of an annotation."""
    makers = [one.get("nickname") for one in _listed(item.get("creator")) if isinstance(one, Mapping)]
    said = {one.get("label"): one["value"] for one in _listed(item.get("body")) if _is(one, "assessing")}
    return tuple(filter(None, makers)), said.get("decision", ""), said.get("reason", "")


def _stretch(target: Any, text: str) -> tuple[int, int] | None:  # noqa: ANN401 - JSON
    """Return where a target is in a text: where its position says, if the quote is there, else at the quote.

    None if it is nowhere, or its quote is in several places.
    """
    selectors = _listed(target.get("selector")) if isinstance(target, Mapping) else []
    by_type = {one.get("type"): one for one in selectors if isinstance(one, Mapping)}
    words = by_type.get("TextQuoteSelector", {})
    exact, prefix, suffix = (words.get(name, "") for name in ("exact", "prefix", "suffix"))
    if place := by_type.get("TextPositionSelector"):
        start, end = place["start"], place["end"]
        if 0 <= start < end <= len(text) and exact in ("", text[start:end]):
            return start, end
    whole = f"{prefix}{exact}{suffix}"
    if exact and text.count(whole) == 1:
        start = text.index(whole) + len(prefix)
        return start, start + len(exact)
    return None
