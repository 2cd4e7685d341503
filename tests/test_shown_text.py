"""What people wrote is shown as text, wherever it comes from and wherever it goes: it is never markup.

The harbour corpus is made twice, with plain words and with hostile ones in every text that people write,
and taken through the steps that write for readers. Both runs must have the same structure.
"""

from __future__ import annotations

import csv
import hashlib
import html.parser
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from checkout import HARBOUR
from command_for_tests import call
from parley.adjudication.ledger import Row, decode_ledger, encode_ledger
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.label_studio.screen import instruction
from parley.model.labels import decode_layer, in_order, layer_path, make_span, sha256_text, write_layer
from parley.model.paths import CorpusPaths
from parley.runtime.files import guarded, unguarded
from parley.runtime.markdown import fill, inline, link, paragraphs, table

HOSTILE = (
    "=cmd() <img src=evil onerror=alert(1)> | [go](http://evil.example) ![p](evil) <b>x</b> `y | ``z $a$ "
    "\u202e <!-- generated: rows --> </script> &lt;i&gt; \\| [x]: http://evil.example"
)
LINES = f"{HOSTILE}\n# head\n- item\n```\n<script>alert(1)</script>\n| a |\n| --- |\n===\n[x\n](evil) <b\n>"
DOC = "h3_explosion"


@dataclass
class Run:
    """A corpus after the steps. said: what they printed."""

    corpus: CorpusPaths
    said: str


def poison(corpus: CorpusPaths, words: str, lines: str) -> None:
    """Put words into each text of a corpus that people write: what is a name keeps its pattern."""
    ontology = corpus.ontology.read_text("utf-8")
    told = re.sub(
        r'^(\s*(?:title|definition) = )"(.*)"$',
        lambda m: m[1] + json.dumps(f"{m[2]} {lines}"),
        ontology,
        flags=re.M,
    )
    corpus.ontology.write_text(told, "utf-8")
    for path, columns in (
        (corpus.entities, ("name", "aliases", "note")),
        (corpus.annotators, ("note",)),
        (corpus.manifest, ("rights",)),
    ):
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
        for row in rows:
            row |= {column: guarded(f"{words} {row[column]}") for column in columns}
            if row.get("doc_id") == DOC:
                row |= {"title": guarded(words), "publisher": guarded(words)}
        write_rows(path, rows)
    (corpus.root / "release.toml").write_text(
        f"""name = "harbour"
title = {json.dumps(lines)}
version = "0.1.0"
date = "2031-06-01"
labels = "ada"
repository = "harbour/incidents"
languages = ["en"]
authors = [{json.dumps(lines)}]
keywords = [{json.dumps(words)}]
summary = {json.dumps(lines)}
faults = [{json.dumps(lines)}]
[[licences]]
part = {json.dumps(words)}
name = {json.dumps(words)}
note = {json.dumps(words)}
link = "javascript:alert(1)"
[responsible]
collection = {json.dumps(words)}
""",
        "utf-8",
    )
    seed = corpus.seeds / f"{DOC}.txt"
    old = hashlib.sha256(seed.read_bytes()).hexdigest()
    before = Corpus(corpus).documents[DOC].text
    seed.write_bytes(seed.read_bytes().rstrip() + f"\n\n{words}\n".encode())
    new = hashlib.sha256(seed.read_bytes()).hexdigest()
    corpus.manifest.write_text(corpus.manifest.read_text("utf-8").replace(old, new), "utf-8")
    text = Corpus(corpus).documents[DOC].text
    assert text.startswith(before)
    assert text.endswith(words)
    for path in corpus.labels.glob(f"*/{DOC}.json"):
        layer = msgspec.structs.replace(decode_layer(path.read_bytes()), text_sha256=sha256_text(text))
        if layer.annotator == "ada":
            spans = (*layer.spans, make_span(text, "SPEECH", len(text) - len(words), len(text)))
            layer = in_order(msgspec.structs.replace(layer, spans=spans))
        write_layer(path, layer)


