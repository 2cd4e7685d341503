"""The page: one folder that a browser opens without a server, written from a release, whole or not at all."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow.compute as pc

from parley.explorer.articles import write_part
from parley.explorer.extras import Extras
from parley.explorer.guidelines import about, sections
from parley.explorer.index import KINDS, Merge, combinations, merge, numbers, unmerged
from parley.explorer.parts import ARTICLES, RELATIONS, SPANS, TABLES, Part, PartCounts, Row, Task
from parley.explorer.shards import coded, digits, folders_of, table, write
from parley.explorer.statements import write_figures
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.colours import DARK, LIGHT, readable
from parley.model.labels import DECISIONS, REASONS, REJECTED
from parley.release.data.files import data_files, read_config, read_file, release_ontology
from parley.release.data.schema import FINGERPRINTS
from parley.release.versions.history import damage, read_versions
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import decode_json, remove_unfinished, replacing

if TYPE_CHECKING:
    from jinja2 import Environment

SCRIPTS = ("dom", "store", "labels", "article", "search", "views", "statements", "figures", "main")
_OURS = "data/overview.js"  # in a folder that this wrote: another one is not replaced
_FEW = 3  # parts, whose index is merged in a moment
_EVENTS = 200  # of the first view; search has them all

_UNSHOWN = {
    "hotkey",
    "color",
    "required",
    "required_when",
    "expected_of",
    "expected_at",
    "excused_by",
    "types",
}
_UNSHOWN |= {"inside_words", "same_words", "same_label", "several", "statements", "claims", "figures"}


@dataclass(frozen=True)
class PageReport:
    """What was written. bytes: of all files. withheld: whether the articles' words were left out."""

    articles: int
    spans: int
    relations: int
    bytes: int
    withheld: bool


def write_page(
    release: Path,
    out: Path,
    extras: Extras | None = None,
    *,
    withheld: bool = False,
    engine: Engine | None = None,
) -> PageReport:
    """Write the page of a release folder into `out`, which is replaced if it is such a page.

    extras: what a corpus folder adds. withheld: without the articles' words; so is a release without text.
    Raises DataFaults naming each file that is not as it was published, UsageError if there is no release, or
    `out` is a folder of something else.
    """
    parts = _parts(release)
    if not parts:
        raise UsageError(
            f"nothing is published in {release}", "run `parley publish`, or name a release folder"
        )
    check(damage(release))
    if not _replaceable(out):
        raise UsageError(f"{out} is there and is not a page of this kind", "name a new folder with --out")
    ontology = release_ontology(release)
    if ontology is None:
        what = "the file is missing: the page takes all names and colours from it"
        raise DataFaults([Fault("release-damaged", f"{release.name}/ontology.json", what)])
    withheld = withheld or (release / "data" / FINGERPRINTS).is_dir()
    articles = sum(
        read_file(release, path, ["doc_id"]).num_rows for _, path in data_files(release, "documents")
    )
    extras = extras or Extras()
    with replacing(out) as staging:
        adjudicated = _adjudicated(release, extras)
        task = Task(release, ontology, staging, folders_of(articles), withheld, extras, adjudicated)
        chosen, counted = engine or Cores(), PartCounts()
        for one in chosen.map(partial(write_part, task), parts, "writing the articles"):
            counted.add(one)
        _write_index(task, counted, chosen)
        _write_front(task, counted)
        remove_unfinished(staging)  # of workers that were lost
        size = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
    return PageReport(counted.articles, counted.rows[SPANS], counted.rows[RELATIONS], size, withheld)


def _replaceable(out: Path) -> bool:
    """Say whether a page may be put there: nothing is, an empty folder, or an earlier page."""
    if not out.is_dir() or out.is_symlink():
        return not (out.exists() or out.is_symlink())
    return (out / _OURS).is_file() or not any(out.iterdir())


def _parts(release: Path) -> list[Part]:
    found = enumerate(data_files(release, "documents"))
    return [Part(number, split, path.name) for number, (split, path) in found]


def _adjudicated(release: Path, extras: Extras) -> frozenset[str]:
    """Return the annotators whose labels a lead decided on: those of the ledger, and of published labels.

    A release alone does not tell of one who was adjudicated and none of whose labels was taken.
    """
    found = set(extras.adjudicated)
    for config in (SPANS, RELATIONS):
        for _, path in data_files(release, config):
            for column in read_file(release, path, ["sources"]).columns:
                found.update(pc.unique(pc.list_flatten(column)).drop_null().to_pylist())
    return frozenset(found)


