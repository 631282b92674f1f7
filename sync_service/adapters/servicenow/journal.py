"""Comments: entries of `sys_journal_field`, which belong to tickets by `element_id`.

The surprise is a trap: an account without the right to read that table gets 200 and no rows, which
looks like tickets without comments. So an empty journal is believed only if the tickets themselves
show no comment text either. Source: reference itsm-vendors 1, comments.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from sync_service.adapters.servicenow import codec, marker, query, stamps
from sync_service.adapters.servicenow.names import Names, User
from sync_service.adapters.servicenow.table import TableApi
from sync_service.core.values import Comment, InternalNote, PublicComment
from sync_service.errors import AuthFailed, Unbelievable

JOURNAL = "sys_journal_field"
PUBLIC, INTERNAL = "comments", "work_notes"
TEXTS = (PUBLIC, INTERNAL)
FIELDS = ("sys_id", "element_id", "element", "value", "sys_created_on", "sys_created_by")
BOTH = f"elementIN{PUBLIC},{INTERNAL}"


class Journal:
    """Reads comments of tickets, for one account."""

    def __init__(self, api: TableApi, names: Names) -> None:
        self._api, self._names = api, names

    async def rows(self, ids: Sequence[str]) -> list[codec.Row]:
        """Read all entries of these tickets, oldest first; raise `Unbelievable` for one in part.

        Without its words a comment would be an empty one, and without its author ours a person's (R21).
        """
        asked = query.both(query.one_of("element_id", ids), BOTH)
        rows = await self._api.all_rows(JOURNAL, asked, FIELDS, "sys_created_on")
        if any(codec.value(row, "element_id") not in ids for row in rows):
            raise Unbelievable(
                f"{self._api.system} answered a query of {JOURNAL} with entries of other tickets:"
                " the filter on element_id was ignored"
            )
        lacking = [name for name in FIELDS if not all(codec.tells(row, name) for row in rows)]
        if lacking:
            raise Unbelievable(
                f"{self._api.system} showed entries of {JOURNAL} without {', '.join(lacking)}, so what"
                " was said cannot be told. May our user read those columns? Run `sync-service check`."
            )
        return rows

    async def newest(self, id: str, element: str, me: str) -> list[codec.Row]:
        """Read our own latest entries of one ticket, newest first."""
        mine = query.both(f"element_id={id}", f"element={element}", f"sys_created_by={me}")
        asked = query.both(mine, "ORDERBYDESCsys_created_on", "ORDERBYDESCsys_id")
        window = await self._api.window(JOURNAL, asked, FIELDS, 50)
        return [row for row in window.rows if codec.value(row, "element_id") == id]

    async def comments(
        self, rows: Iterable[codec.Row], me: str
    ) -> Mapping[str, tuple[Comment, ...]]:
        """Give the entries as comments by ticket, their authors named."""
        entries = list(rows)
        authors = await self._names.users(codec.value(row, "sys_created_by") for row in entries)
        found: dict[str, list[Comment]] = {}
        for row in entries:
            author = authors.get(codec.value(row, "sys_created_by").casefold(), User("", ""))
            found.setdefault(codec.value(row, "element_id"), []).append(comment(row, author, me))
        return {id: tuple(some) for id, some in found.items()}

    def hidden(self, id: str) -> AuthFailed:
        """Say that comments exist which our user cannot read."""
        return AuthFailed(
            f"{self._api.system} shows comments on ticket {id} but no entry of {JOURNAL}: our user"
            " may not read that table. Give it a read right there (an ACL on"
            f" {JOURNAL}), then run `sync-service check`."
        )


def comment(row: codec.Row, author: User, me: str) -> Comment:
    """Read one entry; only our own entries can carry an origin (R21)."""
    text, element = codec.value(row, "value"), codec.value(row, "element")
    ours = codec.value(row, "sys_created_by").casefold() == me.casefold()
    body, origin = marker.unmark(text) if ours else (marker.read(text), None)
    make = PublicComment if element == PUBLIC else InternalNote
    return make(
        id=codec.value(row, "sys_id"),
        body=body,
        created=stamps.moment(codec.value(row, "sys_created_on")),
        author=author.person,
        ours=ours,
        automation=author.robot and not ours,
        origin=origin,
        version=hashlib.sha256(f"{element}\n{text}".encode()).hexdigest()[:16],
    )
