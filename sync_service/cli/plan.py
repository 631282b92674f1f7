"""`plan`: what a run would write, before it writes anything.

It works beside a daemon, and before there is a store at all: then everything is new.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sized
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_service.cli import edge
from sync_service.cli.how_far import read_so_far
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LinkOption
from sync_service.cli.progress import Told, working

if TYPE_CHECKING:
    from sync_service.config import Config, Link
    from sync_service.engine.link import LinkAtWork
    from sync_service.engine.preview import News
    from sync_service.scheduling.service import Service
    from sync_service.store import AsyncStore

_CHUNK = 32


def plan(
    config: ConfigOption = DEFAULT_CONFIG,
    link: LinkOption = "",
    every: Annotated[
        bool, typer.Option("--all", help="Every pair, not only those with news.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="Plan at most so many pairs in detail.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """Show what a run would write, before -> after, per ticket and field. Writes nothing."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured

        read = configured(config, quiet=True)
        told = asyncio.run(_plan(read, link, every=every, limit=limit))
        if as_json:
            edge.show(told)
        else:
            for name, one in told["links"].items():
                _tell(name, one)


async def _plan(config: Config, link: str, *, every: bool, limit: int) -> dict[str, Any]:
    from sync_service.cli.service import one_of_the_links
    from sync_service.store import AsyncStore

    names = one_of_the_links(config, link)
    async with _reading(config) as service:
        used = {one for name in names for one in _systems(config.links[name])}
        store, links, bar = AsyncStore(service.store), {}, _Bar()
        async with working(bar.look):
            await asyncio.gather(*(service.adapters[one].start() for one in sorted(used)))
            for name in names:
                links[name] = await _link(service, store, name, bar, every=every, limit=limit)
        return {"links": links}


class _Bar:
    """How far the planning of a link is."""

    def __init__(self) -> None:
        self.told: Callable[[], Told] = lambda: Told("connecting")

    async def look(self) -> Told:
        """Tell it."""
        return self.told()

    def reading(self, link: str, found: News) -> None:
        """Show what is being read of both systems."""
        self.told = lambda: read_so_far([found.intake], f"reading for {link}")

    def planning(self, link: str, shown: Sized, pairs: int) -> None:
        """Show how many pairs are planned."""
        self.told = lambda: Told(f"planning {link}", len(shown), pairs, "pairs")


def _systems(link: Link) -> tuple[str, str]:
    return link.systems.left, link.systems.right


@asynccontextmanager
async def _reading(config: Config) -> AsyncIterator[Service]:
    """Open the store as it is; where there is none, one that is thrown away."""
    from pydantic import SecretStr

    from sync_service.cli.service import connected, stored

    if _there(config):
        with stored(config):
            pass  # it is there and at head, or this says what to do
        async with connected(config) as service:
            yield service
        return
    with TemporaryDirectory() as folder:
        away = replace(config, store_url=SecretStr(f"sqlite:///{folder}/plan.db"))
        async with connected(away) as service:
            service.store.migrate()
            yield service


def _there(config: Config) -> bool:
    """Tell whether the store exists: opening an SQLite file would make it."""
    from sync_service.store.database import parse

    url = parse(config.store_url.get_secret_value())
    return url.get_backend_name() != "sqlite" or Path(str(url.database)).exists()


