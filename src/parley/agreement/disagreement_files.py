"""Disagreements as two files, for programs and for people: the worst kind first, never all in memory.

Those of a batch become text where the batch is compared, in whichever process; the texts are then joined kind
by kind.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO, Any

from parley.agreement.disagreements import KINDS, Disagreement
from parley.model.paths import CorpusPaths
from parley.runtime.files import writing_whole

JSON, MARKDOWN = "disagreements.json", "disagreements.md"  # in build/

Record = dict[str, Any]


@dataclass
class Entries:
    """Disagreements of one kind: how many, as items of a JSON array, and as items of a Markdown list."""

    number: int = 0
    json: bytearray = field(default_factory=bytearray)
    markdown: bytearray = field(default_factory=bytearray)

    def add(self, number: int, json: bytes, markdown: bytes) -> None:
        """Add more of them."""
        self.json += b",\n  " + json if self.number else json
        self.markdown += markdown
        self.number += number


def entries(
    found: Iterable[Disagreement], texts: Mapping[str, str], links: Mapping[str, str]
) -> dict[str, Entries]:
    """Return disagreements by kind, in the order given.

    texts: doc_id → text. links: `doc_id/annotator` → address of the task in Label Studio, if known.
    """
    by_kind: dict[str, Entries] = {}
    for one in found:
        own = {a: url for a in one.annotators if (url := links.get(f"{one.doc_id}/{a}"))}
        record = one.record(texts[one.doc_id], own)
        some = by_kind.setdefault(one.kind, Entries())
        some.add(1, _ENCODE(record).encode(), _markdown(record).encode())
    return by_kind


class DisagreementFiles:
    """The two files before they are written, on disk. stack: closes the temporary files."""

    def __init__(self, stack: ExitStack) -> None:
        def temporary() -> dict[str, IO[bytes]]:
            return {kind: stack.enter_context(tempfile.TemporaryFile()) for kind in KINDS}

        self._json, self._markdown = temporary(), temporary()
        self._number = dict.fromkeys(KINDS, 0)

    def add(self, found: Mapping[str, Entries]) -> None:
        """Add the disagreements of a batch."""
        for kind, some in found.items():
            before = b",\n  " if self._number[kind] else b"\n  "
            self._json[kind].writelines((before, some.json))
            self._markdown[kind].write(some.markdown)
            self._number[kind] += some.number

    def write(self, corpus: CorpusPaths) -> None:
        """Write build/disagreements.json and .md."""
        total = sum(self._number.values())
        kinds = [kind for kind in KINDS if self._number[kind]]
        with writing_whole(corpus.build / JSON) as out:
            out.write(b'{"disagreements": [')
            for place, kind in enumerate(kinds):
                out.write(b"," if place else b"")
                _copy(self._json[kind], out)
            out.write(b"\n]}\n")
        with writing_whole(corpus.build / MARKDOWN) as out:
            out.write(f"# {total} disagreement{'s' if total != 1 else ''}, worst first\n".encode())
            for kind in kinds:
                out.write(f"\n## {KINDS[kind]} ({self._number[kind]})\n\n".encode())
                _copy(self._markdown[kind], out)


_ENCODE = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
_MARKS = re.compile(r"([\\`*_\[\]<>])")


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", " ".join(text.split()))


def _markdown(record: Record) -> str:
    """Return a disagreement as an item of a Markdown list."""
    what = f" — {_escaped(record['what'])}" if record["what"] else ""
    place = f"`{record['doc_id']}` {record['start']}:{record['end']}"
    before, text, after = (_escaped(record[name]) for name in ("before", "text", "after"))
    lines = [f"- {place}{what}: …{before} **{text}** {after}…"]
    for version in record["versions"]:
        name = f"[{version['annotator']}]({version['url']})" if "url" in version else version["annotator"]
        lines.append(f"  - {name}: {_escaped(version['says']) or 'nothing'}")
    return "\n".join(lines) + "\n"


def _copy(file: IO[bytes], out: IO[bytes]) -> None:
    file.seek(0)
    shutil.copyfileobj(file, out)
