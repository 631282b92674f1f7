"""Whether the daemon does its work: the store, its schema, and each link's last good pull.

A link that is writing counts as alive although it pulls again only afterwards: a long backfill is
no illness.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sync_service.config import Link
from sync_service.core.guard import RUNAWAY, SAW, STOPS
from sync_service.core.values import Side
from sync_service.scheduling.opening import Opened
from sync_service.store import LinkState, LinkStatus

#: A link is late after so many intervals without a good pull, and never before the floor.
INTERVALS = 5
FLOOR = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Readiness:
    """`reasons` say in a line each why the daemon is not ready; `links` hold the facts."""

    reasons: tuple[str, ...] = ()
    links: dict[str, Any] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.reasons


async def readiness(opened: Opened | None) -> Readiness:
    """Judge the daemon now; `opened` is None until its links were made ready."""
    if opened is None:
        return Readiness(("starting: the systems have not answered yet",))
    if opened.watch.why:
        return Readiness((opened.watch.why,))
    try:
        statuses = await statuses_of(opened)
        at_head = await opened.store.run(opened.service.store.at_head)
    except Exception as error:  # noqa: BLE001 - whatever the driver raises, the store is away
        return Readiness((f"the store cannot be read ({type(error).__name__})",))
    reasons: list[str] = []
    if not at_head:
        reasons.append("the store is not at this program's schema; run `sync-service db upgrade`")
    links: dict[str, Any] = {}
    for name, status in statuses.items():
        found = _reasons(opened, opened.service.config.links[name], status)
        links[name] = _facts(opened, name, status, found)
        reasons += found
    return Readiness(tuple(reasons), links)


async def statuses_of(opened: Opened) -> dict[str, LinkStatus]:
    """Count what there is of every link."""
    now, store = opened.service.clock(), opened.service.store
    return {name: await opened.store.run(store.status, name, now) for name in opened.links}


def limit(link: Link) -> timedelta:
    """Say how old a link's last good pull may be."""
    return max(link.every * INTERVALS, FLOOR)


def _reasons(opened: Opened, link: Link, status: LinkStatus) -> list[str]:
    if link.paused or status.state.paused:
        return []
    if status.state.pending is not None:
        return [_waits(link, status.state)]
    stopped = [
        f"{link.name}: a guard stopped it ({code}): {SAW[code]}. Look at `sync-service problems"
        f" list`, then `sync-service accept {link.name}`"
        for code in (*STOPS, RUNAWAY)
        if status.codes.get(code)
    ]
    late = [why for side in Side if (why := _late(opened, link, status, side))]
    return stopped or [*_deaf(link, status), *late]


def _deaf(link: Link, status: LinkStatus) -> list[str]:
    """Say that a search no longer shows what changes: what it shows looks well all the same (R2)."""
    if not status.codes.get("deaf-feed"):
        return []
    why = "the sweep found changes that a search did not show (deaf-feed)"
    return [f"{link.name}: {why}; look at `sync-service problems list`"]


def _waits(link: Link, state: LinkState) -> str:
    """Say what a link with a changed configuration waits for (R27)."""
    if state.plan is None:
        return (
            f"{link.name}: waits, for its names do not fit what the store knows;"
            " `sync-service problems list` says how it goes on"
        )
    if state.plan.waits:
        lost = "its mapping lost most of a part"
        why = lost if state.plan.lost else "its changed configuration would write"
        return f"{link.name}: waits for `sync-service accept {link.name}`: {why}"
    planned = state.plan.planned
    return f"{link.name}: its changed configuration is being judged ({planned} pairs so far)"


def _late(opened: Opened, link: Link, status: LinkStatus, side: Side) -> str:
    system, work = link.systems.of(side), opened.links[link.name]
    feed, down = status.feeds.get(side), work.down.get(side)
    if down is not None and down.at_work:
        return f"{link.name}: {system} is stopped: {down.why}"
    if down is not None and (feed is None or feed.pulled_at is None):
        return f"{link.name}: {system} cannot be read: {down.why}"
    if feed is None:
        return f"{link.name}: {system} has not been read yet"
    if not feed.done and down is None:
        return ""  # a backfill is under way
    last = _latest(feed.pulled_at, None if work.down else work.last_write)
    if last is None:
        return f"{link.name}: {system} has not been read to its end yet"
    age = opened.service.clock() - last
    if age <= limit(link):
        return ""
    why = f": {down.why}" if down is not None else ""
    seconds, most = age.total_seconds(), limit(link).total_seconds()
    return f"{link.name}: {system} was last read {seconds:.0f} s ago, more than {most:.0f} s{why}"


def _latest(*moments: datetime | None) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)


def _facts(opened: Opened, name: str, status: LinkStatus, reasons: list[str]) -> dict[str, Any]:
    link, now = opened.service.config.links[name], opened.service.clock()
    return {
        "ready": not reasons,
        "paused": link.paused or status.state.paused,
        "due": status.backlog.due,
        "problems": status.problems,
        "sides": {
            link.systems.of(side): {
                "seconds_since_read": round((now - feed.pulled_at).total_seconds(), 1)
                if feed.pulled_at
                else None,
                "down": down.why if (down := opened.links[name].down.get(side)) else None,
            }
            for side, feed in status.feeds.items()
        },
    }
