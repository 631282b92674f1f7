"""Bring one side's changes into the store: names of pairs to look at, one transaction a page.

The watermark moves only when the feed is drained, and never past where the drain began (R2).
The surprise: work is noted page by page before that, so a drain that dies half-way loses nothing
and repeats a little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

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
    admit,
)
from sync_service.core.guard import Seen, flooded
from sync_service.core.pair import Problem, Solved
from sync_service.core.values import NEVER, Side, Ticket, Version
from sync_service.engine import adopt
from sync_service.engine.link import Intake, LinkAtWork
from sync_service.errors import Unbelievable
from sync_service.store import notes as store_notes
from sync_service.store.notes import Feed, PageNote, StartNote

log = structlog.get_logger(__name__)

#: Rules of a system answer our writes within this time.
_ECHO = timedelta(minutes=1)
#: A copy is in a whole pair within this time, or never.
_SOON = timedelta(minutes=10)
#: How often a drain is begun again because rows moved between its pages.
_DRAINS = 5


@dataclass(slots=True)
class _Drain:
    """What a drain has seen so far; of a backfill nothing is `judged`."""

    feed: Feed
    seen: Seen = field(default_factory=Seen)
    waiting: bool = False
    judged: bool = True


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
        await _test_filter(link, side)
    if not feed.done:
        feed = await _scan(link, side, feed)
    for _ in range(_DRAINS):
        drained = await _drain(link, side, feed)
        if drained is not None:
            return
    raise Unbelievable(_restless(link, side))


def _restless(link: LinkAtWork, side: Side) -> str:
    return (
        f"{link.system(side)}: rows kept moving between pages in {_DRAINS} drains. The watermark"
        " stays; the next cycle tries again. If it goes on, raise `page_size`."
    )


async def _begin(link: LinkAtWork, side: Side) -> Feed:
    """Note where the feed stands before anything is scanned, so that no change falls between."""
    page = await link.adapters.of(side).changed(None)
    _believe(link, side, page)
    link.tested[side] = link.clock()
    feed = Feed(watermark=page.watermark, done=_nothing_old(link))
    await _store(link, side, PageNote(link.rules.systems, feed=feed))
    return feed


async def _test_filter(link: LinkAtWork, side: Side) -> None:
    """Ask for what cannot be there, now and then: where rows come, the filter is ignored (R3, R26)."""
    last, now = link.tested.get(side), link.clock()
    if last is None or now - last >= link.self_test:
        _believe(link, side, await link.adapters.of(side).changed(None))
        link.tested[side] = now


def _nothing_old(link: LinkAtWork) -> bool:
    """`since: now` needs no backfill: every older ticket was created before it (R14)."""
    since = link.rules.since
    return since is not None and since >= link.run.started_at


async def _scan(link: LinkAtWork, side: Side, feed: Feed) -> Feed:
    """Read the backfill in ascending order of creation; each page's cursor is kept (R26)."""
    drain, torn = _Drain(feed, judged=False), 0
    while not feed.done:
        page = await link.adapters.of(side).scan(link.since(side), feed.cursor)
        _believe(link, side, page)
        if page.torn:
            feed, torn = replace(feed, cursor=None), torn + 1
            if torn >= _DRAINS:
                raise Unbelievable(_restless(link, side))
            continue
        read = replace(feed, cursor=page.next, done=page.next is None)
        await _take(link, side, page, drain, read)
        if drain.waiting:  # a copy to forward whose own pair is not whole yet: this page again
            return feed
        feed = read
    return feed


async def _drain(link: LinkAtWork, side: Side, feed: Feed) -> Feed | None:
    """Read the feed to its end; None if rows moved between pages (R2)."""
    adapter = link.adapters.of(side)
    drain = _Drain(feed, judged=feed.believed != feed.watermark)
    page = await adapter.changed(feed.watermark)
    watermark = page.watermark
    while True:
        _believe(link, side, page)
        if page.torn:
            return None
        if page.next is None:
            await _take(link, side, page, drain, None)
            kept = feed.watermark if drain.waiting else watermark
            return await _drained(link, side, replace(feed, watermark=kept))
        await _take(link, side, page, drain, None)
        page = await adapter.changed(feed.watermark, page.next)


async def _drained(link: LinkAtWork, side: Side, feed: Feed) -> Feed:
    """Move the watermark; it stays while a copy waits to be forwarded (R14)."""
    done = replace(feed, pulled_at=link.clock(), doubt="", doubt_since=None)
    await _store(link, side, PageNote(link.rules.systems, feed=done))
    return done


