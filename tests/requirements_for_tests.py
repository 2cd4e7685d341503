"""What a test needs beyond the lock files: looked for, and named where it is missing."""

import os
import shutil
from pathlib import Path

import pytest

from parley.faults import UsageError
from parley.runtime.spark import java_home


def skip_or_fail(reason: str) -> None:
    """Skip with a reason; with PARLEY_REQUIRE_ALL=1 nothing may be missing, so fail."""
    if os.environ.get("PARLEY_REQUIRE_ALL") == "1":
        pytest.fail(f"{reason} (PARLEY_REQUIRE_ALL=1)", pytrace=False)
    pytest.skip(reason)


def chromium() -> str:
    """Return the system's Chromium; tests bring no browser of their own."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        skip_or_fail("no Chromium: install the system's package `chromium`")
    return str(found)


def postgresql_programs() -> Path:
    """Return the folder that holds initdb and postgres, the newest version's."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -float(p.parent.name))
    for folder in folders:
        if (folder / "initdb").is_file():
            return folder
    skip_or_fail("no PostgreSQL server: install the system's package `postgresql`")
    raise AssertionError("unreachable")


def needs_spark() -> None:
    """Look for pyspark and the Java runtime it needs."""
    try:
        import pyspark  # noqa: F401 - only whether it is there
    except ImportError:
        skip_or_fail("no pyspark: run `make setup-spark`")
    try:
        java_home()
    except UsageError as missing:
        skip_or_fail(f"{missing.cause}: {missing.remedy}")
