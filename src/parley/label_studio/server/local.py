"""A local Label Studio server: where it is installed and keeps its data; how it starts, is found and stops.

Its pins clash with Parley's, so it has an environment of its own. It is on loopback, with sign-up closed,
analytics and calls to the outside off. Passwords and tokens travel in the server's environment and in files
of mode 0600; no argument of a process and no log has one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole

HOST = "127.0.0.1"
ADMIN = "admin@parley.localhost"
_SCRIPT = Path(__file__).with_name("labelling")
# In this order; the first tells of each.
_PARTS = "editor", "labels", "values", "relations", "instructions", "connection", "adjudication"
# Read by the server's Python as it starts, from the server's data: every page gets the script.
_SERVE_SCRIPT = """\
import pathlib
from django.core.handlers.base import BaseHandler

SCRIPT = b"<script>" + pathlib.Path(__file__).with_name("labelling.js").read_bytes() + b"</script></body>"
answer = BaseHandler.get_response


def get_response(handler, request):
    response = answer(handler, request)
    page = not response.streaming and response.get("Content-Type", "").startswith("text/html")
    if page and SCRIPT not in response.content:  # the server asks its handler more than once
        response.content = response.content.replace(b"</body>", SCRIPT, 1)
        if "Content-Length" in response:
            response["Content-Length"] = len(response.content)
    return response


BaseHandler.get_response = get_response
"""
REQUIREMENTS = Path(__file__).with_name("requirements.lock")
START_S = 180.0  # seconds: the first start lays the database's tables
_STOP_S = 15.0
_BELOW = Path("bin", "label-studio")  # of an environment

# Variables that the server reads; each keeps it on this machine or closes it to strangers.
_QUIET = {
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true",  # one token for scripts, made by us and kept by the owner
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "FEATURE_FLAGS_OFFLINE": "true",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "ALLOWED_HOSTS": "127.0.0.1,localhost",
    "CORS_ALLOW_ALL_ORIGINS": "false",
    "LOCAL_FILES_SERVING_ENABLED": "false",
    "DEBUG": "false",
    "PYTHONUNBUFFERED": "1",
}


def home(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that has the server's environment and, outside a checkout, its data.

    It is the one that PARLEY_HOME names, else .label-studio of the checkout that Parley runs from, else
    Parley's folder among the user's data.
    """
    if environ.get("PARLEY_HOME"):
        return Path(environ["PARLEY_HOME"]).expanduser().resolve()
    checkout = _checkout()
    if checkout:
        return checkout / ".label-studio"
    from platformdirs import user_data_path

    return user_data_path("parley", appauthor=False)


