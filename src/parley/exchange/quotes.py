r"""Labels written as quotes: what an annotator decided, without counting a single offset.

A decisions file is plain text, one decision a line; `#` starts a comment line:

    span | m1 | PER   | 2 | Karoline Leavitt | 1 | entity=per_leavitt level=NAM
    span | c1 | CUE   | 2 | said             | 2 |
    rel  | source | q1 | m1

A span line names the span (a key of one's own, used by `rel` lines), its label, the paragraph (from 1), the
quote, which occurrence of the quote inside that paragraph (from 1, whole words), and the attributes; a value
with blanks stands in double quotes (`value="40 aircraft"`). The quote must stand in the paragraph as it is;
nothing is guessed or corrected.

Lines end where paragraphs do, at a line feed; a carriage return before it does not count, and any other sign
that ends lines elsewhere is text. `\|` stands for a bar, which else ends a cell; a backslash before anything
but a bar stands for itself.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path

from parley.faults import DataFaults, Fault, UsageError, check
from parley.model.annotators import read_annotators
from parley.model.documents import Document
from parley.model.labels import (
    Layer,
    Relation,
    Span,
    in_order,
    layer_path,
    make_relation,
    make_span,
    write_layer,
)
from parley.model.ontology import Ontology, read_ontology
from parley.model.paths import CorpusPaths
from parley.model.quotes import closest, occurrences, paragraphs
from parley.seeds.manifest import read_documents

_SPAN_CELLS, _RELATION_CELLS = 7, 4


def numbered(document: Document) -> str:
    """Return the text as an annotator of quotes reads it: each paragraph behind its number."""
    head = [f"{name}: {value}" for name, value in _metadata(document) if value]
    body = [f"[{p.number}] {p.text}" for p in paragraphs(document.text)]
    return "\n".join(head) + "\n\n" + "\n\n".join(body) + "\n"


def document_named(corpus: CorpusPaths, doc_id: str) -> Document:
    """Return an article of a corpus. Raises UsageError where there is none of that name."""
    documents = {document.doc_id: document for document in read_documents(corpus)}
    if doc_id not in documents:
        raise UsageError(f"there is no article {doc_id!r}", f"name one of {', '.join(list(documents)[:5])} …")
    return documents[doc_id]


def _metadata(document: Document) -> list[tuple[str, str]]:
    return [
        ("doc_id", document.doc_id),
        ("title", document.title),
        ("published", document.published),
        ("publisher", document.publisher),
    ]


def layer_from_quotes(
    quotes: str, document: Document, ontology: Ontology, annotator: str, *, updated: str = ""
) -> Layer:
    """Return the layer that a decisions file describes.

    Raises DataFaults naming every line that does not fit the text, with the closest stretch where a quote
    is not found. Legality of attributes, domain and range is the validation's business.
    """
    reader = _Reader(document, ontology)
    for number, line in enumerate(quotes.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            reader.read(number, _cells(line))
    reader.link()
    check(reader.faults)
    layer = Layer(
        doc_id=document.doc_id,
        text_sha256=document.text_sha256,
        annotator=annotator,
        ontology=ontology.revision,
        updated=updated,
        lead_time_s=None,
        spans=tuple(reader.spans.values()),
        relations=tuple(reader.relations.values()),
    )
    return in_order(layer)


def _cells(line: str) -> list[str]:
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)]


def _words(cell: str) -> list[str]:
    """Return the words of a cell; quotation marks hold one together. Raises ValueError where one is open."""
    words = shlex.shlex(cell, posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters, words.escape = True, "", ""
    return list(words)


def _number(cell: str) -> int:
    """Return what a cell counts, 0 where it is no number."""
    return int(cell) if re.fullmatch(r"[0-9]{1,9}", cell) else 0


class _Reader:
    """Gathers the spans, relations and faults of one decisions file."""

    def __init__(self, document: Document, ontology: Ontology) -> None:
        self.document = document
        self.ontology = ontology
        self.paragraphs = {p.number: p for p in paragraphs(document.text)}
        self.spans: dict[str, Span] = {}
        self.relations: dict[str, Relation] = {}
        self.faults: list[Fault] = []
        self._pending: list[tuple[int, list[str]]] = []

    def read(self, number: int, cells: list[str]) -> None:
        kind = cells[0]
        if kind == "span" and len(cells) == _SPAN_CELLS:
            self._span(number, cells)
        elif kind == "rel" and len(cells) == _RELATION_CELLS:
            self._pending.append((number, cells))
        else:
            self._fault(
                "quote-malformed",
                number,
                f"a line is `span` with {_SPAN_CELLS} cells or `rel` with "
                f"{_RELATION_CELLS}; this is {kind!r} with {len(cells)}",
            )

    def link(self) -> None:
        """Read the relation lines, once all spans are known."""
        for number, (_, label, head, tail) in self._pending:
            unknown = [key for key in (head, tail) if key not in self.spans]
            if label not in self.ontology.relation_by_name:
                self._fault("relation-label", number, f"no relation {label!r}")
            elif unknown:
                self._fault("relation-dangling", number, f"no span {' or '.join(unknown)} in this file")
            else:
                symmetric = self.ontology.relation_by_name[label].symmetric
                made = make_relation(label, self.spans[head], self.spans[tail], symmetric=symmetric)
                if made.id in self.relations:
                    self._fault("relation-duplicate", number, f"{label} from {head} to {tail} is given twice")
                self.relations[made.id] = made

    def _span(self, number: int, cells: list[str]) -> None:
        _, key, label, paragraph, quote, occurrence, attributes = cells
        if key in self.spans:
            self._fault("span-duplicate", number, f"the key {key!r} is given twice")
            return
        if label not in self.ontology.span_by_name:
            self._fault("span-label", number, f"no span label {label!r}")
            return
        start = self._locate(number, paragraph, quote, occurrence)
        values = self._attributes(number, attributes)
        if start is None or values is None:
            return
        made = make_span(self.document.text, label, start, start + len(quote), values)
        same = [other for other, span in self.spans.items() if span.id == made.id]
        if same:
            self._fault("span-duplicate", number, f"{key} is the same {label} as {same[0]}")
        self.spans[key] = made

    def _locate(self, number: int, paragraph: str, quote: str, occurrence: str) -> int | None:
        place, nth = self.paragraphs.get(_number(paragraph)), _number(occurrence)
        if place is None:
            self._fault("quote-malformed", number, f"there is no paragraph {paragraph!r}")
            return None
        if not nth or not quote:
            self._fault("quote-malformed", number, "a span has a quote and an occurrence, counted from 1")
            return None
        found = occurrences(quote, place.text)
        if nth > len(found):
            said = f"{quote!r} stands {len(found)} times in paragraph {paragraph}, not {occurrence}"
            self._fault("quote-missing", number, said + ("" if found else closest(quote, place.text)))
            return None
        return place.start + found[nth - 1]

    def _attributes(self, number: int, cell: str) -> dict[str, str] | None:
        try:
            parts = [part.partition("=") for part in _words(cell)]
        except ValueError as error:
            self._fault("quote-malformed", number, f"attributes {cell!r}: {error}")
            return None
        if any(not name or not sign or not value for name, sign, value in parts):
            self._fault("quote-malformed", number, f"attributes are name=value: {cell!r}")
            return None
        if len({name for name, _, _ in parts}) < len(parts):
            self._fault("quote-malformed", number, f"an attribute is given twice: {cell!r}")
            return None
        return {name: value for name, _, value in parts}

    def _fault(self, code: str, number: int, message: str) -> None:
        self.faults.append(Fault(code, f"{self.document.doc_id} > line {number:04d}", message))


def write_labels_from_quotes(corpus: CorpusPaths, annotator: str, files: list[Path]) -> list[Path]:
    """Write the label files of an annotator from decisions files named <doc_id>.quotes; return their paths.

    Writes nothing if any line of any file is at fault. Raises DataFaults with all of them, UsageError where a
    file is not there or two are for one article.
    """
    twice = sorted(stem for stem, number in Counter(file.stem for file in files).items() if number > 1)
    if twice:
        raise UsageError(f"two files decide on {', '.join(twice)}", "name one file an article")
    absent = [str(file) for file in files if not file.is_file()]
    if absent:
        raise UsageError(f"there is no file {', '.join(absent)}", "name decisions files, <doc_id>.quotes")
    ontology = read_ontology(corpus.ontology)
    documents = {d.doc_id: d for d in read_documents(corpus)}
    layers, faults = [], []
    if annotator not in read_annotators(corpus):
        faults.append(Fault("annotator-unknown", annotator, f"{annotator!r} is not in annotators.csv"))
    for file in files:
        if file.stem not in documents:
            faults.append(Fault("document-unknown", file.name, f"there is no document {file.stem!r}"))
            continue
        try:
            quotes = file.read_bytes().decode("utf-8-sig")
            layers.append(layer_from_quotes(quotes, documents[file.stem], ontology, annotator))
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8: {error.reason}"
            faults.append(Fault("quote-malformed", file.name, what, corpus.relative(file)))
        except DataFaults as found:
            faults.extend(found.faults)
    check(faults)
    paths = [layer_path(corpus, annotator, layer.doc_id) for layer in layers]
    for path, layer in zip(paths, layers, strict=True):
        write_layer(path, layer)
    return paths
