"""Generated blocks: parts of a Markdown file that a program writes, between two comment lines.

    <!-- generated: spans -->
    | label | … |
    <!-- end generated -->

Everything outside the blocks is written by hand and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

_BLOCK = re.compile(r"(<!-- generated: ([\w-]+) -->\n).*?(<!-- end generated -->)", re.DOTALL)


def fill(text: str, blocks: Mapping[str, str]) -> str:
    """Return `text` with each block's body replaced.

    blocks: block name → Markdown without the marker lines. Raises KeyError for a block that no one fills.
    """

    def body(match: re.Match[str]) -> str:
        return f"{match[1]}\n{blocks[match[2]].strip()}\n\n{match[3]}"

    return _BLOCK.sub(body, text)


def names(text: str) -> list[str]:
    """Return the names of the blocks of `text`, in order."""
    return [match[2] for match in _BLOCK.finditer(text)]


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table; a vertical bar inside a cell is escaped, a line break becomes a space."""

    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(" ".join(str(c).split()).replace("|", "\\|") for c in cells) + " |"

    return "\n".join([line(header), line(["---"] * len(header)), *(line(row) for row in rows)])
