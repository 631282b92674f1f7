"""What the instance says about its columns and choices, over the catalogue. Pure.

The surprise: nothing here is certain to be readable. Without the dictionary the built-in columns
still work, and further columns that a row shows are taken for text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync_service.adapters.base import FieldInfo
from sync_service.adapters.servicenow.catalogue import (
    COLUMNS,
    CORE,
    CUSTOM_PREFIXES,
    RAW,
    USERS,
    Column,
)
from sync_service.core.outgoing import Kind

#: A row of the Table API with raw values only.
Raw = Mapping[str, str]
#: Dictionary types that hold no plain value: comments, secrets, lists and scripts.
UNUSED = ("journal", "password", "glide_list", "collection", "script", "user_image", "condition")
KINDS = {
    "boolean": Kind.BOOL,
    "glide_date_time": Kind.MOMENT,
    "due_date": Kind.MOMENT,
    "html": Kind.HTML,
    "translated_html": Kind.HTML,
    "integer": Kind.NUMBER,
    "longint": Kind.NUMBER,
    "decimal": Kind.NUMBER,
    "float": Kind.NUMBER,
}


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of each column as raw value by label, in the instance's order."""

    by_label: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def raw(self, name: str, label: str) -> str | None:
        """Find the raw value that shows as `label`."""
        return self.by_label.get(name, {}).get(label.strip())

    def label(self, name: str, raw: str) -> str:
        """Give what a raw value shows as, or the value itself where no choice says."""
        found = (label for label, value in self.by_label.get(name, {}).items() if value == raw)
        return next(found, raw)

    @classmethod
    def of(cls, rows: Iterable[Raw], tables: Sequence[str], language: str) -> Choices:
        """Read rows of `sys_choice`; a nearer table's choices replace those it inherits."""
        chosen: dict[str, dict[str, dict[str, str]]] = {}
        for row in rows:
            if row.get("language", language) == language and row.get("element"):
                of_table = chosen.setdefault(row["element"], {}).setdefault(row["name"], {})
                of_table.setdefault(row["label"].strip(), row["value"])
        nearest = {
            element: next(found[table] for table in tables if table in found)
            for element, found in chosen.items()
            if any(table in found for table in tables)
        }
        return cls(nearest)


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns that tickets have; `whole` once the instance told its own."""

    columns: Mapping[str, Column] = field(default_factory=lambda: COLUMNS)
    choices: Choices = field(default_factory=Choices)
    whole: bool = False

    def column(self, name: str) -> Column | None:
        """Find a column by a mapping's name, with or without `.value`."""
        bare = name.removesuffix(RAW)
        found = self.columns.get(bare)
        if found is None and not self.whole and bare.startswith(CUSTOM_PREFIXES):
            found = Column(bare)
        return None if found is None or (name != bare and not found.coded) else found

    def kind(self, name: str) -> Kind | None:
        """Tell what a mapping's name holds; None if there is no such column."""
        column = self.column(name)
        if column is None:
            return None
        return Kind.TEXT if name.endswith(RAW) else column.kind

    def asked(self) -> tuple[str, ...]:
        """List the columns that a row must carry, people with their e-mail address."""
        emails = (f"{c.name}.email" for c in self.columns.values() if c.kind is Kind.PERSON)
        return tuple(dict.fromkeys([*CORE, *self.columns, *emails]))

    def called(self, words: set[str]) -> set[str]:
        """Find the columns that are among these words, in lower case, by name or by label."""
        labelled = {
            (c.label or c.name.replace("_", " ")).casefold(): c for c in self.columns.values()
        }
        by_word = {**labelled, **self.columns}
        return {by_word[word].name for word in words if word in by_word}

    def infos(self) -> list[FieldInfo]:
        """List the columns for people who write mappings."""
        return [
            FieldInfo(
                c.name,
                c.kind,
                c.writable,
                c.required,
                c.longest,
                tuple(self.choices.by_label.get(c.name, ())),
            )
            for c in self.columns.values()
        ]


def learn(dictionary: Iterable[Raw], sample: Iterable[str], choices: Choices) -> Schema:
    """Join the catalogue with the dictionary's rows and the columns that a sample row showed."""
    rows = [row for row in dictionary if row.get("element")]
    columns = dict(COLUMNS)
    for row in rows:
        column = _column(row)
        known = COLUMNS.get(row["element"])
        if known is not None:
            longest = column.longest if column and known.longest else 0
            label = row.get("column_label", "")
            columns[known.name] = replace(known, longest=longest or known.longest, label=label)
        elif column is not None and column.name.startswith(CUSTOM_PREFIXES):
            columns[column.name] = column
    told, shown = {row["element"] for row in rows}, set(sample)
    for name in sorted(shown - told):
        if name.startswith(CUSTOM_PREFIXES):
            columns.setdefault(name, Column(name))
    if told | shown:
        columns = {name: one for name, one in columns.items() if name in told | shown}
    return Schema(columns, choices, whole=bool(told | shown))


def _column(row: Raw) -> Column | None:
    """Read one row of the dictionary; None for a type that holds no plain value."""
    type, table = row.get("internal_type", "string"), row.get("reference", "")
    if any(word in type for word in UNUSED):
        return None
    longest = int(row["max_length"]) if row.get("max_length", "").isdecimal() else 0
    plain = Column(
        row["element"],
        KINDS.get(type, Kind.TEXT),
        writable=row.get("read_only") != "true",
        required=row.get("mandatory") == "true",
        label=row.get("column_label", ""),
    )
    if type == "reference" and table == USERS:
        return replace(plain, kind=Kind.PERSON, table=table, shown="email")
    if type == "reference":
        return replace(plain, kind=Kind.CHOICE, table=table, shown="name")
    if row.get("choice") in {"1", "2", "3"}:
        return replace(plain, kind=Kind.CHOICE)
    return replace(plain, longest=longest if plain.kind is Kind.TEXT else 0)
