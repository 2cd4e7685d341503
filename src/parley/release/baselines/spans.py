"""Baselines for spans: a gazetteer of the training spans, a linear tagger, and the two together.

All spans count, nested ones too: each label is looked for by itself. A span is found if its label and the
tokens of both its ends are right. A span is *seen* if the training articles have its words (capitals aside)
with its label; what is found is divided the same way, so that each part has a precision of its own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from parley.release.baselines.articles import COST, Article, Score, Span, hashed

GAZETTEER, TAGGER, TOGETHER = MODELS = ("gazetteer", "linear tagger", "together")
ALL, SEEN, UNSEEN = PARTS = ("all", "seen", "unseen")
_SURE = (
    0.5  # share of its occurrences in training that are labelled so, from which a term is in the gazetteer
)
_NEAR = range(-3, 4)  # tokens that the tagger looks at

Gazetteer = dict[str, set[tuple[str, ...]]]  # terms by label
Found = dict[str, set[tuple[int, Span]]]  # spans with the number of their article, by model


def span_scores(
    articles: Sequence[Article], labels: Sequence[str]
) -> dict[str, tuple[dict[str, Score], dict[str, Score]]]:
    """Return the scores of each model, by part and by label, each fold labelled by what the others teach."""
    found: Found = {model: set() for model in MODELS}
    seen: set[tuple[int, Span]] = set()
    rows = _Rows(articles)
    for fold in sorted({article.fold for article in articles}):
        known = [number for number, article in enumerate(articles) if article.fold != fold]
        held = [number for number, article in enumerate(articles) if article.fold == fold]
        terms = gazetteer([articles[number] for number in known])
        tagged = rows.tag(known, held, labels)
        words = {(s.label, _folded(articles[n].words(s))) for n in known for s in articles[n].spans}
        for number in held:
            article = articles[number]
            listed = set(look_up(terms, article.tokens))
            both = together(listed, tagged[number])
            for model, spans in zip(MODELS, (listed, tagged[number], both), strict=True):
                found[model] |= {(number, span) for span in spans}
            candidates = {*article.spans, *both, *tagged[number]}
            seen |= {(number, s) for s in candidates if (s.label, _folded(article.words(s))) in words}
    there = {(number, span) for number, article in enumerate(articles) for span in article.spans}
    return {
        model: (_by_part(some, there, seen), _by_label(some, there, labels)) for model, some in found.items()
    }


def gazetteer(articles: Iterable[Article]) -> Gazetteer:
    """Return the terms of each label: the words of its spans, if they are seldom anything else."""
    articles = list(articles)
    labelled = Counter((s.label, article.words(s)) for article in articles for s in set(article.spans))
    lengths = sorted({len(words) for _, words in labelled})
    terms = {words for _, words in labelled}
    there: Counter[tuple[str, ...]] = Counter()
    for article in articles:
        for length in lengths:
            windows = (article.tokens[i : i + length] for i in range(len(article.tokens) - length + 1))
            there.update(words for words in windows if words in terms)
    found: Gazetteer = defaultdict(set)
    for (label, words), number in labelled.items():
        if number >= _SURE * there[words]:
            found[label].add(words)
    return found


def look_up(terms: Gazetteer, tokens: tuple[str, ...]) -> Iterator[Span]:
    """Yield the terms of a gazetteer in some tokens: of each label from the left, the longest first."""
    for label, of_label in terms.items():
        lengths = sorted({len(words) for words in of_label}, reverse=True)
        at = 0
        while at < len(tokens):
            here = next((tokens[at : at + n] for n in lengths if tokens[at : at + n] in of_label), ())
            if here:
                yield Span(at, at + len(here), label)
            at += len(here) or 1


def together(listed: set[Span], tagged: set[Span]) -> set[Span]:
    """Return the gazetteer's spans, and the tagger's that overlap none of the same label."""
    taken = {(span.label, token) for span in listed for token in range(span.start, span.end)}
    return listed | {
        s for s in tagged if not any((s.label, token) in taken for token in range(s.start, s.end))
    }


class _Rows:
    """The tokens of articles as rows of features, and a linear model of the tags B, I, O for each label."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = articles
        self.matrix = hashed(row for article in articles for row in _features(article))
        sizes = [len(article.tokens) for article in articles]
        ends = np.cumsum(sizes)
        self.of_article = [np.arange(end - size, end) for end, size in zip(ends, sizes, strict=True)]

    def tag(self, known: list[int], held: list[int], labels: Sequence[str]) -> dict[int, set[Span]]:
        """Return the spans that models of the known articles find in those held out, by number of these."""
        from sklearn.svm import LinearSVC

        found: dict[int, set[Span]] = {number: set() for number in held}
        train = self.matrix[np.concatenate([self.of_article[number] for number in known])]
        test = {number: self.matrix[self.of_article[number]] for number in held}
        for label in labels:
            tags = [tag for number in known for tag in tags_of(self.articles[number], label)]
            if set(tags) == {"O"}:
                continue
            model = LinearSVC(C=COST, random_state=0).fit(train, tags)
            for number, rows in test.items():
                found[number] |= set(_spans(model.predict(rows).tolist(), label))
        return found


