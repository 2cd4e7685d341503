"""What a release says of itself: figures in tables and in words, for card, datasheet and croissant.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from parley.faults import KINDS
from parley.model.annotators import Annotator
from parley.model.batch import GOLD
from parley.release.data.counts import Counts
from parley.release.data.schema import FINGERPRINTS, SPLIT_CONFIGS, Config, tagged_labels
from parley.release.data.shards import Sizes
from parley.release.inputs import Inputs, Settings
from parley.release.splits import SPLITS
from parley.runtime.markdown import table, templates
from parley.values.segmentation import rules_of

_NAMED = 50  # articles up to which each is named with its place


@dataclass(frozen=True)
class Content:
    """What a release has, without a text or a label.

    sizes: of the configs that it has. agreement: as agreement.json, or empty. waived: code, number and reason
    of faults that are accepted.
    """

    settings: Settings
    inputs: Inputs
    configs: Mapping[str, Config]
    counts: Counts
    sizes: Sizes
    agreement: Mapping[str, Any]
    content_sha256: str
    waived: Sequence[tuple[str, int, str]] = ()

    @property
    def makers(self) -> list[Annotator]:
        """Who made the published labels: the layers' annotators, for gold those it was made from too."""
        return [a for name, a in self.inputs.annotators.items() if name in self.counts.makers]

    @property
    def is_gold(self) -> bool:
        """Whether the labels were adjudicated."""
        return self.inputs.labels == GOLD

    @property
    def is_withheld(self) -> bool:
        """Whether it goes without the articles' text."""
        return FINGERPRINTS in self.sizes

    @cached_property
    def blocks(self) -> dict[str, str]:
        """Markdown by name; card and datasheet show what they have a place for.

        `process` and `by_whom` are plain text: how articles became published labels, and who made these.
        """
        return _blocks(self)


def _blocks(content: Content) -> dict[str, str]:
    ontology, counts = content.inputs.ontology, content.counts
    spans = _label_table("span", ontology.span_names, counts.spans)
    relations = _label_table("relation", ontology.relation_names, counts.relations)
    tables = {
        "rows": _rows_table(content),
        "spans": spans,
        "relations": relations,
        "labels": f"{spans}\n\n{relations}",
        "attributes": _attributes_table(content),
        "splits": _splits_table(content),
        "annotators": _annotators_table(content),
    }
    languages: dict[str, list[str]] = {}
    for language in sorted(counts.languages):
        languages.setdefault(rules_of(language), []).append(f"`{language}`")
    rules = [f"{', '.join(names)} by {rule}" for rule, names in sorted(languages.items())]
    labels = tagged_labels(ontology)
    waived = [(f"`{code}`: {KINDS[code].title}", number, reason) for code, number, reason in content.waived]
    words = templates("parley.release").get_template("words.md.j2")
    module = words.make_module(
        {
            "content": content,
            "settings": content.settings,
            "counts": counts,
            "leads": ", ".join(sorted(counts.leads)),
            "token_rules": "; ".join(rules),
            "tagged": sum(counts.spans[split][label] for split in SPLITS for label in labels),
            "untagged": counts.not_in_tags.total(),
            "rounds": content.agreement.get("rounds", ()),
            "agreement_table": _agreement_table(content),
            "waived_table": table(("fault", "times", "reason"), waived),
        }
    )
    said = {name: str(macro()).strip() for name, macro in vars(module).items() if callable(macro)}
    return tables | said


def without_any(names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    """Return the labels that no split has."""
    return ", ".join(f"`{n}`" for n in names if not any(counts[s][n] for s in SPLITS))


def agreement_figures(agreement: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the headline figures of each measured round, by name."""
    from parley.agreement.report import headline, shown

    figures = [one["figures"]["overall"]["figures"] for one in agreement.get("rounds", [])]
    return [{name: shown(figure) for name, figure in headline(some)} for some in figures]


def _label_table(kind: str, names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    rows = [(f"`{n}`", *(counts[s][n] for s in SPLITS), sum(counts[s][n] for s in SPLITS)) for n in names]
    total = [counts[s].total() for s in SPLITS]
    return table((kind, *SPLITS, "all"), [*rows, ("all", *total, sum(total))])


def _rows_table(content: Content) -> str:
    rows: list[tuple[object, ...]] = []
    for config, by_split in content.sizes.items():
        numbers = {split: size.rows for split, size in by_split.items()}
        placed = [numbers.get(s, 0) if config in SPLIT_CONFIGS else "" for s in SPLITS]
        rows.append((f"`{config}`", *placed, sum(numbers.values())))
    return table(("config", *SPLITS, "rows"), rows)


def _attributes_table(content: Content) -> str:
    """Return which values the attributes take."""
    rows = []
    for attribute in content.inputs.ontology.attributes:
        counts: Counter[str] = Counter()
        for (label, name, value), number in content.counts.values.items():
            if name == attribute.name and label in attribute.labels:
                counts[value] += number
        shown = (
            ", ".join(f"{v} {counts[v]}" for v in attribute.values)
            if attribute.kind == "choice"
            else f"{len(counts)} different values on {counts.total()} spans"
        )
        rows.append((f"`{attribute.name}`", " ".join(attribute.labels), shown))
    return table(("attribute", "of", "values"), rows)


def _splits_table(content: Content) -> str:
    """Return the place of each article; of many, how many each split has."""
    placement = content.inputs.placement
    if len(placement) > _NAMED:
        articles = Counter(one.split for one in placement.values())
        folds = Counter(split for split, _ in {(one.split, one.fold) for one in placement.values()})
        return table(("split", "articles", "folds"), [(s, articles[s], folds[s]) for s in SPLITS])
    places = [(doc_id, one.event, one.split, one.fold) for doc_id, one in placement.items()]
    order = sorted(places, key=lambda row: (SPLITS.index(row[2]), row[0]))
    return table(("article", "event", "split", "fold"), order)


def _annotators_table(content: Content) -> str:
    counted, makers = content.counts.layers, content.counts.makers
    rows = [
        (a.name, a.kind, counted[a.name], a.note)
        for a in content.inputs.annotators.values()
        if counted[a.name] or a.name in makers
    ]
    return table(("annotator", "kind", "articles labelled", "note"), rows)


def _agreement_table(content: Content) -> str:
    """Return the headline figures of each round."""
    rounds, columns = content.agreement.get("rounds", ()), agreement_figures(content.agreement)
    rows = [(name, *(column.get(name, "") for column in columns)) for name in (columns or [{}])[-1]]
    return table(("figure", *(f"round {one['round']}" for one in rounds)), rows)
