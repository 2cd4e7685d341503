"""A release goes out and comes back: pushed with git, read by `load_dataset` from a Hub-like server."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import httpx
import pytest

from command_for_tests import call
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, UsageError
from parley.model.paths import CorpusPaths
from parley.release.remote import Release, Upload, push_to_remote, release_of
from releases_for_tests import build_release

REPOSITORY = "harbour-office/harbour"


@pytest.fixture
def corpus(published_harbour: CorpusPaths) -> CorpusPaths:
    return published_harbour


def next_version(corpus: CorpusPaths) -> None:
    path = corpus.root / "release.toml"
    text = path.read_text().replace('labels = "ada"', 'labels = "bo"').replace('"0.1.0"', '"0.2.0"')
    path.write_text(text)
    build_release(corpus)


def git(*arguments: str | Path) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """Return an empty bare repository, where a server of datasets looks for it."""
    path = tmp_path / "served" / "datasets" / REPOSITORY
    git("init", "-q", "--bare", "--initial-branch=main", path)
    return path


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """Yield the address of a server that gives local repositories out the way the Hub does."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = tmp_path / "server.toml"
    config.write_text(
        f'[basic]\nhost = "127.0.0.1"\nport = {port}\nrepos-path = "{tmp_path / "cache"}"\n'
        f'mirrors-path = ["{tmp_path / "served"}"]\n'
        f'mirror-netloc = "127.0.0.1:{port}"\nmirror-scheme = "http"\n'
        "[accessibility]\noffline = true\n"
    )
    log = (tmp_path / "server.log").open("w")
    command = [
        sys.executable,
        "-m",
        "olah.server",
        "--config",
        str(config),
        "--log-path",
        str(tmp_path / "l"),
    ]
    server = subprocess.Popen(
        command, stdout=log, stderr=subprocess.STDOUT, cwd=tmp_path, start_new_session=True
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                httpx.get(url, trust_env=False)
                break
            except httpx.HTTPError:
                assert server.poll() is None, (tmp_path / "server.log").read_text()
                time.sleep(0.1)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)
        log.close()


READER = """
import datasets, sys
datasets.disable_progress_bars()
found = datasets.load_dataset(sys.argv[1], "spans", revision=sys.argv[2])
print(sorted((row["id"], row["start"], row["end"], row["text"]) for split in found.values() for row in split))
"""


