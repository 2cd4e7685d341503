"""The tables in validation/README.md of what catches what; run as a program this module writes them."""

from __future__ import annotations

import sys
from pathlib import Path

import folder_mutations  # noqa: F401 - fills the catalogue
import mutations  # noqa: F401 - fills the catalogue
import release_mutations  # noqa: F401 - fills the catalogue
from damage_catalogue import CATALOGUE

from parley.model.ontology_file import read_ontology
from parley.runtime.files import write_whole
from parley.runtime.markdown import fill, table
from parley.validation.suites import suites

README = Path(__file__).resolve().parents[2] / "validation" / "README.md"
SCHEME = README.parents[1] / "tests" / "harbour" / "annotation" / "ontology.toml"  # what is damaged has it


def readme() -> str:
    """Return validation/README.md with the table that the catalogue gives."""
    table_of = {
        expectation["meta"]["fault"]: f"expectations/{name}.json"
        for name, asked in suites(read_ontology(SCHEME)).items()
        for expectation in asked
    }
    rows = [
        (m.area, m.name, f"`{m.code}`", table_of.get(m.code, "reading"), ", ".join(sorted(m.follows)))
        for m in sorted(CATALOGUE, key=lambda one: (one.area, one.name))
    ]
    header = ("where", "damage", "caught as", "by", "may bring with it")
    blocks = {"mutations": table(header, rows), "exports": _exports()}
    return fill(README.read_text(encoding="utf-8"), blocks, "validation/README.md")


def _exports() -> str:
    """Return the table of what becomes of each kind of foreign export."""
    from export_kinds import KINDS

    rows = [
        (
            name,
            " ".join(kind.options),
            str(kind.status),
            ", ".join(f"`{code}`" for code in dict.fromkeys(kind.codes)),
            str(len(kind.spans)) if kind.status < 2 else "nothing",
        )
        for name, kind in KINDS.items()
    ]
    return table(("export", "options", "exit", "named as", "spans written"), rows)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).resolve().parents[1] / "label_studio" / "foreign"))
    write_whole(README, readme().encode())
