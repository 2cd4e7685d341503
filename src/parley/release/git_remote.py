"""Push a release to any git remote: a Hub repository over git, a forge, a bare repository on a disk."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from parley.faults import UsageError
from parley.release.shipping import BRANCH, Release, Shipped, refuse_public_text, taken


def push_to_remote(release: Release, remote: str, *, public_text: bool = False) -> Shipped:
    """Push a release as one commit on `main` and a tag; both arrive, or neither does.

    remote: what `git push` takes. The commit depends on the release and on what was there before alone, so
    that a push repeated after a broken connection sends the same. Who reads a remote cannot be known: text
    needs public_text. Raises UsageError where git fails, DataFaults where the tag holds other content.
    """
    refuse_public_text(release, remote, public_text=public_text)
    with tempfile.TemporaryDirectory() as scratch:
        git = _Git(Path(scratch), release)
        git("init", "-q", "--initial-branch", BRANCH)
        tree = git.tree()
        known = dict(line.split("\t")[::-1] for line in git("ls-remote", "--", remote).splitlines())
        tag = f"refs/tags/{release.tag}"
        if tag in known:
            git("fetch", "-q", "--depth=1", "--", remote, tag)
            if git("rev-parse", "FETCH_HEAD^{tree}") != tree:
                raise taken(remote, release.tag)
            return Shipped(remote, release.tag, git("rev-parse", "FETCH_HEAD^{commit}"), new=False)
        parents: list[str] = []
        if f"refs/heads/{BRANCH}" in known:
            git("fetch", "-q", "--depth=1", "--", remote, f"refs/heads/{BRANCH}")
            parents = ["-p", git("rev-parse", "FETCH_HEAD")]
        commit = git("commit-tree", tree, *parents, "-m", f"{release.name} {release.version}")
        git("tag", "-a", release.tag, commit, "-m", f"{release.name} {release.version}")
        git("push", "-q", "--atomic", "--", remote, f"{commit}:refs/heads/{BRANCH}", tag)
        return Shipped(remote, release.tag, commit, new=True)


class _Git:
    """Git in a scratch repository whose work tree is the release."""

    def __init__(self, scratch: Path, release: Release) -> None:
        self._release = release
        when = f"{release.date}T00:00:00+00:00"
        self._environment = {
            **os.environ,
            "GIT_DIR": str(scratch / "git"),
            "GIT_WORK_TREE": str(release.folder),
            "GIT_TERMINAL_PROMPT": "0",
            **{
                f"GIT_{who}_{what}": value
                for who in ("AUTHOR", "COMMITTER")
                for what, value in (
                    ("NAME", release.name),
                    ("EMAIL", f"{release.name}@localhost"),
                    ("DATE", when),
                )
            },
        }

    def __call__(self, *arguments: str) -> str:
        """Run git; return what it printed."""
        done = subprocess.run(
            ["git", *arguments],
            env=self._environment,
            cwd=self._release.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise UsageError(
                f"git {arguments[0]} failed: {done.stderr.strip()}",
                "look at the remote's address and at your rights there, then repeat the command",
            )
        return done.stdout.strip()

    def tree(self) -> str:
        """Return the git tree of the release, every file byte for byte."""
        self("-c", "core.autocrlf=false", "add", "--all", "--force", ".")
        return self("write-tree")
