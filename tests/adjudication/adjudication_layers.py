"""Layers on the made-up scheme whose relations may run between any two labels."""

from made_up_schemes import FREE
from parley.model.labels import Layer, Span, in_order, sha256_text

TEXT = 'He said, "a\rb\r\nc" \t😀 — \u200fسفينة\u200f and so, on; e\u0301 it went.'


def layer(who, spans, relations=(), text_sha256="") -> Layer:
    """Return an annotator's layer on TEXT."""
    sha256 = text_sha256 or sha256_text(TEXT)
    return in_order(Layer("d", sha256, who, FREE.revision, "", None, tuple(spans), tuple(relations)))


def spans_of(layer: Layer) -> dict[str, Span]:
    """Return the spans of a layer by id."""
    return {span.id: span for span in layer.spans}
