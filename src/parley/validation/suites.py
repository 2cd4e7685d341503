"""What is expected of each table, derived from the ontology, in the form of Great Expectations.

Each expectation carries a `description` (what Data Docs show) and, in its `meta`, the fault code of the rows
it does not expect and `says`, a message with columns of such a row in braces.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from parley.model.decisions import DECISIONS, REASONS
from parley.model.ontology import Ontology
from parley.validation.facts import count_column, entity_type_column

Expectation = dict[str, Any]

# Unicode's White_Space, written out: the engines' \s differ (re, RE2, Java)
_BLANK = "[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_SHA256 = "^[0-9a-f]{64}$"
_PUBLISHED = (
    r"^(\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])"
    r"(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-][01]\d:[0-5]\d)?)?)?)?)?$"
)
_LANGUAGE = r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$"
_UPDATED = r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00))?$"


def suites(ontology: Ontology) -> dict[str, list[Expectation]]:
    """Return the expectations derived from an ontology, by the table they are asked of."""
    return {
        "documents": list(_documents()),
        "layers": list(_layers()),
        "spans": [*_spans(ontology), *_attributes(ontology), *_expected(ontology), *_gold()],
        "relations": [*_relations(ontology), *_gold()],
    }


def _expect(asks: str, fault: str, description: str, says: str, **kwargs: object) -> Expectation:
    """Return one expectation. asks: its type without `expect_`. says: str.format over a row's columns."""
    return {
        "type": f"expect_{asks}",
        "kwargs": kwargs,
        "meta": {"fault": fault, "says": says},
        "description": description,
    }


def _documents() -> Iterator[Expectation]:
    yield _expect(
        "column_values_to_be_unique",
        "seed-duplicate",
        "Every document has an id of its own.",
        "the id stands twice",
        column="doc_id",
    )
    yield _expect(
        "column_values_to_be_between",
        "seed-empty",
        "Every document has text.",
        "there is no text",
        column="length",
        min_value=1,
    )
    for column, pattern, what in (
        ("published", _PUBLISHED, "an ISO 8601 date, or date and time, or nothing"),
        ("language", _LANGUAGE, "a BCP 47 language tag, or nothing"),
        ("seed_sha256", _SHA256, "a SHA-256"),
        ("text_sha256", _SHA256, "a SHA-256"),
    ):
        yield _expect(
            "column_values_to_match_regex",
            "manifest-malformed",
            f"`{column}` is {what}.",
            f"{column} is {{{column}!r}}, which is not {what}",
            column=column,
            regex=pattern,
        )


def _layers() -> Iterator[Expectation]:
    yield _expect(
        "column_values_to_not_be_null",
        "document-unknown",
        "Every label file is about a document of the corpus.",
        "there is no document {doc_id!r}",
        column="document_sha256",
    )
    yield _expect(
        "column_pair_values_to_be_equal",
        "text-mismatch",
        "Labels were made on the text the document has now.",
        "made on a text with SHA-256 {text_sha256}, the document has {document_sha256}",
        column_A="text_sha256",
        column_B="document_sha256",
        ignore_row_if="either_value_is_missing",
    )
    yield _expect(
        "column_values_to_not_be_null",
        "annotator-unknown",
        "Every annotator is listed.",
        "there is no annotator {annotator!r}",
        column="annotator_kind",
    )
    yield _expect(
        "column_pair_values_to_be_equal",
        "labels-misplaced",
        "A label file stands where its annotator and document say.",
        "these are labels for {expected_file}",
        column_A="file",
        column_B="expected_file",
        ignore_row_if="either_value_is_missing",
    )
    yield _expect(
        "column_pair_values_to_be_equal",
        "labels-noncanonical",
        "A label file has the canonical bytes of its labels.",
        "the bytes are not those Parley writes for these labels",
        column_A="file_sha256",
        column_B="canonical_sha256",
        ignore_row_if="either_value_is_missing",
    )
    yield _expect(
        "column_values_to_match_regex",
        "labels-time",
        "`updated` is an ISO 8601 date and time in UTC, or nothing.",
        "updated is {updated!r}",
        column="updated",
        regex=_UPDATED,
    )
    yield _expect(
        "column_values_to_be_between",
        "labels-time",
        "Lead time is not negative.",
        "lead_time_s is {lead_time_s}",
        column="lead_time_s",
        min_value=0,
    )


