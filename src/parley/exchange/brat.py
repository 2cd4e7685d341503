"""brat: a text and a standoff file an article; annotation.conf and visual.conf from the ontology.

| in Parley | in brat |
| --- | --- |
| span | `T1<tab>PER 63 69<tab>Umerov`; a line break in it parts it into fragments, `63 69;70 75` |
| relation | `R1<tab>source Arg1:T1 Arg2:T2`, from head to tail |
| choice | `A1<tab>modality T1 asserted` |
| entity | `N1<tab>Reference T1 entity:per_umerov<tab>per_umerov`, a line a row |
| any other value | `#1<tab>AnnotatorNotes T1<tab>value=P1D`, since values of attributes have no blanks |

Offsets are code points, as in Parley. brat has no place for what is known of an article, nor for how a label
was decided. Format: https://brat.nlplab.org/standoff.html and https://brat.nlplab.org/configuration.html.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from parley.exchange.articles import Article, Lost
from parley.exchange.names import DIFFERS, NO_END, NO_SPAN, NOT_THERE, OF_RELATION, TWICE
from parley.label_studio.export.offsets import locate
from parley.model.labels import Relation, Span, make_relation, make_span
from parley.model.ontology import Ontology
from parley.runtime.files import write_whole
from parley.values.several import members, several

SUFFIX = ""
_LINES = re.compile(r"[^\n]+")
_OF_LINES = re.compile(r"[\t\r\n]")  # what no cell of a line can have
_MARK = "\ufeff"
_BREAK = re.compile(r"\s")
_WORD = re.compile(r"[^\s]+")
_NUMBERED = re.compile(r"(.+?)\d+")  # Theme2: the second argument of that role
_NAMED = ("T", "E", "R")
IN_PIECES = "in pieces that lie apart"
_TRUE = "true"  # of an attribute that an annotation has or has not


def write(articles: Iterable[Article], place: Path, ontology: Ontology) -> None:
    """Write each article as DOC_ID.txt and DOC_ID.ann in a folder."""
    place.mkdir(parents=True, exist_ok=True)
    for article in articles:
        lines = "".join(f"{line}\n" for line in _standoff(article, ontology))
        (place / f"{article.doc_id}.txt").write_bytes(article.text.encode())
        (place / f"{article.doc_id}.ann").write_bytes(lines.encode())


def read(place: Path, ontology: Ontology) -> Iterator[Article]:
    """Yield the articles of a folder, by name; a text without a standoff file has no labels."""
    for path in sorted(place.glob("*.txt")):
        standoff = path.with_suffix(".ann")
        lines = standoff.read_bytes().decode("utf-8-sig") if standoff.is_file() else ""
        text = path.read_bytes().decode()
        copies = (text.removeprefix(_MARK), text) if text.startswith(_MARK) else (text,)  # counted or not
        yield min(
            (read_article(path.stem, one, lines, ontology) for one in copies), key=lambda a: len(a.lost)
        )


def read_article(doc_id: str, text: str, standoff: str, ontology: Ontology) -> Article:
    """Return an article of its text and the lines of its standoff file.

    An event is its trigger, with a relation to each argument, called as the role is; an equivalence is
    relations of its first member to the others. The words that the lines quote show how offsets are counted
    (`label_studio.export.offsets`). What is lost: words that are not at their offsets, fragments with more
    between them than blanks, what is said of relations.
    """
    lines = [line.rstrip("\r") for line in standoff.split("\n")]
    rows = [(line, *(*line.split("\t"), "", "")[:3]) for line in lines if line.strip()]
    found = _Standoff(text, ontology)
    found.bind([(name, said.split(" "), words) for _, name, said, words in rows if name.startswith("T")])
    for first in ("E", "R", ""):  # what others name goes first
        for line, name, said, words in rows:
            its_turn = name.startswith(first) if first else name[:1] not in _NAMED
            if its_turn and not found.take(name, said.split(" "), words):
                found.unread.append(line)
    spans, relations = found.labels()
    return Article(doc_id, text, spans, relations, unread=tuple(found.unread), lost=tuple(found.lost))


def write_scheme(folder: Path, ontology: Ontology) -> None:
    """Write annotation.conf and visual.conf."""
    write_whole(folder / "annotation.conf", _annotation(ontology).encode())
    write_whole(folder / "visual.conf", _visual(ontology).encode())


Place = tuple[str, int, int]  # label, start, end


def _standoff(article: Article, ontology: Ontology) -> Iterator[str]:
    """Yield the lines of an article's standoff file."""
    numbers: Counter[str] = Counter()

    def numbered(kind: str) -> str:
        numbers[kind] += 1
        return f"{kind}{numbers[kind]}"

    names: dict[str, str] = {}
    for span in article.spans:
        pieces = [found.span() for found in _LINES.finditer(article.text, span.start, span.end)]
        outer = pieces and (pieces[0][0], pieces[-1][1])
        if outer != (span.start, span.end):  # it begins or ends with a line break
            continue
        names[span.id] = numbered("T")
        places = ";".join(f"{start} {end}" for start, end in pieces)
        words = " ".join(_BREAK.sub(" ", article.text[start:end]) for start, end in pieces)
        yield f"{names[span.id]}\t{span.label} {places}\t{words}"
        kinds = ontology.attributes_of.get(span.label, {})
        for name, value in span.attributes.items():
            kind = kinds[name].kind if name in kinds else ""
            ids = members(value)
            if kind == "choice" and _WORD.fullmatch(value):
                yield f"{numbered('A')}\t{name} {names[span.id]} {value}"
            elif kind == "entity" and all(map(_WORD.fullmatch, ids)):
                for one in ids:
                    yield f"{numbered('N')}\tReference {names[span.id]} {name}:{one}\t{one}"
            elif not _OF_LINES.search(value):
                yield f"{numbered('#')}\tAnnotatorNotes {names[span.id]}\t{name}={value}"
    for relation in article.relations:
        if relation.head in names and relation.tail in names:
            ends = f"Arg1:{names[relation.head]} Arg2:{names[relation.tail]}"
            yield f"{numbered('R')}\t{relation.label} {ends}"


