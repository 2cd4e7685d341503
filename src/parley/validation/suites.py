"""What is expected of each table, derived from the ontology, in the form of Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import DOCUMENT, Ontology
from parley.validation.attribute_suites import attributes, of_document
from parley.validation.expectation import Expectation, any_of, expect, rule
from parley.validation.facts import count_column

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
        "layers": [*_layers(), *of_document(ontology), *_gold_documents(ontology)],
        "spans": [*_spans(ontology), *attributes(ontology), *_expected(ontology), *_gold()],
        "relations": [*_relations(ontology), *_gold()],
    }


def _documents() -> Iterator[Expectation]:
    yield expect(
        "seed-duplicate",
        "Every document has an id of its own.",
        "the id is there twice",
        rule("column_values_to_be_unique", "doc_id"),
    )
    yield expect(
        "seed-empty",
        "Every document has text.",
        "there is no text",
        rule("column_values_to_be_between", "length", min_value=1),
    )
    for column, pattern, what in (
        ("published", _PUBLISHED, "an ISO 8601 date, or date and time, or nothing"),
        ("language", _LANGUAGE, "a BCP 47 language tag, or nothing"),
        ("seed_sha256", _SHA256, "a SHA-256"),
        ("text_sha256", _SHA256, "a SHA-256"),
    ):
        yield expect(
            "manifest-malformed",
            f"`{column}` is {what}.",
            f"{column} is {{{column}!r}}, which is not {what}",
            rule("column_values_to_match_regex", column, regex=pattern),
        )


def _layers() -> Iterator[Expectation]:
    yield expect(
        "document-unknown",
        "Every label file is about a document of the corpus.",
        "there is no document {doc_id!r}",
        rule("column_values_to_not_be_null", "document_sha256"),
    )
    yield expect(
        "text-mismatch",
        "Labels were made on the text the document has now.",
        "made on a text with SHA-256 {text_sha256}, the document has {document_sha256}",
        rule("column_pair_values_to_be_equal", "text_sha256", "document_sha256", ignore_row_if=_EITHER),
    )
    yield expect(
        "annotator-unknown",
        "Every annotator is listed.",
        "there is no annotator {annotator!r}",
        rule("column_values_to_not_be_null", "annotator_kind"),
    )
    yield expect(
        "revision-unknown",
        "Labels were made with this revision of the ontology, or an earlier one.",
        "made with {ontology!r}, which is not a revision of this ontology",
        rule("second_column_where_first", "ontology", "known_ontology"),
    )
    yield expect(
        "gold-adjudicator",
        "A human or a model adjudicates.",
        "{annotator} is of kind {annotator_kind}",
        rule("column_pair_to_fit_label", "kind", "annotator_kind", legal={"gold": ["human", "model"]}),
    )
    yield expect(
        "labels-misplaced",
        "A label file is in the place that its annotator and document name.",
        "these are labels for {expected_file}",
        rule("column_pair_values_to_be_equal", "file", "expected_file", ignore_row_if=_EITHER),
    )
    yield expect(
        "labels-noncanonical",
        "A label file has the canonical bytes of its labels.",
        "the bytes are not those Parley writes for these labels",
        rule("column_pair_values_to_be_equal", "file_sha256", "canonical_sha256", ignore_row_if=_EITHER),
    )
    yield expect(
        "labels-time",
        "`updated` is an ISO 8601 date and time in UTC, or nothing.",
        "updated is {updated!r}",
        rule("column_values_to_match_regex", "updated", regex=_UPDATED),
    )
    yield expect(
        "labels-time",
        "Lead time is not negative.",
        "lead_time_s is {lead_time_s}",
        rule("column_values_to_be_between", "lead_time_s", min_value=0),
    )


def _spans(ontology: Ontology) -> Iterator[Expectation]:
    yield expect(
        "span-label",
        "Every span has a label of the ontology.",
        "there is no label {label!r}",
        rule("column_values_to_be_in_set", "label", value_set=list(ontology.span_names)),
    )
    yield expect(
        "span-outside",
        "No span starts before the text.",
        "it starts at {start}",
        rule("column_values_to_be_between", "start", min_value=0),
    )
    yield expect(
        "span-outside",
        "No span ends after the end of the text.",
        "it ends at {end}, the text at {length}",
        rule(
            "column_pair_values_a_to_be_greater_than_b", "length", "end", or_equal=True, ignore_row_if=_EITHER
        ),
    )
    yield expect(
        "span-empty",
        "Every span has an extent.",
        "it runs from {start} to {end}",
        rule("column_pair_values_a_to_be_greater_than_b", "end", "start", ignore_row_if="neither"),
    )
    yield expect(
        "span-surface",
        "The surface is the text at the offsets.",
        "the text there is {found!r}",
        rule("column_pair_values_to_be_equal", "surface", "found", ignore_row_if=_EITHER),
    )
    yield expect(
        "span-edge-space",
        "No span begins or ends with white space.",
        "the surface is {surface!r}",
        rule("column_values_to_not_match_regex", "edges", regex=_BLANK),
    )
    yield expect(
        "span-cut-grapheme",
        "No span begins or ends inside a character (an extended grapheme cluster).",
        "{surface!r} begins or ends inside a character (an extended grapheme cluster)",
        rule("column_values_to_not_be_in_set", "boundary", value_set=["character"]),
    )
    whole = [label for label in ontology.span_names if label not in ontology.inside_words]
    if whole:
        every = len(whole) == len(ontology.span_names)
        legal = {label: ["clean", "character"] for label in whole}
        yield expect(
            "span-cut-word",
            f"No {'span' if every else any_of(whole)} begins or ends inside a word.",
            "{surface!r} begins or ends inside a word",
            rule("column_values_to_not_be_in_set", "boundary", value_set=["word"])
            if every
            else rule("column_pair_to_fit_label", "label", "boundary", legal=legal),
        )
    yield expect(
        "span-id",
        "A span's id says its label and offsets.",
        "the id should be {derived_id}",
        rule("column_pair_values_to_be_equal", "id", "derived_id", ignore_row_if="neither"),
    )
    yield expect(
        "span-duplicate",
        "No label file has one label twice on the same stretch.",
        "{label} is there twice on {start}:{end}",
        rule("compound_columns_to_be_unique", "layer", "label", "start", "end", ignore_row_if="never"),
    )
    if ontology.same_words is not None:
        pairs = [" and ".join(pair) for pair in ontology.same_words]
        allowed = f", but {any_of(pairs)}" if pairs else ""
        yield expect(
            "span-excluded",
            f"No two labels cover the same words{allowed}.",
            "{excluded_by} covers the same words",
            rule("column_values_to_be_null", "excluded_by"),
        )


def _expected(ontology: Ontology) -> Iterator[Expectation]:
    for relation in ontology.relations:
        if relation.expected_of:
            excuse = [relation.excused_by] if relation.excused_by else []
            columns = ["label", count_column(relation.name), *excuse]
            unless = f", or says why not in `{relation.excused_by}`" if excuse else ""
            yield expect(
                "relation-expected",
                f"Every {any_of(relation.expected_of)} has a `{relation.name}`{unless}.",
                f"it has no {relation.name!r}",
                rule("relation_of_spans", *columns, labels=list(relation.expected_of)),
            )
        if relation.expected_at:
            columns = ["label", count_column(relation.name, "tail"), "by_rules"]
            reached = any_of(relation.expected_at)
            yield expect(
                "relation-unreached",
                f"A `{relation.name}` reaches every {reached} that is not only proposed.",
                f"no {relation.name!r} reaches it",
                rule("relation_of_spans", *columns, labels=list(relation.expected_at)),
            )


def _relations(ontology: Ontology) -> Iterator[Expectation]:
    yield expect(
        "relation-label",
        "Every relation has a label of the ontology.",
        "there is no relation {label!r}",
        rule("column_values_to_be_in_set", "label", value_set=list(ontology.relation_names)),
    )
    for end in ("head", "tail"):
        yield expect(
            "relation-dangling",
            f"The {end} of every relation is a span of the same label file.",
            f"its {end} {{{end}}} does not exist",
            rule("column_values_to_not_be_null", f"{end}_label"),
        )
    yield expect(
        "relation-self",
        "No relation runs from a span to itself.",
        "head and tail are the same span",
        rule("column_pair_to_differ", "head", "tail"),
    )
    for end, fault, what in (("head", "relation-domain", "leave"), ("tail", "relation-range", "reach")):
        legal = {r.name: list(getattr(r, end)) for r in ontology.relations}
        yield expect(
            fault,
            f"The {end} of a relation has a label the relation may {what}.",
            f"{{label}} cannot {what} {{{end}_label}}",
            rule("column_pair_to_fit_label", "label", f"{end}_label", legal=legal),
        )
    alike = [r.name for r in ontology.relations if r.same_label]
    if alike:
        yield expect(
            "relation-range",
            f"{any_of(alike)} ties two spans of one label.",
            "{label} ties {head_label} to {tail_label}",
            rule("ends_to_share_label", "label", "head_label", "tail_label", labels=alike),
        )
    yield expect(
        "relation-order",
        "A symmetric relation runs from the later span to the earlier.",
        "it runs from the earlier span to the later",
        rule("column_pair_values_to_be_equal", "head", "first", ignore_row_if="neither"),
    )
    yield expect(
        "relation-duplicate",
        "No label file has a relation twice, a symmetric one in neither direction.",
        "{label} is there twice between {first} and {second}",
        rule("compound_columns_to_be_unique", "layer", "label", "first", "second", ignore_row_if="never"),
    )
    yield expect(
        "relation-id",
        "A relation's id says its ends.",
        "the id should be {derived_id}",
        rule("column_pair_values_to_be_equal", "id", "derived_id", ignore_row_if="neither"),
    )


def _gold(said: Mapping[str, list[str]] | None = None) -> Iterator[Expectation]:
    """Ask how gold says that its labels were made. said: the rows that are asked, all without it."""
    chosen = {"decision": [d for d in DECISIONS if d != "added"]}
    present = "value_to_be_present_on_labels"
    yield expect(
        "gold-unsourced",
        "Every gold label that was not added in adjudication says whose it is.",
        "it is {decision!r}, but names no annotator it came from",
        rule(present, "kind", "sources", "decision", labels=["gold"], when=chosen),
    )
    yield expect(
        "gold-unsourced",
        "The sources of a gold label are listed annotators.",
        "its sources are {sources!r}; not all are in annotators.csv",
        rule("second_column_where_first", "sources", "known_sources"),
    )
    yield expect(
        "gold-decision",
        "Every gold label says how it was decided.",
        "it has no decision",
        rule(present, "kind", "decision", *(said or ()), labels=["gold"], when=dict(said or {})),
    )
    for column, what, codes in (
        ("decision", "A decision", list(DECISIONS)),
        ("reason", "The reason of a decision", list(REASONS)),
    ):
        yield expect(
            "gold-decision",
            f"{what} is {any_of(codes)}, and only gold has one.",
            f"the {column} is {{{column}!r}} in {{kind}}",
            rule("column_pair_to_fit_label", "kind", column, legal={"gold": codes, "labels": []}),
        )


def _gold_documents(ontology: Ontology) -> Iterator[Expectation]:
    """Ask how gold says that what it says of documents was made."""
    for one in _gold({"said": [DOCUMENT]}) if ontology.document_attributes else ():
        one["meta"]["at"] = DOCUMENT
        yield one