def write_rows(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def run(root: Path, words: str, lines: str, capsys: pytest.CaptureFixture[str], *judged: str) -> Run:
    """Take the corpus with these words through the steps. judged: options of `validate`."""
    corpus = CorpusPaths.at(Path(shutil.copytree(HARBOUR, root)))
    poison(corpus, words, lines)
    said = ""
    for step in (
        ["derive"],
        ["tasks"],
        ["agreement", "--draws", "5"],
        ["adjudicate", "--list"],
        ["adjudicate", "--lead", "cy", "--decisions", decided(corpus, words)],
        ["publish", "--no-validate"],
        ["publish", "--no-validate", "--text", "withhold"],
        ["pull", "--export", remarked(corpus, words, lines)],
    ):
        status = call(*(token() if callable(token) else token for token in step), "--root", corpus.root)
        said += (more := "".join(capsys.readouterr()))
        assert status == 0, more
    path = layer_path(corpus, "ada", DOC)
    path.write_bytes(path.read_bytes().replace(b"SPEECH", b"SHAPE"))
    status = call("validate", *judged, "--root", corpus.root)
    said += (more := "".join(capsys.readouterr()))
    assert status == 1, more
    return Run(corpus, said)


def decided(corpus: CorpusPaths, words: str) -> Callable[[], Path]:
    """Return what writes a file of decisions on all that is open, each with a note."""

    def write() -> Path:
        made = []
        for path in sorted((corpus.build / "adjudication").glob("*.json")):
            listed = json.loads(path.read_text("utf-8"))
            items = {name: {"reject": True, "note": words} for name in listed["items"]}
            made.append({"doc_id": listed["doc_id"], "note": words, "items": items})
        file = corpus.root.parent / "decisions.json"
        file.write_text(json.dumps(made), "utf-8")
        return file

    return write


def remarked(corpus: CorpusPaths, words: str, lines: str) -> Callable[[], Path]:
    """Return what writes an export with remarks on a region, a relation and an annotation."""

    def write() -> Path:
        text = Corpus(corpus).documents[DOC].text
        end = text.index(" ")
        value = {"start": 0, "end": end, "text": text[:end], "labels": ["CREW"]}
        region = {"id": words, "from_name": "label", "to_name": "text", "type": "labels", "value": value}
        region |= {"meta": {"text": [words, lines]}, "notes": lines}
        annotation = {"id": 1, "completed_by": 1, "result": [region], "comments": [{"text": lines}]}
        data = {"doc_id": DOC, "text": text, "annotator": "bo"}
        file = corpus.root.parent / "export.json"
        file.write_text(json.dumps([{"id": 1, "data": data, "annotations": [annotation]}]), "utf-8")
        return file

    return write


@pytest.fixture(params=["quick", pytest.param("whole", marks=pytest.mark.long)])
def runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> tuple[Run, Run]:
    """Return the run with plain words and the one with hostile ones.

    The quick ones have no plots and no Data Docs, and their releases are not proved.
    """
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    if request.param == "quick":
        monkeypatch.setattr("parley.agreement.study.plots", lambda *_: ())
        monkeypatch.setattr("parley.release.publish._proved", lambda *_: {})
        monkeypatch.setattr("parley.release.publish.croissant_faults", lambda *_: [])
    docs = ["--docs"] if request.param == "whole" else []
    with monkeypatch.context() as quick:
        quick.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "plain" / "summary.md"))
        quick.setattr("parley.release.publish._proved", lambda *_: {})  # of plain words nobody asks
        quick.setattr("parley.release.publish.croissant_faults", lambda *_: [])
        plain = run(tmp_path / "plain", "plain words", "plain words", capsys)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "hostile" / "summary.md"))
    return plain, run(tmp_path / "hostile", HOSTILE, LINES, capsys, *docs)


