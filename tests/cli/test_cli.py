"""The command line: how a step ends is its exit status."""

import os
import subprocess
import sys

import pytest

ENDS = {
    "print('done')": 0,
    "faults.check([faults.Fault('span-surface', 'p', 'm')])": 1,
    "(_ for _ in ()).throw(faults.UsageError('cause', 'remedy'))": 2,
    "(_ for _ in ()).throw(KeyboardInterrupt)": 130,
}


def call(step: str, stdout: int = subprocess.DEVNULL) -> int:
    program = f"from parley import faults; from parley.cli import main as cli; cli.run(lambda: {step})"
    return subprocess.run([sys.executable, "-c", program], stdout=stdout, check=False).returncode


@pytest.mark.parametrize("step", ENDS)
def test_the_end_of_a_step_is_the_status(step: str) -> None:
    assert call(step) == ENDS[step]


def test_a_step_that_nobody_hears_to_its_end_is_not_done() -> None:
    """`validate.py | head` might have found faults behind what was read."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert call("print('x' * 100_000, flush=True)", writer) == 141
    finally:
        os.close(writer)
