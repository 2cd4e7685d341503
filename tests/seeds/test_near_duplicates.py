"""Near duplicates: the pairs that comparing all with all finds, whatever finds the candidates."""

import random
import re
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from parley.runtime.columns import pairs
from parley.runtime.engine import Cores
from parley.seeds.near_duplicates import (
    BANDS,
    FEW,
    SHINGLE,
    SIMILAR,
    band_keys,
    near_duplicates,
    similarities,
)


@dataclass(frozen=True)
class Some:
    """Texts by id, those of them that can be loaded."""

    doc_ids: tuple[str, ...]
    texts: dict[str, str]

    def __len__(self):
        return len(self.doc_ids)

    def load_texts(self):
        return self.texts


def batches(texts, size=70, without=()):
    """Return texts a few at a time; `without` cannot be loaded."""
    rows = iter(texts.items())
    while some := dict(islice(rows, size)):
        yield Some(tuple(some), {name: text for name, text in some.items() if name not in without})


def shingles(text):
    words = [word.casefold() for word in re.findall(r"\w+", text)]
    return {" ".join(words[i : i + SHINGLE]) for i in range(max(1, len(words) - SHINGLE + 1))}


def jaccard(first, second):
    """Return the similarity of two sets of shingles by its definition."""
    return len(first & second) / len(first | second)


def texts(number, seed):
    """Return texts of which every other is an edited copy of the one before, some just about SIMILAR."""
    make = random.Random(seed)  # noqa: S311 - no secret
    words = [f"w{i}" for i in range(5_000)]
    found = []
    for i in range(number):
        text = list(found[-1]) if i % 2 else make.choices(words, k=150)
        for place in make.sample(range(150), make.randint(5, 15)) if i % 2 else ():
            text[place] = make.choice(words)
        found.append(text)
    return {f"t{i:05}": " ".join(text) for i, text in enumerate(found)}


def test_a_copy_is_found_with_its_similarity():
    """An edited copy is found, an article on the same subject is not."""
    text = " ".join(f"word{i}" for i in range(100))
    copy = text.replace("word50", "changed")
    given = {"b": text, "a": copy, "c": " ".join(f"other{i}" for i in range(100))}
    for size in (1, 3):
        assert near_duplicates(list(batches(given, size)), Cores(1)) == [("a", "b", round(91 / 101, 4))]


def test_many_texts_give_the_pairs_of_the_definition():
    """Where hashing finds the candidates, no pair is lost or added, next to the threshold neither."""
    given = texts(FEW + 100, seed=1)
    sets = {name: shingles(text) for name, text in given.items()}
    every = [(a, b, jaccard(sets[a], sets[b])) for a, b in combinations(given, 2)]
    truth = [(a, b, round(s, 4)) for a, b, s in every if s >= SIMILAR]
    assert len([s for _, _, s in truth if s < SIMILAR + 0.05]) > 5
    for number in (1, 2):
        assert near_duplicates(list(batches(given)), Cores(number)) == truth


def test_a_text_that_cannot_be_loaded_is_like_no_other():
    """Faulty articles neither hide pairs nor make any."""
    given = texts(FEW + 100, seed=1)
    lost = set(list(given)[100:150])
    whole = near_duplicates(list(batches(given)), Cores(1))
    found = near_duplicates(list(batches(given, without=lost)), Cores(1))
    assert found == [pair for pair in whole if not lost & set(pair[:2])]
    assert 0 < len(found) < len(whole)


def test_recall_at_the_threshold():
    """Of many pairs whose similarity is the threshold or little more, not one lacks a band in common."""
    given = list(texts(8_000, seed=2).values())
    alike = similarities(given[::2], given[1::2])
    near = (alike >= SIMILAR) & (alike < SIMILAR + 0.05)
    assert near.sum() > 300
    keys = band_keys(given)
    shared = (keys[::2] == keys[1::2]).any(axis=1)
    assert shared[near].all()


def test_similarity_is_that_of_shingles():
    """Case does not count, nor what is between words; short and empty texts are one shingle."""
    pairs = [
        ("One two, three four five six", "one TWO three four five; six"),
        ("a b c d e f g", "a b c d e f x"),
        ("one two", "one two"),
        ("one two", "one three"),
        ("", "..."),
        ("", "one"),
        ("a a a a a a a", "a a a a a"),
    ]
    first, second = zip(*pairs, strict=True)
    assert similarities(first, second).tolist() == [jaccard(shingles(a), shingles(b)) for a, b in pairs]
    assert similarities([], []).tolist() == []


def test_keys_do_not_depend_on_the_batch():
    """A text has the same keys alone and among others: batches can be made anywhere."""
    given = ["one two three four five six", "seven", "eight nine ten eleven twelve", ""]
    apart = np.concatenate([band_keys([text]) for text in given])
    assert (band_keys(given) == apart).all()
    assert band_keys(given).shape == (len(given), BANDS)


def test_candidates_are_pairs_that_share_a_key():
    """Each pair once, the lower row first, however many keys it shares and however many rows share one."""
    make = np.random.default_rng(3)
    keys = make.integers(0, 12, (40, 3)).astype(np.uint64)
    wanted = [(i, j) for i, j in combinations(range(40), 2) if (keys[i] == keys[j]).any()]
    parts = (keys[begin : begin + 7] for begin in range(0, len(keys), 7))
    assert list(zip(*(rows.tolist() for rows in pairs(parts, len(keys))), strict=True)) == wanted
    assert [rows.tolist() for rows in pairs([keys[:0]], 0)] == [[], []]
