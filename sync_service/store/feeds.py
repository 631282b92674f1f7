"""Feeds and links: how far each side is drained, and what configuration a link works by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from sync_service.core import judgement
from sync_service.core.judgement import Judgement
from sync_service.core.values import Side
from sync_service.store import codec
from sync_service.store.database import UPSERTS, upsert
from sync_service.store.notes import Feed, LinkState
from sync_service.store.tables import feed, link

_FEEDS = select(feed).where(feed.c.link == bindparam("name"))
_LINK = select(link).where(link.c.name == bindparam("name"))


def _putting(database: str) -> Any:
    new = UPSERTS[database](feed)
    names = [one.name for one in fields(Feed)]
    return new.on_conflict_do_update(
        index_elements=[feed.c.link, feed.c.side], set_={one: new.excluded[one] for one in names}
    )


_PUT = {database: _putting(database) for database in UPSERTS}


def get(c: Connection, name: str, side: Side) -> Feed | None:
    """Load one side's feed; None before its first page."""
    return of_link(c, name).get(side)


def of_link(c: Connection, name: str) -> dict[Side, Feed]:
    """Load the feeds of a link."""
    return {
        Side(row.side): Feed(
            row.watermark,
            row.cursor,
            row.done,
            row.doubt,
            row.doubt_since,
            row.pulled_at,
            row.believed,
            row.ahead,
        )
        for row in c.execute(_FEEDS, {"name": name})
    }


def put(c: Connection, name: str, side: Side, new: Feed) -> None:
    """Store one side's feed."""
    c.execute(_PUT[c.dialect.name], {"link": name, "side": side.value, **asdict(new)})


def state(c: Connection, name: str) -> LinkState:
    """Load what is remembered of a link's configuration."""
    row = c.execute(_LINK, {"name": name}).first()
    return _state(row) if row else LinkState()


def _state(row: Any) -> LinkState:
    plan = judgement.loaded(codec.load(row.plan)) if row.plan else None
    return LinkState(row.accepted, row.pending, row.reason, row.paused, row.began_at, plan)


def take(c: Connection, name: str, fingerprint: str, began_at: datetime | None = None) -> LinkState:
    """Let a link work by a configuration (R27); the first time also note when it began (R14).

    Where other tickets may start pairs now, both backfills begin anew.
    """
    now = state(c, name)
    if now.plan is not None and now.pending == fingerprint and now.plan.reach.starts:
        again = {"done": False, "cursor": None}
        c.execute(update(feed).where(feed.c.link == name).values(**again))
    first = now.began_at or began_at
    new = LinkState(fingerprint, None, "", now.paused, first)
    return _put_state(c, name, new)


def put_accepted(c: Connection, name: str, fingerprint: str) -> LinkState:
    """Note what a link works by, after its name or its systems' names were changed (R27)."""
    new = replace(state(c, name), accepted=fingerprint, pending=None, reason="", plan=None)
    return _put_state(c, name, new)


def hold(
    c: Connection, name: str, fingerprint: str, reason: str, plan: Judgement | None = None
) -> LinkState:
    """Let a link wait with a changed configuration, say why, and keep its plan so far (R27)."""
    new = replace(state(c, name), pending=fingerprint, reason=reason, plan=plan)
    return _put_state(c, name, new)


def keep_plan(c: Connection, name: str, fingerprint: str, reason: str, plan: Judgement) -> bool:
    """Note how far the plan is made; False if the link waits with it no longer."""
    if state(c, name).pending != fingerprint:
        return False
    hold(c, name, fingerprint, reason, plan)
    return True


def accept(c: Connection, name: str, flooded: Collection[Side] = ()) -> LinkState:
    """Let a link go on with the configuration, and the floods, that it waits with (R26, R27)."""
    sides = feed.c.side.in_([side.value for side in flooded])
    believed = func.coalesce(feed.c.watermark, "")
    c.execute(update(feed).where(feed.c.link == name, sides).values(believed=believed))
    now = state(c, name)
    return now if now.pending is None else take(c, name, now.pending)


def pause(c: Connection, name: str) -> LinkState:
    """Stop a link."""
    return _put_state(c, name, replace(state(c, name), paused=True))


def resume(c: Connection, name: str) -> LinkState:
    """Let a paused link go on."""
    return _put_state(c, name, replace(state(c, name), paused=False))


def _put_state(c: Connection, name: str, new: LinkState) -> LinkState:
    plan = codec.dump(judgement.dumped(new.plan)) if new.plan else None
    values = {
        "accepted": new.accepted,
        "pending": new.pending,
        "reason": new.reason,
        "paused": new.paused,
        "began_at": new.began_at,
        "plan": plan,
    }
    c.execute(
        upsert(c, link)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=[link.c.name], set_=values)
    )
    return new
