"""The ontology: labels, attributes and relations, read from the one file that defines them; as tables."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import Meta

from parley.faults import Fault, UsageError, check, control_character
from parley.model.paths import Limits, unsound
from parley.runtime.files import read_regular
from parley.runtime.markdown import table
from parley.runtime.schema import decode_toml

AttributeKind = Literal["choice", "entity", "timex3", "quantity", "text", "number"]
DocumentKind = Literal["choice", "timex3", "quantity", "text", "number"]

DOCUMENT = "document"  # is where an attribute of spans has their label


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal value of a choice attribute."""

    name: Annotated[str, Meta(description="How it is written in label files and in the dataset.")]
    definition: Annotated[str, Meta(description="What it means, in a sentence.")]
    hotkey: Annotated[str, Meta(description="The key that gives it on the labelling screen.")] = ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of span labels, shown together on the labelling screen."""

    name: Annotated[str, Meta(description="What `group` of a [[span]] says.")]
    title: Annotated[str, Meta(description="What annotators read above its labels.")]


class SpanLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of span."""

    name: Annotated[str, Meta(description="How it is written everywhere: letters, digits, `_`, `-`, `.`.")]
    title: Annotated[str, Meta(description="What it is, in one or two words.")]
    group: Annotated[str, Meta(description="The name of a [[group]].")]
    color: Annotated[str, Meta(description="On the screen and in pictures, as HTML writes it: #2B077B.")]
    definition: Annotated[
        str, Meta(description="What it is for, in a sentence; guidelines and card have it.")
    ]
    hotkey: Annotated[str, Meta(description="The key that gives it on the labelling screen.")] = ""
    inside_words: Annotated[
        bool | None,
        Meta(description="Whether it may begin or end inside a word; without it, as the whole file says."),
    ] = None


