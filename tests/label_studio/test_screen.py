"""The labelling screen is what the ontology says, and both judges of a config accept it."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from studio_tasks import ENTITIES

from checkout import CHECKOUT
from made_up_schemes import ONE_OF_EACH as ONTOLOGY
from parley.adjudication.studio.screen import marker
from parley.label_studio.screen import control_of, controls, instruction, label_config, value_keys
from parley.model.entities import Entity
from parley.model.labels import REASONS
from parley.model.ontology import Ontology
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths


@pytest.fixture
def ontology() -> Ontology:
    return ONTOLOGY


@pytest.fixture
def view() -> ET.Element:
    return ET.fromstring(label_config(ONTOLOGY, ENTITIES))  # noqa: S314 - what we just wrote


def test_every_label_stands_once_in_its_group_and_in_one_tag(view: ET.Element) -> None:
    """A span can be given one label only, and each is found under its group's heading."""
    (labels,) = view.iter("Labels")
    groups = {
        box.find("Header").attrib["value"]: [x.attrib["value"] for x in box.findall("Label")]
        for box in labels.findall("View")
    }
    assert groups == {"Who": ["A", "B"], "What": ["C"]}
    assert [x.get("hotkey") for x in labels.iter("Label")] == ["1", None, "3"]
    assert next(labels.iter("Label")).attrib["hint"] == 'a: the "a" & <b>'


def test_an_attribute_shows_only_for_the_labels_that_have_it(view: ET.Element) -> None:
    """Each control, and the box around it, waits for a selected span of one of its labels."""
    shown = {x.attrib["name"]: x.attrib["whenLabelValue"] for x in view.iter() if x.get("perRegion")}
    assert shown == {
        "ref-A": "A", "ref-A-new": "A", "ref-B": "B", "ref-B-new": "B", "what-C": "C", "what-C-new": "C",
        "level-A": "A,B", "when-C": "C", "size-B": "B",
    }  # fmt: skip
    for box in view.iter("View"):
        for control in box:
            if control.get("perRegion"):
                assert box.attrib["visibleWhen"] == control.attrib["visibleWhen"] == "region-selected"
                assert box.attrib["whenLabelValue"] == control.attrib["whenLabelValue"]


def test_required_attributes_are_asked_for_where_the_screen_can(view: ET.Element) -> None:
    """A missing level cannot be submitted; an entity can still be proposed instead of chosen."""
    assert [x.attrib["name"] for x in view.iter() if x.get("required")] == ["level-A"]


def test_entities_are_offered_to_fitting_labels_only(view: ET.Element) -> None:
    """The list of a label holds the entities of its types, found by name and alias, kept by id."""
    offered = {
        x.attrib["name"]: [(c.attrib["value"], c.attrib["alias"]) for c in x] for x in view.iter("Taxonomy")
    }
    one, two = ("One & <Only> (Uno)", "one"), ("Zwei", "two")
    assert offered == {"ref-A": [one], "ref-B": [two], "what-C": [one, two]}


def test_an_entity_tells_its_id_and_note_while_the_mouse_rests_on_it() -> None:
    """Guidelines speak of ids, and two entities may differ in their notes alone."""
    noted = Entity("three", "A", "Drei", (), "", "not the two & not the one")
    view = ET.fromstring(label_config(ONTOLOGY, {**ENTITIES, "three": noted}))  # noqa: S314 - our own
    hints = {c.attrib["alias"]: c.attrib["hint"] for tag in view.iter("Taxonomy") for c in tag}
    assert hints == {"one": "one", "two": "two", "three": "three: not the two & not the one"}


def test_a_list_without_entities_is_left_out() -> None:
    """Where no entity fits a label yet, a new one can be proposed, and nothing speaks of a list."""
    view = ET.fromstring(label_config(ONTOLOGY, {"one": ENTITIES["one"]}))  # noqa: S314 - our own
    assert [x.attrib["name"] for x in view.iter("Taxonomy")] == ["ref-A", "what-C"]
    asked = {x.attrib["name"]: x.attrib["placeholder"] for x in view.iter("TextArea")}
    assert "list" in asked["ref-A-new"]
    assert "list" not in asked["ref-B-new"]
    titles = [x.attrib["value"] for x in view.iter("Header")]
    assert titles.count("Which") == 1
    assert titles.count("Which: new…") == 2


def test_arrows_pass_under_the_bar_of_labels(view: ET.Element) -> None:
    """A key that is covered cannot be read."""
    style = view.find("Style").text
    height = {
        name: int(re.search(rf"\.{name} {{[^}}]*z-index: (\d+)", style)[1])
        for name in ("parley-labels", "relations-overlay")
    }
    assert 0 < height["relations-overlay"] < height["parley-labels"]
    assert "z-index: 4 !important" in style  # the screen writes its own on the element


def test_nothing_is_loaded_from_the_network(ontology: Ontology) -> None:
    """The screen works on a machine without one."""
    text = label_config(ontology, ENTITIES)
    assert "//" not in text
    assert "url(" not in text
    assert "@import" not in text


