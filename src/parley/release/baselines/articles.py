"""Articles of a release as its baselines see them: tokens, sentences, spans on tokens, relations, a fold."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from parley.faults import UsageError
from parley.model.batch import Batch
from parley.model.ontology import Ontology
from parley.release.data.files import published_batches, read_config
from parley.values.segmentation import sentences

FOLDS = 20  # at most: of more events several are left out together
COST = 0.1  # of the linear models: the smaller, the less closely they fit the training articles
_HASHED = 2**18  # columns that features are hashed into


class Span(NamedTuple):
    """A labelled span. start, end: tokens that have a character of it, half-open."""

    start: int
    end: int
    label: str


@dataclass(frozen=True)
class Article:
    """An article. fold: what is left out together. starts: of its sentences, in tokens.

    spans: in the release's order. relations: pairs of numbers of `spans`, head first, with the label.
    """

    fold: int
    tokens: tuple[str, ...]
    starts: tuple[int, ...]
    spans: tuple[Span, ...]
    relations: frozenset[tuple[int, int, str]]

    def sentence(self, token: int) -> int:
        """Return the number of the sentence that has a token."""
        return bisect_right(self.starts, token) - 1

    def words(self, span: Span) -> tuple[str, ...]:
        """Return the tokens of a span."""
        return self.tokens[span.start : span.end]


@dataclass(frozen=True)
class Score:
    """How many labels were right, found, and there to be found."""

    right: int = 0
    found: int = 0
    there: int = 0

    @property
    def precision(self) -> float:
        """The share of what was found that is right; 0 if nothing was found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of what is there that was found; 0 if there is nothing."""
        return self.right / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        """Twice the right by the sum of what was found and what is there."""
        both = self.found + self.there
        return 2 * self.right / both if both else 0.0

    @classmethod
    def of(cls, found: Iterable[Any], there: Iterable[Any]) -> Score:
        """Return the score of what was found."""
        one, other = set(found), set(there)
        return cls(len(one & other), len(one), len(other))


def read_articles(folder: Path, ontology: Ontology) -> list[Article]:
    """Return the articles of a release folder.

    Raises DataFaults naming a file that cannot be read, UsageError if the release has no text, or fewer than
    two events: then there is nothing to learn from.
    """
    places = read_config(folder, "documents", ["doc_id", "fold"])
    folds = dict(zip(*(places[name].to_pylist() for name in ("doc_id", "fold")), strict=True))
    if len(set(folds.values())) < 2:
        what = "baselines are measured with one event left out, and the release has no second one"
        raise UsageError(what, "add articles about another event, or leave the baselines out")
    found: list[Article] = []
    for stored in published_batches(folder, ontology):
        found += _articles(stored.load(), folds)
    return found


def _articles(batch: Batch, folds: dict[str, int]) -> list[Article]:
    texts = batch.texts
    if not all(texts.values()):
        what = "baselines are measured on text, and the release has none"
        raise UsageError(what, "put the text back first: parley rehydrate")
    languages = dict(zip(*(batch.documents[n].to_pylist() for n in ("doc_id", "language")), strict=True))
    spans: list[list[tuple[int, int, str]]] = [[] for _ in range(batch.layers.num_rows)]
    numbers = []
    columns = (batch.spans[name].to_pylist() for name in ("layer", "start", "end", "label"))
    for layer, start, end, label in zip(*columns, strict=True):
        numbers.append(len(spans[layer]))
        spans[layer].append((start, end, label))
    relations: list[set[tuple[int, int, str]]] = [set() for _ in spans]
    columns = (batch.relations[name].to_pylist() for name in ("layer", "head_row", "tail_row", "label"))
    for layer, head, tail, label in zip(*columns, strict=True):
        relations[layer].add((numbers[head], numbers[tail], label))
    made = []
    for layer, doc_id in enumerate(batch.layers["doc_id"].to_pylist()):
        found = sentences(texts[doc_id], languages[doc_id])
        tokens = [token for sentence in found for token in sentence.tokens]
        begins = [start for sentence in found for start in sentence.token_starts]
        ends = [start + len(token) for start, token in zip(begins, tokens, strict=True)]
        firsts = [bisect_left(begins, sentence.token_starts[0]) for sentence in found]
        placed = [Span(bisect_right(ends, s), bisect_left(begins, e), label) for s, e, label in spans[layer]]
        fold = folds[doc_id] % FOLDS
        made.append(Article(fold, tuple(tokens), tuple(firsts), tuple(placed), frozenset(relations[layer])))
    return made


def hashed(features: Iterable[Sequence[str]]) -> Any:  # noqa: ANN401 - a sparse matrix
    """Return a row for each list of features, each a name; the same names give the same row anywhere."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(_HASHED, input_type="string", alternate_sign=False)
    made = hasher.transform(features)
    used, columns = np.unique(
        made.indices, return_inverse=True
    )  # a model takes time by column, also by empty ones
    made.indices, made.indptr = (
        columns.astype(np.int32),
        made.indptr.astype(np.int32),
    )  # as the solver wants them
    made.resize(made.shape[0], len(used))
    return made
