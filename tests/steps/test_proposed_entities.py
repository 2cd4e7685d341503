"""A name that annotators proposed becomes a row, or another name of one, in every label that has it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from exports_for_tests import exported
from parley.adjudication.compare import compare
from parley.adjudication.decide import decide_relations, decide_spans, ledger_rows
from parley.adjudication.gold import gold_faults, rebuild_gold
from parley.adjudication.ledger import encode_ledger
from parley.adjudication.studio.annotation import read_regions
from parley.cli.main import main
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.label_studio.export.regions import Annotation, Region, Task, TaskData, layer_to_result
from parley.label_studio.server.pull import pull_export
from parley.model.labels import decode_layer, layer_path, write_layer
from parley.model.paths import CorpusPaths
from parley.steps.derive import derive
from parley.steps.entities import add_entity, proposed_entities, tie_entity
from parley.steps.validate import validate

DOC = "h0_collision"
SPELLINGS = {"ada": "Sea Gul", "bo": "SEA GÜL"}  # of one name


@pytest.fixture
def corpus(harbour: CorpusPaths) -> CorpusPaths:
    """Return a corpus with gold; both annotators propose a name for a ship, and ada one for a port."""
    derive(harbour)
    for who, name in SPELLINGS.items():
        propose(harbour, who, {"SHIP-10-18": name} | ({"PORT-58-69": "Sea Gul"} if who == "ada" else {}))
    ontology = Corpus(harbour).ontology
    layers = [decode_layer(layer_path(harbour, who, DOC).read_bytes()) for who in ("ada",)]
    comparison = compare(layers, ontology)
    spans = decide_spans(comparison, {}, [], "cy", ontology)
    harbour.ledger.write_bytes(encode_ledger(ledger_rows(spans, decide_relations(spans, {}, []))))
    rebuild_gold(Corpus(harbour))
    return harbour


def propose(corpus: CorpusPaths, who: str, names: dict[str, str]) -> None:
    path = layer_path(corpus, who, DOC)
    layer = decode_layer(path.read_bytes())
    spans = [
        msgspec.structs.replace(s, attributes=s.attributes | {"entity": f"new: {names[s.id]}"})
        if s.id in names
        else s
        for s in layer.spans
    ]
    write_layer(path, msgspec.structs.replace(layer, spans=tuple(spans)))


def entity(path: Path, span: str = "SHIP-10-18") -> str:
    return next(s.attributes["entity"] for s in decode_layer(path.read_bytes()).spans if s.id == span)


def places(corpus: CorpusPaths) -> list[Path]:
    return [*(layer_path(corpus, who, DOC) for who in SPELLINGS), corpus.gold / f"{DOC}.json"]


def test_what_is_proposed_is_listed_with_near_rows_and_the_row_to_add(corpus: CorpusPaths) -> None:
    """Spellings of one name together, gold among the layers; one name of two types is two."""
    port, ship = proposed_entities(Corpus(corpus))
    assert ship.spellings == ("Sea Gul", "SEA GÜL")
    assert ship.where == (("ada", DOC), ("bo", DOC), ("cy", DOC))
    assert [row.id for row in ship.near] == ["ship_sea_gull"]
    assert ship.row
    assert (ship.row.id, ship.row.aliases) == ("ship_sea_gul", ("Sea Gul",))
    assert (port.types, port.near) == (("PORT",), ())
    lines = "\n".join(ship.lines())
    assert "ship_sea_gul,SHIP,Sea Gul,Sea Gul,," in lines
    assert lines.endswith("\n        parley entities 'Sea Gul' --add ship_sea_gul")


def test_a_name_is_tied_to_a_row_in_all_labels(corpus: CorpusPaths) -> None:
    """Labels, gold and ledger agree; the port of the same name, which the row does not fit, is left."""
    rows = corpus.entities.read_bytes().splitlines()
    written = tie_entity(Corpus(corpus), "sea gul", "ship_sea_gull")
    assert {entity(path) for path in places(corpus)} == {"ship_sea_gull"}
    assert entity(places(corpus)[0], "PORT-58-69") == "new: Sea Gul"
    assert gold_faults(Corpus(corpus)) == []
    new = corpus.entities.read_bytes().splitlines()
    assert [one for one in new if one not in rows] == [
        'ship_sea_gull,SHIP,Sea Gull,Sea Gul|SEA GÜL|sea gul,,"a ferry, invented"'.encode()
    ]
    assert {"annotation/entities.csv", "annotation/ledger.csv", "annotation/label_config.xml"} < {*written}
    codes = [f.code for f in validate(Corpus(corpus)).faults]
    assert set(codes) == {"entity-proposed"}  # of the port, in ada's labels and in gold


def test_a_name_becomes_a_row(corpus: CorpusPaths) -> None:
    """All other rows keep their bytes; the new one is among those of its type; nothing is wrong any more."""
    rows = corpus.entities.read_text(encoding="utf-8").splitlines()
    add_entity(Corpus(corpus), "Sea Gul", "ship_gul", kind="SHIP", note="=new", wikidata="Q1")
    add_entity(Corpus(corpus), "Sea Gul", "port_gul")
    new = corpus.entities.read_text(encoding="utf-8").splitlines()
    assert [row for row in new if row in rows] == rows
    assert new[1].startswith("ship_sea_gull,") and "ship_gul,SHIP,Sea Gul,Sea Gul|SEA GÜL,Q1,'=new" in new
    assert {entity(path) for path in places(corpus)} == {"ship_gul"}
    assert Corpus(corpus).entities["ship_gul"].note == "=new"
    assert validate(Corpus(corpus)).faults == ()


def test_the_next_pull_finds_the_row_whatever_the_server_still_has(corpus: CorpusPaths) -> None:
    """The name is one of the row's from then on."""
    tasks = [t for t in exported(corpus, "ada", "bo") if t["data"]["doc_id"] == DOC]
    assert '"text": ["SEA GÜL"]' in json.dumps(tasks, ensure_ascii=False)  # in the field for new ones
    tie_entity(Corpus(corpus), "Sea Gul", "ship_sea_gull")
    before = [path.read_bytes() for path in places(corpus)]
    file = corpus.root / "export.json"
    file.write_text(json.dumps(tasks), encoding="utf-8")
    pulled = pull_export(Corpus(corpus), file)
    assert pulled.written == []
    assert [path.read_bytes() for path in places(corpus)] == before


