"""Import: what export or another tool wrote comes back as label files, and what does not is counted."""

import csv
import json
import os
import re
import shutil
import zlib
from dataclasses import replace

import pytest
from exchanged import CHECKOUT, attributes_of, relations_of, sources, spans_of

from command_for_tests import call
from made_up_schemes import HARD as ONTOLOGY
from parley.corpus.corpus import Corpus
from parley.exchange import brat
from parley.exchange.articles import Article
from parley.exchange.export import FORMATS
from parley.exchange.names import DIFFERS, NO_END, NO_SPAN, NOT_THERE, OUTSIDE, TWICE
from parley.exchange.transfer import CUT, places
from parley.faults import DataFaults, UsageError
from parley.model.documents import Document, Segment
from parley.model.labels import decode_layer, layer_path, make_relation, make_span
from parley.runtime.files import decode_json
from parley.steps.import_labels import NO_ARTICLE, import_labels
from raw_ranges import raw_ranges

ADA = "ada"


def layers(paths, annotator=ADA):
    return {path.stem: decode_layer(path.read_bytes()) for path in (paths.labels / annotator).glob("*.json")}


def labels(layer):
    """Return what a layer says, without how it was decided."""
    one = Article("", "", layer.spans, layer.relations)
    return spans_of(one), relations_of(one), attributes_of(one)


def unread(done):
    with done.report.open(encoding="utf-8", newline="") as file:
        return [row["surface"] for row in csv.DictReader(file) if row["status"] == "unread"]


def lost(done):
    """Return the rows of the report that are of something lost: its label, why, and what tells it."""
    with done.report.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"].startswith("lost: ")]
    return [(row["label"], row["status"].removeprefix("lost: "), row["surface"]) for row in rows]


def assert_sums(done):
    for kind, label in done.account.given:
        given, found, lost = done.account.of(kind, label)
        assert given == found + lost, (kind, label)
        assert found >= 0


def document(one):
    return Document(
        one.doc_id, one.text, "", "", "", "", one.metadata.get("language", ""), "", "", "", (), ()
    )  # fmt: skip


def brat_files(folder, text, standoff, name="h2_spill"):
    """Write a text and its standoff file, in which x as the words of a span is what is there."""
    folder.mkdir()
    standoff = re.sub(
        r"^(T\d+\t\S+ (\d+) (\d+))\tx$",
        lambda m: f"{m[1]}\t{' '.join(text[int(m[2]) : int(m[3])].split())}",
        standoff,
        flags=re.MULTILINE,
    )
    (folder / f"{name}.txt").write_bytes(text.encode())
    (folder / f"{name}.ann").write_text(standoff, encoding="utf-8")
    return folder


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


def test_what_spacy_itself_wrote_is_read(harbour, tmp_path):
    """A DocBin of somebody's pipeline, with ents alone and no names: known by its text."""
    import spacy
    from spacy.tokens import DocBin, Span

    one = Corpus(harbour).documents["h2_spill"]
    doc = spacy.blank("en")(one.text)
    doc.ents = [Span(doc, 1, 3, "SHIP")]
    doc.spans["other"] = [Span(doc, 0, 1, "X")]
    DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
    done = import_labels(Corpus(harbour), "spacy", [tmp_path], ADA, replace=True)
    (span,) = layers(harbour)["h2_spill"].spans
    assert (span.label, span.text) == ("SHIP", doc.ents[0].text)
    assert lost(done) == [("X", "in the span group 'other'", f"0:{len(doc[0])} {doc[0].text!r}")]


def test_of_a_docbin_what_is_not_in_the_group_is_lost_and_counted(harbour, tmp_path):
    """An entity that the group lacks, the row of one in a knowledge base, a class of the whole text."""
    import spacy
    from spacy.tokens import DocBin, Span

    doc = spacy.blank("en")(Corpus(harbour).documents["h2_spill"].text)
    doc.ents = [Span(doc, 1, 3, "SHIP"), Span(doc, 5, 6, "PORT")]
    doc.spans["sc"] = [Span(doc, 1, 3, "SHIP", kb_id="Q1")]
    doc.cats = {"spam": 1.0}
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "a.spacy")
    with pytest.raises(DataFaults) as found:
        import_labels(Corpus(harbour), "spacy", [tmp_path], ADA, replace=True)
    assert [fault.place for fault in found.value.faults] == ["attribute 'kb_id' of SHIP"]
    done = import_labels(Corpus(harbour), "spacy", [tmp_path], ADA, names=["kb_id="], replace=True)
    assert_sums(done)
    assert done.account.of("spans") == (2, 1, 1)
    assert [row[:2] for row in lost(done)] == [
        ("kb_id", "left out, as was said"), ("PORT", "an entity that the span group does not have"),
    ]  # fmt: skip
    assert unread(done) == ["category 'spam': 1.0"]
    doc.spans["sc"] = []
    DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
    done = import_labels(Corpus(harbour), "spacy", [tmp_path], ADA, replace=True)
    assert done.account.of("spans") == (2, 2, 0)  # an empty group says nothing


