"""The wheel is all that a user needs: installed into an empty environment, without the checkout."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from parley.faults import CALLED_BY

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]

CHECKOUT = Path(__file__).resolve().parents[2]
UV = CHECKOUT / ".uv" / "bin" / "uv"
SOURCES = ("src", "pyproject.toml", "setup.py", "README.md", "LICENSE")
IGNORED = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.so", "scanner.c")


def run(*command: object, status: int = 0, cwd: Path | None = None) -> str:
    """Run a command far from the checkout and return what it printed."""
    kept = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV", CALLED_BY}}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=kept, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built from a copy: no leftover of an earlier build is in it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(CHECKOUT / name, source / name, ignore=IGNORED)
        else:
            shutil.copy(CHECKOUT / name, source)
    run(UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", out, source)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("environment") / "venv"
    run(UV, "venv", "--python", sys.executable, folder)
    return folder


def install(wheel: Path, environment: Path, extras: str = "") -> None:
    """Install the wheel with the versions of requirements.lock."""
    lock = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
    pins = environment / "pins.txt"
    pins.write_text("\n".join(re.findall(r"^[\w.-]+==[^\\\n]+", lock, re.MULTILINE)), encoding="utf-8")
    python = environment / "bin" / "python"
    run(
        UV,
        "pip",
        "install",
        "--python",
        python,
        "--constraints",
        pins,
        f"parley-corpus{extras} @ {wheel.as_uri()}",
    )


def tables(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def test_the_base_reads_and_rehydrates_and_the_corpus_extra_makes_a_release(
    harbour, wheel, environment, tmp_path
):
    run(sys.executable, CHECKOUT / "scripts" / "derive.py", "--root", harbour.root)
    run(sys.executable, CHECKOUT / "scripts" / "dataset.py", "--root", harbour.root)
    run(sys.executable, CHECKOUT / "scripts" / "publish.py", "--root", harbour.root, "--text", "withhold")
    parley = environment / "bin" / "parley"

    install(wheel, environment)
    where = run(environment / "bin" / "python", "-c", "import parley; print(parley.__file__)", cwd=tmp_path)
    assert where.startswith(str(environment))
    assert "documents" in run(parley, "load", cwd=harbour.seeds)
    back = run(parley, "rehydrate", harbour.build / "withheld", harbour.seeds, "--out", tmp_path / "back")
    assert "0 absent" in back
    assert "the content hash is the same" in back
    needs = run(parley, "validate", cwd=harbour.root, status=2)
    assert "pip install 'parley-corpus[corpus]'" in needs

    install(wheel, environment, "[corpus]")
    made = tables(harbour.dataset)
    shutil.rmtree(harbour.dataset)
    assert "published" in run(parley, "dataset", cwd=harbour.root)
    assert tables(harbour.dataset) == made
    assert "documents" in run(parley, "load", "--root", harbour.root, cwd=tmp_path)
    needs = run(parley, "start-label-studio", cwd=harbour.root, status=2)
    assert "pip install 'parley-corpus[label-studio]'" in needs

    install(wheel, environment, "[corpus,label-studio]")
    needs = run(parley, "start-label-studio", cwd=harbour.root, status=2)
    assert "parley setup-label-studio" in needs
    assert str(CHECKOUT) not in needs
