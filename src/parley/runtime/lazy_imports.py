"""Import a library without what it imports and seldom uses."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType
from typing import Any

UNUSED_BY_SCIPY = ("numpy.f2py", "numpy.testing")  # what it looks at in numpy, a third of its import


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Defer the import of modules, while the context lasts, to the first use of what is in them.

    names: full names, `scipy.stats`. The module is there at once and loads itself when an attribute of it is
    read, by importlib's own LazyLoader. A module that is loaded already, or not installed, is left alone.
    """

    class Deferring:
        @staticmethod
        def find_spec(
            name: str, path: Sequence[str] | None, target: ModuleType | None = None
        ) -> ModuleSpec | None:
            spec = PathFinder.find_spec(name, path, target) if name in names else None
            if spec and spec.loader:
                spec.loader = LazyLoader(spec.loader)
            return spec

    sys.meta_path.insert(0, Deferring)
    try:
        yield
    finally:
        sys.meta_path.remove(Deferring)


@contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Import, while the context lasts, as if libraries were not installed that are loaded so far by nobody.

    For an extra that a library takes in where it finds it, used or not. What is hidden here stays unknown to
    the modules imported meanwhile: who uses the extra imports it first.
    """
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type] # None: importing it is an ImportError
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


@contextmanager
def without(module: str, function: str) -> Iterator[None]:
    """Import, while the context lasts, as if a module had one function alone, which refuses to be called.

    For what a library imports by name and we never use. A module that is loaded already is left alone.
    """

    def refuse(*_: object, **__: object) -> None:
        raise ImportError(f"{module}.{function} was left out when the library was imported", name=module)

    if module in sys.modules:
        yield
        return
    sys.modules[module] = stub = ModuleType(module)
    setattr(stub, function, refuse)
    try:
        yield
    finally:
        del sys.modules[module]


def load_spacy() -> Any:  # noqa: ANN401 - untyped library
    """Import spaCy and return it, without its command line, a third of the import."""
    with without("spacy.cli.info", "info"):
        import spacy
    return spacy
