"""What a lead does on the screen, as decisions: the harbour's storm, without a server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from adjudication_layers import spans_of
from label_studio_sdk.label_interface import LabelInterface

from parley.adjudication.compare import Adjudication, open_adjudication
from parley.adjudication.disagreements import Words
from parley.adjudication.gold import gold_layer
from parley.adjudication.studio.annotation import read_submission
from parley.adjudication.studio.project import ProjectTask
from parley.adjudication.studio.screen import (
    REASON,
    VERDICT,
    Proposal,
    adjudication_config,
    in_turn,
    lead_instruction,
    result,
    rows,
)
from parley.adjudication.studio.submission import decided
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.label_studio.screen import instruction, label_config
from parley.model.labels import Layer
from parley.model.paths import CorpusPaths

DOC = "h4_storm"
TUG, TIDE = "SHIP-292-295", "WHEN-247-256"
LONG, SHORT = "CREW-182-214", "CREW-182-196"


class Screen:
    """The regions of the proposal, and hands to change them."""

    def __init__(self, adjudication: Adjudication, doc_id: str = DOC) -> None:
        self.adjudication, self.doc_id = adjudication, doc_id
        self.proposal = Proposal(adjudication.comparisons[doc_id])
        self.regions = result(self.proposal, Words(self.proposal.comparison), adjudication.corpus.ontology)

    def region(self, span_id: str, who: str = "") -> str:
        """Return the region of a span; if it is offered twice, that of an annotator."""
        return next(
            r
            for r, p in self.proposal.spans.items()
            if p.candidate.span.id == span_id and (not who or p.candidate.who == (who,))
        )

    def say(self, region: str, control: str, value: str) -> None:
        place = next(r["value"] for r in self.regions if r.get("id") == region)
        value_ = {"start": place["start"], "end": place["end"], "choices": [value]}
        self.regions.append({"id": region, "from_name": control, "type": "choices", "value": value_})

    def keep(self, span_id: str, who: str = "") -> None:
        self.say(self.region(span_id, who), VERDICT, "keep")

    def reject(self, span_id: str, who: str = "") -> None:
        self.say(self.region(span_id, who), VERDICT, "reject")

    def delete(self, region: str) -> None:
        """Delete a region as the screen does: with the arrows on it."""
        self.regions = [
            r for r in self.regions if region not in (r.get("id"), r.get("from_id"), r.get("to_id"))
        ]

    def move(self, region: str, start: int, end: int) -> None:
        text = self.adjudication.corpus.documents[self.doc_id].text
        for r in self.regions:
            if r.get("id") == region:
                r["value"] |= {"start": start, "end": end}
                if isinstance(r["value"].get("text"), str):
                    r["value"]["text"] = text[start:end]

    def draw(self, region: str, label: str, start: int, end: int) -> None:
        value = {
            "start": start,
            "end": end,
            "text": self.adjudication.corpus.documents[self.doc_id].text[start:end],
            "labels": [label],
        }
        self.regions.append({"id": region, "from_name": "label", "type": "labels", "value": value})

    def arrows(self, label: str) -> list[dict[str, Any]]:
        return [r for r in self.regions if r["type"] == "relation" and label in r["labels"]]

    def open_arrow(self) -> dict[str, Any]:
        """Return the arrow that bo alone drew."""
        return next(r for r in self.arrows("involves") if r["from_id"] == "INCIDENT-28-33")

    def arrow(self, labels: list[str] | None, direction: str = "right") -> None:
        """Draw an arrow between two agreed spans that nobody tied."""
        ends = {"from_id": "SAYING-98-171", "to_id": "SHIP-62-67", "type": "relation"}
        self.regions.append(ends | {"direction": direction} | ({"labels": labels} if labels else {}))

    def unmark(self, label: str) -> None:
        """Take the mark off the arrows of a label."""
        for arrow in self.arrows(label):
            arrow["labels"] = [x for x in arrow["labels"] if not x.startswith("? ")]

    def settle(self) -> None:
        """Decide everything: ada's cause, bo's boundary, the tide and the involved ship; not the tug."""
        self.keep("INCIDENT-102-111", "ada")
        self.keep(SHORT)
        self.keep(TIDE)
        self.reject(TUG)
        self.unmark("involves")

    def submit(self) -> Layer:
        document = self.adjudication.corpus.documents[self.doc_id]
        data = {"text": document.text, "doc_id": self.doc_id, "text_sha256": document.text_sha256}
        annotation = {"id": 1, "result": self.regions}
        task = msgspec.convert({"id": 1, "data": data, "annotations": [annotation]}, ProjectTask)
        submission, _ = read_submission(task, task.annotations[0], self.adjudication.corpus.ontology)
        self.rows = decided(self.proposal, submission, "cy", self.adjudication.corpus.ontology)
        return gold_layer(self.rows, self.adjudication.layers[self.doc_id]["ada"], "cy")


@pytest.fixture
def screen(harbour: CorpusPaths) -> Screen:
    return Screen(open_adjudication(Corpus(harbour)))


def test_both_judges_accept_screen_and_proposals(harbour: CorpusPaths) -> None:
    """Every proposal fits the config, in the open and hidden."""
    adjudication = open_adjudication(Corpus(harbour))
    for seed in ("", "x"):
        words = {i: Words(c, seed) for i, c in adjudication.comparisons.items()}
        every = sorted({n for one in words.values() for n in one.shown.values()})
        config = adjudication_config(adjudication.corpus.ontology, adjudication.corpus.entities, every)
        interface = LabelInterface(config)
        interface.validate()
        for doc_id, comparison in adjudication.comparisons.items():
            made = result(Proposal(comparison), words[doc_id], adjudication.corpus.ontology)
            assert (
                interface.validate_prediction({"result": made, "model_version": "x"}, return_errors=True)
                == []
            )
            assert ("ada" in words[doc_id].lines(comparison.disputed)) == (not seed)


def test_the_instructions_begin_with_adjudicating(parley_corpus: CorpusPaths) -> None:
    """The section is first and unfolded, all others are there once, and what is opened is closed."""
    plain, html = instruction(parley_corpus), lead_instruction(parley_corpus)
    assert re.findall(r"<h2[^>]*>.*?</h2>", html)[0] == '<h2 id="adjudicating">Adjudicating</h2>'
    assert sorted(re.findall("<h[1-6].*?>.*?<", html)) == sorted(re.findall("<h[1-6].*?>.*?<", plain))
    assert html.count("<details>") == html.count("</details>") == plain.count("<details>") - 1


def test_what_an_annotator_lacks_does_not_stop_the_lead(harbour: CorpusPaths) -> None:
    """No control is required: a rival that is rejected may lack a value."""
    corpus = Corpus(harbour)
    assert 'required="' in label_config(corpus.ontology, corpus.entities)
    assert 'required="' not in adjudication_config(corpus.ontology, corpus.entities, ["ada", "bo"])


def test_rows_are_in_turn_and_name_what_else_is_legal(screen: Screen) -> None:
    """Down the text, spans before the arrows on them; each key is the same annotator's; no name is twice."""
    comparison, ontology = screen.proposal.comparison, screen.adjudication.corpus.ontology
    listed = rows(screen.proposal, Words(comparison), ontology)
    assert [row["id"] for row in listed] == [item.id for item in in_turn(comparison)]
    place = {row["id"]: number for number, row in enumerate(listed)}
    for number, row in enumerate(listed):
        assert [c["who"] for c in row["candidates"]] == sorted(c["who"] for c in row["candidates"])
        if "others" in row:
            (first, *_), names = row["candidates"], [name for name, turned in row["others"] if not turned]
            assert all(place[end] < number for end in first["places"] if end in place)
            ends = first["head"][0], first["tail"][0]
            fits = (r for r in ontology.relations if ends[0] in r.head and ends[1] in r.tail)
            legal = {r.name for r in fits if not r.same_label or ends[0] == ends[1]}
            assert {*names, first["label"]} == legal


