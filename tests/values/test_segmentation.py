"""A cut is named at every place in any script; tokens follow the language, and nothing seen is lost."""

import random
from itertools import accumulate, chain

import numpy as np
import pytest
import regex
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icu4py.breakers import WordBreaker

from checkout import CHECKOUT
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.values import segmentation
from parley.values.segmentation import (
    CHARACTER,
    CLEAN,
    WORD,
    characters,
    cut_at,
    cuts,
    rules_of,
    segments,
    sentences,
    words,
)

SEEDS = [document.text for document in Corpus.at(CHECKOUT).documents.values()]

# language, text: its sentences, one a line, and the tokens of each, with a bar between two
TEXTS = [
    (
        "en",
        "“It ended.” He left. They won 7.5 points. He said: “We can’t.” “Why?”",
        ["“|It|ended|.|”", "He|left|.", "They|won|7.5|points|.", "He|said|:|“|We|ca|n’t|.|”", "“|Why|?|”"],
    ),
    (
        "uk",
        "Президент В. Зеленський сказав: «Ми готові». П'ять держав у Києві підтримали це!",
        ["Президент|В.|Зеленський|сказав|:|«|Ми|готові|»|.", "П'ять|держав|у|Києві|підтримали|це|!"],
    ),
    (
        "ru",
        "Он уехал 3 мая. — Куда? Это стоит 3,5 млн руб. в год.",
        ["Он|уехал|3|мая|.", "—|Куда|?", "Это|стоит|3,5|млн|руб.|в|год|."],
    ),
    (
        "de-AT",
        "Er sagte: „Wir wollen Frieden.“ Am 3. Mai fuhr Dr. Merz nach Kiew.",
        ["Er|sagte|:|„|Wir|wollen|Frieden|.|“", "Am|3.|Mai|fuhr|Dr.|Merz|nach|Kiew|."],
    ),
    (
        "ar",
        "قال الرئيس إن السلام ممكن. هل توافق كييف؟ نعم، قالت.",
        ["قال|الرئيس|إن|السلام|ممكن|.", "هل|توافق|كييف|؟", "نعم|،|قالت|."],
    ),
    ("en", "“Peace!” he said. Then he left.", ["“|Peace|!|”|he|said|.", "Then|he|left|."]),
    ("hi", "राष्ट्रपति ने कहा। क्या रूस सहमत है?", ["राष्ट्रपति|ने|कहा|।", "क्या|रूस|सहमत|है|?"]),
    ("ur", "صدر نے کہا کہ امن ہوگا۔ کیا روس متفق ہے؟", ["صدر|نے|کہا|کہ|امن|ہوگا|۔", "کیا|روس|متفق|ہے|؟"]),
    (
        "zh-Hans",
        "中国公司收购了德国港口。他说：“和平。”“好！”两国总统在北京会谈",
        ["中国|公司|收购|了|德国|港口|。", "他|说|：|“|和平|。|”", "“|好|！|”", "两国|总统|在|北京|会谈"],
    ),
    ("ja", "大統領は停戦に合意した。「平和だ。」", ["大統領|は|停戦|に|合意|した|。", "「|平和|だ|。|」"]),
    ("th", "รัสเซียตกลงหยุดยิง เขาไปกรุงเทพ", ["รัสเซีย|ตกลง|หยุด|ยิง|เขา|ไป|กรุงเทพ"]),
    ("ko", "푸틴 대통령은 합의했다. 그는 말했다.", ["푸틴|대통령은|합의했다|.", "그는|말했다|."]),
    ("tlh", "'Iw HIq. Qapla'! 3.5 l'Iran", ["'|Iw|HIq|.", "Qapla|'|!", "3.5|l'Iran"]),
    # format characters: a space of no width, marks of direction, soft hyphens, joiners, emoji
    ("en", "Mr. Brandt\u200b. Brandt\u200e. Brandt\u2060.", ["Mr.|Brandt|.", "Brandt|.", "Brandt|."]),
    ("en", "co\u00adoperate 👩\u200d✈️🇩🇰 Zoe\u0308\ufeff", ["co\u00adoperate|👩\u200d✈️|🇩🇰|Zoe\u0308"]),
    ("fa", "می\u200cخواهم\u200f. صلح", ["می\u200cخواهم|.", "صلح"]),
    ("th", "กรุง\u200bเทพ", ["กรุง|เทพ"]),
]
# every rule's alphabet: letters, marks, spaces, digits, quotation marks, emoji, format characters
SIGNS = (
    "ab éЯ中京カナのกรุงเทพانع19.!?。।؟,'’\"“”«»„()-–_\n\t\r\u3000\x00"
    "\u0301\u0903\u200b\u200c\u200d\u200e\u00ad\ufeff\u0600🇩🇰👩✈️"
)
UNSEEN = regex.compile(r"[\s\x1c-\x1f[\p{Cf}--\p{GCB=Prepend}]]*", regex.V1)
SAMPLES = ["en", "uk", "de", "ar", "zh", "ja", "th", "hi", "ko", ""]