def _spans(ontology: Ontology) -> Iterator[Expectation]:
    yield _expect(
        "column_values_to_be_in_set",
        "span-label",
        "Every span has a label of the ontology.",
        "there is no label {label!r}",
        column="label",
        value_set=list(ontology.span_names),
    )
    yield _expect(
        "column_values_to_be_between",
        "span-outside",
        "No span starts before the text.",
        "it starts at {start}",
        column="start",
        min_value=0,
    )
    yield _expect(
        "column_pair_values_a_to_be_greater_than_b",
        "span-outside",
        "No span ends behind the text.",
        "it ends at {end}, the text at {length}",
        column_A="length",
        column_B="end",
        or_equal=True,
        ignore_row_if="either_value_is_missing",
    )
    yield _expect(
        "column_pair_values_a_to_be_greater_than_b",
        "span-empty",
        "Every span has an extent.",
        "it runs from {start} to {end}",
        column_A="end",
        column_B="start",
        ignore_row_if="neither",
    )
    yield _expect(
        "column_pair_values_to_be_equal",
        "span-surface",
        "The surface is the text at the offsets.",
        "the text there is {found!r}",
        column_A="surface",
        column_B="found",
        ignore_row_if="either_value_is_missing",
    )
    yield _expect(
        "column_values_to_not_match_regex",
        "span-edge-space",
        "No span begins or ends with white space.",
        "the surface is {surface!r}",
        column="surface",
        regex=f"^{_BLANK}|{_BLANK}$",
    )
    yield _expect(
        "column_values_to_not_be_in_set",
        "span-cut-grapheme",
        "No span begins or ends inside a character (an extended grapheme cluster).",
        "{surface!r} begins or ends inside a character (an extended grapheme cluster)",
        column="boundary",
        value_set=["character"],
    )
    yield from _words(ontology)
    yield _expect(
        "column_pair_values_to_be_equal",
        "span-id",
        "A span's id says its label and offsets.",
        "the id should be {derived_id}",
        column_A="id",
        column_B="derived_id",
        ignore_row_if="neither",
    )
    yield _expect(
        "compound_columns_to_be_unique",
        "span-duplicate",
        "No label file has one label twice on the same stretch.",
        "{label} stands twice on {start}:{end}",
        column_list=["layer", "label", "start", "end"],
        ignore_row_if="never",
    )


def _words(ontology: Ontology) -> Iterator[Expectation]:
    whole = [label for label in ontology.span_names if label not in ontology.inside_words]
    says = "{surface!r} begins or ends inside a word"
    if not ontology.inside_words:
        yield _expect(
            "column_values_to_not_be_in_set",
            "span-cut-word",
            "No span begins or ends inside a word.",
            says,
            column="boundary",
            value_set=["word"],
        )
    elif whole:
        yield _expect(
            "column_pair_to_fit_label",
            "span-cut-word",
            f"No {_list(whole)} begins or ends inside a word.",
            says,
            column_list=["label", "boundary"],
            legal={label: ["clean", "character"] for label in whole},
        )


def _attributes(ontology: Ontology) -> Iterator[Expectation]:
    yield _expect(
        "column_values_to_be_null",
        "attribute-unknown",
        "No span has an attribute that the ontology does not know.",
        "there is no attribute {other_attributes}",
        column="other_attributes",
    )
    for name in ontology.attribute_names:
        same = [a for a in ontology.attributes if a.name == name]
        carriers = [label for a in same for label in a.labels]
        without = [label for label in ontology.span_names if label not in carriers]
        if without:
            yield _expect(
                "value_to_be_absent_on_labels",
                "attribute-unknown",
                f"`{name}` is given on {_list(carriers)} alone.",
                f"{{label}} has no attribute {name!r}, here {{{name}!r}}",
                column_list=["label", name],
                labels=without,
            )
        for attribute in same:
            if attribute.required:
                yield _expect(
                    "value_to_be_present_on_labels",
                    "attribute-missing",
                    f"{_list(attribute.labels)} has `{name}`.",
                    f"{name!r} is not set",
                    column_list=["label", name],
                    labels=list(attribute.labels),
                    when={},
                )
            for other, values in attribute.required_when.items():
                yield _expect(
                    "value_to_be_present_on_labels",
                    "attribute-missing",
                    f"{_list(attribute.labels)} has `{name}` where `{other}` is {_list(values)}.",
                    f"{name!r} is not set, though {other!r} is {{{other}!r}}",
                    column_list=["label", name, other],
                    labels=list(attribute.labels),
                    when={other: list(values)},
                )
        yield from _values(ontology, name)


def _values(ontology: Ontology, name: str) -> Iterator[Expectation]:
    """Ask what an attribute's values must be; one name may be of another kind on other labels."""
    same = [a for a in ontology.attributes if a.name == name]
    choices = {label: list(a.values) for a in same if a.kind == "choice" for label in a.labels}
    if choices:
        yield _expect(
            "column_pair_to_fit_label",
            "attribute-value",
            f"`{name}` is one of the values its label allows.",
            f"{name} is {{{name}!r}}, which {{label}} does not allow",
            column_list=["label", name],
            legal=choices,
        )
    types = {label: list(a.types or (label,)) for a in same if a.kind == "entity" for label in a.labels}
    if types:
        column = entity_type_column(name)
        yield _expect(
            "second_column_where_first",
            "entity-unknown",
            f"`{name}` is a row of entities.csv.",
            f"there is no entity {{{name}!r}}",
            column_list=[name, column],
        )
        yield _expect(
            "column_pair_to_fit_label",
            "entity-type",
            f"The entity named by `{name}` is of a type that the label allows.",
            f"{{{name}!r}} is of type {{{column}}}, the label is {{label}}",
            column_list=["label", column],
            legal=types,
        )
    for kind, asks, fault, what in (
        ("timex3", "timex3_on_labels", "attribute-timex", "a TIMEX3 value"),
        ("quantity", "quantity_on_labels", "attribute-quantity", "a number and a unit"),
    ):
        labels = [label for a in same if a.kind == kind for label in a.labels]
        if labels:
            yield _expect(
                asks,
                fault,
                f"`{name}` on {_list(labels)} is {what}.",
                f"{name} is {{{name}!r}}, which is not {what}",
                column_list=["label", name],
                labels=labels,
            )


