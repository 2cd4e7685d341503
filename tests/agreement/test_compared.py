"""Who is compared with gold and not adjudicated is measured beside the pair, and changes nothing of it."""

import json
from pathlib import Path

import msgspec
import pytest

from parley.adjudication.compare import open_adjudication
from parley.agreement import study
from parley.agreement.report import compared_rows, differences_in_counts
from parley.agreement.study import agreement_faults, measure_corpus
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.labels import decode_layer, write_layer
from parley.model.paths import CorpusPaths

TELLS = "what a second look adds"


@pytest.fixture
def corpus(harbour: CorpusPaths, monkeypatch: pytest.MonkeyPatch) -> CorpusPaths:
    """Return a corpus in which dee has bo's labels, and is only compared."""
    monkeypatch.setattr(study, "plots", lambda *_: ())
    rows = harbour.annotators.read_text(encoding="utf-8").splitlines()
    rows = [f"{rows[0]},compared", *(f"{row}," for row in rows[1:]), f"dee,model,,{TELLS}"]
    harbour.annotators.write_text("\n".join(rows) + "\n", encoding="utf-8")
    copy(harbour, "bo", harbour.labels / "dee", "dee")
    return harbour


def copy(corpus: CorpusPaths, name: str, folder: Path, annotator: str) -> None:
    for path in sorted((corpus.labels / name).glob("*.json")):
        layer = msgspec.structs.replace(decode_layer(path.read_bytes()), annotator=annotator)
        write_layer(folder / path.name, layer)


def measured(corpus: CorpusPaths) -> dict:
    return measure_corpus(Corpus(corpus), draws=0)[-1]


def test_with_gold_it_is_agreement_with_gold(corpus: CorpusPaths) -> None:
    """Gold is ada's labels: what bo's have in common with them, which the corpus' README counts by hand."""
    copy(corpus, "ada", corpus.gold, "cy")
    last = measured(corpus)
    assert last["annotators"] == ["ada", "bo"]
    assert [pair["annotators"] for pair in last["figures"]["pairs"]] == [["ada", "bo"]]
    pair, dee = compared_rows(last)
    assert pair[:4] == ["ada – bo", "5", "0.928", "0.812"]
    assert dee == [f"dee – gold: {TELLS}", *pair[1:]]  # equal attribute values too
    assert float(dee[4]) < 1
    spans, relations, values = differences_in_counts(last)
    assert spans == "90 spans in common, 8 of the first, 6 of the second alone"
    assert relations == "56 relations in common, 14 of the first, 12 of the second alone"
    assert values.startswith("4 of ")  # one each of h1 and h4, two of h3
    page = corpus.agreement.with_suffix(".md").read_text(encoding="utf-8")
    assert f"| dee – gold: {TELLS} | 5 | 0.928 | 0.812 |" in page


def test_without_gold_it_is_agreement_with_each_of_the_pair(corpus: CorpusPaths) -> None:
    """The mean of what dee has in common with ada, and with bo, whose labels dee has."""
    pair, dee = compared_rows(measured(corpus))
    assert dee[0] == f"dee – ada, bo: {TELLS}"
    page = corpus.agreement.with_suffix(".md").read_text(encoding="utf-8")
    assert "## Compared with ada, bo\n" in page
    assert float(dee[2]) == pytest.approx((float(pair[2]) + 1) / 2, abs=0.001)
    assert float(dee[3]) == pytest.approx((float(pair[3]) + 1) / 2, abs=0.001)


def test_a_corpus_without_such_annotators_has_nothing_of_it(harbour: CorpusPaths) -> None:
    """No key, no table: agreement.json is what it was."""
    last = measured(harbour)
    assert not {"compared", "compared_layers"} & last.keys()
    assert "Compared with gold" not in harbour.agreement.with_suffix(".md").read_text(encoding="utf-8")


def test_what_was_compared_is_stale_when_gold_or_labels_move_on(corpus: CorpusPaths) -> None:
    """Gold that came after, a label of dee's that went, dee taken out: each is named."""
    measured(corpus)
    assert agreement_faults(Corpus(corpus)) == []
    copy(corpus, "ada", corpus.gold, "cy")
    (fault,) = agreement_faults(Corpus(corpus))
    assert fault.code == "agreement-stale"
    assert "ada > h0_collision, compared with gold" in fault.message
    assert "10 more" in fault.message
    measured(corpus)
    assert agreement_faults(Corpus(corpus)) == []
    path = corpus.labels / "dee" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    write_layer(path, msgspec.structs.replace(layer, relations=layer.relations[1:]))
    (fault,) = agreement_faults(Corpus(corpus))
    assert "dee > h2_spill, compared with gold" in fault.message
    assert "h1" not in fault.message


def test_unfit_layers_are_named(corpus: CorpusPaths) -> None:
    """A label file of another text is refused as one of the pair is."""
    path = corpus.labels / "dee" / "h2_spill.json"
    layer = decode_layer(path.read_bytes())
    write_layer(path, msgspec.structs.replace(layer, text_sha256="0" * 64))
    with pytest.raises(DataFaults, match=r"text-mismatch  annotation/labels/dee/h2_spill\.json"):
        measured(corpus)


def test_who_is_only_compared_is_not_adjudicated_unless_named(corpus: CorpusPaths) -> None:
    """Adjudication takes everybody else; it can be told another choice."""
    assert next(iter(open_adjudication(Corpus(corpus)).comparisons.values())).annotators == ("ada", "bo")
    named = open_adjudication(Corpus(corpus), ["ada", "dee"]).comparisons
    assert next(iter(named.values())).annotators == ("ada", "dee")
    only = json.dumps(["ada"])
    with pytest.raises(UsageError, match="no article is labelled by two of ada"):
        open_adjudication(Corpus(corpus), json.loads(only))
