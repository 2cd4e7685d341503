"""The datasheet: prose by hand, with blocks that hold the figures of the release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from parley.release.card.content import Content, Sizes
from parley.release.card.makers import by_whom, how
from parley.release.card.tables import (
    agreement_or_why_not,
    annotators_table,
    label_table,
    linked,
    rows_table,
    splits_table,
)
from parley.release.settings import Licence, Settings
from parley.release.standoff.fingerprints import CONFIG as FINGERPRINTS
from parley.runtime.markdown import fill

FILE = "DATASHEET.md"


def datasheet(
    prose: str, settings: Settings, content: Content, sizes: Sizes, agreement: Mapping[str, Any]
) -> str:
    """Return the datasheet of a release: `prose` with its blocks filled."""
    return fill(prose, _blocks(settings, content, sizes, agreement), FILE)


def _blocks(
    settings: Settings, content: Content, sizes: Sizes, agreement: Mapping[str, Any]
) -> dict[str, str]:
    ontology = content.ontology
    without = ", a copy without the articles' text" if FINGERPRINTS in sizes else ""
    return {
        "version": f"Version {settings.version} of {settings.date}{without}. Labels: {by_whom(content)}",
        "rows": rows_table(sizes),
        "labels": "\n\n".join(
            (
                label_table("span", ontology.span_names, content.tally.spans),
                label_table("relation", ontology.relation_names, content.tally.relations),
            )
        ),
        "splits": splits_table(content),
        "entities": f"There are {linked(content)}.",
        "faults": "\n".join(f"- {fault}" for fault in settings.faults),
        "how": how(content),
        "annotators": annotators_table(content),
        "agreement": agreement_or_why_not(agreement, content),
        "licences": "\n".join(f"- {_licence(one)}" for one in settings.licences),
    }


def _licence(licence: Licence) -> str:
    name = f"[{licence.name}]({licence.link})" if licence.link else licence.name
    return f"**{licence.part}**: {name}" + (f". {licence.note}" if licence.note else "")
