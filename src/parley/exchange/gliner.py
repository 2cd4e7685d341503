"""GLiNER and GLiREL: passages of tokens as JSON, to train either of them.

gliner.json is an array of `{"tokenized_text": […], "ner": [[first, last, label], …]}`; glirel.jsonl has the
same passages, a line each, with the words beside each span and `relations` between two of them. The last
token of a span is included. A passage is as many sentences as its model reads at once; what reaches over two
passages has no place, and attributes have none. `doc_id` is there for people: trainers pass it over.
Format: README.md of github.com/urchade/GLiNER and of github.com/jackboyla/GLiREL.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article
from parley.exchange.tokens import Range, Tokens, article_of, json_lines
from parley.model.ontology import Ontology
from parley.runtime.files import decode_json

SUFFIX = ""
SPANS, RELATIONS = "gliner.json", "glirel.jsonl"
_TOKENS = 384  # of a passage: what GLiNER's models read at once, unless they are set otherwise


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write gliner.json and glirel.jsonl in a folder."""
    place.mkdir(parents=True, exist_ok=True)
    with (
        (place / SPANS).open("w", encoding="utf-8", newline="\n") as spans,
        (place / RELATIONS).open("w", encoding="utf-8", newline="\n") as relations,
    ):
        before = "["
        for article in articles:
            for passage in _passages(article):
                plain = {name: passage[name] for name in ("doc_id", "tokenized_text")}
                plain["ner"] = [[first, last, label] for first, last, label, _ in passage["ner"]]
                spans.write(f"{before}\n{json.dumps(plain, ensure_ascii=False)}")
                relations.write(json.dumps(passage, ensure_ascii=False) + "\n")
                before = ","
        spans.write("[\n]\n" if before == "[" else "\n]\n")


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a folder with gliner.json, glirel.jsonl or both, or of one file of either kind.

    Passages with one doc_id, one after the other, are one article; one without a doc_id is an article alone.
    """
    files = [place / SPANS, place / RELATIONS] if place.is_dir() else [place]
    rows = [
        iter(decode_json(path.read_bytes())) if path.suffix == ".json" else json_lines(path)
        for path in files
        if path.is_file()
    ]
    passages = ({key: row[key] for row in same for key in row} for same in zip_longest(*rows, fillvalue={}))
    numbered = enumerate(passages)
    for _, own in groupby(numbered, lambda one: one[1].get("doc_id") or one[0]):
        yield _article([passage for _, passage in own])


def _passages(article: Article) -> Iterator[dict[str, Any]]:
    """Yield the passages of an article, as GLiREL has them."""
    tokens = Tokens.of(article)
    ranges = tokens.ranges(article.spans)
    for begin, end in _bounds(tokens):
        inside = {
            span.id: [ranges[span.id][0] - begin, ranges[span.id][1] - begin, span.label, span.text]
            for span in article.spans
            if span.id in ranges and begin <= ranges[span.id][0] and ranges[span.id][1] < end
        }
        ends = {n: {"mention": one[3], "position": one[:2], "type": one[2]} for n, one in inside.items()}
        yield {
            "doc_id": article.doc_id,
            "tokenized_text": tokens.words[begin:end],
            "ner": list(inside.values()),
            "relations": [
                {"head": ends[one.head], "tail": ends[one.tail], "relation_text": one.label}
                for one in article.relations
                if one.head in ends and one.tail in ends
            ],
        }


def _bounds(tokens: Tokens) -> Iterator[Range]:
    """Yield the first token of each passage and the one after its last; an empty article has one too."""
    begin = end = 0
    for words in tokens.lines():
        if end > begin and end + len(words) - begin > _TOKENS:
            yield begin, end
            begin = end
        end += len(words)
    yield begin, end


def _article(passages: list[dict[str, Any]]) -> Article:
    """Return the article of some passages."""
    spans: list[tuple[int, int, str]] = []
    relations: list[tuple[int, int, str]] = []
    lines: list[list[str]] = []
    before = 0
    for passage in passages:
        own = [(before + one[0], before + one[1], one[2]) for one in passage.get("ner", ())]
        number = {span: len(spans) + at for at, span in enumerate(own)}
        for arc in passage.get("relations", ()):
            head, tail = (
                (before + arc[end]["position"][0], before + arc[end]["position"][1], arc[end]["type"])
                for end in ("head", "tail")
            )
            if head in number and tail in number:
                relations.append((number[head], number[tail], arc["relation_text"]))
        spans += own
        lines.append(passage["tokenized_text"])
        before += len(lines[-1])
    return article_of(str(passages[0].get("doc_id", "")), lines, spans, relations)
