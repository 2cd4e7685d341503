"""What annotators say of the whole article is compared, decided and in gold as a label is."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from drawn_layers import document

from made_up_schemes import WHOLE
from parley.adjudication.compare import about, compare
from parley.adjudication.decision_files import decided as decided_by_file
from parley.adjudication.disagreements import Words
from parley.adjudication.gold import account, gold_layer
from parley.adjudication.ledger import decode_ledger, encode_ledger
from parley.adjudication.settled import open_items
from parley.adjudication.studio.annotation import read_submission
from parley.adjudication.studio.project import ProjectTask
from parley.adjudication.studio.screen import DOCUMENT_VERDICT, Proposal, result, rows
from parley.adjudication.studio.submission import decided as decided_on_screen
from parley.adjudication.validity import valid_decisions
from parley.adjudication.written_decisions import decode_decisions
from parley.faults import DataFaults
from parley.label_studio.export.regions import Annotation, Region
from parley.model.labels import DOCUMENT_ID, DocumentLabel, Layer, make_span, sha256_text

TEXT = "Umerov spoke. Fidan listened."
NAME = make_span(TEXT, "NAME", 0, 6)
GENRE = {"genre": "news"}


def layer(who: str, said: dict[str, str] | None = None, text: str = TEXT) -> Layer:
    label = DocumentLabel(said) if said else None
    return Layer("d", sha256_text(text), who, WHOLE.revision, "", None, (NAME,), (), label)


def by_file(layers, entry: dict[str, Any], ledger=()):
    """Return the ledger's rows of a decision on the one place that is open, and the gold they give."""
    valid = valid_decisions(compare(layers, WHOLE), ledger, WHOLE, TEXT)
    items = {item.id: entry for item in open_items(valid)}
    data = json.dumps({"doc_id": "d", "items": items}).encode()
    (written,) = decode_decisions(data, "d.json")
    made, _ = decided_by_file(written, valid, document(TEXT), "lead")
    return made, gold_layer(made, layers[0], "lead").document


def on_screen(layers, verdict: str = "", **said: object):
    """Return the gold of a submission: what was proposed, with values of the whole article changed."""
    proposal = Proposal(compare(layers, WHOLE))
    made = result(proposal, Words(proposal.comparison), WHOLE)
    there = [r for r in made if r.get("from_name", "").removesuffix("-document") not in said]
    for name, value in said.items():
        if value is not None:
            kind = "textarea" if name == "thesis" else "choices"
            shared = {"id": name, "from_name": f"{name}-document", "to_name": "text", "type": kind}
            there.append({**shared, "value": {"text" if kind == "textarea" else kind: [value]}})
    if verdict:
        there.append(
            {"id": "v", "from_name": DOCUMENT_VERDICT, "type": "choices", "value": {"choices": [verdict]}}
        )
    data = {"text": TEXT, "doc_id": "d", "text_sha256": sha256_text(TEXT), "annotator": "lead"}
    task = msgspec.convert({"id": 1, "data": data, "annotations": []}, ProjectTask)
    annotation = Annotation(2, msgspec.convert(there, list[Region]), updated_at="2026-01-01T00:00:00Z")
    submission, _ = read_submission(task, annotation, WHOLE)
    made = decided_on_screen(proposal, submission, "lead", WHOLE)
    assert list(account(made, layers, document(TEXT))) == []
    return gold_layer(made, layers[0], "lead").document


def test_what_all_say_is_agreed():
    """Gold says whose it is; nothing is to be decided."""
    layers = [layer("ada", GENRE), layer("bo", GENRE)]
    made, gold = by_file(layers, {})
    assert gold == DocumentLabel(GENRE, ("ada", "bo"), "agreed")
    assert list(account(made, layers, document(TEXT))) == []
    assert decode_ledger(encode_ledger(made)) == sorted(made, key=lambda row: (row.kind != "document", row))
    assert on_screen(layers) == gold


def test_of_nothing_said_there_is_nothing_in_gold():
    """Nor is there a row in the ledger."""
    made, gold = by_file([layer("ada"), layer("bo")], {})
    assert gold is None
    assert [row.label_id for row in made] == ["", NAME.id]


