"""Write the map of the source in src/parley/README.md; `--help` says more."""

import ast
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from parley.cli.main import run
from parley.faults import UsageError
from parley.runtime.files import write_whole
from parley.runtime.markdown import fill, table

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "src" / "parley"
README = PACKAGE / "README.md"


def mapped() -> str:
    """Return src/parley/README.md with its map as the modules' docstrings give it."""
    modules = []
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name != "__init__.py":
            name = path.relative_to(PACKAGE).as_posix()
            purpose = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            modules.append([f"[{name}]({name})", purpose.split("\n")[0]])
    # a table escapes what would be a link
    blocks = {"modules": table(["module", "what it is"], modules).replace("\\](", "](")}
    return fill(README.read_text(encoding="utf-8"), blocks, "src/parley/README.md")


def source_map(
    *, check: Annotated[bool, Parameter(help="write nothing; fail if it is stale")] = False
) -> None:
    """Write the map of the source: a line a module, from its docstring.

    Reads src/parley/, writes the generated block of src/parley/README.md.

    Exit status: 0 done, 2 the map is stale (with --check).
    """
    made = mapped()
    if made == README.read_text(encoding="utf-8"):
        print("the map is up to date")
    elif check:
        raise UsageError("src/parley/README.md is not what the modules give", "run `scripts/source_map.py`")
    else:
        write_whole(README, made.encode())
        print("wrote src/parley/README.md")


if __name__ == "__main__":
    run(source_map)
