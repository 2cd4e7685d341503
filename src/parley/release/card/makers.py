"""How a release was made and by whom, in words: computed from annotators.csv, the labels and the settings.

The card, the datasheet and croissant.json all say this; none of them has words of its own for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.model.annotators import Annotator
from parley.release.card.content import Content


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
    """Return who made the published labels, and that no person did if none did."""
    makers = content.makers
    named = "; ".join(f"{a.name} ({a.kind}): {a.note}" if a.note else f"{a.name} ({a.kind})" for a in makers)
    return f"{named}. {checked(makers)}"


def checked(makers: list[Annotator]) -> str:
    """Return what people did about the labels."""
    people = sum(a.kind == "human" for a in makers)
    if people == len(makers):
        return "All labels were made by people."
    if people:
        return "Some of the labels were made by people, some by programs; each row says which."
    if {a.kind for a in makers} == {"rules"}:
        return (
            "No person and no model has read the articles for these labels, and no person has checked them."
        )
    return "No person has made or checked these labels."


def demographics(content: Content) -> str:
    """Return what is known of the annotators as people."""
    people = [a for a in content.makers if a.kind == "human"]
    if not people:
        return "None: the annotators of this version are programs, not people."
    return f"{len(people)} people, known by pseudonyms. No demographic facts about them were gathered."


def programs(content: Content) -> list[str]:
    """Return the annotators of the published labels that are not people, each with its note."""
    return [f"{a.name} ({a.kind}): {a.note}" for a in content.makers if a.kind != "human"]


def layers_per_article(content: Content) -> str:
    """Return how many annotators labelled an article: `1`, or `1 to 3` if it differs."""
    each = sorted(content.counts.layers_each)
    return str(each[0]) if len(each) == 1 else f"{each[0]} to {each[-1]}"


def agreement_figures(agreement: Mapping[str, Any]) -> list[str]:
    """Return a line a measured round with its headline figures; none if none was measured."""
    from parley.agreement.report import headline, shown

    return [
        f"Round {one['round']}: "
        + "; ".join(f"{name} {shown(f)}" for name, f in headline(one["figures"]["overall"]["figures"]))
        for one in agreement.get("rounds", [])
    ]
