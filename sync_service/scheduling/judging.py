"""Let a link with a changed configuration wait until its plan is made, and judge it by that (R27).

The other links go on meanwhile. Where the plan writes nothing the link goes on by itself; otherwise
it waits for `accept`, and says with what. A system that cannot be reached puts the judgement off.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from sync_service.config import Link, fingerprint
from sync_service.core.judgement import Judgement, Step, in_words
from sync_service.core.pair import Problem, Scope, Solved
from sync_service.core.values import Side
from sync_service.engine.cycle import back, failed, make_ready
from sync_service.engine.judge import judge
from sync_service.engine.link import LinkAtWork
from sync_service.errors import NeedsHuman, TryLater
from sync_service.scheduling.answering import answer
from sync_service.store import LinkState

if TYPE_CHECKING:
    from sync_service.scheduling.opening import Opened

log = structlog.get_logger(__name__)

#: How many pairs one transaction asks for work on.
_MANY = 2000


class Turn(StrEnum):
    """How a turn of judging ended: the link may run, there is more to plan, or it waits."""

    GO = "go"
    ON = "on"
    WAIT = "wait"


def mark_of(link: Link) -> str:
    """Give a link's fingerprint as the store keeps it."""
    return json.dumps(fingerprint(link), sort_keys=True)


async def hold(opened: Opened, link: Link, parts: Sequence[str], lost: Sequence[str] = ()) -> None:
    """Let the link wait with its changed configuration; what was planned of it before is kept."""
    store, mark = opened.service.store, mark_of(link)
    state = await opened.store.run(store.link_state, link.name)
    told = Judgement(tuple(parts), Step.PAIRS if parts else Step.DONE, lost=tuple(lost))
    kept = state.plan
    if (
        state.pending == mark
        and kept is not None
        and (kept.parts, kept.lost) == (told.parts, told.lost)
    ):
        told = kept
    why = reason(link, told)
    await opened.store.run(store.hold_config, opened.run, link.name, mark, why, told)
    opened.waiting[link.name] = why
    log.warning("link.waits", link=link.name, changed=list(parts), planned=told.planned)
    await _tell_waits(opened, link, told, why)


async def _tell_waits(opened: Opened, link: Link, told: Judgement, why: str) -> None:
    """Open the problem that asks the person, or close it while nobody knows whether one must be."""
    if told.lost:
        log.warning("guard.stopped", link=link.name, guard="emptied-table", system="")
        await _tell(opened, Problem(Scope.LINK, "emptied-table", why, link=link.name))
    else:
        await _tell(opened, Solved(Scope.LINK, "emptied-table", link=link.name))
    if told.writes:
        await _tell(opened, Problem(Scope.LINK, "changed", why, link=link.name))
    else:
        await _tell(opened, Solved(Scope.LINK, "changed", link=link.name))


def reason(link: Link, told: Judgement) -> str:
    """Say why a link waits, and what to do."""
    if told.lost:
        more = f" The change would also write {in_words(told)}." if told.writes else ""
        return (
            f"{link.name}: {'; '.join(told.lost)} left, as if a file were cut."
            f"{more} The link waits. Put the rest back, or run `sync-service accept {link.name}` if"
            " it is meant so."
        )
    parts = f"{link.name}: the configuration changed in {', '.join(told.parts)}"
    if not told.writes:
        return (
            f"{parts}. What that would write is being found out ({told.planned} pairs so far);"
            " meanwhile the link waits."
        )
    return (
        f"{parts}, which would write to tickets that were level: {in_words(told)}. The link"
        f" waits. Look at `sync-service plan --link {link.name}`, then run `sync-service accept"
        f" {link.name}`, or put the configuration back."
    )


async def turn(opened: Opened, work: LinkAtWork) -> Turn:
    """Plan on for one turn if the link waits for its plan; take the configuration if that is over."""
    state = await opened.store.run(opened.service.store.link_state, work.name)
    if state.pending is None:
        opened.waiting.pop(work.name, None)
        return Turn.GO
    if state.plan is None or (state.plan.done and state.plan.waits):
        return Turn.WAIT
    told = await _planned(work, state.plan)
    if told is None:
        return Turn.WAIT
    return await _keep(opened, work, state, told)


async def _planned(work: LinkAtWork, told: Judgement) -> Judgement | None:
    """Plan on; None where a system cannot be read now."""
    now = work.clock()
    if any(down.until > now for down in work.down.values()):
        return None
    side: Side | None = None
    try:
        for side in Side:
            await make_ready(work, side)
        side = None
        told = await judge(work, told)
    except (TryLater, NeedsHuman) as error:
        await failed(work, side, error)
        return None
    for one, down in list(work.down.items()):
        await back(work, one, down)
    return told


async def _keep(opened: Opened, work: LinkAtWork, before: LinkState, told: Judgement) -> Turn:
    store, link = opened.service.store, opened.service.config.links[work.name]
    mark, why = before.pending or "", reason(link, told)
    if not await opened.store.run(store.keep_plan, opened.run, link.name, mark, why, told):
        return Turn.ON  # a person accepted it meanwhile
    if told.done and not told.waits:
        return await _take(opened, link, told)
    opened.waiting[link.name] = why
    news = told.done or not (before.plan and before.plan.writes)
    if told.writes and news:
        await _tell(opened, Problem(Scope.LINK, "changed", why, link=link.name))
        log.warning("link.waits", link=link.name, writes=dict(told.writes), done=told.done)
    return Turn.WAIT if told.done else Turn.ON


async def _take(opened: Opened, link: Link, told: Judgement) -> Turn:
    store = opened.service.store
    await answer(opened, link)
    await opened.store.run(store.take_config, opened.run, link.name, mark_of(link))
    opened.waiting.pop(link.name, None)
    log.info("link.config_taken", link=link.name, planned=told.planned, changed=list(told.parts))
    return Turn.GO


async def owe(opened: Opened, link: str) -> None:
    """Ask for work on the pairs of a waiting link that its plan has not come to (R27)."""
    store = opened.service.store
    state = await opened.store.run(store.link_state, link)
    last = state.plan.place if state.plan is not None and state.pending is not None else None
    while last is not None:
        last = await opened.store.run(
            store.enqueue_after, opened.run, link, last, _MANY, opened.service.clock(),
            "the changed configuration",
        )  # fmt: skip


async def _tell(opened: Opened, entry: Problem | Solved) -> None:
    await opened.store.run(opened.service.store.note_problems, opened.run, [entry])
