"""A labelling config changed by hand is told by what differs, and by nothing else."""

from __future__ import annotations

from pathlib import Path

from studio_scheme import ENTITIES, ONTOLOGY

from parley.adjudication.studio.screen import KEEP, REJECT, marker
from parley.label_studio.screen.config import label_config
from parley.label_studio.screen.guidelines import instruction
from parley.label_studio.server.projects import config_difference, mark
from parley.model.decisions import REASONS
from parley.model.paths import CorpusPaths

CHECKOUT = Path(__file__).resolve().parents[2]
CONFIG = label_config(ONTOLOGY, ENTITIES)


def test_the_same_config_written_otherwise_is_no_difference() -> None:
    """Indents and the order of a tag's attributes mean nothing to Label Studio."""
    squeezed = "".join(line.strip() for line in CONFIG.splitlines() if line.startswith("  <"))
    assert config_difference(CONFIG, CONFIG) == []
    assert config_difference(CONFIG.replace("    ", "\t"), CONFIG) == []
    assert config_difference(
        CONFIG.replace('value="A" background="#0072b2"', 'background="#0072b2" value="A"'), CONFIG
    ) == []  # fmt: skip
    assert config_difference(squeezed, CONFIG)


def test_a_hand_edit_is_shown_as_a_diff() -> None:
    """The lines taken out and put in on the server stand there with their signs."""
    lines = config_difference(CONFIG.replace('value="C"', 'value="D"'), CONFIG)
    assert any(line.startswith("-") and 'value="C"' in line for line in lines)
    assert any(line.startswith("+") and 'value="D"' in line for line in lines)
    assert sum(line[0] in "+-" for line in lines) == 4  # the two lines, and the two names


def test_one_annotator_is_never_taken_for_another() -> None:
    """`ada` is not found in the project of `ada2`, nor in another corpus' of the same name."""
    assert mark("c", "ada") not in mark("c", "ada2")
    assert mark("c", "ada") not in mark("cc", "ada")


def test_guidelines_become_html_without_pictures_or_markup_of_their_own(harbour: CorpusPaths) -> None:
    """Annotators see headings and tables; nothing is loaded, no script comes through."""
    harbour.guidelines.write_text(
        "# How\n\n<!-- generated: x -->\n| a | b |\n|---|---|\n| *x* | y |\n\n"
        "![pic](http://x/y.png) <script>alert(1)</script>\n",
        encoding="utf-8",
    )
    html = instruction(harbour)
    assert "<h1>How</h1>" in html
    assert "<td><em>x</em></td>" in html
    assert "generated" not in html
    assert "<img" not in html
    assert "<script" not in html
    harbour.guidelines.unlink()
    assert instruction(harbour) == ""


def test_the_lead_finds_how_to_adjudicate_in_the_instructions() -> None:
    """The adjudication project shows the same guidelines: verdicts, reasons and the mark of open arrows."""
    html = instruction(CorpusPaths.at(CHECKOUT))
    section = html.partition("<h2>Adjudicating</h2>")[2].partition("<h2>")[0]
    for word in (KEEP, REJECT, marker("model-a"), *REASONS):
        assert f"<code>{word}</code>" in section, word
