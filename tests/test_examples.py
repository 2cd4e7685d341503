"""The examples run on the real dataset, and align what they say they align."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import load_dataset

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
DATASET = str(EXAMPLES.parent / "dataset")


@pytest.fixture(autouse=True)
def _found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)


def test_tags_survive_the_tokenizer(capsys: pytest.CaptureFixture[str]) -> None:
    """Every token keeps its tag on exactly one subword, however it is cut, and a tagger trains on it."""
    import token_classification as example

    sentences = load_dataset(DATASET, "sentences")
    tokenizer = example.train_tokenizer(sentences["train"])
    batch = sentences["test"][:]
    aligned = example.align(batch, tokenizer)
    cut = 0
    for tags, labels, ids in zip(batch["tags"], aligned["labels"], aligned["input_ids"], strict=True):
        assert [label for label in labels if label != example.IGNORED] == tags
        cut += len(ids) > len(tags)
    assert cut > 0
    assert example.main(DATASET) > 0
    assert "micro avg" in capsys.readouterr().out


def test_spacy_documents_hold_every_span() -> None:
    """Spans of the dataset are spans of spaCy, widened to its tokens at most, and both models train."""
    import spacy
    import spacy_pipeline as example

    articles = load_dataset(DATASET, "documents", split="train")
    for row, doc in zip(articles, example.docs(articles, spacy.blank("en")), strict=True):
        made = doc.spans[example.KEY]
        assert len(made) == len(row["spans"])
        for span, there in zip(row["spans"], made, strict=True):
            assert there.start_char <= span["start"] < span["end"] <= there.end_char
            assert span["text"] in there.text
    assert example.main(DATASET, rounds=6)["ents"] > 0


def test_relations_are_found_between_spans() -> None:
    """Pairs carry the relation that the dataset says, head first."""
    import relation_classification as example

    articles = load_dataset(DATASET, "documents", split="train")
    names = articles.features["relations"].feature["label"].names
    span_names = articles.features["spans"].feature["label"].names
    for row in articles:
        pairs = [label for _, label in example.candidates(row, span_names, names) if label != example.NONE]
        assert len(pairs) <= len(row["relations"])
        assert set(pairs) <= {names[r["label"]] for r in row["relations"]}
    assert example.main(DATASET) > 0
