"""An audit: sheets with every label once, errors that are planted, answers that become shares."""

import csv
import json
import re
from collections import Counter
from math import sqrt
from pathlib import Path

import msgspec
import pytest

from card_parts import numbers, section
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.labels import decode_layer, write_layer
from parley.model.paths import CorpusPaths
from parley.release.audit.planting import DIRECTION, ENTITY, EXTENT, INVENTED, LABEL, VALUE
from parley.release.audit.report import found_of, read_audit, share
from parley.release.audit.sheets import KEY, Key
from parley.release.audit.study import make_sheets, read_answers
from parley.release.publish import publish

ERRORS = 24


@pytest.fixture
def corpus(harbour: CorpusPaths) -> CorpusPaths:
    """Return a corpus that publishes ada's labels and has no guidelines; cy may audit them."""
    settings = harbour.root / "release.toml"
    text = re.sub(r"(?m)^labels = .*$", 'labels = "ada"', settings.read_text(encoding="utf-8"))
    settings.write_text(text, encoding="utf-8")
    harbour.guidelines.unlink(missing_ok=True)
    return harbour


def begun(corpus: CorpusPaths, errors: int = ERRORS, seed: int = 1) -> tuple[Key, Path]:
    folder = corpus.root.parent / f"sheets-{errors}-{seed}"
    key, path = make_sheets(Corpus(corpus), folder, errors=errors, seed=seed)
    assert path == corpus.build / "audit" / KEY
    assert msgspec.json.decode(path.read_bytes(), type=Key) == key
    return key, folder


def answer(folder: Path, key: Key, verdicts: dict[tuple[str, int], tuple[str, str, str]]) -> None:
    """Fill in a verdict, a note and what it is about; `right` where none is given."""
    for name, items in key.items.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("number", "verdict", "note", "about"))
            for item in items:
                rows.writerow((item.number, *verdicts.get((name, item.number), ("right", "", ""))))


def layer_of(corpus: CorpusPaths, doc_id: str):
    return decode_layer((corpus.labels / "ada" / f"{doc_id}.json").read_bytes())


def test_each_label_is_in_its_sheet_once_in_reading_order(corpus: CorpusPaths) -> None:
    """Spans and relations under their sentence, every row of entities; what is planted is told by no word."""
    key, folder = begun(corpus)
    documents = Corpus(corpus).documents
    for doc_id, document in documents.items():
        layer = layer_of(corpus, doc_id)
        items = key.items[doc_id]
        assert sorted(i.id for i in items) == sorted(x.id for x in (*layer.spans, *layer.relations))
        assert [i.number for i in items] == list(range(1, len(items) + 1))
        sheet = (folder / f"{doc_id}.md").read_text(encoding="utf-8")
        numbered = re.findall(r"(?m)^(\d+)\. (.*)$", sheet)
        assert [(int(n), says) for n, says in numbered] == [(i.number, i.says) for i in items]
        starts = {span.id: span.start for span in layer.spans}
        paragraphs = [
            document.text.count("\n", 0, starts[i.id]) for i in items if i.id in starts and not i.planted
        ]
        assert paragraphs == sorted(paragraphs)
    assert [item.id for item in key.items["entities"]] == list(Corpus(corpus).entities)
    told = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert "planted" not in told
    assert KEY not in {path.name for path in folder.iterdir()}


def test_errors_are_spread_over_articles_and_kinds_and_are_none_of_the_labels(corpus: CorpusPaths) -> None:
    """As many as asked for, in place of labels; another seed plants others, the same seed the same."""
    key, folder = begun(corpus)
    plain, _ = begun(corpus, errors=0)
    planted = [(sheet, item) for sheet, items in key.items.items() for item in items if item.planted]
    assert len(planted) == ERRORS
    kinds = Counter(item.planted for _, item in planted)
    assert {LABEL, EXTENT, VALUE, ENTITY, DIRECTION, INVENTED} <= kinds.keys()
    assert max(kinds.values()) - min(kinds.values()) <= 2
    assert min(Counter(sheet for sheet, _ in planted).values()) >= 2
    assert len({sheet for sheet, _ in planted}) == 5

    def bare(says: str) -> str:
        return re.sub(r"\\\[\d+\\\]", "", says)  # numbers of other labels may move on

    right = {sheet: {bare(item.says) for item in items} for sheet, items in plain.items.items()}
    for sheet, item in planted:
        assert bare(item.says) not in right[sheet], item
    for sheet, items in key.items.items():
        assert all(bare(item.says) in right[sheet] for item in items if not item.planted)
    other, _ = begun(corpus, seed=2)
    assert {item.id for _, item in planted} != {
        item.id for items in other.items.values() for item in items if item.planted
    }
    with pytest.raises(UsageError, match="something in"):
        make_sheets(Corpus(corpus), folder, errors=0)
    with pytest.raises(UsageError, match="there is room for"):
        make_sheets(Corpus(corpus), folder / "more", errors=1000)


