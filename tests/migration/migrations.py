"""Plans that are carried out on a corpus of an earlier scheme, and what it is afterwards."""

from __future__ import annotations

import hashlib

from checkout import CHECKOUT
from parley.adjudication.gold import gold_faults
from parley.corpus.corpus import Corpus
from parley.model.labels import (
    decode_layer,
    layer_paths,
)
from parley.model.paths import CorpusPaths
from parley.steps.derive import stale
from parley.steps.migrate import Report, migrate
from parley.steps.validate import validate

PILOT = CHECKOUT / "annotation" / "pilot" / "annotation"
SPLIT = """
[[split]]
of = "relation"
name = "recipient"
open = "{open}"
  [[split.rule]]
  to = "addressee"
  definition = "To whom the act in words is directed."
  head.attributes.plover = ["REQUEST", "CONSULT", "AGREE", "THREATEN", "ACCUSE", "REJECT", "SUPPORT"]
  tail.label = ["PER", "ORG", "GPE"]
  [[split.rule]]
  to = "target"
  head.attributes.plover = ["ASSAULT", "COERCE", "SANCTION", "MOBILIZE"]
"""


def step_of(verb, of, **settings):
    given = "".join(f"{name} = {value!r}\n" for name, value in settings.items())
    return f'[[{verb}]]\nof = "{of}"\n{given}'.replace("'", '"')


def carry_out(
    paths: CorpusPaths, *steps: str, before="0.1", after="0.2", dry_run=False, ontology="", head=None
) -> Report:
    plan = paths.root / "plan.toml"
    if head is None:
        head = f'from = "{before}"\nto = "{after}"\nontology = "{ontology}"'
    plan.write_text("\n".join([head, *steps]))
    try:
        return migrate(Corpus(paths), plan, dry_run=dry_run)
    finally:
        plan.unlink()


def hashes(paths: CorpusPaths) -> dict[str, str]:
    files = [p for p in paths.root.rglob("*") if p.is_file() and paths.build not in p.parents]
    return {paths.relative(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def labels_of(paths: CorpusPaths):
    files = [*layer_paths(paths), *sorted(paths.gold.glob("*.json"))]
    return {path: decode_layer(path.read_bytes()) for path in files}


def faults_after(paths: CorpusPaths) -> set[str]:
    """Return the codes that validation names; agreement and release are of the labels before."""
    return {fault.code for fault in validate(Corpus(paths), release=False).faults} - {"agreement-stale"}


def is_sound(paths: CorpusPaths) -> bool:
    corpus = Corpus(paths)
    return not gold_faults(corpus) and not stale(paths)
