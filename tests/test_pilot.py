"""The pilot corpus has the scheme of the corpus: one ontology and one text of the guidelines."""

import pytest

from checkout import CHECKOUT


@pytest.mark.parametrize("name", ["ontology.toml", "guidelines.md"])
def test_corpus_and_pilot_have_one_scheme(name: str) -> None:
    """What the pilot tried is what the articles are labelled after, byte for byte."""
    ours, pilots = CHECKOUT / "annotation" / name, CHECKOUT / "annotation" / "pilot" / "annotation" / name
    stale = f"copy the newer of annotation/{name} and annotation/pilot/annotation/{name} over the other"
    assert ours.read_bytes() == pilots.read_bytes(), stale
