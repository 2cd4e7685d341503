"""The label files of a corpus: whose, and of which doubly labelled documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from parley.faults import UsageError
from parley.model.annotators import read_annotators
from parley.model.labels import layer_paths
from parley.model.paths import Corpus


def choose_annotators(corpus: Corpus, wanted: Sequence[str] = ()) -> list[str]:
    """Return the annotators to compare: those wanted, else all with labels that are not rules.

    Raises UsageError for a name that annotators.csv lacks or that has no labels, and for fewer than two.
    """
    listed = read_annotators(corpus)
    for name in wanted:
        if name not in listed:
            raise UsageError(
                f"no annotator {name!r} in {corpus.relative(corpus.annotators)}",
                f"name two or more of {', '.join(listed)}",
            )
    with_labels = {path.parent.name for path in layer_paths(corpus)}
    for name in wanted:
        if name not in with_labels:
            raise UsageError(
                f"{name} has no labels in {corpus.relative(corpus.labels)}",
                "pull them (`make pull`), or leave the name out",
            )
    chosen = list(wanted) or [n for n, a in listed.items() if a.kind != "rules" and n in with_labels]
    if len(set(chosen)) < 2:
        raise UsageError(
            f"agreement needs two annotators with labels; there is {', '.join(chosen) or 'none'}",
            f"pull the labels of another (`make pull`) into {corpus.relative(corpus.labels)}",
        )
    return sorted(set(chosen))


def doubly_labelled(corpus: Corpus, annotators: Sequence[str]) -> dict[str, list[Path]]:
    """Return the label files of documents that two or more of the annotators labelled, by document.

    Raises UsageError where there is none.
    """
    found: dict[str, list[Path]] = {}
    for path in layer_paths(corpus):
        if path.parent.name in annotators:
            found.setdefault(path.stem, []).append(path)
    double = {doc_id: found[doc_id] for doc_id in sorted(found) if len(found[doc_id]) > 1}
    if not double:
        raise UsageError(
            f"no article is labelled by two of {', '.join(annotators)}",
            "let two annotators label the same article, or name others with --annotators",
        )
    return double
