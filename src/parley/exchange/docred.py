"""DocRED: an array of documents; `vertexSet` has the mentions of each thing, `labels` relations of things.

A mention is in one sentence: `pos` are its tokens there, the last one not included. Mentions of one thing
(`exchange.tokens`) are one vertex. A relation is between two vertices, `evidence` the sentences of the
mentions that have it: which two these are is lost wherever several would do, and so is a relation of a thing
with itself. Attributes have no place.
Format: Yao et al., "DocRED" (ACL 2019), and data/README.md of github.com/thunlp/DocRED.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article
from parley.exchange.tokens import Tokens, article_of, clusters
from parley.model.ontology import Ontology
from parley.runtime.files import decode_json, write_whole

SUFFIX = ".json"
RELATIONS = "rel_info.json"


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write articles as one file."""
    with place.open("w", encoding="utf-8", newline="\n") as out:
        before = "["
        for article in articles:
            out.write(f"{before}\n{json.dumps(_row(article, ontology), ensure_ascii=False)}")
            before = ","
        out.write("[\n]\n" if before == "[" else "\n]\n")


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a file, with the mentions of every vertex.

    A relation is read if it can be of two mentions only: its vertices have one each, or the evidence is the
    sentences of one pair alone. Others are named in `unread`.
    """
    for row in decode_json(place.read_bytes()):
        firsts = [0]
        for words in row["sents"]:
            firsts.append(firsts[-1] + len(words))
        vertices = [[(one["sent_id"], *one["pos"], one["type"]) for one in own] for own in row["vertexSet"]]
        flat = [one for own in vertices for one in own]
        spans = [(firsts[line] + start, firsts[line] + end - 1, label) for line, start, end, label in flat]
        number = {one: at for at, one in enumerate(flat)}
        relations, unread = [], []
        for said in row.get("labels", ()):
            pairs = list(product(vertices[said["h"]], vertices[said["t"]]))
            if len(pairs) > 1:
                pairs = [pair for pair in pairs if {one[0] for one in pair} == set(said["evidence"])]
            if len(pairs) == 1:
                head, tail = pairs[0]
                relations.append((number[head], number[tail], said["r"]))
            else:
                unread.append(json.dumps(said, ensure_ascii=False))
        read_one = article_of(row["title"], row["sents"], spans, relations)
        yield replace(read_one, unread=tuple(unread))


def write_scheme(folder: Path, ontology: Ontology) -> None:
    """Write rel_info.json: the relations' titles by name."""
    titles = {one.name: one.title for one in ontology.relations}
    text = json.dumps(titles, ensure_ascii=False, indent=1) + "\n"
    write_whole(folder / RELATIONS, text.encode())


def _row(article: Article, ontology: Ontology) -> dict[str, Any]:
    """Return an article as the format has it."""
    tokens = Tokens.of(article)
    ranges = tokens.ranges(article.spans)
    line = {name: tokens.sentence(place) for name, place in ranges.items()}
    vertices: list[list[dict[str, Any]]] = []
    vertex: dict[str, int] = {}  # of each span
    for own in clusters(article, ontology):
        mentions = []
        for span in own:
            of = line.get(span.id)
            if of is None:
                continue
            first, last = (token - tokens.firsts[of] for token in ranges[span.id])
            mentions.append({"name": span.text, "pos": [first, last + 1], "sent_id": of, "type": span.label})
            vertex[span.id] = len(vertices)
        if mentions:
            vertices.append(mentions)
    evidence: dict[tuple[int, int, str], set[int]] = {}
    for relation, head, tail in article.ends():
        if head.id in vertex and tail.id in vertex and vertex[head.id] != vertex[tail.id]:
            key = vertex[head.id], vertex[tail.id], relation.label
            evidence.setdefault(key, set()).update({line[head.id] or 0, line[tail.id] or 0})
    return {
        "title": article.doc_id,
        "sents": tokens.lines(),
        "vertexSet": vertices,
        "labels": [
            {"h": head, "t": tail, "r": label, "evidence": sorted(lines)}
            for (head, tail, label), lines in evidence.items()
        ],
    }
