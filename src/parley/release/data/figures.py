"""Every number that is said of an event instance, and which of them cannot be true along with which others.

An event instance is a row of entities.csv that an attribute of the ontology's section `figures` names. A
mention of it leads over one or two relations to a number: an attack to what it hit, what it hit to how many.
`figures` finds these in a batch; `compared` puts those of all batches together and compares them.

Two figures exclude each other if they are said of one instance, of the same thing counted (the same words),
sort and unit, in one role, with an equal modality that is compared, by another source or in another article,
and no number satisfies both. That is said too seldom rather than wrongly:

- `~40` and `41`, `>=2000` and `>=20000` can both be true (`values.quantity`);
- a figure beside others of the same instance, sort and unit from the same source and article is of a part, or
  of a whole with its parts: it says how many there are at the least ("two leaders and a third": three);
- 12 people and 10 soldiers are not compared: ten of the twelve may be soldiers;
- what a source denies or a mention says did not happen is not compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parley.model.batch import Batch
from parley.model.ontology import Figures
from parley.release.data.resolution import Rows, ends, joined, lists, resolve
from parley.release.data.schema import Columns, Config, Nested
from parley.release.data.statements import Parties, Statements, taken
from parley.release.inputs import Inputs
from parley.runtime.columns import looked_up
from parley.values.quantity import Interval, parse_quantity

LISTED = 20  # ids in `excludes`; articles on one event can be thousands


def figures(batch: Batch, inputs: Inputs, parties: Parties, statements: Statements) -> Columns:
    """Return the figures of a batch, without what a comparison gives; none if the ontology declares none.

    The columns are those of the config that it does not share with `spans`; `row`, that of the number among
    the batch's spans; and what `compared` needs: `group`, empty if it is compared with none, and `speaker`.
    """
    section = inputs.ontology.figures
    if not section:
        return {}
    named = [a for a in inputs.ontology.attributes if a.name in section.instance and a.types]
    types = {type_ for a in named for type_ in a.types}
    known = pa.array([e.id for e in inputs.entities.values() if e.type in types], pa.string())
    by_name = {
        a.name: tuple(label for one in named if one.name == a.name for label in one.labels) for a in named
    }
    same = inputs.ontology.resolution.same if inputs.ontology.resolution else ()
    who = resolve(batch, by_name, same)
    spans = batch.spans
    mention, instance = pc.list_parent_indices(who.entities).to_numpy(), who.entities.flatten()
    is_one = pc.is_in(instance, value_set=known).to_numpy(zero_copy_only=False)
    mention, instance = mention[is_one].astype(np.int64), instance.filter(pa.array(is_one))
    # ways to a number: from the mention itself, and from what it leads to
    counted, number, count = ends(batch, section.count)
    amount = taken(spans[section.quantity], number)
    is_amount = _are_quantities(amount)
    counted, number, count = counted[is_amount], number[is_amount], count.filter(pa.array(is_amount))
    head, tail, role = ends(batch, section.through)
    direct = joined(mention, counted)
    first, link = joined(mention, head)
    second, last = joined(tail[link], counted)
    places = np.append(direct[0], first[second])
    way = np.append(direct[1], last)
    roles = pa.concat_arrays([count.take(pa.array(direct[1])), role.take(pa.array(link[second]))])
    rows = pa.table(
        {
            "instance": instance.take(pa.array(places)),
            "instance_via": who.via.take(pa.array(mention[places])),
            "mention": mention[places],
            "counted": counted[way],
            "row": number[way],
            "role": roles,
            "turn": np.append(np.zeros(direct[0].size), np.ones(second.size)),
        }
    ).combine_chunks()
    rows = rows.sort_by([(name, "ascending") for name in ("row", "instance", "turn", "mention", "role")])
    key = pc.binary_join_element_wise(pc.cast(rows["row"], pa.string()), rows["instance"], " ")
    firsts = np.unique(pc.dictionary_encode(key.combine_chunks()).indices.to_numpy(), return_index=True)[1]
    return _described(batch, inputs, parties, statements, _arrays(rows.take(pa.array(np.sort(firsts)))))


def _arrays(table: pa.Table) -> Columns:
    return {name: table[name].combine_chunks() for name in table.column_names}


def _are_quantities(values: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which values are numbers with a unit."""
    coded = values.dictionary_encode()
    sound = np.array([*(_interval(value) is not None for value in coded.dictionary.to_pylist()), False], bool)
    found: npt.NDArray[np.bool_] = sound[pc.fill_null(coded.indices, len(coded.dictionary)).to_numpy()]
    return found


