"""Releases that tests look at."""

import shutil

from parley.corpus.corpus import Corpus
from parley.faults import check
from parley.model.paths import CorpusPaths
from parley.release.publish import AT_THE_ROOT, build


def build_release(corpus: CorpusPaths) -> None:
    """Put the release of a corpus into its dataset/ as `publish` does, without the proofs.

    To load every config and have mlcroissant read its file takes five times as long as all else.
    """
    staging = corpus.root / ".dataset.new"
    _, faults = build(Corpus(corpus), staging)
    check(faults)
    shutil.rmtree(corpus.dataset, ignore_errors=True)
    staging.rename(corpus.dataset)
    for name in AT_THE_ROOT:
        if (corpus.dataset / name).is_file():
            shutil.copyfile(corpus.dataset / name, corpus.root / name)
