"""The dataset card (YAML for `load_dataset`, Markdown with a codebook), its picture, datasheet and citation.

Their figures are computed. The codebook describes labels and attributes in the ontology's words and columns
in those of `data.schema`, so that whoever has only the dataset folder can read the data.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import accumulate, cycle
from itertools import count as count_up
from pathlib import Path
from typing import Any

from parley.faults import visible
from parley.model.labels import DECISIONS, REASONS
from parley.model.ontology import Ontology, relations_table, values_tables
from parley.release.card.content import Content, without_any
from parley.release.data.counts import conflicts
from parley.release.data.schema import QUOTES, SPLIT_CONFIGS, tagged_labels
from parley.release.inputs import Settings
from parley.runtime.markdown import fill, inline, paragraphs, table, templates

DATASHEET = "DATASHEET.md"
PICTURE = "figures/labels.svg"
CITATION = "CITATION.cff"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WIDE = 500  # of the bars, pixels
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")  # of Okabe & Ito
_HATCHES = ("", "M0 8L8 0", "M2 2h1M6 6h1", "M0 0L8 8M0 8L8 0", "M0 0L8 8")
_STEPS = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")  # of the Hub's size categories
_BOUNDED = (
    "perhaps with a bound before the {}, one of `~` `>` `<` `>=` `<=` (`{}`), or two {}s with `..` between "
    "(`{}`)"
)
_SYNTAX = {
    "entity": "an `id` of the config `entities`",
    "entities": "a list of `id`s of the config `entities`, sorted",
    "text": "words",
    "number": "a number",
    "timex3": "a TIMEX3 value: a date (`2025-06-02`, `2025-06`, `2025-W23-1`), with a clock time "
    "(`2025-06-02T10:00`) or a part of the day (`2025-06-02TNI`: MO MI AF EV NI DT), a length (`P30D`, "
    f"`PT1H40M`), {_BOUNDED.format('value', '>=P30D', 'value', 'P2D..P3D')}; or `PAST_REF`, `PRESENT_REF`, "
    "`FUTURE_REF`; X is a digit that the text leaves open (`XXXX-WXX-1`)",
    "quantity": "number, blank, unit (`9 person`, `7000000000 USD`), "
    + _BOUNDED.format("number", ">=1000 person", "number", "2..3 vessel"),
}


def datasheet(prose: str, content: Content) -> str:
    """Return the datasheet of a release: prose by hand with its blocks filled."""
    return fill(prose, content.blocks, DATASHEET)


def card(content: Content, folder: Path) -> str:
    """Return the card of a release whose data and datasheet are in `folder`."""
    from huggingface_hub import DatasetCardData

    settings, ontology, counts = content.settings, content.inputs.ontology, content.counts
    kinds = {a.kind for a in content.makers}
    data = DatasetCardData(
        pretty_name=visible(settings.title),
        language=list(settings.languages),
        **_licence(settings),
        annotations_creators=["expert-generated" if kinds == {"human"} else "machine-generated"],
        task_categories=["token-classification", "text-classification"],
        tags=list(map(visible, settings.keywords)),
        size_categories=[size_category(counts.documents)],
        configs=[_files(content, name) for name in content.sizes],
        dataset_info=[_info(content, name, folder / "data" / name) for name in content.sizes],
    )
    differing = conflicts(counts.figures)
    template = templates("parley.release").get_template("card.md.j2")
    body = template.render(
        settings=settings,
        title=inline(settings.title),
        summary=paragraphs(settings.summary),
        content=content,
        **content.blocks,
        codebook=_codebook(content),
        picture=PICTURE,
        has_datasheet=(folder / DATASHEET).is_file(),
        bibtex=bibtex(settings),
        differing=len(differing),
        excluded=sum(figure.excluded for figure in differing),
        instances=len({figure.entity for figure in differing}),
        quoting=", ".join(f"`{name}`" for name in sorted(QUOTES)),
        kinds=sorted(kinds),
        makers=inline(", ".join(f"{a.name} ({a.kind})" for a in content.makers)),
        tagged=", ".join(tagged_labels(ontology)),
        empty_spans=without_any(ontology.span_names, counts.spans),
        empty_relations=without_any(ontology.relation_names, counts.relations),
    )
    return f"---\n{data.to_yaml()}\n---\n\n{body}"


def labels_picture(content: Content) -> str:
    """Return an SVG with a bar for each span label and each relation, divided by article.

    The first articles are shown one by one, the others together.
    """
    ontology, counts = content.inputs.ontology, content.counts
    groups = (
        ("spans", ontology.span_names, counts.spans),
        ("relations", ontology.relation_names, counts.relations),
    )
    panels, articles = [], sorted(counts.shown)
    for number, (title, names, by_split) in enumerate(groups):
        shown = [counts.shown[doc_id][number] for doc_id in sorted(counts.shown)]
        rest: Counter[str] = sum(by_split.values(), Counter()) - sum(shown, Counter())
        if rest and len(articles) == len(shown):
            articles.append("the others")
        rows = []
        for name in names:
            parts = [count[name] for count in (*shown, rest)]
            bars = zip(range(len(parts)), accumulate(parts, initial=0), parts, strict=False)
            rows.append((name, [bar for bar in bars if bar[2]], sum(parts)))
        most = max((total for *_, total in rows), default=0) or 1
        step = next(n * 10**power for power in count_up() for n in (1, 2, 5) if most <= 8 * n * 10**power)
        ticks = range(0, most + 1, step)
        panels.append({"title": title, "rows": rows, "ticks": ticks, "scale": _WIDE / (1.06 * most)})
    looks = zip(articles, cycle(_COLOURS), cycle(_HATCHES), strict=False)
    template = templates("parley.release", markdown=False).get_template("labels.svg.j2")
    return template.render(
        panels=panels,
        articles=[{"name": name, "colour": colour, "hatch": hatch} for name, colour, hatch in looks],
        left=20 + 8 * max(map(len, (*ontology.span_names, *ontology.relation_names))),
        width=_WIDE,
        legend=80 + 8 * max(map(len, articles)),
    )


def size_category(articles: int) -> str:
    """Return the Hub's size category of a number of articles."""
    above = sum(articles >= 10 ** (number + 3) for number in range(len(_STEPS)))
    if not above:
        return f"n<{_STEPS[0]}"
    return f"{_STEPS[above - 1]}<n<{_STEPS[above]}" if above < len(_STEPS) else f"n>{_STEPS[-1]}"


