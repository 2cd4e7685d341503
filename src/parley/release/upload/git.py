"""Push a release to any git remote: a Hub repository over git, a forge, a bare repository on a disk."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from parley.faults import UsageError
from parley.release.upload.release import BRANCH, Pushed, Release, refuse_public_text, tag_taken

_CREDENTIALS = re.compile(r"(?<=://)[^/]*@")
_NETWORK = ("ls-remote", "fetch", "push")
# none of the user's hooks, and the same commit whatever encoding they write theirs in
_SETTINGS = ("-c", f"core.hooksPath={os.devnull}", "-c", "i18n.commitEncoding=UTF-8")
_EVERY_BYTE = "* -text -filter -ident !working-tree-encoding\n"
# how to reach a remote, who one is there, and what git tells about it
_TRANSPORT = (
    *("GIT_ALLOW_PROTOCOL", "GIT_ASKPASS", "GIT_CONFIG", "GIT_CURL_VERBOSE", "GIT_EXEC_PATH", "GIT_HTTP"),
    *("GIT_PROTOCOL", "GIT_PROXY", "GIT_SSH", "GIT_SSL", "GIT_TRACE"),
)


def push_to_remote(release: Release, remote: str, *, public_text: bool = False) -> Pushed:
    """Push a release as one commit on `main` and a tag; both arrive, or neither does.

    remote: an address or a path, as `git push` takes it. The commit depends on the release and on what was
    there before alone, so that a push repeated after a broken connection sends the same. Who reads a remote
    cannot be known: text needs public_text. Raises UsageError if git fails, DataFaults if the tag has
    other content.
    """
    refuse_public_text(release, remote, public_text=public_text)
    if Path(remote).is_dir():
        remote = str(Path(remote).resolve())  # git runs in the folder of the release
    given, remote = remote, _CREDENTIALS.sub("", remote)
    with tempfile.TemporaryDirectory() as scratch:
        git = _Git(Path(scratch), release, _instead_of(remote, given) if given != remote else {})
        git("init", "-q", "--template=", "--initial-branch", BRANCH)
        tree = git.tree()
        known = dict(line.split("\t")[::-1] for line in git("ls-remote", "--", remote).splitlines())
        tag = f"refs/tags/{release.tag}"
        if tag in known:
            git("fetch", "-q", "--depth=1", "--", remote, tag)
            if git("rev-parse", "FETCH_HEAD^{tree}") != tree:
                raise tag_taken(remote, release.tag)
            return Pushed(remote, release.tag, git("rev-parse", "FETCH_HEAD^{commit}"), new=False)
        parents: list[str] = []
        if f"refs/heads/{BRANCH}" in known:
            git("fetch", "-q", "--depth=1", "--", remote, f"refs/heads/{BRANCH}")
            parents = ["-p", git("rev-parse", "FETCH_HEAD")]
        commit = git("commit-tree", tree, *parents, "-m", f"{release.name} {release.version}")
        git("tag", "-a", "--no-sign", release.tag, commit, "-m", f"{release.name} {release.version}")
        what = f"{commit}:refs/heads/{BRANCH}", tag
        git("push", "-q", "--atomic", "--no-signed", "--no-recurse-submodules", "--", remote, *what)
        return Pushed(remote, release.tag, commit, new=True)


class _Git:
    """Git in a scratch repository whose work tree is the release.

    Of the user's settings it heeds those that say how to reach a remote, and none that make another commit.
    """

    def __init__(self, scratch: Path, release: Release, environment: Mapping[str, str]) -> None:
        self._release = release
        self._folder = scratch / "git"
        when = f"{release.date}T00:00:00+00:00"
        self._environment = {
            **{name: value for name, value in os.environ.items() if _is_kept(name)},
            "GIT_DIR": str(self._folder),
            "GIT_WORK_TREE": str(release.folder),
            "GIT_TERMINAL_PROMPT": "0",
            **environment,
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

    def __call__(self, command: str, *arguments: str) -> str:
        """Run a git command; return what it printed."""
        try:
            done = subprocess.run(
                ["git", *_SETTINGS, command, *arguments],
                env=self._environment,
                cwd=self._release.folder,
                capture_output=True,
                encoding="utf-8",
                errors="replace",  # what a remote says need not be UTF-8
                check=False,
            )
        except FileNotFoundError:
            raise UsageError("there is no git on this machine", "install git, or push with --repo")
        if done.returncode:
            raise UsageError(
                f"git {command} failed",
                "look at the remote's address and at your rights there, then repeat the command"
                if command in _NETWORK
                else "nothing was sent; see that git is 2.31 or newer and has room for temporary files",
                done.stderr.strip().splitlines(),
            )
        return done.stdout.strip()

    def tree(self) -> str:
        """Return the git tree of the release, every file byte for byte."""
        attributes = self._folder / "info" / "attributes"  # it goes before the user's and the release's own
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text(_EVERY_BYTE)
        self("add", "--all", "--force", ".")
        return self("write-tree")


def _instead_of(remote: str, address: str) -> dict[str, str]:
    """Return variables by which git takes one address for another; a process's arguments are not secret."""
    number = os.environ.get("GIT_CONFIG_COUNT", "0")
    return {
        "GIT_CONFIG_COUNT": str(int(number) + 1) if number.isdecimal() else number,
        f"GIT_CONFIG_KEY_{number}": f"url.{address}.insteadOf",
        f"GIT_CONFIG_VALUE_{number}": remote,
    }


def _is_kept(name: str) -> bool:
    """Say whether git may inherit a variable of the environment."""
    return not name.startswith("GIT_") or name.startswith(_TRANSPORT)
