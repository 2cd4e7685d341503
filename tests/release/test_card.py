"""The card and its codebook: licences, figures, labels, all computed from the corpus that they are of."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import msgspec
import pytest
import yaml
from huggingface_hub.repocard import metadata_load
from markdown_it import MarkdownIt

import browser
import requirements_for_tests
from card_parts import bullet, numbers, section
from parley.agreement.study import measure_corpus
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.labels import DECISIONS, REASONS, decode_layer, encode_layer
from parley.model.ontology_file import read_ontology
from parley.model.paths import CorpusPaths
from parley.release.card.card import PICTURE, size_category
from parley.release.card.codebook import CODEBOOK, attributes_table
from parley.release.data.files import read_table
from parley.release.data.schema import configs
from parley.release.inputs import read_settings
from parley.values.quantity import is_quantity
from parley.values.timex3 import is_timex3
from releases_for_tests import build_release
from rivals import labelled_pair

LOOK = """body { margin: 0; font: 16px/1.6 sans-serif } main { width: 1232px; margin: auto; padding: 24px }
pre { padding: 12px; overflow: auto; font-size: 13.5px } img { max-width: 100% }
table { border-collapse: collapse; font-size: 14.5px } td, th { border: 1px solid; padding: 5px 10px }"""
ANOTHER = """
[[licences]]
part = "Pictures & sounds"
name = "all rights remain with the makers"
"""


def card_of(corpus: CorpusPaths) -> str:
    build_release(corpus)
    return (corpus.dataset / "README.md").read_text(encoding="utf-8")


def set_licences(corpus: CorpusPaths, tables: str) -> None:
    path = corpus.root / "release.toml"
    head = path.read_text(encoding="utf-8").partition("[[licences]]")[0]
    path.write_text(head + tables, encoding="utf-8")


def said_of_licences(corpus: CorpusPaths) -> tuple[dict[str, str], dict[str, str]]:
    """Return what the card's metadata and CITATION.cff say."""
    build_release(corpus)
    found = metadata_load(corpus.dataset / "README.md") or {}
    cff = yaml.safe_load((corpus.dataset / "CITATION.cff").read_text(encoding="utf-8"))
    return {name: value for name, value in found.items() if name.startswith("license")}, cff


def test_the_picture_has_each_label_with_its_numbers(parley_corpus: CorpusPaths) -> None:
    """A bar a label and article that has it, as wide as its number, and the total after it."""
    build_release(parley_corpus)
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
    for words in ("All of it", "CC0 1.0", "Pictures & sounds", "all rights remain with the makers"):
        assert words in cff["message"]


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
    """Every label, attribute value and column is explained in it; adjudication only where there was."""
    card = card_of(harbour)
    book = (harbour.dataset / CODEBOOK).read_text(encoding="utf-8")
    assert f"]({CODEBOOK})" in card
    ontology = read_ontology(harbour.ontology)
    for one in (*ontology.spans, *ontology.relations, *(v for a in ontology.attributes for v in a.value)):
        assert f"| `{one.name}` |" in book
        assert one.definition in book
    columns = book.partition("## Other columns")[2].partition("##")[0]
    for path in (harbour.dataset / "data").rglob("*.parquet"):
        for name in set(read_table(path).column_names) - set(ontology.attribute_names):
            assert re.search(rf"^\|[^|]*`{name}`[^|]*\|", columns, re.MULTILINE)
    assert "Codes of adjudication" not in book
    assert "PLOVER" not in card + book


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
    """Each decision and reason that a label has is told, in the codebook and in croissant.json."""
    card_of(parley_corpus)
    book = (parley_corpus.dataset / CODEBOOK).read_text(encoding="utf-8")
    croissant = (parley_corpus.dataset / "croissant.json").read_text(encoding="utf-8")
    for config in ("spans", "relations"):
        for path in (parley_corpus.dataset / "data" / config).glob("*.parquet"):
            table = read_table(path)
            assert set(table["decision"].to_pylist()) <= DECISIONS.keys()
            assert set(table["reason"].to_pylist()) <= {None, *REASONS}
    for code, said in (*DECISIONS.items(), *REASONS.items()):
        assert f"| `{code}` | {said} |" in book
    assert ", ".join(DECISIONS) in croissant
    assert ", ".join(REASONS) in croissant


