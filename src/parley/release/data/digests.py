"""The content hash: what a release says, whatever wrote its files, in however many parts.

The digest of a document is the SHA-256 of its rows: for each config it has rows in, by name, the line with
the config's name, then its rows in order, each as JSON with sorted keys (UTF-8, no blanks) on a line. The
content hash is the SHA-256 of one line for each document, `split/doc_id digest`, splits in the order train,
validation, test and documents in the release's order; then one for each config about the corpus as a whole,
by name, `config digest`. So the digests can be made anywhere, and of any batch of whole documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

import msgspec
import pyarrow as pa

_ROWS = 1_000  # that are Python objects at once
_encode = msgspec.json.Encoder(order="sorted").encode


def document_digests(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """Return the digest of each document, by doc_id in the documents' order.

    tables: by config, with the rows of these documents and no others.
    """
    made = {name: hashlib.sha256() for name in tables["documents"]["doc_id"].to_pylist()}
    for config in sorted(tables):
        begun: set[str] = set()
        for doc_id, rows in groupby(_rows(tables[config]), key=itemgetter("doc_id")):
            digest = made[doc_id]
            if doc_id not in begun:
                digest.update(f"{config}\n".encode())
                begun.add(doc_id)
            for row in rows:
                digest.update(_encode(row) + b"\n")
    return {name: digest.hexdigest() for name, digest in made.items()}


def table_digest(table: pa.Table) -> str:
    """Return the SHA-256 of the rows of a config about the corpus as a whole."""
    digest = hashlib.sha256()
    for row in _rows(table):
        digest.update(_encode(row) + b"\n")
    return digest.hexdigest()


def content_sha256(documents: Mapping[str, Iterable[tuple[str, str]]], whole: Mapping[str, str]) -> str:
    """Return the content hash of a release.

    documents: by split, in the splits' order, doc_id and digest of each document in order. whole: config →
    digest.
    """
    digest = hashlib.sha256()
    for split, some in documents.items():
        for doc_id, one in some:
            digest.update(f"{split}/{doc_id} {one}\n".encode())
    for config in sorted(whole):
        digest.update(f"{config} {whole[config]}\n".encode())
    return digest.hexdigest()


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from batch.to_pylist()
