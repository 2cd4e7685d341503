"""What goes into Label Studio's format comes out the same; what is wrong there is named, with its place."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from unittest import mock

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studio_tasks import decode_tasks

from made_up_schemes import ONE_OF_EACH as ONTOLOGY
from parley.label_studio.export import compiled
from parley.label_studio.export.findings import Refusal
from parley.label_studio.export.layers import finished_layers
from parley.label_studio.export.regions import layer_to_result
from parley.label_studio.export.tables import batch_of
from parley.model.batch import EXPORT, Batch, LayerFile
from parley.model.labels import Layer, Relation, in_order, make_relation, make_span, sha256_text

TEXT = "😀 Umerov  met\tZe\u0301len in שלום\r\nand <b>left</b> &amp; went"
PIECES = ["a", "bc", " ", "  ", "\r\n", "\t", "😀", "e\u0301", "שלום", "<b>", "&amp;", "𝔘"]
VALUES = {
    "ref": ["one", "two"],
    "what": ["one"],
    "level": ["X", "Y"],
    "when": ["2025-06-02"],
    "size": ["3 <m> & 𝔘"],
}


@st.composite
def made_layers(draw: st.DrawFn) -> tuple[str, Layer]:
    """Draw a text nobody would think of, with nested and overlapping spans, attributes and relations."""
    text = "".join(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=20)))
    spans = {}
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        label = draw(st.sampled_from(ONTOLOGY.span_names))
        attributes = {
            name: draw(st.sampled_from(VALUES[name]))
            for name in ONTOLOGY.attributes_of[label]
            if draw(st.booleans())
        }
        span = make_span(text, label, start, end, attributes)
        spans[span.id] = span
    relations: dict[str, Relation] = {}
    for _ in range(draw(st.integers(0, 6)) if len(spans) > 1 else 0):
        head, tail = draw(st.permutations(sorted(spans)))[:2]
        label = draw(st.sampled_from(ONTOLOGY.relations))
        relation = make_relation(label.name, spans[head], spans[tail], symmetric=label.symmetric)
        relations[relation.id] = relation
    layer = Layer(
        "d1", sha256_text(text), "ada", ONTOLOGY.revision, "2026-01-01T00:00:00Z", 12.5,
        tuple(spans.values()), tuple(relations.values()),
    )  # fmt: skip
    return text, in_order(layer)


def as_task(text: str, result: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a task as the server exports it."""
    annotation = {"id": 7, "result": result, "completed_by": 3, "was_cancelled": False, "lead_time": 12.5,
                  "updated_at": "2026-01-01T00:00:00Z"}  # fmt: skip
    data = {"doc_id": "d1", "text": text, "text_sha256": sha256_text(text), "annotator": "ada", "title": "t"}
    return {"id": 5, "data": data, "annotations": [annotation], "drafts": [], "predictions": [1], **more}


@dataclass(frozen=True)
class Read:
    """What is read of an export: the tables of its batch, its layers, and what else is found."""

    batch: Batch
    refusals: list[Refusal]
    tasks: int
    layers: list[tuple[Layer, tuple[int, int]]]

    @property
    def annotations(self) -> pa.Table:
        return self.batch.layers

    @property
    def spans(self) -> pa.Table:
        return self.batch.spans

    @property
    def relations(self) -> pa.Table:
        return self.batch.relations


def read(*tasks: dict[str, Any], annotator: str = "") -> Read:
    data = json.dumps(list(tasks), ensure_ascii=False).encode()
    found = decode_tasks(data, ONTOLOGY, annotator)
    layers = list(finished_layers(found, ONTOLOGY))
    return Read(batch_of(found, ONTOLOGY), found.refusals, found.tasks, layers)


def codes(batch: Read) -> list[tuple[str, bool]]:
    return [(r.fault.code, r.lost) for r in batch.refusals]


