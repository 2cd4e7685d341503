"""Import: what export or another tool wrote comes back as label files, and what does not is counted."""

import json
import os
import re
import shutil
from dataclasses import replace

import pytest
from exchanged import sources, spans_of
from imported import ADA, assert_sums, brat_files, document, labels, layers

from command_for_tests import call
from made_up_schemes import HARD as ONTOLOGY
from parley.corpus.corpus import Corpus
from parley.exchange import brat
from parley.exchange.articles import Article
from parley.exchange.export import FORMATS
from parley.exchange.transfer import CUT, places
from parley.faults import DataFaults, UsageError
from parley.model.documents import Segment
from parley.model.labels import decode_layer, layer_path, make_relation, make_span
from parley.steps.import_labels import NO_ARTICLE, import_labels
from raw_ranges import raw_ranges


@pytest.mark.parametrize("format", ["brat", "cas", "spacy"])
def test_what_export_wrote_of_the_second_corpus_is_read_back_equal(format, harbour, exported):
    """Label files are those that were exported, but for what the export says that it lost."""
    out, account = exported("harbour", format)
    before = layers(harbour)
    shutil.rmtree(harbour.labels / ADA)
    done = import_labels(Corpus(harbour), format, [out], ADA)
    assert_sums(done)
    after = layers(harbour)
    assert after.keys() == before.keys()
    lost = [account.of(kind)[2] for kind in ("spans", "relations", "attributes")]
    for place, number in enumerate(lost):
        gone = [labels(before[name])[place] - labels(after[name])[place] for name in before]
        assert sum(map(len, gone)) == number
        assert all(labels(after[name])[place] <= labels(before[name])[place] for name in before)
    if not any(lost):
        assert all(labels(before[name]) == labels(after[name]) for name in before)
    again = import_labels(Corpus(harbour), format, [out], ADA)
    assert not again.pulled.written
    assert len(again.pulled.unchanged) == len(before)


@pytest.mark.parametrize("format", ["brat", pytest.param("cas", marks=pytest.mark.long), "spacy"])
def test_what_export_wrote_of_gold_is_read_back_equal(format, parley_corpus, exported):
    """Spans, relations and values are those of gold; who decided is counted as lost."""
    out, account = exported("gold", format)
    name = next(iter(Corpus(parley_corpus).annotators))
    done = import_labels(Corpus(parley_corpus), format, [out], name, replace=True)
    assert_sums(done)
    for kind in ("spans", "relations", "attributes"):
        assert done.account.of(kind)[1] == account.of(kind)[1]
    assert done.account.of("origins")[1] == 0
    if not any(account.of(kind)[2] for kind in ("spans", "relations", "attributes")):
        gold = {path.stem: decode_layer(path.read_bytes()) for path in parley_corpus.gold.glob("*.json")}
        found = layers(parley_corpus, name)
        assert all(labels(gold[doc_id]) == labels(found[doc_id]) for doc_id in gold)


@pytest.mark.parametrize("format", ["brat", "cas", "spacy", "conll"])
def test_labels_of_hard_texts_come_to_their_own_places(format, exported):
    """Tokens with blanks between, marks for control characters: each label that is read is where it was."""
    out, _ = exported("hard", format)
    module, number = FORMATS[format], 0
    for part in sources()["hard"].parts:
        read = list(module.read(out / f"{part.name}{module.SUFFIX}", ONTOLOGY))
        by_name = {one.doc_id: one for one in read}
        for row, one in enumerate(part.articles()):
            copy = by_name.get(one.doc_id) or read[row]
            wanted = {(s.start, s.end) for s in copy.spans}
            found = places(document(one), lambda: "", copy.text, wanted).found
            assert {(s.label, *found[s.start, s.end]) for s in copy.spans} <= spans_of(one)
            number += len(found)
    assert number > 5


def test_conll_comes_to_the_articles_by_their_text(harbour, exported):
    """Tokens are found in the articles again; the spans are those that the export kept."""
    out, account = exported("harbour", "conll")
    before = layers(harbour)
    done = import_labels(Corpus(harbour), "conll", [out], ADA, replace=True)
    assert_sums(done)
    assert done.account.of("articles") == (5, 5, 0)
    assert done.account.of("spans")[1] == account.of("spans")[1]
    assert all(labels(layer)[0] <= labels(before[name])[0] for name, layer in layers(harbour).items())


