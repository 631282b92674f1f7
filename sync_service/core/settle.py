"""Fold what landed but was not recorded into the pair, before anything new is planned (R16, R17).

The surprise: settling may itself end in a conflict. Where a system shows neither the value before
our write nor the one after it, and no audit trail tells what happened, guessing would overwrite
somebody, so the line becomes contested instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync_service.core.fold import agree, contest, fold, fold_side
from sync_service.core.outgoing import Touch
from sync_service.core.overwritten import overwritten
from sync_service.core.pair import Conflict, Event, Intent, Making, Pair, Sent
from sync_service.core.values import Fields, Side, Sides, Ticket

_NO_SKEW = Sides(timedelta(0), timedelta(0))
_PART = "part of the way"
_LANDED = ("landed", "landed, then changed")
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
    vendor's clock and past the skew. A ticket that had a pair before has no known birth.
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
    conflicts: tuple[Conflict, ...] = ()


def settle_sent(
    pair: Pair,
    now: Sides[Ticket | None],
    trails: Sides[Trail],
    patience: Patience,
    ahead: Sides[timedelta] = _NO_SKEW,
) -> Settled:
    """Clear every `sent` note by what its target shows now; None is a target that is gone (R17).

    `ahead` is each system's clock less ours. Call it only on a reading that began after
    `rest_until`.
    """
    events, lost = [], []
    for note in pair.sent:
        target = now.of(note.to)
        if target is None:  # so that nothing is guessed if it comes back
            pair, outcome = contest(pair, note.line, ask=False), "its target is gone: contested"
        else:
            read = note.version.stamp - ahead.of(note.to)
            source = now.of(note.to.far)
            pair, outcome = _settle_one(pair, note, target, trails.of(note.to), patience, read)
            if outcome == _PART:
                pair = _still_to_carry(pair, note, source)
        events.append(_told(note, outcome, again=pair.recorded_at is not None))
        lost.append(_overwritten(pair, note, trails.of(note.to) or ()))
    conflicts = tuple(one for one in lost if one is not None)
    return Settled(replace(pair, sent=()), tuple(events), conflicts)


def _told(note: Sent, outcome: str, *, again: bool) -> Event:
    """Make the line of history from which the breakers count what landed (R26)."""
    facts = {"line": note.line, "to": note.to, "found": outcome, "landed": outcome in _LANDED}
    return Event("settled", {**facts, "again": again, "noted": note.noted_at.isoformat()})


def _overwritten(pair: Pair, note: Sent, trail: Sequence[Touch]) -> Conflict | None:
    """Keep what a landed write replaced unseen; one that did not land is not in the trail (R20)."""
    return overwritten(pair.id, note.line, note.to, note.before, note.after, trail, _since(note))


def _settle_one(
    pair: Pair, note: Sent, target: Ticket, trail: Trail, patience: Patience, read: datetime
) -> tuple[Pair, str]:
    if target.unshown & set(note.after.of(note.to)):  # neither before nor after can be seen
        return _settle_by_trail(pair, note, trail, read)
    shown = {name: target.fields.get(name) for name in note.after.of(note.to)}
    if shown == note.after.of(note.to):
        if _theirs(note, trail or ()):
            return pair, "not landed"
        return agree(fold(pair, note.after), note.line), "landed"
    if any(hop in shown.values() for hop in note.hops):
        return _settle_half_way(pair, note, shown, trail or (), read)
    if kept_out(note, target):
        return pair, "not landed"
    unmoved = shown == note.before.of(note.to) and target.version == note.version
    if unmoved and patience.exact.of(note.to):
        return pair, "not landed"
    return _settle_by_trail(pair, note, trail, read)


def _theirs(note: Sent, trail: Sequence[Touch]) -> bool:
    """Tell whether people alone touched the fields since: then they chose what we wanted to write."""
    after = note.after.of(note.to)
    told = [entry for entry in trail if entry.field in after and entry.at >= _since(note)]
    return bool(told) and not any(entry.ours for entry in told)


def _settle_half_way(
    pair: Pair, note: Sent, shown: Fields, trail: Sequence[Touch], read: datetime
) -> tuple[Pair, str]:
    """Take a hop that is shown for ours, unless a person came after us: theirs stays an edit."""
    stepped = [name for name, value in shown.items() if value in note.hops]
    told = [one for one in trail if one.field in stepped and one.at >= _since(note)]
    if not told or told[-1].ours:
        return fold_side(pair, note.to, shown), _PART
    if _whole_way([one for one in told if one.ours], note, read):
        return agree(fold(pair, note.after), note.line), "landed, then changed"
    return pair, "not landed"


def _whole_way(ours: Sequence[Touch], note: Sent, read: datetime) -> bool:
    """Tell whether our last step came to the end of the way; a trail without values counts steps."""
    if ours and ours[-1].new is not None:
        return ours[-1].new == note.after.of(note.to)[ours[-1].field]
    return sum(one.at > read for one in ours) > len(note.hops)


def kept_out(note: Sent, target: Ticket) -> bool:
    """Tell whether a system that answered that it took nothing shows nothing of the write either."""
    before = note.before.of(note.to)
    return note.answered and all(target.fields.get(name) == before.get(name) for name in before)


def _still_to_carry(pair: Pair, note: Sent, source: Ticket | None) -> Pair:
    """Keep a source that went back to its past for changed: its target stands half-way elsewhere."""
    near = note.to.far
    written, seen = note.after.of(near), pair.seen.of(near)
    if source is None or seen is None:
        return pair
    back = not source.unshown & set(written) and all(
        source.fields.get(name) == seen.fields.get(name) for name in written
    )
    return fold_side(pair, near, written) if back else pair


def _settle_by_trail(pair: Pair, note: Sent, trail: Trail, read: datetime) -> tuple[Pair, str]:
    if trail is None:
        return contest(pair, note.line, ask=False), "unknown: contested"
    if any(_tells_of(entry, note, read) for entry in trail if entry.at >= _since(note)):
        return agree(fold(pair, note.after), note.line), "landed, then changed"
    return pair, "not landed"


def _since(note: Sent) -> datetime:
    """The audit trail is kept by the vendor's clock and may be cut to seconds."""
    return note.noted_at - timedelta(seconds=2)


