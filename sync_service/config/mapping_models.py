"""The settings of a mapping file as pydantic models; system names are keys of their own."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from sync_service.config.models import Strict
from sync_service.config.units import Size

_CELL: dict[str, Any] = {"type": ["string", "number", "boolean", "null"]}
_CELLS: dict[str, Any] = {"anyOf": [_CELL, {"type": "array", "items": _CELL}]}
_ROW: dict[str, Any] = {"anyOf": [_CELLS, {"type": "object"}]}
_TABLE: dict[str, Any] = {
    "anyOf": [
        {"type": "object", "additionalProperties": _ROW},
        {"type": "array", "items": {"type": "object"}},
    ]
}


class FieldLine(BaseModel):
    """One line of `fields:`; beside these settings it names a field, or several, per system."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str | list[str]]

    value: str | None = Field(None, description="a template; the line is computed, one way")
    values: Annotated[Any, WithJsonSchema(_TABLE)] = Field(None, description="the value table")
    direction: str = Field("both", description="both | to SYSTEM | on create")
    default: Annotated[Any, WithJsonSchema(_CELLS)] = Field(
        None, description="what to write where the source is empty or has no row"
    )
    unknown: str = Field(
        "leave", description="unknown people: leave | clear | problem | a fallback's e-mail address"
    )
    drift: Literal["leave", "restore"] = "leave"
    lossy: Literal["ask", "overwrite"] = "ask"


class Comments(Strict):
    """Which comments flow where, and what their copies look like."""

    public: str = Field("both", description="both | to SYSTEM | never")
    internal: str = Field("never", description="both | to SYSTEM | never")
    edits: Literal["follow", "append", "ignore"] = "follow"
    automation: Literal["skip", "both"] = "skip"
    signature: str = "{{ author.name }} ({{ system }}, {{ created }})"


class Attachments(Strict):
    """Which files flow where. Read and checked, but files are not copied yet."""

    direction: str = Field("both", description="both | to SYSTEM | never")
    max_size: Size = 10_000_000


class RedactRule(Strict):
    """What is taken out of texts before they are stored or copied (R13).

    Without `pattern` and `named`, the fields' whole values.
    """

    pattern: str | None = Field(None, description="a regular expression with bounded repeats")
    named: str | list[str] | None = Field(
        None, description="us-ssn | phone | email | date-of-birth, or a list of them"
    )
    mark: str | None = Field(
        None, alias="with", description="what stands in its place; else [redacted] or its name"
    )
    fields: list[str] | None = Field(
        None, min_length=1, description="field names of either system; else every text"
    )
    comments: bool = Field(True, description="whether comments are redacted too")


class MappingFile(Strict):
    """The whole of a mapping file."""

    fields: list[FieldLine] = Field(min_length=1)
    on_create: dict[str, dict[str, Any]] = Field(
        {}, description="per system, what a ticket made there needs besides the lines"
    )
    comments: Comments = Comments()
    attachments: Attachments = Attachments()
    redact: list[RedactRule] = Field(
        [], max_length=50, description="what is taken out of texts before they are stored or copied"
    )
