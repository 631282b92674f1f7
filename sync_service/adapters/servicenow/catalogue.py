"""The columns of an incident as every instance ships them, and what each holds.

Names are the vendor's. What an instance adds or changes is read from its dictionary (schema.py);
this table works without it and before it. Sources: vendor documentation of incident management,
servicenow.itsm's field lists; lengths as in the shipped dictionary (to be checked live).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sync_service.core.outgoing import Kind

USERS = "sys_user"
#: Columns of an instance's own: `u_` for customers, `x_` for scoped applications.
CUSTOM_PREFIXES = ("u_", "x_")
RAW = ".value"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `table` is where a reference points, `shown` the column that names its row."""

    name: str
    kind: Kind = Kind.TEXT
    writable: bool = True
    longest: int = 0
    table: str = ""
    shown: str = ""
    required: bool = False
    label: str = ""

    @property
    def coded(self) -> bool:
        """Tell whether the raw value differs from the one shown, so that `.value` makes sense."""
        return self.kind in {Kind.CHOICE, Kind.PERSON}


def _text(longest: int, *names: str) -> Iterable[Column]:
    return (Column(name, longest=longest) for name in names)


def _kind(kind: Kind, *names: str, writable: bool = True) -> Iterable[Column]:
    return (Column(name, kind, writable) for name in names)


def _people(*names: str) -> Iterable[Column]:
    return (Column(name, Kind.PERSON, table=USERS, shown="email") for name in names)


def _reference(table: str, shown: str, *names: str) -> Iterable[Column]:
    return (Column(name, Kind.CHOICE, table=table, shown=shown) for name in names)


def _by_name(*groups: Iterable[Column]) -> Mapping[str, Column]:
    return {column.name: column for group in groups for column in group}


COLUMNS: Mapping[str, Column] = _by_name(
    [Column("short_description", longest=160, required=True)],
    _text(4000, "description", "close_notes", "business_impact"),
    _text(100, "correlation_id", "correlation_display"),
    _kind(Kind.CHOICE, "state", "hold_reason", "close_code", "impact", "urgency", "severity"),
    _kind(Kind.CHOICE, "category", "subcategory", "contact_type", "escalation", "approval"),
    _kind(Kind.CHOICE, "priority", writable=False),
    _people("caller_id", "assigned_to", "opened_by", "resolved_by", "closed_by"),
    _reference("sys_user_group", "name", "assignment_group"),
    _reference("cmn_location", "name", "location"),
    _reference("core_company", "name", "company"),
    _reference("cmdb_ci", "name", "cmdb_ci"),
    _reference("cmdb_ci_service", "name", "business_service"),
    _reference("incident", "number", "parent_incident"),
    _reference("problem", "number", "problem_id"),
    _reference("change_request", "number", "rfc", "caused_by"),
    _kind(Kind.MOMENT, "opened_at", "resolved_at", "closed_at", "due_date", "follow_up"),
    _kind(Kind.MOMENT, "sys_created_on", "sys_updated_on", writable=False),
    _kind(Kind.BOOL, "active", "made_sla", writable=False),
    _kind(Kind.BOOL, "knowledge"),
    _kind(Kind.NUMBER, "reassignment_count", "reopen_count", "sys_mod_count", writable=False),
    _kind(Kind.TEXT, "number", "sys_created_by", "sys_updated_by", writable=False),
)
#: Asked for in every row, whatever the dictionary says.
CORE = ("sys_id", "number", "sys_updated_on", "sys_created_on", "sys_mod_count", "sys_created_by")
