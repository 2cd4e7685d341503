"""Proposals: what the rules say about the articles, and never what the ontology forbids."""

import dataclasses
import itertools
import subprocess
import sys

import pytest

from parley.corpus.corpus import Corpus
from parley.model.labels import encode_layer, layer_path, make_span
from parley.model.ontology_file import read_ontology
from parley.preannotation.proposals import Candidate, Linker, paragraph_before, proposer
from parley.preannotation.rules import Link

VERB = Link("verb", "SAYING", ("SPEECH",), "x", reach=2)
SOURCE = Link("source", "SAYING", ("CREW",), "x", ("near", "continued", "opening"), reach=1, via="verb")
CHECK = "import sys, parley.preannotation.proposals; sys.exit('spacy' in sys.modules)"


def proposed(documents, corpus):
    return proposer(Corpus(corpus)).layers(documents)


def layers_of(corpus):
    return {layer.doc_id: layer for layer in proposed(list(Corpus(corpus).documents.values()), corpus)}


def spans_of(layer, label):
    return [
        (s.text, s.attributes.get("value", s.attributes.get("entity", "")))
        for s in layer.spans
        if s.label == label
    ]


def relations_of(layer):
    texts = {span.id: span.text for span in layer.spans}
    return [(r.label, texts[r.head], texts[r.tail]) for r in layer.relations]


def test_times_and_quantities_of_the_articles(parley_corpus):
    """Values are what the guidelines say: resolved against the date above the article, else left open."""
    layers = layers_of(parley_corpus)
    assert spans_of(layers["000_5016c1a94fcbe2b0"], "TIME") == [
        ("this month", "2025-06"),
        ("Monday", "2025-06-02"),
        ("two to three days", "P2D..P3D"),
    ]
    assert spans_of(layers["000_5016c1a94fcbe2b0"], "QUANT") == [
        ("four", "4 region"),
        ("at least 1,000", ">=1000 person"),
        ("6,000", "6000 person"),
        ("three", "3 person"),
        ("tens of thousands", ">=20000 person"),
        ("millions", ">=2000000 person"),
        ("around 40", "~40 aircraft"),
        ("$7 billion", "7000000000 USD"),
    ]
    assert spans_of(layers["002_26941f31262b2c1a"], "TIME") == [
        ("Friday", "XXXX-WXX-5"),
        ("March 2022", ">=2022-03"),
        ("10am Eastern on Monday", "XXXX-WXX-1T10:00"),
        ("midnight AEST", "XXXX-XX-XXT00:00"),
        ("each week", "P1W"),
        ("last week", "XXXX-WXX"),
        ("more than three-year-old", ">P3Y"),
        ("Friday", "XXXX-WXX-5"),
        ("one hour and 40 minutes", "PT1H40M"),
        ("Saturday", "XXXX-WXX-6"),
        ("Sunday", "XXXX-WXX-7"),
        ("at least 30 days", ">=P30D"),
    ]
    assert spans_of(layers["001_75393797c8825bc1"], "TIME")[:2] == [
        ("end of August", "<=XXXX-08"),
        ("early September", "<=XXXX-09"),
    ]
    assert spans_of(layers["003_7060f00c363a23ee"], "TIME") == [
        ("Monday", "2025-06-02"),
        ("an hour", "PT1H"),
        ("mid-May", "2025-05"),
        ("Monday", "2025-06-02"),
        ("Sunday", "2025-06-01"),
    ]
    assert spans_of(layers["004_cf94bc654ff6c87c"], "QUANT") == [
        ("thousands", ">=2000 person"),
        ("1.2 million", "1200000 person"),
        ("one", "1 person"),
    ]


def test_mentions_of_the_articles(parley_corpus):
    """One entity under three spellings; Moscow the city only where it is a place."""
    layers = layers_of(parley_corpus)
    named = {
        s.text
        for layer in layers.values()
        for s in layer.spans
        if s.attributes.get("entity") == '["per_zelenskyy"]'
    }
    assert named >= {"Zelensky", "Zelenskyy", "Zelenskiy", "Volodymyr Zelenskyy"}
    moscow = [
        (document.text[s.start - 3 : s.start], s.attributes["entity"])
        for document in Corpus(parley_corpus).documents.values()
        for s in layers[document.doc_id].spans
        if s.text == "Moscow"
    ]
    assert moscow
    assert all((entity == '["gpe_moscow"]') == (before in ("in ", "In ")) for before, entity in moscow)
    assert all(
        s.attributes["level"] == "NAM"
        for layer in layers.values()
        for s in layer.spans
        if "entity" in s.attributes
    )