def _interval(value: str) -> Interval | None:
    try:
        return parse_quantity(value).interval
    except ValueError:
        return None


def _described(
    batch: Batch, inputs: Inputs, parties: Parties, statements: Statements, rows: Columns
) -> Columns:
    """Return figures with all that is known but by comparison. rows: as `figures` finds them."""
    ontology, spans = inputs.ontology, batch.spans
    section = ontology.figures or Figures((), (), "")
    row, counted, mention = (rows[name].to_numpy() for name in ("row", "counted", "mention"))
    doc_id = batch.layers["doc_id"].take(spans["layer"]).combine_chunks().take(pa.array(row))
    amount = taken(spans[section.quantity], row)
    coded = amount.dictionary_encode()
    values = coded.dictionary.to_pylist()
    parsed = [parse_quantity(value) for value in values]
    intervals = [one.interval for one in parsed]
    quantities = pa.table(
        {
            "value": pa.array([value.rpartition(" ")[0] for value in values], pa.string()),
            "unit": pa.array([one.unit for one in parsed], pa.string()),
            "bound": pa.array([one.bound or (".." if one.high else "=") for one in parsed], pa.string()),
            "low": pa.array([float(one.low) for one in intervals], pa.float64()),
            "high": pa.array(
                [None if one.high is None else float(one.high) for one in intervals], pa.float64()
            ),
            "is_open": pa.array([one.is_open for one in intervals], pa.bool_()),
        }
    )
    sorts = [pc.coalesce(taken(spans[name], counted), taken(spans[name], row)) for name in section.sorts]
    around = statements.around(row)
    said = statements.stances(around)
    is_compared = pa.array(np.ones(row.size, bool))
    for name, compared in section.compared.items():
        allowed = pa.array(compared, pa.string())
        is_stance = ontology.statements is not None and name == ontology.statements.stance
        of = [said] if is_stance else [taken(spans[name], some) for some in (mention, counted)]
        for values in of:
            is_compared = pc.and_(
                is_compared, pc.or_(pc.is_null(values), pc.is_in(values, value_set=allowed))
            )
    text, number_text = (taken(spans["text"], some) for some in (counted, row))
    sources = parties.reached(
        row.size, np.arange(row.size), around, ontology.statements.source if ontology.statements else ()
    )
    columns: Columns = {
        "id": pc.binary_join_element_wise(doc_id, rows["instance"], taken(spans["id"], row), "/"),
        "doc_id": doc_id,
        "instance": rows["instance"],
        "instance_via": rows["instance_via"],
        "instance_name": looked_up(
            rows["instance"], {e.id: e.name for e in inputs.entities.values()}, pa.string()
        ),
        "role": rows["role"],
        "sort": _sort(sorts, row.size),
        "quantity_id": taken(spans["id"], row),
        "quantity": number_text,
        "counted_id": taken(spans["id"], counted),
        "counted": text,
        "mention_id": taken(spans["id"], mention),
        "mention": taken(spans["text"], mention),
        "modality": taken(spans[section.modality], mention)
        if section.modality
        else pa.nulls(row.size, pa.string()),
        "statement_id": statements.ids(around),
        "stance": said,
        "sources": sources,
        **_arrays(quantities.take(coded.indices)),
        "row": row,
        "start": taken(spans["start"], row),
        "speaker": pc.binary_join_element_wise(doc_id, _speaker(sources, parties), "/"),
    }
    columns["is_part"] = _are_parts(batch, rows, columns)
    of_role = pc.if_else(pc.is_null(columns["sort"]), columns["role"], "")
    alike = [*(columns[name] for name in ("instance", "unit", "sort", "modality")), of_role]
    group = [pc.fill_null(one, "") for one in (*alike, _words(text, number_text))]
    group = pc.binary_join_element_wise(*group, "\t")
    return columns | {"group": pc.if_else(is_compared, group, pa.scalar(None, pa.string()))}


