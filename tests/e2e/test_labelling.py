"""What an annotator does on the screen is what is meant, and is in the label file after Submit and pull."""

from __future__ import annotations

import csv
import hashlib
import re
import shutil
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from strokes import HINTED, POINTED, WITH, Trial, names_of

from browser import Screen, Words, chromium
from checkout import HARBOUR
from label_studio_fixtures import copy_data
from parley.adjudication.studio.annotation import read_regions
from parley.corpus.corpus import Corpus
from parley.label_studio.export.regions import Annotation, Region, Task, TaskData
from parley.label_studio.screen import relation_keys
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.label_studio.server.seats import Seats
from parley.model.labels import Layer, Relation, decode_layer, layer_path
from parley.model.paths import CorpusPaths
from parley.steps.tasks import write_tasks

pytestmark = [pytest.mark.server, pytest.mark.long]

SPANS = 50
HOSTILE = '<img src=x onerror="window.hit=1">'


@dataclass(frozen=True)
class Desk:
    """An annotator's screen, their server, and the corpus."""

    corpus: Corpus
    seats: Seats
    screen: Screen

    def open(self, doc_id: str) -> str:
        """Open an article, each test one of its own, and return its text."""
        self.screen.open(self.screen.projects()["harbour: ada"], doc_id)
        return self.corpus.documents[doc_id].text

    def submitted(self, doc_id: str) -> Layer:
        """Submit, pull, and return the label file."""
        self.screen.submit()
        assert pull(self.corpus, self.seats, ["ada"]).faults == []
        return decode_layer(layer_path(self.corpus.paths, "ada", doc_id).read_bytes())


