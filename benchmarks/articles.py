"""Made-up corpora of any number of articles, the same bytes from the same seed.

Articles are paragraphs of this checkout's own, drawn anew and set between the boilerplate of a page, with
some words changed to ones that occur nowhere else: rules match in them as often as in real ones, and no two
are alike. Ontology, entities and rules of pre-annotation are the checkout's.

  python benchmarks/articles.py FOLDER NUMBER [ANNOTATOR ANNOTATOR] [--at COMMIT]
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import random
import re
import shutil
import tempfile
from pathlib import Path

from group_corpus import copied
from rich.progress import track

from parley.corpus.corpus import Corpus
from parley.model.labels import Layer, encode_layer, layer_path, make_relation, make_span
from parley.model.ontology import Ontology
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from parley.seeds.manifest import COLUMNS, read_rows

PARAGRAPHS = 20  # an article: about 450 words
_CLEANING = """
[[rule]]
name = "share-line"
kind = "drop-line"
pattern = 'Share this @\\S+'
reason = "A button of the page."

[[rule]]
name = "other-articles"
kind = "drop-tail"
pattern = 'You May Also Like'
reason = "Teasers of other articles, to the end of the page."

[[rule]]
name = "edges"
kind = "trim"
reason = "Blank lines left before and after the article say nothing."
"""
_PAGE = "Share this @made-up.example\n\n{}\n\nYou May Also Like\nAnother article\n"
_SMALL = re.compile(r"\b[a-z]{5,}\b")


def write_corpus(folder: Path, number: int, root: Path, seed: int = 7) -> Path:
    """Write a corpus folder of a number of articles; one that is there is kept. root: of the checkout."""
    if folder.is_dir():
        return folder
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    of_its_labels = (
        "labels",
        "gold",
        "ledger.csv",
        "agreement*",
        "audit*",
        "baselines.json",
        "rounds",
        "pilot",
        "migrations",
    )
    ignored = shutil.ignore_patterns(*of_its_labels)
    shutil.copytree(root / "annotation", part / "annotation", ignore=ignored)
    (part / "seeds").mkdir()
    (part / "seeds" / "cleaning.toml").write_text(_CLEANING)
    paragraphs = [
        line for d in Corpus.at(root).documents.values() for line in d.text.split("\n") if line.strip()
    ]
    make = random.Random(seed)  # noqa: S311 - no secret
    with (part / "seeds" / "manifest.csv").open("w", newline="", encoding="utf-8") as out:
        manifest = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        manifest.writeheader()
        for article in track(range(number), f"making {folder.name}"):
            text = "\n".join(make.choices(paragraphs, k=PARAGRAPHS))
            data = _PAGE.format(_SMALL.sub(lambda word: _changed(word[0], make), text)).encode()
            name = f"a{article:07}"
            (part / "seeds" / f"{name}.txt").write_bytes(data)
            row = {"doc_id": name, "file": f"{name}.txt", "sha256": hashlib.sha256(data).hexdigest()}
            known = {"published": f"2025-{1 + article % 12:02}-{1 + article % 28:02}", "language": "en"}
            manifest.writerow(dict.fromkeys(COLUMNS, "") | row | known | {"event": f"e{article // 5}"})
    part.rename(folder)
    return folder


def _changed(word: str, make: random.Random) -> str:
    """Return the word, one time in twenty with other letters in it."""
    return word if make.random() > 0.05 else word[:2] + "".join(make.choices("bdfgklmnprstv", k=5)) + word[2:]


def write_labels(corpus: CorpusPaths, annotators: tuple[str, str], seed: int = 7) -> None:
    """Write two annotators' labels on every article of a made-up corpus: 60 spans and 35 relations each.

    The second keeps three quarters of what the first labelled, sees some of it otherwise and adds a few.
    """
    ontology = read_ontology(corpus.ontology)
    make = random.Random(seed)  # noqa: S311 - no secret
    for annotator in annotators:
        (corpus.labels / annotator).mkdir(parents=True)
    with corpus.annotators.open("r+", encoding="utf-8", newline="") as file:
        known = csv.DictReader(file)
        rows = [*known, *({"name": name, "kind": "model", "note": "Made up."} for name in annotators)]
        file.seek(0)
        writer = csv.DictWriter(file, known.fieldnames or (), restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.truncate()
    loaded = Corpus(corpus)
    for row in track(loaded.manifest.rows, f"labelling {corpus.root.name}"):
        ((document,), _) = read_rows(corpus, [row], loaded.rules)
        words = [match.span() for match in re.finditer(r"\w+", document.text)]
        picked = [
            (i, i + make.randint(0, 2), make.choice(ontology.span_names)) for i in _some(make, words, 60)
        ]
        seen = [(i, j + (make.random() < 0.1), label) for i, j, label in picked if make.random() < 0.75]
        seen = [(i, j, make.choice(ontology.span_names) if make.random() < 0.05 else x) for i, j, x in seen]
        seen += [(i, i, make.choice(ontology.span_names)) for i in _some(make, words, 8)]
        tied: list[tuple[int, int, str]] = []
        for annotator, own in zip(annotators, (picked, seen), strict=True):
            spans = [
                make_span(document.text, x, words[i][0], words[j][1], _attributes(x, ontology, make))
                for i, j, x in own
            ]
            place = {spot[0]: span for spot, span in zip(own, spans, strict=True)}
            tied = tied[:26] + [
                (*make.sample(sorted(place), 2), make.choice(ontology.relation_names))
                for _ in range(35 - len(tied[:26]))
            ]
            relations = [
                make_relation(r, place[a], place[b], symmetric=ontology.relation_by_name[r].symmetric)
                for a, b, r in tied
                if a in place and b in place
            ]
            layer = Layer(
                document.doc_id, document.text_sha256, annotator, ontology.revision, "", None,
                tuple({s.id: s for s in spans}.values()), tuple({r.id: r for r in relations}.values()),
            )  # fmt: skip
            layer_path(corpus, annotator, document.doc_id).write_bytes(encode_layer(layer))


def _some(make: random.Random, words: list[tuple[int, int]], number: int) -> list[int]:
    return make.sample(range(len(words) - 4), number)


def _attributes(label: str, ontology: Ontology, make: random.Random) -> dict[str, str]:
    """Return a value for each attribute of choice that the label has, mostly the first of those there are."""
    choices = {a.name: a.values for a in ontology.attributes_of[label].values() if a.kind == "choice"}
    return {name: v[0] if make.random() < 0.8 else make.choice(v) for name, v in choices.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("number", type=int)
    parser.add_argument("annotators", nargs="*", help="two, to have it labelled")
    parser.add_argument("--at", default="", metavar="COMMIT", help="whose scheme and rules; default: today's")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as checkout:
        copied(args.at, Path(checkout))
        corpus = CorpusPaths(write_corpus(args.folder, args.number, Path(checkout)))
    if args.annotators and not corpus.labels.is_dir():
        write_labels(corpus, (args.annotators[0], args.annotators[1]))


if __name__ == "__main__":
    main()
