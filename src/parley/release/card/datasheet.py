"""The datasheet: prose by hand, with blocks that hold the figures of the release."""

from __future__ import annotations

from parley.release.card.content import Content
from parley.release.card.makers import by_whom, how
from parley.release.card.tables import (
    agreement_section,
    annotators_table,
    label_table,
    linked,
    rows_table,
    splits_table,
)
from parley.release.inputs import Licence
from parley.runtime.markdown import fill

FILE = "DATASHEET.md"


def datasheet(prose: str, content: Content) -> str:
    """Return the datasheet of a release: `prose` with its blocks filled."""
    settings, ontology, counts = content.settings, content.inputs.ontology, content.counts
    without = ", a copy without the articles' text" if content.is_withheld else ""
    labels = (
        label_table("span", ontology.span_names, counts.spans),
        label_table("relation", ontology.relation_names, counts.relations),
    )
    blocks = {
        "version": f"Version {settings.version} of {settings.date}{without}. Labels: {by_whom(content)}",
        "rows": rows_table(content),
        "labels": "\n\n".join(labels),
        "splits": splits_table(content),
        "entities": f"There are {linked(content)}.",
        "faults": "\n".join(f"- {fault}" for fault in settings.faults),
        "how": how(content),
        "annotators": annotators_table(content),
        "agreement": agreement_section(content),
        "licences": "\n".join(f"- {_licence(one)}" for one in settings.licences),
    }
    return fill(prose, blocks, FILE)


def _licence(licence: Licence) -> str:
    name = f"[{licence.name}]({licence.link})" if licence.link else licence.name
    return f"**{licence.part}**: {name}" + (f". {licence.note}" if licence.note else "")
