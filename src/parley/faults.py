"""Faults as data: a stable code, the place, what is wrong and what to do next.

A fault is something wrong with the *data* (exit status 1). Something wrong with the call or its
surroundings is a `UsageError` (exit status 2). All faults of a run are gathered before it fails.
"""

from __future__ import annotations

import errno
import json
import os
import pkgutil
import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote


@dataclass(frozen=True)
class FaultKind:
    """What one code means, as faults.toml says it. waivable: whether a maintainer may accept the fault."""

    code: str
    title: str
    remedy: str
    waivable: bool


_TABLES = tomllib.loads((pkgutil.get_data("parley", "faults.toml") or b"").decode())
KINDS = {
    code: FaultKind(code, title, remedy, code in _TABLES["waivable"])
    for kinds in _TABLES["kinds"].values()
    for code, (title, remedy) in kinds.items()
}


@dataclass(frozen=True, order=True)
class Fault:
    """One thing wrong with the data.

    place: from the outside in, `002_… > PER-63-69 "Umerov" 63:69`. file: relative to the corpus folder, ""
    if the fault is not in one file.
    """

    code: str
    place: str
    message: str
    file: str = ""

    def __post_init__(self) -> None:
        """Refuse a code that no one can look up."""
        if self.code not in KINDS:
            raise KeyError(f"fault code {self.code!r} is not declared in faults.toml")

    @property
    def remedy(self) -> str:
        """What to do next."""
        return as_called(KINDS[self.code].remedy)

    @property
    def address(self) -> str:
        """Where the explorer's page shows the label, `#DOC_ID/ID`; "" if the place names no label.

        >>> Fault("span-surface", '002_a > ada > PER-63-69 "Umerov" 63:69', "").address
        '#002_a/PER-63-69'
        """
        article, _, rest = self.place.partition(" > ")
        found = _LABEL.search(rest)
        return f"#{quote(article)}/{quote(found[0])}" if found else ""


