"""What a hand-kept file may ask of the machine: a size that a limit raises, and a depth that is a fault."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command_for_tests import call
from parley.faults import UsageError
from parley.model.paths import CorpusPaths
from parley.release.data.files import read_file

SIZE = 2_500_000
FILES = [
    "seeds/manifest.csv",
    "seeds/cleaning.toml",
    "seeds/h0_collision.txt",
    "annotation/ontology.toml",
    "annotation/entities.csv",
    "annotation/annotators.csv",
    "annotation/labels/ada/h0_collision.json",
]
DEEP = {
    "seeds/cleaning.toml": ("cleaning-malformed", "x = " + "[" * 20_000),
    "annotation/ontology.toml": ("ontology-malformed", "x = " + "[" * 20_000),
    "annotation/labels/ada/h0_collision.json": ("labels-unreadable", '{"spans": ' + "[" * 20_000),
    "annotation/agreement.json": ("agreement-malformed", '{"rounds": ' + "[" * 200_000),
    "validation/by_hand/spans.json": ("expectations-malformed", "[" * 200_000),
}


def enlarge(path: Path) -> None:
    """Add what means nothing."""
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text + " " * SIZE if path.suffix in {".json", ".txt"} else text + "\n" * SIZE, encoding="utf-8"
    )


@pytest.mark.parametrize("name", FILES)
def test_a_file_larger_than_the_limit_is_not_read(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The message names the file and how the limit is raised; raised as it says, all goes on."""
    assert call("derive", "--root", str(harbour.root)) == 0
    enlarge(harbour.root / name)
    monkeypatch.setenv("PARLEY_LIMIT", "file=2MB")
    assert call("validate", "--root", str(harbour.root)) == 2
    said = capsys.readouterr().err
    assert f"{harbour.root / name} has 2," in said
    assert "PARLEY_LIMIT=file=3MB" in said
    monkeypatch.setenv("PARLEY_LIMIT", "file=3MB")
    assert call("validate", "--root", str(harbour.root)) in (0, 1)


def test_a_manifest_too_large_hides_no_other_fault(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no other fault hides it: exit status 2 as alone, with what else is wrong."""
    enlarge(harbour.root / "seeds/manifest.csv")
    (harbour.annotation / "note.txt").write_text("?", encoding="utf-8")
    monkeypatch.setenv("PARLEY_LIMIT", "file=2MB")
    assert call("validate", "--root", harbour.root) == 2
    said = capsys.readouterr().err
    assert "PARLEY_LIMIT=file=3MB" in said
    assert "file-unexpected  annotation/note.txt" in said


@pytest.mark.parametrize("name", DEEP)
def test_values_nested_too_deep_are_a_fault_of_their_file(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, text = DEEP[name]
    assert call("derive", "--root", str(harbour.root)) == 0
    path = harbour.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert call("validate", "--root", str(harbour.root)) == 1
    assert code in capsys.readouterr().err


def test_a_file_of_decisions_is_bounded_too(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quotes = harbour.root / "quotes" / "ada" / "h0_collision.quotes"
    quotes.write_text(quotes.read_text(encoding="utf-8") + "#" * SIZE, encoding="utf-8")
    monkeypatch.setenv("PARLEY_LIMIT", "file=2MB")
    arguments = ("label-from-quotes", "--annotator", "ada", str(quotes), "--root", str(harbour.root))
    assert call(*arguments) == 2
    assert "PARLEY_LIMIT=file=3MB" in capsys.readouterr().err
    decisions = harbour.root / "decisions.json"
    decisions.write_text("[" + " " * SIZE + "]", encoding="utf-8")
    arguments = ("adjudicate", "--decisions", str(decisions), "--lead", "cy", "--root", str(harbour.root))
    assert call(*arguments) == 2
    assert "PARLEY_LIMIT=file=3MB" in capsys.readouterr().err
    decisions.write_text("[" * 20_000, encoding="utf-8")
    assert call(*arguments) == 1
    assert "decision-malformed" in capsys.readouterr().err


def test_a_release_that_unpacks_to_more_than_the_limit_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Parquet file of few bytes may be one of a great many."""
    file = tmp_path / "train-00000-of-00001.parquet"
    pq.write_table(pa.table({"doc_id": pa.array(["x" * 1000] * 5000)}), file, use_dictionary=False)
    assert file.stat().st_size < SIZE / 10
    monkeypatch.setenv("PARLEY_LIMIT", "file=2MB")
    with pytest.raises(UsageError, match=r"parquet has 5,[\s\S]*PARLEY_LIMIT=file=6MB"):
        read_file(tmp_path, file)
    monkeypatch.setenv("PARLEY_LIMIT", "file=6MB")
    assert read_file(tmp_path, file).num_rows == 5000
