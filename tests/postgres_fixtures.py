"""A real PostgreSQL for tests: initdb in a temporary folder, loopback, a free port, stopped afterwards."""

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from parley.label_studio.server.local import HOST, free_port
from requirements_for_tests import postgresql_programs, skip_or_fail


@pytest.fixture
def postgresql(postgresql_server: str) -> str:
    """Return the address of an empty database, `postgresql://…`."""
    import psycopg

    name = f"parley_{secrets.token_hex(4)}"
    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute(f"create database {name}")
    return f"{postgresql_server.rpartition('/')[0]}/{name}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """Yield the address of a server, `postgresql://…`."""
    programs = postgresql_programs()
    folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))  # not below pytest's, which is root's alone
    as_owner = _as_server_owner(folder)
    password = secrets.token_urlsafe(12)
    (folder / "password").write_text(password)
    (folder / "password").chmod(0o644)
    port = free_port(0)
    data = folder / "data"

    def run(*command: str | Path) -> None:
        subprocess.run([*as_owner, *command], check=True, capture_output=True, cwd=folder, timeout=120)

    try:
        options = ["-U", "parley", "--auth=scram-sha-256", "--no-sync", "-E", "UTF8"]
        run(programs / "initdb", "-D", data, *options, f"--pwfile={folder / 'password'}")
        settings = f"-c listen_addresses={HOST} -c port={port} -c unix_socket_directories= -c fsync=off"
        run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", settings, "start")
        try:
            yield f"postgresql://parley:{password}@{HOST}:{port}/postgres"
        finally:
            run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_server_owner(folder: Path) -> list[str]:
    """Return the words in front of a command that run it as somebody PostgreSQL accepts: anyone but root."""
    if os.getuid() != 0:
        return []
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        skip_or_fail("PostgreSQL refuses root, and there is no user `postgres` to run it as")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