def read(hub: str, revision: str, home: Path, reader: str = READER) -> list[tuple[str, int, int, str]]:
    """Return the spans that a reader with an empty cache gets from the server."""
    surroundings = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    surroundings |= {"HF_ENDPOINT": hub, "HF_HOME": str(home / revision), "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "-c", reader, REPOSITORY, revision]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return eval(done.stdout)  # noqa: S307 - printed by the lines above


def own(corpus: CorpusPaths, tmp_path: Path) -> list[tuple[str, int, int, str]]:
    from parley.release.data.files import load

    found = load(corpus.dataset, "spans", tmp_path / "own")
    return sorted((r["id"], r["start"], r["end"], r["text"]) for split in found.values() for r in split)


def test_each_version_is_read_by_its_tag(corpus: CorpusPaths, remote: Path, hub: str, tmp_path: Path) -> None:
    """`load_dataset("org/name", revision="v…")` gives that version while a newer one exists."""
    first = own(corpus, tmp_path / "first")
    push_to_remote(release_of(Corpus(corpus)), str(remote), public_text=True)
    next_version(corpus)
    second = own(corpus, tmp_path / "second")
    push_to_remote(release_of(Corpus(corpus)), str(remote), public_text=True)
    assert first != second
    assert read(hub, "v0.1.0", tmp_path) == first
    assert read(hub, "v0.2.0", tmp_path) == second
    assert read(hub, "main", tmp_path) == second


TABLES = """
import datetime, sys
import duckdb, polars
from huggingface_hub import HfFileSystem

class Dated(HfFileSystem):
    def modified(self, path):
        return datetime.datetime(2031, 6, 1)  # duckdb asks, and this server does not tell

address = f"hf://datasets/{sys.argv[1]}@{sys.argv[2]}/data/spans/*.parquet"
hub = Dated()
columns = ["id", "start", "end", "text", "label"]
files = [hub.open(path) for path in hub.glob(address)]
by_polars = polars.concat([polars.read_parquet(file) for file in files]).select(columns).rows()
with duckdb.connect() as connection:
    connection.register_filesystem(hub)
    select = 'SELECT id, start, "end", text, label FROM read_parquet(?)'
    by_duckdb = connection.execute(select, [address]).fetchall()
assert sorted(by_polars) == sorted(by_duckdb)
assert {row[0].split("-")[0] for row in by_duckdb} == {row[4] for row in by_duckdb}
print(sorted(row[:4] for row in by_duckdb))
"""


def test_polars_and_duckdb_read_it_by_its_address(
    corpus: CorpusPaths, remote: Path, hub: str, tmp_path: Path
) -> None:
    """`hf://` through the Hub's file system, labels as words; their own readers know one host alone."""
    push_to_remote(release_of(Corpus(corpus)), str(remote), public_text=True)
    assert read(hub, "v0.1.0", tmp_path, TABLES) == own(corpus, tmp_path)


def ship(corpus: CorpusPaths, remote: Path) -> Upload:
    return push_to_remote(release_of(Corpus(corpus)), str(remote), public_text=True)


def test_what_arrives_is_the_folder_byte_for_byte(corpus: CorpusPaths, remote: Path, tmp_path: Path) -> None:
    """One commit a version, and every file as it is in dataset/; a second push sends nothing."""
    done = ship(corpus, remote)
    git("clone", "-q", "--branch", "v0.1.0", remote, tmp_path / "clone")
    files = sorted(p.relative_to(corpus.dataset) for p in corpus.dataset.rglob("*") if p.is_file())
    assert files == sorted(Path(p) for p in git("-C", tmp_path / "clone", "ls-files").splitlines())
    assert all((tmp_path / "clone" / p).read_bytes() == (corpus.dataset / p).read_bytes() for p in files)
    assert ship(corpus, remote) == Upload(done.place, done.tag, done.revision, new=False)
    next_version(corpus)
    ship(corpus, remote)
    assert git("-C", remote, "rev-list", "--count", "main") == "2"


@pytest.fixture
def small(tmp_path: Path) -> Release:
    """Return a folder as a release: what git may be tempted to change is in it."""
    folder = tmp_path / "small"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_bytes(b"one\r\ntwo\r\n$Id$\n")
    (folder / "data" / "x.parquet").write_bytes(b"PAR1\r\nabc")
    return Release(folder, "small", "0.1.0", "2031-06-01", has_text=False)


CONFIG = """
[tag]
    gpgSign = true
    forceSignAnnotated = true
[push]
    gpgSign = true
[gpg]
    program = /bin/false
[core]
    attributesFile = {home}/attributes
    autocrlf = true
    hooksPath = {home}/hooks
[init]
    templateDir = {home}/template
[filter "loud"]
    clean = tr a-z A-Z
    required = true
[i18n]
    commitEncoding = ISO-8859-1
"""


def test_no_setting_of_the_user_changes_what_arrives(
    small: Release, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signing, line ends, filters, hooks and a repository that a hook works in: the commit is the same."""
    plain = push_to_remote(small, str(remote))
    home, other = tmp_path / "home", tmp_path / "other.git"
    for folder in (home / "hooks", home / "template" / "hooks"):
        folder.mkdir(parents=True)
        (folder / "pre-push").write_text("#!/bin/sh\nexit 1\n")
        (folder / "pre-push").chmod(0o755)
    (home / "gitconfig").write_text(CONFIG.format(home=home))
    (home / "attributes").write_text("* text=auto filter=loud ident\n")
    git("init", "-q", "--bare", "--initial-branch=main", other)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home / "gitconfig"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(home / "index"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(home / "objects"))
    monkeypatch.setenv("GIT_NAMESPACE", "elsewhere")
    assert push_to_remote(small, str(other)).revision == plain.revision
    monkeypatch.undo()
    for name in ("README.md", "data/x.parquet"):
        command = ["git", "-C", str(other), "cat-file", "blob", f"v0.1.0:{name}"]
        assert (
            subprocess.run(command, capture_output=True, check=True).stdout
            == (small.folder / name).read_bytes()
        )
    assert git("-C", other, "cat-file", "-p", "v0.1.0") == git("-C", remote, "cat-file", "-p", "v0.1.0")
    assert not (home / "objects").exists()


def test_a_path_is_meant_from_where_one_is(
    small: Release, remote: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is not looked for in the folder of the release."""
    monkeypatch.chdir(remote.parent)
    assert push_to_remote(small, remote.name).new
    monkeypatch.chdir(small.folder / "data")
    assert not push_to_remote(small, os.path.relpath(remote)).new
    assert git("-C", remote, "ls-tree", "-r", "--name-only", "v0.1.0") == "README.md\ndata/x.parquet"


def test_a_token_in_an_address_is_used_and_never_shown(
    small: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reaches the remote, in no argument of a process, and is in no message."""
    met: list[str] = []
    run = subprocess.run

    def recorded(arguments: list[str], **options: object) -> object:
        met.extend(map(str, arguments))
        return run(arguments, **options)

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Authorization", ""))
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Be silent."""

    heard: list[str] = []
    monkeypatch.setattr(subprocess, "run", recorded)
    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        with pytest.raises(UsageError) as refused:
            push_to_remote(small, f"http://ada:hf_secret@127.0.0.1:{server.server_port}/x.git")
        server.shutdown()
        thread.join()
    assert f"Basic {base64.b64encode(b'ada:hf_secret').decode()}" in heard
    assert "127.0.0.1" in str(refused.value)
    assert "hf_secret" not in str(refused.value) + repr(refused.value) + " ".join(met)


def test_the_remedy_fits_what_failed(small: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what speaks to the remote sends one to look there."""
    with pytest.raises(UsageError, match=r"ls-remote failed(.|\n)*address"):
        push_to_remote(small, str(tmp_path / "nowhere"))
    with monkeypatch.context() as surroundings:
        surroundings.setenv("GIT_CONFIG_COUNT", "many")
        with pytest.raises(UsageError, match=r"init failed(.|\n)*nothing was sent"):
            push_to_remote(small, str(tmp_path / "nowhere"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="no git on this machine"):
        push_to_remote(small, str(tmp_path / "nowhere"))


def test_a_tag_with_other_content_is_refused(corpus: CorpusPaths, remote: Path, tmp_path: Path) -> None:
    """A version that is out cannot be another one; nothing on the remote changes."""
    ship(corpus, remote)
    before = git("-C", remote, "for-each-ref")
    shutil.rmtree(corpus.dataset)  # a corpus that has forgotten what it published
    path = corpus.root / "release.toml"
    path.write_text(path.read_text().replace('labels = "ada"', 'labels = "bo"'))
    build_release(corpus)
    with pytest.raises(DataFaults, match="version-reused"):
        ship(corpus, remote)
    assert git("-C", remote, "for-each-ref") == before


def test_a_push_that_broke_off_is_repeated(corpus: CorpusPaths, remote: Path) -> None:
    """The remote takes commit and tag together or neither, and the second push is the first one's commit."""
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\nprintf 'no \\351 here\\n' >&2; kill -9 $PPID\n")  # in no UTF-8
    hook.chmod(0o755)
    with pytest.raises(UsageError, match="repeat the command"):
        ship(corpus, remote)
    assert git("-C", remote, "for-each-ref") == ""
    hook.unlink()
    done = ship(corpus, remote)
    assert git("-C", remote, "rev-parse", "main") == git("-C", remote, "rev-parse", "v0.1.0^{commit}")
    assert done.new
    assert done.revision == git("-C", remote, "rev-parse", "main")


def test_text_is_not_shown_to_the_public_unasked(
    corpus: CorpusPaths, remote: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --public-text nothing leaves; with it the step says where it is now."""
    step = ("push-to-hub", "--root", corpus.root, "--remote")
    assert call(*step, remote) == 2
    assert "--public-text" in capsys.readouterr().err
    assert git("-C", remote, "for-each-ref") == ""
    elsewhere = tmp_path / "without.git"
    git("init", "-q", "--bare", elsewhere)
    assert call(*step, elsewhere, "--text", "withhold") == 0
    assert "data/fingerprints/" in git("-C", elsewhere, "ls-tree", "-r", "--name-only", "v0.1.0")
    capsys.readouterr()
    assert call(*step, remote, "--public-text") == 0
    assert capsys.readouterr().out.startswith(f"pushed: {remote} v0.1.0")


def test_a_damaged_release_stays_here(corpus: CorpusPaths, remote: Path) -> None:
    """What is not what the corpus gives is not shipped."""
    path = corpus.dataset / "README.md"
    path.write_text(path.read_text() + "\nmore\n")
    with pytest.raises(DataFaults):
        ship(corpus, remote)
