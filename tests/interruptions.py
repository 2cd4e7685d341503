"""Steps in processes of their own that are killed at a write, or whose disk is full; and what they leave."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

import msgspec

from checkout import HARBOUR
from parley.adjudication.compare import open_adjudication
from parley.corpus.corpus import Corpus
from parley.label_studio.export.regions import layer_to_result
from parley.model.labels import decode_layer, encode_layer, layer_path
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths

PROCESSES = multiprocessing.get_context("forkserver")
# imported once for all of them: what is killed is a step's work, not the imports before it
PROCESSES.set_forkserver_preload(
    [
        *("pandas", "pyarrow.parquet", "pyarrow.compute", "datasets", "duckdb", "spacy", "filelock"),
        *("matplotlib.figure", "matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg"),
        *("mlcroissant", "great_expectations", "parley.cli.main", "parley.steps.dataset"),
        *("parley.validation.gx.library", "parley.steps.adjudicate", "parley.agreement.study"),
    ]
)
# what a killed run may leave until the next one
UNFINISHED = re.compile(r"(^|/)\.[^/]+\.(parley-tmp|new|old|lock)(/|$)|^temporary/")

TIME = re.compile(r"\d{8}T\d{6}\.\d+Z")

State = dict[str, str]  # SHA-256 of a file, "" of a folder, by path below the working folder


def state(folder: Path) -> State:
    """Return all that is in a folder; the time in a name is left out."""
    return {
        TIME.sub("TIME", path.relative_to(folder).as_posix()): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in folder.rglob("*")
    }


@dataclass(frozen=True)
class Step:
    """A step that writes.

    arguments: of `parley`, in the working folder; `*` stands for the files that it matches. before: makes
    what there is before it, of a corpus with its derived files. whole: folders that are old or new as one.
    partial: folders that may be half written until the next run. once: whether it is refused if it is done
    already. seconds: it takes, about.
    """

    name: str
    arguments: str
    before: Callable[[Path, Callable[[str], None]], None]
    whole: tuple[str, ...] = ()
    partial: tuple[str, ...] = ()
    once: bool = False
    seconds: float = 0.3


def prepared(step: Step, folder: Path) -> Path:
    """Return a new working folder with all that a step needs: the corpus is `corpus`."""
    folder.mkdir()
    (folder / "temporary").mkdir()
    shutil.copytree(HARBOUR, folder / "corpus")

    def call(arguments: str) -> None:
        done = run(folder, arguments)
        assert done.status == 0, done.said

    call("derive --root corpus")
    step.before(folder, call)
    return folder


@dataclass(frozen=True)
class Done:
    """How a run ended. writes: how many there were. said: all that it printed. after_s: its interruption."""

    status: int
    writes: int
    said: str
    after_s: float = 0.0


@dataclass(frozen=True)
class Interruption:
    """What happens to a run.

    write: at which of its writes, after it or before. sign: SIGTERM is for its first process alone, others
    are for all its processes. file_size: bytes that a file may have, 0 for no limit.
    """

    write: int = 0
    after: bool = False
    sign: int = signal.SIGKILL
    file_size: int = 0


def run(folder: Path, arguments: str, interruption: Interruption | None = None) -> Done:
    """Run `parley` in a working folder."""
    handle, name = tempfile.mkstemp()
    os.close(handle)
    said = Path(name)
    counter, clock = PROCESSES.Value("q", 0), PROCESSES.Value("d", 0.0)
    process = PROCESSES.Process(
        target=_call, args=(folder, arguments, interruption or Interruption(), said, (counter, clock))
    )
    process.start()
    process.join(120)
    assert process.exitcode is not None, f"{arguments} does not end: {said.read_text()}"
    text = said.read_text(errors="replace")
    said.unlink()
    return Done(process.exitcode, counter.value, text, time.monotonic() - clock.value)


def _call(
    folder: Path,
    arguments: str,
    interruption: Interruption,
    said: Path,
    shared: tuple[Synchronized[int], Synchronized[float]],
) -> None:
    counter, clock = shared
    os.setsid()
    with said.open("wb") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    os.chdir(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder / "temporary")
    leader, armed, busy = os.getpid(), False, False

    def end() -> None:
        clock.value = time.monotonic()
        if interruption.sign == signal.SIGTERM:
            os.kill(leader, signal.SIGTERM)
        else:
            os.killpg(0, interruption.sign)

    def count(event: str, details: tuple[Any, ...]) -> None:
        nonlocal armed, busy
        if armed and not busy:
            armed = False
            end()
        if busy or not _is_write(event, details, folder):
            return
        busy = True
        with counter.get_lock():
            counter.value += 1
            passed = counter.value
        busy = False
        if passed == interruption.write:
            armed = interruption.after
            if not armed:
                end()

    from parley.cli.main import main

    sys.addaudithook(count)
    if interruption.file_size:
        resource.setrlimit(resource.RLIMIT_FSIZE, (interruption.file_size,) * 2)
    words = [
        name
        for word in arguments.split()
        for name in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
    ]
    try:
        main(words)
    finally:
        busy = True  # what is written now is of the test


def _is_write(event: str, details: tuple[Any, ...], folder: Path) -> bool:
    if event == "ctypes.dlsym":
        return "renameat2" in details
    if event == "open":
        path, _, flags = details
        if not isinstance(path, (str, bytes)) or not (flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            return False
    elif event in {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink"}:
        path = details[0]
    else:
        return False
    return isinstance(path, int) or folder in Path(os.fsdecode(path)).absolute().parents


class Trial:
    """A step with what is there before it and after it, to be run again and again in one working folder."""

    def __init__(self, step: Step, folder: Path) -> None:
        self.step, self.folder = step, folder / "work"
        self.kept = folder / "kept"
        self.new, self.loose = State(), set[str]()
        prepared(step, self.folder)
        shutil.copytree(self.folder, self.kept, symlinks=True)
        self.old = state(self.folder)
        done = run(self.folder, step.arguments)
        assert done.status == 0, done.said
        self.new, self.writes = state(self.folder), done.writes
        assert self.writes, f"{step.name} writes nothing"
        self.put_back()
        run(self.folder, step.arguments)
        again = state(self.folder)
        # what has the hour in it, say
        self.loose = {path for path in self.new if self.new[path] != again.get(path)}

    def put_back(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder, symlinks=True)

    def check_interrupted(self, *, killed: bool) -> None:
        """Hold that each file is the old one or the new one, each whole folder old or new as one.

        killed: whether there may be something unfinished.
        """
        found = state(self.folder)
        unfinished = sorted(filter(UNFINISHED.search, found))
        assert killed or not unfinished, f"{unfinished} are left"
        for path in {*self.old, *self.new, *found} - self.loose:
            if not UNFINISHED.search(path) and not path.startswith(self.step.partial):
                known = {self.old.get(path), self.new.get(path)}
                assert found.get(path) in known, f"{path} is neither old nor new"
        for name in self.step.whole:
            below = {
                label: {path: digest for path, digest in one.items() if path.startswith(f"{name}/")}
                for label, one in (("old", self.old), ("new", self.new), ("found", found))
            }
            assert below["found"] in (below["old"], below["new"]), f"{name} is a mix of old and new"

    def check_finished(self) -> None:
        """Run the step again: it ends well and leaves what an undisturbed run leaves, and nothing else."""
        done = run(self.folder, self.step.arguments)
        assert done.status == 0 or (self.step.once and "exists" in done.said), done.said
        found = state(self.folder)
        differing = sorted(found.keys() ^ self.new.keys())
        assert not differing, f"{differing} are left or missing"
        assert {path for path in found if found[path] != self.new[path]} <= self.loose


def moments(writes: int, most: int, sign: int = signal.SIGKILL) -> Iterator[Interruption]:
    """Yield moments of a run, before and after a write: all, or so many of them, the last one too."""
    every = [Interruption(write, after, sign) for write in range(1, writes + 1) for after in (False, True)]
    if len(every) > most:
        apart = len(every) / most
        every = [every[int((place + 1) * apart) - 1] for place in range(most)]
    yield from every


# ---- the steps, and what there is before each


def corpus_in(folder: Path) -> CorpusPaths:
    return CorpusPaths.at(folder / "corpus")


def swap_layers(corpus: CorpusPaths) -> None:
    """Give ada the labels of bo, under her name."""
    for path in sorted((corpus.labels / "bo").glob("*.json")):
        layer = msgspec.structs.replace(decode_layer(path.read_bytes()), annotator="ada")
        layer_path(corpus, "ada", path.stem).write_bytes(encode_layer(layer))


def export(folder: Path, who: str) -> None:
    """Write export.json: the labels of somebody, as ada's finished annotations."""
    corpus = corpus_in(folder)
    ontology, documents, tasks = read_ontology(corpus.ontology), Corpus(corpus).documents, []
    for number, path in enumerate(sorted((corpus.labels / who).glob("*.json")), start=1):
        layer, document = decode_layer(path.read_bytes()), documents[path.stem]
        data = {"doc_id": path.stem, "text": document.text, "text_sha256": document.text_sha256}
        result = layer_to_result(layer, ontology)
        annotation = {"id": number, "completed_by": 1, "result": result, "updated_at": "2031-01-01T00:00:00Z"}
        tasks.append({"id": number, "data": data | {"annotator": "ada"}, "annotations": [annotation]})
    (folder / "export.json").write_text(json.dumps(tasks), encoding="utf-8")


