"""A scheme whose relations may run between any two labels, and layers made with it."""

import msgspec

from parley.model.labels import Layer, Span, in_order, sha256_text
from parley.model.ontology import Ontology

TEXT = 'He said, "a\rb\r\nc" \t😀 — \u200fسفينة\u200f and so, on; e\u0301 it went.'


def permissive() -> Ontology:
    every = ["A", "B"]
    label = {"title": "", "definition": "", "color": "#000000"}
    scheme = {
        "name": "any",
        "version": "1",
        "group": [{"name": "g", "title": ""}],
        "span": [{"name": n, "group": "g", **label} for n in every],
        "attribute": [{"name": "x", "title": "", "labels": every, "kind": "timex3", "definition": ""}],
        "relation": [
            {"name": n, "head": every, "tail": every, "symmetric": n == "same", **label}
            for n in ("to", "on", "same")
        ],
    }
    return msgspec.convert(scheme, Ontology)


ONTOLOGY = permissive()


def layer(who, spans, relations=(), text_sha256="") -> Layer:
    """Return an annotator's layer on TEXT."""
    sha256 = text_sha256 or sha256_text(TEXT)
    return in_order(Layer("d", sha256, who, ONTOLOGY.revision, "", None, tuple(spans), tuple(relations)))


def spans_of(layer: Layer) -> dict[str, Span]:
    """Return the spans of a layer by id."""
    return {span.id: span for span in layer.spans}