async def _link(
    service: Service, store: AsyncStore, name: str, bar: _Bar, *, every: bool, limit: int
) -> dict[str, Any]:
    from sync_service.cli.previewing import as_data
    from sync_service.engine.preview import News, Preview, chosen, news, preview

    config, now = service.config.links[name], service.clock()
    work = await _at_work(service, store, config)
    changed = await _changed(store, config)
    found, shown = News(), list[Preview]()
    bar.reading(name, found)
    await news(work, found)
    found.looks.update(dict.fromkeys(await _answered(store, config)))
    pairs = await chosen(work, found, now, every=every or bool(changed))
    bar.planning(name, shown, min(len(pairs), limit))
    for at in range(0, min(len(pairs), limit), _CHUNK):
        shown += await preview(work, pairs[at : min(at + _CHUNK, limit)])
    told = [as_data(one, config.systems) for one in shown]
    counts = Counter(write["do"] for one in told for write in one["writes"])
    return {
        "pairs": len(pairs),
        "planned": len(told),
        "new": len(found.new),
        "backfill": found.backfill,
        "changed": list(changed),
        "judged": await _judged(store, name),
        "waits": (await store.run(store.store.link_state, name)).reason,
        "writes": dict(counts),
        "conflicts": sum(len(one["conflicts"]) for one in told),
        "problems": [problem.message for problem in found.problems],
        "tickets": told,
    }


async def _at_work(service: Service, store: AsyncStore, link: Link) -> LinkAtWork:
    """Make the link ready under the run that works now, or under the one that would be next."""
    from sync_service.store import Run

    now = service.clock()
    newest = await store.run(service.store.newest_run)
    live = await store.run(service.store.locked_by)
    if newest is None or live is None:
        newest = Run(newest.id + 1 if newest else 1, now)
    state = await store.run(service.store.link_state, link.name)
    began = state.began_at or now
    work = service.at_work(service, link, store, newest, began)
    if state.began_at is None and link.since == "now":
        work.rules = replace(work.rules, since=now + timedelta(microseconds=1))
    return work


async def _changed(store: AsyncStore, link: Link) -> tuple[str, ...]:
    """List the parts of the configuration that changed since the link last ran (R27)."""
    import json

    from sync_service.config import fingerprint
    from sync_service.core.config_change import risky

    state = await store.run(store.store.link_state, link.name)
    return risky(json.loads(state.accepted), fingerprint(link)) if state.accepted else ()


async def _answered(store: AsyncStore, link: Link) -> list[int]:
    """List the pairs whose values had no counterpart and now have one: a run looks at them (R10)."""
    from sync_service.scheduling.answering import answered

    rows = await store.run(store.store.problems, link=link.name)
    return await store.run(store.store.held_up, answered(link, rows))


def _waits(judged: dict[str, Any]) -> str:
    from sync_service.core.judgement import in_words, loaded

    plan = loaded(judged)
    if plan.lost:
        return f"{'; '.join(plan.lost)} left"
    if plan.writes:
        return f"the change alone would do {in_words(plan)}"
    return f"nothing of the change's making in {plan.planned} pairs so far"


async def _judged(store: AsyncStore, link: str) -> dict[str, Any] | None:
    """Give the plan that the link waits with, as the daemon made it (R27)."""
    from sync_service.core.judgement import dumped

    state = await store.run(store.store.link_state, link)
    return dumped(state.plan) if state.plan else None


def _tell(name: str, told: dict[str, Any]) -> None:
    from sync_service.cli.previewing import lines_of

    writes = ", ".join(f"{count} x {what}" for what, count in told["writes"].items())
    edge.say(f"{name}: {writes or 'nothing to write'}; {told['conflicts']} conflicts")
    if told["changed"]:
        edge.say(
            f"  changed since it last ran: {', '.join(told['changed'])}; all pairs are planned"
        )
    if told["judged"]:
        edge.say(f"  the link waits: {_waits(told['judged'])}")
    elif told["waits"]:
        edge.say(f"  {told['waits']}")
    if told["backfill"]:
        edge.say(
            f"  a backfill reads {told['backfill']} old tickets; {told['new']} would start pairs"
        )
    for one in told["tickets"]:
        for line in lines_of(one):
            edge.say(line)
    for message in told["problems"]:
        edge.say(f"  problem: {message}")
    if told["pairs"] > told["planned"]:
        left = told["pairs"] - told["planned"]
        edge.say(f"  and {left} more pairs; --limit {told['pairs']} plans them all")
