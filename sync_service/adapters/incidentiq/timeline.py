"""The audit trail of a ticket, as far as its timeline tells it (R16, R17).

The vendor documents kinds of entry, and that a revision holds "field changes" as JSON, but not the
shape of that JSON. So a timeline counts only if every entry since the moment can be read and one
of them explains the ticket's last change. Anything else is no trail at all: a doubt is a person's
to settle, never a guess. The surprise: whether its dates are the site's own is not documented
either, so a change that is dated after the ticket's last one shows that they are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sync_service.adapters.incidentiq.shapes import Json, guid, text
from sync_service.adapters.incidentiq.zone import Zone
from sync_service.core.outgoing import Touch

#: A rule's entry and the stamp that it causes are not written in the same instant.
NEAR = timedelta(seconds=10)
#: Entries that change no field; what a rule changes is a revision of its own.
_TALK = ("Comment", "Attachment", "Action", "Part", "RuleExecutionLog")
_NAMES = {
    "subject": ("Subject",),
    "issuedescription": ("IssueDescription",),
    "forid": ("For",),
    "ownerid": ("Owner",),
    "locationid": ("Location",),
    "locationroomid": ("Room",),
    "issueid": ("Issue", "IssueCategory"),
    "workflowstepid": ("Status",),
    "assignedtouserid": ("AssignedToUser",),
    "assignedtoteamid": ("AssignedToTeam",),
    "priority": ("PriorityLevel",),
    "prioritylevelid": ("PriorityLevel",),
    "hassensitiveinformation": ("HasSensitiveInformation",),
    "isurgent": ("IsUrgent",),
    "duedate": ("DueDate",),
    "tags": ("Tags",),
    "isdeleted": (),
    # They move no field that this adapter reads.
    "locationdetails": (),
    "starteddate": (),
    "closeddate": (),
    "closereasontypeid": (),
    "isissueconfirmed": (),
    "assets": (),
}


class Unreadable(ValueError):
    """An entry that could hide a change."""


def touches(
    rows: Iterable[Json],
    zone: Zone,
    me: str,
    since: datetime,
    modified: datetime,
    customs: Sequence[str],
) -> Sequence[Touch] | None:
    """Tell who changed which field since a moment, oldest first; None if the timeline does not tell all of it.

    `modified` is the ticket's own last change; `customs` are the names of its custom fields, each
    of which counts as touched where a revision names custom fields as a whole.
    """
    found: list[Touch] = []
    explained = modified < since
    try:
        for row in rows:
            at = zone.read(row.get("CreatedDate"))
            if at is None:
                return None
            explained = explained or abs(at.at - modified) <= NEAR
            if at.at < since - NEAR:
                continue
            changes = list(_entry(row, at.at, me, customs))
            if changes and at.at > modified + NEAR:
                return None
            found += changes
    except Unreadable:
        return None
    return sorted(found, key=lambda one: one.at) if explained else None


def _entry(row: Json, at: datetime, me: str, customs: Sequence[str]) -> Iterable[Touch]:
    for item in row.get("ActivityItems") or ():
        kind = (text(item.get("$type")) or "").split(",")[0].rpartition("TicketActivity")[2]
        by = guid(item.get("ByUserId")) or guid(row.get("OwnerId")) or ""
        if kind in _TALK:
            continue
        if kind == "WorkflowLog":
            names: Iterable[str] = ("Status",)
        elif kind == "Revision":
            names = _revised(item.get("RevisionJsonData"), customs)
        else:
            raise Unreadable(kind)
        for name in names:
            yield Touch(name, at, ours=by == me, by=by)


def _revised(said: Any, customs: Sequence[str]) -> Iterable[str]:
    """Name the fields of a revision; raise `Unreadable` for any word that is not known."""
    try:
        changes = json.loads(said)
    except (TypeError, ValueError) as exc:
        raise Unreadable("a revision is not JSON") from exc
    if not isinstance(changes, list) or not changes:
        raise Unreadable("a revision of another shape")
    for change in changes:
        name = change.get("Field") if isinstance(change, dict) else None
        if not isinstance(name, str):
            raise Unreadable("a revision of another shape")
        if name.casefold() == "customfieldvalues":
            yield from customs
        elif name.casefold() in _NAMES:
            yield from _NAMES[name.casefold()]
        else:
            raise Unreadable(name)
