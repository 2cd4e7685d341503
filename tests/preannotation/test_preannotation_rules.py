"""Rules of pre-annotation: what cannot work is named before any text is read; what words are worth."""

import pytest

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.preannotation.rules import date_fields, fill, number, read_rules

NUMBERS = {"two": "2", "million": "1000000", "billion": "1000000000", "inf": "Infinity"}
HEAD = 'annotator = "rules"\n'
PATTERN = '[[rule]]\nname = "r"\nkind = "pattern"\nreason = "x"\n'


def faults_of(corpus, text):
    corpus.preannotation.write_text(text, encoding="utf-8")
    with pytest.raises(DataFaults) as found:
        read_rules(Corpus(corpus))
    assert {fault.code for fault in found.value.faults} == {"preannotation-malformed"}
    return " / ".join(f"{fault.place}: {fault.message}" for fault in found.value.faults)


BAD = {
    "not TOML": ("[[rule", "preannotation.toml"),
    "unknown setting": (HEAD + "colour = 1", "colour"),
    "annotator": ('annotator = "ada"', "no 'ada' of kind rules"),
    "apart": (HEAD + 'apart = [["SHIP", "BOAT"]]', "no span label 'BOAT'"),
    "ambiguous": (HEAD + '[ambiguous]\nX = "nobody"', "no entity 'nobody'"),
    "label": (HEAD + PATTERN + 'label = "BOAT"\npatterns = [[{ORTH = "x"}]]', "no span label 'BOAT'"),
    "no label": (HEAD + PATTERN + 'patterns = [[{ORTH = "x"}]]', "needs label"),
    "no reason": (
        HEAD + '[[rule]]\nname = "r"\nkind = "regex"\nreason = ""\nlabel = "SHIP"\nregex = "x"',
        "has a reason",
    ),
    "too much": (
        HEAD + PATTERN + 'label = "CREW"\nregex = "x"\npatterns = [[{ORTH = "x"}]]',
        "of kind pattern has no regex",
    ),
    "attribute": (
        HEAD + PATTERN + 'label = "CREW"\nattributes = {naming = "name"}\npatterns = [[{ORTH = "x"}]]',
        "CREW has no attribute 'naming'",
    ),
    "value": (
        HEAD + PATTERN + 'label = "SHIP"\nattributes = {naming = "nickname"}\npatterns = [[{ORTH = "x"}]]',
        "no value 'nickname'",
    ),
    "entity": (
        HEAD + PATTERN + 'label = "SHIP"\nattributes = {entity = "nobody"}\npatterns = [[{ORTH = "x"}]]',
        "no entity 'nobody'",
    ),
    "group": (
        HEAD + PATTERN + 'label = "WHEN"\nattributes = {value = "{year}"}\npatterns = [[{ORTH = "x"}]]',
        "no group 'year'",
    ),
    "template": (
        HEAD + PATTERN + 'label = "WHEN"\nattributes = {value = "{"}\npatterns = [[{ORTH = "x"}]]',
        "no template '{'",
    ),
    "table": (
        HEAD + PATTERN + 'label = "CREW"\npatterns = [[{LOWER = {IN = "@nouns"}}]]',
        "no table words.nouns",
    ),
    "token": (HEAD + PATTERN + 'label = "CREW"\npatterns = [[{SHOUTED = true}]]', "no token pattern"),
    "context": (
        HEAD + PATTERN + 'label = "CREW"\npatterns = [[{ORTH = "x", context = true}]]',
        "a token that is not context",
    ),
    "regex": (
        HEAD + '[[rule]]\nname = "r"\nkind = "regex"\nreason = "x"\nlabel = "CREW"\nregex = "("',
        "not a regular expression",
    ),
    "no entities": (
        HEAD + '[[rule]]\nname = "r"\nkind = "entity"\nreason = "x"\nlabels = ["WHEN"]',
        "no attribute of kind entity",
    ),
    "two without a bound": (
        HEAD + PATTERN + 'label = "CREW"\npatterns = [[{OP = "*"}, {ORTH = "x"}, {OP = "{2,}"}]]',
        "one token at most without a bound",
    ),
    "too many ways": (
        HEAD + PATTERN + 'label = "CREW"\npatterns = [[{OP = "{0,99}"}, {OP = "{100}"}]]',
        "multiply to 10,000 at most",
    ),
    "a bound too high": (
        HEAD + PATTERN + 'label = "CREW"\npatterns = [[{OP = "{100000000}"}]]',
        "multiply to 10,000 at most",
    ),
    "twice": (HEAD + (PATTERN + 'label = "CREW"\npatterns = [[{ORTH = "x"}]]\n') * 2, "given 2 times"),
    "relation": (
        HEAD + '[[link]]\nrelation = "owns"\nhead = "SHIP"\ntail = ["FIRM"]\nreason = "x"',
        "no relation 'owns'",
    ),
    "domain": (
        HEAD + '[[link]]\nrelation = "source"\nhead = "SHIP"\ntail = ["WHEN"]\nreason = "x"',
        "it does not leave 'SHIP' / annotation/preannotation.toml > link(source): it does not reach 'WHEN'",
    ),
    "via": (
        HEAD + '[[link]]\nrelation = "source"\nhead = "SAYING"\ntail = ["FIRM"]\nvia = "x"\nreason = "x"',
        "no relation 'x'",
    ),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD.keys())
