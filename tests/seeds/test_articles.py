"""The five articles: nothing of them is lost, nothing else is left."""

import csv
import hashlib
from pathlib import Path

import pytest

from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths

HERE = Path(__file__).resolve().parent
CORPUS = CorpusPaths(HERE.parents[1])
DOCUMENTS = Corpus(CORPUS).documents
# Written down once from the raw files: how each sentence begins and ends, and what it hashes to.
SENTENCES = list(csv.DictReader((HERE / "sentences.csv").open(encoding="utf-8", newline="")))
SECOND_ROUND = "istanbul-talks-second-round"

every_article = pytest.mark.parametrize("doc_id", list(DOCUMENTS))


def raw_of(doc_id):
    return (CORPUS.seeds / DOCUMENTS[doc_id].file).read_bytes().decode("utf-8")


@every_article
def test_every_sentence_survives_in_its_place(doc_id):
    """A clean article is its listed sentences in order, and between them white space alone."""
    text, at, paragraph = DOCUMENTS[doc_id].text, 0, 0
    rows = [row for row in SENTENCES if row["doc_id"] == doc_id]
    assert rows
    for row in rows:
        start = at
        while text[start : start + 1].isspace():
            start += 1
        new = "\n" in text[at:start] or at == 0
        paragraph += new
        assert text.startswith(row["begins"], start), (row, text[start : start + 40])
        end = text.index(row["ends"], start) + len(row["ends"])
        digest = hashlib.sha256(text[start:end].encode()).hexdigest()
        assert digest.startswith(row["sha256"]), (row, text[start:end])
        assert paragraph == int(row["paragraph"]), row
        assert "\n" not in text[start:end], "a sentence is in one line"
        at = end
    assert at == len(text)


@every_article
def test_cuts_and_text_make_up_the_raw_article(doc_id):
    """Raw minus cuts, with wraps read as a space, is the text: nothing vanishes unreported."""
    document, raw = DOCUMENTS[doc_id], raw_of(doc_id)
    kept = [(s.raw_start, s.raw_end, "") for s in document.segments]
    gone = [(c.raw_start, c.raw_end, c.text) for c in document.cuts]
    at = 0
    for start, end, text in sorted(kept + gone):
        assert start == at
        assert end > start
        assert text in ("", raw[start:end])
        at = end
    assert at == len(raw)
    stretches = [raw[start:end] for start, end, _ in kept]
    assert "".join(" " if s == "\n" else s for s in stretches) == document.text


CUTS = {
    "000_5016c1a94fcbe2b0": [("date-prefix", "Tuesday, June 3, 2025 - "), ("comment-counter", "0 Comments")],
    "001_75393797c8825bc1": [],
    "002_26941f31262b2c1a": [
        ("share-line", "Share this @internewscast.com\n"),
        ("outlet-invitation", "For the latest from SBS News, and .\n"),
        ("share-line", "Share this @internewscast.com\n"),
        ("other-articles", "You May Also Like"),
    ],
    "003_7060f00c363a23ee": [
        ("headline", "Russia-Ukraine ends 2nd round of ceasefire talks\n"),
        ("headline", "Russia-Ukraine ends 2nd round of ceasefire talks\n"),
        ("time-stamp", "\nJune 3, 2025, 8:08 a.m."),
        ("magazine-listing", "More on International"),
    ],
    "004_cf94bc654ff6c87c": [
        ("headline", "Trump and Putin hold direct talks on Ukraine ceasefire in Alaska summit\n"),
        ("agency-signature", " – Reuters\n\n"),
        ("comment-form", "Leave a comment"),
    ],
}


@every_article
def test_cut_is_what_is_no_article(doc_id):
    """Each rule takes what it is named for, and white space apart nothing else is cut."""
    found = [(c.rule, c.text) for c in DOCUMENTS[doc_id].cuts if c.text.strip()]
    assert len(found) == len(CUTS[doc_id])
    for (rule, text), (expected_rule, expected) in zip(found, CUTS[doc_id], strict=True):
        assert rule == expected_rule
        tail = rule in ("other-articles", "magazine-listing", "comment-form")
        assert text.startswith(expected) if tail else text == expected


def test_every_rule_is_needed():
    """A rule that cuts nothing, or joins nothing, has no place in cleaning.toml."""
    used = {cut.rule for d in DOCUMENTS.values() for cut in d.cuts}
    assert {rule.name for rule in Corpus(CORPUS).rules.rule} - used == {"hard-wrap"}  # it joins


def test_hard_wraps_are_joined_inside_paragraphs_only():
    """The wrapped article has ten paragraphs; a sentence broken in two lines is whole again."""
    text = DOCUMENTS["000_5016c1a94fcbe2b0"].text
    assert len(text.split("\n")) == 10
    assert "“Trump is open to it if it comes to that,”" in text
    assert "regions—Donetsk, Lugansk, Zaporizhzhia, and Kherson—alongside" in text
    assert "  " not in text


@pytest.mark.parametrize(
    ("doc_id", "title", "publisher", "published"),
    [
        ("000_5016c1a94fcbe2b0", "", "", "2025-06-03"),
        ("001_75393797c8825bc1", "", "", ""),
        ("002_26941f31262b2c1a", "", "SBS News", ""),
        ("003_7060f00c363a23ee", "Russia-Ukraine ends 2nd round of ceasefire talks", "", "2025-06-03T08:08"),
        (
            "004_cf94bc654ff6c87c",
            "Trump and Putin hold direct talks on Ukraine ceasefire in Alaska summit",
            "Reuters",
            "",
        ),
    ],
)
def test_metadata_is_what_the_text_shows(doc_id, title, publisher, published):
    """Headline, outlet and date come from the text, and are in the raw file."""
    document = DOCUMENTS[doc_id]
    assert (document.title, document.publisher, document.published) == (title, publisher, published)
    assert title in raw_of(doc_id)
    assert publisher in raw_of(doc_id)
    assert title == "" or title not in document.text


def test_one_event_for_the_talks_of_one_day():
    """The two reports on 2 June 2025 share an event, and no other article does."""
    same = [d.doc_id for d in DOCUMENTS.values() if d.event == SECOND_ROUND]
    assert same == ["000_5016c1a94fcbe2b0", "003_7060f00c363a23ee"]
    assert len({d.event for d in DOCUMENTS.values()}) == 4
