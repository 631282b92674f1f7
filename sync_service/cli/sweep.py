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
    from sync_service.core.sweeping import Round
    from sync_service.core.values import Sides
    from sync_service.scheduling.opening import Opened
    from sync_service.store import Store, SweepRow

_PAUSE = 0.3
#: What each finding is called; the system's name follows.
_WORDS = {
    "gone": "tickets gone from",
    "merged": "tickets merged on",
    "back": "pairs whose tickets are back",
    "missed": "changes that the search did not show, on",
    "silent": "changes that moved no date or version, on",
    "comment": "comments not seen before, on",
    "apart": "lines that stand apart",
    "drift": "one-way lines whose target shows something else",
    "lost copy": "copies of comments deleted on",
    "lost original": "copied comments deleted on",
    "unreadable": "tickets that could not be read",
}
#: Who settles what was found, by who swept.
_NEXT = {
    "daemon": "The daemon settles these pairs by the ordinary rules; `sync-service problems` lists"
    " what it leaves to you.",
    "command": "`sync-service once --until-level`, or the daemon, settles these pairs by the ordinary"
    " rules; `sync-service problems` lists what is left to you.",
}
_ALONE = frozenset({"back", "apart", "drift", "unreadable"})


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
                known = hindrance(store, opened.service.config.links[name], work.clock())
                down = "; ".join(dict.fromkeys(one.why for one in work.down.values()))
                why[name] = known or Hindrance(down, person=False)
                break
    return _told(opened.service.config, store, names, "command", why)


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
    for name in names:
        told = as_data(store.sweep(name), config.links[name].systems)
        links[name] = {
            **(told["last"] or {}),
            "ended": _over(store.sweep(name)) and name not in why,
        }
        if name in why:
            links[name] |= {"why": why[name].why, "person": why[name].person}
    return {"by": by, "links": links}


def as_data(row: SweepRow, systems: Sides[str]) -> dict[str, Any]:
    """Give how far a sweep has come and how the last one ended, as plain data."""
    last = None
    if row.last is not None:
        round_, ended = row.last
        last = {**_round(round_, systems), "at": ended}
        last["seconds"] = round((ended - round_.began).total_seconds(), 1)
    now = _round(row.round, systems) if row.round else None
    return {"now": now, "last": last, "asked": row.asked_at is not None}


def _round(one: Round, systems: Sides[str]) -> dict[str, Any]:
    from sync_service.core.values import Side

    return {
        "began": one.began,
        "pairs": one.pairs,
        "looks": one.looks,
        "repair": one.repair,
        "next": one.next_at,
        "requests": {systems.of(side): one.requests.of(side) for side in Side},
        "found": [
            {"kind": str(kind), "system": systems.of(side), "count": count}
            for (kind, side), count in sorted(one.found.items())
        ],
    }


def _tell(told: Mapping[str, Any]) -> None:
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


def lines_of(name: str, last: Mapping[str, Any]) -> list[str]:
    """Say in words how a sweep ended."""
    spent = " and ".join(f"{count} to {system}" for system, count in last["requests"].items())
    first = f"{name}: {last['pairs']} pairs compared in {last['seconds']} s, requests: {spent}"
    lines = [f"{first}; pairs to settle: {last['looks']}"]
    for one in last["found"]:
        words = _WORDS[one["kind"]]
        where = "" if one["kind"] in _ALONE else f" {one['system']}"
        lines.append(f"  {words}{where}: {one['count']}")
    return lines if last["found"] else [*lines, "  nothing that the searches had not shown"]
