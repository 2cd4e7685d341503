"""Several ids as one value: a group's members, as a JSON array in canonical form.

Sorted by code point, none twice, no blanks: `["RUS","UKR"]`. One id is an array too, so that a reader knows
from the attribute what to expect. A label file holds the array; everywhere else it is the
array's text, which two annotators have alike if they name the same members.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache


def several(ids: Iterable[str]) -> str:
    """Return ids as one value.

    >>> several(["UKR", "RUS", "UKR"])
    '["RUS","UKR"]'
    """
    return json.dumps(sorted(set(ids)), ensure_ascii=False, separators=(",", ":"))


def members(value: str) -> list[str]:
    """Return the ids of a value; of one that is not an array the value itself."""
    return [*(_array(value) or (value,))]


def sole(value: str) -> str:
    """Return the one id of a value, "" where it is a group.

    >>> sole('["RUS"]'), sole("RUS"), sole('["RUS","UKR"]')
    ('RUS', 'RUS', '')
    """
    ids = members(value)
    return ids[0] if len(ids) == 1 else ""


def is_several(value: str) -> bool:
    """Say whether a value is an array of ids in canonical form."""
    ids = _array(value)
    return ids is not None and value == several(ids)


@lru_cache(1 << 12)
def is_array(value: str) -> bool:
    """Say whether a value is the text of a JSON array of texts as `several` writes it, in whatever order."""
    ids = _array(value)
    return ids is not None and value == json.dumps(ids, ensure_ascii=False, separators=(",", ":"))


@lru_cache(1 << 12)  # few values, each of many spans
def _array(value: str) -> tuple[str, ...] | None:
    """Return the texts of a JSON array, None if it is none or has none."""
    if not value.startswith('["'):
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return tuple(found) if all(isinstance(one, str) for one in found) else None
