"""Tables, their fields and their choice lists, as `sys_dictionary` and `sys_choice` tell them.

Incident extends Task: half of its fields are listed under `task` in the dictionary, so whoever
asks for `name=incident` alone sees too few (vendor docs: table extension).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One column. `kind` is the dictionary's internal type; `longest` its length in characters.

    `choices` says that a choice list hangs on it; `refers` names the table of a reference.
    """

    name: str
    label: str
    kind: str = "string"
    longest: int = 40
    read_only: bool = False
    choices: bool = False
    refers: str = ""
    table: str = ""

    @property
    def journal(self) -> bool:
        return self.kind.startswith("journal")


@dataclass(frozen=True, slots=True)
class Schema:
    """One table: its fields by name, the field shown for a reference, and what is indexed."""

    name: str
    fields: Mapping[str, Field]
    display: str = "name"
    indexed: tuple[str, ...] = ("sys_id",)


def text(name: str, label: str, longest: int = 40, *, read_only: bool = False) -> Field:
    return Field(name, label, longest=longest, read_only=read_only)


def choice(name: str, label: str, kind: str = "string", *, read_only: bool = False) -> Field:
    return Field(name, label, kind, read_only=read_only, choices=True)


def person(name: str, label: str, *, read_only: bool = False) -> Field:
    return Field(name, label, "reference", 32, read_only, refers="sys_user")


def refers(name: str, label: str, table: str) -> Field:
    return Field(name, label, "reference", 32, refers=table)


def moment(name: str, label: str, *, read_only: bool = False) -> Field:
    return Field(name, label, "glide_date_time", read_only=read_only)


def flag(name: str, label: str, *, read_only: bool = False) -> Field:
    return Field(name, label, "boolean", read_only=read_only)


def number(name: str, label: str) -> Field:
    return Field(name, label, "integer", read_only=True)


CREATED = (
    Field("sys_id", "Sys ID", "GUID", 32, read_only=True),
    moment("sys_created_on", "Created", read_only=True),
    text("sys_created_by", "Created by", read_only=True),
)
STAMPS = (
    *CREATED,
    moment("sys_updated_on", "Updated", read_only=True),
    text("sys_updated_by", "Updated by", read_only=True),
    number("sys_mod_count", "Updates"),
)
TASK = (
    *STAMPS,
    text("sys_class_name", "Task type", 80, read_only=True),
    text("number", "Number", read_only=True),
    text("short_description", "Short description", 160),
    text("description", "Description", 4000),
    choice("state", "State", "integer"),
    choice("impact", "Impact", "integer"),
    choice("urgency", "Urgency", "integer"),
    choice("priority", "Priority", "integer", read_only=True),
    person("assigned_to", "Assigned to"),
    refers("assignment_group", "Assignment group", "sys_user_group"),
    person("opened_by", "Opened by"),
    moment("opened_at", "Opened"),
    person("closed_by", "Closed by", read_only=True),
    moment("closed_at", "Closed", read_only=True),
    moment("due_date", "Due date"),
    flag("active", "Active", read_only=True),
    choice("contact_type", "Contact type"),
    refers("cmdb_ci", "Configuration item", "cmdb_ci"),
    refers("location", "Location", "cmn_location"),
    refers("parent", "Parent", "incident"),
    text("close_notes", "Resolution notes", 4000),
    text("correlation_id", "Correlation ID", 100),
    text("correlation_display", "Correlation display", 100),
    Field("comments", "Additional comments", "journal_input", 4000),
    Field("work_notes", "Work notes", "journal_input", 4000),
    Field(
        "comments_and_work_notes", "Comments and Work notes", "journal_list", 4000, read_only=True
    ),
)
OWN = (
    person("caller_id", "Caller"),
    choice("category", "Category"),
    choice("subcategory", "Subcategory"),
    choice("incident_state", "Incident state", "integer", read_only=True),
    choice("hold_reason", "On hold reason", "integer"),
    choice("close_code", "Resolution code"),
    person("resolved_by", "Resolved by", read_only=True),
    moment("resolved_at", "Resolved", read_only=True),
    number("reopen_count", "Reopen count"),
    refers("parent_incident", "Parent Incident", "incident"),
    text("u_incident_iq_number", "Incident IQ number"),
    Field("u_incident_iq_url", "Incident IQ link", "url", 1024),
    text("u_asset_tag", "Asset tag"),
    text("u_room", "Room"),
)


