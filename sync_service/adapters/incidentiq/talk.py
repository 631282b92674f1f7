"""Copies of comments: said once, with their origin, seen by nobody whom they are not for.

A copy names its origin in ExternalId (vendor: activities/new). Until one was seen to come back, a
marker is sent as the last line as well (R21).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sync_service.adapters.answers import landed
from sync_service.adapters.incidentiq import codec
from sync_service.adapters.incidentiq.api import ROOT, Api
from sync_service.adapters.incidentiq.reader import Reader
from sync_service.adapters.incidentiq.shapes import guid, part
from sync_service.core.outgoing import Note, Reply
from sync_service.core.values import Comment, PublicComment, Ticket
from sync_service.errors import NeedsHuman, SyncServiceError, UnknownOutcome


class Speaker:
    """Writes comments on one site's tickets."""

    def __init__(self, api: Api, reader: Reader) -> None:
        self._api, self._reader = api, reader

    async def say(self, ticket: Ticket, words: Reply | Note, deadline: datetime) -> Comment:
        """Add a copy and give it as the site shows it."""
        chosen = codec.activity_id(ticket.id, words)
        path = f"{ROOT}/tickets/{ticket.id}/activities/new"
        return await self._send(path, ticket, words, chosen, deadline)

    async def rewrite(
        self, ticket: Ticket, comment_id: str, words: Reply | Note, deadline: datetime
    ) -> Comment:
        """Replace the words of a copy of ours."""
        path = f"{ROOT}/tickets/{ticket.id}/activities/{comment_id}"
        return await self._send(path, ticket, words, comment_id, deadline)

    async def hide(self, ticket_id: str, comment_id: str, deadline: datetime) -> None:
        """Show a copy to the staff only."""
        path = f"{ROOT}/tickets/{ticket_id}/activities/{comment_id}/visibility"
        await self._api.write(path, deadline, False)

    async def _send(
        self, path: str, ticket: Ticket, words: Reply | Note, ident: str, deadline: datetime
    ) -> Comment:
        proven = self._reader.external
        me = self._reader.known().me
        body = codec.activity(ticket.id, me, words, ident=ident, marked=not proven)
        reply = await self._api.write(path, deadline, body)
        item = part(reply, "Item")
        made = guid(item.get("TicketActivityId")) or guid(reply.get("Uid")) or ident
        with landed(self._api.http.system, f"comment on ticket {ticket.number}"):
            shown = codec.comment(item, self._reader.known())
            if shown is None or not proven:
                shown = await self._seen(ticket.id, made) or shown
        if shown is None:
            raise UnknownOutcome(
                f"{self._api.http.system} took a comment on ticket {ticket.number}, but does not"
                " show it yet; a later read finds it by its origin"
            )
        if isinstance(words, Note) and isinstance(shown, PublicComment):
            raise await self._leaked(ticket, shown, deadline)
        return replace(shown, ours=True, origin=shown.origin or words.origin)

    async def _leaked(self, ticket: Ticket, shown: Comment, deadline: datetime) -> NeedsHuman:
        """Hide a note that the site made public, and tell a person (R13)."""
        try:
            await self.hide(ticket.id, shown.id, deadline)
            done = "it was hidden again"
        except SyncServiceError as exc:
            done = f"hide it by hand, we could not ({exc})"
        return NeedsHuman(
            f"{self._api.http.system} made our internal note on ticket {ticket.number} public;"
            f" {done}. Take `internal:` out of this link until that is explained."
        )

    async def _seen(self, ticket_id: str, ident: str) -> Comment | None:
        """Look at the copy where everybody sees it; that proves ExternalId, too."""
        try:
            comments = await self._reader.comments(ticket_id)
        except SyncServiceError:
            return None  # it landed; that it could not be looked at changes nothing
        return next((one for one in comments if one.id == ident), None)
