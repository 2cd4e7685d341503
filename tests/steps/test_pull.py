"""What annotators finished is judged at the pull: each is told of their own labels, and of nobody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from exports_for_tests import exported
from parley.cli.main import main
from parley.corpus.corpus import Corpus
from parley.label_studio.server.pull import pull_export
from parley.model.labels import decode_layer, layer_path, layer_paths
from parley.model.paths import CorpusPaths
from parley.steps.pull import Review, review
from parley.steps.validate import validate

DOC = "h0_collision"
Result = list[dict[str, Any]]
LINK = "http://127.0.0.1:8080/projects/1/data?task=7"


@pytest.fixture
def harbour(labelled_by_people: CorpusPaths) -> CorpusPaths:
    return labelled_by_people


def regions(result: Result, name: str, control: str = "") -> Result:
    """Return the regions of a label, or those of one control of it."""
    return [r for r in result if r.get("id") == name and (not control or r["from_name"] == control)]


def arrow(result: Result, head: str, tail: str) -> dict[str, Any]:
    return next(r for r in result if (r.get("from_id"), r.get("to_id")) == (head, tail))


def without(result: Result, name: str, control: str) -> None:
    for region in regions(result, name, control):
        result.remove(region)


def marked(result: Result, name: str, label: str) -> None:
    """Mark the words of a label with another one too."""
    region = regions(result, name, "label")[0]
    result.append(region | {"id": "twice", "value": region["value"] | {"labels": [label]}})


def redirect(result: Result, head: str, tail: str, **ends: str) -> None:
    arrow(result, head, tail).update(ends)


def propose(result: Result, name: str, words: str) -> None:
    """Write a name into the field for new entities in place of a row."""
    label = regions(result, name, "label")[0]
    without(result, name, "entity-SHIP")
    value = {"start": label["value"]["start"], "end": label["value"]["end"], "text": [words]}
    result.append(label | {"from_name": "entity-SHIP-new", "type": "textarea", "value": value})


def take(corpus: CorpusPaths, change: Callable[[Result], None]) -> Review:
    """Pull an export in which ada's labels on the first article are changed, with an address of its task."""
    tasks = exported(corpus, "ada", "bo")
    for task in tasks:
        if (task["data"]["doc_id"], task["data"]["annotator"]) == (DOC, "ada"):
            change(task["annotations"][0]["result"])
    file = corpus.root / "export.json"
    file.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    loaded = Corpus(corpus)
    pulled = pull_export(loaded, file)
    pulled.links["ada", DOC] = LINK
    return review(loaded, pulled)


def found(seen: Review) -> list[tuple[str, str]]:
    return [(f.code, f.place) for f in seen.faults]


def page(corpus: CorpusPaths, name: str) -> str:
    return (corpus.build / "pull" / f"{name}.md").read_text(encoding="utf-8")


def test_sound_labels_ask_for_nothing(harbour: CorpusPaths) -> None:
    """Each annotator has a list, and it says so."""
    seen = take(harbour, lambda _: None)
    assert found(seen) == []
    assert sorted(seen.lists) == ["ada", "bo"]
    assert "5 finished articles judged, no places to look at." in page(harbour, "ada")


