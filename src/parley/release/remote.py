"""A release elsewhere: brought from a git revision or the Hub, pushed there or to any git remote.

A push is one commit and a tag. Both ways begin with the same question: is dataset/ whole, is its version free
or already there with the same content, and may its text be seen by whoever can read the destination?
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.paths import CorpusPaths
from parley.release.inputs import read_settings
from parley.release.publish import write_withheld
from parley.release.verify import verify
from parley.release.versions.history import read_versions
from parley.runtime.files import temporary_folder

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_BRANCH = "main"
_OF_THE_HUB = {".gitattributes"}  # what the Hub itself puts into a repository
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


@dataclass(frozen=True)
class Release:
    """A release ready to leave. date: ISO 8601. has_text: whether the articles' text is in it."""

    folder: Path
    name: str
    version: str
    date: str
    has_text: bool

    @property
    def tag(self) -> str:
        """The git tag of the version."""
        return f"v{self.version}"


@dataclass(frozen=True)
class Upload:
    """Where a release is now. revision: the commit. new: whether anything had to be sent."""

    place: str
    tag: str
    revision: str
    new: bool


def release_of(corpus: Corpus, *, withhold: bool = False) -> Release:
    """Return the release in dataset/. withhold: the same without text, written to build/withheld/.

    Raises UsageError if there is none, DataFaults if it is not what the corpus gives.
    """
    import pyarrow.compute as pc
    import pyarrow.dataset as ds

    versions = read_versions(corpus.paths.dataset)
    if not versions:
        raise UsageError(f"nothing is published in {corpus.paths.dataset}", "run `parley publish`")
    check(verify(corpus).faults)
    folder = corpus.paths.dataset
    if withhold:
        folder = write_withheld(corpus, corpus.paths.build / "withheld").folder
    documents = ds.dataset(folder / "data" / "documents")
    has_text = documents.count_rows(filter=pc.utf8_length(pc.field("text")) > 0) > 0
    last = versions[-1]
    return Release(folder, read_settings(corpus).name, last["version"], last["date"], has_text)


def _refuse_public_text(release: Release, place: str, *, public_text: bool) -> None:
    """Refuse to show the articles' text to the public, unless that was said in so many words."""
    if release.has_text and not public_text:
        raise UsageError(
            f"{place} may be read by anybody, and {release.tag} has the articles' text, which is not yours",
            "publish with `parley publish --text withhold`, push to a private repository, "
            "or say --public-text if the publishers allow it",
        )


def _tag_taken(place: str, tag: str) -> DataFaults:
    return DataFaults(
        [Fault("version-reused", f"{place} > {tag}", "the tag exists there and has other files")]
    )


def push_to_hub(release: Release, repository: str, *, public_text: bool = False) -> Upload:
    """Upload a release as one commit, then set its tag.

    repository: `org/name`; created if it does not exist, private if the release has text. What an interrupted
    upload left there is found again and not sent twice; the tag comes last, so that a version that can be
    named is whole. Raises UsageError if the Hub refuses or cannot be reached, DataFaults if the tag
    has other content.
    """
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    api = HfApi(library_name="parley")
    try:
        return _push(api, release, repository, public_text=public_text)
    except OfflineModeIsEnabled:
        raise UsageError("the Hub is switched off here: HF_HUB_OFFLINE is set", "unset HF_HUB_OFFLINE")
    except HFValidationError as error:
        raise UsageError(str(error), "name the repository as org/name")
    except HfHubHTTPError as error:
        status = error.response.status_code
        raise UsageError(
            f"{api.endpoint} refused with status {status}: {error.server_message or error}",
            "log in with `hf auth login`, or set HF_TOKEN to a token that may write there",
        )
    except httpx2.HTTPError as error:
        raise UsageError(
            f"{api.endpoint} went away: {type(error).__name__}: {error}",
            "repeat the command: what has arrived is not sent again",
        )


def _push(api: HfApi, release: Release, repository: str, *, public_text: bool) -> Upload:
    api.create_repo(
        repository, repo_type="dataset", private=release.has_text and not public_text, exist_ok=True
    )
    if not api.dataset_info(repository).private:
        _refuse_public_text(release, repository, public_text=public_text)
    tags = {ref.name: ref.target_commit for ref in api.list_repo_refs(repository, repo_type="dataset").tags}
    if release.tag in tags:
        if _differs(api, release.folder, repository, release.tag):
            raise _tag_taken(repository, release.tag)
        return Upload(repository, release.tag, tags[release.tag], new=False)
    done = api.upload_folder(
        repo_id=repository,
        repo_type="dataset",
        folder_path=release.folder,
        revision=_BRANCH,
        commit_message=f"{release.name} {release.version}",
        delete_patterns="*",  # what is no longer part of the dataset goes; files that stay are not sent again
    )
    api.create_tag(repository, tag=release.tag, revision=done.oid, repo_type="dataset")
    return Upload(repository, release.tag, done.oid, new=True)


def _differs(api: HfApi, folder: Path, repository: str, revision: str) -> bool:
    from huggingface_hub import RepoFile

    there = {
        entry.path: entry.lfs.sha256 if entry.lfs else entry.blob_id
        for entry in api.list_repo_tree(repository, repo_type="dataset", revision=revision, recursive=True)
        if isinstance(entry, RepoFile) and entry.path not in _OF_THE_HUB
    }
    here = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    if there.keys() != here.keys():
        return True
    for name, mark in there.items():  # a SHA-256 in large-file storage, else the hash of a git blob
        data = here[name].read_bytes()
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False)
        if mark not in (hashlib.sha256(data).hexdigest(), blob.hexdigest()):
            return True
    return False


