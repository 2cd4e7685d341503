"""A published version, wherever it stands: a folder, a git revision, a repository on the Hub."""

from __future__ import annotations

import contextlib
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from parley.corpus import Corpus
from parley.faults import UsageError


@contextlib.contextmanager
def dataset_at(corpus: Corpus, place: str) -> Iterator[Path]:
    """Yield the dataset folder at a place.

    place: a folder (a dataset, or a corpus that holds one), a git revision of this corpus' repository, or
    `org/name@revision` on the Hub. Raises UsageError where there is none.
    """
    folder = Path(place)
    if folder.is_dir():
        yield folder if (folder / "data").is_dir() else folder / corpus.dataset.name
    elif "@" in place and "/" in place.partition("@")[0]:
        repository, _, revision = place.partition("@")
        from huggingface_hub import snapshot_download

        yield Path(snapshot_download(repository, repo_type="dataset", revision=revision))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            yield _from_git(corpus, place, Path(scratch))


def _from_git(corpus: Corpus, revision: str, scratch: Path) -> Path:
    # --end-of-options: a revision that begins with a dash is no option
    command = [
        "git",
        "-C",
        str(corpus.root),
        "archive",
        "--format=tar",
        "--end-of-options",
        revision,
        corpus.dataset.name,
    ]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise UsageError(
            f"{revision!r} is no folder, no git revision with {corpus.dataset.name}/, no org/name@revision",
            "name a folder, a commit or tag, or a repository on the Hub with its revision",
        )
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / corpus.dataset.name