class _Standoff:
    """What the lines of a standoff file say, taken one by one.

    unread: those that were not taken. lost: labels that have no place.
    """

    def __init__(self, text: str, ontology: Ontology) -> None:
        self.unread: list[str] = []
        self.lost: list[Lost] = []
        self._text, self._ontology = text, ontology
        self._places: dict[str, Place] = {}  # by name: T1, or E1 for its trigger
        self._values: dict[Place, dict[str, str]] = defaultdict(dict)
        self._ids: dict[tuple[Place, str], list[str]] = defaultdict(list)
        self._arcs: list[tuple[str, str, str]] = []  # label, and the names of head and tail

    def bind(self, lines: Sequence[tuple[str, Sequence[str], str]]) -> None:
        """Take the text-bound lines in: their names, second cells and words."""
        bounds = [_bounds(said) for _, said, _ in lines]
        given = [
            (some[0], some[-1], words or None) for some, (_, _, words) in zip(bounds, lines, strict=True)
        ]
        places = locate(self._text, given, documented=True)
        for (name, said, words), some, place in zip(lines, bounds, places, strict=True):
            if isinstance(place, str):
                why = IN_PIECES if len(some) > 2 else NOT_THERE
                self.lost.append(Lost("spans", said[0], why, f"{name} {' '.join(said[1:])} {words!r}"))
                continue
            if (said[0], *place) in self._places.values() or name in self._places:
                self.lost.append(Lost("spans", said[0], TWICE, name))
            self._places.setdefault(name, (said[0], *place))

    def take(self, name: str, said: Sequence[str], words: str) -> bool:
        """Take a line in; say whether it has a place here. said: its second cell, words: its third."""
        if name.startswith("E"):
            trigger = said[0].partition(":")[2]
            arguments = [one.partition(":") for one in said[1:] if one]
            place = self._places.get(trigger)
            if place and self._places.setdefault(name, place) != place:
                return False  # another event has the name
            self._arcs += [(_role(role), name, other) for role, _, other in arguments]
            # an argument of one whose trigger is lost is lost with it
            return place[0] == said[0].partition(":")[0] if place else bool(arguments)
        if name.startswith("R"):
            ends = [one.partition(":") for one in said[1:] if one]
            if {role for role, _, _ in ends} == {"Arg1", "Arg2"}:
                ends.sort()
            head, tail = ([other for _, _, other in ends] + ["", ""])[:2]
            self._arcs.append((said[0], head, tail))
            return len(ends) <= 2  # a further end has no place
        if name == "*":
            self._arcs += [(said[0], said[1], other) for other in said[2:] if other]
            return len(said) > 2
        of = self._places.get(said[1]) if len(said) > 1 else None
        if of is None and len(said) > 1 and name[:1] in {"A", "M"}:
            why = OF_RELATION if said[1].startswith("R") else NO_SPAN
            self.lost.append(Lost("attributes", said[0], why, f"{name} of {said[1]}"))
            return True
        return of is not None and self._take_value(of, name, said, words)

    def labels(self) -> tuple[tuple[Span, ...], tuple[Relation, ...]]:
        """Return spans and relations; one that lacks an end, or is there already, is lost."""
        for (of, base), entries in self._ids.items():
            known = self._ontology.attributes_of.get(of[0], {}).get(base)
            many = len(entries) > 1 or (known is not None and known.several)
            self._values[of][base] = several(entries) if many else entries[0]
        spans = {place: make_span(self._text, *place, self._values[place]) for place in self._places.values()}
        relations: dict[str, Relation] = {}
        for label, head, tail in self._arcs:
            ends = [spans[self._places[end]] for end in (head, tail) if end in self._places]
            relation = make_relation(label, *ends) if len(ends) == 2 else None
            if relation is None or relation.id in relations:
                why = TWICE if relation else NO_END
                self.lost.append(Lost("relations", label, why, f"from {head} to {tail}"))
            else:
                relations[relation.id] = relation
        return tuple(spans.values()), tuple(relations.values())

    def _take_value(self, of: Place, name: str, said: Sequence[str], words: str) -> bool:
        """Take in what a line says of a span: an attribute, a reference or a note."""
        if name[0] in "AM":
            self._set(of, said[0], " ".join(said[2:]) or _TRUE, name)
            return True
        if name[0] == "N" and len(said) > 2:
            base, _, entry = said[2].partition(":")
            self._ids[of, base].append(entry)
            return True
        known, equals, value = words.partition("=")
        if name[0] != "#" or not equals or known not in self._ontology.attribute_names:
            return False
        self._set(of, known, value, name)
        return True

    def _set(self, of: Place, name: str, value: str, line: str) -> None:
        if self._values[of].setdefault(name, value) != value:
            self.lost.append(Lost("attributes", name, DIFFERS, f"{line}: {value!r}"))


