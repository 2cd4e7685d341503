"""Files that nobody made for Parley: another format is refused with what to do, nothing is lost unnamed."""

import gzip
import json
import re
import zipfile

import pytest
from imported import ADA, assert_sums, brat_files, layers, lost, unread

from made_up_schemes import HARD
from parley.corpus.corpus import Corpus
from parley.exchange.export import FORMATS
from parley.exchange.names import NO_LABEL, NO_SPAN, OF_RELATION, TWICE
from parley.faults import DataFaults, UsageError
from parley.steps.import_labels import import_labels

W3C = {"@context": "http://www.w3.org/ns/anno.jsonld", "type": "Annotation", "body": {}, "target": {}}
OTHERS = {  # of jsonl: what it is called, what to do
    "DocRED": ([{"title": "a", "sents": [["a"]], "vertexSet": [], "labels": []}], "DocRED", "token"),
    "DyGIE++": ({"doc_key": "a", "sentences": [["a"]], "ner": [[]]}, "DyGIE", "token"),
    "GLiNER": ([{"tokenized_text": ["a"], "ner": [[0, 0, "SHIP"]]}], "GLiNER", "token"),
    "W3C": (W3C, "W3C", "jsonl"),
    "W3C, a page": ({"@context": W3C["@context"], "type": "AnnotationPage", "items": [W3C]}, "W3C", "jsonl"),
    "W3C, without a context": ({"body": "SHIP", "target": {"source": "a"}}, "W3C", "jsonl"),
    "Label Studio": ([{"id": 1, "data": {"text": "a"}, "annotations": []}], "Label Studio", "label-studio"),
    "columns": ({"tokens": ["a"], "ner_tags": [0]}, "tokens with tags", "import conll"),
    "spaCy 2": ([{"id": 0, "paragraphs": []}], "spaCy 2", "spacy convert"),
    "CAS JSON": ({"%TYPES": {}, "%FEATURE_STRUCTURES": []}, "CAS as JSON", "XMI"),
}  # fmt: skip
BYTES = {  # of any format
    "a zip": (b"PK\x03\x04", "ZIP archive", "unpack"),
    "gzip": (gzip.compress(b'{"doc_id": "h2_spill"}'), "gzip", "unpack"),
    "xz": (b"\xfd7zXZ\x00", "xz", "unpack"),
    "7z": (b"7z\xbc\xaf\x27\x1c", "7z", "unpack"),
    "a pointer": (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS", "git lfs pull"),
    "a web page": (b"<!DOCTYPE HTML><html>", "web page", "export"),
    "a PDF": (b"%PDF-1.7", "PDF", "text"),
    "Parquet": (b"PAR1", "Parquet", "jsonl"),
    "WebAnno TSV": (b"#FORMAT=WebAnno TSV 3.3\n\n1-1\t0-3\tOil\t_\t\n", "WebAnno TSV", "import cas"),
    "a serialised CAS": (b"\xac\xed\x00\x05", "Java", "XMI"),
    "CAS JSON": (b'\xef\xbb\xbf{ "%TYPES" : {}}', "CAS as JSON", "XMI"),
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("indent", [None, 1])
def test_another_format_is_refused_with_the_way_to_one_that_is_read(other, indent, harbour, tmp_path):
    said, what, remedy = OTHERS[other]
    (tmp_path / "a.json").write_text(json.dumps(said, indent=indent), encoding="utf-8")
    with pytest.raises(UsageError, match=what) as found:
        import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.json"], ADA)
    assert remedy in found.value.remedy
    assert "a.json" in found.value.cause


@pytest.mark.parametrize("format", ["brat", "cas", "spacy", "conll", "jsonl"])
@pytest.mark.parametrize("kind", BYTES)
def test_a_file_that_begins_as_another_format_is_refused(kind, format, harbour, tmp_path):
    data, what, remedy = BYTES[kind]
    (tmp_path / "a.dat").write_bytes(data)
    with pytest.raises(UsageError, match=what) as found:
        import_labels(Corpus(harbour), format, [tmp_path / "a.dat"], ADA)
    assert remedy in found.value.remedy


def test_an_archive_in_a_folder_is_spoken_of(harbour, tmp_path):
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as archive:
        archive.writestr("ada.xmi", "<xmi/>")
    with pytest.raises(UsageError, match="unpack archives"):
        import_labels(Corpus(harbour), "cas", [tmp_path], ADA)


SPAN = {"start": 0, "end": 3, "label": "SHIP"}
MORE = SPAN | {"end": 4}
REFUSED = {  # beside the name of the article
    "half a character": ({"text": "\ud83d x", "spans": []}, "half a surrogate"),
    "spans under two keys": ({"spans": [SPAN], "entities": [SPAN]}, "both spans and entities"),
    "an id of two spans": ({"spans": [SPAN | {"id": "a"}, MORE | {"id": "a"}]}, "id 'a'"),
    "a number that is no id": ({"spans": [SPAN | {"id": 1}, MORE | {"id": 2}],
                                "relations": [{"label": "same", "head": 0, "tail": 1}]}, "not a span"),
    "keys that are not read": ({"doc_id": None, "document": "x"}, "its keys are doc_id, document"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_a_line_that_could_be_read_in_two_ways_is_refused(kind, harbour, tmp_path):
    said, what = REFUSED[kind]
    (tmp_path / "a.jsonl").write_text(json.dumps({"doc_id": "h2_spill"} | said), encoding="utf-8")
    with pytest.raises(DataFaults, match=what):
        import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA)


def test_of_several_keys_for_spans_the_one_that_has_any_is_read(harbour, tmp_path):
    """An empty list beside; a class of the whole text beside."""
    for more in ({"spans": [], "entities": [SPAN]}, {"spans": [SPAN], "label": "spam"}):
        (tmp_path / "a.jsonl").write_text(json.dumps({"doc_id": "h2_spill", **more}), encoding="utf-8")
        done = import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA, replace=True)
        assert done.account.of("spans") == (1, 1, 0)
        assert unread(done) == ["spam: of the whole article"] * ("label" in more)


def test_pieces_of_an_article_are_named_one_by_one_with_a_hint(harbour, tmp_path):
    """As Prodigy splits a text into paragraphs."""
    text = Corpus(harbour).documents["h2_spill"].text
    lines = [json.dumps({"text": piece, "spans": []}) for piece in text.split("\n") if piece.strip()]
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, '{"text": "Of no article."}']), encoding="utf-8")
    faults = import_labels(Corpus(harbour), "jsonl", [tmp_path / "a.jsonl"], ADA).pulled.faults
    assert len({str(fault) for fault in faults}) == len(lines) + 1 > 2
    assert ["piece of h2_spill" in fault.message for fault in faults] == [True] * len(lines) + [False]


