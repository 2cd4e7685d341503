"""spaCy: an NER and a span categoriser trained on the config `documents`.

Run it from the checkout:  .venv/bin/python examples/spacy_pipeline.py [DATASET]

Spans of Parley nest and overlap (a TIME inside a CONTENT), so all of them go into `doc.spans`, for the span
categoriser; the named mentions, of which the longest win, into `doc.ents`, for the NER. Offsets are code
points, as spaCy counts them. A blank English pipeline: nothing is downloaded.
"""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import spacy
from datasets import Dataset, load_dataset
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import filter_spans

DATASET = Path(__file__).resolve().parents[1] / "dataset"
KEY = "parley"
LONGEST = 6  # tokens: what the span categoriser looks at; a CONTENT is longer, and a task for another model


def docs(articles: Dataset, nlp: Language) -> Iterator[Doc]:
    """Yield the articles as spaCy documents with `ents` and `spans`.

    A span that does not fall on spaCy's tokens is widened to them: a label inside a hyphenated word, say.
    """
    names = articles.features["spans"].feature["label"].names
    for row in articles:
        doc = nlp.make_doc(row["text"])
        found = [
            (span, doc.char_span(span["start"], span["end"], names[span["label"]], alignment_mode="expand"))
            for span in row["spans"]
        ]
        doc.spans[KEY] = [made for _, made in found]
        doc.ents = filter_spans([made for span, made in found if span["level"] == "NAM"])
        yield doc


def sentences(doc: Doc) -> Iterator[Doc]:
    """Yield the sentences of a document as documents, so that a batch stays small."""
    for sentence in doc.sents:
        part = sentence.as_doc()
        part.spans[KEY] = [
            part.char_span(s.start_char - sentence.start_char, s.end_char - sentence.start_char, s.label_)
            for s in doc.spans[KEY]
            if sentence.start <= s.start and s.end <= sentence.end
        ]
        yield part


def pipeline(examples: list[Example], nlp: Language, rounds: int) -> None:
    """Train the components of `nlp` on the examples. rounds: how often it sees each."""
    random.seed(0)
    spacy.util.fix_random_seed(0)
    optimizer = nlp.initialize(lambda: examples)
    for number in range(rounds):
        random.shuffle(examples)
        losses: dict[str, float] = {}
        for batch in spacy.util.minibatch(examples, 8):
            nlp.update(batch, sgd=optimizer, drop=0.2, losses=losses)
        print(f"round {number + 1}: " + ", ".join(f"{name} {loss:.1f}" for name, loss in losses.items()))


def main(dataset: str, rounds: int = 10) -> dict[str, float]:
    """Train and score; return F1 of entities and of spans on the test split."""
    warnings.filterwarnings("ignore", message=".*W010.*|.*W030.*")
    articles = load_dataset(dataset, "documents")
    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    lengths = list(range(1, LONGEST + 1))
    suggester = {"@misc": "spacy.ngram_suggester.v1", "sizes": lengths}
    nlp.add_pipe("spancat", config={"spans_key": KEY, "suggester": suggester})

    def split(name: str) -> list[Example]:
        splitter = spacy.blank("en")
        splitter.add_pipe("sentencizer")
        found = []
        for doc in docs(articles[name], splitter):
            splitter.get_pipe("sentencizer")(doc)
            found += [Example(nlp.make_doc(s.text), s) for s in sentences(doc)]
        return found

    pipeline(split("train"), nlp, rounds)
    scores = nlp.evaluate(split("test"))
    found = {"ents": scores["ents_f"] or 0.0, "spans": scores[f"spans_{KEY}_f"] or 0.0}
    print(f"test: entities F1 {found['ents']:.2f}, spans of up to {LONGEST} tokens F1 {found['spans']:.2f}")
    return found


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(DATASET))
