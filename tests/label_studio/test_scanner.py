"""The compiled scanner takes what a look at each region would give; what it leaves, it leaves untouched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from studio_tasks import decode_tasks

from made_up_schemes import ONE_OF_EACH as ONTOLOGY
from parley.label_studio.export import compiled
from parley.label_studio.export.findings import Findings
from parley.label_studio.export.regions import SKIPPED_OF_REGION
from parley.label_studio.screen import LABEL
from parley.label_studio.screen import TEXT as TEXT_TAG
from requirements_for_tests import skip_or_fail

TEXT = '😀 Umerov "met" \\ Zélen/in\tin\nשלום 𝔘 aa'
SPANS = tuple(ONTOLOGY.attributes_of)
RELATIONS = {label.name: label.symmetric for label in ONTOLOGY.relations}

Pairs = list[tuple[str, Any]]


@pytest.fixture(autouse=True)
def needs_the_scanner() -> None:
    if not compiled.COMPILED:
        skip_or_fail("the scanner is not compiled: install a C compiler and Python's headers")


def scanned(result: str | bytes, text: str = TEXT) -> Findings | None:
    """Return what the scanner takes over, or None where it leaves the annotation, and then untouched."""
    from parley.label_studio.export.scanner import Scanner

    scanner = Scanner(SPANS, tuple(RELATIONS), tuple(RELATIONS.values()), LABEL, TEXT_TAG, SKIPPED_OF_REGION)
    found = Findings.of(ONTOLOGY.attribute_names)
    scanner.open(text)
    if scanner.take(result.encode() if isinstance(result, str) else result, found) is None:
        assert found == Findings.of(ONTOLOGY.attribute_names)
        return None
    return found


def tasks(results_of_annotations: list[str], text: str = TEXT) -> bytes:
    """Return an array of one task with an annotation a user."""
    annotations = ", ".join(
        f'{{"id": {n}, "completed_by": {n}, "result": {result}}}'
        for n, result in enumerate(results_of_annotations, 1)
    )
    data = json.dumps({"text": text, "doc_id": "d"})
    return f'[{{"id": 1, "data": {data}, "annotations": [{annotations}]}}]'.encode()


def carefully(read: Callable[[], Findings]) -> Findings:
    """Read without the scanner."""
    with mock.patch.object(compiled, "COMPILED", False):
        return read()


def span(label: str, start: int, end: int, region: str) -> Pairs:
    value = [("start", start), ("end", end), ("text", TEXT[start:end]), ("labels", [label])]
    return [("value", value), ("id", region), ("from_name", "label"), ("to_name", "text"), ("type", "labels")]


def arc(head: str, tail: str, *labels: str, direction: str = "right") -> Pairs:
    return [
        ("from_id", head),
        ("to_id", tail),
        ("type", "relation"),
        ("direction", direction),
        ("labels", list(labels)),
    ]


def choice(region: str, value: str) -> Pairs:
    given = [("start", 2), ("end", 8), ("choices", [value])]
    return [("value", given), ("id", region), ("from_name", "level-A"), ("type", "choices")]


PLAIN = [span("A", 2, 8, "r1"), span("B", 2, 8, "r2"), span("C", 18, 24, "r3"), span("A", 0, 1, "r4")]


def shown(value: Any, written: Callable[[str], str] = json.dumps, gap: str = "") -> str:
    """Return JSON, of a list of pairs an object, as it stands, also where a key stands there twice."""
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        inside = [f"{written(key)}{gap}:{gap}{shown(one, written, gap)}" for key, one in value]
        return f"{{{gap}{f'{gap},{gap}'.join(inside)}{gap}}}"
    if isinstance(value, list):
        return f"[{gap}{f'{gap},{gap}'.join(shown(one, written, gap) for one in value)}{gap}]"
    return written(value) if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("gap", ["", " ", "\n\t\r "])
@pytest.mark.parametrize("plain_ascii", [True, False])
def test_a_plain_annotation_is_taken(gap: str, plain_ascii: bool) -> None:
    """However it is spaced and escaped, and whatever the order of its regions and keys."""
    regions = [arc("r2", "r1", "r"), *PLAIN, choice("r1", "X"), arc("r3", "r1", "same", direction="bi")]
    for ordered in (regions, [list(reversed(region)) for region in reversed(regions)]):
        text = shown(ordered, lambda one: json.dumps(one, ensure_ascii=plain_ascii), gap)
        found = scanned(gap + text + gap)
        assert found is not None
        assert sorted(found.texts) == sorted(["Umerov", "Umerov", TEXT[18:24], "😀"])
        assert len(found.relation_labels) == 2
        assert sorted(found.starts[row] for row in found.heads + found.tails) == [2, 2, 2, 18]


def test_a_scanner_compiled_from_another_source_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says of regions may be of before; the report says how it is compiled again."""
    assert not compiled.uncompiled()
    monkeypatch.setattr(compiled.scanner, "SOURCE", "0" * 64)
    assert "compiled from another scanner.pyx" in compiled.uncompiled()
    assert "make setup" in compiled.uncompiled()
    monkeypatch.delattr(compiled.scanner, "SOURCE")
    assert "compiled from another scanner.pyx" in compiled.uncompiled()


