"""Let a drain's first reply say what time it is there, and whether the watermark may follow (R2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from sync_service.adapters.base import Page
from sync_service.core.leap import STANDS, Bounds, Clock, Way, hear
from sync_service.core.values import Side
from sync_service.engine.link import LinkAtWork
from sync_service.store.notes import Feed

log = structlog.get_logger(__name__)


def heard(link: LinkAtWork, side: Side, feed: Feed, page: Page, asked: datetime) -> Feed:
    """Give the feed as it is once this drain has ended; note the offset that counts meanwhile.

    `asked` is when the question left us. Of two offsets the lesser counts, so that a look-up from
    a moment on begins rather too early (R4).
    """
    now = link.clock()
    bounds = Bounds.of(page.clock, asked, now)
    clock, way = hear(_known(feed), bounds, now)
    assert clock.offset is not None  # noqa: S101 - what was heard is known
    link.offsets[side] = min(clock.offset, bounds.high)
    _log(link, side, feed, bounds, way)
    ahead = clock.offset.total_seconds()
    if way is Way.STAY:
        why = _why(link.system(side), _off(feed, bounds))
        return replace(feed, doubt=why, doubt_since=clock.odd_since)
    feed = replace(feed, watermark=page.watermark, ahead=ahead, doubt="", doubt_since=None)
    return replace(feed, done=False, cursor=None) if way is Way.ANEW else feed


def _known(feed: Feed) -> Clock:
    offset = None if feed.ahead is None else timedelta(seconds=feed.ahead)
    return Clock(offset, feed.doubt_since)


def _off(feed: Feed, bounds: Bounds) -> timedelta:
    """Give by how much a reply's clock is further than the one known."""
    known = timedelta(seconds=feed.ahead or 0)
    return bounds.low - known if bounds.low > known else bounds.high - known


def _why(system: str, off: timedelta) -> str:
    seconds = round(off.total_seconds())
    turned = f"{abs(seconds)} seconds {'ahead of' if seconds > 0 else 'behind'}"
    return (
        f"the clock of {system} is {turned} what it was; its changes are taken, and read again"
        f" until it is right or has stood for {STANDS.total_seconds() / 60:.0f} minutes"
    )


def _log(link: LinkAtWork, side: Side, feed: Feed, bounds: Bounds, way: Way) -> None:
    said = {"link": link.name, "system": link.system(side)}
    seconds = round(_off(feed, bounds).total_seconds())
    if way is Way.STAY and feed.doubt_since is None:
        log.warning("clock.leapt", seconds=seconds, **said)
    elif way is Way.ANEW:
        log.warning("clock.back", seconds=seconds, backfill="anew", **said)
