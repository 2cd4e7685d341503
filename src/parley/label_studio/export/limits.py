"""How large an export may be, and how a call raises that."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from parley.faults import UsageError

_DEEPEST = 10_000  # what a stack of 8 MB has room for
_UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}


@dataclass(frozen=True)
class Limits:
    """How large an export may be, so that none uses up the machine that reads it.

    file, plain: bytes of the file as it is, and unpacked. task: bytes of one. string: characters. depth:
    values one inside the other.
    """

    file: int = 100 * 10**9
    plain: int = 100 * 10**9
    task: int = 50 * 10**6
    string: int = 10 * 10**6
    depth: int = 1000

    def with_options(self, options: Iterable[str]) -> Limits:
        """Return limits with some changed, `task=200MB` each; raises UsageError if one is unknown."""
        limits = self
        names = [field.name for field in fields(self)]
        for option in options:
            found = re.fullmatch(r"(\w+)=(\d+) ?([kmg]?b?)", option.strip(), re.IGNORECASE)
            if not found or found[1] not in names or found[3].lower() not in _UNITS:
                raise UsageError(
                    f"--limit {option} names no limit", f"write NAME=SIZE, as task=200MB; names: {names}"
                )
            limits = replace(limits, **{found[1]: int(found[2]) * _UNITS[found[3].lower()]})
        if limits.depth > _DEEPEST:
            raise UsageError("no stack is as deep as --limit depth", f"give {_DEEPEST} or less")
        return limits

    def exceeded(self, name: str, what: str) -> UsageError:
        """Return the error to raise if something is larger than the limit of this name."""
        limit = getattr(self, name)
        raised = f"--limit {name}={2 * limit if name == 'depth' else f'{2 * limit // 10**6}MB'}"
        return UsageError(
            f"{what} is more than the limit of {limit:,}",
            f"if the export is to be trusted, raise it: {raised}",
        )


LIMITS = Limits()