def test_a_name_of_brat_is_given_once(harbour, tmp_path):
    """A second text-bound line of a name is lost, a second event is unread, none replaces the first."""
    text = Corpus(harbour).documents["h2_spill"].text
    standoff = "T1\tSHIP 12 19\tx\nT1\tINCIDENT 20 27\tx\nT2\tINCIDENT 20 27\tx\n"
    standoff += "E1\tINCIDENT:T2 involves:T1\nE1\tSHIP:T1 same:T2\nE2\tINCIDENT:T9\nE3\tPORT:T2\n"
    folder = brat_files(tmp_path / "in", text, standoff)
    done = import_labels(Corpus(harbour), "brat", [folder], ADA, replace=True)
    assert_sums(done)
    assert done.account.of("spans") == (3, 2, 1)
    assert lost(done) == [("INCIDENT", TWICE, "T1")]
    assert [line.split("\t")[1] for line in unread(done)] == ["SHIP:T1 same:T2", "INCIDENT:T9", "PORT:T2"]
    (arc,) = layers(harbour)["h2_spill"].relations
    assert (arc.label, arc.head, arc.tail) == ("involves", "INCIDENT-20-27", "SHIP-12-19")


def test_ends_of_a_relation_of_brat_are_those_of_their_names(harbour, tmp_path):
    """In any order; a third end and a second value are not dropped."""
    text = Corpus(harbour).documents["h2_spill"].text
    standoff = "T1\tSHIP 12 19\tx\nT2\tINCIDENT 20 27\tx\nA1\tnaming T1 name or so\n"
    standoff += "R1\tinvolves Arg2:T1 Arg1:T2\nR2\tsame Arg1:T1 Arg2:T1 Arg3:T2\n"
    folder = brat_files(tmp_path / "in", text, standoff)
    (one,) = FORMATS["brat"].read(folder, HARD)
    assert {(a.label, a.head, a.tail) for a in one.relations} == {
        ("involves", "INCIDENT-20-27", "SHIP-12-19"),
        ("same", "SHIP-12-19", "SHIP-12-19"),
    }
    assert one.unread == ("R2\tsame Arg1:T1 Arg2:T1 Arg3:T2",)
    assert one.spans[0].attributes == {"naming": "name or so"}


