"""Labels written as quotes: found if they are in the text, refused if not."""

import dataclasses
from itertools import combinations

import msgspec
import pytest

from made_up_schemes import between, made_up
from parley.corpus.corpus import Corpus
from parley.exchange.quotes import (
    layer_from_quotes,
    numbered,
    write_labels_from_quotes,
)
from parley.faults import DataFaults, UsageError
from parley.model.documents import Document
from parley.model.ontology import Ontology
from parley.model.quotes import occurrences, paragraphs

TEXT = "He said the 🚢 sank.\n\nThe crew, he said, was safe; he wept."
DOCUMENT = Document("d", TEXT, "A title", "", "2026-01-02", "e", "en", "", "d.txt", "0" * 64, (), ())


ONTOLOGY = made_up(
    "toy",
    [{"name": "WHO"}, {"name": "CUE"}],
    [],
    [between("by", ["CUE"], ["WHO"]), between("same", ["WHO"], ["WHO"], symmetric=True)],
)


@pytest.fixture
def ontology() -> Ontology:
    return ONTOLOGY


def faults(quotes, ontology):
    with pytest.raises(DataFaults) as raised:
        layer_from_quotes(quotes, DOCUMENT, ontology, "ada")
    return raised.value.faults


def test_quotes_become_offsets_in_code_points(ontology):
    """Paragraph, quote and occurrence give the place; an emoji before it counts one."""
    layer = layer_from_quotes(
        """
        # the first paragraph
        span | a | CUE | 1 | sank | 1 | kind="by night" level=NAM
        span | b | WHO | 2 | he | 2 |
        rel | by | a | b
        """,
        DOCUMENT,
        ontology,
        "ada",
    )
    sank, he = layer.spans
    assert (TEXT[sank.start : sank.end], sank.attributes) == ("sank", {"kind": "by night", "level": "NAM"})
    assert he.start == TEXT.index("he wept")
    assert [(r.label, r.head, r.tail) for r in layer.relations] == [("by", sank.id, he.id)]
    assert layer.text_sha256 == DOCUMENT.text_sha256


STRANGE = r"A|B said \| and C:\d, \n or \\| too" + "".join(
    f"{sign}then" for sign in "\u2028\u2029\x85\v\f\x1c"
)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_stretch_of_a_paragraph_can_be_quoted(ontology, end):
    """Bars, backslashes and what elsewhere ends a line; the file's own lines end in either way."""
    document = dataclasses.replace(DOCUMENT, text=f"First.\n\n{STRANGE}")
    quoted = dict.fromkeys(STRANGE[start:stop] for start, stop in combinations(range(len(STRANGE) + 1), 2))
    quoted = [
        quote
        for quote in quoted
        if quote == quote.strip() and STRANGE.find(quote) in occurrences(quote, STRANGE)
    ]
    assert len(quoted) > 100
    written = [quote.replace("|", "\\|") for quote in quoted]
    lines = [f"span | {number} | WHO | 2 | {quote} | 1 |" for number, quote in enumerate(written)]
    layer = layer_from_quotes(end.join([*lines, "rel | by | 0 | 1", ""]), document, ontology, "ada")
    assert {span.text for span in layer.spans} == set(quoted)
    assert len(layer.relations) == 1


def test_a_label_that_may_end_inside_words_is_found_there(ontology):
    """Which occurrence a quote means is counted as its label allows."""
    spans = tuple(msgspec.structs.replace(s, inside_words=s.name == "WHO") for s in ontology.spans)
    ontology = msgspec.structs.replace(ontology, spans=spans)
    layer = layer_from_quotes(
        "span | a | WHO | 2 | he | 1 |\nspan | b | CUE | 2 | he | 1 |", DOCUMENT, ontology, "ada"
    )
    assert [(s.label, s.start) for s in layer.spans] == [
        ("WHO", TEXT.index("he crew")),
        ("CUE", TEXT.index("he said,")),
    ]


def test_values_stand_as_they_are_written(ontology):
    """Quotation marks hold blanks together; a backslash, a hash and an escaped bar are part of a value."""
    line = r"""span | a | WHO | 2 | he | 1 | a=C:\d b="x # \y" c='5" \| 6"' d=e#f"""
    (span,) = layer_from_quotes(line, DOCUMENT, ontology, "ada").spans
    assert span.attributes == {"a": r"C:\d", "b": r"x # \y", "c": '5" | 6"', "d": "e#f"}


