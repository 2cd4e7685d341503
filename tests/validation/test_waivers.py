"""Waivers: a fault is accepted by code and place with a reason; it is shown, and hides no other."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from command_for_tests import call
from parley.corpus.corpus import Corpus
from parley.faults import KINDS, DataFaults, Fault
from parley.label_studio.export.regions import layer_to_result
from parley.model.labels import decode_layer, layer_path, make_span, write_layer
from parley.model.paths import CorpusPaths
from parley.release.verify import verify
from parley.steps.derive import derive
from parley.steps.validate import validate
from parley.validation.suites import suites
from parley.validation.waivers import Waiver, counted, read_waivers, waive
from releases_for_tests import build_release

DOC, INSIDE = "h4_storm", "مارو"  # an Arabic name, of which the first letter is left out
REASON = "the clitic is not part of the name"


@pytest.fixture
def inside(harbour: CorpusPaths) -> tuple[CorpusPaths, str]:
    """Return a corpus with a span inside an Arabic word in the labels that are published, and its place."""
    derive(harbour)
    text = Corpus(harbour).documents[DOC].text
    start = text.index(INSIDE) + 1
    path = layer_path(harbour, "ada", DOC)
    layer = decode_layer(path.read_bytes())
    label = next(s for s in layer.spans if s.label == "PORT")
    span = make_span(text, "PORT", start, start + len(INSIDE) - 1, label.attributes)
    write_layer(path, msgspec.structs.replace(layer, spans=(*layer.spans, span)))
    return harbour, f'{DOC} > {span.id} "{span.text}" {span.start}:{span.end}'


def write(corpus: CorpusPaths, *rows: tuple[str, str, str]) -> None:
    quoted = (",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    corpus.waivers.write_text("\n".join(["code,place,reason", *quoted, ""]), encoding="utf-8")


def run(corpus: CorpusPaths, *step: str) -> int:
    """Run a step; return its exit status."""
    return call(*step, f"--root={corpus.root}")


def test_a_waived_fault_is_shown_and_stops_nothing(
    inside: tuple[CorpusPaths, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without the waiver it is a fault; with it, terminal, summary, card and inputs name it."""
    corpus, place = inside
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setattr("parley.release.publish._proved", lambda *_: {})  # takes longer than all else
    monkeypatch.setattr("parley.release.publish.croissant_faults", lambda *_: [])
    assert run(corpus, "validate") == 1
    assert place in capsys.readouterr().err
    write(corpus, ("span-cut-word", place, REASON))
    summary.unlink()
    assert run(corpus, "validate", f"--json={tmp_path / 'faults.json'}") == 0
    assert f"waived: 1 span-cut-word: {REASON}" in capsys.readouterr().out
    assert REASON in summary.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "faults.json").read_bytes()) == []
    assert run(corpus, "publish") == 0
    card = (corpus.dataset / "README.md").read_text(encoding="utf-8")
    assert f"| `span-cut-word`: {KINDS['span-cut-word'].title} | 1 | {REASON} |" in card
    newest = json.loads((corpus.dataset / "versions.json").read_bytes())["versions"][-1]
    assert "validation/waivers.csv" in newest["inputs_sha256"]
    assert run(corpus, "validate") == 0
    write(corpus, ("span-cut-word", place, "another reason"))
    assert "dataset/README.md" in {fault.file for fault in verify(Corpus(corpus)).faults}


