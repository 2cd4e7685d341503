"""Articles are added whole or not at all; what is guessed is said, and what cannot be a seed is named."""

import csv
import gzip
import os
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest

from command_for_tests import call
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.paths import CorpusPaths
from parley.seeds.articles import doc_id, slug
from parley.steps.add import add

ENGLISH = """The price of herring

The price of herring rose by a tenth on 2025-03-04, said the fishers of Lindholm. Nobody in the harbour
had expected that, and the cannery will close for a week.
"""
GERMAN = "Der Preis für Hering stieg am Dienstag um ein Zehntel. Das sagten die Fischer von Lindholm.\n"
PARAGRAPH = (
    "<p>The cannery of Lindholm will close for a week, because nobody can pay the price of herring now.</p>"
)
PAGE = (
    "<html lang='en'><head><title>Cannery closes</title></head><body><article><h1>Cannery closes</h1>"
    f"{PARAGRAPH * 3}</article></body></html>"
)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def rows(corpus: CorpusPaths) -> dict[str, dict[str, str]]:
    with corpus.manifest.open(encoding="utf-8", newline="") as file:
        return {row["doc_id"]: row for row in csv.DictReader(file)}


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (folder / "herring.txt").write_text(ENGLISH, encoding="utf-8")
    (folder / "Hering & Co.txt").write_text(GERMAN, encoding="utf-8")
    (folder / "cannery.html").write_text(PAGE, encoding="utf-8")
    return folder


def test_bytes_are_copied_and_the_manifest_is_filled(harbour, inbox, capsys):
    before = rows(harbour)
    assert call("add", inbox, "--root", harbour.root) == 0
    said = capsys.readouterr().out
    after = rows(harbour)
    assert {name: after[name] for name in before} == before
    assert after.keys() - before.keys() == {"herring", "Hering___Co", "cannery"}
    herring = after["herring"]
    assert (herring["title"], herring["published"], herring["language"]) == (
        "The price of herring", "2025-03-04", "en",
    )  # fmt: skip
    assert after["Hering___Co"]["language"] == "de"
    assert (after["cannery"]["file"], after["cannery"]["title"]) == ("cannery.html", "Cannery closes")
    assert (harbour.seeds / "cannery.html").read_bytes() == PAGE.encode()
    assert (harbour.seeds / "Hering___Co.txt").read_bytes() == GERMAN.encode()
    assert "guessed: title 'The price of herring', published '2025-03-04', language 'en'" in said
    assert "proposed: event the-price-of-herring" in said
    corpus = Corpus(harbour)
    assert corpus.manifest.faults == ()
    assert "<" not in corpus.documents["cannery"].text
    assert list(harbour.seeds.glob("*.parley-tmp")) == []


def test_doubles_are_left_out_and_a_second_call_changes_nothing(harbour, inbox, capsys):
    (inbox / "again.txt").write_text(ENGLISH, encoding="utf-8")
    assert call("add", inbox, "--root", harbour.root) == 0
    assert "byte for byte" in capsys.readouterr().out
    made = tree(harbour.seeds)
    assert len(rows(harbour)) == 8
    assert call("add", inbox, "--root", harbour.root) == 0
    assert capsys.readouterr().out.count("byte for byte") == 4
    assert tree(harbour.seeds) == made


def test_a_near_duplicate_is_named_and_gets_the_event_of_its_double(harbour, tmp_path):
    text = (harbour.seeds / "h2_spill.txt").read_text(encoding="utf-8").replace("300 litres", "400 litres")
    (tmp_path / "spill.txt").write_text(text, encoding="utf-8")
    done = add(Corpus(harbour), [tmp_path / "spill.txt"])
    assert done.rows[0]["event"] == "spill-at-cape-marrow"
    assert any(remark.startswith("near duplicate of h2_spill") for remark in done.remarks["spill"])


def test_markup_in_a_text_is_told(harbour, tmp_path):
    (tmp_path / "odd.txt").write_text("One <b>bold</b> word.\nMarsh &amp; Sons.\n")
    (tmp_path / "saved.txt").write_text(PAGE)
    (tmp_path / "sum.txt").write_text("If a < b and b > c & d, nothing is markup.\n")
    done = add(Corpus(harbour), sorted(tmp_path.glob("*.txt")))
    told = {name: " ".join(remarks) for name, remarks in done.remarks.items()}
    assert "2 tags of HTML, the first <b> in line 1" in told["odd"]
    assert "&amp; in line 2" in told["odd"]
    assert "name it .html" in told["saved"]
    assert "HTML" not in told["sum"]


