"""Migrating a corpus: what names a label follows and decisions stay, or nothing is written.

The corpus is two articles under scheme 0.1, kept as they were: no label of the day decides anything here.
"""

from __future__ import annotations

import inspect
import re
import shutil

import pytest
from migrations import PILOT, SPLIT, carry_out, faults_after, hashes, is_sound, labels_of, step_of

from checkout import CHECKOUT
from parley.adjudication.gold import read_ledger
from parley.cli import corpus as command
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.ontology_file import read_ontology
from parley.preannotation.rules import read_rules
from parley.release.versions.difference import difference, read_labels
from parley.steps import migrate as step
from parley.steps.migrate import migrate
from releases_for_tests import build_release

PLAN_02 = CHECKOUT / "annotation" / "migrations" / "0.2.toml"


def test_a_label_is_renamed_wherever_it_is_named(scheme_01):
    before = read_ledger(Corpus(scheme_01))
    report = carry_out(scheme_01, step_of("rename", "span", name="PER", to="PERSON"))
    assert report.major == ["spans: 0 PER → PERSON"]
    spans = [span for layer in labels_of(scheme_01).values() for span in layer.spans]
    assert report.account.changes["span PER → PERSON"] == sum(s.label == "PERSON" for s in spans) - gold(
        spans
    )
    assert not [s for s in spans if s.label == "PER"]
    for name in ("ontology.toml", "preannotation.toml", "label_config.xml", "entities.csv"):
        text = (scheme_01.annotation / name).read_text(encoding="utf-8")
        assert not re.search(r"\bPER\b", text), name
        assert "PERSON" in text
    assert "`PER`" not in scheme_01.guidelines.read_text(encoding="utf-8")
    suites = (scheme_01.validation / "expectations" / "spans.json").read_text()
    assert '"PERSON"' in suites
    assert '"PER"' not in suites
    after = read_ledger(Corpus(scheme_01))
    assert not [
        row for row in after if re.search(r"\bPER\b", " ".join(row[:-1]))
    ]  # the note is the lead's words
    assert sorted((r.decision, r.reason, r.note) for r in after) == sorted(
        (r.decision, r.reason, r.note) for r in before
    )
    assert is_sound(scheme_01)
    assert faults_after(scheme_01) == set()
    read_rules(Corpus(scheme_01))


def gold(spans):
    return sum(s.label == "PERSON" for s in spans if s.decision)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ({"of": "span", "name": "EVENT", "to": "ACT"}, {"of": "span", "name": "ACT", "to": "EVENT"}),
        (
            {"of": "relation", "name": "coref", "to": "same_as"},
            {"of": "relation", "name": "same_as", "to": "coref"},
        ),
        (
            {"of": "attribute", "name": "plover", "to": "act"},
            {"of": "attribute", "name": "act", "to": "plover"},
        ),
        (
            {"of": "value", "attribute": "level", "name": "NAM", "to": "NAMED"},
            {"of": "value", "attribute": "level", "name": "NAMED", "to": "NAM"},
        ),
        (
            {"of": "entity", "name": "gpe_russia", "to": "gpe_rf"},
            {"of": "entity", "name": "gpe_rf", "to": "gpe_russia"},
        ),
    ],
    ids=lambda one: one["of"],
)
def test_a_name_that_goes_there_and_back_leaves_the_same_bytes(scheme_01, there, back):
    """But for the version, which only rises: it is in the ontology, and in each label file."""
    before = labels_of(scheme_01), hashes(scheme_01)
    carry_out(scheme_01, step_of("rename", **there))
    between = hashes(scheme_01)
    assert {"annotation/ledger.csv", "annotation/ontology.toml"} <= {
        n for n in between if between[n] != before[1][n]
    }
    carry_out(scheme_01, step_of("rename", **back), before="0.2", after="0.3")
    for path in (scheme_01.ontology, *before[0]):
        path.write_bytes(
            path.read_bytes()
            .replace(b"parley 0.3", b"parley 0.1")
            .replace(b'version = "0.3"', b'version = "0.1"')
        )
    assert hashes(scheme_01) == before[1]


