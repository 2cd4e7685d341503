"""The dataset card: YAML that `load_dataset` reads, and Markdown whose every figure is computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa

from parley.blocks import table
from parley.release.configs import SPLIT_CONFIGS, Content
from parley.release.difference import Difference, as_markdown
from parley.release.features import features, tagged_labels
from parley.release.settings import Settings
from parley.release.splits import SPLITS

Tables = Mapping[str, Mapping[str, pa.Table]]
_NO_ARTICLES_SIZE = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


def card(
    settings: Settings,
    content: Content,
    tables: Tables,
    agreement: Mapping[str, Any],
    download_size: Callable[[str], int],
) -> str:
    """Return the card of a release.

    download_size: config → bytes of its files.
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
        size_categories=[_size(len(content.documents))],
        configs=_configs(tables),
        dataset_info=_dataset_info(content, tables, download_size),
    )
    return f"---\n{data.to_yaml()}\n---\n\n{_body(settings, content, tables, agreement)}"


def changelog_entry(existing: Path, settings: Settings, last: str, found: Difference) -> str:
    """Return CHANGELOG.md with an entry for this version on top."""
    head = (
        "# Changes of the data\n\nThe newest first. `scripts/diff_versions.py A B` shows any two in full.\n"
    )
    old = existing.read_text(encoding="utf-8").removeprefix(head) if existing.is_file() else ""
    entry = f"\n## {settings.version} ({settings.date})\n\n"
    entry += as_markdown(found, last, settings.version) if last else "The first version.\n"
    return head + entry + old


def _creators(content: Content) -> list[str]:
    kinds = {a.kind for a in content.source.makers}
    return ["expert-generated" if kinds == {"human"} else "machine-generated"]


def _size(articles: int) -> str:
    return next((name for limit, name in _NO_ARTICLES_SIZE if articles < limit), "n>1M")


def _configs(tables: Tables) -> list[dict[str, Any]]:
    configs: list[dict[str, Any]] = []
    for name, splits in tables.items():
        place = [{"split": split, "path": f"data/{name}/{split}-*.parquet"} for split in splits]
        configs.append(
            {"config_name": name, "data_files": place, **({"default": True} if not configs else {})}
        )
    return configs


def _dataset_info(
    content: Content, tables: Tables, download_size: Callable[[str], int]
) -> list[dict[str, Any]]:
    return [
        {
            "config_name": name,
            "features": feature._to_yaml_list(),
            "splits": [
                {"name": split, "num_bytes": table.nbytes, "num_examples": table.num_rows}
                for split, table in tables[name].items()
            ],
            "download_size": download_size(name),
            "dataset_size": sum(table.nbytes for table in tables[name].values()),
        }
        for name, feature in features(content.ontology).items()
        if name in tables
    ]


def _body(settings: Settings, content: Content, tables: Tables, agreement: Mapping[str, Any]) -> str:
    import jinja2

    template = files("parley.release").joinpath("templates/card.md.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown of the corpus' own words
    )
    spans, relations = _counts(content, "spans"), _counts(content, "relations")
    ontology = content.ontology
    makers = content.source.makers
    kinds = sorted({a.kind for a in makers})
    return environment.from_string(template).render(
        settings=settings,
        has_conflicts="conflicts" in tables,
        by_people=kinds == ["human"],
        kinds=kinds,
        makers=", ".join(f"{a.name} ({a.kind})" for a in makers),
        tagged=", ".join(tagged_labels(ontology)),
        rows_table=_rows_table(tables),
        spans_table=_label_table("span", ontology.span_names, spans),
        relations_table=_label_table("relation", ontology.relation_names, relations),
        empty_spans=_empty(ontology.span_names, spans),
        empty_relations=_empty(ontology.relation_names, relations),
        attributes_table=_attributes_table(content),
        splits_table=_splits_table(content),
        agreement_table=agreement_table(agreement),
        how=_how(content),
        annotators_table=_annotators_table(content),
    )


