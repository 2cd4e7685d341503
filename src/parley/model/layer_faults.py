"""What makes a layer unfit to be shown or compared: asked before a push, agreement and adjudication.

Validation asks the same and more by its suites (`parley.validation`); here a batch is checked in one pass
over its columns, without Great Expectations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.faults import Fault
from parley.model.batch import LABELS, Batch, span_keys
from parley.model.labels import Layer
from parley.model.ontology import Ontology
from parley.runtime.columns import joined

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]
Checks = Iterator[tuple[str, Flags, Callable[[int], str]]]  # code, rows at fault, the message of a row


def layer_faults(batch: Batch, ontology: Ontology) -> dict[int, list[Fault]]:
    """Return what is wrong with the layers of a batch, by row of `layers`; sound layers are left out.

    Of a misplaced file, of a layer of no document of the batch, and of one made on another text, no more than
    that is said.
    """
    layers = batch.layers.select(["doc_id", "annotator", "origin", "text_sha256", "file"]).to_pylist()
    names = [row["file"] or f"{row['annotator']} > {row['doc_id']}" for row in layers]
    sha256 = dict(zip(*(batch.documents[c].to_pylist() for c in ("doc_id", "text_sha256")), strict=True))
    faults: dict[int, list[Fault]] = {}
    for number, row in enumerate(layers):
        for code, what in _misfit(row, sha256):
            faults[number] = [Fault(code, names[number], what, row["file"] or "")]
    fits = np.array([number not in faults for number in range(len(layers))], bool)
    texts = [batch.texts.get(row["doc_id"], "") for row in layers]
    for table, checks, place in (
        (batch.spans, _span_checks(batch, texts, ontology), span_place),
        (batch.relations, _relation_checks(batch, ontology), _relation_place),
    ):
        of_layer = table["layer"].to_numpy()
        for code, wrong, message in checks:
            for at in np.flatnonzero(wrong & fits[of_layer]).tolist():
                (row,), number = table.slice(at, 1).to_pylist(), int(of_layer[at])
                fault = Fault(
                    code, f"{names[number]} > {place(row)}", message(at), layers[number]["file"] or ""
                )
                faults.setdefault(number, []).append(fault)
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


def _misfit(layer: Mapping[str, str], text_sha256: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield code and message if a layer is in the wrong file, of no document or of another text."""
    path, doc_id = PurePosixPath(layer["file"] or ""), layer["doc_id"]
    expected = (path.parent.name, path.stem)
    if layer["file"] and layer["origin"] == LABELS and (layer["annotator"], doc_id) != expected:
        yield "labels-misplaced", f"it says {layer['annotator']} and {doc_id}"
    elif doc_id not in text_sha256:
        yield "document-unknown", f"no document {doc_id!r}"
    elif layer["text_sha256"] not in (None, text_sha256[doc_id]):
        yield "text-mismatch", "text_sha256 is not that of the cleaned article"


def _span_checks(batch: Batch, texts: Sequence[str], ontology: Ontology) -> Checks:
    """Yield each check of spans. texts: of the layers' documents."""
    spans = batch.spans.combine_chunks()
    layer, start, end = (spans[name].to_numpy() for name in ("layer", "start", "end"))
    length = np.array([len(text) for text in texts], np.int64)[layer]
    outside = (start < 0) | (end > length)
    empty = ~outside & (start >= end)
    yield "span-outside", outside, lambda row: f"the text has {length[row]} code points"
    yield "span-empty", empty, lambda row: f"it runs from {start[row]} to {end[row]}"

    columns = (layer.tolist(), start.tolist(), end.tolist(), spans["text"].to_pylist())
    other = np.array([texts[n][a:b] != text for n, a, b, text in zip(*columns, strict=True)], bool)
    yield (
        "span-surface",
        other & ~outside & ~empty,
        lambda row: f"the text there is {texts[layer[row]][start[row] : end[row]]!r}",
    )

    label = _places(spans["label"], ontology.span_names)
    yield "span-label", label < 0, lambda row: f"there is no label {spans['label'][row].as_py()!r}"
    others = ("other_attributes",) if "other_attributes" in spans.column_names else ()
    unfit = {name: pc.is_valid(spans[name]).to_numpy() for name in (*ontology.attribute_names, *others)}
    for name in ontology.attribute_names:
        bearers = [n for n, one in enumerate(ontology.span_names) if name in ontology.attributes_of[one]]
        unfit[name] &= ~np.isin(label, bearers)
    strange = np.logical_or.reduce([np.zeros(len(label), bool), *unfit.values()]) & (label >= 0)

    def strangers(row: int) -> str:
        own = [name for name in ontology.attribute_names if unfit[name][row]]
        more = (spans[name][row].as_py() or "" for name in others)
        named = sorted([*own, *(name for text in more for name in text.split(", ") if name)])
        return f"{ontology.span_names[label[row]]} has no {', '.join(named)}"

    yield "attribute-unknown", strange, strangers

    derived = joined([spans[name].combine_chunks() for name in ("label", "start", "end")], "-")
    yield (
        "span-id",
        _differs(spans["id"], derived),
        lambda row: f"the id should be {derived[row].as_py()}",
    )
    yield "span-duplicate", _repeats(spans["layer"], derived), lambda _: "it is given twice"


