"""Processes: the same results in the same order, whatever their number."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial

import pytest

from parley.faults import DataFaults, Fault, UsageError
from parley.runtime.engine import Cores, Prepared, SharedResults, cores, workers
from parley.runtime.threads import several_at_once, threads


def prepare(value):
    calls = []

    def work(number):
        calls.append(number)
        if number == 7:
            raise ValueError("seven")
        return number * number, value, len(calls)

    return work


@pytest.mark.parametrize("processes", [1, 2])
def test_order_is_that_of_the_items(processes):
    """Results come in the items' order, each from a process that was prepared once."""
    found = list(Cores(processes).map(Prepared(partial(prepare, "given")), range(20, 60)))
    assert [row[:2] for row in found] == [(number * number, "given") for number in range(20, 60)]
    assert [calls for _, _, calls in found].count(1) <= processes


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_comes_at_its_item(processes):
    """What the work raises is raised where its result would stand, and what stands before it is there."""
    found = []
    with pytest.raises(ValueError, match="seven"):
        found.extend(Cores(processes).map(Prepared(partial(prepare, None)), range(5, 100)))
        pytest.fail("nothing was raised")
    results = Cores(processes).map(Prepared(partial(prepare, None)), range(5, 100))
    assert [next(results)[0], next(results)[0]] == [25, 36]


FAULT = Fault("span-empty", "row 7", "nothing")


def refuse(number):
    if number == 7:
        raise DataFaults([FAULT])
    raise UsageError("what happened", "what to try")


def test_faults_and_misuse_cross_from_another_process():
    """A person reads the same whichever process found it."""
    with pytest.raises(DataFaults) as faults:
        list(Cores(2).map(refuse, [7]))
    with pytest.raises(UsageError) as misuse:
        list(Cores(2).map(refuse, [8]))
    assert faults.value.faults == [FAULT]
    assert (misuse.value.cause, misuse.value.remedy) == ("what happened", "what to try")


def test_items_are_asked_for_as_they_are_needed():
    """No more items are taken than are under way: a corpus need not fit into memory."""
    taken = 0

    def items():
        nonlocal taken
        for number in range(1000, 2000):
            taken += 1
            yield number

    results = Cores(2).map(Prepared(partial(prepare, None)), items())
    next(results)
    assert taken <= 6
    results.close()


def test_a_plain_function_works_too():
    """Where there is nothing to prepare."""
    assert list(Cores(2).map(abs, range(-50, 50))) == [abs(number) for number in range(-50, 50)]


def test_there_is_a_core():
    """At least one."""
    assert cores() >= 1


def killed(_number):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_killed_is_named():
    """With what may help, not with the pool's own traceback."""
    with pytest.raises(UsageError, match=r"was killed[\s\S]*memory"):
        list(Cores(2).map(killed, range(4)))


WITH_OTHERS = """
import os, time
from parley.runtime.engine import pool
with pool(2, forked={forked}) as opened:
    print(*{{opened.submit(os.getpid).result() for _ in range(20)}}, flush=True)
    opened.submit(time.sleep, 600)
    time.sleep(600)
"""


@pytest.mark.parametrize("forked", [False, True])
def test_processes_end_with_the_one_that_started_them(forked):
    """Also when that one is killed, and can tell them nothing."""
    code = WITH_OTHERS.format(forked=forked)
    started = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    others = [int(number) for number in started.stdout.readline().split()]
    started.kill()
    started.wait()
    started.stdout.close()
    assert others
    end = time.monotonic() + 30
    while any(_lives(number) for number in others):
        assert time.monotonic() < end
        time.sleep(0.05)


def _lives(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


def doubled(number: int) -> int:
    if number == 5:
        raise ValueError("five")
    return 2 * number


@pytest.mark.parametrize("processes", [1, 2])
def test_shared_results_are_in_order_and_fail_at_their_turn(processes: int) -> None:
    """Whoever worked on a task: a later task's failure waits, and tasks may be looked at before."""
    with workers(processes) as others:
        results = SharedResults(doubled, iter(range(30)), others)
        assert [results.ahead(place) for place in (0, 3)] == [0, 3]
        taken = [results.next() for _ in range(5)]
        assert [(task, result()) for task, result in taken] == [(n, 2 * n) for n in range(5)]
        _, result = results.next()
        with pytest.raises(ValueError, match="five"):
            result()
        results.drop(0)
        assert [result() for _, result in iter(results.next, None)] == [2 * n for n in range(6, 30)]


def test_threads_work_on_one_piece_of_a_name_at_a_time_in_order():
    """The next piece of a name waits for the one before; other names go on; all are done at the end."""
    done = []
    gate = threading.Event()

    def slow():
        assert gate.wait(30)
        done.append(("a", 0))

    with threads(2) as begin:
        begin("a", slow)
        begin("b", lambda: (done.append(("b", 0)), gate.set()))
        for number in range(1, 20):
            begin("a", partial(done.append, ("a", number)))
    assert [one for one in done if one[0] == "a"] == [("a", number) for number in range(20)]
    assert done[0] == ("b", 0)


@pytest.mark.parametrize("number", [0, 2])
def test_an_error_of_a_thread_is_raised_to_who_gave_the_work(number):
    with pytest.raises(ZeroDivisionError), threads(number) as begin:
        begin("a", lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError), threads(number) as begin:
        begin("a", lambda: 1 // 0)
        begin("a", lambda: pytest.fail("nothing is begun after an error"))


@pytest.mark.parametrize(
    ("engine", "imported"), [(Cores(2), 1), (Cores(1), 0), (Cores(2, preloaded=("json",)), 0)]
)
def test_a_library_is_imported_in_a_thread_if_others_work_and_do_not_call_it(engine, imported):
    found = []
    with engine.importing(lambda: found.append(threading.current_thread()), "json"):
        pass
    assert len(found) == imported
    assert threading.main_thread() not in found


def test_several_files_at_once_are_given_in_order():
    """However long each takes."""
    gates = [threading.Event() for _ in range(4)]

    def write(number):
        if number == len(gates) - 1:  # the last is done first, so all are under way together
            for gate in gates:
                gate.set()
        assert gates[number].wait(60)
        return number

    assert list(several_at_once(write, range(len(gates)), len(gates))) == [*range(len(gates))]


def test_after_an_error_the_files_that_are_not_begun_are_left_out():
    begun = []

    def write(number):
        begun.append(number)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        list(several_at_once(write, range(1000), 16))
    assert len(begun) < 1000
