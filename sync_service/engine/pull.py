"""Bring one side's changes into the store: names of pairs to look at, one transaction a page.

The watermark moves only when the feed is drained, and never past where the drain began (R2).
The surprise: work is noted page by page before that, so a drain that dies half-way loses nothing
and repeats a little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from sync_service.adapters.base import Page
from sync_service.core.admit import (
    Adopt,
    Cloned,
    Forward,
    Known,
    Look,
    Nothing,
    Start,
    Strange,
    Undecided,
    admit,
)
from sync_service.core.values import NEVER, Side, Ticket, Version
from sync_service.engine import adopt
from sync_service.engine.believing import (
    Drain,
    believe,
    count,
    refuse_flood,
    refuse_strangers,
    try_filter,
)
from sync_service.engine.deciding import tell_undecided
from sync_service.engine.forward import awaited, unread_by, whole_copies
from sync_service.engine.hearing import heard
from sync_service.engine.link import Intake, LinkAtWork
from sync_service.engine.unread import read_again, unread
from sync_service.errors import Unbelievable
from sync_service.store.notes import Feed, PageNote, StartNote

log = structlog.get_logger(__name__)

#: How often a drain is begun again because rows moved between its pages.
_DRAINS = 5


async def pull(link: LinkAtWork, side: Side) -> None:
    """Drain one side's backfill and feed into the store.

    Raises `Unbelievable` if a guard stops the side (R3, R26), and what the adapter raises.
    """
    link.intake[side] = Intake()
    try:
        await _pull(link, side)
    finally:
        del link.intake[side]


async def _pull(link: LinkAtWork, side: Side) -> None:
    feed = await link.store.run(link.store.store.feed, link.name, side) or Feed()
    if feed.watermark is None:
        feed = await _begin(link, side)
    else:
        await try_filter(link, side)
    link.awaits[side] = set()
    scanned = not feed.done
    if scanned:
        feed = await _scan(link, side, feed)
    for _ in range(_DRAINS):
        drained = await _drain(link, side, feed, scanned=scanned)
        if drained is not None:
            return
    raise Unbelievable(_restless(link, side))


def _restless(link: LinkAtWork, side: Side) -> str:
    return (
        f"{link.name}: on {link.system(side)}, rows kept moving between pages in {_DRAINS} drains."
        " The watermark stays. It is tried again by itself, or at once by `sync-service accept"
        f" {link.name}`. If it goes on, raise `page_size`."
    )


async def _begin(link: LinkAtWork, side: Side) -> Feed:
    """Note where the feed stands before anything is scanned, so that no change falls between."""
    page = await link.adapters.of(side).changed(None)
    believe(link, side, page)
    link.tested[side] = link.clock()
    link.offsets[side] = page.clock - link.clock()
    ahead = link.offsets[side].total_seconds()
    feed = Feed(watermark=page.watermark, done=_nothing_old(link), ahead=ahead)
    await _store(link, side, PageNote(link.rules.systems, feed=feed))
    return feed


def _nothing_old(link: LinkAtWork) -> bool:
    """`since: now` needs no backfill: every older ticket was created before it (R14)."""
    since = link.rules.since
    return since is not None and since >= link.run.started_at


async def _scan(link: LinkAtWork, side: Side, feed: Feed) -> Feed:
    """Read the backfill in ascending order of creation; each page's cursor is kept (R26)."""
    drain, torn = Drain(feed, judged=False), 0
    held: Feed | None = None
    while not feed.done:
        page = await link.adapters.of(side).scan(link.since(side), feed.cursor)
        believe(link, side, page)
        if page.torn:
            feed, torn = replace(feed, cursor=None), torn + 1
            if torn >= _DRAINS:
                raise Unbelievable(_restless(link, side))
            continue
        read = replace(feed, cursor=page.next, done=page.next is None)
        await _take(link, side, page, drain, read)
        if drain.held:  # what follows goes on, and the next scan begins at this page
            held = held or feed
        feed = read
    return held or feed


async def _drain(link: LinkAtWork, side: Side, feed: Feed, *, scanned: bool) -> Feed | None:
    """Read the feed to its end; None if rows moved between pages (R2)."""
    adapter = link.adapters.of(side)
    drain = Drain(feed, judged=feed.believed != feed.watermark, scanned=scanned)
    asked = link.clock()
    page = await adapter.changed(feed.watermark)
    moved = heard(link, side, feed, page, asked)
    while True:
        believe(link, side, page)
        if page.torn:
            return None
        if page.next is None:
            return await _drained(link, side, page, drain, moved)
        await _take(link, side, page, drain, None)
        page = await adapter.changed(feed.watermark, page.next)


