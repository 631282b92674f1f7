"""Values as mappings write them, to the raw values that the Table API takes.

The surprise: the instance stores an unknown reference raw or drops it, and answers 200 either way,
so every name is resolved before anything is sent, and what cannot be resolved is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync_service.adapters.servicenow import codec, marker, stamps
from sync_service.adapters.servicenow.catalogue import RAW, USERS, Column
from sync_service.adapters.servicenow.names import Names
from sync_service.adapters.servicenow.schema import Schema
from sync_service.core.outgoing import Births, Kind
from sync_service.core.values import Fields, Value
from sync_service.errors import Rejected

#: Journals, which an update can only add to; a value table's `with:` may bring them.
JOURNALS = ("comments", "work_notes")
LISTS = {
    "group": ("sys_user_group", "name"),
    "location": ("cmn_location", "name"),
    "company": ("core_company", "name"),
    "configuration item": ("cmdb_ci", "name"),
}
#: What `on_create` may say: any column, and look-ups of these.
BIRTHS = Births(
    lookups={"user": "email", **dict.fromkeys(LISTS, "name")}, fields=True, others=False
)


class Unresolved(ValueError):
    """A value that the instance has no row or choice for; the message completes a sentence."""


class Encoder:
    """Turns values into raw ones with one schema; make a new one when the schema changes."""

    def __init__(self, system: str, schema: Schema, names: Names) -> None:
        self._system, self._schema, self._names = system, schema, names

    async def fields(self, given: Fields) -> dict[str, str]:
        """Give the raw values to send; raise `Rejected` naming every field that cannot be sent."""
        raw: dict[str, str] = {}
        wrong: dict[str, str] = {}
        for name, value in given.items():
            try:
                raw[name.removesuffix(RAW)] = await self._field(name, value)
            except Unresolved as exc:
                wrong[name] = str(exc)
        if wrong:
            told = "; ".join(f"{name} {why}" for name, why in wrong.items())
            raise Rejected(f"nothing was sent to {self._system}: {told}", told, tuple(wrong))
        return raw

    async def _field(self, name: str, value: Value) -> str:
        if name in JOURNALS:
            return marker.harmless(str(value or ""))
        column = self._schema.column(name)
        if column is None:
            raise Unresolved("is no column of the table; `sync-service check` lists them")
        if not column.writable:
            raise Unresolved("is read-only")
        fitted = codec.fit(Column(column.name) if name.endswith(RAW) else column, value)
        if fitted is None:
            return ""
        return str(fitted) if name.endswith(RAW) else await self.raw(column, fitted)

    async def raw(self, column: Column, value: Value) -> str:
        """Give the raw value of a filled column; raise `Unresolved` if there is none."""
        if isinstance(value, bool):
            return "true" if value else "false"
        if column.kind is Kind.MOMENT:
            return _moment(str(value))
        if column.kind is Kind.PERSON:
            return await self._person(str(value))
        if column.table:
            return await self._row(column.table, column.shown, str(value))
        if column.kind is Kind.CHOICE:
            return self._choice(column.name, str(value))
        return str(value)

    def _choice(self, name: str, label: str) -> str:
        known = self._schema.choices.by_label.get(name)
        raw = self._schema.choices.raw(name, label)
        if raw is None and known:
            raise Unresolved(f"has no choice {label!r}; there are: {', '.join(known)}")
        return label if raw is None else raw  # a column without a list takes any text

    async def _person(self, email: str) -> str:
        found = await self._names.active([email])
        if email.lower() not in found:
            raise Unresolved("names somebody who is no active user with that e-mail address")
        return found[email.lower()]

    async def _row(self, table: str, shown: str, name: str) -> str:
        found = await self._names.reference(table, shown, name)
        if found is None:
            raise Unresolved(f"names {name!r}, but {table} has not exactly one row of that {shown}")
        return found

    async def extras(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Give the raw values of `on_create`: look-ups with an `else`, or values as mappings write.

        Raises `Rejected` naming every field that cannot be sent.
        """
        plain = {name: one for name, one in given.items() if not isinstance(one, Mapping)}
        raw = await self.fields(plain)
        for name, one in given.items():
            if isinstance(one, Mapping):
                raw[name] = await self._looked_up(name, one)
        return raw

    async def _looked_up(self, name: str, order: Mapping[str, Any]) -> str:
        kind = str(order.get("lookup", ""))
        tried = [str(order.get(key) or "").strip() for key in ("email", "name", "else")]
        why = "has no value to look up"
        for wanted in (one for one in tried if one):
            try:
                return await self._listed(kind, wanted)
            except Unresolved as exc:
                why = str(exc)
        told = f"on_create {name} {why}"
        raise Rejected(f"nothing was sent to {self._system}: {told}", told, (name,))

    async def _listed(self, kind: str, wanted: str) -> str:
        if kind == "user":
            return await self._person(wanted.lower())
        if kind not in LISTS:
            known = ", ".join(["user", *LISTS])
            raise Unresolved(f"asks to look up {kind!r}; there are: {known}")
        return await self._row(*LISTS[kind], wanted)


def _moment(value: str) -> str:
    try:
        return stamps.raw(stamps.from_iso(value))
    except ValueError as exc:
        raise Unresolved("is not a date and time in ISO 8601") from exc


__all__ = ["BIRTHS", "JOURNALS", "LISTS", "USERS", "Encoder", "Unresolved"]
