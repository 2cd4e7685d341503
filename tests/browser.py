"""The labelling screen in a real browser, worked as an annotator works it: mouse, keys, panels.

Tests label through it, and the pictures of the documentation are taken with it. Nothing here reaches around
the screen: a span is made by pressing its label's key and dragging over the words. Needs the package
`playwright` and a Chromium of the system; no browser is downloaded.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parley.faults import UsageError

if TYPE_CHECKING:  # installed for development alone
    from playwright.sync_api import Browser, Locator, Page

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = (  # it talks to this machine alone, and needs no window
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_WAIT_S = 60.0  # on a busy machine; what is there is never waited for
_SETTLES_MS = 400
_SCROLL_PX = 200  # less than the panel of regions shows, so that no row is passed over
_TEXT = ".parley-text .lsf-richtext__container"
_DETAILS = ".parley-details"

# Where a surface begins and ends on the screen: the caret's places before its first grapheme cluster and
# behind its last. Within a run from right to left a cluster begins at its right edge.
_PLACE = """([container, surface, occurrence]) => {
  const walk = document.createTreeWalker(document.querySelector(container), NodeFilter.SHOW_TEXT);
  const nodes = []; let text = '';
  while (walk.nextNode()) { nodes.push([text.length, walk.currentNode]); text += walk.currentNode.data; }
  let at = -1;
  for (let n = 0; n < occurrence; n++) { at = text.indexOf(surface, at + 1); if (at < 0) return null; }
  const clusters = [...new Intl.Segmenter(undefined, {granularity: 'grapheme'}).segment(surface)];
  const box = (from, to) => {
    const range = document.createRange();
    const put = (place, set) => {
      const [start, node] = nodes.findLast(([first]) => first <= place);
      set.call(range, node, place - start);
      return node;
    };
    const node = put(from, range.setStart);
    const [start, last] = nodes.findLast(([first]) => first < to);
    range.setEnd(last, to - start);
    node.parentElement.scrollIntoView({block: 'center'});
    const rect = [...range.getClientRects()].find(r => r.width > 0);
    return {rect, rtl: /[\\u0590-\\u08ff\\ufb1d-\\ufdff\\ufe70-\\ufefc]/.test(range.toString())};
  };
  const last = clusters[clusters.length - 1];
  const ends = [
    box(at, at + clusters[0].segment.length),
    box(at + last.index, at + last.index + last.segment.length),
  ].map(({rect, rtl}, end) => [
    (end === 1) === rtl ? rect.left + 0.3 : rect.right - 0.3, rect.top + rect.height / 2,
  ]);
  const first = box(at, at + clusters[0].segment.length).rect;
  return {ends, middle: [first.left + first.width / 2, first.top + first.height / 2]};
}"""


def find_chromium() -> Path:
    """Return the system's Chromium.

    Raises UsageError where there is none.
    """
    found = next((path for path in map(shutil.which, _NAMES) if path), None)
    if found is None:
        raise UsageError("there is no Chromium on this machine", "install the system's package `chromium`")
    return Path(found)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a headless browser.

    Raises UsageError where there is none, or the package `playwright` is missing.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as missing:
        raise UsageError("the package playwright is not installed", "run `make setup`") from missing
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(find_chromium()), args=list(_QUIET))
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Words:
    """A surface on the screen. occurrence: which one in the text, from 1."""

    surface: str
    occurrence: int = 1


class Screen:
    """Label Studio as one annotator sees it. page: of Playwright, logged in; url: of the server."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    @classmethod
    def log_in(
        cls, browser: Browser, url: str, email: str, password: str, *, width: int = 1500, height: int = 1000
    ) -> Screen:
        """Return the screen of an annotator who has just logged in. width, height: CSS pixels."""
        page = browser.new_context(viewport={"width": width, "height": height}).new_page()
        page.set_default_timeout(_WAIT_S * 1000)
        page.goto(f"{url}/user/login/")
        page.fill("input[name=email]", email)
        page.fill("input[name=password]", password)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return cls(page, url)

    def projects(self) -> dict[str, int]:
        """Return the numbers of the projects that this annotator can open, by title."""
        answer = self.page.request.get(f"{self.url}/api/projects?page_size=1000").json()
        return {project["title"]: project["id"] for project in answer["results"]}

    def articles(self, project: int) -> dict[str, int]:
        """Return the numbers of a project's tasks, by doc_id."""
        answer = self.page.request.get(f"{self.url}/api/tasks?project={project}&fields=all").json()
        return {task["data"]["doc_id"]: task["id"] for task in answer["tasks"]}

    def open(self, project: int, doc_id: str) -> None:
        """Open an article in a project, its text in sight and the instructions closed."""
        self.page.goto(f"{self.url}/projects/{project}/data?task={self.articles(project)[doc_id]}")
        self.page.wait_for_selector(f"{_TEXT} .lsf-richtext__line")
        self.page.wait_for_load_state("networkidle")
        self.close_dialog()

    def close_dialog(self) -> None:
        """Close the dialog that lies over the screen, if one does."""
        dialog = self.page.get_by_role("dialog")
        if dialog.count():
            self.page.keyboard.press("Escape")
            dialog.wait_for(state="hidden")

    def mark(self, hotkey: str, words: Words, *, leave: bool = True) -> None:
        """Make a span: press the label's key, drag over the words, and select what was made.

        leave: the selected span first. Raises UsageError if the words are not on the screen, or the drag
        marked others.
        """
        self.show_panel("Regions")
        before = self._regions()
        if leave:
            self._leave()
        self.page.keyboard.press(hotkey)
        (left, top), (right, bottom) = self._place(words)["ends"]
        mouse = self.page.mouse
        mouse.move(left, top)
        mouse.down()
        mouse.move((left + right) / 2, (top + bottom) / 2, steps=4)
        mouse.move(right, bottom, steps=4)
        marked = self.page.evaluate("getSelection().toString()")
        mouse.up()
        if _plain(marked) != _plain(words.surface):
            raise UsageError(f"dragged over {marked!r}, not {words.surface!r}", "look at the screen")
        self._until(lambda: self._regions() == before + 1, f"no span came of {words.surface!r}")

    def select(self, words: Words) -> None:
        """Select the span that covers the first letter of the words, the innermost if several do."""
        self._leave()
        self.click(words)

    def click(self, words: Words) -> None:
        """Select the span that covers the first letter of the words, whatever is selected."""
        self.page.mouse.click(*self._place(words)["middle"])
        self.page.locator(".htx-highlight.__active").first.wait_for()

    def move_edge(self, words: Words, *, start: bool = False) -> None:
        """Drag the handle at the end of the selected span to the end of the words; or start to start."""
        handles = self.page.locator(".htx-highlight.__active area")
        box = (handles.first if start else handles.last).bounding_box()
        if box is None:
            raise UsageError("the selected span has no handles", "look at the screen")
        mouse = self.page.mouse
        mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        mouse.down()
        right, middle = self._place(words)["ends"][0 if start else 1]
        mouse.move(right - 2, middle, steps=4)
        mouse.move(right, middle, steps=4)
        mouse.up()

    def select_row(self, label: str, surface: str, which: int = 0) -> None:
        """Select a span in the panel of regions. which: of those with this label and surface, from 0."""
        self.show_panel("Regions")
        rows = (
            self.page.locator(".lsf-outliner-item")
            .filter(has_text=label)
            .filter(has=self.page.get_by_text(surface, exact=True))
        )
        rows.nth(which).click()
        self.page.locator(".htx-highlight.__active").first.wait_for()

    def choose(self, title: str, value: str) -> None:
        """Tick a value of an attribute of the selected span. title: the words above the values."""
        box = self._attribute(title).locator(f'input[name="{value}"]')
        box.check()
        self._until(box.is_checked, f"{value!r} of {title!r} was not ticked")

    def write(self, title: str, value: str) -> None:
        """Write a free value of an attribute of the selected span."""
        field = self._attribute(title).get_by_role("textbox").first
        field.fill(value)
        field.press("Enter")
        self._attribute(title).get_by_text(value, exact=True).first.wait_for()

    def find_entity(self, title: str, search: str) -> None:
        """Choose the entity of the selected span: search in the list, take the first that fits."""
        field = self._attribute(title)
        dropdown = self.page.locator(".htx-taxonomy-dropdown:visible")
        field.locator(".ant-select-selector").click()
        dropdown.get_by_test_id("taxonomy-search").fill(search)
        found = dropdown.locator(".ant-select-tree-treenode").filter(has_text=search).last
        box = found.locator(".ant-select-tree-checkbox")

        def taken() -> bool:
            """Tick the box; a list that is just being filtered loses a click."""
            if "checked" not in (box.get_attribute("class") or ""):
                box.click()
                self.page.wait_for_timeout(_SETTLES_MS)
            return "checked" in (box.get_attribute("class") or "")

        self._until(taken, f"{search!r} of {title!r} was not taken")
        self.page.keyboard.press("Escape")
        field.locator(".ant-select-selection-item").first.wait_for()

    def relate(self, label: str, head: Words, tail: Words) -> None:
        """Draw an arrow from one span to another and name it."""
        self.select(head)
        self.page.keyboard.press("Alt+r")
        self.page.mouse.click(*self._place(tail)["middle"])
        self.show_panel("Relations")
        self.label_arrow(self.arrows().last, label)

    def arrows(self) -> Locator:
        """Return the rows of the panel of relations, as Playwright's locator."""
        return self.page.locator(".lsf-relations__item")

    def label_arrow(self, arrow: Locator, label: str) -> None:
        """Give an arrow a label, or take off the one it has."""
        self._labels(arrow).click()
        self.page.get_by_role("option", name=label, exact=True).click()
        self.page.keyboard.press("Escape")

    def rows(self) -> Locator:
        """Return the rows of the lead's list of disagreements, as Playwright's locator."""
        return self.page.locator(".parley-decisions li")

    def decide(self, number: int, key: str) -> None:
        """Go to a row of the lead's list, from 1, and press a key of it: 1, 2 keep one's, A all, 0 none."""
        row = self.rows().nth(number - 1)
        row.locator(".row").click()
        row.locator(".rivals").wait_for()
        self.page.keyboard.press(f"Shift+{key}" if key == "A" else f"Shift+Digit{key}")
        self._until(lambda: "decided" in (row.get_attribute("class") or ""), f"row {number} is open still")

    def show_panel(self, title: str) -> None:
        """Bring a panel at the side to the front: Regions, Relations, Info, History."""
        self.page.locator(f"#{title}-draggable").click()

    def submit(self) -> None:
        """Submit what stands on the screen, or update it where it was submitted before."""
        button = self.page.get_by_role("button", name="Submit").or_(
            self.page.get_by_role("button", name="Update")
        )
        with self.page.expect_response(
            lambda r: "/annotations" in r.url and r.request.method != "GET"
        ) as told:
            button.first.click()
        if not told.value.ok:
            raise UsageError(f"the server refused it: {told.value.status}", "look at its log")

    def picture(self, path: Path) -> None:
        """Write what is on the screen as a PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(path), animations="disabled")

    def _labels(self, arrow: Locator) -> Locator:
        labels = arrow.locator("[data-testid^=select-trigger]")
        if not labels.count():
            arrow.hover()
            arrow.get_by_role("button", name="Show Relation Labels").click()
        return labels.first

    def _leave(self) -> None:
        """Leave the field that takes the keys, and the selected span."""
        self.page.locator(".parley-labels").click(position={"x": 2, "y": 2})
        self.page.keyboard.press("Escape")
        self.page.locator(".htx-highlight.__active").first.wait_for(state="hidden")

    def _place(self, words: Words) -> dict[str, Any]:
        place = self.page.evaluate(_PLACE, [_TEXT, words.surface, words.occurrence])
        if place is None:
            raise UsageError(f"{words.surface!r} is not on the screen", "look at the article's text")
        found: dict[str, Any] = place
        return found

    def _attribute(self, title: str) -> Locator:
        heading = self.page.get_by_role("heading", name=title, exact=True)
        return self.page.locator(f"{_DETAILS} .parley-attribute:visible").filter(has=heading).first

    def _regions(self) -> int:
        # of the text: the panel has the rows in sight only
        spans = self.page.locator(f"{_TEXT} .htx-highlight[data-index]")
        return len({*spans.evaluate_all("found => found.map(one => one.dataset.index)")})

    def _until(self, true: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + _WAIT_S
        while not true():
            if time.monotonic() > deadline:
                raise UsageError(otherwise, "look at the screen")
            self.page.wait_for_timeout(50)


def _plain(text: str) -> str:
    return " ".join(text.split())
