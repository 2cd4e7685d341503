"""The audit in a corpus folder: sheets written, answers read, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.annotators import check_listed
from parley.model.labels import Layer
from parley.release.audit.planting import plant
from parley.release.audit.report import (
    LABEL_KINDS,
    RIGHT,
    VERDICTS,
    Audit,
    Counts,
    Remark,
    counts_of,
    markdown,
    since,
)
from parley.release.audit.sheets import (
    ABOUT,
    COLUMNS,
    ENTITIES,
    FIGURES,
    KEY,
    Item,
    Key,
    article_sheet,
    entities_sheet,
    figures_sheet,
    write_sheets,
)
from parley.release.data.schema import configs
from parley.release.data.shards import write_shards
from parley.release.inputs import published, read_inputs, read_settings
from parley.release.measured import encode
from parley.runtime.engine import Cores, Engine
from parley.runtime.files import Row, csv_table, temporary_folder, write_whole

BUILD = "audit"  # in build/: the key
SEED = 1


def make_sheets(
    corpus: Corpus, folder: Path, *, errors: int, seed: int = SEED, engine: Engine | None = None
) -> tuple[Key, Path]:
    """Write the sheets of an audit of the published labels; return their key and its file, below build/.

    errors: how many labels of articles are shown wrong. Raises DataFaults and UsageError as `read_inputs` and
    `plant` do, UsageError if there is something in the folder.
    """
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"there is something in {folder}", "name a folder that is new or empty")
    release = _release(corpus, engine or Cores())
    documents, entities = corpus.documents, corpus.entities
    planted = plant(release.layers, documents, corpus.ontology, entities, errors=errors, seed=seed)
    sheets: dict[str, str] = {}
    items: dict[str, tuple[Item, ...]] = {}
    for layer in release.layers:
        name = layer.doc_id
        sheets[name], items[name] = article_sheet(layer, documents[name], entities, planted[name])
    for name, (sheet, own) in (
        (ENTITIES, entities_sheet(entities, release.layers)),
        (FIGURES, figures_sheet(release.figures)),
    ):
        if own:
            sheets[name], items[name] = sheet, own
    key = Key(release.content_sha256, corpus.ontology.revision, errors, seed, items)
    write_sheets(folder, key, sheets)
    path = corpus.paths.build / BUILD / KEY
    write_whole(path, msgspec.json.format(msgspec.json.encode(key), indent=1) + b"\n")
    return key, path


def read_answers(corpus: Corpus, folder: Path, auditor: str, *, engine: Engine | None = None) -> Audit:
    """Write audit.json and audit.md of the verdicts in a folder; return what was found.

    auditor: of annotators.csv. The key is in the folder, else below build/. Raises DataFaults for a verdict
    that is missing or none, UsageError if there is no key, or the auditor has made some of the labels.
    """
    check_listed([auditor], corpus.annotators)
    key = _read_key(corpus, folder)
    answers = _read_verdicts(folder, key)
    release = _release(corpus, engine or Cores())
    if auditor in release.makers:
        raise UsageError(f"{auditor} has made some of the labels", "name somebody else with --auditor")
    now = _labels_now(release.layers)
    kind = corpus.annotators[auditor].kind
    audit = msgspec.structs.replace(
        _audit(key, answers, now),
        auditor=auditor,
        auditor_kind=str(kind),
        content_sha256=release.content_sha256,
    )
    write_whole(corpus.paths.audit, encode(audit))
    write_whole(corpus.paths.audit.with_suffix(".md"), markdown(audit).encode())
    return audit


@dataclass(frozen=True)
class _Release:
    """What a publish would publish now. figures: rows of that config. makers: of the labels."""

    layers: Sequence[Layer]
    figures: Sequence[Mapping[str, Any]]
    content_sha256: str
    makers: frozenset[str]


def _release(corpus: Corpus, engine: Engine) -> _Release:
    settings = read_settings(corpus)
    inputs = read_inputs(corpus, settings, engine)
    with temporary_folder() as scratch:
        batches, data = corpus.batches(engine), scratch / "dataset"
        written = write_shards(inputs, configs(inputs.ontology), batches, data, engine, withheld=False)
        files = sorted((data / "data" / FIGURES).glob("*.parquet"))
        rows = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
        layers = [f.layer for b in batches.load() for f in published(b, settings.labels).structs()]
        order = {doc_id: number for number, doc_id in enumerate(corpus.documents)}
        layers.sort(key=lambda layer: order[layer.doc_id])
        of_labels = [label.sources for x in layers for some in (x.spans, x.relations) for label in some]
        makers = {name for sources in of_labels for name in sources}
        leads = {layer.annotator for layer in layers}
        return _Release(layers, rows, written.content_sha256, frozenset(makers | leads))


def _read_key(corpus: Corpus, folder: Path) -> Key:
    path = next((p for p in (folder / KEY, corpus.paths.build / BUILD / KEY) if p.is_file()), None)
    if path is None:
        raise UsageError(
            f"there is no key of this audit, neither in {folder} nor in build/{BUILD}",
            "make the sheets with `parley audit --sheet FOLDER`, or put its key.json beside the answers",
        )
    try:
        return msgspec.json.decode(path.read_bytes(), type=Key)
    except msgspec.DecodeError as error:
        file = corpus.paths.relative(path)
        raise DataFaults([Fault("audit-malformed", file, str(error), file)])


@dataclass(frozen=True)
class _Answer:
    verdict: str
    note: str
    about: str


def _read_verdicts(folder: Path, key: Key) -> dict[str, dict[int, _Answer]]:
    """Return the verdicts by sheet and number. Raises DataFaults with all that is missing or wrong."""
    faults, found = [], dict[str, dict[int, _Answer]]()
    for name, items in key.items.items():
        path = folder / f"{name}.csv"
        file = path.as_posix()
        try:
            rows = _verdicts(path.read_bytes(), file)
        except FileNotFoundError:
            faults.append(Fault("audit-incomplete", file, "there is no such file"))
            continue
        except DataFaults as error:
            faults += error.faults
            continue
        numbers = {item.number for item in items}
        missing, unknown = sorted(numbers - rows.keys()), sorted(rows.keys() - numbers)
        if missing:
            what = f"there is no verdict on {', '.join(map(str, missing[:10]))}"
            more = f" and {len(missing) - 10} more" if len(missing) > 10 else ""
            faults.append(Fault("audit-incomplete", file, what + more))
        if unknown:
            what = f"the sheet has no number {', '.join(map(str, unknown[:10]))}"
            faults.append(Fault("audit-malformed", file, what))
        found[name] = rows
    check(faults)
    return found


def _verdicts(data: bytes, file: str) -> dict[int, _Answer]:
    def parse(row: Row) -> tuple[int, _Answer]:
        verdict = row["verdict"].strip()
        if verdict not in VERDICTS:
            raise ValueError(f"{verdict!r} is none of {', '.join(VERDICTS)}")
        return int(row["number"]), _Answer(verdict, row["note"].strip(), row.get("about", "").strip())

    code = "audit-malformed"
    rows = csv_table(data, file, COLUMNS, (code, code), parse, filled=["number", "verdict"], optional=ABOUT)
    return dict(rows.values())


def _labels_now(layers: Sequence[Layer]) -> dict[tuple[str, str], dict[str, str]]:
    """Return the attributes of each label, of relations none, by article and id."""
    now: dict[tuple[str, str], dict[str, str]] = {}
    for layer in layers:
        now |= {(layer.doc_id, span.id): dict(span.attributes) for span in layer.spans}
        now |= {(layer.doc_id, relation.id): {} for relation in layer.relations}
    return now


def _audit(
    key: Key,
    answers: Mapping[str, Mapping[int, _Answer]],
    now: Mapping[tuple[str, str], dict[str, str]],
) -> Audit:
    """Return what was found, without who audited and of which labels they are now. now: see `_labels_now`."""
    found = [(name, item, answers[name][item.number]) for name, some in key.items.items() for item in some]
    own = [one for one in found if not one[1].planted]
    audited = {(name, item.id): item.attributes for name, item, _ in own if item.kind in LABEL_KINDS}
    shown_wrong = {(name, item.id) for name, item, _ in found if item.planted}

    def remark(name: str, item: Item, answer: _Answer) -> Remark:
        same = "as audited" if now.get((name, item.id)) == item.attributes else "changed"
        place, since_then = f"{name} {item.number}", same if item.kind in LABEL_KINDS else ""
        return Remark(place, item.id, answer.verdict, item.says, answer.note, answer.about, since_then)

    return Audit(
        auditor="",
        auditor_kind="",
        content_sha256="",
        audited_sha256=key.content_sha256,
        ontology=key.ontology,
        seed=key.seed,
        labels=_counts((f"{item.kind}/{item.label}", answer.verdict) for _, item, answer in own),
        attributes=_counts(
            (name, answer.verdict if answer.about == name else RIGHT)
            for _, item, answer in own
            for name in item.attributes
        ),
        planted=_counts((item.planted, answer.verdict) for _, item, answer in found if item.planted),
        remarks=[remark(*one) for one in own if one[2].verdict != RIGHT],
        since=since(audited, {at: value for at, value in now.items() if at not in shown_wrong}),
    )


def _counts(verdicts: Iterable[tuple[str, str]]) -> dict[str, Counts]:
    """Return how many verdicts there are of each kind, by name. verdicts: each with a name."""
    found: dict[str, list[str]] = {}
    for name, verdict in verdicts:
        found.setdefault(name, []).append(verdict)
    return {name: counts_of(some) for name, some in sorted(found.items())}
