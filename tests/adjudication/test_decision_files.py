"""Decisions written by hand on the harbour layers, whose disagreements are counted in its README."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from adjudication_layers import spans_of

from command_for_tests import call
from parley.adjudication.compare import SpanItem, about, choose_lead, compare, open_adjudication
from parley.adjudication.decision_files import decided
from parley.adjudication.disagreements import write_lists
from parley.adjudication.gold import gold_faults, gold_layer, rebuild_gold
from parley.adjudication.ledger import decode_ledger
from parley.adjudication.validity import Valid
from parley.adjudication.written_decisions import WrittenDecisions, decode_decisions
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError, check
from parley.model.batch import Batch
from parley.model.labels import (
    Layer,
    decode_layer,
    encode_layer,
    layer_path,
    make_relation,
    make_span,
    write_layer,
)
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from parley.steps.adjudicate import decide_by_files, rebuild


def items(corpus: CorpusPaths, doc_id: str) -> dict[str, str]:
    """Return the id of the one disputed item by the words of its first candidate, in short."""
    found = {}
    for item in open_adjudication(Corpus(corpus)).comparisons[doc_id].disputed:
        first = item.candidates[0]
        found[first.span.text if isinstance(item, SpanItem) else first.label] = item.id
    return found


def file(corpus: CorpusPaths, *documents: dict[str, Any]) -> Path:
    path = corpus.root / "decisions.json"
    path.write_text(json.dumps(documents[0] if len(documents) == 1 else list(documents)), encoding="utf-8")
    return path


def decide(corpus: CorpusPaths, *documents: dict[str, Any]):
    adjudication = open_adjudication(Corpus(corpus))
    done, wrong = decide_by_files(adjudication, [file(corpus, *documents)], choose_lead(adjudication))
    check(wrong)
    return done


def gold(corpus: CorpusPaths, doc_id: str) -> Layer:
    return decode_layer((corpus.gold / f"{doc_id}.json").read_bytes())


def keep_all(corpus: CorpusPaths, name: str) -> list[dict[str, Any]]:
    """Return decisions that keep what one annotator says and reject what only the other has."""
    return [
        {
            "doc_id": doc_id,
            "items": {
                i.id: {"keep": name} if any(name in c.who for c in i.candidates) else {"reject": True}
                for i in comparison.disputed
            },
        }
        for doc_id, comparison in open_adjudication(Corpus(corpus)).comparisons.items()
    ]


def test_the_disagreements_are_those_counted_by_hand(harbour: CorpusPaths) -> None:
    """Every line of the README's table is one item, under the name of what differs; nothing else is one."""
    found = {
        (doc_id, about(item), type(item).__name__, len(item.candidates))
        for doc_id, comparison in open_adjudication(Corpus(harbour)).comparisons.items()
        for item in comparison.disputed
    }
    assert found == {
        ("h0_collision", "boundary", "SpanItem", 2),
        ("h0_collision", "missed", "RelationItem", 1),
        ("h1_inquiry", "type", "SpanItem", 2),
        ("h1_inquiry", "attribute", "SpanItem", 2),
        ("h1_inquiry", "missed", "SpanItem", 1),
        ("h1_inquiry", "direction", "RelationItem", 2),
        ("h2_spill", "boundary", "SpanItem", 2),
        ("h2_spill", "missed", "SpanItem", 1),
        ("h3_explosion", "boundary", "SpanItem", 2),
        ("h3_explosion", "attribute", "SpanItem", 2),
        ("h3_explosion", "type", "RelationItem", 2),
        ("h3_explosion", "missed", "RelationItem", 1),
        ("h4_storm", "attribute", "SpanItem", 2),
        ("h4_storm", "boundary", "SpanItem", 2),
        ("h4_storm", "missed", "SpanItem", 1),
        ("h4_storm", "missed", "RelationItem", 1),
    }
    assert len(open_adjudication(Corpus(harbour)).comparisons["h4_storm"].disputed) == 6


