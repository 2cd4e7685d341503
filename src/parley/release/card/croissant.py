"""croissant.json: the release in Croissant 1.1, with the RAI vocabulary 1.0 and provenance.

Format: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and croissant-rai-spec.html. Every
file is listed with its hash; the records are read through patterns relative to the folder of croissant.json,
so that `mlcroissant load --jsonld croissant.json --record_set spans` works on a copy without a network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from parley.release.card.citation import bibtex
from parley.release.card.content import Content, Sizes
from parley.release.card.makers import (
    agreement_figures,
    by_whom,
    demographics,
    how,
    layers_per_article,
    programs,
)
from parley.release.card.provenance import derived_from, generated_by
from parley.release.card.record_sets import PARQUET, Node, RecordSets, file_set
from parley.release.settings import Licence, Settings
from parley.release.standoff.fingerprints import CONFIG as FINGERPRINTS
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


def croissant(
    settings: Settings,
    content: Content,
    sizes: Sizes,
    agreement: Mapping[str, Any],
    folder: Path,
) -> bytes:
    """Return croissant.json of a release whose Parquet files stand below `folder`."""
    without = " The articles' text is not in this copy." if FINGERPRINTS in sizes else ""
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
        **_responsible(settings, content, agreement),
        "prov:wasDerivedFrom": derived_from(content),
        "prov:wasGeneratedBy": generated_by(content),
        "distribution": [*_files(folder), *(file_set(config) for config in sizes)],
        "recordSet": RecordSets(content.ontology).of(sizes),
    }
    return (json.dumps(node, ensure_ascii=False, indent=1) + "\n").encode()


def _licence(licence: Licence) -> Node:
    said = f"{licence.part}. {licence.note}" if licence.note else licence.part
    link = licence.link or (f"https://spdx.org/licenses/{licence.spdx}" if licence.spdx else "")
    node: Node = {"@type": "sc:CreativeWork", "name": licence.name, "description": said}
    return node | ({"url": link} if link else {})


def _responsible(settings: Settings, content: Content, agreement: Mapping[str, Any]) -> Node:
    """Return the fields of the RAI vocabulary; what nobody said is left out."""
    said = settings.responsible
    measured = agreement_figures(agreement) or [
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
    # labels that a program gave are made by machine, also where the articles are not
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
