"""The judge is a function of a batch: it names what the suites find wrong, where, and what it skipped."""

from collections import Counter
from dataclasses import dataclass, replace

import msgspec
import pytest

from parley.corpus.corpus import Corpus
from parley.faults import Fault
from parley.model.batch import EXPORT, Batch
from parley.runtime.engine import Cores
from parley.validation import judge as module
from parley.validation.facts import Reference
from parley.validation.judge import Report, Skipped, Verdict, judge, judge_all, verdicts
from parley.validation.project import derived_suites

HOME = "annotation/labels/ada/h0_collision.json"
REPORT = Report(
    (Fault("derived-stale", "validation/checkpoints/parley.json", "differs | so"),),
    {"documents": 5, "spans": 2},
    (Skipped("entities", "entity-type"), Skipped("entities", "entity-unknown"), Skipped("texts", "span-id")),
)


@dataclass(frozen=True)
class InMemory:
    batch: Batch

    def load(self):
        return self.batch


@pytest.fixture
def corpus(harbour):
    return Corpus(harbour)


@pytest.fixture
def reference(corpus):
    kinds = {annotator.name: annotator.kind for annotator in corpus.annotators.values()}
    return Reference(kinds, {entity.id: entity.type for entity in corpus.entities.values()})


def batch_of(corpus, change=lambda layer: layer, **changes):
    """Return a batch of all articles with one layer, changed; changes: of its file."""
    (stored,) = corpus.batches(annotators=["ada"])
    (file,) = (f for f in stored.load().structs() if f.file == HOME)
    return Batch.of(
        corpus.documents.values(), [replace(file, layer=change(file.layer), **changes)], corpus.ontology
    )


def first_span(**changes):
    def change(layer):
        spans = (msgspec.structs.replace(layer.spans[0], **changes), *layer.spans[1:])
        return msgspec.structs.replace(layer, spans=spans)

    return change


def verdict_on(corpus, batch, reference, more=(), **kwargs):
    suites = derived_suites(corpus.ontology)
    suites["spans"] += more
    return judge(batch, corpus.ontology, suites, reference, **kwargs)


def expectation(name, **kwargs):
    return {"type": name, "kwargs": kwargs, "meta": {}, "description": "By hand.", "id": name}


def codes(verdict):
    return Counter(fault.code for fault in verdict.all_faults())


def test_a_sound_batch_has_no_fault_and_its_rows_are_counted(corpus, reference):
    batch = batch_of(corpus)
    verdict = verdict_on(corpus, batch, reference)
    assert codes(verdict) == {}
    assert verdict.skipped == set()
    rows = {name: getattr(batch, name).num_rows for name in ("documents", "layers", "spans", "relations")}
    assert verdict.counts == rows


def test_a_fault_has_its_place_its_message_and_its_file(corpus, reference):
    (fault,) = verdict_on(corpus, batch_of(corpus, first_span(text="Gull")), reference).all_faults()
    place = 'h0_collision > SHIP-10-18 "Gull" 10:18'
    assert fault == Fault("span-surface", place, "the text there is 'Sea Gull'", HOME)


def test_a_layer_is_found_by_its_file_a_label_of_an_export_by_its_annotator(corpus, reference):
    known = replace(reference, annotators={})
    (fault,) = verdict_on(corpus, batch_of(corpus), known).all_faults()
    assert (fault.code, fault.place, fault.file) == ("annotator-unknown", HOME, HOME)
    batch = batch_of(corpus, first_span(text="Gull"), origin=EXPORT, file=None)
    places = {(f.code, f.place, f.file) for f in verdict_on(corpus, batch, known).all_faults()}
    assert places == {
        ("annotator-unknown", "h0_collision > ada", "annotations.parquet"),
        ("span-surface", 'h0_collision > ada > SHIP-10-18 "Gull" 10:18', "spans.parquet"),
    }


@pytest.mark.parametrize(
    ("lacks", "code", "missing"),
    [
        ({"annotators": None}, "annotator-unknown", "annotators"),
        ({"entities": None}, "entity-unknown", "entities"),
        ({"texts": False}, "span-surface", "texts"),
        ({"missing": {"derived_id": "ids"}}, "span-id", "ids"),
    ],
)
def test_what_cannot_be_judged_is_skipped_and_said(corpus, reference, lacks, code, missing):
    """Nothing is found wrong, and nothing passes for judged."""
    verdict = verdict_on(corpus, batch_of(corpus), replace(reference, **lacks))
    assert codes(verdict) == {}
    assert code in {one.fault for one in verdict.skipped if one.missing == missing}


@pytest.mark.parametrize(
    "malformed",
    [
        expectation("expect_column_values_to_not_be_null", column="ghost"),
        expectation("expect_the_impossible", column="surface"),
        expectation("expect_column_values_to_be_in_set", colunm="surface"),
    ],
)
def test_an_expectation_that_cannot_be_judged_is_a_fault_not_a_pass(corpus, reference, malformed):
    """Whether it is of a whole corpus or of one batch of many."""
    for whole in (True, False):
        verdict = verdict_on(corpus, batch_of(corpus), reference, [malformed], whole=whole)
        assert codes(verdict) == {"expectations-malformed": 1}


def test_an_expectation_of_a_whole_table_names_the_table_or_is_skipped(corpus, reference):
    whole = expectation("expect_table_row_count_to_be_between", min_value=1000)
    (fault,) = verdict_on(corpus, batch_of(corpus), reference, [whole]).all_faults()
    assert (fault.code, fault.place, fault.message) == ("expectation-failed", "spans", "By hand.")
    of_all = [whole, expectation("expect_column_values_to_be_unique", column="surface")]
    verdict = verdict_on(corpus, batch_of(corpus), reference, of_all, whole=False)
    assert codes(verdict) == {}
    assert {one.missing for one in verdict.skipped} == {"all documents at once"}


