"""The dataset card (YAML for programs, Markdown for people), a picture of its labels, and the datasheet.

Their figures are computed. What each label and column means is in the codebook, a file beside the card.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import accumulate, cycle
from itertools import count as count_up
from pathlib import Path
from typing import Any

from parley.faults import visible
from parley.release.card.citation import bibtex
from parley.release.card.codebook import CODEBOOK
from parley.release.card.content import Content, without_any
from parley.release.card.example import Example, example_row
from parley.release.data.schema import QUOTES
from parley.release.inputs import Settings
from parley.runtime.counts import counted
from parley.runtime.markdown import fill, inline, paragraphs, templates

DATASHEET = "DATASHEET.md"
PICTURE = "figures/labels.svg"
SENTENCE = "figures/sentence.svg"
_WIDE = 500  # of the bars, pixels
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")  # of Okabe & Ito
_HATCHES = ("", "M0 8L8 0", "M2 2h1M6 6h1", "M0 0L8 8M0 8L8 0", "M0 0L8 8")
_STEPS = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")  # of the Hub's size categories


def datasheet(prose: str, content: Content) -> str:
    """Return the datasheet of a release: prose by hand with its blocks filled."""
    return fill(prose, content.blocks, DATASHEET)


def card(content: Content, folder: Path, shown: Example | None = None) -> str:
    """Return the card of a release whose data and datasheet are in `folder`. shown: a sentence of it."""
    from huggingface_hub import DatasetCardData

    settings, ontology, counts = content.settings, content.inputs.ontology, content.counts
    kinds = {a.kind for a in content.makers}
    first = next(name for name in ("relations", "spans", "documents") if name in content.sizes)
    row = example_row(folder, first, shown) if first != "documents" else None  # that one is a whole article
    lead, _, further = settings.summary.strip().partition("\n\n")
    info = [_info(content, name, folder / "data" / name) for name in content.sizes]
    data = DatasetCardData(
        pretty_name=visible(settings.title),
        language=list(settings.languages),
        **_licence(settings),
        annotations_creators=["expert-generated" if kinds == {"human"} else "machine-generated"],
        task_categories=["token-classification", "text-classification"],
        tags=list(map(visible, settings.keywords)),
        size_categories=[size_category(counts.documents)],
        configs=[_files(content, name) for name in content.sizes],
        dataset_info=info,
    )
    template = templates("parley.release").get_template("card.md.j2")
    body = template.render(
        settings=settings,
        title=inline(settings.title),
        lead=paragraphs(lead),
        summary=paragraphs(further),
        content=content,
        **content.blocks,
        codebook=CODEBOOK,
        picture=PICTURE,
        sentence=SENTENCE,
        shown=shown,
        row=row,
        split=row.split if row else next(iter(content.sizes[first])),
        first=first,
        said=settings.responsible,
        datasheet=DATASHEET,
        has_datasheet=(folder / DATASHEET).is_file(),
        megabytes=f"{sum(one['download_size'] for one in info) / 1e6:,.1f}",
        bibtex=bibtex(settings),
        counted=counted,
        has_figures="figures" in content.configs,
        quoting=", ".join(f"`{name}`" for name in sorted(QUOTES)),
        kinds=sorted(kinds),
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


def _licence(settings: Settings) -> dict[str, Any]:
    """Return the licence as the Hub wants it: its SPDX name, or `other` with a name and an address."""
    if settings.licence:
        return {"license": settings.licence.lower()}
    named = " ".join(f"{one.part} {one.name}" for one in settings.licences)
    slug = re.sub(r"[^a-z0-9.]+", "-", named.lower()).strip("-")
    return {"license": "other", "license_name": slug, "license_link": f"{settings.url}#licences"}


def _files(content: Content, name: str) -> dict[str, Any]:
    paths = [{"split": split, "path": f"data/{name}/{split}-*.parquet"} for split in content.sizes[name]]
    default = {"default": True} if name == next(iter(content.configs)) else {}
    return {"config_name": name, "data_files": paths, **default}


def _info(content: Content, name: str, folder: Path) -> dict[str, Any]:
    by_split = content.sizes[name]
    return {
        "config_name": name,
        "features": [column.yaml for column in content.configs[name].columns],
        "splits": [
            {"name": split, "num_bytes": size.bytes, "num_examples": size.rows}
            for split, size in by_split.items()
        ],
        "download_size": sum(path.stat().st_size for path in folder.iterdir()),
        "dataset_size": sum(size.bytes for size in by_split.values()),
    }
