"""Without articles, labels or a second annotator a step says so, and what to do; one article is enough."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from checkout import HARBOUR
from command_for_tests import call as command
from parley.cli.main import STEPS, step_name
from parley.model.paths import CorpusPaths
from parley.steps.derive import derive

ARTICLE = "h0_collision"


def keep_articles(corpus: CorpusPaths, *kept: str) -> None:
    header, *rows = corpus.manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    corpus.manifest.write_text(
        header + "".join(r for r in rows if r.startswith(kept or "-")), encoding="utf-8"
    )
    for path in [*corpus.seeds.glob("h*"), *corpus.labels.glob("*/*.json")]:
        if path.stem not in kept:
            path.unlink()
    rules = re.split(r"(?=^\[\[)", corpus.cleaning.read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = (re.sub(r'"(h\d_\w+)",? ?', lambda m: m[0] if m[1] in kept else "", rule) for rule in rules)
    corpus.cleaning.write_text("".join(r for r in named if "docs = []" not in r), encoding="utf-8")


def keep_annotators(corpus: CorpusPaths, *kept: str) -> None:
    for folder in corpus.labels.iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder)


CORPORA: dict[str, Callable[[CorpusPaths], None]] = {
    "no articles": keep_articles,
    "one article": lambda corpus: keep_articles(corpus, ARTICLE),
    "no labels": keep_annotators,
    "one annotator": lambda corpus: keep_annotators(corpus, "ada"),
}
NO_ARTICLES, TWO, PUBLISHED, SERVER = "no articles", "two", "published", "Label Studio"
NO_TASKS = "build/tasks.json is not there"
ADJUDICATED = "nothing has been adjudicated"


@dataclass(frozen=True)
class Call:
    """A call of a step. empty, one, unlabelled, alone: what it says on each corpus, "" if it is done."""

    tokens: tuple[str, ...]
    empty: str
    one: str = ""
    unlabelled: str = ""
    alone: str = ""

    def expected(self, corpus: str) -> str:
        return dict(zip(CORPORA, (self.empty, self.one, self.unlabelled, self.alone), strict=True))[corpus]


CALLS = [
    Call(("dataset",), NO_ARTICLES, unlabelled="no labels to publish"),
    Call(("tasks",), NO_ARTICLES),
    Call(("derive",), ""),
    Call(("migrate", "{scratch}/plan.toml"), *["cannot be read"] * 4),
    Call(("annotate",), NO_ARTICLES, NO_TASKS, NO_TASKS, NO_TASKS),
    Call(("pull",), NO_ARTICLES, SERVER, SERVER, SERVER),
    Call(("pull", "--export", "{export}", "--annotator", "ada"), NO_ARTICLES, *["has no tasks"] * 3),
    Call(("entities",), NO_ARTICLES),
    Call(("convert", "{export}", "--out", "{scratch}/tables"), *["has no tasks"] * 4),
    Call(("label-from-quotes", "--show", ARTICLE), NO_ARTICLES),
    Call(("label-from-quotes", "--annotator", "ada", "{quotes}"), NO_ARTICLES),
    Call(("push-tasks",), NO_ARTICLES, NO_TASKS, NO_TASKS, NO_TASKS),
    Call(("start-label-studio",), NO_ARTICLES, SERVER, SERVER, SERVER),
    Call(("add", "{scratch}/none.txt"), *["cannot be read"] * 4),
    Call(("import", "brat", "{root}", "--annotator", "ada"), NO_ARTICLES, *["there is no file of brat"] * 3),
    Call(("agreement", "--draws", "2"), TWO, unlabelled=TWO, alone=TWO),
    Call(("adjudicate", "--list"), NO_ARTICLES, unlabelled=TWO, alone=TWO),
    Call(("adjudicate",), NO_ARTICLES, SERVER, TWO, TWO),
    Call(("adjudicate", "--rebuild"), *[ADJUDICATED] * 4),
    Call(("adjudicate", "--check"), *[ADJUDICATED] * 4),
    Call(("validate",), NO_ARTICLES),
    Call(("publish",), NO_ARTICLES, unlabelled="bring labels in"),
    Call(("load",), *[PUBLISHED] * 4),
    Call(("export", "brat", "--out", "{scratch}/brat"), *[PUBLISHED] * 4),
    Call(("explore", "--out", "{scratch}/page"), NO_ARTICLES, *[PUBLISHED] * 3),
    Call(("baselines",), NO_ARTICLES, "event", "labels"),
    Call(
        ("audit", "--sheet", "{scratch}/sheet", "--errors", "4"),
        NO_ARTICLES,
        unlabelled="no labels to publish",
    ),
    Call(("diff", "{root}", "{root}"), *[PUBLISHED] * 4),
    Call(("push-to-hub", "--repo", "a/b"), *[PUBLISHED] * 4),
    Call(
        ("rehydrate", "{root}/dataset", "{root}/seeds", "--out", "{scratch}/whole"), *["is not a release"] * 4
    ),
]


def test_every_step_is_called():
    """But those that have no corpus."""
    steps = {step_name(step) for steps in STEPS.values() for step in steps}
    assert steps - {call.tokens[0] for call in CALLS} == {"help", "new", "setup-label-studio"}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: " ".join(call.tokens))
@pytest.mark.parametrize("name", CORPORA)
def test_a_step_with_nothing_to_do_says_so_and_one_article_is_enough(
    name, call, tmp_path, monkeypatch, capsys
):
    """Exit 2 with cause and remedy, or done; no step tells of a defect, and none writes half of its work."""
    monkeypatch.setenv("PARLEY_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LABEL_STUDIO_URL", raising=False)
    monkeypatch.setattr("parley.release.publish._proved", lambda *_: {})  # takes longer than all else
    monkeypatch.setattr("parley.release.publish.croissant_faults", lambda *_: [])
    corpus = CorpusPaths.at(shutil.copytree(HARBOUR, tmp_path / "harbour"))
    derive(corpus)
    CORPORA[name](corpus)
    given = {"root": corpus.root, "scratch": tmp_path}
    for key, file, data in (("export", "export.json", "[]"), ("quotes", f"{ARTICLE}.quotes", "")):
        given[key] = tmp_path / file
        given[key].write_text(data)
    tokens = [token.format(**given) for token in call.tokens]
    root = () if call.tokens[0] in {"diff", "rehydrate"} else ("--root", str(corpus.root))
    status = command(*tokens, *root)
    said = capsys.readouterr()
    expected = call.expected(name)
    assert status == (2 if expected else 0), said.err
    assert expected in said.err
    assert ("  try: " in said.err) == bool(expected)
    assert not any(path.name.startswith(".parley") for path in corpus.root.rglob("*"))
