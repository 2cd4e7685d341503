"""Data Docs, and the committed project run as a reader runs it: its verdict is the judge's."""

import json
import re
from pathlib import Path

import mutations  # noqa: F401 - fills the catalogue
import pytest
from damage_catalogue import CATALOGUE

import browser
import requirements_for_tests
from parley.corpus.corpus import Corpus
from parley.steps.validate import validate

DAMAGE = (
    "a letter of the surface differs",
    "a label in lower case",
    "an entity of another type",
    "the tail is gone",
)


def readers_verdict(corpus, monkeypatch):
    """Run the checkpoint with a file context of the committed project, as its README says."""
    import great_expectations

    import parley.validation.gx.expectations  # noqa: F401 - registers Parley's own

    monkeypatch.chdir(corpus.root)
    context = great_expectations.get_context(mode="file", context_root_dir="validation")
    return context.checkpoints.get("parley").run()


@pytest.mark.long
def test_the_checkpoint_run_by_a_reader_gives_the_verdict_of_the_judge(derived, monkeypatch):
    """On sound labels and on damaged ones; nothing of the project is changed by running it."""
    assert validate(Corpus(derived), docs=True).faults == ()
    before = {p: p.read_bytes() for p in derived.validation.rglob("*") if p.is_file()}
    result = readers_verdict(derived, monkeypatch)
    suite = json.loads((derived.validation / "expectations" / "spans.json").read_bytes())
    ran = {r.suite_name: r for r in result.run_results.values()}
    assert result.success
    assert len(ran["spans"].results) == len(suite["expectations"])  # none was dropped on loading
    assert {p: p.read_bytes() for p in derived.validation.rglob("*") if p.is_file()} == before

    for one in CATALOGUE:
        if one.name in DAMAGE:
            one.damage(derived)
    faults = validate(Corpus(derived), docs=True).faults
    result = readers_verdict(derived, monkeypatch)
    unexpected = [
        (one.expectation_config.meta["fault"], index["id"], index["doc_id"])
        for run in result.run_results.values()
        for one in run.results
        for index in one.result.get("unexpected_index_list") or ()
    ]
    judged = [
        (f.code, place[-1].split(' "')[0], place[0] if place[1:] else Path(place[0]).stem)
        for f in faults
        for place in [f.place.split(" > ")]
    ]
    assert len({fault.code for fault in faults}) >= len(DAMAGE)
    assert sorted(unexpected) == sorted(judged)


def test_validating_writes_nothing_and_with_docs_below_build_alone(derived):
    def files() -> dict[Path, bytes]:
        return {p: p.read_bytes() for p in derived.root.rglob("*") if p.is_file()}

    before = files()
    assert validate(Corpus(derived)).faults == ()
    assert files() == before
    found = validate(Corpus(derived), docs=True)
    assert found.docs.endswith("build/data-docs/index.html")
    assert {p: data for p, data in files().items() if derived.build not in p.parents} == before


def test_data_docs_of_a_project_that_is_not_sound_are_skipped_and_the_labels_judged(derived):
    (derived.validation / "great_expectations.yml").write_bytes(b"{")
    path = next(derived.labels.glob("*/*.json"))
    path.write_bytes(path.read_bytes().replace(b'"label":"SHIP"', b'"label":"SHAPE"', 1))
    found = validate(Corpus(derived), docs=True)
    assert {"derived-stale", "span-label"} <= {fault.code for fault in found.faults}
    assert found.docs == ""
    assert "Data Docs" in {one.fault for one in found.skipped}


def test_data_docs_say_what_is_expected_and_which_rows_are_not_so(derived):
    path = next(derived.labels.glob("*/*.json"))
    labels = path.read_text(encoding="utf-8").replace('"label":"SHIP"', '"label":"SHAPE"', 1)
    path.write_text(labels, encoding="utf-8")
    validate(Corpus(derived), docs=True)
    page = next((derived.build / "data-docs" / "validations" / "spans").rglob("*.html")).read_text("utf-8")
    assert "Every span has a label of the ontology." in page
    assert "SHAPE" in page


@pytest.mark.long
def test_no_markup_of_an_annotator_is_alive_in_data_docs(derived):
    """Whether a value is shown alone, in a pair, or beside the row at fault."""
    markup = "<img src=x onerror=alert(1)>"
    path = next(path for path in sorted(derived.labels.glob("*/*.json")) if '"entity":"' in path.read_text())
    labels = json.loads(path.read_bytes())
    labels["spans"][0]["label"] = labels["spans"][1]["text"] = markup
    for span in labels["spans"]:
        span["attributes"] = dict.fromkeys(span["attributes"], markup)
    path.write_text(json.dumps(labels), encoding="utf-8")
    assert validate(Corpus(derived), docs=True).faults
    pages = [page.read_text("utf-8") for page in (derived.build / "data-docs").rglob("*.html")]
    assert any("&lt;img" in page for page in pages)
    assert not any("<img src=x" in page for page in pages)


@pytest.mark.long
def test_data_docs_fetch_nothing_and_run_no_script(derived):
    validate(Corpus(derived), docs=True)
    pages = {page: page.read_text("utf-8") for page in (derived.build / "data-docs").rglob("*.html")}
    for page, text in pages.items():
        assert "<script" not in text
        assert 'rel="stylesheet"' not in text
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
        places = re.findall(r'href="([^"#]+)', text)
        assert places
        assert all((page.parent / place).resolve() in pages for place in places), places
    first = pages[derived.build / "data-docs" / "index.html"]
    assert first.count(">Success<") == 4  # a table each, without a script


@pytest.mark.long
@pytest.mark.browser
def test_a_page_of_results_shows_only_what_failed_if_asked(derived):
    requirements_for_tests.chromium()
    path = next(derived.labels.glob("*/*.json"))
    path.write_bytes(path.read_bytes().replace(b'"label":"SHIP"', b'"label":"SHAPE"', 1))
    validate(Corpus(derived), docs=True)
    result = next((derived.build / "data-docs" / "validations" / "spans").rglob("*.html"))
    with browser.chromium() as started:
        page = started.new_page()
        page.goto(result.as_uri())
        met, unmet = (page.locator(f"main tr:visible:has(.text-{kind})") for kind in ("success", "danger"))
        failed = unmet.count()
        assert met.count() > failed > 0
        page.check("#failed-only")
        assert (met.count(), unmet.count()) == (0, failed)