class Page(html.parser.HTMLParser):
    """What a browser makes of a page. markup: its elements with attributes. text: what it shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.markup: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.markup.append(f"{tag} {attrs}")

    def handle_data(self, data: str) -> None:
        self.text += data


def blocks(text: str) -> list[str]:
    """Return the structure of Markdown: its blocks, and in them all but text, code and emphasis."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    found = []
    for token in tokens:
        found += [
            f"{token.type} {token.tag}",
            *(child.type for child in token.children or () if is_markup(child)),
        ]
    return found


def is_markup(token: Token) -> bool:
    return token.type.startswith(("html", "link", "image"))


def body(path: Path) -> str:
    """Return Markdown without the YAML before it."""
    text = path.read_text("utf-8")
    return text.split("\n---\n", 1)[1] if text.startswith("---\n") else text


def test_what_people_wrote_is_shown_and_is_no_markup(runs: tuple[Run, Run]) -> None:
    """In no page, list, table, terminal, picture, config or description of any step."""
    plain, hostile = runs
    files = sorted(path for path in hostile.corpus.root.rglob("*") if path.is_file())
    pages = [path for path in files if path.suffix == ".html"]
    lists = [path for path in files if path.suffix == ".md" and path.name != "guidelines.md"]
    lists.append(hostile.corpus.guidelines)
    assert {path.name for path in lists} >= {
        "README.md",
        "DATASHEET.md",
        "agreement.md",
        "disagreements.md",
        "summary.md",
        f"{DOC}.md",
    }

    shown = ""
    for path in pages:
        page = Page(path.read_text("utf-8"))
        shown += page.text
        assert not [one for one in page.markup if "evil" in one or "alert(1)" in one], path
    assert "onerror=alert(1)" in shown or not pages
    for path in lists:
        beside = plain.corpus.root / path.relative_to(hostile.corpus.root)
        assert blocks(body(path)) == blocks(body(beside)), path
    for text in [hostile.said, *(path.read_text("utf-8") for path in lists + pages)]:
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert "onerror=alert(1)" in hostile.said
    assert "evil" not in "".join(Page(instruction(hostile.corpus)).markup)
    for path in files:
        if path.suffix in {".xml", ".svg"}:
            ET.parse(path)  # noqa: S314 - our own
    ledger = hostile.corpus.ledger.read_bytes()
    assert b"onerror=alert(1)" in ledger
    assert not re.search(rb'(^|,)"?[=+\-@\t\r]', ledger, re.MULTILINE)
    assert hostile.said.count("remark ") == 4
    withheld = hostile.corpus.build / "withheld" / "README.md"
    assert "onerror=alert(1)" in withheld.read_text("utf-8")
    croissant = (hostile.corpus.dataset / "croissant.json").read_text("utf-8")
    assert "</" not in croissant
    assert "\u202e" not in croissant
    assert json.loads(croissant)["name"] == LINES
    cff = (hostile.corpus.dataset / "CITATION.cff").read_text("utf-8")
    assert "\u202e" not in cff
    assert yaml.safe_load(cff)["title"] == LINES


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        LINES,
        "# h",
        "1. x",
        "12) x",
        "-",
        "---",
        "> q",
        "~~~",
        "`",
        "`<!-- generated: a -->`",
        "a\\|b `c\\|d`",
    ],
)
def test_a_text_is_one_line_of_markdown(text: str) -> None:
    """As a paragraph, an item, a heading, a cell, the name of a link."""
    is_one_line(text)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*"`|[]()<>!\\*_#-+=~&;:.1 a\n\t\x1b", "``", "](", "]:", "<b>", "<!--", "&lt;"]))
)
def test_any_text_is_one_line_of_markdown(parts: list[str]) -> None:
    """However its marks meet."""
    if "".join(parts).strip():
        is_one_line("".join(parts))


