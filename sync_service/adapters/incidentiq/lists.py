"""The site's own lists, through which names become ids: fields, steps, levels, teams, places."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sync_service.adapters.incidentiq.fields import CUSTOM
from sync_service.adapters.incidentiq.shapes import Json, guid, part, text
from sync_service.core.outgoing import Kind


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field of tickets; `editor` is the vendor's EditorTypeId."""

    id: str
    name: str
    editor: int = 1
    options: tuple[str, ...] = ()
    required: bool = False

    @property
    def kind(self) -> Kind:
        """What a mapping may put into it."""
        return Kind.CHOICE if self.options else Kind.TEXT


@dataclass(frozen=True, slots=True)
class Step:
    """A workflow step, which is what a ticket's status is; names repeat between workflows."""

    id: str
    name: str
    workflow: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A priority level: a band of scores."""

    id: str
    name: str
    low: int
    high: int

    @property
    def score(self) -> int:
        """A score inside the band: its upper end, or its lower where it has no real upper one."""
        return self.high if self.high < OPEN_END else max(self.low, 0)


OPEN_END = 9999


@dataclass(frozen=True, slots=True)
class Lists:
    """What `start` read. Ids by name are looked up without regard to case."""

    customs: Mapping[str, CustomField] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    levels: tuple[Level, ...] = ()
    teams: Mapping[str, str] = field(default_factory=dict)

    def custom(self, name: str) -> CustomField | None:
        """Find a custom field by its mapping name, with the prefix."""
        wanted = name.removeprefix(CUSTOM).casefold()
        return next((one for one in self.customs.values() if one.name.casefold() == wanted), None)

    def level(self, name: str) -> Level | None:
        """Find a priority level by its name."""
        wanted = name.strip().casefold()
        return next((one for one in self.levels if one.name.casefold() == wanted), None)

    def level_of(self, score: object) -> Level | None:
        """Find the level whose band holds a score."""
        if not isinstance(score, int | float):
            return None
        return next((one for one in self.levels if one.low <= score <= one.high), None)

    def step_names(self) -> tuple[str, ...]:
        """Give the step names of all workflows, each once."""
        return tuple(dict.fromkeys(step.name for step in self.steps))


def customs(found: Iterable[Json]) -> dict[str, CustomField]:
    """Read custom field definitions, by CustomFieldTypeId; CustomFieldId may be all zero."""
    read: dict[str, CustomField] = {}
    for row in found:
        kind = part(row, "CustomFieldType")
        ident, name = guid(row.get("CustomFieldTypeId")), text(kind.get("Name") or row.get("Name"))
        if ident and name and not row.get("IsDeleted"):
            editor = row.get("EditorTypeId") or kind.get("EditorType") or 1
            options = _options(row.get("Options") or kind.get("Options"))
            read[ident] = CustomField(
                ident, name, int(editor), options, bool(row.get("IsRequired"))
            )
    return read


def _options(given: Any) -> tuple[str, ...]:
    """Read the options of a list: an array or its JSON, lines, or words between commas."""
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except ValueError:
            given = given.splitlines() if "\n" in given.strip() else given.split(",")
    if isinstance(given, Mapping):
        given = next((value for value in given.values() if isinstance(value, list)), None)
    if not isinstance(given, list):
        return ()
    names = (_option(one) for one in given)
    return tuple(name for name in names if name)


def _option(one: Any) -> str | None:
    if isinstance(one, Mapping):
        return text(one.get("Name") or one.get("Text") or one.get("Value"))
    return text(one)


def steps(found: Iterable[Json], workflow: str = "") -> tuple[Step, ...]:
    """Read workflow steps; live rows can omit their WorkflowId."""
    read = (
        Step(ident, name, guid(row.get("WorkflowId")) or workflow)
        for row in found
        if not row.get("IsDeleted")
        and (ident := guid(row.get("WorkflowStepId")))
        and (name := text(row.get("StepName")))
    )
    return tuple(read)


def levels(found: Iterable[Json]) -> tuple[Level, ...]:
    """Read priority levels, lowest first."""
    read = (
        Level(ident, name, int(row.get("Min") or 0), int(row.get("Max") or 0))
        for row in found
        if (ident := guid(row.get("PriorityLevelId"))) and (name := text(row.get("Name")))
    )
    return tuple(sorted(read, key=lambda level: level.low))


def named(found: Iterable[Json], id_name: str, *names: str) -> dict[str, str]:
    """Read a list as ids by display name; of two of the same name the first one stays."""
    read: dict[str, str] = {}
    for row in found:
        ident = guid(row.get(id_name))
        name = next((text(row.get(one)) for one in names if text(row.get(one))), None)
        if ident and name and not row.get("IsDeleted"):
            read.setdefault(name, ident)
    return read


def look_up(table: Mapping[str, str], name: str) -> str | None:
    """Find an id by display name: as written, else without regard to case."""
    if name in table:
        return table[name]
    plain: Callable[[str], str] = lambda one: one.strip().casefold()  # noqa: E731
    return next((ident for one, ident in table.items() if plain(one) == plain(name)), None)
