"""Import of a foreign Label Studio project: other controls, names, people, documents; all accounted for."""

import html
import json
import tomllib

import pytest
from export_kinds import KINDS
from foreign_projects import NAMES, annotation, arc, one_task, project, region, rows, said, task
from imported import assert_sums, labels, layers

from command_for_tests import call
from parley.corpus.corpus import Corpus
from parley.exchange.label_studio import (
    BOTH_WAYS,
    LABELLESS,
    OTHER_CONTROL,
    OTHER_TEXT,
    SHARED,
    UNREAD,
    WHOLE,
)
from parley.exchange.names import DIFFERS, LEFT_OUT, NO_END, NOT_THERE, SEVERAL
from parley.exchange.studio_survey import survey
from parley.faults import DataFaults, UsageError
from parley.steps.import_labels import STUDIO, import_labels, suggest

ADA, BO = "ada", "bo"


def test_a_project_comes_in_by_the_mapping_that_suggest_wrote(harbour, tmp_path, capsys):
    """Two people, by e-mail and as an object; labels, values, relations and articles under other names."""
    corpus = Corpus(harbour)
    before = {name: layers(harbour, name) for name in (ADA, BO)}
    people = {ADA: "ada@example.org", BO: {"id": 4, "email": "b@example.org"}}
    file = project(corpus, tmp_path, people)
    mapping = tmp_path / "mapping.toml"
    order = ["import", "label-studio", file, "--root", harbour.root]
    assert call(*order, "--suggest", mapping) == 0
    made = mapping.read_text(encoding="utf-8")
    found = tomllib.loads(made)
    assert found["text"] == "body"
    assert found["article"] == "source"
    assert found["people"] == {"ada@example.org": "ada", "4": ""}
    unlike = {old: new for old, new in NAMES.items() if found["labels"][old] != new}
    assert unlike == {"Vessel": "SHIP", "Company": "FIRM"}
    assert set(found["values"]["entity_of"].values()) <= set(corpus.entities)
    assert found["attributes"]["naming_of"] == "naming"
    assert all(found["relations"][name] == name for name in found["relations"])
    assert "# annotators.csv has ada, bo, cy, rules" in made
    assert "SHIP, PORT, FIRM" in made
    assert call(*order, "--suggest", mapping) == 2  # it is there already
    for new in ("bo", "SHIP", "FIRM"):  # what nothing here is like
        made = made.replace('= ""  # ', f'= "{new}"  # ', 1)
    mapping.write_text(made, encoding="utf-8")
    capsys.readouterr()
    status = call(*order, "--mapping", mapping, "--replace")
    out = capsys.readouterr()
    assert status in (0, 1), out.err
    after = {name: layers(harbour, name) for name in (ADA, BO)}
    for name, own in before.items():
        assert after[name].keys() == own.keys()
        for doc_id, layer in own.items():
            assert labels(after[name][doc_id]) == labels(layer)
    assert " lost" not in out.out


def test_articles_are_known_by_text_name_of_a_file_or_field_and_drifted_text_is_searched(harbour, tmp_path):
    """None of the tasks says which article it is under a name of Parley's; an unknown one is told."""
    corpus = Corpus(harbour)
    docs = list(corpus.documents.values())[:4]
    layer = layers(harbour)
    added = "Added before. "
    data = [
        {"body": docs[0].text},
        {"body": added + docs[1].text, "name": f"{docs[1].doc_id}.pdf"},
        {"body": added + docs[2].text, "headline": docs[2].title},
        {"body": added + docs[3].text},
        {"body": "Something else."},
    ]
    tasks = []
    for number, one in enumerate(data):
        document = docs[min(number, 3)]
        spans = layer[document.doc_id].spans if number < 4 else ()
        moved = len(added) if number in (1, 2, 3) else 0
        result = [
            region(n, one["body"], s.start + moved, s.end + moved, s.label) for n, s in enumerate(spans)
        ]
        tasks.append(task(number, one, annotation(number, 1, result), file_upload=None))
    tasks[3]["file_upload"] = f"0a1b2c3d-{docs[3].doc_id}.txt"
    (tmp_path / "e.json").write_text(json.dumps(tasks))
    done = import_labels(corpus, STUDIO, [tmp_path / "e.json"], ADA, replace=True)
    assert_sums(done)
    assert [fault.code for fault in done.pulled.faults] == ["document-unknown"]
    found = layers(harbour)
    for document in docs:
        assert labels(found[document.doc_id])[0] == labels(layer[document.doc_id])[0]
    assert sum(done.moved.values()) == sum(len(layer[d.doc_id].spans) for d in docs[1:])