def test_labels_on_the_raw_text_are_carried_to_the_clean_one(harbour, tmp_path):
    """The seed's own bytes in brat: what cleaning cuts is lost and says so, the rest has its words."""
    corpus = Corpus(harbour)
    one = corpus.documents["h2_spill"]
    raw = (harbour.seeds / one.file).read_bytes().decode()
    layer = layers(harbour)["h2_spill"]
    lines, ranges = [], raw_ranges(one, raw)
    for number, span in enumerate(layer.spans, 1):
        start, end = ranges[span.start][0], ranges[span.end - 1][1]
        lines.append(f"T{number}\t{span.label} {start} {end}\tx")
    cut = one.cuts[0]
    lines.append(f"T99\tSHIP {cut.raw_start} {cut.raw_start + len(cut.text.rstrip())}\tx")
    records = [json.dumps({
        "doc_id": "h2_spill", "offsets": "raw",
        "spans": [{"start": int(a), "end": int(b), "label": label}
                  for label, a, b in (line.split("\t")[1].split() for line in lines)],
    })]  # fmt: skip
    (tmp_path / "raw.jsonl").write_text("\n".join(records), encoding="utf-8")
    folder = brat_files(tmp_path / "raw", raw, "\n".join(lines))
    for format, given in (("brat", folder), ("jsonl", tmp_path / "raw.jsonl")):
        done = import_labels(corpus, format, [given], ADA, replace=True)
        assert labels(layers(harbour)["h2_spill"])[0] == labels(layer)[0]
        assert done.account.lost["spans", "SHIP", CUT] == 1
        assert sum(done.moved.values()) == done.account.of("spans")[1]
        assert_sums(done)


def test_a_drifted_text_is_searched_and_nothing_is_guessed(harbour, tmp_path):
    """A sentence before, another rewritten: what is still there is found, what is not certain is lost."""
    one = Corpus(harbour).documents["h2_spill"]
    layer = layers(harbour)["h2_spill"]
    added = "This was added. "
    copied = f"{added}{one.text} Added too."
    moved = [make_span(copied, s.label, s.start + len(added), s.end + len(added)) for s in layer.spans]
    copy = Article("h2_spill", copied, (*moved, make_span(added, "SHIP", 0, 4)))
    brat.write([copy], tmp_path / "drift", ONTOLOGY)
    done = import_labels(Corpus(harbour), "brat", [tmp_path / "drift"], ADA, replace=True)
    assert_sums(done)
    found = layers(harbour)["h2_spill"]
    assert labels(found)[0] == labels(layer)[0]
    assert sum(done.moved.values()) == len(layer.spans)
    assert done.account.of("spans", "SHIP")[2] == 1
    report = done.report.read_text(encoding="utf-8")
    assert report.count(",moved,") == len(layer.spans)
    assert report.count("lost: ") == 1


def test_names_of_another_scheme_are_faults_until_they_are_mapped(harbour, tmp_path):
    """All at once, with the legal ones; then renamed or left out; a wrong call writes nothing."""
    corpus = Corpus(harbour)
    text = corpus.documents["h2_spill"].text
    folder = brat_files(tmp_path / "b", text, "T1\tVessel 0 3\tx\nT2\tFIRM 4 9\tx\nA1\tlevel T1 name\n"
                        "A2\tnaming T2 NOPE\nR1\towns Arg1:T2 Arg2:T1\n")  # fmt: skip
    before = {path: path.read_bytes() for path in harbour.labels.rglob("*.json")}
    with pytest.raises(DataFaults) as found:
        import_labels(corpus, "brat", [folder], ADA, replace=True)
    said = {fault.place: fault.message for fault in found.value.faults}
    assert list(said) == [
        "relation 'owns'", "span label 'Vessel'", "value 'NOPE' of naming of FIRM"
    ]  # fmt: skip
    assert "AMOUNT" in said["span label 'Vessel'"]
    assert {path: path.read_bytes() for path in harbour.labels.rglob("*.json")} == before
    names = ["Vessel=SHIP", "owns=", "level=", "naming:NOPE="]
    done = import_labels(corpus, "brat", [folder], ADA, names=[*names, "Other=SHIP"], replace=True)
    assert_sums(done)
    assert done.account.of("spans") == (2, 2, 0)
    assert done.account.of("relations") == (1, 0, 1)
    assert done.account.of("attributes") == (2, 0, 2)
    assert done.unmet == ["Other"]
    with pytest.raises(UsageError):
        import_labels(corpus, "brat", [folder], ADA, names=["Vessel"])