def _expected(ontology: Ontology) -> Iterator[Expectation]:
    for relation in ontology.relations:
        if not relation.expected_of:
            continue
        excuse = f", or says why not in `{relation.excused_by}`" if relation.excused_by else ""
        yield _expect(
            "relation_of_spans",
            "relation-expected",
            f"Every {_list(relation.expected_of)} has a `{relation.name}`{excuse}.",
            f"it has no {relation.name!r}",
            column_list=[
                "label",
                count_column(relation.name),
                *([relation.excused_by] if relation.excused_by else []),
            ],
            labels=list(relation.expected_of),
        )


def _relations(ontology: Ontology) -> Iterator[Expectation]:
    yield _expect(
        "column_values_to_be_in_set",
        "relation-label",
        "Every relation has a label of the ontology.",
        "there is no relation {label!r}",
        column="label",
        value_set=list(ontology.relation_names),
    )
    for end in ("head", "tail"):
        yield _expect(
            "column_values_to_not_be_null",
            "relation-dangling",
            f"The {end} of every relation is a span of the same label file.",
            f"its {end} {{{end}}} does not exist",
            column=f"{end}_label",
        )
    yield _expect(
        "column_pair_to_differ",
        "relation-self",
        "No relation runs from a span to itself.",
        "head and tail are the same span",
        column_list=["head", "tail"],
    )
    for end, fault, what in (("head", "relation-domain", "leave"), ("tail", "relation-range", "reach")):
        yield _expect(
            "column_pair_to_fit_label",
            fault,
            f"The {end} of a relation has a label the relation may {what}.",
            f"{{label}} cannot {what} {{{end}_label}}",
            column_list=["label", f"{end}_label"],
            legal={r.name: list(getattr(r, end)) for r in ontology.relations},
        )
    alike = [r.name for r in ontology.relations if r.same_label]
    if alike:
        yield _expect(
            "ends_to_share_label",
            "relation-range",
            f"{_list(alike)} ties two spans of one label.",
            "{label} ties {head_label} to {tail_label}",
            column_list=["label", "head_label", "tail_label"],
            labels=alike,
        )
    yield _expect(
        "column_pair_values_to_be_equal",
        "relation-order",
        "A symmetric relation runs from the later span to the earlier.",
        "it runs from the earlier span to the later",
        column_A="head",
        column_B="first",
        ignore_row_if="neither",
    )
    yield _expect(
        "compound_columns_to_be_unique",
        "relation-duplicate",
        "No label file has a relation twice, a symmetric one in neither direction.",
        "{label} stands twice between {first} and {second}",
        column_list=["layer", "label", "first", "second"],
        ignore_row_if="never",
    )
    yield _expect(
        "column_pair_values_to_be_equal",
        "relation-id",
        "A relation's id says its ends.",
        "the id should be {derived_id}",
        column_A="id",
        column_B="derived_id",
        ignore_row_if="neither",
    )


def _gold() -> Iterator[Expectation]:
    yield _expect(
        "value_to_be_present_on_labels",
        "gold-unsourced",
        "Every gold label that was not added in adjudication says whose it is.",
        "it is {decision!r}, but names no annotator it came from",
        column_list=["kind", "sources", "decision"],
        labels=["gold"],
        when={"decision": [d for d in DECISIONS if d != "added"]},
    )
    yield _expect(
        "second_column_where_first",
        "gold-unsourced",
        "The sources of a gold label are listed annotators.",
        "its sources are {sources!r}; not all are in annotators.csv",
        column_list=["sources", "known_sources"],
    )
    yield _expect(
        "value_to_be_present_on_labels",
        "gold-decision",
        "Every gold label says how it was decided.",
        "it has no decision",
        column_list=["kind", "decision"],
        labels=["gold"],
        when={},
    )
    yield _expect(
        "column_pair_to_fit_label",
        "gold-decision",
        f"A decision is {_list(list(DECISIONS))}, and stands in gold alone.",
        "the decision is {decision!r} in {kind}",
        column_list=["kind", "decision"],
        legal={"gold": list(DECISIONS), "labels": []},
    )
    yield _expect(
        "column_pair_to_fit_label",
        "gold-decision",
        f"The reason of a decision is {_list(list(REASONS))}, and stands in gold alone.",
        "the reason is {reason!r} in {kind}",
        column_list=["kind", "reason"],
        legal={"gold": list(REASONS), "labels": []},
    )


def _list(names: tuple[str, ...] | list[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
