"""What a release says of itself: figures in tables and in words, for card, datasheet and croissant.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from parley.faults import KINDS
from parley.model.annotators import Annotator
from parley.model.batch import GOLD
from parley.model.ontology import DOCUMENT
from parley.release.audit.report import Audit, card_table, found_of
from parley.release.baselines.report import Baselines, best, relation_f1, span_f1, spans_table, total
from parley.release.baselines.spans import ALL
from parley.release.data.counts import Counts
from parley.release.data.schema import FINGERPRINTS, Config, tagged_labels
from parley.release.data.shards import Sizes
from parley.release.inputs import Inputs, Settings
from parley.release.splits import SPLITS
from parley.runtime.counts import counted
from parley.runtime.markdown import table, templates
from parley.values.segmentation import rules_of

RARE = 10  # labels of a kind: below, no figure of it says much
_SHORT_SPLITS = ("train", "valid.", "test")
_NAMED = 50  # articles up to which each is named with its place


@dataclass(frozen=True)
class Content:
    """What a release has, without a text or a label.

    sizes: of the configs that it has. excluding: how many figures exclude another. agreement: as
    agreement.json, or empty. waived: code, number and reason of faults that are accepted. baselines: of these
    labels, if they were measured. elsewhere: what each other corpus with this scheme is, and the last round
    of its agreement. audit: of these labels, if there was one. content_lines: of which the content hash is.
    taken_over: shards of the last release that have not changed.
    """

    settings: Settings
    inputs: Inputs
    configs: Mapping[str, Config]
    counts: Counts
    sizes: Sizes
    agreement: Mapping[str, Any]
    content_sha256: str
    excluding: int = 0
    waived: Sequence[tuple[str, int, str]] = ()
    baselines: Baselines | None = None
    elsewhere: Sequence[tuple[str, Mapping[str, Any]]] = ()
    audit: Audit | None = None
    content_lines: bytes = b""
    taken_over: int = 0

    @property
    def makers(self) -> list[Annotator]:
        """Who made the published labels: the layers' annotators, for gold those it was made from too."""
        return [a for name, a in self.inputs.annotators.items() if name in self.counts.makers]

    @property
    def figures(self) -> tuple[int, int]:
        """How many figures there are, and how many of them exclude another."""
        return sum(size.rows for size in self.sizes.get("figures", {}).values()), self.excluding

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
    from parley.agreement.report import differences_in_counts, round_title

    ontology, counts = content.inputs.ontology, content.counts
    spans = _label_table("span", ontology.span_names, counts.spans)
    relations = _label_table("relation", ontology.relation_names, counts.relations)
    measured = content.baselines.figures if content.baselines else None
    tables = {
        "rows": _rows_table(content),
        "configs": _configs_table(content),
        "labels_with_f1": _labels_side_by_side(content),
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
    rounds, figures = content.agreement.get("rounds", ()), agreement_figures(content.agreement)
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
            "rounds": rounds,
            "before": [*zip([round_title(one, rounds[-1]) for one in rounds[:-1]], figures, strict=False)],
            "differences": [*differences_in_counts(rounds[-1])] if rounds else [],
            "agreement_table": _agreement_table(content),
            "compared_table": _compared_table(content),
            "audit_table": card_table(content.audit) if content.audit else "",
            "found_of": found_of,
            "measured": measured,
            "found_spans": spans_table(measured, by_label=False) if measured else "",
            "best": best(measured) if measured else "",
            "all_relations": total(measured.relations) if measured else None,
            "rare": _rare(content),
            "few": RARE,
            "counted": counted,
            "headline": (figures or [{}])[-1],
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
    return table((kind, *SPLITS, "all"), _label_rows(names, counts), numbers=True)


def _label_rows(names: Sequence[str], counts: Mapping[str, Counter[str]]) -> list[tuple[object, ...]]:
    rows = [(f"`{n}`", *(counts[s][n] for s in SPLITS), sum(counts[s][n] for s in SPLITS)) for n in names]
    every = [counts[s].total() for s in SPLITS]
    return [*rows, ("all", *every, sum(every))]


def _labels_side_by_side(content: Content) -> str:
    """Return how often each label is in each split, with F1 of a baseline; relations beside spans."""
    ontology, counts = content.inputs.ontology, content.counts
    measured = content.baselines.figures if content.baselines else None
    sides: list[list[tuple[object, ...]]] = []
    for kind, names, by_split, found in (
        ("span", ontology.span_names, counts.spans, span_f1(measured) if measured else {}),
        ("relation", ontology.relation_names, counts.relations, relation_f1(measured) if measured else {}),
    ):
        rows = _label_rows(names, by_split)
        scores = [(found.get(name, ""),) if measured else () for name in (*names, ALL)]
        header = (kind, *_SHORT_SPLITS, "all", *(["F1"] if measured else []))
        if names:
            sides.append([header, *(row + score for row, score in zip(rows, scores, strict=True))])
    if not sides:
        return ""
    empty = [("",) * len(side[0]) for side in sides]
    together = [sum(some, ()) for some in _side_by_side(sides, empty)]
    return table([*map(str, together[0])], together[1:], numbers=True)


def _side_by_side(
    sides: Sequence[Sequence[tuple[object, ...]]], empty: Sequence[tuple[object, ...]]
) -> Iterator[list[tuple[object, ...]]]:
    for number in range(max(map(len, sides))):
        yield [side[number] if number < len(side) else none for side, none in zip(sides, empty, strict=True)]


def _rare(content: Content) -> dict[str, list[str]]:
    """Return the labels that a release has fewer than so many of, by kind."""
    counts, ontology = content.counts, content.inputs.ontology
    return {
        kind: [n for n in names if sum(by[s][n] for s in SPLITS) < RARE]
        for kind, names, by in (
            ("span label", ontology.span_names, counts.spans),
            ("relation", ontology.relation_names, counts.relations),
        )
    }


def _configs_table(content: Content) -> str:
    """Return what a row of each config is, and how many there are."""
    rows: list[tuple[object, ...]] = []
    for config, by_split in content.sizes.items():
        numbers = {split: size.rows for split, size in by_split.items()}
        placed = [numbers.get(s, 0) if not content.configs[config].whole else "" for s in SPLITS]
        first = " (default)" if config == next(iter(content.configs)) else ""
        rows.append((f"`{config}`{first}", content.configs[config].row, *placed, sum(numbers.values())))
    what = "a row is, without the words that it quotes" if content.is_withheld else "a row is"
    return table(("config", what, *SPLITS, "rows"), rows, numbers=True)


def _rows_table(content: Content) -> str:
    rows: list[tuple[object, ...]] = []
    for config, by_split in content.sizes.items():
        numbers = {split: size.rows for split, size in by_split.items()}
        placed = [numbers.get(s, 0) if not content.configs[config].whole else "" for s in SPLITS]
        rows.append((f"`{config}`", *placed, sum(numbers.values())))
    return table(("config", *SPLITS, "rows"), rows, numbers=True)


def _attributes_table(content: Content) -> str:
    """Return which values the attributes take."""
    rows = []
    for attribute in content.inputs.ontology.all_attributes:
        counts: Counter[str] = Counter()
        for (label, name, value), number in content.counts.values.items():
            if name == attribute.name and label in attribute.labels:
                counts[value] += number
        of = "articles" if attribute.labels == (DOCUMENT,) else "spans"
        shown = (
            ", ".join(f"{v} {counts[v]}" for v in attribute.values)
            if attribute.kind == "choice"
            else f"{len(counts)} different values on {counts.total()} {of}"
        )
        rows.append((f"`{attribute.name}`", " ".join(attribute.labels), shown))
    return table(("attribute", "of", "values"), rows)


def _splits_table(content: Content) -> str:
    """Return the place of each article; of many, how many each split has."""
    placement = content.inputs.placement
    if len(placement) > _NAMED:
        articles = Counter(one.split for one in placement.values())
        folds = Counter(split for split, _ in {(one.split, one.fold) for one in placement.values()})
        return table(
            ("split", "articles", "folds"), [(s, articles[s], folds[s]) for s in SPLITS], numbers=True
        )
    places = [(doc_id, one.event, one.split, one.fold) for doc_id, one in placement.items()]
    order = sorted(places, key=lambda row: (SPLITS.index(row[2]), row[0]))
    return table(("article", "event", "split", "fold"), order, numbers=True)


def _annotators_table(content: Content) -> str:
    counted, makers = content.counts.layers, content.counts.makers
    rows = [
        (a.name, a.kind, counted[a.name], a.note)
        for a in content.inputs.annotators.values()
        if counted[a.name] or a.name in makers
    ]
    return table(("annotator", "kind", "articles labelled", "note"), rows, numbers=True)


def _agreement_table(content: Content) -> str:
    """Return the headline figures of the last round, the second half of them beside the first."""
    rows = [*(agreement_figures(content.agreement) or [{}])[-1].items()]
    half = (len(rows) + 1) // 2
    together = [sum(some, ()) for some in _side_by_side([rows[:half], rows[half:]], [("", "")] * 2)]
    return table(("figure", "value") * 2, together, numbers=True)


def _compared_table(content: Content) -> str:
    """Return what was compared with gold, here and on other corpora; "" if nothing was."""
    from parley.agreement.report import COMPARED, compared_rows

    rounds = content.agreement.get("rounds", ())
    here = rounds[-1:] if any(one.get("compared") for one in rounds[-1:]) or content.elsewhere else ()
    rows = [row for one in here for row in compared_rows(one)]
    for what, one in content.elsewhere:
        rows += [[f"{what}: {first}", *rest] for first, *rest in compared_rows(one)]
    return table(COMPARED, rows, numbers=True) if rows else ""
