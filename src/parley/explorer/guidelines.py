"""The guidelines as the page shows them: blocks of plain text, and which sections are about which name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_GENERATED = re.compile(r"<!-- generated: \w+ -->.*?<!-- end generated -->", re.DOTALL)
_ELSEWHERE = "The view *Labels* has this table."  # from the same ontology, with links
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_INLINE = {"strong": "b", "em": "i", "code_inline": "c"}


def sections(markdown: str) -> list[dict[str, Any]]:
    """Return the sections of a Markdown text: level, title, and blocks.

    A block is [kind, content]: `p` and `pre` with runs, `ul` and `ol` with a list of blocks an item, `quote`
    with blocks, `table` with rows of cells of runs. A run is a text, or [`b` | `i` | `c`, text]. A paragraph
    of one text is that text, and so are the runs of a cell.
    """
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    text = _COMMENT.sub("", _GENERATED.sub(_ELSEWHERE, markdown))
    found: list[dict[str, Any]] = [{"level": 0, "title": "", "blocks": []}]
    for node in SyntaxTreeNode(reader.parse(text)).children:
        if node.type == "heading":
            title = "".join(run if isinstance(run, str) else run[1] for run in _runs(node))
            found.append({"level": int(node.tag[1:]), "title": title, "blocks": []})
        else:
            found[-1]["blocks"] += _blocks([node])
    return [one for one in found if one["title"] or one["blocks"]]


def about(found: Sequence[dict[str, Any]], names: Collection[str]) -> dict[str, list[int]]:
    """Return, by name, the sections whose titles have it as a word; not that of the whole text."""
    made: dict[str, list[int]] = {}
    for number, section in enumerate(found):
        for word in dict.fromkeys(re.findall(r"[^\s,:;`()]+", section["title"])):
            if word in names and section["level"] > 1:
                made.setdefault(word, []).append(number)
    return made


def _blocks(nodes: Sequence[SyntaxTreeNode]) -> list[Any]:
    return [block for node in nodes for block in _block(node)]


def _block(node: SyntaxTreeNode) -> Iterator[Any]:
    if node.type in ("bullet_list", "ordered_list"):
        kind = "ul" if node.type == "bullet_list" else "ol"
        yield [kind, [_blocks(item.children) for item in node.children]]
    elif node.type == "blockquote":
        yield ["quote", _blocks(node.children)]
    elif node.type == "table":
        yield [
            "table",
            [
                [_plain(_runs(cell)) for cell in row.children]
                for part in node.children
                for row in part.children
            ],
        ]
    elif node.type in ("fence", "code_block"):
        yield ["pre", [node.content]]
    elif node.type == "heading":  # inside a list or a quotation
        yield ["p", [["b", "".join(r if isinstance(r, str) else r[1] for r in _runs(node))]]]
    elif node.type != "hr":
        found = _runs(node)
        yield _plain(found) if len(found) == 1 and isinstance(found[0], str) else ["p", found]


def _plain(found: list[Any]) -> Any:  # noqa: ANN401 - runs, or a text
    """Return runs, one text as that text."""
    return found[0] if len(found) == 1 and isinstance(found[0], str) else found


def _runs(node: SyntaxTreeNode) -> list[Any]:
    """Return the runs of a paragraph, heading or cell; of pictures and links their words."""
    found: list[Any] = []

    def walk(nodes: Sequence[SyntaxTreeNode], kind: str) -> None:
        for one in nodes:
            if one.type in ("softbreak", "hardbreak"):
                put(" ", kind)
            elif one.children:
                walk(one.children, _INLINE.get(one.type, kind))
            elif one.type != "image":
                put(one.content, _INLINE.get(one.type, kind))

    def put(text: str, kind: str) -> None:
        last = found[-1] if found else None
        if not kind and isinstance(last, str):
            found[-1] += text
        elif kind and isinstance(last, list) and last[0] == kind:
            last[1] += text
        elif text:
            found.append([kind, text] if kind else text)

    walk(node.children, "")
    return found
