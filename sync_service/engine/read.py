"""Read what a plan needs to know, in batches: tickets, people, earlier copies, audit trails."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sync_service.core import settle
from sync_service.core.begin import LookUp, key_of, near_side, needs_key_lookup
from sync_service.core.pair import Pair
from sync_service.core.settle import Trail
from sync_service.core.speak import people_named
from sync_service.core.values import Reading, Side, Sides, Ticket, Value
from sync_service.engine.link import LinkAtWork


@dataclass(frozen=True, slots=True)
class Readings:
    """Both sides of many pairs, and when the reading began by our clock."""

    began: datetime
    left: Mapping[str, Reading]
    right: Mapping[str, Reading]

    def of(self, pair: Pair) -> Sides[Reading | None]:
        """Give a pair's two readings; None for a ticket that does not exist yet."""
        return Sides(
            self.left.get(pair.ids.left) if pair.ids.left else None,
            self.right.get(pair.ids.right) if pair.ids.right else None,
        )


async def read(link: LinkAtWork, pairs: Sequence[Pair]) -> Readings:
    """Get both tickets of every pair by id, as few calls as the vendors allow (R1)."""
    began = link.clock()
    left, right = await asyncio.gather(_get(link, Side.LEFT, pairs), _get(link, Side.RIGHT, pairs))
    return Readings(began, left, right)


async def _get(link: LinkAtWork, side: Side, pairs: Sequence[Pair]) -> Mapping[str, Reading]:
    adapter = link.adapters.of(side)
    ids = list(dict.fromkeys(one for pair in pairs if (one := pair.ids.of(side)) is not None))
    size = max(adapter.traits.batch, 1)
    parts = await asyncio.gather(
        *(adapter.get(ids[at : at + size]) for at in range(0, len(ids), size))
    )
    return {key: reading for part in parts for key, reading in part.items()}


async def known_people(
    link: LinkAtWork, tickets: Sequence[Sides[Ticket | None]]
) -> Sides[frozenset[str] | None]:
    """Ask each system which of the people named on the other it knows (R10)."""

    async def ask(to: Side) -> frozenset[str]:
        named = {one for both in tickets for one in people_named(link.rules.lines, both, to)}
        return await link.adapters.of(to).people(named) if named else frozenset()

    return Sides(await ask(Side.LEFT), await ask(Side.RIGHT))


async def look_up(link: LinkAtWork, halves: Sequence[tuple[Pair, Ticket]]) -> Mapping[int, LookUp]:
    """Look for copies and matches of half pairs, one batch a side (R14, R16)."""
    found: dict[int, LookUp] = {}
    for side in Side:
        mine = [(pair, near) for pair, near in halves if near_side(pair) is side]
        if mine:
            found |= await _look_up(link, side.far, mine)
    return found


async def _look_up(
    link: LinkAtWork, to: Side, halves: Sequence[tuple[Pair, Ticket]]
) -> dict[int, LookUp]:
    adapter = link.adapters.of(to)
    asked = [(pair, near) for pair, near in halves if needs_key_lookup(pair, link.start)]
    keys = {pair.id: link.rules.names.forms(key_of(pair, link.rules)) for pair, _ in asked}
    found: Mapping[str, tuple[Ticket, ...]] = {}
    proven = True
    if asked:
        since = min(_since(link, pair, near) for pair, near in asked)
        answer = await adapter.find([key for forms in keys.values() for key in forms], since)
        found, proven = answer.tickets, answer.proven
    matches = await _matches(link, to, halves)
    named = [one.id for tickets in found.values() for one in tickets]
    named += [one for ids in matches.values() for one in ids]
    taken = await _taken(link, to, named)
    return {
        pair.id: LookUp(
            tuple(one for key in keys.get(pair.id, ()) for one in found.get(key, ())),
            matches.get(pair.id, ()),
            proven or pair.id not in keys,
            taken,
        )
        for pair, _ in halves
    }


def _since(link: LinkAtWork, pair: Pair, near: Ticket) -> datetime:
    """Without an intent the copy may be as old as the original (R16); by the far system's clock."""
    side = near_side(pair)
    noted = [note.noted_at for note in pair.intents]
    first = min([link.our_time(side, near.created), *noted])
    return link.vendor_time(side.far, first) - timedelta(minutes=10)


