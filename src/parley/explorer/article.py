"""An article as the page has it: its shard, its rows in the index, and where it is in its raw page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from parley.explorer.index import Index
from parley.explorer.parts import COMPARED, LABELS, REJECTS, RELATIONS, SPANS, PartCounts, Row, Task
from parley.explorer.shards import coded, digits, steps, table
from parley.model.documents import METADATA, Document
from parley.values.several import members

DIMENSIONS = {
    SPANS: ("label", "decision", "reason"),  # and each attribute of kind choice
    RELATIONS: ("label", "head", "tail", "decision", "reason"),
    REJECTS: ("label", "annotator", "reason"),
    COMPARED: ("label", "annotator"),
}
_SPAN_IDS = ("id", "statement_id", "within")  # columns of statements and claims
_ONE_OF_SEVERAL = "conditions"  # a column of claims whose parts come by relations that say how
_DAY = re.compile(r"[~<>=]{0,2}[\dX]{4}")  # of a TIMEX3 value that is on the calendar, also with an open year


class Article:
    """An article as the page has it. Ids that follow from label and place are not written."""

    def __init__(
        self,
        task: Task,
        row: Row,
        spans: list[Row],
        relations: list[Row],
        rivals: Mapping[str, tuple[list[Row], list[Row]]],
    ) -> None:
        self._task, self._row, self._rivals = task, row, rivals
        self._text: str | None = None if task.withheld else row["text"]
        self._names = task.ontology.attribute_names
        self._timex = {
            label: [a.name for a in own.values() if a.kind == "timex3"]
            for label, own in task.ontology.attributes_of.items()
            if any(a.kind == "timex3" for a in own.values())
        }
        self._spans = sorted(spans, key=lambda s: (s["start"], -s["end"], s["label"]))
        self._places = places = {span["id"]: number for number, span in enumerate(self._spans)}
        self._relations = [
            (places[one["head"]], places[one["tail"]], one)
            for one in relations
            if one["head"] in places and one["tail"] in places
        ]
        notes = task.extras.notes.get(row["doc_id"], {})
        if task.withheld:  # a lead's words quote the article's
            notes = {label: note._replace(note="") for label, note in notes.items()}
        self._notes = notes
        self._unpublished: dict[str, list[tuple[Row, str]]] = {REJECTS: [], COMPARED: []}

    def made(self, sentences: list[int], split: str, seed: tuple[Document, str] | None) -> Row:
        """Return the article's shard. seed: the cleaned article and its raw text, if they are at hand."""
        row, votes = self._row, self._votes()
        if seed and seed[0].seed_sha256 != row["seed_sha256"]:  # it is not what was published
            seed = None
        return {
            "doc_id": row["doc_id"],
            "split": split,
            **{name: row[name] or "" for name in METADATA},
            **({"said": self._said()} if self._task.ontology.document_attributes else {}),
            "text": self._text,
            "length": len(row["text"] or ""),
            "text_sha256": row["text_sha256"],
            "seed_sha256": row["seed_sha256"],
            "sentences": steps(sentences),
            "spans": self._columns(self._spans),
            "relations": {
                "id": coded([self._own_id(*one) for one in self._relations]),
                "label": coded([one["label"] for *_, one in self._relations]),
                **{end: digits(places) for end, places in self.ends().items()},
                **self._made_of([one for *_, one in self._relations]),
            },
            "votes": votes,
            **{name: table([one for one, _ in rows]) for name, rows in self._unpublished.items()},
            "notes": {own: [note.note, note.lead] for (who, own), note in self._notes.items() if not who},
            "seed": raw_pieces(*seed) if seed and not self._task.withheld else None,
            "segments": raw_places(*seed) if seed else None,
        }

    def _said(self) -> list[list[str]]:
        """Return what is said of the whole article: title and value, and of a choice what it means."""
        found = []
        for name, attribute in self._task.ontology.of_document.items():
            value = self._row["said"].get(name)
            if value is not None:
                means = next((v.definition for v in attribute.value if v.name == value), "")
                found.append([attribute.title, value, means])
        return found

    def ends(self) -> dict[str, list[int]]:
        """Return the places of the relations' heads and tails among the spans."""
        return {
            "head": [head for head, *_ in self._relations],
            "tail": [tail for _, tail, _ in self._relations],
        }

    def statements(self, rows: list[tuple[Row, str]]) -> Row:
        """Return statements or claims as a table; a span as its place."""
        found = []
        for row, _ in rows:
            kept = dict(row)
            for name, parts in row.items():
                if isinstance(parts, list) and isinstance(parts[0], dict):
                    kept[name] = [self._part(part, name) for part in parts]
                elif name in _SPAN_IDS:
                    kept[name] = self._places.get(parts, parts)
            found.append(kept)
        return table(found)

    def _part(self, part: Row, column: str) -> Row | int:
        """Return a part of a statement or claim; only the span's place, if nothing else is said of it."""
        if column != _ONE_OF_SEVERAL:  # elsewhere the column says it
            part = {k: v for k, v in part.items() if k != "relation"}
        span = self._spans[self._places[part["id"]]] if part["id"] in self._places else None
        if span and part.get("via") == "row" and part["entities"] == list(self._own_entities(span)):
            part = {k: v for k, v in part.items() if k not in ("entities", "via")} | {"own": 1}
        place = self._places.get(part["id"], part["id"])
        more = {k: v for k, v in part.items() if k not in ("id", "of") and (k, v) != ("via", "none")}
        return place if more == {"own": 1} and isinstance(place, int) else {"id": place, **more}

    def index(self, indexes: Mapping[str, Index], choices: Sequence[str], counted: PartCounts) -> None:
        """Add the labels to the index of their part, and count them."""
        for name in LABELS:
            indexes[name].article()
        met: set[str] = set()
        entities = []
        for span in self._spans:
            made = span["decision"] or None, span["reason"] or None
            own = list(self._own_entities(span))
            entities.append(own)
            met.update(own)
            counted.mentions.update(own)
            counted.labels[SPANS][span["label"]] += 1
            counted.decisions[made[0] or ""] += 1
            combination = (span["label"], *made, *(span[name] for name in choices))
            indexes[SPANS].add(
                combination, self._values(span["label"], span), None if self._task.withheld else span["text"]
            )
        counted.documents.update(met)
        for head, tail, one in self._relations:
            ends = self._spans[head], self._spans[tail]
            made = one["decision"] or None, one["reason"] or None
            counted.labels[RELATIONS][one["label"]] += 1
            counted.decisions[made[0] or ""] += 1
            for side, end in (("<", head), (">", tail)):
                for entity in entities[end]:
                    counted.roles.setdefault(entity, Counter())[side + one["label"]] += 1
            combination = (one["label"], *(end["label"] for end in ends), *made)
            indexes[RELATIONS].add(combination, (), None)  # it is found by its ends
        for name, unpublished in self._unpublished.items():
            for one, text in unpublished:
                counted.labels[name][one["label"]] += 1
                combination = tuple(one.get(dimension) for dimension in DIMENSIONS[name])
                values = self._values(one["label"], one.get("attributes", {}))
                indexes[name].add(combination, values, None if self._task.withheld else text)
            counted.rows[name] += len(unpublished)
        counted.rows[SPANS] += len(self._spans)
        counted.rows[RELATIONS] += len(self._relations)
        counted.compared.update(filter(self._task.is_compared, self._rivals))

    def times(self) -> Iterator[list[Any]]:
        """Yield what is dated: value, doc_id, relation, other end, its label, words, date words, entities."""
        for head, tail, one in self._relations:
            for dated, at in ((head, tail), (tail, head)):
                other, time = self._spans[dated], self._spans[at]
                values = [time[name] for name in self._timex.get(time["label"], ()) if time[name]]
                if other["label"] in self._timex or not any(map(_DAY.match, values)):
                    continue
                texts = (None, None) if self._task.withheld else (other["text"], time["text"])
                entities = list(self._own_entities(other))
                yield [
                    values[0],
                    self._row["doc_id"],
                    one["id"],
                    other["id"],
                    other["label"],
                    *texts,
                    entities,
                ]

    def _own_entities(self, span: Row) -> Iterator[str]:
        for attribute in self._task.ontology.attributes_of.get(span["label"], {}).values():
            if attribute.kind == "entity" and span[attribute.name]:
                yield from dict.fromkeys(members(span[attribute.name]))

    def _values(self, label: str, of: Row) -> Iterator[str]:
        """Yield a key of each attribute that labels are not counted by; `@=ENTITY` of whatever is named."""
        for name, attribute in self._task.ontology.attributes_of.get(label, {}).items():
            if of.get(name) is not None and attribute.kind != "choice":
                key = "@" if attribute.kind == "entity" else name
                yield from (f"{key}={one}" for one in _listed(of[name]))

    def _own_id(self, head: int, tail: int, relation: Row) -> int | str:
        """Return a relation's id, 0 if it follows from its ends as those of spans do from their places."""
        derived = f"{self._spans[head]['id']}.{relation['label']}.{self._spans[tail]['id']}"
        own: str = relation["id"]
        return 0 if own == derived else own

    def _columns(self, spans: list[Row]) -> Row:
        attributes = {
            name: coded([_listed(span[name], flat=True) if span[name] is not None else 0 for span in spans])
            for name in self._names
            if any(span[name] is not None for span in spans)
        }
        ids = [f"{s['label']}-{s['start']}-{s['end']}" for s in spans]
        return {
            "id": coded(
                [0 if span["id"] == own else span["id"] for span, own in zip(spans, ids, strict=True)]
            ),
            "label": coded([span["label"] for span in spans]),
            "start": steps(span["start"] for span in spans),
            "length": digits(span["end"] - span["start"] for span in spans),
            "attributes": attributes,
            **self._made_of(spans),
        }

    def _made_of(self, rows: list[Row]) -> Row:
        """Return how labels were decided; a column without a value is left out."""
        found = {name: [row[name] or 0 for row in rows] for name in ("decision", "reason", "sources")}
        return {name: coded(column) for name, column in found.items() if any(column)}

    def _votes(self) -> Row:
        """Return, of each annotator, which published labels they gave; keep those that are not published.

        `spans` and `relations` have 1 for each that they gave; `differs` has their attributes that differ.
        """
        found: Row = {}
        for name, (spans, relations) in sorted(self._rivals.items()):
            own = {span["id"]: span for span in spans}
            drawn = {one["id"] for one in relations}
            differs = {}
            for number, span in enumerate(self._spans):
                theirs = own.get(span["id"])
                other = {n: theirs[n] for n in self._names if theirs[n] != span[n]} if theirs else {}
                if other:
                    differs[number] = {
                        n: None if v is None else _listed(v, flat=True) for n, v in other.items()
                    }
            found[name] = {
                "spans": coded([int(span["id"] in own) for span in self._spans]),
                "relations": coded([int(one["id"] in drawn) for *_, one in self._relations]),
                "differs": differs,
            }
            published = {span["id"] for span in self._spans}, {one["id"] for *_, one in self._relations}
            kind = COMPARED if self._task.is_compared(name) else REJECTS
            self._unpublished[kind] += self._not_published(name, spans, relations, own, published)
        return found

    def _not_published(
        self,
        name: str,
        spans: list[Row],
        relations: list[Row],
        own: Mapping[str, Row],
        published: tuple[set[str], ...],
    ) -> Iterator[tuple[Row, str]]:
        """Yield what an annotator gave and is not published, with its words."""
        for kind, rows, those in (("span", spans, published[0]), ("relation", relations, published[1])):
            for row in rows:
                if row["id"] in those:
                    continue
                said: Row = {"kind": kind, "annotator": name, "label": row["label"]}
                if note := self._notes.get((name, row["id"])):
                    said |= {key: one for key, one in note._asdict().items() if one}
                if kind == "span":
                    derived = f"{row['label']}-{row['start']}-{row['end']}"
                    said |= {"start": row["start"], "end": row["end"]}
                    said["attributes"] = {
                        n: _listed(row[n], flat=True) for n in self._names if row[n] is not None
                    }
                    text = row["text"]
                else:
                    ends = [own.get(row[end]) for end in ("head", "tail")]
                    derived = f"{row['head']}.{row['label']}.{row['tail']}"
                    said["ends"] = [end and [end["label"], end["start"], end["end"]] for end in ends]
                    ids = [end and f"{end['label']}-{end['start']}-{end['end']}" for end in ends]
                    if ids != [row["head"], row["tail"]]:
                        derived = ""
                    text = " ".join(end["text"] or "" for end in ends if end)
                said["id"] = 0 if row["id"] == derived else row["id"]
                yield said, text


def raw_places(document: Document, raw: str) -> list[tuple[int, int, int, int]]:
    """Return where each stretch of the clean text is in the raw one: from, to, place, 1 for a blank.

    A blank in place of a line's end is as long as that, so lengths do not tell one from the other.
    """
    return [(s.raw_start, s.raw_end, s.start, int(not same)) for s, same in document.kept(raw)]


def raw_pieces(document: Document, raw: str) -> list[str | list[int]]:
    """Return a raw text in pieces: what is in the clean text too as its place there, the rest as it is."""
    found: list[str | list[int]] = []
    at = 0
    for segment, same in document.kept(raw):
        if same:
            end = segment.start + segment.raw_end - segment.raw_start
            found += [raw[at : segment.raw_start], [segment.start, end]]
            at = segment.raw_end
    return [*found, raw[at:]]


def _listed(value: Any, *, flat: bool = False) -> Any:  # noqa: ANN401 - a text, or the members of a group
    """Return a value's members as a list; flat: one that is not a group as it is."""
    if isinstance(value, list):
        return value
    found = members(value)
    return found if value.startswith('["') or not flat else value
