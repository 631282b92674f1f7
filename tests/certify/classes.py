"""The classes that a certificate counts, and what brings each about.

The list is closed: a point that is passed and stands in no class fails the run, and so does, in a
certificate, a class that was reached too seldom.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.certify.acts import ACTS
from tests.certify.scenery import POLICIES, SWITCHES
from tests.certify.targets import READ_KINDS, WRITES

#: Transactions of the store that a daemon makes; what commands ask for counts as one kind.
COMMITS = (
    "begin_run", "claim", "save", "take_page", "note_problems", "take_config", "hold_config",
    "take_requests", "answer", "enqueue", "command", "begin_sweep", "note_sweep", "end_sweep",
)  # fmt: skip
COMMANDS = frozenset(
    {
        "accept",
        "pause",
        "resume",
        "retry",
        "dismiss",
        "unpair",
        "know",
        "resolve_conflict",
        "ask_sweep",
        "doubt_gone",
    }
)

CRASHES = (
    *(f"{when} {kind}" for kind in WRITES for when in ("before", "sent", "after")),
    *(f"{when} {kind}" for kind in READ_KINDS for when in ("before", "after")),
    *(f"{when} commit {name}" for name in COMMITS for when in ("before", "after")),
)
FAULT_KINDS = (
    "delay", "delay_after", "status 401", "status 403", "status 429", "status 500", "status 503",
    "hang_up_before", "hang_up_after", "error_after", "error_after 429", "not_json", "truncate",
)  # fmt: skip
FAULTS = tuple(
    f"{kind} {side} {what}"
    for kind in FAULT_KINDS
    for side in ("incidentiq", "servicenow")
    for what in ("read", "write")
)
OUTAGES = tuple(
    f"{side} {how}" for side in ("incidentiq", "servicenow") for how in ("refused", "silent", "503")
)
#: What stands on the wire and needs two things to meet: a time-out whose write landed all the same,
#: and a 429 that says how long to wait, or does not.
ANSWERS = (
    *(f"landed after the time-out: {kind}" for kind in WRITES),
    *(f"a ticket as it was before: {side}" for side in ("incidentiq", "servicenow")),
    *(
        f"429 {says} Retry-After: {side}"
        for says in ("with", "without")
        for side in ("incidentiq", "servicenow")
    ),
)
#: How the vendors behave, and what the link's policies say, in every position.
MANNERS = (
    *(
        f"{side} {name} {option}"
        for side, table in SWITCHES.items()
        for name, options in table.items()
        for option in dict.fromkeys(options)
    ),
    *(
        f"policy {name} {one}"
        for name, options in POLICIES.items()
        for one in dict.fromkeys(options)
    ),
    *(f"{side} skew {seconds}" for side in SWITCHES for seconds in (-2.0, 2.0)),
)
#: What the product or a simulator cannot do, so that no history reaches it. The certificate says so.
NOT_YET = (
    "a crash as claims are given back (commit release): seldom passed, and no scene leads there yet",
    "attachments: the product does not copy them yet",
    "merges of tickets: neither simulator has them; proved in tests/engine and, live, for Request Tracker",
    "edits of a comment on ServiceNow: its journal has none",
    "several links over one system: proved in tests/engine/test_chain_histories.py",
    "Request Tracker: tested live, in tests/live, not in histories",
    "a full disk, a stopped PostgreSQL, DNS, an expired certificate: proved in tests/outages",
)
PERSONS = tuple(f"{side} {act}" for side, acts in ACTS.items() for act in ("open", *acts))
OPERATORS = (
    "accept", "pause", "resume", "retry", "dismiss", "unpair", "resolve", "restore", "sweep",
)  # fmt: skip
FATES = ("backup", "restore", "lose", "restart", "config")
STARTS = ("day", "autumn night", "spring night")

#: What a person does so that the daemon makes a call of this kind.
PROVOKE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "incidentiq create": (("servicenow", "open"),),
    "incidentiq comment": (("servicenow", "comment"), ("servicenow", "comment")),
    "incidentiq subject": (("servicenow", "subject"),),
    "incidentiq description": (("servicenow", "description"),),
    "incidentiq status": (("servicenow", "status"), ("servicenow", "hold")),
    "incidentiq priority": (("servicenow", "priority"),),
    "incidentiq assign": (("servicenow", "assign"),),
    "incidentiq custom-fields": (("incidentiq", "open"),),
    "servicenow create": (("incidentiq", "open"),),
    "servicenow comment": (("incidentiq", "comment"), ("incidentiq", "note")),
    "servicenow update": (
        ("incidentiq", "subject"), ("incidentiq", "status"), ("incidentiq", "priority"),
        ("incidentiq", "assign"), ("incidentiq", "description"),
    ),
    "incidentiq people": (("servicenow", "assign"),),
    "servicenow people": (("incidentiq", "assign"), ("incidentiq", "open")),
}  # fmt: skip
#: Where a fault must stand to strike a call of this kind: method and route.
ROUTE: Mapping[str, tuple[str, str]] = {
    "incidentiq create": ("POST", "*/tickets/[cn]*"),
    "incidentiq comment": ("POST", "*/activities/*"),
    "incidentiq subject": ("POST", "*/subject"),
    "incidentiq description": ("POST", "*/description"),
    "incidentiq status": ("POST", "*/status/*"),
    "incidentiq priority": ("POST", "*/priority"),
    "incidentiq assign": ("POST", "*/assign"),
    "incidentiq custom-fields": ("POST", "*/custom-fields"),
    "incidentiq search": ("POST", "*/v1.0/tickets"),
    "incidentiq get": ("GET", "*/tickets/*-*"),
    "incidentiq comments": ("POST", "*/tickets/activities"),
    "incidentiq people": ("GET", "*/users/*"),
    "incidentiq lists": ("GET", "*/sites/*"),
    "incidentiq trail": ("GET", "*/timeline"),
    "servicenow create": ("POST", "*/incident"),
    "servicenow comment": ("PATCH", "*/incident/*"),
    "servicenow update": ("PATCH", "*/incident/*"),
    "servicenow query": ("GET", "*/incident"),
    "servicenow comments": ("GET", "*/sys_journal_field"),
    "servicenow people": ("GET", "*/sys_user"),
    "servicenow lists": ("GET", "*/sys_choice"),
    "servicenow trail": ("GET", "*/sys_audit"),
}


def point_class(point: str) -> str:
    """Give the class of a point; raise KeyError for one that nobody foresaw."""
    when, _, rest = point.partition(" ")
    if rest == "commit enqueue_after":
        return f"{when} commit enqueue"
    if rest.startswith("commit ") and rest[7:] in COMMANDS:
        return f"{when} commit command"
    if point in _KNOWN:
        return point
    if when == "sent" and rest in READ_KINDS:
        return f"before {rest}"  # a read that was sent has done no more than one that was not
    raise KeyError(point)


_KNOWN = frozenset({*CRASHES, "before commit release", "after commit release"})
