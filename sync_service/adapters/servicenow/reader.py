"""Tickets by id, by key and by value.

A look-up by id asks the database itself and sees what was just written. The surprise: absence is
believed only where the answer's count says that no row was hidden from us (R4).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sync_service.adapters.base import Found
from sync_service.adapters.servicenow import codec, query
from sync_service.adapters.servicenow.catalogue import RAW, Column
from sync_service.adapters.servicenow.instance import Instance
from sync_service.adapters.servicenow.journal import TEXTS
from sync_service.core.outgoing import Kind
from sync_service.core.values import Comment, Gone, Reading, Ticket, Value
from sync_service.errors import TryLater, Unbelievable

#: Ids that one batch asks for: 100 of 33 characters stay far below common limits of an address.
BATCH = 100
KEYS_AT_ONCE, AT_ONCE = 25, 50
MOST_COPIES = 200


class Reader:
    """Reads tickets of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def get(self, ids: Sequence[str]) -> Mapping[str, Reading]:
        """Read tickets as `Adapter.get` says: two requests for each hundred of them."""
        found: dict[str, Reading] = {}
        asked = [id for id in dict.fromkeys(ids) if query.searchable(id)]
        for some in query.chunks(asked, BATCH):
            found |= await self._batch(some)
        return {id: found.get(id) or self._gone(id) for id in ids}

    def _gone(self, id: str) -> Gone:
        table = self._instance.settings.table
        return Gone(
            f"{self._instance.api.system} shows no {table} {id}: deleted, or hidden from our user"
        )

    async def _batch(self, ids: Sequence[str], *, again: bool = True) -> dict[str, Ticket]:
        """Read comments first, then the tickets (R1); an empty journal must be borne out."""
        instance = self._instance
        entries = await instance.journal.rows(ids)
        rows = await self._rows(ids, () if entries else TEXTS)
        if not entries and (telling := [row for row in rows if _speaks(row)]):
            if again:  # somebody may have commented between the two reads
                return await self._batch(ids, again=False)
            raise instance.journal.hidden(codec.value(telling[0], "sys_id"))
        comments = await instance.journal.comments(entries, instance.me.user_name)
        return {ticket.id: ticket for ticket in (self._whole(row, comments) for row in rows)}

    async def _rows(self, ids: Sequence[str], also: Sequence[str]) -> Sequence[codec.Row]:
        instance = self._instance
        table = instance.settings.table
        columns = (*instance.asked(), *also)
        window = await instance.api.window(
            table, query.one_of("sys_id", ids), columns, max(len(ids), 2)
        )
        if any(codec.value(row, "sys_id") not in ids for row in window.rows):
            raise Unbelievable(
                f"{instance.api.system} answered a query of {table} by sys_id with other tickets:"
                " the filter was ignored"
            )
        return window.rows

    def _whole(self, row: codec.Row, comments: Mapping[str, tuple[Comment, ...]]) -> Ticket:
        ticket = self._instance.ticket(row)
        return replace(ticket, comments=comments.get(ticket.id, ()))

    async def find(self, keys: Sequence[str]) -> Found:
        """Look tickets up by key as `Adapter.find` says."""
        tickets: dict[str, tuple[Ticket, ...]] = dict.fromkeys(keys, ())
        wanted = [key for key in tickets if query.searchable(key)]
        proven = len(wanted) == len(tickets)
        for some in query.chunks(wanted, KEYS_AT_ONCE):
            rows, whole = await self._copies(some)
            proven = proven and whole
            for ticket in map(self._instance.ticket, rows):
                if ticket.key in tickets:
                    tickets[ticket.key] += (ticket,)
        return Found(tickets, proven)

    async def _copies(self, keys: Sequence[str]) -> tuple[Sequence[codec.Row], bool]:
        """Read the tickets of these keys; tell whether the filter was applied and hid none."""
        instance, name = self._instance, self._instance.settings.key_field
        asked = query.both(query.one_of(name, keys), "ORDERBYsys_created_on", "ORDERBYsys_id")
        window = await instance.api.window(
            instance.settings.table, asked, instance.asked(), MOST_COPIES
        )
        among = {key.casefold() for key in keys}
        applied = all(codec.value(row, name).casefold() in among for row in window.rows)
        return (window.rows, window.whole) if applied else ((), False)

    async def match(self, name: str, values: Sequence[Value]) -> Mapping[Value, tuple[str, ...]]:
        """Find tickets by a field as `Adapter.match` says."""
        found: dict[Value, tuple[str, ...]] = dict.fromkeys(values, ())
        column = self._instance.schema.column(name)
        if column is None:
            return found
        raw = {text for value in values if (text := self._asked(name, column, value))}
        plain = sorted(one for one in raw if query.searchable(one))
        odd = {query.piece(one) for one in raw if not query.searchable(one)} - {""}
        searched = _searched(name, column)
        tickets = await self._exactly(searched, plain)
        for part in sorted(odd):
            tickets |= await self._holding(searched, part)
        for ticket in tickets.values():
            if (value := ticket.fields.get(name)) in found:
                found[value] += (ticket.id,)
        return found

    async def _exactly(self, name: str, values: Sequence[str]) -> dict[str, Ticket]:
        tickets: dict[str, Ticket] = {}
        for some in query.chunks(values, AT_ONCE):
            among = {value.casefold() for value in some}
            tickets |= await self._showing(name, query.one_of(name, some), among.__contains__)
        return tickets

    async def _holding(self, name: str, part: str) -> dict[str, Ticket]:
        """Find by a part of what no query may carry whole; the caller compares."""
        condition = f"{name}LIKE{query.quoted(part)}"
        return await self._showing(name, condition, lambda text: part.casefold() in text)

    def _asked(self, name: str, column: Column, value: Value) -> str:
        """Give what to compare the column with; "" for nothing."""
        text = "" if value is None or isinstance(value, tuple) else str(value)
        if isinstance(value, bool):
            text = text.lower()
        plain_choice = column.kind is Kind.CHOICE and not column.table and not name.endswith(RAW)
        if plain_choice:
            text = self._instance.schema.choices.raw(column.name, text) or text
        return text.strip()

    async def _showing(
        self, name: str, condition: str, wanted: Callable[[str], bool]
    ) -> dict[str, Ticket]:
        instance, found = self._instance, dict[str, Ticket]()
        table, columns = instance.settings.table, (*instance.asked(), name)
        walk = instance.api.walk(
            table, condition, columns, "sys_created_on", instance.settings.page_size
        )
        async for window in walk:
            for row in window.rows:
                if not wanted(codec.value(row, name).strip().casefold()):
                    raise TryLater(
                        f"{instance.api.system} found tickets by {name} that do not show the value:"
                        " the filter was ignored, or they just changed"
                    )
                ticket = instance.ticket(row)
                found[ticket.id] = ticket
        return found


def _searched(name: str, column: Column) -> str:
    """Name what a query compares: a reference by what its row shows."""
    if name.endswith(RAW) or not column.table:
        return column.name
    return f"{column.name}.{column.shown}"


def _speaks(row: codec.Row) -> bool:
    return any(codec.display(row, name).strip() for name in TEXTS)
