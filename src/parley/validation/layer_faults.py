"""What makes a layer unfit to be shown or compared: asked before a push, agreement and adjudication.

These are expectations of the derived suites, with their codes and messages, checked without the library.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from string import Formatter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import Fault
from parley.model.batch import Batch
from parley.model.labels import Layer
from parley.model.ontology import Ontology
from parley.validation.expectation import Expectation
from parley.validation.facts import Reference, facts
from parley.validation.gx.library import columns_of
from parley.validation.suites import suites

_CODES = {  # by table, in the order of the faults
    "layers": ["labels-misplaced", "document-unknown", "text-mismatch", "attribute-unknown"],
    "spans": [f"span-{what}" for what in ("outside", "empty", "surface", "label", "id", "duplicate")]
    + ["attribute-unknown"],
    "relations": [f"relation-{what}" for what in ("dangling", "label", "order", "id", "duplicate")],
}


def layer_faults(batch: Batch, ontology: Ontology) -> dict[int, list[Fault]]:
    """Return what is wrong with the layers of a batch, by row of `layers`; sound layers are left out.

    Of a misplaced file, of a layer of no document of the batch, and of one made on another text, no more than
    that is said.
    """
    expected, asked = _expected(ontology)
    tables = facts(batch, Reference(), ontology, asked)
    files = batch.layers["file"].to_pylist()
    faults: dict[int, list[Fault]] = {}
    for code, row, what in _unmet(tables["layers"], expected["layers"]):
        faults.setdefault(row["row"], [Fault(code, _name(row), what, row["file"] or "")])
    unfit = frozenset(faults)
    for name in ("spans", "relations"):
        for code, row, what in _unmet(tables[name], expected[name]):
            file = files[row["layer"]]
            extent = f' "{row["surface"]}" {row["start"]}:{row["end"]}' if name == "spans" else ""
            if row["layer"] not in unfit:
                place = f"{_name(row | {'file': file})} > {row['id']}{extent}"
                faults.setdefault(row["layer"], []).append(Fault(code, place, what, file or ""))
    return faults


def differences(layers: Sequence[Layer]) -> Iterator[Fault]:
    """Yield why layers cannot be compared with the first: of another document, text or ontology revision."""
    first = layers[0]
    for layer in layers:
        place = f"{layer.annotator} > {layer.doc_id}"
        if layer.text_sha256 != first.text_sha256 or layer.doc_id != first.doc_id:
            yield Fault("text-mismatch", place, f"{first.annotator} labelled another text of {first.doc_id}")
        if layer.ontology != first.ontology:
            what = f"it was made with {layer.ontology}, the layer of {first.annotator} with {first.ontology}"
            yield Fault("layers-differ", place, what)


def _name(row: dict[str, Any]) -> str:
    return row["file"] or f"{row['annotator']} > {row['doc_id']}"


@lru_cache
def _expected(ontology: Ontology) -> tuple[dict[str, list[Expectation]], frozenset[str]]:
    """Return what is expected of each table, in the order of the faults, and the columns this asks for."""
    derived = suites(ontology)
    expected = {
        name: [one for code in codes for one in derived[name] if one["meta"]["fault"] == code]
        for name, codes in _CODES.items()
    }
    asked = {"doc_id", "annotator", "id", "surface", "layer", "file", "start", "end"}
    for one in chain.from_iterable(expected.values()):
        says = (name for _, name, _, _ in Formatter().parse(one["meta"]["says"]) if name)
        asked |= {*columns_of(one["kwargs"]), *says}
    return expected, frozenset(asked)


def _unmet(table: pa.Table, expectations: Sequence[Expectation]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the rows that do not meet expectations: fault code, row and message."""
    for one in expectations:
        wrong = _wrong(one, table)
        for row in table.filter(wrong).to_pylist() if pc.any(wrong).as_py() else ():
            yield one["meta"]["fault"], row, one["meta"]["says"].format_map(row)


def _wrong(expectation: Expectation, table: pa.Table) -> pa.ChunkedArray:
    """Return a flag for each row that is not as expected; of equal rows the first is."""
    given = expectation["kwargs"]
    columns = [table[name] for name in columns_of(given)]
    match expectation["type"].removeprefix("expect_"):
        case "column_values_to_be_null":
            wrong = pc.is_valid(*columns)
        case "column_values_to_not_be_null":
            wrong = pc.is_null(*columns)
        case "column_values_to_be_in_set":
            wrong = pc.invert(_is_in(columns[0], given["value_set"]))
        case "column_values_to_be_between":
            wrong = pc.less(*columns, given["min_value"])
        case "column_pair_values_to_be_equal":
            wrong = pc.not_equal(*columns)
        case "column_pair_values_a_to_be_greater_than_b":
            wrong = (pc.less if "or_equal" in given else pc.less_equal)(*columns)
        case "value_to_be_absent_on_labels":
            wrong = pc.and_(_is_in(columns[0], given["labels"]), pc.is_valid(columns[1]))
        case "compound_columns_to_be_unique":
            keys = pc.binary_join_element_wise(*(pc.cast(c, pa.string()) for c in columns), "\0")
            first = pc.index_in(keys, value_set=keys.combine_chunks())
            wrong = pc.less(first, pa.array(np.arange(len(keys))))
        case other:
            raise ValueError(f"only the library checks {other}")
    return wrong


def _is_in(column: pa.ChunkedArray, values: Sequence[str]) -> pa.ChunkedArray:
    return pc.is_in(column, value_set=pa.array(values, pa.string()))
