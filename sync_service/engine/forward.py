"""Tell which copies of other links may start a pair here by now, and which are waited for (R14).

The surprise: that a copy is in a whole pair is not enough, it must be its own. With a new store the
pair that leads on from it may be found first, and a link back would make a second original.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sync_service.core.admit import Forward
from sync_service.core.values import Key, Side, Ticket
from sync_service.engine.link import LinkAtWork

#: A copy is in a whole pair within this time, or never.
_SOON = timedelta(minutes=10)
Verdicts = Sequence[tuple[Ticket, object]]


async def whole_copies(link: LinkAtWork, side: Side, verdicts: Verdicts) -> frozenset[str]:
    """Give the copies that may be forwarded: those in whole pairs of the links that made them."""
    makers = {row.id: told.key.link for row, told in verdicts if isinstance(told, Forward)}
    if not makers:
        return frozenset()
    store = link.store
    whole = await store.run(store.store.copies, link.system(side), list(makers))
    return frozenset(ticket for ticket, links in whole.items() if makers[ticket] in links)


async def awaited(
    link: LinkAtWork, side: Side, verdicts: Verdicts, whole: frozenset[str]
) -> set[str]:
    """Name the links that are still to join copies of theirs which are not whole by now."""
    return {
        told.key.link
        for row, told in verdicts
        if isinstance(told, Forward)
        and row.id not in whole
        and await _soon(link, side, row, told.key)
    }


async def unread_by(link: LinkAtWork, to: Side) -> set[str]:
    """Name the links that also write to a side's system, and have not read yet what there is (R14).

    With a new store each may know a copy there that this link's own look-up cannot find. One that
    does not even begin is not waited for long.
    """
    names = link.neighbours.get(to, frozenset())
    if not names:
        return set()
    store = link.store
    state = await store.run(store.store.link_state, link.name)
    if link.clock() - (state.began_at or link.run.started_at) >= _SOON:
        return set()
    return {name for name in names if not await _read_once(link, name)}


async def _read_once(link: LinkAtWork, name: str) -> bool:
    store = link.store
    feeds = [await store.run(store.store.feed, name, side) for side in Side]
    return all(feed is not None and feed.pulled_at is not None for feed in feeds)


async def _soon(link: LinkAtWork, side: Side, row: Ticket, key: Key) -> bool:
    """Tell whether a copy is waited for whose own pair is not whole: it is new, or the store is.

    The link that made it may not have read yet what there is. One that does not even begin is not
    waited for long: it may be paused, and this link has other tickets.
    """
    if row.created > link.vendor_time(side, link.clock()) - _SOON:
        return True
    store = link.store
    for one in Side:
        original = (await store.run(store.store.known, key.link, one, [key.ticket])).values()
        if any(not pair.whole for pair in original):
            return True
    feeds = [await store.run(store.store.feed, key.link, one) for one in Side]
    if any(feed is None for feed in feeds):
        state = await store.run(store.store.link_state, link.name)
        return link.clock() - (state.began_at or link.run.started_at) < _SOON
    return not all(feed.done for feed in feeds if feed is not None)
