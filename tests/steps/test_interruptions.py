"""A step that is killed, told to end, or short of room leaves the old or the new, and nothing unfinished."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from interruptions import STEPS, Step, Trial, moments, run
from parley.runtime.files import replacing

SOME = 4  # moments of a step in `make test`
SECONDS = 10  # of runs of a step in `make test-long`; a step of a third of a second is killed at each write
ENDS_IN_S = 20  # a step that is told to end, on a busy machine
LEFT = (0, 4096, 20_000, 60_000, 200_000)  # bytes
QUICK = ("pull", "convert", "decisions")

every_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
quick_steps = pytest.mark.parametrize(
    "step", [step for step in STEPS if step.name in QUICK], ids=lambda step: step.name
)


def kill_at(step: Step, folder: Path, most: int) -> None:
    trial = Trial(step, folder)
    for moment in moments(trial.writes, most):
        trial.put_back()
        done = run(trial.folder, step.arguments, moment)
        assert done.status in {-signal.SIGKILL, 0}, done.said
        trial.check_interrupted(killed=True)
        trial.check_finished()


@quick_steps
def test_a_killed_step_leaves_the_old_or_the_new(step: Step, tmp_path: Path) -> None:
    """With SIGKILL at some of its writes; the next run ends well and removes what is unfinished."""
    kill_at(step, tmp_path, SOME)


@pytest.mark.long
@every_step
def test_a_step_may_be_killed_at_any_write(step: Step, tmp_path: Path) -> None:
    """With SIGKILL before and after writes, and all its processes with it, as if the power was cut."""
    kill_at(step, tmp_path, int(SECONDS / step.seconds))


def end_at(step: Step, folder: Path, most: int) -> None:
    trial, ended = Trial(step, folder), set[int]()
    for sign in (signal.SIGTERM, signal.SIGINT):
        for moment in moments(trial.writes, most, sign):
            trial.put_back()
            done = run(trial.folder, step.arguments, moment)
            ended.add(done.status)
            assert done.status in {0, 130}, done.said  # it may have been done already
            assert done.status == 0 or done.after_s < ENDS_IN_S
            trial.check_interrupted(killed=False)
    assert 130 in ended


def test_a_step_that_is_told_to_end_leaves_nothing_unfinished(tmp_path: Path) -> None:
    """By SIGTERM, or Ctrl-C, which reaches its processes too."""
    (step,) = (step for step in STEPS if step.name == "convert on two processes")
    end_at(step, tmp_path, SOME)


@pytest.mark.long
@every_step
def test_every_step_can_be_told_to_end(step: Step, tmp_path: Path) -> None:
    """By SIGTERM, or Ctrl-C, at any of its writes."""
    end_at(step, tmp_path, SOME if step.seconds < 1 else 2)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a file system of its own, of 64 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount on this system")
    if done.returncode:
        pytest.skip(f"who runs the tests may not mount a file system: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Fill a file system but for some bytes; return the file that does it."""
    filler = disk / "filler"
    found = os.statvfs(disk)
    with filler.open("wb") as out:
        os.posix_fallocate(out.fileno(), 0, found.f_bavail * found.f_frsize - left)
    return filler


def fill_up(step: Step, disk: Path, left: tuple[int, ...]) -> None:
    trial = Trial(step, disk)
    for number in left:
        trial.put_back()
        filler = fill(disk, number)
        done = run(trial.folder, step.arguments)
        filler.unlink()
        check_full(done.status, done.said)
        trial.check_interrupted(killed=False)
        trial.check_finished()


def check_full(status: int, said: str) -> None:
    """Hold that a step had the room, or said what is full and what to do."""
    assert status in {0, 2}, said
    if status:
        full = "No space left|No usable temporary|Not enough disk space"
        assert re.search(rf"(?s)error: .*({full}).*\n  try: ", said), said


@quick_steps
def test_a_full_disk_costs_nothing_that_was_there(step: Step, disk: Path) -> None:
    """Exit 2 with a remedy; and when there is room the step ends well."""
    fill_up(step, disk, LEFT[:2])


@pytest.mark.long
@every_step
def test_a_disk_may_be_full_at_any_byte(step: Step, disk: Path) -> None:
    """Whatever of the step finds no room."""
    fill_up(step, disk, LEFT if step.seconds < 1 else LEFT[1::2])


@pytest.mark.long
@every_step
def test_the_folder_for_temporary_files_may_be_full(step: Step, tmp_path: Path, disk: Path) -> None:
    """Of the corpus nothing is changed, or it does not matter."""
    trial = Trial(step, tmp_path)
    temporary = trial.folder / "temporary"
    for number in LEFT if step.seconds < 1 else LEFT[1::2]:
        trial.put_back()
        temporary.rmdir()
        temporary.symlink_to(disk)
        filler = fill(disk, number)
        done = run(trial.folder, step.arguments)
        filler.unlink()
        check_full(done.status, done.said)
        assert list(disk.iterdir()) == []
        temporary.unlink()
        temporary.mkdir()
        trial.check_interrupted(killed=False)


def test_two_conversions_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    """The second is told that the first is at it."""
    (step,) = (step for step in STEPS if step.name == "convert")
    trial = Trial(step, tmp_path)
    trial.put_back()
    out = trial.folder / "tables"
    with replacing(out) as new:
        shutil.copytree(out, new)
        done = run(trial.folder, step.arguments)
        assert done.status == 2
        assert f"error: another process is writing {out}" in done.said
        assert {path.name for path in new.iterdir()} == {path.name for path in out.iterdir()}
    trial.check_finished()