def test_what_was_half_done_is_finished_by_the_same_call(
    corpus: CorpusPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row is written first: a process that ends then leaves names, and `--tie` takes them over."""
    import parley.steps.entities as step

    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(step, "write_layer", killed)
        add_entity(Corpus(corpus), "Sea Gul", "ship_gul", kind="SHIP")
    assert entity(places(corpus)[0]) == "new: Sea Gul"
    tie_entity(Corpus(corpus), "Sea Gul", "ship_gul")
    assert {entity(path) for path in places(corpus)} == {"ship_gul"}
    assert gold_faults(Corpus(corpus)) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Sea Gul"], "either --tie ID or --add ID"),
        (["Sea Gul", "--tie", "a", "--add", "b"], "either --tie ID or --add ID"),
        (["Sea Gul", "--tie", "ship_sea_gull", "--note", "x"], "of a new row"),
        (["Nobody", "--tie", "ship_sea_gull"], "nobody proposes 'Nobody'"),
        (["Sea Gul", "--tie", "ship_none"], "has no row 'ship_none'"),
        (["Sea Gul", "--tie", "firm_marsh"], "firm_marsh is FIRM"),
        (["Sea Gul", "--add", "ship_halcyon"], "has a row ship_halcyon"),
        (["Sea Gul", "--add", "ship_gul"], "name one: --type"),
        (["Sea Gul", "--add", "ship_gul", "--type", "FIRM"], "is proposed as"),
    ],
)
def test_a_wrong_call_says_what_to_do_and_writes_nothing(
    corpus: CorpusPaths, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, the file of rows and the labels as they were."""
    before = [path.read_bytes() for path in (*places(corpus), corpus.entities)]
    with pytest.raises(SystemExit) as end:
        main(["entities", *arguments, "--root", str(corpus.root)])
    assert end.value.code == 2
    assert says in capsys.readouterr().err
    assert [path.read_bytes() for path in (*places(corpus), corpus.entities)] == before


def test_an_unsound_row_is_refused_before_anything_is_written(corpus: CorpusPaths) -> None:
    """An id that no file system takes is a fault of entities.csv."""
    before = corpus.entities.read_bytes()
    with pytest.raises(DataFaults):
        add_entity(Corpus(corpus), "Sea Gul", "ship/gul", kind="SHIP")
    assert corpus.entities.read_bytes() == before
    with pytest.raises(UsageError):
        tie_entity(Corpus(corpus), "", "ship_sea_gull")


def test_a_name_that_is_proposed_for_a_group_becomes_a_row_among_its_members(harbour: CorpusPaths) -> None:
    """It goes to the screen and back beside the rows that were chosen."""
    derive(harbour)
    path = layer_path(harbour, "ada", DOC)
    layer = decode_layer(path.read_bytes())
    ships = {"ships": '["new: Mary Celeste","ship_sea_gull"]'}
    spans = [msgspec.structs.replace(s, attributes=ships) if s.label == "CREW" else s for s in layer.spans]
    layer = msgspec.structs.replace(layer, spans=tuple(spans))
    write_layer(path, layer)
    corpus = Corpus(harbour)
    assert {fault.code for fault in validate(corpus).faults} == {"entity-proposed"}
    regions = msgspec.convert(layer_to_result(layer, corpus.ontology), list[Region])
    task = Task(1, TaskData(corpus.documents[DOC].text))
    read, refused = read_regions(task, Annotation(1, regions), corpus.ontology)
    assert (list(read.values()), refused) == (list(layer.spans), [])
    (name,) = proposed_entities(corpus)
    assert name.spellings == ("Mary Celeste",)
    add_entity(corpus, "Mary Celeste", "ship_mary_celeste")
    (crew,) = [s for s in decode_layer(path.read_bytes()).spans if s.label == "CREW"]
    assert crew.attributes == {"ships": '["ship_mary_celeste","ship_sea_gull"]'}
    assert validate(Corpus(harbour)).faults == ()
