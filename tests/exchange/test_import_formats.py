"""Files that other tools and scripts wrote: what each reader takes, and what it names or counts as lost."""

import json
import zlib
from dataclasses import replace

import pytest
from exchanged import CHECKOUT
from imported import ADA, assert_sums, brat_files, layers, lost, unread

from command_for_tests import call
from made_up_schemes import HARD as ONTOLOGY
from parley.corpus.corpus import Corpus
from parley.exchange import brat
from parley.exchange.export import FORMATS
from parley.exchange.names import DIFFERS, NO_END, NO_SPAN, NOT_THERE, OUTSIDE, TWICE
from parley.faults import DataFaults, UsageError
from parley.model.labels import layer_path
from parley.runtime.files import decode_json
from parley.steps.import_labels import import_labels


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