@pytest.mark.parametrize("name", ["ada", "bo"])
def test_keeping_one_annotator_throughout_gives_that_layer(harbour: CorpusPaths, name: str) -> None:
    """Gold of ada's choices alone is ada's layer, label by label; of bo's, bo's."""
    decide(harbour, *keep_all(harbour, name))
    for doc_id in open_adjudication(Corpus(harbour)).comparisons:
        own, made = decode_layer(layer_path(harbour, name, doc_id).read_bytes()), gold(harbour, doc_id)
        assert [(s.id, s.text, s.attributes) for s in made.spans] == [
            (s.id, s.text, s.attributes) for s in own.spans
        ]
        assert [r.id for r in made.relations] == [r.id for r in own.relations]
        assert {label.decision for label in (*made.spans, *made.relations)} <= {"agreed", "kept"}
        assert made.annotator == "cy"


def storm(corpus: CorpusPaths) -> dict[str, Any]:
    at = items(corpus, "h4_storm")
    return {
        "doc_id": "h4_storm",
        "note": "first sitting",
        "items": {
            at["grounding"]: {
                "edit": {"of": "ada", "attributes": {"cause": "fault"}},
                "note": "a tank broke",
            },
            at["harbour master 🇩🇰 of Cape Marrow"]: {"edit": {"quote": "harbour master 🇩🇰"}},
            at["high tide"]: {"keep": "bo"},
            at["tug"]: {"reject": True, "reason": "guideline"},
            at["involves"]: {"keep": "involves@bo"},
            "WHEN-79-95": {"edit": {"quote": "on 20 November 2031"}},
        },
        "added": [
            {"span": "CARGO", "quote": "tank", "key": "tank", "attributes": {"dangerous": "no"}},
            {"relation": "involves", "head": at["grounding"], "tail": "tank", "reason": "guideline"},
        ],
    }


def test_boundaries_attributes_and_additions(harbour: CorpusPaths) -> None:
    """Each way of deciding arrives in gold with sources, decision and reason; relations follow their ends."""
    decide(harbour, storm(harbour))
    made = gold(harbour, "h4_storm")
    spans = {s.id: (s.text, s.sources, s.decision, s.reason) for s in made.spans if s.decision != "agreed"}
    both = ("ada", "bo")
    assert spans == {
        "WHEN-76-95": ("on 20 November 2031", both, "edited", "boundary"),
        "INCIDENT-102-111": ("grounding", ("ada",), "edited", "attribute"),
        "CARGO-122-126": ("tank", (), "added", "missed"),
        "CREW-182-199": ("harbour master 🇩🇰", both, "edited", "boundary"),
        "WHEN-247-256": ("high tide", ("bo",), "kept", "missed"),
    }
    assert spans_of(made)["INCIDENT-102-111"].attributes == {"cause": "fault"}
    relations = {r.id: (r.sources, r.decision, r.reason) for r in made.relations}
    assert relations["SAYING-98-171.source.CREW-182-199"] == (both, "agreed", "")
    assert relations["CREW-182-199.belongs_to.PORT-203-214"] == (both, "agreed", "")
    assert relations["CREW-259-261.same.CREW-182-199"] == (both, "agreed", "")
    assert relations["INCIDENT-102-111.when.WHEN-76-95"] == (both, "agreed", "")
    assert relations["INCIDENT-28-33.involves.SHIP-54-61"] == (("bo",), "kept", "missed")
    assert relations["INCIDENT-102-111.involves.CARGO-122-126"] == ((), "added", "guideline")
    assert len(relations) == 17
    rejected = [
        (r.kind, r.label_id, r.sources, r.reason, r.surface)
        for r in decode_ledger(harbour.ledger.read_bytes())
        if r.decision == "rejected"
    ]
    assert rejected == [
        ("span", "INCIDENT-102-111", "bo", "attribute", "grounding"),
        ("span", "SHIP-292-295", "ada", "guideline", "tug"),
        ("relation", "SHIP-292-295.belongs_to.FIRM-268-284", "ada", "endpoint", ""),
    ]


