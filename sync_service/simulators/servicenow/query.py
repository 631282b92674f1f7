"""Encoded queries: `a=1^b>2^ORc=3^NQd=4^ORDERBYe`.

`^OR` binds to the condition right before it, `^NQ` starts another query whose rows are added,
`^^` stands for a caret. The surprise: a part that makes no sense (an unknown field, a bad date)
is left out and the rest runs, so a misspelled filter returns the whole table.
Source: vendor docs, encoded query strings; itsm-vendors reference 1.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

OPERATORS = (
    "ISNOTEMPTY", "ISEMPTY", "NOT LIKE", "NOT IN", "STARTSWITH", "ENDSWITH", "CONTAINS",
    "BETWEEN", "ANYTHING", "LIKE", "IN", "!=", ">=", "<=", "=", ">", "<",
)  # fmt: skip
CONDITION = re.compile(r"([A-Za-z0-9_.]+?)(" + "|".join(OPERATORS) + r")(.*)", re.DOTALL)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
CARET = "\0"
KindOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `kind` is the field's internal type."""

    field: str
    operator: str
    value: str
    kind: str

    @property
    def values(self) -> list[str]:
        return self.value.split(",")


Clause = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of any group, where a group wants one condition of each clause.

    `orders` are (field, descending); `invalid` are the parts that were left out.
    """

    groups: tuple[tuple[Clause, ...], ...] = ((),)
    orders: tuple[tuple[str, bool], ...] = ()
    invalid: tuple[str, ...] = ()


def parse(text: str, kind_of: KindOf) -> Query:
    """Read an encoded query; `kind_of` gives a field's type, None where there is no such field."""
    reader = _Reader(kind_of)
    for part in text.replace("^^", CARET).split("^"):
        reader.read(part)
    groups = tuple(tuple(tuple(clause) for clause in group if clause) for group in reader.groups)
    return Query(groups, tuple(reader.orders), tuple(reader.invalid))


class _Reader:
    """Collects the parts of one query."""

    def __init__(self, kind_of: KindOf) -> None:
        self._kind_of = kind_of
        self.groups: list[list[list[Condition]]] = [[]]
        self.orders: list[tuple[str, bool]] = []
        self.invalid: list[str] = []

    def read(self, part: str) -> None:
        if part in ("", "EQ"):
            return
        if part.startswith("ORDERBY"):
            self._order(part.removeprefix("ORDERBY"))
        elif part.startswith("NQ"):
            self.groups.append([])
            self.read(part.removeprefix("NQ"))
        elif part.startswith("OR") and self.groups[-1]:
            self._condition(part.removeprefix("OR"), self.groups[-1][-1])
        else:
            self.groups[-1].append([])
            self._condition(part, self.groups[-1][-1])

    def _order(self, rest: str) -> None:
        name = rest.removeprefix("DESC")
        if self._kind_of(name) is None:
            self.invalid.append(f"ORDERBY{rest}")
        else:
            self.orders.append((name, name != rest))

    def _condition(self, part: str, clause: list[Condition]) -> None:
        match = CONDITION.fullmatch(part)
        kind = self._kind_of(match[1]) if match else None
        if match is None or kind is None or not _readable(kind, match[2], match[3]):
            self.invalid.append(part.replace(CARET, "^"))
        else:
            clause.append(Condition(match[1], match[2], match[3].replace(CARET, "^"), kind))


def _readable(kind: str, operator: str, value: str) -> bool:
    if kind != "glide_date_time" or operator in ("ISEMPTY", "ISNOTEMPTY", "ANYTHING"):
        return True
    if operator in ("=", "!=") and not value:
        return True
    parts = value.split("@") if operator == "BETWEEN" else [value]
    return all(MOMENT.fullmatch(part) for part in parts)


def bound(query: Query, name: str) -> str:
    """Give a value that every matching row reaches in field `name`; "" where none is known."""
    return min((_group_bound(group, name) for group in query.groups), default="")


def _group_bound(group: tuple[Clause, ...], name: str) -> str:
    return max((min(_least(each, name) for each in clause) for clause in group), default="")


def _least(condition: Condition, name: str) -> str:
    if condition.field == name and condition.operator in ("=", ">", ">="):
        return condition.value
    return ""


def keyed(group: tuple[Clause, ...], indexed: Callable[[str], bool]) -> Iterator[Clause]:
    """Give the clauses of a group that look-ups alone can answer."""
    for clause in group:
        if all(indexed(each.field) and each.operator in ("=", "IN") for each in clause):
            yield clause