def test_a_relation_is_split_by_its_ends_and_what_no_rule_decides_is_named(scheme_01):
    report = carry_out(scheme_01, SPLIT.format(open="keep"))
    assert not report.major  # a new class comes after the old ones
    ontology = read_ontology(scheme_01.ontology)
    assert ontology.relation_names[-2:] == ("addressee", "target")
    assert ontology.relation_by_name["addressee"].tail == ("PER", "ORG", "GPE")
    assert ontology.relation_by_name["addressee"].definition == "To whom the act in words is directed."
    left = []
    for path, layer in labels_of(scheme_01).items():
        spans = {span.id: span for span in layer.spans}
        for relation in layer.relations:
            head, tail = spans[relation.head], spans[relation.tail]
            if relation.label == "target":
                assert head.attributes["plover"] in ("ASSAULT", "COERCE", "SANCTION", "MOBILIZE")
            if relation.label == "addressee":
                assert tail.label in ("PER", "ORG", "GPE")
            if relation.label == "recipient":
                left.append((f"{scheme_01.relative(path)} > {relation.id}", f"{head.text} → {tail.text}"))
    assert left
    assert sorted((one.place, one.words) for one in report.account.open) == sorted(left)
    assert is_sound(scheme_01)
    assert faults_after(scheme_01) == set()


@pytest.mark.parametrize(("choice", "left"), [("drop", 0), ("target", 0)])
def test_the_plan_says_what_becomes_of_the_rest(scheme_01, choice, left):
    carry_out(scheme_01, SPLIT.format(open=choice))
    relations = [r.label for layer in labels_of(scheme_01).values() for r in layer.relations]
    assert relations.count("recipient") == left
    assert "recipient" not in read_ontology(scheme_01.ontology).relation_names
    assert is_sound(scheme_01)


def test_nothing_is_written_while_a_label_is_open(scheme_01):
    before = hashes(scheme_01)
    with pytest.raises(DataFaults) as found:
        carry_out(scheme_01, SPLIT.format(open="").replace('open = ""', ""))
    assert {fault.code for fault in found.value.faults} == {"plan-open"}
    assert any("→ prisoners of war" in fault.place for fault in found.value.faults)
    assert hashes(scheme_01) == before


def test_values_are_merged_and_an_attribute_removed(scheme_01):
    merge = step_of("merge", "value", attribute="modality", names=["historical", "actual"], to="actual")
    carry_out(scheme_01, merge, step_of("remove", "attribute", name="unsourced"))
    values = {s.attributes.get("modality") for x in labels_of(scheme_01).values() for s in x.spans}
    assert "historical" not in values
    assert "actual" in values
    assert not any("unsourced" in s.attributes for x in labels_of(scheme_01).values() for s in x.spans)
    ontology = read_ontology(scheme_01.ontology)
    assert "unsourced" not in ontology.attribute_names
    assert not ontology.relation_by_name["source"].excused_by
    assert is_sound(scheme_01)
    # people must decide: what the attribute excused is expected again
    assert faults_after(scheme_01) <= {"relation-expected", "preannotation-malformed"}


def test_what_the_tables_are_made_of_follows(scheme_01):
    """Sections of the ontology name labels too: renamed, merged, split, and gone where nothing is left."""
    before = read_ontology(scheme_01.ontology)
    carry_out(
        scheme_01,
        step_of("rename", "value", attribute="plover", name="REQUEST", to="ASK"),
        step_of("merge", "value", attribute="plover", names=["CONCEDE", "AGREE"], to="AGREE"),
        step_of("merge", "value", attribute="modality", names=["historical", "actual"], to="actual"),
        step_of("remove", "attribute", name="quote"),
        step_of("rename", "attribute", name="plover", to="act"),
        SPLIT.format(open="drop"),
    )
    after = read_ontology(scheme_01.ontology)
    assert set(before.claims.says) == {"AGREE", "CONCEDE", "REQUEST", "REJECT", "THREATEN"}
    assert after.claims.says == {
        {"REQUEST": "ASK"}.get(name, name): said
        for name, said in before.claims.says.items()
        if name != "CONCEDE"
    }
    assert after.claims.type == "act"
    assert after.claims.addressee == ("addressee", "target")
    assert after.figures.through == ("actor", "addressee", "target", "instrument", "theme")
    assert after.figures.compared == {"modality": ("actual", "planned")}
    assert (before.statements.quotation, after.statements.quotation) == ("quote", "")
    assert is_sound(scheme_01)


