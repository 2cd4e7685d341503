"""A generated release of 2,000 articles in every format: labels at random places, on two processes."""

import sys

import pytest
from exchanged import assert_sums

from checkout import CHECKOUT
from parley.corpus.corpus import Corpus
from parley.exchange.articles import release_source
from parley.exchange.export import FORMATS, export
from parley.model.paths import CorpusPaths
from parley.release.publish import publish
from parley.runtime.engine import Cores

ARTICLES = 2_000
RELEASE = """
name = "generated"
title = "Generated articles"
version = "0.1.0"
date = "2026-01-01"
labels = "one"
repository = "made/up"
languages = ["en"]
authors = ["nobody"]
summary = "Made up."
faults = ["Everything in it is made up."]
[[licences]]
part = "All of it"
name = "CC0 1.0"
"""

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    """Return the published folder of a corpus that the benchmarks' generator makes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(CHECKOUT / "benchmarks"))
        import articles as generator

        folder = tmp_path_factory.mktemp("generated") / "corpus"
        corpus = CorpusPaths(generator.write_corpus(folder, ARTICLES, CHECKOUT))
        generator.write_labels(corpus, ("one", "two"))
        sys.modules.pop("articles")
    (folder / "release.toml").write_text(RELEASE, encoding="utf-8")
    publish(Corpus(corpus))
    return corpus.dataset


@pytest.mark.parametrize("format", FORMATS)
def test_what_goes_in_comes_out_or_is_lost(release, format, tmp_path):
    """In = out + lost, of 120,000 spans and 70,000 relations; the split of every article is kept."""
    account = export(release_source(release), format, tmp_path / "out", Cores(2))
    assert_sums(account)
    assert account.of("articles")[:2] == (ARTICLES, ARTICLES)
    assert account.of("spans")[0] == 60 * ARTICLES
    assert account.of("spans")[1] > 0.4 * account.of("spans")[0]
    assert {path.name.partition("-")[0].partition(".")[0] for path in (tmp_path / "out").glob("t*")} == {
        "train",
        "test",
    }
