"""The tables of a release's figures, as card and datasheet show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from parley.blocks import table
from parley.release.configs import SPLIT_CONFIGS, Content
from parley.release.splits import SPLITS

Tables = Mapping[str, Mapping[str, pa.Table]]


def label_counts(content: Content, kind: str) -> dict[str, Counter[str]]:
    """Return how many published labels there are, by split and label. kind: spans or relations."""
    counts: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for layer in content.source.published:
        counts[content.placement[layer.doc_id].split].update(label.label for label in getattr(layer, kind))
    return counts


def label_table(kind: str, names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    """Return the counts of labels by split as a table."""
    rows = [(f"`{n}`", *(counts[s][n] for s in SPLITS), sum(counts[s][n] for s in SPLITS)) for n in names]
    total = [sum(counts[s].values()) for s in SPLITS]
    return table((kind, *SPLITS, "all"), [*rows, ("all", *total, sum(total))])


def without_any(names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    """Return the labels that no split has, in words."""
    return ", ".join(f"`{n}`" for n in names if not any(counts[s][n] for s in SPLITS))


def rows_table(tables: Tables) -> str:
    """Return how many rows each config has, by split."""
    rows: list[tuple[object, ...]] = []
    for config, by_split in tables.items():
        sizes = {split: table.num_rows for split, table in by_split.items()}
        placed = [sizes.get(s, 0) for s in SPLITS] if config in SPLIT_CONFIGS else [""] * len(SPLITS)
        rows.append((f"`{config}`", *placed, sum(sizes.values())))
    return table(("config", *SPLITS, "rows"), rows)


def attributes_table(content: Content) -> str:
    """Return which values the attributes take."""
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


def splits_table(content: Content) -> str:
    """Return where each article stands."""
    rows = [
        (d.doc_id, d.event, content.placement[d.doc_id].split, content.placement[d.doc_id].fold)
        for d in content.documents
    ]
    order = {split: i for i, split in enumerate(SPLITS)}
    return table(("article", "event", "split", "fold"), sorted(rows, key=lambda r: (order[str(r[2])], r[0])))


def annotators_table(content: Content) -> str:
    """Return who labelled how many articles."""
    counted = Counter(layer.annotator for layer in content.source.layers)
    makers = {a.name for a in content.source.makers}
    rows = [
        (a.name, a.kind, counted[a.name], a.note)
        for a in content.source.annotators.values()
        if counted[a.name] or a.name in makers
    ]
    return table(("annotator", "kind", "articles labelled", "note"), rows)


def agreement_table(agreement: Mapping[str, Any]) -> str:
    """Return the headline figures of each measured round, "" where none was measured."""
    from parley.agreement.report import headline, shown

    rounds = agreement.get("rounds", [])
    if not rounds:
        return ""
    columns = [dict(headline(r["figures"]["overall"]["figures"])) for r in rounds]
    rows = [(name, *(shown(c[name]) if name in c else "" for c in columns)) for name in columns[-1]]
    return table(("figure", *(f"round {r['round']}" for r in rounds)), rows)
