"""A corpus in another language, from its seed to its release: no sentence, token or span is lost."""

import hashlib
import re
from pathlib import Path

import pytest

from card_parts import numbers
from parley.corpus.corpus import Corpus
from parley.exchange.quotes import write_labels_from_quotes
from parley.model.paths import CorpusPaths
from parley.release.data.files import load
from parley.steps.derive import derive
from parley.steps.validate import validate
from releases_for_tests import build_release

TEXT = "中国公司收购了德国港口。两国总统在北京会谈！他说：“和平。”\n"
TOKENS = ["中国|公司|收购|了|德国|港口|。", "两国|总统|在|北京|会谈|！", "他|说|：|“|和平|。|”"]
EIGHT = ["中国公司", "收购", "德国", "港口", "总统", "北京", "会谈", "和平"]
FILES = {
    "seeds/cleaning.toml": "",
    "annotation/ontology.toml": """
        name = "chinese"
        version = "1"
        group = [{ name = "g", title = "G" }]
        span = [{ name = "X", title = "x", group = "g", color = "#000000", definition = "." }]
    """,
    "annotation/annotators.csv": "name,kind,note\nada,human,\n",
    "annotation/entities.csv": "id,type,name,aliases,wikidata,note\n",
    "annotation/guidelines.md": "# Guidelines\n",
    "release.toml": """
        name = "chinese"
        title = "Chinese"
        version = "0.1.0"
        date = "2031-06-01"
        labels = "ada"
        repository = "chinese/chinese"
        languages = ["zh"]
        authors = ["ada"]
        summary = "Invented."
        faults = []
        licences = [{ part = "All of it", name = "CC0 1.0", spdx = "CC0-1.0", link = "" }]
    """,
}


@pytest.fixture
def corpus(tmp_path: Path) -> CorpusPaths:
    for name, text in FILES.items():
        path = tmp_path / "chinese" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "chinese/seeds/port.txt").write_text(TEXT, encoding="utf-8")
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    (tmp_path / "chinese/seeds/manifest.csv").write_text(
        "doc_id,file,sha256,title,publisher,published,event,language,rights\n"
        f"port,port.txt,{digest},,,,port,zh-Hans,invented\n",
        encoding="utf-8",
    )
    return CorpusPaths.at(tmp_path / "chinese")


def label(corpus: CorpusPaths, quotes: list[str]) -> None:
    path = corpus.root / "port.quotes"
    path.write_text(
        "".join(f"span | {n} | X | 1 | {quote} | 1 |\n" for n, quote in enumerate(quotes)), encoding="utf-8"
    )
    write_labels_from_quotes(Corpus(corpus), "ada", [path])
    path.unlink()
    derive(corpus)


def test_a_chinese_article_keeps_its_sentences_tokens_and_spans(corpus, tmp_path):
    """Three sentences, eight quotes: found, sound, and each in the tags."""
    label(corpus, EIGHT)
    assert validate(Corpus(corpus)).faults == ()
    build_release(corpus)
    rows = list(load(corpus.dataset, "sentences", tmp_path / "cache")["train"])
    assert ["|".join(row["tokens"]) for row in rows] == TOKENS
    tagged = []
    for row in rows:
        for token, tag in zip(row["tokens"], row["tags"], strict=True):
            if tag == "B-X":
                tagged.append(token)
            elif tag == "I-X":
                tagged[-1] += token
    assert tagged == EIGHT
    card = (corpus.dataset / "README.md").read_text(encoding="utf-8")
    (told,) = re.findall("^.*`zh-Hans` by .*$", card, re.MULTILINE)
    assert numbers(told) == [8, 8]


def test_spans_that_tags_cannot_hold_are_counted_on_the_card(corpus):
    """Scripts without spaces have no words to cut, but dictionaries make tokens of several characters."""
    label(corpus, ["中国公司", "中国", "国总统", "港口。两国"])
    assert validate(Corpus(corpus)).faults == ()
    build_release(corpus)
    card = (corpus.dataset / "README.md").read_text(encoding="utf-8")
    (told,) = re.findall("^.*`zh-Hans` by .*$", card, re.MULTILINE)
    assert numbers(told) == [1, 4, 1, 1, 1]
    assert re.search("1 nested .* 1 over several sentences, 1 with an end inside a token", told)
