"""Mentions of one thing, for the formats that put them into clusters."""

from __future__ import annotations

from collections import defaultdict

from parley.exchange.articles import Article
from parley.model.labels import Span
from parley.model.ontology import Ontology
from parley.values.several import sole


def clusters(article: Article, ontology: Ontology) -> list[list[Span]]:
    """Return the spans of an article in clusters, in text order; one that nothing ties is a cluster alone.

    Tied are spans that point at one entity, and those that a symmetric relation of equal labels joins: what
    says "the same as" in an ontology.
    """
    root = {span.id: span.id for span in article.spans}

    def top(name: str) -> str:
        while root[name] != name:
            root[name] = name = root[root[name]]
        return name

    first: dict[tuple[str, str], str] = {}
    for span in article.spans:
        kinds = ontology.attributes_of.get(span.label, {})
        for name, value in span.attributes.items():
            row = sole(value) if name in kinds and kinds[name].kind == "entity" else ""
            if row:
                root[top(span.id)] = top(first.setdefault((name, row), span.id))
    same = {one.name for one in ontology.relations if one.symmetric and one.same_label}
    for relation, head, tail in article.ends():
        if relation.label in same:
            root[top(head.id)] = top(tail.id)
    found: dict[str, list[Span]] = defaultdict(list)
    for span in article.spans:
        found[top(span.id)].append(span)
    return list(found.values())
