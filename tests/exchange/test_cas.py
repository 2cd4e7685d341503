"""UIMA CAS: what dkpro-cassis alone finds in the files."""

import cassis
import pytest
from exchanged import HARD, articles, sources

from parley.exchange.cas import ARTICLE, RELATION, SPAN

TOKEN = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Token"


@pytest.mark.parametrize("name", ["gold", "pilot", "harbour", "hard"])
def test_cassis_finds_every_label(name, exported):
    """Offsets count code points again after XMI's UTF-16 units; features have attributes and origins."""
    source = sources()[name]
    out, _ = exported(name, "cas")
    types = cassis.load_typesystem(out / "TypeSystem.xml")
    for doc_id, one in articles(source).items():
        (path,) = out.rglob(f"{doc_id}.xmi")
        with path.open("rb") as file:
            cas = cassis.load_cas_from_xmi(file, typesystem=types)
        if doc_id != "h6_control":
            assert cas.sofa_string == one.text
        found = {(s.label, s.begin, s.end, s.sources) for s in cas.select(SPAN)}
        given = {(s.label, s.start, s.end, " ".join(s.sources) or None) for s in one.spans}
        assert found == given
        arcs = {(r.label, r.Governor.begin, r.Dependent.begin, r.begin) for r in cas.select(RELATION)}
        assert arcs == {(r.label, a.start, b.start, b.start) for r, a, b in one.ends()}
        if doc_id == "h6_control":  # see below
            continue
        by_place = {(s.label, s.start, s.end): s for s in one.spans}
        for span in cas.select(SPAN):
            own = by_place[span.label, span.begin, span.end].attributes
            names = {feature.name for feature in span.type.all_features}
            assert {n: span[n] for n in own.keys() & names} == {n: own[n] for n in own.keys() & names}
        (about,) = cas.select(ARTICLE)
        assert (about.title or "") == one.metadata.get("title", "")
        assert bool(cas.select(TOKEN)) == bool(one.text.strip())


def test_what_xml_cannot_hold_is_counted(exported):
    """Control characters are U+FFFD, so that all offsets hold; values that have one are left out."""
    _, account = exported("hard", "cas")
    control = next(one for one in HARD if one.doc_id == "h6_control")
    lost = sum(character in "\x07\x0b\ufffe" for character in control.text)
    assert account.of("text")[2] == lost == 3
    assert not account.of("spans")[2]
    assert not account.of("relations")[2]
    assert account.of("attributes", "when")[2] == 1
    assert account.of("metadata", "title")[2] == 1