def test_label_files_are_written_over_on_demand_alone_and_it_is_said(harbour, tmp_path, capsys):
    """Without --replace exit 2, each named with what is there; with it the same is said."""
    text = Corpus(harbour).documents["h2_spill"].text
    folder = brat_files(tmp_path / "b", text, "T1\tSHIP 0 3\tx\n")
    path = layer_path(harbour, ADA, "h2_spill")
    before = path.read_bytes()
    order = ["import", "brat", folder, "--annotator", ADA, "--root", harbour.root]
    assert call(*order) == 2
    assert path.read_bytes() == before
    assert "ada/h2_spill" in capsys.readouterr().err
    assert call(*order, "--replace") in (0, 1)
    assert "replaced ada/h2_spill: 1" in capsys.readouterr().out
    assert len(layers(harbour)["h2_spill"].spans) == 1


def test_an_article_that_is_not_there_is_told_and_counted(harbour, tmp_path):
    """Its labels are lost, the others are written; two files of one article are refused."""
    text = Corpus(harbour).documents["h2_spill"].text
    folder = brat_files(tmp_path / "b", text, "T1\tSHIP 0 3\tx\n")
    (folder / "other.txt").write_text("Another text.", encoding="utf-8")
    (folder / "other.ann").write_text("T1\tSHIP 0 7\tAnother\n", encoding="utf-8")
    given = sorted(folder.iterdir())  # both files of each article are named
    done = import_labels(Corpus(harbour), "brat", given, "bo", replace=True)
    assert [fault.code for fault in done.pulled.faults] == ["document-unknown"]
    assert done.account.lost["spans", "SHIP", NO_ARTICLE] == 1
    assert done.account.of("spans") == (2, 1, 1)
    brat_files(tmp_path / "again", text, "T1\tSHIP 0 3\tx\n")
    with pytest.raises(DataFaults) as found:
        import_labels(Corpus(harbour), "brat", [folder, tmp_path / "again"], "bo", replace=True)
    assert [fault.code for fault in found.value.faults] == ["import-twice"]


BROKEN = {
    "spacy": b"\x00nothing", "conll": b"\xff\xfe", "cas": b"<xmi", "brat": b"T1\t\xff", "jsonl": b"\xff",
}  # fmt: skip


@pytest.mark.parametrize("format", BROKEN)
def test_a_broken_file_is_a_fault_and_a_link_is_not_followed(format, harbour, tmp_path):
    suffix = {"spacy": ".spacy", "conll": ".conll", "cas": ".xmi", "brat": ".ann", "jsonl": ".jsonl"}[format]
    file = tmp_path / f"h2_spill{suffix}"
    file.write_bytes(BROKEN[format])
    (tmp_path / "h2_spill.txt").write_text("x", encoding="utf-8")
    (tmp_path / "TypeSystem.xml").write_text("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", encoding="utf-8")
    (tmp_path / f"link{suffix}").symlink_to(file)
    os.mkfifo(tmp_path / f"pipe{suffix}")
    with pytest.raises(DataFaults) as found:
        import_labels(Corpus(harbour), format, [tmp_path], ADA)
    assert [fault.code for fault in found.value.faults] == ["import-malformed"] * 3


