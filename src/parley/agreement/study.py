"""Measure the agreement in a corpus folder and write all that is made from it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import IO, Any

from parley.agreement.disagreements import KINDS, Disagreement, disagreements
from parley.agreement.measurement import DRAWS, SEED, Batch, Tally, figures_of, pairings
from parley.agreement.plots import plots
from parley.agreement.reading import choose_annotators, doubly_labelled, read_batches
from parley.agreement.report import markdown
from parley.agreement.rounds import encode_rounds, read_rounds, with_round
from parley.corpus import Corpus
from parley.documents import Document
from parley.faults import UsageError
from parley.labels import write_whole
from parley.ontology import Ontology, read_ontology

LINKS = "label_studio_links.json"  # in build/: {"<doc_id>/<annotator>": address of the task}

Record = dict[str, Any]


def measure_corpus(
    corpus: Corpus,
    *,
    annotators: Sequence[str] = (),
    name: str | None = None,
    date: str | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> list[Record]:
    """Measure agreement, write it, and return the rounds of agreement.json, the one measured last among them.

    annotators: names; none for all that are not rules. name: of the round; None for the last. date: of the
    round, ISO 8601. Writes annotation/agreement.json, annotation/agreement.md, annotation/agreement/ (plots)
    and build/disagreements.md and .json. Raises UsageError where nothing is labelled twice, DataFaults for
    label files that do not fit the articles.
    """
    from parley.seeds.reading import read_documents

    ontology = read_ontology(corpus.ontology)
    chosen = choose_annotators(corpus, annotators)
    files = doubly_labelled(corpus, chosen)
    before = read_rounds(corpus.agreement)
    documents = {d.doc_id: d for d in read_documents(corpus)}
    tallies: dict[tuple[str, str], Tally] = {}
    with ExitStack() as stack:
        spool = _Spool(stack, documents, read_links(corpus))
        for batch in _watched(read_batches(corpus, ontology, files, documents), len(files)):
            _take(batch, ontology, tallies, spool)
        measured = {
            "annotators": chosen,
            "ontology": ontology.revision,
            "figures": figures_of(tallies, draws, seed),
        }
        spool.write(corpus)
    rounds = with_round(before, name, date, measured)
    write_whole(corpus.agreement, encode_rounds(rounds))
    write_whole(corpus.agreement.with_suffix(".md"), markdown(rounds).encode())
    for file, data in plots(rounds[-1]["figures"]):
        write_whole(corpus.agreement.with_suffix("") / file, data)
    return rounds


def read_links(corpus: Corpus) -> dict[str, str]:
    """Return where each annotator's task of each article stands in Label Studio, by `doc_id/annotator`.

    Empty where no server was used. Raises UsageError for a file that is no such mapping.
    """
    path = corpus.build / LINKS
    if not path.is_file():
        return {}
    try:
        links = json.loads(path.read_bytes())
    except ValueError as error:
        raise UsageError(f"{corpus.relative(path)} is no JSON: {error}", "remove it, or push the tasks again")
    if not isinstance(links, dict) or not all(isinstance(url, str) for url in links.values()):
        raise UsageError(
            f"{corpus.relative(path)} is no mapping of `doc_id/annotator` to an address",
            "remove it, or push the tasks again",
        )
    return links


def _take(batch: Batch, ontology: Ontology, tallies: dict[tuple[str, str], Tally], spool: _Spool) -> None:
    for names, pairing in pairings(batch, ontology):
        tallies.setdefault(names, Tally(ontology)).add(pairing, batch.lengths)
        spool.add(
            disagreements(
                pairing.first,
                pairing.second,
                pairing.relaxed,
                ontology,
                doc_ids=pairing.doc_ids,
                annotators=names,
            )
        )


class _Spool:
    """Disagreements on their way to two files, sorted by kind without holding them all in memory."""

    def __init__(self, stack: ExitStack, documents: Mapping[str, Document], links: Mapping[str, str]) -> None:
        def spooled() -> dict[str, IO[str]]:
            return {
                kind: stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n"))
                for kind in KINDS
            }

        self._documents, self._links = documents, links
        self._records, self._pages = spooled(), spooled()
        self._number = dict.fromkeys(KINDS, 0)

    def add(self, found: Iterable[Disagreement]) -> None:
        """Take the disagreements of a batch."""
        for one in found:
            own = {a: url for a in one.annotators if (url := self._links.get(f"{one.doc_id}/{a}"))}
            record = one.record(self._documents[one.doc_id].text, own)
            line = json.dumps(record, ensure_ascii=False, sort_keys=True)
            self._records[one.kind].write(("," if self._number[one.kind] else "") + f"\n  {line}")
            self._pages[one.kind].write(_entry(record))
            self._number[one.kind] += 1

    def write(self, corpus: Corpus) -> None:
        """Write build/disagreements.json and .md, the worst kind first."""
        corpus.build.mkdir(exist_ok=True)
        total = sum(self._number.values())
        with _whole(corpus, "disagreements.json") as out:
            out.write('{"disagreements": [')
            between = ""
            for kind in KINDS:
                if self._number[kind]:
                    out.write(between)
                    _copy(self._records[kind], out)
                    between = ","
            out.write("\n]}\n")
        with _whole(corpus, "disagreements.md") as out:
            out.write(f"# {total} disagreement{'s' if total != 1 else ''}, worst first\n")
            for kind, title in KINDS.items():
                if self._number[kind]:
                    out.write(f"\n## {title} ({self._number[kind]})\n\n")
                    _copy(self._pages[kind], out)


def _entry(record: Record) -> str:
    """Return a disagreement as an item of a Markdown list."""

    def flat(text: str) -> str:
        text = " ".join(text.split())
        for mark in "\\`*_[]<>":
            text = text.replace(mark, "\\" + mark)
        return text

    what = f" — {flat(record['what'])}" if record["what"] else ""
    place = f"`{record['doc_id']}` {record['start']}:{record['end']}"
    before, text, after = (flat(record[name]) for name in ("before", "text", "after"))
    lines = [f"- {place}{what}: …{before} **{text}** {after}…"]
    for version in record["versions"]:
        name = f"[{version['annotator']}]({version['url']})" if "url" in version else version["annotator"]
        lines.append(f"  - {name}: {flat(version['says']) or 'nothing'}")
    return "\n".join(lines) + "\n"


def _copy(spooled: IO[str], out: IO[str]) -> None:
    spooled.seek(0)
    shutil.copyfileobj(spooled, out)


class _whole:  # noqa: N801 - reads as a verb: with _whole(corpus, name) as out
    """Write a file of build/ beside its place, and rename it when it is complete."""

    def __init__(self, corpus: Corpus, name: str) -> None:
        self._path = corpus.build / name
        self._beside = corpus.build / f".{name}.part"

    def __enter__(self) -> IO[str]:
        self._out = self._beside.open("w", encoding="utf-8", newline="\n")
        return self._out

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._out.close()
        if kind is None:
            self._beside.replace(self._path)
        else:
            self._beside.unlink()


def _watched(batches: Iterable[Batch], documents: int) -> Iterator[Batch]:
    """Yield the batches, with a progress bar where stderr is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("articles compared", total=documents)
        for batch in batches:
            yield batch
            progress.advance(task, len({d for ids in batch.doc_ids.values() for d in ids}))
