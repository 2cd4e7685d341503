"""croissant.json: the release in Croissant 1.1, with the RAI vocabulary 1.0 and provenance.

Format: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html and croissant-rai-spec.html. Every
file is listed with its hash; the records are read through patterns relative to the folder of croissant.json,
so that `mlcroissant load --jsonld croissant.json --record_set spans` works on a copy without a network.
A config is one FileSet and one RecordSet; ClassLabels refer to enumerations that name their integers, and
the split is read from the file's name. Terms differ by part: `usageInfo` has an offer for each, of the
dataset and of the fields that quote an article. Statistics of a field are annotations of it, from the
statistics that its Parquet files carry: how many values there are, and the least and greatest number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from parley.faults import Fault
from parley.model.annotators import Annotator
from parley.release.card.citation import bibtex
from parley.release.card.content import Content, agreement_figures
from parley.release.data.schema import Column, Config
from parley.release.inputs import Licence
from parley.release.splits import SPLITS
from parley.release.versions.history import file_sha256
from parley.runtime.counts import counted

Node = dict[str, Any]
Enumerations = Mapping[tuple[str, ...], str]  # names of classes → id

FILE = "croissant.json"
_PARQUET = "application/x-parquet"
_SPLITS = {"train": "cr:TrainingSplit", "validation": "cr:ValidationSplit", "test": "cr:TestSplit"}
_TYPES = {"string": "sc:Text", "bool": "sc:Boolean"}
_TYPES |= {"int32": "cr:Int32", "int64": "cr:Int64", "float64": "cr:Float64"}
_UNSHOWN = re.compile(r"<(?=[/!?a-zA-Z])|[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
_CARDINALITY = "wd:Q4049983"


def croissant(content: Content, folder: Path) -> bytes:
    """Return croissant.json of a release whose Parquet files are below `folder`."""
    settings, words = content.settings, content.blocks
    without = " The articles' text is not in this copy." if content.is_withheld else ""
    head = files("parley.release").joinpath("templates/croissant.json").read_text(encoding="utf-8")
    node: Node = {
        **json.loads(head),  # context and versions of the vocabularies
        "name": settings.title,
        "alternateName": settings.name,
        "description": " ".join(settings.summary.split()) + without,
        "url": settings.url,
        "version": settings.version,
        "datePublished": settings.date,
        "creator": [{"@type": "sc:Organization", "name": author} for author in settings.authors],
        "inLanguage": settings.languages,
        "keywords": settings.keywords,
        "license": [_licence(licence) for licence in settings.licences],
        "usageInfo": [_offer(one) for one in _in_release(content)],
        **({"identifier": f"https://doi.org/{settings.doi}"} if settings.doi else {}),
        "citeAs": " ".join(bibtex(settings).split()),
        **_responsible(content, words),
        "prov:wasDerivedFrom": [_derived_from(content)],
        "prov:wasGeneratedBy": _generated_by(content, words["decisions"]),
        "distribution": [*_files(folder), *(_file_set(config) for config in content.sizes)],
        "recordSet": _record_sets(content, folder),
    }
    text = json.dumps(node, ensure_ascii=False, indent=1)
    # as escapes: what would be markup in a page that holds this, and what no screen shows
    return (_UNSHOWN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n").encode()


def croissant_faults(folder: Path, name: str) -> list[Fault]:
    """Return what mlcroissant finds wrong with the croissant.json in `folder`. name: of the folder in faults.

    Its import and the check take a second or two, so only what is about to be put in place is checked, and of
    the statistics of fields, a third of all there is to check, those of one config: they are made alike.
    """
    import mlcroissant

    node = json.loads((folder / FILE).read_bytes())
    for one in node["recordSet"]:
        if one["@id"] != "documents":
            for field in one["field"]:
                field.pop("annotation", None)
    try:
        mlcroissant.Dataset(jsonld=node)
    except mlcroissant.ValidationError as error:
        return [Fault("release-damaged", f"{name}/{FILE}", " ".join(str(error).split()), f"{name}/{FILE}")]
    return []


def _licence(licence: Licence) -> Node:
    said = f"{licence.part}. {licence.note}" if licence.note else licence.part
    link = licence.link or (f"https://spdx.org/licenses/{licence.spdx}" if licence.spdx else "")
    node: Node = {"@type": "sc:CreativeWork", "name": licence.name, "description": said}
    return node | ({"url": link} if link else {})


def _in_release(content: Content) -> list[Licence]:
    """Return the licences of what is in the release: neither code, nor text that is withheld."""
    left_out = {"code", "text"} if content.is_withheld else {"code"}
    return [licence for licence in content.settings.licences if licence.covers not in left_out]


def _offer(licence: Licence) -> Node:
    """Return the terms of a part as an offer, which fields can refer to."""
    named = _licence(licence)
    policy = {"odrl:hasPolicy": {"@id": named["url"]}} if "url" in named else {}
    return {"@id": _offer_id(licence)} | named | {"@type": ["sc:CreativeWork", "odrl:Offer"]} | policy


def _offer_id(licence: Licence) -> str:
    return "terms/" + (licence.covers or re.sub(r"[^a-z0-9]+", "-", licence.part.lower()).strip("-"))


def _responsible(content: Content, words: Mapping[str, str]) -> Node:
    """Return the fields of the RAI vocabulary; what nobody said is left out."""
    from parley.agreement.report import round_title

    said = content.settings.responsible
    people = sum(a.kind == "human" for a in content.makers)
    programs = [f"{a.name} ({a.kind}): {a.note}" for a in content.makers if a.kind != "human"]
    layers = sorted(content.counts.layers_each)
    rounds = content.agreement.get("rounds", ())
    measured = [
        f"{round_title(one, rounds[-1])}: "
        + "; ".join(f"{name} {figure}" for name, figure in figures.items())
        for one, figures in zip(rounds, agreement_figures(content.agreement), strict=True)
    ]
    found: Node = {
        "rai:dataCollection": said.collection,
        "rai:dataCollectionType": said.collection_types,
        "rai:dataCollectionMissingData": said.missing_data,
        "rai:dataCollectionRawData": said.raw_data,
        "rai:dataPreprocessingProtocol": said.preprocessing,
        "rai:dataAnnotationProtocol": [words["process"], words["by_whom"]],
        "rai:dataAnnotationPlatform": said.annotation_platforms,
        "rai:dataAnnotationAnalysis": measured
        or ["Agreement between annotators was not measured in this version."],
        "rai:annotationsPerItem": str(layers[0]) if len(layers) == 1 else f"{layers[0]} to {layers[-1]}",
        "rai:annotatorDemographics": [
            f"{people} people, known by pseudonyms. No demographic facts about them were gathered."
            if people
            else "None: the annotators of this version are programs, not people."
        ],
        "rai:machineAnnotationTools": programs,
        "rai:dataUseCases": said.use_cases,
        "rai:dataLimitations": content.settings.faults,
        "rai:dataBiases": said.biases,
        "rai:dataSocialImpact": said.social_impact,
        "rai:personalSensitiveInformation": said.personal_information,
        "rai:dataReleaseMaintenancePlan": said.maintenance,
    }
    filled = {name: value for name, value in found.items() if value}
    # labels that a program gave are made by machine, also if the articles are not
    return filled | {"rai:hasSyntheticData": said.synthetic_text or bool(programs)}


def _derived_from(content: Content) -> Node:
    """Return the articles as one collection, its members by outlet."""
    members = [
        {
            "@type": "prov:Entity",
            "prov:label": outlet or "outlets that the articles do not name",
            "description": counted(number, "article"),
        }
        for outlet, number in sorted(content.counts.publishers.items())
    ]
    return {
        "@type": "prov:Collection",
        "prov:label": "raw articles",
        "description": (
            f"{counted(content.counts.documents, 'article')}, byte for byte; the column seed_sha256 of the "
            "config documents has the hash of each."
        ),
        "prov:hadMember": members,
    }


def _generated_by(content: Content, decisions: str) -> list[Node]:
    """Return what was done, in order: cleaning, labelling, adjudication if there was one, checks."""
    labelled_by, revision = content.counts.layers, content.inputs.ontology.revision
    leads = [a for a in content.makers if content.is_gold and a.name in content.counts.leads]
    cut = "The articles were cleaned by rules. What was cut is decided by rules with a reason each."
    judged = "Offsets, labels, values, references and splits were checked; any fault stops a release"
    judged += ", save those that the card says are accepted." if content.waived else "."
    made = [_activity("cleaning", cut)]
    for one in content.makers:
        if one not in leads:
            labelled = (
                f"{counted(labelled_by[one.name], 'article')}, after guidelines and the ontology {revision}."
            )
            made.append(_activity(f"labelling by {one.name}", labelled, one))
    if content.is_gold:
        made.append(_activity("adjudication", f"Of the published labels: {decisions}.", *leads))
    return [*made, _activity("validation", judged)]


def _activity(label: str, said: str, *annotators: Annotator) -> Node:
    node: Node = {"@type": "prov:Activity", "prov:label": label, "description": said}
    agents = [
        {
            "@type": "prov:Person" if a.kind == "human" else "prov:SoftwareAgent",
            "prov:label": a.name,
            "description": f"{a.kind}: {a.note}" if a.note else a.kind,
        }
        for a in annotators
    ]
    return node | ({"prov:wasAssociatedWith": agents} if agents else {})


def _files(folder: Path) -> list[Node]:
    import pyarrow.parquet as pq

    return [
        {
            "@type": "cr:FileObject",
            "@id": path.relative_to(folder).as_posix(),
            "name": path.name,
            "description": f"{pq.read_metadata(path).num_rows} rows",
            "contentUrl": path.relative_to(folder).as_posix(),
            "contentSize": f"{path.stat().st_size} B",
            "encodingFormat": _PARQUET,
            "sha256": file_sha256(path),
        }
        for path in sorted((folder / "data").rglob("*.parquet"))
    ]


def _file_set(config: str) -> Node:
    """Return the files of a config, found by pattern below the folder of croissant.json."""
    return {
        "@type": "cr:FileSet",
        "@id": f"{config}-files",
        "name": f"{config}-files",
        "description": f"The files of the config {config}.",
        "encodingFormat": _PARQUET,
        "includes": f"data/{config}/*.parquet",
    }


@dataclass(frozen=True)
class Statistics:
    """Statistics of a column over the files of a config. number: of its values, empty ones left out."""

    number: int
    least: int | float | None
    greatest: int | float | None

    def and_of(self, other: Statistics) -> Statistics:
        """Return the statistics of two files together."""
        least = [one for one in (self.least, other.least) if one is not None]
        greatest = [one for one in (self.greatest, other.greatest) if one is not None]
        number = self.number + other.number
        return replace(
            self, number=number, least=min(least, default=None), greatest=max(greatest, default=None)
        )


def statistics(folder: Path, config: str) -> dict[tuple[str, ...], Statistics]:
    """Return the statistics of each column of a config, by its path, from the footers of its files alone."""
    found: dict[tuple[str, ...], Statistics] = {}
    for path, one in _chunks(folder, config):
        found[path] = found[path].and_of(one) if path in found else one
    return found


def _chunks(folder: Path, config: str) -> Iterator[tuple[tuple[str, ...], Statistics]]:
    import pyarrow.parquet as pq

    for file in sorted((folder / "data" / config).glob("*.parquet")):
        metadata = pq.read_metadata(file)
        for group in range(metadata.num_row_groups):
            for number in range(metadata.num_columns):
                column = metadata.row_group(group).column(number)
                said = column.statistics
                if said is None:
                    continue
                path = tuple(n for n in column.path_in_schema.split(".") if n not in ("list", "element"))
                bounds = (said.min, said.max) if said.has_min_max else (None, None)
                numbers = [one if type(one) in (int, float) else None for one in bounds]
                yield path, Statistics(said.num_values, *numbers)


def _record_sets(content: Content, folder: Path) -> list[Node]:
    """Return splits, an enumeration for each list of class names, and a record set for each config."""
    ontology = content.inputs.ontology
    known = {ontology.span_names: "span_labels", ontology.relation_names: "relation_labels"}
    definitions = {one.name: one.definition for one in ontology.spans}
    definitions |= {one.name: one.definition for one in ontology.relations}
    enumerations: dict[tuple[str, ...], str] = {}
    configs = []
    for name, by_split in content.sizes.items():
        for path in content.configs[name].paths():
            if path[-1].classes:
                made = known.get(path[-1].classes, "_".join((name, *(column.name for column in path))))
                enumerations.setdefault(path[-1].classes, made)
        counts = {split: size.rows for split, size in by_split.items()}
        terms = [{"@id": _offer_id(one)} for one in _in_release(content) if one.covers == "text"]
        known_of = _Known(enumerations, statistics(folder, name), terms)
        configs.append(_record_set(content.configs[name], counts, known_of))
    splits = _listed(
        "splits",
        "Articles about one event are in one split.",
        "cr:Split",
        {"name": "sc:Text", "url": "sc:URL"},
        _SPLITS.items(),
    )
    classes = [
        _listed(
            made,
            "The names that integers stand for.",
            "sc:Enumeration",
            {"value": "sc:Integer", "name": "sc:Text", "definition": "sc:Text"},
            # a BIO tag means what its label does
            [(i, n, definitions.get(n[2:] if n[:2] in ("B-", "I-") else n, "")) for i, n in enumerate(names)],
        )
        for names, made in enumerations.items()
    ]
    return [splits, *classes, *configs]


def _listed(
    name: str, said: str, kind: str, columns: Mapping[str, str], rows: Iterable[Sequence[object]]
) -> Node:
    """Return a record set with its rows in it. columns: name → type, the key first."""
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": said,
        "dataType": kind,
        "key": {"@id": f"{name}/{next(iter(columns))}"},
        "field": [
            {"@type": "cr:Field", "@id": f"{name}/{column}", "name": column, "dataType": type_}
            for column, type_ in columns.items()
        ],
        "data": [{f"{name}/{c}": value for c, value in zip(columns, row, strict=True)} for row in rows],
    }


@dataclass(frozen=True)
class _Known:
    """What fields of a config refer to. terms: of the fields that quote an article."""

    enumerations: Enumerations
    statistics: Mapping[tuple[str, ...], Statistics]
    terms: Sequence[Node]


def _record_set(config: Config, counts: Mapping[str, int], known: _Known) -> Node:
    fields = [_field(config.name, (column,), known) for column in config.columns]
    if counts.keys() <= set(SPLITS):
        fields.insert(0, _split_field(config.name))
    said = "" if len(counts) == 1 else f": {', '.join(f'{n} {split}' for split, n in counts.items())}"
    total = sum(counts.values())
    return {
        "@type": "cr:RecordSet",
        "@id": config.name,
        "name": config.name,
        "description": f"A record is {config.row}. {total} records{said}.",
        **({"key": [{"@id": f"{config.name}/{name}"} for name in config.key]} if config.key else {}),
        "annotation": {
            "@type": "cr:Field",
            "@id": f"{config.name}/number-of-records",
            "description": "how many records there are",
            "dataType": ["sc:Integer", _CARDINALITY],
            "value": total,
        },
        "field": fields,
    }


def _field(config: str, path: tuple[Column, ...], known: _Known) -> Node:
    """Return the field of a column. path: the column, or a column of structs and a part of it."""
    column, names = path[-1], [one.name for one in path]
    node: Node = {
        "@type": "cr:Field",
        "@id": "/".join((config, *names)),
        "name": column.name,
        "description": column.description,
    }
    if column.is_list or column.parts:
        node |= {"isArray": True, "arrayShape": "-1"}
    if column.parts:
        parts = [_field(config, (column, part), known) for part in column.parts]
        return node | {"dataType": "cr:Label", "subField": parts}
    source: Node = {"fileSet": {"@id": f"{config}-files"}, "extract": {"column": names[0]}}
    if len(path) > 1:
        source["transform"] = {"jsonPath": column.name}
    node |= {"dataType": _TYPES[column.type], "source": source}
    if column.classes:
        node["dataType"] = [node["dataType"], "cr:Label"]
        node["references"] = {"field": {"@id": f"{known.enumerations[column.classes]}/value"}}
    if known.terms and column.quotes:
        node["usageInfo"] = list(known.terms)
    said = known.statistics.get(tuple(names))
    return node | ({"annotation": list(_annotations(node["@id"], column, said))} if said else {})


def _annotations(place: str, column: Column, said: Statistics) -> Iterator[Node]:
    """Yield the statistics of a field as fields about it. place: its id."""
    number = {"dataType": ["sc:Integer", _CARDINALITY], "value": said.number}
    yield {
        "@type": "cr:Field",
        "@id": f"{place}/number-of-values",
        "description": "how many values there are, empty ones left out",
        **number,
    }
    if (
        said.least is None or said.greatest is None or column.classes
    ):  # the number of a class is not a quantity
        return
    for name, value, which in (("minimum", said.least, "minValue"), ("maximum", said.greatest, "maxValue")):
        yield {
            "@type": "cr:Field",
            "@id": f"{place}/{name}",
            "description": f"the {name} of the values",
            "dataType": _TYPES[column.type],
            "equivalentProperty": f"sc:{which}",
            "value": value,
        }


def _split_field(config: str) -> Node:
    return {
        "@type": "cr:Field",
        "@id": f"{config}/split",
        "name": "split",
        "description": "train, validation or test",
        "dataType": "sc:Text",
        "source": {
            "fileSet": {"@id": f"{config}-files"},
            "extract": {"fileProperty": "filename"},
            # the loader applies it twice where it joins: the second time to what the first one left
            "transform": {"regex": f"^({'|'.join(SPLITS)})(?:-.*)?$"},
        },
        "references": {"field": {"@id": "splits/name"}},
    }
