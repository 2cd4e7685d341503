"""UIMA CAS as XMI, by dkpro-cassis: a file an article, and TypeSystem.xml, as INCEpTION imports them.

| in Parley | in the CAS |
| --- | --- |
| span | `webanno.custom.Span`, a custom layer of INCEpTION, with `label` and a feature an attribute |
| relation | `webanno.custom.SpanRelation`, `Governor` its head and `Dependent` its tail, with `label` |
| sources, decision, reason | features of both; sources with blanks between |
| what is known of the article | `webanno.custom.Article`, and DKPro's `DocumentMetaData` |
| tokens and sentences | DKPro's, those of the config `sentences` |

UIMA counts UTF-16 code units; cassis turns them into code points and back. XML 1.0 has no control characters:
in a text U+FFFD is in their place, an attribute's value with one is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from parley.exchange.articles import Article, Lost
from parley.exchange.names import NO_END, NO_SPAN, OF_RELATION, OUTSIDE, TWICE, lost_span, shown
from parley.exchange.tokens import Tokens
from parley.faults import UsageError
from parley.model.documents import METADATA
from parley.model.labels import Made, Relation, Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.values.number import spelled_or_not

SUFFIX = ""
TYPES = "TypeSystem.xml"
SPAN, RELATION, ARTICLE = (f"webanno.custom.{name}" for name in ("Span", "SpanRelation", "Article"))
_VIEW = "_InitialView"  # the only one that INCEpTION has
_MADE = ("sources", "decision", "reason")
_DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"
_TOKEN, _SENTENCE = f"{_DKPRO}.segmentation.type.Token", f"{_DKPRO}.segmentation.type.Sentence"
_DOCUMENT = f"{_DKPRO}.metadata.type.DocumentMetaData"
_NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NO_IDENTIFIER = re.compile(r"\W")
_TAKEN = {"begin", "end", "sofa", "label", "type", "self", "Governor", "Dependent", *_MADE}
NO_WORDS = "of a value that is neither text nor number"
_OF_UIMA = {"sofa", "begin", "end", "Governor", "Dependent"}
_WEBANNO = "de.tudarmstadt.ukp.clarin.webanno.api.type."
_NO_LABELS = ("uima.", _WEBANNO, f"{_DKPRO}.segmentation.", f"{_DKPRO}.metadata.")
_Arc = tuple[str, Any, Any, Made]  # label, head, tail, origin
_OF_OTHERS = ("webanno.custom.", "custom.", f"{_DKPRO}.ner.type.NamedEntity")  # layers with labels


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write each article as DOC_ID.xmi in a folder."""
    place.mkdir(parents=True, exist_ok=True)
    types, features = type_system(ontology), _features(ontology)
    for article in articles:
        _cas(article, types, features).to_xmi(place / f"{article.doc_id}.xmi", pretty_print=False)


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a folder, by name.

    Spans are the annotations of custom layers and named entities; what their label is, `label` or `value`
    says, else their type. Relations are those with Governor and Dependent. Raises UsageError if there is no
    type system in the folder nor in that above it.
    """
    import cassis

    files = [folder / name for folder in (place, place.parent) for name in (TYPES, TYPES.lower())]
    file = next((path for path in files if path.is_file()), None)
    if file is None:
        raise UsageError(f"there is no {TYPES} in {place}", "put it there: every export of a CAS has one")
    with file.open("rb") as data:
        types = cassis.load_typesystem(data)
    names = {feature: name for name, feature in _features(ontology).items()}
    for path in sorted(place.glob("*.xmi")):
        with path.open("rb") as data:
            yield _article(path.stem, cassis.load_cas_from_xmi(data, typesystem=types), names)


def write_scheme(folder: Path, ontology: Ontology) -> None:
    """Write the type system."""
    type_system(ontology).to_xml(folder / TYPES)


@cache
def type_system(ontology: Ontology) -> Any:  # noqa: ANN401 - cassis is not needed to import this
    """Return the types: those of DKPro for tokens, sentences and documents, and three custom layers."""
    import cassis

    types = cassis.TypeSystem()
    for name in (_TOKEN, _SENTENCE):
        types.create_type(name)
    document = types.create_type(_DOCUMENT, supertypeName="uima.tcas.DocumentAnnotation")
    for feature in ("documentTitle", "documentId"):
        types.create_feature(document, feature, "uima.cas.String")
    span, relation = types.create_type(SPAN), types.create_type(RELATION)
    article = types.create_type(ARTICLE, supertypeName="uima.cas.AnnotationBase")
    for end in ("Governor", "Dependent"):
        types.create_feature(relation, end, SPAN)
    for of, names in (
        (span, ("label", *_MADE, *_features(ontology).values())),
        (relation, ("label", *_MADE)),
        (article, METADATA),
    ):
        for name in names:
            types.create_feature(of, name, "uima.cas.String")
    return types


def _features(ontology: Ontology) -> dict[str, str]:
    """Return the feature of each attribute: its name, as far as Java can have it."""
    found: dict[str, str] = {}
    for name in ontology.attribute_names:
        feature = _NO_IDENTIFIER.sub("_", name)
        while feature in _TAKEN or feature in found.values() or not feature.isidentifier():
            feature = f"{feature}_" if feature.isidentifier() else f"_{feature}"
        found[name] = feature
    return found


def _cas(article: Article, types: Any, features: Mapping[str, str]) -> Any:  # noqa: ANN401 - of cassis
    """Return an article as a CAS."""
    import cassis

    text = _NO_XML.sub("\ufffd", article.text)
    language = article.metadata.get("language", "")
    cas = cassis.Cas(types, document_language=language or "x-unspecified")
    cas.sofa_string, cas.sofa_mime = text, "text/plain"
    tokens = Tokens.of(article)
    make = types.get_type
    known = {name: value for name, value in article.metadata.items() if name in METADATA and _fits(value)}
    document = make(_DOCUMENT)(begin=0, end=len(text), documentId=article.doc_id)
    document.language, document.documentTitle = language, known.get("title", "")
    cas.add(document)
    cas.add(make(ARTICLE)(**known))
    cas.add_all(make(_TOKEN)(begin=a, end=b) for a, b in zip(tokens.starts, tokens.ends, strict=True))
    lasts = [*(first - 1 for first in tokens.firsts[1:]), len(tokens.words) - 1]
    for first, last in zip(tokens.firsts, lasts, strict=False):
        cas.add(make(_SENTENCE)(begin=tokens.starts[first], end=tokens.ends[last]))
    spans = {}
    for span in article.spans:
        own = {features[n]: v for n, v in span.attributes.items() if n in features and _fits(v)}
        made = make(SPAN)(begin=span.start, end=span.end, label=span.label, **own, **_said(span))
        cas.add(made)
        spans[span.id] = made
    for relation, head, tail in article.ends():
        ends = {"Governor": spans[head.id], "Dependent": spans[tail.id]}
        place = {"begin": tail.start, "end": tail.end}  # as INCEpTION has it
        cas.add(make(RELATION)(label=relation.label, **place, **ends, **_said(relation)))
    return cas


def _fits(value: str) -> bool:
    return not _NO_XML.search(value)


def _said(label: Span | Relation) -> dict[str, str]:
    found = {"sources": " ".join(label.sources), "decision": label.decision, "reason": label.reason}
    return {name: value for name, value in found.items() if value}


def _article(doc_id: str, cas: Any, names: Mapping[str, str]) -> Article:  # noqa: ANN401 - of cassis
    """Return the article in a CAS. names: of attributes, by feature."""
    text = cas.sofa_string or ""
    spans: dict[int, Span] = {}
    arcs, lost, others = list[_Arc](), list[Lost](), Counter[str]()
    known: dict[str, str] = {}
    for one in cas.select_all_fs():
        kind = one.type.name
        if kind == ARTICLE:
            known = {name: one[name] for name in METADATA if one[name]}
        elif kind == _DOCUMENT:
            doc_id = one.documentId or doc_id
        elif kind.startswith(_OF_OTHERS) and one.type.get_feature("begin"):
            label, values = _label(one, names, lost)
            origin = _origin(values)
            if one.type.get_feature("Governor"):
                arcs.append((label, one.Governor, one.Dependent, origin))
                lost += [
                    Lost("attributes", name, OF_RELATION, f"{v!r} of {label}") for name, v in values.items()
                ]
            elif 0 <= one.begin < one.end <= len(text):
                spans[one.xmiID] = make_span(text, label, int(one.begin), int(one.end), values, made=origin)
            else:
                lost.append(Lost("spans", label, OUTSIDE, f"{one.begin}:{one.end}"))
                lost += [Lost("attributes", name, NO_SPAN, f"{one.begin}:{one.end}") for name in values]
        elif not kind.startswith(_NO_LABELS):
            others[kind] += 1
    for name in (sofa.sofaID for sofa in cas.sofas if sofa.sofaID != _VIEW):
        others.update(f"{one.type.name} in the view {name}" for one in cas.get_view(name).select_all_fs())
    relations = _drawn(arcs, spans, lost)
    found: dict[str, Span] = {}
    for span in spans.values():
        if span.id in found:
            lost += lost_span(span, TWICE)
        found.setdefault(span.id, span)
    unread = tuple(f"{number} of the layer {kind}" for kind, number in others.items())
    made = tuple(found.values()), tuple(relations.values())
    return Article(doc_id, text, *made, known, unread, tuple(lost))


def _drawn(arcs: Iterable[_Arc], spans: Mapping[int, Span], lost: list[Lost]) -> dict[str, Relation]:
    """Return the relations by id. lost: gets those that lack an end or are there already."""
    relations: dict[str, Relation] = {}
    for label, head, tail, origin in arcs:
        ends = [spans.get(end.xmiID) if end is not None else None for end in (head, tail)]
        made = make_relation(label, ends[0], ends[1], made=origin) if ends[0] and ends[1] else None
        if made is None or made.id in relations:
            where = " to ".join(shown(end) for end in ends if end)
            why = TWICE if made else NO_END
            lost.append(Lost("relations", label, why, f"from {where}" * bool(where)))
        else:
            relations[made.id] = made
    return relations


def _label(one: Any, names: Mapping[str, str], lost: list[Lost]) -> tuple[str, dict[str, str]]:  # noqa: ANN401
    """Return the label of an annotation, and its values by attribute. lost: gets values of other kinds."""
    values: dict[str, str] = {}
    for feature in (feature.name for feature in one.type.all_features):
        value, name = one[feature], names.get(feature, feature)
        if feature in _OF_UIMA or value is None:
            continue
        if isinstance(value, str | int | float):
            values[name] = value if isinstance(value, str) else spelled_or_not(value)
        else:
            lost.append(Lost("attributes", name, NO_WORDS, f"{one.begin}:{one.end}"))
    said = "label" if "label" in values else "value"
    return values.pop(said, "") or one.type.name.rpartition(".")[2], values


def _origin(values: dict[str, str]) -> Made:
    """Take sources, decision and reason out of the values of an annotation."""
    sources, decision, reason = (values.pop(name, "") for name in _MADE)
    return tuple(sources.split()), decision, reason
