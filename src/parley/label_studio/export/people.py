"""Whose annotations are whose: the people of an export, and the annotators that a call names for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from parley.faults import UsageError
from parley.label_studio.export.findings import People
from parley.label_studio.export.regions import Person, User
from parley.model.annotators import check_listed
from parley.model.paths import sound_name

# one annotator's name, or the name of each person by id, e-mail address or, for somebody unnamed, ""
Whose = str | Mapping[str, str]


def keys_of(person: Person) -> list[str]:
    """Return what a person is known by, id first; [""] for somebody unnamed."""
    if isinstance(person, User):
        known = [str(person.id)] if person.id is not None else []
        name = person.username or person.name or f"{person.first_name} {person.last_name}".strip()
        return [*known, *([person.email.casefold()] if person.email else [])] or [name.casefold()]
    return ["" if person is None else str(person).strip().casefold()]


def name_of(person: Person, names: Mapping[str, str]) -> str | None:
    """Return the annotator's name of a person; None if nobody gave one."""
    return next((names[key] for key in keys_of(person) if key in names), None)


def note_person(people: People, annotator: str, person: Person) -> None:
    """Add a person to those of an annotator."""
    key, *email = keys_of(person)
    persons = people.setdefault(annotator, {})
    persons[key] = email[0] if email else persons.get(key, "")


def merge_people(people: People, more: People) -> None:
    """Add the persons of a piece of an export to those of others."""
    for annotator, persons in more.items():
        known = people.setdefault(annotator, {})
        known |= {key: email or known.get(key, "") for key, email in persons.items()}


def check_people(people: People) -> None:
    """Raise UsageError if one annotator's name is given to the work of several people."""
    for annotator, persons in people.items():
        emails = {email for email in persons.values() if email}
        several = {key: email for key, email in persons.items() if key not in emails}
        if len(several) > 1:
            shown = [
                f"{key or 'somebody unnamed'}{f' ({email})' * bool(email)}" for key, email in several.items()
            ]
            given = " ".join(f"--annotator {key}=NAME" for key in several)
            raise UsageError(
                f"what would be {annotator}'s was done by {len(several)} people: {', '.join(shown)}",
                f"name each, also if two accounts are one person's: {given}",
            )


def listed_names(whose: Whose, listed: Collection[str]) -> tuple[str, ...]:
    """Return the names of annotators, sorted. Raises UsageError for one that annotators.csv does not list."""
    names = tuple(sorted(({whose} if isinstance(whose, str) else {*whose.values()}) - {""}))
    check_listed(names, listed)
    return names


def whose(options: Sequence[str]) -> Whose:
    """Return whose an export is from the options of a command, `NAME` or `PERSON=NAME`.

    Raises UsageError if they do not fit together.
    """
    if not any("=" in option for option in options):
        if len(options) > 1:
            raise UsageError(
                f"--annotator is given {len(options)} times, and no person is named",
                "name each person's annotator: --annotator 1=ada --annotator bo@example.org=bo",
            )
        return _sound(options[0]) if options else ""
    pairs = [option.rpartition("=") for option in options]
    names = {person.strip().casefold(): name.strip() for person, _, name in pairs}
    if any(not equals or not name.strip() for _, equals, name in pairs) or len(names) < len(pairs):
        raise UsageError(
            f"--annotator {' '.join(options)} does not name each person's annotator once",
            "write PERSON=NAME, the person by id or e-mail address: --annotator 1=ada",
        )
    return {person: _sound(name) for person, name in names.items()}


def _sound(name: str) -> str:
    try:
        return sound_name(name)
    except ValueError as error:
        raise UsageError(f"--annotator: {error}", "give a name of annotators.csv")
