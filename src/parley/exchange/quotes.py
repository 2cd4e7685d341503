r"""Labels written as quotes: what an annotator decided, without counting a single offset.

A decisions file is plain text, one decision a line; `#` starts a comment line:

    span | m1 | PER   | 2 | Karoline Leavitt | 1 | entity=per_leavitt level=NAM
    span | c1 | CUE   | 2 | said             | 2 |
    rel  | source | q1 | m1
    doc  | genre=news

A span line names the span (a key of one's own, used by `rel` lines), its label, the paragraph (from 1), the
quote, which occurrence of the quote inside that paragraph (from 1; whole words, unless the ontology says
`inside_words` of the label), and the attributes; a value with blanks is in double quotes
(`value="40 aircraft"`), several ids have commas between (`entity=gpe_russia,gpe_ukraine`). The quote must be
in the paragraph as it is; nothing is guessed or corrected. A `doc` line has attributes of the whole article.

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
    DocumentLabel,
    Layer,
    Relation,
    Span,
    in_order,
    layer_path,
    make_relation,
    make_span,
    write_layers,
)
from parley.model.ontology import DOCUMENT, Ontology
from parley.model.quotes import closest, occurrences, paragraphs
from parley.values.several import several

_SPAN_CELLS, _RELATION_CELLS, _DOCUMENT_CELLS = 7, 4, 2


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
    reader.read(quotes)
    check(reader.faults)
    spans, relations = tuple(reader.spans.values()), tuple(reader.relations.values())
    written_by = (document.doc_id, document.text_sha256, annotator, ontology.revision, "", None)
    return in_order(Layer(*written_by, spans, relations, DocumentLabel(reader.said) if reader.said else None))


class _Reader:
    """Gathers the spans, relations and faults of one decisions file."""

    def __init__(self, document: Document, ontology: Ontology) -> None:
        self.document = document
        self.ontology = ontology
        self.paragraphs = {str(p.number): p for p in paragraphs(document.text)}
        self.spans: dict[str, Span] = {}  # by key
        self.relations: dict[str, Relation] = {}  # by id
        self.said: dict[str, str] = {}  # of the whole article
        self.faults: list[Fault] = []
        self._line = 0

    def read(self, quotes: str) -> None:
        relations = []
        for self._line, line in enumerate(quotes.split("\n"), start=1):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            kind, *cells = [cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)]
            if kind == "span" and len(cells) == _SPAN_CELLS - 1:
                self._span(*cells)
            elif kind == "rel" and len(cells) == _RELATION_CELLS - 1:
                relations.append((self._line, cells))
            elif kind == "doc" and len(cells) == _DOCUMENT_CELLS - 1:
                self._document(*cells)
            else:
                what = (
                    f"a line is `span` with {_SPAN_CELLS} cells, `rel` with {_RELATION_CELLS} or `doc` with "
                )
                what += str(_DOCUMENT_CELLS)
                self._fault("quote-malformed", f"{what}; this is {kind!r} with {len(cells) + 1}")
        for self._line, cells in relations:  # once all spans are known
            self._relation(*cells)

    def _relation(self, label: str, head: str, tail: str) -> None:
        unknown = [key for key in (head, tail) if key not in self.spans]
        if label not in self.ontology.relation_by_name:
            self._fault("relation-label", f"no relation {label!r}")
        elif unknown:
            self._fault("relation-dangling", f"no span {' or '.join(unknown)} in this file")
        else:
            symmetric = self.ontology.relation_by_name[label].symmetric
            made = make_relation(label, self.spans[head], self.spans[tail], symmetric=symmetric)
            if made.id in self.relations:
                self._fault("relation-duplicate", f"{label} from {head} to {tail} is given twice")
            self.relations[made.id] = made

    def _span(self, key: str, label: str, *cells: str) -> None:
        *place, attributes = cells
        if key in self.spans:
            self._fault("span-duplicate", f"the key {key!r} is given twice")
        elif label not in self.ontology.span_by_name:
            self._fault("span-label", f"no span label {label!r}")
        else:
            extent = self._extent(label, *place)
            values = self._attributes(attributes, label)
            if extent is None or values is None:
                return
            made = make_span(self.document.text, label, *extent, values)
            same = next((other for other, span in self.spans.items() if span.id == made.id), None)
            if same is not None:
                self._fault("span-duplicate", f"{key} is the same {label} as {same}")
            self.spans[key] = made

    def _document(self, cell: str) -> None:
        legal = self.ontology.of_document
        values = self._attributes(cell, DOCUMENT)
        for name, value in (values or {}).items():
            if name not in legal:
                has = ", ".join(legal) or "nothing: it has no [[document]]"
                self._fault("attribute-unknown", f"no attribute {name!r} of the document; there is {has}")
            elif self.said.setdefault(name, value) != value:
                self._fault("quote-malformed", f"{name} of the document is given twice, and differs")

    def _extent(self, label: str, paragraph: str, quote: str, occurrence: str) -> tuple[int, int] | None:
        place = self.paragraphs.get(paragraph.lstrip("0"))
        nth = int(occurrence) if re.fullmatch(r"[0-9]{1,9}", occurrence) else 0
        if place is None:
            self._fault("quote-malformed", f"there is no paragraph {paragraph!r}")
            return None
        if not nth or not quote:
            self._fault("quote-malformed", "a span has a quote and an occurrence, counted from 1")
            return None
        found = occurrences(quote, place.text, inside_words=label in self.ontology.inside_words)
        if nth > len(found):
            what = f"{quote!r} is {len(found)} times in paragraph {paragraph}, not {occurrence}"
            self._fault("quote-missing", what + ("" if found else closest(quote, place.text)))
            return None
        start = place.start + found[nth - 1]
        return start, start + len(quote)

    def _attributes(self, cell: str, label: str) -> dict[str, str] | None:
        words = shlex.shlex(cell, posix=True, punctuation_chars=False)  # quotation marks hold blanks together
        words.whitespace_split, words.commenters, words.escape = True, "", ""
        try:
            parts = [word.partition("=") for word in words]
        except ValueError as error:
            self._fault("quote-malformed", f"attributes {cell!r}: {error}")
            return None
        values = {name: value for name, _, value in parts}
        if not all(map(all, parts)):
            self._fault("quote-malformed", f"attributes are name=value: {cell!r}")
        elif len(values) < len(parts):
            self._fault("quote-malformed", f"an attribute is given twice: {cell!r}")
        else:
            legal = self.ontology.attributes_with_document.get(label, {})
            of_several = {name for name in values if name in legal and legal[name].several}
            return {n: several(v.split(",")) if n in of_several else v for n, v in values.items()}
        return None

    def _fault(self, code: str, message: str) -> None:
        self.faults.append(Fault(code, f"{self.document.doc_id} > line {self._line:04d}", message))


def write_labels_from_quotes(corpus: Corpus, annotator: str, files: list[Path]) -> list[Path]:
    """Write the label files of an annotator from decisions files named <doc_id>.quotes; return their paths.

    Writes nothing if any line of any file is at fault; raises as `layers_from_quotes`.
    """
    layers = layers_from_quotes(corpus, annotator, files)
    paths = [layer_path(corpus.paths, annotator, layer.doc_id) for layer in layers]
    write_layers(zip(paths, layers, strict=True))
    return paths


def layers_from_quotes(corpus: Corpus, annotator: str, files: list[Path]) -> list[Layer]:
    """Return the layers of an annotator that decisions files named <doc_id>.quotes describe.

    Raises DataFaults with every line at fault of any file, UsageError if a file is not there or two are for
    one article.
    """
    twice = sorted(stem for stem, number in Counter(file.stem for file in files).items() if number > 1)
    if twice:
        raise UsageError(f"two files decide on {', '.join(twice)}", "name one file an article")
    absent = [str(file) for file in files if not file.is_file()]
    if absent:
        raise UsageError(f"there is no file {', '.join(absent)}", "name decisions files, <doc_id>.quotes")
    layers = []
    faults = []
    if annotator not in corpus.annotators:
        faults.append(Fault("annotator-unknown", annotator, f"{annotator!r} is not in annotators.csv"))
    for file in files:
        document = corpus.documents.get(file.stem)
        if document is None:
            faults.append(Fault("document-unknown", file.name, f"there is no document {file.stem!r}"))
            continue
        try:
            quotes = corpus.paths.read(file).decode("utf-8-sig")
            layers.append(layer_from_quotes(quotes, document, corpus.ontology, annotator))
        except UnicodeDecodeError as error:
            what = f"byte {error.start} is not UTF-8: {error.reason}"
            faults.append(Fault("quote-malformed", file.name, what, corpus.paths.relative(file)))
        except DataFaults as found:
            faults.extend(found.faults)
    check(faults)
    return layers