def decide(folder: Path, who: str) -> None:
    """Write decisions.json: one annotator is right throughout."""
    said = [
        {
            "doc_id": doc_id,
            "items": {
                item.id: {"keep": who} if any(who in c.who for c in item.candidates) else {"reject": True}
                for item in comparison.disputed
            },
        }
        for doc_id, comparison in open_adjudication(Corpus(corpus_in(folder))).comparisons.items()
    ]
    (folder / "decisions.json").write_text(json.dumps(said), encoding="utf-8")


def set_release(folder: Path, **values: str) -> None:
    path = folder / "corpus" / "release.toml"
    text = path.read_text(encoding="utf-8")
    for name, value in values.items():
        text = re.sub(rf'(?m)^{name} = ".*"', f'{name} = "{value}"', text)
    path.write_text(text, encoding="utf-8")


Call = Callable[[str], None]
AGREEMENT = "agreement --date 2031-01-01 --draws 20 --root corpus --round"
DOCS = "corpus/build/data-docs", "corpus/build/validation"
PUBLISH = "publish --no-validate --root corpus"
WITHHOLD = "publish --text withhold --out withheld --root corpus"


def _tasks(_folder: Path, call: Call) -> None:
    call("tasks --no-predictions --root corpus")


def _derive(folder: Path, _call: Call) -> None:
    path = folder / "corpus" / "annotation" / "ontology.toml"
    text = path.read_text(encoding="utf-8")
    changed = re.sub(r'color = "#......"', 'color = "#123456"', text, count=1)
    assert changed != text
    path.write_text(changed, encoding="utf-8")


