"""croissant.json: the release in Croissant 1.1, with the RAI vocabulary 1.0 and provenance.

Format: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and croissant-rai-spec.html. Every
file is listed with its hash; the records are read through patterns relative to the folder of croissant.json,
so that `mlcroissant load --jsonld croissant.json --record_set spans` works on a copy without a network.
"""

from __future__ import annotations

import json
from pathlib import Path

from parley.faults import Fault
from parley.model.annotators import Annotator
from parley.release.card.citation import bibtex
from parley.release.card.content import Content
from parley.release.card.makers import (
    agreement_figures,
    by_whom,
    decisions,
    demographics,
    how,
    layers_per_article,
    programs,
)
from parley.release.card.record_sets import PARQUET, Node, file_set, record_sets
from parley.release.inputs import Licence
from parley.release.versions.history import file_sha256

FILE = "croissant.json"
_CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
# fmt: off
_TERMS = (  # terms of Croissant itself, written without prefix
    "annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "examples",
    "excludes", "extract", "field", "fileObject", "fileProperty", "fileSet", "format", "includes",
    "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "readLines", "recordSet",
    "references", "regex", "repeated", "replace", "samplingRate", "sdVersion", "separator", "source",
    "subField", "transform", "unArchive",
)
# fmt: on
_CONTEXT: Node = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "wd": "http://www.wikidata.org/entity/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}


def croissant(content: Content, folder: Path) -> bytes:
    """Return croissant.json of a release whose Parquet files are below `folder`."""
    settings = content.settings
    without = " The articles' text is not in this copy." if content.is_withheld else ""
    node: Node = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(_CONFORMS_TO),
        "name": settings.title,
        "alternateName": settings.name,
        "description": " ".join(settings.summary.split()) + without,
        "url": settings.url,
        "version": settings.version,
        "datePublished": settings.date,
        "creator": [{"@type": "sc:Organization", "name": author} for author in settings.authors],
        "inLanguage": list(settings.languages),
        "keywords": list(settings.keywords),
        "license": [_licence(licence) for licence in settings.licences],
        "citeAs": " ".join(bibtex(settings).split()),
        **_responsible(content),
        "prov:wasDerivedFrom": _derived_from(content),
        "prov:wasGeneratedBy": _generated_by(content),
        "distribution": [*_files(folder), *(file_set(config) for config in content.sizes)],
        "recordSet": record_sets(content),
    }
    return (json.dumps(node, ensure_ascii=False, indent=1) + "\n").encode()


def croissant_faults(folder: Path, name: str) -> list[Fault]:
    """Return what mlcroissant finds wrong with the croissant.json in `folder`. name: of the folder in faults.

    Its import and the check take about a second, so only what is about to be put in place is checked.
    """
    import mlcroissant

    try:
        mlcroissant.Dataset(jsonld=folder / FILE)
    except mlcroissant.ValidationError as error:
        return [Fault("release-damaged", f"{name}/{FILE}", " ".join(str(error).split()), f"{name}/{FILE}")]
    return []


def _licence(licence: Licence) -> Node:
    said = f"{licence.part}. {licence.note}" if licence.note else licence.part
    link = licence.link or (f"https://spdx.org/licenses/{licence.spdx}" if licence.spdx else "")
    node: Node = {"@type": "sc:CreativeWork", "name": licence.name, "description": said}
    return node | ({"url": link} if link else {})


def _responsible(content: Content) -> Node:
    """Return the fields of the RAI vocabulary; what nobody said is left out."""
    settings = content.settings
    said = settings.responsible
    measured = agreement_figures(content.agreement) or [
        "Agreement between annotators was not measured in this version."
    ]
    found: Node = {
        "rai:dataCollection": said.collection,
        "rai:dataCollectionType": list(said.collection_types),
        "rai:dataCollectionMissingData": said.missing_data,
        "rai:dataCollectionRawData": said.raw_data,
        "rai:dataPreprocessingProtocol": list(said.preprocessing),
        "rai:dataAnnotationProtocol": [how(content), by_whom(content)],
        "rai:dataAnnotationPlatform": list(said.annotation_platforms),
        "rai:dataAnnotationAnalysis": measured,
        "rai:annotationsPerItem": layers_per_article(content),
        "rai:annotatorDemographics": [demographics(content)],
        "rai:machineAnnotationTools": programs(content),
        "rai:dataUseCases": list(said.use_cases),
        "rai:dataLimitations": list(settings.faults),
        "rai:dataBiases": list(said.biases),
        "rai:dataSocialImpact": said.social_impact,
        "rai:personalSensitiveInformation": list(said.personal_information),
        "rai:dataReleaseMaintenancePlan": said.maintenance,
    }
    filled = {name: value for name, value in found.items() if value}
    # labels that a program gave are made by machine, also if the articles are not
    return filled | {"rai:hasSyntheticData": said.synthetic_text or bool(programs(content))}


def _files(folder: Path) -> list[Node]:
    import pyarrow.parquet as pq

    found = []
    for path in sorted((folder / "data").rglob("*.parquet")):
        found.append(
            {
                "@type": "cr:FileObject",
                "@id": path.relative_to(folder).as_posix(),
                "name": path.name,
                "description": f"{pq.read_metadata(path).num_rows} rows",
                "contentUrl": path.relative_to(folder).as_posix(),
                "contentSize": f"{path.stat().st_size} B",
                "encodingFormat": PARQUET,
                "sha256": file_sha256(path),
            }
        )
    return found


def _derived_from(content: Content) -> list[Node]:
    """Return the articles as one collection, its members by outlet."""
    members = [
        {
            "@type": "prov:Entity",
            "prov:label": outlet or "outlets that the articles do not name",
            "description": f"{number} article{'s' if number > 1 else ''}",
        }
        for outlet, number in sorted(content.counts.publishers.items())
    ]
    return [
        {
            "@type": "prov:Collection",
            "prov:label": "raw articles",
            "description": (
                f"{content.counts.documents} articles, byte for byte; the column seed_sha256 of the config "
                "documents has the hash of each."
            ),
            "prov:hadMember": members,
        }
    ]


def _generated_by(content: Content) -> list[Node]:
    """Return what was done, in order: cleaning, labelling, adjudication if there was one, checks."""
    counted, revision = content.counts.layers, content.inputs.ontology.revision
    leads = [a for a in content.makers if content.is_gold and a.name in content.counts.leads]
    cut = "The articles were cleaned by rules. What was cut is decided by rules with a reason each."
    judged = "Offsets, labels, values, references and splits were checked; any fault stops a release."
    made = [_activity("cleaning", cut)]
    for one in content.makers:
        if one not in leads:
            labelled = f"{counted[one.name]} articles, after guidelines and the ontology {revision}."
            made.append(_activity(f"labelling by {one.name}", labelled, one))
    if content.is_gold:
        made.append(_activity("adjudication", f"Of the published labels: {decisions(content)}.", *leads))
    return [*made, _activity("validation", judged)]


def _agent(annotator: Annotator) -> Node:
    """Return an annotator as a PROV agent: a person, or software."""
    kind = "prov:Person" if annotator.kind == "human" else "prov:SoftwareAgent"
    return {
        "@type": kind,
        "prov:label": annotator.name,
        "description": f"{annotator.kind}: {annotator.note}" if annotator.note else annotator.kind,
    }


def _activity(label: str, said: str, *agents: Annotator) -> Node:
    node: Node = {"@type": "prov:Activity", "prov:label": label, "description": said}
    if agents:
        node["prov:wasAssociatedWith"] = [_agent(a) for a in agents]
    return node