def test_an_export_is_judged_with_the_same_waivers(
    inside: tuple[CorpusPaths, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever labelled it; a waiver of labels that are not in the tables is not a fault."""
    corpus, place = inside
    text = Corpus(corpus).documents[DOC].text
    layer = decode_layer(layer_path(corpus, "ada", DOC).read_bytes())
    region = layer_to_result(layer, Corpus(corpus).ontology)
    data = {"doc_id": DOC, "text": text, "text_sha256": layer.text_sha256, "annotator": "bo"}
    task = {"id": 1, "data": data, "annotations": [{"id": 1, "completed_by": 2, "result": region}]}
    (tmp_path / "export.json").write_text(json.dumps([task]), encoding="utf-8")
    assert run(corpus, "convert", str(tmp_path / "export.json"), f"--out={tmp_path / 'tables'}") == 0
    tables = f"--tables={tmp_path / 'tables'}"
    assert run(corpus, "validate", tables) == 1
    assert "span-cut-word" in capsys.readouterr().err
    write(corpus, ("span-cut-word", place, REASON), ("entity-type", "nowhere", REASON))
    assert run(corpus, "validate", tables) == 0
    assert f"waived: 1 span-cut-word: {REASON}" in capsys.readouterr().out
    write(corpus, ("span-cut-word", place, ""))
    assert run(corpus, "validate", tables) == 1
    assert "waivers-malformed" in capsys.readouterr().err


def test_without_waivers_a_card_says_nothing_of_them(harbour: CorpusPaths) -> None:
    build_release(harbour)
    assert "Accepted as they are" not in (harbour.dataset / "README.md").read_text(encoding="utf-8")


def test_a_star_stands_for_anything_and_all_else_for_itself() -> None:
    """Brackets and question marks of a text are not patterns, and escapes are as they are printed."""
    fault = Fault("span-cut-word", 'd > X-0-3 "[a]?\u202e" 0:3', "it cuts a word")
    printed = 'd > X-0-3 "[a]?\\u202e" 0:3'
    for place, fits in ((printed, True), ("d > *", True), ("*", True), ("d", False), (printed[:-1], False)):
        assert Waiver("span-cut-word", place, "so").waives(fault) == fits
    assert not Waiver("relation-range", "*", "so").waives(fault)


def test_rows_that_are_only_counted_are_never_waived() -> None:
    """Else nobody would know how many there are."""
    assert not Waiver("span-cut-word", "*", "so").waives(Fault("span-cut-word", "spans", "7 rows more"))


def test_the_first_waiver_that_fits_gives_the_reason_and_a_label_of_several_layers_counts_once() -> None:
    place = 'd > X-0-3 "abc" 0:3'
    faults = [Fault("span-cut-word", place, "it cuts a word", file) for file in ("a.json", "b.json")]
    found = waive(faults, [Waiver("span-cut-word", "d > *", "one"), Waiver("span-cut-word", "*", "two")])
    assert (found.faults, found.unused) == ((), ())
    assert counted(found.accepted) == [("span-cut-word", 1, "one")]


@pytest.mark.parametrize("code", [code for code, kind in KINDS.items() if not kind.waivable])
def test_what_later_steps_rely_on_cannot_be_waived(harbour: CorpusPaths, code: str) -> None:
    """The file is refused, and says which can be."""
    harbour.validation.mkdir(exist_ok=True)
    write(harbour, (code, "*", "never mind"))
    with pytest.raises(DataFaults, match="span-cut-word"):
        Corpus(harbour).derived(read_waivers)


def test_no_fault_of_offsets_or_of_what_is_published_can_be_waived(harbour: CorpusPaths) -> None:
    """What can is an expectation of labels, which the judge finds and the card counts."""
    firm = ("seed", "release", "version", "split", "studio", "gold", "ledger", "labels-un", "labels-m")
    offsets = ("text-mismatch", "span-outside", "span-empty", "span-surface", "span-cut-grapheme", "span-id")
    waivable = {code for code, kind in KINDS.items() if kind.waivable}
    assert waivable
    assert [code for code in waivable if code.startswith((*firm, *offsets))] == []
    expected = suites(Corpus(harbour).ontology)
    asked = {one["meta"]["fault"] for table in ("layers", "spans", "relations") for one in expected[table]}
    assert waivable <= asked


def test_a_waiver_of_nothing_is_no_fault_while_a_check_is_skipped(inside: tuple[CorpusPaths, str]) -> None:
    """What was not looked for may be there."""
    corpus, place = inside
    write(corpus, ("span-cut-word", place, REASON), ("entity-type", "*", "one name, two things"))
    assert [fault.code for fault in validate(Corpus(corpus)).faults] == ["waiver-unused"]
    corpus.entities.write_bytes(b"nothing")
    found = validate(Corpus(corpus))
    assert {fault.code for fault in found.faults} == {"entities-malformed"}
    assert [fault.code for fault, _ in found.waived] == ["span-cut-word"]
