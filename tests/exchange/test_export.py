"""Export: whatever goes in comes out or is counted as lost, in every format, whole or not at all."""

import json
import shutil
from dataclasses import replace
from typing import get_args

import pyarrow.parquet as pq
import pytest
from exchanged import HARD, Given, articles, assert_sums, hard, sources

from made_up_schemes import HARD as ONTOLOGY
from parley.cli.reading import ExportFormat
from parley.cli.reading import export as command
from parley.corpus.corpus import Corpus
from parley.exchange import brat
from parley.exchange.articles import Source, release_source
from parley.exchange.export import FORMATS, export
from parley.exchange.loss import aligned, compared
from parley.faults import UsageError
from parley.runtime.engine import Cores
from rivals import labelled_pair

HERE = Cores(1)


@pytest.fixture(scope="module")
def given():
    return sources()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ["gold", "pilot", "harbour", "hard"])
def test_what_goes_in_comes_out_or_is_lost(format, name, exported):
    """In = out + lost for spans, relations, attribute values, origins, facts and characters, by label."""
    source = sources()[name]
    out, account = exported(name, format)
    assert_sums(account)
    known = articles(source).values()
    assert account.of("articles")[0] == len(known)
    assert account.of("spans")[0] == sum(len(one.spans) for one in known)
    assert account.of("relations")[0] == sum(len(one.relations) for one in known)
    assert account.of("attributes")[0] == sum(len(s.attributes) for one in known for s in one.spans)
    assert account.of("text")[0] == sum(len(one.text) for one in known)
    written = json.loads((out / "loss.json").read_text(encoding="utf-8"))
    assert written["spans"]["in"] == written["spans"]["out"] + written["spans"]["lost"]
    assert written["spans"]["lost"] == sum(written["spans"]["lost_are"].values())


def test_loss_is_what_reading_back_does_not_find(given, tmp_path, monkeypatch):
    """An exporter that forgets something cannot hide it: nobody asks it what it wrote."""

    def forgetful(some, place, ontology):
        write((replace(one, relations=one.relations[1:]) for one in some), place, ontology)

    write = brat.write
    monkeypatch.setattr(brat, "write", forgetful)
    account = export(given["hard"], "brat", tmp_path / "out", HERE)
    assert account.of("relations")[2] == sum(bool(one.relations) for one in HARD)


def test_what_was_never_there_is_a_defect(given, tmp_path, monkeypatch):
    """A label that an exporter moves or invents ends the export, and nothing is left of it."""

    def inventive(some, place, ontology):
        write((replace(one, spans=(*one.spans, *HARD[0].spans[:1])) for one in some), place, ontology)

    write = brat.write
    monkeypatch.setattr(brat, "write", inventive)
    with pytest.raises(AssertionError, match="was not given"):
        export(given["hard"], "brat", tmp_path / "out", HERE)
    assert not list(tmp_path.iterdir())


def test_the_command_knows_every_format():
    """Help lists the formats without importing them, so the two lists are held to be one."""
    assert get_args(ExportFormat) == tuple(FORMATS)


def test_reasons_tell_how_lost_labels_were():
    """A lost span ends inside a token, crosses a sentence or overlaps; a lost relation lost an end."""
    before = HARD[2]
    account = compared(before, replace(before, spans=before.spans[1:], relations=()))
    assert account.lost["spans", "SHIP", "with an end inside a token"] == 1
    assert account.lost["relations", "same", "of a label that is lost"] == 1
    assert account.lost["attributes", "entity", "of a label that is lost"] == 1


def test_a_text_is_found_again_in_its_tokens():
    """Characters are found in their order, whatever white space is between them."""
    assert list(aligned("a,  b\nc", "a , b c")) == [0, -1, 1, 2, 4, -1, 6]
    assert list(aligned("a\x07b", "a\ufffdb")) == [0, 1, 2]
    assert list(aligned("a\n-b", "a \ufffdb")) == [0, -1, 2, 3]
    assert list(aligned("abc", "ac")) == [0, 2]


def test_an_export_replaces_an_export_and_nothing_else(tmp_path):
    """A folder with other files is refused, before anything is written."""
    out = tmp_path / "out"
    export(hard(), "brat", out, HERE)
    export(Source("less", ONTOLOGY, [Given("train", HARD[:1])]), "brat", out, HERE)
    assert [path.name for path in out.rglob("*.txt")] == ["h0_emoji.txt"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="not an export"):
        export(hard(), "brat", tmp_path / "mine", HERE)
    assert (tmp_path / "mine" / "thesis.txt").is_file()


def test_a_release_is_exported_without_its_corpus(parley_corpus, tmp_path):
    """The release folder alone says what its labels are; splits are files of their own."""
    alone = shutil.copytree(parley_corpus.dataset, tmp_path / "alone")
    source = release_source(alone)
    assert sorted(part.name for part in source.parts) == ["test", "train", "validation"]
    account = export(source, "brat", tmp_path / "out", HERE)
    assert not account.of("spans")[2]
    one = release_source(alone, labelled_pair(Corpus(parley_corpus))[0])
    own = export(one, "brat", tmp_path / "own", HERE)
    assert own.of("spans")[0] == sum(len(a.spans) for a in articles(one).values()) > 0
    with pytest.raises(UsageError, match="no labels"):
        export(release_source(alone, "nobody"), "brat", tmp_path / "none", HERE)


def test_a_release_without_text_is_refused_by_name(parley_corpus, tmp_path):
    """Labels without their text cannot be exported: the remedy is to put it back, and nothing is written."""
    for path in (parley_corpus.dataset / "data" / "documents").iterdir():
        pq.write_table(pq.read_table(path).drop_columns("text"), path)
    with pytest.raises(UsageError, match="does not have the text") as refused:
        export(release_source(parley_corpus.dataset), "brat", tmp_path / "out", HERE)
    assert "parley rehydrate" in refused.value.remedy
    assert not (tmp_path / "out").exists()


def test_the_command_says_what_was_written_and_what_was_lost(parley_corpus, tmp_path, capsys, monkeypatch):
    """A line each; without a release or a corpus it says how to name one."""
    command("conll", out=tmp_path / "out", release=parley_corpus.dataset, processes=1)
    written, lost = capsys.readouterr().out.splitlines()
    assert written.startswith("exported: 5 articles, ")
    assert lost.startswith("lost: ")
    assert " relations" in lost
    assert lost.endswith("loss.json counts it")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="name a release with --release"):
        command("conll", out=tmp_path / "none")


@pytest.mark.long
def test_several_processes_write_what_one_writes(tmp_path):
    """The files and the account do not depend on who wrote them."""
    parts = [Given(f"train-{n}", HARD) for n in range(4)]
    source = Source("many", ONTOLOGY, parts)
    for number in (1, 2):
        export(source, "brat", tmp_path / str(number), Cores(number))
    first, second = (
        {path.relative_to(tmp_path / n).as_posix(): path.read_bytes() for path in (tmp_path / n).rglob("*.*")}
        for n in ("1", "2")
    )
    assert first == second
    assert len(first) == 4 * 2 * len(HARD) + 3
