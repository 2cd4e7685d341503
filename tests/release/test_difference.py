"""Differences: what was added, removed, moved and retyped, and how far the version must rise."""

import pytest

from parley.release.difference import Difference, Labels, as_markdown, difference
from parley.release.versions import lowest_version


def span(label, start, end, **values):
    row = {
        "doc_id": "d",
        "id": f"{label}-{start}-{end}",
        "label": label,
        "start": start,
        "end": end,
        "text": "x",
    }
    return row | values


def relation(label, head, tail):
    ids = {"id": f"{head}.{label}.{tail}", "head": head, "tail": tail}
    return {"doc_id": "d", "label": label, "head_text": "x", "tail_text": "y", **ids}


def labels(spans=(), relations=(), **changes):
    article = {"text_sha256": "0", "split": "train"}
    return Labels(
        changes.get("schema", {"spans.id": "string"}),
        changes.get("articles", {"d": article}),
        {("d", s["id"]): s for s in spans},
        {("d", r["id"]): r for r in relations},
    )


def test_nothing_is_nothing():
    """Two equal releases do not differ, and may differ in words only."""
    same = labels([span("A", 0, 1)])
    assert difference(same, same) == Difference()
    assert difference(same, same).level == "patch"


def test_each_kind_of_change_has_its_name():
    """A shifted boundary is moved, another label at the same place retyped, another value changed."""
    before = labels([span("A", 0, 5), span("A", 10, 15), span("A", 20, 25, level="x"), span("B", 30, 35)])
    after = labels([span("A", 0, 6), span("B", 10, 15), span("A", 20, 25, level="y"), span("C", 40, 45)])
    found = difference(before, after)
    assert [(a["id"], b["id"]) for a, b in found.moved] == [("A-0-5", "A-0-6")]
    assert [(a["id"], b["id"]) for a, b in found.retyped] == [("A-10-15", "B-10-15")]
    assert [a["id"] for a, _ in found.changed] == ["A-20-25"]
    assert [r["id"] for r in found.removed] == ["B-30-35"]
    assert [r["id"] for r in found.added] == ["C-40-45"]
    assert found.level == "minor"


def test_a_turned_relation_is_retyped():
    """The same two ends with another label or direction are one change, not two."""
    found = difference(labels((), [relation("r", "p", "q")]), labels((), [relation("s", "q", "p")]))
    assert len(found.retyped) == 1
    assert found.count == 1


def test_articles_splits_and_schema_are_told():
    """Articles that come and go, move between splits or change their text; columns."""
    before = labels(
        articles={"d": {"text_sha256": "0", "split": "train"}, "e": {"text_sha256": "0", "split": "test"}}
    )
    after = labels(
        articles={"d": {"text_sha256": "1", "split": "test"}, "f": {"text_sha256": "0", "split": "train"}},
        schema={"spans.id": "string", "spans.new": "int32"},
    )
    found = difference(before, after)
    assert (found.articles_added, found.articles_removed, found.texts_changed) == (["f"], ["e"], ["d"])
    assert found.resplit == [("d", "train", "test")]
    assert found.level == "major"
    page = as_markdown(found, "1", "2")
    assert "d: train → test" in page
    assert "spans.new" in page


@pytest.mark.parametrize(
    ("last", "change", "lowest"),
    [
        ("1.2.3", Difference(), "1.2.4"),
        ("1.2.3", Difference(added=[{}]), "1.3.0"),
        ("1.2.3", Difference(schema=["x"]), "2.0.0"),
        ("0.2.3", Difference(schema=["x"]), "0.3.0"),
    ],
)
def test_the_change_decides_the_number(last, change, lowest):
    """Schema major, labels minor, words patch; before 1.0 a new schema is minor."""
    assert lowest_version(last, change) == lowest
