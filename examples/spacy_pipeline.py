"""spaCy: a span categoriser on the config `documents`, every span scored, an event left out at a time.

Run it from the checkout:  .venv/bin/python examples/spacy_pipeline.py [DATASET]

Spans of Parley nest and overlap (a TIME inside a CONTENT), so they go into a span group, `doc.spans`, which
holds them all; `doc.ents` holds no two spans on one token. Offsets are code points, as spaCy counts them. A
blank pipeline: nothing is downloaded. The card says what plain models reach.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import spacy
from datasets import Dataset, concatenate_datasets, load_dataset
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

DATASET = Path(__file__).resolve().parents[1] / "dataset"
KEY = "parley"
LONGEST = 6  # tokens: what the span categoriser looks at; longer spans are counted as not found


def docs(articles: Dataset, nlp: Language) -> Iterator[Doc]:
    """Yield the articles as spaCy documents with all their spans, in sentences.

    A span that does not fall on spaCy's tokens is widened to them: a label inside a hyphenated word, say.
    """
    for row in articles:
        doc = nlp(row["text"])
        doc.spans[KEY] = [
            doc.char_span(span["start"], span["end"], span["label"], alignment_mode="expand")
            for span in row["spans"]
        ]
        yield doc


def sentences(doc: Doc) -> Iterator[Doc]:
    """Yield the sentences of a document as documents, with the spans that are within one."""
    for sentence in doc.sents:
        part = sentence.as_doc()
        part.spans[KEY] = [
            part.char_span(s.start_char - sentence.start_char, s.end_char - sentence.start_char, s.label_)
            for s in doc.spans[KEY]
            if sentence.start <= s.start and s.end <= sentence.end
        ]
        yield part


def train(examples: list[Example], rounds: int) -> Language:
    """Return a pipeline trained on the examples. rounds: how often it sees each."""
    random.seed(0)
    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("en")
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": list(range(1, LONGEST + 1))}
    nlp.add_pipe("spancat", config={"spans_key": KEY, "suggester": suggester})
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(rounds):
        random.shuffle(examples)
        for batch in spacy.util.minibatch(examples, 8):
            nlp.update(batch, sgd=optimizer, drop=0.2)
    return nlp


def main(dataset: str, rounds: int = 10, folds: int | None = None) -> float:
    """Train and score; return F1 over all spans of the articles left out. folds: how many; None for all."""
    warnings.filterwarnings("ignore", message=".*W010.*|.*W030.*")
    articles = concatenate_datasets(list(load_dataset(dataset, "documents").values()))
    splitter = spacy.blank("en")
    splitter.add_pipe("sentencizer")
    right = found = there = 0
    for fold in sorted(set(articles["fold"]))[:folds]:
        known = articles.filter(lambda row, fold=fold: row["fold"] != fold)
        held = articles.filter(lambda row, fold=fold: row["fold"] == fold)
        parts = [part for doc in docs(known, splitter) for part in sentences(doc)]
        nlp = train([Example(splitter.make_doc(part.text), part) for part in parts], rounds)
        for doc in docs(held, splitter):  # every span counts: nested ones, long ones, those over sentences
            wanted = {(s.start_char, s.end_char, s.label_) for s in doc.spans[KEY]}
            made = set()
            for sentence in doc.sents:
                read, at = nlp(sentence.text), sentence.start_char
                made |= {(s.start_char + at, s.end_char + at, s.label_) for s in read.spans[KEY]}
            right, found, there = right + len(made & wanted), found + len(made), there + len(wanted)
    f1 = 2 * right / (found + there)
    print(f"{there} spans, {found} found, {right} right: F1 {f1:.2f}")
    return f1


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(DATASET))
