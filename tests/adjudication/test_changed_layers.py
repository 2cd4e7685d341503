"""A layer changes after adjudication: what opens, kind by kind, on the harbour's storm."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import msgspec
import pytest

from parley.adjudication.compare import SpanItem, compare, open_adjudication
from parley.adjudication.gold import gold_faults, read_ledger, rebuild_gold
from parley.adjudication.ledger import encode_ledger
from parley.adjudication.settled import open_items
from parley.adjudication.validity import valid_decisions
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.labels import (
    Relation,
    Span,
    decode_layer,
    in_order,
    layer_path,
    make_relation,
    make_span,
    sha256_text,
    write_layer,
)
from parley.model.paths import CorpusPaths
from parley.release.publish import publish
from parley.steps.adjudicate import adjudicate, list_disagreements, settle

DOC = "h4_storm"
TIES = ["at", "involves", "leads_to", "leads_to", "when"]
STORM, NOOR, DAY, MASTER = "INCIDENT-28-33", "SHIP-54-61", "20 November 2031", "harbour master"
CAUSE, CREW, TIDE, TUG = "INCIDENT-102-111", "CREW-182-196", "WHEN-247-256", "SHIP-292-295"


def fill(corpus: CorpusPaths, *, added: Sequence[dict[str, str]] = (), **how: dict[str, object]) -> None:
    """Fill in the decisions files of the lists: ada throughout, if she said anything, else nobody.

    how: other entries by the quote, or the label of a relation, of a place of the storm.
    """
    list(list_disagreements(Corpus(corpus)))
    for path in sorted((corpus.build / "adjudication").glob("*.json")):
        form = json.loads(path.read_bytes())
        for entry in form["items"].values():
            rivals = {who: rival for rival in entry["shown"]["rivals"] for who in rival["said by"]}
            words = {rival.get("quote", rival["label"]).replace(" ", "_") for rival in rivals.values()}
            own = next((how[name] for name in words if path.stem == DOC and name in how), None)
            keeps = rivals["ada"].get("keep")
            if not entry["keep"]:
                entry.pop("reject", None)
            entry.update(own or ({"keep": keeps} if keeps else {"reject": True}))
        form["added"] = list(added) if path.stem == DOC else []
        path.write_text(json.dumps(form), encoding="utf-8")


def take_over(corpus: CorpusPaths) -> str:
    files = sorted((corpus.build / "adjudication").glob("*.json"))
    return "\n".join(adjudicate(Corpus(corpus), lead="cy", files=files))


@pytest.fixture
def decided(harbour: CorpusPaths) -> CorpusPaths:
    """Return the harbour adjudicated: bo's boundary edited, a tank added, the tug rejected."""
    tank = {"span": "CARGO", "quote": "tank", "key": "tank", "attributes": {"dangerous": "no"}}
    tie = {"relation": "involves", "head": CAUSE, "tail": "tank"}
    crew, no = {"edit": {"of": "bo", "quote": "harbour master 🇩🇰"}}, {"reject": True}
    fill(harbour, added=[tank, tie], harbour_master=crew, tug=no, belongs_to=no, involves={"keep": "bo"})
    take_over(harbour)
    return harbour


def open_places(corpus: CorpusPaths, annotators: Sequence[str] = (), doc_id: str = DOC) -> list[str]:
    """Return what is open of an article, each in words."""
    adjudication = open_adjudication(Corpus(corpus), annotators)
    document = adjudication.corpus.documents[doc_id]
    ledger = read_ledger(adjudication.corpus)
    comparison = adjudication.comparisons[doc_id]
    valid = valid_decisions(comparison, ledger, adjudication.corpus.ontology, document.text)
    return [
        "/".join(
            sorted({c.span.text if isinstance(i, SpanItem) else c.label for c in i.candidates})  # type: ignore[union-attr]
        )
        for i in open_items(valid)
    ]


def change(
    corpus: CorpusPaths, who: str, edit: Callable[[dict[str, Span], dict[str, Relation]], None]
) -> None:
    """Change a layer of the storm: spans and relations by id."""
    path = layer_path(corpus, who, DOC)
    layer = decode_layer(path.read_bytes())
    spans, relations = {s.id: s for s in layer.spans}, {r.id: r for r in layer.relations}
    edit(spans, relations)
    kept = tuple(r for r in relations.values() if {r.head, r.tail} <= spans.keys())
    write_layer(path, in_order(msgspec.structs.replace(layer, spans=tuple(spans.values()), relations=kept)))


def text(corpus: CorpusPaths) -> str:
    return Corpus(corpus).documents[DOC].text


