"""Creating, updating and commenting; each is one call that is sent once (R18).

The surprise: the answer to a comment shows the ticket but not the entry's id, so a copy is found
again by its marker among our own newest entries.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sync_service.adapters.answers import landed
from sync_service.adapters.base import Draft, Note, Reply, Written
from sync_service.adapters.http import Response
from sync_service.adapters.http.response import words
from sync_service.adapters.servicenow import codec, marker
from sync_service.adapters.servicenow.catalogue import RAW
from sync_service.adapters.servicenow.instance import Instance
from sync_service.adapters.servicenow.journal import INTERNAL, PUBLIC, comment
from sync_service.adapters.servicenow.words import OURS, unwritten
from sync_service.core.values import Comment, Fields, Ticket
from sync_service.errors import NeedsHuman, Rejected, TryLater, UnknownOutcome

PRODUCT = "sync-service"
COUNT = ("sys_id", "sys_mod_count")
_LISTED = re.compile(r"[,;\n\t]")


class Writer:
    """Writes to one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Make a ticket with its key inside the call (R15); a mapped value beats `on_create`."""
        settings = self._instance.settings
        self._demand_key(draft.key)
        mapped = await self._raw(draft.fields)
        body = {**await self._extras(draft, mapped), **mapped, settings.key_field: draft.key}
        if settings.key_field == "correlation_id":
            body["correlation_display"] = PRODUCT
        what = f"create a ticket in {settings.table}"
        made = await self._send("POST", settings.table, body, what, deadline)
        self._instance.keyless = made.ticket is not None and made.ticket.key != draft.key
        return made

    def _demand_key(self, key: str) -> None:
        """Refuse a create whose key would be cut or dropped: its copy could not be found again."""
        name, system = self._instance.settings.key_field, self._instance.api.system
        column = self._instance.schema.column(name)
        if self._instance.keyless:
            raise NeedsHuman(
                f"{system} did not keep the key of our last copy in {name}: our user may not write"
                " that column. Give it the right, then run `sync-service check`."
            )
        if column is not None and 0 < column.longest < len(key):
            raise NeedsHuman(
                f"{name} of {system} holds {column.longest} characters, too few for our key"
                f" ({len(key)}). Name a longer column in `key_field`, or shorten `instance`."
            )

    async def _extras(self, draft: Draft, mapped: Mapping[str, str]) -> dict[str, str]:
        wanted = {name: one for name, one in draft.extras.items() if not mapped.get(name)}
        return await self._instance.encoder().extras(wanted)

    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write the fields, and no others, in one call (R24)."""
        body = await self._raw(changes)
        path = f"{self._instance.settings.table}/{ticket.id}"
        what = f"update {_called(ticket)}"
        return await self._send("PATCH", path, body, what, deadline, named=changes)

    async def _raw(self, given: Fields) -> dict[str, str]:
        """Resolve names; a choice that is not known may have been added since we looked."""
        try:
            return await self._instance.encoder().fields(given)
        except Rejected:
            if not await self._instance.reread_choices():
                raise
            return await self._instance.encoder().fields(given)

    async def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, str],
        what: str,
        deadline: datetime,
        *,
        named: Iterable[str] = (),
    ) -> Written:
        instance = self._instance
        columns = instance.asked()
        answer = await instance.api.send(method, path, body, columns, deadline)
        self._accepted(answer, what, named or body)
        with landed(instance.api.system, what):
            row = _result(answer)
            shown = instance.ticket(row) if codec.value(row, "sys_id") else None
        return Written(shown, own_reply=shown is not None)

    def _accepted(self, answer: Response, what: str, sent: Iterable[str]) -> None:
        """Raise `Rejected` for a refusal, naming the fields that its words name."""
        if answer.status not in OURS:
            return
        said = words(answer.loose()).rpartition(":")[2]
        listed = {part.strip().casefold() for part in _LISTED.split(said)}
        called = self._instance.schema.called(listed)
        named = tuple(name for name in sent if name.removesuffix(RAW) in called)
        raise unwritten(self._instance.api.system, what, answer, named)

    async def reply(self, ticket: Ticket, reply: Reply, deadline: datetime) -> Comment:
        """Add a customer-visible comment."""
        return await self._say(ticket, PUBLIC, reply, deadline)

    async def note(self, ticket: Ticket, note: Note, deadline: datetime) -> Comment:
        """Add a work note."""
        return await self._say(ticket, INTERNAL, note, deadline)

    async def _say(
        self, ticket: Ticket, element: str, text: Reply | Note, deadline: datetime
    ) -> Comment:
        instance = self._instance
        body = {element: marker.mark(text.body, text.html, text.origin)}
        path = f"{instance.settings.table}/{ticket.id}"
        answer = await instance.api.send("PATCH", path, body, COUNT, deadline)
        what = f"add to {element} of {_called(ticket)}"
        self._accepted(answer, what, body)
        count = codec.value(_result(answer), "sys_mod_count")
        found = await self._said(ticket, element, text)
        if found is not None:
            return found
        if count == str(ticket.version.serial):
            raise Rejected(
                f"{instance.api.system} took the call to {what} but added nothing: our user may"
                " not write that column. Give it a role that may, then retry.",
                "the comment was dropped without a word",
            )
        raise UnknownOutcome(f"{instance.api.system} took the call to {what}, but shows no entry")

    async def _said(self, ticket: Ticket, element: str, text: Reply | Note) -> Comment | None:
        """Read back our own entry with this origin; the write itself has landed already."""
        instance, me = self._instance, self._instance.me
        try:
            rows = await instance.journal.newest(ticket.id, element, me.user_name)
        except (TryLater, NeedsHuman) as exc:
            raise UnknownOutcome(
                f"{instance.api.system} took a comment on {_called(ticket)}, but the entry could"
                f" not be read back: {exc}"
            ) from exc
        entries = (comment(row, me, me.user_name) for row in rows)
        return next((one for one in entries if one.origin == text.origin), None)


def _called(ticket: Ticket) -> str:
    return ticket.number or ticket.id


def _result(answer: Response) -> Mapping[str, Any]:
    """Give the row of a write's answer; raises `UnknownOutcome` where it is no JSON."""
    body = answer.json()
    row = body.get("result") if isinstance(body, Mapping) else None
    return row if isinstance(row, Mapping) else {}
