"""An annotation session on this machine: server, accounts, blind projects, and who logs in where."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from parley.corpus.corpus import Corpus
from parley.faults import UsageError, check
from parley.label_studio.server.client import Studio
from parley.label_studio.server.local import LabelStudioServer, data_folder
from parley.label_studio.server.projects import Account, ensure_accounts
from parley.label_studio.server.push import Pushed, push
from parley.model.annotators import choose_annotators
from parley.model.paths import CorpusPaths


def annotate(
    corpus: Corpus,
    annotators: Sequence[str] = (),
    *,
    predictions: bool | None = None,
    port: int = 8080,
    database: str = "",
    data: Path | None = None,
    show_passwords: bool = False,
    say: Callable[[str], None],
) -> None:
    """Bring Label Studio up with everything ready, say who logs in where, and stay until interrupted.

    annotators: names; none means all of kind `human`. predictions, database, port: as for `push` and
    `LabelStudioServer`. Raises UsageError as they do.
    """
    check(corpus.manifest.faults)
    names = [a.name for a in choose_annotators(corpus.annotators, annotators)]
    server = LabelStudioServer(data or data_folder(corpus.paths), port=port, database=database)
    say("starting Label Studio (the first time takes a minute or two) …")
    with server:
        with Studio(server.url, server.token) as studio:
            accounts = ensure_accounts(studio, server.secrets, names)
            done = push(corpus, studio, names, predictions=predictions)
        for line in report(accounts, done, server, show_passwords=show_passwords):
            say(line)
        stay(server)


def serve(
    corpus: CorpusPaths, *, port: int, database: str, data: Path | None, say: Callable[[str], None]
) -> None:
    """Start the server alone and stay until interrupted. port, database, data: as for `annotate`."""
    server = LabelStudioServer(data or data_folder(corpus), port=port, database=database)
    with server:
        say(f"Label Studio runs at {server.url}; its secrets are in {server.secrets.path}")
        stay(server)


def stay(server: LabelStudioServer) -> None:
    """Stay while the server runs; an interrupt is the way to end it.

    Raises UsageError if the server ends by itself.
    """
    try:
        status = server.wait()
    except KeyboardInterrupt:
        return
    raise UsageError(f"Label Studio ended by itself with status {status}", f"read its log, {server.log}")


def report(
    accounts: Sequence[Account], done: Sequence[Pushed], server: LabelStudioServer, *, show_passwords: bool
) -> list[str]:
    """Return who logs in where, in lines for people."""
    lines = ["", f"Label Studio is ready at {server.url}", ""]
    for account, pushed in zip(accounts, done, strict=True):
        lines.append(f"  {account.name:<14} logs in as {account.email:<32} and labels in {pushed.url}")
        if show_passwords:
            lines.append(f"  {'':<14} with password {server.secrets.account(account.name)['password']}")
    if not show_passwords:
        lines += ["", f"Passwords are in {server.secrets.path}, readable by you alone."]
    return [
        *lines,
        "Fetch finished labels at any time with `parley pull`. Ctrl-C stops the server; nothing is lost.",
    ]