def test_config_is_the_same_text_every_time(ontology: Ontology) -> None:
    """It is committed and checked for drift."""
    assert label_config(ontology, ENTITIES) == label_config(ontology, dict(ENTITIES))


def test_label_interface_reads_it_as_meant(ontology: Ontology) -> None:
    """Label Studio's own reader of configs finds the same tags, labels and values."""
    from label_studio_sdk.label_interface import LabelInterface

    interface = LabelInterface(label_config(ontology, ENTITIES))
    interface.validate()
    assert set(interface.get_control("label").labels) == {"A", "B", "C"}
    assert set(interface.get_control("level-A").labels) == {"X", "Y"}
    assert interface.get_object("text").value_name == "text"
    assert {c.name for c in controls(ontology)} | {"label"} == {c.name for c in interface.controls}


def test_every_attribute_of_every_label_has_one_control(ontology: Ontology) -> None:
    """Whatever a layer can hold, the screen can hold."""
    wanted = {(a, label) for label, attributes in ontology.attributes_of.items() for a in attributes}
    assert set(control_of(ontology)) == wanted
    names = [c.name for c in controls(ontology)]
    assert len(set(names)) == len(names)


def test_guidelines_become_html_without_pictures_or_markup_of_their_own(harbour: CorpusPaths) -> None:
    """Annotators see headings and tables; nothing is loaded, no script comes through."""
    harbour.guidelines.write_text(
        "# How\n\n<!-- generated: x -->\n| a | b |\n|---|---|\n| *x* | y |\n\n"
        "![pic](http://x/y.png) <script>alert(1)</script>\n",
        encoding="utf-8",
    )
    html = instruction(harbour)
    assert "<h1>How</h1>" in html
    assert "<td><em>x</em></td>" in html
    assert "generated" not in html
    assert "<img" not in html
    assert "<script" not in html
    harbour.guidelines.unlink()
    assert instruction(harbour) == ""


def test_sections_of_the_guidelines_are_folded_below_their_headings(harbour: CorpusPaths) -> None:
    """What is seen first is the contents; a section is within the one above it, and each has an id."""
    text = "# A\n\nFirst.\n\n## `B` & c\n\n1. one\n\n### D\n\n## E\n\nLast.\n"
    harbour.guidelines.write_text(text, encoding="utf-8")
    guide = ET.fromstring(instruction(harbour).partition("</style>")[2])  # noqa: S314 - our own
    assert [part.tag for part in guide] == ["h1", "p", "details", "details"]
    first, last = guide.findall("details")
    assert [part.get("id") for part in guide.iter() if part.tag in {"h2", "h3"}] == ["b--c", "d", "e"]
    assert [part.tag for part in first] == ["summary", "ol", "details"]
    assert last.find("p").text == "Last."


def test_values_have_keys_of_their_own_where_they_are_shown_together() -> None:
    """A key says one thing on a panel, and none of them is a label's or the screen's; all values have one."""
    for ontology in (ONTOLOGY, read_ontology(CorpusPaths.at(CHECKOUT).ontology)):
        keys = value_keys(ontology)
        choices = [control for control in controls(ontology) if control.tag == "choices"]
        assert {(c.name, value) for c in choices for value in c.attribute.values} == set(keys)
        for label in ontology.span_names:
            shown = [keys[c.name, v] for c in choices if label in c.labels for v in c.attribute.values]
            assert len(set(shown)) == len(shown), label
            assert not {*shown} & {"r", "u", *(span.hotkey for span in ontology.spans)}, label
        own = {(c.name, v.name): v.hotkey for c in choices for v in c.attribute.value if v.hotkey}
        assert own.items() <= keys.items()


def test_each_relation_has_a_key_and_says_what_it_may_join(view: ET.Element) -> None:
    """The script of the page reads both from the config: Label Studio has no place for them."""
    found = {x.get("value"): (x.get("key"), x.get("head"), x.get("tail")) for x in view.iter("Relation")}
    assert found == {"r": ("r", "A", "B C"), "q": ("q", "A B C", "A B C"), "same": ("s", "A B C", "A B C")}


def test_what_is_always_asked_for_is_the_first_of_a_panel(view: ET.Element) -> None:
    """Then what is asked for sometimes; what may be left out is the last."""
    asked = [x for x in view.iter() if x.get("perRegion")]
    shown = [x.attrib["name"] for x in asked if "B" in x.attrib["whenLabelValue"]]
    assert shown == ["level-A", "ref-B", "ref-B-new", "size-B"]


def test_the_lead_finds_how_to_adjudicate() -> None:
    """The instructions have the reasons that a lead chooses; README has all, and the mark of open arrows."""
    html = instruction(CorpusPaths.at(CHECKOUT))
    section = html.partition('<h2 id="adjudicating">')[2].partition("<h2")[0]
    assert all(f"<code>{word}</code>" in section for word in ("guideline", "ambiguous"))
    readme = (CHECKOUT / "annotation" / "README.md").read_text(encoding="utf-8")
    for word in (marker("name"), *REASONS):
        assert f"`{word}`" in readme, word