def test_what_cassis_itself_wrote_is_read(harbour, tmp_path):
    """INCEpTION's named entities, with its document's name: values are labels."""
    import cassis

    one = Corpus(harbour).documents["h2_spill"]
    types = cassis.TypeSystem()
    name = "de.tudarmstadt.ukp.dkpro.core.api.ner.type.NamedEntity"
    types.create_feature(types.create_type(name), "value", "uima.cas.String")
    made = cassis.Cas(types)
    made.sofa_string, made.sofa_mime = "🚢 " + one.text, "text/plain"
    made.add(types.get_type(name)(begin=2, end=5, value="VESSEL"))
    folder = tmp_path / "annotation" / "h2_spill.txt"
    folder.mkdir(parents=True)
    made.to_xmi(folder / "h2_spill.xmi")
    types.to_xml(folder / "TypeSystem.xml")
    done = import_labels(Corpus(harbour), "cas", [tmp_path], ADA, names=["VESSEL=SHIP"], replace=True)
    assert_sums(done)
    assert done.account.of("articles") == (1, 1, 0)


LINES = {
    "no JSON": "{", "a list": "[]", "nothing": "{}", "a name of no text": '{"doc_id": 3}',
    "offsets": '{"doc_id": "h2_spill", "offsets": "bytes"}',
    "a span": '{"doc_id": "h2_spill", "spans": [3]}',
    "a place": '{"doc_id": "h2_spill", "spans": [{"start": "0", "end": 3, "label": "SHIP"}]}',
    "a huge place": '{"doc_id": "h2_spill", "spans": [{"start": 0, "end": 1e400, "label": "SHIP"}]}',
    "a value": '{"doc_id": "a", "spans": [{"start": 0, "end": 1, "label": "X", "attributes": {"a": {}}}]}',
    "an end": '{"doc_id": "h2_spill", "relations": [{"label": "at", "head": 0, "tail": []}]}',
    "depth": "[" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_line_that_is_no_article_is_a_fault_with_its_place(line, harbour, tmp_path):
    (tmp_path / "a.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DataFaults) as found:
        import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA)
    (fault,) = found.value.faults
    assert fault.code == "import-malformed"
    assert "1" in fault.message


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


def test_a_docbin_that_unpacks_beyond_the_limit_is_refused(harbour, tmp_path):
    (tmp_path / "bomb.spacy").write_bytes(zlib.compress(bytes(5_000_000)))
    paths = replace(harbour, limits=replace(harbour.limits, file=1_000_000))
    with pytest.raises(UsageError, match="limit of 1,000,000"):
        import_labels(Corpus(paths), "spacy", [tmp_path], ADA)


def test_json_lines_of_scripts_prodigy_and_doccano(harbour, tmp_path):
    """Attributes, several ids, ends by id, by number and by place; quotes that count in UTF-16; answers."""
    text = Corpus(harbour).documents["h0_collision"].text
    emoji = text.index("🚢")
    after = emoji + 3
    one = {"start": 0, "end": 5, "label": "SHIP"}
    quoted = {"start": after + 1, "end": after + 5, "label": "SHIP", "text": text[after : after + 4]}
    cases = {
        "script": {"doc_id": "h0_collision", "spans": [{**one, "id": "a"}, {**one, "label": "PORT"}],
                   "relations": [{"label": "at", "head": "a", "tail": 1}]},
        "utf16": {"doc_id": "h0_collision", "text": text, "spans": [one, quoted]},
        "prodigy": {"text": text, "answer": "accept", "spans": [one, {**one, "label": "PORT", "end": 6}],
                    "relations": [{"head": 0, "child": 1, "head_span": one, "label": "at",
                                   "child_span": {"start": 0, "end": 6}}]},
        "doccano": {"text": text, "id": 7, "entities": [
            {"id": 31, "start_offset": 0, "end_offset": 5, "label": "SHIP"},
            {"id": 32, "start_offset": 6, "end_offset": 9, "label": "PORT"}],
            "relations": [{"id": 1, "from_id": 31, "to_id": 32, "type": "at"}]},
        "pairs": {"text": text, "label": [[0, 5, "SHIP"], [0, 5, "SHIP"]]},
        "rejected": {"text": text, "answer": "reject", "spans": [one]},
    }  # fmt: skip
    numbers = {}
    for name, case in cases.items():
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(case), encoding="utf-8")
        done = import_labels(Corpus(harbour), "jsonl", [tmp_path / f"{name}.jsonl"], ADA, replace=True)
        assert_sums(done)
        numbers[name] = done.account.of("spans")[1], done.account.of("relations")[1]
        if name == "utf16":
            assert {s.text for s in layers(harbour)["h0_collision"].spans} == {text[:5], quoted["text"]}
        if name == "pairs":
            assert [row[:2] for row in lost(done)] == [("SHIP", TWICE)]
        assert done.beside == ({"answers that were not accepted": 1} if name == "rejected" else {})
    assert numbers == {
        "script": (2, 1), "utf16": (2, 0), "prodigy": (2, 1), "doccano": (2, 1), "pairs": (1, 0),
        "rejected": (0, 0),
    }  # fmt: skip


