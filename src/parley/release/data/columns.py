"""What each column of a release holds, in words; an attribute's column is described by the ontology."""

from __future__ import annotations

from parley.model.decisions import DECISIONS, REASONS
from parley.model.ontology import Ontology

ROWS = {
    "documents": "one article with its text, metadata, nested spans and relations",
    "spans": "one span, flat, with its sentence",
    "relations": "one relation, flat, with both its ends",
    "sentences": "one tokenised sentence with BIO tags",
    "annotations": "one label of one annotator, before adjudication",
    "entities": "one real-world entity that mentions point at",
    "conflicts": "one figure of which another article gives a different one",
    "fingerprints": "one sentence or labelled stretch of an article whose text is withheld",
}
KEYS = {
    "documents": ("doc_id",),
    "spans": ("doc_id", "id"),
    "relations": ("doc_id", "id"),
    "sentences": ("doc_id", "sentence_id"),
    "annotations": ("doc_id", "annotator", "id"),
    "entities": ("id",),
}
_IN = {  # by config, or config and column, where one name holds different things
    "documents/spans": "the spans of the article, in text order",
    "documents/relations": "the relations of the article",
    "documents/relations/head": "index into `spans` of the span that the relation leads from",
    "documents/relations/tail": "index into `spans` of the span that the relation leads to",
    "sentences/start": "where the sentence starts in the article, in code points",
    "sentences/text": "the sentence",
    "documents/text": "the article after cleaning; all offsets count its Unicode code points",
    "documents/annotator": "who made the published labels: annotator, or the lead who adjudicated",
    "spans/annotator": "who made the published label: annotator, or the lead who adjudicated",
    "relations/annotator": "who made the published label: annotator, or the lead who adjudicated",
    "entities/id": "the entity's name in the data",
    "entities/note": "what tells the entity from others",
    "annotations/id": "name of the label, unique within an article and annotator",
    "annotations/label": "name of the span or relation label",
    "annotations/start": "first code point, counted from 0; absent on relations",
    "annotations/end": "code point behind the last; absent on relations",
    "annotations/text": "the words between start and end; absent on relations",
    "annotations/head": "id of the span that the relation leads from; absent on spans",
    "annotations/tail": "id of the span that the relation leads to; absent on spans",
    "relations/sentence": "the sentence in which the head starts",
    "fingerprints/kind": "sentence or label",
    "fingerprints/sha256": "SHA-256 of the doc_id, a zero byte and the folded words, in UTF-8",
    "conflicts/kind": "what sort is counted (killed), where the counted span itself says it; else empty",
    "conflicts/entity": "id of the happening in `entities`",
    "conflicts/value": "the figure with its bound, as labelled; its unit has a column of its own",
}
_ANYWHERE = {
    "doc_id": "the article's name, in every config",
    "title": "headline, empty where the page shows none",
    "publisher": "outlet or agency, empty where the page shows none",
    "published": "ISO 8601 date or date and time, empty where the page shows none",
    "event": "slug of the event that the article is about; all articles about one stand in one split",
    "language": "BCP 47 tag",
    "rights": "statement of rights that the page shows, empty where it shows none",
    "fold": "number of the event, or of events with near duplicates, for leave-one-event-out evaluation",
    "text_sha256": "SHA-256 of the text in UTF-8",
    "seed_sha256": "SHA-256 of the raw article's bytes",
    "annotator": "pseudonym of who made the label",
    "annotator_kind": "human, model or rules",
    "id": "name of the label, unique within an article",
    "label": "integer of the label",
    "kind": "0 for a span, 1 for a relation",
    "start": "first code point, counted from 0",
    "end": "code point behind the last",
    "text": "the words between start and end",
    "sentence": "the sentence in which it starts",
    "sentence_start": "where that sentence starts in the article, in code points",
    "sources": "annotators who gave the label; of an added one the lead",
    "decision": f"what adjudication did with it: {', '.join(DECISIONS)}; empty where there was none",
    "reason": f"why it had to be decided, a code: {', '.join(REASONS)}; empty where none was needed",
    "head": "id of the span that the relation leads from",
    "head_label": "integer of the head's label",
    "head_text": "words of the head",
    "tail": "id of the span that the relation leads to",
    "tail_label": "integer of the tail's label",
    "tail_text": "words of the tail",
    "same_sentence": "whether both ends start in one sentence",
    "sentence_id": "number of the sentence in its article, from 0",
    "tokens": "the words and marks of the sentence",
    "token_starts": "where each token starts in the article, in code points",
    "tags": "integer of each token's BIO tag: 0 is O, then B and I of each label that is tagged, in order",
    "type": "the span label it belongs to; spans of another label can point at a happening too",
    "name": "the entity's usual name",
    "aliases": "its names as they occur in the articles",
    "wikidata": "Wikidata id, empty where none was checked",
    "note": "remark",
    "mentions": "published spans that point at the entity",
    "documents": "articles with such a span",
    "entity": "id of an entity",
    "role": "the relations that lead from the happening to the figure, joined by dots",
    "unit": "what the figure counts or measures in",
    "excluded": (
        "whether another article's figure for the same role cannot be true along with it: 41 excludes 60, "
        "but neither ~40 nor >=2; a count of some that have the role is read as a least number"
    ),
    "quantity": "the words of the figure",
    "counted": "the words of what is counted",
    "value": "normalised value",
    "split": "train, validation or test, after the file's name",
    "relations": "relations",
    "spans": "spans",
    "position": "where it starts in the folded text",
    "length": "how long it is in the folded text",
    "nth": "which of the equal stretches of its sentence it is, from 1",
    "of": "how many equal stretches its sentence has",
}


def description(config: str, path: tuple[str, ...], ontology: Ontology) -> str:
    """Return what a column holds.

    path: the column's name, behind it the name of a nested one. Raises KeyError for a column that nobody
    described.
    """
    name = path[-1]
    special = _IN.get("/".join((config, *path)))
    if special:
        return special
    if config in ("spans", "annotations") or path[0] == "spans":
        said = [f"of {', '.join(a.labels)}: {a.definition}" for a in ontology.attributes if a.name == name]
        if said:
            return " ".join(said)
    return _ANYWHERE[name]
