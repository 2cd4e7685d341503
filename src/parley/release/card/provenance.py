"""Where a release comes from, as W3C PROV: from which articles, by which activities, by whom.

The Croissant 1.1 specification takes provenance from PROV-O (https://www.w3.org/TR/prov-o/); the dataset
track of NeurIPS asks for `prov:wasDerivedFrom` and `prov:wasGeneratedBy`. The articles are named by outlet
here; each one's own hash stands in the column `seed_sha256`.
"""

from __future__ import annotations

from typing import Any

from parley.model.annotators import Annotator
from parley.release.card.content import Content
from parley.release.card.makers import CLEANED, decisions, leading

Node = dict[str, Any]


def derived_from(content: Content) -> list[Node]:
    """Return the articles as one collection, its members by outlet."""
    members = [
        {
            "@type": "prov:Entity",
            "prov:label": outlet or "outlets that the articles do not name",
            "description": f"{number} article{'s' if number > 1 else ''}",
        }
        for outlet, number in sorted(content.tally.outlets.items())
    ]
    return [
        {
            "@type": "prov:Collection",
            "prov:label": "raw articles",
            "description": (
                f"{content.tally.documents} articles, byte for byte; the column seed_sha256 of the config "
                "documents has the hash of each."
            ),
            "prov:hadMember": members,
        }
    ]


def generated_by(content: Content) -> list[Node]:
    """Return what was done, in order: cleaning, labelling, where there was one adjudication, checks."""
    counted = content.tally.layers
    lead = leading(content) if content.scheme.is_gold else []
    labellers = [a for a in content.makers if a.name not in lead]
    made = [
        _activity("cleaning", f"{CLEANED} What was cut is decided by rules with a reason each."),
        *(
            _activity(
                f"labelling by {a.name}",
                f"{counted[a.name]} articles, after guidelines and the ontology {content.ontology.revision}.",
                a,
            )
            for a in labellers
        ),
    ]
    if content.scheme.is_gold:
        said = ", ".join(f"{n} {name}" for name, n in sorted(decisions(content).items()))
        leads = [content.scheme.annotators[name] for name in lead]
        made.append(_activity("adjudication", f"Of the published labels: {said}.", *leads))
    made.append(
        _activity(
            "validation",
            "Offsets, labels, values, references and splits were checked; any fault stops a release.",
        )
    )
    return made


def agent(annotator: Annotator) -> Node:
    """Return an annotator as a PROV agent: a person, or software."""
    kind = "prov:Person" if annotator.kind == "human" else "prov:SoftwareAgent"
    return {
        "@type": kind,
        "prov:label": annotator.name,
        "description": f"{annotator.kind}: {annotator.note}" if annotator.note else annotator.kind,
    }


def _activity(label: str, said: str, *agents: Annotator) -> Node:
    node: Node = {"@type": "prov:Activity", "prov:label": label, "description": said}
    if agents:
        node["prov:wasAssociatedWith"] = [agent(a) for a in agents]
    return node
