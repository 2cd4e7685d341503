"""The card: licences, figures and a codebook, all computed from the corpus that it is the card of."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub.repocard import metadata_load

from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import read_ontology
from parley.model.paths import CorpusPaths
from parley.release.card.card import PICTURE, attributes_table, size_category
from parley.release.data.files import read_table
from parley.release.inputs import read_settings
from parley.release.publish import publish
from parley.values.quantity import is_quantity
from parley.values.timex3 import is_timex3

ANOTHER = """
[[licences]]
part = "Pictures & sounds"
name = "all rights remain with the makers"
"""


def card_of(corpus: CorpusPaths) -> str:
    publish(Corpus(corpus))
    return (corpus.dataset / "README.md").read_text(encoding="utf-8")


def set_licences(corpus: CorpusPaths, tables: str) -> None:
    path = corpus.root / "release.toml"
    head = path.read_text(encoding="utf-8").partition("[[licences]]")[0]
    path.write_text(head + tables, encoding="utf-8")


def said_of_licences(corpus: CorpusPaths) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the card's metadata and CITATION.cff say."""
    publish(Corpus(corpus))
    found = metadata_load(corpus.dataset / "README.md") or {}
    cff = yaml.safe_load((corpus.dataset / "CITATION.cff").read_text(encoding="utf-8"))
    return {name: value for name, value in found.items() if name.startswith("license")}, cff


def conflicts_of(corpus: CorpusPaths) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read_table(
        corpus.dataset / "data/conflicts/full-00000-of-00001.parquet"
    ).to_pylist()
    return rows


def test_the_picture_has_each_label_with_its_numbers(parley_corpus: CorpusPaths) -> None:
    """A bar a label and article that has it, as wide as its number, and the total after it."""
    publish(Corpus(parley_corpus))
    svg = ET.parse(parley_corpus.dataset / PICTURE).getroot()  # noqa: S314 - our own
    texts = [element.text for element in svg.iterfind("{*}text")]
    bars: dict[str, int] = {}
    widths = set()
    for bar in svg.iterfind("{*}rect[{*}title]"):
        label, _, number = re.fullmatch(r"(\w+), (\w+): (\d+)", bar.findtext("{*}title") or "").groups()  # type: ignore[union-attr]
        bars[label] = bars.get(label, 0) + int(number)
        widths.add((int(number), float(bar.get("width", 0))) if label == "GPE" else (0, 0))
    relations = Corpus(parley_corpus).ontology.relation_names
    rows = read_table(parley_corpus.dataset / "data/documents/train-00000-of-00001.parquet").to_pylist()
    assert {row["doc_id"] for row in rows} <= set(texts)
    assert set(relations) <= set(texts)
    assert all(texts[texts.index(label) + 1] == str(number) for label, number in bars.items())
    scales = [width / number for number, width in widths if number > 10]
    assert max(scales) == pytest.approx(min(scales), rel=0.01)


def test_one_licence_is_told_by_its_spdx_name(harbour: CorpusPaths) -> None:
    """The card and CITATION.cff have the licence of the corpus, not another's."""
    card, cff = said_of_licences(harbour)
    assert card == {"license": "cc0-1.0"}
    assert cff["license"] == "CC0-1.0"


def test_parts_under_several_licences_are_told_apart(harbour: CorpusPaths) -> None:
    """No licence is given to the whole: the card names the parts, and so does CITATION.cff."""
    with (harbour.root / "release.toml").open("a", encoding="utf-8") as file:
        file.write(ANOTHER)
    card, cff = said_of_licences(harbour)
    assert card == {
        "license": "other",
        "license_name": "all-of-it-cc0-1.0-pictures-sounds-all-rights-remain-with-the-makers",
        "license_link": "https://huggingface.co/datasets/harbour/incidents#licences",
    }
    assert "license" not in cff
    assert "All of it: CC0 1.0; Pictures & sounds: all rights remain" in cff["message"]


def test_a_licence_that_spdx_does_not_know_is_told_by_name(harbour: CorpusPaths) -> None:
    """One licence without an SPDX name is `other`."""
    set_licences(harbour, ANOTHER)
    card, cff = said_of_licences(harbour)
    assert card["license"] == "other"
    assert "license" not in cff


def test_a_release_without_licences_is_refused(harbour: CorpusPaths) -> None:
    """release.toml says under which terms each part stands."""
    set_licences(harbour, "licences = []\n")
    with pytest.raises(DataFaults, match="licences"):
        read_settings(Corpus(harbour))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("repository", 'x/y", revision="z'),
        ("repository", "harbour"),
        ("repository", "harbour/incidents\n"),
        ("languages", ["e\u202en"]),
        ("spdx", "CC0-1.0\nlicense: mit"),
        ("date", "20310601"),
        ("date", "2031-W23-1"),
        ("date", "2031-02-30"),
    ],
)
def test_what_becomes_code_or_a_month_has_its_form(harbour: CorpusPaths, field: str, value: object) -> None:
    """The card's example of use and BibTeX hold a repository and a date, and nothing else."""
    path = harbour.root / "release.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines = [f"{field} = {json.dumps(value)}" if line.startswith(f"{field} =") else line for line in lines]
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataFaults, match="release-malformed"):
        read_settings(Corpus(harbour))


@pytest.mark.parametrize(
    ("articles", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (999_999, "100K<n<1M"),
        (1_000_000, "1M<n<10M"),
        (10**9, "1B<n<10B"),
        (10**12 - 1, "100B<n<1T"),
        (10**12, "n>1T"),
    ],
)
def test_sizes_are_those_the_hub_has(articles: int, category: str) -> None:
    """https://github.com/huggingface/hub-docs/blob/main/datasetcard.md lists them."""
    assert size_category(articles) == category


