"""Rule pre-annotation: what annotators may start from, proposed by spaCy's matchers.

The rules of a corpus stand in annotation/preannotation.toml; no model is loaded.
"""

from parley.preannotation.proposing import model_version, preannotate

__all__ = ["model_version", "preannotate"]
