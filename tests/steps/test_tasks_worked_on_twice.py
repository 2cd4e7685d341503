"""What workers leave for the driver: a task that is worked on twice changes no file that is there already."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from parley.agreement.study import measure_corpus
from parley.corpus import batches
from parley.corpus.corpus import Corpus
from parley.explorer import page
from parley.model.paths import CorpusPaths
from parley.release.publish import publish
from parley.runtime import threads
from parley.runtime.engine import Cores
from parley.runtime.files import TEMPORARY
from parley.steps.tasks import write_tasks

Files = dict[Path, tuple[int, int, int]]


@dataclass(frozen=True)
class Twice(Cores):
    """This process, which works on each task twice, as Spark does if a worker is slow or lost."""

    below: Path = Path()

    def map(self, work: Callable[[Any], Any], tasks: Iterable[Any], what: str = "") -> Iterator[Any]:
        def again(task: Any) -> Any:
            unfinished = self._unfinished()
            work(task)
            before = self._files()
            result = work(task)
            after = self._files()
            assert self._unfinished() == unfinished  # of the step itself
            for path, (number, *state) in before.items():  # replaced, never written into
                assert number != after[path][0] or state == [*after[path][1:]], path
            return result

        return map(again, tasks)

    def _unfinished(self) -> set[Path]:
        return set(self.below.rglob(f".*{TEMPORARY}"))

    def _files(self) -> Files:
        found = ((path, path.stat()) for path in self.below.rglob("*") if path.is_file())
        return {path: (state.st_ino, state.st_size, state.st_mtime_ns) for path, state in found}


class AtOnce(Executor):
    """Does in place what threads would do, so that no file changes during a task but by the task."""

    def __init__(self, number: int) -> None:
        assert number > 0

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*args, **kwargs))
        return done


def bytes_below(*folders: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(autouse=True)
def _no_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "ThreadPoolExecutor", AtOnce)


@pytest.fixture
def corpus(harbour: CorpusPaths, monkeypatch: pytest.MonkeyPatch) -> CorpusPaths:
    """Return a corpus whose batches are kept on disk."""
    monkeypatch.setattr(batches, "ARTICLES", 2)
    monkeypatch.setattr(batches, "IN_MEMORY", 0)
    return harbour


STEPS: dict[str, Callable[[CorpusPaths, Cores], object]] = {
    "tasks": lambda corpus, engine: write_tasks(Corpus(corpus), engine=engine),
    "agreement": lambda corpus, engine: measure_corpus(Corpus(corpus), draws=20, engine=engine),
    "publish": lambda corpus, engine: publish(Corpus(corpus), engine),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_step_whose_tasks_are_worked_on_twice_writes_the_same(corpus: CorpusPaths, step: str) -> None:
    STEPS[step](corpus, Cores(1))
    written = bytes_below(corpus.root)
    STEPS[step](corpus, Twice(1, below=corpus.root))
    assert bytes_below(corpus.root) == written


def test_a_page_whose_parts_are_written_twice_is_the_same(
    published_harbour: CorpusPaths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "_FEW", 0)
    pages = tmp_path / "pages"
    page.write_page(published_harbour.dataset, pages / "once", engine=Cores(1))
    page.write_page(published_harbour.dataset, pages / "twice", engine=Twice(1, below=pages))
    once, twice = (
        {path.relative_to(pages / name): data for path, data in bytes_below(pages / name).items()}
        for name in ("once", "twice")
    )
    assert once == twice != {}
