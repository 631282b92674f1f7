"""Writes, each sent at most once.

Two surprises. A refused change answers 200 with a sentence in the account's language, so what
landed is told by a read. And a public reply reopens a ticket, so it always carries the status
that the ticket has at that moment (R11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import structlog

from sync_service.adapters.base import Draft, Note, Reply, Written
from sync_service.adapters.http import Response
from sync_service.adapters.http.response import words
from sync_service.adapters.request_tracker import codec
from sync_service.adapters.request_tracker.fields import (
    BUILT_IN,
    CONTENT,
    GUARDED,
    PREFIX,
    ROLES,
    custom,
    fit,
)
from sync_service.adapters.request_tracker.learn import Learnt
from sync_service.adapters.request_tracker.reader import FORBIDDEN, NOT_FOUND, Reader
from sync_service.core.values import (
    Comment,
    Fields,
    InternalNote,
    PublicComment,
    Ticket,
    Value,
)
from sync_service.errors import NeedsHuman, Rejected, Stale, TryLater, UnknownOutcome, quoted

log = structlog.get_logger("sync_service.adapters.request_tracker")


class Writer:
    """Creates, updates and comments through one account."""

    def __init__(self, reader: Reader, learnt: Learnt, clock: Callable[[], datetime]) -> None:
        self._reader, self._desk, self._us, self._clock = reader, learnt.desk, learnt.us, clock
        self._system = reader.http.system
        self._origin_field = learnt.origin_field
        self._origin_seen = False

    async def create(self, draft: Draft, deadline: datetime) -> Written:
        """Make a ticket with its key inside the call, then read it, for much is dropped silently."""
        given = {name: value for name, value in draft.fields.items() if value is not None}
        self._check(given)
        body = await self._payload({CONTENT: None, **given})
        body["CustomFields"] = {
            **{name: value for name, value in body.get("CustomFields", {}).items() if value},
            self._desk.key_field: draft.key,
        }
        body |= {"Queue": self._desk.queue, "ContentType": "text/plain", **draft.extras}
        answer = await self._reader.http.write("POST", "/ticket", deadline=deadline, json=body)
        number = str(_found(answer).get("id") or "")
        if not number.isdigit():
            raise UnknownOutcome(f"{self._system} made a ticket but did not tell its number")
        shown = await self._shown(number)
        if shown is None:
            return Written(None, own_reply=False)
        said = fit(CONTENT, given.get(CONTENT), {})
        return Written(replace(shown, fields={**shown.fields, CONTENT: said}), own_reply=False)

    async def update(self, ticket: Ticket, changes: Fields, deadline: datetime) -> Written:
        """Write the fields if nobody changed the ticket since it was read, then read it."""
        self._check(changes)
        body = await self._payload(changes)
        now, etag = await self._unmoved(ticket)
        answer = await self._reader.http.write(
            "PUT",
            f"/ticket/{ticket.id}",
            deadline=deadline,
            json=body,
            headers={"If-Match": etag},
            accept=(NOT_FOUND, FORBIDDEN),
        )
        self._allowed(answer, ticket)
        shown = await self._shown(ticket.id)
        if shown is None:
            return Written(None, own_reply=False)
        shown = replace(shown, fields={**_opening(ticket), **shown.fields})
        self._taken(answer, changes, now.fields, shown.fields)
        return Written(shown, own_reply=False)

    async def reply(self, ticket: Ticket, text: Reply, deadline: datetime) -> Comment:
        """Add a public comment that leaves the status as it is."""
        page, _ = await self._reader.page(ticket.id)
        if page is None or str(page["id"]) != ticket.id or page["Status"] == "deleted":
            raise Stale(f"{self._system}: ticket {ticket.id} was merged or deleted meanwhile")
        extra = {"Status": page["Status"]}
        return await self._say(PublicComment, ticket, text, deadline, extra)

    async def note(self, ticket: Ticket, text: Note, deadline: datetime) -> Comment:
        """Add an internal comment, which reopens nothing."""
        return await self._say(InternalNote, ticket, text, deadline, {})

    async def _say(
        self,
        made: type[PublicComment | InternalNote],
        ticket: Ticket,
        text: Reply | Note,
        deadline: datetime,
        extra: Mapping[str, Any],
    ) -> Comment:
        route = "correspond" if made is PublicComment else "comment"
        body = codec.spoken(text, marker=not self._origin_field)
        answer = await self._reader.http.write(
            "POST",
            f"/ticket/{ticket.id}/{route}",
            deadline=deadline,
            json={
                "Content": body,
                "ContentType": "text/html" if text.html else "text/plain",
                **({"TxnCustomFields": self._origin(text)} if self._origin_field else {}),
                **extra,
            },
            accept=(FORBIDDEN,),
        )
        self._allowed(answer, ticket)
        number = answer.headers.get("location", "").rpartition("/")[2]
        if not number.isdigit():
            raise UnknownOutcome(f"{self._system} took a comment but did not tell its number")
        comment = made(
            id=number,
            body=codec.unmarked(body)[0],
            html=text.html,
            created=self._moment(answer),
            author=self._us,
            ours=True,
            origin=text.origin,
            version=number,
        )
        return await self._verified(comment)

    def _origin(self, text: Reply | Note) -> Mapping[str, str]:
        return {self._desk.origin_field: str(text.origin)}

    async def _verified(self, comment: Comment) -> Comment:
        """See with the first copy that its origin comes back; else later copies get a marker."""
        if self._origin_seen or not self._origin_field:
            return comment
        try:
            shown = await self._reader.transaction(comment.id)
        except (TryLater, NeedsHuman):
            return comment  # the copy landed, whatever this read says
        if shown is None:
            return comment
        held = codec.origin(shown, self._desk.origin_field)
        self._origin_seen = held == comment.origin
        if not self._origin_seen:
            self._origin_field = False
            log.warning("request_tracker.origin_lost", system=self._system)
        return replace(comment, origin=held)

    async def _payload(self, changes: Fields) -> dict[str, Any]:
        """Encode the changes; people without an active account are refused, never made."""
        emails = codec.addresses(changes)
        names = await self._reader.accounts(emails) if emails else {}
        unknown = sorted(emails - set(names))
        if unknown:
            fields = [name for name in ("Owner", *ROLES) if _names(changes.get(name), unknown)]
            raise Rejected(
                f"{self._system} has no active account for {len(unknown)} of the people in"
                f" {', '.join(fields)}; make one there, or say `unknown:` in the mapping",
                fields=fields,
            )
        return codec.payload(changes, names, self._desk.customs)

    def _check(self, changes: Fields) -> None:
        """Refuse here what Request Tracker would drop or garble without a word."""
        for name, given in changes.items():
            own = custom(name)
            if not own and not (name in BUILT_IN and BUILT_IN[name].writable):
                raise Rejected(f"{self._system}: {name} cannot be written", "", [name])
            if own:
                self._check_custom(name, own, given)

    def _check_custom(self, name: str, own: str, given: Value) -> None:
        field = self._desk.customs.get(own)
        if field is None or field.kind is None:
            raise Rejected(
                f"{self._system}: queue {self._desk.queue_name!r} has no custom field {own!r} that"
                " can hold a text",
                fields=[name],
            )
        if not field.type:
            raise Rejected(
                f"{self._system}: the type of custom field {own!r} is hidden from our user; grant"
                " it SeeCustomField for all queues, then start again",
                fields=[name],
            )
        value = fit(name, given, self._desk.customs)
        wanted = value if isinstance(value, tuple) else (value,) if value else ()
        if field.values and any(one not in field.values for one in wanted):
            accepted = ", ".join(field.values)
            raise Rejected(f"{self._system}: {own} accepts only {accepted}", fields=[name])

    async def _unmoved(self, ticket: Ticket) -> tuple[Ticket, str]:
        """Give the ticket as it is and its ETag; raise Stale if somebody changed a field."""
        page, etag = await self._reader.page(ticket.id)
        if page is None or str(page["id"]) != ticket.id or page["Status"] == "deleted":
            raise Stale(f"{self._system}: ticket {ticket.id} was merged or deleted meanwhile")
        now = codec.ticket(page, self._desk)
        customs = [PREFIX + name for name, field in self._desk.customs.items() if field.type]
        moved = [
            name
            for name in (*GUARDED, *customs)
            if name in ticket.fields and now.fields.get(name) != ticket.fields[name]
        ]
        if moved:
            raise Stale(f"{self._system}: ticket {ticket.id} has another {moved[0]} by now")
        return now, etag

    async def _shown(self, number: str) -> Ticket | None:
        """Read the ticket after a write; None if that cannot be had, since the write landed."""
        try:
            rows = await self._reader.all_tickets(f"id = {number}")
        except (TryLater, NeedsHuman):
            return None
        return codec.ticket(rows[0], self._desk) if rows else None

    def _taken(self, answer: Response, changes: Fields, before: Fields, after: Fields) -> None:
        """Raise Rejected, in RT's words, if not one of the changes was taken."""
        wanted = {name: fit(name, value, self._desk.customs) for name, value in changes.items()}
        wanted.pop(CONTENT, None)
        kept = [
            name for name, value in wanted.items() if after.get(name) == before.get(name) != value
        ]
        if kept and len(kept) == len(wanted):
            said = words([one for one in answer.json() or () if one])
            raise Rejected(
                f"{self._system} left {', '.join(kept)} as it was: {quoted(said)}", said, kept
            )

    def _allowed(self, answer: Response, ticket: Ticket) -> None:
        if answer.status == NOT_FOUND:
            raise Stale(f"{self._system}: ticket {ticket.id} is gone")
        if answer.status == FORBIDDEN:
            said = words(answer.loose())
            raise Rejected(
                f"{self._system} forbids writing ticket {ticket.id}: {quoted(said)}", said
            )

    def _moment(self, answer: Response) -> datetime:
        date = answer.headers.get("date")
        moment = parsedate_to_datetime(date) if date else self._clock()
        return moment.astimezone(UTC).replace(microsecond=0)


def _found(answer: Response) -> Mapping[str, Any]:
    found = answer.json()
    return found if isinstance(found, dict) else {}


def _opening(ticket: Ticket) -> Fields:
    return {CONTENT: ticket.fields[CONTENT]} if CONTENT in ticket.fields else {}


def _names(value: Any, unknown: list[str]) -> bool:
    given = value if isinstance(value, tuple) else (value,)
    return any(str(one).strip().lower() in unknown for one in given if one)
