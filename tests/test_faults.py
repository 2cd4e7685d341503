"""Faults: stable codes, all of them at once, readable by people, runners and programs."""

import errno
import json
import re
import tomllib
from importlib import resources

import pytest

from parley.faults import (
    CALLED_BY,
    KINDS,
    DataFaults,
    Fault,
    UsageError,
    as_called,
    as_github,
    as_json,
    as_text,
    check,
    check_machine,
    visible,
)

FAULT = Fault(
    "span-surface", 'd > PER-63-69 "Umerov" 63:69', "the text there is 'merov,'", "annotation/labels/a/d.json"
)


def test_a_code_nobody_declared_is_a_defect():
    """A fault code that cannot be looked up never reaches a user."""
    with pytest.raises(KeyError, match="no-such-code"):
        Fault("no-such-code", "x", "y")


def test_codes_are_unique_and_every_kind_has_a_remedy():
    """Each code is declared once, with what to do next; what may be waived is one of them."""
    table = (resources.files("parley") / "faults.toml").read_text(encoding="utf-8")
    assert sorted(KINDS) == sorted(re.findall(r"^([a-z0-9-]+) = \[\"", table, re.MULTILINE))
    assert all(kind.title and kind.remedy for kind in KINDS.values())
    assert len([kind for kind in KINDS.values() if kind.waivable]) == len(tomllib.loads(table)["waivable"])


def test_all_faults_are_reported_sorted_and_once():
    """A run that finds five faults says five, not the first."""
    other = Fault("span-empty", "c > X-1-1", "nothing", "annotation/labels/a/c.json")
    with pytest.raises(DataFaults) as raised:
        check([FAULT, other, FAULT])
    assert raised.value.faults == [other, FAULT]


def test_no_fault_is_no_failure():
    """Nothing found, nothing raised."""
    check([])


def test_people_read_place_message_and_remedy():
    """The text names the place, whose file it is in, what is wrong and what to do next."""
    (line,) = as_text([FAULT])
    assert 'PER-63-69 "Umerov" 63:69' in line
    assert "merov" in line
    assert FAULT.remedy in line
    assert line.count("annotation/labels/a/d.json") == 1
    (named,) = as_text([Fault("labels-misplaced", "x/d.json > row 1", "they are b's", "x/d.json")])
    assert named.count("x/d.json") == 1


def test_a_fault_stands_beside_its_line(tmp_path):
    """A row, a line, a label of a label file, a table of the scheme; without a line if it is not known."""
    (tmp_path / "x.json").write_text('{\n  {"id":"PER-1-2.at.GPE-3-4"},\n  {"id":"PER-1-2"}\n}')
    (tmp_path / "x.toml").write_text('[[span]]\nname = "PER"\n\n[[span]]\nname = "GPE"\n')
    (tmp_path / "link.json").symlink_to(tmp_path / "x.json")
    for place, file, line in (
        ("seeds/manifest.csv > row 7", "seeds/manifest.csv", "line=7,"),
        ("d > line 0003", "d.quotes", "line=3,"),
        ('d > PER-1-2 "x" 1:2', "x.json", "line=3,"),
        ("d > PER-1-2.at.GPE-3-4", "x.json", "line=2,"),
        ("x.toml > span(GPE) > colour", "x.toml", "line=5,"),
        ("d > PER-9-9", "x.json", ""),
        ("d > PER-1-2", "nowhere.json", ""),
        ("d > PER-1-2", "link.json", ""),
        ("d > PER-1-2", "a\x00b", ""),
    ):
        (said,) = as_github([Fault("span-surface", place, "m", file)], tmp_path)
        assert (f",{line}title=" if line else "line=") in said or not line, said
        assert bool(line) == ("line=" in said), said


def test_workflow_commands_are_escaped(tmp_path):
    """A line break or a colon in a surface cannot break a GitHub annotation."""
    (line,) = as_github([Fault("span-surface", "d", "50%\nof: it", "a,b.json")], tmp_path)
    assert line.startswith("::error file=a%2Cb.json,title=span-surface::d: 50%25\\nof: it;")
    assert "\n" not in line


HOSTILE = "a\x1b[2J\n::error title=forged::\r\u202e\u2028\ud800é"


