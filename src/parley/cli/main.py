"""The command `parley STEP`, and the scripts that are doors to the same steps."""

from __future__ import annotations

import inspect
import os
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclopts import App, CycloptsError, Group, Parameter

from parley import __version__
from parley.cli import annotation, corpus, decision, labels, reading, release, start
from parley.cli.exit_status import MISUSED, finish
from parley.faults import CALLED_BY, ELSEWHERE, check_memory

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions

# numpy's linear algebra starts a thread a core when it is imported. It is given no more than the draws of
# agreement's bootstrap times counts of a few columns: at 20,000 articles about 1 s in all, and two threads
# took no less.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

HELP = """\
From news articles to a dataset of spans and relations.

The way through a corpus folder is one line:

  seeds/         →  annotation/         →  validation/     →  dataset/
  what came in      what people decide     what must be true  what goes out

Each step reads and writes the folders of one corpus; `parley STEP --help` says which.

Exit status: 0 done, 1 the data has faults, each named with its place and remedy,
2 the call or its surroundings are wrong, 70 a defect of Parley, 130 interrupted,
141 the reader of the output is gone.
"""

COLUMN = 28  # where the second column begins
WIDTH = 88

STEPS: dict[str, tuple[Callable[..., Any], ...]] = {
    "The whole line": (corpus.dataset,),
    "Begin": (start.new, start.add, start.help),
    "Prepare": (corpus.tasks, corpus.derive, corpus.migrate),
    "Annotate": (
        annotation.annotate,
        annotation.pull,
        labels.import_,
        labels.entities,
        labels.convert,
        labels.label_from_quotes,
        annotation.push_tasks,
        annotation.start_label_studio,
        annotation.setup_label_studio,
    ),
    "Decide": (decision.agreement, decision.adjudicate),
    "Check and release": (
        corpus.validate,
        release.baselines,
        release.audit,
        release.publish,
        reading.explore,
        reading.load,
        reading.diff,
        reading.export,
        release.push_to_hub,
        reading.rehydrate,
    ),
}


def app() -> App:
    """Return the command with all its steps."""
    made = _app(name="parley", help=HELP, version=__version__, version_flags="--version")
    for position, (title, steps) in enumerate(STEPS.items()):
        group = Group(title, sort_key=position)
        for place, step in enumerate(steps):
            shown = Columns(_optional(step))
            made.command(step, name=step_name(step), group=group, sort_key=place, help_formatter=shown)
    return made


def step_name(step: Callable[..., Any]) -> str:
    """Return how a step is called: `push_to_hub` is `push-to-hub`, and `import_` is `import`."""
    return step.__name__.rstrip("_").replace("_", "-")


def _optional(step: Callable[..., Any]) -> str:
    """Return the arguments that a call of a step may leave out, as its usage shows them: `[FILES...]`."""
    given = inspect.signature(step).parameters.values()
    one = [f"[{p.name.upper()}]" for p in given if p.kind is p.POSITIONAL_ONLY and p.default is not p.empty]
    many = [f"[{p.name.upper()}...]" for p in given if p.kind is p.VAR_POSITIONAL]
    return " ".join(one + many)


def main(tokens: Sequence[str] | None = None) -> None:
    """Run `parley` and end the process with its exit status. tokens: default, those of the call."""
    arguments = sys.argv[1:] if tokens is None else list(tokens)

    def step() -> int | None:
        if not {"--help", "-h", "--version"}.intersection(arguments):
            check_memory()
        return _call(app(), arguments)

    finish(step)


def door(script: str) -> None:
    """Run the step that a script of the checkout is named after, on the checkout if no --root is given.

    script: the script's `__file__`.
    """
    path = Path(script).resolve()
    checkout = path.parents[1]
    step = next(s for steps in STEPS.values() for s in steps if s.__name__.rstrip("_") == path.stem)
    arguments = sys.argv[1:]
    root = []
    if "root" in inspect.signature(step).parameters:
        given = _given_root(arguments)
        if given is None:
            root = [f"--root={checkout}"]
        elif given.resolve() != checkout:  # a corpus without this Makefile
            os.environ.setdefault(CALLED_BY, ELSEWHERE)
    os.environ.setdefault(CALLED_BY, "make")
    main([step_name(step), *root, *arguments])


def _given_root(arguments: Sequence[str]) -> Path | None:
    """Return the corpus folder that a call names, None if it names none."""
    for place, argument in enumerate(arguments):
        if argument.startswith("--root="):
            return Path(argument.removeprefix("--root="))
        if argument == "--root":
            return Path(*arguments[place + 1 : place + 2])
    return None


def run(step: Callable[..., int | None]) -> None:
    """Run a function that is not a step of the wheel as its own command: a script of the checkout only."""
    os.environ.setdefault(CALLED_BY, "make")
    alone = _app(name=f"scripts/{step.__name__}.py")
    alone.default(step)
    finish(lambda: _call(alone, sys.argv[1:]))


def _app(**options: Any) -> App:  # noqa: ANN401 - the options of cyclopts.App
    return App(
        **{"version_flags": (), **options},
        help_format="plaintext",  # examples keep their lines
        help_formatter=Columns(),
        default_parameter=Parameter(negative=(), consume_multiple=True, show_default=False),
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )


def _call(called: App, arguments: Sequence[str]) -> int | None:
    try:
        status: int | None = called(arguments)
    except CycloptsError as error:
        step = " ".join((*called.name, *(error.command_chain or ())))
        print(f"error: {error}\n  try: {step} --help", file=sys.stderr)  # noqa: T201
        return MISUSED
    return status


class Columns:
    """The formatter of cyclopts' help panels. Lines are at most WIDTH wide, also if nobody's terminal is.

    optional: the arguments that the usage ends with; cyclopts calls them all ARGS.
    """

    def __init__(self, optional: str = "") -> None:
        self.optional = optional

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
        called = _plain(usage).replace("[ARGS...]", self.optional).replace("[ARGS]", self.optional)
        _print(console, f"Usage: {called}")

    def render_description(self, console: Console, options: ConsoleOptions, description: object) -> None:
        """Print the docstring, line by line."""
        _print(console, _plain(description))


def _plain(text: Any) -> str:  # noqa: ANN401 - whatever cyclopts lets rich render
    inner = getattr(text, "primary_renderable", text)
    return str(getattr(inner, "plain", inner) or "").rstrip()


def _print(console: Console, text: str) -> None:
    console.print(text + "\n", highlight=False, markup=False, soft_wrap=True)