def test_the_plan_of_scheme_02_leads_from_what_was_to_what_is(scheme_01):
    """A new ontology brings attributes, entities of several rows, and an `entity` under a new name."""
    report = migrate(Corpus(scheme_01), PLAN_02, dry_run=False)
    for name in ("ontology.toml", "guidelines.md"):
        assert (scheme_01.annotation / name).read_bytes() == (PILOT / name).read_bytes()
    labels = labels_of(scheme_01).values()
    spans = [span for layer in labels for span in layer.spans]
    assert all("stance" in s.attributes for s in spans if s.label == "CONTENT")
    seen = {"denied": set(), "uncommitted": set()}
    for layer in labels:
        texts = {s.id: s for s in layer.spans}
        for relation in layer.relations:
            stance = texts[relation.head].attributes.get("stance")
            if relation.label == "cue" and stance in seen:
                seen[stance].add(texts[relation.tail].text)
    assert seen == {"denied": {"deny"}, "uncommitted": {"fear", "hopes"}}
    harmed = [s for s in spans if "harmed_in" in s.attributes]
    assert harmed
    assert all(s.label == "CASUALTY" and "entity" not in s.attributes for s in harmed)
    assert all(s.attributes["entity"].startswith('["') for s in spans if "entity" in s.attributes)
    assert report.account.changes["relation condition → if"] == 12
    assert report.account.changes["value plover = THREATEN → ACCUSE"] == 2
    ends = {
        (r.label, s.attributes["plover"]) for r, s in heads(labels, ("addressee", "target", "beneficiary"))
    }
    assert {
        ("target", "ACCUSE"),
        ("target", "ASSAULT"),
        ("addressee", "AGREE"),
        ("beneficiary", "RETREAT"),
    } <= ends
    assert is_sound(scheme_01)
    assert faults_after(scheme_01) == set()


def heads(layers, names):
    """Yield relations of some names with their heads."""
    for layer in layers:
        spans = {span.id: span for span in layer.spans}
        yield from ((r, spans[r.head]) for r in layer.relations if r.label in names)


def test_new_guidelines_that_cannot_be_read_stop_it(scheme_01):
    before = hashes(scheme_01)
    with pytest.raises(DataFaults) as found:
        carry_out(
            scheme_01,
            step_of("rename", "span", name="PER", to="PERSON"),
            head='from = "0.1"\nto = "0.2"\nguidelines = "nowhere.md"',
        )
    assert [fault.place for fault in found.value.faults] == ["plan.toml > guidelines"]
    assert hashes(scheme_01) == before


def test_a_name_that_the_new_ontology_lacks_needs_a_step(scheme_01):
    new = PILOT / "ontology.toml"
    before = hashes(scheme_01)
    with pytest.raises(DataFaults) as found:
        carry_out(
            scheme_01, step_of("rename", "relation", name="condition", to="whenever"), ontology=str(new)
        )
    said = [fault.message for fault in found.value.faults]
    assert any(one.startswith("relation recipient becomes recipient, which it does not have") for one in said)
    assert any(one.startswith("relation condition becomes whenever") for one in said)
    assert any(one.startswith("entity of CASUALTY becomes entity") for one in said)
    assert hashes(scheme_01) == before


def test_labels_are_merged_and_two_that_become_one_are_one(scheme_01):
    report = carry_out(
        scheme_01,
        step_of("merge", "relation", names=["mediator", "actor"], to="actor"),
        step_of("merge", "span", names=["LOC", "GPE"], to="GPE"),
    )
    assert report.major
    for layer in labels_of(scheme_01).values():
        ids = [one.id for one in (*layer.spans, *layer.relations)]
        assert len(ids) == len(set(ids))
        assert not {"LOC", "mediator"} & {one.label for one in (*layer.spans, *layer.relations)}
    assert is_sound(scheme_01)
    assert faults_after(scheme_01) == set()


def test_a_label_is_removed_with_its_relations(scheme_01):
    carry_out(scheme_01, step_of("remove", "span", name="WEA"))
    for layer in labels_of(scheme_01).values():
        assert not [one for one in layer.spans if one.label == "WEA"]
        assert not [r for r in layer.relations if "WEA-" in r.id]
    ontology = read_ontology(scheme_01.ontology)
    assert "WEA" not in ontology.span_names
    assert "WEA" not in scheme_01.entities.read_text(encoding="utf-8")
    assert is_sound(scheme_01)


