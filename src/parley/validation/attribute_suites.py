"""What is expected of attributes: of spans and of whole documents, by the kind of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from parley.model.entities import PROPOSED
from parley.model.ontology import DOCUMENT, Attribute, DocumentAttribute, Ontology
from parley.validation.expectation import Expectation, any_of, expect, rule
from parley.validation.facts import entity_type_column, known_entity_column


def attributes(ontology: Ontology) -> Iterator[Expectation]:
    """Ask which attributes spans have, which they must have, and what their values are."""
    yield expect(
        "attribute-unknown",
        "No span has an attribute that the ontology does not know.",
        "there is no attribute {other_attributes}",
        rule("column_values_to_be_null", "other_attributes"),
    )
    for name in ontology.attribute_names:
        same = [a for a in ontology.attributes if a.name == name]
        carriers = [label for a in same for label in a.labels]
        without = [label for label in ontology.span_names if label not in carriers]
        if without:
            yield expect(
                "attribute-unknown",
                f"`{name}` is given on {any_of(carriers)} only.",
                f"{{label}} has no attribute {name!r}, here {{{name}!r}}",
                rule("value_to_be_absent_on_labels", "label", name, labels=without),
            )
        for attribute in same:
            labels = list(attribute.labels)
            if attribute.required:
                yield expect(
                    "attribute-missing",
                    f"{any_of(labels)} has `{name}`.",
                    f"{name!r} is not set",
                    rule("value_to_be_present_on_labels", "label", name, labels=labels, when={}),
                )
            for other, values in attribute.required_when.items():
                when = {other: list(values)}
                yield expect(
                    "attribute-missing",
                    f"{any_of(labels)} has `{name}` where `{other}` is {any_of(values)}.",
                    f"{name!r} is not set, though {other!r} is {{{other}!r}}",
                    rule("value_to_be_present_on_labels", "label", name, other, labels=labels, when=when),
                )
        yield from _values(name, same)


def of_document(ontology: Ontology) -> Iterator[Expectation]:
    """Ask what layers say of the whole document: as of spans, and what must be there of people and models."""
    if not ontology.document_attributes:
        return
    yield expect(
        "attribute-unknown",
        "Nothing is said of the document that the ontology does not know.",
        "there is no attribute {other_attributes} of the document",
        rule("column_values_to_be_null", "other_attributes"),
    )
    for name, attribute in ontology.of_document.items():
        asked = [
            expect(
                "attribute-missing",
                f"The document has `{name}`{where}.",
                f"{name!r} is not set{though}",
                rule(
                    "value_to_be_present_on_labels",
                    *("annotator_kind", name, *when),
                    labels=["human", "model"],
                    when=when,
                ),
            )
            for where, though, when in _asked(attribute)
        ]
        for one in (*asked, *_values(name, [attribute])):
            one["meta"]["at"] = f"{DOCUMENT} > {name}"
            yield one


def _asked(attribute: DocumentAttribute) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """Yield when an attribute must be there: in words, why in a message, and by another attribute."""
    if attribute.required:
        yield "", "", {}
    for other, values in attribute.required_when.items():
        though = f", though {other!r} is {{{other}!r}}"
        yield f" where `{other}` is {any_of(values)}", though, {other: list(values)}


def _values(name: str, same: Sequence[Attribute | DocumentAttribute]) -> Iterator[Expectation]:
    """Ask what an attribute's values must be. same: attributes of the name, perhaps of several kinds."""
    of_kind = {a.kind: [one for one in same if one.kind == a.kind] for a in same}
    if "choice" in of_kind:
        legal = {label: list(a.values) for a in of_kind["choice"] for label in a.labels}
        yield expect(
            "attribute-value",
            f"`{name}` is one of the values its label allows.",
            f"{name} is {{{name}!r}}, which {{label}} does not allow",
            rule("column_pair_to_fit_label", "label", name, legal=legal),
        )
    if "entity" in of_kind:
        column = entity_type_column(name)
        yield expect(
            "entity-unknown",
            f"`{name}` is a row of entities.csv.",
            f"there is no entity {{{name}!r}}",
            rule("second_column_where_first", name, known_entity_column(name)),
        )
        begin = '(^|")' if any(a.several for a in same) else "^"
        yield expect(
            "entity-proposed",
            f"`{name}` is not a name that is only proposed.",
            f"{{{name}!r}} has no row yet",
            rule("column_values_to_not_match_regex", name, regex=f"{begin}{PROPOSED}"),
        )
        legal = {label: list(a.types or (label,)) for a in of_kind["entity"] for label in a.labels}
        yield expect(
            "entity-type",
            f"The entity named by `{name}` is of a type that the label allows.",
            f"{{{name}!r}} is of type {{{column}}}, the label is {{label}}",
            rule("column_pair_to_fit_label", "label", column, legal=legal),
        )
    for kind, fault, what in (
        ("timex3", "attribute-timex", "a TIMEX3 value"),
        ("quantity", "attribute-quantity", "a number and a unit"),
        ("text", "attribute-value", "a line of words, without white space at its ends"),
        ("number", "attribute-value", "a number as it is written here (-3, 0, 12.5)"),
        ("ids", "attribute-value", "an array of ids, sorted and none twice"),
    ):
        labels = [
            label for a in same if (a.several if kind == "ids" else a.kind == kind) for label in a.labels
        ]
        if labels:
            yield expect(
                fault,
                f"`{name}` on {any_of(labels)} is {what}.",
                f"{name} is {{{name}!r}}, which is not {what}",
                rule(f"{kind}_on_labels", "label", name, labels=labels),
            )