FAULTS: dict[str, tuple[Callable[[Result], None], str, str, str]] = {
    "an arrow from a label that it may not leave": (
        lambda r: redirect(r, "INCIDENT-181-190", "PORT-58-69", from_id="SHIP-10-18"),
        "relation-domain",
        'SHIP-10-18.at.PORT-58-69 "Sea Gull → Port Velden"',
        "arrow from **Sea Gull** (SHIP) to **Port Velden** (PORT), paragraph 1",
    ),
    "an arrow to a label that it may not reach": (
        lambda r: redirect(r, "INCIDENT-181-190", "PORT-58-69", to_id="WHEN-73-87"),
        "relation-range",
        'INCIDENT-181-190.at.WHEN-73-87 "collision → Monday evening"',
        "arrow from **collision** (INCIDENT) to **Monday evening** (WHEN), paragraph 1",
    ),
    "a time that does not parse": (
        lambda r: regions(r, "WHEN-73-87")[1]["value"].update(text=["Monday"]),
        "attribute-timex",
        'WHEN-73-87 "Monday evening" 73:87',
        "**Monday evening** (WHEN), paragraph 1",
    ),
    "a quantity that does not parse": (
        lambda r: regions(r, "AMOUNT-305-314")[1]["value"].update(text=["forty"]),
        "attribute-quantity",
        'AMOUNT-305-314 "40 tonnes" 305:314',
        "**40 tonnes** (AMOUNT), paragraph 3",
    ),
    "two labels that exclude each other": (
        lambda r: marked(r, "WHEN-73-87", "CREW"),
        "span-excluded",
        'WHEN-73-87 "Monday evening" 73:87',
        "**Monday evening** (WHEN)",
    ),
    "a speech verb without a saying": (
        lambda r: r.remove(arrow(r, "SAYING-149-190", "SPEECH-139-143")),
        "relation-unreached",
        'SPEECH-139-143 "said" 139:143',
        "**said** (SPEECH), paragraph 1: “…ferry’s owner, Velden Lines, said that a steering fault had…”",
    ),
    "a saying without a source": (
        lambda r: r.remove(arrow(r, "SAYING-149-190", "FIRM-125-137")),
        "relation-expected",
        'SAYING-149-190 "a steering fault had caused the collision" 149:190',
        "**a steering fault had caused the collision** (SAYING)",
    ),
    "something required": (
        lambda r: without(r, "SHIP-10-18", "naming-SHIP"),
        "attribute-missing",
        'SHIP-10-18 "Sea Gull" 10:18',
        "**Sea Gull** (SHIP), paragraph 1: “The ferry Sea Gull 🚢 struck the freighter Møn…”",
    ),
    "a value that nobody offers": (
        lambda r: regions(r, "SHIP-10-18", "naming-SHIP")[0]["value"].update(choices=["nick"]),
        "attribute-value",
        'SHIP-10-18 "Sea Gull" 10:18',
        "**Sea Gull** (SHIP)",
    ),
    "a row of another type": (
        lambda r: regions(r, "SHIP-10-18", "entity-SHIP")[0]["value"].update(taxonomy=[["port_haifa"]]),
        "entity-type",
        'SHIP-10-18 "Sea Gull" 10:18',
        "**Sea Gull** (SHIP)",
    ),
    "half a word": (
        lambda r: regions(r, "INCIDENT-181-190")[0]["value"].update(end=189, text="collisio"),
        "span-cut-word",
        'INCIDENT-181-189 "collisio" 181:189',
        "**collisio** (INCIDENT)",
    ),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_each_kind_of_fault_is_told_with_its_words_and_kept(harbour: CorpusPaths, kind: str) -> None:
    """Annotator, article, words, task; the label is in the file as it was made."""
    change, code, place, words = FAULTS[kind]
    seen = take(harbour, change)
    assert found(seen) == [(code, f"ada > {DOC} > {place}")]
    (fault,) = seen.faults  # once, though reading the export names some of them too
    assert LINK in fault.message
    assert fault.file == f"annotation/labels/ada/{DOC}.json"
    told = page(harbour, "ada")
    assert words in told
    assert f"[Ferry and freighter touch off Port Velden 🚢]({LINK}) (`{DOC}`)" in told
    layer = decode_layer(layer_path(harbour, "ada", DOC).read_bytes())
    label = place.partition(" ")[0]
    assert label in {one.id for one in (*layer.spans, *layer.relations)}
    assert "no places to look at" in page(harbour, "bo")


def test_a_label_that_cannot_be_carried_over_is_told_too(harbour: CorpusPaths) -> None:
    """Its article's label file stays as it was, and its annotator learns which region it is."""
    before = layer_path(harbour, "ada", DOC).read_bytes()
    seen = take(harbour, lambda r: r[0]["value"].update(start=11))
    assert "studio-offset" in {code for code, _ in found(seen)}
    assert all(place.startswith(f"ada > {DOC} > task ") for _, place in found(seen))
    assert "Sea Gull" in page(harbour, "ada")
    assert layer_path(harbour, "ada", DOC).read_bytes() == before


def test_no_list_has_a_word_of_another(harbour: CorpusPaths) -> None:
    """Neither a fault nor a proposed name, an id or an address."""

    def change(result: Result) -> None:
        propose(result, "SHIP-10-18", "kanarifugl")
        without(result, "SHIP-42-53", "naming-SHIP")

    seen = take(harbour, change)
    assert "kanarifugl" in page(harbour, "ada")
    assert "SHIP-42-53" not in page(harbour, "ada")  # people read words, not ids
    of_bo = page(harbour, "bo")
    assert not any(word in of_bo for word in ("kanarifugl", "ada", LINK, DOC))
    assert not any("kanarifugl" in fault.place for fault in seen.faults)


def test_labels_of_an_annotator_are_shown_and_no_markup(harbour: CorpusPaths) -> None:
    """What somebody wrote is text in the list, wherever it is opened."""
    wicked = "<img src=x onerror=alert(1)> [a](http://evil) \u202e"
    take(harbour, lambda r: propose(r, "SHIP-10-18", wicked))
    told = page(harbour, "ada")
    assert "<img" not in told.replace("\\<img", "")
    assert "\u202e" not in told
    assert "[a](http" not in told


def test_a_waived_fault_is_not_told(harbour: CorpusPaths) -> None:
    """What the maintainer accepts, nobody is asked to change."""
    harbour.waivers.parent.mkdir(exist_ok=True)
    harbour.waivers.write_text(
        'code,place,reason\nattribute-missing,"h0_collision > SHIP-10-18 *",so be it\n', encoding="utf-8"
    )
    assert found(take(harbour, lambda r: without(r, "SHIP-10-18", "naming-SHIP"))) == []


def test_a_check_writes_no_label_file(harbour: CorpusPaths, capsys: pytest.CaptureFixture[str]) -> None:
    """An annotator looks at the own work: exit 1 if something is wrong, and the corpus is as it was."""
    tasks = exported(harbour, "ada")
    without(tasks[0]["annotations"][0]["result"], "SHIP-10-18", "naming-SHIP")
    file = harbour.root / "export.json"
    before = {path: path.read_bytes() for path in layer_paths(harbour)}
    for name, status, works in (("wrong", 1, tasks), ("right", 0, tasks[1:])):
        file.write_text(json.dumps(works), encoding="utf-8")
        with pytest.raises(SystemExit) as end:
            main(["pull", "--check", "--export", str(file), "--root", str(harbour.root)])
        assert end.value.code == status, name
        assert {path: path.read_bytes() for path in layer_paths(harbour)} == before
        out = capsys.readouterr()
        assert ("ada > h0_collision > SHIP-10-18" in out.err) == (status == 1)
        assert "build/pull/ada.md" in out.out


def test_a_proposed_name_is_kept_and_is_no_fault_of_the_annotator(harbour: CorpusPaths) -> None:
    """The label file has it in canonical form, the report says which rows are near, validation waits."""
    seen = take(harbour, lambda r: propose(r, "SHIP-10-18", "  Sea\n Gul "))
    assert found(seen) == []
    (span, *_) = decode_layer(layer_path(harbour, "ada", DOC).read_bytes()).spans
    assert span.attributes == {"entity": "new: Sea Gul", "naming": "name"}
    said = "\n".join(seen.lines)
    assert f"proposed: 'Sea Gul', SHIP  ada: {DOC}" in said
    assert "is it ship_sea_gull (Sea Gull: a ferry, invented)?" in said
    assert "\n        parley entities 'Sea Gul' --tie ship_sea_gull\n" in said
    assert "ship_sea_gul,SHIP,Sea Gul,Sea Gul,," in said
    assert "is it `ship_sea_gull` (Sea Gull: a ferry, invented)?" in page(harbour, "ada")
    (fault,) = (f for f in validate(Corpus(harbour)).faults if f.code.startswith("entity-"))
    assert (fault.code, fault.place) == ("entity-proposed", f'{DOC} > SHIP-10-18 "Sea Gull" 10:18')


def test_a_proposed_name_that_a_row_has_is_that_row(harbour: CorpusPaths) -> None:
    """Whatever its capitals and diacritics; of two rows with the name neither is taken."""
    take(harbour, lambda r: propose(r, "SHIP-10-18", "møn express"))
    (span, *_) = decode_layer(layer_path(harbour, "ada", DOC).read_bytes()).spans
    assert span.attributes["entity"] == "ship_mon_express"
    with harbour.entities.open("a", encoding="utf-8") as file:
        file.write("ship_mon_2,SHIP,Møn Express,,,another\n")
    take(harbour, lambda r: propose(r, "SHIP-10-18", "møn express"))
    (span, *_) = decode_layer(layer_path(harbour, "ada", DOC).read_bytes()).spans
    assert span.attributes["entity"] == "new: møn express"


def test_a_row_and_a_proposed_name_on_one_label_are_a_fault(harbour: CorpusPaths) -> None:
    """The row is kept, and the annotator is asked to clear one of the two."""

    def change(result: Result) -> None:
        row = regions(result, "SHIP-10-18", "entity-SHIP")
        propose(result, "SHIP-10-18", "Sea Gull II")
        result += row

    seen = take(harbour, change)
    assert [fault.code for fault in seen.faults] == ["entity-proposed"]
    (span, *_) = decode_layer(layer_path(harbour, "ada", DOC).read_bytes()).spans
    assert span.attributes["entity"] == "ship_sea_gull"
    assert "Sea Gull II" in page(harbour, "ada")
