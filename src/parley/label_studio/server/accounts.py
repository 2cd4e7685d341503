"""Accounts of annotators on a local server whose sign-up is closed.

The free edition makes accounts through an invitation link only. The link is used and then made invalid, for
the server writes the addresses it is asked for into its log.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from parley.faults import UsageError
from parley.label_studio.server.client import Studio
from parley.label_studio.server.process import ADMIN, Secrets

_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*")  # of an address, as the server takes it
_FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass(frozen=True)
class Account:
    """Who logs in: an annotator's name and e-mail address; the password is in the secrets file."""

    name: str
    email: str


def ensure_accounts(studio: Studio, secrets: Secrets, names: Collection[str]) -> list[Account]:
    """Return an account for each name, created on the server if it is not there yet.

    Raises UsageError if a name makes no address of its own, the server does not take it, or has an account
    whose password is not kept.
    """
    _check(names)
    there = studio.emails()
    accounts = []
    invited = False
    for name in names:
        if name not in secrets.read() and secrets.email(name) in there:
            raise UsageError(
                f"Label Studio has an account {secrets.email(name)} whose password is not in {secrets.path}",
                "restore that file, or remove the account on the server's page Organization",
            )
        account = secrets.account(name)
        if account["email"] not in there:
            _sign_up(studio, account["email"], account["password"])
            invited = True
        accounts.append(Account(name, account["email"]))
    if invited:
        studio.reset_invitation()
    return accounts


def _check(names: Collection[str]) -> None:
    taken = {ADMIN}
    for name in names:
        email = Secrets.email(name)
        if not _LOCAL_PART.fullmatch(name) or email in taken:
            what = "another's too" if email in taken else "none"
            raise UsageError(
                f"an annotator logs in as {email!r}, and that address is {what}",
                "give the annotator another name in annotators.csv: letters, digits, dots and hyphens; "
                "not `admin`, nor one that differs from another by its capitals alone",
            )
        taken.add(email)


def _sign_up(studio: Studio, email: str, password: str) -> None:
    import httpx

    link = studio.invitation()
    with httpx.Client(base_url=studio.url, trust_env=False, timeout=60.0) as browser:
        form = browser.get(link)
        token = _FORM_TOKEN.search(form.text)
        if form.is_success and token:
            answer = browser.post(
                link,
                data={
                    "email": email,
                    "password": password,
                    "csrfmiddlewaretoken": token[1],
                    "allow_newsletters": "false",
                },
            )
            if answer.is_redirect:
                return
    raise UsageError(f"Label Studio at {studio.url} does not make an account for {email}", "read its log")