def test_an_empty_annotation_is_taken() -> None:
    assert scanned(" [ ] ") is not None
    assert scanned("[]") is not None


@pytest.mark.parametrize(
    "escape", [r"\/", r"\"", r"\\", r"\t", r"\n", r"\u05e9", r"\ud835\udd18", r"\uD835\uDD18"]
)
def test_every_escape_is_read(escape: str) -> None:
    char = json.loads(f'"{escape}"')
    start = TEXT.index(char)
    written = shown([span("A", start, start + 1, "r1")]).replace(json.dumps(char), f'"{escape}"')
    found = scanned(written)
    assert found is not None
    assert list(found.texts) == [char]


def test_a_relation_is_turned_as_elsewhere() -> None:
    """Drawn to the left it is turned; one without a direction runs from the later span to the earlier."""
    for direction, head in [("right", 0), ("left", 1)]:
        found = scanned(shown([*PLAIN[:2], arc("r1", "r2", "r", direction=direction)]))
        assert found is not None
        assert (list(found.heads), list(found.tails)) == ([head], [1 - head])
    symmetric = next(name for name, both in RELATIONS.items() if both)
    for one, two in [("r1", "r3"), ("r3", "r1")]:
        found = scanned(shown([*PLAIN, arc(one, two, symmetric)]))
        assert found is not None
        assert (list(found.heads), list(found.tails)) == ([2], [0])


@pytest.mark.parametrize(
    "wrong", ["", "{}", "[", "[}", "[1]", "[[]]", "[null]", '["r"]', "[{}]", "[{]", "[] []", "[,]"]
)
def test_what_is_no_list_of_regions_is_left(wrong: str) -> None:
    assert scanned(wrong) is None


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("}]", "},]"), ("}]", "}] 1"), ("[{", "[,{"), ("[{", "[1, {"),
        ('["A"]', '["A", "B"]'), ('["A"]', "[]"), ('["A"]', '["Z"]'), ('["A"]', '"A"'), ('["A"]', "null"),
        ('"id": "a"', '"id": ""'), ('"id": "a"', '"di": "a"'), ('"id": "a"', '"id": "é"'),
        ('"id": "a"', '"id": "\\u0061"'), ('"id"', '"\\u0069d"'), ('"id": "a"', '"id": "a", "id": "a"'),
        ('"text"', '"words"'), ('"Umerov"', '["Umerov"]'), ("Umerov", "Umerow"), ("Umerov", "Umerov "),
        ("Umerov", ""), ("Umerov", "\\ud835"), ("Umerov", "\\udd18"), ("Umerov", "\\x"), ("Umerov", "\t"),
        ("8", "7"), ("8", "8.0"), ("8", "8e0"), ("8", '"8"'), ("8", "null"), ("2", "-2"),
        ("8", "99999999999"), ("8", "99"), ('"start": 2', '"start": 8'), ('"start": 2', '"begin": 2'),
        ('"end"', '"start"'),
        ('"start": 2', '"start": 2, "choices": ["X"]'), ('"id"', '"labels": ["A"], "id"'),
        ('"id"', '"from_id": "b", "id"'), ('"id"', '"type": 1, "id"'),
    ],
)  # fmt: skip
def test_an_annotation_that_is_not_plain_is_left(there: str, instead: str) -> None:
    value = '{"start": 2, "end": 8, "text": "Umerov", "labels": ["A"]}'
    plain = f'[{{"value": {value}, "id": "a", "from_name": "label"}}]'
    assert scanned(plain) is not None
    assert there in plain
    assert scanned(plain.replace(there, instead, 1)) is None


