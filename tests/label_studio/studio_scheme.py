"""A small scheme with one of everything, for the tests of this folder."""

from __future__ import annotations

import tomllib

import msgspec

from parley.label_studio.export.annotations import TaskReader
from parley.label_studio.export.findings import Findings
from parley.model.entities import Entity
from parley.model.ontology import Ontology

TOML = """
name = "test"
version = "0.1"
group = [{name = "who", title = "Who"}, {name = "what", title = "What"}, {name = "none", title = "-"}]

[[span]]
name = "A"
title = "a"
group = "who"
color = "#0072b2"
definition = 'the "a" & <b>'
hotkey = "1"
[[span]]
name = "B"
title = "b"
group = "who"
color = "#e69f00"
definition = "bs"
[[span]]
name = "C"
title = "c"
group = "what"
color = "#009e73"
definition = "cs"
hotkey = "3"

[[attribute]]
name = "ref"
title = "Which"
labels = ["A", "B"]
kind = "entity"
required = true
definition = "d"
[[attribute]]
name = "what"
title = "What"
labels = ["C"]
kind = "entity"
types = ["A", "B"]
definition = "d"
[[attribute]]
name = "level"
title = "Level"
labels = ["A", "B"]
kind = "choice"
required = true
definition = "d"
value = [{name = "X", definition = "x", hotkey = "q"}, {name = "Y", definition = "y"}]
[[attribute]]
name = "when"
title = "When"
labels = ["C"]
kind = "timex3"
definition = "d"
[[attribute]]
name = "size"
title = "Size"
labels = ["B"]
kind = "quantity"
definition = "d"
required_when = {level = ["Y"]}

[[relation]]
name = "r"
title = "r"
head = ["A"]
tail = ["B", "C"]
definition = "d"
color = "#123456"
[[relation]]
name = "q"
title = "q"
head = ["A", "B", "C"]
tail = ["A", "B", "C"]
definition = "d"
[[relation]]
name = "same"
title = "same"
head = ["A", "B", "C"]
tail = ["A", "B", "C"]
symmetric = true
definition = "d"
"""

ONTOLOGY = msgspec.convert(tomllib.loads(TOML), Ontology)
ENTITIES = {
    "one": Entity("one", "A", "One & <Only>", ("One & <Only>", "Uno"), "", ""),
    "two": Entity("two", "B", "Zwei", (), "", ""),
}


def decode_tasks(data: bytes, ontology: Ontology, annotator: str = "") -> Findings:
    """Read the tasks of a JSON array."""
    reader = TaskReader(ontology, annotator)
    reader.take_all(data, 0)
    return reader.found
