"""The cleaning rules: what is cut from a raw article, each with its reason, read from cleaning.toml."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import Literal

import msgspec

from parley.faults import Fault, check

RuleKind = Literal["drop-line", "drop-tail", "headline", "metadata", "unwrap", "trim"]
Field = Literal["", "title", "publisher", "published"]

# Which settings a kind of rule must have; it may have no other.
_SETTINGS: dict[str, frozenset[str]] = {
    "drop-line": frozenset({"pattern"}),
    "drop-tail": frozenset({"pattern"}),
    "headline": frozenset(),
    "metadata": frozenset({"pattern", "field"}),
    "unwrap": frozenset({"paragraph_end"}),
    "trim": frozenset(),
}
_DATE_GROUPS = frozenset({"year", "month", "day"})


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """A cleaning rule; rules work in file order, each on what the ones before it left.

    kind: `drop-line` cuts every line that `pattern` matches in full; `drop-tail` cuts from the first such
    line to the end; `headline` takes the first line as the title and cuts it with its repetitions right
    below; `metadata` cuts the first match of `pattern` and takes its group `value` as `field` (or for
    `published` the groups year, month, day and, if given, hour, minute, half); `unwrap` turns a line
    break into a space unless `paragraph_end` is found in the line before it or either line is blank;
    `trim` cuts white space at both ends.
    docs: the documents it is for; empty, for all.
    """

    name: str
    kind: RuleKind
    reason: str
    pattern: str = ""
    field: Field = ""
    paragraph_end: str = ""
    docs: tuple[str, ...] = ()

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The compiled pattern; `^` and `$` match at every line."""
        return re.compile(self.pattern or self.paragraph_end, re.MULTILINE)


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a corpus in the order they work. months: names for reading dates, January first."""

    rule: tuple[Rule, ...] = ()
    months: tuple[str, ...] = ()

    def of(self, doc_id: str) -> Iterator[Rule]:
        """Yield the rules that are for a document."""
        return (rule for rule in self.rule if not rule.docs or doc_id in rule.docs)


def decode_rules(data: bytes, file: str = "seeds/cleaning.toml") -> Rules:
    """Return the rules in the bytes of cleaning.toml. file: its name in faults.

    Raises DataFaults naming every rule that cannot work.
    """
    try:
        rules = msgspec.convert(tomllib.loads(data.decode()), Rules)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        problems = [("", str(error))]
    else:
        problems = list(_problems(rules))
    check(Fault("cleaning-malformed", f"{file}{place}", what, file) for place, what in problems)
    return rules


def _problems(rules: Rules) -> Iterator[tuple[str, str]]:
    for name, times in Counter(rule.name for rule in rules.rule).items():
        if times > 1:
            yield f" > rule({name})", f"the name is given {times} times"
    if len(rules.months) not in (0, 12):
        yield " > months", f"a year has 12 months, not {len(rules.months)}"
    for rule in rules.rule:
        for what in _rule_problems(rule):
            yield f" > rule({rule.name})", what


def _rule_problems(rule: Rule) -> Iterator[str]:
    if not rule.name or not rule.reason:
        yield "a rule has a name and a reason"
    given = {setting for setting in ("pattern", "field", "paragraph_end") if getattr(rule, setting)}
    wanted = _SETTINGS[rule.kind]
    yield from (f"a {rule.kind} rule needs {setting}" for setting in sorted(wanted - given))
    yield from (f"a {rule.kind} rule has no {setting}" for setting in sorted(given - wanted))
    try:
        groups = set(rule.regex.groupindex)
    except re.error as error:
        yield f"the pattern is no regular expression: {error}"
        return
    if rule.kind == "metadata" and "value" not in groups:
        if rule.field != "published":
            yield "the pattern of a metadata rule has a group (?P<value>…)"
        elif not groups >= _DATE_GROUPS:
            yield "the pattern of a date has a group (?P<value>…), or groups year, month and day"
