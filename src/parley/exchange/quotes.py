r"""Labels written as quotes: what an annotator decided, without counting a single offset.

A decisions file is plain text, one decision a line; `#` starts a comment line:

    span | m1 | PER   | 2 | Karoline Leavitt | 1 | entity=per_leavitt level=NAM
    span | c1 | CUE   | 2 | said             | 2 |
    rel  | source | q1 | m1

A span line names the span (a key of one's own, used by `rel` lines), its label, the paragraph (from 1), the
quote, which occurrence of the quote inside that paragraph (from 1; whole words, unless the ontology says
`inside_words` of the label), and the attributes; a value with blanks is in double quotes
(`value="40 aircraft"`). The quote must be in the paragraph as it is; nothing is guessed or corrected.

Lines end where paragraphs do, at a line feed; a carriage return before it does not count, and any other sign
that ends lines elsewhere is text. `\|` is a bar, which else ends a cell; a backslash before anything but a
bar is itself.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
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
from parley.model.ontology import Ontology
from parley.model.quotes import closest, occurrences, paragraphs

_SPAN_CELLS, _RELATION_CELLS = 7, 4


def numbered(corpus: Corpus, doc_id: str) -> str:
    """Return an article as an annotator of quotes reads it: each paragraph after its number.

    Raises UsageError if there is no such article.
    """
    document = corpus.documents.get(doc_id)
    if document is None:
        names = ", ".join(list(corpus.documents)[:5])
        raise UsageError(f"there is no article {doc_id!r}", f"name one of {names} …")
    known = ((name, getattr(document, name)) for name in ("doc_id", "title", "published", "publisher"))
    head = [f"{name}: {value}" for name, value in known if value]
    body = [f"[{p.number}] {p.text}" for p in paragraphs(document.text)]
    return "\n".join(head) + "\n\n" + "\n\n".join(body) + "\n"


def layer_from_quotes(quotes: str, document: Document, ontology: Ontology, annotator: str) -> Layer:
    """Return the layer that a decisions file describes.

    Raises DataFaults naming every line that does not fit the text, with the closest words if a quote is not
    found. Legality of attributes, domain and range is checked by validation.
    """
    reader = _Reader(document, ontology)
    for number, line in enumerate(quotes.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            reader.read(number, _cells(line))
    reader.link()
    check(reader.faults)
    return in_order(
        Layer(
            doc_id=document.doc_id,
            text_sha256=document.text_sha256,
            annotator=annotator,
            ontology=ontology.revision,
            updated="",
            lead_time_s=None,
            spans=tuple(reader.spans.values()),
            relations=tuple(reader.relations.values()),
        )
    )


def _cells(line: str) -> list[str]:
    return [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)]


def _words(cell: str) -> list[str]:
    """Return the words of a cell; quotation marks keep one together. Raises ValueError if one is open."""
    words = shlex.shlex(cell, posix=True, punctuation_chars=False)
    words.whitespace_split, words.commenters, words.escape = True, "", ""
    return list(words)


def _number(cell: str) -> int:
    """Return what a cell counts, 0 if it is no number."""
    return int(cell) if re.fullmatch(r"[0-9]{1,9}", cell) else 0


class _Reader:
    """Gathers the spans, relations and faults of one decisions file."""

    def __init__(self, document: Document, ontology: Ontology) -> None:
        self.document = document
        self.ontology = ontology
        self.paragraphs = {p.number: p for p in paragraphs(document.text)}
        self.spans: dict[str, Span] = {}  # by key
        self.relations: dict[str, Relation] = {}  # by id
        self.faults: list[Fault] = []
        self._later: list[tuple[int, list[str]]] = []

    def read(self, number: int, cells: list[str]) -> None:
        """Read a line; a relation once all spans are known."""
        if cells[0] == "span" and len(cells) == _SPAN_CELLS:
            self._span(number, cells)
        elif cells[0] == "rel" and len(cells) == _RELATION_CELLS:
            self._later.append((number, cells))
        else:
            what = f"a line is `span` with {_SPAN_CELLS} cells or `rel` with {_RELATION_CELLS}"
            self._fault("quote-malformed", number, f"{what}; this is {cells[0]!r} with {len(cells)}")

    def link(self) -> None:
        """Read the relation lines."""
        for number, (_, label, head, tail) in self._later:
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
        start = self._locate(number, label, paragraph, quote, occurrence)
        values = self._attributes(number, attributes)
        if start is None or values is None:
            return
        made = make_span(self.document.text, label, start, start + len(quote), values)
        same = next((other for other, span in self.spans.items() if span.id == made.id), None)
        if same is not None:
            self._fault("span-duplicate", number, f"{key} is the same {label} as {same}")
        self.spans[key] = made

    def _locate(self, number: int, label: str, paragraph: str, quote: str, occurrence: str) -> int | None:
        place, nth = self.paragraphs.get(_number(paragraph)), _number(occurrence)
        if place is None:
            self._fault("quote-malformed", number, f"there is no paragraph {paragraph!r}")
            return None
        if not nth or not quote:
            self._fault("quote-malformed", number, "a span has a quote and an occurrence, counted from 1")
            return None
        found = occurrences(quote, place.text, inside_words=label in self.ontology.inside_words)
        if nth > len(found):
            what = f"{quote!r} is {len(found)} times in paragraph {paragraph}, not {occurrence}"
            self._fault("quote-missing", number, what + ("" if found else closest(quote, place.text)))
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


def write_labels_from_quotes(corpus: Corpus, annotator: str, files: list[Path]) -> list[Path]:
    """Write the label files of an annotator from decisions files named <doc_id>.quotes; return their paths.

    Writes nothing if any line of any file is at fault. Raises DataFaults with all of them, UsageError if a
    file is not there or two are for one article.
    """
    twice = sorted(stem for stem, number in Counter(file.stem for file in files).items() if number > 1)
    if twice:
        raise UsageError(f"two files decide on {', '.join(twice)}", "name one file an article")
    absent = [str(file) for file in files if not file.is_file()]
    if absent:
        raise UsageError(f"there is no file {', '.join(absent)}", "name decisions files, <doc_id>.quotes")
    layers, faults = [], []
    if annotator not in corpus.annotators:
        faults.append(Fault("annotator-unknown", annotator, f"{annotator!r} is not in annotators.csv"))
    for file in files:
        document = corpus.documents.get(file.stem)
        if document is None:
            faults.append(Fault("document-unknown", file.name, f"there is no document {file.stem!r}"))
            continue
        try:
            quotes = file.read_bytes().decode("utf-8-sig")
            layers.append(layer_from_quotes(quotes, document, corpus.ontology, annotator))
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8: {error.reason}"
            faults.append(Fault("quote-malformed", file.name, what, corpus.paths.relative(file)))
        except DataFaults as found:
            faults.extend(found.faults)
    check(faults)
    paths = [layer_path(corpus.paths, annotator, layer.doc_id) for layer in layers]
    for path, layer in zip(paths, layers, strict=True):
        write_layer(path, layer)
    return paths