def moved(old: str, start: int, end: int):
    """Return an edit that moves a span's edges; its relations go with it, as on the screen."""

    def edit(words: str, spans: dict[str, Span], relations: dict[str, Relation]) -> None:
        one = spans.pop(old)
        new = make_span(words, one.label, start, end, one.attributes)
        spans[new.id] = new
        for name, relation in list(relations.items()):
            if old in (relation.head, relation.tail):
                del relations[name]
                ends = [spans[new.id if end == old else end] for end in (relation.head, relation.tail)]
                again = make_relation(relation.label, *ends, symmetric=relation.label == "same")
                relations[again.id] = again

    return edit


def added(label: str, start: int, end: int, **attributes: str):
    return lambda words, spans, _: spans.update(
        {f"{label}-{start}-{end}": make_span(words, label, start, end, attributes)}
    )


def removed(name: str):
    return lambda words, spans, relations: (spans if name in spans else relations).pop(name)


def said(name: str, **attributes: str):
    return lambda words, spans, _: spans.update(
        {name: msgspec.structs.replace(spans[name], attributes=attributes)}
    )


def tied(label: str, head: str, tail: str):
    return lambda words, spans, relations: relations.update(
        {"new": make_relation(label, spans[head], spans[tail])}
    )


def other_end(label: str, head: str, tail: str, new: str):
    def edit(words: str, spans: dict[str, Span], relations: dict[str, Relation]) -> None:
        del relations[f"{head}.{label}.{tail}"]
        relations["new"] = make_relation(label, spans[head], spans[new])

    return edit


KINDS = [
    # kind, whose layer, change, what is open after it
    ("a label where nobody had one", "ada", added("SPEECH", 285, 289), ["sent"]),
    ("a label that the other has, and was kept", "ada", added("WHEN", 247, 256), []),
    ("a label that the other has, and was rejected", "bo", added("SHIP", 292, 295, naming="description"), []),
    ("a label as the lead had added it", "ada", added("CARGO", 122, 126, dangerous="no"), []),
    ("a label that is another's rival now", "ada", added("WHEN", 244, 256), ["at high tide/high tide"]),
    ("an agreed label is removed", "bo", removed("SPEECH-262-266"), ["said", "verb"]),
    ("a rejected label is removed", "ada", removed(TUG), []),
    ("a rival is removed", "ada", removed(CAUSE), ["grounding", *TIES]),
    ("an edge of an agreed label is moved", "bo", moved("WHEN-79-95", 76, 95), [f"{DAY}/on {DAY}"]),
    ("an edge of a rival is moved", "ada", moved("CREW-182-214", 178, 196), [f"{MASTER}/the {MASTER}"]),
    ("an attribute of an agreed label", "bo", said("INCIDENT-28-33", cause="fault"), ["storm"]),
    ("an attribute of a rival", "ada", said(CAUSE, cause="fault"), ["grounding"]),
    ("a relation where nobody had one", "ada", tied("leads_to", CAUSE, STORM), ["leads_to"]),
    ("a relation that the other has, and was kept", "ada", tied("involves", STORM, NOOR), []),
    ("an agreed relation is removed", "ada", removed("CARGO-145-151.measure.AMOUNT-132-141"), ["measure"]),
    ("a kept relation is removed", "bo", removed("INCIDENT-28-33.involves.SHIP-54-61"), []),
    ("an end of a kept relation", "bo", other_end("involves", STORM, NOOR, "SHIP-222-226"), ["involves"]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "who", "edit", "expected"), KINDS, ids=[k[0] for k in KINDS])
def test_a_change_opens_what_it_changed(
    decided: CorpusPaths, kind: str, who: str, edit: Callable[..., None], expected: list[str]
) -> None:
    """As many places as were changed; nothing is written while any is open, all of it when none is."""
    before = {p: p.read_bytes() for p in [decided.ledger, *decided.gold.iterdir()]}
    words = text(decided)
    change(decided, who, lambda spans, relations: edit(words, spans, relations))
    assert sorted(open_places(decided)) == sorted(expected)
    found = gold_faults(Corpus(decided))
    assert [f.code for f in found if f.code == "decision-missing"] == ["decision-missing"] * len(expected)
    assert {f.code for f in found} <= {"decision-missing" if expected else "gold-stale"}
    if expected:
        with pytest.raises(DataFaults, match="decision-missing"):
            rebuild_gold(Corpus(decided))
        assert {p: p.read_bytes() for p in before} == before
    else:
        rebuild_gold(Corpus(decided))
        assert gold_faults(Corpus(decided)) == []
    others = [p for p in before if p.suffix == ".json" and p.stem != DOC]
    if expected:
        fill(decided)
        take_over(decided)
    assert gold_faults(Corpus(decided)) == []
    assert all(p.read_bytes() == before[p] for p in others)