def test_a_decided_screen_becomes_gold(screen: Screen) -> None:
    """Verdicts and taken-off marks decide; relations drawn from a rejected rival go on from the kept one."""
    screen.settle()
    made = screen.submit()
    spans = {s.id: (s.sources, s.decision, s.reason) for s in made.spans if s.decision != "agreed"}
    assert spans == {
        "INCIDENT-102-111": (("ada",), "kept", "attribute"),
        SHORT: (("bo",), "kept", "boundary"),
        TIDE: (("bo",), "kept", "missed"),
    }
    relations = {r.id: (r.sources, r.decision) for r in made.relations}
    assert relations[f"SAYING-98-171.source.{SHORT}"] == (("ada", "bo"), "agreed")
    assert relations["INCIDENT-28-33.involves.SHIP-54-61"] == (("bo",), "kept")
    assert len(relations) == 16
    rejected = {(r.label_id, r.sources, r.reason) for r in screen.rows if r.decision == "rejected"}
    assert rejected == {
        ("INCIDENT-102-111", "bo", "attribute"),
        (LONG, "ada", "boundary"),
        (TUG, "ada", "missed"),
        (f"{TUG}.belongs_to.FIRM-268-284", "ada", "endpoint"),
    }


def test_a_dragged_boundary_is_an_edit_and_its_relations_survive(screen: Screen) -> None:
    """The region keeps its arrows; what it says now is edited from the one it was."""
    screen.settle()
    region = screen.region(SHORT)
    screen.move(region, 182, 199)
    screen.say(region, REASON, "guideline")
    made = screen.submit()
    crew = spans_of(made)["CREW-182-199"]
    assert (crew.sources, crew.decision, crew.reason) == (("bo",), "edited", "guideline")
    assert {r.decision for r in made.relations if "CREW-182-199" in r.id} == {"agreed"}
    assert next(r.reason for r in screen.rows if r.label_id == LONG) == "boundary"


