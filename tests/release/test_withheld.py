"""A release without text: nothing of the articles is in it, and labels come back to a reader's own copies."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

from command_for_tests import call
from newcomer import PAGE, write_articles
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.labels import Layer, Span, decode_layer, layer_path, layer_paths, make_span, write_layer
from parley.model.paths import CorpusPaths
from parley.release.data.files import read_table, write_table
from parley.release.data.fingerprints import fold
from parley.release.data.schema import QUOTES
from parley.release.publish import publish, write_withheld
from parley.release.standoff.rehydrate import REPORT, RehydrationReport, rehydrate
from parley.release.versions.history import encode_versions, file_hashes, read_versions
from parley.steps.add import add
from parley.steps.new import NewCorpus
from parley.steps.new import new as new_corpus
from parley.values.segmentation import sentences

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def harbour(published_harbour: CorpusPaths) -> CorpusPaths:
    """Return the second corpus with its release."""
    return published_harbour


@pytest.fixture
def withheld(withheld_harbour: Path) -> Path:
    """Return the release of the second corpus without text."""
    return withheld_harbour


def place(span: Span) -> tuple[str, int, int]:
    return span.label, span.start, span.end


def put_back(
    withheld: Path, texts: dict[str, str], out: Path
) -> tuple[RehydrationReport, list[dict[str, str]]]:
    copies = out.with_name(f"{out.name}-copies")
    copies.mkdir()
    for doc_id, text in texts.items():
        (copies / f"{doc_id}.txt").write_text(text, encoding="utf-8", newline="")
    done = rehydrate(withheld, copies, out)
    with (out / REPORT).open(encoding="utf-8", newline="") as file:
        return done, list(csv.DictReader(file))


def test_no_sentence_of_an_article_is_in_it(harbour: CorpusPaths, withheld: Path) -> None:
    """Whatever file is opened: no sentence, and no column that quotes."""
    everything = ""
    for path in sorted(p for p in withheld.rglob("*") if p.is_file()):
        if path.suffix != ".parquet":
            everything += path.read_text(encoding="utf-8")
            continue
        table = read_table(path)
        everything += json.dumps(table.to_pylist(), ensure_ascii=False)
        for name in QUOTES & set(table.column_names):
            assert table[name].null_count == len(table)
    documents = list(Corpus(harbour).documents.values())
    for document in documents:
        found = sentences(document.text, document.language)
        for sentence in found:
            assert document.text[sentence.start : sentence.end] not in everything


def test_its_words_are_true_of_the_copy(withheld: Path) -> None:
    """It names the columns that are empty and those kept; it promises no file that is not there."""
    card = (withheld / "README.md").read_text(encoding="utf-8")
    quoted = " ".join(line.removeprefix("> ") for line in card.splitlines() if line.startswith("> "))
    assert set(re.findall(r"`(\w+)`", quoted)) == {*QUOTES, "title", "entities", "fingerprints"}
    titles = [row["title"] for path in (withheld / "data/documents").iterdir() for row in _rows(path)]
    assert any(titles)
    files = card.partition("## Files")[2].partition("What is named here and is not in this folder")[0]
    named = set(re.findall(r"`([\w./]+\.(?:md|json|cff|toml))`", files))
    assert {name for name in named if not (withheld / name).is_file()} == {"CHANGELOG.md"}
    sheet = (withheld / "DATASHEET.md").read_text(encoding="utf-8")
    assert "| `fingerprints` |" in sheet
    described = json.loads((withheld / "croissant.json").read_text(encoding="utf-8"))["description"]
    assert described.endswith("The articles' text is not in this copy.")
    assert "sentence.svg" not in card


def _rows(path: Path) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = read_table(path).to_pylist()
    return rows


@pytest.mark.parametrize("cleaned", [False, True])
def test_the_same_text_gives_the_same_release(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path, cleaned: bool
) -> None:
    """From raw pages and from clean text: the tables have the published content hash."""
    published = json.loads((harbour.dataset / "versions.json").read_text())["versions"][-1]
    if cleaned:
        texts = {name: d.text for name, d in Corpus(harbour).documents.items()}
        done, _ = put_back(withheld, texts, tmp_path / "out")
    else:
        done = rehydrate(withheld, harbour.seeds, tmp_path / "out")
    assert done.content_sha256 == published["content_sha256"]
    assert set(done.counts) == {"kept"}


def test_other_quotes_and_blanks_lose_no_label(harbour: CorpusPaths, withheld: Path, tmp_path: Path) -> None:
    """Straight quotes, wrapped lines, a line above the text: all labels are there, with their words."""
    texts = {
        d.doc_id: "Shared by a friend.\n\n" + d.text.replace("“", '"').replace("’", "'").replace(". ", ".\n")
        for d in Corpus(harbour).documents.values()
    }
    done, rows = put_back(withheld, texts, tmp_path / "out")
    assert set(done.counts) == {"moved"}
    words = {name: d.text for name, d in Corpus(harbour).documents.items()}
    for row in rows:
        before = words[row["doc_id"]][int(row["start"]) : int(row["end"])]
        after = texts[row["doc_id"]][int(row["new_start"]) : int(row["new_end"])]
        assert (fold(after).text, after) == (fold(before).text, row["surface"])


def test_what_a_changed_sentence_lost_is_named(harbour: CorpusPaths, withheld: Path, tmp_path: Path) -> None:
    """A sentence written anew loses its own labels and no others; an absent article is named."""
    texts = {name: d.text for name, d in Corpus(harbour).documents.items()}
    del texts["h3_explosion"]
    gone = "The ferry Sea Gull 🚢 struck the freighter Møn Express off Port Velden on Monday evening."
    assert gone in texts["h0_collision"]
    texts["h0_collision"] = texts["h0_collision"].replace(gone, "Nothing else is known.")
    done, rows = put_back(withheld, texts, tmp_path / "out")
    start = next(d.text for d in Corpus(harbour).documents.values() if d.doc_id == "h0_collision").index(gone)
    lost = {
        (r["doc_id"], start <= int(r["start"]) < start + len(gone)) for r in rows if r["status"] == "lost"
    }
    assert lost == {("h0_collision", True)}
    assert done.absent == ("h3_explosion",)


def test_a_folder_with_something_else_is_left_alone(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """Only a release without text is replaced, and only what is published can be withheld."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.md").write_text("years")
    with pytest.raises(UsageError, match="something else"):
        write_withheld(Corpus(harbour), tmp_path / "mine")
    write_withheld(Corpus(harbour), withheld)
    shutil.rmtree(harbour.dataset)
    with pytest.raises(UsageError, match="parley publish"):
        write_withheld(Corpus(harbour), withheld)
    assert (withheld / "README.md").is_file()