def in_table(columns: Columns, config: Config) -> pa.Table:
    """Return the figures of a batch as a table, with the columns that `compared` needs besides."""
    none = pa.nulls(len(columns["id"]), pa.list_(pa.string()))
    table = config.table(columns | {"excludes": none, "excludes_number": pa.nulls(len(none), pa.int32())})
    for name in ("group", "speaker", "start"):
        table = table.append_column(name, columns[name])
    return table.replace_schema_metadata(None)


def _sort(sorts: Sequence[pa.Array], size: int) -> pa.Array:
    """Return the sorts of figures in words, null if none is said."""
    if not sorts:
        return pa.nulls(size, pa.string())
    words = pc.binary_join_element_wise(*(pc.fill_null(one, "") for one in sorts), " ")
    words = pc.replace_substring_regex(pc.utf8_trim_whitespace(words), " +", " ")
    return pc.if_else(pc.equal(words, ""), pa.scalar(None, pa.string()), words)


def _words(counted: pa.Array, quantity: pa.Array) -> pa.Array:
    """Return what is counted without how many, in small letters: the same words are of the same thing."""
    pairs = pc.binary_join_element_wise(counted, quantity, "\0").dictionary_encode()
    words = [pair.split("\0") for pair in pairs.dictionary.to_pylist()]
    plain = [" ".join(text.replace(number, " ").split()).casefold() for text, number in words]
    return pa.array(plain, pa.string()).take(pairs.indices)


def _speaker(sources: Nested, parties: Parties) -> pa.Array:
    """Return names for who says figures: equal if the same do, "" if nobody but the article."""
    one = pc.binary_join(sources.columns["entities"], ",")
    things = pa.array(parties.resolved.things[sources.columns["row"]])
    unnamed = pc.binary_join_element_wise("#", pc.cast(things, pa.string()), "")
    one = pc.if_else(pc.equal(one, ""), unnamed, one)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(sources.offsets.astype(np.int32)), one), " ")


def _are_parts(batch: Batch, rows: Columns, columns: Columns) -> pa.Array:
    """Say of which figures others say more of the same, so that each is the least number of the whole."""
    mention, counted = (rows[name].to_numpy() for name in ("mention", "counted"))
    head, _, label = ends(batch, pc.unique(batch.relations["label"]).to_pylist())
    tails = pa.table({"head": head, "role": label}).group_by(["head", "role"]).aggregate([([], "count_all")])
    tails = _arrays(tails)
    known = pc.binary_join_element_wise(pc.cast(tails["head"], pa.string()), tails["role"], " ")
    role = pc.binary_join_element_wise(pc.cast(rows["mention"], pa.string()), rows["role"], " ")
    number = tails["count_all"].take(pc.index_in(role, value_set=known))
    several = (pc.fill_null(number, 1).to_numpy() > 1) & (mention != counted)
    alike = [pc.fill_null(columns[name], "") for name in ("speaker", "instance", "unit", "sort")]
    group = _codes(pc.binary_join_element_wise(*alike, "\t"))
    things = np.unique(np.stack([group, counted], 1), axis=0)[:, 0]
    return pa.array(several | (np.bincount(things, minlength=1)[group] > 1))


def _codes(names: pa.Array) -> Rows:
    """Return a number for each name, the same for equal ones."""
    codes: Rows = pc.dictionary_encode(names).indices.to_numpy().astype(np.int64)
    return codes


