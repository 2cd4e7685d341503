"""Markdown that programs write: generated blocks of a file kept by hand, tables, templates.

    <!-- generated: spans -->
    | label | … |
    <!-- end generated -->

Everything outside the blocks is written by hand and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING

from parley.faults import Fault, check, visible

if TYPE_CHECKING:
    from jinja2 import Environment

_MARK = re.compile(r"(?<!\\)<!--\s*(?:end\s+)?generated\b.*", re.IGNORECASE)  # also one that is misspelt
_BEGIN = re.compile(r"<!-- generated: ([\w-]+) -->")
_END = "<!-- end generated -->"
_CODE = re.compile(r"(`[^`]+`)")
# most of what is shown: no beginning of a block, and no mark that a rule below changes
_CHANGED = r"\x01-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\\<`\]&|=@"
_FIRST_OF_BLOCK = re.escape("#-+*.)=_>~")
_PLAIN = re.compile(rf"(?:[^\0{_CHANGED}\d{_FIRST_OF_BLOCK}]|\d++(?![-+*.)#=_>~]))[^\0{_CHANGED}]*+")
MARKS = r"\<`]&|=@"  # of _CHANGED, the printable ones
BEGINS_BLOCK = re.compile(rf"[\d{_FIRST_OF_BLOCK}]")
_MARKUP = re.compile(r"[\\<`]|\](?=[(\[:])|&(?=#?\w+;)")
_BLOCK = re.compile(r"^(\d{0,9})(#{1,6}(?= |$)|[-+*](?= |$)|[.)](?= |$)|[-=]+$|[*_](?=[*_ ]*$)|>|~~~)")
_NUMBER = re.compile(
    r"(?:–|-?[\d.,]+(?: \[[\d., -]+\])?)?"
)  # a dash and nothing are numbers that are missing
_ADDRESS = re.compile(r"https?://[^\s<>()\[\]|\\`\"']+")


def fill(text: str, blocks: Mapping[str, str], file: str) -> str:
    """Return `text` with the body of each block replaced.

    blocks: block name → Markdown without the marks. file: the name of the text in faults. Raises DataFaults
    naming each mark that is misspelt, has no partner, is inside another block, repeats a block or names
    one that nobody fills: what lies between the wrong marks would be lost.
    """
    lines = text.split("\n")
    filled: list[str] = []
    wrong: list[Fault] = []
    seen: set[str] = set()
    begun: tuple[int, str] | None = None  # line and name of the block that is open

    def refuse(number: int, what: str) -> None:
        wrong.append(Fault("block-malformed", f"{file} > line {number}", what, file))

    for number, line in enumerate(lines, 1):
        begin = _BEGIN.fullmatch(line)
        if begin:
            name = begin[1]
            if begun:
                refuse(number, f"block {name!r} begins inside block {begun[1]!r} of line {begun[0]}")
            if name in seen:
                refuse(number, f"block {name!r} is given twice")
            if name not in blocks:
                refuse(number, f"there is no block {name!r}, only {', '.join(sorted(blocks))}")
            seen.add(name)
            begun = number, name
            filled += [line, "", blocks.get(name, "").strip(), ""]
        elif line == _END:
            if begun is None:
                refuse(number, "the end of a block that has no beginning")
            begun = None
            filled.append(line)
        elif _MARK.search(line):
            refuse(number, f"{line.strip()!r} is neither the beginning nor the end of a block")
        elif begun is None:
            filled.append(line)
    if begun:
        refuse(begun[0], f"block {begun[1]!r} has no end")
    check(wrong)
    return "\n".join(filled)


def inline(text: str) -> str:
    """Return text of people as one line of Markdown: `code` and emphasis are read as such, nothing else is.

    No HTML, link, picture, block or further cell comes of it, and no control or bidirectional character.
    """
    text = " ".join(text.split())
    if _PLAIN.fullmatch(text) and "uthorization" not in text.lower():  # a header with a password in it
        return text
    return _escaped(text)


def _escaped(text: str) -> str:
    """Return one line of text without what Markdown would read as more than words."""
    text = visible(text)
    is_literal = any(mark in text for mark in ("``", "\\|", "<!--"))  # what code cannot hold here
    parts = [text] if is_literal else _CODE.split(text)
    parts[::2] = (_MARKUP.sub(r"\\\g<0>", part) for part in parts[::2])  # those between are code
    return _BLOCK.sub(r"\1\\\2", "".join(parts), count=1).replace("|", "\\|")


def paragraphs(text: str) -> str:
    """Return text of people as paragraphs, each of its lines as `inline` gives it."""
    return "\n".join(map(inline, text.strip().splitlines()))


def link(name: str, address: str) -> str:
    """Return a link, or both in plain words if the address is not one of the web."""
    if _ADDRESS.fullmatch(address):
        return f"[{inline(name).replace('[', '(').replace(']', ')')}]({address})"
    return inline(f"{name} ({address})" if address else name)


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: bool = False) -> str:
    """Return a Markdown table of cells as `inline` gives them.

    numbers: columns of numbers, also with an interval, are aligned to the right, if they are not the first.
    """
    cells = [[inline(str(cell)) for cell in row] for row in rows]

    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    def is_number(column: int) -> bool:
        return column > 0 and all(_NUMBER.fullmatch(row[column]) for row in cells)

    rule = ["---:" if numbers and is_number(column) else "---" for column in range(len(header))]
    return "\n".join([line(map(inline, header)), line(rule), *map(line, cells)])


@cache
def templates(package: str, *, markdown: bool = True) -> Environment:
    """Return what renders the templates of a package: its folder templates/, by Jinja.

    markdown: nothing is escaped as in XML; the filters `inline` and `link` are those of this module.
    """
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=not markdown,  # noqa: S701 - Markdown of the corpus' own words
    )
    found.filters |= {"inline": inline, "link": link}
    return found
