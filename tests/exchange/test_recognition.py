"""Which article another tool's article is: the surest sign decides, and what several could be is none."""

from types import SimpleNamespace

import pytest

from parley.exchange.articles import Article
from parley.exchange.recognition import Recognition
from parley.model.documents import Document

TEXTS = {"a": "One text.", "b": "Another  text.", "c": "One text.", "d": "Last text."}
TITLES = {"a": "First", "b": "Second", "c": "Third", "d": "Second"}


class OfSeeds(Recognition):
    """Has seeds that are not in files."""

    def _raw(self, document):
        return f"raw of {document.text}"


@pytest.fixture(scope="module")
def recognition():
    documents = {
        name: Document(name, text, TITLES[name], "", "", "", "en", "", f"{name}.txt", "", (), ())
        for name, text in TEXTS.items()
    }
    return OfSeeds(SimpleNamespace(documents=documents))


@pytest.mark.parametrize(
    ("article", "doc_id"),
    [
        (Article("a", "Last text."), "a"),
        (Article("b.json", ""), "b"),
        (Article("out/c.txt", ""), "c"),
        (Article("", "Another text."), "b"),
        (Article("", "raw of Last text."), "d"),
        (Article("", "Last\N{SOFT HYPHEN} text."), "d"),
        (Article("", "", names=("x", "c.xml")), "c"),
        (Article("", "", names=("First",)), "a"),
    ],
    ids=["name", "suffix", "folder", "blanks", "raw", "unseen", "other-name", "title"],
)
def test_an_article_is_known_by_its_surest_sign(article, doc_id, recognition):
    assert recognition.of(article).doc_id == doc_id


@pytest.mark.parametrize(
    "article",
    [
        Article("", "One text."),
        Article("", "raw of One text."),
        Article("", "", names=("Second",)),
        Article("", "", names=("a", "b")),
        Article("", "No text of these."),
        Article("", " \n"),
    ],
    ids=["text", "raw", "title", "names", "strange", "empty"],
)
def test_what_several_could_be_or_none_is_none(article, recognition):
    assert recognition.of(article) is None
