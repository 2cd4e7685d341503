"""Relation classification: which relation leads from one span to another, if any.

Run it from the checkout:  .venv/bin/python examples/relation_classification.py [DATASET]

Candidates are all ordered pairs of spans within a sentence's reach, read from the nested config `documents`,
where `head` and `tail` of a relation are indices into `spans`. A linear classifier sees the labels of both
ends, the words between, and the distance. Evaluation leaves one event out at a time (`fold`): with so few
articles the only honest way, for articles of one event repeat each other.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets import Dataset, concatenate_datasets, load_dataset
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

DATASET = Path(__file__).resolve().parents[1] / "dataset"
REACH = 160  # code points between two spans; what is farther apart is left out, and counted as missed
NONE = "none"


def candidates(
    row: dict[str, Any], span_names: list[str], names: list[str]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield features and relation (or `none`) of every ordered pair of spans near each other."""
    text, spans = row["text"], row["spans"]
    relation = {(r["head"], r["tail"]): names[r["label"]] for r in row["relations"]}
    for i, head in enumerate(spans):
        for j, tail in enumerate(spans):
            first, second = (head, tail) if head["start"] <= tail["start"] else (tail, head)
            between = text[first["end"] : second["start"]]
            if i == j or len(between) > REACH:
                continue
            ends = span_names[head["label"]], span_names[tail["label"]]
            inside = first["end"] > second["start"]
            found: dict[str, Any] = {
                f"head={ends[0]}": 1,
                f"tail={ends[1]}": 1,
                f"pair={ends}": 1,
                f"order={i < j}": 1,
                f"pair={ends}, order={i < j}, inside={inside}": 1,
                f"words between: {min(len(between.split()), 8)}, pair={ends}": 1,
                "stop between": int(". " in between),
                f"tail is {tail['text'].lower()}": 1,
            }
            for word in between.lower().split()[:6]:
                found[f"between: {word}"] = 1
            yield found, relation.get((i, j), NONE)


def main(dataset: str) -> float:
    """Train and score with one event left out at a time; return micro F1 over all relations."""
    articles: Dataset = concatenate_datasets(list(load_dataset(dataset, "documents").values()))
    names = articles.features["relations"].feature["label"].names
    span_names = articles.features["spans"].feature["label"].names
    expected: list[str] = []
    found: list[str] = []
    far = 0
    for fold in sorted(set(articles["fold"])):
        seen: list[tuple[dict[str, Any], str]] = []
        held: list[tuple[dict[str, Any], str]] = []
        for row in articles:
            pairs = list(candidates(row, span_names, names))
            (held if row["fold"] == fold else seen).extend(pairs)
            if row["fold"] == fold:  # a relation that is no candidate is one that was not found
                near = Counter(label for _, label in pairs if label != NONE)
                beyond = Counter(names[r["label"]] for r in row["relations"]) - near
                expected += beyond.elements()
                found += [NONE] * beyond.total()
                far += beyond.total()
        labels = {label for _, label in seen}
        if len(labels) < 2:
            continue  # no relation to learn from
        model = make_pipeline(
            DictVectorizer(), LogisticRegression(max_iter=300, class_weight="balanced", C=0.3)
        )
        model.fit([x for x, _ in seen], [y for _, y in seen])
        expected += [y for _, y in held]
        found += list(model.predict([x for x, _ in held]))
    wanted = [name for name in names if name in set(expected)]
    for name in wanted:
        score = f1_score(expected, found, labels=[name], average="micro", zero_division=0)
        print(f"{name:<12} {expected.count(name):>4} relations  F1 {score:.2f}")
    micro = (
        float(f1_score(expected, found, labels=wanted, average="micro", zero_division=0)) if wanted else 0.0
    )
    print(f"all          F1 {micro:.2f}; {far} relations reach farther than {REACH} characters")
    return micro


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(DATASET))
