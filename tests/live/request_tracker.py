"""A queue of our own on a real Request Tracker, for tests that need one.

`prepare` makes the queue with its custom fields, the accounts and their tokens; `Desk` lets people
work there through REST2 without any code of the adapter.
"""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

TICKET = "RT::Queue-RT::Ticket"
KEY_FIELD = "Sync Key"
NUMBER_FIELD = "Incident IQ Number"
ORIGIN_FIELD = "Sync Origin"
FIELDS: Sequence[Mapping[str, Any]] = (
    {"Name": KEY_FIELD, "Type": "Freeform", "MaxValues": 1, "LookupType": TICKET},
    {"Name": NUMBER_FIELD, "Type": "Freeform", "MaxValues": 1, "LookupType": TICKET},
    {
        "Name": "Campus",
        "Type": "Select",
        "MaxValues": 1,
        "LookupType": TICKET,
        "Values": ["North", "South"],
    },
    {"Name": "Labels", "Type": "Freeform", "MaxValues": 0, "LookupType": TICKET},
    {"Name": "Loan ends", "Type": "DateTime", "MaxValues": 1, "LookupType": TICKET},
)
ORIGIN: Mapping[str, Any] = {
    "Name": ORIGIN_FIELD,
    "Type": "Freeform",
    "MaxValues": 1,
    "LookupType": f"{TICKET}-RT::Transaction",
}
RIGHTS = (
    "SeeQueue", "ShowTicket", "ShowTicketComments", "CreateTicket", "ModifyTicket",
    "ReplyToTicket", "CommentOnTicket", "OwnTicket", "ReassignTicket", "DeleteTicket",
    "SeeCustomField", "ModifyCustomField", "SetInitialCustomField",
)  # fmt: skip
#: The daemon's own account, one in another time zone, one that may not see definitions of fields.
BOT, CHICAGO, NARROW = "live-sync", "live-chicago", "live-narrow"
#: May do everything; its token is `RT_TOKEN_ROOT`.
ROOT = "root"
STAFF = ("live-ada", "live-ben", "live-cleo")


def address(name: str) -> str:
    """Give the e-mail address of an account."""
    return f"{name}@rt.test"


@dataclass(frozen=True, slots=True)
class Desk:
    """One prepared queue; `act` speaks REST2 as one of the accounts, or as root."""

    url: str
    queue: str
    queue_id: str
    tokens: Mapping[str, str]

    def call(self, method: str, path: str, body: Any = None, who: str = STAFF[0]) -> Any:
        """Send one request and give its JSON; raise for what is no success."""
        made = urllib.request.Request(
            f"{self.url}/REST/2.0{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={
                "Authorization": f"token {self.tokens[who]}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(made, timeout=60) as answer:
            said = answer.read()
        return json.loads(said) if said else None

    def opened(self, subject: str, who: str = STAFF[0], **more: Any) -> str:
        """Open a ticket and give its number."""
        body = {"Queue": self.queue, "Subject": subject, "Content": f"about {subject}", **more}
        return str(self.call("POST", "/ticket", body, who)["id"])

    def said(self, ticket: str, text: str, who: str = STAFF[0], how: str = "correspond") -> None:
        """Let somebody `correspond` or `comment`."""
        body = {"Content": text, "ContentType": "text/plain"}
        self.call("POST", f"/ticket/{ticket}/{how}", body, who)

    def edited(self, ticket: str, who: str = STAFF[0], **fields: Any) -> list[str]:
        """Change fields and give what Request Tracker says about it."""
        return list(self.call("PUT", f"/ticket/{ticket}", fields, who))

    def page(self, ticket: str) -> Mapping[str, Any]:
        """Give the ticket's own page."""
        return dict(self.call("GET", f"/ticket/{ticket}"))

    def deleted(self, ticket: str) -> None:
        """Delete the ticket as its queue's staff may."""
        self.call("DELETE", f"/ticket/{ticket}")

    def history(self, ticket: str) -> list[Mapping[str, Any]]:
        """Give the ticket's transactions with their custom fields."""
        path = f"/ticket/{ticket}/history?per_page=100&fields=Type,Creator,CustomFields"
        return list(self.call("GET", path)["items"])

    def texts(self, ticket: str) -> list[str]:
        """Give every text on the ticket, oldest first."""
        path = f"/ticket/{ticket}/attachments?per_page=100&fields={quote('Content')}"
        return [str(one["Content"]) for one in self.call("GET", path)["items"]]


def _account(name: str, **more: Any) -> Mapping[str, Any]:
    given = {"Name": name, "EmailAddress": address(name), "RealName": name.title()}
    return {**given, "Rights": RIGHTS, **more}


def _perl(script: str, data: str, *given: str, wanted: str = "") -> str:
    """Do on the server itself what REST2 cannot."""
    done = subprocess.run(
        ["perl", str(Path(__file__).with_name(script)), *given],
        input=wanted,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "RT_SITE_CONFIG": f"{data}/RT_SiteConfig.pm",
            "RT_SITE_CONFIG_DIR": "/dev/null",
        },
    )
    if done.returncode:
        raise RuntimeError(f"{script} failed: {done.stderr[-2000:]}")
    return done.stdout


def stamp_together(tickets: Sequence[str]) -> None:
    """Give tickets one and the same moment of their last change."""
    _perl("rt-stamp.pl", os.environ["RT_DATA"], *tickets)


def prepare(queue: str, *, origin: bool = True) -> Desk:
    """Make a queue on the server that `RT_URL` and `RT_DATA` name; skip the test without one."""
    url, data, root = (os.environ.get(name) for name in ("RT_URL", "RT_DATA", "RT_TOKEN_ROOT"))
    if not url or not data or not root:
        pytest.skip(
            "no Request Tracker: set RT_URL, RT_DATA and RT_TOKEN_ROOT as rt-up prints them"
        )
    wanted = {
        "queue": queue,
        "fields": [*FIELDS, *([ORIGIN] if origin else [])],
        "users": [
            _account(BOT, Global=["SeeCustomField"]),
            _account(CHICAGO, Timezone="America/Chicago"),
            *(_account(name) for name in (NARROW, *STAFF)),
        ],
    }
    made = json.loads(_perl("rt-prepare.pl", data, wanted=json.dumps(wanted)))
    return Desk(url, queue, str(made["queue"]), {**made["tokens"], ROOT: root})
