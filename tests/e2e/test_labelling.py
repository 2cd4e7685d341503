"""What an annotator does on the screen is what is meant: no key changes a label that is there already."""

from __future__ import annotations

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
    for match in re.finditer(r"[A-Za-z]{3,}", text):
        before = len(re.findall(re.escape(match[0]), text[: match.start()]))
        found.append(Words(match[0], before + 1))
    return found[:SPANS]


def test_fifty_spans_in_a_row_by_key_and_drag(harbour: CorpusPaths, seats: Seats) -> None:
    """A span is selected whenever the next label's key is pressed: it keeps its label and its attributes."""
    corpus = Corpus(harbour)
    write_tasks(corpus, predictions=False)
    (account,) = ensure_accounts(seats.seat("ada"), seats.secrets("ada"), ["ada"])
    push(corpus, seats, ["ada"], predictions=False)
    labels = corpus.ontology.spans
    text = corpus.documents[ARTICLE].text
    words = words_of(text)
    assert len(words) == SPANS
    wanted: Counter[tuple[str, str]] = Counter()
    with chromium() as browser:
        password = seats.secrets("ada").account("ada")["password"]
        screen = Screen.log_in(browser, seats.seat("ada").url, account.email, password)
        screen.open(screen.projects()["harbour: ada"], ARTICLE)
        for number, one in enumerate(words):
            label = labels[number % len(labels)]
            screen.mark(label.hotkey, one, leave=number == 0)
            wanted[label.name, one.surface] += 1
            screen.page.mouse.click(*screen._place(one)["middle"])
            screen.page.locator(".htx-highlight.__active").first.wait_for()
        screen.submit()
    assert pull(corpus, seats, ["ada"]).faults == []
    layer = decode_layer(layer_path(harbour, "ada", ARTICLE).read_bytes())
    assert Counter((span.label, span.text) for span in layer.spans) == wanted
