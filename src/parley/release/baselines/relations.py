"""A baseline for relations: a linear model for each, over the pairs of spans that the ontology lets it join.

The spans are given. A pair is looked at if its spans begin in one sentence or in neighbouring ones; a
relation that reaches farther is counted as not found. The model sees the labels of both ends, their words,
their order, what is between, and whether they share a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from parley.model.ontology import Ontology, RelationLabel
from parley.release.baselines.articles import COST, Article, Score, Span, hashed

REACH = 1  # sentences from one end of a relation to the other
_BETWEEN = 12  # tokens between the ends whose words are looked at

Pair = tuple[int, int, int]  # number of the article, numbers of head and tail in it


def relation_scores(
    articles: Sequence[Article], ontology: Ontology
) -> tuple[dict[str, Score], dict[str, int]]:
    """Return the score of each relation, and how many of each reach farther than `REACH`."""
    from sklearn.svm import LinearSVC

    pairs, rows = [], []
    legal = {(h, t) for one in ontology.relations for h in one.head for t in one.tail}
    for number, article in enumerate(articles):
        for head, tail, row in _candidates(article, legal):
            pairs.append((number, head, tail))
            rows.append(row)
    matrix = hashed(rows)
    folds = np.array([articles[number].fold for number, _, _ in pairs])
    there = {(n, h, t, label) for n, a in enumerate(articles) for h, t, label in a.relations}
    near = set(pairs)
    scores, far = {}, {}
    for relation in ontology.relations:
        name = relation.name
        wanted = {one for one in there if one[3] == name}
        found = set()
        fits = np.array([_joins(relation, articles[n].spans[h], articles[n].spans[t]) for n, h, t in pairs])
        is_one = np.array([(*pair, name) in there for pair in pairs])
        for fold in np.unique(folds):
            known, held = np.flatnonzero(fits & (folds != fold)), np.flatnonzero(fits & (folds == fold))
            if held.size and is_one[known].any() and not is_one[known].all():
                model = LinearSVC(C=COST, class_weight="balanced", random_state=0)
                said = model.fit(matrix[known], is_one[known]).predict(matrix[held])
                found |= {(*pairs[row], name) for row in held[said].tolist()}
        scores[name] = Score.of(found, wanted)
        far[name] = sum(one[:3] not in near for one in wanted)
    return scores, far


def _joins(relation: RelationLabel, head: Span, tail: Span) -> bool:
    """Say whether the ontology lets a relation lead from one span to another."""
    alike = not relation.same_label or head.label == tail.label
    return alike and head.label in relation.head and tail.label in relation.tail


def _candidates(article: Article, legal: set[tuple[str, str]]) -> Iterator[tuple[int, int, list[str]]]:
    """Yield head, tail and features of each pair of spans that some relation may join, and that is near."""
    spans = article.spans
    of_sentence = [article.sentence(span.start) for span in spans]
    for i, head in enumerate(spans):
        near = [
            (tail.label, max(tail.start - head.end, head.start - tail.end, 0), j)
            for j, tail in enumerate(spans)
            if i != j and (head.label, tail.label) in legal and abs(of_sentence[i] - of_sentence[j]) <= REACH
        ]
        ranks: Counter[str] = Counter()
        for label, _, j in sorted(near):
            yield i, j, _features(article, head, spans[j], of_sentence[j] - of_sentence[i], ranks[label])
            ranks[label] += 1


def _features(article: Article, head: Span, tail: Span, sentences: int, rank: int) -> list[str]:
    """Return what the model sees of a pair.

    sentences: from head to tail. rank: how many spans of the tail's label are nearer to the head.
    """
    first, second = sorted((head, tail), key=lambda span: (span.start, -span.end))
    inside, overlapping = second.end <= first.end, second.start < first.end
    between = [token.lower() for token in article.tokens[first.end : second.start]]
    pair = f"{head.label} {tail.label} {'>' if first is head else '<'}"
    gap = len(between).bit_length() if len(between) > 3 else len(between)
    words = [[token.lower() for token in article.words(span)] or [""] for span in (head, tail)]
    shared = len(set(words[0]) & set(words[1]))
    same = not sentences
    row = [
        f"pair {pair}",
        f"place {pair} {inside} {overlapping}",
        f"sentences {pair} {sentences}",
        f"gap {pair} {same} {gap}",
        f"rank {pair} {min(rank, 5)}",
        f"shared {pair} {min(shared, 2)} {words[0] == words[1]}",
    ]
    nested = [s for s in article.spans if first.end <= s.start and s.end <= second.start]
    for end in (head, tail):
        alike = sum(span.label == end.label for span in nested)
        row.append(f"others {pair} {end.label} {same} {min(alike, 4)}")
    for name, span, its in zip(("head", "tail"), (head, tail), words, strict=True):
        beside = (*article.tokens[max(span.start - 1, 0) : span.start], "")[0].lower()
        after = (*article.tokens[span.end : span.end + 1], "")[0].lower()
        row += [f"{name} {span.label} {its[0]} …", f"{name} {span.label} … {its[-1]}"]
        row += [f"before {name} {pair} {beside}", f"after {name} {pair} {after}"]
    if same and len(between) <= _BETWEEN:
        row += [f"between {word}" for word in sorted(set(between))]
        row += [f"between {pair} {' '.join(between[:4])}"] if len(between) <= _BETWEEN // 2 else []
    return row