def tags_of(article: Article, label: str) -> list[str]:
    """Return B, I or O for each token; of spans of the label that overlap the longest counts."""
    tags = ["O"] * len(article.tokens)
    for start, end, name in sorted(article.spans, key=lambda s: (s.start - s.end, s.start)):
        if name == label and set(tags[start:end]) == {"O"}:
            tags[start:end] = ["B"] + ["I"] * (end - start - 1)
    return tags


def _spans(tags: Sequence[str], label: str) -> Iterator[Span]:
    """Yield the spans of some tags; I after O begins one too."""
    start = None
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and tag != "I":
            yield Span(start, place, label)
            start = None
        if tag == "B" or (tag == "I" and start is None):
            start = place


def _features(article: Article) -> Iterator[list[str]]:
    """Yield for each token what the tagger sees: words near it in its sentence, their form, their ends."""
    for first, last in zip(article.starts, [*article.starts[1:], len(article.tokens)], strict=True):
        words = [token.lower() for token in article.tokens[first:last]]
        shapes = [_shape(token) for token in article.tokens[first:last]]
        for at, word in enumerate(words):
            row = ["every", f"ends {word[-2:]}", f"begins {word[:3]}"]
            for step in _NEAR:
                inside = 0 <= at + step < len(words)
                row.append(f"{step} {words[at + step]}" if inside else f"{step} none")
                if abs(step) < 2 and inside:
                    row += [f"{step} form {shapes[at + step]}", f"{step} ends {words[at + step][-3:]}"]
            row += [f"before {' '.join(words[at - 1 : at + 1])}"] if at else []
            row += [f"after {' '.join(words[at : at + 2])}"]
            yield row


def _shape(token: str) -> str:
    return "".join(
        "A" if c.isupper() else "a" if c.islower() else "9" if c.isdigit() else c for c in token[:4]
    )


def _folded(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def _by_part(
    found: set[tuple[int, Span]], there: set[tuple[int, Span]], seen: set[tuple[int, Span]]
) -> dict[str, Score]:
    parts = (
        Score.of(found, there),
        Score.of(found & seen, there & seen),
        Score.of(found - seen, there - seen),
    )
    return dict(zip(PARTS, parts, strict=True))


def _by_label(
    found: set[tuple[int, Span]], there: set[tuple[int, Span]], labels: Sequence[str]
) -> dict[str, Score]:
    def of(some: set[tuple[int, Span]], label: str) -> set[tuple[int, Span]]:
        return {one for one in some if one[1].label == label}

    return {label: Score.of(of(found, label), of(there, label)) for label in labels}