@pytest.mark.parametrize("span_id", [LONG, SHORT])
def test_a_deleted_rival_leaves_the_other(screen: Screen, span_id: str) -> None:
    """Deleting one of two is a decision for the other, and costs no relation both had."""
    screen.settle()
    other = SHORT if span_id == LONG else LONG
    screen.regions = [r for r in screen.regions if r.get("from_name") != VERDICT or SHORT not in r["id"]]
    screen.delete(screen.region(span_id))
    made = screen.submit()
    assert spans_of(made)[other].decision == "kept"
    assert {r.decision for r in made.relations if other in r.id} == {"agreed"}
    assert len([r for r in made.relations if other in r.id]) == 3


@pytest.mark.parametrize("arrows", [False, True])
def test_a_place_drawn_anew_is_an_edit_of_what_stood_there(screen: Screen, arrows: bool) -> None:
    """Both rivals deleted and a new region in their place: edited from both, agreed relations follow.

    They need not be drawn anew, and may be.
    """
    screen.settle()
    for span_id in (LONG, SHORT):
        screen.delete(screen.region(span_id))
    screen.draw("new", "CREW", 178, 199)
    if arrows:
        ends = {"from_id": "SAYING-98-171", "to_id": "new", "type": "relation"}
        screen.regions.append(ends | {"direction": "right", "labels": ["source"]})
    made = screen.submit()
    crew = spans_of(made)["CREW-178-199"]
    assert (crew.sources, crew.decision, crew.reason) == (("ada", "bo"), "edited", "boundary")
    relations = {r.id: (r.sources, r.decision) for r in made.relations if crew.id in r.id}
    assert len(relations) == 3
    assert relations[f"SAYING-98-171.source.{crew.id}"] == (("ada", "bo"), "agreed")


def test_of_two_spans_in_one_place_one_alone_may_have_a_relation(screen: Screen) -> None:
    """The arrow of the other was taken away; if both are left, each has the relation."""
    screen.settle()
    screen.keep(LONG)
    gone = next(r for r in screen.arrows("source") if r["to_id"] == screen.region(LONG))
    screen.regions.remove(gone)
    relations = {r.id: (r.sources, r.decision, r.reason) for r in screen.submit().relations}
    assert relations[f"SAYING-98-171.source.{SHORT}"] == (("ada", "bo"), "edited", "endpoint")
    assert f"SAYING-98-171.source.{LONG}" not in relations
    assert relations[f"{SHORT}.belongs_to.PORT-203-214"][:2] == (("bo",), "kept")
    assert relations[f"{LONG}.belongs_to.PORT-203-214"][:2] == (("ada",), "kept")