def test_labels_on_the_raw_text_come_to_the_clean_one(harbour, tmp_path):
    document = Corpus(harbour).documents["h2_spill"]
    raw = (harbour.seeds / document.file).read_bytes().decode()
    words = next(span for span in layers(harbour)["h2_spill"].spans).text
    result = [region(1, raw, raw.index(words), raw.index(words) + len(words), "SHIP")]
    done = one_task(harbour, tmp_path, result, text=raw)
    assert done.moved["SHIP"] == 1
    assert [span.text for span in layers(harbour)["h2_spill"].spans] == [words]


def test_what_is_lost_is_counted_by_label_with_its_reason_and_has_a_row(harbour, tmp_path):
    """Nothing vanishes: each kind of region that cannot come in."""
    text = Corpus(harbour).documents["h2_spill"].text
    a, b, c = region(1, text, 0, 4, "SHIP"), region(2, text, 5, 9, "PORT"), region(3, text, 10, 14, "FIRM")
    b["value"]["labels"] = ["PORT", "FIRM"]
    misplaced = region(4, text, 20, 24, "CREW")
    misplaced["value"]["text"] = "not there"
    title = region(5, text, 0, 3, "CREW") | {"to_name": "title"}
    empty = region(6, text, 30, 34, "x")
    empty["value"]["labels"] = []
    xpath = region(7, text, 30, 34, "CARGO")
    xpath["value"]["start"] = "/p[1]/text()[1]"
    twice = region(8, text, 0, 4, "SHIP")
    loose = said(region(9, text, 40, 44, "x"), "naming", "choices", ["name"])
    whole = {"id": "w", "from_name": "topic", "to_name": "doc", "type": "choices",
             "value": {"choices": ["war"]}}  # fmt: skip
    result = [
        a, b, c, misplaced, title, empty, xpath, twice, loose, whole,
        said(a, "naming", "choices", ["name"]), said(a, "naming", "choices", ["description"]),
        said(c, "naming", "choices", ["name", "description"]), said(a, "stars", "rating", 4),
        arc(a, c, "at"), arc(a, b, "at"), arc(a, misplaced, "at"), arc(a, c, "at", direction="bi"),
        arc(c, a),
    ]  # fmt: skip
    mapping = """
[attributes]
topic = ""
stars = ""
[relations]
"(no label)" = ""
"""
    done = one_task(harbour, tmp_path, result, mapping)
    assert dict(done.account.lost) == {
        ("spans", "CREW", NOT_THERE): 1,
        ("spans", "CREW", f"{OTHER_TEXT}: title"): 1,
        ("spans", "(no label)", LABELLESS): 1,
        ("spans", UNREAD, "not to be read"): 1,
        ("spans", "SHIP", "given twice under its name"): 1,
        ("attributes", "naming", LABELLESS): 1,
        ("attributes", "topic", WHOLE): 1,
        ("attributes", "naming", DIFFERS): 1,
        ("attributes", "naming", SEVERAL): 1,
        ("attributes", "stars", LEFT_OUT): 1,
        ("relations", "at", SHARED): 1,
        ("relations", "at", NO_END): 1,
        ("relations", "at", BOTH_WAYS): 1,
        ("relations", "(no label)", LEFT_OUT): 1,
    }
    assert done.account.of("spans") == (9, 4, 5)
    assert {row["status"] for row in rows(done) if row["label"] == "CREW"} == {
        f"lost: {NOT_THERE}", f"lost: {OTHER_TEXT}: title"
    }  # fmt: skip


def test_what_nobody_submitted_is_counted_and_remarks_are_told(harbour, tmp_path):
    text = Corpus(harbour).documents["h2_spill"].text
    new, old = region(1, text, 0, 4, "SHIP"), region(1, text, 0, 4, "PORT")
    new["meta"] = {"text": ["not sure"]}
    data = {"text": text}
    some = [
        annotation(1, 1, [old]),
        annotation(2, 1, [new], updated_at="2031-02-01T00:00:00Z"),
        annotation(3, 1, [old], was_cancelled=True),
    ]
    tasks = [task(1, data, *some, drafts=[{"id": 5}]), task(2, data)]
    tasks[0]["predictions"] = [{"id": 1, "result": [old]}]
    (tmp_path / "e.json").write_text(json.dumps(tasks))
    done = import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], ADA, replace=True)
    assert [span.label for span in layers(harbour)["h2_spill"].spans] == ["SHIP"]
    assert layers(harbour)["h2_spill"].updated == "2031-02-01T00:00:00Z"
    assert [one.text for one in done.pulled.remarks] == ["not sure"]
    assert {what: number for what, number in done.beside.items() if number} == {
        "annotations with a newer one": 1, "skipped annotations": 1, "drafts": 1, "predictions": 1,
        "tasks without annotations": 1,
    }  # fmt: skip
    assert any("predictions (1)" in line for line in done.lines())
    seen = "\n".join(survey(tmp_path / "e.json").lines())
    assert "not imported: drafts (1), predictions (1), skipped annotations (1)" in seen