@pytest.mark.parametrize(
    "more",
    [
        span("A", 2, 8, "r9"),                          # the same span again
        span("C", 2, 8, "r1"),                          # an id again
        arc("r1", "nobody", "r"),
        arc("r1", "r2"),
        arc("r1", "r2", "nothing"),
        arc("r1", "r2", "r", "r"),                      # a relation again
        arc("r1", "r2", "r", direction="bi"),           # which of them is the head
        arc("r1", "r2", "r", direction="up"),
        [*arc("r1", "r2", "r"), ("labels", ["r"])],     # a key again
        [("type", "magic"), *arc("r1", "r2", "r")[:2], *arc("r1", "r2", "r")[3:]],
    ],
)  # fmt: skip
def test_one_odd_region_leaves_the_whole_annotation(more: Pairs) -> None:
    assert scanned(shown(PLAIN)) is not None
    assert scanned(shown([*PLAIN, more])) is None


ANYTHING = st.recursive(
    st.sampled_from([None, True, -2, 0, 8, 40, 0.5, "", "r1", "A", "r", TEXT]),
    lambda inner: st.lists(inner, max_size=2) | st.lists(st.tuples(st.sampled_from("ab"), inner), min_size=1),
    max_leaves=4,
)
KEYS = ["value", "id", "from_name", "from_id", "to_id", "type", "direction", "labels", "start", "end", "text",
        "choices", "taxonomy", "origin"]  # fmt: skip


@st.composite
def odd_regions(draw: st.DrawFn) -> str:
    """Draw an annotation's regions in JSON, sound ones and some with something odd about them."""
    ids = st.sampled_from(["r1", "r2", "r3", "r4", "é", ""])
    regions: list[Pairs] = draw(st.permutations(PLAIN))[: draw(st.integers(1, 4))]
    names, directions = st.sampled_from([*RELATIONS, "no"]), st.sampled_from(["right", "left", "bi", ""])
    others = st.builds(arc, ids, ids, names, direction=directions) | st.builds(
        choice, ids, st.sampled_from("XZ")
    )
    regions += draw(st.lists(others, max_size=4))
    made = []
    for region in draw(st.permutations(regions)):
        changed = region
        for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
            key, value = changed[0] if changed else ("", None)
            if key == "value" and isinstance(value, list) and draw(st.booleans()):
                changed = [(key, _changed(draw, value)), *changed[1:]]
            else:
                changed = _changed(draw, changed)
        made.append(draw(st.permutations(changed)) if draw(st.booleans()) else changed)

    def written(text: str) -> str:
        return json.dumps(text, ensure_ascii=draw(st.booleans()))

    return shown(made, written, draw(st.sampled_from(["", " ", "\n "])))


