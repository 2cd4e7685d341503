"""Pages of releases, and a browser that looks at them."""

import shutil
from types import SimpleNamespace

import pytest

import browser
import requirements_for_tests
from checkout import CHECKOUT
from explorer_releases import settled
from parley.corpus.corpus import Corpus
from parley.explorer.extras import read_extras
from parley.explorer.page import write_page
from parley.model.paths import CorpusPaths
from parley.release.publish import publish


@pytest.fixture(scope="module")  # a process drives one browser at a time: other modules start theirs
def chromium():
    requirements_for_tests.chromium()
    with browser.chromium() as started:
        yield started


@pytest.fixture
def look(chromium):
    """Return a function that opens an address and waits; whatever the browser complains of fails the test."""
    wrong: list[str] = []
    opened = []

    def open_at(address: str, **context):
        page = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}).new_page()
        opened.append(page.context)
        page.on("console", lambda m: wrong.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda d: (wrong.append(f"a dialog: {d.message}"), d.dismiss()))
        page.goto(address)
        settled(page)
        return page

    yield open_at
    for context in opened:
        context.close()
    assert wrong == []


@pytest.fixture(scope="session")
def five(tmp_path_factory):
    """Return the page of the five articles with all that the corpus adds, and their release."""
    out = tmp_path_factory.mktemp("five") / "page"
    corpus = Corpus(CorpusPaths.at(CHECKOUT))
    write_page(corpus.paths.dataset, out, read_extras(corpus))
    return SimpleNamespace(out=out, release=corpus.paths.dataset, url=(out / "index.html").as_uri())


@pytest.fixture(scope="session")
def harbour_page(tmp_path_factory):
    """Return the page of the second corpus: other labels, Arabic, emoji, markup in its texts."""
    root = shutil.copytree(CHECKOUT / "tests" / "harbour", tmp_path_factory.mktemp("harbour") / "corpus")
    corpus = Corpus(CorpusPaths.at(root))
    publish(corpus)
    out = root.parent / "page"
    write_page(corpus.paths.dataset, out, read_extras(Corpus(corpus.paths)))
    return SimpleNamespace(out=out, release=corpus.paths.dataset, url=(out / "index.html").as_uri())
