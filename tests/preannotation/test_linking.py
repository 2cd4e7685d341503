"""Links: a relation goes to the span that is where the rule says."""

import pytest

from parley.model.labels import make_span
from parley.model.ontology import read_ontology
from parley.preannotation.proposals import Candidate, Linker, paragraph_before
from parley.preannotation.rules import Link

VERB = Link("verb", "SAYING", ("SPEECH",), "x", reach=2)
SOURCE = Link("source", "SAYING", ("CREW",), "x", ("near", "continued", "opening"), reach=1, via="verb")


def links(harbour, text, spans, *wanted):
    """Draw links over words: a word is a token, spans are label and words."""
    found = []
    for label, words in spans:
        start = text.index(words)
        first = len(text[:start].split())
        found.append(
            Candidate(make_span(text, label, start, start + len(words)), first, first + len(words.split()))
        )
    found.sort(key=lambda c: (c.start, -c.end))
    by_id = {c.span.id: c.span.text for c in found}
    made = Linker(found, text, read_ontology(harbour.ontology)).relations(wanted)
    return [(r.label, by_id[r.head], by_id[r.tail]) for r in made]


def test_the_nearest_tail_within_reach_is_taken(harbour):
    """Not one inside the head, not one too far away."""
    text = "« she said no » he said then cried"
    spans = [
        ("SAYING", "« she said no »"),
        ("SPEECH", "said no"),
        ("SPEECH", "said then"),
        ("SPEECH", "cried"),
    ]
    assert links(harbour, text, spans, VERB) == [("verb", "« she said no »", "said then")]
    assert (
        links(harbour, "« no » and then much later said", [("SAYING", "« no »"), ("SPEECH", "said")], VERB)
        == []
    )


def test_a_link_may_start_at_another_relations_end(harbour):
    """The source is searched next to the verb, not next to the saying."""
    text = "mate « go » said Ann"
    spans = [("SAYING", "« go »"), ("SPEECH", "said"), ("CREW", "Ann"), ("CREW", "mate")]
    assert ("source", "« go »", "Ann") in links(harbour, text, spans, VERB, SOURCE)
    text = "« go Bo » said then Ann"
    spans = [("SAYING", "« go Bo »"), ("SPEECH", "said"), ("CREW", "Ann"), ("CREW", "Bo")]
    assert ("source", "« go Bo »", "Ann") in links(harbour, text, spans, VERB, SOURCE)


def test_a_quotation_goes_on_with_the_speaker_before(harbour):
    """In the paragraph right below, blank lines or not."""
    spans = [("SAYING", "« go »"), ("SPEECH", "said"), ("CREW", "Ann"), ("SAYING", "« now »")]
    for gap in ("\n", "\r\n\r\n"):
        made = links(harbour, f"« go » said Ann{gap}« now »", spans, VERB, SOURCE)
        assert ("source", "« now »", "Ann") in made
    made = links(harbour, "« go » said Ann\nThen night fell\n« now »", spans, VERB, SOURCE)
    assert ("source", "« now »", "Ann") not in made


def test_a_quotation_alone_has_the_person_that_opens_the_paragraph_before(harbour):
    """And nobody, where that paragraph opens otherwise."""
    spans = [("CREW", "Ann"), ("SAYING", "« now »")]
    assert links(harbour, "Ann left Bo\n« now »", spans, SOURCE) == [("source", "« now »", "Ann")]
    assert links(harbour, "Then Ann left\n« now »", spans, SOURCE) == []


def test_a_paragraph_is_left_by_no_near_link(harbour):
    """However near the next line is."""
    assert links(harbour, "« go »\nsaid", [("SAYING", "« go »"), ("SPEECH", "said")], VERB) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a\nb", (0, 1)), ("a\n\n b", (0, 1)), ("x\na\r\n\r\nb", (2, 3)), ("b", (0, 0)), ("\nb", (0, 0))],
)
def test_the_paragraph_before_is_the_last_line_that_is_not_blank(text, expected):
    """There is none before the first."""
    assert paragraph_before(text, len(text) - 1) == expected