@pytest.mark.parametrize(("language", "text", "expected"), TEXTS, ids=[f"{x[0]}-{x[1][:9]}" for x in TEXTS])
def test_tokens_and_sentences_follow_the_language(language, text, expected):
    assert ["|".join(sentence.tokens) for sentence in sentences(text, language)] == expected


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.sampled_from(SIGNS), max_size=60), st.sampled_from(SAMPLES))
def test_tokens_cover_what_is_seen_and_divide_no_character(text, language):
    """In order, without overlap, each the text at its offset; every boundary is one of characters."""
    between = {0, *(end for _, end in characters(text))}
    covered = 0
    for sentence in sentences(text, language):
        assert text[sentence.start : sentence.end] == sentence.text
        assert (sentence.start, sentence.text) == (
            sentence.token_starts[0],
            text[sentence.start : sentence.token_starts[-1] + len(sentence.tokens[-1])],
        )
        for token, start in zip(sentence.tokens, sentence.token_starts, strict=True):
            assert text[start : start + len(token)] == token
            assert {start, start + len(token)} <= between
            assert UNSEEN.fullmatch(text[covered:start])
            covered = start + len(token)
    assert UNSEEN.fullmatch(text[covered:])


@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.text(
        st.sampled_from("ab é\u0301👩\u200d✈️🇩🇰’'-_1.,:;\r\n\u00ad\u200bאב\"ىдカ٣・\u3000@\u2060\u0903"),
        max_size=12,
    )
)
def test_words_are_those_of_icu(text):
    """ICU's word breaks are the annex' default rules, in scripts that it divides by no dictionary."""
    by_icu = [0]
    for segment in WordBreaker(text, "en"):
        by_icu.append(by_icu[-1] + len(segment))
    assert [0, *(end for _, end in words(text))] == by_icu


def test_an_unknown_language_is_divided_by_the_annex_and_it_says_so():
    """Whoever reads of the tokens can know whose they are."""
    assert [rules_of(tag) for tag in ("en-GB", "zh-Hant", "tlh", "")] == [
        "spaCy's rules",
        "ICU's dictionary",
        *["the words of Unicode Standard Annex 29, as no rules for the language are known"] * 2,
    ]


def test_a_language_whose_rules_are_not_installed_is_refused(monkeypatch):
    """Other tokens than elsewhere would be other bytes: the package is named instead."""
    monkeypatch.setitem(__import__("sys").modules, "icu4py.breakers", None)
    segmentation._splitter.cache_clear()
    with pytest.raises(UsageError, match="icu4py"):
        sentences("港口", "zh")
    segmentation._splitter.cache_clear()
    assert sentences("port", "en")


