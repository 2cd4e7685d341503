"""Help as plain text: a step's docstring as it is written, then its options in two columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions

COLUMN = 28  # where the second column begins
WIDTH = 88


class Columns:
    """The formatter of cyclopts' help panels. Lines are at most WIDTH wide, also if nobody's terminal is."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Print one panel: its title, and a row a step or an option."""
        if not panel.entries:
            return
        lines = [f"{_plain(panel.title)}:"]
        for entry in panel.entries:
            names = ", ".join(entry.display_labels_with_metavar)
            notes = [_plain(entry.description)]
            notes += [f"({' | '.join(entry.choices)})"] if entry.choices else []
            notes += ["(required)"] if entry.required else []
            rows = textwrap.wrap(" ".join(filter(None, notes)), WIDTH - COLUMN) or [""]
            if len(names) + 4 > COLUMN:
                lines.append(f"  {names}")
            else:
                lines.append(f"  {names:<{COLUMN - 2}}{rows.pop(0)}")
            lines += [" " * COLUMN + row for row in rows]
        _print(console, "\n".join(line.rstrip() for line in lines))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: object) -> None:
        """Print how the step is called."""
        _print(console, f"Usage: {_plain(usage)}")

    def render_description(self, console: Console, options: ConsoleOptions, description: object) -> None:
        """Print the docstring, line by line."""
        _print(console, _plain(description))


def _plain(text: Any) -> str:  # noqa: ANN401 - whatever cyclopts lets rich render
    inner = getattr(text, "primary_renderable", text)
    return str(getattr(inner, "plain", inner) or "").rstrip()


def _print(console: Console, text: str) -> None:
    console.print(text + "\n", highlight=False, markup=False, soft_wrap=True)