def test_types_directions_and_relation_labels(harbour: CorpusPaths) -> None:
    """A type is chosen, a reversed relation decided, a relation edited to a third label or another end."""
    one, three = items(harbour, "h1_inquiry"), items(harbour, "h3_explosion")
    turn = {
        "doc_id": "h1_inquiry",
        "items": {
            one["port authority"]: {"keep": "PORT"},
            one["freighter"]: {"keep": "bo"},
            one["12,000 tonnes"]: {"keep": "AMOUNT-269-282"},
            one["leads_to"]: {"keep": "leads_to@ada", "note": "the collision came first"},
        },
    }
    drawn = (
        open_adjudication(Corpus(harbour))
        .comparisons["h3_explosion"]
        .relation_item[three["leads_to"]]
        .candidates[0]
    )
    blast = {
        "doc_id": "h3_explosion",
        "items": {
            next(i for words, i in three.items() if words.startswith("Ana")): {"keep": "ada"},
            three["grain"]: {"edit": {"attributes": {"dangerous": "yes", "hazard": "pollution"}}},
            three["leads_to"]: {"edit": {"of": "ada", "head": drawn.tail, "tail": drawn.head}},
            three["belongs_to"]: {"reject": True},
        },
    }
    decide(harbour, turn, blast)
    made = {r.id: r for r in gold(harbour, "h1_inquiry").relations if r.label == "leads_to"}
    kept = next(r for r in made.values() if r.decision == "kept")
    assert (kept.sources, kept.reason) == (("ada",), "direction")
    chosen = next(s for s in gold(harbour, "h1_inquiry").spans if s.reason == "type")
    assert (chosen.label, chosen.decision, chosen.sources) == ("PORT", "kept", ("ada",))
    row = next(r for r in decode_ledger(harbour.ledger.read_bytes()) if r.note)
    assert (row.kind, row.note) == ("relation", "the collision came first")
    (edited,) = (r for r in gold(harbour, "h3_explosion").relations if r.decision == "edited")
    assert (edited.label, edited.sources, edited.reason) == ("leads_to", ("ada",), "direction")
    assert (edited.head, edited.tail) == (drawn.tail, drawn.head)
    grain = next(s for s in gold(harbour, "h3_explosion").spans if s.decision == "edited")
    assert (grain.attributes["hazard"], grain.sources, grain.reason) == (
        "pollution",
        ("ada", "bo"),
        "attribute",
    )


def test_an_edit_that_arrives_at_a_candidate_keeps_it(harbour: CorpusPaths) -> None:
    """Nobody is said to have been edited who was right; the other is rejected."""
    said = storm(harbour)
    name = items(harbour, "h4_storm")["harbour master 🇩🇰 of Cape Marrow"]
    said["items"][name] = {"edit": {"quote": "harbour master"}}
    decide(harbour, said)
    rows = {r.label_id: r for r in decode_ledger(harbour.ledger.read_bytes()) if r.label == "CREW"}
    assert (rows["CREW-182-196"].decision, rows["CREW-182-196"].sources) == ("kept", "bo")
    assert (rows["CREW-182-214"].decision, rows["CREW-182-214"].reason) == ("rejected", "boundary")


def test_two_spans_of_one_place_part_their_relations(harbour: CorpusPaths) -> None:
    """If both boundaries are kept, each annotator's relation goes with the own span, and is kept."""
    said = storm(harbour)
    name = items(harbour, "h4_storm")["harbour master 🇩🇰 of Cape Marrow"]
    said["items"][name] = {"keep": ["ada", "bo"], "reason": "ambiguous"}
    decide(harbour, said)
    relations = {r.id: r for r in gold(harbour, "h4_storm").relations}
    for end, who in (("CREW-182-214", "ada"), ("CREW-182-196", "bo")):
        one = relations[f"{end}.belongs_to.PORT-203-214"]
        assert (one.sources, one.decision, one.reason) == ((who,), "kept", "ambiguous")
    assert gold_faults(Corpus(harbour)) == []


def put(words: str, entry: dict[str, Any]):
    return lambda d, at: d["items"].update({at.get(words, words): entry})


