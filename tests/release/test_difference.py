"""Differences: what was added, removed, moved and retyped, and how far the version must rise."""

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.faults import DataFaults
from parley.release.data.files import write_table
from parley.release.inputs import Licence, Settings
from parley.release.versions.changelog import as_markdown, changelog
from parley.release.versions.difference import (
    SHOWN,
    Changes,
    Difference,
    Labels,
    difference,
    label_changes,
    read_labels,
)
from parley.release.versions.history import lowest_version

SPANS = st.tuples(
    st.sampled_from("AB"), st.integers(0, 12), st.integers(1, 6), st.sampled_from(["x", "y", None])
)


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
    ids = {"id": f"{head}.{label}.{tail}", "head_id": head, "tail_id": tail}
    return {"doc_id": "d", "label": label, "head_text": "x", "tail_text": "y", **ids}


def labels(spans=(), relations=(), **changes):
    return Labels(
        changes.get("schema", {"spans.id": "string"}),
        changes.get("articles", {"d": ("0", "train")}),
        {config: table(rows) for config, rows in (("spans", spans), ("relations", relations)) if rows},
        changes.get("classes", {}),
    )


def table(rows):
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: [row.get(name) for row in rows] for name in columns})


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
    assert [(a["id"], b["id"]) for a, b in found.moved.shown] == [("A-0-5", "A-0-6")]
    assert [(a["id"], b["id"]) for a, b in found.retyped.shown] == [("A-10-15", "B-10-15")]
    assert [a["id"] for a, _ in found.changed.shown] == ["A-20-25"]
    assert [r["id"] for r, _ in found.removed.shown] == ["B-30-35"]
    assert [r["id"] for _, r in found.added.shown] == ["C-40-45"]
    assert found.level == "minor"


@settings(max_examples=30, deadline=None)
@given(*[st.lists(SPANS, max_size=12, unique_by=lambda s: (s[0], s[1], s[2])) for _ in range(2)])
def test_every_label_is_accounted_for_once(before, after):
    """Kept, changed, moved and retyped ones have one partner each; the rest came or went."""
    sides = [
        {
            f"{label}-{start}-{start + size}": (label, start, start + size, level)
            for label, start, size, level in side
        }
        for side in (before, after)
    ]
    found = difference(
        *(labels([span(x, i, j, level=level) for x, i, j, level in side.values()]) for side in sides)
    )
    same = {name for name in sides[0].keys() & sides[1].keys() if sides[0][name] == sides[1][name]}
    paired = len(found.moved) + len(found.retyped)
    assert len(found.changed) == len(sides[0].keys() & sides[1].keys()) - len(same)
    assert len(sides[0]) == len(same) + len(found.changed) + paired + len(found.removed)
    assert len(sides[1]) == len(same) + len(found.changed) + paired + len(found.added)
    for kind in (found.moved, found.retyped, found.changed, found.added, found.removed):
        assert len(kind.shown) == len(kind)
        for part in (0, 1):
            ids = [pair[part]["id"] for pair in kind.shown if pair[part]]
            assert len(ids) == len(set(ids))
    for one, other in found.moved.shown:
        assert one["label"] == other["label"]
        assert one["start"] < other["end"]
        assert other["start"] < one["end"]
    gone = [row for row, _ in found.removed.shown]
    new = [row for _, row in found.added.shown]
    for one in gone:
        for other in new:
            at_one_place = (one["start"], one["end"]) == (other["start"], other["end"])
            meet = one["start"] < other["end"] and other["start"] < one["end"]
            assert not at_one_place
            assert not (meet and one["label"] == other["label"])


def test_class_numbers_are_compared_by_name():
    """A label with another number is the same label; a value in a column of one side only is a change."""
    rows = span("A", 0, 5) | {"label": 0}
    numbered = labels([rows], classes={"spans.label": ("A", "it's")})
    turned = labels([rows | {"label": 1, "level": None}], classes={"spans.label": ("it's", "A")})
    assert label_changes("spans", numbered, turned)["changed"] == Changes()
    told = labels([rows | {"label": 1, "level": "x"}], classes={"spans.label": ("it's", "A")})
    assert label_changes("spans", numbered, told)["changed"].labels == Counter(A=1)


def test_class_names_are_borrowed_where_a_release_tells_none():
    """Numbers of an older release stand for the newer one's names: nothing else is known of them."""
    rows = span("A", 0, 5) | {"label": 0}
    after = [rows, span("B", 0, 5) | {"label": 1}, span("A", 7, 9) | {"label": 0}]
    old, new = labels([rows]), labels(after, classes={"spans.label": ("A", "B")})
    assert difference(old, new).added.labels == Counter(A=1, B=1)
    assert difference(new, old).removed.labels == Counter(A=1, B=1)


