"""The table in validation/README.md of what catches what; run as a program this module writes it."""

from __future__ import annotations

from pathlib import Path

import mutations  # noqa: F401 - fills the catalogue
import release_mutations  # noqa: F401 - fills the catalogue
from damage_catalogue import CATALOGUE

from parley.model.ontology import read_ontology
from parley.runtime.files import write_whole
from parley.runtime.markdown import fill, table
from parley.validation.suites import suites

README = Path(__file__).resolve().parents[2] / "validation" / "README.md"


def readme() -> str:
    """Return validation/README.md with the table that the catalogue gives."""
    table_of = {
        expectation["meta"]["fault"]: f"expectations/{name}.json"
        for name, asked in suites(read_ontology(README.parents[1] / "annotation" / "ontology.toml")).items()
        for expectation in asked
    }
    rows = [
        (m.area, m.name, f"`{m.code}`", table_of.get(m.code, "reading"), ", ".join(sorted(m.follows)))
        for m in CATALOGUE
    ]
    header = ("where", "damage", "caught as", "by", "may bring with it")
    return fill(
        README.read_text(encoding="utf-8"), {"mutations": table(header, rows)}, "validation/README.md"
    )


if __name__ == "__main__":
    write_whole(README, readme().encode())
