"""The mapping file of a foreign Label Studio project: what its controls, names and people are here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from parley.corpus.corpus import Corpus
from parley.exchange.names import ATTRIBUTE, LABEL, RELATION
from parley.exchange.studio_survey import ControlUse, Survey
from parley.exchange.studio_tasks import NO_LABEL
from parley.label_studio.export.people import Whose
from parley.model.entities import Entity, proposed
from parley.model.ontology import Ontology
from parley.runtime.counts import counted
from parley.runtime.files import read_regular
from parley.runtime.schema import decode_toml, toml_string

_SHORT = 40  # characters of a field that may be a choice
_LEAST_ALIKE = 0.7  # of two names, by difflib's ratio
_FEW = 5  # values of a control that is left out, that are shown
_MOST_NAMES = 200  # values of a control that are listed
_WIDTH = 24
_WORD = re.compile(r"[^\W_]+")

Table = dict[str, str]


class ProjectMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a project of Label Studio with a labelling config of its own is in this corpus.

    In each table a name of the project is given its name here; `""` leaves out, and what is left out is
    counted. A name that is not listed is the same here.
    """

    text: Annotated[str, "The field of `data` with the text that was labelled."] = ""
    text_tag: Annotated[str, "The tag that shows it (`to_name` of regions); without it, whichever."] = ""
    article: Annotated[
        str, "The field of `data` with the article's name; without it any that fits, or the text."
    ] = ""
    people: Annotated[Table, "Who completed annotations, by id or e-mail address: of annotators.csv."] = {}
    labels: Annotated[Table, "Labels: span labels here. `CONTROL/LABEL` is meant before `LABEL`."] = {}
    relations: Annotated[Table, "Labels of relations: relations here; `(no label)` for those without."] = {}
    attributes: Annotated[Table, "Controls that say something of a region, by name: attributes here."] = {}
    values: Annotated[dict[str, Table], "By control: its values as they are here."] = {}

    @property
    def names(self) -> dict[str, Mapping[str, str]]:
        """Names by kind, as `exchange.names` has them."""
        return {LABEL: self.labels, RELATION: self.relations, ATTRIBUTE: self.attributes}

    @property
    def whose(self) -> Whose:
        """Whose annotations are whose, as `--annotator` says it; "" if nobody is named."""
        names = {key.strip().casefold(): name for key, name in self.people.items()}
        return names if any(names.values()) else ""  # --suggest leaves names empty where it knows nobody

    @property
    def value_names(self) -> dict[tuple[str, str], str]:
        """Values by control and value."""
        return {(of, old): new for of, table in self.values.items() for old, new in table.items()}


def read_map(path: Path, most: int) -> ProjectMap:
    """Return what a mapping file says.

    Raises DataFaults with all that is wrong, UsageError if it is not there or larger than `most` bytes.
    """
    return decode_toml(read_regular(path, most), ProjectMap, "import-map", str(path))


def chosen_fields(survey: Survey, ontology: Ontology, text: str) -> list[str]:
    """Return fields of an export as JSON_MIN that seem to say something of the whole document.

    They have the name of an attribute of documents, or legal values of one alone.
    """
    here = {one.name: (one.name, one.title) for one in ontology.document_attributes}
    legal = [{*one.values} for one in ontology.document_attributes if one.values]
    return [
        name
        for name, some in survey.samples.items()
        if survey.minimal and some and name != text
        if _nearest(name, here) or any({*some} <= values for values in legal)
    ]


def suggested(survey: Survey, corpus: Corpus, text: str, article: str) -> str:
    """Return a mapping file for a project, with a proposal for each name and what there is to choose from.

    text, article: the fields of `data` that are proposed.
    """
    return "\n".join(_lines(survey, corpus, text, article)) + "\n"


def _lines(survey: Survey, corpus: Corpus, text: str, article: str) -> Iterator[str]:
    ontology, annotators = corpus.ontology, list(corpus.annotators)
    yield f"# What the names of a Label Studio project are here: {counted(survey.tasks, 'task')}."
    yield '# "" leaves a name out; what is left out is counted. `parley help mapping` explains each field.'
    yield ""
    fields = ", ".join(f"{name} ({number})" for name, number in survey.fields.most_common(20))
    yield f"text = {toml_string(text)}  # of data: {_comment(fields) or 'no text'}"
    tags = survey.tags
    if len(tags) > 1:
        shown = ", ".join(f"{name} ({number})" for name, number in tags.most_common())
        yield f"text_tag = {toml_string(survey.tag_of(text))}  # regions are on {_comment(shown)}"
    known = "the name of an article here" if article else "articles are known by what fits, or by their text"
    yield f"article = {toml_string(article)}  # {known}"
    if survey.minimal:
        some = [name for name, held in survey.samples.items() if held and name != text]
        short = [name for name in some if max(map(len, survey.samples[name])) <= _SHORT]
        if short:
            yield "# JSON_MIN writes what is chosen for the whole document as it does data. Give it a line"
            yield f"# under [attributes] if one of these is such a choice: {_comment(', '.join(short))}"
    yield ""
    yield "[people]"
    yield f"# annotators.csv has {_comment(', '.join(annotators))}"
    for key, number in survey.people.most_common():
        email = survey.emails.get(key, "")
        near = _nearest((email or key).partition("@")[0], {name: (name,) for name in annotators})
        if not near and len(survey.people) == 1 and len(annotators) == 1:
            near = annotators[0]
        yield _row(key, near, f"{counted(number, 'annotation')}{f', {email}' * bool(email)}")
    spans = {one.name: (one.name, one.title) for one in ontology.spans}
    yield from _table("labels", "span labels here", spans, survey.labels())
    drawn = {one.name: (one.name, one.title) for one in ontology.relations}
    yield from _table("relations", "relations here", drawn, survey.relations)
    yield from _attributes(survey, ontology, corpus.entities.values())


