"""Five tasks of a researcher, each in some five lines once the data are loaded.

Run it from the checkout:  .venv/bin/python examples/tasks.py [DATASET]

BIO tags for a subword tokenizer; pairs of spans with their relation; who said what; a table of events with
their actors; the votes of the annotators. Each function returns what it made, and the program prints the
first rows. DATASET is a folder, or a name on the Hub.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
from datasets import concatenate_datasets, load_dataset

DATASET = Path(__file__).resolve().parents[1] / "dataset"


def subword_tags(dataset: str, tokenizer: Any) -> Any:
    """Return encoded sentences with `labels`: a token's tag on its first subword, -100 on the others."""
    sentences = load_dataset(dataset, "sentences", split="train")
    encoded = tokenizer(list(sentences["tokens"]), is_split_into_words=True)
    encoded["labels"] = []
    for row, tags in enumerate(sentences["tag_ids"]):
        words = pairwise([None, *encoded.word_ids(row)])
        encoded["labels"].append([-100 if word in (None, last) else tags[word] for last, word in words])
    return encoded


def relation_pairs(dataset: str) -> pd.DataFrame:
    """Return a row for each relation: the words of both ends, its name, and the sentence of its head."""
    relations = load_dataset(dataset, "relations", split="train")
    return relations.to_pandas()[["head_text", "label", "tail_text", "sentence"]]


def who_said_what(dataset: str) -> pd.DataFrame:
    """Return a row for each statement: who, by which word, whether the source asserts it, and what."""
    statements = concatenate_datasets(list(load_dataset(dataset, "statements").values()))
    table = statements.to_pandas()
    table["who"] = [" and ".join(one["text"] for one in some) for some in table["sources"]]
    table["word"] = [" … ".join(one["text"] for one in some) for some in table["cues"]]
    return table[["doc_id", "who", "word", "stance", "text"]]


def event_table(dataset: str) -> pd.DataFrame:
    """Return a row for each event and each of its actors, as entities: who does what to whom."""
    claims = concatenate_datasets(list(load_dataset(dataset, "claims").values()))
    table = claims.to_pandas()[["doc_id", "text", "type", "modality", "actors", "targets"]]
    for role in ("actors", "targets"):
        table[role] = [[e for one in some for e in one["entities"]] for some in table[role]]
        table = table.explode(role)
    return table


def votes(dataset: str) -> pd.DataFrame:
    """Return a row for each span that somebody gave: who gave it, and whether it is in the gold labels."""
    given = concatenate_datasets(list(load_dataset(dataset, "span_annotations").values())).to_pandas()
    gold = concatenate_datasets(list(load_dataset(dataset, "spans").values())).to_pandas()
    table = pd.crosstab([given["doc_id"], given["id"]], given["annotator"]).astype(bool)
    return table.assign(gold=table.index.isin(pd.MultiIndex.from_frame(gold[["doc_id", "id"]])))


def main(dataset: str) -> None:
    """Print the first rows of each task but the first, which needs a tokenizer of yours."""
    pd.set_option("display.max_columns", None, "display.width", 120, "display.max_colwidth", 40)
    for task in (relation_pairs, who_said_what, event_table, votes):
        print(
            task.__doc__.splitlines()[0].removeprefix("Return "), task(dataset).head(), sep="\n", end="\n\n"
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(DATASET))