@pytest.mark.parametrize(
    ("before", "after", "level", "says"),
    [
        ("AB", "AB", "patch", "No article and no label differs"),
        ("AB", "ABC", "minor", "spans.label: C"),
        ("AB", "BA", "major", "spans.label: 0 A → B, 1 B → A"),
        ("AB", "CAB", "major", "0 A → C, 1 B → A"),
        ("AB", "A", "major", "1 B → nothing"),
    ],
)
def test_a_class_number_keeps_its_meaning(before, after, level, says):
    """More classes behind the old ones are a minor change, a number that means something else a major one."""
    found = difference(*(labels(classes={"spans.label": tuple(side)}) for side in (before, after)))
    assert found.level == level
    assert says in as_markdown(found, "1", "2")
    assert difference(labels(), labels(classes={"spans.label": tuple(after)})).level == "patch"


def test_classes_are_read_however_deep_they_stand(tmp_path):
    """Of a column, of a list and of the fields of a list; where a file does not tell them there are none."""
    import datasets as ds

    label = ds.ClassLabel(names=["A", "B"])
    features = ds.Features(
        {
            "doc_id": ds.Value("string"),
            "text_sha256": ds.Value("string"),
            "kind": label,
            "tags": ds.List(label),
        }
        | {"spans": ds.List({"label": label})}
    )
    row = {"doc_id": "d", "text_sha256": "0", "kind": 0, "tags": [1], "spans": [{"label": 0}]}
    schema = features.arrow_schema
    for name, known in (("told", schema), ("untold", schema.remove_metadata())):
        table = pa.Table.from_pylist([row], schema=known)
        write_table(tmp_path / name / "data" / "documents" / "train-00000-of-00001.parquet", table)
    told, untold = read_labels(tmp_path / "told"), read_labels(tmp_path / "untold")
    places = ("documents.kind", "documents.tags", "documents.spans.label")
    assert told.classes == dict.fromkeys(places, ("A", "B"))
    assert untold.classes == {}
    assert difference(untold, told) == Difference()


def test_other_origin_is_counted_and_what_really_changed_is_shown():
    """A label of other sources gets no row; a changed one says what changed, and each kind gets its share."""
    old = [span("A", i, i + 1, sources=["rules"], level="x", decision=None) for i in range(100)]
    new = [row | {"sources": ["ada", "bo"], "decision": "agreed"} for row in old]
    new[7] |= {"level": None}
    new += [span("B", i, i + 1, sources=["ada"], level="y", decision=None) for i in range(200, 300)]
    found = difference(labels(old), labels(new))
    assert found.origin.labels == Counter({"sources rules → ada, bo and decision – → agreed": 99})
    assert (found.changed.labels, len(found.added), found.level) == (Counter(A=1), 100, "minor")
    page = as_markdown(found, "1", "2")
    assert "| sources rules → ada, bo and decision – → agreed: 99 |" in page
    assert (
        "| `A` x 7:8 sources=rules level=x decision=– | `A` x 7:8 sources=ada, bo level=– decision=agreed |"
        in page
    )
    assert page.count("`B` x") == SHOWN - 1
    assert "`A` x 8:9" not in page
    only = difference(labels(old[:1]), labels([old[0] | {"sources": ["ada"]}]))
    assert (only.level, "before" in as_markdown(only, "1", "2")) == ("minor", False)


def test_a_changed_relation_says_what_changed():
    """Its ends in words, then the columns that differ."""
    before, after = relation("r", "p", "q"), relation("r", "p", "q")
    found = difference(labels((), [before | {"note": "a"}]), labels((), [after | {"note": "b"}]))
    assert "| `r` x → y note=a | `r` x → y note=b | d |" in as_markdown(found, "1", "2")


def test_only_the_first_of_many_changes_are_kept_in_full():
    """However many there are: they are counted, and the page says how many more."""
    found = difference(labels(), labels([span("A", i, i + 1) for i in range(0, 200, 2)]))
    assert (len(found.added), len(found.added.shown)) == (100, SHOWN)
    assert "… and 80 more." in as_markdown(found, "1", "2")