def test_a_dialogue_is_named_before_and_while_it_is_imported(harbour, tmp_path):
    """Regions on its turns have no place in one text: --suggest and the import say so, with the task."""
    turns = [{"author": "Ann", "text": "Where is the ship?"}, {"author": "Bo", "text": "In port."}]
    value = {"start": "0", "end": "0", "startOffset": 0, "endOffset": 5, "paragraphlabels": ["Vessel"]}
    region = {"id": "a", "from_name": "p", "to_name": "d", "type": "paragraphlabels", "value": value}
    tasks = [task(7, {"talk": turns}, annotation(1, 1, [region]))]
    (tmp_path / "e.json").write_text(json.dumps(tasks))
    assert "not readable: 1 task: its 'talk' is a dialogue" in "\n".join(survey(tmp_path / "e.json").lines())
    with pytest.raises(UsageError, match=r"no text in .*: its 'talk' is a dialogue"):
        import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], ADA)
    tasks.append(task(8, {"talk": Corpus(harbour).documents["h2_spill"].text}, annotation(2, 1, [])))
    (tmp_path / "e.json").write_text(json.dumps(tasks))
    done = import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], ADA, replace=True)
    (fault,) = done.pulled.faults
    assert fault.code == "studio-task"
    assert fault.message.startswith("task 7: its 'talk' is a dialogue")


def test_nobodys_work_comes_under_anothers_name(harbour, tmp_path):
    """One name for two people and a person without a name are refused, with who they are; "" leaves out."""
    text = Corpus(harbour).documents["h2_spill"].text
    one = region(1, text, 0, 4, "SHIP")
    people = [{"id": 3, "email": "a@x.org"}, 9]
    made = [annotation(n, person, [one]) for n, person in enumerate(people)]
    (tmp_path / "e.json").write_text(json.dumps([task(1, {"text": text}, *made)]))
    with pytest.raises(UsageError, match="2 people"):
        import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], ADA, replace=True)
    with pytest.raises(UsageError, match=r"1 person: 9: 1 annotation"):
        import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], {"a@x.org": ADA}, replace=True)
    (tmp_path / "map.toml").write_text('[people]\n"3" = ""\n"9" = ""\n')
    with pytest.raises(UsageError, match="nobody is named for 2 people"):
        import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], "", project=tmp_path / "map.toml")
    (tmp_path / "map.toml").write_text('[people]\n"A@x.org" = "ada"\n"9" = ""\n')
    done = import_labels(
        Corpus(harbour), STUDIO, [tmp_path / "e.json"], "", project=tmp_path / "map.toml", replace=True
    )
    assert [key[0] for key in done.pulled.layers] == [ADA]
    assert done.beside["annotations of people who are left out"] == 1


def test_one_label_of_two_controls_and_the_path_of_a_taxonomy_have_names_of_their_own(harbour, tmp_path):
    text = Corpus(harbour).documents["h2_spill"].text
    a, b = region(1, text, 0, 4, "Other"), region(2, text, 5, 9, "Other")
    b |= {"from_name": "events", "type": "hypertextlabels"}
    b["value"]["hypertextlabels"] = b["value"].pop("labels")
    result = [a, b, said(a, "kind", "taxonomy", [["things", "named"]])]
    mapping = """
[labels]
"ner/Other" = "SHIP"
"events/Other" = "PORT"
[attributes]
kind = "naming"
[values.kind]
"things > named" = "name"
"""
    one_task(harbour, tmp_path, result, mapping)
    spans = layers(harbour)["h2_spill"].spans
    assert [(s.label, s.attributes.get("naming")) for s in spans] == [("SHIP", "name"), ("PORT", None)]
    made, _ = suggest(Corpus(harbour), tmp_path / "one.json")
    assert {"ner/Other", "events/Other"} == tomllib.loads(made)["labels"].keys()


