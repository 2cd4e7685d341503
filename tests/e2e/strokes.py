"""The trial of the labelling screen: what a name and a relation cost an annotator, in strokes and seconds.

The same names and relations are labelled in the real editor in two ways: as Label Studio offers it, and with
the script that Parley's seats serve. What the hand does is counted and timed as in the keystroke-level model
(Card, Moran & Newell 1980, "The keystroke-level model for user performance time with interactive systems"):
0.2 s a key or click of an average typist, 1.1 s to point with the mouse, 0.4 s for the mouse hand to go to
the keyboard or back. The left hand is at the keyboard. To decide what a label is (the model's M, 1.35 s) is
the same work in each way and left out. The time until the browser shows the result is measured and added.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from msgspec import structs

from browser import Screen, Words
from parley.faults import UsageError
from parley.label_studio.screen import LABEL, control_of, relation_keys
from parley.model.entities import Entity
from parley.model.labels import Layer, Relation, Span
from parley.model.ontology import Ontology

if TYPE_CHECKING:
    from playwright.sync_api import Locator

KEY_S, POINT_S, HOME_S = 0.2, 1.1, 0.4
WITHOUT, WITH, HINTED, POINTED = "Label Studio alone", "with the script", "by letters", "by the mouse"
_TYPED = 5  # letters of a name, until the list has few rows
_SCRIPT = re.compile(r"<script>// The script of the labelling page.*?</script>", re.DOTALL)

# A place where a click reaches a region: a point of its own words at which no other lies above it.
_REACH = """id => {
  const region = Htx.annotationStore.selected.regionStore.regions.find(one => one.cleanId === id);
  region._spans[0].scrollIntoView({block: 'center'});
  for (const span of region._spans) for (const box of span.getClientRects())
    for (let x = box.left + 3; x < box.right - 2; x += 4) {
      const found = document.elementFromPoint(x, box.top + box.height / 2)?.closest('.htx-highlight');
      if (found && region.find(found)) return [x, box.top + box.height / 2];
    }
  return null;
}"""
_STATE = """() => {
  const annotation = Htx.annotationStore.selected;
  return {
    regions: annotation.regionStore.regions.map(one => [one.cleanId, one.text]),
    selected: annotation.highlightedNode?.cleanId ?? '',
    values: Object.fromEntries((annotation.highlightedNode?.results ?? []).map(
      one => [one.from_name.name, [...one.mainValue].flat()])),
    relations: annotation.relationStore.relations.map(
      one => [one.node1.cleanId, one.node2.cleanId, [...(one.labels ?? [])]]),
  };
}"""


@dataclass
class Cost:
    """What one label cost. browser_s: until the browser showed what was done, with the driver's own time."""

    keys: int = 0
    clicks: int = 0
    points: int = 0
    homings: int = 0
    browser_s: float = 0.0

    @property
    def hand_s(self) -> float:
        """Seconds of the hand, by the model."""
        return KEY_S * (self.keys + self.clicks) + POINT_S * self.points + HOME_S * self.homings

    @property
    def seconds(self) -> float:
        """Seconds of hand and browser."""
        return self.hand_s + self.browser_s


