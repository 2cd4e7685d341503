"""The command `parley` in the process of a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.cli.main import main


def call(*tokens: str | Path) -> int:
    """Run a step; return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main([str(token) for token in tokens])
    code = ended.value.code
    return code if isinstance(code, int) else 0
