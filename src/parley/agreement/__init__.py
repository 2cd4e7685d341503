"""Agreement between annotators: spans, attributes, entity links and relations, with intervals.

`measure(batches, ontology)` returns every figure, ready for JSON, for any number of documents in bounded
memory. The measures can be used alone: `measures.relations` takes relation agreement apart,
`measures.spans` has Krippendorff's alpha, `measures.matching` pairs the spans of two annotators.
"""

from parley.agreement.figures import measure

__all__ = ["measure"]
