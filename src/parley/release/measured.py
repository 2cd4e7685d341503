"""Files of figures about the labels of one content hash: baselines.json and audit.json.

Such a file has the hash of the labels that it is of, and its own: one that was edited by hand is refused, and
one that is of other labels is stale.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TypeVar

import msgspec

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault


class Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Figures, the content hash of the labels that they are of, and the SHA-256 of all the rest."""

    content_sha256: str
    sha256: str = ""


AnyMeasured = TypeVar("AnyMeasured", bound=Measured)


def encode(measured: Measured) -> bytes:
    """Return the canonical bytes of figures, signed: keys sorted, a line a value."""
    signed = msgspec.structs.replace(measured, sha256=_sha256(measured))
    return msgspec.json.format(msgspec.json.encode(signed, order="sorted"), indent=1) + b"\n"


def read(corpus: Corpus, path: Path, kind: type[AnyMeasured], code: str) -> AnyMeasured | None:
    """Return what a file of a corpus says, None if it is not there.

    Raises DataFaults, with the code, if it is not what `encode` wrote.
    """
    if not os.path.lexists(path):
        return None
    file = corpus.paths.relative(path)
    data = corpus.read(path, code)
    try:
        found = msgspec.json.decode(data, type=kind)
    except msgspec.DecodeError as error:
        raise DataFaults([Fault(code, file, str(error), file)])
    if found.sha256 != _sha256(found):
        raise DataFaults([Fault(code, file, "its sha256 is not that of its figures", file)])
    return found


def stale(corpus: Corpus, path: Path, found: Measured | None, content_sha256: str, code: str) -> list[Fault]:
    """Return a fault, with the code, if figures are of other labels than those of a content hash."""
    if found is None or found.content_sha256 == content_sha256:
        return []
    file = corpus.paths.relative(path)
    what = f"it is of content {found.content_sha256[:12]}, the labels of {content_sha256[:12]}"
    return [Fault(code, file, what, file)]


def _sha256(measured: Measured) -> str:
    unsigned = msgspec.structs.replace(measured, sha256="")
    return hashlib.sha256(msgspec.json.encode(unsigned, order="sorted")).hexdigest()