def test_quotations_of_the_articles_with_cue_and_source(parley_corpus):
    """All ten quotations that are by themselves, none of the scare quotes, mistyped marks included."""
    layers = layers_of(parley_corpus)
    quoted = [s for layer in layers.values() for s in layer.spans if s.label == "CONTENT"]
    assert len(quoted) == 10
    assert {(s.attributes["quote"], s.attributes["stance"]) for s in quoted} == {("direct", "asserted")}
    assert not {"“constructive”", "“severe”", '"great"', "“positive role”"} & {s.text for s in quoted}
    sources = {
        head[:9]: tail
        for layer in layers.values()
        for label, head, tail in relations_of(layer)
        if label == "source"
    }
    assert sources == {
        "“Trump is": "Karoline Leavitt",
        "“He wrote": "Trump",
        "“Hopefull": "He",
        "“This was": "he",
        "“Pressure": "he",
        "“I think ": "he",
        "“Well, th": "he",
        '"If Russi': "He",
        '" If they': "Erdogan",
        "“I’m not ": "he",
    }
    cues = [(h[:9], t) for layer in layers.values() for label, h, t in relations_of(layer) if label == "cue"]
    assert len(cues) == 6
    assert {cue for _, cue in cues} == {"said"}


def test_a_number_counts_the_nearest_noun(parley_corpus):
    """Whatever countable noun comes after it."""
    (document, *_) = list(Corpus(parley_corpus).documents.values())
    text = "The two countries and their soldiers met over 40 tired soldiers of both sides."
    (layer,) = proposed([dataclasses.replace(document, text=text)], parley_corpus)
    assert spans_of(layer, "QUANT") == [("two", "2 state"), ("over 40", ">40 person")]


LINES = """
Rebels will leave by Friday, or until the end of May. They met on Friday evening, within 50 days.
About 30 soldiers on each side and over 5,000 soldiers each week fell; dozens of civilians were killed.
They left since 3 July, after 12 May 2021 and before 2019; some two weeks ago it was a week ago.
"""
VALUES = [
    ("Friday", "<=2025-06-06"), ("end of May", "<=2025-05"), ("Friday evening", "2025-05-30TEV"),
    ("50 days", "<=P50D"), ("each week", "P1W"), ("3 July", ">=2025-07-03"), ("12 May 2021", ">2021-05-12"),
    ("2019", "<2019"), ("some two weeks", "~P2W"), ("a week", "P1W"),
]  # fmt: skip
COUNTS = [
    ("About 30", "~30 person", "member"),
    ("over 5,000", ">5000 person", "period"),
    ("dozens", ">=24 person", None),
]


def test_limits_of_times_and_what_a_number_is_counted_by(parley_corpus):
    """A preposition is in the value, not in the span; what is said for each side or week is not a total."""
    document = Corpus(parley_corpus).documents["000_5016c1a94fcbe2b0"]  # of 2025-06-03
    (layer,) = proposed([dataclasses.replace(document, text=LINES)], parley_corpus)
    assert spans_of(layer, "TIME") == VALUES
    counted = [
        (s.text, s.attributes["value"], s.attributes.get("per")) for s in layer.spans if s.label == "QUANT"
    ]
    assert counted == COUNTS


def test_a_question_that_is_quoted_is_left_to_the_annotators(parley_corpus):
    """Nobody asserts it."""
    (document, *_) = list(Corpus(parley_corpus).documents.values())
    text = "“Will they come?” said Putin.\n“They will,” said Putin.\n"
    (layer,) = proposed([dataclasses.replace(document, text=text)], parley_corpus)
    assert [s.text for s in layer.spans if s.label == "CONTENT"] == ["“They will,”"]


def test_another_ontology_needs_another_file_only(harbour):
    """Nested names, right-to-left aliases, a literal &amp;, emoji inside a quotation."""
    layers = layers_of(harbour)
    assert spans_of(layers["h3_explosion"], "FIRM") == [("Port Velden Pilots", "firm_pilots")]
    assert spans_of(layers["h3_explosion"], "PORT")[:2] == [("Port Velden", "port_velden")] * 2
    assert ("נמל חיפה", "port_haifa") in spans_of(layers["h1_inquiry"], "PORT")
    assert ("النور", "ship_al_noor") in spans_of(layers["h4_storm"], "SHIP")
    assert spans_of(layers["h2_spill"], "FIRM") == [("Marsh &amp; Sons", "firm_marsh")]
    assert spans_of(layers["h0_collision"], "WHEN") == [("Monday evening", "2031-03-03TEV")]
    said = "We heard a bang \U0001f4a5, then the lights went out"
    assert relations_of(layers["h0_collision"]) == [
        ("verb", said, "said"),
        ("source", said, "Captain Zoe\u0308 Brandt"),
    ]


