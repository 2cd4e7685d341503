"""Exports of other people's projects, versions and tools, a kind each, with what must come of them.

They are on the ontology of tests/harbour. A kind is what its name says, not only its input: what is true of
one that has the key twice in a region is true of any.
"""

from __future__ import annotations

from export_makers import Kind
from kinds_of_files import FILES
from kinds_of_regions import REGIONS
from kinds_of_tasks import TASKS

KINDS: dict[str, Kind] = TASKS | REGIONS | FILES
