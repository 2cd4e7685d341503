"""What a machine refuses ends a step with status 2 and a remedy; what is only read can still be read."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.release.publish import publish, write_withheld
from parley.steps.derive import derive

HARBOUR = Path(__file__).resolve().parents[1] / "harbour"
MAIN = "from parley.cli.main import main; main()"
MB = 1 << 20
READS = (("validate", "--no-release"), ("load",), ("diff", "dataset", "dataset"))
WRITES = (
    ("derive",),
    ("tasks",),
    ("publish", "--no-validate"),
    ("publish", "--no-validate", "--text", "withhold"),
    ("agreement",),
    ("adjudicate", "--list"),
    ("rehydrate", "build/withheld", "seeds", "--out", "again"),
)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a corpus with a release, and one without text."""
    corpus = CorpusPaths.at(shutil.copytree(HARBOUR, tmp_path_factory.mktemp("released") / "harbour"))
    derive(corpus)
    publish(Corpus(corpus))
    write_withheld(Corpus(corpus), corpus.build / "withheld")
    return corpus.root


@pytest.fixture(scope="module")
def read_only(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield the corpus on a file system that cannot be written to."""
    folder = tmp_path_factory.mktemp("disk")
    for options, device in ((["-t", "tmpfs"], "tmpfs"), (["-o", "remount,ro"], "")):
        command = ["mount", *options, *([device] if device else []), str(folder)]
        if not shutil.which("mount"):
            pytest.skip("there is no mount on this system")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"who runs the tests may not mount a file system: {done.stderr.strip()}")
        if device:
            shutil.copytree(released, folder / "harbour")
    yield folder / "harbour"
    subprocess.run(["umount", "-l", str(folder)], check=True)


def run(
    root: Path, arguments: tuple[str, ...], memory: int = resource.RLIM_INFINITY, **environ: str
) -> subprocess.CompletedProcess[bytes]:
    """Run a step in a corpus folder. memory: bytes of addresses that it may have."""
    rooted = [] if arguments[0] == "rehydrate" else [f"--root={root}"]
    return subprocess.run(
        [sys.executable, "-c", MAIN, *arguments, *rooted],
        cwd=root,
        env=os.environ | environ,
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, resource.RLIM_INFINITY)),
    )


def bytes_of(root: Path) -> dict[str, str]:
    """Return a hash of each file below a folder but of locks, which stay empty."""
    files = (path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def check_refused(done: subprocess.CompletedProcess[bytes], cause: str) -> None:
    said = done.stderr.decode(errors="replace")
    assert done.returncode == 2, said
    assert cause in said
    assert "\n  try: " in said
    assert "Traceback" not in said


@pytest.mark.parametrize("step", WRITES, ids=" ".join)
def test_a_folder_that_cannot_be_written_to_is_named(read_only: Path, step: tuple[str, ...]) -> None:
    check_refused(run(read_only, step), "Read-only file system")


@pytest.mark.parametrize("step", READS, ids=" ".join)
def test_a_step_that_writes_nothing_reads_such_a_folder(read_only: Path, step: tuple[str, ...]) -> None:
    done = run(read_only, step)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("memory", [150, 300, 500, 900])
def test_too_little_memory_is_named_and_costs_nothing(released: Path, memory: int) -> None:
    """Before libraries are loaded that would end the process without a word; help is given all the same."""
    before = bytes_of(released)
    check_refused(run(released, ("validate",), memory * MB), f"{memory * MB // 10**6} MB of memory")
    assert bytes_of(released) == before
    assert run(released, ("validate", "--help"), memory * MB).returncode == 0


def test_the_least_memory_is_enough(released: Path) -> None:
    done = run(released, ("validate", "--no-release"), 1_000_000_000)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize("step", [("tasks",), ("agreement",), ("load",)], ids=" ".join)
def test_a_terminal_without_unicode_ends_no_step(released: Path, step: tuple[str, ...]) -> None:
    """What is written is UTF-8 all the same."""
    done = run(released, step, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="")
    assert done.returncode == 0, done.stderr.decode()
    done.stdout.decode("ascii")
