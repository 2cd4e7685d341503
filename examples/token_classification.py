"""Token classification: BIO tags aligned with a fast tokenizer's subwords, as `transformers` wants them.

Run it from the checkout:  .venv/bin/python examples/token_classification.py [DATASET]

1. Load the config `sentences`: tokens and BIO tags.
2. Train a fast tokenizer on the training sentences, so that nothing is downloaded. Put a pretrained one in
   its place with AutoTokenizer.from_pretrained(…); nothing else changes.
3. Align: the first subword of a token carries its tag, the others and the special tokens -100, which
   PyTorch's cross entropy leaves out.
4. Train a small linear tagger on the aligned subwords and score whole spans with seqeval. With five articles
   the score says that the code works, not how good a model would be.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from datasets import Dataset, load_dataset
from seqeval.metrics import classification_report, f1_score
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import BatchEncoding, PreTrainedTokenizerFast

DATASET = Path(__file__).resolve().parents[1] / "dataset"
IGNORED = -100


def train_tokenizer(sentences: Dataset) -> PreTrainedTokenizerFast:
    """Return a fast byte-pair tokenizer trained on the sentences."""
    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    trainer = trainers.BpeTrainer(vocab_size=800, special_tokens=special, show_progress=False)
    tokenizer.train_from_iterator((" ".join(tokens) for tokens in sentences["tokens"]), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )


def align(batch: dict[str, list[Any]], tokenizer: PreTrainedTokenizerFast) -> BatchEncoding:
    """Return the batch as subwords with `labels`: a token's tag on its first subword, -100 elsewhere."""
    encoded = tokenizer(batch["tokens"], is_split_into_words=True, truncation=True, max_length=512)
    encoded["labels"] = []
    for number, tags in enumerate(batch["tag_ids"]):
        words = encoded.word_ids(number)
        before = [None, *words]
        encoded["labels"].append(
            [
                IGNORED if word is None or word == last else tags[word]
                for word, last in zip(words, before, strict=False)
            ]
        )
    return encoded


def features(subwords: list[str], place: int) -> dict[str, Any]:
    """Return what the linear tagger looks at: a subword and its neighbours."""
    found: dict[str, Any] = {"bias": 1.0}
    for shift in (-2, -1, 0, 1, 2):
        near = subwords[place + shift] if 0 <= place + shift < len(subwords) else "[EDGE]"
        found[f"{shift}:{near.lower()}"] = 1.0
        found[f"{shift}:capital"] = float(near[:1].isupper())
    return found


def examples(
    rows: Dataset, tokenizer: PreTrainedTokenizerFast
) -> tuple[list[list[dict[str, Any]]], list[list[int]]]:
    """Return features and tags of the subwords that carry a tag, sentence by sentence."""
    x, y = [], []
    for row in rows:
        subwords = tokenizer.convert_ids_to_tokens(row["input_ids"])
        kept = [place for place, tag in enumerate(row["labels"]) if tag != IGNORED]
        x.append([features(subwords, place) for place in kept])
        y.append([row["labels"][place] for place in kept])
    return x, y


def main(dataset: str) -> float:
    """Train and score; return the F1 of whole spans on the test split."""
    sentences = load_dataset(dataset, "sentences")
    names = sentences["train"].features["tag_ids"].feature.names
    tokenizer = train_tokenizer(sentences["train"])
    aligned = sentences.map(
        align,
        batched=True,
        fn_kwargs={"tokenizer": tokenizer},
        remove_columns=sentences["train"].column_names,
        load_from_cache_file=False,
    )
    x, y = examples(aligned["train"], tokenizer)
    tagger = make_pipeline(DictVectorizer(), LogisticRegression(max_iter=200, C=5.0))
    tagger.fit([one for sentence in x for one in sentence], [names[t] for tags in y for t in tags])
    x, y = examples(aligned["test"], tokenizer)
    expected = [[names[t] for t in tags] for tags in y]
    found = [list(tagger.predict(sentence)) if sentence else [] for sentence in x]
    print(classification_report(expected, found, zero_division=0))
    return float(f1_score(expected, found, zero_division=0))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(DATASET))
