"""A step that is killed, told to end, or short of room leaves the old or the new, and nothing unfinished."""

from __future__ import annotations

from pathlib import Path

import pytest

from interruptions import STEPS, Step, Trial, moments, run

SOME = 4  # moments of a step in `make test`
MANY = 40  # in `make test-long`, if it has more
QUICK = ("pull", "convert", "decisions")

every_step = pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)


def kill_at(step: Step, folder: Path, most: int) -> None:
    trial = Trial(step, folder)
    for moment in moments(trial.writes, most):
        trial.put_back()
        done = run(trial.folder, step.arguments, moment)
        assert done.status in {-9, 0}, done.said
        trial.check_killed()
        trial.check_finished()


@pytest.mark.parametrize("step", [s for s in STEPS if s.name in QUICK], ids=lambda step: step.name)
def test_a_killed_step_leaves_the_old_or_the_new(step: Step, tmp_path: Path) -> None:
    """With SIGKILL at some of its writes; the next run ends well and removes what is unfinished."""
    kill_at(step, tmp_path, SOME)


@pytest.mark.long
@every_step
def test_a_step_may_be_killed_at_any_write(step: Step, tmp_path: Path) -> None:
    """With SIGKILL before and after each write, and all its processes with it, as if the power was cut."""
    kill_at(step, tmp_path, MANY)
