"""Where the Label Studio server is installed, how it gets there, and where each corpus keeps its data.

Its pins clash with Parley's, so the server has an environment of its own. Everything is below one folder: the
one that PARLEY_HOME names, else .label-studio of the checkout that Parley runs from, else Parley's folder
among the user's data.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from parley.faults import UsageError
from parley.model.paths import CorpusPaths

HOME = "PARLEY_HOME"
REQUIREMENTS = Path(__file__).with_name("requirements.lock")
_PROGRAM = "PARLEY_LABEL_STUDIO"  # names a `label-studio` program that is installed elsewhere
_READY = ".ready"


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that has the server's environment and, outside a checkout, its data."""
    if environ.get(HOME):
        return Path(environ[HOME]).expanduser().resolve()
    checkout = _checkout()
    if checkout:
        return checkout / ".label-studio"
    from platformdirs import user_data_path

    return user_data_path("parley", appauthor=False)


def program(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the `label-studio` program.

    Raises UsageError if it is not installed.
    """
    named = environ.get(_PROGRAM)
    found = Path(named) if named else _program_in(home(environ) / "venv")
    if not found.is_file():
        raise UsageError(f"Label Studio is not installed at {found}", "run `parley setup-label-studio`")
    return found


def data_folder(corpus: CorpusPaths, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the server of a corpus keeps its database, its secrets and its log.

    Below the corpus in a checkout, whose version control ignores it; else below `home`, so that no password
    is in a folder that people share.
    """
    if _checkout() and not environ.get(HOME):
        return corpus.root / ".label-studio" / "data"
    key = hashlib.sha256(os.fsencode(corpus.root)).hexdigest()[:8]
    return home(environ) / "data" / f"{corpus.root.name}-{key}"


def install(say: Callable[[str], None], environ: Mapping[str, str] = os.environ) -> Path:
    """Install the server unless it is there, and return its program.

    Raises UsageError if the environment cannot be made, with what pip said last.
    """
    folder = home(environ) / "venv"
    pinned = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    ready = folder / _READY
    if ready.is_file() and ready.read_text(encoding="utf-8").strip() in {"", pinned}:  # "": made by make
        return program(environ)
    say(f"installing Label Studio in {folder} (some minutes) …")
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _run(sys.executable, "-m", "venv", "--clear", str(folder))
    pip = (str(_program_in(folder).with_name("python")), "-m", "pip", "--disable-pip-version-check")
    _run(*pip, "install", "--quiet", "--require-hashes", "--requirement", str(REQUIREMENTS))
    ready.write_text(pinned, encoding="utf-8")
    return program(environ)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).splitlines()[-6:])
        raise UsageError(
            f"Label Studio cannot be installed:\n{last}",
            "look at the network and the free space, then repeat",
        )


def _program_in(environment: Path) -> Path:
    return environment / "bin" / "label-studio"


def _checkout() -> Path | None:
    """Return the checkout that this module is part of, None if it is installed from a wheel."""
    folder = Path(__file__).resolve().parents[4]
    return folder if (folder / "Makefile").is_file() and (folder / "src" / "parley").is_dir() else None
