"""The wheel is all that a user needs: installed into an empty environment, without the checkout."""

import csv
import difflib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from checkout import CHECKOUT, UV
from newcomer import LONG, TEXTS, write_all
from parley.faults import CALLED_BY
from workflow_steps import run_steps

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

SOURCES = ("src", "pyproject.toml", "setup.py", "README.md", "LICENSE")
IGNORED = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.so", "scanner.c")


def run(*command: object, status: int = 0, cwd: Path | None = None, **environ: str) -> str:
    """Run a command far from the checkout and return what it printed."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV", CALLED_BY}}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept | environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from a copy: no leftover of an earlier build is in it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, source / name, ignore=IGNORED)
        else:
            shutil.copy(CHECKOUT / name, source)
    run(UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", out, source)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run(UV, "venv", "--seed", "--python", sys.executable, folder)  # with pip, as the workflow calls it
    return folder


def install(wheel: Path, environment: Path, extras: str = "") -> None:
    """Install the wheel with the versions of requirements.lock."""
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    pins = environment / "pins.txt"
    pins.write_text("\n".join(re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE)), encoding="utf-8")
    python = environment / "bin" / "python"
    run(
        UV,
        "pip",
        "install",
        "--python",
        python,
        "--constraints",
        pins,
        f"parley-corpus{extras} @ {wheel.as_uri()}",
    )


def tables(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_the_base_reads_and_rehydrates_and_the_corpus_extra_makes_a_release(
    harbour, wheel, environment, tmp_path
):
    run(sys.executable, CHECKOUT / "scripts" / "derive.py", "--root", harbour.root)
    run(sys.executable, CHECKOUT / "scripts" / "dataset.py", "--root", harbour.root)
    run(sys.executable, CHECKOUT / "scripts" / "publish.py", "--root", harbour.root, "--text", "withhold")
    parley = environment / "bin" / "parley"

    install(wheel, environment)
    where = run(environment / "bin" / "python", "-c", "import parley; print(parley.__file__)", cwd=tmp_path)
    assert where.startswith(str(environment))
    assert "documents" in run(parley, "load", cwd=harbour.seeds)
    run(parley, "explore", harbour.build / "withheld", "--out", tmp_path / "page", cwd=tmp_path)
    assert (tmp_path / "page" / "article.js").is_file() and (
        tmp_path / "page" / "data" / "overview.js"
    ).is_file()
    back = run(parley, "rehydrate", harbour.build / "withheld", harbour.seeds, "--out", tmp_path / "back")
    assert "0 absent" in back
    assert "the content hash is the same" in back
    export = (parley, "export", "--release", harbour.dataset, "--out", tmp_path / "out")
    assert "exported: 5 articles" in run(*export, "spacy", cwd=tmp_path)
    assert "pip install 'parley-corpus[formats]'" in run(*export, "cas", cwd=tmp_path, status=2)
    needs = run(parley, "validate", cwd=harbour.root, status=2)
    assert "pip install 'parley-corpus[corpus]'" in needs

    install(wheel, environment, "[corpus]")
    made = tables(harbour.dataset)
    shutil.rmtree(harbour.dataset)
    assert "published" in run(parley, "dataset", cwd=harbour.root)
    assert tables(harbour.dataset) == made
    assert "documents" in run(parley, "load", "--root", harbour.root, cwd=tmp_path)
    needs = run(parley, "start-label-studio", cwd=harbour.root, status=2)
    assert "pip install 'parley-corpus[label-studio]'" in needs

    install(wheel, environment, "[corpus,label-studio]")
    needs = run(parley, "start-label-studio", cwd=harbour.root, status=2)
    assert "parley setup-label-studio" in needs
    assert str(CHECKOUT) not in needs


def edit(file: Path, *changes: tuple[str, str]) -> int:
    """Change lines as a person would; return how many."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
    return len(changes)


def test_the_workflow_of_a_new_corpus_is_red_where_a_label_is_wrong_and_shows_what_changed(
    wheel, environment, tmp_path
):
    """In a fresh clone of a repository with a changed label: its own `run` steps, one after the other."""
    install(wheel, environment, "[corpus]")
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    root, clone = tmp_path / "made", tmp_path / "clone"

    def git(*arguments: object) -> str:
        return run("git", "-c", "user.name=x", "-c", "user.email=x@localhost", "-C", root, *arguments).strip()

    run("parley", "new", root, PATH=path)
    run("parley", "dataset", "--root", root, PATH=path)
    git("init", "-q")
    git("add", "--all")
    git("commit", "-qm", "a corpus")
    base = git("rev-parse", "HEAD")
    labels = root / "annotation" / "labels" / "rules" / "sample.json"
    edit(labels, ('{"mention":"noun"},"end":20', '{"mention":"nickname"},"end":20'))
    git("commit", "-qam", "a label is another")
    run("git", "clone", "-q", root, clone)
    workflow = clone / ".github" / "workflows" / "data.yml"
    ends, said, summary = run_steps(workflow, clone, base, PATH=path, PIP_FIND_LINKS=str(wheel.parent))
    assert ends["Set up"] == 0, said
    assert ends["Show what labels changed"] == 0, said
    assert ends["Validate"] == 1
    assert "| labels with other attributes | 1 |" in summary
    number = (
        labels.read_text()
        .splitlines()
        .index(next(x for x in labels.read_text().splitlines() if "nickname" in x))
    )
    assert f"::error file=annotation/labels/rules/sample.json,line={number + 1},title=attribute-value" in said


