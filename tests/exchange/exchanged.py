"""Articles that are hard to hold, sources of articles, and labels as sets that readers are compared by."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from checkout import CHECKOUT
from made_up_schemes import HARD as ONTOLOGY
from parley.corpus.corpus import Corpus
from parley.exchange.articles import Article, Source, layer_source
from parley.exchange.loss import KINDS, Account
from parley.model.labels import Relation, Span, make_relation, make_span


@dataclass(frozen=True)
class Given:
    """A part of a source that is in memory."""

    name: str
    given: tuple[Article, ...]

    def articles(self) -> Iterator[Article]:
        """Yield the articles."""
        return iter(self.given)


def article(
    doc_id: str,
    text: str,
    spans: list[tuple[str, str, dict[str, str]]],
    relations: list[tuple[str, int, int]] = [],  # noqa: B006 - it is read only
    **known: str,
) -> Article:
    """Return an article. spans: label, words (their first place) and attributes; relations: label, rows."""
    made = [make_span(text, x, text.index(w), text.index(w) + len(w), a) for x, w, a in spans]
    arcs = [
        make_relation(label, made[a], made[b], symmetric=ONTOLOGY.relation_by_name[label].symmetric)
        for label, a, b in relations
    ]
    made = [
        Span(s.id, s.start, s.end, s.text, s.label, s.attributes, ("ada", "bo"), "kept", "boundary")
        for s in made
    ]
    arcs = [Relation(r.id, r.label, r.head, r.tail, ("ada",), "agreed") for r in arcs]
    return Article(doc_id, text, tuple(made), tuple(arcs), known)


HARD = (
    article(
        "h0_emoji",
        "👩‍🚀 saw the 🚢 Mary\u202fAnn in 𝔓ort. It left.\n\n"
        "The  next day\tit came  back; Mary Ann’s crew — 42 — did not.",
        [
            ("SHIP", "🚢 Mary\u202fAnn", {"level": "with blanks", "entity": "ship_mary", "sure": "-3.5"}),
            ("PORT-x.1", "𝔓ort", {"level": "NAM", "note": "a = b; \"quoted\" 'and' {more}"}),
            ("ACT", "left", {"members": '["ship_anne","ship_mary"]', "when": "<=P1D", "how_much": "~3 ship"}),
            ("SHIP", "Mary Ann’s crew — 42", {}),
            ("SHIP", "Mary Ann", {"entity": "ship_mary"}),
            ("ACT", "came  back", {"members": '["ship_mary"]'}),
        ],
        [("by", 2, 0), ("same", 0, 4), ("by", 5, 4), ("by", 5, 1), ("same", 0, 3)],
        title="A <title> & more",
        language="en",
        published="2025-03-02",
        publisher="Übersee",
        event="e1",
        rights="© all",
    ),
    article(
        "h1_markup",
        "</script><img src=x onerror=alert(1)>]]> & &amp; \"T1\tSHIP 0 4\tMary\"\n"
        "-DOCSTART- -X- O O\n# comment\n"
        "{json: [1]} \u202eevil\u202c a\u00a0b\u00adc d\u200be \u2028 line",
        [
            ("SHIP", "<img src=x onerror=alert(1)>", {"note": "<b>&amp;</b>"}),
            ("SHIP", "-DOCSTART-", {}),
            ("PORT-x.1", "evil", {"level": "NAM"}),
            ("ACT", "a\u00a0b\u00adc", {}),
            ("SHIP", "Mary\"\n-DOCSTART-", {}),
            ("ACT", "comment\n{json:", {"note": "over a line"}),
        ],
        [("by", 3, 0), ("by", 5, 4), ("same", 0, 1)],
        language="en",
    ),
    article(
        "h2_inside_words",
        "Unterseebootshafen und Fähren.",
        [("SHIP", "seeboot", {"entity": "x"}), ("PORT-x.1", "hafen", {}), ("SHIP", "Fähre", {})],
        [("same", 0, 2)],
        language="de",
    ),
    article(
        "h6_control",
        "Bell\x07 rings,\r\nMary\x0bAnn \x85 stays \ufffe. She \ufffd left.",
        [
            ("SHIP", "Mary\x0bAnn", {"note": "two\nlines", "entity": "ship mary"}),
            ("ACT", "rings,\r\nMary", {"note": "a\tcell", "when": "P\x07D"}),
            ("ACT", "left", {"note": " blanks ", "how_much": ""}),
        ],
        [("by", 1, 0), ("by", 2, 0)],
        language="en",
        title="Bell\x07",
    ),
    article("h3_nothing", "No label here. None.", [], language="en"),
    article("h4_blank", " \n \n", []),
    article(
        "h5_arabic",
        "غادرت السفينة مريم الميناء. لم تعد\u200f السفينة.",
        [("SHIP", "السفينة مريم", {"level": "NAM"}), ("ACT", "غادرت", {}),
         ("ACT", "لم تعد\u200f السفينة", {})],
        [("by", 1, 0), ("by", 2, 0)],
        language="ar",
    ),
)  # fmt: skip


def hard() -> Source:
    """Return the hard articles, in two parts."""
    return Source("hard articles", ONTOLOGY, [Given("train", HARD[:4]), Given("test", HARD[4:])])


@cache
def sources() -> dict[str, Source]:
    """Return what every format is tried on, by name: layers of three corpora, and the hard articles."""
    return {
        "gold": layer_source(Corpus.at(CHECKOUT), "gold"),
        "pilot": _first_layer(CHECKOUT / "annotation" / "pilot"),
        "harbour": layer_source(Corpus.at(CHECKOUT / "tests" / "harbour"), "ada"),
        "hard": hard(),
    }


def _first_layer(root: Path) -> Source:
    corpus = Corpus.at(root)
    return layer_source(corpus, sorted(path.name for path in corpus.paths.labels.iterdir())[0])


def articles(source: Source) -> dict[str, Article]:
    """Return all articles of a source by name."""
    return {one.doc_id: one for part in source.parts for one in part.articles()}


def spans_of(one: Article) -> set[tuple[str, int, int]]:
    """Return the spans of an article: label, start, end."""
    return {(s.label, s.start, s.end) for s in one.spans}


def words_of(one: Article) -> list[tuple[str, str]]:
    """Return the spans of an article as their labels and words, white space apart, sorted."""
    return sorted((s.label, "".join(s.text.split())) for s in one.spans)


def relations_of(one: Article) -> set[tuple[str, tuple[str, int, int], tuple[str, int, int]]]:
    """Return the relations of an article: label, head, tail."""
    return {(r.label, (a.label, a.start, a.end), (b.label, b.start, b.end)) for r, a, b in one.ends()}


def attributes_of(one: Article) -> set[tuple[tuple[str, int, int], str, str]]:
    """Return the attributes of an article's spans: span, name, value."""
    return {((s.label, s.start, s.end), n, v) for s in one.spans for n, v in s.attributes.items()}


def assert_sums(account: Account) -> None:
    """Hold that in = out + lost, of every kind and label."""
    for kind, label in account.given:
        given, found, lost = account.of(kind, label)
        assert given == found + lost, (kind, label)
    for kind in KINDS:
        given, found, lost = account.of(kind)
        assert given == found + lost, kind
    assert not account.changed
