"""Push a release to the Hub, or to a server that speaks its API, through huggingface_hub."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from parley.faults import UsageError
from parley.release.upload.release import BRANCH, Pushed, Release, refuse_public_text, tag_taken

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_OWN = {".gitattributes"}  # what the Hub itself puts into a repository


def push_to_hub(release: Release, repository: str, *, public_text: bool = False) -> Pushed:
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


def _push(api: HfApi, release: Release, repository: str, *, public_text: bool) -> Pushed:
    api.create_repo(
        repository, repo_type="dataset", private=release.has_text and not public_text, exist_ok=True
    )
    if not api.dataset_info(repository).private:
        refuse_public_text(release, repository, public_text=public_text)
    tags = {ref.name: ref.target_commit for ref in api.list_repo_refs(repository, repo_type="dataset").tags}
    if release.tag in tags:
        if _differs(api, release.folder, repository, release.tag):
            raise tag_taken(repository, release.tag)
        return Pushed(repository, release.tag, tags[release.tag], new=False)
    done = api.upload_folder(
        repo_id=repository,
        repo_type="dataset",
        folder_path=release.folder,
        revision=BRANCH,
        commit_message=f"{release.name} {release.version}",
        delete_patterns="*",  # what is no longer part of the dataset goes; files that stay are not sent again
    )
    api.create_tag(repository, tag=release.tag, revision=done.oid, repo_type="dataset")
    return Pushed(repository, release.tag, done.oid, new=True)


def _differs(api: HfApi, folder: Path, repository: str, revision: str) -> bool:
    """Say whether the files of a revision are others than those of a folder."""
    from huggingface_hub import RepoFile

    there = {
        entry.path: entry.lfs.sha256 if entry.lfs else entry.blob_id
        for entry in api.list_repo_tree(repository, repo_type="dataset", revision=revision, recursive=True)
        if isinstance(entry, RepoFile) and entry.path not in _OWN
    }
    here = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    return there.keys() != here.keys() or any(
        mark not in _marks(here[name].read_bytes()) for name, mark in there.items()
    )


def _marks(data: bytes) -> tuple[str, str]:
    """Return what names a file's content on the Hub: its SHA-256 in large-file storage, else its git blob."""
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
    return hashlib.sha256(data).hexdigest(), blob
