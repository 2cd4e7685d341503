"""The ontology as `datasets.Features`: ClassLabel integers follow the order of the ontology file."""

from __future__ import annotations

from typing import Any

from parley.model.ontology import Ontology


def features(ontology: Ontology) -> dict[str, Any]:
    """Return `datasets.Features` by config name, in the order of the card."""
    import datasets as ds

    text, whole = ds.Value("string"), ds.Value("int32")
    span_label = ds.ClassLabel(names=list(ontology.span_names))
    relation_label = ds.ClassLabel(names=list(ontology.relation_names))
    attributes = {name: attribute_feature(ontology, name) for name in ontology.attribute_names}
    origin = {"sources": ds.List(text), "decision": text, "reason": text}
    span = {"id": text, "label": span_label, "start": whole, "end": whole, "text": text, **attributes}
    article = {"title": text, "publisher": text, "published": text, "event": text, "language": text}
    return {
        "documents": ds.Features(
            {
                "doc_id": text,
                "text": text,
                **article,
                "rights": text,
                "fold": whole,
                "text_sha256": text,
                "seed_sha256": text,
                "annotator": text,
                "annotator_kind": text,
                "spans": ds.List({**span, **origin}),
                "relations": ds.List(
                    {"id": text, "label": relation_label, "head": whole, "tail": whole, **origin}
                ),
            }
        ),
        "spans": ds.Features(
            {
                "doc_id": text,
                **span,
                "sentence": text,
                "sentence_start": whole,
                **origin,
                **_maker(text),
                "fold": whole,
            }
        ),
        "relations": ds.Features(
            {
                "doc_id": text,
                "id": text,
                "label": relation_label,
                "head": text,
                "head_label": span_label,
                "head_text": text,
                "tail": text,
                "tail_label": span_label,
                "tail_text": text,
                "sentence": text,
                "same_sentence": ds.Value("bool"),
                **origin,
                **_maker(text),
                "fold": whole,
            }
        ),
        "sentences": ds.Features(
            {
                "doc_id": text,
                "sentence_id": whole,
                "start": whole,
                "text": text,
                "tokens": ds.List(text),
                "token_starts": ds.List(whole),
                "tags": ds.List(ds.ClassLabel(names=tag_names(ontology))),
                "fold": whole,
            }
        ),
        "annotations": ds.Features(
            {
                "doc_id": text,
                **_maker(text),
                "kind": ds.ClassLabel(names=["span", "relation"]),
                "id": text,
                "label": text,
                "start": whole,
                "end": whole,
                "text": text,
                "head": text,
                "tail": text,
                "fold": whole,
                **attributes,
            }
        ),
        "entities": ds.Features(
            {
                "id": text,
                "type": text,
                "name": text,
                "aliases": ds.List(text),
                "wikidata": text,
                "note": text,
                "mentions": whole,
                "documents": whole,
            }
        ),
        "conflicts": ds.Features(
            {
                "entity": text,
                "name": text,
                "role": text,
                "unit": text,
                "kind": text,
                "doc_id": text,
                "event": text,
                "value": text,
                "excluded": ds.Value("bool"),
                "quantity": text,
                "counted": text,
                "sentence": text,
            }
        ),
    }


def _maker(text: Any) -> dict[str, Any]:  # noqa: ANN401 - datasets has no types
    return {"annotator": text, "annotator_kind": text}


def attribute_feature(ontology: Ontology, name: str) -> Any:  # noqa: ANN401 - datasets has no types
    """Return the feature of an attribute's column: text, absent where a span has none.

    A ClassLabel cannot say "absent" in every reader, so choices are text too; their legal values stand in
    the card and are held by validation.
    """
    import datasets as ds

    if name not in ontology.attribute_names:
        raise KeyError(name)
    return ds.Value("string")


def tag_names(ontology: Ontology) -> list[str]:
    """Return the BIO tags of the sentences config, `O` first."""
    return ["O", *(f"{part}-{name}" for name in tagged_labels(ontology) for part in "BI")]


def tagged_labels(ontology: Ontology) -> tuple[str, ...]:
    """Return the labels that tokens are tagged with: those of the ontology's first group.

    Other labels are clauses or triggers inside them, and one tag a token cannot hold both.
    """
    first = ontology.groups[0].name
    return tuple(s.name for s in ontology.spans if s.group == first)