def _schema(
    name: str, fields: Iterable[Field], display: str = "name", indexed: tuple[str, ...] = ()
) -> Schema:
    by_name = {field.name: field for field in fields}
    return Schema(name, MappingProxyType(by_name), display, ("sys_id", *indexed))


def _of(table: str, fields: Iterable[Field]) -> list[Field]:
    return [replace(field, table=table) for field in fields]


INCIDENT = _schema(
    "incident",
    [*_of("task", TASK), *_of("incident", OWN)],
    "number",
    ("number", "correlation_id", "u_incident_iq_number", "caller_id", "assigned_to"),
)
USER = _schema(
    "sys_user",
    (
        *STAMPS,
        text("user_name", "User ID"),
        text("name", "Name", 151),
        text("first_name", "First name", 50),
        text("last_name", "Last name", 50),
        text("email", "Email", 100),
        flag("active", "Active"),
        text("title", "Title", 60),
        refers("location", "Location", "cmn_location"),
        text("time_zone", "Time zone"),
        text("date_format", "Date format"),
        text("time_format", "Time format"),
        text("preferred_language", "Language"),
    ),
    indexed=("user_name", "email", "name"),
)
JOURNAL = _schema(
    "sys_journal_field",
    (
        *CREATED,
        text("name", "Name", 80),
        text("element", "Element", 80),
        text("element_id", "Element ID", 32),
        text("value", "Value", 4000),
    ),
    "element",
    ("element_id",),
)
AUDIT = _schema(
    "sys_audit",
    (
        *CREATED,
        text("tablename", "Table name", 80),
        text("fieldname", "Field name", 80),
        text("documentkey", "Document key", 32),
        text("oldvalue", "Old value", 4000),
        text("newvalue", "New value", 4000),
        text("user", "User"),
        text("reason", "Reason"),
        number("record_checkpoint", "Update count"),
    ),
    "fieldname",
    ("documentkey",),
)
AUDIT_DELETE = _schema(
    "sys_audit_delete",
    (
        *STAMPS,
        text("tablename", "Table name", 80),
        text("documentkey", "Document key", 32),
        text("display_value", "Display value", 255),
        text("user", "User"),
    ),
    "display_value",
    ("documentkey",),
)
DICTIONARY = _schema(
    "sys_dictionary",
    (
        *STAMPS,
        text("name", "Table", 80),
        text("element", "Column name", 80),
        text("column_label", "Column label", 80),
        text("internal_type", "Type"),
        number("max_length", "Max length"),
        text("reference", "Reference", 80),
        flag("read_only", "Read only"),
        flag("mandatory", "Mandatory"),
        number("choice", "Choice"),
        flag("active", "Active"),
    ),
    "element",
    ("name", "element"),
)
CHOICE = _schema(
    "sys_choice",
    (
        *STAMPS,
        text("name", "Table", 80),
        text("element", "Element", 80),
        text("label", "Label", 100),
        text("value", "Value", 40),
        text("language", "Language"),
        number("sequence", "Sequence"),
        flag("inactive", "Inactive"),
    ),
    "label",
    ("name", "element"),
)
NAMED = (*STAMPS, text("name", "Name", 255))
SCHEMAS = (
    INCIDENT,
    USER,
    JOURNAL,
    AUDIT,
    AUDIT_DELETE,
    DICTIONARY,
    CHOICE,
    _schema(
        "sys_user_group",
        (*NAMED, text("email", "Group email", 100), flag("active", "Active")),
        indexed=("name",),
    ),
    _schema(
        "sys_db_object",
        (
            *STAMPS,
            text("name", "Name", 80),
            text("label", "Label", 80),
            refers("super_class", "Extends table", "sys_db_object"),
        ),
        "label",
        ("name",),
    ),
    _schema(
        "sys_user_grmember",
        (*STAMPS, person("user", "User"), refers("group", "Group", "sys_user_group")),
        "user",
        ("user", "group"),
    ),
    _schema("cmn_location", (*NAMED, text("full_name", "Full name", 255)), indexed=("name",)),
    _schema(
        "cmdb_ci",
        (*NAMED, text("asset_tag", "Asset tag"), text("sys_class_name", "Class", 80)),
        indexed=("name", "asset_tag"),
    ),
    _schema("sys_properties", (*NAMED, text("value", "Value", 4000)), indexed=("name",)),
)
