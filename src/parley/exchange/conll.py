"""CoNLL-2003: a token a line with four columns, the last its tag; a blank line after each sentence.

    -DOCSTART- -X- -X- O

    Umerov -X- _ B-PER
    said -X- _ O

Read by `load_dataset("conll", data_files=…, column_names=["tokens", "pos", "chunk", "ner"])` and whatever
reads the columns of the shared task (Tjong Kim Sang and De Meulder, 2003). Tags are BIO, of the labels of the
ontology's first group, as in the config `sentences`: of nested and overlapping spans the longest, and none
whose end is inside a token or in another sentence. White space inside a token is U+FFFD, and so is the first
character of one that would begin a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from parley.exchange.articles import Article
from parley.exchange.tokens import article_of
from parley.model.ontology import Ontology
from parley.release.data.schema import tagged_labels
from parley.release.data.sentences import bio_tags
from parley.runtime.counts import counted
from parley.values.segmentation import sentences

SUFFIX = ".conll"
_START = "-DOCSTART-"
_TAG = re.compile(r"[O_]|[BIOESULMW]-\S+")
_LABELLED = re.compile(r"[BIESULMW]-\S+")
_BLANKS = re.compile(r"[ \t]+")
_COUNTED = re.compile(r"(?:\d+-)?\d+(?:[-.]\d+)?")  # 7; 2-7, with its sentence; 7-8, two words in one
_NO_TOKEN = re.compile(rf"\s|^-(?={_START[1:]})")
_REPLACED = "\ufffd"


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write articles as one file."""
    tagged = tagged_labels(ontology)
    with place.open("w", encoding="utf-8", newline="\n") as out:
        for article in articles:
            out.write(f"{_START} -X- -X- O\n\n")
            spans = [(s.start, s.end, s.label) for s in article.spans if s.label in tagged]
            for sentence in sentences(article.text, article.metadata.get("language", "")):
                starts = set(sentence.token_starts)
                ends = {at + len(t) for at, t in zip(sentence.token_starts, sentence.tokens, strict=True)}
                tags = bio_tags(sentence, (s for s in spans if s[0] in starts and s[1] in ends))
                for token, tag in zip(sentence.tokens, tags, strict=True):
                    out.write(f"{_NO_TOKEN.sub(_REPLACED, token)} -X- _ {tag}\n")
                out.write("\n")


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a file: the first column is the token, the last its tag.

    Articles have no names. Tags may be IOB, BIO or BIOES; a file without a line -DOCSTART- is one article.
    Tags of another column are unread. Raises ValueError naming a line whose last column is not a tag, or if
    the first column counts the tokens.
    """
    lines: list[list[list[str]]] = [[]]
    is_empty = True
    with place.open(encoding="utf-8-sig", newline="\n") as file:
        for number, line in enumerate(file, 1):
            cells = _BLANKS.split(line.strip(" \t\r\n")) if line.strip() else []
            if cells and cells[0] == _START:
                if not is_empty:
                    yield _article(lines)
                lines, is_empty = [[]], False
            elif cells and not (cells[0].startswith("#") and not _TAG.fullmatch(cells[-1])):  # a comment
                if len(cells) < 2 or not _TAG.fullmatch(cells[-1]):
                    raise ValueError(
                        f"line {number}: {' '.join(cells)!r} is not a token and, in the last column, "
                        "its tag: O, B-LABEL or I-LABEL, as IOB, BIO and BIOES have them"
                    )
                lines[-1].append(cells)
                is_empty = False
            elif lines[-1]:
                lines.append([])
    if not is_empty:
        yield _article(lines)


def _article(lines: list[list[list[str]]]) -> Article:
    spans: list[tuple[int, int, str]] = []
    number = 0
    others: dict[int, list[str]] = {}
    rows = [cells for line in lines for cells in line]
    if len(rows) > 1 and all(len(cells) > 2 and _COUNTED.fullmatch(cells[0]) for cells in rows):
        raise ValueError("its first column counts the tokens: keep two columns, the token and its tag")
    for line in lines:
        begun = ""  # the label of the span that the token before is in
        for cells in line:
            for column, cell in enumerate(cells[1:-1], 2):
                if _LABELLED.fullmatch(cell):
                    others.setdefault(column, []).append(cell)
            part, _, label = cells[-1].partition("-")
            if label and (part in "BSU" or label != begun):
                spans.append((number, number, label))
            elif label:
                spans[-1] = spans[-1][0], number, label
            begun = label if part not in "ELSU" else ""
            number += 1
    words = [[cells[0].strip() or cells[0] for cells in line] for line in lines if line]
    unread = tuple(
        f"column {column}: {counted(len(tags), 'tag')}, the first {tags[0]}"
        for column, tags in others.items()
    )
    return replace(article_of("", words, spans), unread=unread)