def span(label: str, start: int, end: int, region: str = "r1", text: str = TEXT) -> dict[str, Any]:
    value = {"start": start, "end": end, "text": text[start:end], "labels": [label]}
    return {"id": region, "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def said(control: str, kind: str, value: Any, region: str = "r1") -> dict[str, Any]:
    given = {"start": 0, "end": 1, kind: value}
    return {"id": region, "from_name": control, "to_name": "text", "type": kind, "value": given}


def arc(direction: str | None, *labels: str, head: str = "r1", tail: str = "r2") -> dict[str, Any]:
    return {
        "type": "relation",
        "from_id": head,
        "to_id": tail,
        "direction": direction,
        "labels": list(labels),
    }


@settings(deadline=None)
@given(made_layers())
def test_a_layer_comes_back_as_it_went_in(made: tuple[str, Layer]) -> None:
    """Spans, offsets, attributes, relations and their directions survive, in any script and markup."""
    text, layer = made
    batch = read(as_task(text, layer_to_result(layer, ONTOLOGY)))
    assert [r.fault for r in batch.refusals if r.lost] == []
    assert batch.layers == [(layer, (5, 7))]


@settings(deadline=None)
@given(made_layers())
def test_columns_are_those_of_label_files(made: tuple[str, Layer]) -> None:
    """The batch read from an export and the one made from label files hold the same rows."""
    text, layer = made
    batch = read(as_task(text, layer_to_result(layer, ONTOLOGY)))

    def rows(table: pa.Table) -> list[dict[str, Any]]:
        return sorted(table.to_pylist(), key=lambda row: str(row["id"]))

    other = Batch.of([], [LayerFile(layer, EXPORT)], ONTOLOGY)
    assert batch.spans.schema == other.spans.schema
    assert rows(batch.spans) == rows(other.spans)
    assert batch.relations.schema == other.relations.schema
    ends = {"head_row": 0, "tail_row": 0}  # the order of the spans is another
    assert [r | ends for r in rows(batch.relations)] == [r | ends for r in rows(other.relations)]
    spans = batch.spans["id"].to_pylist()
    for relation in batch.relations.to_pylist():
        assert spans[relation["head_row"]] == relation["head"]
        assert spans[relation["tail_row"]] == relation["tail"]


@settings(deadline=None)
@given(made_layers(), st.booleans())
def test_the_scanner_finds_what_a_look_at_each_region_finds(made: tuple[str, Layer], twice: bool) -> None:
    """Where nothing needs a second look, a first one gives the same rows and faults."""
    text, layer = made
    result = layer_to_result(layer, ONTOLOGY)
    task = as_task(text, result + result[:1] if twice else result)  # a region that stands there twice is one
    with mock.patch.object(compiled, "COMPILED", False):
        careful = read(task)
    quick = read(task)
    assert careful.refusals == quick.refusals
    assert careful.spans.equals(quick.spans)
    assert careful.relations.equals(quick.relations)


def test_a_name_nobody_knows_costs_nothing_else() -> None:
    known = next(
        name
        for name, attributes in ONTOLOGY.attributes_of.items()
        if not any(a.required or a.required_when for a in attributes.values())
    )
    strange = {**span(known, 0, 1, "r9"), "value": {"start": 0, "end": 1, "text": TEXT[0], "labels": ["X"]}}
    for wrong in (strange, said("nobody", "choices", ["a"]), span(known, 0, 1, "r9") | {"type": "magic"}):
        plain = [span(known, 2, 8), span(known, 10, 13, "r2")]
        sound, mixed = read(as_task(TEXT, plain)), read(as_task(TEXT, [*plain, wrong]))
        assert mixed.spans.slice(0, 2).equals(sound.spans)
        assert len(codes(mixed)) == (wrong.get("type") != "magic") + len(codes(sound))


def test_a_region_of_another_shape_counts_only_where_it_is_read() -> None:
    """It is named, and costs nothing else; what was cancelled is nobody's labels."""
    odd = [span("C", 2, 8), {"id": "r2", "value": {"start": "two"}}]
    task = as_task(TEXT, odd)
    batch = read(task, as_task(TEXT, [span("C", 2, 8)]))
    assert codes(batch) == [("studio-region", True)]
    assert batch.refusals[0].fault.place == "d1 > task 5 > annotation 7 > region r2"
    assert batch.spans.num_rows == 2
    task["annotations"][0]["was_cancelled"] = True
    for others in ([], [{"id": 9, "data": {"image": "x"}}]):  # alone, and beside a task that is none
        batch = read(task, *others)
        assert batch.annotations["state"].to_pylist() == ["cancelled"]
        assert len(codes(batch)) == len(others)


@settings(deadline=None)
@given(made_layers(), st.randoms(use_true_random=False))
def test_the_order_of_regions_means_nothing(made: tuple[str, Layer], random: Any) -> None:
    """An attribute or relation may stand before the span it belongs to."""
    text, layer = made
    result = layer_to_result(layer, ONTOLOGY)
    random.shuffle(result)
    assert [made for made, _ in read(as_task(text, result)).layers] == [layer]


@settings(deadline=None)
@given(made_layers())
def test_no_two_entries_relate_one_pair(made: tuple[str, Layer]) -> None:
    """The server's screen keeps only the first of them, so they must be one entry with all labels."""
    entries = [r for r in layer_to_result(made[1], ONTOLOGY) if r["type"] == "relation"]
    pairs = [(r["from_id"], r["to_id"]) for r in entries]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("direction", "label", "expected"),
    [
        ("right", "r", "A-2-8.r.B-10-13"),
        (None, "r", "A-2-8.r.B-10-13"),
        ("left", "r", "B-10-13.r.A-2-8"),
        ("right", "same", "B-10-13.same.A-2-8"),
        ("left", "same", "B-10-13.same.A-2-8"),
        ("bi", "same", "B-10-13.same.A-2-8"),
    ],
)
def test_directions_become_head_and_tail(direction: str | None, label: str, expected: str) -> None:
    """Right runs from the first to the second, left back; a symmetric one from the later to the earlier."""
    batch = read(as_task(TEXT, [span("A", 2, 8), span("B", 10, 13, "r2"), arc(direction, label)]))
    assert batch.relations["id"].to_pylist() == [expected]