async def _matches(
    link: LinkAtWork, to: Side, halves: Sequence[tuple[Pair, Ticket]]
) -> dict[int, tuple[str, ...]]:
    """Ask for far tickets that `match:` joins with these; not by what must stay home (R13, R14)."""
    found: dict[int, tuple[str, ...]] = {}
    halves = [(pair, near) for pair, near in halves if not link.rules.keeps_home(near)]
    for match in link.rules.match:
        wanted: dict[int, Value] = {
            pair.id: _match_value(near, match.of(to.far)) for pair, near in halves
        }
        values = list(dict.fromkeys(value for value in wanted.values() if value not in (None, "")))
        answer = await link.adapters.of(to).match(match.of(to), values) if values else {}
        for pair, value in wanted.items():
            ids = answer.get(value, ()) if value not in (None, "") else ()
            found[pair] = tuple(dict.fromkeys((*found.get(pair, ()), *ids)))
    return found


def _match_value(ticket: Ticket, name: str) -> Value:
    """`number` always names the number that people read, whatever the vendor calls it."""
    value = ticket.fields.get(name)
    return ticket.number if value is None and name == "number" else value


async def _taken(link: LinkAtWork, side: Side, ids: Sequence[str]) -> frozenset[str]:
    if not ids:
        return frozenset()
    known = await link.store.run(link.store.store.known, link.name, side, list(dict.fromkeys(ids)))
    return frozenset(ticket for ticket, pair in known.items() if pair.whole)


def moved_unwatched(link: LinkAtWork, pair: Pair, now: Sides[Ticket | None]) -> Sides[bool]:
    """Tell which sides of a suspect pair changed after what the store knows (R16)."""
    until = settle.known_until(pair)

    def moved(side: Side) -> bool:
        ticket, coarse = now.of(side), link.rules.traits.of(side).resolution
        since = link.vendor_time(side, until) - coarse if until else None
        if ticket is None:
            return False
        return settle.moved_unwatched(pair, side, ticket, link.start, since)

    return Sides.build(moved)


async def trails(
    link: LinkAtWork, pair: Pair, now: Sides[Ticket | None], moved: Sides[bool]
) -> Sides[Trail]:
    """Read the audit trails that settling or suspicion asks for (R16, R17).

    None where there is none, or where nothing is asked of it. Entries are put on our clock.
    """

    async def trail(side: Side) -> Trail:
        ticket, notes = now.of(side), [note for note in pair.sent if note.to is side]
        if ticket is not None:
            notes = [note for note in notes if not settle.kept_out(note, ticket)]
        since = [note.noted_at for note in notes]
        if moved.of(side) and pair.recorded_at is not None:
            since.append(pair.recorded_at)
        return await entries(link, side, ticket, min(since)) if since and ticket else None

    return Sides(await trail(Side.LEFT), await trail(Side.RIGHT))


async def latest(link: LinkAtWork, now: Sides[Ticket]) -> Mapping[tuple[Side, str], float]:
    """Give when people last changed each field, by our clock (R8).

    All entries are read: a conflict may be older than the last pass that ended, if its write was
    put off.
    """
    moments: dict[tuple[Side, str], float] = {}
    for side in Side:
        born = link.our_time(side, now.of(side).created)
        for entry in await entries(link, side, now.of(side), born) or ():
            if not entry.ours:
                key, at = (side, entry.field), entry.at.timestamp()
                moments[key] = max(moments.get(key, at), at)
    return moments


async def entries(link: LinkAtWork, side: Side, ticket: Ticket, since: datetime) -> Trail:
    """Read a ticket's audit trail from a moment of our clock on, its entries put on our clock."""
    if not link.adapters.of(side).traits.audit:
        return None
    return await entries_by_now(link, side, ticket, since)


async def entries_by_now(link: LinkAtWork, side: Side, ticket: Ticket, since: datetime) -> Trail:
    """Read it even where a start found none: nobody had changed anything there by then."""
    vendors = link.vendor_time(side, since) - timedelta(seconds=5)
    told = await link.adapters.of(side).touched(ticket.id, vendors)
    if told is None:
        return None
    offset = link.offsets.get(side, timedelta(0))
    return [replace(entry, at=entry.at - offset) for entry in told]