def _counts(content: Content, kind: str) -> dict[str, Counter[str]]:
    counts: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for layer in content.source.published:
        counts[content.placement[layer.doc_id].split].update(label.label for label in getattr(layer, kind))
    return counts


def _label_table(kind: str, names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    rows = [(f"`{n}`", *(counts[s][n] for s in SPLITS), sum(counts[s][n] for s in SPLITS)) for n in names]
    total = [sum(counts[s].values()) for s in SPLITS]
    return table((kind, *SPLITS, "all"), [*rows, ("all", *total, sum(total))])


def _empty(names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    return ", ".join(f"`{n}`" for n in names if not any(counts[s][n] for s in SPLITS))


def _rows_table(tables: Tables) -> str:
    rows: list[tuple[object, ...]] = []
    for config, by_split in tables.items():
        sizes = {split: table.num_rows for split, table in by_split.items()}
        placed = [sizes.get(s, 0) for s in SPLITS] if config in SPLIT_CONFIGS else [""] * len(SPLITS)
        rows.append((f"`{config}`", *placed, sum(sizes.values())))
    return table(("config", *SPLITS, "rows"), rows)


def _attributes_table(content: Content) -> str:
    rows = []
    for attribute in content.ontology.attributes:
        counts: Counter[str] = Counter()
        for layer in content.source.published:
            for span in layer.spans:
                if span.label in attribute.labels and attribute.name in span.attributes:
                    counts[span.attributes[attribute.name]] += 1
        shown = (
            ", ".join(f"{v} {counts[v]}" for v in attribute.values)
            if attribute.kind == "choice"
            else f"{len(counts)} different values on {sum(counts.values())} spans"
        )
        rows.append((f"`{attribute.name}`", " ".join(attribute.labels), shown))
    return table(("attribute", "of", "values"), rows)


def _splits_table(content: Content) -> str:
    rows = [
        (d.doc_id, d.event, content.placement[d.doc_id].split, content.placement[d.doc_id].fold)
        for d in content.documents
    ]
    order = {split: i for i, split in enumerate(SPLITS)}
    return table(("article", "event", "split", "fold"), sorted(rows, key=lambda r: (order[str(r[2])], r[0])))


def _annotators_table(content: Content) -> str:
    counted = Counter(layer.annotator for layer in content.source.layers)
    makers = {a.name for a in content.source.makers}
    rows = [
        (a.name, a.kind, counted[a.name], a.note)
        for a in content.source.annotators.values()
        if counted[a.name] or a.name in makers
    ]
    return table(("annotator", "kind", "articles labelled", "note"), rows)


def _how(content: Content) -> str:
    if content.source.is_gold:
        decisions: Counter[str] = Counter()
        for layer in content.source.published:
            decisions.update(span.decision for span in layer.spans)
            decisions.update(relation.decision for relation in layer.relations)
        said = ", ".join(f"{n} {name}" for name, n in sorted(decisions.items()))
        leads = ", ".join(sorted({layer.annotator for layer in content.source.published}))
        return (
            "The articles were cleaned by rules, labelled by annotators who worked alone after written "
            f"guidelines, and adjudicated by {leads}: of the published labels, {said}. Every decision stands "
            "in the ledger."
        )
    names = ", ".join(sorted({layer.annotator for layer in content.source.published}))
    return (
        "The articles were cleaned by rules; the labels are one layer, that of "
        f"{names}, as it came back from Label Studio. Nothing was adjudicated."
    )


def agreement_table(agreement: Mapping[str, Any]) -> str:
    """Return the headline figures of each measured round, "" where none was measured."""
    from parley.agreement.report import headline, shown

    rounds = agreement.get("rounds", [])
    if not rounds:
        return ""
    columns = [dict(headline(r["figures"]["overall"]["figures"])) for r in rounds]
    rows = [(name, *(shown(c[name]) if name in c else "" for c in columns)) for name in columns[-1]]
    return table(("figure", *(f"round {r['round']}" for r in rounds)), rows)
