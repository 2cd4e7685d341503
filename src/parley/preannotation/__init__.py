"""Rule pre-annotation: what annotators may start from, proposed by spaCy's matchers.

The rules of a corpus stand in annotation/preannotation.toml; no model is loaded.
"""

from parley.preannotation.proposals import Proposer, model_version, preannotate

__all__ = ["Proposer", "model_version", "preannotate"]