def test_a_file_without_names_that_has_one_article_may_be_known_by_its_own(harbour, tmp_path):
    """Tokens of a text that has changed since: the file's name says which article it is."""
    for name in ("h2_spill", "nobody"):
        (tmp_path / f"{name}.conll").write_text("Added O\nMary B-SHIP\nAnne I-SHIP\n", encoding="utf-8")
    done = import_labels(Corpus(harbour), "conll", [tmp_path], ADA, replace=True)
    faults = [(fault.code, fault.place.rpartition("> ")[2]) for fault in done.pulled.faults]
    assert faults == [("import-lost", "h2_spill"), ("document-unknown", "nobody")]


def test_a_symmetric_relation_has_its_order_and_one_that_is_there_twice_is_lost(harbour, tmp_path):
    text = Corpus(harbour).documents["h2_spill"].text
    standoff = "T1\tSHIP 0 3\tx\nT2\tSHIP 4 9\tx\nR1\tsame Arg1:T1 Arg2:T2\nR2\tsame Arg1:T2 Arg2:T1\n"
    done = import_labels(
        Corpus(harbour), "brat", [brat_files(tmp_path / "b", text, standoff)], ADA, replace=True
    )
    (relation,) = layers(harbour)["h2_spill"].relations
    first, second = (make_span(text, "SHIP", *place) for place in ((0, 3), (4, 9)))
    assert relation == make_relation("same", first, second, symmetric=True)
    assert done.account.of("relations") == (2, 1, 1)


def test_a_wrapped_line_of_a_raw_text_is_one_blank(tmp_path):
    """A label over a hard wrap has the words of the clean text."""
    raw = "Head\nMary\n  Ann left."
    text = "Mary Ann left."
    one = replace(document(Article("a", text)), segments=(
        Segment(5, 9, 0), Segment(9, 12, 4), Segment(12, 21, 5),
    ))  # fmt: skip
    found = places(one, lambda: raw, raw, [(5, 15), (0, 4), (4, 9)])
    assert found.found == {(5, 15): (0, 8), (4, 9): (0, 4)}
    assert found.lost == CUT


def of_people(text, *people, **more):
    """Return lines of Prodigy, one of each person, who has the first characters as a ship."""
    one = {"text": text, "answer": "accept", "spans": [{"start": 0, "end": 5, "label": "SHIP"}]}
    return "\n".join(json.dumps(one | {"_annotator_id": name} | more) for name in people)


def test_several_peoples_lines_come_under_names_of_their_own_or_not_at_all(harbour, tmp_path):
    """Prodigy's sessions with a name, and `annotator` of scripts; a session that nobody named is nobody's."""
    text = Corpus(harbour).documents["h0_collision"].text
    other = Corpus(harbour).documents["h2_spill"].text
    file = tmp_path / "a.jsonl"

    def imported(lines, whose, replace=True):
        file.write_text(lines, encoding="utf-8")
        return import_labels(Corpus(harbour), "jsonl", [file], whose, replace=replace)

    for lines in (
        of_people(text, "news-ada", "news-bo"),
        of_people(text, "x", annotator="a") + "\n" + of_people(other, "y", annotator=7),
        of_people(text, "x") + "\n" + of_people(other, "y"),
    ):
        before = layers(harbour)
        with pytest.raises(UsageError, match="done by 2 people"):
            imported(lines, ADA)
        assert layers(harbour) == before
    both = of_people(text, "news-ada", "News-Bo")
    done = imported(both, {"news-ada": ADA, "news-bo": "bo"})
    assert [len(layers(harbour, name)["h0_collision"].spans) for name in (ADA, "bo")] == [1, 1]
    assert done.account.of("spans") == (2, 2, 0)
    with pytest.raises(UsageError, match="labels of News-Bo, whom no --annotator names"):
        imported(both, {"news-ada": ADA})
    sessions = of_people(text, "news-2031-01-01_10-00-00") + "\n" + of_people(other, "2031-01-02_10-00-00")
    assert imported(sessions, ADA).account.of("articles") == (2, 2, 0)
    with pytest.raises(DataFaults) as raised:
        imported(of_people(text, "a") + "\n" + of_people(text, "a"), ADA)
    assert "two sets of labels" in raised.value.faults[0].message