class DataFaults(Exception):
    """The data has faults; carries all of them, sorted and without repeats."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(set(faults), key=lambda f: (f.file, f.place, f.code, f.message))
        super().__init__("\n".join(as_text(self.faults)))

    def __reduce__(self) -> tuple[type[DataFaults], tuple[list[Fault]]]:
        """Tell pickle how: it crosses from one process to another."""
        return DataFaults, (self.faults,)


class UsageError(Exception):
    """The call or its surroundings are wrong: what happened, then what to try next.

    details: lines of another program's output, shown below the cause.
    """

    def __init__(self, cause: str, remedy: str, details: Sequence[str] = ()) -> None:
        self.cause, self.remedy, self.details = cause, remedy, tuple(details)
        lines = [visible(cause), *(f"    | {visible(line)}" for line in details), f"  try: {visible(remedy)}"]
        super().__init__(as_called("\n".join(lines)))

    def __reduce__(self) -> tuple[type[UsageError], tuple[str, str, tuple[str, ...]]]:
        """Tell pickle how: it crosses from one process to another."""
        return UsageError, (self.cause, self.remedy, self.details)


CALLED_BY = "PARLEY_CALLED_BY"  # "make" in a checkout, where steps are targets of make and scripts/
ELSEWHERE = "make elsewhere"  # or this, if they work on a corpus outside it, which has neither


def as_called(message: str) -> str:
    """Return a message with its commands as the user types them.

    Messages spell a command `` `parley STEP OPTIONS` `` and the installation of an extra
    `` `pip install 'parley-corpus[EXTRA]'` ``. In a checkout they become `` `make STEP` ``, a script with
    options, and `` `make setup` ``; for a corpus outside it the steps stay.
    """
    caller = os.environ.get(CALLED_BY)
    if caller not in {"make", ELSEWHERE}:
        return message

    def step(found: re.Match[str]) -> str:
        name, options = found.groups()
        script = name.replace("-", "_")
        return f"`.venv/bin/python scripts/{script}.py{options}`" if options else f"`make {name}`"

    if caller == "make":
        message = re.sub(r"`parley ([a-z-]+)([^`]*)`", step, message)
    message = message.replace("`pip install 'parley-corpus[spark]'`", "`make setup-spark`")
    return re.sub(r"`pip install 'parley-corpus\[[a-z-]+\]'`", "`make setup`", message)


_MORE_MEMORY = "close other programs, or use fewer processes: --processes 1"
_REMEDIES = {  # for errors of the machine, whatever file they happen at
    errno.ENOSPC: "free some space on that disk (for temporary files TMPDIR names another) and repeat",
    errno.EDQUOT: "free some space within your quota and repeat the command",
    errno.EFBIG: "raise the limit of a file's size: `ulimit -f unlimited`",
    errno.EACCES: "give yourself the rights to that file or folder",
    errno.EPERM: "give yourself the rights to that file or folder",
    errno.EROFS: "choose a folder that can be written to",
    errno.ENOMEM: _MORE_MEMORY,
    errno.EMFILE: "raise the limit of open files: `ulimit -n 4096`",
}
# of a library or a thread that cannot be started, of C++
_NO_MEMORY = re.compile(
    r"failed to map segment|cannot allocate memory|(start new|launch worker) thread|bad_alloc", re.IGNORECASE
)


def machine_error(error: BaseException | None) -> UsageError | None:
    """Return a lack of rights, room, memory or the like as a misuse; None for any other error.

    Such an error is not a fault of the file at which it happens. Libraries wrap it: the causes of
    an error are looked at too.
    """
    while error is not None:
        if isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)):
            return UsageError("there is not enough memory", _MORE_MEMORY)
        if isinstance(error, OSError) and error.errno in _REMEDIES:
            return UsageError(str(error), _REMEDIES[error.errno])
        if isinstance(error, OSError) and "Not enough disk space" in str(
            error
        ):  # `datasets` looks for itself
            return UsageError(str(error), _REMEDIES[errno.ENOSPC])
        error = error.__cause__ or error.__context__
    return None


_LEAST_MEMORY = 1_000_000_000  # bytes of addresses: below, C and C++ libraries abort while they are loaded


def check_memory() -> None:
    """Raise UsageError if a process may have so little memory that libraries would end it without a word."""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit not in (resource.RLIM_INFINITY, -1) and limit < _LEAST_MEMORY:
        what = f"a process may have {limit // 10**6} MB of memory here, Parley's libraries need 1,000 or more"
        raise UsageError(what, "raise the limit: `ulimit -v unlimited`, or that of the batch system")


def check_machine(error: BaseException) -> None:
    """Raise UsageError if an error is of the machine: its file is not at fault (`machine_error`)."""
    misuse = machine_error(error)
    if misuse:
        raise misuse


def check(faults: Iterable[Fault]) -> None:
    """Raise `DataFaults` if there is any fault."""
    gathered = list(faults)
    if gathered:
        raise DataFaults(gathered)


# control characters, separators of lines, Unicode's Bidi_Control, halves of surrogate pairs
_OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
# before the host of an address, be there a slash in the password; in its query; in the header of a request
_CREDENTIALS = re.compile(
    r"(?<=://)(?:[^/\s]*|[^\s/:]{1,99}:\S{0,300})(?=@)"
    r"|(?<=[?&])([\w.-]{0,40}(?:token|key|secret|passw(?:or)?d|signature)[\w.-]{0,40}=)[^&#\s'\"]+"
    r"|\b(authorization['\"]?: {0,9}['\"]?(?:token|bearer|basic) {1,9})[^\s'\"]+",
    re.IGNORECASE,
)


def visible(text: str) -> str:
    """Return a text as it may be shown: one line, no credentials, nothing that a terminal would obey.

    Places and messages quote what others wrote: control characters could forge lines of a log, bidirectional
    formatting could hide words; they become escapes. `https://user:token@host?key=x` becomes
    `https://…@host?key=…`.
    """
    hidden = _CREDENTIALS.sub(lambda found: f"{found[1] or found[2] or ''}…", text)
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], hidden)


def control_character(text: str) -> str:
    """Return the first character that neither XML 1.0 nor a terminal takes as text, `U+001B`; "" if none."""
    found = _CONTROL.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def as_text(faults: Iterable[Fault]) -> list[str]:
    """Render faults for people, two lines each: the first names the file too, if the place does not.

    >>> print(*as_text([Fault("span-empty", "d > X-1-1", "at 1", "annotation/labels/ada/d.json")]))
    span-empty  d > X-1-1  in annotation/labels/ada/d.json
        at 1; remove it, or give it an extent
    """

    def where(fault: Fault) -> str:
        return "" if fault.file in fault.place else f"  in {visible(fault.file)}"

    return [f"{f.code}  {visible(f.place)}{where(f)}\n    {visible(f.message)}; {f.remedy}" for f in faults]


_IN_PLACE = re.compile(r"> (?:row|line) 0*([1-9]\d*)")
_LABEL = re.compile(r"[^\s>\"]+-\d+-\d+[^\s>\"]*")  # the id of a span or a relation
_NAMED = re.compile(r"\w\(([^()]+)\)")  # `span(PER)`
_LARGEST = 50_000_000  # bytes of a file whose lines are looked at


def line_of(fault: Fault, root: Path) -> int:
    """Return the line of its file that a fault is about, from 1; 0 if that is not known.

    root: the folder that the fault's file is relative to.
    """
    said = _IN_PLACE.search(fault.place)
    if said:
        return int(said[1])
    wanted = [f'"id":"{found}"' for found in _LABEL.findall(fault.place)]
    wanted += [f'name = "{found}"' for found in _NAMED.findall(fault.place)[::-1]]
    path = root / fault.file
    try:
        if not wanted or not fault.file or path.is_symlink() or path.stat().st_size > _LARGEST:
            return 0
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError):
        return 0
    return next((n for what in wanted for n, line in enumerate(lines, 1) if what in line), 0)


def as_github(faults: Iterable[Fault], root: Path) -> list[str]:
    """Render faults as GitHub workflow commands, shown beside the lines. root: as for `line_of`."""

    def escape(text: str) -> str:
        return visible(text).replace("%", "%25")

    def parameter(text: str) -> str:
        return escape(text).replace(":", "%3A").replace(",", "%2C")

    def line(fault: Fault) -> str:
        place = f"file={parameter(fault.file)}," if fault.file else ""
        number = line_of(fault, root)
        place += f"line={number}," if number else ""
        body = escape(f"{fault.place}: {fault.message}; {fault.remedy}")
        return f"::error {place}title={parameter(fault.code)}::{body}"

    return [line(fault) for fault in faults]


def as_json(faults: Iterable[Fault]) -> str:
    """Render faults for programs: a JSON array of objects."""
    rows = [asdict(f) | {"remedy": f.remedy, "address": f.address} for f in faults]
    return json.dumps(rows, ensure_ascii=False, indent=2)
