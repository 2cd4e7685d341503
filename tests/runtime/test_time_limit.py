"""Work that a hand-kept pattern makes endless ends."""

import re
import signal
import threading

import pytest

from parley.faults import UsageError
from parley.runtime.time_limit import time_limit


def test_a_match_that_backtracks_for_ever_ends_and_is_named() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    said = r"rule 7 takes more than the limit of 0\.2 seconds[\s\S]*PARLEY_LIMIT="
    with pytest.raises(UsageError, match=said), time_limit(0.2, lambda: "rule 7"):
        re.search("(a+)+$", "a" * 60 + "!")
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_what_is_done_in_time_is_left_alone() -> None:
    with time_limit(5, lambda: "rule 7"):
        found = re.search("(a+)+$", "a" * 60)
    assert found
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_a_thread_works_without_a_limit() -> None:
    """Signals are for the first thread of a process alone; no other may set them."""
    found = []

    def work() -> None:
        with time_limit(5, lambda: "rule 7"):
            found.append(re.search("a+", "aaa"))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found[0]
