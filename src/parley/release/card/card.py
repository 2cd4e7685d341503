"""The dataset card: YAML that `load_dataset` reads, and Markdown whose every figure is computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from parley.release.card.citation import bibtex
from parley.release.card.codebook import codebook
from parley.release.card.content import Content
from parley.release.card.datasheet import FILE as DATASHEET
from parley.release.card.makers import how
from parley.release.card.plots import PICTURE
from parley.release.card.tables import (
    agreement_section,
    annotators_table,
    attributes_table,
    label_table,
    linked,
    rows_table,
    splits_table,
    tags_in_words,
    without_any,
)
from parley.release.data.counts import conflicts
from parley.release.data.schema import QUOTES, SPLIT_CONFIGS, tagged_labels
from parley.release.data.shards import Size
from parley.release.inputs import Settings

_STEPS = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")  # of the Hub's size categories


def card(content: Content, folder: Path) -> str:
    """Return the card of a release whose data and datasheet are in `folder`."""
    from huggingface_hub import DatasetCardData

    settings = content.settings
    by_people = {a.kind for a in content.makers} == {"human"}
    data = DatasetCardData(
        pretty_name=settings.title,
        language=list(settings.languages),
        **licence(settings),
        annotations_creators=["expert-generated" if by_people else "machine-generated"],
        task_categories=["token-classification", "text-classification"],
        tags=list(settings.keywords),
        size_categories=[size_category(content.counts.documents)],
        configs=[_files(name, by_split) for name, by_split in content.sizes.items()],
        dataset_info=[_info(content, name, folder / "data" / name) for name in content.sizes],
    )
    body = _body(content, has_datasheet=(folder / DATASHEET).is_file())
    return f"---\n{data.to_yaml()}\n---\n\n{body}"


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


def _files(name: str, by_split: Mapping[str, Size]) -> dict[str, Any]:
    """Return the files of a config, as `load_dataset` finds them."""
    files = [{"split": split, "path": f"data/{name}/{split}-*.parquet"} for split in by_split]
    found: dict[str, Any] = {"config_name": name, "data_files": files}
    return found | ({"default": True} if name == SPLIT_CONFIGS[0] else {})


def _info(content: Content, name: str, folder: Path) -> dict[str, Any]:
    by_split = content.sizes[name]
    return {
        "config_name": name,
        "features": content.configs[name].features._to_yaml_list(),
        "splits": [
            {"name": split, "num_bytes": size.bytes, "num_examples": size.rows}
            for split, size in by_split.items()
        ],
        "download_size": sum(path.stat().st_size for path in folder.iterdir()),
        "dataset_size": sum(size.bytes for size in by_split.values()),
    }


def _body(content: Content, *, has_datasheet: bool) -> str:
    import jinja2

    template = files("parley.release").joinpath("templates/card.md.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown of the corpus' own words
    )
    ontology, counts, makers = content.inputs.ontology, content.counts, content.makers
    differing = conflicts(counts.figures)
    return environment.from_string(template).render(
        settings=content.settings,
        picture=PICTURE,
        has_datasheet=has_datasheet,
        bibtex=bibtex(content.settings),
        codebook=codebook(content),
        differing=len(differing),
        excluded=sum(conflict.excluded for conflict in differing),
        instances=len({conflict.figure.entity for conflict in differing}),
        linked=linked(content),
        withheld=content.is_withheld,
        quoting=", ".join(f"`{name}`" for name in sorted(QUOTES)),
        is_gold=content.is_gold,
        kinds=sorted({a.kind for a in makers}),
        makers=", ".join(f"{a.name} ({a.kind})" for a in makers),
        tagged=", ".join(tagged_labels(ontology)),
        tags=tags_in_words(content),
        rows_table=rows_table(content),
        spans_table=label_table("span", ontology.span_names, counts.spans),
        relations_table=label_table("relation", ontology.relation_names, counts.relations),
        empty_spans=without_any(ontology.span_names, counts.spans),
        empty_relations=without_any(ontology.relation_names, counts.relations),
        attributes_table=attributes_table(content),
        splits_table=splits_table(content),
        agreement=agreement_section(content),
        how=how(content),
        annotators_table=annotators_table(content),
    )