FAULTY = {
    "both ways, but directed": ([arc("bi", "r")], ("studio-direction", True)),
    "no direction we know": ([arc("up", "r")], ("studio-direction", True)),
    "no relation label": ([arc("right")], ("relation-label", True)),
    "unknown relation label": ([arc("right", "zzz")], ("relation-label", True)),
    "to nothing": ([arc("right", "r", tail="gone")], ("relation-dangling", True)),
    "drawn twice": ([arc("right", "q"), arc("left", "q", head="r2", tail="r1")],
                    ("relation-duplicate", False)),
    "no label": ([span("A", 20, 22, "r3") | {"value": {"start": 20, "end": 22, "labels": []}}],
                 ("studio-region", True)),
    "two labels": ([span("A", 20, 22, "r3") | {"value": {"start": 20, "end": 22, "labels": ["A", "B"]}}],
                   ("studio-region", True)),
    "unknown label": ([span("Z", 20, 22, "r3")], ("span-label", True)),
    "off by one": ([span("C", 20, 22, "r3", TEXT[1:])], ("studio-offset", True)),
    "beyond the text": ([span("C", 20, 9999, "r3")], ("studio-offset", True)),
    "the same span twice": ([span("A", 2, 8, "r3")], ("span-duplicate", False)),
    "attribute of nothing": ([said("when-C", "text", ["x"], "gone")], ("studio-region", True)),
    "unknown control": ([said("mood", "choices", ["x"])], ("studio-region", True)),
    "attribute of another label": ([said("when-C", "text", ["x"])], ("attribute-unknown", True)),
    "unknown value": ([span("A", 20, 21, "r3"), said("ref-A", "taxonomy", [["one"]], "r3"),
                       said("level-A", "choices", ["Z"], "r3")], ("attribute-value", False)),
    "two values": ([said("level-A", "choices", ["X", "Y"])], ("attribute-value", True)),
    "two different answers": ([said("level-A", "choices", ["Y"])], ("attribute-value", True)),
    "required, missing": ([span("A", 20, 21, "r3"), said("ref-A", "taxonomy", [["one"]], "r3")],
                          ("attribute-missing", False)),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTY)
