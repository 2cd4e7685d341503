"""Publish a corpus that was judged a moment before."""

from __future__ import annotations

from parley.corpus.corpus import Corpus
from parley.faults import check
from parley.release.publish import Published, publish
from parley.runtime.engine import Engine
from parley.steps.validate import validate


def judge_and_publish(corpus: Corpus, engine: Engine | None = None) -> Published:
    """Publish a corpus into its dataset/ if nothing is wrong with it; see `parley.release.publish`.

    Raises DataFaults with every fault that validation finds; dataset/ is then untouched.
    """
    check(validate(corpus, release=False).faults)
    return publish(corpus, engine)
