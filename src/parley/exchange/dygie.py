"""DyGIE++ and SciERC: an article a line as JSON, in sentences of tokens, with `ner`, `relations`, `clusters`.

Tokens are counted through the article, the last of a span included. A span is in one sentence, and so are
both ends of a relation: others have no place. Clusters are the mentions of one thing (`exchange.tokens`);
what thing that is, and every other attribute, has no place.
Format: doc/data.md of github.com/dwadden/dygiepp.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article
from parley.exchange.tokens import Tokens, article_of, by_place, clusters, json_lines
from parley.model.ontology import Ontology

SUFFIX = ".jsonl"


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write articles as one file."""
    with place.open("w", encoding="utf-8", newline="\n") as out:
        for article in articles:
            out.write(json.dumps(_row(article, ontology), ensure_ascii=False) + "\n")


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a file, SciERC's own too; clusters and events are not read.

    A relation names two places: it is not read if two spans share one of them.
    """
    for row in json_lines(place):
        spans = [(one[0], one[1], one[2]) for line in row.get("ner", ()) for one in line]
        number = by_place(spans)
        arcs = [one for line in row.get("relations", ()) for one in line]
        relations = [
            (number[a, b], number[c, d], label)
            for a, b, c, d, label, *_ in arcs
            if (a, b) in number and (c, d) in number
        ]
        yield article_of(row["doc_key"], row["sentences"], spans, relations)


def _row(article: Article, ontology: Ontology) -> dict[str, Any]:
    """Return an article as the format has it."""
    tokens = Tokens.of(article)
    ranges = {n: r for n, r in tokens.ranges(article.spans).items() if tokens.sentence(r) is not None}
    lines = tokens.lines()
    spans: list[list[list[Any]]] = [[] for _ in lines]
    relations: list[list[list[Any]]] = [[] for _ in lines]
    for span in article.spans:
        if span.id in ranges:
            spans[tokens.sentence(ranges[span.id]) or 0].append([*ranges[span.id], span.label])
    for relation, head, tail in article.ends():
        if head.id in ranges and tail.id in ranges:
            first, second = ranges[head.id], ranges[tail.id]
            line = tokens.sentence(first)
            if line is not None and line == tokens.sentence(second):
                relations[line].append([*first, *second, relation.label])
    groups = [[list(ranges[s.id]) for s in own if s.id in ranges] for own in clusters(article, ontology)]
    return {
        "doc_key": article.doc_id,
        "dataset": ontology.name,
        "sentences": lines,
        "ner": spans,
        "relations": relations,
        "clusters": [group for group in groups if len(group) > 1],
    }