def _changed(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    """Return an object with a key gone, another, or again, or with another value."""
    if not pairs or not isinstance(pairs[0], tuple):
        return [(draw(st.sampled_from(KEYS)), draw(ANYTHING))]
    place = draw(st.integers(0, len(pairs) - 1))
    key, value = pairs[place]
    other = draw(st.sampled_from([
        [], [(draw(st.sampled_from(KEYS)), value)], [(key, draw(ANYTHING))], [(key, value), (key, value)],
        [(key, value), (draw(st.sampled_from(KEYS)), draw(ANYTHING))],
    ]))  # fmt: skip
    return [*pairs[:place], *other, *pairs[place + 1 :]]


@given(st.lists(odd_regions(), min_size=1, max_size=3))
def test_the_scanner_changes_nothing(annotations: list[str]) -> None:
    """Rows, values, refusals and their bytes are the same with it and without."""
    data = tasks(annotations)
    data = b"[" + b",".join([tasks([shown(PLAIN)])[1:-1], data[1:-1], tasks([shown(PLAIN[:1])])[1:-1]]) + b"]"

    def read() -> Findings:
        return decode_tasks(data, ONTOLOGY)

    assert read() == carefully(read)


@given(odd_regions(), st.data())
def test_nothing_is_read_past_an_end(result: str, data: st.DataObject) -> None:
    """Bytes that are not JSON, cut off anywhere or changed, are left or read; they break nothing."""
    raw = bytearray(result.encode())
    assert scanned(bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])) is None
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.sampled_from(b'{}[]",:\\0 u\x00\xff'))
    scanned(bytes(raw))


def test_a_region_of_another_shape_costs_itself() -> None:
    """What the scanner had taken before it was found is not there twice."""
    plain = shown([*PLAIN, choice("r1", "X"), arc("r1", "r2", "r")])
    bad = shown([*PLAIN, [("value", [("choices", 5)]), ("id", "r1"), ("from_name", "level-A")]])
    data = b",".join(tasks(one)[1:-1] for one in ([plain], [plain, bad], [plain]))

    def read() -> Findings:
        return decode_tasks(b"[" + data + b"]", ONTOLOGY)

    found = read()
    assert found == carefully(read)
    assert (found.tasks, len(found.annotations)) == (3, 4)
    [lost] = [refusal.fault.message for refusal in found.refusals if refusal.lost]
    assert lost == "Expected `array | null`, got `int` - at `$.value.choices`"
    assert len(found.attributes["level"]) == 3


@pytest.mark.parametrize(
    ("data", "twice"),
    [
        ('{"a": 1, "b": {"a": 2}, "c": [{"a": 3}, {"a": "a"}]}', False),
        ('["a", "a", {"a": "a"}]', False),
        ('{"a": 1, "b": [{"a": [], "c": {}, "a": 2}]}', True),
        ('{"a": {"b": {}}, "c": "}", "a": 1}', True),
        (r'{"a": 1, "\u0061": 2}', True),
        (json.dumps({str(number): number for number in range(200)}), True),  # too many to be compared here
    ],
)
def test_a_key_that_may_be_there_twice_is_noticed(data: str, twice: bool) -> None:
    """At any depth; if the compiled walk cannot tell, another looks."""
    from parley.label_studio.export.broken_json import has_repeated
    from parley.label_studio.export.scanner import repeats_key

    assert repeats_key(data.encode(), []) == twice
    assert has_repeated(data.encode()) == (twice and len(data) < 1000)


def test_parts_that_are_read_otherwise_are_not_looked_into() -> None:
    data = b'[{"r": [{"a": 1, "a": 2}], "s": 1}, {"r":{"a": 1, "a": 2}, "s": 1}]'
    parts = [memoryview(data)[data.index(b"[{", 2) : data.index(b"],") + 1]]
    assert repeats(data, parts)
    begin = data.index(b'{"a"', 30)
    parts.append(memoryview(data)[begin : data.index(b"}", begin) + 1])
    assert not repeats(data, parts)


def repeats(data: bytes, parts: list[memoryview]) -> bool:
    from parley.label_studio.export.scanner import repeats_key

    return repeats_key(data, parts)
