"""An annotation session on this machine: a server, an account and a blind project for each annotator."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from parley.adjudication.studio.project import adjudication_project
from parley.corpus.corpus import Corpus
from parley.faults import DataFaults, Fault, UsageError, check
from parley.label_studio.server.local import LabelStudioServer, data_folder, free_port
from parley.label_studio.server.projects import Account, delete_idle, ensure_accounts
from parley.label_studio.server.push import push, read_new_tasks
from parley.label_studio.server.seats import Seats
from parley.model.annotators import choose_annotators

_LOOK_S = 0.5  # between two looks at whether all servers run


def annotate(
    corpus: Corpus,
    annotators: Sequence[str] = (),
    *,
    lead: str = "",
    predictions: bool | None = None,
    port: int = 8080,
    database: str = "",
    data: Path | None = None,
    show_passwords: bool = False,
    fill: bool = True,
    say: Callable[[str], None],
) -> None:
    """Bring up a seat for each annotator, say who logs in where, and stay until interrupted.

    annotators: names; none means all of kind `human`. lead: who adjudicates and has no articles to label, as
    whoever has an adjudication project on the seat. port: of the first seat, the others take the next free
    ones; 0 takes any. fill: make accounts and projects; else the servers alone. predictions, database: as for
    `push` and `Seats`. Raises UsageError as they do and for stale tasks, DataFaults for tasks on the server
    whose text is not the article's.
    """
    check(corpus.manifest.faults)
    asked = (*annotators, lead) if annotators and lead else annotators
    names = [a.name for a in choose_annotators(corpus.annotators, asked)]
    if lead and lead not in names:
        raise UsageError(f"annotators.csv lists no human {lead!r}", "add a row for the lead")
    if fill:
        check_tasks(corpus)  # before a server starts
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
            studio, scheme = seats.seat(name), corpus.ontology.name
            adjudicates = adjudication_project(studio, scheme, name)
            try:
                (account,) = ensure_accounts(studio, servers[name].secrets, [name])
                if adjudicates or name == lead:
                    delete_idle(studio, scheme, name)
                    later = f"at {servers[name].url}, in a project that comes with `parley adjudicate`"
                    where, changed = f"adjudicates {f'in {adjudicates}' if adjudicates else later}", ""
                else:
                    (done,) = push(corpus, seats, [name], predictions=predictions)
                    where, changed = f"labels in {done.url}", "\n".join(done.changed)
            except DataFaults as found:
                wrong += found.faults
            else:
                lines += report(account, where, changed, servers[name], show_passwords=show_passwords)
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


def check_tasks(corpus: Corpus) -> None:
    """Check that build/tasks.json is of the articles and labels as they are now. Raises UsageError."""
    tasks = {task.doc_id: task for task in read_new_tasks(corpus.paths)}
    lacking = [doc_id for doc_id in corpus.documents if doc_id not in tasks]
    gone = [doc_id for doc_id in tasks if doc_id not in corpus.documents]
    other = [
        doc_id
        for doc_id, task in tasks.items()
        if doc_id in corpus.documents and task.data["text"] != corpus.documents[doc_id].text
    ]
    known = {*corpus.ontology.span_names, *corpus.ontology.relation_names}
    labels = {
        label
        for task in tasks.values()
        for prediction in task.predictions
        for region in prediction.result
        for label in (region["value"].get("labels", ()) if "value" in region else region.get("labels", ()))
    }
    wrong = [
        f"{what}: {', '.join(names)}"
        for what, names in (
            ("articles without a task", lacking),
            ("tasks of articles that are not there any more", gone),
            ("tasks with another text than the article", other),
            ("proposed labels that the ontology does not have", sorted(labels - known)),
        )
        if names
    ]
    if wrong:
        path = corpus.paths.relative(corpus.paths.build / "tasks.json")
        raise UsageError(f"{path} is stale: {'; '.join(wrong)}", "run `parley tasks` again")


def report(
    account: Account, where: str, changed: str, server: LabelStudioServer, *, show_passwords: bool
) -> list[str]:
    """Return where an annotator logs in, in lines for people. where: what they do there."""
    lines = [f"  {account.name:<14} logs in as {account.email:<32} and {where}"]
    if show_passwords:
        lines.append(f"  {'':<14} with password {server.secrets.account(account.name)['password']}")
    return lines + [f"  {'':<14} {line}" for line in changed.splitlines()]