@pytest.mark.parametrize("instead", [False, True])
def test_an_arrow_of_the_other_span_in_a_place_is_a_relation_of_its_own(
    harbour: CorpusPaths, instead: bool
) -> None:
    """Beside the one that was offered it is added, in its stead the one offered is edited to it."""
    screen = Screen(open_adjudication(Corpus(harbour)), "h3_explosion")
    for span_id, who in (("CREW-188-202", "ada"), ("CREW-188-197", "bo"), ("CARGO-230-235", "ada")):
        screen.keep(span_id, who)
    screen.arrows("leads_to")[0]["labels"] = ["leads_to"]
    screen.unmark("belongs_to")
    (of_ada,) = screen.arrows("belongs_to")
    if instead:
        screen.regions.remove(of_ada)
    screen.regions.append(of_ada | {"from_id": screen.region("CREW-188-197")})
    made = {r.id: (r.sources, r.decision) for r in screen.submit().relations if r.label == "belongs_to"}
    if instead:
        assert made == {"CREW-188-197.belongs_to.FIRM-167-173": (("ada",), "edited")}
    else:
        assert made == {
            "CREW-188-202.belongs_to.FIRM-167-173": (("ada",), "kept"),
            "CREW-188-197.belongs_to.FIRM-167-173": ((), "added"),
        }


def test_agreed_labels_can_be_overruled(screen: Screen) -> None:
    """A deleted agreed span is rejected with its relations, a relabelled one edited, an arrow taken away."""
    screen.settle()
    screen.delete("SPEECH-262-266")
    for region in screen.regions:
        if region.get("id") == "SHIP-62-67" and region["from_name"] == "label":
            region["value"]["labels"] = ["PORT"]
    gone = {("SHIP-62-67", "entity-SHIP")}  # the screen drops what another label does not have
    screen.regions = [r for r in screen.regions if (r.get("id"), r.get("from_name")) not in gone]
    screen.regions.remove(next(r for r in screen.regions if r.get("from_id") == "SHIP-62-67"))
    screen.regions.remove(screen.arrows("measure")[0])
    made = screen.submit()
    assert "SPEECH-262-266" not in spans_of(made)
    port = spans_of(made)["PORT-62-67"]
    assert (port.sources, port.decision, port.reason) == (("ada", "bo"), "edited", "type")
    rejected = {
        (r.label_id, r.reason) for r in screen.rows if r.decision == "rejected" and r.kind == "relation"
    }
    assert rejected == {
        ("SHIP-62-67.same.SHIP-54-61", "guideline"),
        ("SAYING-218-256.verb.SPEECH-262-266", "endpoint"),
        ("CARGO-145-151.measure.AMOUNT-132-141", "guideline"),
        (f"{TUG}.belongs_to.FIRM-268-284", "endpoint"),
    }