def third(corpus: CorpusPaths, *, without: str = "") -> None:
    """Let the lead's seat label the storm as bo does, but one label; somebody else leads."""
    layer = decode_layer(layer_path(corpus, "bo", DOC).read_bytes())
    kept = [s for s in layer.spans if s.id != without]
    ids = {s.id for s in kept}
    arcs = [r for r in layer.relations if {r.head, r.tail} <= ids]
    write_layer(
        layer_path(corpus, "cy", DOC),
        msgspec.structs.replace(layer, annotator="cy", spans=tuple(kept), relations=tuple(arcs)),
    )


def test_a_third_annotator_opens_what_they_see_otherwise(decided: CorpusPaths) -> None:
    """Who says what bo says brings no new rival; a label the third lacks was agreed by two, and is open."""
    before = (decided.gold / f"{DOC}.json").read_bytes()
    third(decided)
    assert open_places(decided, ("ada", "bo", "cy")) == []
    third(decided, without="SPEECH-262-266")
    assert open_places(decided, ("ada", "bo", "cy")) == ["said", "verb"]
    assert (decided.gold / f"{DOC}.json").read_bytes() == before


def test_an_annotator_who_is_taken_out_opens_nothing_that_the_others_share(decided: CorpusPaths) -> None:
    """What two of three had was decided between the same rivals; what they agree on needs no decision."""
    third(decided)
    corpus = Corpus(decided)
    adjudication = open_adjudication(corpus, ("ada", "bo", "cy"))
    settle(adjudication, "rules")
    assert {r.sources for r in read_ledger(Corpus(decided)) if r.label_id == CREW} == {"bo|cy"}
    assert gold_faults(Corpus(decided)) == []
    assert open_places(decided, ("ada", "bo")) == []
    assert open_places(decided, ("bo", "cy")) == []  # they agree throughout


def test_a_changed_text_opens_the_places_that_it_moved(decided: CorpusPaths) -> None:
    """Before the change all stays; after it offsets are others, and with them the rivals."""
    manifest = Corpus(decided).documents[DOC]
    old = manifest.text
    new = old.replace("high tide", "a high tide")
    shift = old.index("high tide")
    for who in ("ada", "bo"):
        path = layer_path(decided, who, DOC)
        layer = decode_layer(path.read_bytes())
        moved_to = {
            s.id: make_span(
                new,
                s.label,
                s.start + 2 * (s.start >= shift),
                s.end + 2 * (s.end > shift),
                s.attributes,
            )
            for s in layer.spans
        }
        arcs = [
            make_relation(r.label, moved_to[r.head], moved_to[r.tail], symmetric=r.label == "same")
            for r in layer.relations
        ]
        layer = msgspec.structs.replace(
            layer, text_sha256=sha256_text(new), spans=tuple(moved_to.values()), relations=tuple(arcs)
        )
        write_layer(path, in_order(layer))
    layers = [decode_layer(layer_path(decided, who, DOC).read_bytes()) for who in ("ada", "bo")]
    comparison = compare(layers, Corpus(decided).ontology)
    valid = valid_decisions(comparison, read_ledger(Corpus(decided)), Corpus(decided).ontology, new)
    opened = {c.span.text for i in open_items(valid) if isinstance(i, SpanItem) for c in i.candidates}
    assert opened == {"high tide", "tug"}
    assert set(valid.spans) == {i.id for i in comparison.spans if i.end < shift and not i.agreed}


def test_a_file_for_older_layers_applies_where_its_places_are_unchanged(harbour: CorpusPaths) -> None:
    """What it cannot apply is named, and is open; the rest need not be written again."""
    fill(harbour)
    words = text(harbour)
    change(harbour, "ada", lambda spans, relations: said(CAUSE, cause="fault")(words, spans, relations))
    with pytest.raises(DataFaults) as found:
        take_over(harbour)
    assert sorted((f.code, f.place.split(" > ")[0]) for f in found.value.faults) == [
        ("decision-missing", DOC),
        ("decision-unknown", DOC),
    ]
    assert {p.stem for p in harbour.gold.iterdir()} == {
        path.stem for path in (harbour.labels / "ada").iterdir() if path.stem != DOC
    }
    list(list_disagreements(Corpus(harbour)))
    form = json.loads((harbour.build / "adjudication" / f"{DOC}.json").read_bytes())
    blank = [name for name, entry in form["items"].items() if not entry["keep"] and "reject" not in entry]
    assert len(form["items"]) == 7, "six that are open, and the one that was filled in for what is gone"
    (open_one,) = blank
    assert form["items"][open_one]["shown"]["rivals"][0]["attributes"] == {"cause": "fault"}


