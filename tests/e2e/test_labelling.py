"""What an annotator does on the screen is what is meant: no key changes a label that is there already."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Screen, Words, chromium
from label_studio_fixtures import copy_data
from parley.corpus.corpus import Corpus
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.label_studio.server.seats import Seats
from parley.model.labels import decode_layer, layer_path
from parley.model.paths import CorpusPaths
from parley.steps.tasks import write_tasks

pytestmark = pytest.mark.server

ARTICLE = "h0_collision"
SPANS = 50


@pytest.fixture
def seats(label_studio_template: Path, tmp_path: Path) -> Iterator[Seats]:
    copy_data(label_studio_template, tmp_path / "template")
    (tmp_path / "template" / "laid").touch()
    with Seats(tmp_path) as made, made.server("ada"):
        yield made


def words_of(text: str) -> list[Words]:
    """Return the first words of a text, each with its occurrence among all places where its letters are."""
    found = []
    for match in re.finditer(r"(?<!\w)[A-Za-z]{3,}(?![\w\u0300-\u036f])", text):
        before = len(re.findall(re.escape(match[0]), text[: match.start()]))
        found.append(Words(match[0], before + 1))
    return found[:SPANS]


@pytest.fixture
def screen(harbour: CorpusPaths, seats: Seats) -> Iterator[Screen]:
    """Yield the screen of an annotator with an empty article of their own open."""
    corpus = Corpus(harbour)
    write_tasks(corpus, predictions=False)
    (account,) = ensure_accounts(seats.seat("ada"), seats.secrets("ada"), ["ada"])
    push(corpus, seats, ["ada"], predictions=False)
    with chromium() as browser:
        password = seats.secrets("ada").account("ada")["password"]
        opened = Screen.log_in(browser, seats.seat("ada").url, account.email, password)
        opened.open(opened.projects()["harbour: ada"], ARTICLE)
        yield opened


@pytest.mark.long
def test_fifty_spans_in_a_row_by_key_and_drag(harbour: CorpusPaths, seats: Seats, screen: Screen) -> None:
    """A span is selected whenever the next label's key is pressed: it keeps its label and its attributes."""
    corpus = Corpus(harbour)
    labels, words = corpus.ontology.spans, words_of(corpus.documents[ARTICLE].text)
    assert len(words) == SPANS
    wanted = Counter[tuple[str, str, str]]()
    for number, one in enumerate(words):
        label = labels[number % 2]  # a ship, a port: both need the attribute
        screen.mark(label.hotkey, one, leave=number == 0)
        screen.choose("named or described", "description")
        wanted[label.name, one.surface, "description"] += 1
    screen.submit()
    assert pull(corpus, seats, ["ada"]).faults == []
    layer = decode_layer(layer_path(harbour, "ada", ARTICLE).read_bytes())
    assert Counter((span.label, span.text, span.attributes["naming"]) for span in layer.spans) == wanted


def test_an_edge_is_moved_by_its_handle(harbour: CorpusPaths, seats: Seats, screen: Screen) -> None:
    """The span keeps its label, its attributes and its relations; its offsets are those of the new words."""
    corpus = Corpus(harbour)
    text = corpus.documents[ARTICLE].text
    first, second, third = itertools.islice(re.finditer(r"[A-Za-z]{3,}", text), 3)
    ship, port = corpus.ontology.spans[:2]
    for label, word in ((ship, first), (port, third)):
        screen.mark(label.hotkey, Words(word[0]))
        screen.select(Words(word[0]))
        screen.choose("named or described", "description")
    relation = corpus.ontology.relation_names[0]
    screen.relate(relation, Words(first[0]), Words(third[0]))
    screen.select(Words(first[0]))
    screen.move_end(Words(second[0]))
    screen.submit()
    assert pull(corpus, seats, ["ada"]).faults == []
    layer = decode_layer(layer_path(harbour, "ada", ARTICLE).read_bytes())
    assert [(span.label, span.text, span.attributes) for span in layer.spans] == [
        (ship.name, text[first.start() : second.end()], {"naming": "description"}),
        (port.name, third[0], {"naming": "description"}),
    ]
    assert [(one.label, one.head, one.tail) for one in layer.relations] == [
        (relation, layer.spans[0].id, layer.spans[1].id)
    ]
