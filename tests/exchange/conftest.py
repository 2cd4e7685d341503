"""Exports that several tests look at, each made once."""

import pytest
from exchanged import sources

from parley.exchange.export import export
from parley.runtime.engine import Cores


@pytest.fixture(scope="session")
def exported(tmp_path_factory):
    """Return what gives the folder and the account of a source's export, by its name and the format's."""
    done = {}

    def of(name, format):
        if (name, format) not in done:
            out = tmp_path_factory.mktemp(f"{name}-{format}") / "out"
            done[name, format] = out, export(sources()[name], format, out, Cores(1))
        return done[name, format]

    return of
