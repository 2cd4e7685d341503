"""Markdown that programs write: generated blocks of a file kept by hand, and tables.

    <!-- generated: spans -->
    | label | … |
    <!-- end generated -->

Everything outside the blocks is written by hand and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from parley.faults import Fault, check

_MARK = re.compile(r"<!--\s*(?:end\s+)?generated\b.*", re.IGNORECASE)  # also one that is misspelt
_BEGIN = re.compile(r"<!-- generated: ([\w-]+) -->")
_END = "<!-- end generated -->"


def fill(text: str, blocks: Mapping[str, str], file: str) -> str:
    """Return `text` with the body of each block replaced.

    blocks: block name → Markdown without the marks. file: the name of the text in faults. Raises DataFaults
    naming each mark that is misspelt, has no partner, stands inside another block, repeats a block or names
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


def table(header: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: bool = False) -> str:
    """Return a Markdown table; a vertical bar inside a cell is escaped, a line break becomes a space.

    numbers: all columns but the first are aligned to the right.
    """

    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(" ".join(str(c).split()).replace("|", "\\|") for c in cells) + " |"

    rule = ["---", *["---:" if numbers else "---"] * (len(header) - 1)]
    return "\n".join([line(header), line(rule), *(line(row) for row in rows)])
