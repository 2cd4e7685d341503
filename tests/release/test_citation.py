"""How a release is cited and deposited: from one source, with the terms of each part."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import yaml

from checkout import CHECKOUT
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.paths import CorpusPaths
from parley.release.card.citation import bibtex, citation, zenodo
from parley.release.card.croissant import croissant_faults, statistics
from parley.release.data.files import data_files, read_table
from parley.release.inputs import Licence, Settings, read_settings
from releases_for_tests import build_release

# of Zenodo's deposit metadata (https://developers.zenodo.org, Deposit metadata), those of a data set
FIELDS = {
    "access_conditions", "access_right", "communities", "contributors", "creators", "description", "doi",
    "embargo_date", "grants", "keywords", "language", "license", "notes", "publication_date", "references",
    "related_identifiers", "subjects", "title", "upload_type", "version",
}  # fmt: skip
LABELS = Licence("Labels", "CC BY 4.0", spdx="CC-BY-4.0", covers="labels")
TEXT = Licence("Articles", "all rights reserved", note="Ask <them>", covers="text")
CODE = Licence("Code", "Apache-2.0", spdx="Apache-2.0", covers="code")


@pytest.fixture
def settings() -> Settings:
    """Return the settings of this checkout's release."""
    return read_settings(Corpus(CorpusPaths(CHECKOUT)))


def deposit(settings: Settings, **how: bool) -> dict[str, Any]:
    """Return .zenodo.json, which must be what a deposit may be."""
    said: dict[str, Any] = json.loads(zenodo(settings, **how))
    assert said.keys() <= FIELDS
    assert {"title", "description", "creators", "access_right"} <= said.keys()
    assert said["upload_type"] == "dataset"
    needed = {"open": "license", "restricted": "access_conditions"}[said["access_right"]]
    assert said[needed]
    assert all(set(creator) <= {"name", "affiliation", "orcid"} for creator in said["creators"])
    assert all({"identifier", "relation"} <= set(one) for one in said["related_identifiers"])
    return said


def test_a_deposit_says_what_the_citation_says(settings: Settings) -> None:
    """Title, authors, version, date and keywords are those of CITATION.cff."""
    said, cff = deposit(settings), yaml.safe_load(citation(settings))
    assert (said["title"], said["version"], said["publication_date"], said["keywords"]) == (
        cff["title"], cff["version"], cff["date-released"], cff["keywords"]
    )  # fmt: skip
    assert said["creators"] == cff["authors"]


def test_only_what_one_licence_covers_is_open(settings: Settings) -> None:
    """Text that nobody licensed makes a deposit restricted, unless it is withheld; code is not in it."""
    split = msgspec.structs.replace(settings, licences=(LABELS, TEXT, CODE))
    said = deposit(split)
    assert (said["access_right"], said.get("license")) == ("restricted", None)
    assert "Ask &lt;them&gt;" in said["access_conditions"]
    open_ = deposit(split, withheld=True)
    assert (open_["access_right"], open_["license"]) == ("open", "CC-BY-4.0")
    assert "Articles" not in open_["notes"]


def test_a_doi_stands_wherever_a_release_is_cited(settings: Settings) -> None:
    """Without one there is no such field, not an empty one."""
    given = msgspec.structs.replace(settings, doi="10.5281/zenodo.1234567")
    assert yaml.safe_load(citation(given))["doi"] == deposit(given)["doi"] == given.doi
    assert "doi = {10.5281/zenodo.1234567}," in bibtex(given)
    without = msgspec.structs.replace(settings, doi="")
    assert "doi" not in yaml.safe_load(citation(without)).keys() | deposit(without).keys()
    assert "doi" not in bibtex(without)


@pytest.mark.parametrize("doi", ["https://doi.org/10.5281/zenodo.1", "10.5281", "10.5281/a b", "10.5281/a."])
def test_what_is_no_doi_is_refused(harbour: CorpusPaths, doi: str) -> None:
    """Neither an address nor a part of one, and no full stop of the sentence around it."""
    path = harbour.root / "release.toml"
    path.write_text(f'doi = "{doi}"\n' + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(DataFaults) as refused:
        read_settings(Corpus(harbour))
    assert [fault.code for fault in refused.value.faults] == ["release-malformed"]


def test_croissant_tells_terms_and_statistics_of_fields(harbour: CorpusPaths) -> None:
    """Fields that quote an article have its terms; counts and bounds are those of the data; it is valid."""
    path = harbour.root / "release.toml"
    head, _, _ = path.read_text(encoding="utf-8").partition("[[licences]]")
    for one in (LABELS, TEXT, CODE):
        lines = [f"{name} = {json.dumps(value)}" for name, value in msgspec.to_builtins(one).items()]
        head += "\n".join(["[[licences]]", *lines, ""])
    path.write_text(head, encoding="utf-8")
    build_release(harbour)
    said = json.loads((harbour.dataset / "croissant.json").read_text(encoding="utf-8"))
    assert [offer["@id"] for offer in said["usageInfo"]] == ["terms/labels", "terms/text"]
    spans = next(one for one in said["recordSet"] if one["@id"] == "spans")
    fields = {field["name"]: field for field in spans["field"]}
    assert fields["text"]["usageInfo"] == [{"@id": "terms/text"}]
    assert "usageInfo" not in fields["start"]
    rows = [row for _, file in data_files(harbour.dataset, "spans") for row in read_table(file).to_pylist()]
    for name, field in fields.items():
        if name == "split":
            continue
        told = {one["@id"].rpartition("/")[2]: one["value"] for one in field["annotation"]}
        lists = (row[name] if isinstance(row[name], list) else [row[name]] for row in rows)
        values = [value for some in lists for value in some if value is not None]
        assert told["number-of-values"] == len(values), name
        if "minimum" in told:
            assert (told["minimum"], told["maximum"]) == (min(values), max(values)), name
    assert {"minimum", "maximum"} <= {one["@id"].rpartition("/")[2] for one in fields["start"]["annotation"]}
    assert croissant_faults(harbour.dataset, "dataset") == []
    assert statistics(harbour.dataset, "documents")["spans", "start"].number == len(rows)