@dataclass
class Hand:
    """The hands of an annotator: each act is done in the browser and counted."""

    screen: Screen
    costs: list[Cost] = field(default_factory=list)

    @property
    def cost(self) -> Cost:
        """The cost of the label that is being made."""
        return self.costs[-1]

    def begin(self) -> None:
        self.costs.append(Cost())

    def key(self, *keys: str) -> None:
        self.cost.keys += sum(key.count("+") + 1 for key in keys)
        for key in keys:
            self.screen.page.keyboard.press(key)

    def point(self, place: Sequence[float]) -> None:
        self.cost.points += 1
        self.screen.page.mouse.move(*place)

    def click(self, place: Sequence[float], times: int = 1) -> None:
        self.point(place)
        self.cost.clicks += times
        self.screen.page.mouse.click(*place, click_count=times, delay=20)

    def click_on(self, locator: Locator) -> None:
        """Click on a part of the screen that may still be coming."""
        self.cost.points += 1
        self.cost.clicks += 1
        locator.click()

    def drag(self, start: Sequence[float], end: Sequence[float]) -> None:
        self.point(start)
        self.cost.clicks += 1
        self.screen.page.mouse.down()
        self.point(end)
        self.screen.page.mouse.up()

    def see(self, true: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
        """Wait until the editor is as expected; the wait is counted."""
        began = time.monotonic()
        while not true(state := self.screen.page.evaluate(_STATE)):
            if time.monotonic() - began > 20:
                del state["regions"]
                raise UsageError(f"{what} did not come of it: {state}", "look at the screen")
            self.screen.page.wait_for_timeout(5)
        self.cost.browser_s += time.monotonic() - began
        found: dict[str, Any] = state
        return found


def without_script(screen: Screen) -> None:
    """Take the script out of all pages that are loaded from now on."""

    def strip(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=_SCRIPT.sub("", answer.text()))

    screen.page.route(re.compile(r"/projects/\d+/data"), strip)


def names_of(layer: Layer, entities: Mapping[str, Entity], ontology: Ontology) -> Iterator[Span]:
    """Yield the spans that are names: their row is asked for, and their words are its name or an alias."""
    for span in layer.spans:
        for name, value in span.attributes.items():
            attribute, row = ontology.attributes_of[span.label][name], entities.get(value)
            if attribute.required_when and row and span.text in (row.name, *row.aliases):
                yield span


@dataclass
class Trial:
    """One way of labelling. text: of the article that is open."""

    screen: Screen
    ontology: Ontology
    entities: Mapping[str, Entity]
    text: str
    hand: Hand = field(init=False)

    def __post_init__(self) -> None:
        self.hand = Hand(self.screen)

    # ---- names ---------------------------------------------------------------------------------------------

    def label_names(self, spans: Sequence[Span], way: str) -> list[Cost]:
        """Label the spans with their attributes, and return the cost of each."""
        self.hand.costs.clear()
        for span in spans:
            self._settle()
            self.hand.begin()
            hotkey = self.ontology.span_by_name[span.label].hotkey
            before = len(self.screen.page.evaluate(_STATE)["regions"])
            if way == WITHOUT and before:
                self._leave()
            self.hand.key(hotkey)
            (self._name if way == WITH else self._name_alone)(span, before)
        return list(self.hand.costs)

    def _wanted(self, span: Span) -> dict[str, list[str]]:
        controls = control_of(self.ontology)
        return {controls[name, span.label].name: [value] for name, value in span.attributes.items()}

    def _has(self, span: Span) -> Callable[[dict[str, Any]], bool]:
        wanted = self._wanted(span)
        return lambda state: {k: v for k, v in state["values"].items() if k != LABEL} == wanted

    def _words(self, span: Span) -> Words:
        return Words(span.text, self.text.count(span.text, 0, span.start) + 1)

    def _name(self, span: Span, before: int) -> None:
        place = self.screen._place(self._words(span))["middle"]
        self.hand.click(place, times=2)
        made = self.hand.see(lambda s: len(s["regions"]) == before + 1 and bool(s["selected"]), span.text)
        if dict(made["regions"])[made["selected"]] != span.text:
            raise UsageError(f"not {span.text!r} but {made} was marked", "look at the screen")
        row = next(self.entities[one] for one in span.attributes.values() if one in self.entities)
        offered = self.screen.page.locator(".parley-proposals .parley-row")
        offered.first.wait_for()
        shown = offered.all_inner_texts()
        right = [number for number, words in enumerate(shown) if words.endswith(f" · {row.name}")]
        if not right:
            raise UsageError(f"{row.name!r} is not among {shown}", "look at the screen")
        self.hand.key(*["ArrowDown"] * right[0], " ")
        self.hand.see(self._has(span), span.text)

    def _name_alone(self, span: Span, before: int) -> None:
        place = self.screen._place(self._words(span))
        self.hand.drag(*place["ends"])
        self.hand.see(lambda s: len(s["regions"]) == before + 1, span.text)
        self.hand.click(self.screen._place(self._words(span))["middle"])
        self.hand.see(lambda s: bool(s["selected"]), span.text)
        self._settle()
        self._settle()  # the panel takes values back that are given while it comes
        given = [
            (self.ontology.attributes_of[span.label][name], one) for name, one in span.attributes.items()
        ]
        for attribute, value in sorted(given, key=lambda one: one[0].kind):  # a list keeps the keys to itself
            if attribute.kind == "choice":
                self.hand.key(next(one.hotkey for one in attribute.value if one.name == value))
                self.hand.see(lambda s, value=value: [value] in s["values"].values(), value)
            else:
                self._search(attribute.title, self.entities[value])
        self.hand.see(self._has(span), span.text)

    def _leave(self) -> None:
        """Take the keys from the list of entities, and let go of the span: its label would be changed."""
        self.hand.cost.points += 1
        self.hand.cost.clicks += 1
        self.screen.page.locator(".parley-labels").click(position={"x": 2, "y": 2})
        self.hand.key("Escape")
        self.hand.see(lambda s: not s["selected"], "no selection")

    def _search(self, title: str, row: Entity) -> None:
        dropdown = self.screen.page.locator(".htx-taxonomy-dropdown:visible")
        for _ in range(100):  # another list may still be going
            if not dropdown.count():
                break
            self.screen.page.wait_for_timeout(20)
        self.hand.click_on(self.screen._attribute(title).locator(".ant-select-selector"))
        search = dropdown.get_by_test_id("taxonomy-search")
        search.wait_for()
        if not search.evaluate("one => one === document.activeElement"):
            self.hand.click_on(search)
        if search.input_value():  # of the search before: it is marked, and written over
            self.hand.cost.keys += 2
        self.hand.cost.homings += 1
        self.hand.cost.keys += _TYPED
        search.fill(row.name[:_TYPED])
        box = dropdown.locator(".ant-select-tree-treenode").filter(has_text=row.name).last
        self.screen.page.wait_for_timeout(300)  # while the list is filtered it loses a click
        self.hand.cost.homings += 1
        self.hand.click_on(box.locator(".ant-select-tree-checkbox"))
        self.hand.key("Escape")

    # ---- relations -----------------------------------------------------------------------------------------

    def draw_relations(self, relations: Sequence[Relation], way: str) -> list[Cost]:
        """Draw the relations between the spans that are there, and return the cost of each."""
        self.hand.costs.clear()
        for relation in relations:
            self._settle()
            self.hand.begin()
            drawn = [relation.head, relation.tail, [relation.label]]
            (self._alone if way == WITHOUT else self._keyed)(relation, way)
            self.hand.see(lambda s, drawn=drawn: drawn in s["relations"], str(drawn))
        return list(self.hand.costs)

    def reachable(self, *regions: str) -> bool:
        """Say whether a click can reach regions: others may lie on all words of one."""
        return all(self.screen.page.evaluate(_REACH, region) is not None for region in regions)

    def _select(self, region: str) -> None:
        if self.screen.page.evaluate(_STATE)["selected"] != region:
            self.hand.click(self.screen.page.evaluate(_REACH, region))
            self.hand.see(lambda s: s["selected"] == region, region)

    def _keyed(self, relation: Relation, way: str) -> None:
        self._select(relation.head)
        if way == POINTED:
            self.hand.point(self.screen.page.evaluate(_REACH, relation.tail))
        self.hand.key("r")
        if way == HINTED:
            letters = self.screen.page.evaluate("id => window.parley.lettersOf(id)", relation.tail)
            if letters is None:  # out of sight: a turn of the wheel, which costs a click
                self.hand.cost.clicks += 1
                self.screen.page.evaluate(_REACH, relation.tail)
                self.screen.page.wait_for_timeout(100)
                letters = self.screen.page.evaluate("id => window.parley.lettersOf(id)", relation.tail)
            self.hand.key(*letters)
        if self.screen.page.evaluate("window.parley.isRelating()"):
            self.hand.key(relation_keys(self.ontology)[relation.label])

    def _alone(self, relation: Relation, _: str) -> None:
        page = self.screen.page
        self._select(relation.head)
        self.hand.key("Alt+r")
        self.hand.click(page.evaluate(_REACH, relation.tail))
        row = self.screen.arrows().last
        self.hand.see(lambda s: any(one[:2] == [relation.head, relation.tail] for one in s["relations"]), "")
        row.scroll_into_view_if_needed()
        row.hover()
        self.hand.click_on(row.get_by_role("button", name="Show Relation Labels"))
        self.hand.click_on(row.locator("[data-testid^=select-trigger]").first)
        option = page.get_by_role("option", name=relation.label, exact=True)
        self.hand.click_on(option)
        self.hand.key("Escape")
        option.wait_for(state="hidden")

    def _settle(self) -> None:
        self.screen.page.wait_for_timeout(150)  # a person looks for the next words meanwhile


def spans_alone(gold: Layer, annotator: str) -> Layer:
    """Return an annotator's layer of the spans of gold: what is there before relations are drawn."""
    spans = tuple(structs.replace(one, sources=(), decision="", reason="") for one in gold.spans)
    return structs.replace(gold, annotator=annotator, spans=spans, relations=())


def table(rows: Sequence[tuple[str, str, Sequence[Cost]]]) -> str:
    """Return costs as a Markdown table. rows: what was made, the way, the cost of each."""
    lines = [
        "| what | way | of | keys | clicks | points | homings | hand, s | browser, s | both, s |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for what, way, costs in rows:
        means = [
            statistics.mean(getattr(cost, name) for cost in costs)
            for name in ("keys", "clicks", "points", "homings", "hand_s")
        ]
        browser = statistics.median(cost.browser_s for cost in costs)
        figures = [*(f"{mean:.1f}" for mean in means[:4]), f"{means[4]:.2f}", f"{browser:.2f}"]
        lines.append(f"| {what} | {way} | {len(costs)} | {' | '.join(figures)} | {means[4] + browser:.2f} |")
    return "\n".join(lines)
