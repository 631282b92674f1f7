"""`sweep`: compare every pair now, by the daemon if one runs, and say what was found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from sync_service.cli.progress import Told, working

if TYPE_CHECKING:
    from sync_service.cli.hindered import Hindrance
    from sync_service.config import Config
    from sync_service.engine.link import LinkAtWork
    from sync_service.scheduling.opening import Opened
    from sync_service.store import Store, SweepRow

_PAUSE = 0.3
#: Who settles what was found, by who swept.
_NEXT = {
    "daemon": "The daemon settles these pairs by the ordinary rules; `sync-service problems` lists"
    " what it leaves to you.",
    "command": "`sync-service once --until-level`, or the daemon, settles these pairs by the ordinary"
    " rules; `sync-service problems` lists what is left to you.",
}


def sweep(
    link: Annotated[str, typer.Argument(metavar="[LINK]")] = "",
    repair: Annotated[
        bool, typer.Option("--repair", help="Settle what stands apart as at an adoption.")
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Leave it to the daemon, and do not watch.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Read and compare every pair now, and tell what no search has shown.

    Beside a daemon it is the daemon that does it; Ctrl-C ends the watching and not the sweep.
    """
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured, one_of_the_links

        read = configured(config, quiet=True)
        names = one_of_the_links(read, link)
        told = asyncio.run(_sweep(read, names, repair=repair, wait=not no_wait))
        if as_json:
            edge.show(told)
        else:
            _tell(told)
        raise typer.Exit(int(_exit(told, no_wait=no_wait)))


def _exit(told: Mapping[str, Any], *, no_wait: bool) -> edge.Exit:
    """3 outranks 1: a person is needed before the sweep can begin."""
    if any(one.get("person") for one in told["links"].values()):
        return edge.Exit.PERSON
    whole = no_wait or all(one["ended"] for one in told["links"].values())
    return edge.Exit.LEVEL if whole else edge.Exit.AGAIN


async def _sweep(config: Config, names: list[str], *, repair: bool, wait: bool) -> dict[str, Any]:
    from sync_service.cli.service import at_work
    from sync_service.scheduling.opening import InUse

    try:
        async with at_work(config, names) as opened:
            return await _here(opened, names, repair=repair)
    except InUse:
        return await _beside(config, names, repair=repair, wait=wait)


async def _here(opened: Opened, names: list[str], *, repair: bool) -> dict[str, Any]:
    """Run cycles until each round has ended; a link that may not run is left out, and said."""
    from sync_service.cli.hindered import Hindrance, hindrance
    from sync_service.engine.cycle import cycle

    store, why = opened.service.store, {}
    for name in names:
        link, state = opened.service.config.links[name], store.link_state(name)
        if link.paused or state.paused:
            why[name] = Hindrance(f"{name} is paused; `sync-service resume {name}` first")
        elif name in opened.waiting:
            why[name] = Hindrance(opened.waiting[name])
        else:
            await opened.store.run(store.ask_sweep, name, repair=repair)
    for name in names:
        if name in why:
            continue
        work = opened.links[name]
        async with working(_look(store, name, opened.store.run)):
            while not _over(await opened.store.run(store.sweep, name)):
                if await cycle(work):
                    continue
                why[name] = _why(
                    work, hindrance(store, opened.service.config.links[name], work.clock())
                )
                break
    return _told(opened.service.config, store, names, "command", why)


def _why(work: LinkAtWork, known: Hindrance | None) -> Hindrance:
    """Prefer what a person must do; else say what the systems answered just now."""
    from sync_service.cli.hindered import Hindrance

    if known is not None and known.person:
        return known
    down = "; ".join(dict.fromkeys(one.why for one in work.down.values()))
    return Hindrance(down or f"{work.name} could not be read", person=False)


async def _beside(config: Config, names: list[str], *, repair: bool, wait: bool) -> dict[str, Any]:
    """Leave the request for the daemon, and watch what becomes of it."""
    from sync_service.cli.asking import leave
    from sync_service.cli.hindered import Hindrance
    from sync_service.cli.service import connected

    async with connected(config) as service:
        store = service.store
        before = {name: store.sweep(name).ended_at for name in names}
        said = await leave(store, "sweep", {"links": names, "repair": repair})
        if not said["ok"]:
            refused = Hindrance(str(said["said"]))
            return _told(config, store, names, "daemon", dict.fromkeys(names, refused))
        why: dict[str, Hindrance] = {}
        for name in names if wait else ():
            async with working(_look(store, name)):
                if found := await _watch(config, store, name, before[name]):
                    why[name] = found
        return _told(config, store, names, "daemon", why)


async def _watch(
    config: Config, store: Store, name: str, before: datetime | None
) -> Hindrance | None:
    """Wait until a round has ended later than `before`; give what keeps it from that, if known."""
    from sync_service.cli.hindered import Hindrance, hindrance

    while not _ended_since(store.sweep(name), before):
        if store.locked_by() is None:
            return Hindrance(
                "the daemon is gone; the next one goes on with the sweep", person=False
            )
        if found := hindrance(store, config.links[name], datetime.now(UTC)):
            why = f"{found.why.rstrip('.')}. The sweep is asked for and begins after that."
            return replace(found, why=why)
        await asyncio.sleep(_PAUSE)
    return None


def _over(row: SweepRow) -> bool:
    return row.round is None and row.asked_at is None


def _ended_since(row: SweepRow, before: datetime | None) -> bool:
    return _over(row) and row.ended_at is not None and row.ended_at != before


def _look(store: Store, name: str, run: Callable[..., Any] | None = None) -> Any:
    async def look() -> Told | None:
        row = await run(store.sweep, name) if run else store.sweep(name)
        total = await run(store.count_pairs, name) if run else store.count_pairs(name)
        done = row.round.pairs if row.round else 0
        return Told(f"sweeping {name}", done, total, "pairs")

    return look


def _told(
    config: Config, store: Store, names: Sequence[str], by: str, why: Mapping[str, Hindrance]
) -> dict[str, Any]:
    links = {}
    from sync_service.cli.swept import as_data

    for name in names:
        told = as_data(store.sweep(name), config.links[name].systems)
        ended = _over(store.sweep(name)) and name not in why
        links[name] = {**(told["last"] or {} if ended else {}), "ended": ended}
        if name in why:
            links[name] |= {"why": why[name].why, "person": why[name].person}
    return {"by": by, "links": links}


def _tell(told: Mapping[str, Any]) -> None:
    from sync_service.cli.swept import lines_of

    looks = 0
    for name, one in told["links"].items():
        if not one["ended"]:
            why = str(one.get("why", "the sweep goes on; see `sync-service status`"))
            edge.warn(why if why.startswith(name) else f"{name}: {why}")
            continue
        looks += one["looks"]
        for line in lines_of(name, one):
            edge.say(line)
    if looks:
        edge.say(_NEXT[told["by"]])
