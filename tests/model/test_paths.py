"""Names that may become paths, and the limits of what is read."""

import pytest

from parley.faults import UsageError
from parley.model.paths import CorpusPaths, Limits, sound_name, unsound

SOUND = [
    "ada",
    "_x",
    "000_5016c1a94fcbe2b0",
    "per_erdogan",
    "0.1",
    "Ünal",
    "新华社",
    "हिन्दी",
    "a-b.c",
    "console",
]
UNSOUND = [
    "", ".", "..", "../../x", "/etc/passwd", "a/b", "a\\b", "C:x", "-rf", ".hidden", "x.", "x ", " x", "a b",
    "a\nb", "lpt²",
    "a\0b", "a\u202eb", "e\u0301", "a" * 151, "é" * 76, "\udcff", "con", "NUL", "aux.txt", "Com1.tar.gz",
]  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_a_name_in_any_script_is_sound(name: str) -> None:
    assert sound_name(name) == name
    assert unsound([name]) == {}


@pytest.mark.parametrize("name", UNSOUND)
def test_what_is_no_file_s_name_on_some_system_is_refused(name: str) -> None:
    """The name is shown as it is written in a program, so that nothing of it reaches a terminal."""
    with pytest.raises(ValueError, match=r"^'") as raised:
        sound_name(name)
    assert str(raised.value).startswith(repr(name))
    assert list(unsound([name])) == [name]


def test_names_that_one_file_system_takes_for_one_are_refused() -> None:
    assert list(unsound(["ada", "bo", "Ada", "STRASSE", "straße", "bo"])) == ["Ada", "straße"]


def test_limits_are_raised_by_name() -> None:
    assert Limits.of({}) == Limits()
    assert Limits.of({"PARLEY_LIMIT": "file=2GB seconds=0.5"}) == Limits(2 * 10**9, 0.5)
    assert Limits.of({"PARLEY_LIMIT": "file=12"}).file == 12
    for wrong in ("file", "file=x", "files=3", "seconds=-1", "file=2GB,seconds=3"):
        with pytest.raises(UsageError, match="names no limit"):
            Limits.of({"PARLEY_LIMIT": wrong})


def test_nothing_is_read_by_a_way_out_of_the_corpus(harbour: CorpusPaths) -> None:
    (harbour.root.parent / "outside.json").write_text("{}", encoding="utf-8")
    with pytest.raises(OSError, match="not in the corpus"):
        harbour.read(harbour.labels / "../../../outside.json")
