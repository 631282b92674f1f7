"""What `start` learns of the server, the account and the queue."""

from __future__ import annotations

from dataclasses import dataclass

from sync_service.adapters.request_tracker.codec import Desk, Json
from sync_service.adapters.request_tracker.fields import CustomField
from sync_service.adapters.request_tracker.reader import Reader
from sync_service.adapters.request_tracker.settings import Settings
from sync_service.core.values import Person
from sync_service.errors import NeedsHuman

#: An account's own setting; unset means the server's, which the control finds out.
IN_UTC = frozenset({"", "UTC", "Etc/UTC", "GMT", "Etc/GMT", "Universal", "Zulu"})


@dataclass(frozen=True, slots=True)
class Learnt:
    """The desk, who we are there, and whether comments can carry their origin in a field."""

    desk: Desk
    us: Person
    origin_field: bool


async def learn(reader: Reader, settings: Settings) -> Learnt:
    """Read our account, the queue and its custom fields.

    Raises `NeedsHuman` saying what to set up: the queue, the key field, the account's time zone.
    """
    system = reader.http.system
    user = await reader.required("user", settings.user_id)
    queue = await reader.required("queue", settings.queue)
    if str(user.get("Timezone") or "") not in IN_UTC:
        raise NeedsHuman(
            f"{system}: our user {user['Name']!r} is in the time zone {user['Timezone']}, in which"
            " Request Tracker reads every search. Set its Settings > Timezone to UTC."
        )
    customs = await _customs(reader, queue)
    if settings.key_field not in customs:
        raise NeedsHuman(
            f"{system}: queue {queue['Name']!r} has no custom field {settings.key_field!r} that our"
            " user may see. Make one (Freeform, one value, applied to the queue) and grant"
            " SeeCustomField and ModifyCustomField."
        )
    desk = Desk(
        url=settings.url,
        me=user["Name"],
        queue=str(queue["id"]),
        queue_name=queue["Name"],
        key_field=settings.key_field,
        origin_field=settings.origin_field,
        customs=customs,
        workflow=settings.workflow,
    )
    us = Person(user.get("RealName") or user["Name"], (user.get("EmailAddress") or "").lower())
    return Learnt(desk, us, settings.origin_field in _names(queue, "TicketTransactionCustomFields"))


def _names(queue: Json, kind: str) -> set[str]:
    return {one["name"] for one in queue.get(kind) or ()}


async def _customs(reader: Reader, queue: Json) -> dict[str, CustomField]:
    listed = queue.get("TicketCustomFields") or ()
    told = await reader.records("customfield", [str(one["id"]) for one in listed])
    pairs = zip(listed, told, strict=True)
    return {one["name"]: _custom_field(one, found) for one, found in pairs}


def _custom_field(listed: Json, found: Json | None) -> CustomField:
    """Read a custom field; without the right to see its definition it is taken as text."""
    told = found or {}
    return CustomField(
        str(listed["id"]),
        listed["name"],
        str(told.get("Type") or ""),
        multiple=bool(told) and str(told.get("MaxValues")) != "1",
        values=tuple(str(one) for one in told.get("Values") or ()),
    )