@pytest.fixture(scope="module")
def desk(label_studio_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Yield the screen of an annotator at 1440 by 900; an article and an entity have hostile words."""
    folder = tmp_path_factory.mktemp("labelling")
    paths = CorpusPaths.at(shutil.copytree(HARBOUR, folder / "harbour"))
    _add_words(paths)
    copy_data(label_studio_template, folder / "template")
    (folder / "template" / "laid").touch()
    corpus = Corpus(paths)
    write_tasks(corpus, predictions=False)
    with Seats(folder) as seats, seats.server("ada"), chromium() as browser:
        (account,) = ensure_accounts(seats.seat("ada"), seats.secrets("ada"), ["ada"])
        push(corpus, seats, ["ada"], predictions=False)
        password = seats.secrets("ada").account("ada")["password"]
        url = seats.seat("ada").url
        screen = Screen.log_in(browser, url, account.email, password, width=1440, height=900)
        yield Desk(corpus, seats, screen)


def _add_words(paths: CorpusPaths) -> None:
    seed = paths.seeds / "h2_spill.txt"
    seed.write_bytes(seed.read_bytes().replace(b"cracked valve", f"cracked {HOSTILE} valve".encode()))
    rows = [*csv.reader(paths.manifest.read_text(encoding="utf-8").splitlines())]
    for row in rows:
        if row[1] == seed.name:
            row[2] = hashlib.sha256(seed.read_bytes()).hexdigest()
    with paths.manifest.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    with paths.guidelines.open("a", encoding="utf-8") as file:
        file.write("\n## More\n\n### CARGO and fuel\n\nOf what burns.\n")
    with paths.entities.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(["ship_img", "SHIP", HOSTILE, "valve", "", HOSTILE])


def words_of(text: str) -> list[Words]:
    """Return the first words of a text, each with its occurrence among all places where its letters are."""
    found = []
    for match in re.finditer(r"(?<!\w)[A-Za-z]{3,}(?![\w\u0300-\u036f])", text):
        before = len(re.findall(re.escape(match[0]), text[: match.start()]))
        found.append(Words(match[0], before + 1))
    return found[:SPANS]


def test_fifty_spans_in_a_row_by_key_and_drag(desk: Desk) -> None:
    """A span is selected whenever the next label's key is pressed: it keeps its label and its attributes."""
    words = words_of(desk.open("h0_collision"))
    assert len(words) == SPANS
    wanted = Counter[tuple[str, str, str]]()
    for number, one in enumerate(words):
        label = desk.corpus.ontology.spans[number % 2]  # a ship, a port: both need the attribute
        desk.screen.mark(label.hotkey, one, leave=number == 0)
        desk.screen.page.keyboard.press("w")
        wanted[label.name, one.surface, "description"] += 1
    found = desk.submitted("h0_collision").spans
    assert Counter((span.label, span.text, span.attributes["naming"]) for span in found) == wanted


def test_edges_are_moved_by_their_handles(desk: Desk) -> None:
    """Spans within and across others, at emoji and at the ends of lines: offsets are those of the new words.

    Label, attributes and relations stay, a blank beside the words is left out, and no other span is moved.
    """
    text, screen = desk.open("h3_explosion"), desk.screen
    marked = [
        ("3", "Port Velden Pilots"), ("2", "Port Velden"), ("5", "grain dust"), ("7", "dust explosion"),
        ("4", "Ana"), ("7", "shook"), ("5", "burned"),
    ]  # fmt: skip
    for hotkey, words in marked:
        screen.mark(hotkey, Words(words))
        if hotkey in "23":
            screen.page.keyboard.press("w")
        elif hotkey == "5":
            screen.choose("dangerous goods", "no")
    screen.relate("involves", Words("explosion"), Words("grain"))
    screen.select(Words("Port"))
    screen.move_edge(Words("Port"))
    screen.select_row("FIRM", "Port Velden Pilots")
    screen.move_edge(Words("Velden"), start=True)
    screen.select(Words("grain"))
    screen.move_edge(Words("explosion"))
    screen.select(Words("Ana"))
    screen.move_edge(Words("👩‍✈️"))
    screen.select(Words("shook"))
    screen.move_edge(Words("2031."))
    screen.select(Words("burned"))
    screen.move_edge(Words("About"), start=True)
    layer = desk.submitted("h3_explosion")
    description, harmless = {"naming": "description"}, {"dangerous": "no"}
    assert sorted((span.label, span.text, dict(span.attributes)) for span in layer.spans) == [
        ("CARGO", "About 500 tonnes of grain burned", harmless),
        ("CARGO", "grain dust explosion", harmless),
        ("CREW", text[text.index("Ana") : text.index("👩‍✈️") + len("👩‍✈️")], {}),
        ("FIRM", "Velden Pilots", description),
        ("INCIDENT", "dust explosion", {}),
        ("INCIDENT", text[text.index("shook") : text.index("2031.") + len("2031.")], {}),
        ("PORT", "Port", description),
    ]
    span = {one.id: one.text for one in layer.spans}
    assert [(one.label, span[one.head], span[one.tail]) for one in layer.relations] == [
        ("involves", "dust explosion", "grain dust explosion")
    ]


def test_names_and_relations_by_keys(desk: Desk) -> None:
    """A name takes a key, a double click and a key; a relation is legal, and in the label file after Submit.

    By the keystroke-level model a name is below 2 s and a relation below 3 s; a panel is in sight as a whole.
    """
    doc_id, ontology = "h1_inquiry", desk.corpus.ontology
    given = decode_layer(layer_path(desk.corpus.paths, "ada", doc_id).read_bytes())
    text, page = desk.open(doc_id), desk.screen.page
    trial = Trial(desk.screen, ontology, desk.corpus.entities, text)
    names = [one for one in names_of(given, desk.corpus.entities, ontology) if one.text.isascii()]
    costs = trial.label_names(names, WITH)
    assert statistics.mean(cost.hand_s for cost in costs) < 2
    details = page.locator(".parley-details")
    assert details.evaluate("box => box.scrollHeight <= box.clientHeight")

    for words in ("collision", "closure of the harbour"):
        desk.screen.mark("7", Words(words))
    region = {
        words: one for one, words in page.evaluate("parley.regions().map(one => [one.cleanId, one.text])")
    }
    cause, effect, ship, firm = (
        region[words] for words in ("collision", "closure of the harbour", "Sea Gull", "Velden Lines")
    )
    drawn = [
        *trial.draw_relations(
            [Relation("", "involves", cause, ship), Relation("", "leads_to", cause, effect)], HINTED
        ),
        *trial.draw_relations([Relation("", "belongs_to", ship, firm)], POINTED),
    ]
    assert statistics.mean(cost.hand_s for cost in drawn) < 3

    layer = desk.submitted(doc_id)
    found = {one.text: one for one in layer.spans}
    assert {words: dict(one.attributes) for words, one in found.items()} == {
        **{one.text: dict(one.attributes) for one in names},
        "collision": {},
        "closure of the harbour": {},
    }
    surface = {one.id: one.text for one in layer.spans}
    assert {(one.label, surface[one.head], surface[one.tail]) for one in layer.relations} == {
        ("involves", "collision", "Sea Gull"),
        ("leads_to", "collision", "closure of the harbour"),
        ("belongs_to", "Sea Gull", "Velden Lines"),
    }


def test_a_relation_is_legal_whichever_end_is_first(desk: Desk) -> None:
    """The names that the two labels allow are the only ones, each with its key; given again, a name goes."""
    desk.open("h4_storm")
    screen, page = desk.screen, desk.screen.page
    for hotkey, words in (
        ("7", "storm drove"),
        ("7", "grounding"),
        ("1", "Al Noor"),
        ("4", "harbour master"),
    ):
        screen.mark(hotkey, Words(words))
    relations = (
        "parley.annotation().relationStore.relations.map(r => [r.node1.text, r.node2.text, [...r.labels]])"
    )

    def relate(first: str, other: str) -> list[str]:
        screen.select(Words(first))
        page.keyboard.press("r")
        screen.page.mouse.click(*screen._place(Words(other))["middle"])
        return page.locator(".parley-proposals kbd + *").locator("xpath=..").all_inner_texts()

    assert relate("Al Noor", "storm") == []  # one name alone is legal: given at once, from its head
    assert page.evaluate(relations) == [["storm drove", "Al Noor", ["involves"]]]
    shown = relate("grounding", "storm")
    assert [words.split()[1] for words in shown] == ["leads_to", "same"]
    page.keyboard.press(relation_keys(desk.corpus.ontology)["same"])
    assert page.evaluate(relations)[1:] == [["grounding", "storm drove", ["same"]]]
    relate("grounding", "storm")
    page.keyboard.press(relation_keys(desk.corpus.ontology)["same"])
    assert len(page.evaluate(relations)) == 1
    relate("harbour master", "grounding")
    assert len(page.evaluate(relations)) == 2  # `involves`, from the incident
    screen.select(Words("harbour master"))
    page.keyboard.press("r")
    page.keyboard.press("Escape")
    page.keyboard.press("z")  # no letter of a span any more
    assert len(page.evaluate(relations)) == 2


def test_a_key_acts_on_what_is_on_the_panel_alone(desk: Desk) -> None:
    """Label Studio gives a span values that its label does not have if their key is pressed."""
    desk.open("h4_storm")
    page = desk.screen.page
    desk.screen.mark("4", Words("tug"))
    for letter in "qwetyuiopasdfghjklzxcvbnm":
        if letter not in "r":
            page.keyboard.press(letter)
    values = page.evaluate("parley.regions().filter(one => one.text === 'tug').map(parley.valuesOf)")
    assert values == [{}]


def test_entities_are_found_by_what_is_typed_and_hostile_words_stay_text(desk: Desk) -> None:
    """/ lists rows by the words of the span, its last line proposes a new one; markup is text everywhere."""
    desk.open("h2_spill")
    screen, page = desk.screen, desk.screen.page
    screen.mark("1", Words("img src=x"))
    assert page.locator(".parley-title").inner_text() == "SHIP img src=x"
    page.keyboard.press("q")
    page.keyboard.press("/")
    field = page.locator(".parley-search")
    assert field.input_value() == "img src=x"
    assert page.locator(".parley-list .parley-row").first.inner_text() == f"{HOSTILE} (valve)"
    page.keyboard.press("Enter")
    assert page.evaluate("parley.valuesOf(parley.selected())") == {
        "naming-SHIP": ["name"], "entity-SHIP": ["ship_img"],
    }  # fmt: skip
    screen.mark("1", Words("Halcyon"))
    page.keyboard.press("/")
    field.fill("ferr inv")  # beginnings of words, of the note too
    assert page.locator(".parley-list .parley-row").first.inner_text() == "Sea Gull"
    field.fill("Halcyon II")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("parley.valuesOf(parley.selected())")["entity-SHIP-new"] == ["Halcyon II"]
    screen.mark("1", Words("valve"))  # proposed, as its alias is among the rows
    assert page.locator(".parley-proposals .parley-row").inner_text() == f"name · {HOSTILE}"
    page.keyboard.press("?")
    page.locator(".parley-guidelines").wait_for()
    assert page.evaluate("window.hit") is None
    places = ".parley-text img, .parley-details img, .lsf-outliner img, .parley-guidelines img"
    assert page.locator(places).count() == 0
    screen.close_dialog()


def test_a_group_names_several_rows_and_numbers_and_words_are_written(desk: Desk) -> None:
    """Each row that is taken comes to those there are; what the screen gives is read as it was meant."""
    text = desk.open("h4_storm")
    screen, page = desk.screen, desk.screen.page
    screen.mark("4", Words("harbour master"))
    field = page.locator(".parley-search")
    for ship in ("Sea Gull", "Halcyon", "Sea Gull"):
        page.keyboard.press("/")
        field.fill(ship)
        page.keyboard.press("Enter")
    values = page.evaluate("parley.valuesOf(parley.selected())")
    assert values == {"ships-CREW": ["ship_sea_gull", "ship_halcyon"]}
    page.keyboard.press("/")
    field.fill("Mary Celeste")
    page.keyboard.press("Enter")  # a name without a row comes to them too
    screen.mark("7", Words("grounding"))
    page.locator("input[type=number]:visible").fill("12.50")
    page.keyboard.press("Tab")
    result = page.evaluate("parley.annotation().serializeAnnotation()")
    made = Annotation(1, msgspec.convert(result, list[Region]))
    spans, refused = read_regions(Task(1, TaskData(text)), made, desk.corpus.ontology)
    found = {span.text: span.attributes for span in spans.values()}
    assert not [one for one in refused if one.lost]
    assert found["harbour master"] == {"ships": '["new: Mary Celeste","ship_halcyon","ship_sea_gull"]'}
    assert found["grounding"] == {"speed": "12.5"}


@pytest.mark.parametrize(
    ("hotkey", "words", "line"), [("1", "Halcyon", "SHIP takes"), ("5", "oil", "CARGO and fuel")]
)
def test_the_guidelines_open_at_a_label(desk: Desk, hotkey: str, words: str, line: str) -> None:
    """One click beside the selected span: its heading is unfolded, or the first line about it is in sight."""
    desk.open("h2_spill")
    page = desk.screen.page
    desk.screen.mark(hotkey, Words(words))
    page.locator(".parley-rules").click()
    found = page.locator(".parley-guidelines :is(li, h3)", has_text=line)
    found.wait_for()
    assert found.evaluate("one => one.getBoundingClientRect().top < innerHeight")
    assert page.get_by_text("Of what burns.").is_visible() is (hotkey == "5")
    assert (
        page.locator(".parley-guidelines ul").evaluate("one => getComputedStyle(one).listStyleType") == "disc"
    )
    desk.screen.close_dialog()