async def _drained(link: LinkAtWork, side: Side, page: Page, drain: Drain, feed: Feed) -> Feed:
    """Take the last page and move the watermark, in one transaction.

    The watermark stays while a copy waits to be forwarded (R14), or a new ticket cannot be read.
    """
    note = await _judged(link, side, page, drain)
    feed = drain.feed if drain.held else feed
    done = replace(feed, pulled_at=link.clock(), believed="")
    over = read_again(link, side)
    await _store(link, side, replace(note, feed=done, problems=[*note.problems, *over]))
    return done


async def _take(link: LinkAtWork, side: Side, page: Page, drain: Drain, feed: Feed | None) -> None:
    """Judge a page's rows and note what they ask for, in one transaction.

    `feed` is how far that brings the side, unless a row must wait.
    """
    note = await _judged(link, side, page, drain)
    feed = None if drain.held else feed
    if note.looks or note.starts or note.adoptions or note.problems or feed is not None:
        await _store(link, side, replace(note, feed=feed))


async def _judged(link: LinkAtWork, side: Side, page: Page, drain: Drain) -> PageNote:
    """Say what a page's rows ask for; raise `Unbelievable` at a flood."""
    intake = link.intake[side]
    intake.rows, intake.left = intake.rows + len(page.rows), page.left
    note = await sort_rows(link, side, page.rows, drain)
    if page.unread:
        pairs, told = await unread(link, side, page.unread, drain)
        looks = [*note.looks, *((pair, None) for pair in pairs)]
        note = replace(note, looks=looks, problems=[*note.problems, *told])
    await refuse_flood(link, side, drain)
    link.awaits[side] |= drain.awaited
    return note


async def _store(link: LinkAtWork, side: Side, note: PageNote) -> None:
    store = link.store
    result = await store.run(store.store.take_page, link.run, link.name, side, note)
    for ticket, no in result.refused.items():
        log.info("ticket.not_started", link=link.name, system=link.system(side), ticket=ticket,
                 why=str(no))  # fmt: skip
    if told := adopt.refused(link, result.refused_adoptions):
        await store.run(store.store.note_problems, link.run, told)


async def sort_rows(link: LinkAtWork, side: Side, rows: Sequence[Ticket], drain: Drain) -> PageNote:
    """Sort rows into looks, starts and adoptions."""
    store, ids = link.store, [row.id for row in rows]
    if not rows:
        return PageNote(link.rules.systems)
    known = await store.run(store.store.known, link.name, side, ids)
    verdicts, rules = [], replace(link.rules, since=link.since(side))
    for row in rows:
        mine = known.get(row.id)
        have = Known(mine.pair_id, mine.version or NEVER, mine.provisional) if mine else None
        verdicts.append((row, admit(row, side, have, rules)))
    await count(link, side, drain, [(*one, known.get(one[0].id)) for one in verdicts])
    await refuse_strangers(link, side, [verdict for _, verdict in verdicts])
    begins = any(isinstance(told, Start | Forward) for _, told in verdicts)
    if begins and (waits := await unread_by(link, side.far)):
        drain.awaited |= waits
        verdicts = [one for one in verdicts if not isinstance(one[1], Start | Forward)]
    forwarded = await whole_copies(link, side, verdicts)
    drain.awaited |= await awaited(link, side, verdicts, forwarded)
    return await _note(link, side, verdicts, forwarded)


async def _note(
    link: LinkAtWork,
    side: Side,
    verdicts: Sequence[tuple[Ticket, object]],
    forwarded: frozenset[str],
) -> PageNote:
    looks: list[tuple[int, Version | None]] = []
    starts: list[StartNote] = []
    adopts: list[tuple[Ticket, str]] = []
    problems = await tell_undecided(link, side, verdicts)
    for row, verdict in verdicts:
        match verdict:
            case Look(pair):
                looks.append((pair, row.version))
            case Start():
                starts.append(StartNote(row.id, row.created, row.version))
            case Forward() if row.id in forwarded:
                starts.append(StartNote(row.id, row.created, row.version))
            case Adopt(other):
                adopts.append((row, other))
            case Cloned():
                problems.append(adopt.cloned(link, side, row))
            case _:
                assert isinstance(verdict, Nothing | Forward | Strange | Undecided)  # noqa: S101 - the type is closed
    found = await adopt.adoptions(link, side, adopts)
    problems += found.problems
    looks += [(pair, None) for pair in found.looks]
    return PageNote(link.rules.systems, looks, starts, found.notes, problems=problems)