def _write_index(task: Task, counted: PartCounts, engine: Engine) -> None:
    """Write what a search begins with: the articles; of each table its combinations and its index."""
    ends = [0, *accumulate(counted.parts)][:-1]
    shards: dict[str, Row] = {ARTICLES: {}}
    merges = [Merge(task.out, ARTICLES, kind, tuple(ends), ()) for kind in KINDS]
    for name in TABLES:
        rows = [0, *accumulate(counted.documents_of[name])]
        parts = counted.combinations[name]
        numbered = numbers(parts)
        codes = tuple(tuple(numbered[one] for one in part) for part in parts)
        shards[name] = combinations(counted.dimensions[name], numbered, codes)
        begins = tuple(rows[end] for end in ends)
        merges += [Merge(task.out, name, kind, begins, codes) for kind in KINDS]
    repays = engine if len(counted.parts) > _FEW else Cores(1)  # other processes, to start them
    for one, firsts in zip(merges, repays.map(merge, merges, "writing the index"), strict=True):
        shards[one.table][one.kind] = firsts
    for name, shard in shards.items():
        write(task.out, name, shard)
    shutil.rmtree(unmerged(task.out), ignore_errors=True)
    own = counted.documents_of
    articles: Row = {"doc_id": own["doc_id"]} | {name: coded(own[name]) for name in ("event", "publisher")}
    write(task.out, "documents", articles | {name: digits(own[name]) for name in TABLES})


def _write_front(task: Task, counted: PartCounts) -> None:
    """Write what the page begins with: its frame, and the shards about the release as a whole."""
    release, ontology = task.release, task.ontology
    entities = _entities(release, counted)
    guides = sections(task.extras.guidelines)
    names = [*ontology.span_names, *ontology.relation_names, *ontology.attribute_names]
    write(task.out, "guidelines", {"sections": guides, "about": about(guides, set(names))})
    write(task.out, "entities", table(entities))
    said = _said(release)
    figures, excluding = write_figures(release, ontology, task.out, withheld=task.withheld)
    events = sorted(counted.events.items(), key=lambda one: (one[1][1] or "9", one[0]))
    overview = {
        **said,
        "withheld": task.withheld,
        "folders": task.folders,
        "parts": counted.parts,
        "articles": counted.articles,
        "rows": counted.rows,
        "labels": counted.labels,
        "decisions": counted.decisions,
        "compared": {name: task.extras.compared.get(name, "") for name in sorted(counted.compared)},
        "publishers": counted.publishers.most_common(_EVENTS),
        "events": [[event, *found] for event, found in events[:_EVENTS]],
        "all_events": len(events),
        "first": counted.first,
        "dated": counted.dated,
        "figures": figures,
        "excluding": excluding,
        "entities": len(entities),
        "guidelines": bool(guides),
        "meanings": {
            "decision": {**DECISIONS, REJECTED: "the lead took no label of this kind"},
            "reason": REASONS,
        },
        "ontology": _shown(msgspec.to_builtins(ontology)),
    }
    write(task.out, "overview", overview)
    given = [one.color for one in ontology.spans] + [one.color for one in ontology.relations]
    colours = [readable(colour) for colour in given]
    page = files("parley.explorer").joinpath("page")
    shown = {"title": said["title"], "colours": colours, "spans": len(ontology.spans), "scripts": SCRIPTS}
    shown |= {"withheld": task.withheld, "light": LIGHT, "dark": DARK}
    for name in ("index.html", "labels.css"):
        text = page.joinpath(f"{name}.j2").read_text(encoding="utf-8")
        (task.out / name).write_text(_environment().from_string(text).render(shown), encoding="utf-8")
    for name in ("page.css", *(f"{script}.js" for script in SCRIPTS)):
        lines = page.joinpath(name).read_text(encoding="utf-8").split("\n")
        (task.out / name).write_text("\n".join(filter(None, map(str.strip, lines))) + "\n", encoding="utf-8")


def _shown(part: Any) -> Any:  # noqa: ANN401 - JSON
    """Return of a scheme what the page shows: not what only annotators and checks need."""
    if isinstance(part, list):
        return [_shown(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {name: _shown(one) for name, one in part.items() if name not in _UNSHOWN}


def _environment() -> Environment:
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _said(release: Path) -> Row:
    """Return what a release says of itself, in croissant.json and versions.json."""
    path = release / "croissant.json"
    try:
        found = decode_json(path.read_bytes()) if path.is_file() else {}
    except ValueError:
        found = {}
    last: Row = next(iter(read_versions(release)[-1:]), {})
    licences = [
        {name: str(one.get(name, "")) for name in ("name", "description", "url")}
        for one in found.get("license", [])
    ]
    return {
        "title": str(found.get("name") or release.resolve().parent.name),
        "summary": str(found.get("description", "")),
        "version": str(last.get("version", "")),
        "date": str(last.get("date", "")),
        "citation": str(found.get("citeAs", "")),
        "limits": [str(one) for one in _list(found.get("rai:dataLimitations"))],
        "makers": [str(one) for one in _list(found.get("rai:dataAnnotationProtocol"))],
        "licences": licences,
    }


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else [value] if value else []


def _entities(release: Path, counted: PartCounts) -> list[Row]:
    """Return the entities with their counts; what mentions name and no row has comes last."""
    columns = ["id", "type", "name", "aliases", "wikidata", "note"]
    rows = read_config(release, "entities", columns).select(columns).to_pylist()
    known = {row["id"] for row in rows}
    rows += [{"id": one, "name": one} for one in sorted(set(counted.mentions) - known)]
    return [
        {name: value for name, value in row.items() if value}
        | {"mentions": counted.mentions[row["id"]], "articles": counted.documents[row["id"]]}
        | {"roles": counted.roles.get(row["id"], {})}
        for row in rows
    ]
