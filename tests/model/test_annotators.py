"""Annotators are chosen by name or by kind, in one way for every step that asks for them."""

import pytest

from parley.faults import UsageError
from parley.model.annotators import Annotator, choose_annotators

LISTED = {
    name: Annotator(name, kind, "")
    for name, kind in (("ada", "human"), ("bo", "human"), ("tagger", "model"), ("rules", "rules"))
}


def chosen(*names, **how):
    return [a.name for a in choose_annotators(LISTED, names, **how)]


def test_names_come_in_the_order_given_and_once():
    """A name given twice counts once; without names all of a kind are chosen, in file order."""
    assert chosen("tagger", "ada", "tagger") == ["tagger", "ada"]
    assert chosen() == ["ada", "bo"]
    assert chosen(kinds=("human", "model")) == ["ada", "bo", "tagger"]


def test_only_those_with_labels_are_chosen_if_asked_for():
    """Who has no labels is left out, or refused if named; nobody at all is for the caller to judge."""
    assert chosen(with_labels={"bo", "rules"}) == ["bo"]
    assert chosen(with_labels={"rules"}) == []
    with pytest.raises(UsageError, match=r"ada, tagger has no labels in annotation/labels"):
        chosen("ada", "bo", "tagger", with_labels={"bo"})


def test_strangers_are_refused_by_name():
    """The remedy lists the names there are; a corpus without anybody of the kind says so."""
    with pytest.raises(UsageError, match=r"does not list eve, mo\n.*choose from ada, bo, tagger, rules"):
        chosen("eve", "ada", "mo")
    with pytest.raises(UsageError, match="lists no human"):
        choose_annotators({"rules": LISTED["rules"]})