def _relation_checks(batch: Batch, ontology: Ontology) -> Checks:
    """Yield each check of relations; of one without its spans or with an unknown label it is the only one."""
    spans, relations = batch.spans.combine_chunks(), batch.relations.combine_chunks()
    head, tail = (pc.fill_null(relations[f"{end}_row"], -1).to_numpy() for end in ("head", "tail"))
    label = _places(relations["label"], ontology.relation_names)
    dangling = (head < 0) | (tail < 0)

    def missing(row: int) -> str:
        return f"{relations['head' if head[row] < 0 else 'tail'][row].as_py()} is no span of this layer"

    yield "relation-dangling", dangling, missing
    unknown = ~dangling & (label < 0)
    yield "relation-label", unknown, lambda row: f"there is no relation {relations['label'][row].as_py()!r}"

    sound = ~dangling & ~unknown
    swapped = sound & np.array([r.symmetric for r in ontology.relations] + [False], bool)[label]
    if swapped.any():
        rows = np.flatnonzero(swapped)
        swapped[rows] = _is_before(spans, head[rows], tail[rows])
    flags = pa.array(swapped)
    first = pc.if_else(flags, relations["tail"], relations["head"])
    last = pc.if_else(flags, relations["head"], relations["tail"])
    derived = joined([one.combine_chunks() for one in (first, relations["label"], last)], ".")
    yield "relation-order", swapped, lambda _: "it runs from the earlier span to the later"
    differs = sound & ~swapped & _differs(relations["id"], derived)
    yield "relation-id", differs, lambda row: f"the id should be {derived[row].as_py()}"
    repeats = np.zeros(len(sound), bool)
    repeats[sound] = _repeats(relations["layer"].filter(pa.array(sound)), derived.filter(pa.array(sound)))
    yield "relation-duplicate", repeats, lambda _: "it is given twice"


def _is_before(spans: pa.Table, one: Numbers, other: Numbers) -> Flags:
    """Say whether spans come before others: by start, the longer first, then by label (`make_relation`)."""

    def keys(rows: Numbers) -> list[tuple[int, int, str]]:
        own = spans.select(["start", "end", "label"]).take(pa.array(rows))
        return [(row["start"], -row["end"], row["label"]) for row in own.to_pylist()]

    return np.array([a < b for a, b in zip(keys(one), keys(other), strict=True)], bool)


def _places(values: pa.ChunkedArray, names: Sequence[str]) -> Numbers:
    """Return the place of each value among names, -1 if it is not one of them."""
    found: Numbers = pc.fill_null(pc.index_in(values, value_set=pa.array(names, pa.string())), -1).to_numpy()
    return found


def _differs(one: pa.ChunkedArray, other: pa.Array) -> Flags:
    flags: Flags = pc.not_equal(one, other).to_numpy()
    return flags


def _repeats(layer: pa.ChunkedArray, ids: pa.Array) -> Flags:
    """Say whether an id was there before in the same layer."""
    keys = span_keys(layer, pa.chunked_array([ids]))
    flags: Flags = pc.index_in(keys, value_set=keys).to_numpy() != np.arange(len(keys))
    return flags


def span_place(row: Mapping[str, Any]) -> str:
    """Return a span in the words that places of faults use."""
    return f'{row["id"]} "{row["text"]}" {row["start"]}:{row["end"]}'


def _relation_place(row: Mapping[str, Any]) -> str:
    return str(row["id"])
