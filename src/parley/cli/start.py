"""Steps that begin a corpus and bring articles into it: new, add; and what its files may have: help."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from parley.cli.options import Root, say, written_corpus


def new(
    folder: Annotated[Path, Parameter(help="folder to make; it does not exist yet, or is empty")],
    /,
    *,
    name: Annotated[
        str, Parameter(metavar="NAME", help="of the dataset, for files and the Hub (default: the folder's)")
    ] = "",
    title: Annotated[str, Parameter(metavar="WORDS", help="for readers (default: from the name)")] = "",
    author: Annotated[str, Parameter(metavar="NAME", help="who is cited (default: The authors)")] = "",
    language: Annotated[
        str, Parameter(metavar="TAG", help="of the articles: en, de, pt-BR … (default: en)")
    ] = "",
) -> None:
    """Begin a corpus of your own: a folder that runs at once, to be changed piece by piece.

    On a terminal it asks for what no option gives; else it takes the defaults.
    Writes seeds/ with one sample text, annotation/ with two span labels, a
    relation, an attribute and guidelines, release.toml, a README that says what to do
    next, .gitignore, a pre-commit hook and a workflow for GitHub. Every file is
    commented. Nothing is fetched.

      parley new incidents                         asks, on a terminal
      parley new incidents --title "Incidents at sea" --author "Ada Berg" --language de
      cd incidents && parley dataset               ends with load_dataset

    Exit status: 0 done, 2 wrong call, or the folder is not empty.
    """
    from dataclasses import replace

    from parley.steps.new import new as write
    from parley.steps.new import refuse_used, suggested

    refuse_used(folder)
    given = {"name": name, "title": title, "author": author, "language": language}
    start = replace(suggested(folder), **{key: value for key, value in given.items() if value})
    if not title and name:
        start = replace(start, title=name.replace("-", " ").capitalize())
    if sys.stdin.isatty() and sys.stdout.isatty():
        asked = {"name": "Name of the dataset", "title": "Title", "author": "Author", "language": "Language"}
        start = replace(
            start, **{key: _ask(asked[key], getattr(start, key)) for key in asked if not given[key]}
        )
    written = write(folder, start)
    say(f"wrote {len(written)} files below {folder}:", *(f"  {place}" for place in written))
    say("", f"next: cd {folder} and `parley dataset`; README.md there says how to make it yours")


def add(
    *files: Annotated[Path, Parameter(help="texts in UTF-8, web pages, web archives, or folders of them")],
    event: Annotated[
        str, Parameter(metavar="NAME", help="what all of them are about (default: proposed)")
    ] = "",
    language: Annotated[str, Parameter(metavar="TAG", help="of all of them (default: guessed)")] = "",
    rights: Annotated[str, Parameter(metavar="WORDS", help="who owns them, for the manifest")] = "",
    root: Root = None,
) -> None:
    """Add articles: copy files into seeds/ and give each a row of the manifest.

    The bytes are kept as they are. sha256 is computed; title, date and language are
    guessed, and the guesses are printed: check the new rows of seeds/manifest.csv.
    An article whose text is nearly that of another one gets the same event, so that
    both are in one split. A file that is in seeds/ already is left out.

      parley add report.txt
      parley add articles/                          a folder, with the folders in it
      parley add page.html saved.mhtml crawl.warc.gz
      parley add a.txt b.txt --event harbour-fire --language en

    Of a web page only the article is text. Which part that is, is written into
    seeds/DOC_ID.page.json once, so that no later version of the extractor changes it;
    every character has its place in the page. seeds/cleaning.toml cuts from that text.

    Exit status: 0 done, 1 something cannot be a seed: each is named, and nothing is
    written, 2 wrong call.
    """
    from parley.faults import UsageError
    from parley.runtime.files import write_whole
    from parley.steps.add import FEW, REPORT
    from parley.steps.add import add as take

    if not files:
        raise UsageError("there is nothing to add", "name files or folders")
    with written_corpus(root) as corpus:
        done = take(corpus, files, event=event, language=language, rights=rights)
        lines = done.lines()
        write_whole(corpus.paths.build / REPORT, ("\n".join(lines) + "\n").encode(errors="backslashreplace"))
    shown = lines if len(done.rows) + len(done.left) <= FEW else [lines[0], f"all of them: build/{REPORT}"]
    say(*shown)
    if done.rows:
        say("look at the new rows of seeds/manifest.csv; then `parley tasks` shows what cleaning cuts")


def help(
    topic: Annotated[
        Literal["ontology", "cleaning", "release", "preannotation", "mapping"], Parameter(help="which file")
    ],
    /,
) -> None:
    """List the fields of a file of a corpus: kinds, legal values, meaning.

    The list is made from the code that reads the file, so it fits this version.

      parley help ontology         annotation/ontology.toml: labels, attributes, relations
      parley help cleaning         seeds/cleaning.toml: what is cut from the articles
      parley help release          release.toml: whose labels, which version, which terms
      parley help preannotation    annotation/preannotation.toml: what the rules propose
      parley help mapping          what `parley import label-studio` is given: names of
                                   another project

    Exit status: 0 done, 2 wrong call.
    """
    from parley.runtime.schema import reference

    if topic == "ontology":
        from parley.model.ontology import Ontology as Kind
    elif topic == "cleaning":
        from parley.seeds.cleaning import Rules as Kind  # type: ignore[assignment]
    elif topic == "release":
        from parley.release.inputs import Settings as Kind  # type: ignore[assignment]
    elif topic == "mapping":
        from parley.exchange.project_map import ProjectMap as Kind  # type: ignore[assignment]
    else:
        from parley.preannotation.rules import Rules as Kind  # type: ignore[assignment]
    places = {"cleaning": "seeds/cleaning.toml", "release": "release.toml", "mapping": "the mapping file"}
    say(reference(Kind, places.get(topic, f"annotation/{topic}.toml")).rstrip())


def _ask(question: str, default: str) -> str:
    """Return what a person answers on the terminal, the default if nothing."""
    from rich.prompt import Prompt

    return Prompt.ask(question, default=default)