def test_the_codebook_is_that_of_the_corpus(harbour: CorpusPaths) -> None:
    """Every label, attribute value and column is explained in the card; adjudication only where there was."""
    card = card_of(harbour)
    ontology = read_ontology(harbour.ontology)
    for one in (*ontology.spans, *ontology.relations, *(v for a in ontology.attributes for v in a.value)):
        assert f"| `{one.name}` |" in card
        assert one.definition in card
    columns = card.partition("### Other columns")[2].partition("###")[0]
    for path in (harbour.dataset / "data").rglob("*.parquet"):
        for name in set(read_table(path).column_names) - set(ontology.attribute_names):
            assert f"| `{name}` |" in columns
    assert "Codes of adjudication" not in card
    assert "PLOVER" not in card


def test_the_syntax_that_the_codebook_shows_is_valid(harbour: CorpusPaths) -> None:
    """Its examples are values that validation takes."""
    ontology = read_ontology(harbour.ontology)
    rows = attributes_table(ontology).splitlines()
    for label, holds in (("WHEN", is_timex3), ("AMOUNT", is_quantity)):
        (row,) = [row for row in rows if f"| {label} |" in row]
        shown = re.findall(r"`([^`]+)`", row.rpartition(" | ")[2] if label == "WHEN" else row)
        examples = [value for value in shown if re.search(r"\d|_REF", value)]
        assert len(examples) >= 4
        assert all(holds(value) for value in examples)


def test_the_codes_of_adjudication_are_those_in_the_data(parley_corpus: CorpusPaths) -> None:
    """Each decision and reason that a label has is told, in the card and in croissant.json."""
    card = card_of(parley_corpus)
    croissant = (parley_corpus.dataset / "croissant.json").read_text(encoding="utf-8")
    for config in ("spans", "relations"):
        for path in (parley_corpus.dataset / "data" / config).glob("*.parquet"):
            table = read_table(path)
            assert set(table["decision"].to_pylist()) <= DECISIONS.keys()
            assert set(table["reason"].to_pylist()) <= {"", *REASONS}
    for code, said in (*DECISIONS.items(), *REASONS.items()):
        assert f"| `{code}` | {said} |" in card
    assert ", ".join(DECISIONS) in croissant
    assert ", ".join(REASONS) in croissant


def test_the_figures_of_agreement_are_explained(parley_corpus: CorpusPaths) -> None:
    """Who was compared with whom on how many articles, and what the brackets are, from agreement.json."""
    measure_corpus(Corpus(parley_corpus), annotators=["model-a", "model-b", "rules"], draws=77)
    card = card_of(parley_corpus)
    assert "Round 1 compares model-a, model-b and rules on 5 articles, before adjudication." in card
    assert "the middle 95% of 77 draws" in card
    assert all(name in card for name in ("Cohen's kappa", "Krippendorff's alpha", "B³", "candidate pairs"))


def test_figures_that_differ_are_no_contradiction(parley_corpus: CorpusPaths) -> None:
    """The five articles' figures can all be true, and the card says so; two that cannot are counted."""
    card = card_of(parley_corpus)
    rows = conflicts_of(parley_corpus)
    told = f"{len(rows)} figures for {len({row['entity'] for row in rows})} event instances"
    assert f"`conflicts` has {told} that differ between articles." in card
    assert "they can all be true" in card
    assert not any(row["excluded"] for row in rows)
    path = parley_corpus.gold / "003_7060f00c363a23ee.json"
    path.write_bytes(path.read_bytes().replace(b'"41 aircraft"', b'"90 aircraft"'))
    settings = parley_corpus.root / "release.toml"
    settings.write_text(
        re.sub(r'^version = ".*"', 'version = "0.9.0"', settings.read_text(encoding="utf-8"), flags=re.M),
        encoding="utf-8",
    )
    assert "2 of them are excluded by another article's" in card_of(parley_corpus)
    rows = conflicts_of(parley_corpus)
    assert {row["value"] for row in rows if row["excluded"]} == {"~40", "90"}
    assert all(" " not in row["value"] and row["unit"] for row in rows)


def test_it_is_cited_as_in_citation_cff(parley_corpus: CorpusPaths) -> None:
    """BibTeX and CITATION.cff give the same title, authors, version, address and date."""
    card = card_of(parley_corpus)
    cff = yaml.safe_load((parley_corpus.dataset / "CITATION.cff").read_text(encoding="utf-8"))
    entry = card.partition("```bibtex\n")[2].partition("```")[0]
    for value in (cff["title"], cff["version"], cff["url"], *(one["name"] for one in cff["authors"])):
        assert f"{{{value}}}" in entry
    assert f"year = {{{cff['date-released'][:4]}}}" in entry


def test_the_example_of_use_runs(
    harbour: CorpusPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first example is read from a folder and needs no Hub."""
    card = card_of(harbour)
    code = card.partition("```python\n")[2].partition("```")[0]
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    names: dict[str, object] = {}
    exec(code.replace("path/to/this/folder", str(harbour.dataset)), names)  # noqa: S102 - the card's own words
    assert set(names["documents"]) == {"train", "validation", "test"}  # type: ignore[call-overload]


def test_entities_are_told_to_have_the_ids_they_have(harbour: CorpusPaths) -> None:
    """How many Wikidata ids there are is counted."""
    assert "10 entities, none of them with a Wikidata id yet" in card_of(harbour)
    lines = harbour.entities.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:4], "Q42", *cells[5:]])
    harbour.entities.write_text("".join(lines), encoding="utf-8")
    path = harbour.root / "release.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"0.1.0"', '"0.2.0"'), encoding="utf-8")
    assert "10 entities, 1 of them with a Wikidata id" in card_of(harbour)
