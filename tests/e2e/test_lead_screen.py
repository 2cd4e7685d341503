"""The lead's screen in a real browser: what is disputed is a list beside the text, decided a key each."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

import pytest

from browser import Screen, chromium
from parley.adjudication.compare import (
    Adjudication,
    Item,
    RelationItem,
    SpanCandidate,
    about,
    open_adjudication,
)
from parley.adjudication.gold import gold_faults, read_ledger
from parley.adjudication.ledger import Row
from parley.adjudication.studio.project import pull, push
from parley.adjudication.studio.screen import in_turn
from parley.corpus.corpus import Corpus
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import ensure_accounts
from parley.model.labels import layer_paths
from parley.model.paths import CorpusPaths
from rivals import labelled_pair, write_rivals

pytestmark = [pytest.mark.server, pytest.mark.long]

ARTICLE = "001_75393797c8825bc1"
PLACES = 20
SCREEN_PX = 900  # the height of the window: what a decision may scroll at most
# Adds up how far anything on the page is scrolled.
COUNT = """() => {
  window.scrolled = 0;
  const before = new WeakMap();
  document.addEventListener("scroll", ({target}) => {
    const at = target === document ? scrollY : target.scrollTop;
    scrolled += Math.abs(at - (before.get(target) ?? 0));
    before.set(target, at);
  }, true);
}"""
IN_SIGHT = """() => [...document.querySelectorAll(".parley-text .htx-highlight[data-label]:not(.__hidden)")]
  .map(span => span.dataset.label.split(":")[0]).length"""
ARROWS = """() => [...document.querySelectorAll("svg g[id]")]
  .filter(arrow => arrow.getAttribute("visibility") === "visible").length"""


@pytest.fixture
def opened(parley_corpus: CorpusPaths) -> Adjudication:
    """Return the corpus with one article that two annotators labelled, who differ in twenty places."""
    first, second = labelled_pair(Corpus(parley_corpus))
    for path in layer_paths(parley_corpus):
        if path.stem != ARTICLE or path.parent.name != first:
            path.unlink()
    write_rivals(Corpus(parley_corpus), ARTICLE, first, second, PLACES)
    for path in [parley_corpus.ledger, *parley_corpus.gold.glob("*.json")]:
        path.unlink()
    return open_adjudication(Corpus(parley_corpus), [first, second])


@pytest.fixture
def lead(opened: Adjudication, label_studio: LabelStudioServer) -> Iterator[Screen]:
    """Yield the lead's screen with that article open, as large as a common laptop's."""
    with Studio(label_studio.url, label_studio.token) as studio:
        (account,) = ensure_accounts(studio, label_studio.secrets, ["lead"])
        push(opened, studio, "lead")
    password = label_studio.secrets.account("lead")["password"]
    with chromium() as browser:
        screen = Screen.log_in(
            browser, label_studio.url, account.email, password, width=1440, height=SCREEN_PX
        )
        screen.open(screen.projects()["parley: adjudication lead"], ARTICLE)
        screen.rows().first.wait_for()
        yield screen


def ways(item: Item) -> list[str]:
    """Return what a lead can do with an item."""
    if len(item.candidates) == 1:
        return ["1", "0"]
    if about(item) == "attribute":  # two labels of one name cannot be on the same words
        return ["2", "edit", "1", "0"]
    return ["1", "A", "2", "0"] if not isinstance(item, RelationItem) else ["2", "other", "A", "0", "1"]


def edit(lead: Screen, number: int, item: Item, corpus: Corpus) -> str:
    """Keep the first, and give it a value of an attribute that nobody gave; return the value."""
    first, second = item.candidates
    assert isinstance(first, SpanCandidate)
    assert isinstance(second, SpanCandidate)
    (name,) = (k for k, v in first.span.attributes.items() if second.span.attributes.get(k) != v)
    attribute = corpus.ontology.attributes_of[first.span.label][name]
    taken = {first.span.attributes[name], second.span.attributes[name]}
    value = next(v for v in attribute.values if v not in taken)
    row = lead.rows().nth(number - 1)
    row.locator(".row").click()
    row.locator(".edit").first.click()
    lead.choose(attribute.title, value)
    lead.page.keyboard.press("Shift+ArrowDown")
    return value


def rows_of(ledger: list[Row], item: Item) -> list[Row]:
    return [row for row in ledger if row.item == item.id]


def check_decided(item: Item, way: str, value: str, rows: list[Row], gone: bool) -> None:
    """Check that the ledger says of an item what the lead did."""
    names = sorted({name for c in item.candidates for name in c.who})
    kept = {name for row in rows if row.decision == "kept" for name in row.who}
    if gone or way == "0":
        assert {row.decision for row in rows} == {"rejected"}
    elif way == "A":
        assert kept == set(names)
    elif way == "edit":
        (edited,) = (row for row in rows if row.decision == "edited")
        assert edited.who == (names[0],)
        assert value in json.loads(edited.attributes).values()
    elif way == "other":
        assert {(row.decision, row.label) for row in rows} == {("edited", value)}
    else:
        assert kept == {names[int(way) - 1]}
        assert {row.decision for row in rows if row.who != (names[int(way) - 1],)} <= {"rejected"}


def test_twenty_disagreements_are_decided_without_searching(
    opened: Adjudication, lead: Screen, label_studio: LabelStudioServer
) -> None:
    """Each by a key in its turn or after a click on its row: no scroll beyond a screen, all is as decided."""
    comparison = opened.comparisons[ARTICLE]
    items = in_turn(comparison)
    assert len(items) == PLACES == lead.rows().count()
    disputed = [i for i in items if not isinstance(i, RelationItem)]
    arrows = [i for i in items if isinstance(i, RelationItem)]
    lead.page.wait_for_timeout(2000)  # the editor draws an article in several goes
    shown, drawn = lead.page.evaluate(IN_SIGHT), lead.page.evaluate(ARROWS)
    ends = 2 * sum(len(i.candidates) for i in arrows)
    assert shown <= sum(len(i.candidates) for i in disputed) + ends
    assert drawn <= sum(len(i.candidates) for i in arrows)
    assert shown < len(comparison.spans) / 3
    lead.page.evaluate(COUNT)
    turn: dict[str, Iterator[str]] = {}
    scrolled = []
    decided: list[tuple[str, str]] = []
    for number, item in enumerate(items, start=1):
        way = next(turn.setdefault(about(item) + type(item).__name__, itertools.cycle(ways(item))))
        row, value = lead.rows().nth(number - 1), ""
        before = lead.page.evaluate("scrolled")
        assert "open" in (row.get_attribute("class") or "") or isinstance(item, RelationItem)
        if way == "edit":
            value = edit(lead, number, item, opened.corpus)
        elif way == "other":
            row.locator(".row").click()
            options = row.locator("select.other")
            value = options.locator("option").nth(1).inner_text().partition(":")[0]
            options.select_option(index=1)
        elif number % 3:
            lead.decide(number, way)
        else:  # the row before led here
            lead.page.keyboard.press(f"Shift+{way}" if way == "A" else f"Shift+Digit{way}")
        lead.page.wait_for_timeout(300)
        scrolled.append(lead.page.evaluate("scrolled") - before)
        assert "decided" in (row.get_attribute("class") or ""), f"{number} {item} {way}"
        decided.append((way, value))
    assert max(scrolled) <= SCREEN_PX
    lead.submit()
    with Studio(label_studio.url, label_studio.token) as studio:
        done, wrong = pull(opened, studio, "lead")
    assert (done.decided, wrong) == ([ARTICLE], [])
    assert gold_faults(Corpus(opened.corpus.paths)) == []
    ledger = read_ledger(Corpus(opened.corpus.paths))
    emptied = {i.id for i, (way, _) in zip(items, decided, strict=True) if way == "0"}
    for item, (way, value) in zip(items, decided, strict=True):
        gone = isinstance(item, RelationItem) and bool(item.places & emptied)
        check_decided(item, way, value, rows_of(ledger, item), gone)
    untouched = {row.decision for row in ledger if row.item not in {i.id for i in items}}
    assert untouched <= {"agreed", "adjudicated", "kept", "rejected"}
