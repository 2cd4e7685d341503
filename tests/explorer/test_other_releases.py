"""Releases of all kinds: without text, with hostile texts, of another scheme, large; and what is none."""

import re
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import explorer_releases as releases
from checkout import CHECKOUT
from explorer_releases import go, rewritten, served, settled, until
from parley.corpus.corpus import Corpus
from parley.explorer.extras import read_extras
from parley.explorer.page import write_page
from parley.faults import DataFaults, UsageError
from parley.model.paths import CorpusPaths
from parley.release.publish import publish, write_withheld

HOSTILE = (
    "</script><img src=x onerror=alert(1)>\u202etxet\u202c\u2066 <b>=cmd|'!' &amp; \u2028]]>-->`${alert(2)}`"
)


@pytest.fixture
def hostile(tmp_path):
    """Return a page whose texts, labels, names and metadata want to be markup, and its release."""
    release = Path(shutil.copytree(CHECKOUT / "dataset", tmp_path / "dataset"))
    for path in sorted(release.glob("data/*/*.parquet")):
        table = pq.read_table(path)
        for number, field in enumerate(table.schema):
            if field.name in ("title", "publisher", "rights", "note", "name", "language", "instance_name"):
                column = pa.array([HOSTILE] * table.num_rows, field.type)
                table = table.set_column(number, field, column)
            if path.parent.name == "documents" and field.name == "text":
                texts = [HOSTILE + text[len(HOSTILE) :] for text in table["text"].to_pylist()]
                table = table.set_column(number, field, pa.array(texts, field.type))
        pq.write_table(table, path)
    path = release / "croissant.json"
    path.write_text(
        path.read_text().replace("Parley: ceasefire talks in the news", HOSTILE.replace("\u2028", ""))
    )
    rewritten(release)
    write_page(release, tmp_path / "page")
    return tmp_path / "page", release


@pytest.mark.browser
def test_texts_that_want_to_be_markup_are_shown_as_text(hostile, look):
    """Nothing of the data becomes an element, a script or a dialog, in any view."""
    out, release = hostile
    page = look((out / "index.html").as_uri())
    doc_id = releases.rows(release, "documents")[0]["doc_id"]
    for address in (
        "#/",
        "#/articles",
        "#/search",
        "#/search?q=alert",
        "#/entities",
        "#/entity/per_erdogan",
        "#/claims",
        "#/statements",
        "#/figures",
        "#/times",
        "#/disagreements",
        f"#{doc_id}",
    ):
        go(page, address)
        assert page.locator("main img, main script, main iframe, main [onerror]").count() == 0, address
    assert page.locator("#text").inner_text().startswith("</script><img src=x onerror=alert(1)>")
    assert "\\u202e" in page.locator("dl.facts").inner_text()
    assert b"</script><img" not in b"".join(path.read_bytes() for path in out.rglob("*.js"))


def test_a_shard_cannot_end_its_script(hostile):
    out, _ = hostile
    for path in out.rglob("data/**/*.js"):
        text = path.read_text(encoding="utf-8")
        assert "<" not in text and "\u2028" not in text


@pytest.mark.browser
def test_a_page_for_a_public_place_has_no_word_of_the_articles_until_a_reader_puts_a_copy_in(tmp_path, look):
    """Of the raw page or the clean text, not of another one: then the labels are on their words."""
    corpus = Corpus(CorpusPaths.at(CHECKOUT))
    write_page(corpus.paths.dataset, tmp_path / "page", read_extras(corpus), withheld=True)
    data = "".join(
        path.read_text(encoding="utf-8")
        for path in (tmp_path / "page" / "data").rglob("*.js")
        if path.stem != "guidelines"
    )
    documents = releases.rows(corpus.paths.dataset, "documents")
    for row in documents:
        sentences = [s for s in re.split(r"(?<=[.!?]) ", row["text"]) if len(s) > 40]
        assert sentences and not [s for s in sentences if s in data]
    doc = documents[0]
    page = look((tmp_path / "page" / "index.html").as_uri() + "#" + doc["doc_id"])
    assert "not in this page" in page.locator("#main").inner_text()
    label = doc["spans"][0]
    go(page, f"#{doc['doc_id']}/{label['id']}")
    assert f"Characters {label['start']}–{label['end']}" in page.locator(".panel").inner_text()
    wrong = tmp_path / "wrong.txt"
    wrong.write_text(doc["text"].replace("a", "b", 1), encoding="utf-8")
    page.set_input_files("input[type=file]", str(wrong))
    until(page, "document.querySelector('.copy [role=status]').textContent.includes('neither')")
    file = next(row["file"] for _, row in corpus.manifest.rows if row["doc_id"] == doc["doc_id"])
    page.set_input_files("input[type=file]", str(CHECKOUT / "seeds" / file))
    page.wait_for_selector(".seg")
    settled(page)
    assert page.locator(".panel h2").inner_text() == doc["text"][label["start"] : label["end"]]
    assert page.locator("#text").text_content() == doc["text"].replace("\n", "")


