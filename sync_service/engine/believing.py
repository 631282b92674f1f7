"""Judge a page before its transaction: is it what was asked for, and how much is it (R3, R14, R26).

The surprise: a flood of many pages trips on its last one, when the others are noted already. So what
a drain that did not end has begun is counted again, or the flood would come in by as many cycles.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sync_service.adapters.base import Page
from sync_service.core.admit import Start, Strange
from sync_service.core.guard import Seen, flooded
from sync_service.core.values import Side, Ticket
from sync_service.engine.link import LinkAtWork
from sync_service.errors import Unbelievable
from sync_service.store.notes import Feed, Known

#: Rules of a system answer our writes within this time.
_ECHO = timedelta(minutes=1)


@dataclass(slots=True)
class Drain:
    """What a drain has seen so far, and how much of that is a pair by now.

    Of a backfill nothing is `judged`. The drain that ends one shows what was `scanned`, which is
    no news either. `awaited` are the links that must join copies
    of theirs before these are forwarded (R14), `unread` tickets without a pair that nobody can read.
    """

    feed: Feed
    seen: Seen = field(default_factory=Seen)
    stored: int = 0
    awaited: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    judged: bool = True
    scanned: bool = False

    @property
    def held(self) -> bool:
        """Tell whether the watermark must stay for a row that was not taken."""
        return bool(self.awaited or self.unread)


def believe(link: LinkAtWork, side: Side, page: Page) -> None:
    """Raise `Unbelievable` where the page shows that it cannot be what was asked for (R3)."""
    link.offsets.setdefault(side, page.clock - link.clock())
    if page.doubt:
        raise Unbelievable(
            f"{link.name}: what {link.system(side)} shows cannot be what was asked for: {page.doubt}."
            " Nothing of it is believed. It is asked again by itself, or at once by `sync-service"
            f" accept {link.name}`.",
            "filter",
        )


async def try_filter(link: LinkAtWork, side: Side) -> None:
    """Ask for what cannot be there, now and then: where rows come, the filter is ignored (R3, R26)."""
    last, now = link.tested.get(side), link.clock()
    if last is None or now - last >= link.self_test:
        believe(link, side, await link.adapters.of(side).changed(None))
        link.tested[side] = now


async def count(
    link: LinkAtWork, side: Side, drain: Drain, rows: Sequence[tuple[Ticket, object, Known | None]]
) -> None:
    """Count what a page shows: rows, what was decided of each, and its pair if it has one."""
    for row, _, known in rows:
        if known is not None and _moved(link, side, row, known):
            drain.seen.moved += 1
            drain.seen.closed += row.closed
    if drain.scanned:
        return
    halves = [known.pair_id for _, _, known in rows if known is not None and _begun(known)]
    since, store = drain.feed.pulled_at, link.store
    begun = await store.run(store.store.count_begun, halves, since) if halves else 0
    drain.stored = drain.seen.created + begun
    drain.seen.created = drain.stored + sum(isinstance(verdict, Start) for _, verdict, _ in rows)


def _begun(known: Known) -> bool:
    """Tell whether there is no more of the pair yet than that a page began it."""
    return not known.whole and known.recorded_at is None


def _moved(link: LinkAtWork, side: Side, row: Ticket, known: Known) -> bool:
    """Tell whether somebody else changed the ticket: our writes and their echoes are no flood."""
    if known.version is None or known.recorded_at is None or row.version == known.version:
        return False
    return row.version.stamp > link.vendor_time(side, known.recorded_at) + _ECHO


async def refuse_flood(link: LinkAtWork, side: Side, drain: Drain) -> None:
    """Raise `Unbelievable` for more change than is believable; pairs are counted only past the floor."""
    if not drain.judged or drain.seen.most <= link.flood.floor:
        return
    pairs = await link.store.run(link.store.store.count_pairs, link.name) - drain.stored
    if reason := flooded(drain.seen, pairs, link.flood):
        raise Unbelievable(
            f"{link.name}: on {link.system(side)}, {reason}. Nothing of it is written. If it is"
            f" true, run `sync-service accept {link.name}`.",
            "flood",
        )


async def refuse_strangers(link: LinkAtWork, side: Side, verdicts: Sequence[object]) -> None:
    """Stop where our own copies name a link or system that nobody knows: it was renamed (R14, R27).

    An empty store would make their originals' copies a second time. What the store knows is a link
    that was removed, and its copies stay as they are.
    """
    named = {verdict.name for verdict in verdicts if isinstance(verdict, Strange)}
    store = link.store
    if not named or not (named := named - await store.run(store.store.names)):
        return
    said = ", ".join(sorted(named))
    raise Unbelievable(
        f"{link.name}: copies of ours on {link.system(side)} carry the name {said} in their key,"
        " which no link or system has. If one was renamed, write `formerly: [NAME]` under its new"
        " name in the configuration and start again; else nobody would know its copies, and they"
        f" would be made a second time. If it was removed, `sync-service accept {link.name}`.",
        "strange-key",
        said,
    )