def test_carriage_returns_are_told(harbour, tmp_path):
    (tmp_path / "windows.txt").write_bytes(ENGLISH.replace("\n", "\r\n").encode())
    done = add(Corpus(harbour), [tmp_path / "windows.txt"])
    assert any(f"{ENGLISH.count(chr(10))} carriage returns" in one for one in done.remarks["windows"])


def test_what_is_said_of_all_is_not_guessed(harbour, inbox):
    done = add(Corpus(harbour), [inbox / "herring.txt"], event="herring", language="nds", rights="theirs")
    row = done.rows[0]
    assert (row["event"], row["language"], row["rights"]) == ("herring", "nds", "theirs")
    assert "language" not in " ".join(done.remarks["herring"])


def bad(name: str, data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "x.txt").symlink_to("/etc/hostname"), "corpus-link"),
        (lambda folder: os.mkfifo(folder / "x.txt"), "file-irregular"),
        (bad("x.txt", b"caf\xe9"), "seed-encoding"),
        (bad("x.txt", "Zoë said so.".encode("utf-16")), "seed-encoding"),
        (bad("x.txt", b"{\\rtf1 Zoe said so.}"), "seed-format"),
        (bad("x.txt", b'[{"text": "Zoe said so."}]'), "seed-format"),
        (bad("x.txt", b"a\x00b"), "seed-character"),
        (bad("x.txt", b" \n"), "seed-empty"),
        (bad("x.html", b"<html><body></body></html>"), "seed-empty"),
        (bad("x.warc.gz", b"no archive"), "page-malformed"),
    ],
)
def test_what_can_be_no_seed_is_named_and_nothing_is_written(harbour, inbox, spoil, code):
    spoil(inbox)
    before = tree(harbour.root)
    with pytest.raises(DataFaults) as found:
        add(Corpus(harbour), [inbox])
    assert [fault.code for fault in found.value.faults] == [code]
    assert "x." in found.value.faults[0].place
    assert tree(harbour.root) == before


@pytest.mark.parametrize("frame", ["<frameset><frame src='a.html'></frameset>", "<iframe src='a'></iframe>"])
def test_a_page_of_frames_is_called_one(harbour, tmp_path, frame):
    (tmp_path / "x.html").write_text(f"<html>{frame}</html>")
    with pytest.raises(DataFaults, match="pages in frames"):
        add(Corpus(harbour), [tmp_path / "x.html"])


def test_of_a_folder_what_is_no_text_is_left_and_called_what_it_is(harbour, inbox):
    """A PDF is not read as words, whether it is found or named."""
    (inbox / "report.pdf").write_bytes(b"%PDF-1.7 in ASCII")
    (inbox / "list.xyz").write_bytes(b"words")
    left = add(Corpus(harbour), [inbox]).left
    assert [line.partition(": ")[2] for line in left] == [
        "nothing is known of files of this kind; named by itself it is taken as a text",
        "it is a PDF; save its text in a .txt file",
    ]
    with pytest.raises(DataFaults, match="seed-format"):
        add(Corpus(harbour), [inbox / "report.pdf"])


def test_a_link_to_a_folder_is_not_followed(harbour, inbox, tmp_path):
    (tmp_path / "link").symlink_to(inbox)
    with pytest.raises(DataFaults, match="corpus-link"):
        add(Corpus(harbour), [tmp_path / "link"])


def test_a_file_larger_than_the_limit_is_refused(harbour, inbox, monkeypatch):
    (inbox / "large.txt").write_text("word " * 300_000)
    monkeypatch.setenv("PARLEY_LIMIT", "file=1MB")
    with pytest.raises(UsageError, match="more than the limit"):
        add(Corpus(CorpusPaths.at(harbour.root)), [inbox])


def test_what_is_not_there_or_holds_nothing_is_a_wrong_call(harbour, tmp_path):
    (tmp_path / "empty").mkdir()
    for given in (tmp_path / "nowhere", tmp_path / "empty"):
        assert call("add", given, "--root", harbour.root) == 2
    assert call("add", "--root", harbour.root) == 2