def add(new: dict[str, Any]):
    return lambda d, at: d["added"].append(new)


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda d, at: d["items"].pop(at["high tide"]), "decision-missing", "WHEN-247-256 “high tide”"),
        (lambda d, at: d["items"].pop(at["involves"]), "decision-missing", "involves"),
        (put("tug", {"keep": "cy"}), "decision-unknown", "no candidate"),
        (put("tug", {}), "decision-missing", "tug"),
        (put("tug", {"keep": "ada", "reject": True}), "decision-malformed", "`keep` or `edit`, or `reject`"),
        (put("grounding", {"keep": "INCIDENT"}), "decision-unknown", "may be"),
        (put("grounding", {"keep": ["ada", "bo"]}), "span-duplicate", "twice"),
        (put("belongs_to", {"keep": "ada"}), "relation-dangling", "rejected"),
        (put("tug", {"keep": "ada", "reason": "mised"}), "decision-unknown", "'missed'"),
        (put("tug", {"edit": {"quote": "tuk"}}), "quote-missing", "'tug'"),
        (put("tug", {"edit": {"label": "SHP"}}), "span-label", "'SHIP'"),
        (put("tug", {"edit": {"attributes": {"nameing": "name"}}}), "attribute-unknown", "'naming'"),
        (put("tug", {"edit": {"attributes": {"naming": "nam"}}}), "attribute-value", "'name'"),
        (put("grounding", {"edit": {"quote": "grounding"}}), "decision-malformed", "differ in attributes"),
        (put("INCIDENT-28-33", {"edit": {"label": "SHIP"}}), "attribute-unknown", "cause"),
        (put("PORT-12-23", {"edit": {"label": "FIRM"}}), "relation-range", "no longer fits"),
        (add({"span": "SHIP", "quote": "tug", "key": "tank"}), "decision-malformed", "key"),
        (add({"span": "SPEECH", "quote": "said"}), "decision-malformed", "2 times"),
        (add({"span": "SPEECH", "quote": "said", "paragraph": 2}), "span-duplicate", "twice"),
        (add({"span": "WHEN", "quote": "x", "paragraph": 9}), "decision-unknown", "paragraph 9"),
        (add({"relation": "involves", "head": "tan", "tail": "tank"}), "decision-unknown", "'tank'"),
        (add({"relation": "in", "head": "tank", "tail": "tank"}), "relation-label", "'in"),
        (lambda d, at: d.update({"doc_id": "h4"}), "decision-unknown", "h4"),
        (lambda d, at: d.update({"itens": {}}), "decision-malformed", "itens"),
    ],
)  # fmt: skip
def test_what_is_undecided_or_does_not_exist_is_refused(
    harbour: CorpusPaths, change, code: str, says: str
) -> None:
    """Each gap and each wrong name is a fault with its place; nothing at all is written."""
    said = storm(harbour)
    change(said, items(harbour, "h4_storm"))
    with pytest.raises(DataFaults) as refused:
        decide(harbour, said)
    assert code in {f.code for f in refused.value.faults}
    assert says in "\n".join(f.place + " " + f.message for f in refused.value.faults)
    assert not harbour.ledger.exists()
    assert not harbour.gold.exists()


def test_labels_that_nobody_decided_on_are_not_looked_at(harbour: CorpusPaths, monkeypatch) -> None:
    """A large corpus has many: neither all of them nor those of other articles are in memory."""
    read: list[str] = []
    structs = Batch.structs

    def noted(batch: Batch):
        for found in structs(batch):
            read.append(found.file)
            yield found

    monkeypatch.setattr(Batch, "structs", noted)
    assert gold_faults(Corpus(harbour)) == []
    assert read == []
    decide(harbour, storm(harbour))
    read.clear()
    assert gold_faults(Corpus(harbour)) == []
    assert {Path(file).stem for file in read} == {"h4_storm"}


