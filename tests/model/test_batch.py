"""Some layers of a batch are the batch that they alone would be."""

import dataclasses
from itertools import product

from msgspec.structs import replace

from parley.corpus.corpus import Corpus
from parley.model.batch import Batch

HEAD_LOST = "nothing-0-0"


def test_some_layers_are_those_that_a_batch_of_them_has(labelled_by_people):
    """The rows of heads and tails are counted anew, and a head that is not there has none."""
    corpus = Corpus(labelled_by_people)
    (whole,) = corpus.batches().load()
    files = list(whole.structs())[:4]
    lost = [replace(one, head=HEAD_LOST) for one in files[1].layer.relations]
    files[1] = dataclasses.replace(files[1], layer=replace(files[1].layer, relations=tuple(lost)))
    documents = list(corpus.documents.values())
    batch = Batch.of(documents, files, corpus.ontology)
    assert lost
    assert batch.relations["head_row"].null_count == len(lost)
    for keep in product([False, True], repeat=len(files)):
        alone = [one for one, kept in zip(files, keep, strict=True) if kept]
        found, wanted = batch.of_layers(keep), Batch.of(documents, alone, corpus.ontology)
        for name in ("documents", "layers", "spans", "relations"):
            assert getattr(found, name).equals(getattr(wanted, name))
