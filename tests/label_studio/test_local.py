"""The server's installation: where it and its data are, in a checkout and outside of one."""

from pathlib import Path

import pytest

from checkout import CHECKOUT
from parley.faults import UsageError
from parley.label_studio.server import local
from parley.label_studio.server.local import data_folder, home, install, program


def _pretend_to_be_a_wheel(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local, "__file__", str(tmp_path / "lib/parley/label_studio/server/x.py"))


def test_a_checkout_has_the_server_and_each_corpus_its_data(harbour):
    assert home({}) == CHECKOUT / ".label-studio"
    assert data_folder(harbour, {}) == harbour.root / ".label-studio" / "data"


def test_outside_a_checkout_no_corpus_folder_gets_a_password(harbour, monkeypatch, tmp_path):
    _pretend_to_be_a_wheel(monkeypatch, tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in home({}).parents
    assert home({}) in data_folder(harbour, {}).parents
    assert harbour.root not in data_folder(harbour, {}).parents


def test_a_folder_can_be_named_and_each_corpus_has_its_own_in_it(harbour, parley_corpus, tmp_path):
    named = {"PARLEY_HOME": str(tmp_path / "studio")}
    assert home(named) == tmp_path / "studio"
    assert data_folder(harbour, named).parent == tmp_path / "studio" / "data"
    assert data_folder(harbour, named) != data_folder(parley_corpus, named)


def test_what_is_not_installed_says_how_to(tmp_path):
    with pytest.raises(UsageError, match="parley setup-label-studio"):
        program({"PARLEY_HOME": str(tmp_path)})


def test_an_installation_that_fails_is_not_taken_for_one(monkeypatch, tmp_path):
    """Pip's last words are the cause; the next call tries again."""
    wrong = tmp_path / "requirements.lock"
    wrong.write_text("no-such-package-of-parley==1 --hash=sha256:" + "0" * 64, encoding="utf-8")
    monkeypatch.setattr(local, "REQUIREMENTS", wrong)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    named = {"PARLEY_HOME": str(tmp_path / "studio")}
    with pytest.raises(UsageError, match="no-such-package-of-parley"):
        install(lambda _: None, named)
    assert not (tmp_path / "studio" / "venv" / ".ready").exists()


@pytest.mark.long
def test_an_installation_is_done_once(monkeypatch, tmp_path):
    nothing = tmp_path / "requirements.lock"
    nothing.write_text("# nothing\n", encoding="utf-8")
    monkeypatch.setattr(local, "REQUIREMENTS", nothing)
    named = {"PARLEY_HOME": str(tmp_path / "studio")}
    installed = tmp_path / "studio" / "venv" / "bin" / "label-studio"
    with pytest.raises(UsageError, match="not installed"):  # the list brings no such program
        install(lambda _: None, named)
    installed.write_text("", encoding="utf-8")
    said: list[str] = []
    assert install(said.append, named) == installed
    assert said == []
    nothing.write_text("# other pins\n", encoding="utf-8")
    with pytest.raises(UsageError, match="not installed"):
        install(said.append, named)
    assert len(said) == 1
