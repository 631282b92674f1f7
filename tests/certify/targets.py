"""What a request is: its kind, its ticket and the lines it writes. The vendors' routes, read anew."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

_IIQ = re.compile(r"/api/v1\.0/tickets/([0-9a-f-]{36})(?:/([a-z-]+))?")
_SNOW = re.compile(r"/api/now/table/incident/([0-9a-f]{32})")
_SYS_ID = re.compile(r"[0-9a-f]{32}")
#: Incident IQ's narrow routes by the line they write.
ROUTES = {
    "subject": {"subject"},
    "description": {"description"},
    "status": {"status"},
    "priority": {"priority"},
    "assign": {"assignee"},
    "custom-fields": {"room"},
}
COLUMNS = {
    "short_description": "subject",
    "description": "description",
    "state": "status",
    "impact": "priority",
    "urgency": "priority",
    "assigned_to": "assignee",
    "u_room": "room",
}
JOURNALS = {"comments", "work_notes"}
#: Kinds of read by a part of the path; the first that fits counts.
READS = {
    "incidentiq": (
        ("/tickets/activities", "comments"),
        ("/timeline", "trail"),
        ("/users/by-email", "people"),
        ("/users/my", "lists"),
        ("/users", "people"),
        ("/tickets/priorities", "lists"),
        ("/tickets/statuses", "lists"),
    ),
    "servicenow": (
        ("/incident", "query"),
        ("/sys_journal_field", "comments"),
        ("/sys_audit", "trail"),
        ("/sys_user", "people"),
    ),
}
#: Reads that Incident IQ wants as POST.
SEARCHES = ("/tickets/activities", "/tickets", "/users", "/issues", "/custom-fields/for/ticket")
WRITES = (
    *(f"incidentiq {one}" for one in ("create", "comment", *(n for n in ROUTES if n != "assign"))),
    "incidentiq assign",
    *(f"servicenow {one}" for one in ("create", "comment", "update")),
)
READ_KINDS = (
    *(f"incidentiq {one}" for one in ("lists", "search", "get", "comments", "people", "trail")),
    *(f"servicenow {one}" for one in ("lists", "query", "comments", "people", "trail")),
)


def kind(side: str, method: str, path: str, body: bytes) -> str:
    """Name the kind of a request: one of `WRITES` or `READ_KINDS`, or the bare path."""
    if side == "servicenow":
        return f"{side} {_snow_kind(method, path, body)}"
    return f"{side} {_iiq_kind(method, path)}"


def _snow_kind(method: str, path: str, body: bytes) -> str:
    if method == "GET":
        return _read(path, "servicenow")
    if method == "POST":
        return "create"
    return "comment" if set(json.loads(body or b"{}")) <= JOURNALS else "update"


def _iiq_kind(method: str, path: str) -> str:
    if path.endswith("/v1.0/tickets"):
        return "search"
    if method == "GET" or path.endswith(SEARCHES):
        found = _IIQ.fullmatch(path)
        return "get" if found and not found[2] else _read(path, "incidentiq")
    if path.endswith(("/tickets/create", "/tickets/new")):
        return "create"
    found = _IIQ.match(path)
    part = (found[2] if found else None) or path
    return "comment" if part == "activities" else part


def _read(path: str, side: str) -> str:
    return next((name for part, name in READS[side] if part in path), "lists")


def ident(side: str, path: str) -> str:
    """Give the ticket that a path names, or ""."""
    found = (_IIQ if side == "incidentiq" else _SNOW).search(path)
    return found[1] if found else ""


def tickets_read(side: str, method: str, path: str, query: str) -> list[str]:
    """List the tickets whose fields this request gets by id."""
    if method != "GET":
        return []
    if side == "incidentiq":
        found = _IIQ.fullmatch(path)
        return [found[1]] if found and not found[2] else []
    if path.endswith("/table/incident"):
        return _SYS_ID.findall(unquote(query)) if "sys_id" in query else []
    return [one] if (one := ident(side, path)) else []


def lines_written(side: str, method: str, path: str, body: bytes) -> tuple[str, set[str]]:
    """Give the ticket that a request writes to, and the lines it writes."""
    if method == "GET":
        return "", set()
    if side == "incidentiq":
        found = _IIQ.search(path)
        return (found[1], ROUTES.get(found[2] or "", set())) if found else ("", set())
    one = ident(side, path)
    if not one or method not in ("PATCH", "PUT"):
        return "", set()
    return one, {COLUMNS[name] for name in json.loads(body or b"{}") if name in COLUMNS}