def _pull(folder: Path, _call: Call) -> None:
    export(folder, "bo")


def _convert(folder: Path, call: Call) -> None:
    export(folder, "ada")
    call("convert export.json --out tables --root corpus")
    export(folder, "bo")


def _quotes(folder: Path, _call: Call) -> None:
    swap_layers(corpus_in(folder))


def _agreement(folder: Path, call: Call) -> None:
    call(f"{AGREEMENT} one")
    export(folder, "bo")
    call("pull --export export.json --root corpus")


def _list(folder: Path, call: Call) -> None:
    call("adjudicate --list --root corpus")


def _adjudicate(folder: Path, call: Call) -> None:
    decide(folder, "bo")
    call("adjudicate --decisions decisions.json --root corpus")
    decide(folder, "ada")


def _rebuild(folder: Path, call: Call) -> None:
    _adjudicate(folder, call)
    for path in sorted((folder / "corpus" / "annotation" / "gold").glob("*.json"))[1:]:
        path.write_bytes(b"{}")


def _publish(folder: Path, call: Call) -> None:
    call(PUBLISH)
    set_release(folder, labels="bo", version="0.2.0")


def _withhold(folder: Path, call: Call) -> None:
    call(PUBLISH)
    call(WITHHOLD)
    _publish(folder, call)
    call(PUBLISH)


def _rehydrate(folder: Path, call: Call) -> None:
    call(PUBLISH)
    call(WITHHOLD)
    (folder / "copies").mkdir()
    for document in Corpus(corpus_in(folder)).documents.values():
        path = folder / "copies" / f"{document.doc_id}.txt"
        path.write_text(document.text, encoding="utf-8", newline="")


def _nothing(_folder: Path, _call: Call) -> None: ...


def _push(folder: Path, call: Call) -> None:
    call(PUBLISH)
    remote = folder.parent / "remote.git"  # what git leaves in a remote is git's
    subprocess.run(["git", "init", "-q", "--bare", str(remote)], check=True)


STEPS: Sequence[Step] = (
    Step("tasks", "tasks --root corpus", _tasks),
    Step("derive", "derive --root corpus", _derive),
    Step("pull", "pull --export export.json --root corpus", _pull),
    Step("convert", "convert export.json --out tables --root corpus", _convert, ("tables",)),
    Step(
        "convert on two processes",
        "convert export.json --out tables --processes 2 --root corpus",
        _convert,
        ("tables",),
    ),
    Step("quotes", "label-from-quotes --annotator ada corpus/quotes/ada/*.quotes --root corpus", _quotes),
    Step(
        "agreement", "agreement --round two --date 2031-02-01 --draws 20 --root corpus", _agreement, seconds=3
    ),
    Step("disagreements", "adjudicate --list --hidden seed --root corpus", _list),
    Step("decisions", "adjudicate --decisions decisions.json --root corpus", _adjudicate),
    Step("gold", "adjudicate --rebuild --root corpus", _rebuild),
    Step("publish", PUBLISH, _publish, ("corpus/dataset",), seconds=5),
    Step("withhold", WITHHOLD, _withhold, ("withheld",), seconds=3),
    Step("rehydrate", "rehydrate withheld copies --out rehydrated", _rehydrate, ("rehydrated",), once=True),
    Step("validate", "validate --json faults.json --root corpus", _nothing, seconds=5),
    Step("data docs", "validate --docs --root corpus", _nothing, partial=DOCS, seconds=10),
    Step("push", "push-to-hub --remote ../remote.git --public-text --root corpus", _push, seconds=5),
)
