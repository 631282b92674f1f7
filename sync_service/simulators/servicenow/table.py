"""One table in memory: rows by id, standing orders by date and id, and look-ups by value.

A row is a mapping of texts, as in the vendor's raw answers; an absent field is the empty text.
Rows are never changed in place, and `generation` moves with every change of the table.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator

from sync_service.simulators.servicenow.schema import Row, Schema

STANDING = ("sys_id", "sys_updated_on", "sys_created_on")


class Table:
    """The rows of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.rows: dict[str, Row] = {}
        self.generation = 0
        self._orders: dict[str, list[tuple[str, str]]] = {
            name: [] for name in STANDING if name in schema.fields
        }
        self._look_ups: dict[str, dict[str, dict[str, None]]] = {
            name: {} for name in schema.indexed
        }

    def put(self, row: Row) -> Row:
        """Insert the row, or replace the one of the same `sys_id`."""
        id = row["sys_id"]
        self.drop(id)
        self.rows[id] = row
        for name, order in self._orders.items():
            insort(order, (row.get(name, ""), id))
        for name, values in self._look_ups.items():
            values.setdefault(row.get(name, "").casefold(), {})[id] = None
        return row

    def drop(self, id: str) -> None:
        """Remove the row, if there is one."""
        self.generation += 1
        old = self.rows.pop(id, None)
        if old is None:
            return
        for name, order in self._orders.items():
            del order[bisect_left(order, (old.get(name, ""), id))]
        for name, values in self._look_ups.items():
            ids = values[old.get(name, "").casefold()]
            del ids[id]
            if not ids:
                del values[old.get(name, "").casefold()]

    def indexes(self, name: str) -> bool:
        return name in self._look_ups

    def orders(self, name: str) -> bool:
        return name in self._orders

    def look_up(self, name: str, values: Iterable[str]) -> dict[str, None]:
        """Give the ids of rows whose indexed field has one of the values, in any case."""
        index = self._look_ups[name]
        found: dict[str, None] = {}
        for value in values:
            found |= index.get(value.casefold(), {})
        return found

    def having(self, name: str, value: str) -> list[Row]:
        """Give the rows whose indexed field has the value."""
        return [self.rows[id] for id in self.look_up(name, [value])]

    def in_order(self, name: str, least: str = "") -> Iterator[Row]:
        """Give the rows ascending by a standing order, then by id, from value `least` on."""
        order = self._orders[name]
        return (self.rows[id] for _, id in order[bisect_left(order, (least, "")) :])
