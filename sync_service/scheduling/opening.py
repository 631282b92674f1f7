"""Bring a service to work: one owner of the store, started adapters, accepted configurations."""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from sync_service.config import Link
from sync_service.core.config_change import lost, risky
from sync_service.core.guard import RUNAWAY
from sync_service.core.neighbours import neighbours
from sync_service.core.pair import Scope, Solved
from sync_service.core.values import Side, Sides
from sync_service.engine import breaker
from sync_service.engine.link import LinkAtWork
from sync_service.engine.scrub import scrub
from sync_service.errors import NeedsHuman, SyncServiceError
from sync_service.scheduling.answering import answer
from sync_service.scheduling.judging import hold, mark_of
from sync_service.scheduling.naming import hold_misfit, misfit
from sync_service.scheduling.service import Service
from sync_service.scheduling.watch import StoreWatch
from sync_service.store import AsyncStore, LinkState, Lock, Run

log = structlog.get_logger(__name__)


class InUse(SyncServiceError):
    """Another process works on this store (R29)."""


@dataclass(slots=True)
class Opened:
    """A service at work: its links, and what must be given back at the end."""

    service: Service
    store: AsyncStore
    run: Run
    lock: Lock
    links: dict[str, LinkAtWork]
    waiting: dict[str, str]
    started: frozenset[str] = frozenset()
    watch: StoreWatch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = StoreWatch(self.service.clock)

    async def close(self) -> None:
        """Release adapters, store and lock, in this order."""
        for adapter in self.service.adapters.values():
            await adapter.close()
        await self.store.close()
        self.lock.release()


def take_lock(service: Service) -> Lock:
    """Become the store's only writer; raise `InUse` naming who is."""
    lock = service.store.lock()
    if lock is None:
        holder = service.store.locked_by() or "another process"
        raise InUse(
            f"The store is in use by {holder}. Stop that daemon first, or leave the work to it:"
            " commands such as `status` and `plan` work beside it."
        )
    return lock


def open_store(service: Service) -> Opened:
    """Take the lock, migrate and begin a run, with no link at work; raise `InUse`."""
    lock = take_lock(service)
    try:
        service.store.migrate()
        if (latest := service.store.latest()) is not None:
            service.not_before(latest)
        holder = f"{socket.gethostname()} pid {os.getpid()}"
        run = service.store.begin_run(service.clock(), holder)
    except BaseException:
        lock.release()
        raise
    return Opened(service, AsyncStore(service.store), run, lock, {}, {})


async def open_links(service: Service, wanted: Sequence[str] = ()) -> Opened:
    """Take the lock, migrate, begin a run and make each link ready.

    A system that cannot be reached does not stop the others: its links are opened all the same
    and its adapter is started again at each cycle. Raises `InUse`.
    """
    opened = open_store(service)
    await start_links(opened, wanted)
    return opened


async def start_links(opened: Opened, wanted: Sequence[str] = ()) -> None:
    """Start every adapter and make each link ready."""
    opened.started = await _start_adapters(opened.service)
    for name, link in opened.service.config.links.items():
        if not wanted or name in wanted:
            await _open(opened, link)
    _introduce(opened.links)


def _introduce(links: Mapping[str, LinkAtWork]) -> None:
    """Tell each link which others may know copies that it cannot find (R14)."""
    ends = {name: Sides.build(work.system) for name, work in links.items()}
    for name, work in links.items():
        work.neighbours = neighbours(ends, name)


async def _start_adapters(service: Service) -> frozenset[str]:
    """Connect to every system at once; what fails now is tried, and told of, at each cycle."""
    names = list(service.adapters)
    ends = await asyncio.gather(
        *(service.adapters[name].start() for name in names), return_exceptions=True
    )
    for name, end in zip(names, ends, strict=True):
        if isinstance(end, BaseException) and not isinstance(end, Exception):
            raise end
        if isinstance(end, Exception):
            log.warning("system.not_started", system=name, kind=type(end).__name__)
    return frozenset(name for name, end in zip(names, ends, strict=True) if end is None)


async def _open(opened: Opened, link: Link) -> None:
    work = _at_work(opened, link, await _by_names(opened, link))
    work.ready = {side for side in Side if link.systems.of(side) in opened.started}
    opened.links[link.name] = work
    rows = await opened.store.run(opened.service.store.problems, link=link.name, code=RUNAWAY)
    work.runaway = rows[0].problem.message if rows else ""
    await breaker.remember(work)
    if work.runaway:
        log.error("guard.stopped", link=link.name, guard=RUNAWAY, system="")
    _renew(work)


async def reopen(opened: Opened, link: Link) -> None:
    """Look anew whether a link at work may go on, after a person changed what it waits for."""
    opened.waiting.pop(link.name, None)
    state = await _by_names(opened, link)
    work = opened.links.get(link.name)
    if work is not None:  # the dispatcher has it, so it is changed and not made anew
        new = _at_work(opened, link, state)
        work.rules, work.renew = new.rules, new.renew
        _renew(work)


async def _by_names(opened: Opened, link: Link) -> LinkState:
    """Hold a link whose names do not fit what is stored; judge every other by its configuration."""
    found = await misfit(opened, link)
    if found is not None:
        await hold_misfit(opened, link, found)
        return await opened.store.run(opened.service.store.link_state, link.name)
    await _tell(opened, Solved(Scope.LINK, "renamed", link=link.name))
    return await _by_configuration(opened, link)


async def _by_configuration(opened: Opened, link: Link) -> LinkState:
    state = await opened.store.run(opened.service.store.link_state, link.name)
    mark, before = mark_of(link), state.accepted
    accepted, marks = json.loads(state.accepted or "{}"), json.loads(mark)
    changed = risky(accepted, marks) if accepted else ()
    less = lost(accepted, marks)
    if "redact" in changed:  # also while the link waits: what is stored must be redacted now
        await scrub(_at_work(opened, link, state))
    if changed or less:
        await hold(opened, link, changed, less)
    else:
        if before != mark:
            await answer(opened, link)  # before it is taken, or a crash would forget it
        state = await opened.store.run(
            opened.service.store.take_config, opened.run, link.name, mark
        )
        for code in ("changed", "emptied-table"):
            await _tell(opened, Solved(Scope.LINK, code, link=link.name))
    return state


def _at_work(opened: Opened, link: Link, state: LinkState) -> LinkAtWork:
    since = state.began_at or opened.run.started_at
    return opened.service.at_work(opened.service, link, opened.store, opened.run, since)


def _renew(work: LinkAtWork) -> None:
    """Make the rules with what started systems know; what is wrong is told by the first cycle."""
    if work.renew is None or not work.ready:
        return
    try:
        work.rules = work.renew()
    except NeedsHuman:
        work.ready = set()


async def _tell(opened: Opened, entry: Solved) -> None:
    await opened.store.run(opened.service.store.note_problems, opened.run, [entry])
