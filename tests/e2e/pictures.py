"""Pictures of the labelling and the adjudication screen, for the documentation.

They are taken from a real server with the corpus's own articles, in a real browser, so they show what is so.
The server and all that is on it go afterwards.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from browser import Screen, Words, chromium
from parley.adjudication.compare import Adjudication, SpanItem, open_adjudication
from parley.adjudication.studio import project as adjudication
from parley.adjudication.studio.screen import in_turn
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.push import push
from parley.model.labels import Span
from parley.model.paths import CorpusPaths
from parley.preannotation.proposals import proposer

LABELLING, RELATING, ADJUDICATION = "labelling.png", "relating.png", "adjudication.png"


def take_screenshots(corpus: CorpusPaths, folder: Path) -> Iterator[Path]:
    """Write the pictures into a folder, and yield the path of each.

    The labelling screen shows the first article with the rules' proposals, one of them selected; then letters
    on the spans that a relation from one may lead to. The adjudication screen shows an article labelled
    twice, if there is one, with two rivals in turn.
    Raises UsageError where there is no person in annotators.csv, no Label Studio or no Chromium.
    """
    people = [a.name for a in Corpus(corpus).annotators.values() if a.kind == "human"]
    if not people:
        raise UsageError("annotators.csv lists no human", "add a row of kind human")
    annotator, lead = people[0], people[-1]
    with (
        tempfile.TemporaryDirectory() as undecided,
        tempfile.TemporaryDirectory() as data,
        LabelStudioServer(Path(data)) as server,
    ):
        opened = _adjudication(corpus, Path(undecided))
        disputed = rival(opened) if opened else None
        with Studio(server.url, server.token) as studio:
            accounts = {a.name: a for a in ensure_accounts(studio, server.secrets, {annotator, lead})}
            push(Corpus(corpus), studio, [annotator], predictions=True)
            if opened and disputed:
                adjudication.push(opened, studio, lead)
        with chromium() as browser:

            def log_in(name: str) -> tuple[Screen, int]:
                password = server.secrets.account(name)["password"]
                email = accounts[name].email
                screen = Screen.log_in(browser, server.url, email, password, width=1440, height=900)
                project = next(n for title, n in screen.projects().items() if title.endswith(f" {name}"))
                return screen, project

            screen, project = log_in(annotator)
            document = next(iter(list(Corpus(corpus).documents.values())))
            screen.open(project, document.doc_id)
            layer = next(proposer(Corpus(corpus)).layers([document]))
            screen.select(_words(document.text, max(layer.spans, key=lambda span: len(span.attributes))))
            screen.picture(folder / LABELLING)
            yield folder / LABELLING
            headed = {relation.head for relation in layer.relations}
            screen.select(_words(document.text, next(span for span in layer.spans if span.id in headed)))
            screen.page.keyboard.press("r")
            screen.picture(folder / RELATING)
            yield folder / RELATING
            if disputed:
                screen, project = log_in(lead)
                doc_id, number = disputed
                screen.open(project, doc_id)
                for before in range(1, number):  # so that it shows what is decided, too
                    screen.decide(before, "1")
                screen.rows().nth(number - 1).locator(".row").click()
                screen.page.mouse.move(0, 0)
                screen.picture(folder / ADJUDICATION)
                yield folder / ADJUDICATION


def rival(opened: Adjudication) -> tuple[str, int] | None:
    """Return the article with most disagreements, and the row, from 1, of its second span with rivals.

    None where no span has rivals.
    """
    found = {
        doc_id: [
            number
            for number, item in enumerate(in_turn(comparison), start=1)
            if isinstance(item, SpanItem) and len(item.candidates) > 1
        ]
        for doc_id, comparison in opened.comparisons.items()
    }
    most = max(
        found, key=lambda doc_id: (bool(found[doc_id]), len(in_turn(opened.comparisons[doc_id]))), default=""
    )
    return (most, found[most][:2][-1]) if found.get(most) else None


def _adjudication(corpus: CorpusPaths, folder: Path) -> Adjudication | None:
    """Open the adjudication of a copy of the corpus in which nothing is decided yet."""
    shutil.copytree(corpus.seeds, folder / corpus.seeds.name)
    decided = shutil.ignore_patterns(corpus.gold.name, corpus.ledger.name)
    shutil.copytree(corpus.annotation, folder / corpus.annotation.name, ignore=decided)
    try:
        return open_adjudication(Corpus(CorpusPaths(folder)))
    except UsageError:  # nothing is labelled twice yet
        return None


def _words(text: str, span: Span) -> Words:
    occurrence = text.count(span.text, 0, span.start) + 1
    return Words(span.text, occurrence)
