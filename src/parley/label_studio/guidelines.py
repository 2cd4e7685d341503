"""The guidelines as Label Studio shows them to annotators: HTML of the tags it lets through."""

from __future__ import annotations

from parley.corpus import Corpus


def instruction(corpus: Corpus) -> str:
    """Return guidelines.md as HTML, "" where there is none.

    Pictures are left out: the server has no place for them, and a link to one elsewhere would reach for the
    network from the annotator's browser.
    """
    if not corpus.guidelines.is_file():
        return ""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("image", lambda *_: "")
    return str(reader.render(corpus.guidelines.read_text(encoding="utf-8")))