def is_one_line(text: str) -> None:
    assert blocks(inline(text)) == blocks("plain")
    marks = "<!-- generated: a -->\n<!-- end generated -->"
    filled = fill(marks, {"a": table(("a", text), [(text, "b")])}, "x.md")
    assert fill(filled, {"a": "b"}, "x.md") == fill(marks, {"a": "b"}, "x.md")
    assert blocks(f"- {inline(text)}") == blocks("- plain")
    assert blocks(f"# {inline(text)}") == blocks("# plain")
    assert blocks(table(("a", text), [(text, "b")])) == blocks(table(("a", "b"), [("a", "b")]))
    assert blocks(link(text, "https://x.example/y")) == blocks("[plain](https://x.example/y)")
    assert not [
        one
        for one in blocks(link(text, "javascript:alert(1)") + "\n" + paragraphs(text))
        if "html" in one or "link" in one
    ]


@pytest.mark.parametrize(
    "text", ["a `b | c` d", "[0.1, 0.2]", "*x* and **y**", "AT&T", "1.5", "-5", "Kyiv – Київ", "a < b"]
)
def test_harmless_text_is_shown_as_it_is(text: str) -> None:
    """Code and emphasis stay, and so does what only looks like markup."""
    (cell,) = [
        t.content for t in MarkdownIt().enable("table").parse(table(("h",), [(text,)])) if t.type == "inline"
    ][1:]
    assert cell == inline(text).replace("\\|", "|")
    assert inline(text) in (text, text.replace("|", "\\|"), text.replace("<", "\\<"))


@pytest.mark.parametrize("cell", ["=cmd()", "+1", "-1", "@x", "\tx", "\rx", "'=x", "''+x"])
def test_a_formula_is_guarded_in_csv_and_read_back(cell: str) -> None:
    """An apostrophe is before it in the file and nowhere else; a ledger with it is canonical."""
    assert guarded(cell) == f"'{cell}"
    assert unguarded(guarded(cell)) == cell
    assert [guarded(text) for text in ("x", "'x", "", "7")] == ["x", "'x", "", "7"]
    rows = [
        Row(
            "d",
            "SHIP-0-2",
            "span",
            "agreed",
            "SHIP-0-2",
            "SHIP-0-2",
            "SHIP",
            "0",
            "2",
            cell,
            "{}",
            sources="ada",
        )
    ]
    written = encode_ledger(rows)
    assert decode_ledger(written) == rows
    assert not re.search(rb'(^|,)"?[=+\-@\t\r]', written)


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x7f", "\x9b"])
@pytest.mark.parametrize("file", ["entities", "annotators", "manifest", "ontology"])
def test_control_characters_are_refused_where_they_were_written(
    harbour: CorpusPaths, file: str, character: str
) -> None:
    """With the place, before they come to a config that XML cannot hold, or to a terminal."""
    path = getattr(harbour, file)
    text = path.read_text("utf-8")
    if file == "ontology":
        text = text.replace("A company.", f"A\\u{ord(character):04x}company.")
    else:
        text = text.replace("invented", f"in{character}vented", 1)
    path.write_text(text, "utf-8")
    place = "span\\(FIRM\\) > definition" if file == "ontology" else "row 2"
    with pytest.raises(DataFaults, match=f"{place}.*\n?.*U\\+{ord(character):04X}"):
        read = getattr(Corpus(harbour), file)
        raise DataFaults(list(read.faults))


@pytest.mark.parametrize(
    ("file", "column"), [("entities", "note"), ("annotators", "note"), ("manifest", "rights")]
)
def test_a_formula_is_refused_in_a_file_kept_by_hand(harbour: CorpusPaths, file: str, column: str) -> None:
    """The fault says how the cell is written; written so, it is read without the apostrophe."""
    path = getattr(harbour, file)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    write_rows(path, [row | {column: "=1+1"} for row in rows])
    with pytest.raises(DataFaults, match="write an apostrophe") as raised:
        raise DataFaults(list(getattr(Corpus(harbour), file).faults))
    assert len(raised.value.faults) == len(rows)
    write_rows(path, [row | {column: "'=1+1"} for row in rows])
    read = getattr(Corpus(harbour), file)
    cells = (
        [row[column] for _, row in read.rows] if file == "manifest" else [one.note for one in read.values()]
    )
    assert set(cells) == {"=1+1"}
