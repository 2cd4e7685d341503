"""What people script today for the other steps, each a process of its own and written the short way.

  python benchmarks/step_ways.py WAY INPUT

INPUT is a corpus folder, a number of texts, or a folder of two releases, as the step has it.
`near-duplicates` is ours: a function that has no script of its own.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

WORDS, VOCABULARY, EVERY = 400, 50_000, 20  # one text in so many is an edited copy of the one before


@dataclass(frozen=True)
class Way:
    """A way to do a step. largest: input, in articles, past which it takes minutes and adds nothing."""

    run: Callable[[str], None]
    step: str
    title: str
    keeps: str
    largest: int


def made_up_texts(number: int, seed: int = 7) -> dict[str, str]:
    """Return texts of random words, some of them edited copies, alike from 0.2 to 0.9."""
    make = random.Random(seed)  # noqa: S311 - no secret
    vocabulary = [f"w{make.randrange(1 << 24):x}" for _ in range(VOCABULARY)]
    found: dict[str, str] = {}
    words: list[str] = []
    for text in range(number):
        if text % EVERY == EVERY - 1:
            for place in make.sample(range(WORDS), make.randrange(5, 60)):
                words[place] = make.choice(vocabulary)
        else:
            words = make.choices(vocabulary, k=WORDS)
        found[f"d{text:07}"] = " ".join(words)
    return found


@dataclass(frozen=True)
class Texts:
    """Some of the texts, as `near_duplicates` loads them."""

    doc_ids: tuple[str, ...]
    texts: dict[str, str]

    def __len__(self) -> int:
        return len(self.doc_ids)

    def load_texts(self) -> dict[str, str]:
        """Return the texts, by id."""
        return {name: self.texts[name] for name in self.doc_ids}

    def __reduce__(self) -> tuple[type[Texts], tuple[tuple[str, ...], dict[str, str]]]:
        return Texts, (self.doc_ids, self.load_texts())


def spacy_alone(corpus: str) -> None:
    """Match the same patterns and names, article by article."""
    import spacy
    from spacy.matcher import Matcher, PhraseMatcher

    from parley.corpus.corpus import Corpus
    from parley.preannotation.rules import read_rules

    loaded = Corpus.at(Path(corpus))
    rules, entities = read_rules(loaded), loaded.entities
    nlp = spacy.blank("en")
    matcher, names = Matcher(nlp.vocab), PhraseMatcher(nlp.vocab)
    for rule in rules.rule:
        if rule.kind == "pattern":
            matcher.add(rule.label, rules.token_patterns(rule))
    for entity in entities.values():
        names.add(entity.type, [nlp.make_doc(alias) for alias in (entity.name, *entity.aliases)])
    tasks = []
    for path in sorted((Path(corpus) / "seeds").glob("*.txt")):
        doc = nlp(path.read_text())
        result = []
        for key, start, end in [*matcher(doc), *names(doc)]:
            span = doc[start:end]
            value = {
                "start": span.start_char,
                "end": span.end_char,
                "text": span.text,
                "labels": [nlp.vocab[key].text],
            }
            result.append({"from_name": "label", "to_name": "text", "type": "labels", "value": value})
        tasks.append({"data": {"text": doc.text}, "predictions": [{"result": result}]})
    (Path(corpus) / "build").mkdir(exist_ok=True)
    (Path(corpus) / "build" / "other.json").write_text(json.dumps(tasks))


def matchers_alone(corpus: str) -> None:
    """Do what of pre-annotation is spaCy's: its tokenizer, and its matchers where Parley asks them."""
    from parley.corpus.corpus import Corpus
    from parley.preannotation.matching import RuleMatcher
    from parley.preannotation.rules import read_rules

    loaded = Corpus.at(Path(corpus))
    matcher = RuleMatcher(read_rules(loaded), loaded.ontology, loaded.entities.values(), seconds=10)
    for path in sorted((Path(corpus) / "seeds").glob("*.txt")):
        matcher.matches(path.read_text())