def test_gold_is_rebuilt_and_drift_is_found(harbour: CorpusPaths) -> None:
    """A lost gold file comes back to the byte; an edited one and a changed layer are named."""
    decide(harbour, *keep_all(harbour, "ada"))
    decide(harbour, storm(harbour))  # one article anew: the others' rows stay
    assert gold_faults(Corpus(harbour)) == []
    before = {p: p.read_bytes() for p in harbour.gold.iterdir()}
    assert rebuild_gold(Corpus(harbour)) == []
    lost = harbour.gold / "h2_spill.json"
    lost.unlink()
    assert [f.code for f in gold_faults(Corpus(harbour))] == ["gold-stale"]
    assert rebuild_gold(Corpus(harbour)) == ["annotation/gold/h2_spill.json"]
    assert lost.read_bytes() == before[lost]
    lost.write_bytes(before[lost].replace(b'"kept"', b'"agreed"'))
    with pytest.raises(DataFaults, match="gold-stale"):
        list(rebuild(Corpus(harbour), check_only=True))
    path = layer_path(harbour, "ada", "h2_spill")
    layer = decode_layer(path.read_bytes())
    more = make_span(Corpus(harbour).documents["h2_spill"].text, "WHEN", 0, 2)
    write_layer(
        path,
        Layer(**{**{f: getattr(layer, f) for f in layer.__struct_fields__}, "spans": (*layer.spans, more)}),
    )
    (found,) = gold_faults(Corpus(harbour))
    assert (found.code, found.message) == ("decision-missing", f"WHEN-0-2 “{more.text}”")


def test_deciding_again_changes_no_byte(harbour: CorpusPaths) -> None:
    """The same decisions write nothing; the order of files and entries does not matter."""
    documents = keep_all(harbour, "bo")
    assert len(decide(harbour, *documents).written) == 6
    ledger = harbour.ledger.read_bytes()
    for one in documents:
        one["items"] = dict(reversed(one["items"].items()))
    assert decide(harbour, *reversed(documents)).written == []
    assert harbour.ledger.read_bytes() == ledger


def test_hidden_names_are_used_throughout(harbour: CorpusPaths) -> None:
    """With a seed nobody's name is in the list, the letters are stable, and decisions are read by letter."""
    adjudication = open_adjudication(Corpus(harbour))
    shown = {x.path.stem: x.path.read_text(encoding="utf-8") for x in write_lists(adjudication, "seed")}
    again = open_adjudication(Corpus(harbour))
    assert all("ada" not in text and "**bo**" not in text for text in shown.values())
    assert shown == {x.path.stem: x.path.read_text(encoding="utf-8") for x in write_lists(again, "seed")}
    item = items(harbour, "h4_storm")["tug"]
    letter = next(x for x in "AB" if f"- **{x}**: `SHIP-292-295`" in shown["h4_storm"])
    said = storm(harbour) | {"hidden": "seed"}
    other = {"A": "B", "B": "A"}[letter]
    at = items(harbour, "h4_storm")
    said["items"] |= {
        item: {"keep": letter},
        at["belongs_to"]: {"keep": letter},
        at["grounding"]: {"keep": letter},
        at["high tide"]: {"keep": other},
        at["involves"]: {"keep": other},
    }
    decide(harbour, said)
    assert spans_of(gold(harbour, "h4_storm"))["SHIP-292-295"].sources == ("ada",)


