"""The rules of pre-annotation: whatever cannot work is named before any text is read."""

import pytest

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.preannotation.rules import read_rules

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
        "no regular expression",
    ),
    "no entities": (
        HEAD + '[[rule]]\nname = "r"\nkind = "entity"\nreason = "x"\nlabels = ["CREW"]',
        "no attribute of kind entity",
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
