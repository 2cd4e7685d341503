"""The examples run on the real dataset, and align what they say they align."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from datasets import concatenate_datasets, load_dataset

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
    for tags, labels, ids in zip(batch["tag_ids"], aligned["labels"], aligned["input_ids"], strict=True):
        assert [label for label in labels if label != example.IGNORED] == tags
        cut += len(ids) > len(tags)
    assert cut > 0
    assert example.main(DATASET) > 0
    assert "micro avg" in capsys.readouterr().out


def test_spacy_documents_hold_every_span(capsys: pytest.CaptureFixture[str]) -> None:
    """Spans of the dataset are spans of spaCy, widened to its tokens at most, and each of them is scored."""
    import spacy
    import spacy_pipeline as example

    articles = concatenate_datasets(list(load_dataset(DATASET, "documents").values()))
    for row, doc in zip(articles, example.docs(articles, spacy.blank("en")), strict=True):
        made = doc.spans[example.KEY]
        assert len(made) == len(row["spans"])
        for span, there in zip(row["spans"], made, strict=True):
            assert there.start_char <= span["start"] < span["end"] <= there.end_char
            assert span["text"] in there.text
    assert example.main(DATASET, rounds=6, folds=1) > 0
    held = [row for row in articles if row["fold"] == 0]
    assert f"{sum(len(row['spans']) for row in held)} spans" in capsys.readouterr().out


TASKS = ast.parse((EXAMPLES / "tasks.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "task",
    [one for one in TASKS.body if isinstance(one, ast.FunctionDef) and one.name != "main"],
    ids=lambda t: t.name,
)
def test_a_task_takes_five_lines(task: ast.FunctionDef) -> None:
    """After the lines that load the data there are at most five, and none of them hides another."""
    loading = [number for number, one in enumerate(task.body) if "load_dataset" in ast.unparse(one)]
    assert loading
    after = task.body[loading[-1] + 1 : -1]  # the last one returns
    assert isinstance(task.body[-1], ast.Return)
    lines = {line for one in after for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}
    assert len(lines) <= 5


def test_the_tasks_give_what_they_say() -> None:
    """Each task of a researcher ends in the labels of the dataset, none lost on the way."""
    import tasks
    import token_classification as example

    sentences = load_dataset(DATASET, "sentences", split="train")
    encoded = tasks.subword_tags(DATASET, example.train_tokenizer(sentences))
    for tags, labels in zip(sentences["tag_ids"], encoded["labels"], strict=True):
        assert [label for label in labels if label != example.IGNORED] == tags

    relations = load_dataset(DATASET, "relations", split="train")
    pairs = tasks.relation_pairs(DATASET)
    assert len(pairs) == len(relations)
    assert set(pairs["label"]) <= set(ontology("relation"))

    said = tasks.who_said_what(DATASET)
    statements = load_dataset(DATASET, "statements")
    assert len(said) == sum(len(split) for split in statements.values())
    assert said["who"].str.len().gt(0).mean() > 0.5

    events = tasks.event_table(DATASET)
    claims = concatenate_datasets(list(load_dataset(DATASET, "claims").values()))
    assert set(events["text"]) == set(claims["text"])
    named = {e for row in claims for one in row["actors"] for e in one["entities"]}
    assert set(events["actors"].dropna()) == named

    votes = tasks.votes(DATASET)
    spans = concatenate_datasets(list(load_dataset(DATASET, "spans").values()))
    given = concatenate_datasets(list(load_dataset(DATASET, "span_annotations").values()))
    given = {(row["doc_id"], row["id"]) for row in given}
    assert set(votes.index) == given
    gold = {(row["doc_id"], row["id"]) for row in spans}
    assert set(votes.index[votes["gold"]]) == gold & given  # the others were the lead's


def ontology(kind: str) -> list[str]:
    """Return the names of a kind of label."""
    said = json.loads((EXAMPLES.parent / "dataset" / "ontology.json").read_text(encoding="utf-8"))
    return [one["name"] for one in said[kind]]
