"""The tables of a release's figures, as card and datasheet show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from parley.release.card.content import Content
from parley.release.data.schema import SPLIT_CONFIGS, tagged_labels
from parley.release.splits import SPLITS
from parley.runtime.markdown import table
from parley.values.languages import rules_of

_NAMED = 50  # articles up to which each is named with its place


def label_table(kind: str, names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    """Return the counts of labels by split as a table."""
    rows = [(f"`{n}`", *(counts[s][n] for s in SPLITS), sum(counts[s][n] for s in SPLITS)) for n in names]
    total = [sum(counts[s].values()) for s in SPLITS]
    return table((kind, *SPLITS, "all"), [*rows, ("all", *total, sum(total))])


def without_any(names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    """Return the labels that no split has, in words."""
    return ", ".join(f"`{n}`" for n in names if not any(counts[s][n] for s in SPLITS))


def rows_table(content: Content) -> str:
    """Return how many rows each config has, by split."""
    rows: list[tuple[object, ...]] = []
    for config, by_split in content.sizes.items():
        numbers = {split: size.rows for split, size in by_split.items()}
        placed = [numbers.get(s, 0) for s in SPLITS] if config in SPLIT_CONFIGS else [""] * len(SPLITS)
        rows.append((f"`{config}`", *placed, sum(numbers.values())))
    return table(("config", *SPLITS, "rows"), rows)


def tags_in_words(content: Content) -> str:
    """Say whose rules made the tokens, and which spans the tags of `sentences` cannot hold."""
    counts = content.counts
    rules: dict[str, list[str]] = {}
    for language in sorted(counts.languages):
        rules.setdefault(rules_of(language), []).append(f"`{language}`")
    made = "; ".join(f"{', '.join(languages)} by {rule}" for rule, languages in sorted(rules.items()))
    labels = tagged_labels(content.inputs.ontology)
    tagged = sum(counts.spans[split][label] for split in SPLITS for label in labels)
    lost = counts.not_in_tags
    why = ", ".join(f"{number} {reason}" for reason, number in sorted(lost.items()))
    return (
        f"The tokens of `sentences` are made by language: {made}. Their tags hold {tagged - lost.total()} of "
        f"the {tagged} spans of the labels that are tagged" + (f", but not {why}." if why else ".")
    )


def attributes_table(content: Content) -> str:
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
            else f"{len(counts)} different values on {sum(counts.values())} spans"
        )
        rows.append((f"`{attribute.name}`", " ".join(attribute.labels), shown))
    return table(("attribute", "of", "values"), rows)


def splits_table(content: Content) -> str:
    """Return the place of each article; of many, how many each split has."""
    placement = content.inputs.placement
    if len(placement) > _NAMED:
        articles = Counter(one.split for one in placement.values())
        folds = Counter(split for split, _ in {(one.split, one.fold) for one in placement.values()})
        return table(("split", "articles", "folds"), [(s, articles[s], folds[s]) for s in SPLITS])
    places = [(doc_id, one.event, one.split, one.fold) for doc_id, one in placement.items()]
    order = sorted(places, key=lambda row: (SPLITS.index(row[2]), row[0]))
    return table(("article", "event", "split", "fold"), order)


def annotators_table(content: Content) -> str:
    """Return who labelled how many articles."""
    counted, makers = content.counts.layers, content.counts.makers
    rows = [
        (a.name, a.kind, counted[a.name], a.note)
        for a in content.inputs.annotators.values()
        if counted[a.name] or a.name in makers
    ]
    return table(("annotator", "kind", "articles labelled", "note"), rows)


def agreement_section(content: Content) -> str:
    """Return the figures of agreement and what they are, or that none was measured."""
    if content.agreement.get("rounds"):
        return f"{agreement_table(content.agreement)}\n\n{agreement_notes(content.agreement)}"
    alone = ": there is only one layer" if len(content.counts.layers) == 1 else ""
    return f"It was not measured in this version{alone}."


def agreement_table(agreement: Mapping[str, Any]) -> str:
    """Return the headline figures of each measured round. agreement: with at least one."""
    from parley.agreement.report import headline, shown

    rounds = agreement["rounds"]
    columns = [dict(headline(r["figures"]["overall"]["figures"])) for r in rounds]
    rows = [(name, *(shown(c[name]) if name in c else "" for c in columns)) for name in columns[-1]]
    return table(("figure", *(f"round {r['round']}" for r in rounds)), rows)


def agreement_notes(agreement: Mapping[str, Any]) -> str:
    """Return who was compared with whom, and what the figures of `agreement_table` are."""
    rounds = agreement["rounds"]
    drawn = rounds[-1]["figures"]["bootstrap"]
    lines = [
        *(
            f"Round {one['round']} compares {_and(one['annotators'])} on "
            f"{_articles(one['figures']['documents'])}, before adjudication."
            for one in rounds
        ),
        f"Brackets hold the middle {drawn['confidence']:.0%} of {drawn['draws']} draws of articles with "
        "replacement (bootstrap).",
        "*exact*: equal label and offsets; *relaxed*: equal label and an overlap, one to one; *labels "
        "ignored*: equal offsets.",
        "A relation is the same if its name, its direction and both its ends are.",
        "F1: twice the number that both gave, by the sum of what each gave.",
        "κ: Cohen's kappa, agreement beyond chance, on labels of equal offsets or on pairs of matched spans; "
        "*candidate pairs* are all that the ontology lets a relation join, *both linked* those that both "
        "annotators joined.",
        "α: Krippendorff's alpha for unitizing, agreement beyond chance on which text belongs to a label.",
        "*same id*: of matched mentions for which both name an entity, the share with the same one; B³ F1 "
        "compares the groups of mentions that the ids make.",
    ]
    return "\n".join(f"- {line}" for line in lines)


def linked(content: Content) -> str:
    """Return how many entities there are, and how many of them have a Wikidata id."""
    entities = content.inputs.entities.values()
    known = sum(bool(one.wikidata) for one in entities)
    ids = f"{known} of them with a Wikidata id" if known else "none of them with a Wikidata id yet"
    return f"{len(entities)} entities, {ids}"


def _and(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _articles(number: int) -> str:
    return f"{number} article{'' if number == 1 else 's'}"