def compared(tables: Sequence[pa.Table], config: Config) -> pa.Table:
    """Return the figures of all batches as the config's table. tables: as `in_table` makes them of each."""
    if not tables:
        return config.arrow.empty_table()
    order = [(name, "ascending") for name in ("instance", "sort", "role", "unit", "doc_id", "start", "id")]
    table = pa.concat_tables(tables).sort_by(order).combine_chunks()
    is_compared = pc.is_valid(table["group"]).to_numpy()
    rows = np.flatnonzero(is_compared)
    some = table.take(pa.array(rows))
    owner, other, number = _excluded(some)
    numbers = np.zeros(table.num_rows, np.int32)
    numbers[rows] = number
    found = lists(rows[owner], table.num_rows, taken(table["id"], rows[other]))
    columns = {name: table[name] for name in table.column_names}
    return config.table(columns | {"excludes": found, "excludes_number": pa.array(numbers)})


def _excluded(table: pa.Table) -> tuple[Rows, Rows, Rows]:
    """Return pairs of a figure and one that it excludes, by row, LISTED each at most; and how many of each.

    Of one group are the lowest numbers sorted, and the highest: what is wholly above a figure follows its
    highest among the lowest, what is wholly below is before its lowest among the highest.
    """
    size = table.num_rows
    bound = table["bound"].to_pylist()
    part = table["is_part"].to_numpy()
    low = table["low"].to_numpy()
    high = np.where(part, np.inf, pc.fill_null(table["high"], np.inf).to_numpy())
    _, places = np.unique(np.append(low, high), return_inverse=True)
    low_key = 2 * places[:size] + np.array([one == ">" for one in bound], np.int64)
    high_key = 2 * places[size:] - np.array([one == "<" for one in bound], np.int64) * ~part
    group = _codes(table["group"].combine_chunks())
    speaker = _codes(pc.binary_join_element_wise(table["group"], table["speaker"], "\t").combine_chunks())
    above, below, number = _apart(group, low_key, high_key)
    *_, own = _apart(speaker, low_key, high_key)
    most = number.clip(max=LISTED + own)
    pairs = [_ranges(first, np.minimum(last, first + most), order) for first, last, order in (above, below)]
    owner, other = (np.concatenate(side) for side in zip(*pairs, strict=True))
    is_other = speaker[owner] != speaker[other]
    order = np.lexsort((other[is_other], owner[is_other]))
    owner, other = owner[is_other][order], other[is_other][order]
    turn = np.arange(owner.size) - np.searchsorted(owner, owner)
    return owner[turn < LISTED], other[turn < LISTED], number - own


Ranges = tuple[Rows, Rows, Rows]


def _apart(group: Rows, low: Rows, high: Rows) -> tuple[Ranges, Ranges, Rows]:
    """Return for each interval those of its group wholly above, wholly below, and how many both are.

    Each as the first and last place in an order of the rows, and that order.
    """
    wide = np.int64(max(low.max(initial=0), high.max(initial=0)) + 3)
    lows, highs = group * wide + low + 1, group * wide + high + 1
    by_low, by_high = np.argsort(lows, kind="stable"), np.argsort(highs, kind="stable")
    above = (
        np.searchsorted(lows, highs, "right", by_low),
        np.searchsorted(lows, (group + 1) * wide, "left", by_low),
        by_low,
    )
    below = (
        np.searchsorted(highs, group * wide, "left", by_high),
        np.searchsorted(highs, lows, "left", by_high),
        by_high,
    )
    return above, below, above[1] - above[0] + below[1] - below[0]


def _ranges(first: Rows, last: Rows, order: Rows) -> tuple[Rows, Rows]:
    """Return each row with those that an order has from its first place to its last."""
    number = last - first
    places = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
    return np.repeat(np.arange(number.size), number), order[places + np.repeat(first, number)]
