"""A TOML file that people keep by hand, changed statement by statement: comments and layout stay."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from parley.runtime.schema import toml_string

_HEADER = re.compile(r"\s*\[{1,2}([\w.-]+)\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"""\s*([\w-]+)\s*=""")
_LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'')


@dataclass
class Line:
    """A statement, or what is between: key is "" and value None then. raw: its text, with the line's end."""

    raw: str
    key: str = ""
    value: Any = None

    def set(self, value: Any) -> None:  # noqa: ANN401 - whatever TOML has
        """Give the statement another value; as much of its layout as there is room for stays."""
        if value == self.value:
            return
        old, new = _texts(self.value), _texts(value)
        found = list(_LITERAL.finditer(self.raw))
        if (
            type(value) is type(self.value)
            and len(old) == len(new) == len(found)
            and _keys(value) == _keys(self.value)
        ):
            self.raw = _substituted(self.raw, found, old, new)
        else:
            indent = self.raw[: len(self.raw) - len(self.raw.lstrip())]
            self.raw = f"{indent}{self.key} = {rendered(value)}\n"
        self.value = value

    def replace(self, change: Callable[[str], str]) -> None:
        """Change the words of the statement."""
        changed = change(self.raw)
        if changed != self.raw:
            self.raw, self.value = changed, next(iter(tomllib.loads(changed).values()))


@dataclass
class Block:
    """A table. header: its name, "" for what is before the first; lines: the header's own among them."""

    header: str
    lines: list[Line] = field(default_factory=list)

    def line(self, key: str) -> Line | None:
        """Return the statement of a key."""
        return next((line for line in self.lines if line.key == key), None)

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever TOML has
        """Return the value of a key."""
        line = self.line(key)
        return default if line is None else line.value

    def set(self, key: str, value: Any) -> None:  # noqa: ANN401 - whatever TOML has
        """Give a key another value; one that is not there comes after the last."""
        line = self.line(key)
        if line is None:
            last = max(number for number, line in enumerate(self.lines) if line.raw.strip())
            self.lines.insert(last + 1, Line(f"{key} = {rendered(value)}\n", key, value))
        else:
            line.set(value)

    def drop(self, key: str) -> None:
        """Take a statement away."""
        self.lines = [line for line in self.lines if line.key != key]

    def copy(self) -> Block:
        """Return a copy without the comments after it."""
        own, _ = self.parted()
        return Block(self.header, [Line(line.raw, line.key, line.value) for line in own])

    def parted(self) -> tuple[list[Line], list[Line]]:
        """Return the lines up to the last statement and the blank one after it, and the others."""
        last = max(
            (n for n, line in enumerate(self.lines) if line.key or _HEADER.fullmatch(line.raw.rstrip())),
            default=-1,
        )
        if last + 1 < len(self.lines) and not self.lines[last + 1].raw.strip():
            last += 1
        return self.lines[: last + 1], self.lines[last + 1 :]


def read_blocks(text: str) -> list[Block]:
    """Return the tables of a TOML file in order. Raises tomllib.TOMLDecodeError if it is none."""
    tomllib.loads(text)
    blocks = [Block("")]
    waiting = ""
    for raw in text.splitlines(keepends=True):
        waiting += raw
        found = _KEY.match(waiting)
        if found is None:
            header = _HEADER.fullmatch(raw.rstrip())
            if header:
                blocks.append(Block(header[1]))
            blocks[-1].lines.append(Line(raw))
            waiting = ""
            continue
        try:
            said = tomllib.loads(waiting)
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        blocks[-1].lines.append(Line(waiting, *next(iter(said.items()))))
        waiting = ""
    return blocks


def text_of(blocks: list[Block]) -> str:
    """Return the file of some tables."""
    return "".join(line.raw for block in blocks for line in block.lines)


def removed(blocks: list[Block], gone: list[Block]) -> list[Block]:
    """Return blocks without some; the comments after one stay, for the next."""
    kept: list[Block] = []
    names = {id(block) for block in gone}
    for block in blocks:
        if id(block) in names:
            kept[-1].lines += block.parted()[1]
        else:
            kept.append(block)
    return kept


def rendered(value: Any) -> str:  # noqa: ANN401 - whatever TOML has
    """Return a value as TOML on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {rendered(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(rendered, value))}]"
    return toml_string(value) if isinstance(value, str) else json.dumps(value)


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - whatever TOML has
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def _keys(value: Any) -> list[str]:  # noqa: ANN401 - whatever TOML has
    return list(value) if isinstance(value, dict) else []


def _substituted(raw: str, found: list[re.Match[str]], old: list[str], new: list[str]) -> str:
    for match, before, after in reversed(list(zip(found, old, new, strict=True))):
        if before != after:
            raw = raw[: match.start()] + rendered(after) + raw[match.end() :]
    return raw
