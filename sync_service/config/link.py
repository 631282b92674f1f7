"""A configured link: policies with sides in place of system names, and its mapping."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sync_service.config.document import Document, Path
from sync_service.config.mapping import Mapping
from sync_service.config.mapping_lines import side_of
from sync_service.config.models import LinkSettings
from sync_service.config.template import compiled
from sync_service.core.expressions import Expression, did_you_mean
from sync_service.core.guard import Breaker, Census, Flood
from sync_service.core.sweeping import Pace
from sync_service.core.values import Side, Sides

#: The names that a selection may use.
SELECT_NAMES = frozenset({"ticket", "system"})
_INTO = re.compile(r"into (\S+)")
_NEWEST = re.compile(r"newest(?: else (\S+))?")


@dataclass(frozen=True, slots=True)
class Link:
    """Two systems, a mapping, a selection and policies.

    `systems` are names, in the order of `between`. `since` is `all`, `now` or the moment before
    which tickets start no pair. `select` is None where every ticket may start one. `create` holds
    the sides that tickets may be made on. `on_conflict` and `on_adopt` are None for `ask`; with
    `newest`, `on_conflict` decides what the audit trails leave open (R8).
    """

    name: str
    systems: Sides[str]
    mapping: Mapping
    every: timedelta
    since: Literal["all", "now"] | datetime
    select: Sides[Expression | None]
    create: frozenset[Side]
    on_conflict: Side | None
    newest: bool
    on_adopt: Side | None
    match: tuple[Sides[str], ...]
    stop_when_deselected: bool
    forward: bool
    keep_home: bool
    flood: Flood
    breaker: Breaker
    self_test: timedelta
    missing: Census
    pace: Pace
    paused: bool
    where: str = ""
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkReader:
    """Reads the settings of one link, noting problems in its document."""

    document: Document
    path: Path
    systems: Sides[str]

    def read(self, name: str, given: LinkSettings, mapping: Mapping) -> Link:
        """Put sides in place of system names."""
        conflict, newest = self._on_conflict(given.on_conflict)
        return Link(
            name=name,
            systems=self.systems,
            mapping=mapping,
            every=given.every,
            since=given.since,
            select=self._select(given.select),
            create=self._create(given.create),
            on_conflict=conflict,
            newest=newest,
            on_adopt=self._side_or_ask(given.on_adopt, "on_adopt"),
            match=tuple(
                found
                for place, one in enumerate(given.match)
                if (found := self._match(one, place)) is not None
            ),
            stop_when_deselected=given.when_deselected == "stop",
            forward=given.forward,
            keep_home=given.sensitive == "keep_home",
            flood=Flood(**given.guards.flood.model_dump()),
            breaker=Breaker(**given.guards.breaker.model_dump()),
            self_test=given.guards.self_test,
            missing=Census(given.guards.missing.share, given.guards.missing.floor),
            pace=Pace(given.sweep.every, given.sweep.requests, given.sweep.differences == "repair"),
            paused=given.paused,
            where=self.document.where(self.path),
            formerly=tuple(given.formerly),
        )

    def _select(self, given: dict[str, str]) -> Sides[Expression | None]:
        found: Sides[Expression | None] = Sides(None, None)
        for system, source in given.items():
            at = (*self.path, "select", system)
            side = side_of(system, self.systems)
            if side is None:
                self.document.fault(
                    at, f"this link does not join `{system}`{self._hint(system)}", key=True
                )
                continue
            found = found.put(side, compiled(Expression, source, self.document, at, SELECT_NAMES))
        return found

    def _create(self, said: str) -> frozenset[Side]:
        if said in ("both", "never"):
            return frozenset(Side) if said == "both" else frozenset()
        match = _INTO.fullmatch(said)
        side = side_of(match[1], self.systems) if match else None
        if side is not None:
            return frozenset({side})
        left, right = self.systems.left, self.systems.right
        self._wrong(
            "create", f"`{said}` is not possible; write both, into {left}, into {right} or never"
        )
        return frozenset()

    def _on_conflict(self, said: str) -> tuple[Side | None, bool]:
        """By default the first system of `between` wins (R8)."""
        if not said:
            return Side.LEFT, False
        match = _NEWEST.fullmatch(said)
        if match is None:
            return self._side_or_ask(said, "on_conflict"), False
        return (self._side_or_ask(match[1], "on_conflict") if match[1] else Side.LEFT), True

    def _side_or_ask(self, said: str, setting: str) -> Side | None:
        if said == "ask":
            return None
        side = side_of(said, self.systems)
        if side is None:
            left, right = self.systems.left, self.systems.right
            newest = ", newest" if setting == "on_conflict" else ""
            self._wrong(
                setting,
                f"`{said}` is not possible; write {left}, {right}{newest} or ask{self._hint(said)}",
            )
        return side

    def _match(self, given: dict[str, str], place: int) -> Sides[str] | None:
        left, right = self.systems.left, self.systems.right
        if set(given) != {left, right}:
            at = (*self.path, "match", place)
            self.document.fault(at, f"a match reads `{{{left}: FIELD, {right}: FIELD}}`")
            return None
        return Sides(given[left], given[right])

    def _hint(self, system: str) -> str:
        return did_you_mean(system, (self.systems.left, self.systems.right))

    def _wrong(self, setting: str, what: str) -> None:
        self.document.fault((*self.path, setting), what)


def between(given: Any, systems: Any, document: Document, path: Path) -> Sides[str] | None:
    """Give the two systems that a link joins, or None after noting what is wrong."""
    if not isinstance(given, list) or len(given) != 2 or not isinstance(systems, dict):
        return None  # noted with the link
    known = list(systems)
    strangers = [name for name in given if name not in known]
    for name in strangers:
        hint = did_you_mean(str(name), known) or f"; there are {', '.join(map(str, known))}"
        document.fault((*path, list(given).index(name)), f"there is no system `{name}`{hint}")
    if strangers:
        return None
    if given[0] == given[1]:
        document.fault(path, "a link joins two systems; name another one")
        return None
    return Sides(given[0], given[1])
