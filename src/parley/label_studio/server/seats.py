"""Seats: each annotator of a corpus has a local Label Studio server that no other account reaches.

The free edition shows every account every project, and parts of it across organizations too. What nobody else
may see is therefore on a server of its own, with a data folder (on PostgreSQL: a database) of its own. Seats
are copied from a template whose tables are created once, which takes a minute.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from parley.faults import UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import (
    LabelStudioServer,
    Secrets,
    data_folder,
    database_variables,
    program,
    running_server,
    server_environment,
)
from parley.label_studio.server.projects import log_in
from parley.model.paths import CorpusPaths
from parley.runtime.files import write_whole

_DATABASE_FILE = "label_studio.sqlite3"
_LONGEST = 63  # bytes of a database's name
_LAY_S = 600.0

# Run by the server's own Python, which has the driver: creates a database as a copy of an empty one.
_COPY_DATABASE = """
import os, psycopg2
from psycopg2 import sql
names = os.environ["PARLEY_TEMPLATE"], os.environ["PARLEY_SEAT"]
keys = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT", "dbname": "NAME"}
link = {key: os.environ["POSTGRE_" + name] for key, name in keys.items()}
with psycopg2.connect(**link) as template, template.cursor() as cursor:
    cursor.execute("select count(*) from htx_user")
    if cursor.fetchone()[0]:
        raise SystemExit("accounts")
template.close()
server = psycopg2.connect(**{**link, "dbname": "postgres"})
server.autocommit = True
cursor = server.cursor()
cursor.execute("select 1 from pg_database where datname = %s", names[1:])
if not cursor.fetchone():
    new, old = (sql.Identifier(name) for name in reversed(names))
    cursor.execute(sql.SQL("create database {} template {}").format(new, old))
