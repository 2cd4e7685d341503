"""What is published: each config and column with its type, its values and its description, written once.

The features of `datasets`, the codebook of the card and the record sets of croissant.json derive from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa

from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import Ontology

SPLIT_CONFIGS = ("documents", "spans", "relations", "sentences", "annotations")
WHOLE_CONFIGS = ("entities", "conflicts")  # about the corpus as a whole: one table
WHOLE = "full"  # `all` is a word of `load_dataset`
FINGERPRINTS = "fingerprints"  # the config that takes the place of withheld text
METADATA = ("title", "publisher", "published", "event", "language", "rights")


@dataclass(frozen=True)
class Column:
    """A published column.

    type: of a value, in Arrow's words. classes: the names of its integers, if it is a ClassLabel. parts: the
    columns of its structs. attribute: whether it is one of the ontology's attributes.
    """

    name: str
    description: str
    type: str = "string"
    classes: tuple[str, ...] = ()
    is_list: bool = False
    parts: tuple[Column, ...] = ()
    attribute: bool = False

    @property
    def feature(self) -> Any:  # noqa: ANN401 - datasets has no types
        """The feature of `datasets`."""
        import datasets as ds

        if self.parts:
            return ds.List({part.name: part.feature for part in self.parts})
        value = ds.ClassLabel(names=list(self.classes)) if self.classes else ds.Value(self.type)
        return ds.List(value) if self.is_list else value


@dataclass(frozen=True)
class Config:
    """A published table. row: what a row is, in words. key: the columns that name a row."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def paths(self) -> Iterator[tuple[Column, ...]]:
        """Yield each column, and after a column of structs each of its parts with it."""
        for column in self.columns:
            yield (column,)
            yield from ((column, part) for part in column.parts)

    @property
    def features(self) -> Any:  # noqa: ANN401 - datasets has no types
        """The features of `datasets`."""
        import datasets as ds

        return ds.Features({column.name: column.feature for column in self.columns})

    @cached_property
    def arrow(self) -> pa.Schema:
        """The Arrow schema, with the features in its metadata."""
        return self.features.arrow_schema


def _config(name: str, row: str, key: str, *columns: Column) -> Config:
    return Config(name, row, columns, tuple(key.split()))


def tagged_labels(ontology: Ontology) -> tuple[str, ...]:
    """Return the labels that tokens are tagged with: those of the ontology's first group.

    Other labels are clauses or triggers inside them, and one tag a token cannot hold both.
    """
    first = ontology.groups[0].name
    return tuple(s.name for s in ontology.spans if s.group == first)


def configs(ontology: Ontology) -> dict[str, Config]:
    """Return every config by name, in the card's order. ClassLabels follow the order of the ontology file.

    A choice is text, as a ClassLabel cannot say "absent" in every reader; validation checks its values.

    >>> configs(ontology)["spans"].columns[2].classes == ontology.span_names
    True
    """
    label = Column("label", "integer of the label", "int64", ontology.span_names)
    relation_label = replace(label, classes=ontology.relation_names)
    name = Column("id", "name of the label, unique within an article")
    attributes = tuple(_attribute(ontology, name) for name in ontology.attribute_names)
    words = Column("text", "the words between start and end")
    span = (name, label, *_PLACE, words, *attributes)
    ends = [
        column
        for end, verb in (("head", "leads from"), ("tail", "leads to"))
        for column in (
            Column(end, f"id of the span that the relation {verb}"),
            replace(label, name=f"{end}_label", description=f"integer of the {end}'s label"),
            Column(f"{end}_text", f"words of the {end}"),
        )
    ]
    relation = (
        name,
        relation_label,
        Column("head", "index into `spans` of the span that the relation leads from", "int32"),
        Column("tail", "index into `spans` of the span that the relation leads to", "int32"),
    )
    labels = ("O", *(f"{part}-{one}" for one in tagged_labels(ontology) for part in "BI"))
    tags = "integer of each token's BIO tag: 0 is O, then B and I of each label that is tagged, in order"
    published = _maker("who made the published label: annotator, or the lead who adjudicated")
    found = (
        _config(
            "documents",
            "one article with its text, metadata, nested spans and relations",
            "doc_id",
            _DOC_ID,
            Column("text", "the article after cleaning; all offsets count its Unicode code points"),
            Column("title", "headline, empty if the page shows none"),
            Column("publisher", "outlet or agency, empty if the page shows none"),
            Column("published", "ISO 8601 date or date and time, empty if the page shows none"),
            _EVENT,
            Column("language", "BCP 47 tag"),
            Column("rights", "statement of rights that the page shows, empty if it shows none"),
            _FOLD,
            Column("text_sha256", "SHA-256 of the text in UTF-8"),
            Column("seed_sha256", "SHA-256 of the raw article's bytes"),
            *_maker("who made the published labels: annotator, or the lead who adjudicated"),
            Column("spans", "the spans of the article, in text order", parts=(*span, *_MADE)),
            Column("relations", "the relations of the article", parts=(*relation, *_MADE)),
        ),
        _config(
            "spans",
            "one span, flat, with its sentence",
            "doc_id id",
            _DOC_ID,
            *span,
            _SENTENCE,
            Column("sentence_start", "where that sentence starts in the article, in code points", "int32"),
            *_MADE,
            *published,
            _FOLD,
        ),
        _config(
            "relations",
            "one relation, flat, with both its ends",
            "doc_id id",
            _DOC_ID,
            name,
            relation_label,
            *ends,
            Column("sentence", "the sentence in which the head starts"),
            Column("same_sentence", "whether both ends start in one sentence", "bool"),
            *_MADE,
            *published,
            _FOLD,
        ),
        _config(
            "sentences",
            "one tokenised sentence with BIO tags",
            "doc_id sentence_id",
            _DOC_ID,
            Column("sentence_id", "number of the sentence in its article, from 0", "int32"),
            Column("start", "where the sentence starts in the article, in code points", "int32"),
            Column("text", "the sentence"),
            Column("tokens", "the words and marks of the sentence", is_list=True),
            Column(
                "token_starts",
                "where each token starts in the article, in code points",
                "int32",
                is_list=True,
            ),
            Column("tags", tags, "int64", labels, is_list=True),
            _FOLD,
        ),
        _config(
            "annotations",
            "one label of one annotator, before adjudication",
            "doc_id annotator id",
            _DOC_ID,
            *_maker("pseudonym of who made the label"),
            Column("kind", "0 for a span, 1 for a relation", "int64", ("span", "relation")),
            Column("id", "name of the label, unique within an article and annotator"),
            Column("label", "name of the span or relation label"),
            *(_absent(column, "relations") for column in (*_PLACE, words)),
            *(_absent(column, "spans") for column in ends if column.name in ("head", "tail")),
            _FOLD,
            *attributes,
        ),
        _ENTITIES,
        _CONFLICTS,
        _FINGERPRINTS,
    )
    return {config.name: config for config in found}


