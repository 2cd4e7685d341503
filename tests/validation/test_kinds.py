"""What Great Expectations says of one row of each kind, it says of all rows."""

import pyarrow as pa
import pytest

from parley.corpus.corpus import Corpus
from parley.validation.gx.library import failures
from parley.validation.kinds import one_of_each_kind
from parley.validation.project import derived_suites

TABLE = pa.table(
    {
        "number": [3, 1, None, 7, 7, 2],
        "other": [3, 2, 1, None, 5, 2],
        "label": ["A", "A", None, "B", "B", "A"],
        "value": ["x", "x", "y", None, "z", "x"],
        "layer": pa.array([0, 0, 0, 1, 1, 1], pa.int32()),
    }
)


def kinds(asks, table=TABLE, **kwargs):
    kept, others = one_of_each_kind(table, [{"type": f"expect_{asks}", "kwargs": kwargs}])
    return None if others else kept.to_pylist()


def rows(*numbers):
    return TABLE.take(pa.array(numbers, pa.int64())).to_pylist()


@pytest.mark.parametrize(
    ("asks", "kwargs", "kept"),
    [
        ("column_values_to_be_in_set", {"column": "label", "value_set": ["A"]}, (0, 2, 3)),
        ("column_values_to_not_be_null", {"column": "label"}, (0, 2)),
        ("column_values_to_be_between", {"column": "number", "min_value": 0}, (1, 2, 3)),
        ("column_pair_values_to_be_equal", {"column_A": "number", "column_B": "other"}, (0, 1, 2, 3, 4)),
        ("second_column_where_first", {"column_list": ["label", "value"]}, (0, 2, 3)),
        ("column_pair_to_fit_label", {"column_list": ["label", "value"], "legal": {}}, (0, 2, 3, 4)),
        ("compound_columns_to_be_unique", {"column_list": ["layer", "label", "value"]}, (0, 1)),
        ("compound_columns_to_be_unique", {"column_list": ["layer", "number", "other"]}, (0,)),
    ],
)
def test_a_row_of_each_kind_is_kept(asks, kwargs, kept):
    assert kinds(asks, **kwargs) == rows(*kept)


@pytest.mark.parametrize(
    ("asks", "kwargs"),
    [
        ("column_values_to_be_in_set", {"column": "label", "value_set": ["A"], "mostly": 0.9}),
        ("column_value_z_scores_to_be_less_than", {"column": "number", "threshold": 3}),
        ("column_values_to_be_in_set", {"column": "ghost", "value_set": []}),
        ("table_row_count_to_be_between", {"max_value": 5}),
        ("compound_columns_to_be_unique", {"column_list": ["number", "other"]}),
    ],
)
def test_what_is_not_known_or_reaches_across_documents_knows_no_kinds(asks, kwargs):
    assert kinds(asks, **kwargs) is None


def test_every_derived_expectation_tells_rows_of_few_kinds_apart(harbour):
    """A hundred rows alike are as one; only then does the size of a table not matter to the judge."""
    ontology = Corpus(harbour).ontology
    for name, expectations in derived_suites(ontology).items():
        columns = {
            c for e in expectations for k in ("column", "column_A", "column_B") if (c := e["kwargs"].get(k))
        }
        columns |= {c for e in expectations for c in e["kwargs"].get("column_list", ())}
        table = pa.table({column: ["x"] * 100 for column in sorted(columns)} | {"row": range(100)})
        alone = [e for e in expectations if "unique" not in e["type"]]
        assert one_of_each_kind(table, alone)[0].num_rows == 1, name


@pytest.mark.parametrize("wrong", range(6))
def test_what_is_wrong_with_one_row_is_wrong_with_its_kind(wrong):
    """Break a row at a time: an expectation is met by the kinds just if it is met by all rows."""
    values = ["x"] * 6
    values[wrong] = "ghost"
    table = pa.table({"label": values, "row": range(6)})
    asked = [
        {
            "type": "expect_column_values_to_be_in_set",
            "kwargs": {"column": "label", "value_set": ["x"]},
            "id": "one",
            "description": "x",
            "meta": {},
        }
    ]
    (failure,) = failures({"t": one_of_each_kind(table, asked)[0]}, {"t": asked}, 10)
    assert failure.rows == (wrong,)