def test_what_a_line_says_besides_labels_is_told(harbour, tmp_path):
    """Comments, classes of the whole article and of a span: a row each, whatever the tool calls them."""
    text = Corpus(harbour).documents["h0_collision"].text
    one = {"start": 0, "end": 5, "label": "SHIP"}
    cases = {
        "Comments": {"text": text, "label": [[0, 5, "SHIP"]], "Comments": ["look again"], "title": "x"},
        "cats": {"text": text, "spans": [one | {"sure": "no"}], "cats": {"a": 1}},
        "classes": {"text": text, "label": ["spam", "ham"]},
        "class": {"text": text, "label": "spam", "_session_id": "s"},
    }  # fmt: skip
    told = {}
    for name, case in cases.items():
        (tmp_path / "a.jsonl").write_text(json.dumps(case), encoding="utf-8")
        told[name] = unread(
            import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA, replace=True)
        )
    assert told == {
        "Comments": ['Comments: ["look again"]'],
        "cats": ['cats: {"a": 1}', "span 0 > sure: no"],
        "classes": ["spam: of the whole article", "ham: of the whole article"],
        "class": ["spam: of the whole article"],
    }


def test_a_file_without_names_that_has_one_article_may_be_known_by_its_own(harbour, tmp_path):
    """Tokens of a text that has changed since: the file's name says which article it is."""
    for name in ("h2_spill", "nobody"):
        (tmp_path / f"{name}.conll").write_text("Added O\nMary B-SHIP\nAnne I-SHIP\n", encoding="utf-8")
    done = import_labels(Corpus(harbour), "conll", [tmp_path], ADA, replace=True)
    faults = [(fault.code, fault.place.rpartition("> ")[2]) for fault in done.pulled.faults]
    assert faults == [("import-lost", "h2_spill"), ("document-unknown", "nobody")]


def test_the_help_has_a_line_of_json_that_is_read(harbour, tmp_path, capsys):
    """What `parley import --help`, README and the module show is what is read."""
    from parley.exchange import jsonl

    assert call("import", "--help") == 0
    shown = capsys.readouterr().out.partition('{"doc_id"')[2].partition("\n\n")[0]
    own = jsonl.__doc__.partition('{"doc_id"')[2].partition("\n\n")[0]
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    for line in (shown, own, readme.partition('{"doc_id"')[2].partition("\n\n")[0]):
        said = decode_json(('{"doc_id"' + line).encode())
        (tmp_path / "a.jsonl").write_text(json.dumps(said), encoding="utf-8")
        (one,) = jsonl.read(tmp_path / "a.jsonl", ONTOLOGY)
        assert (len(one.spans), len(one.relations)) == (2, 1)