@pytest.mark.parametrize(
    ("left", "right", "cut"),
    [
        ("Uker", "ov", WORD),
        ("", "Umerov", CLEAN),
        ("Umerov", "", CLEAN),
        ("Ukraine", "’s", CLEAN),
        ("Ukraine", "'s", CLEAN),
        ("F", "-16", CLEAN),
        ("40", "km", WORD),
        ("snake", "_case", WORD),
        ("Zoe", "\u0308 says", CHARACTER),
        ("Zoe\u0308", "lle", WORD),
        ("👩\u200d", "✈️", CHARACTER),
        ("🇩", "🇰", CHARACTER),
        ("🇩🇰", "🇫🇷", CLEAN),
        ("a\r", "\nb", CHARACTER),
        ("a\n", "b", CLEAN),
        ("النو", "ر", WORD),
        ("北", "京", CLEAN),  # no spaces between words: a boundary may be anywhere
        ("กรุง", "เทพ", CLEAN),
        ("co\u00ad", "operate", WORD),
        ("“", "Peace", CLEAN),
    ],
)
def test_a_cut_is_told(left, right, cut):
    assert cut_at(left + right, len(left)) == cut


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # of a machine under load
@given(st.lists(st.text(st.sampled_from("ab é\u0301👩\u200d✈️🇩🇰’-_1北ก\r\n\u00ad"), min_size=1, max_size=12)))
def test_whole_columns_say_what_each_boundary_says(texts):
    places = [
        (n, a, b) for n, text in enumerate(texts) for a in range(len(text)) for b in range(a, len(text) + 1)
    ]
    document, starts, ends = (np.array([p[i] for p in places], dtype=np.int64) for i in range(3))
    order = [CLEAN, WORD, CHARACTER]
    expected = [max(cut_at(texts[n], a), cut_at(texts[n], b), key=order.index) for n, a, b in places]
    assert cuts(texts, document, starts, ends) == expected


def test_a_boundary_deep_inside_a_long_text_is_told():
    text = "word " * 5000 + "Umerov" + " word" * 5000
    at = text.index("Umerov")
    assert [cut_at(text, at + i) for i in (0, 3, 6)] == [CLEAN, WORD, CLEAN]


@pytest.mark.parametrize("language", ["en", "de", "fr", "uk"])
def test_lines_at_once_have_the_tokens_of_each_alone(language):
    """A special case of spaCy, such as `U.S.` or `8a.m.`, never reaches over a line break."""
    make = random.Random(1)  # noqa: S311 - no secret
    pieces = [
        "U.",
        "S.",
        "8",
        "a.m.",
        "i.",
        "e.",
        "don",
        "'t",
        "’t",
        "Mr.",
        "“",
        '"',
        "(",
        " ",
        "  ",
        "\n",
        "…",
    ]
    for _ in range(200):
        lines = "".join(make.choices(pieces, k=30)).split("\n")
        found = sentences("\n".join(lines), language)
        begins = accumulate((len(line) + 1 for line in lines), initial=0)
        alone = [
            (begin + one.start, one.text, one.tokens, tuple(begin + start for start in one.token_starts))
            for begin, line in zip(begins, lines, strict=False)
            for one in sentences(line, language)
        ]
        assert [(one.start, one.text, one.tokens, one.token_starts) for one in found] == alone


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "ru", "uk", "el", "hu"])
def test_the_tokens_are_those_of_spacy_on_the_whole_text(language):
    """Pieces are tokenised alone, and some of spaCy's special cases reach over a blank (`EE. UU.`)."""
    nlp, make = spacy.blank(language), random.Random(2)  # noqa: S311 - no secret
    cases = [case for case in nlp.tokenizer.rules if case.strip()]
    words = [*chain.from_iterable(map(str.split, SEEDS)), *",;:.()[]-'\"“”’?!…", "a:)", ":)", "12.30"]
    texts = [*SEEDS]
    for _ in range(300):
        parts = [make.choice(cases if make.random() < 0.5 else words) for _ in range(30)]
        broken = [part[:1] + make.choice(["", " ", "  ", "\u00a0", "\n"]) + part[1:] for part in parts]
        texts.append(make.choice(["", " "]).join(broken))
    found = segments((text, language) for text in texts)
    rows = np.repeat(found.text_rows, np.diff(found.firsts))
    for number, text in enumerate(texts):
        own = np.flatnonzero(rows == number).tolist()
        tokens = [(found.tokens[i], int(found.token_starts[i])) for i in own]
        assert tokens == [(token.text, token.idx) for token in nlp(text) if not token.is_space]


def test_sentences_of_several_texts_at_once_are_those_of_each_alone():
    texts = [(text, language) for language, text, _ in TEXTS] + [("", "en"), ("\n", "zh"), ("”", "de")]
    found, alone = segments(texts), [sentences(*text) for text in texts]
    assert found.text_rows.tolist() == [row for row, some in enumerate(alone) for _ in some]
    assert found.starts.tolist() == [one.start for some in alone for one in some]
    assert found.texts == [one.text for some in alone for one in some]
    assert found.tokens == [token for some in alone for one in some for token in one.tokens]
    assert found.token_starts.tolist() == [at for some in alone for one in some for at in one.token_starts]