@pytest.mark.parametrize(
    ("others", "what"), [({"genre": "opinion", "thesis": "x"}, "attribute"), (None, "missed")]
)
def test_where_annotators_differ_a_lead_decides(others, what):
    """By a file: one is kept, edited to something else, or rejected; the ledger accounts for both."""
    layers = [layer("ada", GENRE), layer("bo", others)]
    (item,) = compare(layers, WHOLE).disputed
    assert about(item) == what
    made, gold = by_file(layers, {"keep": "ada"})
    assert gold == DocumentLabel(GENRE, ("ada",), "kept", what)
    assert list(account(made, layers, document(TEXT))) == []
    assert sum(row.label_id == DOCUMENT_ID for row in made) == (2 if others else 1)
    made, gold = by_file(layers, {"edit": {"attributes": {"genre": "ticker"}}})
    assert (gold.attributes, gold.decision) == ({"genre": "ticker"}, "edited")
    made, gold = by_file(layers, {"reject": True})
    assert gold is None
    assert list(account(made, layers, document(TEXT))) == []
    with pytest.raises(DataFaults, match="decision-missing"):
        by_file(layers, {})
    with pytest.raises(DataFaults, match=r"verse.*news, opinion, ticker"):
        by_file(layers, {"edit": {"attributes": {"genre": "verse"}}})


def test_a_decision_holds_until_somebody_says_something_else():
    """A changed layer opens what was decided on the article; another layer's span does not."""
    layers = [layer("ada", GENRE), layer("bo", {"genre": "ticker"})]
    made, _ = by_file(layers, {"keep": "bo"})
    assert not open_items(valid_decisions(compare(layers, WHOLE), made, WHOLE, TEXT))
    _, gold = by_file(layers, {}, made)
    assert gold == DocumentLabel({"genre": "ticker"}, ("bo",), "kept", "attribute")
    changed = [layers[0], layer("bo", {"genre": "opinion"})]
    (item,) = open_items(valid_decisions(compare(changed, WHOLE), made, WHOLE, TEXT))
    assert item.candidates[0].span.id == DOCUMENT_ID


def test_a_lead_decides_on_the_screen():
    """There is one set of values: to begin with what all say, then what the lead says."""
    layers = [layer("ada", {**GENRE, "talks": "yes"}), layer("bo", {"genre": "opinion", "talks": "yes"})]
    proposal = Proposal(compare(layers, WHOLE))
    offered = result(proposal, Words(proposal.comparison), WHOLE)
    assert {r["from_name"] for r in offered if "document" in r.get("from_name", "")} == {"talks-document"}
    (row,) = rows(proposal, Words(proposal.comparison), WHOLE)
    assert [one["given"]["genre-document"] for one in row["candidates"]] == [["news"], ["opinion"]]
    with pytest.raises(DataFaults, match="choose a verdict"):
        on_screen(layers)
    assert on_screen(layers, genre="news") == DocumentLabel(
        {**GENRE, "talks": "yes"}, ("ada",), "kept", "attribute"
    )
    edited = on_screen(layers, genre="ticker", talks="no")
    assert (edited.attributes, edited.decision) == ({"genre": "ticker", "talks": "no"}, "edited")
    assert on_screen(layers, "reject", genre="news") is None
    assert on_screen(layers, "keep").attributes == {"talks": "yes"}


def test_what_one_alone_says_is_not_taken_for_decided():
    """The screen begins with nothing there: neither is that kept, nor what is said rejected."""
    layers = [layer("ada", GENRE), layer("bo")]
    with pytest.raises(DataFaults, match="choose a verdict"):
        on_screen(layers)
    assert on_screen(layers, genre="news").decision == "kept"
    assert on_screen(layers, "reject") is None


def test_a_lead_adds_and_changes_what_was_agreed():
    """As with any label."""
    assert on_screen([layer("ada"), layer("bo")], genre="news") == DocumentLabel(GENRE, (), "added", "missed")
    both = [layer("ada", GENRE), layer("bo", GENRE)]
    edited = on_screen(both, genre="ticker")
    assert (edited.attributes, edited.decision) == ({"genre": "ticker"}, "edited")
    assert on_screen(both, genre=None) is None