def _believe(link: LinkAtWork, side: Side, page: Page) -> None:
    link.offsets[side] = page.clock - link.clock()
    if page.doubt:
        raise Unbelievable(
            f"{link.name}: what {link.system(side)} shows cannot be what was asked for: {page.doubt}."
            " Nothing of it is believed. It is asked again by itself, or at once by `sync-service"
            f" accept {link.name}`.",
            "filter",
        )


async def _take(link: LinkAtWork, side: Side, page: Page, drain: _Drain, feed: Feed | None) -> None:
    """Judge a page's rows and note what they ask for, in one transaction.

    `feed` is how far that brings the side, unless a row must wait.
    """
    intake = link.intake[side]
    intake.rows, intake.left = intake.rows + len(page.rows), page.left
    note = await _judge(link, side, page.rows, drain)
    if reason := await _flood(link, drain):
        raise Unbelievable(
            f"{link.name}: {reason} on {link.system(side)}. Nothing of it is written. If it is"
            f" true, run `sync-service accept {link.name}`.",
            "flood",
        )
    feed = None if drain.waiting else feed
    if note.looks or note.starts or note.adoptions or note.problems or feed is not None:
        await _store(link, side, replace(note, feed=feed))


async def _flood(link: LinkAtWork, drain: _Drain) -> str:
    """Say why this much change is not believable; pairs are counted only past the floor (R26)."""
    if not drain.judged or drain.seen.most <= link.flood.floor:
        return ""
    pairs = await link.store.run(link.store.store.count_pairs, link.name)
    return flooded(drain.seen, pairs, link.flood)


async def _store(link: LinkAtWork, side: Side, note: PageNote) -> None:
    store = link.store
    result = await store.run(store.store.take_page, link.run, link.name, side, note)
    for ticket, no in result.refused.items():
        log.info("ticket.not_started", link=link.name, system=link.system(side), ticket=ticket,
                 why=str(no))  # fmt: skip
    if told := adopt.refused(link, result.refused_adoptions):
        await store.run(store.store.note_problems, link.run, told)


async def _judge(link: LinkAtWork, side: Side, rows: Sequence[Ticket], drain: _Drain) -> PageNote:
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
        if mine is not None and _moved(link, side, row, mine):
            drain.seen.moved += 1
            drain.seen.closed += row.closed
        drain.seen.created += isinstance(verdicts[-1][1], Start)
    await _refuse_strangers(link, side, verdicts)
    forwarded = await _whole_copies(link, side, verdicts)
    drain.waiting |= any(
        isinstance(verdict, Forward) and row.id not in forwarded and _is_new(link, side, row)
        for row, verdict in verdicts
    )
    return await _note(link, side, verdicts, forwarded)


async def _refuse_strangers(
    link: LinkAtWork, side: Side, verdicts: Sequence[tuple[Ticket, object]]
) -> None:
    """Stop where our own copies name a link or system that nobody knows: it was renamed (R14, R27).

    An empty store would make their originals' copies a second time. What the store knows is a link
    that was removed, and its copies stay as they are.
    """
    named = {verdict.name for _, verdict in verdicts if isinstance(verdict, Strange)}
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


def _is_new(link: LinkAtWork, side: Side, row: Ticket) -> bool:
    """A copy whose pair is not whole by then has lost it, and is not waited for."""
    return row.created > link.vendor_time(side, link.clock()) - _SOON


def _moved(link: LinkAtWork, side: Side, row: Ticket, known: store_notes.Known) -> bool:
    """Tell whether somebody else changed the ticket: our writes and their echoes are no flood."""
    if known.version is None or known.recorded_at is None or row.version == known.version:
        return False
    return row.version.stamp > link.vendor_time(side, known.recorded_at) + _ECHO


async def _whole_copies(
    link: LinkAtWork, side: Side, verdicts: Sequence[tuple[Ticket, object]]
) -> Mapping[str, object]:
    """A copy is forwarded only once its own pair is whole in the store (R14)."""
    wanted = [row.id for row, verdict in verdicts if isinstance(verdict, Forward)]
    if not wanted:
        return {}
    store = link.store
    found: Mapping[str, object] = await store.run(store.store.copies, link.system(side), wanted)
    return found


async def _note(
    link: LinkAtWork,
    side: Side,
    verdicts: Sequence[tuple[Ticket, object]],
    forwarded: Mapping[str, object],
) -> PageNote:
    looks: list[tuple[int, Version | None]] = []
    starts: list[StartNote] = []
    adopts: list[tuple[Ticket, str]] = []
    problems: list[Problem | Solved] = []
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
                assert isinstance(verdict, Nothing | Forward | Strange)  # noqa: S101 - the type is closed
    found = await adopt.adoptions(link, side, adopts)
    problems += found.problems
    looks += [(pair, None) for pair in found.looks]
    return PageNote(link.rules.systems, looks, starts, found.notes, problems=problems)
