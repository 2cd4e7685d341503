"""A report says what was judged, what was skipped and why, and each fault."""

from parley.faults import Fault
from parley.validation.judge import Skipped
from parley.validation.report import Report, append_summary, as_lines

REPORT = Report(
    (Fault("derived-stale", "validation/checkpoints/parley.json", "differs | so"),),
    {"documents": 5, "spans": 2},
    (Skipped("entities", "entity-type"), Skipped("entities", "entity-unknown"), Skipped("texts", "span-id")),
)


def test_lines_say_what_was_judged_and_what_was_skipped():
    assert as_lines(REPORT) == [
        "judged: 5 documents, 2 spans",
        "skipped, missing: entities (entity-type, entity-unknown)",
        "skipped, missing: texts (span-id)",
        "Data Docs: not built",
    ]
    assert as_lines(Report(()))[0] == "judged: nothing"


def test_the_summary_of_a_run_names_each_fault(tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    append_summary(REPORT)
    append_summary(Report(()))
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "| `derived-stale` | validation/checkpoints/parley.json |" in summary
    assert "skipped, missing: entities" in summary
    assert "Nothing is wrong." in summary