@pytest.mark.parametrize("counted", [0, 1])
def test_a_mark_before_a_text_of_brat_is_counted_or_not(counted, harbour, tmp_path):
    """Both files begin with a byte order mark, as an editor under Windows writes them."""
    text = Corpus(harbour).documents["h2_spill"].text
    standoff = f"T1\tSHIP {12 + counted} {19 + counted}\t{text[12:19]}\r\n"
    (tmp_path / "h2_spill.ann").write_text(standoff, encoding="utf-8-sig", newline="")
    (tmp_path / "h2_spill.txt").write_text(text, encoding="utf-8-sig", newline="")
    import_labels(Corpus(harbour), "brat", [tmp_path], ADA, replace=True)
    assert [(s.start, s.text) for s in layers(harbour)["h2_spill"].spans] == [(12, text[12:19])]


@pytest.mark.parametrize("format", ["brat", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le"])
def test_what_is_quoted_shows_how_a_tool_counts(encoding, format, harbour, tmp_path):
    """Bytes of UTF-8 or code units of UTF-16, after a character that has several."""
    text = Corpus(harbour).documents["h0_collision"].text
    words = re.compile(r"\w{4,}").search(text, text.index("🚢") + 2)
    size = len("a".encode(encoding))
    start, end = (len(text[:at].encode(encoding)) // size for at in words.span())
    folder = brat_files(tmp_path / "in", text, f"T1\tSHIP {start} {end}\t{words[0]}\n", "h0_collision")
    span = {"start": start, "end": end, "label": "SHIP", "text": words[0]}
    (folder / "a.jsonl").write_text(json.dumps({"text": text, "spans": [span]}), encoding="utf-8")
    import_labels(Corpus(harbour), format, [folder], ADA, replace=True)
    assert [(s.start, s.end) for s in layers(harbour)["h0_collision"].spans] == [words.span()]


COLUMNS = {
    "before others": ("Halcyon B-SHIP NN O\nspilled O VB O\n", ["column 2: 1 tag, the first B-SHIP"]),
    "chunks": ("Halcyon NN I-NP B-SHIP\nspilled VB I-VP O\n", ["column 3: 2 tags, the first I-NP"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", COLUMNS)
def test_tags_of_another_column_are_unread_and_not_unseen(kind, tmp_path):
    lines, told = COLUMNS[kind]
    (tmp_path / "a.conll").write_text(lines, encoding="utf-8")
    (one,) = FORMATS["conll"].read(tmp_path / "a.conll", None)
    assert list(one.unread) == told


@pytest.mark.parametrize("numbers", [("1", "2"), ("1-1", "1-2"), ("1-2", "1")])
def test_a_column_that_counts_the_tokens_is_not_the_tokens(numbers, tmp_path):
    lines = "".join(f"{number}\t{word}\t_\t_\n" for number, word in zip(numbers, "ab", strict=True))
    (tmp_path / "a.conllu").write_text(f"# sent_id = 1\n{lines}", encoding="utf-8")
    with pytest.raises(ValueError, match="counts the tokens"):
        list(FORMATS["conll"].read(tmp_path / "a.conllu", None))


def test_a_token_has_the_blanks_that_part_no_columns(tmp_path):
    (tmp_path / "a.conll").write_text("12\u00a0000\x0c\tB-AMOUNT\n", encoding="utf-8")
    (one,) = FORMATS["conll"].read(tmp_path / "a.conll", None)
    assert [span.text for span in one.spans] == ["12\u00a0000"]


def test_custom_layers_of_inception_that_are_no_spans_are_named(tmp_path):
    """Chains, the slots of links and a layer of the document have no place; a relation has a feature."""
    import cassis

    types = cassis.TypeSystem()
    names = (
        "custom.Span",
        "custom.Arc",
        "webanno.custom.Chain",
        "webanno.custom.SlotLink",
        "webanno.custom.About",
    )
    bases = "uima.tcas.Annotation", "uima.tcas.Annotation", *["uima.cas.AnnotationBase"] * 3
    span, arc, *others = (types.create_type(n, supertypeName=b) for n, b in zip(names, bases, strict=True))
    for name in ("label", "naming"):
        types.create_feature(span, name, "uima.cas.String")
        types.create_feature(arc, name, "uima.cas.String")
    types.create_feature(arc, "Governor", span)
    types.create_feature(arc, "Dependent", span)
    cas = cassis.Cas(types)
    cas.sofa_string = "The Halcyon sank."
    ship = span(begin=4, end=11, label="SHIP", naming="name")
    again = span(begin=4, end=11, label="SHIP", naming="name")
    outside = span(begin=4, end=99, label="SHIP", naming="name")
    made = arc(begin=4, end=11, label="same", naming="x", Governor=ship, Dependent=ship)
    cas.add_all([ship, again, outside, made, *(of() for of in others)])
    cas.to_xmi(tmp_path / "a.xmi")
    types.to_xml(tmp_path / "TypeSystem.xml")
    (one,) = FORMATS["cas"].read(tmp_path, HARD)
    assert [s.label for s in one.spans] == ["SHIP"]
    assert sorted(one.unread) == sorted(f"1 of the layer {name}" for name in names[2:])
    whys = sorted((gone.kind, gone.why) for gone in one.lost if gone.kind == "attributes")
    assert whys == [("attributes", why) for why in sorted((NO_SPAN, NO_SPAN, OF_RELATION))]


def test_of_a_cas_what_is_beside_its_text_is_named(harbour, tmp_path):
    """Labels in another view; an end that is nowhere."""
    import cassis

    types = cassis.TypeSystem()
    span, arc = types.create_type("custom.Span"), types.create_type("custom.Arc")
    for end in ("Governor", "Dependent"):
        types.create_feature(arc, end, span)
    cas = cassis.Cas(types)
    cas.sofa_string = Corpus(harbour).documents["h2_spill"].text
    view = cas.create_view("translation")
    view.sofa_string = "The Halcyon sank."
    view.add(span(begin=4, end=11))
    one = span(begin=12, end=19)
    cas.add_all([one, arc(begin=12, end=19, Governor=one, Dependent=one)])
    types.to_xml(tmp_path / "TypeSystem.xml")
    cas.to_xmi(tmp_path / "a.xmi")
    (read,) = FORMATS["cas"].read(tmp_path, HARD)
    assert read.unread == ("1 of the layer custom.Span in the view translation",)
    xmi = re.sub(r'Governor="\d+"', 'Governor="999"', (tmp_path / "a.xmi").read_text(encoding="utf-8"))
    (tmp_path / "a.xmi").write_text(xmi, encoding="utf-8")
    with pytest.raises(DataFaults, match="it speaks of 999, which is not in it"):
        import_labels(Corpus(harbour), "cas", [tmp_path], ADA)


def test_what_pipelines_keep_in_a_docbin_is_named(harbour, tmp_path):
    """Relations in an extension or in the data of the user, whatever their form; a span without a label."""
    import spacy
    from spacy.tokens import Doc, DocBin, Span

    Doc.set_extension("arcs", default=None, force=True)
    doc = spacy.blank("en")(Corpus(harbour).documents["h2_spill"].text)
    doc.spans["sc"] = [Span(doc, 1, 3, "SHIP"), Span(doc, 5, 6)]
    doc._.arcs = {(0, 1): "same"}
    doc.user_data["relations"] = [{"head": 0, "child": 9}]
    DocBin(docs=[doc], store_user_data=True).to_disk(tmp_path / "a.spacy")
    done = import_labels(Corpus(harbour), "spacy", [tmp_path], ADA, replace=True)
    assert_sums(done)
    assert [row[:2] for row in lost(done)] == [("", NO_LABEL)]
    assert sorted("arcs" in line for line in unread(done)) == [False, True]
