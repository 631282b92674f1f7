"""`once`: run the links here and now, without a daemon, and say how it went.

Counts are remote writes that landed, on both sides together; level is as rule R28 has it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli import edge
from sync_service.cli.how_far import HowFar
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LinkOption
from sync_service.cli.progress import connecting, judging, working

if TYPE_CHECKING:
    from sync_service.config import Config
    from sync_service.engine.link import LinkAtWork, Tally
    from sync_service.scheduling.opening import Opened

#: Transactions of each kind that forget what is too old, so that a run ends soon.
_ROUNDS = 10
MOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended. `problems` and `asked` count what is open now, `conflicts` what was found.

    `requests` are per system by "METHOD route"; `down` says per system why it could not be read,
    `waiting` per link why it waits for `accept`.
    """

    level: bool
    cycles: int
    created: int
    updated: int
    commented: int
    conflicts: int
    problems: int
    asked: int
    requests: Mapping[str, Mapping[str, int]]
    seconds: float
    down: Mapping[str, str]
    waiting: Mapping[str, str]
    paused: tuple[str, ...]

    @property
    def code(self) -> edge.Exit:
        """Give the exit code: a person's help outranks another try."""
        if self.problems or self.asked:
            return edge.Exit.PERSON
        return edge.Exit.LEVEL if self.level else edge.Exit.AGAIN


def once(
    config: ConfigOption = DEFAULT_CONFIG,
    link: LinkOption = "",
    until_level: Annotated[
        bool, typer.Option("--until-level", help="Go on until both sides agree.")
    ] = False,
    max_seconds: Annotated[
        float, typer.Option("--max-seconds", min=0, help="With --until-level: stop after this.")
    ] = MOST_SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Sync now, one cycle or until level, and end.

    Exit codes: 0 level, 1 try again, 2 configuration, 3 needs a person.
    """
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured

        read = configured(config, quiet=True)
        most = timedelta(seconds=max_seconds) if until_level else None
        outcome = asyncio.run(_once(read, link, most))
        if as_json:
            edge.show(asdict(outcome))
        else:
            _tell(outcome)
        raise typer.Exit(int(outcome.code))


async def _once(config: Config, link: str, most: timedelta | None) -> Outcome:
    from sync_service.cli.service import at_work, one_of_the_links
    from sync_service.scheduling.garbage import spare_what_stays
    from sync_service.scheduling.keeping import prune
    from sync_service.scheduling.requests import carry_out_all

    began = time.monotonic()
    async with AsyncExitStack() as there:
        async with working(connecting):
            work = at_work(config, one_of_the_links(config, link))
            opened = await there.enter_async_context(work)
            await carry_out_all(opened)
        paused = await _paused(opened)
        async with working(judging):
            await _judge(opened, paused, most or timedelta(seconds=MOST_SECONDS))
        spare_what_stays()
        idle = {*paused, *opened.waiting}
        links = [one for name, one in opened.links.items() if name not in idle]
        async with working(HowFar(lambda: links).look):
            level = await _run(links, most)
        level = level and bool(links) and not opened.waiting
        await prune(opened, _ROUNDS)
        return await _outcome(opened, level, paused, time.monotonic() - began)


async def _judge(opened: Opened, paused: tuple[str, ...], most: timedelta) -> None:
    """Plan changed configurations to their end, or until the time is up (R27)."""
    from sync_service.scheduling.judging import Turn, turn

    end = time.monotonic() + most.total_seconds()
    for name in set(opened.waiting) - set(paused):
        while await turn(opened, opened.links[name]) is Turn.ON and time.monotonic() < end:
            pass


async def _paused(opened: Opened) -> tuple[str, ...]:
    store, names = opened.service.store, []
    for name in opened.links:
        state = await opened.store.run(store.link_state, name)
        if state.paused or opened.service.config.links[name].paused:
            names.append(name)
    return tuple(names)


async def _run(links: list[LinkAtWork], most: timedelta | None) -> bool:
    from sync_service.engine.cycle import cycle
    from sync_service.engine.level import until_level

    if most is not None:
        try:
            return await until_level(links, most, _while_somebody_can(links))
        except Stuck:
            return False
    whole = [await cycle(link) for link in links]
    return all(whole) and not [link for link in links if link.tally.writes or await _open(link)]


async def _open(link: LinkAtWork) -> bool:
    """Tell whether work or an unsettled write is left."""
    store = link.store
    backlog = await store.run(store.store.backlog, link.name, link.clock())
    notes = await store.run(store.store.open_notes, link.name)
    return bool(backlog.due or backlog.next_due or notes)


class Stuck(Exception):
    """Every link waits for a person: another cycle would find the same."""


def _while_somebody_can(links: list[LinkAtWork]) -> Callable[[float], Awaitable[None]]:
    """Sleep between cycles, unless only a person can make the next one go better."""

    async def sleep(seconds: float) -> None:
        if all([await _needs_person(link) for link in links]):
            raise Stuck
        await asyncio.sleep(seconds)

    return sleep


async def _needs_person(link: LinkAtWork) -> bool:
    from sync_service.core.guard import STOPS

    if link.runaway:
        return True
    if not link.down:
        return False
    store = link.store
    problems = await store.run(store.store.problems, link=link.name)
    return any(one.problem.code in {"stopped", *STOPS} for one in problems)


async def _outcome(opened: Opened, level: bool, paused: tuple[str, ...], seconds: float) -> Outcome:
    tally, down = _sum(opened), {}
    for link in opened.links.values():
        for side, one in link.down.items():
            down[link.system(side)] = one.why
    now, store = opened.service.clock(), opened.service.store
    states = [await opened.store.run(store.status, name, now) for name in opened.links]
    return Outcome(
        level=level,
        cycles=tally.cycles,
        created=tally.created,
        updated=tally.updated,
        commented=tally.commented,
        conflicts=tally.conflicts,
        problems=sum(state.problems for state in states),
        asked=sum(state.asked for state in states),
        requests=requests_of(opened),
        seconds=round(seconds, 3),
        down=down,
        waiting=dict(opened.waiting),
        paused=paused,
    )


def _sum(opened: Opened) -> Tally:
    from sync_service.engine.link import Tally

    tally = Tally()
    for link in opened.links.values():
        tally.add(link.tally)
    return tally


def requests_of(opened: Opened) -> dict[str, dict[str, int]]:
    """Count what was put on the wire per system, where the adapter counts."""
    found: dict[str, dict[str, int]] = {}
    for name, adapter in opened.service.adapters.items():
        counts: Mapping[tuple[str, str], int] | None = getattr(
            getattr(adapter, "http", None), "counts", None
        )
        if counts is not None:
            found[name] = {f"{method} {route}": n for (method, route), n in sorted(counts.items())}
    return found


def _tell(outcome: Outcome) -> None:
    """Say it to a person, problems last."""
    word = "level" if outcome.level else "not level yet"
    edge.say(
        f"{word}: {outcome.created} created, {outcome.updated} updated, {outcome.commented}"
        f" commented, {outcome.conflicts} conflicts, {outcome.cycles} cycles in"
        f" {outcome.seconds:.1f} s"
    )
    for name in outcome.paused:
        edge.say(f"{name} is paused: `sync-service resume {name}` lets it go on")
    for why in dict.fromkeys([*outcome.waiting.values(), *outcome.down.values()]):
        edge.warn(why)
    if outcome.problems:
        edge.warn(f"{outcome.problems} open problems: see `sync-service problems list`")
    if outcome.asked:
        edge.warn(f"{outcome.asked} conflicts wait for you: see `sync-service conflicts list`")
