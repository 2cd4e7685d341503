"""The card tells who was compared with gold, and the agreement on other texts with the same scheme."""

import re
import shutil

import msgspec
import pytest

from parley.agreement import study
from parley.agreement.report import compared_rows, read_rounds
from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.labels import decode_layer, write_layer
from parley.model.paths import CorpusPaths
from parley.release.publish import publish

TELLS = "what a second look adds"


@pytest.mark.long
def test_it_is_told_as_it_was_measured_and_refused_when_stale(
    harbour: CorpusPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of this corpus and of another below it; labels of the other that moved on stop a release."""
    monkeypatch.setattr(study, "plots", lambda *_: ())
    rows = harbour.annotators.read_text(encoding="utf-8").splitlines()
    rows = [f"{rows[0]},compared", *(f"{row}," for row in rows[1:]), f"dee,model,,{TELLS}"]
    harbour.annotators.write_text("\n".join(rows) + "\n", encoding="utf-8")
    for path in (harbour.labels / "bo").glob("*.json"):
        layer = msgspec.structs.replace(decode_layer(path.read_bytes()), annotator="dee")
        write_layer(harbour.labels / "dee" / path.name, layer)
    other = CorpusPaths(shutil.copytree(harbour.root, harbour.root / "tried"))
    for corpus in (harbour, other):
        measure_corpus(Corpus(corpus), draws=0)
    settings = harbour.root / "release.toml"
    text = re.sub(r"(?m)^labels = .*$", 'labels = "ada"', settings.read_text(encoding="utf-8"))
    settings.write_text(
        f'{text}\n[[elsewhere]]\nfolder = "tried"\nwhat = "the same again"\n', encoding="utf-8"
    )
    publish(Corpus(harbour))
    card = (harbour.dataset / "README.md").read_text(encoding="utf-8")
    compared = compared_rows(read_rounds(Corpus(harbour))[-1])
    assert any(TELLS in name for name, *_ in compared)
    for name, *figures in compared:
        cells = " | ".join(figures)
        assert f"| {name} | {cells} |" in card
        assert f"| the same again: {name} | {cells} |" in card
    assert "tried/annotation/agreement.json" in (harbour.dataset / "versions.json").read_text(
        encoding="utf-8"
    )

    path = other.labels / "dee" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    write_layer(path, msgspec.structs.replace(layer, relations=layer.relations[1:]))
    with pytest.raises(DataFaults, match="agreement-stale  tried > "):
        publish(Corpus(harbour))
