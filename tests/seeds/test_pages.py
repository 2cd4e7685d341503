"""The article in a web page: pinned once, and every character of it found again in the page."""

import hashlib
import unicodedata
from html import unescape

import pytest

from parley.faults import Fault
from parley.model.documents import Document
from parley.seeds.cleaning import Rules, clean
from parley.seeds.pages import Extraction, Piece, Pin, decode_pin, encode_pin, encoding_of, extract
from raw_ranges import raw_ranges

PAGE = """<!DOCTYPE html>
<html lang="de-AT"><head><meta charset="{charset}"><title>Neue Bibliothek &amp; mehr</title>
<meta property="og:title" content="Neue Bibliothek"><meta property="og:site_name" content="Die Zeitung">
<script>var x = "Ana Vidal, die Bürgermeisterin";</script></head>
<body><nav><a href="/">Start</a> <a href="/x">Mehr</a></nav>
<article><h1>Neue Bibliothek</h1>
<p>Ana Vidal, die Bürgermeisterin von <b>Lind</b>holm, er&ouml;ffnete am Montag
   die neue&nbsp;Bibliothek &amp; den <i>Lesesaal</i> der Stadt, auf die alle neun Jahre gewartet hatten.</p>
<p>„Niemand muss mehr den Bus nehmen, um ein Buch zu bekommen“, sagte Ola Brandt,<br>der in der Bibliothek
arbeitet und dort die Kinderb&#252;cher betreut{more}.</p>
<ul><li>Die Bibliothek ist t&auml;glich von 9 bis 18 Uhr ge&shy;öffnet und hat zwanzigtausend Bände.</li></ul>
</article><footer>Impressum &copy; 2025</footer></body></html>
"""


def extraction(data: bytes) -> Extraction:
    found = extract(data, hashlib.sha256(data).hexdigest())
    assert isinstance(found, Extraction)
    return found


def page(charset: str = "utf-8", more: str = "") -> bytes:
    return PAGE.format(charset=charset, more=more).encode(charset)


def test_the_article_alone_is_text_and_what_the_page_says_of_it_is_known():
    found = extraction(page())
    assert found.text.split("\n\n")[0] == "Neue Bibliothek"
    assert "von Lindholm, eröffnete am Montag die neue Bibliothek & den Lesesaal der Stadt" in found.text
    assert "täglich von 9 bis 18 Uhr geöffnet" in found.text
    assert not {"Start", "Impressum", "var", "<"} & set(found.text.split())
    assert (found.title, found.publisher, found.language) == ("Neue Bibliothek", "Die Zeitung", "de-AT")
    assert found.published == ""  # the year of a copyright is not a date
    assert found.lost == 0


@pytest.mark.parametrize("more", ["", " 👩‍✈️ 🇩🇰", " הספרייה החדשה", " 図書館", " n\u0303 und e\u0301"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-16"])
def test_every_character_has_its_place_in_the_page(more, charset):
    """A character of the article is at its place in the page: itself, a reference, white space, markup."""
    data = page(charset, more)
    found = extraction(data)
    raw = data.decode(found.pin.encoding)
    article = found.pin.texts(raw)
    cleaned = clean(raw, Rules(), "x", article=article)
    assert cleaned.text == found.text
    assert unicodedata.normalize("NFC", more).strip() in unicodedata.normalize("NFC", found.text)
    tiles = sorted(
        [(s.raw_start, s.raw_end) for s in cleaned.segments]
        + [(c.raw_start, c.raw_end) for c in cleaned.cuts]
    )
    assert [a for a, _ in tiles] == [0, *(b for _, b in tiles[:-1])]  # nothing vanishes that is not told
    assert tiles[-1][1] == len(raw)
    document = Document(
        "x", cleaned.text, "", "", "", "", "", "", "x.html", "", cleaned.segments, cleaned.cuts
    )

    for character, (start, end) in zip(cleaned.text, raw_ranges(document, raw), strict=True):
        written = raw[start:end]
        if character.isspace():
            assert written == "" or written[0].isspace() or "<" in written or "&nbsp;" in written
        else:
            assert unescape(written) == character


def test_a_pin_is_the_same_after_it_was_written_and_of_one_page_alone():
    found = extraction(page())
    assert decode_pin(encode_pin(found.pin), found.pin.page_sha256) == found.pin
    with pytest.raises(ValueError, match="of a page with sha256"):
        decode_pin(encode_pin(found.pin), "0" * 64)


@pytest.mark.parametrize(
    "pieces", [[Piece(3, 2)], [Piece(0, 99)], [Piece(2, 3), Piece(0, 1)], [Piece(0, 1, "two")]]
)
def test_a_pin_that_does_not_fit_its_page_is_refused(pieces):
    with pytest.raises(ValueError, match="not a stretch"):
        Pin("", "utf-8", "x", tuple(pieces)).texts("ten signs.")


def test_what_is_no_pin_is_refused():
    good = encode_pin(extraction(page()).pin)
    sha = hashlib.sha256(page()).hexdigest()
    for bad in (b"", b"[]", good.replace(b"utf-8", b"utf-99"), good.replace(b"[", b"[-", 2), b"[" * 100_000):
        with pytest.raises(ValueError, match=r"."):
            decode_pin(bad, sha)


@pytest.mark.parametrize("charset", ["utf-8", "cp1252", "iso8859-1", "utf-16"])
def test_a_page_is_read_in_the_encoding_that_it_names(charset):
    data = PAGE.replace("„", '"').replace("“", '"').format(charset=charset, more="").encode(charset)
    assert data.decode(encoding_of(data)) == data.decode(charset)


@pytest.mark.parametrize("data", [b"", b"<html></html>", b"\xff\xfe\x00", b"<" * 5_000, b"<p>" * 5_000])
def test_what_has_no_article_is_told(data):
    found = extract(data, "")
    assert isinstance(found, Fault)
    assert found.code == "seed-empty"