def test_the_figures_of_agreement_are_explained(
    parley_corpus: CorpusPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who was compared with whom on how many articles, and what the brackets are, from agreement.json."""
    corpus = Corpus(parley_corpus)
    first, second = labelled_pair(corpus)
    parley_corpus.agreement.unlink()
    monkeypatch.setattr("parley.agreement.study.plots", lambda *_: ())
    measure_corpus(corpus, annotators=[first, second, "rules"], draws=77)
    told = section(card_of(parley_corpus), "Agreement")
    (compared,) = [line for line in told.splitlines() if line.startswith("- Round")]
    assert all(name in compared for name in (first, second, "rules"))
    assert numbers(compared) == [1, len(corpus.documents)]
    assert {95, 77} <= {*numbers(told)}
    assert all(name in told for name in ("Cohen's kappa", "Krippendorff's alpha", "B³", "candidate pairs"))


def test_the_card_says_how_many_figures_exclude_another(parley_corpus: CorpusPaths) -> None:
    """Counted in the data, also when none does."""
    card = card_of(parley_corpus)
    files = sorted((parley_corpus.dataset / "data/figures").glob("*.parquet"))
    rows = [row for path in files for row in read_table(path).to_pylist()]
    number = sum(bool(row["excludes"]) for row in rows)
    (told,) = re.findall("^`figures` .*$", card, re.MULTILINE)
    assert numbers(told) == [len(rows), *([number] if number else [])]


def test_it_is_cited_as_in_citation_cff(parley_corpus: CorpusPaths) -> None:
    """BibTeX and CITATION.cff give the same title, authors, version, address and date."""
    card = card_of(parley_corpus)
    cff = yaml.safe_load((parley_corpus.dataset / "CITATION.cff").read_text(encoding="utf-8"))
    entry = card.partition("```bibtex\n")[2].partition("```")[0]
    for value in (cff["title"], cff["version"], cff["url"], *(one["name"] for one in cff["authors"])):
        assert f"{{{value}}}" in entry
    assert f"year = {{{cff['date-released'][:4]}}}" in entry


def test_the_code_of_the_card_runs_as_pasted(
    harbour: CorpusPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every block of it, in the release's folder; the row that is shown is the one that the first names."""
    card = card_of(harbour)
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(harbour.dataset)
    blocks = [block.partition("```")[0] for block in card.split("```python\n")[1:]]
    assert len(blocks) == 2
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)  # noqa: S102 - the card's own words
    shown = json.loads(card.partition("```json\n")[2].partition("```")[0])
    *loading, row = blocks[0].splitlines()
    exec("\n".join(loading), names)  # noqa: S102 - the card's own words
    assert eval(row, names) == shown  # noqa: S307 - the card's own words
    there = sum(read_table(path).num_rows for path in (harbour.dataset / "data/relations").iterdir())
    assert len(names["pd"].read_parquet("data/relations")) == there  # type: ignore[attr-defined]


def test_the_card_begins_with_limits_and_lacks_no_part(parley_corpus: CorpusPaths) -> None:
    """Who made the labels, how many, whose the text is: a line each; below, what readers look for."""
    card = card_of(parley_corpus)
    corpus = Corpus(parley_corpus)
    limits = card.partition("**Limits")[2].partition("\n\n")[2].partition("\n\n")[0]
    data = parley_corpus.dataset / "data"
    counts: dict[str, dict[str, int]] = {"spans": {}, "relations": {}}
    for config, by in counts.items():
        for path in (data / config).iterdir():
            for label in read_table(path, ["label"])["label"].to_pylist():
                by[label] = by.get(label, 0) + 1
    ontology = corpus.ontology
    rare = [
        sum(counts[config].get(name, 0) < 10 for name in names)
        for config, names in (("spans", ontology.span_names), ("relations", ontology.relation_names))
    ]
    makers = {f"{one.name} ({one.kind})" for one in corpus.annotators.values() if one.kind == "model"}
    assert any(maker in limits.partition("\n")[0] for maker in makers)
    assert numbers(bullet(limits, "Rare labels")) == [*rare, 10]
    events = {document.event for document in corpus.documents.values()}
    in_test = sum(map(len, (read_table(path) for path in (data / "documents").glob("test-*"))))
    assert numbers(bullet(limits, "Size")) == [len(corpus.documents), in_test, len(events)]
    assert all(one.name in limits for one in read_settings(corpus).licences if one.covers == "text")
    assert max(map(len, limits.splitlines())) <= 130
    # the parts that cards of the Hub have, and where every link within it leads
    headings = ["Summary", "Loading", "Structure", "Labels", "Agreement", "Audit", "Baselines", "Creation"]
    headings += ["Considerations", "Licences", "Citation", "Files and contributions"]
    assert re.findall(r"^## (.+)$", card, re.MULTILINE) == headings
    parts = [
        "Tasks",
        "Languages",
        "Size",
        "Splits",
        "Curation rationale",
        "Source",
        "Cleaning",
        "Annotation process",
    ]
    parts += ["Personal and sensitive information", "Social impact", "Biases"]
    assert all(f"**{part}**: " in card for part in parts)
    for target in re.findall(r"\]\(([^)]+)\)", card):
        if target.startswith("#"):
            assert target[1:] in {heading.lower().replace(" ", "-") for heading in headings}
        elif "://" not in target:
            name, _, anchor = target.partition("#")
            found = (parley_corpus.dataset / name).read_text(encoding="utf-8")
            assert not anchor or f"## {anchor.replace('-', ' ').capitalize()}\n" in found


