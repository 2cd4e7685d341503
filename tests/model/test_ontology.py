"""The ontology file: read whole, refused with every problem named."""

import pandas as pd
import pytest

from parley.faults import DataFaults
from parley.model.batch import Batch
from parley.model.ontology_file import DATAFRAME, RESERVED, read_ontology
from parley.release.data.schema import configs
from parley.validation.facts import Reference, facts

GOOD = """
name = "toy"
same_words = [["A", "B"]]
version = "1"
[[group]]
name = "things"
title = "Things"
[[span]]
name = "A"
title = "a"
group = "things"
color = "#000000"
hotkey = "1"
definition = "An a."
[[span]]
name = "B"
title = "b"
group = "things"
color = "#111111"
definition = "A b."
[[attribute]]
name = "level"
title = "level"
labels = ["A"]
kind = "choice"
definition = "How high."
  [[attribute.value]]
  name = "high"
  definition = "Up."
  [[attribute.value]]
  name = "low"
  definition = "Down."
[[attribute]]
name = "who"
title = "who"
labels = ["A"]
kind = "entity"
required_when = { level = ["high"] }
definition = "Which."
[[relation]]
name = "same"
title = "same"
head = ["A", "B"]
tail = ["B", "A"]
expected_at = ["B"]
symmetric = true
definition = "One thing."
"""


def write(tmp_path, text):
    path = tmp_path / "ontology.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_labels_keep_file_order(tmp_path):
    """ClassLabel integers follow from the file."""
    ontology = read_ontology(write(tmp_path, GOOD))
    assert ontology.span_names == ("A", "B")
    assert ontology.attribute_names == ("level", "who")
    assert [attribute.values for attribute in ontology.attributes] == [("high", "low"), ()]
    assert ontology.revision == "toy 1"


@pytest.mark.parametrize(
    ("version", "revision", "known"),
    [
        ("0.10", "toy 0.10", True),
        ("0.10", "toy 0.9", True),
        ("0.10", "toy 0.10.1", False),
        ("0.10", "toy 1", False),
        ("0.10", "boy 0.9", False),
        ("0.10", "toy", False),
        ("0.10", "toy first", False),
        ("first", "toy first", True),
        ("first", "toy 0.9", False),
    ],
)
def test_earlier_revisions_of_the_same_ontology_are_known(tmp_path, version, revision, known):
    ontology = read_ontology(write(tmp_path, GOOD.replace('version = "1"', f'version = "{version}"')))
    assert ontology.knows(revision) == known


@pytest.mark.parametrize(
    ("old", "new", "inside"),
    [
        ("", "", set()),
        ('version = "1"', 'version = "1"\ninside_words = true', {"A", "B"}),
        ('definition = "An a."', 'definition = "An a."\ninside_words = true', {"A"}),
        (
            'version = "1"',
            'version = "1"\ninside_words = true\n[[span]]\nname = "C"\ntitle = "c"\ngroup = "things"\n'
            'color = "#222222"\ndefinition = "A c."\ninside_words = false',
            {"A", "B"},
        ),
    ],
)
def test_spans_may_end_inside_words_where_the_file_or_the_label_says_so(tmp_path, old, new, inside):
    """The label has the last word."""
    assert read_ontology(write(tmp_path, GOOD.replace(old, new, 1))).inside_words == inside


def test_required_when_another_attribute_says_so(tmp_path):
    """`who` must be set where level is high, and only there."""
    who = read_ontology(write(tmp_path, GOOD)).attributes_of["A"]["who"]
    assert who.is_required({"level": "high"})
    assert not who.is_required({"level": "low"})
    assert not who.is_required({})


@pytest.mark.parametrize(
    ("old", "new", "place", "what"),
    [
        (
            'group = "things"\ncolor = "#000000"',
            'group = "none"\ncolor = "#000000"',
            "span(A) > group",
            "'none'",
        ),
        ('name = "B"', 'name = "A"', "span(A)", "twice"),
        (
            'labels = ["A"]\nkind = "choice"',
            'labels = ["C"]\nkind = "choice"',
            "attribute(level) > labels",
            "'C'",
        ),
        ('kind = "entity"', 'kind = "choice"', "attribute(who)", "values"),
        ("level = [", "size = [", "required_when", "'size'"),
        ('tail = ["B", "A"]', 'tail = ["B"]', "relation(same)", "differ"),
        ('head = ["A", "B"]', 'head = ["Z"]', "relation(same) > head", "'Z'"),
        ('kind = "entity"', 'kind = "colour"', "ontology.toml", "colour"),
        ('version = "1"', 'version = "1"\nflavour = 3', "ontology.toml > flavour", "no such field"),
        ('name = "low"', 'name = "high"', "attribute(level)", "twice"),
        ('[["A", "B"]]', '[["A", "Z"]]', "same_words", "'Z'"),
        ('expected_at = ["B"]', 'expected_at = ["Z"]', "relation(same) > expected_at", "'Z'"),
    ],
)
def test_each_problem_is_named_with_its_place(tmp_path, old, new, place, what):
    """A reference that does not resolve or a name given twice is a fault that says where."""
    assert old in GOOD
    with pytest.raises(DataFaults) as raised:
        read_ontology(write(tmp_path, GOOD.replace(old, new, 1)))
    assert any(place in f.place and what in f.message for f in raised.value.faults), raised.value.faults


def test_all_problems_come_at_once(tmp_path):
    """Two problems, two faults."""
    bad = GOOD.replace('head = ["A", "B"]', 'head = ["Z"]').replace('name = "low"', 'name = "high"')
    with pytest.raises(DataFaults) as raised:
        read_ontology(write(tmp_path, bad))
    assert {f.place.split(" > ")[1] for f in raised.value.faults} >= {"relation(same)", "attribute(level)"}


def test_an_attribute_is_no_column_that_is_there_already(tmp_path):
    """Its values would be those of the other, or the other way round."""
    ontology = read_ontology(write(tmp_path, GOOD))
    batch = Batch.of((), (), ontology)
    spans, judged = batch.spans, facts(batch, Reference(), ontology)["spans"]
    published = {name: config.arrow for name, config in configs(ontology).items()}
    levels = {f"{a.name}_id" for a in ontology.attributes if a.kind == "choice"}
    there = {*spans.column_names, *judged.column_names, *published["spans"].names}
    there |= {
        *published["span_annotations"].names,
        *published["documents"].field("spans").type.value_type.names,
    }
    assert {name for name in there if "__" not in name} - {*ontology.attribute_names, *levels} == RESERVED
    assert {name for name in dir(pd.DataFrame) if not name.startswith("_")} <= DATAFRAME
    for name in ("rank", "sources", "who__type"):
        with pytest.raises(DataFaults, match=rf"attribute\({name}\)"):
            read_ontology(write(tmp_path, GOOD.replace('name = "who"', f'name = "{name}"')))


def test_a_relation_has_no_attributes_and_only_an_entity_has_several_values(tmp_path):
    """Label Studio keeps no more of a relation than its labels: the fault says what to do instead."""
    text = GOOD.replace(
        'labels = ["A"]\nkind = "choice"', 'labels = ["same"]\nkind = "choice"\nseveral = true'
    )
    with pytest.raises(DataFaults) as found:
        read_ontology(write(tmp_path, text))
    said = [fault.message for fault in found.value.faults]
    assert any(
        "Label Studio stores no more of a relation" in one and "make a relation of each value" in one
        for one in said
    )
    assert any("only an entity has several" in one for one in said)
