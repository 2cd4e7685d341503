"""Damage to seeds, scheme, suites, gold, agreement and waivers: each kind alone must be caught by name.

A mutation does its damage to a copy of a corpus and returns a piece of the place that the fault must name.
`code` must be among the codes found; every other code found must be in `follows`: what the damage brings with
it. None of them knows a label by name: they choose by the ontology, so that they fit any corpus. Where a
corpus offers nothing to damage in this way, they raise NotThere. Damage to labels is in `label_mutations`.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import label_mutations  # noqa: F401 - fills the catalogue
from damage_catalogue import mutation
from label_choice import Labels, add_span, any_span, attributes, changed, first, write

from parley.model.paths import CorpusPaths
from parley.values.segmentation import CLEAN, WORD, cut_at

AGREEMENT = "agreement"  # the area of damage to a corpus whose agreement was measured


def rows(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def a_seed(corpus: CorpusPaths) -> Path:
    return sorted(corpus.seeds.glob("*.txt"))[0]


# ---- seeds ---------------------------------------------------------------------------------------------


@mutation("seeds", "a byte of a seed changes", "seed-changed")
def _(corpus: CorpusPaths) -> str:
    path = a_seed(corpus)
    data = path.read_bytes()
    path.write_bytes(data[:-1] + b"?")
    return path.stem


@mutation("seeds", "a seed is gone", "seed-missing")
def _(corpus: CorpusPaths) -> str:
    path = a_seed(corpus)
    path.unlink()
    return path.stem


@mutation("seeds", "a file nobody listed", "seed-unlisted")
def _(corpus: CorpusPaths) -> str:
    (corpus.seeds / "stray.txt").write_text("Who put me here?")
    return "stray.txt"


@mutation("seeds", "a document is listed twice", "seed-duplicate")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.manifest)
    corpus.manifest.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    return lines[1].split(",")[0]


def reseed(corpus: CorpusPaths, data: bytes) -> str:
    """Replace a seed and record its new checksum, as one does who means it."""
    path = a_seed(corpus)
    old = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(data)
    manifest = corpus.manifest.read_text(encoding="utf-8")
    corpus.manifest.write_text(manifest.replace(old, hashlib.sha256(data).hexdigest()), encoding="utf-8")
    return path.stem


@mutation("seeds", "a seed in Latin-1", "seed-encoding")
def _(corpus: CorpusPaths) -> str:
    return reseed(corpus, "Zoë said so.\n".encode("latin-1"))


@mutation("seeds", "a PDF as a seed", "seed-format")
def _(corpus: CorpusPaths) -> str:
    return reseed(corpus, b"%PDF-1.4 all of it in ASCII\n")


@mutation("seeds", "U+0000 in a seed", "seed-character")
def _(corpus: CorpusPaths) -> str:
    return reseed(corpus, a_seed(corpus).read_bytes() + b"Zo\0e said so.\n")


@mutation("seeds", "a seed without text", "seed-empty")
def _(corpus: CorpusPaths) -> str:
    return reseed(corpus, b"\n\n  \n")


@mutation("seeds", "a column of the manifest is gone", "manifest-malformed")
def _(corpus: CorpusPaths) -> str:
    corpus.manifest.write_text(
        corpus.manifest.read_text(encoding="utf-8").replace("publisher,", "", 1), encoding="utf-8"
    )
    return "manifest.csv"


@mutation("seeds", "a date that is none", "manifest-malformed")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.manifest)
    lines[1] = re.sub(r",(\d{4}-\d\d-\d\d[^,]*|),([^,]*,[^,]*,[^,]*)$", r",3 March,\2", lines[1])
    corpus.manifest.write_text("".join(lines), encoding="utf-8")
    return "row 2"


@mutation("seeds", "a cleaning rule with a broken pattern", "cleaning-malformed")
def _(corpus: CorpusPaths) -> str:
    text = corpus.cleaning.read_text(encoding="utf-8")
    corpus.cleaning.write_text(text + '\n[[rule]]\nname = "broken"\nkind = "nothing"\n', encoding="utf-8")
    return "cleaning.toml"


# ---- ontology, entities, annotators, suites -----------------------------------------------------------


@mutation("scheme", "the ontology names a label that is not there", "ontology-malformed")
def _(corpus: CorpusPaths) -> str:
    text = corpus.ontology.read_text(encoding="utf-8")
    corpus.ontology.write_text(
        re.sub(r"(?m)^head = \[", 'head = ["GHOST", ', text, count=1), encoding="utf-8"
    )
    return "ontology.toml"


@mutation("scheme", "the ontology changes and the suites do not", "derived-stale", "attribute-value")
def _(corpus: CorpusPaths) -> str:
    name = next(a.values[-1] for a in attributes(corpus, lambda a: a.kind == "choice"))
    text = corpus.ontology.read_text(encoding="utf-8")
    corpus.ontology.write_text(
        text.replace(f'  name = "{name}"', f'  name = "{name}_anew"').replace(
            f'name = "{name}"', f'name = "{name}_anew"', 1
        ),
        encoding="utf-8",
    )
    return "validation/expectations/spans.json"


@mutation("scheme", "an entity is given twice", "entity-duplicate")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.entities)
    corpus.entities.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    return f"row {len(lines) + 1}"


ROWS = {
    ("an entity's row lacks a cell", "entities-malformed"): "half_a_row,",
    ("an entity of a type that the ontology does not know", "entities-malformed"): "ghost,GHOST,Ghost,,,",
    ("an annotator of unknown kind", "annotators-malformed"): "hal,computer,",
}
for (name, code), row in ROWS.items():

    @mutation("scheme", name, code)
    def _(corpus: CorpusPaths, code: str = code, row: str = row) -> str:
        path = corpus.annotators if code == "annotators-malformed" else corpus.entities
        with path.open("a", encoding="utf-8") as out:
            out.write(f"{row}\n")
        return f"row {len(rows(path))}"


PROJECT = {  # damage to the committed project: a list in a file that loses its last
    "an expectation is taken out of a suite": ("expectations/spans.json", "expectations"),
    "the checkpoint forgets a table": ("checkpoints/parley.json", "validation_definitions"),
}
for name, (file, key) in PROJECT.items():

    @mutation("suites", name, "derived-stale")
    def _(corpus: CorpusPaths, file: str = file, key: str = key) -> str:
        path = corpus.validation / file
        content = json.loads(path.read_bytes())
        content[key].pop()
        path.write_text(json.dumps(content))
        return f"validation/{file}"


@mutation("suites", "an expectation by hand that is not JSON", "expectations-malformed")
def _(corpus: CorpusPaths) -> str:
    folder = corpus.validation / "by_hand"
    folder.mkdir()
    (folder / "spans.json").write_text("[{")
    return "by_hand/spans.json"


# ---- gold ----------------------------------------------------------------------------------------------


def a_gold_file(corpus: CorpusPaths) -> tuple[Path, Labels]:
    return first((path, json.loads(path.read_bytes())) for path in sorted(corpus.gold.glob("*.json")))


EDITS: dict[tuple[str, str], dict[str, object]] = {
    ("a gold label loses its sources", "gold-unsourced"): {"sources": []},
    ("a source that is not an annotator", "gold-unsourced"): {"sources": ["mallory"]},
    ("a decision nobody can take", "gold-decision"): {"decision": "guessed"},
    ("a reason that is no reason code", "gold-decision"): {"reason": "because"},
}
for (name, code), edit in EDITS.items():

    @mutation("gold", name, code, "gold-stale")
    def _(corpus: CorpusPaths, edit: dict[str, object] = edit) -> str:
        """Change the first span of a gold file by hand."""
        path, gold = a_gold_file(corpus)
        return changed((path, gold, gold["spans"][0]), lambda _, span: span.update(edit))


@mutation("gold", "an attribute of gold changed by hand", "gold-stale", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    path, gold = a_gold_file(corpus)
    span = first(s for s in gold["spans"] if s["attributes"])
    span["attributes"].popitem()
    write(path, gold)
    return corpus.relative(path)


def adjudicated_by(corpus: CorpusPaths, name: str) -> str:
    path = first(iter(sorted(corpus.gold.glob("*.json"))))
    write(path, json.loads(path.read_bytes()) | {"annotator": name})
    return corpus.relative(path)


@mutation("gold", "adjudicated by rules", "gold-adjudicator", "gold-stale")
def _by_rules(corpus: CorpusPaths) -> str:
    return adjudicated_by(corpus, "rules")


@mutation("gold", "adjudicated by nobody listed", "annotator-unknown", "gold-stale")
def _by_nobody(corpus: CorpusPaths) -> str:
    return adjudicated_by(corpus, "nobody")


@mutation("gold", "a gold file is deleted", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    path, _gold = a_gold_file(corpus)
    path.unlink()
    return corpus.relative(path)


@mutation("gold", "a gold file that the ledger knows nothing of", "gold-stale", "labels-misplaced")
def _(corpus: CorpusPaths) -> str:
    path, _gold = a_gold_file(corpus)
    other = path.with_name("extra.json")
    other.write_bytes(path.read_bytes())
    return corpus.relative(other)


@mutation("gold", "a gold file cut short", "labels-unreadable", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    path, _gold = a_gold_file(corpus)
    path.write_bytes(path.read_bytes()[:-40])
    return corpus.relative(path)


@mutation("gold", "a row of the ledger is deleted", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.ledger)
    corpus.ledger.write_text("".join(lines[:-1]), encoding="utf-8", newline="")
    return "annotation/ledger.csv"


@mutation("gold", "a row of the ledger twice", "ledger-malformed", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    lines = rows(corpus.ledger)
    corpus.ledger.write_text("".join([*lines, lines[-1]]), encoding="utf-8", newline="")
    return "annotation/ledger.csv"


@mutation("gold", "a column of the ledger is gone", "ledger-malformed", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    text = corpus.ledger.read_text(encoding="utf-8")
    corpus.ledger.write_text(text.replace("reason,", "", 1), encoding="utf-8", newline="")
    return "annotation/ledger.csv"


@mutation("gold", "a layer that gold was made from is deleted", "gold-stale")
def _(corpus: CorpusPaths) -> str:
    path, gold = a_gold_file(corpus)
    (corpus.labels / gold["spans"][0]["sources"][0] / path.name).unlink()
    return path.stem


@mutation("gold", "a layer that gold was made from changes", "gold-stale", "attribute-missing")
def _(corpus: CorpusPaths) -> str:
    path, gold = a_gold_file(corpus)
    source = corpus.labels / gold["spans"][0]["sources"][0] / path.name
    labels = json.loads(source.read_bytes())
    span = first(s for s in labels["spans"] if s["attributes"])
    span["attributes"].popitem()
    write(source, labels)
    return span["id"]


# ---- agreement -----------------------------------------------------------------------------------------


def agreement_edit(corpus: CorpusPaths, old: str, new: str) -> str:
    text = corpus.agreement.read_text(encoding="utf-8")
    assert old in text
    corpus.agreement.write_text(text.replace(old, new, 1), encoding="utf-8")
    return corpus.relative(corpus.agreement)


def measured_layer(corpus: CorpusPaths) -> Path:
    """Return a label file that agreement.json was measured on."""
    layers = json.loads(corpus.agreement.read_bytes())["rounds"][-1]["layers"]
    annotator, doc_ids = next(iter(layers.items()))
    return corpus.labels / annotator / f"{next(iter(doc_ids))}.json"


@mutation(AGREEMENT, "a label is removed after it was measured", "agreement-stale")
def _label_is_gone(corpus: CorpusPaths) -> str:
    path = measured_layer(corpus)
    labels = json.loads(path.read_bytes())
    labels["relations"].pop()
    write(path, labels)
    return "annotation/agreement.json > round 1"


@mutation(AGREEMENT, "a layer that was measured is deleted", "agreement-stale")
def _layer_is_gone(corpus: CorpusPaths) -> str:
    measured_layer(corpus).unlink()
    return "annotation/agreement.json > round 1"


@mutation(AGREEMENT, "a figure is edited", "agreement-edited")
def _better_figure(corpus: CorpusPaths) -> str:
    return agreement_edit(corpus, '"value": 0.', '"value": 1.')


@mutation(AGREEMENT, "an annotator is renamed in agreement.json alone", "agreement-edited")
def _other_annotators(corpus: CorpusPaths) -> str:
    return agreement_edit(corpus, '"annotators": ["ada"', '"annotators": ["cy"')


@mutation(AGREEMENT, "a round is there twice", "agreement-edited")
def _round_twice(corpus: CorpusPaths) -> str:
    read = json.loads(corpus.agreement.read_bytes())
    corpus.agreement.write_text(json.dumps(read | {"rounds": read["rounds"] * 2}), encoding="utf-8")
    return corpus.relative(corpus.agreement)


@mutation(AGREEMENT, "agreement.json is cut short", "agreement-malformed")
def _half_agreement(corpus: CorpusPaths) -> str:
    corpus.agreement.write_bytes(corpus.agreement.read_bytes()[:200])
    return corpus.relative(corpus.agreement)


@mutation(AGREEMENT, "agreement.json is empty", "agreement-malformed")
def _no_agreement(corpus: CorpusPaths) -> str:
    corpus.agreement.write_bytes(b"")
    return corpus.relative(corpus.agreement)


# ---- waivers -------------------------------------------------------------------------------------------


def waive(corpus: CorpusPaths, *rows: str, header: str = "code,place,reason") -> None:
    corpus.waivers.parent.mkdir(exist_ok=True)
    corpus.waivers.write_text("\n".join([header, *rows, ""]), encoding="utf-8")


WAIVERS: dict[tuple[str, str], tuple[str, ...]] = {  # its rows, and the last of its place
    ("a waiver of nothing", "waiver-unused"): ("span-cut-word,*,it was there once", "span-cut-word > *"),
    ("a waiver of a fault that does not exist", "waivers-malformed"): ("span-cut-wrod,*,clitics", "row 2"),
    ("a waiver is given twice", "waivers-malformed"): (
        *("span-cut-word,*,clitics", "span-cut-word,*,compounds", "row 3"),
    ),
}
for (name, code), (*waived, at) in WAIVERS.items():

    @mutation("waivers", name, code)
    def _(corpus: CorpusPaths, waived: list[str] = waived, at: str = at) -> str:
        waive(corpus, *waived)
        return f"validation/waivers.csv > {at}"


@mutation("waivers", "a waiver without a reason", "waivers-malformed", "span-cut-word")
def _(corpus: CorpusPaths) -> str:
    add_span(corpus, lambda t, a, b: cut_at(t, b) == WORD and cut_at(t, a) == CLEAN and not t[a].isspace())
    waive(corpus, "span-cut-word,*, ")
    return "validation/waivers.csv > row 2"


@mutation("waivers", "a waiver of offsets", "waivers-malformed", "span-surface")
def _(corpus: CorpusPaths) -> str:
    changed(any_span(corpus), lambda _, span: span.update(text="x" + span["text"]))
    waive(corpus, "span-surface,*,nearly the text")
    return "validation/waivers.csv > row 2"


@mutation("waivers", "another separator in the file of waivers", "waivers-malformed")
def _(corpus: CorpusPaths) -> str:
    waive(corpus, header="code;place;reason")
    return "validation/waivers.csv"


@mutation("waivers", "a folder with the name of the file of waivers", "waivers-malformed")
def _(corpus: CorpusPaths) -> str:
    corpus.waivers.mkdir(parents=True)
    return "validation/waivers.csv"
