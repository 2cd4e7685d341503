"""A pattern of a hand-kept file that would match for ever ends the step, and is named."""

import json
from hashlib import sha256

import pytest

from command_for_tests import call
from parley.model.paths import CorpusPaths

ENDLESS = r"((\w|[ ,.;:’'-])+)+\$\$"
CLEANING = {
    "drop-line": f"pattern = '''{ENDLESS}'''",
    "drop-tail": f"pattern = '''{ENDLESS}'''",
    "metadata": f"pattern = '''(?P<value>{ENDLESS})'''\nfield = 'title'",
    "unwrap": f"paragraph_end = '''^{ENDLESS}'''",
}
PROPOSING = {
    "regex": f"label = 'SHIP'\nkind = 'regex'\nregex = '''{ENDLESS}'''",
    "token": """label = 'SHIP'\nkind = 'pattern'\npatterns = [[{ TEXT = { REGEX = '((a|a)+)+$' } }]]""",
}


@pytest.fixture(autouse=True)
def little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_LIMIT", "seconds=0.3")


@pytest.mark.parametrize("step", ["tasks", "validate"])
@pytest.mark.parametrize("kind", CLEANING)
def test_a_cleaning_rule_ends(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], kind: str, step: str
) -> None:
    rule = f'\n[[rule]]\nname = "endless"\nkind = "{kind}"\nreason = "x"\n{CLEANING[kind]}\n'
    harbour.cleaning.write_text(harbour.cleaning.read_text(encoding="utf-8") + rule, encoding="utf-8")
    assert call(step, "--root", str(harbour.root)) == 2
    assert "rule(endless) of cleaning.toml, on h" in capsys.readouterr().err


@pytest.mark.parametrize("kind", PROPOSING)
def test_a_rule_that_proposes_ends(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    seed = harbour.seeds / "h0_collision.txt"
    rules = harbour.preannotation
    rule = f'\n[[rule]]\nname = "endless"\nreason = "x"\n{PROPOSING[kind]}\n'
    text = rules.read_text(encoding="utf-8")
    at = text.index("[[link]]") if "[[link]]" in text else len(text)
    rules.write_text(text[:at] + rule + text[at:], encoding="utf-8")
    if kind == "token":
        data = seed.read_bytes() + b"\nA word: " + b"a" * 60 + b"b.\n"
        manifest = harbour.manifest.read_text(encoding="utf-8")
        old, new = sha256(seed.read_bytes()).hexdigest(), sha256(data).hexdigest()
        seed.write_bytes(data)
        harbour.manifest.write_text(manifest.replace(old, new), encoding="utf-8")
    assert call("tasks", "--root", str(harbour.root)) == 2
    assert "rule(endless) of preannotation.toml" in capsys.readouterr().err


@pytest.mark.parametrize("pattern", ["a{99999999999}", "(?:" * 9000 + ")" * 9000, "(", "(?P<x"])
def test_a_pattern_that_cannot_be_read_is_a_fault(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], pattern: str
) -> None:
    rule = f'\n[[rule]]\nname = "odd"\nkind = "drop-line"\nreason = "x"\npattern = \'{pattern}\'\n'
    harbour.cleaning.write_text(harbour.cleaning.read_text(encoding="utf-8") + rule, encoding="utf-8")
    assert call("tasks", "--root", str(harbour.root)) == 1
    assert "cleaning-malformed  seeds/cleaning.toml > rule(odd)" in capsys.readouterr().err


@pytest.mark.long
def test_an_expectation_by_hand_ends(harbour: CorpusPaths, capsys: pytest.CaptureFixture[str]) -> None:
    """Great Expectations keeps the error to itself: it is a fault of what could not be checked."""
    by_hand = harbour.validation / "by_hand" / "documents.json"
    by_hand.parent.mkdir(parents=True)
    kwargs = {"column": "text", "regex": f"^(?={ENDLESS})"}  # looks ahead: RE2, which is always quick, cannot
    expected = {
        "type": "expect_column_values_to_match_regex",
        "kwargs": kwargs,
        "description": "d",
        "meta": {},
    }
    by_hand.write_text(json.dumps([expected]), encoding="utf-8")
    assert call("derive", "--root", str(harbour.root)) == 0
    assert call("validate", "--root", str(harbour.root)) == 1
    said = capsys.readouterr().err
    assert "expectations-malformed  validation/expectations/documents.json > d" in said
    assert "takes more than the limit" in said
