"""Decisions of adjudication and their reasons: the codes in gold, ledger, suites and published tables."""

from __future__ import annotations

DECISIONS = {  # of gold labels
    "agreed": "all annotators who were compared gave it, and it stands as they gave it",
    "kept": "they differed, and the lead took it as one gave it",
    "edited": "the lead changed what they gave",
    "added": "the lead gave it, none of them did",
}
REJECTED = "rejected"  # a label that is in no gold, but in the ledger

# `attribute`, `direction` and `endpoint` are there because a different attribute, a turned relation and a
# relation that lost an end are none of the others.
REASONS = {
    "boundary": "the offsets differ",
    "type": "the label differs",
    "attribute": "an attribute differs",
    "direction": "the relation runs the other way",
    "missed": "not everybody saw it",
    "endpoint": "an end of the relation was rejected, or is another span",
    "guideline": "the guidelines decide against it, or for it, whatever the annotators saw",
    "ambiguous": "the text allows both",
}
