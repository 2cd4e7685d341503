"""The label files of a corpus: whose, and of which doubly labelled documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from parley.faults import UsageError
from parley.model.annotators import choose_annotators, read_annotators
from parley.model.labels import layer_paths
from parley.model.paths import CorpusPaths


def compared_annotators(corpus: CorpusPaths, names: Sequence[str] = ()) -> list[str]:
    """Return the annotators to compare, sorted: those named, else all with labels that are not rules.

    Raises UsageError as `choose_annotators` does, and for fewer than two.
    """
    with_labels = {path.parent.name for path in layer_paths(corpus)}
    annotators = read_annotators(corpus)
    found = choose_annotators(annotators, names, kinds=("human", "model"), with_labels=with_labels)
    chosen = sorted(a.name for a in found)
    if len(chosen) < 2:
        raise UsageError(
            f"agreement needs two annotators with labels; there is {', '.join(chosen) or 'none'}",
            f"pull the labels of another (`parley pull`) into {corpus.relative(corpus.labels)}",
        )
    return chosen


def doubly_labelled(corpus: CorpusPaths, annotators: Sequence[str]) -> dict[str, list[Path]]:
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