"""


class Seats:
    """The servers of a corpus, by annotator; a context manager that ends its connections.

    folder: has a folder a seat. database: `postgresql://…` of an empty database that serves as the template;
    a seat's is named after it and the annotator. "" for SQLite.
    """

    def __init__(self, folder: Path, database: str = "") -> None:
        self.folder = folder
        self.database = database
        self._connected: dict[str, Studio] = {}
        self._accounts: dict[str, Studio] = {}  # as the annotators themselves

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for studio in (*self._connected.values(), *self._accounts.values()):
            studio.__exit__()

    def data(self, name: str) -> Path:
        """Return the data folder of a seat."""
        return self.folder / "seats" / name

    def is_laid(self, name: str) -> bool:
        """Say whether a seat was there before."""
        return self.secrets(name).path.is_file()

    def server(self, name: str, port: int = 0) -> LabelStudioServer:
        """Return the server of a seat, not started; its tables are created at the first call.

        Raises UsageError if they cannot be.
        """
        data = self.data(name)
        if self.database:
            self._copy_database(name)
        elif not (data / _DATABASE_FILE).is_file():
            template = self.folder / "template"
            if not (template / "laid").is_file():
                create_tables(template)
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(data / _DATABASE_FILE, (template / _DATABASE_FILE).read_bytes(), mode=0o600)
        return LabelStudioServer(data, port=port, database=self._database_of(name))

    def running(self, names: Iterable[str]) -> list[str]:
        """Return the names, of some, whose server runs. Raises UsageError if none does."""
        found = [name for name in names if running_server(self.data(name))]
        if not found:
            raise UsageError(
                "no Label Studio server runs for this corpus",
                "start one with `parley annotate`, or set LABEL_STUDIO_URL and LABEL_STUDIO_API_KEY",
            )
        return found

    def seat(self, name: str) -> Studio:
        """Return the connection to an annotator's server. Raises UsageError if it does not run."""
        if name not in self._connected:
            running = running_server(self.data(name))
            if running is None:
                raise UsageError(
                    f"the Label Studio server of {name} does not run",
                    f"start it with `parley annotate --annotators {name}`",
                )
            token = self.secrets(name).read()["admin"]["token"]
            self._connected[name] = Studio(running[0], token)
        return self._connected[name]

    def account(self, name: str) -> Studio:
        """Return the connection to an annotator's server as the annotator's own account.

        Raises UsageError if the server does not run, or the account is not there.
        """
        if name not in self._accounts:
            studio, accounts = self.seat(name), self.secrets(name).read()
            if name not in accounts:
                cause = f"{name} has no account at {studio.url}"
                raise UsageError(cause, f"make it with `parley annotate --annotators {name}`")
            self._accounts[name] = log_in(studio.url, accounts[name])
        return self._accounts[name]

    def secrets(self, name: str) -> Secrets:
        """Return the secrets of a seat."""
        return Secrets(self.data(name) / "secrets.json")

    def people(self, name: str) -> dict[str, str]:
        """Return whose work may be on a seat, by the server's number: the annotator's own, and imports."""
        own = {Secrets.email(name), self.secrets(name).read()["admin"]["email"]}
        return {str(number): name for number, email in self.seat(name).users().items() if email in own}

    def _database_of(self, name: str) -> str:
        """Return the address of a seat's database."""
        if not self.database:
            return ""
        database_variables(self.database)  # refuses what is not an address, and shows nothing of it
        parts = urlsplit(self.database)
        path = f"{parts.path.rstrip('/')}_{name}"
        if len(path.encode()) > _LONGEST:
            raise UsageError(f"the database of {name} has a name that is too long", "shorten the database's")
        return urlunsplit(parts._replace(path=path))

    def _copy_database(self, name: str) -> None:
        """Create the database of a seat as a copy of the template, unless it is there."""
        variables = database_variables(self.database)
        seat = database_variables(self._database_of(name))["POSTGRE_NAME"]
        place = "\n".join(variables[f"POSTGRE_{key}"] for key in ("HOST", "PORT", "NAME"))
        template = self.folder / f"template-{hashlib.sha256(place.encode()).hexdigest()[:8]}"
        if not (template / "laid").is_file():
            create_tables(template, self.database)
        done = subprocess.run(
            [program().with_name("python"), "-c", _COPY_DATABASE],
            env={
                **os.environ,
                **variables,
                "PARLEY_TEMPLATE": variables["POSTGRE_NAME"],
                "PARLEY_SEAT": seat,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode and done.stderr.strip() == "accounts":
            raise UsageError(
                "the database has accounts: a copy of it would show one annotator's work to all",
                "name an empty database with --database",
            )
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.strip()][-1:]
            raise UsageError(
                f"the database of {name} cannot be created",
                "name a role that may create databases, and a database that nothing else is connected to",
                [line.replace(variables["POSTGRE_PASSWORD"] or "\0", "…") for line in said],
            )


def create_tables(folder: Path, database: str = "") -> None:
    """Lay Label Studio's tables, without any account, in a folder or database. Raises UsageError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    done = subprocess.run(
        [program(), "version"],  # lays the tables before it says anything
        env=server_environment(folder, database),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        timeout=_LAY_S,
        umask=0o077,
    )
    if done.returncode:
        said = (done.stderr or done.stdout).splitlines()[-8:]
        secret = urlsplit(database).password or "\0"
        shown = [line.replace(secret, "…") for line in said]
        raise UsageError("Label Studio cannot lay its tables", "look at what it said", shown)
    (folder / "laid").touch()


Desk: TypeAlias = "Studio | Seats"


def connect(corpus: CorpusPaths, environ: Mapping[str, str] = os.environ) -> Desk:
    """Return the server that the environment names, else the local seats of a corpus.

    Raises UsageError if the environment names half of it.
    """
    url, token = environ.get("LABEL_STUDIO_URL", ""), environ.get("LABEL_STUDIO_API_KEY", "")
    if url and token:
        return Studio(url, token)
    if url or token:
        missing = "LABEL_STUDIO_API_KEY" if url else "LABEL_STUDIO_URL"
        remedy = "set both to use a server of your own, or none for the local ones"
        raise UsageError(f"{missing} is not set", remedy)
    return Seats(data_folder(corpus))
