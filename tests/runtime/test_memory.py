"""What a process does with memory that it no longer needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

GARBAGE = """
import gc
from parley.runtime.memory import prepare_process
prepare_process()
looks = []
gc.callbacks.append(lambda phase, _: looks.append(phase))
kept = [[] for _ in range(20_000)]
print(len(looks))
"""

COLUMN = """
from pathlib import Path
import numpy as np
from parley.runtime.memory import prepare_process
{prepared}
np.ones(100 << 20, np.uint8)
print(int(Path("/proc/self/statm").read_text().split()[1]) * 4096 >> 20)
"""


def printed(code: str) -> int:
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return int(run.stdout)


def test_a_process_is_looked_through_seldom():
    """Not while it makes some thousand objects, as an import of a library does."""
    assert printed(GARBAGE) == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it is a setting of glibc")
def test_memory_that_was_freed_is_kept():
    """Of a column of 100 MB, for the next one; without the settings the kernel has it back."""
    assert printed(COLUMN.format(prepared="")) < 100
    assert printed(COLUMN.format(prepared="prepare_process()")) > 100
