"""From a judged corpus to dataset/: publishing, and the whole line in one process."""

from __future__ import annotations

from collections.abc import Callable

from parley.corpus.corpus import Corpus
from parley.faults import check
from parley.release.data.files import print_rows
from parley.release.publish import Published, publish
from parley.runtime.engine import Cores, Engine
from parley.steps.tasks import make_tasks
from parley.steps.validate import Validation
from parley.validation.judge import LIBRARY


def make_dataset(corpus: Corpus, say: Callable[[str], None]) -> None:
    """Run tasks, validate and publish; say what each gave, and what readers get.

    Raises DataFaults with all faults of the first step that finds any; dataset/ is then untouched.
    """
    engine = Cores().preload(LIBRARY)  # while this process makes the tasks
    say(make_tasks(corpus))
    report = Validation(corpus, engine, release=False).report

    def judged() -> None:
        found = report()
        check(found.faults)
        counts = ", ".join(f"{n} {table}" for table, n in found.counts.items())
        say(f"judged: {counts}: nothing is wrong")
        for line in found.waived_lines():
            say(line)

    done = publish(corpus, judged=judged)
    state = "published" if done.changed else "as it was"
    say(f"version {done.version}: {state}, content {done.content_sha256[:12]}")
    print_rows(corpus.paths.dataset, done.rows)
    say("to see it: `parley explore --out build/explorer`, then open build/explorer/index.html")


def judge_and_publish(corpus: Corpus, engine: Engine) -> Published:
    """Publish a corpus into its dataset/ if nothing is wrong with it; see `parley.release.publish`.

    Raises DataFaults with every fault that validation finds; dataset/ is then untouched.
    """
    report = Validation(corpus, Cores().preload(LIBRARY), release=False).report
    return publish(corpus, engine, lambda: check(report().faults))