def test_every_annotators_labels_are_accounted_for(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """A label that only another annotator made is reported too, and one in two layers once for each."""
    layers = [decode_layer(path.read_bytes()) for path in layer_paths(harbour)]
    made = sorted((layer.annotator, layer.doc_id, *place(span)) for layer in layers for span in layer.spans)
    texts = {name: d.text for name, d in Corpus(harbour).documents.items()}
    own = {
        (layer.doc_id, *place(span)) for layer in layers if layer.annotator == "ada" for span in layer.spans
    }
    others = [
        (doc_id, start, end)
        for _, doc_id, _, start, end in made
        if not any(doc_id == d and low < end and start < high for d, _, low, high in own)
    ]
    doc_id, start, end = others[0]
    texts[doc_id] = texts[doc_id][:start] + "x" * (end - start) + texts[doc_id][end:]
    done, rows = put_back(withheld, texts, tmp_path / "out")
    columns = ("annotator", "doc_id", "label", "start", "end")
    assert sorted(tuple(row[c] if c in columns[:3] else int(row[c]) for c in columns) for row in rows) == made
    assert {row["annotator"] for row in rows if row["status"] == "lost"} & {"bo", "rules"}
    assert done.counts["lost"]


def test_a_broken_run_leaves_nothing(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a folder that looks whole nor one beside it; the next run begins anew."""
    out = tmp_path / "out" / "put-back"
    with monkeypatch.context() as broken:
        broken.setattr("parley.release.standoff.rehydrate.guarded", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            rehydrate(withheld, harbour.seeds, out)
    assert list(out.parent.iterdir()) == []
    rehydrate(withheld, harbour.seeds, out)
    assert [path.name for path in out.parent.iterdir()] == ["put-back"]


def test_what_is_no_release_or_no_copies_is_told(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """Nothing is written, whichever of the two is missing or damaged."""
    out = tmp_path / "out"
    with pytest.raises(UsageError, match="nowhere is not a folder"):
        rehydrate(withheld, tmp_path / "nowhere", out)
    with pytest.raises(UsageError, match="no file named after a document"):
        rehydrate(withheld, SCRIPTS, out)
    with pytest.raises(UsageError, match="not a release without text"):
        rehydrate(harbour.dataset, harbour.seeds, out)
    assert not out.exists()


SPANS = "data/spans/train-00000-of-00001.parquet"


def exchange_offsets(folder: Path) -> None:
    """Give each span the offsets of the next one."""
    table = read_table(folder / SPANS)
    turned = table.take([*range(1, len(table)), 0])
    for name in ("start", "end"):
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), turned[name])
    write_table(folder / SPANS, table)


def rewrite_hashes(folder: Path) -> None:
    """Let versions.json say what the files are now."""
    versions = read_versions(folder)
    versions[-1]["files_sha256"] = file_hashes(folder)
    (folder / "versions.json").write_bytes(encode_versions(versions))


def add_shard(folder: Path) -> None:
    shutil.copyfile(folder / SPANS, folder / "data/spans/train-00001-of-00002.parquet")


def exchange_and_rewrite(folder: Path) -> None:
    exchange_offsets(folder)
    rewrite_hashes(folder)


TAMPERED = {
    "offsets exchanged": (exchange_offsets, SPANS),
    "a shard in another's place": (
        lambda f: shutil.copyfile(f / SPANS.replace("train", "test"), f / SPANS),
        SPANS,
    ),
    "a shard added": (add_shard, "data/spans/train-00001-of-00002.parquet"),
    "a shard removed": (lambda f: (f / SPANS).unlink(), SPANS),
    "a shard torn": (lambda f: (f / SPANS).write_bytes(b"PAR1"), SPANS),
    "ontology removed": (lambda f: (f / "annotation/ontology.toml").unlink(), "annotation/ontology.toml"),
    "rules changed": (lambda f: (f / "seeds/cleaning.toml").write_text("# none\n"), "seeds/cleaning.toml"),
    "versions.json gone": (lambda f: (f / "versions.json").unlink(), "versions.json"),
    "versions.json torn": (lambda f: (f / "versions.json").write_text("{"), "versions.json"),
    "versions.json without hashes": (
        lambda f: (f / "versions.json").write_text('{"versions": [{"version": "0.1.0"}]}'),
        "versions.json",
    ),
    "offsets exchanged, hashes made to fit": (exchange_and_rewrite, "versions.json"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_release_that_is_not_as_published_puts_no_label_anywhere(
    kind: str, harbour: CorpusPaths, withheld: Path, tmp_path: Path
) -> None:
    """Each file that is another than its hash says is named, before anything is written."""
    tamper, name = TAMPERED[kind]
    tamper(withheld)
    with pytest.raises(DataFaults) as raised:
        rehydrate(withheld, harbour.seeds, tmp_path / "out")
    assert [(f.code, f.place) for f in raised.value.faults] == [("withheld-damaged", f"withheld/{name}")]
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".out*"))


def test_the_steps_do_both(
    harbour: CorpusPaths, withheld: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`publish --text withhold`, then `rehydrate`: its exit status tells whether anything is lost."""
    shutil.rmtree(withheld)
    withheld = harbour.build / "withheld"
    assert call("publish", "--root", harbour.root, "--text", "withhold") == 0
    assert "fingerprints" in capsys.readouterr().out
    assert call("rehydrate", withheld, harbour.seeds, "--out", tmp_path / "out") == 0
    assert "the result is the release itself" in capsys.readouterr().out
    (harbour.seeds / "h0_collision.txt").unlink()
    assert call("rehydrate", withheld, harbour.seeds, "--out", tmp_path / "less") == 1
    assert "no copy of h0_collision" in capsys.readouterr().out
    (withheld / "versions.json").unlink()
    assert call("rehydrate", withheld, harbour.seeds, "--out", tmp_path / "third") == 1
    assert "withheld-damaged  withheld/versions.json" in capsys.readouterr().err


@pytest.mark.long
def test_a_page_is_read_as_it_was_when_it_was_added_and_another_page_is_searched(tmp_path: Path) -> None:
    """The release without text says which part of the page is the article, without a word of it."""
    new_corpus(tmp_path / "c", NewCorpus("c", "C"))
    write_articles(tmp_path / "articles")
    page = tmp_path / "articles" / f"{PAGE}.html"
    paths = CorpusPaths.at(tmp_path / "c")
    add(Corpus(paths), [page])
    one = Corpus(paths).documents[PAGE]
    at = one.text.index("Lindholm")
    span = make_span(one.text, "PLACE", at, at + 8, {"mention": "name"})
    layer = Layer(PAGE, one.text_sha256, "rules", Corpus(paths).ontology.revision, "", None, (span,), ())
    write_layer(layer_path(paths, "rules", PAGE), layer)
    publish(Corpus(paths))
    withheld = write_withheld(Corpus(paths), paths.build / "withheld").folder
    pin = (withheld / "seeds" / f"{PAGE}.page.json").read_text(encoding="utf-8")
    assert "Ada" not in pin
    copies = tmp_path / "copies"
    copies.mkdir()
    shutil.copy(paths.seeds / "sample.txt", copies)
    shutil.copy(page, copies)
    same = rehydrate(withheld, copies, tmp_path / "same")
    assert set(same.exact) == {"sample", PAGE}
    words = page.read_text(encoding="utf-8").replace("with a feast", "with two feasts")
    (copies / page.name).write_text(words, encoding="utf-8")
    other = rehydrate(withheld, copies, tmp_path / "other")
    assert other.aligned == (PAGE,)
    assert other.counts == same.counts
    (copies / page.name).write_text("<html><body></body></html>", encoding="utf-8")
    with pytest.raises(UsageError, match=r"mill\.html"):
        rehydrate(withheld, copies, tmp_path / "none")
