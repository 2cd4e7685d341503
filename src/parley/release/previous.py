"""What the last release was made of, so that a publish takes over the files of what has not changed since.

versions.json tells an input that is one file by its digest, but label files and seeds only together. What
they were one by one is kept in build/, as the very lines that versions.json has the digest of, with the
manifest, the lines of the content hash and what made the release: Parley's files, the libraries, Python. None
of it is taken on trust: the file has its own digest, belongs to one versions.json, and each part of it must
have the digest that this versions.json tells. Without the file, or with another, everything is made again.
"""

from __future__ import annotations

import hashlib
import re
import sys
import sysconfig
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path

import msgspec

import parley
from parley.corpus.corpus import Corpus
from parley.model.paths import CorpusPaths
from parley.release.data.shards import Earlier, content_digests
from parley.release.inputs import read_settings
from parley.release.versions.history import FILE, input_lines, read_versions
from parley.runtime.files import csv_rows, is_whole, unguarded, writing_whole
from parley.seeds.manifest import COLUMNS
from parley.seeds.pages import PIN

_DISTRIBUTION = "parley-corpus"
_DIGEST = 64  # bytes of a SHA-256 in hexadecimal digits


class _State(msgspec.Struct):
    """What is kept. made_by: see `made_by`. inputs: lines by pattern. content: lines of the content hash."""

    versions_sha256: str
    made_by: str
    manifest: bytes
    inputs: dict[str, bytes]
    content: bytes


def state_path(paths: CorpusPaths) -> Path:
    """Return the file that keeps what the last release was made of."""
    return paths.build / "last-release.msgpack"


def remember(corpus: Corpus, content: bytes) -> None:
    """Keep what the release that is in dataset/ now was made of. content: the lines of its content hash."""
    paths = corpus.paths
    versions = (paths.dataset / FILE).read_bytes()
    state = _State(_sha256(versions), made_by(), corpus.manifest.data, input_lines(corpus), content)
    digest = hashlib.sha256()
    with writing_whole(state_path(paths)) as out:
        out.write(bytes(_DIGEST))  # its place
        for part in _encoded(state):
            digest.update(part)
            out.write(part)
        out.seek(0)
        out.write(digest.hexdigest().encode())


def _encoded(state: _State) -> Iterator[bytes]:
    """Yield parts of what is kept as MessagePack: the whole would be in memory a second time."""
    encode = msgspec.msgpack.encode
    fields = {name: getattr(state, name) for name in state.__struct_fields__}
    yield _map_of(len(fields))
    for name, value in fields.items():
        yield encode(name)
        if isinstance(value, dict):
            yield _map_of(len(value))
            yield from (encode(one) for pair in value.items() for one in pair)
        else:
            yield encode(value)


def _map_of(number: int) -> bytes:
    """Return how MessagePack begins a map of so many pairs (map 32)."""
    return b"\xdf" + number.to_bytes(4, "big")


def read_earlier(corpus: Corpus) -> Earlier | None:
    """Return what can be taken over of the last release of a corpus; None if nothing can.

    Raises DataFaults as `corpus.batches` does.
    """
    paths = corpus.paths
    state = _read_state(paths)
    if state is None or not (paths.dataset / FILE).is_file():
        return None
    last = read_versions(paths.dataset)[-1]
    recorded: Mapping[str, str] = last["inputs_sha256"]
    whole = (paths.ontology, paths.entities, paths.annotators, paths.cleaning)
    is_known = (
        state.versions_sha256 == _sha256((paths.dataset / FILE).read_bytes())
        and state.made_by == made_by()
        and last["labels"] == read_settings(corpus).labels
        and last["content_sha256"] == _sha256(state.content)
        and recorded.get(paths.relative(paths.manifest)) == _sha256(state.manifest)
        and all(recorded.get(pattern) == _sha256(lines) for pattern, lines in state.inputs.items())
        and {name for name in recorded if "*" in name} == state.inputs.keys()
        and all(recorded.get(paths.relative(path), "") == corpus.sha256(path) for path in whole)
    )
    if not is_known:
        return None
    rows = csv_rows(state.manifest, paths.relative(paths.manifest), COLUMNS, "manifest-malformed")
    old = ({name: unguarded(cell) for name, cell in row.items()} for _, row in rows if is_whole(row))
    before = _of_articles(old, state.inputs)
    now = _of_articles((row for _, row in corpus.manifest.rows), input_lines(corpus))
    same = {doc_id for doc_id, digest in now.items() if before.get(doc_id) == digest}
    digests = {doc_id: digest for doc_id, digest in content_digests(state.content) if doc_id in same}
    files = {name: digest for name, digest in last["files_sha256"].items() if name.startswith("data/")}
    return Earlier(paths.dataset, digests, files)


@cache
def made_by() -> str:
    """Return the digest of all that decides the bytes of a release besides its inputs.

    Every file of Parley, the versions of the packages that it names, and Python.
    """
    found = [sys.version, sysconfig.get_platform()]
    for requirement in metadata.requires(_DISTRIBUTION) or ():
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        found.append(f"{name} {[one.version for one in metadata.distributions(name=name)]}")
    package = Path(parley.__file__).parent
    for path in sorted(package.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            found.append(f"{path.relative_to(package).as_posix()} {_sha256(path.read_bytes())}")
    return _sha256("\n".join(found).encode())


def _read_state(paths: CorpusPaths) -> _State | None:
    """Return what is kept; None if there is nothing, or it is not what was written."""
    path = state_path(paths)
    if not path.is_file() or path.is_symlink():
        return None
    data = path.read_bytes()
    digest, data = data[:_DIGEST], data[_DIGEST:]
    if digest != _sha256(data).encode():
        return None
    try:
        return msgspec.msgpack.decode(data, type=_State)
    except msgspec.DecodeError:  # another Parley wrote it
        return None


def _of_articles(rows: Iterable[Mapping[str, str]], lines: Mapping[str, bytes]) -> dict[str, int]:
    """Return a digest of the inputs of each article: its row of the manifest, and its files."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        found[row["doc_id"]] += _number(repr(sorted(row.items())))
    for some in lines.values():
        for line in some.decode().splitlines():
            name = line.rpartition("/")[2]
            found[name.removesuffix(PIN) if name.endswith(PIN) else Path(name).stem] += _number(line)
    return found


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
