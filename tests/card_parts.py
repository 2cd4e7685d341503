"""Parts of a card as tests look at them: by heading, and by the figures in them, whatever the words say."""

import re


def section(card: str, heading: str) -> str:
    """Return what is below a heading of the second level, up to the next."""
    return card.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def bullet(card: str, name: str) -> str:
    """Return the first list item that begins with a name in bold."""
    found = re.search(rf"^- \*\*{re.escape(name)}\*\*(.*)$", card, re.MULTILINE)
    assert found, name
    return found[1]


def numbers(text: str) -> list[int]:
    """Return the whole numbers of a text in their order; fractions are left out."""
    return [int(one) for one in re.findall(r"(?<![\w.])\d+(?![\w]|\.\d)", text)]