def test_a_config_without_rows_has_the_columns_it_always_had():
    """The first relation of a corpus is not a new column: there was no file. What no release has is told."""
    schema = {"spans.id": "string", "entities.id": "string"}
    more = difference(labels(schema=schema), labels(schema=schema | {"relations.id": "string"}))
    assert (more.configs_added, more.schema, more.level) == (["relations"], [], "minor")
    assert difference(labels(schema=schema), labels(schema={"spans.id": "string"})) == Difference()
    gone = difference(labels(schema=schema | {"poems.id": "string"}), labels(schema=schema))
    assert gone.schema == ["poems.id: string → absent"]


def test_what_has_another_name_is_told_once_and_is_no_other_label():
    """Columns and configs of earlier releases: a changelog says what they are called now."""
    one = relation("r", "p", "q")
    old = {"head" if n == "head_id" else "tail" if n == "tail_id" else n: v for n, v in one.items()}
    before = {"relations.head": "string", "conflicts.id": "string", "relations.label": "int64"}
    after = {"relations.head_id": "string", "figures.id": "string", "relations.label": "string"}
    after |= {"relations.label_id": "int64"}
    found = difference(
        labels((), [old | {"reason": ""}], schema=before),
        labels((), [one | {"reason": None}], schema=after),
    )
    assert found.renamed == [
        "conflicts is figures now, with other columns",
        "relations.head is relations.head_id now",
        "relations.label is relations.label_id now",
    ]
    assert found == Difference(schema=["relations.label: int64 → string"], renamed=found.renamed)
    assert found.level == "major"


def test_a_damaged_file_of_a_release_is_named(tmp_path):
    """With its place, as a fault of the data; of the tables about the whole corpus too."""
    for config, split in (("documents", "train"), ("entities", "full")):
        path = tmp_path / "data" / config / f"{split}-00000-of-00001.parquet"
        path.parent.mkdir(parents=True)
        write_table(path, pa.table({"doc_id": ["d"], "text_sha256": ["0"]}))
    assert read_labels(tmp_path).schema.keys() >= {"documents.doc_id", "entities.doc_id"}
    path.write_bytes(b"PAR1")
    with pytest.raises(DataFaults, match=r"release-damaged  \S+/data/entities/full"):
        read_labels(tmp_path)


def test_the_changelog_tells_why_the_labels_differ(tmp_path):
    """The reasons of release.toml stand before the tables, as text."""
    licence = (Licence("labels", "open"),)
    settings = Settings(
        "n", "t", "0.2.0", "2031-06-01", "gold", "o/n", (), "", (), licence, reasons=("A *b*", "<i>")
    )
    page = changelog(tmp_path / "none", settings, {"version": "0.1.0"}, Difference(schema=["x"]), {})
    assert "## 0.2.0 (2031-06-01)\n\n- A *b*\n- \\<i>\n\n### Labels of 0.2.0" in page


def test_a_changed_label_shows_the_values_that_differ():
    """Not the number that only repeats a value."""
    one = span("A", 0, 1, quote="x", label_id=1)
    two = span("A", 0, 1, quote="y", label_id=2)
    page = as_markdown(difference(labels([one]), labels([two])), "1", "2")
    assert "| `A` x 0:1 quote=x | `A` x 0:1 quote=y |" in page


def test_only_the_first_of_many_articles_are_named():
    """A changelog does not grow with the corpus."""
    many = labels(articles={f"d{i:04}": ("0", "train") for i in range(1000)})
    page = as_markdown(difference(labels(articles={}), many), "1", "2")
    assert "| articles added | 1000 | d0000, d0001, " in page
    assert "d0019 … and 980 more |" in page


def test_a_turned_relation_is_retyped():
    """The same two ends with another label or direction are one change, not two."""
    found = difference(labels((), [relation("r", "p", "q")]), labels((), [relation("s", "q", "p")]))
    assert len(found.retyped) == 1
    assert found == Difference(retyped=found.retyped)


def test_articles_splits_and_schema_are_told():
    """Articles that come and go, move between splits or change their text; columns."""
    before = labels(articles={"d": ("0", "train"), "e": ("0", "test")})
    after = labels(
        articles={"d": ("1", "test"), "f": ("0", "train")},
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
        ("1.2.3", Difference(added=Changes(Counter(x=1))), "1.3.0"),
        ("1.2.3", Difference(schema=["x"]), "2.0.0"),
        ("0.2.3", Difference(schema=["x"]), "0.3.0"),
        ("1.2.3", Difference(classes_added=["x"]), "1.3.0"),
    ],
)
def test_the_change_decides_the_number(last, change, lowest):
    """Schema major, labels and classes minor, words patch; before 1.0 a new schema is minor."""
    assert lowest_version(last, change) == lowest
