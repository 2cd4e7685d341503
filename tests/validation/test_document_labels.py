"""What label files say of whole articles is judged: legal, where it must be, and of gold how it was made."""

from __future__ import annotations

import msgspec

from made_up_schemes import WHOLE
from parley.corpus.corpus import Corpus
from parley.model.batch import EXPORT, GOLD, LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.labels import DocumentLabel, Layer, decode_layer, encode_layer, sha256_text
from parley.validation.facts import Reference
from parley.validation.judge import judge
from parley.validation.layer_faults import layer_faults
from parley.validation.project import derived_suites

TEXT = "Umerov spoke."
REFERENCE = Reference({"ada": "human", "bo": "human", "rules": "rules"}, {})
SOUND = {"genre": "opinion", "thesis": "x", "parties": "2.5", "day": "2025-06-02"}
NEWS = {"genre": "news"}
AGREED = ("ada", "bo"), "agreed"


def batch_of(*layers):
    """Return an article a layer: what is said of it, by whom, of which origin and made how."""
    documents, files = [], []
    for number, (said, who, origin, made) in enumerate(layers):
        name = f"d{number}"
        documents.append(Document(name, TEXT, "", "", "", "", "", "", "", "0" * 64, (), ()))
        label = DocumentLabel(said, *made) if said else None
        layer = Layer(name, sha256_text(TEXT), who, WHOLE.revision, "", None, (), (), label)
        folder = "gold" if origin == GOLD else f"labels/{who}"
        files.append(LayerFile(layer, origin, f"annotation/{folder}/{name}.json", "1", "1"))
    return Batch.of(documents, files, WHOLE)


def test_each_fault_has_its_code_and_place():
    """The place is the article and the attribute. Rules say nothing of articles, and nobody asks them to."""
    wrong = {  # what is said of an article: the fault of it
        "d0": (None, "attribute-missing", "genre"),
        "d1": ({"genre": "verse"}, "attribute-value", "genre"),
        "d2": ({"genre": "opinion"}, "attribute-missing", "thesis"),
        "d3": ({**NEWS, "parties": "two"}, "attribute-value", "parties"),
        "d4": ({**NEWS, "day": "soon"}, "attribute-timex", "day"),
        "d5": ({**NEWS, "thesis": " x"}, "attribute-value", "thesis"),
    }
    layers = [(said, "ada", LABELS, ()) for said, _, _ in wrong.values()]
    layers += [(SOUND, "ada", LABELS, ()), (None, "rules", LABELS, ()), (NEWS, "bo", GOLD, AGREED)]
    layers += [
        (NEWS, "bo", GOLD, ()),
        (NEWS, "bo", GOLD, (("eve",), "kept", "attribute")),
        (NEWS, "bo", LABELS, ((), "kept")),
        ({"genre": "verse"}, "ada", EXPORT, ()),
    ]
    verdict = judge(batch_of(*layers), WHOLE, derived_suites(WHOLE), REFERENCE)
    found = sorted((f.place, f.code, f.file) for f in verdict.all_faults())
    assert found == sorted(
        [
            *(
                (f"{d} > document > {n}", c, f"annotation/labels/ada/{d}.json")
                for d, (_, c, n) in wrong.items()
            ),
            ("d10 > document", "gold-unsourced", "annotation/gold/d10.json"),
            ("d11 > document", "gold-decision", "annotation/labels/bo/d11.json"),
            ("d12 > ada > document > genre", "attribute-value", "annotations.parquet"),
            ("d9 > document", "gold-decision", "annotation/gold/d9.json"),
        ]
    )


def test_a_name_that_the_scheme_lacks_makes_a_layer_unfit_to_be_compared():
    """It could not be shown either."""
    (found,) = layer_faults(batch_of(({**NEWS, "mood": "good"}, "ada", LABELS, ())), WHOLE).values()
    assert [(f.code, f.message) for f in found] == [
        ("attribute-unknown", "there is no attribute mood of the document")
    ]


def test_a_scheme_without_refuses_a_file_that_has_it(harbour):
    """Nothing of what somebody said is dropped unseen."""
    path = next(harbour.labels.glob("*/*.json"))
    layer = decode_layer(path.read_bytes())
    path.write_bytes(encode_layer(msgspec.structs.replace(layer, document=DocumentLabel({"genre": "news"}))))
    (fault,) = Corpus(harbour).batches().faults
    assert (fault.code, fault.file) == ("labels-unreadable", harbour.relative(path))
    assert "genre" in fault.message