def test_each_fault_is_named_once_with_its_place(case: str) -> None:
    """What cannot be carried over is said, and the rest of the annotation still arrives."""
    more, expected = FAULTY[case]
    whole = [span("A", 2, 8), said("ref-A", "taxonomy", [["one"]]), said("level-A", "choices", ["X"]),
             span("B", 10, 13, "r2"), said("ref-B", "taxonomy", [["two"]], "r2"),
             said("level-A", "choices", ["X"], "r2")]  # fmt: skip
    assert codes(read(as_task(TEXT, whole))) == []
    batch = read(as_task(TEXT, whole + more))
    assert codes(batch) == [expected]
    assert batch.refusals[0].fault.place.startswith("d1 > task 5 > annotation 7 > ")
    assert {"A-2-8", "B-10-13"} <= set(batch.spans["id"].to_pylist())


def test_required_only_when() -> None:
    """An attribute required by the value of another is asked for only then."""
    base = [span("B", 2, 8), said("ref-B", "taxonomy", [["two"]])]
    assert codes(read(as_task(TEXT, [*base, said("level-A", "choices", ["X"])]))) == []
    assert codes(read(as_task(TEXT, [*base, said("level-A", "choices", ["Y"])]))) == [
        ("attribute-missing", False)
    ]


def test_a_proposed_entity_is_kept_by_its_name_and_not_missed() -> None:
    """Someone not in entities.csv is in the row's place; a row that is chosen has priority, with a word."""
    result = [
        span("A", 2, 8),
        said("level-A", "choices", ["X"]),
        said("ref-A-new", "text", ["Rustem Umerov"]),
    ]
    batch = read(as_task(TEXT, result))
    assert codes(batch) == []
    assert batch.spans["ref"].to_pylist() == ["new: Rustem Umerov"]
    both = read(as_task(TEXT, [*result, said("ref-A", "taxonomy", [["one"]])]))
    assert codes(both) == [("entity-proposed", False)]
    assert both.spans["ref"].to_pylist() == ["one"]


def test_browser_offsets_are_converted() -> None:
    """Offsets in UTF-16 units, with the surface they mean, arrive in code points."""
    region = span("C", 3, 9)
    region["value"]["text"] = "Umerov"
    batch = read(as_task(TEXT, [region]))
    assert batch.spans.select(["start", "end", "text"]).to_pylist() == [
        {"start": 2, "end": 8, "text": "Umerov"}
    ]


def test_newest_finished_annotation_counts() -> None:
    """Older ones, cancelled ones and drafts are listed with their state, and give no labels."""

    def one(number: int, updated: str, label: str, **more: Any) -> dict[str, Any]:
        return {"id": number, "result": [span(label, 2, 8)], "updated_at": updated, **more}

    task = as_task(
        TEXT,
        [],
        annotations=[
            one(1, "2026-01-03T00:00:00Z", "C"),
            one(2, "2026-01-01T00:00:00Z", "B"),
            one(3, "2026-01-09T00:00:00Z", "B", was_cancelled=True),
        ],
        drafts=[{"id": 4, "user": "a@b", "updated_at": "2026-02-01T00:00:00Z", "result": []}],
    )
    batch = read(task)
    states = batch.annotations.select(["annotation", "state"]).to_pylist()
    assert [tuple(row.values()) for row in states] == [
        (1, "finished"), (2, "superseded"), (3, "cancelled"), (4, "draft")
    ]  # fmt: skip
    assert batch.spans["label"].to_pylist() == ["C"]


