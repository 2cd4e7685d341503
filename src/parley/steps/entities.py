"""Names that annotators proposed for entities: listed with near rows, and taken over in all labels.

A name becomes a row of its own or another name of a row that there is. Either way its spellings are names of
the row from then on, so that the next pull takes them for it, whatever the server still has.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from parley.adjudication.gold import read_ledger
from parley.adjudication.ledger import SPAN, encode_ledger, encoded
from parley.corpus.corpus import Corpus
from parley.faults import UsageError, as_called, check
from parley.model.entities import (
    Entity,
    Proposal,
    decode_entities,
    entity_line,
    entity_types,
    folded,
    is_proposed,
    near_entities,
    new_entity,
    proposals,
    proposed_name,
    with_entity,
    with_row,
)
from parley.model.labels import Layer, decode_attributes, decode_layer, write_layer
from parley.model.ontology import Ontology
from parley.runtime.files import write_whole
from parley.steps.derive import derive
from parley.values.several import members

Where = tuple[str, str]  # annotator and doc_id


@dataclass(frozen=True)
class ProposedEntity:
    """A name that labels have and no row: its spellings, and who wrote it where.

    types: of the rows that fit. near: rows with similar names. row: the one to add, None if of several types.
    """

    spellings: tuple[str, ...]
    types: tuple[str, ...]
    where: tuple[Where, ...]
    near: tuple[Entity, ...]
    row: Entity | None

    def lines(self) -> list[str]:
        """Return the name, near rows and the row to add, and how each is taken, in lines for people."""
        articles: dict[str, dict[str, int]] = {}
        for annotator, doc_id in self.where:
            counts = articles.setdefault(annotator, {})
            counts[doc_id] = counts.get(doc_id, 0) + 1
        places = "; ".join(
            f"{who}: " + ", ".join(f"{doc_id} ({n})" if n > 1 else doc_id for doc_id, n in counts.items())
            for who, counts in articles.items()
        )
        name = shlex.quote(self.spellings[0])
        lines = [f"proposed: {', '.join(map(repr, self.spellings))}, {' or '.join(self.types)}  {places}"]
        for entity in self.near:
            lines += [f"    is it {entity.id} ({in_words(entity)})?", _command(f"{name} --tie {entity.id}")]
        if self.row:
            lines += [f"    or new?  {entity_line(self.row)}", _command(f"{name} --add {self.row.id}")]
        else:
            lines += ["    or new?", _command(f"{name} --add ID --type TYPE")]
        return lines


def _command(options: str) -> str:
    """Return a call of the step as a line to paste."""
    return "        " + as_called(f"`parley entities {options}`").strip("`")


def in_words(entity: Entity) -> str:
    """Return what a row is, in words."""
    return f"{entity.name}: {entity.note}" if entity.note else entity.name


def proposed_entities(corpus: Corpus) -> list[ProposedEntity]:
    """Return the names that label files and gold propose. Raises DataFaults if one cannot be read."""
    layers = [decode_layer(corpus.paths.read(corpus.paths.root / file)) for file in _files(corpus)]
    return grouped(layers, corpus.ontology, corpus.entities)


def grouped(
    layers: Iterable[Layer], ontology: Ontology, entities: Mapping[str, Entity]
) -> list[ProposedEntity]:
    """Return the names that layers propose, spellings of one name together."""
    found: dict[tuple[str, tuple[str, ...]], list[tuple[Where, Proposal]]] = {}
    for layer in layers:
        for one in proposals(layer, ontology):
            where = layer.annotator, layer.doc_id
            found.setdefault((folded(one.name), one.types), []).append((where, one))
    made = []
    for (_, types), of in sorted(found.items()):
        spellings = tuple(dict.fromkeys(one.name for _, one in of))
        near = near_entities(spellings[0], types, entities.values())
        row = new_entity(spellings[0], types[0], entities) if len(types) == 1 else None
        made.append(ProposedEntity(spellings, types, tuple(sorted(w for w, _ in of)), tuple(near), row))
    return made


def add_entity(
    corpus: Corpus, name: str, entity: str, *, kind: str = "", note: str = "", wikidata: str = ""
) -> list[str]:
    """Add a row for a proposed name and take it over in all labels; return the files that were written.

    entity: the row's id. kind: its type, if labels of several propose the name.
    Raises UsageError if nobody proposes the name, the id is taken or the type is not clear; DataFaults if the
    row is not sound.
    """
    wanted = _wanted(corpus, name)
    if entity in corpus.entities:
        what = f"entities.csv has a row {entity}"
        raise UsageError(what, f"if it is meant: `parley entities {shlex.quote(name)} --tie {entity}`")
    types = list(dict.fromkeys(t for one in wanted for t in one.types))
    if (kind and kind not in types) or (not kind and len(types) > 1):
        raise UsageError(f"{name!r} is proposed as {' and '.join(types)}", f"name one: --type {types[0]}")
    row = Entity(entity, kind or types[0], " ".join(name.split()), (), wikidata, note)
    return _take_over(corpus, name, row)


def tie_entity(corpus: Corpus, name: str, entity: str) -> list[str]:
    """Take a proposed name for a row that there is, in all labels; return the files that were written.

    Raises UsageError if nobody proposes the name where the row fits, or there is no such row.
    """
    wanted = _wanted(corpus, name)
    row = corpus.entities.get(entity)
    if row is None:
        raise UsageError(f"entities.csv has no row {entity!r}", "`parley entities` names rows that are near")
    if not any(row.type in one.types for one in wanted):
        types = " or ".join(dict.fromkeys(t for one in wanted for t in one.types))
        raise UsageError(f"{name!r} is proposed as {types}, {entity} is {row.type}", "choose another row")
    return _take_over(corpus, name, row)


def _wanted(corpus: Corpus, name: str) -> list[ProposedEntity]:
    found = proposed_entities(corpus)
    wanted = [one for one in found if folded(name) in map(folded, one.spellings)]
    if not wanted:
        raise UsageError(f"nobody proposes {name!r}", "`parley entities` lists what is proposed")
    return wanted


def _take_over(corpus: Corpus, name: str, row: Entity) -> list[str]:
    """Write the row with the spellings among its names, then labels, ledger and gold, then what is derived.

    A process that ends in between is finished by the same call as `--tie`.
    """
    paths, ontology, wanted = corpus.paths, corpus.ontology, folded(name)
    files = {file: decode_layer(paths.read(paths.root / file)) for file in _files(corpus)}
    ledger = read_ledger(corpus)
    spellings = [p.name for one in files.values() for p in proposals(one, ontology)]
    new = [one for one in dict.fromkeys([*spellings, name]) if folded(one) == wanted and "|" not in one]
    if row.id in corpus.entities:
        new = [one for one in new if one not in row.names]
    row = replace(row, aliases=(*row.aliases, *new))
    data = with_entity(paths.read(paths.entities), row)
    decode_entities(data, ontology)  # raises for a row that nothing could read
    written = []

    def settled(label: str, attributes: Mapping[str, str]) -> dict[str, str]:
        types = entity_types(label, ontology)
        found = dict(attributes)
        for key, value in attributes.items():
            for given in map(proposed_name, members(value)):
                if given and folded(given) == wanted and row.type in types.get(key, ()):
                    found[key] = with_row(found[key], given, row.id)
        return found

    if data != paths.read(paths.entities):
        write_whole(paths.entities, data)
        written.append(paths.relative(paths.entities))
    for file, layer in files.items():
        spans = (msgspec.structs.replace(s, attributes=settled(s.label, s.attributes)) for s in layer.spans)
        if write_layer(paths.root / file, msgspec.structs.replace(layer, spans=tuple(spans))):
            written.append(file)
    rows = [
        one._replace(attributes=encoded(settled(one.label, decode_attributes(one.attributes))))
        if one.kind == SPAN
        else one
        for one in ledger
    ]
    if rows != ledger:
        write_whole(paths.ledger, encode_ledger(rows))
        written.append(paths.relative(paths.ledger))
    return [*written, *map(paths.relative, derive(paths))]


def _files(corpus: Corpus) -> Iterator[str]:
    """Yield the label files, gold too, in which a name is proposed."""
    batches = corpus.batches()
    check(batches.faults)
    names = dict.fromkeys(a.name for a in corpus.ontology.attributes if a.kind == "entity")
    for batch in batches.load():
        files = batch.layers["file"].to_pylist()
        rows = {
            layer
            for name in names
            for layer in batch.spans["layer"].filter(is_proposed(batch.spans[name])).to_pylist()
        }
        yield from (files[row] for row in sorted(rows))
