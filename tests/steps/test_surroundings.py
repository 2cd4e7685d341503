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

from command_for_tests import call
from parley.model.paths import CorpusPaths

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


@pytest.fixture
def released(published_harbour: CorpusPaths, withheld_harbour: Path) -> Path:
    """Return a corpus with a release, and one without text."""
    shutil.copytree(withheld_harbour, published_harbour.build / "withheld")
    return published_harbour.root


@pytest.fixture
def read_only(released: Path, tmp_path: Path) -> Iterator[Path]:
    """Yield the corpus on a file system that cannot be written to."""
    (folder := tmp_path / "disk").mkdir()
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


def called(root: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> int:
    """Run a step in a corpus folder in this process; return its exit status."""
    monkeypatch.chdir(root)
    return call(*arguments, *(() if arguments[0] == "rehydrate" else (f"--root={root}",)))


def check_refused(status: int, said: str, cause: str) -> None:
    assert status == 2, said
    assert cause in said
    assert "\n  try: " in said
    assert "Traceback" not in said


@pytest.mark.parametrize("step", WRITES, ids=" ".join)
def test_a_folder_that_cannot_be_written_to_is_named(
    read_only: Path,
    step: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = called(read_only, step, monkeypatch)
    check_refused(status, capsys.readouterr().err, "Read-only file system")
    monkeypatch.undo()  # or the folder that this process is in cannot be unmounted


@pytest.mark.parametrize("step", READS, ids=" ".join)
def test_a_step_that_writes_nothing_reads_such_a_folder(
    read_only: Path,
    step: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = called(read_only, step, monkeypatch)
    assert status == 0, capsys.readouterr().err
    monkeypatch.undo()


@pytest.mark.parametrize("memory", [150, 300, 500, 900])
def test_too_little_memory_is_named_and_costs_nothing(released: Path, memory: int) -> None:
    """Before libraries are loaded that would end the process without a word; help is given all the same."""
    before = bytes_of(released)
    done = run(released, ("validate",), memory * MB)
    said = done.stderr.decode(errors="replace")
    check_refused(done.returncode, said, f"{memory * MB // 10**6} MB of memory")
    assert bytes_of(released) == before
    assert run(released, ("validate", "--help"), memory * MB).returncode == 0


def test_the_least_memory_is_enough(released: Path) -> None:
    done = run(released, ("validate", "--no-release"), 1_000_000_000)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "step",
    [
        ("tasks",),
        pytest.param(("agreement",), marks=pytest.mark.long),
        pytest.param(("load",), marks=pytest.mark.long),
    ],
    ids=" ".join,
)
def test_a_terminal_without_unicode_ends_no_step(released: Path, step: tuple[str, ...]) -> None:
    """What is written is UTF-8 all the same."""
    done = run(released, step, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", PYTHONIOENCODING="")
    assert done.returncode == 0, done.stderr.decode()
    done.stdout.decode("ascii")
