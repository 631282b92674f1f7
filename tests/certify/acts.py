"""What people can do to a ticket on each side, as orders for the simulators' own screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.certify.desks import Dump

Order = dict[str, Any]
#: Makes an order from (ticket, word, token): `word` chooses, `token` is a text of its own.
Make = Callable[[Dump, int, str], Order | None]

IIQ_STEPS = (
    "Submitted", "In Progress", "Waiting on Requestor", "Escalated", "Resolved", "Closed", "Cancelled",
)  # fmt: skip
STATES = ("New", "In Progress", "On Hold", "Resolved", "Closed", "Canceled")
SCORES = (50, 93, 150, 200)
DEGREES = ("1 - High", "2 - Medium", "3 - Low")
AGENTS = ("dana.whitfield@springfield.example", "marcus.bell@springfield.example", None)
#: Texts that people write again and again, and what makes texts hard.
TALK = ("hi", "hi", "done", "On my way")
ODD = (
    "{} with <b>tags</b> & ampersands",
    "{} \u00fcmlaut \u2013 dash \U0001f5a8",
    "  {} blanks ",
    "{} [code]x[/code]",
    '{} "quoted" [sync:incidentiq:1:2]',
)


def text(word: int, token: str) -> str:
    """Give a text that names its token."""
    return ODD[word % len(ODD)].format(token) if word % 7 == 0 else f"{token} printer"


def said(word: int, token: str) -> str:
    """Give a comment: now and then one that was said before."""
    return TALK[word % len(TALK)] if word % 3 == 0 else text(word, token)


def _subject(_: Dump, word: int, token: str) -> Order:
    if word % 11 == 0:
        return {"do": "edit", "subject": f"{token} " + "long " * 38}
    if word % 5 == 0:
        return {"do": "edit", "subject": ("Printer", "Laptop")[word % 2]}
    return {"do": "edit", "subject": text(word, token)}


def _emptied(ticket: Dump, word: int, token: str) -> Order:
    """Empty what may be empty: on a ServiceNow form the short description may."""
    if word % 4 == 0:
        return {"do": "edit", "subject": ""}
    return {"do": "edit", "description": ""}


def _described(html: bool) -> Make:
    def make(_: Dump, word: int, token: str) -> Order:
        body = text(word, token)
        return {"do": "edit", "description": f"<p>{body}</p>" if html else body}

    return make


def _room(side: str) -> Make:
    def make(_: Dump, word: int, token: str) -> Order:
        value = f"Room {token}"
        if side == "incidentiq":
            return {"do": "edit", "custom": {"Room Access": value}}
        return {"do": "edit", "fields": {"u_room": value}}

    return make


def _level(_: Dump, word: int, __: str) -> Order:
    return {
        "do": "edit",
        "fields": {"impact": DEGREES[word % 3], "urgency": DEGREES[word // 3 % 3]},
    }


def _hold(_: Dump, word: int, token: str) -> Order:
    fields = {"hold_reason": ("Awaiting Vendor", "Awaiting Change")[word % 2]}
    return {"do": "status", "to": "On Hold", "fields": fields}


def _plain(**order: Any) -> Make:
    return lambda _, __, ___: dict(order)


def _comment(kind: str) -> Make:
    return lambda _, word, token: {"do": kind, "text": said(word, token)}


def _of_comment(do: str, *, mine: Callable[[Dump], bool] = lambda _: True) -> Make:
    """Act on one of the people's own comments on the ticket."""

    def make(ticket: Dump, word: int, token: str) -> Order | None:
        own = [one for one in ticket["comments"] if _of_people(one) and mine(one)]
        if not own:
            return None
        order: Order = {"do": do, "comment": own[word % len(own)]["id"]}
        return {**order, "text": f"{token} edited"} if do == "edit_comment" else order

    return make


def _of_people(comment: Dump) -> bool:
    return comment["author"] in AGENTS


ACTS: Mapping[str, Mapping[str, Make]] = {
    "incidentiq": {
        "subject": _subject,
        "description": _described(html=True),
        "status": lambda _, word, __: {
            "do": "status",
            "to": IIQ_STEPS[word % 7],
            "force": word > 6,
        },
        "priority": lambda _, word, __: {"do": "priority", "score": SCORES[word % 4]},
        "assign": lambda _, word, __: {"do": "assign", "to": AGENTS[word % 3]},
        "room": _room("incidentiq"),
        "comment": _comment("comment"),
        "note": _comment("note"),
        "edit_comment": _of_comment("edit_comment", mine=lambda one: not one["deleted"]),
        "delete_comment": _of_comment("delete_comment", mine=lambda one: not one["deleted"]),
        "hide_comment": _of_comment("hide_comment", mine=lambda one: bool(one["public"])),
        "publish_comment": _of_comment("publish_comment", mine=lambda one: not one["public"]),
        "sensitive": _plain(do="sensitive"),
        "not_sensitive": _plain(do="not_sensitive"),
        "urgent": _plain(do="urgent"),
        "delete": _plain(do="delete"),
        "undelete": _plain(do="undelete"),
        "clone": _plain(do="clone"),
    },
    "servicenow": {
        "subject": _subject,
        "empty": _emptied,
        "description": _described(html=False),
        "status": lambda _, word, __: {"do": "status", "to": STATES[word % 6]},
        "hold": _hold,
        "priority": _level,
        "assign": lambda _, word, __: {"do": "assign", "to": AGENTS[word % 3]},
        "room": _room("servicenow"),
        "comment": _comment("comment"),
        "note": _comment("note"),
        "delete_comment": _of_comment("delete_comment"),
        "delete": _plain(do="delete"),
        "undelete": _plain(do="undelete"),
        "clone": _plain(do="clone"),
    },
}


def opening(side: str, word: int, token: str) -> Order:
    """Open a ticket."""
    body = text(word + 1, token)
    described = f"<p>{body}</p>" if side == "incidentiq" else body
    order: Order = {"do": "create", "subject": f"{token} ticket", "description": described}
    if side == "incidentiq" and word % 9 == 0:
        order["sensitive"] = True
    return order
