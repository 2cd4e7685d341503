"""The ontology: labels, attributes and relations, read from the one file that defines them."""

from __future__ import annotations

import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from parley.faults import DataFaults, Fault, UsageError

AttributeKind = Literal["choice", "entity", "timex3", "quantity"]


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A legal value of a choice attribute."""

    name: str
    definition: str
    hotkey: str = ""


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of span labels, shown together on the labelling screen."""

    name: str
    title: str


class SpanLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of span.

    inside_words: whether its spans may begin or end inside a word (clitics, compounds); by default as the
    file says for all labels.
    """

    name: str
    title: str
    group: str
    color: str
    definition: str
    hotkey: str = ""
    inside_words: bool | None = None


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A property of the spans of some labels.

    kind: `choice` (one of `values`), `entity` (an id of entities.csv whose type is the span's label, or one
    of `types`), `timex3` (a TIMEX3 value), `quantity` (number and unit).
    required_when: attribute name → values; required where another attribute of the span has one of them.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    kind: AttributeKind
    definition: str
    required: bool = False
    required_when: dict[str, tuple[str, ...]] = {}
    types: tuple[str, ...] = ()
    value: tuple[Named, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The legal values of a choice, in file order; empty for the other kinds."""
        return tuple(v.name for v in self.value)

    def is_required(self, attributes: dict[str, str]) -> bool:
        """Say whether a span that carries `attributes` must carry this one too."""
        return self.required or any(
            attributes.get(other) in values for other, values in self.required_when.items()
        )


class RelationLabel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of relation, directed from head to tail.

    expected_of: head labels that should each have one, unless the span carries the attribute `excused_by`.
    """

    name: str
    title: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    definition: str
    symmetric: bool = False
    same_label: bool = False
    expected_of: tuple[str, ...] = ()
    excused_by: str = ""
    color: str = ""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    version: str
    group: tuple[Group, ...]
    span: tuple[SpanLabel, ...]
    attribute: tuple[Attribute, ...] = ()
    relation: tuple[RelationLabel, ...] = ()
    inside_words: bool = False


# Columns beside which an attribute's stands: in label tables, where they are judged, in a release.
RESERVED = frozenset((
    "annotator", "annotator_kind", "boundary", "decision", "derived_id", "doc_id", "end", "fold", "found",
    "head", "id", "kind", "known_sources", "label", "layer", "length", "other_attributes", "reason", "row",
    "sentence", "sentence_start", "sources", "start", "surface", "tail", "text",
))  # fmt: skip


class Ontology:
    """The annotation scheme. Label order is file order: ClassLabel integers depend on it.

    inside_words: the labels whose spans may begin or end inside a word.
    """

    def __init__(self, file: _File) -> None:
        self.name = file.name
        self.version = file.version
        self.groups = file.group
        self.spans = file.span
        self.attributes = file.attribute
        self.relations = file.relation
        self.inside_words = frozenset(
            s.name for s in file.span if (file.inside_words if s.inside_words is None else s.inside_words)
        )

    @property
    def revision(self) -> str:
        """Name and version, as written into every label file: `parley 0.1`."""
        return f"{self.name} {self.version}"

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
    def attributes_of(self) -> dict[str, dict[str, Attribute]]:
        """Span label → attribute name → attribute."""
        return {s.name: {a.name: a for a in self.attributes if s.name in a.labels} for s in self.spans}

    def values_of(self, attribute: str) -> tuple[str, ...]:
        """Legal values of a choice attribute over all labels, in file order; else nothing."""
        same = [a for a in self.attributes if a.name == attribute]
        if any(a.kind != "choice" for a in same):
            return ()
        return tuple(dict.fromkeys(v for a in same for v in a.values))


def read_ontology(path: Path) -> Ontology:
    """Read an ontology file.

    Raises UsageError where there is none, DataFaults naming every reference that does not resolve and every
    name or hotkey given twice.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "name the file of an annotation scheme")
    return decode_ontology(data, path.name)


def decode_ontology(data: bytes, name: str = "ontology.toml") -> Ontology:
    """Return the ontology in a file's bytes. name: of the file, in faults.

    Raises DataFaults naming every reference that does not resolve and every name or hotkey given twice.
    """
    try:
        file = msgspec.convert(tomllib.loads(data.decode()), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise DataFaults([Fault("ontology-malformed", name, str(error), "annotation/ontology.toml")])
    wrong = [
        Fault("ontology-malformed", f"{name} > {place}", what, "annotation/ontology.toml")
        for place, what in _problems(file)
    ]
    if wrong:
        raise DataFaults(wrong)
    return Ontology(file)


def _problems(file: _File) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []

    def once(kind: str, names: list[str]) -> None:
        found.extend(
            (f"{kind}({n})", "given twice") for n in sorted({n for n in names if names.count(n) > 1})
        )

    spans = [s.name for s in file.span]
    groups = [g.name for g in file.group]
    once("group", groups)
    once("span", spans)
    once("relation", [r.name for r in file.relation])
    once(
        "hotkey",
        [s.hotkey for s in file.span if s.hotkey]
        + [v.hotkey for a in file.attribute for v in a.value if v.hotkey],
    )
    for span in file.span:
        if span.group not in groups:
            found.append((f"span({span.name}) > group", f"no group {span.group!r}"))
    for attribute in file.attribute:
        found.extend(_attribute_problems(attribute, file, spans))
    once("attribute", [f"{a.name} of {label}" for a in file.attribute for label in a.labels])
    for relation in file.relation:
        place = f"relation({relation.name})"
        for end, labels in (
            ("head", relation.head),
            ("tail", relation.tail),
            ("expected_of", relation.expected_of),
        ):
            found.extend((f"{place} > {end}", f"no span label {x!r}") for x in labels if x not in spans)
        if relation.excused_by and relation.excused_by not in {a.name for a in file.attribute}:
            found.append((f"{place} > excused_by", f"no attribute {relation.excused_by!r}"))
        if relation.symmetric and set(relation.head) != set(relation.tail):
            found.append((place, "symmetric, but head and tail differ"))
    return found


def _attribute_problems(attribute: Attribute, file: _File, spans: list[str]) -> list[tuple[str, Any]]:
    place = f"attribute({attribute.name})"
    if attribute.name in RESERVED or "__" in attribute.name:
        return [(place, "a column of the tables has this name: choose another")]
    found = [(f"{place} > labels", f"no span label {x!r}") for x in attribute.labels if x not in spans]
    if (attribute.kind == "choice") != bool(attribute.value):
        found.append((place, "a choice has values, the other kinds have none"))
    if len(set(attribute.values)) != len(attribute.values):
        found.append((place, "a value is given twice"))
    for other in attribute.required_when:
        for label in attribute.labels:
            if not any(a.name == other and label in a.labels for a in file.attribute):
                found.append((f"{place} > required_when", f"{label} has no attribute {other!r}"))
    return found
