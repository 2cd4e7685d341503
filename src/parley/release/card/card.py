"""The dataset card: YAML that `load_dataset` reads, and Markdown whose every figure is computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from parley.release.card.citation import bibtex
from parley.release.card.codebook import codebook
from parley.release.card.content import Content, Sizes
from parley.release.card.makers import how
from parley.release.card.plots import PICTURE
from parley.release.card.tables import (
    agreement_or_why_not,
    annotators_table,
    attributes_table,
    label_table,
    linked,
    rows_table,
    splits_table,
    without_any,
)
from parley.release.data.conflicts import conflicts
from parley.release.data.features import tagged_labels
from parley.release.data.shards import Size
from parley.release.settings import Settings
from parley.release.standoff.fingerprints import CONFIG as FINGERPRINTS
from parley.release.standoff.fingerprints import QUOTES

_STEPS = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")  # of the Hub's size categories


def card(
    settings: Settings,
    content: Content,
    sizes: Sizes,
    agreement: Mapping[str, Any],
    download_size: Callable[[str], int],
    *,
    has_datasheet: bool,
) -> str:
    """Return the card of a release.

    download_size: config → bytes of its files. has_datasheet: whether a datasheet stands beside it.
    """
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(
        pretty_name=settings.title,
        language=list(settings.languages),
        **licence(settings),
        annotations_creators=_creators(content),
        task_categories=["token-classification", "text-classification"],
        tags=list(settings.keywords),
        size_categories=[size_category(content.tally.documents)],
        configs=_configs(sizes),
        dataset_info=_dataset_info(sizes, download_size),
    )
    body = _body(settings, content, sizes, agreement, has_datasheet=has_datasheet)
    return f"---\n{data.to_yaml()}\n---\n\n{body}"


def _creators(content: Content) -> list[str]:
    kinds = {a.kind for a in content.makers}
    return ["expert-generated" if kinds == {"human"} else "machine-generated"]


def licence(settings: Settings) -> dict[str, Any]:
    """Return the licence as the Hub wants it: its SPDX name, or `other` with a name and an address."""
    if settings.licence:
        return {"license": settings.licence.lower()}
    named = " ".join(f"{one.part} {one.name}" for one in settings.licences)
    slug = re.sub(r"[^a-z0-9.]+", "-", named.lower()).strip("-")
    return {"license": "other", "license_name": slug, "license_link": f"{settings.url}#licences"}


def size_category(articles: int) -> str:
    """Return the Hub's size category of a number of articles."""
    above = [step for number, step in enumerate(_STEPS) if articles >= 10 ** (number + 3)]
    if not above:
        return f"n<{_STEPS[0]}"
    beyond = _STEPS[len(above) :]
    return f"{above[-1]}<n<{beyond[0]}" if beyond else f"n>{_STEPS[-1]}"


def _configs(sizes: Sizes) -> list[dict[str, Any]]:
    configs: list[dict[str, Any]] = []
    for name, splits in sizes.items():
        place = [{"split": split, "path": f"data/{name}/{split}-*.parquet"} for split in splits]
        configs.append(
            {"config_name": name, "data_files": place, **({"default": True} if not configs else {})}
        )
    return configs


def _features(by_split: Mapping[str, Size]) -> Any:  # noqa: ANN401 - datasets has no types
    import datasets as ds

    return ds.Features.from_arrow_schema(next(iter(by_split.values())).schema)


def _dataset_info(sizes: Sizes, download_size: Callable[[str], int]) -> list[dict[str, Any]]:
    return [
        {
            "config_name": name,
            "features": _features(by_split)._to_yaml_list(),
            "splits": [
                {"name": split, "num_bytes": size.nbytes, "num_examples": size.num_rows}
                for split, size in by_split.items()
            ],
            "download_size": download_size(name),
            "dataset_size": sum(size.nbytes for size in by_split.values()),
        }
        for name, by_split in sizes.items()
    ]


def _body(
    settings: Settings,
    content: Content,
    sizes: Sizes,
    agreement: Mapping[str, Any],
    *,
    has_datasheet: bool,
) -> str:
    import jinja2

    template = files("parley.release").joinpath("templates/card.md.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown of the corpus' own words
    )
    spans, relations = content.tally.spans, content.tally.relations
    ontology = content.ontology
    makers = content.makers
    kinds = sorted({a.kind for a in makers})
    differing = conflicts(content.tally.figures)
    return environment.from_string(template).render(
        settings=settings,
        picture=PICTURE,
        has_datasheet=has_datasheet,
        bibtex=bibtex(settings),
        codebook=codebook(ontology, sizes),
        differing=len(differing),
        excluded=sum(conflict.excluded for conflict in differing),
        happenings=len({conflict.figure.entity for conflict in differing}),
        linked=linked(content),
        withheld=FINGERPRINTS in sizes,
        quoting=", ".join(f"`{name}`" for name in sorted(QUOTES)),
        by_people=kinds == ["human"],
        is_gold=content.scheme.is_gold,
        kinds=kinds,
        makers=", ".join(f"{a.name} ({a.kind})" for a in makers),
        tagged=", ".join(tagged_labels(ontology)),
        rows_table=rows_table(sizes),
        spans_table=label_table("span", ontology.span_names, spans),
        relations_table=label_table("relation", ontology.relation_names, relations),
        empty_spans=without_any(ontology.span_names, spans),
        empty_relations=without_any(ontology.relation_names, relations),
        attributes_table=attributes_table(content),
        splits_table=splits_table(content),
        agreement=agreement_or_why_not(agreement, content),
        how=how(content),
        annotators_table=annotators_table(content),
    )
