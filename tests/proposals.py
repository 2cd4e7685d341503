"""What a lead submits in the adjudication project, in the server's own JSON."""

from __future__ import annotations

from typing import Any


def ada_is_right(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the proposal of a task as the lead submits it who believes ada alone, and throughout."""
    result = task["predictions"][0]["result"]
    said = {r["id"]: r["value"]["choices"] for r in result if r.get("from_name") == "said-by"}
    for region, who in said.items():
        if len(who) == 1:
            value = {"start": 0, "end": 1, "choices": ["keep" if who == ["ada"] else "reject"]}
            result.append(
                {"id": region, "from_name": "verdict", "to_name": "text", "type": "choices", "value": value}
            )
    kept = []
    for region in result:
        marks = [x for x in region.get("labels", []) if x.startswith("? ")]
        if marks == ["? bo"]:
            continue
        if marks:
            region["labels"] = [x for x in region["labels"] if not x.startswith("? ")][:1]
        kept.append(region)
    return kept