@pytest.mark.parametrize(
    ("says", "message"),
    [(None, "By hand."), ("{surface!r} has no {ghost}", "'Sea Gull' has no {ghost}")],
)
def test_braces_in_the_words_of_an_expectation_cost_nothing(corpus, reference, says, message):
    asked = expectation("expect_column_value_lengths_to_be_between", column="surface", max_value=3)
    asked |= {"meta": {"says": says} if says else {}}
    verdict = verdict_on(corpus, batch_of(corpus), reference, [asked])
    assert message in {fault.message for fault in verdict.all_faults()}


def test_more_faults_than_anybody_reads_are_counted(corpus, reference, monkeypatch):
    """In a batch and over batches; each is named once."""
    monkeypatch.setattr(module, "MOST_ROWS", 5)

    def change(layer):
        return msgspec.structs.replace(
            layer, spans=tuple(msgspec.structs.replace(s, label="GHOST") for s in layer.spans)
        )

    batch = batch_of(corpus, change)
    suites, sources = derived_suites(corpus.ontology), [[InMemory(batch), InMemory(batch)]]
    for verdict, rows in (
        (verdict_on(corpus, batch, reference), batch.spans.num_rows),
        (judge_all(Cores(1), sources, corpus.ontology, suites, reference), 2 * batch.spans.num_rows),
    ):
        faults = [fault for fault in verdict.all_faults() if fault.code == "span-label"]
        assert len(faults) == 6
        (rest,) = (fault for fault in faults if fault.place == "spans")
        assert rest.message == f"{rows - 5:,} rows more like those named"
    counted, *each = verdicts(Cores(1), sources, corpus.ontology, suites, reference)
    assert counted.counts["spans"] == 2 * batch.spans.num_rows
    assert [codes(verdict)["span-label"] for verdict in each] == [6, 6]


def test_the_verdict_on_batches_is_the_sum_of_theirs_whoever_judges(corpus, reference):
    batches = [batch_of(corpus), batch_of(corpus, first_span(label="GHOST"))]
    expected = Verdict()
    for batch in batches:
        expected.add(verdict_on(corpus, batch, reference, whole=False))
    suites, sources = derived_suites(corpus.ontology), [[InMemory(batch) for batch in batches]]
    for processes in (1, 2):
        assert judge_all(Cores(processes), sources, corpus.ontology, suites, reference) == expected
    assert "span-label" in codes(expected)


@pytest.mark.parametrize("by_hand", [False, True])
def test_sources_of_one_batch_are_judged_together(corpus, reference, monkeypatch, by_hand):
    """As each alone, though they have the same articles; what is expected of whole tables, one by one."""
    asked = []

    def failures(tables, suites, most):
        asked.extend(tables)
        return module_failures(tables, suites, most)

    module_failures = module.failures
    monkeypatch.setattr(module, "failures", failures)
    suites = derived_suites(corpus.ontology)
    if by_hand:
        whole = expectation("expect_table_row_count_to_be_between", min_value=1)
        suites |= {"spans": [*suites["spans"], whole]}
    sound, wrong = batch_of(corpus), batch_of(corpus, first_span(label="GHOST"))
    for batches, tables in (([sound, sound], 5), ([sound, wrong], None)):
        expected = Verdict()
        for batch in batches:
            expected.add(judge(batch, corpus.ontology, suites, reference))
        asked.clear()
        found = judge_all(Cores(1), [[InMemory(one)] for one in batches], corpus.ontology, suites, reference)
        assert found == expected
        assert tables is None or len(asked) == tables + 2 * by_hand


def test_lines_say_what_was_judged_and_what_was_skipped():
    assert REPORT.lines() == [
        "judged: 5 documents, 2 spans",
        "skipped, missing: entities (entity-type, entity-unknown)",
        "skipped, missing: texts (span-id)",
        "Data Docs: not built",
    ]
    assert Report(()).lines()[0] == "judged: nothing"


def test_the_summary_of_a_run_names_each_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    REPORT.append_summary()
    Report(()).append_summary()
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "| `derived-stale` | validation/checkpoints/parley.json |" in summary
    assert "skipped, missing: entities" in summary
    assert "Nothing is wrong." in summary


def test_many_batches_are_judged_together_and_named_as_one_by_one(corpus, reference):
    """No layer is taken for that of another batch, and a fault of one batch is found in all its rows."""
    wrong = batch_of(corpus, first_span(label="GHOST"))
    sound = batch_of(corpus)
    batches = [sound, sound, wrong, sound]
    expected = Verdict()
    for batch in batches:
        expected.add(verdict_on(corpus, batch, reference, whole=False))
    suites = derived_suites(corpus.ontology)
    sources = [InMemory(batch) for batch in batches]
    together = judge_all(Cores(1), [sources], corpus.ontology, suites, reference)
    assert together == expected
    assert codes(together)["span-label"] == 1


def test_however_many_batches_there_are_the_library_is_called_once(corpus, reference, monkeypatch):
    calls = []
    failures = module.failures
    monkeypatch.setattr(module, "failures", lambda *given: calls.append(given) or failures(*given))
    suites = {name: some for name, some in derived_suites(corpus.ontology).items() if name != "documents"}
    sources = [InMemory(batch_of(corpus))] * 12
    assert codes(judge_all(Cores(1), [sources], corpus.ontology, suites, reference)) == {}
    assert len(calls) == 1
