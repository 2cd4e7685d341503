"""Labels are found again in another copy of a text: in their own places, or nowhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parley.model.batch import LABELS, Batch, LayerFile
from parley.model.documents import Document
from parley.model.labels import Layer, make_span
from parley.model.ontology_file import read_ontology
from parley.release.data.fingerprints import fingerprints as fingerprint_table
from parley.release.data.fingerprints import fold
from parley.release.data.schema import FINGERPRINTS, configs
from parley.release.data.sentences import Sentences
from parley.release.standoff.align import Fingerprint, align

ONTOLOGY = read_ontology(Path(__file__).parents[1] / "harbour" / "annotation" / "ontology.toml")
SCHEMA = configs(ONTOLOGY)[FINGERPRINTS].arrow


ORIGINAL = (
    "“We heard a bang 💥, then the lights went out,” said Zoë Brandt. The ship was late. "
    "The ship left, and the ship came back. נמל חיפה waits. Two tonnes of oil, two tonnes of grain."
)
STRETCHES = sorted(
    (ORIGINAL.index(words, after), ORIGINAL.index(words, after) + len(words))
    for words, after in [
        ("bang 💥", 0), ("Zoë Brandt", 0), ("ship", 0), ("ship", 80), ("The ship", 75), ("ship", 105),
        ("נמל חיפה", 0), ("Two tonnes", 0), ("two tonnes", 0), ("tonnes", 0), ("tonnes of grain", 0),
    ]
)  # fmt: skip


Passage = tuple[int, int]


def fingerprints(
    original: str, passages: list[Passage], language: str = "en"
) -> tuple[list[Fingerprint], list[Fingerprint]]:
    """Return what a release without text says of the sentences and of labelled passages of a text."""
    blank = dict.fromkeys(
        ("title", "publisher", "published", "event", "language", "rights", "seed_sha256"), ""
    )
    document = Document(doc_id="d", text=original, file="", segments=(), cuts=(), **blank)
    spans = tuple(make_span(original, "X", *one) for one in passages)
    layer = Layer("d", document.text_sha256, "ada", "", "", None, spans, ())
    batch = Batch.of([document], [LayerFile(layer, LABELS)], ONTOLOGY)
    rows = fingerprint_table(batch, batch, Sentences.cut([(original, language)]), SCHEMA).to_pylist()
    fields = Fingerprint.__dataclass_fields__
    by_kind: dict[str, list[Fingerprint]] = {"sentence": [], "label": []}
    for row in rows:
        by_kind[row["kind"]].append(Fingerprint(**{name: row[name] for name in fields}))
    return by_kind["sentence"], by_kind["label"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(ORIGINAL)),
            st.integers(0, 30),
            st.text("aeship tonw.\n\u00a0“\"'💥", max_size=12),
        ),
        max_size=6,
    )
)
def test_no_edit_gives_wrong_words(edits: list[tuple[int, int, str]]) -> None:
    """However a copy differs, a label lies on its own words or is lost."""
    copy = ORIGINAL
    for start, length, new in edits:
        copy = copy[:start] + new + copy[start + length :]
    for old, new_place in align(*fingerprints(ORIGINAL, STRETCHES), copy, "d").items():
        before, after = ORIGINAL[slice(*old)], copy[slice(*new_place)]
        assert fold(after).text.strip() == fold(before).text.strip()


NAMES = re.compile("Putin|Trump|the delegation of Ukraine")


def named(text: str) -> list[Passage]:
    return [match.span() for match in NAMES.finditer(text)]


@pytest.mark.parametrize(
    ("original", "copy", "found"),
    [
        pytest.param(
            "Putin met Trump in Alaska. Putin said no. The talks ended.",
            "Putin met Trump in Alaska. He refused. The talks ended.",
            {(0, 5): (0, 5), (10, 15): (10, 15)},
            id="its own sentence lost it, the one before has the same name",
        ),
        pytest.param(
            "Putin met Trump. On Monday Putin said no.",
            "Putin met Trump. On Tuesday Putin said no.",
            {(0, 5): (0, 5), (10, 15): (10, 15), (27, 32): (28, 33)},
            id="its own sentence kept it, the one before has the same name",
        ),
        pytest.param(
            "They came. On Monday the delegation of Ukraine left. On Friday the delegation of Ukraine wept.",
            "They came. On Sunday the delegation of Ukraine slept. Nobody wept.",
            {},
            id="one of two in a changed part is left",
        ),
        pytest.param(
            "They came. On Monday the delegation of Ukraine left. On Friday everybody wept.",
            "They came. On Sunday the delegation of Ukraine slept. Nobody wept.",
            {(21, 46): (21, 46)},
            id="long and alone in a changed part, then as now",
        ),
        pytest.param(
            "Putin agreed. Trump had come by ship. Putin agreed.",
            "Nobody came. Putin agreed.",
            {},
            id="one of two equal sentences is left",
        ),
    ],
)
def test_a_name_that_stands_twice_is_not_mistaken(
    original: str, copy: str, found: dict[Passage, Passage]
) -> None:
    """A label is put into its own sentence, or what became of it, or it is lost."""
    assert align(*fingerprints(original, named(original)), copy, "d") == found


def test_a_word_is_not_looked_for_in_another() -> None:
    """The "he" of a changed sentence is not the one in "the", however many of either there are."""
    original = "On Monday he left the ship. It sank."
    passage = original.index("he"), original.index("he") + 2
    told = fingerprints(original, [passage])
    assert align(*told, "On Monday the captain said he left. It sank.", "d") == {passage: (27, 29)}
    assert align(*told, "On Monday the captain left the ship. It sank.", "d") == {}


def test_a_word_beside_which_there_is_no_space_is_found_again() -> None:
    """In scripts without spaces a label of a changed sentence is as whole as anywhere."""
    original, copy = "两国总统在北京会谈。他说和平。", "两国总统昨天在北京会谈。他说和平。"
    passages = [(original.index(word), original.index(word) + len(word)) for word in ("北京", "和平")]
    placed = align(*fingerprints(original, passages, "zh"), copy, "d")
    assert [copy[slice(*placed[passage])] for passage in passages] == ["北京", "和平"]


def test_a_passage_across_a_boundary_moves_with_the_sentence_that_stayed() -> None:
    """Whichever of the two was changed, before its first or behind its last word."""
    original = "It is late. Go home. They went."
    passage = original.index("home"), original.index("They") + len("They")
    for copy in ("It is late. Do go home. They went.", "It is late. Go home. They went by ship."):
        place = copy.index("home"), copy.index("They") + len("They")
        assert align(*fingerprints(original, [passage]), copy, "d") == {passage: place}
    assert align(*fingerprints(original, [passage]), "It is late. Go home. All went.", "d") == {}


WHO = st.sampled_from(["Putin", "Trump", "the delegation of Ukraine"])
SAID = st.builds("On {} {} told {} no.".format, st.sampled_from(["Monday", "Friday"]), WHO, WHO)
CHANGES = ("kept", "kept", "edited", "shortened", "replaced", "dropped")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(SAID, st.sampled_from(CHANGES), st.booleans()), min_size=1, max_size=7),
)
def test_a_label_stays_in_its_sentence_or_what_became_of_it(edits: list[tuple[str, str, bool]]) -> None:
    """Between the kept sentences around it, never in one of them, and never at the place of another label."""
    original = " ".join(sentence for sentence, _, _ in edits)
    copy, begins, kept = "", [], {}
    for number, (sentence, change, is_inserted) in enumerate(edits):
        copy += "Somewhere Putin slept. " if is_inserted else ""
        begins.append(len(" ".join(before for before, _, _ in edits[:number])))
        if change == "kept":
            kept[number] = range(len(copy), len(copy) + len(sentence))
        made = {
            "kept": sentence,
            "edited": sentence.replace("told", "sold"),
            "shortened": sentence.partition(" told")[0] + " left.",
            "replaced": "Nowhere Trump slept.",
            "dropped": "",
        }[change]
        copy += f"{made} " if made else ""
    passages = named(original)
    placed = align(*fingerprints(original, passages), copy, "d")
    for (start, _), (new, end) in placed.items():
        number = max(n for n, begin in enumerate(begins) if begin <= start)
        low = max((part.stop for n, part in kept.items() if n < number), default=0)
        high = min((part.start for n, part in kept.items() if n > number), default=len(copy))
        own = kept.get(number, range(low, high))
        assert own.start <= new < end <= own.stop
    assert len(set(placed.values())) == len(placed)
    if len(kept) == len(edits):
        assert placed.keys() == set(passages)
