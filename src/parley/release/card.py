"""The dataset card: YAML that `load_dataset` reads, and Markdown whose every figure is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from parley.release.content import Content, Sizes
from parley.release.features import tagged_labels
from parley.release.making import how
from parley.release.plots import PICTURE
from parley.release.settings import Settings
from parley.release.shards import Size
from parley.release.summaries import (
    agreement_table,
    annotators_table,
    attributes_table,
    label_table,
    rows_table,
    splits_table,
    without_any,
)
from parley.release.withholding import CONFIG as FINGERPRINTS

_NO_ARTICLES_SIZE = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


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
        license="other",
        license_name="labels-cc-by-4.0-articles-all-rights-of-their-publishers",
        license_link="README.md#licences",
        annotations_creators=_creators(content),
        task_categories=["token-classification", "text-classification"],
        tags=list(settings.keywords),
        size_categories=[_size(content.tally.documents)],
        configs=_configs(sizes),
        dataset_info=_dataset_info(sizes, download_size),
    )
    body = _body(settings, content, sizes, agreement, has_datasheet=has_datasheet)
    return f"---\n{data.to_yaml()}\n---\n\n{body}"


def _creators(content: Content) -> list[str]:
    kinds = {a.kind for a in content.makers}
    return ["expert-generated" if kinds == {"human"} else "machine-generated"]


def _size(articles: int) -> str:
    return next((name for limit, name in _NO_ARTICLES_SIZE if articles < limit), "n>1M")


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
    return environment.from_string(template).render(
        settings=settings,
        picture=PICTURE,
        has_datasheet=has_datasheet,
        has_conflicts="conflicts" in sizes,
        withheld=FINGERPRINTS in sizes,
        by_people=kinds == ["human"],
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
        agreement_table=agreement_table(agreement),
        how=how(content),
        annotators_table=annotators_table(content),
    )
