"""What a release says of itself: figures in tables and in words, for card, datasheet and croissant.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parley.faults import KINDS
from parley.model.annotators import Annotator
from parley.model.batch import GOLD
from parley.release.data.counts import Counts
from parley.release.data.schema import FINGERPRINTS, SPLIT_CONFIGS, Config, tagged_labels
from parley.release.data.shards import Sizes
from parley.release.inputs import Inputs, Licence, Settings
from parley.release.splits import SPLITS
from parley.runtime.markdown import inline, link, table
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


def blocks(content: Content) -> dict[str, str]:
    """Return Markdown by name; card and datasheet show what they have a place for."""
    settings, ontology, counts = content.settings, content.inputs.ontology, content.counts
    without = ", a copy without the articles' text" if content.is_withheld else ""
    spans = _label_table("span", ontology.span_names, counts.spans)
    relations = _label_table("relation", ontology.relation_names, counts.relations)
    labels = f"Labels: {inline(by_whom(content))}"
    return {
        "version": f"Version {settings.version} of {settings.date}{without}. {labels}",
        "rows": _rows_table(content),
        "spans": spans,
        "relations": relations,
        "labels": f"{spans}\n\n{relations}",
        "tags": _tags(content),
        "attributes": _attributes_table(content),
        "splits": _splits_table(content),
        "entities": f"There are {linked(content)}.",
        "agreement": _agreement(content),
        "how": inline(how(content)),
        "annotators": _annotators_table(content),
        "faults": "\n".join(f"- {inline(fault)}" for fault in settings.faults),
        "waived": _waived(content),
        "licences": "\n".join(_licence(one) for one in settings.licences),
    }


def how(content: Content) -> str:
    """Return how articles became published labels."""
    leads = ", ".join(sorted(content.counts.leads))
    if content.is_gold:
        return (
            "The articles were cleaned by rules, labelled by annotators who worked alone after written "
            f"guidelines, and adjudicated by {leads}: of the published labels, {decisions(content)}. Every "
            "decision is in annotation/ledger.csv of the project's repository, rejected labels too."
        )
    return (
        "The articles were cleaned by rules; the labels are one layer, that of "
        f"{leads}, as it is. Nothing was adjudicated."
    )


def decisions(content: Content) -> str:
    """Return how many published labels there are by what adjudication did with them."""
    return ", ".join(f"{number} {name}" for name, number in sorted(content.counts.decisions.items()))


def by_whom(content: Content) -> str:
    """Return who made the published labels, and what people did about them."""
    makers = content.makers
    named = "; ".join(f"{a.name} ({a.kind}): {a.note}" if a.note else f"{a.name} ({a.kind})" for a in makers)
    people = sum(a.kind == "human" for a in makers)
    if people == len(makers):
        checked = "All labels were made by people."
    elif people:
        checked = "Some of the labels were made by people, some by programs; each row says which."
    elif {a.kind for a in makers} == {"rules"}:
        checked = (
            "No person and no model has read the articles for these labels, and no person has checked them."
        )
    else:
        checked = "No person has made or checked these labels."
    return f"{named}. {checked}"


def linked(content: Content) -> str:
    """Return how many entities there are, and how many of them have a Wikidata id."""
    entities = content.inputs.entities.values()
    known = sum(bool(one.wikidata) for one in entities)
    return f"{len(entities)} entities, " + (
        f"{known} of them with a Wikidata id" if known else "none of them with a Wikidata id yet"
    )


def without_any(names: Sequence[str], counts: Mapping[str, Counter[str]]) -> str:
    """Return the labels that no split has."""
    return ", ".join(f"`{n}`" for n in names if not any(counts[s][n] for s in SPLITS))


def agreement_figures(agreement: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the headline figures of each measured round, by name."""
    from parley.agreement.report import headline, shown

    figures = [one["figures"]["overall"]["figures"] for one in agreement.get("rounds", [])]
    return [{name: shown(figure) for name, figure in headline(some)} for some in figures]


def _waived(content: Content) -> str:
    if not content.waived:
        return ""
    rows = [(f"`{code}`: {KINDS[code].title}", number, reason) for code, number, reason in content.waived]
    return "Accepted as they are:\n\n" + table(("fault", "times", "reason"), rows)


def _licence(licence: Licence) -> str:
    name = link(licence.name, licence.link)
    return f"- **{inline(licence.part)}**: {name}" + (f". {inline(licence.note)}" if licence.note else "")


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


def _tags(content: Content) -> str:
    """Return whose rules made the tokens, and which spans the tags of `sentences` cannot hold."""
    counts = content.counts
    rules: dict[str, list[str]] = {}
    for language in sorted(counts.languages):
        rules.setdefault(rules_of(language), []).append(f"`{language}`")
    made = "; ".join(f"{', '.join(languages)} by {rule}" for rule, languages in sorted(rules.items()))
    labels = tagged_labels(content.inputs.ontology)
    tagged = sum(counts.spans[split][label] for split in SPLITS for label in labels)
    why = ", ".join(f"{number} {reason}" for reason, number in sorted(counts.not_in_tags.items()))
    return (
        f"The tokens of `sentences` are made by language: {made}. Their tags hold "
        f"{tagged - counts.not_in_tags.total()} of the {tagged} spans of the labels that are tagged"
        + (f", but not {why}." if why else ".")
    )


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


def _agreement(content: Content) -> str:
    """Return the headline figures of each round, who was compared with whom, and what the figures are."""
    rounds = content.agreement.get("rounds")
    if not rounds:
        alone = ": there is only one layer" if len(content.counts.layers) == 1 else ""
        return f"It was not measured in this version{alone}."
    columns = agreement_figures(content.agreement)
    rows = [(name, *(column.get(name, "") for column in columns)) for name in columns[-1]]
    notes = []
    for one in rounds:
        *others, last = one["annotators"]
        names = f"{', '.join(others)} and {last}" if others else last
        number = one["figures"]["documents"]
        articles = "1 article" if number == 1 else f"{number} articles"
        notes.append(inline(f"Round {one['round']} compares {names} on {articles}, before adjudication."))
    drawn = rounds[-1]["figures"]["bootstrap"]
    notes += [
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
    figures = table(("figure", *(f"round {one['round']}" for one in rounds)), rows)
    return "\n".join([figures, "", *(f"- {note}" for note in notes)])
