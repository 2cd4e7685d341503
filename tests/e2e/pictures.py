"""Pictures of the labelling and the adjudication screen, for the documentation.

They are taken from a real server with the corpus's own articles, in a real browser, so they show what is so.
The server and all that is on it go afterwards.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from browser import Screen, Words, chromium
from parley.adjudication.compare import Adjudication, open_adjudication
from parley.adjudication.studio import project as adjudication
from parley.adjudication.studio.screen import Proposal
from parley.corpus.corpus import Corpus
from parley.faults import UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.push import push
from parley.model.labels import Span
from parley.model.paths import CorpusPaths
from parley.preannotation.proposals import proposer

LABELLING, ADJUDICATION = "labelling.png", "adjudication.png"


def take_screenshots(corpus: CorpusPaths, folder: Path) -> Iterator[Path]:
    """Write the pictures into a folder, and yield the path of each.

    The labelling screen shows the first article with the rules' proposals, one of them selected; the
    adjudication screen an article labelled twice, if there is one, with one of two rivals selected.
    Raises UsageError where there is no person in annotators.csv, no Label Studio or no Chromium.
    """
    people = [a.name for a in Corpus(corpus).annotators.values() if a.kind == "human"]
    if not people:
        raise UsageError("annotators.csv lists no human", "add a row of kind human")
    annotator, lead = people[0], people[-1]
    opened = _adjudication(corpus)
    disputed = rival(opened) if opened else None
    with tempfile.TemporaryDirectory() as data, LabelStudioServer(Path(data)) as server:
        with Studio(server.url, server.token) as studio:
            accounts = {a.name: a for a in ensure_accounts(studio, server.secrets, {annotator, lead})}
            push(Corpus(corpus), studio, [annotator], predictions=True)
            if opened and disputed:
                adjudication.push(opened, studio, lead)
        with chromium() as browser:

            def log_in(name: str) -> tuple[Screen, int]:
                password = server.secrets.account(name)["password"]
                screen = Screen.log_in(browser, server.url, accounts[name].email, password)
                project = next(n for title, n in screen.projects().items() if title.endswith(f" {name}"))
                return screen, project

            screen, project = log_in(annotator)
            document = next(iter(list(Corpus(corpus).documents.values())))
            screen.open(project, document.doc_id)
            proposed = next(proposer(Corpus(corpus)).layers([document])).spans
            screen.select(_words(document.text, max(proposed, key=lambda span: len(span.attributes))))
            screen.picture(folder / LABELLING)
            yield folder / LABELLING
            if disputed:
                screen, project = log_in(lead)
                doc_id, number = disputed
                screen.open(project, doc_id)
                # by its row: rivals lie on the same words, and a click would take whatever is innermost there
                screen.select_number(number)
                screen.picture(folder / ADJUDICATION)
                yield folder / ADJUDICATION


def rival(opened: Adjudication) -> tuple[str, int] | None:
    """Return article and number, from 1, of a region that has rivals; None where no region has any.

    Regions are numbered on the screen in the order in which they are proposed. Of the first place with rivals
    it is the last: the panel, scrolled down to its row, shows the others above it.
    """
    for doc_id, comparison in opened.comparisons.items():
        for number, proposed in enumerate(Proposal(comparison).spans.values(), start=1):
            last = len(proposed.item.candidates) - 1
            if last and proposed.number == last:
                return doc_id, number
    return None


def _adjudication(corpus: CorpusPaths) -> Adjudication | None:
    try:
        return open_adjudication(Corpus(corpus))
    except UsageError:  # nothing is labelled twice yet
        return None


def _words(text: str, span: Span) -> Words:
    occurrence = text.count(span.text, 0, span.start) + 1
    return Words(span.text, occurrence)
