"""The ontology: labels, attributes and relations, as annotation/ontology.toml defines them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import msgspec

AttributeKind = Literal["choice", "entity", "timex3", "quantity", "text", "number"]
DocumentKind = Literal["choice", "timex3", "quantity", "text", "number"]

DOCUMENT = "document"  # is where an attribute of spans has their label


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal value of a choice attribute."""

    name: Annotated[str, "How it is written in label files and in the dataset."]
    definition: Annotated[str, "What it means, in a sentence."]
    hotkey: Annotated[str, "The key that gives it on the labelling screen."] = ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of span labels, shown together on the labelling screen."""

    name: Annotated[str, "What `group` of a [[span]] says."]
    title: Annotated[str, "What annotators read above its labels."]


class SpanLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of span."""

    name: Annotated[str, "How it is written everywhere: letters, digits, `_`, `-`, `.`."]
    title: Annotated[str, "What it is, in one or two words."]
    group: Annotated[str, "The name of a [[group]]."]
    color: Annotated[str, "On the screen and in pictures, as HTML writes it: #2B077B."]
    definition: Annotated[str, "What it is for, in a sentence; guidelines and card have it."]
    hotkey: Annotated[str, "The key that gives it on the labelling screen."] = ""
    inside_words: Annotated[
        bool | None, "Whether it may begin or end inside a word; without it, as the whole file says."
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

    name: Annotated[str, "A column of the dataset; several attributes of other labels may share it."]
    title: Annotated[str, "What annotators read beside it."]
    labels: Annotated[tuple[str, ...], "The names of the [[span]] that have it."]
    kind: Annotated[
        AttributeKind,
        "choice: one of the values in [[attribute.value]]. entity: an id of entities.csv "
        "whose type is the span's label, or one of `types`. timex3: a TIMEX3 value; quantity: number and "
        "unit, both with bounds and ranges. text: a line of words. number: -3, 12.5.",
    ]
    definition: Annotated[str, "What it says of a span, in a sentence."]
    required: Annotated[bool, "Whether each such span must have it."] = False
    required_when: Annotated[
        dict[str, tuple[str, ...]],
        "Another attribute and values of it, with which a span must have this one too.",
    ] = {}
    types: Annotated[tuple[str, ...], "Of an entity: the types it may have."] = ()
    several: Annotated[
        bool, "Of an entity: whether it names as many rows as there are, a group's members."
    ] = False
    value: Annotated[tuple[Named, ...], "Of a choice: a legal value."] = ()


class DocumentAttribute(msgspec.Struct, _Property, frozen=True, forbid_unknown_fields=True):
    """A property of the whole article: its genre, its stance, whether it is about something."""

    labels: ClassVar[tuple[str, ...]] = (DOCUMENT,)
    types: ClassVar[tuple[str, ...]] = ()
    several: ClassVar[bool] = False

    name: Annotated[str, "A column of the dataset; no attribute of spans has this name."]
    title: Annotated[str, "What annotators read beside it."]
    kind: Annotated[
        DocumentKind,
        "choice: one of the values in [[document.value]]. timex3: a TIMEX3 value; quantity: "
        "number and unit, both with bounds and ranges. text: a line of words. number: -3, 12.5.",
    ]
    definition: Annotated[str, "What it says of an article, in a sentence."]
    required: Annotated[bool, "Whether each article must have it."] = False
    required_when: Annotated[
        dict[str, tuple[str, ...]],
        "Another [[document]] and values of it, with which this one must be there too.",
    ] = {}
    value: Annotated[tuple[Named, ...], "Of a choice: a legal value."] = ()


class RelationLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of relation, directed from head to tail."""

    name: Annotated[str, "How it is written everywhere: letters, digits, `_`, `-`, `.`."]
    title: Annotated[str, "What it is, in one or two words."]
    head: Annotated[tuple[str, ...], "The names of the [[span]] that it may leave."]
    tail: Annotated[tuple[str, ...], "The names of the [[span]] that it may reach."]
    definition: Annotated[str, "What it says of head and tail, in a sentence."]
    symmetric: Annotated[bool, "Whether it has no direction; head and tail are alike then."] = False
    same_label: Annotated[bool, "Whether both ends have one label."] = False
    expected_of: Annotated[
        tuple[str, ...], "Head labels that should each have one, unless `excused_by` is set."
    ] = ()
    expected_at: Annotated[tuple[str, ...], "Tail labels that should each be reached by one."] = ()
    excused_by: Annotated[str, "An attribute of the head that says why there is none."] = ""
    color: Annotated[str, "Of its arrow on the screen, as HTML writes it."] = ""


class Resolution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the tables below find who a mention is."""

    entity: Annotated[tuple[str, ...], "Attributes that name rows of entities.csv."]
    same: Annotated[tuple[str, ...], "Relations between mentions of one thing."] = ()
    affiliation: Annotated[tuple[str, ...], "Relations from a mention to whom it belongs."] = ()


class Statements(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the config `statements`: a row a span of a `content` label."""

    content: Annotated[tuple[str, ...], "Labels of what is said."]
    source: Annotated[tuple[str, ...], "Relations from it to who says so."]
    cue: Annotated[tuple[str, ...], "Relations from it to the word of saying."] = ()
    stance: Annotated[str, "An attribute of it: asserted or denied."] = ""
    quotation: Annotated[str, "An attribute of it: quoted or not."] = ""
    unsourced: Annotated[str, "An attribute of it: why it has no source."] = ""


class Claims(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the config `claims`: a row a span of an `act` label whose `type` is one of `says`."""

    act: Annotated[tuple[str, ...], "Labels of acts."]
    type: Annotated[str, "An attribute of an act: what kind of act it is."]
    says: Annotated[
        dict[str, str], "A value of `type`, and what such an act is, in words true of one side alone."
    ]
    modality: Annotated[str, "An attribute of an act: done, planned, denied."] = ""
    actor: Annotated[tuple[str, ...], "Relations from an act to who does it."] = ()
    addressee: Annotated[tuple[str, ...], "Relations to whom it is said."] = ()
    target: Annotated[tuple[str, ...], "Relations to whom it is directed at."] = ()
    beneficiary: Annotated[tuple[str, ...], "Relations to whom it is for."] = ()
    mediator: Annotated[tuple[str, ...], "Relations to who mediates."] = ()
    theme: Annotated[tuple[str, ...], "Relations to what it is about."] = ()
    place: Annotated[tuple[str, ...], "Relations from it or its theme to where."] = ()
    time: Annotated[tuple[str, ...], "Relations from it or its theme to when."] = ()
    condition: Annotated[tuple[str, ...], "Relations from it or its theme to what it depends on."] = ()


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What makes the config `figures`: a row a number that is said of an event instance."""

    instance: Annotated[tuple[str, ...], "Attributes that name the instance."]
    count: Annotated[tuple[str, ...], "Relations from what is counted to the number."]
    quantity: Annotated[str, "The attribute of the number that has its value."]
    through: Annotated[
        tuple[str, ...],
        "Relations from the mention of the instance to what is counted, if that does not "
        "name the instance itself.",
    ] = ()
    modality: Annotated[str, "An attribute of the mention of the instance."] = ""
    sorts: Annotated[
        tuple[str, ...], "Attributes that say what sort is counted, of what is counted or of the number."
    ] = ()
    compared: Annotated[
        dict[str, tuple[str, ...]],
        "An attribute of the mention, of what is counted or of the statement it is in, and "
        "the values with which figures are compared; others are of what is not said to be so.",
    ] = {}


class Ontology(msgspec.Struct, frozen=True, eq=False, forbid_unknown_fields=True, dict=True):
    """The annotation scheme. Label order is file order: ClassLabel integers depend on it."""

    name: Annotated[str, "Of the scheme; label files carry it."]
    version: Annotated[
        str, 'Such as "0.1"; another one where what is legal changes, as label files carry it.'
    ]
    groups: Annotated[tuple[Group, ...], "Labels that are shown together on the labelling screen."] = (
        msgspec.field(name="group")
    )
    spans: Annotated[tuple[SpanLabel, ...], "A kind of span, in the order of the published numbers."] = (
        msgspec.field(name="span")
    )
    attributes: Annotated[tuple[Attribute, ...], "A property of the spans of some labels."] = msgspec.field(
        name="attribute", default=()
    )
    document_attributes: Annotated[
        tuple[DocumentAttribute, ...], "A property of the whole article, as its genre."
    ] = msgspec.field(name="document", default=())
    relations: Annotated[
        tuple[RelationLabel, ...],
        "A kind of relation, directed from head to tail, in the order of the published numbers.",
    ] = msgspec.field(name="relation", default=())
    all_inside_words: Annotated[
        bool, "Whether spans may begin or end inside a word, as Arabic or German may want."
    ] = msgspec.field(name="inside_words", default=False)
    same_words: Annotated[
        tuple[tuple[str, str], ...] | None,
        "The pairs of labels that may cover the same words; without it any two may.",
    ] = None
    resolution: Annotated[Resolution | None, "How the tables below find who a mention is."] = None
    statements: Annotated[
        Statements | None, "What makes the config `statements` of a release, if anything."
    ] = None
    claims: Annotated[Claims | None, "What makes the config `claims` of a release, if anything."] = None
    figures: Annotated[Figures | None, "What makes the config `figures` of a release, if anything."] = None

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
    def all_attribute_names(self) -> tuple[str, ...]:
        """Names of the attributes of spans, then of the document's, each once."""
        return (*self.attribute_names, *self.of_document)

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


def encode_ontology(ontology: Ontology) -> bytes:
    """Return a scheme as JSON, with the names of the file; one without [[document]] says nothing of it."""
    found = msgspec.to_builtins(ontology)
    if not ontology.document_attributes:
        del found[DOCUMENT]
    return msgspec.json.encode(found)