@pytest.mark.browser
@pytest.mark.long
def test_the_card_is_at_most_eight_screens_and_its_pictures_are_there(
    parley_corpus: CorpusPaths,
) -> None:
    """In a real browser, as wide as a laptop's; on dark ground too."""
    requirements_for_tests.chromium()
    folder = parley_corpus.dataset
    body = card_of(parley_corpus).partition("\n---\n")[2]
    shown = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    page = folder / "README.html"
    page.write_text(f'<!doctype html><meta charset="utf-8"><style>{LOOK}</style><main>{shown}</main>')
    with browser.chromium() as started:
        for scheme in ("light", "dark"):
            opened = started.new_context(
                viewport={"width": 1280, "height": 900}, color_scheme=scheme
            ).new_page()
            opened.goto(page.as_uri())
            assert opened.evaluate("document.documentElement.scrollHeight") <= 8 * 900
            assert opened.evaluate("[...document.images].every((one) => one.naturalWidth > 0)")


def test_entities_are_told_to_have_the_ids_they_have(harbour: CorpusPaths) -> None:
    """How many Wikidata ids there are is counted."""
    before = bullet(section(card_of(harbour), "Summary"), "Size")
    assert "10 entities" in before
    lines = harbour.entities.read_text(encoding="utf-8").splitlines(keepends=True)
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:4], "Q42", *cells[5:]])
    harbour.entities.write_text("".join(lines), encoding="utf-8")
    path = harbour.root / "release.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"0.1.0"', '"0.2.0"'), encoding="utf-8")
    after = bullet(section(card_of(harbour), "Summary"), "Size")
    assert list((Counter(numbers(after)) - Counter(numbers(before))).elements()) == [1]


def test_no_config_is_offered_that_is_not_there(harbour: CorpusPaths) -> None:
    """Without entities and relations the card has no row for them; of no rules it names no file."""
    entities = harbour.entities.read_text(encoding="utf-8").partition("\n")[0]
    harbour.entities.write_text(entities + "\n", encoding="utf-8")
    for path in harbour.labels.glob("*/*.json"):
        layer = decode_layer(path.read_bytes())
        bare = [msgspec.structs.replace(s, attributes={}) for s in layer.spans]
        path.write_bytes(encode_layer(msgspec.structs.replace(layer, spans=tuple(bare), relations=())))
    shutil.rmtree(harbour.labels / "rules")
    rows = [row for row in harbour.annotators.read_text().splitlines() if ",rules," not in row]
    harbour.annotators.write_text("\n".join(rows) + "\n")
    harbour.preannotation.unlink()
    build_release(harbour)
    card = (harbour.dataset / "README.md").read_text(encoding="utf-8")
    there = {path.name for path in (harbour.dataset / "data").iterdir()}
    offered = card.partition("| config | a row is |")[2].partition("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", offered, re.MULTILINE)) == there
    known = configs(Corpus(harbour).ontology).keys() & {"statements", "claims", "figures"}
    assert known - there <= {*re.findall(r"`(\w+)`", section(card, "Structure"))}  # it says what is left out
    assert "preannotation.toml" not in card
    assert "`entities`" not in card
    assert "ada" in bullet(card, "Annotation process")
