"""Fold what landed but was not recorded into the pair, before anything new is planned (R16, R17).

The surprise: settling may itself end in a conflict. Where a system shows neither the value before
our write nor the one after it, and no audit trail tells what happened, guessing would overwrite
somebody, so the line becomes contested instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync_service.core.outgoing import Touch
from sync_service.core.pair import Event, Intent, Making, Pair, Seen, Sent
from sync_service.core.values import NEVER, Fields, Side, Sides, Ticket

#: What an audit trail said about a side since some moment; None where there is none.
Trail = Sequence[Touch] | None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long open writes and restarts make a pair rest.

    `settle` is index lag per side; `suspect` runs from the start of the daemon: claim, time-out
    and index lag together (R16). `exact` tells per side whether an unmoved version proves that
    nothing was written (R17).
    """

    settle: Sides[timedelta]
    suspect: timedelta
    exact: Sides[bool]


@dataclass(frozen=True, slots=True)
class Start:
    """The run of the daemon that looks: its number, and when it started by our clock."""

    run: int
    at: datetime
    skew: timedelta = timedelta(minutes=5)


def suspect(pair: Pair, start: Start) -> bool:
    """Tell whether the store may be older than the pair (R16).

    A pair that this run recorded is not; nor is one whose ticket was born after the start, by its
    vendor's clock and past the skew.
    """
    if pair.run == start.run:
        return False
    return pair.born_at is None or pair.born_at <= start.at + start.skew


def rest_until(pair: Pair, start: Start, patience: Patience) -> datetime | None:
    """Give the moment before which no read of this pair may settle it; None if it need not rest."""
    ends = [note.wire_until + patience.settle.of(note.to) for note in pair.sent]
    ends += [note.wire_until + patience.settle.of(note.to) for note in pair.intents]
    if suspect(pair, start):
        ends.append(start.at + patience.suspect)
    return max(ends, default=None)


@dataclass(frozen=True, slots=True)
class Settled:
    """The pair with its notes folded in, and what was found out on the way."""

    pair: Pair
    events: tuple[Event, ...] = ()


def settle_sent(
    pair: Pair, now: Sides[Ticket], trails: Sides[Trail], patience: Patience
) -> Settled:
    """Clear every `sent` note by what its target shows now (R17).

    Call it only on a reading that began after `rest_until`.
    """
    events = []
    for note in pair.sent:
        pair, outcome = _settle_one(pair, note, now.of(note.to), trails.of(note.to), patience)
        events.append(Event("settled", {"line": note.line, "to": note.to, "found": outcome}))
    return Settled(replace(pair, sent=()), tuple(events))


def _settle_one(
    pair: Pair, note: Sent, target: Ticket, trail: Trail, patience: Patience
) -> tuple[Pair, str]:
    shown = {name: target.fields.get(name) for name in note.after.of(note.to)}
    if shown == note.after.of(note.to):
        return _clear(_fold(pair, note.after), note), "landed"
    if any(hop in shown.values() for hop in note.hops):
        return _fold(pair, Sides.build(lambda s: shown if s is note.to else {})), "part of the way"
    unmoved = shown == note.before.of(note.to) and target.version == note.version
    if unmoved and patience.exact.of(note.to):
        return pair, "not landed"
    return _settle_by_trail(pair, note, trail)


def _settle_by_trail(pair: Pair, note: Sent, trail: Trail) -> tuple[Pair, str]:
    if trail is None:
        contested = pair.contested | {note.line}
        return replace(pair, contested=contested), "unknown: contested"
    names = set(note.after.of(note.to))
    if any(entry.ours and entry.field in names for entry in trail if entry.at >= _since(note)):
        return _clear(_fold(pair, note.after), note), "landed, then changed"
    return pair, "not landed"


def _since(note: Sent) -> datetime:
    """The audit trail is kept by the vendor's clock and may be cut to seconds."""
    return note.noted_at - timedelta(seconds=2)


def _clear(pair: Pair, note: Sent) -> Pair:
    return replace(pair, contested=pair.contested - {note.line})


def _fold(pair: Pair, values: Sides[Fields]) -> Pair:
    """Store these values as seen, on both sides."""
    return replace(pair, seen=Sides.build(lambda side: _with(pair.seen.of(side), values.of(side))))


def _with(seen: Seen | None, values: Fields) -> Seen:
    base = seen or Seen(NEVER, {})
    return replace(base, fields={**base.fields, **values})


def settle_create(pair: Pair, intent: Intent, found: Ticket) -> Pair:
    """Take a copy that was found by its key: it has the past that its intent noted (R16)."""
    near = intent.to.far
    seen = {
        near: _with(pair.seen.of(near), intent.sources),
        intent.to: _with(pair.seen.of(intent.to), intent.values),
    }
    return replace(
        pair,
        ids=pair.ids.put(intent.to, found.id),
        seen=Sides(seen[Side.LEFT], seen[Side.RIGHT]),
        intents=tuple(note for note in pair.intents if note is not intent),
    )


def ticket_intent(pair: Pair) -> Intent | None:
    """Give the open note of a ticket create, if there is one."""
    return next((note for note in pair.intents if note.making is Making.TICKET), None)


def close_intents(pair: Pair, closed: Sequence[Intent]) -> Pair:
    """Drop notes whose create was found landed, or found not landed (R16)."""
    return replace(pair, intents=tuple(note for note in pair.intents if note not in closed))


def lines_in_doubt(
    pair: Pair, now: Sides[Ticket], start: Start, trails: Sides[Trail]
) -> Mapping[Side, frozenset[str] | None]:
    """Tell which fields of a suspect pair may have changed and changed back unseen (R16).

    Per side: an empty set where the version did not move, or where the audit trail shows what was
    touched (those fields); None where the version moved and nothing tells: every field.
    """
    return {side: _in_doubt(pair, side, now.of(side), start, trails.of(side)) for side in Side}


def _in_doubt(
    pair: Pair, side: Side, ticket: Ticket, start: Start, trail: Trail
) -> frozenset[str] | None:
    seen = pair.seen.of(side)
    if seen is None or not suspect(pair, start) or pair.recorded_at is None:
        return frozenset()
    if ticket.version == seen.version and ticket.version.certain:
        return frozenset()
    if trail is None:
        return None
    since = pair.recorded_at - timedelta(seconds=2)
    return frozenset(entry.field for entry in trail if entry.at >= since)