class _Property:
    """What attributes of spans and of the document have in common."""

    __slots__ = ()
    required: bool
    required_when: dict[str, tuple[str, ...]]
    value: tuple[Named, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The legal values of a choice, in file order; empty for the other kinds."""
        return tuple(v.name for v in self.value)

    def is_required(self, attributes: Mapping[str, str]) -> bool:
        """Say whether what carries `attributes` must carry this one too."""
        return self.required or any(
            attributes.get(other) in values for other, values in self.required_when.items()
        )


class Attribute(msgspec.Struct, _Property, frozen=True, forbid_unknown_fields=True):
    """A property of the spans of some labels."""

    name: Annotated[
        str, Meta(description="A column of the dataset; several attributes of other labels may share it.")
    ]
    title: Annotated[str, Meta(description="What annotators read beside it.")]
    labels: Annotated[tuple[str, ...], Meta(description="The names of the [[span]] that have it.")]
    kind: Annotated[
        AttributeKind,
        Meta(
            description="choice: one of the values in [[attribute.value]]. entity: an id of entities.csv "
            "whose type is the span's label, or one of `types`. timex3: a TIMEX3 value; quantity: number and "
            "unit, both with bounds and ranges. text: a line of words. number: -3, 12.5."
        ),
    ]
    definition: Annotated[str, Meta(description="What it says of a span, in a sentence.")]
    required: Annotated[bool, Meta(description="Whether each such span must have it.")] = False
    required_when: Annotated[
        dict[str, tuple[str, ...]],
        Meta(description="Another attribute and values of it, with which a span must have this one too."),
    ] = {}
    types: Annotated[tuple[str, ...], Meta(description="Of an entity: the types it may have.")] = ()
    several: Annotated[
        bool, Meta(description="Of an entity: whether it names as many rows as there are, a group's members.")
    ] = False
    value: Annotated[tuple[Named, ...], Meta(description="Of a choice: a legal value.")] = ()


class DocumentAttribute(msgspec.Struct, _Property, frozen=True, forbid_unknown_fields=True):
    """A property of the whole article: its genre, its stance, whether it is about something."""

    labels: ClassVar[tuple[str, ...]] = (DOCUMENT,)
    types: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[bool] = False

    name: Annotated[str, Meta(description="A column of the dataset; no attribute of spans has this name.")]
    title: Annotated[str, Meta(description="What annotators read beside it.")]
    kind: Annotated[
        DocumentKind,
        Meta(
            description="choice: one of the values in [[document.value]]. timex3: a TIMEX3 value; quantity: "
            "number and unit, both with bounds and ranges. text: a line of words. number: -3, 12.5."
        ),
    ]
    definition: Annotated[str, Meta(description="What it says of an article, in a sentence.")]
    required: Annotated[bool, Meta(description="Whether each article must have it.")] = False
    required_when: Annotated[
        dict[str, tuple[str, ...]],
        Meta(description="Another [[document]] and values of it, with which this one must be there too."),
    ] = {}
    value: Annotated[tuple[Named, ...], Meta(description="Of a choice: a legal value.")] = ()


class RelationLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of relation, directed from head to tail."""

    name: Annotated[str, Meta(description="How it is written everywhere: letters, digits, `_`, `-`, `.`.")]
    title: Annotated[str, Meta(description="What it is, in one or two words.")]
    head: Annotated[tuple[str, ...], Meta(description="The names of the [[span]] that it may leave.")]
    tail: Annotated[tuple[str, ...], Meta(description="The names of the [[span]] that it may reach.")]
    definition: Annotated[str, Meta(description="What it says of head and tail, in a sentence.")]
    symmetric: Annotated[
        bool, Meta(description="Whether it has no direction; head and tail are alike then.")
    ] = False
    same_label: Annotated[bool, Meta(description="Whether both ends have one label.")] = False
    expected_of: Annotated[
        tuple[str, ...],
        Meta(description="Head labels that should each have one, unless `excused_by` is set."),
    ] = ()
    expected_at: Annotated[
        tuple[str, ...], Meta(description="Tail labels that should each be reached by one.")
    ] = ()
    excused_by: Annotated[str, Meta(description="An attribute of the head that says why there is none.")] = ""
    color: Annotated[str, Meta(description="Of its arrow on the screen, as HTML writes it.")] = ""


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the tables below find who a mention is."""

    entity: Annotated[tuple[str, ...], Meta(description="Attributes that name rows of entities.csv.")]
    same: Annotated[tuple[str, ...], Meta(description="Relations between mentions of one thing.")] = ()
    affiliation: Annotated[
        tuple[str, ...], Meta(description="Relations from a mention to whom it belongs.")
    ] = ()


class Statements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the config `statements`: a row a span of a `content` label."""

    content: Annotated[tuple[str, ...], Meta(description="Labels of what is said.")]
    source: Annotated[tuple[str, ...], Meta(description="Relations from it to who says so.")]
    cue: Annotated[tuple[str, ...], Meta(description="Relations from it to the word of saying.")] = ()
    stance: Annotated[str, Meta(description="An attribute of it: asserted or denied.")] = ""
    quotation: Annotated[str, Meta(description="An attribute of it: quoted or not.")] = ""
    unsourced: Annotated[str, Meta(description="An attribute of it: why it has no source.")] = ""


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the config `claims`: a row a span of an `act` label whose `type` is one of `says`."""

    act: Annotated[tuple[str, ...], Meta(description="Labels of acts.")]
    type: Annotated[str, Meta(description="An attribute of an act: what kind of act it is.")]
    says: Annotated[
        dict[str, str],
        Meta(description="A value of `type`, and what such an act is, in words true of one side alone."),
    ]
    modality: Annotated[str, Meta(description="An attribute of an act: done, planned, denied.")] = ""
    actor: Annotated[tuple[str, ...], Meta(description="Relations from an act to who does it.")] = ()
    addressee: Annotated[tuple[str, ...], Meta(description="Relations to whom it is said.")] = ()
    target: Annotated[tuple[str, ...], Meta(description="Relations to whom it is directed at.")] = ()
    beneficiary: Annotated[tuple[str, ...], Meta(description="Relations to whom it is for.")] = ()
    mediator: Annotated[tuple[str, ...], Meta(description="Relations to who mediates.")] = ()
    theme: Annotated[tuple[str, ...], Meta(description="Relations to what it is about.")] = ()
    place: Annotated[tuple[str, ...], Meta(description="Relations from it or its theme to where.")] = ()
    time: Annotated[tuple[str, ...], Meta(description="Relations from it or its theme to when.")] = ()
    condition: Annotated[
        tuple[str, ...], Meta(description="Relations from it or its theme to what it depends on.")
    ] = ()


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the config `figures`: a row a number that is said of an event instance."""

    instance: Annotated[tuple[str, ...], Meta(description="Attributes that name the instance.")]
    count: Annotated[tuple[str, ...], Meta(description="Relations from what is counted to the number.")]
    quantity: Annotated[str, Meta(description="The attribute of the number that has its value.")]
    through: Annotated[
        tuple[str, ...],
        Meta(
            description="Relations from the mention of the instance to what is counted, if that does not "
            "name the instance itself."
        ),
    ] = ()
    modality: Annotated[str, Meta(description="An attribute of the mention of the instance.")] = ""
    sorts: Annotated[
        tuple[str, ...],
        Meta(description="Attributes that say what sort is counted, of what is counted or of the number."),
    ] = ()
    compared: Annotated[
        dict[str, tuple[str, ...]],
        Meta(
            description="An attribute of the mention, of what is counted or of the statement it is in, and "
            "the values with which figures are compared; others are of what is not said to be so."
        ),
    ] = {}


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


class Ontology(msgspec.Struct, frozen=True, eq=False, forbid_unknown_fields=True, dict=True):
    """The annotation scheme. Label order is file order: ClassLabel integers depend on it."""

    name: Annotated[str, Meta(description="Of the scheme; label files carry it.")]
    version: Annotated[
        str,
        Meta(description='Such as "0.1"; another one where what is legal changes, as label files carry it.'),
    ]
    groups: Annotated[
        tuple[Group, ...], Meta(description="Labels that are shown together on the labelling screen.")
    ] = msgspec.field(name="group")
    spans: Annotated[
        tuple[SpanLabel, ...], Meta(description="A kind of span, in the order of the published numbers.")
    ] = msgspec.field(name="span")
    attributes: Annotated[
        tuple[Attribute, ...], Meta(description="A property of the spans of some labels.")
    ] = msgspec.field(name="attribute", default=())
    document_attributes: Annotated[
        tuple[DocumentAttribute, ...], Meta(description="A property of the whole article, as its genre.")
    ] = msgspec.field(name="document", default=())
    relations: Annotated[
        tuple[RelationLabel, ...],
        Meta(
            description="A kind of relation, directed from head to tail, in the order of the published "
            "numbers."
        ),
    ] = msgspec.field(name="relation", default=())
    all_inside_words: Annotated[
        bool, Meta(description="Whether spans may begin or end inside a word, as Arabic or German may want.")
    ] = msgspec.field(name="inside_words", default=False)
    same_words: Annotated[
        tuple[tuple[str, str], ...] | None,
        Meta(description="The pairs of labels that may cover the same words; without it any two may."),
    ] = None
    resolution: Annotated[
        Resolution | None, Meta(description="How the tables below find who a mention is.")
    ] = None
    statements: Annotated[
        Statements | None, Meta(description="What makes the config `statements` of a release, if anything.")
    ] = None
    claims: Annotated[
        Claims | None, Meta(description="What makes the config `claims` of a release, if anything.")
    ] = None
    figures: Annotated[
        Figures | None, Meta(description="What makes the config `figures` of a release, if anything.")
    ] = None

    @property
    def revision(self) -> str:
        """Name and version, as written into every label file: `parley 0.1`."""
        return f"{self.name} {self.version}"

    def knows(self, revision: str) -> bool:
        """Say whether a revision is this one or an earlier one; 0.9 is earlier than 0.10."""
        if revision == self.revision:
            return True
        name, _, version = revision.rpartition(" ")
        try:
            earlier, present = ([int(part) for part in one.split(".")] for one in (version, self.version))
        except ValueError:
            return False
        return name == self.name and earlier < present

    @cached_property
    def inside_words(self) -> frozenset[str]:
        """The labels whose spans may begin or end inside a word."""
        either = (True, None) if self.all_inside_words else (True,)
        return frozenset(s.name for s in self.spans if s.inside_words in either)

    @cached_property
    def span_names(self) -> tuple[str, ...]:
        """Span labels in ClassLabel order."""
        return tuple(s.name for s in self.spans)

    @cached_property
    def relation_names(self) -> tuple[str, ...]:
        """Relation labels in ClassLabel order."""
        return tuple(r.name for r in self.relations)

    @cached_property
    def attribute_names(self) -> tuple[str, ...]:
        """Attribute names, each once, in file order: the columns of a span table."""
        return tuple(dict.fromkeys(a.name for a in self.attributes))

    @cached_property
    def span_by_name(self) -> dict[str, SpanLabel]:
        """Span label by name."""
        return {s.name: s for s in self.spans}

    @cached_property
    def relation_by_name(self) -> dict[str, RelationLabel]:
        """Relation label by name."""
        return {r.name: r for r in self.relations}

    @cached_property
    def of_document(self) -> dict[str, DocumentAttribute]:
        """Attribute of the document by name, in file order: columns of a table of layers or articles."""
        return {a.name: a for a in self.document_attributes}

    @cached_property
    def all_attributes(self) -> tuple[Attribute | DocumentAttribute, ...]:
        """The attributes of spans, then those of the document."""
        return (*self.attributes, *self.document_attributes)

    @cached_property
    def attributes_with_document(self) -> Mapping[str, Mapping[str, Attribute | DocumentAttribute]]:
        """As `attributes_of`, and those of the document under DOCUMENT if there are any."""
        return {**self.attributes_of, **({DOCUMENT: self.of_document} if self.document_attributes else {})}

    @cached_property
    def attributes_of(self) -> dict[str, dict[str, Attribute]]:
        """Span label → attribute name → attribute."""
        return {s.name: {a.name: a for a in self.attributes if s.name in a.labels} for s in self.spans}


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


def encode_ontology(ontology: Ontology) -> bytes:
    """Return a scheme as JSON, with the names of the file; one without [[document]] says nothing of it."""
    found = msgspec.to_builtins(ontology)
    if not ontology.document_attributes:
        del found[DOCUMENT]
    return msgspec.json.encode(found)


# ---- tables for the guidelines, the card and the datasheet -------------------------------------------------


def ontology_blocks(ontology: Ontology) -> dict[str, str]:
    """Return the generated blocks `spans`, `attributes`, `values` and `relations` of the guidelines."""
    spans = [
        (
            f"`{s.name}`",
            s.title,
            f"`{s.hotkey}`" if s.hotkey else "",
            " ".join(f"`{a}`" for a in ontology.attributes_of[s.name]),
            s.definition,
        )
        for s in ontology.spans
    ]
    attributes = [
        (f"`{a.name}`", " ".join(f"`{x}`" for x in a.labels), _holds(a), _required(a), a.definition)
        for a in ontology.all_attributes
    ]
    return {
        "spans": table(("label", "is", "key", "attributes", "definition"), spans),
        "attributes": table(("attribute", "of", "holds", "required", "definition"), attributes),
        "values": values_tables(ontology),
        "relations": relations_table(ontology),
    }


def values_tables(ontology: Ontology) -> str:
    """Return a table of legal values for every choice attribute, each under its name."""
    return "\n\n".join(
        f"**{a.name}** of {', '.join(a.labels) if isinstance(a, Attribute) else 'the document'}\n\n"
        + table(("value", "definition"), [(f"`{v.name}`", v.definition) for v in a.value])
        for a in ontology.all_attributes
        if a.kind == "choice"
    )


def relations_table(ontology: Ontology) -> str:
    """Return a table of relations: what they lead from and to, and what they say."""
    rows = []
    for relation in ontology.relations:
        notes = [relation.definition]
        if relation.symmetric:
            notes.append("Has no direction.")
        if relation.expected_of:
            excuse = f", or says why not (`{relation.excused_by}`)" if relation.excused_by else ""
            notes.append(f"Every {' and '.join(relation.expected_of)} has one{excuse}.")
        if relation.expected_at:
            notes.append(f"Every {' and '.join(relation.expected_at)} is reached by one.")
        rows.append((f"`{relation.name}`", " ".join(relation.head), " ".join(relation.tail), " ".join(notes)))
    return table(("relation", "from (head)", "to (tail)", "definition"), rows)


def _holds(attribute: Attribute | DocumentAttribute) -> str:
    kinds = {
        "entity": "ids of entities.csv" if attribute.several else "an id of entities.csv",
        "timex3": "a TIMEX3 value",
        "quantity": "number and unit",
        "text": "words",
        "number": "a number",
    }
    return kinds.get(attribute.kind) or " ".join(f"`{v}`" for v in attribute.values)


def _required(attribute: Attribute | DocumentAttribute) -> str:
    if attribute.required:
        return "always"
    conditions = [f"{name} is {' or '.join(values)}" for name, values in attribute.required_when.items()]
    return "where " + ", or ".join(conditions) if conditions else "no"
