"""Read whole pairs and compare them with what is remembered; nothing here is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync_service.core import sweeping
from sync_service.core.pair import Pair, State
from sync_service.core.plan import Knowledge
from sync_service.core.speak import Speaker
from sync_service.core.sweeping import Found, Kind
from sync_service.core.values import Side, Sides, Ticket
from sync_service.engine import census, read
from sync_service.engine.link import LinkAtWork

_People = Sides[frozenset[str] | None]
_NOBODY_ASKED: _People = Sides(None, None)
#: Findings that may vanish once the far side was asked which people it knows.
_OF_FIELDS = frozenset({Kind.MISSED, Kind.SILENT, Kind.APART, Kind.DRIFT})
_BUSY: tuple[Found, ...] = (Found(Kind.BUSY, Side.LEFT),)


async def examine(link: LinkAtWork, pairs: Sequence[Pair]) -> Mapping[int, tuple[Found, ...]]:
    """Give what is found of each pair, by pair id; pairs that have work are let be, and told.

    Raises `Emptied` where a side hides its tickets, and what the adapters raise.
    """
    store = link.store
    busy = await store.run(store.store.waiting, [pair.id for pair in pairs])
    mine = [one for one in pairs if one.id not in busy and not one.sent and not one.intents]
    found = dict.fromkeys({one.id for one in pairs} - {one.id for one in mine}, _BUSY)
    if not mine:
        return found
    readings = await read.read(link, mine)
    await census.believe(link, [(pair, readings.of(pair)) for pair in mine])
    whole: list[tuple[Pair, Sides[Ticket]]] = []
    for pair in mine:
        left, right = readings.of(pair).left, readings.of(pair).right
        if lost := sweeping.lost(pair, readings.of(pair)):
            found[pair.id] = lost
        elif isinstance(left, Ticket) and isinstance(right, Ticket) and _works(pair):
            whole.append((pair, Sides(left, right)))
    return found | await _compared(link, whole)


def _works(pair: Pair) -> bool:
    return pair.state is State.ACTIVE


async def _compared(
    link: LinkAtWork, pairs: Sequence[tuple[Pair, Sides[Ticket]]]
) -> dict[int, tuple[Found, ...]]:
    """Compare, and ask about people only where a field seems to differ."""
    found = {pair.id: _compare(link, pair, now, _NOBODY_ASKED) for pair, now in pairs}
    differ = [
        (pair, now) for pair, now in pairs if any(one.kind in _OF_FIELDS for one in found[pair.id])
    ]
    if differ:
        people = await read.known_people(link, [Sides(now.left, now.right) for _, now in differ])
        found |= {pair.id: _compare(link, pair, now, people) for pair, now in differ}
    return {number: told for number, told in found.items() if told}


def _compare(
    link: LinkAtWork, pair: Pair, now: Sides[Ticket], people: _People
) -> tuple[Found, ...]:
    speaker = Speaker(Sides(now.left, now.right), link.rules.systems, link.rules.fit, people)
    known = Knowledge(speaker, speaker.values)
    unheard = Sides.build(lambda side: _unheard(link, side, now.of(side)))
    return sweeping.compare(pair, now, link.rules, known, unheard)


def _unheard(link: LinkAtWork, side: Side, ticket: Ticket) -> bool:
    """Tell whether the last good pull began too early to show the ticket's last change."""
    began = link.walk.drained.get(side)
    if began is None or not ticket.version.certain:
        return True
    traits = link.rules.traits.of(side)
    shown = ticket.version.stamp + traits.index_lag + traits.resolution
    return shown >= link.vendor_time(side, began)