def _bounds(said: Sequence[str]) -> Sequence[int | None]:
    """Return where the pieces of a text-bound annotation begin and end."""
    try:
        return [int(at) for piece in said[1:] for at in piece.split(";")] or [None]
    except ValueError:
        return [None]


def _role(name: str) -> str:
    found = _NUMBERED.fullmatch(name)
    return found[1] if found else name


def _annotation(ontology: Ontology) -> str:
    lines = ["[entities]", *ontology.span_names, "", "[relations]"]
    lines.append("<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>")
    for relation in ontology.relations:
        kind = ", <REL-TYPE>:symmetric" if relation.symmetric else ""
        lines.append(f"{relation.name}\tArg1:{'|'.join(relation.head)}, Arg2:{'|'.join(relation.tail)}{kind}")
    lines += ["", "[events]", "", "[attributes]"]
    for name in ontology.attribute_names:  # one line a name, whatever labels have it
        same = [a for a in ontology.attributes if a.name == name and a.kind == "choice"]
        labels = dict.fromkeys(label for a in same for label in a.labels)
        values = dict.fromkeys(value for a in same for value in a.values if _WORD.fullmatch(value))
        if values:
            lines.append(f"{name}\tArg:{'|'.join(labels)}, Value:{'|'.join(values)}")
    return "\n".join(lines) + "\n"


def _visual(ontology: Ontology) -> str:
    titles = {one.name: one.title for one in ontology.spans}
    titles |= {one.name: one.title for one in ontology.relations}
    lines = [
        "[labels]",
        *(f"{n} | {title.replace('|', '/')}" for n, title in titles.items()),
        "",
        "[drawing]",
    ]
    lines.append("SPAN_DEFAULT\tfgColor:black, bgColor:white, borderColor:darken")
    lines.append("ARC_DEFAULT\tcolor:black, dash:-, arrowHead:triangle-5, labelArrow:none")
    for span in ontology.spans:
        lines.append(f"{span.name}\tbgColor:{span.color}, fgColor:{_legible_on(span.color)}")
    lines += [f"{one.name}\tcolor:{one.color}" for one in ontology.relations if one.color]
    return "\n".join(lines) + "\n"


def _legible_on(color: str) -> str:
    """Return black or white, whichever is read more easily on a colour (the luma of ITU-R BT.601)."""
    digits = color.lstrip("#")
    if len(digits) != 6:
        return "black"
    red, green, blue = (int(digits[at : at + 2], 16) for at in (0, 2, 4))
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 128 else "black"