def test_the_prepared_layer_is_what_the_rules_give(harbour):
    """tests/harbour's label files of `rules` are not work by hand."""
    for doc_id, layer in layers_of(harbour).items():
        assert layer_path(harbour, "rules", doc_id).read_bytes() == encode_layer(layer)


@pytest.mark.parametrize("name", ["harbour", "parley_corpus"])
def test_no_proposal_breaks_the_ontology(name, request):
    """Offsets quote the text, required attributes are there, expected relations drawn, labels kept apart."""
    corpus = request.getfixturevalue(name)
    ontology = read_ontology(corpus.ontology)
    text = {name: d.text for name, d in Corpus(corpus).documents.items()}
    for doc_id, layer in layers_of(corpus).items():
        heads = {(r.label, r.head) for r in layer.relations}
        for s in layer.spans:
            assert s == make_span(text[doc_id], s.label, s.start, s.end, s.attributes)
            for attribute in ontology.attributes_of[s.label].values():
                assert attribute.name in s.attributes or not attribute.is_required(s.attributes)
            for relation in ontology.relations:
                excused = relation.excused_by and s.attributes.get(relation.excused_by)
                assert s.label not in relation.expected_of or excused or (relation.name, s.id) in heads
        for one, other in itertools.combinations(layer.spans, 2):
            same = one.label == other.label or {one.label, other.label} <= {"PER", "ORG", "GPE", "LOC"}
            assert not same or one.end <= other.start or other.end <= one.start


def test_a_quotation_without_a_source_is_not_proposed(harbour):
    """The ontology expects one of every saying; half a proposal would fail validation."""
    rules = harbour.preannotation.read_text(encoding="utf-8")
    harbour.preannotation.write_text(rules[: rules.rindex("[[link]]")], encoding="utf-8")
    layers = layers_of(harbour)
    assert not any(s.label == "SAYING" for layer in layers.values() for s in layer.spans)
    assert not any(layer.relations for layer in layers.values())


def test_a_proposal_that_hangs_on_an_incomplete_one_goes_with_it(harbour):
    """No person is said to belong anywhere: if that is expected, sayings have no source any more."""
    before = layers_of(harbour)
    scheme = harbour.ontology.read_text(encoding="utf-8")
    ends = 'head = ["SHIP", "CREW"]\n'
    assert scheme.count(ends) == 1
    harbour.ontology.write_text(scheme.replace(ends, ends + 'expected_of = ["CREW"]\n'), encoding="utf-8")
    after = layers_of(harbour)
    assert {s.label for layer in before.values() for s in layer.spans} > {"CREW", "SAYING"}
    for doc_id, layer in before.items():
        assert [s for s in layer.spans if s.label not in ("CREW", "SAYING")] == list(after[doc_id].spans)
        assert after[doc_id].relations == ()


def test_layers_stream(harbour):
    """A layer comes before the last article has been asked for."""
    asked = []

    def endless():
        for number in itertools.count():
            asked.append(number)
            yield from Corpus(harbour).documents.values()

    layers = proposed(endless(), harbour)
    assert next(layers).doc_id == "h0_collision"
    assert len(asked) < 100


def test_the_words_of_many_articles_do_not_stay(harbour, monkeypatch):
    """Memory would grow with the corpus; what is proposed does not depend on what was seen before."""
    monkeypatch.setattr("parley.preannotation.proposals._WORDS", 1_000)
    (one, *_) = list(Corpus(harbour).documents.values())
    strange = [
        dataclasses.replace(one, text=f"{one.text}\n" + " ".join(f"w{n}x{word}" for word in range(100)))
        for n in range(200)
    ]
    proposing = proposer(Corpus(harbour))
    list(proposing.layers([one]))
    before = len(proposing._matcher.nlp.vocab)
    layers = list(proposing.layers(strange))
    assert len(proposing._matcher.nlp.vocab) < before + 10_000 < before + 200 * 100
    assert len(layers) == 200
    assert all(layer.spans == layers[0].spans for layer in layers)


@pytest.mark.parametrize("file", ["preannotation.toml", "entities.csv", "ontology.toml"])
def test_changed_rules_have_another_name(harbour, file):
    """Predictions of two rule sets are never taken for one another's."""
    before = proposer(Corpus(harbour)).model_version
    assert before == proposer(Corpus(harbour)).model_version
    with (harbour.annotation / file).open("a", encoding="utf-8") as out:
        out.write("\n")
    assert proposer(Corpus(harbour)).model_version != before
    assert before.startswith("parley-rules ")


def test_importing_loads_no_spacy():
    """Scripts that only read labels start fast."""
    assert subprocess.run([sys.executable, "-c", CHECK], check=False).returncode == 0


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
