"""The garbage collector looks seldom at the objects of a process."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import gc
from parley.runtime.garbage import collect_seldom
collect_seldom()
looks = []
gc.callbacks.append(lambda phase, _: looks.append(phase))
kept = [[] for _ in range(20_000)]
print(len(looks))
"""


def test_a_process_is_looked_through_seldom():
    """Not while it makes some thousand objects, as an import of a library does."""
    run = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["0"]
