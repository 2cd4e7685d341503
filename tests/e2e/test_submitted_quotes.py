"""Quotes through the real Label Studio: the annotator's own work there, and the same labels as without it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from label_studio_fixtures import call, copy_data, tasks_on_server
from parley.corpus.corpus import Corpus
from parley.exchange.quotes import layers_from_quotes, write_labels_from_quotes
from parley.faults import DataFaults, UsageError
from parley.label_studio.server.projects import ensure_accounts
from parley.label_studio.server.pull import pull
from parley.label_studio.server.push import push
from parley.label_studio.server.seats import Seats
from parley.label_studio.server.submit import submit
from parley.model.labels import decode_layer, layer_path
from parley.model.paths import CorpusPaths
from parley.steps.tasks import write_tasks

pytestmark = [pytest.mark.server, pytest.mark.long]

QUOTES = Path(__file__).resolve().parents[2] / "annotation" / "rounds" / "2"
FOUR = ("model-a", "model-b", "model-d", "model-o")


@pytest.fixture(scope="module")
def seats(label_studio_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seats]:
    """Yield the running seats of four annotators, each with the account that is its own."""
    folder = tmp_path_factory.mktemp("seats")
    copy_data(label_studio_template, folder / "template")
    (folder / "template" / "laid").touch()
    with ExitStack() as running, Seats(folder) as made:
        for name in FOUR:
            server = running.enter_context(made.server(name))
            ensure_accounts(made.seat(name), server.secrets, [name])
        yield made


@pytest.fixture
def corpus(parley_corpus: CorpusPaths) -> CorpusPaths:
    """Return the five articles without any label, with their tasks."""
    shutil.rmtree(parley_corpus.labels)
    write_tasks(Corpus(parley_corpus))
    return parley_corpus


def quotes_of(name: str) -> list[Path]:
    return sorted((QUOTES / name).glob("*.quotes"))


def label_files(corpus: CorpusPaths, name: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((corpus.labels / name).glob("*.json"))}


def accounts(seats: Seats, name: str) -> list[list[str]]:
    """Return who submitted each annotation of each article, as the server has it."""
    studio = seats.seat(name)
    (project,) = studio.projects()
    users = studio.users()
    return [
        [users[a["completed_by"]] for a in task["annotations"]]
        for task in tasks_on_server(studio, project.id)
    ]


def test_quotes_submitted_and_pulled_are_the_label_files_of_quotes(seats: Seats, corpus: CorpusPaths) -> None:
    """Offsets, values, several rows, new names, relations: all of them, submitted by the own account.

    Again changes nothing, and another decision replaces its annotation.
    """
    push(Corpus(corpus), seats, FOUR)
    for name in ("model-a", "model-b"):
        files = [Path(shutil.copy(path, corpus.build / path.name)) for path in quotes_of(name)]
        text = files[0].read_text(encoding="utf-8")
        new = text.replace("entity=per_erdogan", r'''entity="new: Somebody \| 'Else'"''', 1)
        assert new != text
        files[0].write_text(new, encoding="utf-8")
        layers = layers_from_quotes(Corpus(corpus), name, files)
        assert any(
            "," in v or v.startswith("[") for x in layers for s in x.spans for v in s.attributes.values()
        )
        done = submit(Corpus(corpus), seats, name, layers)
        assert (len(done.new), done.updated, done.unchanged) == (5, [], [])
        assert pull(Corpus(corpus), seats, [name]).faults == []
        pulled = label_files(corpus, name)
        write_labels_from_quotes(Corpus(corpus), name, files)
        assert label_files(corpus, name) == pulled
        assert len(pulled) == 5
        assert accounts(seats, name) == [[f"{name}@parley.localhost"]] * 5

        again = submit(Corpus(corpus), seats, name, layers)
        assert (again.new, again.updated, len(again.unchanged)) == ([], [], 5)
        files[0].write_text(text, encoding="utf-8")
        changed = submit(Corpus(corpus), seats, name, layers_from_quotes(Corpus(corpus), name, files))
        assert (changed.new, changed.updated, len(changed.unchanged)) == ([], [files[0].stem], 4)
        assert accounts(seats, name) == [[f"{name}@parley.localhost"]] * 5
        # a push does not put the old label files over what was submitted since
        (kept,) = push(Corpus(corpus), seats, [name], labels=True)
        assert kept.kept == (files[0].stem,)
        assert pull(Corpus(corpus), seats, [name]).written == [(name, files[0].stem)]
        assert b"Somebody" not in layer_path(corpus, name, files[0].stem).read_bytes()
    assert set(label_files(corpus, "model-d")) == set()
    assert accounts(seats, "model-d") == [[]] * 5
    layers = [msgspec.structs.replace(x, annotator="model-o") for x in layers]
    submit(Corpus(corpus), seats, "model-o", layers)
    pull(Corpus(corpus), seats, ["model-o"])
    assert decode_layer(layer_path(corpus, "model-o", layers[0].doc_id).read_bytes()).annotator == "model-o"


def test_what_cannot_be_submitted_is_named_before_anything_is(seats: Seats, corpus: CorpusPaths) -> None:
    """A value that the label has no attribute for, an edited text, an article without a task."""
    push(Corpus(corpus), seats, ["model-d"])
    layers = layers_from_quotes(Corpus(corpus), "model-d", quotes_of("model-a"))
    first = layers[0].spans[0]
    odd = msgspec.structs.replace(first, attributes={**first.attributes, "nothing": "x"})
    wrong = msgspec.structs.replace(layers[0], spans=(odd, *layers[0].spans[1:]))
    with pytest.raises(DataFaults, match="attribute-unknown"):
        submit(Corpus(corpus), seats, "model-d", [wrong, *layers[1:]])
    studio = seats.seat("model-d")
    (project,) = studio.projects()
    edited, *_, gone = tasks_on_server(studio, project.id)
    studio.delete_task(gone["id"])
    with pytest.raises(UsageError, match=f"no task of {gone['data']['doc_id']}"):
        submit(Corpus(corpus), seats, "model-d", layers)
    call(studio, "PATCH", f"/api/tasks/{edited['id']}/", {"data": edited["data"] | {"text": "Other."}})
    with pytest.raises(DataFaults, match="studio-text-edited"):
        submit(Corpus(corpus), seats, "model-d", layers)
    assert accounts(seats, "model-d") == [[]] * 4


def test_somebody_without_a_seat_is_told_how_to_get_one(seats: Seats, corpus: CorpusPaths) -> None:
    """No server, no account: the message has the command."""
    with pytest.raises(UsageError, match="--annotators lead"):
        submit(Corpus(corpus), seats, "lead", [])