def test_files_are_read_whole_or_refused(harbour):
    """A byte order mark is not part of a file; one that is absent or in another encoding is named."""
    before = {path: path.read_bytes() for path in (harbour.labels / "ada").glob("*.json")}
    files = sorted((harbour.root / "quotes" / "ada").glob("*.quotes"))
    files[0].write_bytes(b"\xef\xbb\xbf" + files[0].read_bytes())
    write_labels_from_quotes(Corpus(harbour), "ada", files)
    assert {path: path.read_bytes() for path in before} == before
    with pytest.raises(UsageError, match=r"there is no file .*nothing\.quotes"):
        write_labels_from_quotes(Corpus(harbour), "ada", [*files, harbour.root / "nothing.quotes"])
    with pytest.raises(UsageError, match=f"two files decide on {files[1].stem}"):
        write_labels_from_quotes(Corpus(harbour), "ada", [*files, harbour.root / files[1].name])
    files[0].write_bytes(b"span \xff")
    with pytest.raises(DataFaults, match=f"quote-malformed  {files[0].name}"):
        write_labels_from_quotes(Corpus(harbour), "ada", files)
    with pytest.raises(UsageError, match="no article 'x'"):
        numbered(Corpus(harbour), "x")


def test_occurrences_count_whole_words(ontology):
    """A quote is not found inside another word: "he" is not in "the"."""
    layer = layer_from_quotes("span | a | WHO | 2 | he | 1 |", DOCUMENT, ontology, "ada")
    assert layer.spans[0].start == TEXT.index("he said, was")


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("span | a | WHO | 1 | He sad | 1 |", "quote-missing", "'He sai"),
        ("span | a | WHO | 2 | he | 3 |", "quote-missing", "is 2 times"),
        ("span | a | WHO | 9 | he | 1 |", "quote-malformed", "paragraph '9'"),
        ("span | a | WHO | ² | he | 1 |", "quote-malformed", "paragraph '²'"),
        ("span | a | WHO | 2 | he | ² |", "quote-malformed", "from 1"),
        (f"span | a | WHO | 2 | he | {'9' * 5000} |", "quote-malformed", "from 1"),
        ("span | a | WHO | 2 | he | said | 1 |", "quote-malformed", "8"),
        ("span | a | WHO | 2 | he | 0 |", "quote-malformed", "from 1"),
        ("span | a | NOBODY | 2 | he | 1 |", "span-label", "NOBODY"),
        ("span | a | WHO | 2 | he |", "quote-malformed", "6"),
        ("span | a | WHO | 2 | he | 1 | level", "quote-malformed", "name=value"),
        ('span | a | WHO | 2 | he | 1 | level="x', "quote-malformed", "quotation"),
        ("span | a | WHO | 2 | he | 1 | level=x level=y", "quote-malformed", "twice"),
        ("rel | by | x | y", "relation-dangling", "x or y"),
        ("rel | beside | x | y", "relation-label", "beside"),
        ("sapn | a", "quote-malformed", "sapn"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(ontology, line, code, says):
    """Nothing is guessed: each misfit is a fault that names the line and what is wrong."""
    (fault,) = faults(f"# a comment\n{line}", ontology)
    assert fault.code == code
    assert fault.place == "d > line 0002"
    assert says in fault.message


def test_twice_the_same_is_refused(ontology):
    """A span, a key or a relation given twice is named, the symmetric one either way round."""
    lines = [
        "span | a | WHO | 1 | He | 1 |",
        "span | b | WHO | 2 | he | 1 |",
        "span | a | WHO | 2 | he | 2 |",
        "span | c | WHO | 2 | he | 1 |",
        "rel | same | a | b",
        "rel | same | b | a",
    ]
    assert [f.code for f in faults("\n".join(lines), ontology)] == [
        "span-duplicate",
        "span-duplicate",
        "relation-duplicate",
    ]


def test_an_annotator_reads_numbered_paragraphs(harbour):
    """Blank lines do not count; the heading says what is known of the article."""
    text = Corpus(harbour).documents["h4_storm"].text
    shown = numbered(Corpus(harbour), "h4_storm")
    for paragraph in paragraphs(text):
        assert f"\n[{paragraph.number}] {paragraph.text}\n" in shown
    assert shown.startswith("doc_id: h4_storm\ntitle: ")