def test_a_list_names_what_is_open_alone(decided: CorpusPaths) -> None:
    """Nothing after adjudication, and then no file; the decisions on a label if the lead asks for them."""
    listed = list(list_disagreements(Corpus(decided)))
    articles = sorted(p.stem for p in decided.gold.iterdir())
    assert listed == [f"build/adjudication/{name}.md  0 places to decide" for name in articles]
    assert not list((decided.build / "adjudication").glob("*.json"))
    assert "1 place to decide" in "\n".join(list_disagreements(Corpus(decided), reopen=["CREW"]))
    form = json.loads((decided.build / "adjudication" / f"{DOC}.json").read_bytes())
    (entry,) = form["items"].values()
    assert entry["shown"]["decided"] == f"{CREW} “harbour master” became CREW-182-199"
    assert "ledger and gold are as they were" in take_over(decided), "what is not filled in stays"
    entry["keep"] = "ada"
    (decided.build / "adjudication" / f"{DOC}.json").write_text(json.dumps(form), encoding="utf-8")
    list(list_disagreements(Corpus(decided), reopen=["CREW"]))
    again = json.loads((decided.build / "adjudication" / f"{DOC}.json").read_bytes())
    assert again == form, "what is filled in stays until it is taken over"
    assert "wrote annotation/ledger.csv" in take_over(decided)
    with pytest.raises(UsageError, match="no label 'CREWS'"):
        list(list_disagreements(Corpus(decided), reopen=["CREWS"]))


def test_a_ledger_of_an_older_version_is_read_as_it_is(decided: CorpusPaths) -> None:
    """Without the last column nothing is open, nothing is written; the next decision writes it anew."""
    rows = read_ledger(Corpus(decided))
    older = encode_ledger(rows, rows[0]._fields[:-1])
    decided.ledger.write_bytes(older)
    assert gold_faults(Corpus(decided)) == []
    assert open_places(decided) == []
    assert rebuild_gold(Corpus(decided)) == []
    assert settle(open_adjudication(Corpus(decided)), "cy").written == []
    assert decided.ledger.read_bytes() == older
    words = text(decided)
    change(decided, "ada", lambda spans, relations: removed(TUG)(words, spans, relations))
    assert rebuild_gold(Corpus(decided)) == ["annotation/ledger.csv"]
    assert [r.given for r in read_ledger(Corpus(decided)) if r.decision == "edited"] == ["{}"]


def test_a_label_that_is_added_is_taken_out_by_its_id(decided: CorpusPaths) -> None:
    """With the relation that the lead tied to it."""
    form = {"doc_id": DOC, "items": {"CARGO-122-126": {"reject": True}}}
    path = decided.root / "out.json"
    path.write_text(json.dumps(form), encoding="utf-8")
    lines = list(adjudicate(Corpus(decided), lead="cy", files=[path]))
    assert f"taken out: {DOC}: {CAUSE}.involves.CARGO-122-126: it has no place any more" in lines
    assert not [r for r in read_ledger(Corpus(decided)) if r.decision == "added"]
    assert gold_faults(Corpus(decided)) == []


def test_gold_with_open_places_is_not_published(decided: CorpusPaths) -> None:
    """Also if nobody validates before: every open place is named, and dataset/ is as it was."""
    settings = decided.root / "release.toml"
    settings.write_text(settings.read_text("utf-8").replace('labels = "ada"', 'labels = "gold"'), "utf-8")
    words = text(decided)
    change(decided, "bo", lambda spans, relations: removed("SPEECH-262-266")(words, spans, relations))
    with pytest.raises(DataFaults) as refused:
        publish(Corpus(decided))
    assert [f.code for f in refused.value.faults] == ["decision-missing"] * 2
    assert not decided.dataset.exists()


def test_a_rival_relation_that_is_removed_opens_its_place(decided: CorpusPaths) -> None:
    """Of two directions one is left: that the lead chose between them says nothing of one alone."""
    path = layer_path(decided, "bo", "h1_inquiry")
    layer = decode_layer(path.read_bytes())
    kept = tuple(r for r in layer.relations if r.label != "leads_to")
    write_layer(path, msgspec.structs.replace(layer, relations=kept))
    assert open_places(decided, doc_id="h1_inquiry") == ["leads_to"]
