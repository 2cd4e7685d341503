"""spaCy: a DocBin, `DocBin().from_disk("train.spacy").get_docs(nlp.vocab)`, with nothing but spaCy.

| in Parley | in spaCy |
| --- | --- |
| span | `doc.spans["sc"]`, the group that a span categorizer trains on; `span.id_` is Parley's id |
| a label of the ontology's first group | `doc.ents` too, of nested and overlapping ones the longest |
| entity | `span.kb_id_`, if it is one row |
| relation | `doc.user_data["relations"]`: label, head and tail, numbers of spans in the group |
| attributes, sources, decision, reason | `doc.user_data["spans"]`, in the order of the group |
| what is known of the article | `doc.user_data["article"]` |

Tokens and sentences are those of the config `sentences`; white space between them is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article, Lost
from parley.exchange.tokens import Tokens
from parley.model.labels import Made, Relation, Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.release.data.schema import tagged_labels
from parley.values.several import sole

SUFFIX = ".spacy"
_ATTRIBUTES = ("ORTH", "SENT_START", "ENT_IOB", "ENT_TYPE", "ENT_KB_ID", "ENT_ID")
GROUP = "sc"  # what spaCy's span categorizer reads, unless it is set otherwise


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write articles as one DocBin."""
    from spacy.tokens import DocBin

    found = DocBin(attrs=_ATTRIBUTES, store_user_data=True)
    for article in articles:
        found.add(_doc(article, ontology))
    found.to_disk(place)


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a DocBin.

    Spans come from the group `sc`, else from `doc.ents`. What is in another group, or an entity that the
    group does not have, is lost. An entity's row in a knowledge base is its attribute `kb_id`.
    """
    from spacy.tokens import DocBin

    for doc in DocBin().from_disk(place).get_docs(_vocabulary()):
        about = doc.user_data.get("article", {})
        group = list(doc.spans.get(GROUP, ()) or doc.ents)
        own_data = "article" in doc.user_data
        known = (doc.user_data.get("spans") if own_data else []) or [
            {"attributes": {"kb_id": words.kb_id_}} if words.kb_id_ else {} for words in group
        ]
        spans = []
        for words, own in zip(group, known, strict=True):
            label, start, end = str(words.label_), int(words.start_char), int(words.end_char)
            spans.append(make_span(doc.text, label, start, end, own.get("attributes"), made=_origin(own)))
        relations = []
        for one in doc.user_data.get("relations", ()) if own_data else ():
            ends = spans[one["head"]], spans[one["tail"]]
            relations.append(make_relation(one["label"], *ends, made=_origin(one)))
        facts = {name: value for name, value in about.items() if name != "doc_id"}
        own = {(span.start, span.end, span.label) for span in spans}
        others = [(f"in the span group {name!r}", one) for name in doc.spans for one in doc.spans[name]]
        others += [("an entity that the span group does not have", one) for one in doc.ents]
        lost = [
            Lost("spans", one.label_, why, f"{one.start_char}:{one.end_char} {one.text!r}")
            for why, one in others
            if (one.start_char, one.end_char, one.label_) not in own
        ]
        unread = [f"category {name!r}: {value}" for name, value in doc.cats.items()]
        unread += [
            f"user data {name!r}: {value}"
            for name, value in doc.user_data.items()
            if not own_data or name not in ("article", "spans", "relations")
        ]
        labels = tuple(spans), tuple(relations), facts, tuple(unread), tuple(lost)
        yield Article(about.get("doc_id", ""), doc.text, *labels)


def _doc(article: Article, ontology: Ontology) -> Any:  # noqa: ANN401 - spaCy has no types here
    """Return an article as spaCy has it."""
    from spacy.tokens import Doc
    from spacy.tokens import Span as Words
    from spacy.util import filter_spans

    tokens = Tokens.of(article)
    words, spaces, places = _pieces(article.text, tokens)
    firsts = {places[first] for first in tokens.firsts}
    doc = Doc(_vocabulary(), words, spaces, sent_starts=[n in firsts for n in range(len(words))])
    ranges = tokens.ranges(article.spans)
    kept = [span for span in article.spans if span.id in ranges]
    group = [
        Words(doc, places[first], places[last] + 1, span.label, kb_id=_row(span, ontology), span_id=span.id)
        for span in kept
        for first, last in (ranges[span.id],)
    ]
    doc.spans[GROUP] = group
    tagged = tagged_labels(ontology)
    doc.set_ents(filter_spans([one for one in group if one.label_ in tagged]))
    number = {span.id: row for row, span in enumerate(kept)}
    doc.user_data["article"] = {"doc_id": article.doc_id, **article.metadata}
    doc.user_data["spans"] = [{"attributes": dict(span.attributes), **_said(span)} for span in kept]
    doc.user_data["relations"] = [
        {"label": one.label, "head": number[one.head], "tail": number[one.tail], **_said(one)}
        for one in article.relations
        if one.head in number and one.tail in number
    ]
    return doc


def _pieces(text: str, tokens: Tokens) -> tuple[list[str], list[bool], list[int]]:
    """Return a text as words, whether a blank is after each, and of each token which word it is.

    What is between tokens and is more than one blank is a word of its own: together they are the text.
    """
    words: list[str] = []
    spaces: list[bool] = []
    places: list[int] = []

    def add(word: str) -> None:
        words.append(word)
        spaces.append(False)

    at = 0
    for start, end in (*zip(tokens.starts, tokens.ends, strict=True), (len(text), len(text))):
        between = text[at:start]
        if between.startswith(" ") and words:
            spaces[-1], between = True, between[1:]
        if between:
            add(between)
        if start < end:
            places.append(len(words))
            add(text[start:end])
        at = end
    return words, spaces, places


def _row(span: Span, ontology: Ontology) -> str:
    """Return the entity that a span points at, "" if it points at none or at several."""
    kinds = ontology.attributes_of.get(span.label, {})
    rows = [v for name, v in span.attributes.items() if name in kinds and kinds[name].kind == "entity"]
    return sole(rows[0]) if len(rows) == 1 else ""


def _said(label: Span | Relation) -> dict[str, Any]:
    """Return how a label was decided, as far as anything is known."""
    found = {"sources": list(label.sources), "decision": label.decision, "reason": label.reason}
    return {name: value for name, value in found.items() if value}


def _origin(own: dict[str, Any]) -> Made:
    return tuple(own.get("sources", ())), own.get("decision", ""), own.get("reason", "")


@cache
def _vocabulary() -> Any:  # noqa: ANN401 - spaCy has no types here
    import spacy

    return spacy.blank("xx").vocab
