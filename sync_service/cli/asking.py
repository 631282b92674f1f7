"""Writing commands: carried out here and now if the store is free, else left for the daemon (R29)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from sync_service.cli import edge
from sync_service.errors import NeedsHuman, Refused

if TYPE_CHECKING:
    from sync_service.adapters.base import Adapter
    from sync_service.config import Config, Link
    from sync_service.core.pair import Pair
    from sync_service.store import Store

#: How long a command waits for the daemon's answer before it says that the request is left.
_PATIENCE = 15.0
_PAUSE = 0.2


class NotFound(NeedsHuman):
    """What a command names is not there."""


def ask(config: Config, command: str, args: Mapping[str, Any], *, as_json: bool) -> None:
    """Have a command carried out, and say what came of it; raise `typer.Exit`."""
    said = asyncio.run(_ask(config, command, args))
    if as_json:
        edge.show(said)
    else:
        (edge.say if said["ok"] else edge.warn)(str(said["said"]))
    raise typer.Exit(0 if said["ok"] else int(edge.Exit.PERSON))


async def _ask(config: Config, command: str, args: Mapping[str, Any]) -> dict[str, Any]:
    from sync_service.bootstrap import open_service
    from sync_service.scheduling.opening import InUse, open_store
    from sync_service.scheduling.requests import carry_out

    service = open_service(config)
    try:
        opened = open_store(service)
    except InUse:
        try:
            return await leave(service.store, command, args)
        finally:
            await service.close()
    except BaseException:
        await service.close()
        raise
    try:
        return {"ok": True, "by": "command", "said": await carry_out(opened, command, args)}
    except Refused as error:
        return {"ok": False, "by": "command", "said": str(error)}
    finally:
        await opened.close()


async def leave(store: Store, command: str, args: Mapping[str, Any]) -> dict[str, Any]:
    """Leave a request for the daemon, and wait a little for its answer."""
    number = store.ask(command, args)
    for _ in range(int(_PATIENCE / _PAUSE)):
        await asyncio.sleep(_PAUSE)
        request = store.request(number)
        if request is not None and request.answer is not None:
            return {**request.answer, "by": "daemon", "request": number}
    holder = store.locked_by() or "the next daemon"
    said = f"Left as request {number} for {holder}, which has not answered yet."
    return {"ok": True, "by": "nobody yet", "request": number, "said": said}


async def pairs_of(config: Config, store: Store, ticket: str, link: str) -> list[Pair]:
    """Find the pairs of a ticket named by id or number; raise `NotFound`.

    The store is asked first: no system knows the number of a ticket that is gone (R5).
    """
    found = store.find_pairs(ticket, link=link) or store.pairs_called(ticket, link)
    if found:
        return found
    for name, side, number in await ids_of(config, ticket, link):
        found += [one for one in store.find_pairs(number, name, link, side) if one not in found]
    if not found:
        where = f" on {link}" if link else ""
        raise NotFound(f"No pair{where} has a ticket {ticket}; name it by its id or number.")
    return found


async def ids_of(config: Config, ticket: str, link: str) -> list[tuple[str, None, str]]:
    """Ask the systems which ticket has this number or id; give (system, any side, id)."""
    from sync_service.bootstrap import make_adapters

    links = [config.links[link]] if link else list(config.links.values())
    names = {name for one in links for name in (one.systems.left, one.systems.right)}
    adapters = make_adapters(config)
    try:
        found = []
        for name in sorted(names):
            await adapters[name].start()
            number = await id_of(adapters[name], ticket)
            if number is not None:
                found.append((name, None, number))
        return found
    finally:
        for adapter in adapters.values():
            await adapter.close()


async def id_of(adapter: Adapter, ticket: str) -> str | None:
    """Give the id of the ticket that people or the system call so; None if there is none."""
    from sync_service.core.values import Ticket

    reading = (await adapter.get([ticket]))[ticket]
    if isinstance(reading, Ticket):
        return reading.id
    name = "TicketNumber" if adapter.kind("TicketNumber") is not None else "number"
    ids = (await adapter.match(name, [ticket])).get(ticket, ())
    return ids[0] if len(ids) == 1 else None


def link_named(config: Config, name: str) -> Link:
    """Give the link that is meant; a configuration with one link needs no name."""
    from sync_service.cli.service import one_of_the_links
    from sync_service.errors import ConfigError

    names = one_of_the_links(config, name)
    if len(names) > 1:
        raise ConfigError([f"say which link with --link: {', '.join(names)}"])
    return config.links[names[0]]