def test_verdicts_become_shares_and_a_list(corpus: CorpusPaths) -> None:
    """By label, relation and attribute; planted errors count for themselves alone."""
    key, folder = begun(corpus)
    items = {(sheet, i.number): i for sheet, some in key.items.items() for i in some}
    planted = [at for at, item in items.items() if item.planted]
    dangerous = next(at for at, item in items.items() if "dangerous" in item.attributes and not item.planted)
    related = next(at for at, item in items.items() if item.kind == "relation" and not item.planted)
    verdicts = dict.fromkeys(planted[:-4], ("wrong", "no", "")) | {planted[-1]: ("doubtful", "?", "")}
    verdicts |= {dangerous: ("wrong", "it is harmless", "dangerous"), related: ("doubtful", "who?", "end")}
    answer(folder, key, verdicts)
    audit = read_answers(Corpus(corpus), folder, "cy")
    labels = sum(len(layer_of(corpus, d).spans) for d in Corpus(corpus).documents)
    spans = audit.of_kind("span")
    unplanted = sum(item.kind == "span" and not item.planted for item in items.values())
    assert (spans.total, spans.wrong, spans.doubtful) == (unplanted, 1, 0)
    assert unplanted < labels
    assert audit.labels[f"span/{items[dangerous].label}"].wrong == 1
    assert audit.labels[f"relation/{items[related].label}"].doubtful == 1
    assert audit.attributes["dangerous"].wrong == 1
    assert sum(one.wrong + one.doubtful for name, one in audit.attributes.items() if name != "dangerous") == 0
    found = audit.all_planted
    assert (found.total, found.wrong, found.doubtful, found.right) == (ERRORS, ERRORS - 4, 1, 3)
    assert [(r.verdict, r.note) for r in audit.remarks] == [
        ("wrong", "it is harmless"),
        ("doubtful", "who?"),
    ] or {(r.verdict, r.note) for r in audit.remarks} == {("wrong", "it is harmless"), ("doubtful", "who?")}
    assert read_audit(Corpus(corpus)) == msgspec.structs.replace(
        audit, sha256=read_audit(Corpus(corpus)).sha256
    )
    page = corpus.audit.with_suffix(".md").read_text(encoding="utf-8")
    for word in ("it is harmless", "who?", found_of(found), "cy (human)"):
        assert word in page


def test_an_interval_is_wilsons() -> None:
    """The formula of Wilson (1927), written out."""
    n, x, z = 40, 31, 1.959964
    centre = (x / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(x / n * (1 - x / n) / n + z * z / (4 * n * n))
    assert share(x, n) == f"{x / n:.3f} [{centre - half:.3f}, {centre + half:.3f}]"
    assert share(0, 0) == "–"


def test_answers_that_lack_something_are_refused(corpus: CorpusPaths) -> None:
    """A number without a verdict, an unknown one, a verdict that is none, a sheet that is not there."""
    key, folder = begun(corpus)
    with pytest.raises(DataFaults, match="audit-malformed"):  # nothing is filled in
        read_answers(Corpus(corpus), folder, "cy")
    answer(folder, key, {})
    path = folder / "h2_spill.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], *lines[4:], "999,right,,", ""]), encoding="utf-8")
    (folder / "entities.csv").unlink()
    with pytest.raises(DataFaults) as raised:
        read_answers(Corpus(corpus), folder, "cy")
    told = {(f.code, f.message) for f in raised.value.faults}
    assert ("audit-incomplete", "there is no verdict on 3") in told
    assert ("audit-malformed", "the sheet has no number 999") in told
    assert ("audit-incomplete", "there is no such file") in told
    path.write_text("\n".join([*lines[:3], "3,fine,,", *lines[4:]]), encoding="utf-8")
    with pytest.raises(DataFaults, match="'fine' is none of right, doubtful, wrong"):
        read_answers(Corpus(corpus), folder, "cy")
    assert not corpus.audit.exists()
    answer(folder, key, {})
    with pytest.raises(UsageError, match="ada has made some of the labels"):
        read_answers(Corpus(corpus), folder, "ada")
    with pytest.raises(UsageError, match="does not list eve"):
        read_answers(Corpus(corpus), folder, "eve")


@pytest.mark.long
def test_the_card_tells_it_and_labels_that_move_on_make_it_stale(corpus: CorpusPaths) -> None:
    """A label that was wrong is taken out: the audit is read again, and says what has changed."""
    publish(Corpus(corpus))
    card = (corpus.dataset / "README.md").read_text(encoding="utf-8")
    assert "| spans |" not in section(card, "Audit")
    key, folder = begun(corpus)
    layer = layer_of(corpus, "h2_spill")
    gone = layer.relations[0]
    number = next(i.number for i in key.items["h2_spill"] if i.id == gone.id)
    answer(folder, key, {("h2_spill", number): ("wrong", "nobody says so", "")})
    audit = read_answers(Corpus(corpus), folder, "cy")
    publish(Corpus(corpus))
    told = section((corpus.dataset / "README.md").read_text(encoding="utf-8"), "Audit")
    spans = audit.of_kind("span")
    assert f"| spans | {spans.total} | {share(spans.right, spans.total)} |" in told
    (planted,) = [line for line in told.splitlines() if "planted" in line]
    found = audit.all_planted
    assert (found.total, found.wrong) == (ERRORS, 0)
    assert numbers(planted)[:2] == [ERRORS, 0]
    assert share(0, ERRORS) in planted
    versions = json.loads((corpus.dataset / "versions.json").read_bytes())
    assert "annotation/audit.json" in json.dumps(versions)

    kept = msgspec.structs.replace(layer, relations=layer.relations[1:])
    write_layer(corpus.labels / "ada" / "h2_spill.json", kept)
    with pytest.raises(DataFaults, match="audit-stale"):
        publish(Corpus(corpus))
    (corpus.build / "audit" / KEY).rename(folder / KEY)  # it is kept beside the answers
    again = read_answers(Corpus(corpus), folder, "cy")
    assert (again.since["changed"], again.since["new"]) == (1, 0)
    assert again.audited_sha256 != again.content_sha256
    (remark,) = again.remarks
    assert (remark.id, remark.now) == (gone.id, "changed")
    assert again.labels == audit.labels
    page = corpus.audit.with_suffix(".md").read_text(encoding="utf-8")
    assert set(again.since.values()) <= set(numbers(page))
