"""Names in hand-kept files are held to a pattern before anything is opened or written under them."""

from pathlib import Path

import pytest

from command_for_tests import call
from parley.model.paths import CorpusPaths

# the file, what is replaced in it, the code and the beginning of the place
SCHEME = "annotation/ontology.toml"
PLACES = {
    "doc_id": ("seeds/manifest.csv", "h0_collision,", "manifest-malformed", "seeds/manifest.csv > row 2"),
    "seed": ("seeds/manifest.csv", ",h0_collision.txt", "manifest-malformed", "seeds/manifest.csv > row 2"),
    "annotator": ("annotation/annotators.csv", "ada,", "annotators-malformed", "annotation/annotators.csv >"),
    "entity": ("annotation/entities.csv", "ship_sea_gull,", "entities-malformed", "annotation/entities.csv"),
    "ontology": (SCHEME, 'name = "harbour"', "ontology-malformed", "ontology.toml >"),
    "label": (SCHEME, 'name = "SHIP"', "ontology-malformed", "ontology.toml > span("),
    "attribute": (SCHEME, 'name = "hazard"', "ontology-malformed", "ontology.toml > attribute("),
    "relation": (SCHEME, 'name = "leads_to"', "ontology-malformed", "ontology.toml > relation("),
}  # fmt: skip
BAD = ["../../x", "/tmp/x", "con", "x. ", "a" * 200, "e\u0301"]


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("kind", PLACES)
def test_a_name_that_is_none_is_a_fault_at_its_place(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], kind: str, name: str
) -> None:
    file, there, code, place = PLACES[kind]
    path = harbour.root / file
    text = path.read_text(encoding="utf-8")
    assert there in text
    put = {",": f"{name},", "t": f",{name}"}.get(there[-1], f'name = "{name}"')
    path.write_text(text.replace(there, put, 1), encoding="utf-8")
    assert call("validate", "--root", str(harbour.root)) == 1
    said = capsys.readouterr().err
    assert f"{code}  {place}" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("setting", "value"), [("labels", "../../x"), ("name", "a/b"), ("version", "0.1.0\\n")]
)
def test_settings_of_a_release_are_names(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], setting: str, value: str
) -> None:
    assert call("derive", "--root", str(harbour.root)) == 0
    path = harbour.root / "release.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    changed = [f'{setting} = "{value}"' if line.startswith(f"{setting} =") else line for line in lines]
    assert changed != lines
    path.write_text("\n".join(changed), encoding="utf-8")
    assert call("publish", "--root", str(harbour.root)) == 1
    assert "release-malformed  release.toml" in capsys.readouterr().err
    assert not harbour.dataset.exists()


@pytest.mark.parametrize("option", ["../../x", "1=../../x", "bo@example.org=con"])
@pytest.mark.parametrize("step", [["pull", "--export"], ["convert", "--out", "tables"]])
def test_an_annotator_named_on_the_command_line_has_a_name(
    harbour: CorpusPaths, tmp_path: Path, capsys: pytest.CaptureFixture[str], step: list[str], option: str
) -> None:
    export = tmp_path / "export.json"
    export.write_text("[]", encoding="utf-8")
    assert call(*step, str(export), "--annotator", option, "--root", str(harbour.root)) == 2
    assert "--annotator: " in capsys.readouterr().err


def test_two_annotators_that_one_file_system_takes_for_one(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str]
) -> None:
    with harbour.annotators.open("a", encoding="utf-8") as out:
        out.write("ADA,human,another\n")
    assert call("validate", "--root", str(harbour.root)) == 1
    assert "'ADA' and 'ada' differ only in capitals" in capsys.readouterr().err


def test_tasks_that_name_other_files_are_refused(
    harbour: CorpusPaths, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """build/tasks.json is a file like another; a push would read label files by its names."""
    assert call("tasks", "--root", str(harbour.root)) == 0
    tasks = harbour.build / "tasks.json"
    tasks.write_text(
        tasks.read_text(encoding="utf-8").replace('"h0_collision"', '"../../x"'), encoding="utf-8"
    )
    monkeypatch.setenv("LABEL_STUDIO_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "none")
    assert call("push-tasks", "--annotators", "ada", "--root", str(harbour.root)) == 2
    assert "a task that is of no article" in capsys.readouterr().err