def test_a_rule_that_cannot_work_is_named(harbour, text, said):
    """With its place in the file."""
    assert said in faults_of(harbour, text)


def test_the_rules_of_both_corpora_work(harbour, parley_corpus):
    """Each against its own ontology."""
    assert read_rules(Corpus(harbour)).rule
    assert read_rules(Corpus(parley_corpus)).rule


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["1,000"], "1000"),
        (["1000"], "1000"),
        (["Two"], "2"),
        (["7", "billion"], "7000000000"),
        (["1.2", "million"], "1200000"),
        (["1.50"], "1.5"),
        (["first"], None),
        ([], None),
        (["inf"], None),
    ],
)
def test_numbers_are_written_out(words, expected):
    """Digits without separators, magnitudes multiplied; what is not a number is none."""
    assert number(words, NUMBERS) == expected


@pytest.mark.parametrize(
    ("weekday", "expected"),
    [("2", "2025-06-03"), ("1", "2025-06-02"), ("7", "2025-06-01"), ("3", "2025-05-28")],
)
def test_a_weekday_is_the_last_one_up_to_publication(weekday, expected):
    """The day of publication itself counts."""
    assert date_fields("2025-06-03T08:08", {"weekday": weekday})["past_weekday"] == expected


@pytest.mark.parametrize(
    ("published", "month", "expected"),
    [
        ("2025-06-03", "5", "2025-05"),
        ("2025-06-03", "9", "2025-09"),
        ("2025-01-10", "12", "2024-12"),
        ("2025-12-10", "1", "2026-01"),
    ],
)
def test_a_month_is_the_nearest_one(published, month, expected):
    """Over the turn of the year too."""
    assert date_fields(published, {"month": month})["near_month"] == expected


def test_weeks_are_those_of_iso_8601():
    """The first days of a year may lie in the last week of the year before."""
    fields = date_fields("2027-01-01", {})
    assert (fields["this_week"], fields["last_week"]) == ("2026-W53", "2026-W52")
    assert (fields["last_day"], fields["next_day"], fields["this_month"]) == (
        "2026-12-31",
        "2027-01-02",
        "2027-01",
    )


def test_without_a_date_nothing_is_resolved():
    """No clock is used instead."""
    assert date_fields("", {"weekday": "1", "month": "5"}) == {}


def test_a_template_is_filled_or_not_at_all():
    """An unknown field leaves no half-filled value."""
    assert fill("{year}-{month:0>2}", {"year": "2025", "month": "6"}) == "2025-06"
    assert fill("{year}-{month}", {"year": "2025"}) is None
