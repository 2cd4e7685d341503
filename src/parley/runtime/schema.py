"""TOML files that people keep: decoded, refused with all that is wrong at once, and explained, by one struct.

A struct says it all: a field's name, kind, legal values, whether it must be there, and what it means:
`Annotated[KIND, "What it means."]`.
"""

from __future__ import annotations

import difflib
import json
import re
import textwrap
import tomllib
from collections.abc import Iterator
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import inspect

from parley.faults import DataFaults, Fault, check

Item = TypeVar("Item")
Problem = tuple[str, str]  # the place in the file, and what is wrong there

_WIDTH, _INDENT = 88, 4
_KEYS = ("name", "part", "relation", "of")  # what tells one table of a list from the others
_PLAIN: dict[type, tuple[type | tuple[type, ...], str]] = {  # TOML's kinds, as they are read and called
    inspect.StrType: (str, "text"),
    inspect.BoolType: (bool, "true or false"),
    inspect.IntType: (int, "a whole number"),
    inspect.FloatType: ((int, float), "a number"),
}


def decode_toml(data: bytes, kind: type[Item], code: str, file: str, name: str = "") -> Item:
    """Return what a TOML file says, as a struct.

    code, file: of faults. name: of the file in their places, if not `file`. Raises DataFaults with all that
    is wrong: every field that there is not, with the nearest that there is, every one that is missing, every
    value of another kind.
    """
    name = name or file
    try:
        found = tomllib.loads(data.decode())
    except RecursionError:
        raise DataFaults([Fault(code, name, "values are nested too deep", file)])
    except ValueError as error:
        raise DataFaults([Fault(code, name, str(error), file)])
    problems = list(_problems(found, inspect.type_info(kind), ""))
    check(Fault(code, f"{name} > {place}" if place else name, what, file) for place, what in problems)
    try:
        return msgspec.convert(found, kind)
    except (msgspec.ValidationError, RecursionError) as error:  # nothing that the structs of today can have
        raise DataFaults([Fault(code, name, str(error), file)])


