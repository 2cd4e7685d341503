"""What is expected of each table, derived from the ontology, in the form of Great Expectations.

Each expectation carries a `description` (what Data Docs show) and, in its `meta`, the fault code of the rows
it does not expect and `says`, a message with columns of such a row in braces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from parley.model.entities import PROPOSED
from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import DOCUMENT, Attribute, DocumentAttribute, Ontology
from parley.validation.facts import count_column, entity_type_column, known_entity_column

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
_EITHER = "either_value_is_missing"


def suites(ontology: Ontology) -> dict[str, list[Expectation]]:
    """Return the expectations derived from an ontology, by the table they are asked of."""
    return {
        "documents": list(_documents()),
        "layers": [*_layers(), *_document(ontology)],
        "spans": [*_spans(ontology), *_attributes(ontology), *_expected(ontology), *_gold()],
        "relations": [*_relations(ontology), *_gold()],
    }


def _expect(fault: str, description: str, says: str, asked: tuple[str, dict[str, Any]]) -> Expectation:
    """Return one expectation. says: str.format over the columns of a row. asked: type and arguments."""
    kind, kwargs = asked
    meta = {"fault": fault, "says": says}
    return {"type": kind, "kwargs": kwargs, "meta": meta, "description": description}


def _of(asks: str, *columns: str, **kwargs: object) -> tuple[str, dict[str, Any]]:
    """Return type and arguments of an expectation. asks: its type without `expect_`."""
    named: dict[str, object] = {"column_list": list(columns)}
    if asks.startswith("column_pair_values"):
        named = {"column_A": columns[0], "column_B": columns[1]}
    elif asks.startswith("column_values"):
        named = {"column": columns[0]}
    return f"expect_{asks}", named | kwargs


def _documents() -> Iterator[Expectation]:
    yield _expect(
        "seed-duplicate",
        "Every document has an id of its own.",
        "the id is there twice",
        _of("column_values_to_be_unique", "doc_id"),
    )
    yield _expect(
        "seed-empty",
        "Every document has text.",
        "there is no text",
        _of("column_values_to_be_between", "length", min_value=1),
    )
    for column, pattern, what in (
        ("published", _PUBLISHED, "an ISO 8601 date, or date and time, or nothing"),
        ("language", _LANGUAGE, "a BCP 47 language tag, or nothing"),
        ("seed_sha256", _SHA256, "a SHA-256"),
        ("text_sha256", _SHA256, "a SHA-256"),
    ):
        yield _expect(
            "manifest-malformed",
            f"`{column}` is {what}.",
            f"{column} is {{{column}!r}}, which is not {what}",
            _of("column_values_to_match_regex", column, regex=pattern),
        )


def _layers() -> Iterator[Expectation]:
    yield _expect(
        "document-unknown",
        "Every label file is about a document of the corpus.",
        "there is no document {doc_id!r}",
        _of("column_values_to_not_be_null", "document_sha256"),
    )
    yield _expect(
        "text-mismatch",
        "Labels were made on the text the document has now.",
        "made on a text with SHA-256 {text_sha256}, the document has {document_sha256}",
        _of("column_pair_values_to_be_equal", "text_sha256", "document_sha256", ignore_row_if=_EITHER),
    )
    yield _expect(
        "annotator-unknown",
        "Every annotator is listed.",
        "there is no annotator {annotator!r}",
        _of("column_values_to_not_be_null", "annotator_kind"),
    )
    yield _expect(
        "revision-unknown",
        "Labels were made with this revision of the ontology, or an earlier one.",
        "made with {ontology!r}, which is not a revision of this ontology",
        _of("second_column_where_first", "ontology", "known_ontology"),
    )
    yield _expect(
        "gold-adjudicator",
        "A human or a model adjudicates.",
        "{annotator} is of kind {annotator_kind}",
        _of("column_pair_to_fit_label", "kind", "annotator_kind", legal={"gold": ["human", "model"]}),
    )
    yield _expect(
        "labels-misplaced",
        "A label file is in the place that its annotator and document name.",
        "these are labels for {expected_file}",
        _of("column_pair_values_to_be_equal", "file", "expected_file", ignore_row_if=_EITHER),
    )
    yield _expect(
        "labels-noncanonical",
        "A label file has the canonical bytes of its labels.",
        "the bytes are not those Parley writes for these labels",
        _of("column_pair_values_to_be_equal", "file_sha256", "canonical_sha256", ignore_row_if=_EITHER),
    )
    yield _expect(
        "labels-time",
        "`updated` is an ISO 8601 date and time in UTC, or nothing.",
        "updated is {updated!r}",
        _of("column_values_to_match_regex", "updated", regex=_UPDATED),
    )
    yield _expect(
        "labels-time",
        "Lead time is not negative.",
        "lead_time_s is {lead_time_s}",
        _of("column_values_to_be_between", "lead_time_s", min_value=0),
    )


def _spans(ontology: Ontology) -> Iterator[Expectation]:
    yield _expect(
        "span-label",
        "Every span has a label of the ontology.",
        "there is no label {label!r}",
        _of("column_values_to_be_in_set", "label", value_set=list(ontology.span_names)),
    )
    yield _expect(
        "span-outside",
        "No span starts before the text.",
        "it starts at {start}",
        _of("column_values_to_be_between", "start", min_value=0),
    )
    yield _expect(
        "span-outside",
        "No span ends after the end of the text.",
        "it ends at {end}, the text at {length}",
        _of(
            "column_pair_values_a_to_be_greater_than_b", "length", "end", or_equal=True, ignore_row_if=_EITHER
        ),
    )
    yield _expect(
        "span-empty",
        "Every span has an extent.",
        "it runs from {start} to {end}",
        _of("column_pair_values_a_to_be_greater_than_b", "end", "start", ignore_row_if="neither"),
    )
    yield _expect(
        "span-surface",
        "The surface is the text at the offsets.",
        "the text there is {found!r}",
        _of("column_pair_values_to_be_equal", "surface", "found", ignore_row_if=_EITHER),
    )
    yield _expect(
        "span-edge-space",
        "No span begins or ends with white space.",
        "the surface is {surface!r}",
        _of("column_values_to_not_match_regex", "edges", regex=_BLANK),
    )
    yield _expect(
        "span-cut-grapheme",
        "No span begins or ends inside a character (an extended grapheme cluster).",
        "{surface!r} begins or ends inside a character (an extended grapheme cluster)",
        _of("column_values_to_not_be_in_set", "boundary", value_set=["character"]),
    )
    whole = [label for label in ontology.span_names if label not in ontology.inside_words]
    if whole:
        every = len(whole) == len(ontology.span_names)
        legal = {label: ["clean", "character"] for label in whole}
        yield _expect(
            "span-cut-word",
            f"No {'span' if every else _list(whole)} begins or ends inside a word.",
            "{surface!r} begins or ends inside a word",
            _of("column_values_to_not_be_in_set", "boundary", value_set=["word"])
            if every
            else _of("column_pair_to_fit_label", "label", "boundary", legal=legal),
        )
    yield _expect(
        "span-id",
        "A span's id says its label and offsets.",
        "the id should be {derived_id}",
        _of("column_pair_values_to_be_equal", "id", "derived_id", ignore_row_if="neither"),
    )
    yield _expect(
        "span-duplicate",
        "No label file has one label twice on the same stretch.",
        "{label} is there twice on {start}:{end}",
        _of("compound_columns_to_be_unique", "layer", "label", "start", "end", ignore_row_if="never"),
    )
    if ontology.same_words is not None:
        pairs = [" and ".join(pair) for pair in ontology.same_words]
        allowed = f", but {_list(pairs)}" if pairs else ""
        yield _expect(
            "span-excluded",
            f"No two labels cover the same words{allowed}.",
            "{excluded_by} covers the same words",
            _of("column_values_to_be_null", "excluded_by"),
        )


def _attributes(ontology: Ontology) -> Iterator[Expectation]:
    yield _expect(
        "attribute-unknown",
        "No span has an attribute that the ontology does not know.",
        "there is no attribute {other_attributes}",
        _of("column_values_to_be_null", "other_attributes"),
    )
    for name in ontology.attribute_names:
        same = [a for a in ontology.attributes if a.name == name]
        carriers = [label for a in same for label in a.labels]
        without = [label for label in ontology.span_names if label not in carriers]
        if without:
            yield _expect(
                "attribute-unknown",
                f"`{name}` is given on {_list(carriers)} only.",
                f"{{label}} has no attribute {name!r}, here {{{name}!r}}",
                _of("value_to_be_absent_on_labels", "label", name, labels=without),
            )
        for attribute in same:
            labels = list(attribute.labels)
            if attribute.required:
                yield _expect(
                    "attribute-missing",
                    f"{_list(labels)} has `{name}`.",
                    f"{name!r} is not set",
                    _of("value_to_be_present_on_labels", "label", name, labels=labels, when={}),
                )
            for other, values in attribute.required_when.items():
                when = {other: list(values)}
                yield _expect(
                    "attribute-missing",
                    f"{_list(labels)} has `{name}` where `{other}` is {_list(values)}.",
                    f"{name!r} is not set, though {other!r} is {{{other}!r}}",
                    _of("value_to_be_present_on_labels", "label", name, other, labels=labels, when=when),
                )
        yield from _values(name, same)


def _document(ontology: Ontology) -> Iterator[Expectation]:
    """Ask what layers say of the whole document: as of spans, and what must be there of people and models."""
    if not ontology.document_attributes:
        return
    yield _expect(
        "attribute-unknown",
        "Nothing is said of the document that the ontology does not know.",
        "there is no attribute {other_attributes} of the document",
        _of("column_values_to_be_null", "other_attributes"),
    )
    for name, attribute in ontology.of_document.items():
        asked = [
            _expect(
                "attribute-missing",
                f"The document has `{name}`{where}.",
                f"{name!r} is not set{though}",
                _of(
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
    for one in _gold({"said": [DOCUMENT]}):
        one["meta"]["at"] = DOCUMENT
        yield one


def _asked(attribute: DocumentAttribute) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """Yield when an attribute must be there: in words, why in a message, and by another attribute."""
    if attribute.required:
        yield "", "", {}
    for other, values in attribute.required_when.items():
        though = f", though {other!r} is {{{other}!r}}"
        yield f" where `{other}` is {_list(values)}", though, {other: list(values)}


def _values(name: str, same: Sequence[Attribute | DocumentAttribute]) -> Iterator[Expectation]:
    """Ask what an attribute's values must be. same: attributes of the name, perhaps of several kinds."""
    of_kind = {a.kind: [one for one in same if one.kind == a.kind] for a in same}
    if "choice" in of_kind:
        legal = {label: list(a.values) for a in of_kind["choice"] for label in a.labels}
        yield _expect(
            "attribute-value",
            f"`{name}` is one of the values its label allows.",
            f"{name} is {{{name}!r}}, which {{label}} does not allow",
            _of("column_pair_to_fit_label", "label", name, legal=legal),
        )
    if "entity" in of_kind:
        column = entity_type_column(name)
        yield _expect(
            "entity-unknown",
            f"`{name}` is a row of entities.csv.",
            f"there is no entity {{{name}!r}}",
            _of("second_column_where_first", name, known_entity_column(name)),
        )
        begin = '(^|")' if any(a.several for a in same) else "^"
        yield _expect(
            "entity-proposed",
            f"`{name}` is not a name that is only proposed.",
            f"{{{name}!r}} has no row yet",
            _of("column_values_to_not_match_regex", name, regex=f"{begin}{PROPOSED}"),
        )
        legal = {label: list(a.types or (label,)) for a in of_kind["entity"] for label in a.labels}
        yield _expect(
            "entity-type",
            f"The entity named by `{name}` is of a type that the label allows.",
            f"{{{name}!r}} is of type {{{column}}}, the label is {{label}}",
            _of("column_pair_to_fit_label", "label", column, legal=legal),
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
            yield _expect(
                fault,
                f"`{name}` on {_list(labels)} is {what}.",
                f"{name} is {{{name}!r}}, which is not {what}",
                _of(f"{kind}_on_labels", "label", name, labels=labels),
            )


def _expected(ontology: Ontology) -> Iterator[Expectation]:
    for relation in ontology.relations:
        if relation.expected_of:
            excuse = [relation.excused_by] if relation.excused_by else []
            columns = ["label", count_column(relation.name), *excuse]
            unless = f", or says why not in `{relation.excused_by}`" if excuse else ""
            yield _expect(
                "relation-expected",
                f"Every {_list(relation.expected_of)} has a `{relation.name}`{unless}.",
                f"it has no {relation.name!r}",
                _of("relation_of_spans", *columns, labels=list(relation.expected_of)),
            )
        if relation.expected_at:
            columns = ["label", count_column(relation.name, "tail"), "by_rules"]
            yield _expect(
                "relation-unreached",
                f"A `{relation.name}` reaches every {_list(relation.expected_at)} that is not only proposed.",
                f"no {relation.name!r} reaches it",
                _of("relation_of_spans", *columns, labels=list(relation.expected_at)),
            )


def _relations(ontology: Ontology) -> Iterator[Expectation]:
    yield _expect(
        "relation-label",
        "Every relation has a label of the ontology.",
        "there is no relation {label!r}",
        _of("column_values_to_be_in_set", "label", value_set=list(ontology.relation_names)),
    )
    for end in ("head", "tail"):
        yield _expect(
            "relation-dangling",
            f"The {end} of every relation is a span of the same label file.",
            f"its {end} {{{end}}} does not exist",
            _of("column_values_to_not_be_null", f"{end}_label"),
        )
    yield _expect(
        "relation-self",
        "No relation runs from a span to itself.",
        "head and tail are the same span",
        _of("column_pair_to_differ", "head", "tail"),
    )
    for end, fault, what in (("head", "relation-domain", "leave"), ("tail", "relation-range", "reach")):
        legal = {r.name: list(getattr(r, end)) for r in ontology.relations}
        yield _expect(
            fault,
            f"The {end} of a relation has a label the relation may {what}.",
            f"{{label}} cannot {what} {{{end}_label}}",
            _of("column_pair_to_fit_label", "label", f"{end}_label", legal=legal),
        )
    alike = [r.name for r in ontology.relations if r.same_label]
    if alike:
        yield _expect(
            "relation-range",
            f"{_list(alike)} ties two spans of one label.",
            "{label} ties {head_label} to {tail_label}",
            _of("ends_to_share_label", "label", "head_label", "tail_label", labels=alike),
        )
    yield _expect(
        "relation-order",
        "A symmetric relation runs from the later span to the earlier.",
        "it runs from the earlier span to the later",
        _of("column_pair_values_to_be_equal", "head", "first", ignore_row_if="neither"),
    )
    yield _expect(
        "relation-duplicate",
        "No label file has a relation twice, a symmetric one in neither direction.",
        "{label} is there twice between {first} and {second}",
        _of("compound_columns_to_be_unique", "layer", "label", "first", "second", ignore_row_if="never"),
    )
    yield _expect(
        "relation-id",
        "A relation's id says its ends.",
        "the id should be {derived_id}",
        _of("column_pair_values_to_be_equal", "id", "derived_id", ignore_row_if="neither"),
    )


def _gold(said: Mapping[str, list[str]] | None = None) -> Iterator[Expectation]:
    """Ask how gold says that its labels were made. said: the rows that are asked, all without it."""
    chosen = {"decision": [d for d in DECISIONS if d != "added"]}
    present = "value_to_be_present_on_labels"
    yield _expect(
        "gold-unsourced",
        "Every gold label that was not added in adjudication says whose it is.",
        "it is {decision!r}, but names no annotator it came from",
        _of(present, "kind", "sources", "decision", labels=["gold"], when=chosen),
    )
    yield _expect(
        "gold-unsourced",
        "The sources of a gold label are listed annotators.",
        "its sources are {sources!r}; not all are in annotators.csv",
        _of("second_column_where_first", "sources", "known_sources"),
    )
    yield _expect(
        "gold-decision",
        "Every gold label says how it was decided.",
        "it has no decision",
        _of(present, "kind", "decision", *(said or ()), labels=["gold"], when=dict(said or {})),
    )
    for column, what, codes in (
        ("decision", "A decision", list(DECISIONS)),
        ("reason", "The reason of a decision", list(REASONS)),
    ):
        yield _expect(
            "gold-decision",
            f"{what} is {_list(codes)}, and only gold has one.",
            f"the {column} is {{{column}!r}} in {{kind}}",
            _of("column_pair_to_fit_label", "kind", column, legal={"gold": codes, "labels": []}),
        )


def _list(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
