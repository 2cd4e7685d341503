"""The recipe of a round by people runs as it is written, from an empty folder of gold on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from parley.adjudication.gold import gold_faults, read_ledger
from parley.corpus.corpus import Corpus
from parley.model.labels import decode_layer, layer_path, write_layer
from parley.model.paths import CorpusPaths
from rivals import labelled_pair

README = (Path(__file__).resolve().parents[2] / "annotation" / "README.md").read_text(encoding="utf-8")
# with servers and people at them: `test_adjudication` and `test_pull` go that way
AT_A_SERVER = ("make tasks", "parley annotate", "make pull", "parley adjudicate --lead")


def lines() -> Iterator[str]:
    """Yield the commands of the section, without what is said beside them."""
    _, _, section = README.partition("## A round by people\n")
    section, _, _ = section.partition("\n## ")
    for line in re.findall(r"^    (\S.*)$", section, flags=re.MULTILINE):
        yield line.partition("  #")[0].strip()


def run(corpus: CorpusPaths, line: str) -> str:
    """Run a line as a shell does, in the corpus folder."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = ["bash", "-euc", line]
    done = subprocess.run(
        command, cwd=corpus.root, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout


def fill_in(corpus: CorpusPaths) -> int:
    """Keep what the first annotator has, in every file of the list; return how many entries there are."""
    number = 0
    for path in sorted((corpus.build / "adjudication").glob("*.json")):
        form = json.loads(path.read_bytes())
        for entry in form["items"].values():
            own = (r for r in entry["shown"]["rivals"] if "annotator-1" in r["said by"])
            name = next(own).get("keep")
            entry.update({"keep": name} if name else {"reject": True})
            number += 1
        path.write_text(json.dumps(form), encoding="utf-8")
    return number


@pytest.mark.long
def test_the_recipe_runs_as_it_is_written(parley_corpus: CorpusPaths) -> None:
    """Labels of two people are put in by files, decisions too; a label that changes later costs its place."""
    git = "git -c user.name=x -c user.email=x@example.org"
    run(parley_corpus, f"git init -q . && git add -A && {git} commit -qm corpus")
    corpus = Corpus(parley_corpus)
    doc_ids = sorted(corpus.documents)
    for seat, model in zip(("annotator-1", "annotator-2"), labelled_pair(corpus), strict=True):
        for doc_id in doc_ids:
            layer = decode_layer(layer_path(parley_corpus, model, doc_id).read_bytes())
            path = layer_path(parley_corpus, seat, doc_id)
            write_layer(path, msgspec.structs.replace(layer, annotator=seat))
    wanted = [line for line in lines() if not line.startswith(AT_A_SERVER)]
    assert [line.split()[:3] for line in wanted] == [
        ["parley", "agreement", "--annotators"],
        ["git", "rm", "-r"],
        ["parley", "adjudicate", "--list"],
        ["parley", "adjudicate", "--decisions"],
    ]
    measure, clear, listing, deciding = wanted
    run(parley_corpus, measure)
    page = (parley_corpus.annotation / "agreement.md").read_text(encoding="utf-8")
    assert f"annotator-1, annotator-2; {len(doc_ids)} articles;" in page
    run(parley_corpus, clear)
    assert not parley_corpus.gold.exists()
    run(parley_corpus, listing)
    assert fill_in(parley_corpus) > 0  # a pair that agrees on all has nothing to decide
    run(parley_corpus, deciding)
    assert {row.who for row in read_ledger(Corpus(parley_corpus)) if row.kind == "document"} == {
        ("annotator-1", "annotator-2")
    }
    assert gold_faults(Corpus(parley_corpus)) == []
    for doc_id in doc_ids:
        own = decode_layer(layer_path(parley_corpus, "annotator-1", doc_id).read_bytes())
        made = decode_layer((parley_corpus.gold / f"{doc_id}.json").read_bytes())
        assert [s.id for s in made.spans] == [s.id for s in own.spans]
    layer = decode_layer(layer_path(parley_corpus, "annotator-1", doc_ids[1]).read_bytes())
    alone = next(s for s in layer.spans if not any(s.id in (r.head, r.tail) for r in layer.relations))
    kept = tuple(s for s in layer.spans if s is not alone)
    write_layer(
        layer_path(parley_corpus, "annotator-1", doc_ids[1]), msgspec.structs.replace(layer, spans=kept)
    )
    again = run(parley_corpus, listing)
    assert f"{doc_ids[1]}.md  1 place to decide" in again
    assert again.count(" 0 places to decide") == len(doc_ids) - 1
    assert fill_in(parley_corpus) == 1
    run(parley_corpus, deciding)
    assert gold_faults(Corpus(parley_corpus)) == []
