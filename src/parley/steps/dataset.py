"""The main job in one process: seeds to tasks, checks, release, and the release as a reader loads it."""

from __future__ import annotations

from collections.abc import Callable

from parley.corpus.corpus import Corpus
from parley.faults import check


def make_dataset(corpus: Corpus, say: Callable[[str], None]) -> None:
    """Run tasks, validate, publish and load; say what each gave. They import their libraries once.

    Raises DataFaults with all faults of the first step that finds any; dataset/ is then untouched.
    """
    from parley.release.data.files import show
    from parley.release.publish import publish
    from parley.steps.tasks import make_tasks
    from parley.steps.validate import validate

    say(make_tasks(corpus))
    found = validate(corpus, release=False)
    check(found.faults)
    say("judged: " + ", ".join(f"{n} {table}" for table, n in found.counts.items()) + ": nothing is wrong")
    done = publish(corpus)
    state = "published" if done.changed else "as it was"
    say(f"version {done.version}: {state}, content {done.content_sha256[:12]}")
    show(corpus.paths.dataset)
