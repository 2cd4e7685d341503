"""Rule pre-annotation: what annotators may start from, proposed by spaCy's matchers without a model."""
