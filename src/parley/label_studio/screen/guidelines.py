"""The guidelines as Label Studio shows them to annotators: HTML of the tags it lets through."""

from __future__ import annotations

import re

from parley.model.paths import CorpusPaths

_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


def instruction(corpus: CorpusPaths) -> str:
    """Return guidelines.md as HTML, "" if there is none.

    Pictures are left out: the server has no place for them, and a link to one elsewhere would reach for the
    network from the annotator's browser. So are comments, such as the marks around generated tables.
    """
    if not corpus.guidelines.is_file():
        return ""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("image", lambda *_: "")
    text = _COMMENT.sub("", corpus.guidelines.read_text(encoding="utf-8"))
    return str(reader.render(text))
