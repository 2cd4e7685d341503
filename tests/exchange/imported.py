"""What an import wrote and reported, for its tests; and files of brat to be imported."""

import csv
import re

from exchanged import attributes_of, relations_of, spans_of

from parley.exchange.articles import Article
from parley.model.documents import Document
from parley.model.labels import decode_layer

ADA = "ada"


def layers(paths, annotator=ADA):
    return {path.stem: decode_layer(path.read_bytes()) for path in (paths.labels / annotator).glob("*.json")}


def labels(layer):
    """Return what a layer says, without how it was decided."""
    one = Article("", "", layer.spans, layer.relations)
    return spans_of(one), relations_of(one), attributes_of(one)


def unread(done):
    with done.report.open(encoding="utf-8", newline="") as file:
        return [row["surface"] for row in csv.DictReader(file) if row["status"] == "unread"]


def lost(done):
    """Return the rows of the report that are of something lost: its label, why, and what tells it."""
    with done.report.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["status"].startswith("lost: ")]
    return [(row["label"], row["status"].removeprefix("lost: "), row["surface"]) for row in rows]


def assert_sums(done):
    for kind, label in done.account.given:
        given, found, lost = done.account.of(kind, label)
        assert given == found + lost, (kind, label)
        assert found >= 0


def document(one):
    return Document(
        one.doc_id, one.text, "", "", "", "", one.metadata.get("language", ""), "", "", "", (), ()
    )  # fmt: skip


def brat_files(folder, text, standoff, name="h2_spill"):
    """Write a text and its standoff file, in which x as the words of a span is what is there."""
    folder.mkdir()
    standoff = re.sub(
        r"^(T\d+\t\S+ (\d+) (\d+))\tx$",
        lambda m: f"{m[1]}\t{' '.join(text[int(m[2]) : int(m[3])].split())}",
        standoff,
        flags=re.MULTILINE,
    )
    (folder / f"{name}.txt").write_bytes(text.encode())
    (folder / f"{name}.ann").write_text(standoff, encoding="utf-8")
    return folder