LAYOUTS = {
    "lines": lambda some: "".join(json.dumps(one) + "\n" for one in some),
    "lines of Windows": lambda some: "\ufeff" + "".join(json.dumps(one) + "\r\n\r\n" for one in some),
    "an array": json.dumps,
    "an array over lines": lambda some: json.dumps(some, indent=1) + "\n",
    "an array, an object a line": lambda some: "[" + ",\n".join(map(json.dumps, some)) + "]",
    "objects over lines": lambda some: "\n".join(json.dumps(one, indent=2) for one in some),
    "objects on one line": lambda some: " ".join(map(json.dumps, some)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_value_of_json_ends_where_it_ends(layout, harbour, tmp_path):
    some = [
        {"doc_id": name, "spans": [{"start": 0.0, "end": 5, "label": "SHIP"}]}
        for name in ("h0_collision", "h2_spill")
    ]
    (tmp_path / "a.jsonl").write_text(LAYOUTS[layout](some), encoding="utf-8", newline="")
    done = import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA, replace=True)
    assert done.account.of("spans") == (2, 2, 0)


UNREADABLE = {
    '[{"doc_id": "h2_spill"},\n{"doc_id": "h0_collision"}': "cut off",
    '{"doc_id": "h2_spill", "spans": [], "spans": []}': "'spans' twice",
    '{\n"doc_id": "h2_spill",\n"spans": [}': "no JSON",
    '{"doc_id": "h2_spill", "annotations": [{"start_offset": 0, "end_offset": 2}]}': "annotations",
    '{"doc_id": "h2_spill", "attributes": {"genre": "news"}}': "into `document`",
    '{"doc_id": "h2_spill", "document": "news"}': "document is an object",
    '{"doc_id": "h2_spill", "annotator": ["a"]}': "annotator is",
}  # fmt: skip


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_would_lose_labels_in_silence_is_refused(text, harbour, tmp_path):
    """A file that is cut off, a key twice, labels in a field that is not read."""
    (tmp_path / "a.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(DataFaults) as raised:
        import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA)
    assert [UNREADABLE[text] in fault.message for fault in raised.value.faults] == [True]


@pytest.mark.parametrize("format", ["jsonl", "conll"])
def test_a_file_without_an_article_is_said_to_have_none(format, harbour, tmp_path):
    (tmp_path / f"a.{format}").write_text("\n", encoding="utf-8")
    with pytest.raises(UsageError, match="no article"):
        import_labels(Corpus(harbour), format, [tmp_path], ADA)


def test_tagged_lines_of_several_articles_without_borders_come_with_a_hint(harbour, tmp_path):
    lines = "Added O\nMary B-SHIP\n\nOn O\nMonday O\n"
    (tmp_path / "all.conll").write_text(lines, encoding="utf-8")
    done = import_labels(Corpus(harbour), "conll", [tmp_path], ADA, replace=True)
    (fault,) = done.pulled.faults
    assert fault.code == "document-unknown"
    assert "-DOCSTART-" in fault.message


def test_a_list_of_one_value_is_that_value(harbour, tmp_path):
    """Scripts write lists for all attributes alike; one that has several rows has a list for one too."""
    from parley.values.several import several

    one = {"start": 0, "end": 9, "label": "SHIP", "attributes": {"naming": ["name"]}}
    (tmp_path / "a.jsonl").write_text(json.dumps({"doc_id": "h2_spill", "spans": [one]}), encoding="utf-8")
    import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA, replace=True)
    (span,) = layers(harbour)["h2_spill"].spans
    assert span.attributes == {"naming": "name"}
    text = harbour.ontology.read_text(encoding="utf-8")
    entity = next(a.name for a in Corpus(harbour).ontology.attributes if a.kind == "entity")
    harbour.ontology.write_text(
        re.sub(rf'(name = "{entity}"\n)', r"\1several = true\n", text), encoding="utf-8"
    )
    one["attributes"] = {entity: "ship_a"}
    (tmp_path / "a.jsonl").write_text(json.dumps({"doc_id": "h2_spill", "spans": [one]}), encoding="utf-8")
    import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA, replace=True)
    (span,) = layers(harbour)["h2_spill"].spans
    assert span.attributes == {entity: several(["ship_a"])}