def _attributes(survey: Survey, ontology: Ontology, entities: Iterable[Entity]) -> Iterator[str]:
    saying = {name: seen for name, seen in survey.controls.items() if seen.values}
    if not saying:
        return
    here = {one.name: (one.name, one.title) for one in ontology.all_attributes}
    yield ""
    yield "[attributes]"
    yield f"# attributes here: {_comment(_listed(here))}"
    targets = {}
    for name, seen in saying.items():
        targets[name] = _nearest(name, here) or _by_values(seen, ontology)
        where = f"{seen.whole} of them of the whole document" if seen.whole else ""
        where += ", which are lost" if where and targets[name] not in ontology.of_document else ""
        values = list(seen.values)[:_FEW] if not targets[name] else []
        shown = f"says {', '.join(values)}{', …' * (len(seen.values) > _FEW)}" if values else ""
        said = filter(None, (f"{seen.kind}, {counted(seen.regions, 'time')}", where, shown))
        yield _row(name, targets[name], ", ".join(said))
    rows = {one.id: (one.id, one.name, *one.aliases) for one in entities}
    for name, seen in saying.items():
        if not targets[name]:
            continue  # it is left out
        own = [one for one in ontology.all_attributes if one.name == targets[name]]
        legal = {value.name: (value.name, value.definition) for one in own for value in one.value}
        if any(one.kind == "entity" for one in own):
            yield from _entities(name, seen, rows)
            continue
        if seen.kind in ("textarea", "number", "rating") and not legal:
            continue
        title = f"values.{toml_string(name)}"
        yield from _table(title, f"values of {targets[name]}", legal, seen.values)


def _entities(control: str, seen: ControlUse, rows: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the values of a control as rows of entities.csv; what is none of them is a name to be added."""
    yield ""
    yield f"[values.{toml_string(control)}]"
    yield "# ids of entities.csv; `parley entities` adds what is new"
    for name, number in seen.values.most_common():
        near = _nearest(name, rows) or proposed(name.rpartition(" > ")[2])
        yield _row(name, near, counted(number, "time"))


def _by_values(seen: ControlUse, ontology: Ontology) -> str:
    """Return the attribute that has most of a control's values, "" if none has half of them."""
    best = max(
        ontology.document_attributes if seen.whole == seen.regions else ontology.attributes,
        key=lambda one: sum(bool(_nearest(v, {n: (n,) for n in one.values})) for v in seen.values),
        default=None,
    )
    if best is None:
        return ""
    found = sum(bool(_nearest(v, {n: (n,) for n in best.values})) for v in seen.values)
    return best.name if 2 * found >= len(seen.values) else ""


def _table(
    title: str, what: str, here: Mapping[str, tuple[str, ...]], met: Mapping[str, int]
) -> Iterator[str]:
    if not met:
        return
    yield ""
    yield f"[{title}]"
    yield f"# {what}: {_comment(_listed(here))}"
    for name, number in sorted(met.items(), key=lambda one: (-one[1], one[0]))[:_MOST_NAMES]:
        near = _nearest(name.rpartition("/")[2], here) if name != NO_LABEL else ""
        if name == NO_LABEL and len(here) == len(met) == 1:
            near = next(iter(here))
        yield _row(
            name,
            near if here else name,
            f"{counted(number, 'time')}{'' if near or not here else '; none is alike'}",
        )
    if len(met) > _MOST_NAMES:
        yield f"# and {len(met) - _MOST_NAMES} more, each seldom"


def _nearest(name: str, here: Mapping[str, tuple[str, ...]]) -> str:
    """Return what has the same name or title, else the nearest; "" if none is alike."""
    by_word: dict[str, str] = {}
    for one, words in here.items():
        for word in filter(None, words):
            by_word.setdefault(word.casefold(), one)
    wanted = name.rpartition(" > ")[2].casefold()
    if wanted in by_word:
        return by_word[wanted]
    close: list[str] = difflib.get_close_matches(wanted, by_word, n=1, cutoff=_LEAST_ALIKE)
    if close:
        return by_word[close[0]]
    met = {*_WORD.findall(wanted)}
    sharing = {by_word[word] for word in by_word if {*_WORD.findall(word)} <= met}  # place in place name
    return sharing.pop() if len(sharing) == 1 else ""


def _row(old: str, new: str, what: str) -> str:
    return f"{toml_string(old):<{_WIDTH}} = {toml_string(new)}  # {_comment(what)}"


def _comment(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _listed(here: Mapping[str, tuple[str, ...]]) -> str:
    return ", ".join(here) or "none"
