"""A server that dies under an open page: the page says so, and what is submitted meanwhile arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from browser import Screen, Words, chromium
from label_studio_fixtures import copy_data, kill
from parley.corpus.corpus import Corpus
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.label_studio.server.seats import Seats
from parley.model.labels import decode_layer, layer_path
from parley.model.paths import CorpusPaths
from parley.steps.tasks import write_tasks

pytestmark = [pytest.mark.server, pytest.mark.long]

ARTICLE = "h0_collision"


def test_what_is_submitted_to_a_dead_server_arrives_when_it_is_back(
    harbour: CorpusPaths, label_studio_template: Path, tmp_path: Path
) -> None:
    """A bar tells of it, before and after; the page is kept, and the label is in the pull."""
    corpus = Corpus(harbour)
    for path in harbour.labels.glob("ada/*.json"):
        path.unlink()
    write_tasks(corpus, predictions=False)
    copy_data(label_studio_template, tmp_path / "template")
    (tmp_path / "template" / "laid").touch()
    label = corpus.ontology.spans[0]
    word = Words(next(w for w in corpus.documents[ARTICLE].text.split() if w.isalpha() and len(w) > 3))
    with Seats(tmp_path) as seats, seats.server("ada") as server, chromium() as browser:
        (account,) = ensure_accounts(seats.seat("ada"), server.secrets, ["ada"])
        push(corpus, seats, ["ada"], predictions=False)
        password = server.secrets.account("ada")["password"]
        screen = Screen.log_in(browser, server.url, account.email, password)
        screen.open(screen.projects()["harbour: ada"], ARTICLE)
        screen.mark(label.hotkey, word)
        screen.choose("named or described", "description")
        bar = screen.page.locator("#parley-connection")
        assert bar.count() == 0
        kill(server)
        bar.wait_for()
        screen.page.get_by_role("button", name="Submit").click()
        bar.get_by_text("is sent as soon as it runs again").wait_for()
        with LabelStudioServer(server.data, port=server.port) as again:
            with screen.page.expect_response(lambda r: "/annotations" in r.url and r.ok):
                pass
            bar.get_by_text("answers again").wait_for()
            bar.wait_for(state="hidden")
            assert again.url == server.url
            assert pull(Corpus(harbour), seats, ["ada"]).faults == []
    layer = decode_layer(layer_path(harbour, "ada", ARTICLE).read_bytes())
    assert [(span.label, span.text) for span in layer.spans] == [(label.name, word.surface)]
