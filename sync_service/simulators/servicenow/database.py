"""All tables of the instance, and how a dotted name walks from one to the next.

`caller_id.email` works in queries and in `sysparm_fields`; a reference that leads nowhere shows
as empty (vendor docs: dot-walking).
"""

from collections.abc import Callable, Iterable
from typing import Any

from sync_service.simulators.servicenow.compare import keeper
from sync_service.simulators.servicenow.query import Condition, Query, bound, keyed, parse
from sync_service.simulators.servicenow.schema import SCHEMAS, Field, Row
from sync_service.simulators.servicenow.table import STANDING, Table

KEPT_RESULTS = 32
DATES = ("sys_updated_on", "sys_created_on")


class Database:
    """The tables by name."""

    def __init__(self) -> None:
        self.tables = {schema.name: Table(schema) for schema in SCHEMAS}
        self._results: dict[tuple[str, str], tuple[int, list[str]]] = {}

    def __getitem__(self, name: str) -> Table:
        return self.tables[name]

    def field(self, table: str, name: str) -> Field | None:
        """Find the field that a name, dotted or not, ends at."""
        head, dot, rest = name.partition(".")
        field = self[table].schema.fields.get(head)
        if not dot or field is None:
            return field
        return self.field(field.refers, rest) if field.refers else None

    def value(self, table: str, row: Row, name: str) -> str:
        """Read a field by its name, dotted or not."""
        if "." not in name:
            return row.get(name, "")
        owner, last = self.walk(table, row, name)
        return owner.get(last, "")

    def walk(self, table: str, row: Row, name: str) -> tuple[Row, str]:
        """Follow a dotted name to the row that holds its last part; an empty row if it ends."""
        head, dot, rest = name.partition(".")
        if not dot:
            return row, name
        target = self[table].schema.fields[head].refers
        return self.walk(target, self[target].rows.get(row.get(head, ""), {}), rest)

    def parse(self, table: str, text: str) -> Query:
        """Read an encoded query on a table."""

        def kind_of(name: str) -> str | None:
            field = self.field(table, name)
            return field.kind if field else None

        return parse(text, kind_of)

    def select(self, table: str, text: str, *, strict: bool = False) -> list[str]:
        """Give the ids of matching rows in order; with `strict` an invalid part finds nothing.

        Results are kept until the table changes, so that paging does not search again.
        """
        place = self[table]
        known = self._results.get((table, text))
        query = self.parse(table, text)
        if strict and query.invalid:
            return []
        dotted = any("." in each.field for g in query.groups for c in g for each in c)
        dotted = dotted or any("." in name for name, _ in query.orders)
        if known and known[0] == place.generation and not dotted:
            return known[1]
        ids = [row["sys_id"] for row in self._ordered(table, query)]
        if len(self._results) >= KEPT_RESULTS:
            del self._results[next(iter(self._results))]
        self._results[table, text] = (place.generation, ids)
        return ids

    def _ordered(self, table: str, query: Query) -> list[Row]:
        """Filter what look-ups or a standing order leave, and sort it unless it is sorted."""
        place = self[table]
        standing = _standing(query)
        rows, scan = _few(place, query, standing)
        keep = keeper(query, lambda row, name: self.value(table, row, name))
        found = list(filter(keep, rows))
        if scan == standing != "":
            return found
        found.sort(key=lambda row: row["sys_id"])
        for name, descending in reversed(query.orders):
            found.sort(key=self._key(table, name), reverse=descending)
        return found

    def _key(self, table: str, name: str) -> Callable[[Row], Any]:
        field = self.field(table, name)
        if field is not None and field.kind == "integer":
            return lambda row: int(self.value(table, row, name) or 0)
        return lambda row: self.value(table, row, name).casefold()


def _standing(query: Query) -> str:
    """Name the standing order that is just the one asked for, or ""."""
    names = [name for name, _ in query.orders]
    if any(descending for _, descending in query.orders):
        return ""
    if not names:
        return "sys_id"
    return names[0] if names[0] in STANDING and names[1:] in ([], ["sys_id"]) else ""


def _few(place: Table, query: Query, standing: str) -> tuple[Iterable[Row], str]:
    """Give the rows that have to be tested, and the standing order they come in, if any."""
    known = _looked_up(place, query)
    if known is not None:
        return known, ""
    for name in filter(place.orders, DATES):
        least = bound(query, name)
        if least:
            return place.in_order(name, least), name
    return (place.in_order(standing), standing) if standing else (place.rows.values(), "")


def _looked_up(place: Table, query: Query) -> list[Row] | None:
    """Give the rows that look-ups leave to test, None if some group needs a scan."""
    ids: dict[str, None] = {}
    for group in query.groups:
        clause = next(keyed(group, place.indexes), None)
        if clause is None:
            return None
        for each in clause:
            ids |= place.look_up(each.field, _wanted(each))
    return [place.rows[id] for id in ids]


def _wanted(condition: Condition) -> list[str]:
    if condition.operator == "IN":
        return [value.strip() for value in condition.values]
    return [condition.value]