def test_three_annotators(harbour: CorpusPaths) -> None:
    """What two of three hold is still decided, and its sources are those two; agreed is what all hold."""
    ontology = read_ontology(harbour.ontology)
    document = Corpus(harbour).documents["h4_storm"]
    ship, port = (
        make_span(document.text, "SHIP", 222, 226, {"naming": "name"}),
        make_span(document.text, "PORT", 12, 23),
    )
    long, short = (
        make_span(document.text, "SHIP", 218, 226, {"naming": "name"}),
        make_span(document.text, "SHIP", 218, 221),
    )

    def layer(who: str, first) -> Layer:
        arc = (make_relation("belongs_to", first, port),) if who != "cy" else ()
        return Layer("h4_storm", document.text_sha256, who, ontology.revision, "", None, (port, first), arc)

    layers = [layer("ada", ship), layer("bo", ship), layer("cy", long)]
    comparison = compare(layers, ontology)
    (span, relation) = comparison.disputed
    assert [c.who for c in span.candidates] == [("cy",), ("ada", "bo")]
    said = WrittenDecisions("h4_storm", items=decode_decisions(json.dumps({
        "doc_id": "h4_storm", "items": {span.id: {"keep": "bo"}, relation.id: {"keep": "ada"}},
    }).encode(), "x")[0].items)  # fmt: skip
    rows, _ = decided(said, Valid(comparison, ontology), document, "rules")
    made = gold_layer(rows, layers[0], "rules")
    assert [(s.id, s.sources, s.decision, s.reason) for s in made.spans] == [
        ("PORT-12-23", ("ada", "bo", "cy"), "agreed", ""),
        ("SHIP-222-226", ("ada", "bo"), "kept", "boundary"),
    ]
    assert [(r.id, r.sources, r.decision, r.reason) for r in made.relations] == [
        ("SHIP-222-226.belongs_to.PORT-12-23", ("ada", "bo"), "kept", "missed")
    ]
    crowded = compare([layer("ada", ship), layer("bo", long), layer("cy", short)], ontology)
    assert [len(item.candidates) for item in crowded.disputed if isinstance(item, SpanItem)] == [3]
    assert encode_layer(made)


def test_who_takes_part_is_plain_or_asked_for(harbour: CorpusPaths) -> None:
    """Rules never take part unasked; a lead does not judge the own labels; a free human is the lead."""
    adjudication = open_adjudication(Corpus(harbour))
    assert {c.annotators for c in adjudication.comparisons.values()} == {("ada", "bo")}
    assert choose_lead(adjudication) == "cy"
    assert choose_lead(adjudication, "rules") == "rules"
    for lead, says in (("ada", "their own"), ("dee", "does not list")):
        with pytest.raises(UsageError, match=says):
            choose_lead(adjudication, lead)
    with pytest.raises(UsageError, match="labelled by two"):
        open_adjudication(Corpus(harbour), ["ada"])
    with pytest.raises(UsageError, match="does not list"):
        open_adjudication(Corpus(harbour), ["ada", "dee"])
    with pytest.raises(UsageError, match="cy has no labels"):
        open_adjudication(Corpus(harbour), ["ada", "bo", "cy"])


def test_the_step_lists_decides_and_checks(harbour: CorpusPaths, capsys: pytest.CaptureFixture[str]) -> None:
    """From a list to gold without a server, with the exit status that says how it went."""

    def step(*arguments: str) -> int:
        capsys.readouterr()
        return call("adjudicate", "--root", harbour.root, *arguments)

    assert step("--list") == 0
    assert capsys.readouterr().out.split()[0] == "build/adjudication/h0_collision.md"
    Path(path := str(harbour.root / "decisions.json")).write_text('{"doc_id": "h4_storm"}', encoding="utf-8")
    assert step("--decisions", path, "--lead", "cy") == 1
    assert capsys.readouterr().err.count("decision-missing") == 6
    assert not harbour.ledger.exists()
    path = str(file(harbour, *keep_all(harbour, "ada")))
    assert step("--decisions", path) == 0
    assert "wrote annotation/ledger.csv" in capsys.readouterr().out
    assert step("--rebuild", "--check") == 0
    assert step("--decisions", path, "--lead", "bo") == 2
    step("--decisions", path, "--list")
    assert "exclude each other" in capsys.readouterr().err
    step("--list")
    assert "nothing is open: " not in capsys.readouterr().out
    gold = harbour.gold / "h4_storm.json"
    before = gold.read_bytes()
    gold.unlink()
    step("--list")
    assert "nothing is open: " in capsys.readouterr().out
    shutil.copyfile(harbour.labels / "ada" / "h4_storm.json", harbour.labels / "bo" / "h4_storm.json")
    text = (harbour.labels / "bo" / "h4_storm.json").read_text(encoding="utf-8")
    (harbour.labels / "bo" / "h4_storm.json").write_text(text.replace('"ada"', '"bo"'), encoding="utf-8")
    step("--agreed")
    assert "wrote annotation/gold/h4_storm.json" in capsys.readouterr().out
    assert gold.read_bytes() != before
    step("--agreed")
    assert "gold has each article" in capsys.readouterr().out