def program(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the `label-studio` program; PARLEY_LABEL_STUDIO names one that is installed elsewhere.

    Raises UsageError if it is not installed.
    """
    found = Path(environ.get("PARLEY_LABEL_STUDIO") or home(environ) / "venv" / _BELOW)
    if not found.is_file():
        raise UsageError(f"Label Studio is not installed at {found}", "run `parley setup-label-studio`")
    return found


def data_folder(corpus: CorpusPaths, environ: Mapping[str, str] = os.environ) -> Path:
    """Return where the server of a corpus keeps its database, its secrets and its log.

    Below the corpus in a checkout, whose version control ignores it; else below `home`, so that no password
    is in a folder that people share.
    """
    if _checkout() and not environ.get("PARLEY_HOME"):
        return corpus.root / ".label-studio" / "data"
    key = hashlib.sha256(os.fsencode(corpus.root)).hexdigest()[:8]
    return home(environ) / "data" / f"{corpus.root.name}-{key}"


def install(say: Callable[[str], None], environ: Mapping[str, str] = os.environ) -> Path:
    """Install the server unless it is there, and return its program.

    Raises UsageError if the environment cannot be made, with what pip said last.
    """
    folder = home(environ) / "venv"
    pinned = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    ready = folder / ".ready"
    if ready.is_file() and ready.read_text(encoding="utf-8").strip() in {"", pinned}:  # "": made by make
        return program(environ)
    say(f"installing Label Studio in {folder} (some minutes) …")
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    python = str((folder / _BELOW).with_name("python"))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [*pip, "--requirement", str(REQUIREMENTS)],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = "\n".join((done.stderr or done.stdout).splitlines()[-6:])
            raise UsageError(
                f"Label Studio cannot be installed:\n{last}",
                "look at the network and the free space, then repeat",
            )
    ready.write_text(pinned, encoding="utf-8")
    return program(environ)


def _checkout() -> Path | None:
    """Return the checkout that this module is part of, None if it is installed from a wheel."""
    folder = Path(__file__).resolve().parents[4]
    return folder if (folder / "Makefile").is_file() and (folder / "src" / "parley").is_dir() else None


@dataclass(frozen=True)
class Secrets:
    """The secrets of one data folder, created once and kept: starting again finds all as it was."""

    path: Path

    def read(self) -> dict[str, dict[str, str]]:
        """Return all secrets by account; the account `admin` has a token too."""
        if not self.path.is_file():
            password, token = secrets.token_urlsafe(18), secrets.token_hex(20)
            self._write({"admin": {"email": ADMIN, "password": password, "token": token}})
        accounts: dict[str, dict[str, str]] = json.loads(self.path.read_text(encoding="utf-8"))
        return accounts

    @staticmethod
    def email(name: str) -> str:
        """Return the address an annotator logs in with, in small letters as the server keeps it.

        No mail is ever sent to it.
        """
        return f"{name.lower()}@parley.localhost"

    def account(self, name: str) -> dict[str, str]:
        """Return email and password of an annotator's account, created at the first call."""
        accounts = self.read()
        if name not in accounts:
            accounts[name] = {"email": self.email(name), "password": secrets.token_urlsafe(12)}
            self._write(accounts)
        return accounts[name]

    def _write(self, accounts: Mapping[str, Mapping[str, str]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self.path, (json.dumps(accounts, indent=1, sort_keys=True) + "\n").encode(), mode=0o600)


class LabelStudioServer:
    """A running server; a context manager that stops it.

    data: its folder. port: a TCP port on loopback; 0 takes a free one. database: `postgresql://…` to use
    PostgreSQL instead of SQLite.
    """

    def __init__(self, data: Path, *, port: int = 0, database: str = "") -> None:
        self.data = data.resolve()
        self.port = port
        self.database = database
        self.secrets = Secrets(self.data / "secrets.json")
        self.log = self.data / "server.log"
        self._state = self.data / "server.json"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, without a trailing slash."""
        return f"http://{HOST}:{self.port}"

    @property
    def token(self) -> str:
        """The administrator's token, for scripts."""
        return self.secrets.read()["admin"]["token"]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises UsageError if one runs already, the port is taken, the program is missing, or it dies or
        hangs while starting; the message ends with what it logged last.
        """
        running = running_server(self.data)
        if running:
            url, pid = running
            raise UsageError(
                f"Label Studio runs already at {url} (process {pid}) on {self.data}",
                "use it, or stop it first",
            )
        label_studio = program()
        self.port = free_port(self.port)
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.data.chmod(0o700)
        served = self.data / "served"
        served.mkdir(exist_ok=True)
        write_whole(served / "sitecustomize.py", _SERVE_SCRIPT.encode())
        parts = b"".join((_SCRIPT / f"{part}.js").read_bytes() for part in _PARTS)
        write_whole(served / "labelling.js", parts)
        with self.log.open("ab") as log:
            self.log.chmod(0o600)
            self._process = subprocess.Popen(
                [label_studio, "start", "--no-browser", "--internal-host", HOST, "--port", str(self.port)],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.data,
                start_new_session=True,  # its own group: a Ctrl-C is ours to pass on, and children go with it
                umask=0o077,
            )
        try:
            self._await_health(time.monotonic() + START_S)
            state = json.dumps({"url": self.url, "pid": self._process.pid})
            write_whole(self._state, state.encode(), mode=0o600)
        except BaseException:
            self.stop()
            raise

    def ended(self) -> int | None:
        """Return the exit status of a server that ended by itself, None while it runs."""
        return self._process.poll() if self._process else 0

    def stop(self) -> None:
        """Stop the server: ask it, wait, then insist. Nothing happens if it does not run."""
        process, self._process = self._process, None
        if process is None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                os.killpg(process.pid, sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(_STOP_S)
        self._state.unlink(missing_ok=True)

    def _environment(self) -> dict[str, str]:
        admin = self.secrets.read()["admin"]
        return {
            **server_environment(self.data, self.database),
            "PYTHONPATH": str(self.data / "served"),
            "LABEL_STUDIO_HOST": self.url,
            "LABEL_STUDIO_USERNAME": admin["email"],
            "LABEL_STUDIO_PASSWORD": admin["password"],
            "LABEL_STUDIO_USER_TOKEN": admin["token"],
        }

    def _await_health(self, deadline: float) -> None:
        while True:
            ended = self._process is None or self._process.poll() is not None
            if not ended and _healthy(self.url):
                return
            if ended or time.monotonic() > deadline:
                break
            time.sleep(0.2)
        text = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
        for secret in [urlsplit(self.database).password, *self.secrets.read()["admin"].values()]:
            text = text.replace(secret, "…") if secret and secret != ADMIN else text
        what = "ended while it started" if ended else f"does not answer at {self.url}"
        raise UsageError(f"Label Studio {what}", f"read its log, {self.log}", text.splitlines())


def server_environment(data: Path, database: str) -> dict[str, str]:
    """Return the variables of a process of Label Studio. Raises as `database_variables`."""
    foreign = ("LABEL_STUDIO_", "POSTGRE_", "DJANGO_", "SECRET_KEY")  # one key would open each seat to all
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        **_QUIET,
        "LABEL_STUDIO_BASE_DATA_DIR": str(data),
        **database_variables(database),
    }


def running_server(data: Path) -> tuple[str, int] | None:
    """Return address and process id of the server that runs on a data folder, None if none does.

    The state file of a server that was killed is recognised: its process is gone, or does not answer.
    """
    try:
        said = json.loads((data / "server.json").read_text(encoding="utf-8"))
        url, pid = str(said["url"]), int(said["pid"])
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError, PermissionError, ValueError, KeyError, TypeError):
        return None
    return (url, pid) if _healthy(url) else None


def free_port(port: int) -> int:
    """Return a free port: the one asked for, or any. The server itself would take the next one unasked."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            cause = f"port {port} of {HOST} cannot be used: {error.strerror}"
            raise UsageError(cause, "name another with --port")
        return int(probe.getsockname()[1])


def _healthy(url: str) -> bool:
    import httpx

    try:
        return httpx.get(f"{url}/health", timeout=5.0, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def database_variables(database: str) -> dict[str, str]:
    """Return the variables that make the server use a database, SQLite if none is named.

    Raises UsageError for an address that is not of PostgreSQL, and shows nothing of it: a password may be
    anywhere in it.
    """
    if not database:
        return {"DJANGO_DB": "sqlite"}
    with contextlib.suppress(ValueError):  # a port or a bracket, if a password has `:`, `/` or `[`
        parts = urlsplit(database)
        if parts.scheme in ("postgresql", "postgres") and parts.hostname and parts.path.strip("/"):
            return {
                "DJANGO_DB": "default",
                "POSTGRE_USER": unquote(parts.username or "postgres"),
                "POSTGRE_PASSWORD": unquote(parts.password or ""),
                "POSTGRE_NAME": unquote(parts.path.strip("/")),
                "POSTGRE_HOST": parts.hostname,
                "POSTGRE_PORT": str(parts.port or 5432),
            }
    raise UsageError(
        "the database is not an address of PostgreSQL",
        "write postgresql:// and then user:password@host:port/name; in a password %2F for /, %23 for #, "
        "%3F for ?, %40 for @, %3A for :, %5B for [",
    )
