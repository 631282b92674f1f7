"""What `start` learns of the server, the account and the queue."""

from __future__ import annotations

from dataclasses import dataclass

from sync_service.adapters.request_tracker.codec import Desk, Json, custom_field
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
    """Read the definitions; where that is not our right, a ticket of the queue shows the types."""
    listed = queue.get("TicketCustomFields") or ()
    told = await reader.records("customfield", [str(one["id"]) for one in listed])
    pairs = zip(listed, told, strict=True)
    found = {one["name"]: _custom_field(one, definition) for one, definition in pairs}
    if any(not field.type for field in found.values()):
        rows, _ = await reader.search(f"Queue = {queue['id']}", rows=1)
        for shown in rows["items"][0].get("CustomFields") or () if rows["items"] else ():
            found[shown["name"]] = custom_field(shown, found)
    return found


def _custom_field(listed: Json, definition: Json | None) -> CustomField:
    if definition is None:
        return CustomField(str(listed["id"]), listed["name"])
    return CustomField(
        str(listed["id"]),
        listed["name"],
        str(definition["Type"]),
        multiple=str(definition.get("MaxValues")) != "1",
        values=tuple(str(one) for one in definition.get("Values") or ()),
    )