@pytest.mark.browser
@pytest.mark.long
def test_a_release_without_text_is_shown_as_one(tmp_path, look):
    corpus = Corpus(CorpusPaths.at(CHECKOUT))
    write_withheld(corpus, tmp_path / "withheld")
    done = write_page(tmp_path / "withheld", tmp_path / "page")
    assert done.withheld and done.articles == 5
    page = look((tmp_path / "page" / "index.html").as_uri() + "#/search?kind=spans")
    assert page.locator("#total").inner_text() == f"{done.spans} labels in 5 articles"


@pytest.mark.browser
@pytest.mark.long
def test_the_next_scheme_is_shown_by_the_same_page(tmp_path, look):
    """Labels, values and relations are the ontology's: the pilot's scheme has other names than gold."""
    root = Path(shutil.copytree(CHECKOUT / "annotation" / "pilot", tmp_path / "pilot"))
    settings = (CHECKOUT / "tests" / "harbour" / "release.toml").read_text(encoding="utf-8")
    (root / "release.toml").write_text(
        re.sub(r"(?m)^labels = .*$", 'labels = "pilot-a"', settings), encoding="utf-8"
    )
    corpus = Corpus(CorpusPaths.at(root))
    publish(corpus)
    write_page(corpus.paths.dataset, tmp_path / "page", read_extras(Corpus(corpus.paths)))
    page = look((tmp_path / "page" / "index.html").as_uri())
    rows = releases.rows(corpus.paths.dataset, "spans")
    for address, wanted in (
        ("#/search?kind=spans", f"{len(rows):,} labels in 4 articles"),
        ("#/labels/stance", None),
        ("#/claims", None),
    ):
        go(page, address)
        if wanted:
            assert page.locator("#total").inner_text() == wanted
    for doc_id in {row["doc_id"] for row in rows}:
        go(page, f"#{doc_id}")
        assert page.locator(".seg").count() > 0


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.timeout(1500)  # two thousand articles are made up and published first
def test_two_thousand_articles(tmp_path, look, monkeypatch):
    """Built in parts; search, an article and an address load what they need and count as the data does."""
    monkeypatch.syspath_prepend(str(CHECKOUT / "benchmarks"))
    from labelled import write_labelled

    corpus = Corpus(CorpusPaths.at(write_labelled(tmp_path / "corpus", 2000)))
    publish(corpus)
    out = tmp_path / "page"
    done = write_page(corpus.paths.dataset, out, read_extras(Corpus(corpus.paths)))
    assert done.articles == 2000
    assert len(list((out / "data" / "articles").glob("*/*.js"))) == 2000
    spans = pa.concat_tables([pq.read_table(path) for path in releases.files(corpus.paths.dataset, "spans")])
    with served(out) as url:
        page = look(url + "#/search?kind=spans")
        assert page.locator("#total").inner_text() == f"{spans.num_rows:,} labels in 2,000 articles"
        last = spans.slice(spans.num_rows - 1).to_pylist()[0]
        go(page, f"#{last['doc_id']}/{last['id']}")
        assert page.locator(".panel h2").inner_text() == last["text"]
        word = last["text"].split()[0].lower()
        go(page, f"#/search?kind=spans&q={word}&doc={last['doc_id']}")
        own = [
            t
            for d, t in zip(spans["doc_id"].to_pylist(), spans["text"].to_pylist(), strict=True)
            if d == last["doc_id"]
        ]
        wanted = sum(word in re.findall(r"\w+", text.lower()) for text in own)
        assert page.locator("#total").inner_text() == f"{wanted:,} label{'s' * (wanted != 1)} in 1 article"


def test_the_five_articles_take_at_most_400_kilobytes(five):
    assert sum(path.stat().st_size for path in five.out.rglob("*") if path.is_file()) <= 400_000


def test_a_page_is_the_same_however_often_it_is_made_and_replaces_itself_alone(five, tmp_path):
    corpus = Corpus(CorpusPaths.at(CHECKOUT))
    out = tmp_path / "page"
    write_page(five.release, out, read_extras(corpus))
    (out / "left.txt").write_text("of an earlier page")
    write_page(five.release, out, read_extras(corpus))
    files = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert files == {p.relative_to(five.out): p.read_bytes() for p in five.out.rglob("*") if p.is_file()}
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").write_text("not a page")
    with pytest.raises(UsageError, match="not a page of this kind"):
        write_page(five.release, other)
    assert (other / "thesis.tex").is_file()


def test_a_damaged_release_is_named_and_nothing_is_written(tmp_path):
    release = Path(shutil.copytree(CHECKOUT / "dataset", tmp_path / "dataset"))
    path = next(release.glob("data/spans/*.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataFaults, match="not those that were published"):
        write_page(release, tmp_path / "page")
    assert not (tmp_path / "page").exists()
    with pytest.raises(UsageError, match="nothing is published"):
        write_page(tmp_path / "nothing", tmp_path / "page")
