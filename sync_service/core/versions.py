"""Versions of a ticket: which one counts as read, and what is older than its system has shown (R1).

The surprise: two are kept. The version that was read first is the one that page rows are compared
with, so that what moved while we read is looked at again; the newest that was shown is the least
that a reading must be.
"""

from __future__ import annotations

from dataclasses import replace

from sync_service.core.pair import Pair, Seen
from sync_service.core.values import NEVER, Side, Sides, Ticket, Version


def older(shown: Version, known: Version) -> bool:
    """Tell whether what is shown was true before what is known; a counter outranks a clock set back."""
    certain = shown.certain and known.certain
    return certain and shown < known and shown.serial <= known.serial


def outdated(ticket: Ticket, seen: Seen | None, row: Version | None) -> bool:
    """Tell whether a ticket that was got by id is older than what its system has shown (R1).

    A replica or a cache gives such an answer, and it would look like a person's revert. `row` is
    the page row that asked.
    """
    if seen is None:
        return False
    asked = row if row is not None and seen.version != NEVER else NEVER
    if older(ticket.version, seen.newest) or older(ticket.version, asked):
        return True
    return _unmoved(ticket.version, seen.version, asked)


def _unmoved(shown: Version, known: Version, asked: Version) -> bool:
    """Tell whether a ticket shows what was known although a page row, in no order to it, moved on."""
    ordered = shown.certain and asked.certain
    return not ordered and asked != NEVER and shown == known != asked


def observe(
    pair: Pair, now: Sides[Ticket | None], first: Sides[Version | None], fresh: Sides[bool]
) -> Pair:
    """Store the version that was read *first* (R1): what moved while we read is looked at again.

    `first` is the version of the page row that asked, if any; `fresh` tells per side that the read
    began late enough after the stamp for no equal stamp to follow (R2).
    """

    def seen(side: Side) -> Seen | None:
        ticket, base = now.of(side), pair.seen.of(side) or Seen(NEVER, {})
        if ticket is None:
            return pair.seen.of(side)
        stored = base.version
        if ticket.version in (first.of(side), base.version):
            stored = ticket.version
        elif (earlier := first.of(side)) is not None:
            stored = earlier
        newest = _newest(base, ticket.version)
        return replace(newest, version=stored, provisional=not fresh.of(side), number=ticket.number)

    return replace(pair, seen=Sides.build(seen))


def _newest(seen: Seen, shown: Version) -> Seen:
    """Remember the newest version shown; one of the repeated hour orders nothing."""
    return replace(seen, newest=max(seen.newest, shown)) if shown.certain else seen


def replied(pair: Pair, side: Side, reply: Ticket) -> Pair:
    """Take a write's reply for the least that a later read must show (R1)."""
    seen = pair.seen.of(side)
    return (
        pair
        if seen is None
        else replace(pair, seen=pair.seen.put(side, _newest(seen, reply.version)))
    )


def trust_shown(pair: Pair) -> Pair:
    """Let a pair take what both systems show next for the truth, however old it is (R1)."""

    def seen(side: Side) -> Seen | None:
        past = pair.seen.of(side)
        return past and replace(past, version=NEVER, newest=NEVER, provisional=True)

    return replace(pair, seen=Sides.build(seen))


def unjudged(pair: Pair, before: Pair) -> Pair:
    """Keep the versions of `before`: what moved since then was read, but nothing was decided (R16)."""

    def seen(side: Side) -> Seen | None:
        now, past = pair.seen.of(side), before.seen.of(side)
        if now is None or past is None:
            return now
        return replace(now, version=past.version, provisional=past.provisional)

    return replace(pair, seen=Sides.build(seen))
