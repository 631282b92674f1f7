"""Rows as the Table API answers them: which fields, raw or displayed, references with links.

Unknown names in `sysparm_fields` are dropped without a word (vendor docs: Table API).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sync_service.simulators.servicenow.database import Database
from sync_service.simulators.servicenow.display import Style, display
from sync_service.simulators.servicenow.schema import Field, Row

Show = Callable[[Row], Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """How the caller wants rows: `values` is false, true or all; `links` on references."""

    values: str = "false"
    links: bool = True
    fields: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wish":
        """Read the parameters of a request; odd values mean the default."""
        values = query.get("sysparm_display_value", "false").lower()
        return cls(
            values=values if values in ("true", "all") else "false",
            links=query.get("sysparm_exclude_reference_link", "false").lower() != "true",
            fields=query.get("sysparm_fields", ""),
        )


class Renderer:
    """Shows rows of one table to one user."""

    def __init__(self, database: Database, table: str, wish: Wish, style: Style, base: str) -> None:
        self._database, self._table = database, table
        self._wish, self._style, self._base = wish, style, base
        self._shows = {name: self._show(name) for name in self._names()}

    def __call__(self, row: Row) -> dict[str, Any]:
        return {name: show(row) for name, show in self._shows.items()}

    def _names(self) -> list[str]:
        known = self._database[self._table].schema.fields
        asked = [name.strip() for name in self._wish.fields.split(",") if name.strip()]
        if not asked:
            return sorted(known)
        return [name for name in asked if self._database.field(self._table, name)]

    def _show(self, name: str) -> Show:
        field = self._database.field(self._table, name)
        if field is None:
            raise KeyError(name)
        plain = self._plain(field)
        if "." not in name:
            return plain
        return lambda row: self._dotted(plain, row, name)

    def _dotted(self, plain: Show, row: Row, name: str) -> Any:
        owner, _ = self._database.walk(self._table, row, name)
        blank = {"display_value": "", "value": ""} if self._wish.values == "all" else ""
        return plain(owner) if owner else blank

    def _plain(self, field: Field) -> Show:
        if self._wish.values == "all":
            return lambda row: self._both(field, row)
        shown = self._shown if self._wish.values == "true" else self._raw
        if not field.refers or not self._wish.links:
            return lambda row: shown(field, row)
        key = "display_value" if self._wish.values == "true" else "value"
        return lambda row: self._linked(field, row, key, shown(field, row))

    def _raw(self, field: Field, row: Row) -> str:
        return "" if field.journal else row.get(field.name, "")

    def _shown(self, field: Field, row: Row) -> str:
        return display(self._database, field, row, self._style)

    def _both(self, field: Field, row: Row) -> dict[str, str]:
        both = {"display_value": self._shown(field, row), "value": self._raw(field, row)}
        if field.refers and self._wish.links and both["value"]:
            both["link"] = self._link(field, row)
        return both

    def _linked(self, field: Field, row: Row, key: str, value: str) -> Any:
        if not row.get(field.name):
            return ""
        return {key: value, "link": self._link(field, row)}

    def _link(self, field: Field, row: Row) -> str:
        return f"{self._base}/api/now/table/{field.refers}/{row[field.name]}"
