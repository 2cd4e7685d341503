"""Measure what a name and a relation cost an annotator, in the real Label Studio and a real Chromium.

Labels the names of the shortest article and draws the relations of another, as gold has them, at 1440 by 900:
as Label Studio offers it, and with the script that Parley's seats serve. tests/e2e/strokes.py says how it is
counted, and sees to it that each label comes out as it is in gold. Writes benchmarks/LABELLING.md.

  python benchmarks/labelling.py                       all of it, some minutes
  python benchmarks/labelling.py --names 5 --relations 5 --print      a look; writes nothing
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from case import ROOT

from parley.corpus.corpus import Corpus
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.push import push
from parley.model.labels import decode_layer, layer_path, write_layer
from parley.model.paths import CorpusPaths
from parley.steps.tasks import write_tasks

OUT = Path(__file__).with_name("LABELLING.md")
INTRODUCTION = """# What a label costs an annotator

Written by `python benchmarks/labelling.py`. The same names and relations of gold are labelled in Label
Studio 1.23 and Chromium at 1440 × 900. What the hand does is counted, and timed by the keystroke-level model
(Card, Moran & Newell 1980): a key or click 0.2 s, to point with the mouse 1.1 s, to move the mouse hand to
the keyboard or back 0.4 s. The time to decide which label it is (the model's M) is left out in each way, and
so is the time to read letters on the screen. Keys, clicks, points and homings are means; the browser's
seconds, until it shows what was done, are a median with the time of the program that drives it. *by letters*:
the other end of a relation is chosen by the letters on it; *by the mouse*: the mouse rests on it as `r` is
pressed.

"""

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--names", type=int, default=30, metavar="N", help="how many")
parser.add_argument("--relations", type=int, default=40, metavar="N", help="how many")
parser.add_argument("--print", action="store_true", help="print the table, write nothing")


def main() -> None:
    """Run the trial in each way."""
    options = parser.parse_args()
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "e2e")]  # with the browser's driver
    with tempfile.TemporaryDirectory() as folder:
        table = measured(Path(folder), options.names, options.relations)
    print(table)
    if not options.print:
        OUT.write_text(f"{INTRODUCTION}{table}\n", encoding="utf-8")


def measured(folder: Path, names: int, relations: int) -> str:
    """Return the table of costs: what was made, and in which way."""
    import strokes as trial

    from browser import Screen, chromium

    for part in ("seeds", "annotation"):
        shutil.copytree(ROOT / part, folder / "corpus" / part)
    paths = CorpusPaths.at(folder / "corpus")
    corpus = Corpus(paths)
    first = min(corpus.documents.values(), key=lambda one: len(one.text)).doc_id
    second = next(name for name in corpus.documents if name != first)
    annotator = next(one.name for one in corpus.annotators.values() if one.kind == "human")
    gold = decode_layer((paths.gold / f"{second}.json").read_bytes())
    write_layer(layer_path(paths, annotator, second), trial.spans_alone(gold, annotator))
    corpus = Corpus(paths)
    write_tasks(corpus, predictions=False)
    rows = []
    with LabelStudioServer(folder / "server") as server, chromium() as browser:
        with Studio(server.url, server.token) as studio:
            (account,) = ensure_accounts(studio, server.secrets, [annotator])
            push(corpus, studio, [annotator], predictions=False, labels=True)
        password = server.secrets.account(annotator)["password"]

        def opened(doc_id: str, way: str) -> trial.Trial:
            screen = Screen.log_in(browser, server.url, account.email, password, width=1440, height=900)
            if way == trial.WITHOUT:
                trial.without_script(screen)
            screen.open(next(iter(screen.projects().values())), doc_id)
            screen.page.evaluate("Htx.annotationStore.selected.relationStore.deleteAllRelations()")
            return trial.Trial(screen, corpus.ontology, corpus.entities, corpus.documents[doc_id].text)

        named = decode_layer((paths.gold / f"{first}.json").read_bytes())
        spans = list(trial.names_of(named, corpus.entities, corpus.ontology))[:names]
        for way in (trial.WITHOUT, trial.WITH):
            labelling = opened(first, way)
            labelling.screen.page.evaluate("Htx.annotationStore.selected.deleteAllRegions()")
            rows.append(("a name", way, labelling.label_names(spans, way)))
        for way in (trial.WITHOUT, trial.POINTED, trial.HINTED):
            drawing = opened(second, way)
            if way == trial.WITHOUT:
                drawing.screen.show_panel("Relations")
            drawn = [one for one in gold.relations if drawing.reachable(one.head, one.tail)][:relations]
            rows.append(("a relation", way, drawing.draw_relations(drawn, way)))
    return str(trial.table(rows))


if __name__ == "__main__":
    main()