def nervaluate_f1(corpus: str) -> None:
    """Precision, recall and F1 of spans by nervaluate."""
    from nervaluate.evaluator import Evaluator

    sides = []
    for annotator in ("one", "two"):
        side = []
        for path in sorted((Path(corpus) / "annotation" / "labels" / annotator).glob("*.json")):
            spans = json.loads(path.read_bytes())["spans"]
            side.append([{"label": s["label"], "start": s["start"], "end": s["end"]} for s in spans])
        sides.append(side)
    tags = sorted({span["label"] for side in sides for doc in side for span in doc})
    print(Evaluator(*sides, tags=tags, loader="dict").evaluate()["overall"])


def near_duplicates(number: str, processes: int) -> None:
    """Find the pairs with Parley."""
    from parley.runtime.engine import Cores
    from parley.seeds.near_duplicates import near_duplicates as find

    texts = made_up_texts(int(number))
    names = list(texts)
    batches = [Texts(tuple(names[i : i + 256]), texts) for i in range(0, len(names), 256)]
    print(len(find(batches, Cores(processes))))


def all_pairs(number: str) -> None:
    """Compare every text with every other, on sets of strings."""
    sets = {name: _shingles(text) for name, text in made_up_texts(int(number)).items()}
    found = 0
    for a, b in combinations(sets.values(), 2):
        common = len(a & b)
        found += common / (len(a) + len(b) - common) >= 0.5
    print(found)


def datasketch_index(number: str) -> None:
    """Use datasketch's sketches and index on strings, as its documentation shows."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=0.5, num_perm=128)
    found = 0
    for name, text in made_up_texts(int(number)).items():
        sketch = MinHash(num_perm=128)
        for shingle in _shingles(text):
            sketch.update(shingle.encode())
        found += len(index.query(sketch))
        index.insert(name, sketch)
    print(found)


def pandas_merge(folder: str) -> None:
    """Merge the spans of two releases on their ids; compare the columns."""
    import pandas as pd

    before, after = (pd.read_parquet(Path(folder) / name / "data" / "spans") for name in ("before", "after"))
    merged = before.merge(after, on=["doc_id", "id"], how="outer", suffixes=("_a", "_b"), indicator=True)
    both = merged[merged["_merge"] == "both"]
    print(merged["_merge"].value_counts().to_dict(), int((both["level_a"] != both["level_b"]).sum()))


def _shingles(text: str) -> set[str]:
    words = text.split()
    return {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}


WAYS = {
    "spacy": Way(
        spacy_alone,
        "tasks",
        "spaCy's matchers, article by article",
        "no cleaning, no attributes, no relations",
        10_000,
    ),
    "matchers": Way(
        matchers_alone,
        "tasks",
        "spaCy's tokenizer and matchers alone, where Parley asks them",
        "no cleaning, no attributes, no relations, nothing written",
        10_000,
    ),
    "nervaluate": Way(
        nervaluate_f1,
        "agreement",
        "nervaluate",
        "F1 of spans; no chance correction, no relations, no list",
        20_000,
    ),
    "all-pairs": Way(all_pairs, "near-duplicates", "every pair, sets of strings", "all", 1_000),
    "datasketch": Way(
        datasketch_index,
        "near-duplicates",
        "datasketch's `MinHashLSH` on strings",
        "what its sketches estimate",
        10_000,
    ),
    "pandas": Way(
        pandas_merge,
        "difference",
        "pandas `merge` on ids",
        "a moved or retyped span is one gone and one new",
        20_000,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("way", choices=[*WAYS, "near-duplicates"])
    parser.add_argument("input")
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="of near-duplicates")
    args = parser.parse_args()
    if args.way == "near-duplicates":
        near_duplicates(args.input, args.processes)
    else:
        WAYS[args.way].run(args.input)


if __name__ == "__main__":
    main()