def test_a_release_after_it_rises_as_the_names_do(scheme_01, tmp_path):
    """A class that comes last is minor; one that takes a number away is major, and the report said so."""
    build_release(scheme_01)
    before = read_labels(shutil.copytree(scheme_01.dataset, tmp_path / "before"))
    report = carry_out(scheme_01, SPLIT.format(open="keep"))
    counts = {
        name: sum(
            r.label == name
            for path in scheme_01.gold.glob("*.json")
            for r in labels_of(scheme_01)[path].relations
        )
        for name in ("addressee", "target")
    }
    release = scheme_01.root / "release.toml"
    release.write_text(release.read_text().replace('version = "0.2.0"', 'version = "0.3.0"'))
    build_release(scheme_01)
    found = difference(before, read_labels(scheme_01.dataset))
    assert found.level == "minor"
    assert not report.major
    assert all(counts.values())
    assert found.retyped.labels == counts
    assert not found.added.labels and not found.removed.labels and not found.changed.labels


def test_a_plan_is_carried_out_once(scheme_01):
    rename = step_of("rename", "span", name="PER", to="PERSON")
    carry_out(scheme_01, rename)
    before = hashes(scheme_01)
    with pytest.raises(DataFaults, match="this plan was carried out"):
        carry_out(scheme_01, rename)
    assert hashes(scheme_01) == before


def test_a_dry_run_writes_nothing_and_says_the_same(scheme_01):
    before = hashes(scheme_01)
    dry = carry_out(scheme_01, SPLIT.format(open="keep"), dry_run=True)
    assert hashes(scheme_01) == before
    done = carry_out(scheme_01, SPLIT.format(open="keep"))
    assert dry.account.changes == done.account.changes
    assert "nothing is written" in next(iter(dry.lines()))


def test_all_faults_of_a_plan_come_at_once_with_legal_names(scheme_01):
    with pytest.raises(DataFaults) as found:
        carry_out(
            scheme_01,
            step_of("rename", "relation", name="recipent", to="target"),
            step_of("rename", "span", name="PER", to="ORG"),
            step_of("remove", "value", attribute="modalty", name="actual"),
            step_of("merge", "span", name="LOC", to="GPE"),
            step_of("rename", "span", name="LOC", to="no name"),
            SPLIT.format(open="maybe").replace('"REQUEST"', '"REQEST"').replace("tail.label", "span.label"),
        )
    said = "\n".join(f"{fault.place}: {fault.message}" for fault in found.value.faults)
    for expected in (
        "rename(recipent): no relation 'recipent'; there is",
        "rename(PER): there is 'ORG' already: merge",
        "remove(actual): no attribute 'modalty'; there is",
        "merge(LOC): a merge needs `names`",
        "span(LOC): 2 steps decide on it",
        "'no name' is not a name",
        "split(recipient): open is one of keep, drop, addressee, target",
        "no value 'REQEST'; there is AGREE",
        "a rule of a relation has no `span`",
    ):
        assert expected in said


def test_a_killed_migration_leaves_the_old_corpus(scheme_01, monkeypatch):
    """What is written is put in place in one step."""
    before = hashes(scheme_01)

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(step, "flush_tree", fail)
    with pytest.raises(KeyboardInterrupt):
        carry_out(scheme_01, step_of("rename", "span", name="PER", to="PERSON"))
    assert hashes(scheme_01) == before


def test_the_plan_in_the_help_is_one(scheme_01):
    """Its steps fit the corpus; what it adds needs the new ontology, as it says."""
    lines = inspect.getdoc(command.migrate).splitlines()
    begin = next(number for number, line in enumerate(lines) if line.strip().startswith('from = "0.1"'))
    end = next(number for number, line in enumerate(lines) if line.startswith("A rule asks"))
    with pytest.raises(DataFaults) as found:
        carry_out(scheme_01, "\n".join(lines[begin:end]), head="")
    assert [fault.place for fault in found.value.faults] == ["plan.toml > add(stance)"]
    assert "write the new ontology" in found.value.faults[0].message