def _attribute(ontology: Ontology, name: str) -> Column:
    same = [a for a in ontology.attributes if a.name == name]
    said = " ".join(f"of {', '.join(a.labels)}: {a.definition}" for a in same)
    return Column(name, said, attribute=True)


def _maker(who: str) -> tuple[Column, Column]:
    return Column("annotator", who), Column("annotator_kind", "human, model or rules")


def _absent(column: Column, where: str) -> Column:
    return replace(column, description=f"{column.description}; absent on {where}")


_DOC_ID = Column("doc_id", "the article's name, in every config")
_EVENT = Column(
    "event", "slug of the event that the article is about; all articles about one are in one split"
)
_PLACE = (
    Column("start", "first code point, counted from 0", "int32"),
    Column("end", "code point after the last", "int32"),
)
_SENTENCE = Column("sentence", "the sentence in which it starts")
_FOLD = Column(
    "fold",
    "number of the event, or of events with near duplicates, for leave-one-event-out evaluation",
    "int32",
)
_MADE = (
    Column("sources", "annotators who gave the label; of an added one the lead", is_list=True),
    Column("decision", f"what adjudication did with it: {', '.join(DECISIONS)}; empty if there was none"),
    Column("reason", f"why it had to be decided, a code: {', '.join(REASONS)}; empty if none was needed"),
)
_ENTITIES = _config(
    "entities",
    "one real-world entity that mentions point at",
    "id",
    Column("id", "the entity's name in the data"),
    Column("type", "the span label it belongs to; a span of another label can point at an event too"),
    Column("name", "the entity's usual name"),
    Column("aliases", "its names as they occur in the articles", is_list=True),
    Column("wikidata", "Wikidata id, empty if none was checked"),
    Column("note", "what tells the entity from others"),
    Column("mentions", "published spans that point at the entity", "int32"),
    Column("documents", "articles with such a span", "int32"),
)
_CONFLICTS = _config(
    "conflicts",
    "one figure of which another article gives a different one",
    "",
    Column("entity", "id of the event instance in `entities`"),
    Column("name", "the entity's usual name"),
    Column("role", "the relations that lead from the event instance to the figure, joined by dots"),
    Column("unit", "what the figure counts or measures in"),
    Column("kind", "what sort is counted (killed), if the counted span itself says it; else empty"),
    _DOC_ID,
    _EVENT,
    Column("value", "the figure with its bound, as labelled; its unit has a column of its own"),
    Column(
        "excluded",
        "whether another article's figure for the same role cannot be true along with it: 41 excludes "
        "60, but neither ~40 nor >=2; a count of some that have the role is read as a least number",
        "bool",
    ),
    Column("quantity", "the words of the figure"),
    Column("counted", "the words of what is counted"),
    _SENTENCE,
)
_FINGERPRINTS = _config(
    FINGERPRINTS,
    "one sentence or labelled passage of an article whose text is withheld",
    "",
    _DOC_ID,
    Column("kind", "sentence or label"),
    *_PLACE,
    Column("position", "where it starts in the folded text", "int32"),
    Column("length", "how long it is in the folded text", "int32"),
    Column("nth", "which of the equal passages of its sentence it is, from 1", "int32"),
    Column("of", "how many equal passages its sentence has", "int32"),
    Column("sha256", "SHA-256 of the doc_id, a zero byte and the folded words, in UTF-8"),
)
QUOTES = frozenset(  # names of columns; a column of one of them quotes in every config
    {"text", "sentence", "head_text", "tail_text", "tokens", "quantity", "counted"}
)
