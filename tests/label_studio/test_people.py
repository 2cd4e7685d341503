"""Nobody's work is written under another's name; who is meant is said once, by id or by address."""

from __future__ import annotations

import pytest

from parley.faults import UsageError
from parley.label_studio.export import people
from parley.label_studio.export.findings import People
from parley.label_studio.export.regions import Person, User


def noted(*persons: Person) -> People:
    """Return what is noted if all persons worked under one name, each in a piece of their own."""
    together: People = {}
    for person in persons:
        alone: People = {}
        people.note_person(alone, "ada", person)
        people.merge_people(together, alone)
    return together


@pytest.mark.parametrize(
    "persons",
    [
        (1, "1", User(1), User(1, "a@x.org")),
        (User(1, "A@x.org"), "a@x.org"),
        ("a@x.org", User(1, "a@x.org"), 1),
        (None, None),
    ],
)
def test_one_person_may_be_named_in_several_ways(persons: tuple[Person, ...]) -> None:
    people.check_people(noted(*persons))


@pytest.mark.parametrize(
    "persons", [(1, 2), (1, None), ("a@x.org", "b@x.org"), (User(1, "a@x.org"), "b@x.org")]
)
def test_several_people_under_one_name_are_refused(persons: tuple[Person, ...]) -> None:
    """Each with the option that would name them."""
    with pytest.raises(UsageError, match="2 people") as raised:
        people.check_people(noted(*persons))
    for person in persons:
        assert f"--annotator {people.keys_of(person)[0]}=NAME" in raised.value.remedy


def test_a_call_names_one_annotator_or_each_person() -> None:
    assert people.whose([]) == ""
    assert people.whose(["ada"]) == "ada"
    names = people.whose(["1=ada", "Bo@x.org=bo", "=cy"])
    assert names == {"1": "ada", "bo@x.org": "bo", "": "cy"}
    assert isinstance(names, dict)
    found = [people.name_of(person, names) for person in (1, User(7, "bo@X.org"), None, 2)]
    assert found == ["ada", "bo", "cy", None]


@pytest.mark.parametrize("options", [["ada", "bo"], ["1=ada", "bo"], ["1=ada", "1=bo"], ["1="]])
def test_a_call_that_names_nobody_clearly_is_refused(options: list[str]) -> None:
    with pytest.raises(UsageError, match="--annotator"):
        people.whose(options)
