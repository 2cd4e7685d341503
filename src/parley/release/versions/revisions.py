"""A published version, wherever it is: a folder, a git revision, a repository on the Hub."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.runtime.files import temporary_folder


@contextlib.contextmanager
def dataset_at(corpus: CorpusPaths, place: str) -> Iterator[Path]:
    """Yield the dataset folder at a place.

    place: a folder (a dataset, or a corpus that has one), a git revision of this corpus' repository, or
    `org/name@revision` on the Hub. Raises UsageError if there is none.
    """
    folder, (repository, at, revision) = Path(place), place.partition("@")
    if folder.is_dir():
        yield folder if (folder / "data").is_dir() else folder / corpus.dataset.name
    elif at and "/" in repository and "@{" not in place:  # that is git's, as in a/b@{1}
        yield _from_hub(repository, revision)
    else:
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
    # --end-of-options: a revision that begins with a dash is no option
    command = ["git", "-C", str(corpus.root), "archive", "--format=tar", "--end-of-options"]
    try:
        done = subprocess.run([*command, revision, corpus.dataset.name], capture_output=True, check=False)
    except FileNotFoundError:
        raise UsageError("there is no git on this machine", "install git, or name a folder")
    if done.returncode:
        raise UsageError(
            f"{revision!r} is no folder, no git revision with {corpus.dataset.name}/, no org/name@revision",
            "name a folder, a commit or tag, or a repository on the Hub with its revision",
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / corpus.dataset.name