def attributes_table(ontology: Ontology) -> str:
    """Return the attributes with the first sentence of what they say, and how their values are written."""
    rows = [
        (
            f"`{a.name}`",
            " ".join(a.labels),
            a.definition.split(". ", 1)[0].removesuffix(".") + ".",
            _SYNTAX.get("entities" if a.several else a.kind) or ", ".join(f"`{value}`" for value in a.values),
        )
        for a in ontology.attributes
    ]
    return table(("attribute", "of", "says", "is written"), rows)


def _licence(settings: Settings) -> dict[str, Any]:
    """Return the licence as the Hub wants it: its SPDX name, or `other` with a name and an address."""
    if settings.licence:
        return {"license": settings.licence.lower()}
    named = " ".join(f"{one.part} {one.name}" for one in settings.licences)
    slug = re.sub(r"[^a-z0-9.]+", "-", named.lower()).strip("-")
    return {"license": "other", "license_name": slug, "license_link": f"{settings.url}#licences"}


def _files(content: Content, name: str) -> dict[str, Any]:
    paths = [{"split": split, "path": f"data/{name}/{split}-*.parquet"} for split in content.sizes[name]]
    default = {"default": True} if name == SPLIT_CONFIGS[0] else {}
    return {"config_name": name, "data_files": paths, **default}


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


def _codebook(content: Content) -> dict[str, str]:
    ontology = content.inputs.ontology
    spans = [
        (f"`{s.name}`", s.title, " ".join(f"`{a}`" for a in ontology.attributes_of[s.name]), s.definition)
        for s in ontology.spans
    ]
    codes = {
        f"{name}s": table((f"`{name}`", "means"), [(f"`{code}`", said) for code, said in codes.items()])
        for name, codes in (("decision", DECISIONS), ("reason", REASONS))
    }
    return codes | {
        "spans": table(("label", "is", "attributes", "definition"), spans),
        "relations": relations_table(ontology),
        "attributes": attributes_table(ontology),
        "choices": values_tables(ontology),
        "columns": _columns_table(content),
    }


def _columns_table(content: Content) -> str:
    """Return every column with the configs that have it; attributes are in a table of their own."""
    found: dict[tuple[str, str], list[str]] = {}
    for config in content.sizes:
        for *outer, column in content.configs[config].paths():
            if not column.attribute:
                place = ".".join((config, *(one.name for one in outer)))
                found.setdefault((column.name, column.description), []).append(f"`{place}`")
    rows = [(f"`{name}`", " ".join(places), said) for (name, said), places in found.items()]
    return table(("column", "in", "is"), rows)


def citation(settings: Settings) -> str:
    """Return CITATION.cff of a version (https://citation-file-format.github.io, version 1.2).

    It has a licence only if one covers the whole: several would be a choice between them.
    """
    import yaml  # type: ignore[import-untyped]  # its stubs are a package of their own

    message = "If you use this dataset, please cite it as below."
    if not settings.licence:
        parts = "; ".join(f"{one.part}: {one.name}" for one in settings.licences)
        message += f" Licences by part. {parts}."
    said = {
        "cff-version": "1.2.0",
        "message": message,
        "type": "dataset",
        "title": settings.title,
        "authors": [{"name": author} for author in settings.authors],
        "version": settings.version,
        "date-released": settings.date,
        "url": settings.url,
        "license": settings.licence,
        "keywords": list(settings.keywords),
        "abstract": " ".join(settings.summary.split()),
    }
    kept = {name: value for name, value in said.items() if value}
    written = json.dumps(kept, ensure_ascii=False)
    is_plain = visible(written) == written  # else what no screen shows is written as an escape
    return str(yaml.safe_dump(kept, allow_unicode=is_plain, sort_keys=False, width=100))


def bibtex(settings: Settings) -> str:
    """Return the BibTeX entry of a version, a field a line."""
    said = (visible(" ".join(text.split())) for text in (settings.title, *settings.authors))
    title, *authors = (re.sub(r"([&%$#_])", r"\\\1", text) for text in said)
    return f"""@misc{{{settings.name}_{settings.version.replace(".", "_")},
  title = {{{title}}},
  author = {{{" and ".join(f"{{{author}}}" for author in authors)}}},
  year = {{{settings.date[:4]}}},
  month = {_MONTHS[int(settings.date[5:7]) - 1]},
  version = {{{settings.version}}},
  url = {{{settings.url}}},
}}"""
