"""brat: what others' readers find in the files, and what is read of files that others wrote."""

import re

import pytest
from bioc import brat as bioc
from exchanged import articles, attributes_of, relations_of, sources, spans_of

from made_up_schemes import HARD as ONTOLOGY
from parley.exchange.brat import IN_PIECES, read_article
from parley.exchange.names import NO_END
from parley.values.several import several

REFERENCE = re.compile(r"N\d+\tReference (T\d+) ([^:\s]+):(\S+)\t.*")
NOTE = re.compile(r"#\d+\tAnnotatorNotes (T\d+)\t([^=]+)=(.*)")


@pytest.mark.parametrize("name", ["gold", "pilot", "harbour", "hard"])
def test_bioc_and_the_format_s_description_find_every_label(name, exported):
    """Bioc finds spans, relations and choices; the lines that it drops, N and notes, hold the rest."""
    source = sources()[name]
    out, _ = exported(name, "brat")
    several_of = {a.name for a in source.ontology.attributes if a.several}
    for doc_id, one in articles(source).items():
        (path,) = out.rglob(f"{doc_id}.ann")
        text = path.with_suffix(".txt").read_bytes().decode()
        assert text == one.text
        with path.open(newline="\n", encoding="utf-8") as file:
            read = bioc.load_ann(file)
        places = {e.id: (e.type, *e.total_span) for e in read.entities}
        assert set(places.values()) == spans_of(one)
        assert {
            (r.type, places[r.arguments["Arg1"]], places[r.arguments["Arg2"]]) for r in read.relations
        } == relations_of(one)
        values = {(places[a.refid], a.type, " ".join(a.attributes)) for a in read.attributes}
        lines = path.read_bytes().decode().split("\n")
        ids = {}
        for span, attribute, entry in (m.groups() for m in map(REFERENCE.fullmatch, lines) if m):
            ids.setdefault((places[span], attribute), []).append(entry)
        values |= {(*key, several(own) if key[1] in several_of else own[0]) for key, own in ids.items()}
        values |= {(places[s], n, v) for s, n, v in (m.groups() for m in map(NOTE.fullmatch, lines) if m)}
        assert values == {given for given in attributes_of(one) if not set("\t\r\n") & set(given[2])}


def test_the_configuration_allows_what_is_written(exported):
    """annotation.conf declares every label, relation and choice, visual.conf a colour that can be read."""
    out, _ = exported("hard", "brat")
    lines = (out / "annotation.conf").read_text(encoding="utf-8").splitlines()
    entities = lines[lines.index("[entities]") + 1 : lines.index("[relations]") - 1]
    assert entities == ["SHIP", "PORT-x.1", "ACT"]
    assert "by\tArg1:ACT, Arg2:SHIP|PORT-x.1" in lines
    assert "level\tArg:SHIP|PORT-x.1, Value:NAM" in lines
    looks = (out / "visual.conf").read_text(encoding="utf-8").splitlines()
    assert "SHIP\tbgColor:#004466, fgColor:white" in looks
    assert "PORT-x.1\tbgColor:#ffee88, fgColor:black" in looks
    assert "SHIP | Ship / vessel" in looks


def test_what_others_write_is_read_and_the_rest_is_named():
    """Events, flags, references and equivalences are read; fragments that lie apart are not bent."""
    text = "Mary Ann left the port of Hull."
    standoff = (
        "T1\tSHIP 0 8\tMary Ann\nT2\tACT 9 13\tleft\nT3\tPORT-x.1 18 22;26 30\tport Hull\n"
        "T4\tPORT-x.1 26 30\tHull\nE1\tACT:T2 by:T1 by2:T4\nA1\tlevel T1 NAM\nM1\tNegation E1\n"
        "*\tEquiv T1 T4\nN1\tReference T1 Wikidata:Q1\tMary\n#1\tAnnotatorNotes T2\tlook again\n"
        "R1\tsame Arg1:T1 Arg2:T3\n"
    )
    read = read_article("a", text, standoff, ONTOLOGY)
    assert spans_of(read) == {("SHIP", 0, 8), ("ACT", 9, 13), ("PORT-x.1", 26, 30)}
    assert {(label, tail[1]) for label, _, tail in relations_of(read)} == {
        ("by", 0),
        ("by", 26),
        ("Equiv", 26),
    }
    assert {(n, v) for _, n, v in attributes_of(read)} == {
        ("level", "NAM"), ("Negation", "true"), ("Wikidata", "Q1"),
    }  # fmt: skip
    assert [line[:2] for line in read.unread] == ["#1"]
    assert [(one.kind, one.why) for one in read.lost] == [("spans", IN_PIECES), ("relations", NO_END)]
