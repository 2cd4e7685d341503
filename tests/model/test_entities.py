"""annotators.csv and entities.csv: whatever is in their place, it is read or it is a named fault."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults
from parley.model.entities import (
    Entity,
    entity_named,
    folded,
    near_entities,
    new_entity,
    with_entity,
)
from parley.model.paths import CorpusPaths

READERS = ("annotators", "entities")


@pytest.fixture(params=READERS)
def kept(request: pytest.FixtureRequest, harbour: CorpusPaths) -> tuple[Any, Callable[[], Any], str]:
    """Return a file that people keep, what reads it, and the code of its faults."""
    path = harbour.annotation / f"{request.param}.csv"
    return path, lambda: getattr(Corpus(harbour), request.param), f"{request.param}-malformed"


def test_a_byte_order_mark_is_no_part_of_it(kept: tuple[Any, Callable[[], Any], str]) -> None:
    """What a spreadsheet puts in front changes nothing."""
    path, read, _ = kept
    before = read()
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert before
    assert read() == before


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (None, "No such file"),
        (b"", "the columns must be"),
        (b"\xff\xfe", "utf-8"),
        (b"name;kind;note\n", "the columns must be"),
        ("last", "row 2"),
        ("long", "field larger"),
    ],
)
def test_what_cannot_be_read_is_a_named_fault(
    kept: tuple[Any, Callable[[], Any], str], data: bytes | str | None, says: str
) -> None:
    """Missing, empty, another encoding, other columns, a row cut short, a cell without an end."""
    path, read, code = kept
    head = path.read_bytes().partition(b"\n")[0] + b"\n"
    if data is None:
        path.unlink()
    else:
        path.write_bytes({"last": head + b"x\n", "long": head + b'"' + b"x" * 200_000}.get(data, data))
    with pytest.raises(DataFaults) as raised:
        read()
    (fault,) = raised.value.faults
    assert (fault.code, fault.file) == (code, f"annotation/{path.name}")
    assert says in f"{fault.place} {fault.message}"


ROWS = {
    one.id: one
    for one in (
        Entity("per_umerov", "PER", "Rustem Umerov", ("Rustem Umerov",), "", "minister"),
        Entity("per_zelenskyy", "PER", "Volodymyr Zelenskyy", ("Zelensky", "Zelenskiy"), "", ""),
        Entity("per_putin", "PER", "Vladimir Putin", ("Putin",), "", ""),
        Entity("per_rubio", "PER", "Marco Rubio", (), "", ""),
        Entity("org_putin", "ORG", "Putin Foundation", (), "", ""),
    )
}


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Rustem Umerow", ["per_umerov"]),
        ("Umerow", ["per_umerov"]),
        ("Umerov’s", ["per_umerov"]),
        ("Selenskyj", ["per_zelenskyy"]),
        ("VLADIMIR PUTIN", ["per_putin"]),
        ("Poutine", ["per_putin"]),
        ("Marco Polo", []),
        ("Steve Witkoff", []),
        ("", []),
    ],
)
def test_near_rows_are_those_of_similar_names_of_the_type(name: str, near: list[str]) -> None:
    """Other spellings, a part of the name, capitals; not one word of two."""
    assert [row.id for row in near_entities(name, ("PER",), ROWS.values())] == near


def test_a_name_is_a_rows_whatever_its_capitals_and_diacritics_if_no_other_has_it() -> None:
    """In any script; of two rows with a name it is neither's."""
    assert entity_named("zelénsky", ("PER",), ROWS.values()) == ROWS["per_zelenskyy"]
    assert entity_named("Putin", ("PER", "ORG"), ROWS.values()) == ROWS["per_putin"]
    twins = [ROWS["per_putin"], Entity("per_putin_2", "PER", "Putin", (), "", "")]
    assert entity_named("Putin", ("PER",), twins) is None
    assert folded("ميناء مارو") == "ميناء مارو"
    assert folded("!?") == "!?"


def test_a_new_row_has_an_id_like_those_of_its_type_and_of_its_own() -> None:
    """The beginning that all of a type have, then the name; a number if it is taken."""
    assert new_entity("Émile Zola", "PER", ROWS).id == "per_emile_zola"
    assert new_entity("Putin", "PER", ROWS).id == "per_putin_2"
    assert new_entity("Odesa", "GPE", ROWS).id == "gpe_odesa"


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_row_is_put_among_those_of_its_type_and_all_others_keep_their_bytes(mark: str, end: str) -> None:
    """Ends of lines and a byte order mark stay; a row that is there is replaced."""
    lines = ["id,type,name,aliases,wikidata,note", 'per_a,PER,"A",,,', "per_c,PER,C,,,", "org_x,ORG,X,,,"]
    data = (mark + end.join([*lines, ""])).encode()

    def added(name: str, kind: str) -> list[str]:
        entity = Entity(name, kind, 'The "B", of', ("b", "=b"), "", "")
        new = with_entity(data, entity).decode()
        assert new.startswith(mark + "id,")
        assert new.endswith(end)
        return new.removeprefix(mark).split(end)[:-1]

    row = ',PER,"The ""B"", of",b|=b,,'
    assert added("per_b", "PER") == [*lines[:2], "per_b" + row, *lines[2:]]
    assert added("per_A0", "PER") == [lines[0], "per_A0" + row, *lines[1:]]
    assert added("gpe_b", "GPE") == [*lines, "gpe_b" + row.replace("PER", "GPE")]
    assert added("per_c", "PER") == [*lines[:2], "per_c" + row, lines[3]]