def _tells_of(entry: Touch, note: Sent, read: datetime) -> bool:
    """Tell whether an entry is this write, and not one of ours a moment earlier.

    An entry without a value can only be this write if it is later than the version that was
    `read`, by the vendor's own clock: what was before is in what was read.
    """
    after = note.after.of(note.to)
    if not entry.ours or entry.field not in after:
        return False
    return entry.at > read if entry.new is None else entry.new == after[entry.field]


def settle_create(pair: Pair, intent: Intent, found: Ticket) -> Pair:
    """Take a copy that was found by its key: it has the past that its intent noted (R16)."""
    near = intent.to.far
    pair = fold_side(fold_side(pair, near, intent.sources), intent.to, intent.values)
    return replace(
        pair,
        ids=pair.ids.put(intent.to, found.id),
        intents=tuple(note for note in pair.intents if note is not intent),
    )


def ticket_intent(pair: Pair) -> Intent | None:
    """Give the open note of a ticket create, if there is one."""
    return next((note for note in pair.intents if note.making is Making.TICKET), None)


def close_intents(pair: Pair, closed: Sequence[Intent]) -> Pair:
    """Drop notes whose create was found landed, or found not landed (R16)."""
    return replace(pair, intents=tuple(note for note in pair.intents if note not in closed))


def abandon(pair: Pair) -> Pair:
    """Close the notes of a pair's comments, one of whose tickets is gone: nothing follows from them.

    The note of a ticket that was being made stays: its copy may exist, and must not be made twice.
    """
    kept = tuple(note for note in pair.intents if note.making is Making.TICKET)
    return replace(pair, intents=kept)


def known_until(pair: Pair) -> datetime | None:
    """Give the moment up to which the store surely knows what happened; None if never recorded.

    A backup holds what was recorded before it was made; an open note may have landed by its end.
    """
    if pair.recorded_at is None:
        return None
    ends = [note.wire_until for note in pair.sent] + [note.wire_until for note in pair.intents]
    return max([pair.recorded_at, *ends])


def moved_unwatched(
    pair: Pair, side: Side, ticket: Ticket, start: Start, since: datetime | None
) -> bool:
    """Tell whether a side of a suspect pair changed after `since`, by its own clock (R16).

    What moved the version before was our own write, which is not read again until the next look.
    """
    seen = pair.seen.of(side)
    if seen is None or since is None or not suspect(pair, start):
        return False
    if not ticket.version.certain:
        return True
    return ticket.version != seen.version and ticket.version.stamp > since


def lines_in_doubt(
    pair: Pair, moved: Sides[bool], trails: Sides[Trail]
) -> Mapping[Side, frozenset[str] | None]:
    """Tell which fields of a suspect pair may have changed and changed back unseen (R16).

    Per side: an empty set where the side has not `moved_unwatched`, the touched fields where the
    audit trail shows them, and None where nothing tells: every field.
    """
    return {
        side: _touched(pair, side, trails.of(side)) if moved.of(side) else frozenset()
        for side in Side
    }


def _touched(pair: Pair, side: Side, trail: Trail) -> frozenset[str] | None:
    if trail is None or pair.recorded_at is None:
        return None
    since, seen = pair.recorded_at - timedelta(seconds=2), pair.seen.of(side)
    past = seen.fields if seen else {}
    return frozenset(
        entry.field
        for entry in trail
        if entry.at >= since and not (entry.ours and entry.new == past.get(entry.field))
    )