def test_new_spans_and_arrows_are_added_and_turned_ones_edited(screen: Screen) -> None:
    """What nobody had is added; another label on a disputed arrow is an edit of it."""
    screen.settle()
    screen.open_arrow()["labels"] = ["same"]
    screen.draw("tank", "CARGO", 122, 126)
    incident = screen.region(
        "INCIDENT-102-111", "bo"
    )  # a rival that was not kept: the arrow goes to the other
    new = {"type": "relation", "direction": "left", "labels": ["involves"]}
    screen.regions.append({"from_id": "tank", "to_id": incident, **new})
    made = screen.submit()
    added = spans_of(made)["CARGO-122-126"]
    assert (added.sources, added.decision, added.reason) == ((), "added", "missed")
    relations = {r.id: (r.sources, r.decision, r.reason) for r in made.relations}
    assert relations["INCIDENT-102-111.involves.CARGO-122-126"] == ((), "added", "missed")
    assert relations["SHIP-54-61.same.INCIDENT-28-33"] == (("bo",), "edited", "type")


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda s: s.settle() or undo(s, TIDE), "decision-missing", TIDE),
        (lambda s: s.settle() or undo(s, SHORT), "decision-missing", f"{LONG} “harbour master"),
        (
            lambda s: [s.settle(), s.arrows("involves")[0]["labels"].append("? bo")],
            "decision-missing",
            "involves",
        ),
        (lambda s: [s.settle(), s.open_arrow().update(labels=["? bo"])], "decision-missing", "involves"),
        (lambda s: [s.settle(), s.open_arrow().update(labels=[])], "relation-label", "no label"),
        (lambda s: [s.settle(), s.open_arrow().pop("labels")], "relation-label", "no label"),
        (lambda s: [s.settle(), s.arrow(None)], "relation-label", "SAYING-98-171 → SHIP-62-67"),
        (lambda s: [s.settle(), s.arrow(["? bo"])], "relation-label", "SAYING-98-171 → SHIP-62-67"),
        (lambda s: [s.settle(), s.open_arrow().update(direction="bi")], "studio-direction", "'bi'"),
        (lambda s: [s.settle(), s.arrows("measure")[0].update(direction="bi")], "studio-direction", "'bi'"),
        (lambda s: [s.settle(), s.arrow(["source"], "bi")], "studio-direction", "head and a tail"),
        (lambda s: s.settle() or s.keep("INCIDENT-102-111", "bo"), "span-duplicate", "twice"),
        (lambda s: [s.settle(), s.draw("new", "SHIP", 222, 226)], "span-duplicate", "twice"),
        (lambda s: [s.settle(), s.draw("new", "BOAT", 222, 226)], "span-label", "BOAT"),
    ],
)
def test_what_is_left_open_is_named(
    screen: Screen, change: Callable[[Screen], Any], code: str, says: str
) -> None:
    """A place without a verdict, a marked arrow, one without label or direction: refused with the words."""
    change(screen)
    with pytest.raises(DataFaults) as refused:
        screen.submit()
    assert code in {f.code for f in refused.value.faults}
    assert says in str(refused.value)


def test_an_arrow_without_direction_is_read_as_the_screen_means_it(screen: Screen) -> None:
    """From the first region to the second; a symmetric relation is the same in any direction."""
    screen.settle()
    screen.open_arrow().pop("direction")
    for number, arrow in enumerate(screen.arrows("same")):
        arrow["direction"] = ("left", "right", "bi")[number % 3]
    made = screen.submit()
    assert "INCIDENT-28-33.involves.SHIP-54-61" in {r.id for r in made.relations}
    assert {r.decision for r in made.relations if r.label == "same"} == {"agreed"}


def undo(screen: Screen, span_id: str) -> None:
    screen.regions = [
        r for r in screen.regions if r.get("from_name") != VERDICT or not r["id"].startswith(span_id)
    ]


def test_an_untouched_screen_is_undecided_throughout(screen: Screen) -> None:
    """Submitting without a look decides nothing: all four places are named."""
    with pytest.raises(DataFaults) as refused:
        screen.submit()
    assert [f.code for f in refused.value.faults] == ["decision-missing"] * 4


def test_an_edit_that_arrives_at_a_rival_keeps_that_rival(screen: Screen) -> None:
    """Whichever region the lead changed to it, and whether the rival itself is rejected or left alone."""
    screen.settle()
    screen.regions = [r for r in screen.regions if r.get("from_name") != VERDICT or "CREW" not in r["id"]]
    screen.move(screen.region(LONG), 182, 196)
    screen.reject(SHORT)
    made = screen.submit()
    kept = next(s for s in made.spans if s.id == SHORT)
    assert (kept.sources, kept.decision, kept.reason) == (("bo",), "kept", "boundary")
    ledger = {
        row.label_id: row.decision
        for row in screen.rows
        if row.kind == "span" and row.item.startswith("s182")
    }
    assert ledger == {SHORT: "kept", LONG: "rejected"}


def test_nothing_is_wrong_with_what_is_rejected(screen: Screen) -> None:
    """A rival without a label, and an arrow on it without a name, are not faults if the rival is rejected."""
    screen.settle()
    tug = screen.region(TUG)
    for region in screen.regions:
        if region.get("id") == tug and region["from_name"] == "label":
            region["value"]["labels"] = []
    ends = {"from_id": "INCIDENT-28-33", "to_id": tug, "type": "relation", "direction": "right", "labels": []}
    screen.regions.append(ends)
    assert TUG not in spans_of(screen.submit())