def test_regions_of_a_page_are_on_its_words(harbour, tmp_path):
    """A place in the page's tree is one among its words too, which Label Studio gives beside it."""
    text = Corpus(harbour).documents["h2_spill"].text
    page = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))
    words = text.replace("\n", "")
    made = []
    for number, span in enumerate(layers(harbour)["h2_spill"].spans):
        start = span.start - text.count("\n", 0, span.start)
        one = region(number, words, start, start + len(span.text), span.label)
        one["value"] |= {"globalOffsets": {"start": start, "end": start + len(span.text)}}
        one["value"] |= {"start": "/p[1]/text()[1]", "end": "/p[1]/text()[1]", "startOffset": 0}
        made.append(one)
    before = labels(layers(harbour)["h2_spill"])[0]
    done = one_task(harbour, tmp_path, made, text=page)
    assert done.account.of("spans")[2] == 0
    assert labels(layers(harbour)["h2_spill"])[0] == before
    made[0]["value"]["globalOffsets"] = {"start": 5, "end": "x"}
    assert one_task(harbour, tmp_path, made, text=page).account.of("spans")[2] == 1


def test_json_min_is_read_as_far_as_it_goes(harbour, tmp_path):
    """Places and labels are there, what is said of a place is its own; relations it does not have."""
    text = Corpus(harbour).documents["h2_spill"].text
    place = {"start": 0, "end": 4, "text": text[:4]}
    record = {
        "id": 1, "body": text, "ner": [{**place, "labels": ["SHIP"]}],
        "naming": [{**place, "choices": ["name"]}], "annotator": 3, "annotation_id": 8,
        "created_at": "2031-01-01T00:00:00Z", "updated_at": "2031-01-01T00:00:00Z", "lead_time": 2.5,
    }  # fmt: skip
    (tmp_path / "min.json").write_text(json.dumps([record]))
    done = import_labels(Corpus(harbour), STUDIO, [tmp_path / "min.json"], ADA, replace=True)
    assert_sums(done)
    (span,) = layers(harbour)["h2_spill"].spans
    assert (span.label, span.attributes) == ("SHIP", {"naming": "name"})
    assert survey(tmp_path / "min.json").minimal == 1


def test_names_that_are_not_mapped_are_faults_all_at_once_and_nothing_is_written(harbour, tmp_path):
    text = Corpus(harbour).documents["h2_spill"].text
    a, b = region(1, text, 0, 4, "Vessel"), region(2, text, 5, 9, "PORT")
    before = {path: path.read_bytes() for path in harbour.labels.rglob("*.json")}
    with pytest.raises(DataFaults) as found:
        one_task(harbour, tmp_path, [a, b, said(b, "naming", "choices", ["Named"]), arc(a, b)])
    assert [fault.place for fault in found.value.faults] == [
        "relation '(no label)'", "span label 'Vessel'", "value 'Named' of naming of PORT"
    ]  # fmt: skip
    assert {path: path.read_bytes() for path in harbour.labels.rglob("*.json")} == before
    (tmp_path / "map.toml").write_text('texts = "body"\n[labels]\nVessel = 3\n')
    with pytest.raises(DataFaults) as wrong:
        import_labels(Corpus(harbour), STUDIO, [tmp_path / "one.json"], ADA, project=tmp_path / "map.toml")
    assert {fault.code for fault in wrong.value.faults} == {"import-map"}
    assert len(wrong.value.faults) == 2


def test_a_broken_task_costs_itself_alone(harbour, tmp_path):
    text = Corpus(harbour).documents["h2_spill"].text
    good = task(1, {"text": text}, annotation(1, 1, [region(1, text, 0, 4, "SHIP")]))
    unread = task(2, {"text": text}, annotation(2, 1, 3))
    (tmp_path / "e.json").write_text(json.dumps([good, unread, task(3, {"other": 3}), 7]))
    done = import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], ADA, replace=True)
    assert len(layers(harbour)["h2_spill"].spans) == 1
    assert [fault.code for fault in done.pulled.faults] == ["studio-task"] * 3


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"[1]", b'[{"text": "a"}]', b"\xff\xfe", b"a,b\n1,2\n"])
def test_what_is_no_export_is_said_to_be_none(harbour, tmp_path, data):
    (tmp_path / "e.json").write_bytes(data)
    for options in (("--suggest", tmp_path / "map.toml"), ("--annotator", ADA)):
        order = ["import", "label-studio", tmp_path / "e.json", "--root", harbour.root, *options]
        assert call(*order) == 2
    assert not (tmp_path / "map.toml").exists()


