"""ontology.toml, read: the ontology in it, or every name that is given twice or does not exist."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from parley.faults import Fault, UsageError, check, control_character
from parley.model.ontology import DOCUMENT, Attribute, DocumentAttribute, Ontology
from parley.model.paths import Limits, unsound
from parley.runtime.files import read_regular
from parley.runtime.schema import decode_toml

# Columns that tables of labels have besides attributes: in files, where they are judged, in a release.
RESERVED = frozenset((
    "annotator", "annotator_kind", "boundary", "by_rules", "decision", "derived_id", "doc_id", "edges", "end",
    "event", "excluded_by", "fold", "found", "id", "kind", "known_sources", "label", "label_id", "layer",
    "length", "other_attributes", "published", "publisher", "reason", "row", "sentence", "sentence_id",
    "sentence_start", "sources", "start", "surface", "text",
))  # fmt: skip

# Columns that a document's attributes have beside them: of label files, of an export, of published articles.
RESERVED_OF_DOCUMENT = RESERVED | frozenset((
    "annotation", "annotations", "canonical_sha256", "document_decision", "document_reason",
    "document_sha256", "document_sources", "expected_file", "file", "file_sha256", "known_ontology",
    "language", "lead_time_s", "ontology", "origin", "relations", "rights", "said", "seed_sha256",
    "spans", "split", "state", "task", "text_sha256", "title", "updated",
))  # fmt: skip

# What a DataFrame of pandas has: a column of that name is hidden by it, `table.rank` is not a column.
DATAFRAME = frozenset(
    """
    T abs add add_prefix add_suffix agg aggregate align all any apply asfreq asof assign astype at at_time
    attrs axes between_time bfill boxplot clip columns combine combine_first compare convert_dtypes copy
    corr corrwith count cov cummax cummin cumprod cumsum describe diff div divide dot drop drop_duplicates
    droplevel dropna dtypes duplicated empty eq equals eval ewm expanding explode ffill fillna filter
    first_valid_index flags floordiv from_arrow from_dict from_records ge get groupby gt head hist iat
    idxmax idxmin iloc index infer_objects info insert interpolate isetitem isin isna isnull items iterrows
    itertuples join keys kurt kurtosis last_valid_index le loc lt map mask max mean median melt memory_usage
    merge min mod mode mul multiply ndim ne nlargest notna notnull nsmallest nunique pct_change pipe pivot
    pivot_table plot pop pow prod product quantile query radd rank rdiv reindex reindex_like rename
    rename_axis reorder_levels replace resample reset_index rfloordiv rmod rmul rolling round rpow rsub
    rtruediv sample select select_dtypes sem set_axis set_flags set_index shape shift size skew sort_index
    sort_values sparse squeeze stack std style sub subtract sum swaplevel tail take to_clipboard to_csv
    to_dict to_excel to_feather to_hdf to_html to_iceberg to_json to_latex to_markdown to_numpy to_orc
    to_parquet to_period to_pickle to_records to_sql to_stata to_string to_timestamp to_xarray to_xml
    transform transpose truediv truncate tz_convert tz_localize unstack update value_counts values var where
    xs
    """.split()  # noqa: SIM905 - two hundred names, as many a line as fit
)


def read_ontology(path: Path) -> Ontology:
    """Read an ontology file.

    Raises UsageError where there is none, DataFaults naming every reference that does not resolve and every
    name or hotkey given twice.
    """
    try:
        data = read_regular(path, Limits.of(os.environ).file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name the file of an annotation scheme")
    return decode_ontology(data, path.name)


def decode_ontology(data: bytes, name: str = "ontology.toml") -> Ontology:
    """Return the ontology in a file's bytes. name: of the file, in faults.

    Raises DataFaults naming every reference that does not resolve and every name or hotkey given twice.
    """
    file = "annotation/ontology.toml"
    ontology = decode_toml(data, Ontology, "ontology-malformed", file, name)
    check(Fault("ontology-malformed", f"{name} > {place}", what, file) for place, what in _problems(ontology))
    return ontology


def _problems(ontology: Ontology) -> Iterator[tuple[str, str]]:
    """Yield places and what is wrong there."""
    labels, attributes = ontology.span_names, ontology.attributes
    of_document = ontology.document_attributes
    valued = [v.hotkey for a in ontology.all_attributes for v in a.value]
    hotkeys = [*(s.hotkey for s in ontology.spans), *valued]
    names = {
        "group": [group.name for group in ontology.groups],
        "span": labels,
        "attribute": [f"{a.name} of {label}" for a in attributes for label in a.labels],
        "document": [a.name for a in of_document],
        "relation": ontology.relation_names,
        "hotkey": [hotkey for hotkey in hotkeys if hotkey],
    }
    for place, text in _texts("", msgspec.to_builtins(ontology)):
        if control := control_character(text):
            yield place, f"{text!r} has the control character {control}"
    for kind, given in names.items():
        yield from ((f"{kind}({name})", "given twice") for name, times in Counter(given).items() if times > 1)
    for kind, unique in (
        ("name", [ontology.name]),
        ("version", [ontology.version]),
        ("span", labels),
        ("attribute", ontology.attribute_names),
        ("document", list(ontology.of_document)),
        ("relation", ontology.relation_names),
    ):
        yield from ((f"{kind}({name})", what) for name, what in unsound(unique).items())
    together = dict.fromkeys(label for pair in ontology.same_words or () for label in pair)
    yield from (("same_words", f"no span label {label!r}") for label in together if label not in labels)
    for span in ontology.spans:
        if span.group not in names["group"]:
            yield f"span({span.name}) > group", f"no group {span.group!r}"
    names["column"] = ontology.attribute_names
    for attribute in attributes:
        yield from _attribute_problems(attribute, names)
    for one in of_document:
        yield from _document_problems(one, ontology)
    for relation in ontology.relations:
        place = f"relation({relation.name})"
        for end in ("head", "tail", "expected_of", "expected_at"):
            unknown = [label for label in getattr(relation, end) if label not in labels]
            yield from ((f"{place} > {end}", f"no span label {label!r}") for label in unknown)
        if relation.excused_by and relation.excused_by not in ontology.attribute_names:
            yield f"{place} > excused_by", f"no attribute {relation.excused_by!r}"
        if relation.symmetric and set(relation.head) != set(relation.tail):
            yield place, "symmetric, but head and tail differ"
    yield from _table_problems(ontology)


ROLES = {  # field of a section of tables → what its names are, if they are not relations
    **dict.fromkeys(("content", "act"), "span label"),
    **dict.fromkeys(("entity", "stance", "quotation", "unsourced", "type", "modality"), "attribute"),
    **dict.fromkeys(("instance", "quantity", "sorts", "compared"), "attribute"),
}


def _table_problems(ontology: Ontology) -> Iterator[tuple[str, str]]:
    """Yield the names that the sections of tables give and the ontology does not have."""
    known = {
        "span label": ontology.span_names,
        "attribute": ontology.attribute_names,
        "relation": ontology.relation_names,
    }
    values = {
        name: {v for a in ontology.attributes if a.name == name for v in a.values}
        for name in known["attribute"]
    }
    for section in ("resolution", "statements", "claims", "figures"):
        given = getattr(ontology, section)
        for name, names in msgspec.structs.asdict(given).items() if given else ():
            if name == "says":
                unknown = [value for value in names if value not in values.get(given.type, ())]
                yield from (
                    (f"{section} > {name}", f"{given.type} has no value {value!r}") for value in unknown
                )
                continue
            kind = ROLES.get(name, "relation")
            for one in [names] if isinstance(names, str) and names else names:
                if one not in known[kind]:
                    yield f"{section} > {name}", f"no {kind} {one!r}"
                elif name == "compared":
                    unknown = [value for value in names[one] if value not in values[one]]
                    yield from ((f"{section} > {name}", f"{one} has no value {v!r}") for v in unknown)


def _texts(place: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield each text of the file with its place, `span(SHIP) > definition`."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(f"{place} > {name}" if place else name, inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(f"{place}({inner['name']})" if isinstance(inner, dict) else place, inner)


def _attribute_problems(
    attribute: Attribute, names: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    place = f"attribute({attribute.name})"
    problem = _name_problem(attribute, names["column"], RESERVED)
    if problem:
        yield place, problem
        return
    for label in attribute.labels:
        if label in names["relation"]:
            what = "Label Studio stores no more of a relation than its labels: make a relation of each value"
            yield f"{place} > labels", f"the relation {label!r} has no attributes; {what}"
        elif label not in names["span"]:
            what = "; of the whole article: [[document]]" if label == DOCUMENT else ""
            yield f"{place} > labels", f"no span label {label!r}{what}"
        for other in attribute.required_when:
            if f"{other} of {label}" not in names["attribute"]:
                yield f"{place} > required_when", f"{label} has no attribute {other!r}"
    yield from _value_problems(attribute, place)
    if attribute.several and attribute.kind != "entity":
        yield f"{place} > several", f"a {attribute.kind} has one value: only an entity has several"


def _document_problems(attribute: DocumentAttribute, ontology: Ontology) -> Iterator[tuple[str, str]]:
    place = f"{DOCUMENT}({attribute.name})"
    if DOCUMENT in ontology.span_names:
        yield place, f"with [[document]] no span is called {DOCUMENT!r}: rename that [[span]]"
    if attribute.name in ontology.attribute_names:
        yield place, "an attribute of spans has this name: choose another"
        return
    problem = _name_problem(attribute, list(ontology.of_document), RESERVED_OF_DOCUMENT)
    if problem:
        yield place, problem
        return
    for other, values in attribute.required_when.items():
        known = ontology.of_document.get(other)
        if known is None:
            there = ", ".join(name for name in ontology.of_document if name != attribute.name) or "no other"
            yield f"{place} > required_when", f"the document has no {other!r}; there is {there}"
        elif known.kind == "choice":
            wrong = [value for value in values if value not in known.values]
            legal = ", ".join(known.values)
            yield from (
                (f"{place} > required_when", f"{other} has no value {value!r}; there is {legal}")
                for value in wrong
            )
    yield from _value_problems(attribute, place)


def _name_problem(
    attribute: Attribute | DocumentAttribute, columns: Sequence[str], reserved: frozenset[str]
) -> str:
    """Return why an attribute cannot have its name, "" if it can. columns: beside which its own is."""
    if attribute.name in reserved or "__" in attribute.name:
        return "a column of the tables has this name: choose another"
    if attribute.name in DATAFRAME:
        return "pandas hides a column of this name behind a method of its own: choose another"
    if attribute.kind == "choice" and f"{attribute.name}_id" in (*columns, *reserved):
        return f"the column of its integers, {attribute.name}_id, is there already: choose another"
    return ""


def _value_problems(attribute: Attribute | DocumentAttribute, place: str) -> Iterator[tuple[str, str]]:
    if (attribute.kind == "choice") != bool(attribute.value):
        yield place, "a choice has values, the other kinds have none"
    if len(set(attribute.values)) != len(attribute.values):
        yield place, "a value is given twice"
