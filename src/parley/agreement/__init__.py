"""Agreement between annotators: spans, attributes, entity links and relations, with intervals.

`measure(layers, ontology, lengths)` returns every figure, ready for JSON; `measure_batches` does so for any
number of documents in bounded memory. The parts can be used alone: `relations` takes relation agreement
apart, `unitizing` is Krippendorff's alpha, `matching` says which span answers to which.
"""

from parley.agreement.measurement import Batch, measure, measure_batches

__all__ = ["Batch", "measure", "measure_batches"]
