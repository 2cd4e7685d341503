"""The `run` steps of a workflow of GitHub, one after the other, as a runner would."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import yaml


def run_steps(workflow: Path, clone: Path, base: str, **environ: str) -> tuple[dict[str, int], str, str]:
    """Return the status of each step by name, what was printed, and the summary.

    After a step that fails only those with `if: always()` run. base: the commit that the request goes to.
    """
    (job,) = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"].values()
    summary = clone.parent / "summary.md"
    summary.write_text("")
    known = {k: v for k, v in os.environ.items() if k not in {"PARLEY_CALLED_BY", "PYTHONPATH"}} | environ
    known |= {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    ends: dict[str, int] = {}
    said = ""
    for step in job["steps"]:
        if "run" not in step or (any(ends.values()) and step.get("if") != "always()"):
            continue
        own = {
            name: re.sub(r"\$\{\{.*?base\.sha.*?\}\}", base, text)
            for name, text in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "-e", "-c", step["run"]],
            cwd=clone,
            env=known | own,
            capture_output=True,
            text=True,
            check=False,
        )
        ends[step.get("name", step["run"])] = done.returncode
        said += done.stdout + done.stderr
    return ends, said, summary.read_text(encoding="utf-8")