PLAN = """from = "0.1"
to = "0.2"
[[rename]]
of = "span"
name = "PLACE"
to = "SITE"
[[remove]]
of = "relation"
name = "at"
"""
RELEASE = (
    ('labels = "rules"', 'labels = "gold"'),
    ('languages = ["en"]', 'languages = ["ar", "de", "en", "fr", "ru"]'),
)
BY_HAND = {  # what a person edits once a line of the README has run: file, and what of it
    "rm -r seeds/sample.txt": (
        ("annotation/ontology.toml", (("required = true", "required = false"),)),
        ("release.toml", RELEASE),
    ),
    "parley adjudicate --list": (
        ("build/adjudication/bridge.json", (('"keep": "",', '"keep": "annotator-1",'),)),
    ),
    "parley diff": (("release.toml", (('version = "0.1.0"', 'version = "0.2.0"'),)),),
}


def commands() -> list[str]:
    """Return the lines of the README's section on a corpus of one's own, in order."""
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Your own corpus\n")[2].partition("\n### ")[0]
    return re.findall(r"^ {4}(\S.*?)(?:\s{2,}#.*)?$", section, re.MULTILINE)


def written_lines(before: str, after: str) -> int:
    """Return how many lines a person wrote to make one text of another."""
    return sum(line.startswith("+ ") for line in difflib.ndiff(before.splitlines(), after.splitlines()))


@pytest.mark.timeout(1800)
def test_a_newcomer_follows_the_readme_from_texts_and_two_peoples_labels_to_a_second_release(
    wheel, environment, tmp_path
):
    """Eight texts in five languages, brat and a foreign Label Studio project; at most 4 files, 40 lines."""
    write_all(tmp_path)
    (tmp_path / "plan.toml").write_text(PLAN, encoding="utf-8")
    by_hand = {"plan.toml": len(PLAN.splitlines())}
    said: dict[str, str] = {}
    root, here = tmp_path / "floods", tmp_path
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    for command in commands():
        if command.startswith("pip install"):
            assert command == "pip install 'parley-corpus[corpus]'"
            install(wheel, environment, "[corpus]")
        elif command.startswith("cd "):
            here = here / command.removeprefix("cd ")
        else:
            said[command] = run("bash", "-c", command, cwd=here, PATH=path, HF_HUB_OFFLINE="1")
        for begin, edits in BY_HAND.items():
            for file, changes in edits if command.startswith(begin) else ():
                before = (root / file).read_text(encoding="utf-8")
                after = before
                for old, new in changes:
                    assert old in after, (file, old)
                    after = after.replace(old, new)
                (root / file).write_text(after, encoding="utf-8")
                by_hand[file] = by_hand.get(file, 0) + written_lines(before, after)
    assert len(by_hand) <= 4
    assert sum(by_hand.values()) <= 40
    assert "Traceback" not in "".join(said.values())

    imported = [text for command, text in said.items() if command.startswith("parley import")]
    assert not any(" lost" in text for text in imported)
    with (root / "seeds" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["doc_id"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {*TEXTS, "later"}
    assert {row["language"] for row in rows.values()} == {"ar", "de", "en", "fr", "ru"}
    assert max(len((root / "seeds" / row["file"]).read_text()) for row in rows.values()) >= LONG
    versions = json.loads((root / "dataset" / "versions.json").read_bytes())["versions"]
    assert [one["version"] for one in versions] == ["0.1.0", "0.2.0"]
    assert "| labels retyped | 16 | SITE 16 |" in said["parley diff ../first"]
    assert "| articles added | 1 | later |" in said["parley diff ../first"]
    back = next(text for command, text in said.items() if "rehydrate" in command)
    assert "8 word for word, 1 aligned, 0 absent" in back
    assert "labels: 80 kept" in back
    assert "27 spans, 0 relations" in said["parley export spacy --out ../spacy"]
    assert (tmp_path / "page" / "index.html").is_file()
    loaded = next(text for command, text in said.items() if "load_dataset" in command)
    assert sum(map(int, re.findall(r"num_rows: (\d+)", loaded))) == 27