@pytest.mark.parametrize(
    "name", ["con", "..", "a/../b", "-rf", "\x1b[31m", "é", "長" * 90, "A b.c", "", "\udcff"]
)
def test_any_file_s_name_becomes_one_that_every_system_takes(name):
    from parley.model.paths import sound_name

    assert sound_name(doc_id(name, ()))
    made = doc_id(name, {doc_id(name, ()).casefold()})
    assert sound_name(made) != doc_id(name, ())


def test_an_event_is_a_slug_whatever_the_script():
    assert slug("Ferry & freighter touch!", "x") == "ferry-freighter-touch"
    assert slug("北京", "report_7") == "report-7"
    assert slug("北京", "北京").startswith("event-")


def test_the_file_of_seeds_that_lacks_its_row_alone_gets_it(harbour):
    (harbour.seeds / "late.txt").write_text(ENGLISH)
    done = add(Corpus(harbour), [harbour.seeds / "late.txt"])
    assert [row["file"] for row in done.rows] == ["late.txt"]
    assert Corpus(harbour).manifest.faults == ()


def test_a_first_article_needs_no_manifest(harbour, inbox):
    for path in harbour.seeds.glob("h*"):
        path.unlink()
    harbour.manifest.unlink()
    harbour.cleaning.unlink()
    assert len(add(Corpus(harbour), [inbox]).rows) == 3
    assert len(Corpus(harbour).documents) == 3


def test_a_name_that_is_taken_gets_a_number(harbour, tmp_path):
    (tmp_path / "H2_spill.txt").write_text(ENGLISH)
    done = add(Corpus(harbour), [tmp_path / "H2_spill.txt"])
    assert done.rows[0]["doc_id"] == "H2_spill_2"


def test_the_page_in_a_browsers_archive_is_the_seed(harbour, tmp_path):
    message = EmailMessage()
    message["Subject"] = "Cannery closes"
    message.set_content(PAGE, subtype="html", cte="quoted-printable")
    message.make_mixed()
    (tmp_path / "saved.mhtml").write_bytes(bytes(message))
    done = add(Corpus(harbour), [tmp_path / "saved.mhtml"])
    assert [row["file"] for row in done.rows] == ["saved.html"]
    assert b"<article>" in (harbour.seeds / "saved.html").read_bytes()


def test_each_page_in_a_crawlers_archive_is_a_seed(harbour, tmp_path):
    """Written by the library that others write theirs with; robots.txt and what was not found are none."""
    from io import BytesIO

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with (tmp_path / "crawl.warc.gz").open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for address, status, kind, body in (
            ("https://x.example/robots.txt", "200 OK", "text/plain", b"none"),
            ("https://x.example/news/cannery.html?a=1", "200 OK", "text/html; charset=utf-8", PAGE.encode()),
            ("https://x.example/gone", "404 Not Found", "text/html", PAGE.encode() + b"<!-- gone -->"),
            ("https://x.example/zipped/", "200 OK", "text/html", PAGE.replace("a week", "ten days").encode()),
        ):
            headers = [("Content-Type", kind)]
            zipped = address.endswith("zipped/")
            headers += [("Content-Encoding", "gzip")] * zipped
            writer.write_record(
                writer.create_warc_record(
                    address,
                    "response",
                    payload=BytesIO(gzip.compress(body) if zipped else body),
                    http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.0"),
                )
            )
    done = add(Corpus(harbour), [tmp_path / "crawl.warc.gz"])
    assert [row["doc_id"] for row in done.rows] == ["cannery", "zipped"]
    assert "ten days" in Corpus(harbour).documents["zipped"].text


def test_a_page_whose_pin_is_gone_or_changed_is_a_fault(harbour, inbox):
    add(Corpus(harbour), [inbox / "cannery.html"])
    pin = harbour.seeds / "cannery.page.json"
    good = pin.read_bytes()
    for bad in (None, b"{", good.replace(b"[", b"[9", 2)):
        pin.unlink(missing_ok=True)
        if bad is not None:
            pin.write_bytes(bad)
        with pytest.raises(DataFaults) as found:
            _ = Corpus(harbour).documents
        assert {fault.code for fault in found.value.faults} == {"page-malformed"}
    pin.write_bytes(good)
    assert Corpus(harbour).documents["cannery"].text.startswith("Cannery closes")
