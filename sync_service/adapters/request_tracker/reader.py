"""Reads: each one request for many tickets wherever Request Tracker has a way.

The surprise: there is a batch for everything but absence. A search never shows a deleted or merged
ticket, so only the ones it left out are asked for one by one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sync_service.adapters.answers import count_rows
from sync_service.adapters.http import Http, Response
from sync_service.adapters.request_tracker import codec, query
from sync_service.adapters.request_tracker.codec import Body, Json
from sync_service.adapters.request_tracker.fields import OWNER
from sync_service.adapters.request_tracker.shown import PERSON
from sync_service.core.values import Comment, Gone, Merged, Reading
from sync_service.errors import AuthFailed, NeedsHuman, Rejected, Stale, TryLater, Unbelievable

ROWS = 100
#: Ids in one request: with more the address grows past what servers take.
BATCH = 50
KEPT_BODIES = 5000
LONGEST_KEPT = 16_384
NOT_FOUND, FORBIDDEN = 404, 403
#: Without these a row is no ticket.
NEEDED = ("LastUpdated", "Created", "Creator", "Queue")


class Reader:
    """Asks one Request Tracker; keeps the texts of transactions, which never change."""

    def __init__(self, http: Http) -> None:
        self.http = http
        #: Accounts seen so far, and their addresses.
        self.addresses: dict[str, str] = {}
        self._bodies: OrderedDict[str, Body] = OrderedDict()

    async def ask(self, method: str, path: str, **parts: Any) -> Response:
        """Read, and hand back what `accept` names; a read has no item that could be refused."""
        try:
            return await self.http.read(method, path, **parts)
        except (Rejected, Stale) as exc:
            raise NeedsHuman(
                f"{exc}. Is `url` right? It must be what stands before /Ticket/."
            ) from exc

    async def search(
        self, where: str, orderby: Sequence[str] = ("id",), rows: int = ROWS, at: str = "/tickets"
    ) -> tuple[Json, Mapping[str, str]]:
        """Ask for one page of tickets (or of what `at` lists) and give it with its headers."""
        shape = codec.ROW if at == "/tickets" else {}
        order = {"orderby": list(orderby), "order": ["ASC"] * len(orderby)}
        params = {"query": where, "per_page": rows, **order, **shape}
        answer = await self.ask("GET", at, params=params)
        found = _listing(answer.json(), self.http.system, *(NEEDED if shape else ()))
        if at == "/tickets":
            for row in found["items"]:
                self.addresses |= codec.accounts(row)
        return found, answer.headers

    async def all_tickets(self, where: str) -> list[Json]:
        """Give every ticket that fits, in order of id."""
        rows: list[Json] = []
        while True:
            after = rows[-1]["id"] if rows else 0
            page, _ = await self.search(f"({where}) AND id > {after}")
            _onward(page["items"], after, self.http.system)
            rows += page["items"]
            count_rows(self.http.system, "tickets", len(rows))
            if not page["items"] or len(page["items"]) == page.get("total"):
                return rows

    async def page(self, number: str) -> tuple[Json | None, str]:
        """Give a ticket's own page and its ETag; None where there is none.

        Raises `Rejected` where our user may not see it.
        """
        people = {f"fields[{name}]": PERSON for name in (OWNER, "Creator")}
        params = {**people, "fields[Queue]": "Name"}
        answer = await self.ask(
            "GET", f"/ticket/{number}", params=params, accept=(NOT_FOUND, FORBIDDEN)
        )
        if answer.status == FORBIDDEN:
            raise Rejected(f"{self.http.system} does not show ticket {number} to our user")
        if answer.status == NOT_FOUND:
            return None, ""
        shown = _record(answer, "Status")
        return codec.named(shown, self.addresses), answer.headers.get("etag", "")

    async def absent(self, number: str, desk: codec.Desk) -> Reading:
        """Say what became of a ticket that no search shows.

        It may be there after all: made a moment ago, or a reminder, which searches leave out.
        """
        try:
            page, _ = await self.page(number)
        except Rejected as exc:
            found, _ = await self.search(f"Queue = {desk.queue}", rows=1)
            if not found["items"]:
                raise AuthFailed(
                    f"{exc}, nor anything else of queue {desk.queue_name!r}."
                    " Grant it ShowTicket on the queue."
                ) from exc
            return Gone("Request Tracker does not show it to our user any more")
        if page is None:
            return Gone("Not Found")
        if str(page["id"]) != number:
            return Merged(str(page["id"]))
        if page["Status"] == "deleted":
            return Gone("its status is deleted")
        return codec.ticket(page, desk)

    async def said(
        self, numbers: Sequence[str], desk: codec.Desk
    ) -> tuple[Mapping[str, tuple[Comment, ...]], Mapping[str, Body]]:
        """Give the comments of the tickets, oldest first, and the text each was opened with."""
        transactions = await self._transactions(lambda after: query.said(numbers, after))
        texts = await self._texts([one["id"] for one in transactions])
        comments: dict[str, list[Comment]] = {number: [] for number in numbers}
        opened: dict[str, Body] = {}
        for one in transactions:
            body, number = texts.get(one["id"]), str(one["ObjectId"])
            if body is None or number not in comments:
                continue
            if one["Type"] == "Create":
                opened[number] = body
            else:
                comments[number].append(codec.comment(one, body, desk))
        return {number: tuple(found) for number, found in comments.items()}, opened

    async def trail(self, where: Any) -> list[Json]:
        """Give all transactions that `where(after)` asks for, with what they changed."""
        return await self._transactions(where, codec.TRAIL)

    async def transaction(self, number: str) -> Json | None:
        """Give one transaction with its custom fields."""
        found = await self._transactions(lambda after: f"id = {number} AND id > {after}")
        return found[0] if found else None

    async def _transactions(self, where: Any, shape: Mapping[str, str] = codec.SAID) -> list[Json]:
        """Page by id. A short page is the last: RT does not tell totals of transactions."""
        rows: list[Json] = []
        while True:
            after = rows[-1]["id"] if rows else 0
            params = {"query": where(after), "orderby": "id", "per_page": ROWS, **shape}
            answer = await self.ask("GET", "/transactions", params=params)
            items = _listing(answer.json(), self.http.system)["items"]
            _onward(items, after, self.http.system)
            rows += items
            count_rows(self.http.system, "transactions", len(rows))
            if len(items) < ROWS:
                return rows

    async def _texts(self, numbers: Sequence[str]) -> Mapping[str, Body]:
        missing = [number for number in numbers if number not in self._bodies]
        found = {number: self._bodies[number] for number in numbers if number in self._bodies}
        for number in found:
            self._bodies.move_to_end(number)
        for start in range(0, len(missing), ROWS):
            found |= codec.bodies(await self._parts(missing[start : start + ROWS]))
        for number in missing:
            if number in found and len(found[number].text) <= LONGEST_KEPT:
                self._bodies[number] = found[number]
        while len(self._bodies) > KEPT_BODIES:
            self._bodies.popitem(last=False)
        return found

    async def _parts(self, numbers: Sequence[str]) -> list[Json]:
        rows: list[Json] = []
        while True:
            after = rows[-1]["id"] if rows else "0"
            where = [
                {"field": "TransactionId", "operator": "IN", "value": list(numbers)},
                {"field": "ContentType", "operator": "IN", "value": ["text/plain", "text/html"]},
                {"field": "id", "operator": ">", "value": after},
            ]
            params = {"per_page": ROWS, **codec.PARTS}
            answer = await self.ask("POST", "/attachments", params=params, json=where)
            items = _listing(answer.json(), self.http.system)["items"]
            _onward(items, after, self.http.system)
            rows += items
            count_rows(self.http.system, "attachments", len(rows))
            if len(items) < ROWS:
                return rows

    async def accounts(self, emails: Collection[str]) -> dict[str, str]:
        """Give the names of the active accounts that have these addresses."""
        found: dict[str, str] = {}
        wanted = sorted({one.strip().lower() for one in emails if "@" in one})
        for start in range(0, len(wanted), BATCH):
            some = wanted[start : start + BATCH]
            where = [{"field": "EmailAddress", "operator": "IN", "value": some}]
            params = {"fields": "Name,EmailAddress", "per_page": ROWS}
            answer = await self.ask("POST", "/users", params=params, json=where)
            shown = _listing(answer.json(), self.http.system, "Name", "EmailAddress")
            for one in shown["items"]:
                found[str(one["EmailAddress"]).lower()] = one["Name"]
                self.addresses[one["Name"]] = one["EmailAddress"]
        return {email: name for email, name in found.items() if email in wanted}

    async def record(self, kind: str, name: str) -> Json | None:
        """Give a user, queue or custom field by name or id; None where we may not see it."""
        answer = await self.ask(
            "GET",
            f"/{kind}/{quote(name, safe='')}",
            accept=(NOT_FOUND, FORBIDDEN),
            route=f"/{kind}/{{id}}",
        )
        return None if answer.status in (NOT_FOUND, FORBIDDEN) else _record(answer)

    async def required(self, kind: str, name: str) -> Json:
        """Give a record that must be there; raise NeedsHuman where it is not."""
        found = await self.record(kind, name)
        if found is None:
            raise NeedsHuman(
                f"{self.http.system} has no {kind} {name!r} that our user may see. Correct the"
                " configuration (is `url` what a browser shows before /Ticket/?), or grant our user"
                " the right to see it."
            )
        return found

    async def records(self, kind: str, names: Iterable[str]) -> list[Json | None]:
        """Give several records at once."""
        asked = [self.record(kind, name) for name in names]
        return list(await asyncio.gather(*asked))


def _record(answer: Response, *names: str) -> Json:
    """Read one object; anything else was not answered by Request Tracker."""
    found = answer.json()
    if not isinstance(found, dict) or not found.keys() >= {"id", *names}:
        raise TryLater(f"{answer.named} was answered with JSON that shows no record")
    return found


def _listing(found: Any, system: str, *names: str) -> Json:
    """Read a list of objects that have an id and these names."""
    items = found.get("items") if isinstance(found, dict) else None
    wanted = {"id", *names}
    if isinstance(items, list) and all(
        isinstance(one, dict) and one.keys() >= wanted for one in items
    ):
        return dict(found)
    raise Unbelievable(
        f"{system} answered a search with something that is no list of what was asked for."
        " Is `url` right?"
    )


def _onward(items: Sequence[Json], after: int | str, system: str) -> None:
    """Refuse a page that repeats rows, which would be asked for again for ever (R3)."""
    if items and int(items[0]["id"]) <= int(after):
        raise Unbelievable(
            f"{system} showed rows again: it ignored the filter on id. Nothing was taken from them."
        )