def toml_string(text: str) -> str:
    """Return a text as a string of TOML, which is one of JSON but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _problems(value: Any, kind: inspect.Type, place: str) -> Iterator[Problem]:  # noqa: ANN401 - of TOML
    kind, examples = _unwrapped(kind)
    if isinstance(kind, inspect.StructType):
        yield from _struct_problems(value, kind, place)
    elif isinstance(kind, inspect.VarTupleType | inspect.TupleType):
        yield from _list_problems(value, kind, place)
    elif isinstance(kind, inspect.DictType):
        if isinstance(value, dict):
            for key, item in value.items():
                yield from _problems(item, kind.value_type, f"{place} > {key}")
        else:
            yield place, f"{_shown(value)} is not a table"
    elif isinstance(kind, inspect.UnionType):
        if all(list(_problems(value, one, place)) for one in kind.types):
            yield place, f"{_shown(value)} is not {_called(kind)}"
    elif isinstance(kind, inspect.LiteralType):
        if value not in kind.values:
            legal = [str(one) for one in kind.values if one != ""]
            yield place, f"{_shown(value)} is not legal{_nearest(str(value), legal)}"
    elif type(kind) in _PLAIN:
        yield from _plain_problems(value, kind, place, examples)


def _list_problems(
    value: Any,  # noqa: ANN401 - of TOML
    kind: inspect.VarTupleType | inspect.TupleType,
    place: str,
) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield place, f"{_shown(value)} is not a list"
    elif isinstance(kind, inspect.TupleType):
        if len(value) != len(kind.item_types):
            yield place, f"{_shown(value)} is not a list of {len(kind.item_types)}"
        for item, of in zip(value, kind.item_types, strict=False):
            yield from _problems(item, of, place)
    else:
        if kind.min_length and len(value) < kind.min_length:
            yield place, "it is empty"
        for number, item in enumerate(value, 1):
            yield from _problems(item, kind.item_type, _item_place(place, number, item))


def _struct_problems(value: Any, kind: inspect.StructType, place: str) -> Iterator[Problem]:  # noqa: ANN401
    if not isinstance(value, dict):
        yield place, f"{_shown(value)} is not a table"
        return
    legal = {field.encode_name: field for field in kind.fields}
    before = f"{place} > " if place else ""
    for name in value:
        if name not in legal:
            yield f"{before}{name}", f"there is no such field{_nearest(name, list(legal))}"
    for name, field in legal.items():
        if name in value:
            yield from _problems(value[name], field.type, f"{before}{name}")
        elif field.required:
            yield f"{before}{name}", f"the field is missing: {_called(field.type)}"


def _plain_problems(
    value: Any,  # noqa: ANN401 - of TOML
    kind: inspect.Type,
    place: str,
    examples: list[str],
) -> Iterator[Problem]:
    types, called = _PLAIN[type(kind)]
    truth = isinstance(value, bool) and not isinstance(kind, inspect.BoolType)
    if truth or not isinstance(value, types):
        yield place, f"{_shown(value)} is not {called}"
    elif isinstance(kind, inspect.StrType) and kind.pattern and not re.search(kind.pattern, str(value)):
        yield place, f"{_shown(value)} is not of the form of {' or '.join(examples) or kind.pattern}"


def _item_place(place: str, number: int, item: object) -> str:
    """Return the place of a table in a list, by its name, else by its number from 1."""
    if not isinstance(item, dict):
        return place
    named = next((item[key] for key in _KEYS if isinstance(item.get(key), str) and item[key]), None)
    return f"{place}({named or number})"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _WIDTH // 2 else f"{text[: _WIDTH // 2]}…"


def _nearest(name: str, legal: list[str]) -> str:
    """Return what there is instead, the nearest first."""
    near = difflib.get_close_matches(name, legal, n=1)
    return (f"; did you mean {near[0]!r}?" if near else ";") + f" there are {', '.join(legal)}"


def _unwrapped(kind: inspect.Type) -> tuple[inspect.Type, list[str]]:
    """Return a type without what is said about it and without null, which TOML lacks; and its examples."""
    examples: list[str] = []
    while isinstance(kind, inspect.Metadata):
        examples = (kind.extra_json_schema or {}).get("examples", examples)
        kind = kind.type
    if isinstance(kind, inspect.UnionType):
        some = tuple(one for one in kind.types if not isinstance(one, inspect.NoneType))
        return (some[0], examples) if len(some) == 1 else (inspect.UnionType(some), examples)
    return kind, examples


def _is_tables(kind: inspect.Type) -> bool:
    kind, _ = _unwrapped(kind)
    return isinstance(kind, inspect.VarTupleType) and isinstance(
        _unwrapped(kind.item_type)[0], inspect.StructType
    )


# ---- the reference -----------------------------------------------------------------------------------------


def reference(kind: type, file: str) -> str:
    """Return what a file may have, as plain text: each field with its kind, legal values and meaning.

    Raises ValueError if a field says nothing about itself: then the struct is to be mended.
    """
    struct = inspect.type_info(kind)
    assert isinstance(struct, inspect.StructType)  # noqa: S101 - what this is called with
    lines = [file, "", *_wrapped(_first_paragraph(struct.cls), 0), ""]
    return "\n".join([*lines, *_reference(struct, "", ())]).rstrip() + "\n"


def _reference(struct: inspect.StructType, path: str, above: tuple[type, ...]) -> list[str]:
    lines: list[str] = []
    below: list[str] = []
    for field in struct.fields:
        name, inner = field.encode_name, _struct_of(field.type)
        if inner and inner.cls not in above:
            dotted = f"{path}.{name}" if path else name
            tables = _is_tables(field.type)
            head = f"[[{dotted}]]" if tables else f"[{dotted}]"
            often = "as often as there are" if tables else "once"
            below += ["", f"{head}   {often}{'' if not field.required else ', at least one'}"]
            below += _wrapped(_description(field, struct), _INDENT)
            below += ["", *_reference(inner, dotted, (*above, inner.cls))]
        else:
            state = "required" if field.required else _default(field)
            lines.append(f"{name}   {_called(field.type)}{f'; {state}' if state else ''}")
            lines += _wrapped(_description(field, struct), _INDENT)
    return lines + below


def _struct_of(kind: inspect.Type) -> inspect.StructType | None:
    kind, _ = _unwrapped(kind)
    if isinstance(kind, inspect.VarTupleType):
        kind, _ = _unwrapped(kind.item_type)
    return kind if isinstance(kind, inspect.StructType) else None


def _called(kind: inspect.Type) -> str:
    """Return what a kind of value is called."""
    kind, examples = _unwrapped(kind)
    called = _PLAIN[type(kind)][1] if type(kind) in _PLAIN else "any value"
    if isinstance(kind, inspect.LiteralType):
        called = "one of " + ", ".join(str(value) for value in kind.values if value != "")
    elif isinstance(kind, inspect.VarTupleType):
        inner = re.sub(r"^a (\w+)", r"\1s", _called(kind.item_type))
        called = f"a list of {inner}"
    elif isinstance(kind, inspect.TupleType):
        called = f"a list of {len(kind.item_types)} texts"
    elif isinstance(kind, inspect.DictType):
        called = f"a table, name = {_called(kind.value_type)}"
    elif isinstance(kind, inspect.UnionType):
        called = " or ".join(map(_called, kind.types))
    elif isinstance(kind, inspect.StructType):
        called = "a table"
    return f"{called} such as {' or '.join(examples)}" if examples else called


def _default(field: inspect.Field) -> str:
    value = field.default
    if value in ((), "", None, False, msgspec.NODEFAULT) or isinstance(value, msgspec.Struct):
        return ""
    shown = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value).lower()
    return f"default {shown}"


def _description(field: inspect.Field, struct: inspect.StructType) -> str:
    said = get_args(get_type_hints(struct.cls, include_extras=True)[field.name])
    words = [one for one in said if isinstance(one, str)]
    if not words:
        raise ValueError(f"{struct.cls.__name__}.{field.name} has no description")
    return words[0]


def _first_paragraph(struct: type) -> str:
    return " ".join((struct.__doc__ or "").split("\n\n")[0].split())


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * indent)
