"""Judge one row of a page: whether it is worth a look, and whether it may start a pair.

A page row may decide that nothing is to do, and nothing else (R1).
The surprise: an equal version is not enough. A version that was read while equal stamps could
still follow is provisional, and its repeat is looked at again (R2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_service.core.expressions import ExpressionError
from sync_service.core.rules import Rules
from sync_service.core.values import Key, Side, Ticket, Version
from sync_service.core.versions import older


@dataclass(frozen=True, slots=True)
class Known:
    """The pair that a ticket already has on this link."""

    pair: int
    version: Version
    provisional: bool


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to do about the row; `why` is for `explain`."""

    why: str


@dataclass(frozen=True, slots=True)
class Undecided:
    """The selection cannot be decided for this ticket, so it starts no pair; `why` is told."""

    why: str


@dataclass(frozen=True, slots=True)
class Look:
    """The pair must be read."""

    pair: int


@dataclass(frozen=True, slots=True)
class Start:
    """The ticket may start a pair."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """The ticket is a copy of `other` on the far side, which the store does not know (R14)."""

    other: str


@dataclass(frozen=True, slots=True)
class Forward:
    """The ticket is another link's copy, and this one forwards: it may start once that pair is whole."""

    key: Key


@dataclass(frozen=True, slots=True)
class Cloned:
    """The ticket carries one of our keys, but a person made it (R14)."""

    key: Key


@dataclass(frozen=True, slots=True)
class Strange:
    """Our own user's copy names a link or system that the configuration does not know (R27)."""

    name: str


Admission = Nothing | Undecided | Look | Start | Adopt | Forward | Cloned | Strange


def admit(row: Ticket, side: Side, known: Known | None, rules: Rules) -> Admission:
    """Judge a page row of `side`."""
    if known is not None:
        return _again(row, known)
    key = Key.parse(row.key)
    if key is None:
        return _candidate(row, side, rules, Start())
    if key.instance != rules.instance:
        return _foreign(row, side, key, rules)
    return _keyed(row, side, key, rules)


def _again(row: Ticket, known: Known) -> Admission:
    certain = row.version.certain and known.version.certain
    if older(row.version, known.version):
        return Nothing("an older row than the one read: the index lags")
    if certain and row.version == known.version and not known.provisional:
        return Nothing("not changed since it was read")
    return Look(known.pair)


def _keyed(row: Ticket, side: Side, key: Key, rules: Rules) -> Admission:
    if not row.ours:
        return Cloned(key)
    if name := rules.names.stranger(key):
        return Strange(name)
    key = rules.names.key(key)
    if key.link == rules.link and key.system == rules.systems.of(side.far):
        return Adopt(key.ticket)
    if not rules.forward or key.link == rules.link:
        return Nothing("a copy made by another link")
    return _candidate(row, side, rules, Forward(key))


def _foreign(row: Ticket, side: Side, key: Key, rules: Rules) -> Admission:
    """Judge another installation's copy, whoever is its user (R14).

    Over the same two systems each would answer the other's copy with one of its own, for ever.
    """
    if not rules.forward or key.system == rules.systems.of(side.far):
        return Nothing(f"a copy made by the installation {key.instance!r}")
    return _candidate(row, side, rules, Start())


def _candidate(row: Ticket, side: Side, rules: Rules, fit: Start | Forward) -> Admission:
    try:
        reason = _unfit(row, side, rules)
    except ExpressionError as error:
        return Undecided(str(error))
    return Nothing(reason) if reason else fit


def _unfit(row: Ticket, side: Side, rules: Rules) -> str:
    """Say why the ticket starts no pair; "" if it may (R13, R14)."""
    if side.far not in rules.create and not rules.match:
        return f"the link creates no tickets in {rules.systems.of(side.far)}"
    if rules.since is not None and row.created < rules.since:
        return "created before `since`"
    if rules.keeps_home(row):
        return "marked as sensitive: it stays home"
    if not rules.select.of(side)(row):
        return "not selected"
    return ""


def fresh(version: Version, began: datetime, resolution: timedelta, lag: timedelta) -> bool:
    """Tell whether a read begun at `began`, by the vendor's clock, leaves no equal stamp to come.

    The other stamps are provisional (R2).
    """
    return version.certain and version.stamp + resolution + lag < began
