"""Schemes of no corpus: for measures, for adjudication, for Label Studio, and one that is hard to hold."""

from collections.abc import Iterable
from typing import Any

import msgspec

from parley.model.ontology import Ontology

Table = dict[str, Any]


def made_up(
    name: str,
    spans: Iterable[Table],
    attributes: Iterable[Table],
    relations: Iterable[Table],
    groups: Iterable[Table] = ({"name": "g"},),
    **more: object,
) -> Ontology:
    """Return a scheme; what has no title or definition has its name there."""

    def full(tables: Iterable[Table], **usual: str) -> list[Table]:
        return [{"title": one["name"], **usual, **one} for one in tables]

    given = {
        "name": name,
        "version": "1",
        "group": full(groups),
        "span": [{"definition": one["name"], **one} for one in full(spans, group="g", color="#000000")],
        "attribute": [{"definition": one["name"], **one} for one in full(attributes)],
        "relation": [{"definition": one["name"], **one} for one in full(relations)],
    }
    return msgspec.convert(given | more, Ontology)


def values(*names: str) -> list[Table]:
    """Return legal values."""
    return [{"name": name, "definition": name} for name in names]


def between(name: str, head: Iterable[str], tail: Iterable[str], **more: object) -> Table:
    """Return a relation label."""
    return {"name": name, "head": list(head), "tail": list(tail), **more}


SMALL = made_up(
    "small",
    [{"name": name} for name in "ABC"],
    [
        {"name": "who", "labels": ["A", "B"], "kind": "entity"},
        {"name": "mood", "labels": ["A", "C"], "kind": "choice", "value": values("good", "bad")},
    ],
    [
        between("knows", "A", "AB"),
        between("sees", "AB", "AC"),
        between("same", "AB", "AB", symmetric=True, same_label=True),
    ],
)

# any relation between any two labels
FREE = made_up(
    "any",
    [{"name": name} for name in "AB"],
    [{"name": "x", "labels": ["A", "B"], "kind": "timex3"}],
    [between(name, "AB", "AB", symmetric=name == "same") for name in ("to", "on", "same")],
)

# one of everything that Label Studio's screen has
ONE_OF_EACH = made_up(
    "test",
    [
        {
            "name": "A", "title": "a", "group": "who", "color": "#0072b2",
            "definition": 'the "a" & <b>', "hotkey": "1",
        },
        {"name": "B", "title": "b", "group": "who", "color": "#e69f00"},
        {"name": "C", "title": "c", "group": "what", "color": "#009e73", "hotkey": "3"},
    ],
    [
        {"name": "ref", "title": "Which", "labels": ["A", "B"], "kind": "entity", "required": True},
        {"name": "what", "title": "What", "labels": ["C"], "kind": "entity", "types": ["A", "B"]},
        {
            "name": "level", "title": "Level", "labels": ["A", "B"], "kind": "choice", "required": True,
            "value": [{"name": "X", "definition": "x", "hotkey": "q"}, {"name": "Y", "definition": "y"}],
        },
        {"name": "when", "title": "When", "labels": ["C"], "kind": "timex3"},
        {
            "name": "size", "title": "Size", "labels": ["B"], "kind": "quantity",
            "required_when": {"level": ["Y"]},
        },
    ],
    [
        between("r", "A", "BC", color="#123456"),
        between("q", "ABC", "ABC"),
        between("same", "ABC", "ABC", symmetric=True),
    ],
    [{"name": "who", "title": "Who"}, {"name": "what", "title": "What"}, {"name": "none", "title": "-"}],
)  # fmt: skip

# names that formats have other uses for, and spans inside words
HARD = made_up(
    "hard",
    [
        {"name": "SHIP", "title": "Ship | vessel", "group": "things", "color": "#004466"},
        {"name": "PORT-x.1", "title": "Port", "group": "things", "color": "#ffee88"},
        {"name": "ACT", "title": "Act", "group": "acts", "color": "#663300"},
    ],
    [
        {
            "name": "level",
            "labels": ["SHIP", "PORT-x.1"],
            "kind": "choice",
            "value": values("NAM", "with blanks"),
        },
        {"name": "entity", "labels": ["SHIP", "PORT-x.1"], "kind": "entity"},
        {"name": "members", "labels": ["ACT"], "kind": "entity", "types": ["SHIP"], "several": True},
        {"name": "when", "labels": ["ACT"], "kind": "timex3"},
        {"name": "how_much", "labels": ["ACT"], "kind": "quantity"},
        {"name": "note", "labels": ["SHIP", "PORT-x.1", "ACT"], "kind": "text"},
        {"name": "sure", "labels": ["SHIP"], "kind": "number"},
    ],
    [
        between("by", ["ACT"], ["SHIP", "PORT-x.1"], color="#112233"),
        between("same", ["SHIP", "PORT-x.1"], ["SHIP", "PORT-x.1"], symmetric=True, same_label=True),
    ],
    groups=[{"name": "things"}, {"name": "acts", "title": "Acts | and more"}],
    inside_words=True,
)

# what can be said of a whole article, and hardly anything of its words
WHOLE = made_up(
    "whole",
    [{"name": "NAME", "title": "Name", "color": "#0542FC", "definition": "A name.", "hotkey": "1"}],
    [{"name": "level", "labels": ["NAME"], "kind": "choice", "value": values("full", "short")}],
    [between("knows", ["NAME"], ["NAME"])],
    document=[
        {
            "name": "genre", "title": "Genre", "kind": "choice", "required": True,
            "definition": "What kind of text it is.",
            "value": [
                {"name": "news", "definition": "It tells what happened.", "hotkey": "n"},
                {"name": "opinion", "definition": "It says what its author thinks."},
                {"name": "ticker", "definition": "Many short entries, each with a time."},
            ],
        },
        {
            "name": "talks", "title": "About the talks?", "kind": "choice",
            "definition": "Whether it is about the talks.", "value": values("yes", "no"),
        },
        {
            "name": "thesis", "title": "Thesis", "kind": "text", "definition": "What its author holds.",
            "required_when": {"genre": ["opinion"]},
        },
        {"name": "parties", "title": "Parties", "kind": "number", "definition": "How many parties talk."},
        {"name": "day", "title": "Day", "kind": "timex3", "definition": "The day it is about."},
    ],
)  # fmt: skip

# what may be said of an article of harbour, to be added to its ontology.toml; and two such sayings
OF_ARTICLES = """
[[document]]
name = "genre"
title = "Genre"
kind = "choice"
required = true
definition = "What kind of text it is."
  [[document.value]]
  name = "news"
  definition = "It tells what happened."
  [[document.value]]
  name = "opinion"
  definition = "It says what its author thinks."
[[document]]
name = "thesis"
title = "Thesis"
kind = "text"
definition = "What its author holds."
required_when = { genre = ["opinion"] }
[[document]]
name = "vessels"
title = "Vessels"
kind = "number"
definition = "How many ships it is about."
"""
NEWS, OPINION = {"genre": "news", "vessels": "2"}, {"genre": "opinion", "thesis": "Tugs are slow."}
