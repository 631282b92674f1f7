"""The audit trail: `sys_audit`, where our user may read it.

The surprise: it holds raw values (numbers of choices, sys_ids), so they are put into the words that
fields show. Journals are audited too; a comment is no change of a field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sync_service.adapters.base import Touch
from sync_service.adapters.servicenow import codec, query, stamps
from sync_service.adapters.servicenow.catalogue import Column
from sync_service.adapters.servicenow.encode import JOURNALS
from sync_service.adapters.servicenow.instance import Instance
from sync_service.adapters.servicenow.trial import AUDIT
from sync_service.core.outgoing import Kind
from sync_service.core.values import Value
from sync_service.errors import Unbelievable

FIELDS = (
    "sys_id", "documentkey", "fieldname", "oldvalue", "newvalue", "user", "sys_created_on",
)  # fmt: skip
#: Shown values by column and raw value.
Shown = Mapping[tuple[str, str], str]


class Trail:
    """Reads who changed which field when."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def touched(self, ticket_id: str, since: datetime) -> Sequence[Touch] | None:
        """Read the trail as `Adapter.touched` says, oldest first, to the second."""
        instance = self._instance
        if not instance.audit and not await instance.reread_audit():
            return None
        asked = query.both(f"documentkey={ticket_id}", f"sys_created_on>={stamps.raw(since)}")
        rows = await instance.api.all_rows(AUDIT, asked, FIELDS, "sys_created_on")
        if any(codec.value(row, "documentkey") != ticket_id for row in rows):
            raise Unbelievable(
                f"{instance.api.system} answered a query of {AUDIT} with other tickets' entries:"
                " the filter on documentkey was ignored"
            )
        told = [row for row in rows if codec.value(row, "fieldname") not in JOURNALS]
        shown = await self._shown(told)
        by = await instance.names.users(codec.value(row, "user") for row in told)
        people = {name: user.email or user.user_name for name, user in by.items()}
        return [self._touch(row, shown, people) for row in told]

    def _touch(self, row: codec.Row, shown: Shown, people: Mapping[str, str]) -> Touch:
        name, by = codec.value(row, "fieldname"), codec.value(row, "user").casefold()
        return Touch(
            field=name,
            at=stamps.moment(codec.value(row, "sys_created_on")),
            ours=by == self._instance.me.user_name.casefold(),
            old=self._value(name, codec.value(row, "oldvalue"), shown),
            new=self._value(name, codec.value(row, "newvalue"), shown),
            by=people.get(by, by),
        )

    def _value(self, name: str, raw: str, shown: Shown) -> Value:
        column = self._instance.schema.column(name) or Column(name)
        if column.kind is Kind.CHOICE and not column.table:
            display = self._instance.schema.choices.label(name, raw)
        else:
            display = shown.get((name, raw), raw)
        return codec.shown({name: {"value": raw, "display_value": display}}, column)

    async def _shown(self, rows: Sequence[codec.Row]) -> Shown:
        """Look up what the references in these entries show."""
        found: dict[tuple[str, str], str] = {}
        for name in {codec.value(row, "fieldname") for row in rows}:
            column = self._instance.schema.column(name)
            if column is None or not column.table:
                continue
            entries = [row for row in rows if codec.value(row, "fieldname") == name]
            ids = {codec.value(r, part) for r in entries for part in ("oldvalue", "newvalue")}
            names = await self._instance.names.shown(column.table, column.shown, ids)
            found |= {(name, id): display for id, display in names.items()}
        return found
