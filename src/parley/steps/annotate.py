"""An annotation session on this machine: a server, an account and a blind project for each annotator."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.label_studio.server.local import LabelStudioServer, data_folder, free_port
from parley.label_studio.server.projects import Account, ensure_accounts
from parley.label_studio.server.push import Pushed, push, read_new_tasks
from parley.label_studio.server.seats import Seats
from parley.model.annotators import choose_annotators

_LOOK_S = 0.5  # between two looks at whether all servers run


def annotate(
    corpus: Corpus,
    annotators: Sequence[str] = (),
    *,
    predictions: bool | None = None,
    port: int = 8080,
    database: str = "",
    data: Path | None = None,
    show_passwords: bool = False,
    fill: bool = True,
    say: Callable[[str], None],
) -> None:
    """Bring up a seat for each annotator, say who logs in where, and stay until interrupted.

    annotators: names; none means all of kind `human`. port: of the first seat, the others take the next free
    ones; 0 takes any. fill: make accounts and projects; else the servers alone. predictions, database: as for
    `push` and `Seats`. Raises UsageError as they do, DataFaults for tasks whose text is not the article's.
    """
    check(corpus.manifest.faults)
    names = [a.name for a in choose_annotators(corpus.annotators, annotators)]
    if fill:
        read_new_tasks(corpus.paths)  # what is missing is said before a server starts
    folder = data or data_folder(corpus.paths)
    seats, lines, wrong = Seats(folder, database), list[str](), list[Fault]()
    with ExitStack() as running, seats:
        servers: dict[str, LabelStudioServer] = {}
        for number, name in enumerate(names, start=1):
            first = "" if seats.is_laid(name) else " (the first time takes longer)"
            say(f"starting the server of {name}, {number} of {len(names)}{first} …")
            servers[name] = running.enter_context(seats.server(name, port))
            port = port and next_port(port)
            if not fill:
                lines.append(f"  {name:<14} {servers[name].url}")
                continue
            try:
                (account,) = ensure_accounts(seats.seat(name), servers[name].secrets, [name])
                (done,) = push(corpus, seats, [name], predictions=predictions)
            except DataFaults as found:
                wrong += found.faults
            else:
                lines += report(account, done, servers[name], show_passwords=show_passwords)
        check(wrong)
        say("\n".join(["", "Label Studio is ready; each annotator has a server alone:", "", *lines]))
        if not show_passwords:
            say(f"\nPasswords are in {folder}/seats/NAME/secrets.json, readable by you alone.")
        say(
            "Fetch finished labels at any time with `parley pull`. Ctrl-C stops the servers; nothing is lost."
        )
        stay(servers)


def next_port(port: int) -> int:
    """Return the next free port after one, any if the next hundred are taken."""
    for other in range(port + 1, min(port + 100, 65536)):
        try:
            return free_port(other)
        except UsageError:
            continue
    return 0


def stay(servers: dict[str, LabelStudioServer]) -> None:
    """Stay while the servers run; an interrupt is the way to end them.

    Raises UsageError if one ends by itself.
    """
    try:
        while True:
            for name, server in servers.items():
                status = server.ended()
                if status is not None:
                    what = f"the Label Studio server of {name} ended by itself with status {status}"
                    raise UsageError(what, f"read its log, {server.log}, and run the command again")
            time.sleep(_LOOK_S)
    except KeyboardInterrupt:
        return


def report(account: Account, done: Pushed, server: LabelStudioServer, *, show_passwords: bool) -> list[str]:
    """Return where an annotator logs in, in lines for people."""
    lines = [f"  {account.name:<14} logs in as {account.email:<32} and labels in {done.url}"]
    if show_passwords:
        lines.append(f"  {'':<14} with password {server.secrets.account(account.name)['password']}")
    return lines + [f"  {'':<14} {line}" for change in done.changed for line in change.splitlines()]
