"""The catalogue of damage: what is done to a good corpus, and the fault that must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from parley.model.paths import CorpusPaths


class NotThere(Exception):
    """A corpus offers nothing to damage in this way."""


@dataclass(frozen=True)
class Mutation:
    """One kind of damage: where it is done, what it is, the code that catches it, the codes that follow."""

    area: str
    name: str
    code: str
    follows: frozenset[str]
    damage: Callable[[CorpusPaths], str]


CATALOGUE: list[Mutation] = []


def mutation(
    area: str, name: str, code: str, *follows: str
) -> Callable[[Callable[[CorpusPaths], str]], None]:
    """Add the damage that a function does to the catalogue."""

    def add(damage: Callable[[CorpusPaths], str]) -> None:
        CATALOGUE.append(Mutation(area, name, code, frozenset(follows), damage))

    return add