def test_an_edited_text_is_refused_whole() -> None:
    """No label of a task whose text is not the pushed one is believed."""
    task = as_task(TEXT, [span("C", 2, 8)])
    task["data"]["text"] += "!"
    batch = read(task)
    assert codes(batch) == [("studio-text-edited", True)]
    assert batch.annotations.num_rows == batch.spans.num_rows == 0


def test_a_broken_task_does_not_cost_the_others() -> None:
    """A task of another shape is named by its position; its neighbours arrive."""
    batch = read(as_task(TEXT, [span("C", 2, 8)]), {"id": 9, "data": {"image": "x"}}, as_task(TEXT, []))
    assert codes(batch) == [("studio-task", True)]
    assert re.fullmatch(r"byte [1-9]\d+ of the export", batch.refusals[0].fault.place)
    assert batch.tasks == 3
    assert batch.annotations.num_rows == 2


def test_what_is_no_export_is_not_read() -> None:
    """Bad JSON is the caller's to report: there is no batch to speak of."""
    with pytest.raises(msgspec.DecodeError):
        decode_tasks(b'[{"id": 1,', ONTOLOGY)


def test_whose_annotations_is_told_by_task_option_or_user() -> None:
    """In this order; two users of one task are two annotators, and so are two that nobody names."""
    task = as_task(TEXT, [])
    assert read(task, annotator="bo").annotations["annotator"].to_pylist() == ["ada"]
    assert read(task).annotations["annotator"].to_pylist() == ["ada"]
    del task["data"]["annotator"]
    assert read(task, annotator="bo").annotations["annotator"].to_pylist() == ["bo"]
    task["annotations"].append({"id": 8, "result": [], "completed_by": {"id": 4, "email": "x@y"}})
    assert read(task).annotations["annotator"].to_pylist() == ["user-3", "user-4"]
    for annotation in task["annotations"]:
        annotation["completed_by"] = None
    nobody = read(task).annotations
    assert nobody["annotator"].to_pylist() == ["unknown-7", "unknown-8"]
    assert nobody["state"].to_pylist() == ["finished", "finished"]


@pytest.mark.parametrize("name", ["r1", ""])
def test_who_names_one_of_several_regions_is_refused(name: str) -> None:
    """An attribute or a relation of an id that two spans have, or that nobody gave, is not put anywhere."""
    result = [
        span("C", 2, 8, name),
        span("C", 11, 14, name),
        span("C", 15, 18, "r2"),
        said("when", "textarea", ["2025-06-02"], name),
        arc("right", "q", head=name),
        arc("right", "q", head="r2", tail="r2"),
    ]
    batch = read(as_task(TEXT, result))
    assert codes(batch) == [("studio-region", True), ("relation-dangling", True)]
    assert batch.spans["id"].to_pylist() == ["C-2-8", "C-11-14", "C-15-18"]
    assert batch.spans["when"].null_count == 3
    assert batch.relations["id"].to_pylist() == ["C-15-18.q.C-15-18"]


def test_an_ontology_may_have_no_relations() -> None:
    ontology = msgspec.structs.replace(ONTOLOGY, relations=())
    data = json.dumps([as_task(TEXT, [span("C", 2, 8), span("C", 11, 14, "r2"), arc("right", "q")])]).encode()
    found = decode_tasks(data, ontology)
    assert [refusal.fault.code for refusal in found.refusals] == ["relation-label"]
    assert batch_of(found, ontology).spans.num_rows == 2


def test_a_value_that_a_label_cannot_have_is_not_written() -> None:
    """A layer that holds one is not sent to the server without it."""
    layer = Layer("d", "", "a", "", "", None, (make_span(TEXT, "A", 2, 8, {"when": "now"}),), ())
    with pytest.raises(KeyError):
        layer_to_result(layer, ONTOLOGY)
