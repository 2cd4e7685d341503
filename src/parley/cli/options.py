"""Options that several steps have, and the corpus folder that a call means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter, validators

from parley.faults import as_called, visible
from parley.model.paths import CorpusPaths

if TYPE_CHECKING:
    from parley.corpus.corpus import Corpus


def number(least: int, most: int | None = None, *, help: str) -> Parameter:
    """Return the parameter of a whole number within bounds."""
    return Parameter(metavar="N", help=help, validator=validators.Number(gte=least, lte=most))


Root = Annotated[
    Path | None,
    Parameter(
        metavar="FOLDER",
        help="the corpus: a folder with annotation/ontology.toml (default: the current folder, or the "
        "nearest folder above it that is one; for a script, its checkout)",
    ),
]
OntologyFile = Annotated[
    Path | None,
    Parameter(metavar="FILE", help="default: that of the corpus", validator=validators.Path(exists=True)),
]
Tables = Annotated[
    Path | None,
    Parameter(
        metavar="FOLDER",
        help="judge the tables of an export instead",
        validator=validators.Path(exists=True, file_okay=False),
    ),
]
Names = Annotated[
    tuple[str, ...], Parameter(metavar="NAME", help="annotators (default: all that the step can use)")
]
MOST = 256  # processes: more than a machine has cores would only wait for each other
Processes = Annotated[
    int | None,
    number(
        1, MOST, help="processes on this machine (default: by the number of articles, at most one a core)"
    ),
]
EngineName = Annotated[Literal["local", "spark"], Parameter(help="what runs the work")]
Master = Annotated[
    str | None,
    Parameter(metavar="URL", help="Spark's master (default: that of spark-submit, else all cores: local[*])"),
]
Text = Annotated[Literal["include", "withhold"], Parameter(help="the articles' text")]
Whose = Annotated[
    tuple[str, ...],
    Parameter(
        metavar="NAME",
        negative="",
        help="whose the export is, if it does not say; or PERSON=NAME for each person",
    ),
]
Limit = Annotated[
    tuple[str, ...],
    Parameter(
        metavar="NAME=SIZE",
        consume_multiple=False,
        help="the largest file, plain (bytes unpacked), task, string or depth that is read: task=200MB",
    ),
]


def corpus_at(root: Path | None) -> CorpusPaths:
    """Return the corpus at `root`, else the one that the current folder is in.

    Raises UsageError if there is none.
    """
    if root is None:
        here = Path.cwd()
        root = next((up for up in (here, *here.parents) if CorpusPaths(up).ontology.is_file()), here)
    return CorpusPaths.at(root)


def loaded_corpus(root: Path | None) -> Corpus:
    """Return the corpus of `corpus_at` as one that is read once and passed on."""
    from parley.corpus.corpus import Corpus

    return Corpus(corpus_at(root))


@contextmanager
def written_corpus(root: Path | None) -> Iterator[Corpus]:
    """Yield the corpus of `loaded_corpus` while no other process may write it.

    Raises UsageError if another process does.
    """
    from parley.corpus.corpus import writing

    corpus = loaded_corpus(root)
    with writing(corpus.paths):
        yield corpus


def split_names(names: Iterable[str]) -> list[str]:
    """Return names that were given one by one or joined by commas: `a b`, `a,b`."""
    return [name for joined in names for name in joined.split(",") if name]


def say(*lines: str) -> None:
    """Print lines at once, nothing in them that a terminal obeys, their commands as the user calls them."""
    for line in "\n".join(lines).split("\n"):
        print(visible(as_called(line)), flush=True)  # noqa: T201 - the command line is the interface here