def push_to_remote(release: Release, remote: str, *, public_text: bool = False) -> Upload:
    """Push a release as one commit on `main` and a tag; both arrive, or neither does.

    remote: an address or a path, as `git push` takes it. The commit depends on the release and on what was
    there before only, so that a push repeated after a broken connection sends the same. Who reads a remote
    cannot be known: text needs public_text. Raises UsageError if git fails, DataFaults if the tag has
    other content.
    """
    _refuse_public_text(release, remote, public_text=public_text)
    if Path(remote).is_dir():
        remote = str(Path(remote).resolve())  # git runs in the folder of the release
    given, remote = remote, _CREDENTIALS.sub("", remote)
    with temporary_folder() as scratch:
        git = _Git(scratch, release, _instead_of(remote, given) if given != remote else {})
        git("init", "-q", "--template=", "--initial-branch", _BRANCH)
        tree = git.tree()
        known = dict(line.split("\t")[::-1] for line in git("ls-remote", "--", remote).splitlines())
        tag = f"refs/tags/{release.tag}"
        if tag in known:
            git("fetch", "-q", "--depth=1", "--", remote, tag)
            if git("rev-parse", "FETCH_HEAD^{tree}") != tree:
                raise _tag_taken(remote, release.tag)
            return Upload(remote, release.tag, git("rev-parse", "FETCH_HEAD^{commit}"), new=False)
        parents: list[str] = []
        if f"refs/heads/{_BRANCH}" in known:
            git("fetch", "-q", "--depth=1", "--", remote, f"refs/heads/{_BRANCH}")
            parents = ["-p", git("rev-parse", "FETCH_HEAD")]
        commit = git("commit-tree", tree, *parents, "-m", f"{release.name} {release.version}")
        git("tag", "-a", "--no-sign", release.tag, commit, "-m", f"{release.name} {release.version}")
        what = f"{commit}:refs/heads/{_BRANCH}", tag
        git("push", "-q", "--atomic", "--no-signed", "--no-recurse-submodules", "--", remote, *what)
        return Upload(remote, release.tag, commit, new=True)


class _Git:
    """Git in a scratch repository whose work tree is the release.

    Of the user's settings it heeds those that say how to reach a remote, and none that make another commit.
    """

    def __init__(self, scratch: Path, release: Release, environment: Mapping[str, str]) -> None:
        self._release = release
        self._folder = scratch / "git"
        author = {
            "NAME": release.name,
            "EMAIL": f"{release.name}@localhost",
            "DATE": f"{release.date}T00:00:00+00:00",
        }
        self._environment = {
            **{n: v for n, v in os.environ.items() if not n.startswith("GIT_") or n.startswith(_TRANSPORT)},
            "GIT_DIR": str(self._folder),
            "GIT_WORK_TREE": str(release.folder),
            "GIT_TERMINAL_PROMPT": "0",
            **environment,
            **{f"GIT_AUTHOR_{what}": value for what, value in author.items()},
            **{f"GIT_COMMITTER_{what}": value for what, value in author.items()},
        }

    def __call__(self, command: str, *arguments: str) -> str:
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


@contextmanager
def dataset_at(corpus: CorpusPaths | None, place: str) -> Iterator[Path]:
    """Yield the dataset folder at a place.

    place: a folder (a dataset, or a corpus that has one), a git revision of this corpus' repository, or
    `org/name@revision` on the Hub; a folder, if there is no corpus. Raises UsageError if there is none.
    """
    folder, (repository, at, revision) = Path(place), place.partition("@")
    if folder.is_dir():
        yield folder if (folder / "data").is_dir() else CorpusPaths(folder).dataset
    elif at and "/" in repository and "@{" not in place:  # that is git's, as in a/b@{1}
        yield _from_hub(repository, revision)
    elif corpus:
        with temporary_folder() as scratch:
            yield _from_git(corpus, place, scratch)


def _from_hub(repository: str, revision: str) -> Path:
    import httpx2
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        return Path(snapshot_download(repository, repo_type="dataset", revision=revision))
    except HFValidationError as error:
        raise UsageError(str(error), "name the repository and its revision as org/name@v0.1.0")
    except (LocalEntryNotFoundError, OfflineModeIsEnabled) as error:
        why = _first_line(error.__cause__ or error)
        raise UsageError(
            f"{repository}@{revision} is not on this machine, and not to be had from the Hub: {why}",
            "unset HF_HUB_OFFLINE if it is set, look at the network and the names, or name a folder",
        )
    except httpx2.HTTPError as error:  # what the Hub refuses is one too
        raise UsageError(
            f"the Hub does not give {repository}@{revision}: {_first_line(error)}",
            "look at the names of repository and revision; log in with `hf auth login` if it is private",
        )


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"


def _from_git(corpus: CorpusPaths, revision: str, scratch: Path) -> Path:
    # --end-of-options: a revision that begins with a dash is not an option
    command = ["git", "-C", str(corpus.root), "archive", "--format=tar", "--end-of-options"]
    try:
        done = subprocess.run([*command, revision, corpus.dataset.name], capture_output=True, check=False)
    except FileNotFoundError:
        raise UsageError("there is no git on this machine", "install git, or name a folder")
    if done.returncode:
        raise UsageError(
            f"{revision!r} is not a folder, a git revision with {corpus.dataset.name}/ or org/name@revision",
            "name a folder, a commit or tag, or a repository on the Hub with its revision",
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / corpus.dataset.name