def test_what_a_terminal_would_obey_is_shown_as_its_escape(tmp_path):
    """A name from somebody's file forges no line, clears no screen and hides no word."""
    escaped = r"a\x1b[2J\n::error title=forged::\r\u202e\u2028\ud800é"
    fault = Fault("span-surface", HOSTILE, HOSTILE, HOSTILE)
    assert as_text([fault]) == [f"span-surface  {escaped}\n    {escaped}; {fault.remedy}"]
    assert len(as_github([fault], tmp_path)[0].splitlines()) == 1
    error = UsageError(HOSTILE, "look", ["::error of the server\x07"])
    assert str(error) == f"{escaped}\n    | ::error of the server\\x07\n  try: look"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ada:hf_secret@example.org/x.git", "https://…@example.org/x.git"),
        ("to 'ssh://hf_secret@example.org:22/x'", "to 'ssh://…@example.org:22/x'"),
        ("https://ada:p@hf_secret@example.org", "https://…@example.org"),
        ("postgresql://me:p/w@example.org/db", "postgresql://…@example.org/db"),
        ("http://x.org/a?api_key=hf_secret&b=1#c", "http://x.org/a?api_key=…&b=1#c"),
        ("for url 'http://x.org?TOKEN=hf_secret'", "for url 'http://x.org?TOKEN=…'"),
        ("{'Authorization': 'Token hf_secret'}", "{'Authorization': 'Token …'}"),
        ("https://x.org/a@v1?b=token", "https://x.org/a@v1?b=token"),
        ("https://example.org/a@b", "https://example.org/a@b"),
        ("git@example.org:x.git", "git@example.org:x.git"),
    ],
)
def test_credentials_of_an_address_are_never_shown(url, shown):
    """Whether the address stands alone or in another program's message."""
    assert visible(url) == shown
    error = UsageError(url, "look", [url])
    assert "hf_secret" not in str(error)
    assert "hf_secret" not in "".join(as_text([Fault("span-surface", url, url)]))


def test_programs_read_json():
    """The JSON form carries every part."""
    assert json.loads(as_json([FAULT]))[0] == {
        "code": "span-surface",
        "place": FAULT.place,
        "message": FAULT.message,
        "file": FAULT.file,
        "remedy": FAULT.remedy,
        "address": FAULT.address,
    }


@pytest.mark.parametrize(
    ("message", "in_a_checkout"),
    [
        ("run `parley pull` again", "run `make pull` again"),
        ("see `parley adjudicate --list`", "see `.venv/bin/python scripts/adjudicate.py --list`"),
        ("`parley label-from-quotes --help`", "`.venv/bin/python scripts/label_from_quotes.py --help`"),
        ("`pip install 'parley-corpus[spark]'`", "`make setup-spark`"),
        ("`pip install 'parley-corpus[corpus]'`", "`make setup`"),
        ("`git push`", "`git push`"),
    ],
)
def test_a_remedy_names_the_command_that_the_user_has(monkeypatch, message, in_a_checkout):
    """Who has the wheel has `parley`; who has a checkout calls make."""
    monkeypatch.delenv(CALLED_BY, raising=False)
    assert as_called(message) == message
    monkeypatch.setenv(CALLED_BY, "make")
    assert as_called(message) == in_a_checkout
    assert str(UsageError("cause", message)).endswith(in_a_checkout)
    assert Fault("derived-stale", "x", "y").remedy.startswith("run `make derive`")


def wrapped(error: Exception) -> Exception:
    """Return what a library makes of an error."""
    try:
        try:
            raise error
        except type(error):
            raise RuntimeError("it did not work")
    except RuntimeError as raised:
        return raised


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (MemoryError(), "close other programs"),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "close other programs"),
        (ImportError("libarrow.so: failed to map segment from shared object"), "close other programs"),
        (RuntimeError("can't start new thread"), "close other programs"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), "rights"),
        (OSError(errno.EROFS, "Read-only file system", "x"), "written"),
        (OSError(errno.ENOSPC, "No space left on device", "x"), "space"),
        (OSError(errno.EMFILE, "Too many open files", "x"), "ulimit"),
    ],
)
def test_a_limit_of_the_machine_is_no_fault_of_a_file(error, remedy):
    """Also if a library made another error of it."""
    for told in (error, wrapped(error)):
        with pytest.raises(UsageError) as raised:
            check_machine(told)
        assert remedy in raised.value.remedy


@pytest.mark.parametrize("error", [FileNotFoundError(errno.ENOENT, "x"), ValueError("no memory of it")])
def test_all_else_may_be_one(error):
    check_machine(error)
    check_machine(wrapped(error))


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ('h0_collision > SHIP-10-18 "Gull" 10:18', "#h0_collision/SHIP-10-18"),
        ('h0_collision > ada > SHIP-10-18 "Gull" 10:18', "#h0_collision/SHIP-10-18"),
        ("d > X-0-3.of.Y-4-5 0:5", "#d/X-0-3.of.Y-4-5"),
        ("ميناء > X-0-3", "#%D9%85%D9%8A%D9%86%D8%A7%D8%A1/X-0-3"),
        ("d > text", ""),
        ("annotation/ontology.toml > span(PER)", ""),
    ],
)
def test_a_fault_of_a_label_has_the_label_s_address(place, address):
    """It is where the explorer's page shows it; other places have none."""
    assert Fault("span-surface", place, "").address == address