def test_what_brat_has_and_no_place_fits_is_lost_by_its_label(harbour, tmp_path):
    """Words that are elsewhere, offsets beyond the text, an arrow without an end: counted, and a row each."""
    text = Corpus(harbour).documents["h2_spill"].text
    standoff = (
        "T1\tSHIP 0 3\tx\nT2\tSHIP 1 4\tZebra\nT3\tSHIP 9 99999\tbeyond\nT4\tSHIP 0 3\tx\n"
        "R1\tsame Arg1:T1 Arg2:T2\nA1\tnaming T2 name\nA2\tnaming T1 name\nA3\tnaming T1 x\n#1\tNote T1\thm"
    )
    for ends in ("\n", "\r\n"):
        folder = brat_files(tmp_path / f"b{len(ends)}", text, standoff)
        ann = folder / "h2_spill.ann"
        ann.write_bytes(ann.read_bytes().replace(b"\n", ends.encode()))
        done = import_labels(Corpus(harbour), "brat", [folder], ADA, replace=True)
        assert_sums(done)
        assert [row[:2] for row in lost(done)] == [
            ("SHIP", NOT_THERE), ("SHIP", NOT_THERE), ("SHIP", TWICE), ("naming", NO_SPAN),
            ("naming", DIFFERS), ("same", NO_END),
        ]  # fmt: skip
        assert done.account.of("spans", "SHIP") == (4, 1, 3)
        (span,) = layers(harbour)["h2_spill"].spans
        assert span.attributes == {"naming": "name"}
        assert unread(done) == ["#1\tNote T1\thm"]


def test_brat_files_of_windows_and_of_java_are_where_their_words_are(harbour, tmp_path):
    """The text has CRLF and the offsets do not count them, or they count UTF-16 code units."""
    text = Corpus(harbour).documents["h2_spill"].text
    own = text.replace(" ", "\n", 3).replace("\n", "\r\n")
    last = text.rindex(" ") + 1
    words = text[last:].rstrip(".")
    standoff = f"T1\tSHIP {last} {last + len(words)}\t{words}\n"
    done = import_labels(
        Corpus(harbour), "brat", [brat_files(tmp_path / "w", own, standoff)], ADA, replace=True
    )
    assert_sums(done)
    (span,) = layers(harbour)["h2_spill"].spans
    assert (span.start, span.text) == (last, words)
    wide = brat.read_article("a", "\U0001f6a2 Mary", "T1\tSHIP 3 7\tMary\n", ONTOLOGY)
    assert [(one.start, one.text) for one in wide.spans] == [(2, "Mary")]


def test_a_line_s_labels_that_are_not_in_its_text_are_lost_by_label(harbour, tmp_path):
    text = Corpus(harbour).documents["h0_collision"].text
    spans = [{"start": 0, "end": 5, "label": "SHIP", "text": "nope?", "attributes": {"level": "x"}},
             {"start": 9, "end": 99_999, "label": "PORT"},
             {"start": 0, "end": 4, "label": "SHIP"}]  # fmt: skip
    drawn = [{"head": 0, "tail": 1, "label": "same"}]
    line = {"text": text, "spans": spans[:2], "relations": drawn}
    (tmp_path / "a.jsonl").write_text(json.dumps(line), encoding="utf-8")
    path = layer_path(harbour, ADA, "h0_collision")
    before = path.read_bytes()
    done = import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA, replace=True)
    assert_sums(done)
    assert [row[:2] for row in lost(done)] == [
        ("SHIP", NOT_THERE), ("level", NO_SPAN), ("PORT", OUTSIDE), ("same", NO_END)
    ]  # fmt: skip
    assert path.read_bytes() == before, "an article of which nothing is kept has no label file"
    assert [fault.code for fault in done.pulled.faults] == ["import-lost"]
    line |= {"spans": spans, "relations": []}
    (tmp_path / "a.jsonl").write_text(json.dumps(line), encoding="utf-8")
    done = import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA, replace=True)
    assert [one.label for one in layers(harbour)["h0_collision"].spans] == ["SHIP"]
    assert not done.pulled.faults


def test_a_column_without_a_tag_is_named_by_its_line(harbour, tmp_path):
    """A label without its B- or I- is no O; a mark of UTF-8 before the first line is not a word."""
    file = tmp_path / "h2_spill.conll"
    for wrong in ("Mary SHIP", "Mary", "Mary X-SHIP"):
        file.write_text(f"The O\n{wrong}\n", encoding="utf-8")
        with pytest.raises(DataFaults) as found:
            import_labels(Corpus(harbour), "conll", [file], ADA, replace=True)
        assert [fault.code for fault in found.value.faults] == ["import-malformed"]
        assert "line 2: " in str(found.value)
    file.write_text("-DOCSTART- -X- -X- O\n\nMary B-SHIP\n", encoding="utf-8-sig")
    (one,) = FORMATS["conll"].read(file, ONTOLOGY)
    assert [span.text for span in one.spans] == ["Mary"]


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