@pytest.mark.parametrize("name", KINDS)
def test_no_foreign_export_is_a_crash_and_the_sums_hold(name, harbour, tmp_path):
    """All kinds that the readers of exports are held against, with their own people."""
    kind = KINDS[name]
    file = tmp_path / kind.name
    file.write_bytes(kind.data)
    corpus = Corpus(harbour)
    try:
        made, _ = suggest(corpus, file)
        (tmp_path / "map.toml").write_text(made.replace('= ""', '= "ada"'), encoding="utf-8")
        done = import_labels(corpus, STUDIO, [file], "", project=tmp_path / "map.toml", replace=True)
    except (UsageError, DataFaults):
        return
    assert_sums(done)


def test_a_region_that_marks_no_text_or_has_no_label_is_counted(harbour, tmp_path):
    """Boxes and rankings of other controls, a stretch without a label; a control left empty is nothing."""
    text = Corpus(harbour).documents["h2_spill"].text
    one = region(0, text, 0, 4, "SHIP")
    bare = {**region(1, text, 5, 8, ""), "value": {"start": 5, "end": 8, "text": text[5:8]}}
    box = {"id": "b", "from_name": "box", "to_name": "img", "type": "rectanglelabels",
           "value": {"x": 1, "y": 2, "width": 3, "height": 4, "rectanglelabels": ["Car"]}}  # fmt: skip
    pair = {
        "id": "p",
        "from_name": "better",
        "to_name": "a,b",
        "type": "pairwise",
        "value": {"selected": "left"},
    }
    empty = {"id": "c", "from_name": "genre", "to_name": "doc", "type": "choices", "value": {"choices": []}}
    beside = {**one, "from_name": "colour", "value": {**one["value"], "labels": None}}
    done = one_task(harbour, tmp_path, [one, bare, box, pair, empty, beside])
    assert done.account.of("spans") == (4, 1, 3)
    why = [row["status"] for row in rows(done) if row["status"].startswith("lost")]
    assert why == [
        f"lost: {LABELLESS}",
        f"lost: {OTHER_CONTROL}: rectanglelabels",
        f"lost: {OTHER_CONTROL}: pairwise",
    ]


def test_a_time_that_is_none_is_named_and_not_kept(harbour, tmp_path):
    document = Corpus(harbour).documents["h2_spill"]
    one = annotation(1, 7, [region(0, document.text, 0, 4, "SHIP")], updated_at="yesterday")
    (tmp_path / "e.json").write_text(json.dumps([task(1, {"text": document.text}, one)]))
    done = import_labels(Corpus(harbour), STUDIO, [tmp_path / "e.json"], {"7": ADA}, replace=True)
    assert [fault.code for fault in done.pulled.faults] == ["studio-time"]
    assert layers(harbour, ADA)["h2_spill"].updated == ""


def test_a_control_that_is_left_out_has_no_table_of_values(harbour, tmp_path):
    """Else the import says of values that the mapping proposed itself that they are not met."""
    text = Corpus(harbour).documents["h2_spill"].text
    one = region(0, text, 0, 4, "SHIP")
    one_task(harbour, tmp_path, [one, said(one, "mood", "choices", ["xyz"])], '[attributes]\nmood = ""')
    made, _ = suggest(Corpus(harbour), tmp_path / "one.json")
    assert tomllib.loads(made)["attributes"] == {"mood": ""}
    assert "mood" not in tomllib.loads(made).get("values", {})
    assert "says xyz" in made


def test_a_foreign_name_is_one_line_of_what_is_printed(harbour, tmp_path, capsys):
    """A label with a line break must not forge a line in the log of CI."""
    text = Corpus(harbour).documents["h2_spill"].text
    name = "SHIP\n::error file=x::forged"
    one_task(harbour, tmp_path, [region(0, text, 0, 4, name)], f'[labels]\n{json.dumps(name)} = ""')
    order = ["import", "label-studio", tmp_path / "one.json", "--root", harbour.root]
    assert call(*order, "--mapping", tmp_path / "map.toml", "--replace") == 0
    assert call(*order, "--suggest", tmp_path / "new.toml") == 0
    shown = capsys.readouterr().out
    assert "\\n::error" in shown
    assert "\n::error" not in shown
