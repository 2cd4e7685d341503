"""Made-up corpora of any number of articles, the same bytes from the same seed.

Articles are paragraphs of this checkout's own, drawn anew and set between the boilerplate of a page, with
some words changed to ones that occur nowhere else: rules match in them as often as in real ones, and no two
are alike. Ontology, entities and rules of pre-annotation are the checkout's.
"""

from __future__ import annotations

import csv
import hashlib
import random
import re
import shutil
from pathlib import Path

from rich.progress import track

from parley.corpus import Corpus
from parley.seeds.reading import COLUMNS, read_documents

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
    ignored = shutil.ignore_patterns("labels", "gold", "agreement*")
    shutil.copytree(root / "annotation", part / "annotation", ignore=ignored)
    (part / "seeds").mkdir()
    (part / "seeds" / "cleaning.toml").write_text(_CLEANING)
    paragraphs = [line for d in read_documents(Corpus(root)) for line in d.text.split("\n") if line.strip()]
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
