"""`pair` and `unpair`: join two tickets by hand, and part them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LinkOption

if TYPE_CHECKING:
    from sync_service.config import Config, Link

TicketArgument = Annotated[str, typer.Argument(metavar="TICKET", help="By id or number.")]


def pair(
    first: TicketArgument,
    second: TicketArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    link: LinkOption = "",
    as_json: JsonOption = False,
) -> None:
    """Join two tickets that are one piece of work; comments from before are not copied."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import ask, link_named
        from sync_service.cli.service import configured

        read = configured(config, quiet=True)
        chosen = link_named(read, link)
        left, right = asyncio.run(_sides(read, chosen, first, second))
        args = {"link": chosen.name, "left": left, "right": right}
        ask(read, "pair", args, as_json=as_json)


async def _sides(config: Config, link: Link, first: str, second: str) -> tuple[str, str]:
    """Find which ticket is on which side; both must be there."""
    from sync_service.bootstrap import make_adapters
    from sync_service.cli.asking import NotFound, id_of

    adapters = make_adapters(config)
    names = (link.systems.left, link.systems.right)
    try:
        left, right = (adapters[name] for name in names)
        await asyncio.gather(left.start(), right.start())
        for one, two in ((first, second), (second, first)):
            ids = await asyncio.gather(id_of(left, one), id_of(right, two))
            if ids[0] is not None and ids[1] is not None:
                return ids[0], ids[1]
    finally:
        for adapter in adapters.values():
            await adapter.close()
    raise NotFound(
        f"{first} and {second} are not one ticket of {names[0]} and one of {names[1]}; name each by"
        " its id or number."
    )


def unpair(
    ticket: TicketArgument,
    config: ConfigOption = DEFAULT_CONFIG,
    link: LinkOption = "",
    forget: Annotated[
        bool, typer.Option("--forget", help="Let its tickets start new pairs by themselves.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """End a pair; both tickets stay as they are, and start no new pair unless --forget."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import ask
        from sync_service.cli.service import configured, one_of_the_links

        read = configured(config, quiet=True)
        one_of_the_links(read, link)
        args = asyncio.run(_ended(read, ticket, link, forget=forget))
        ask(read, str(args.pop("command")), args, as_json=as_json)


async def _ended(config: Config, ticket: str, link: str, *, forget: bool) -> dict[str, object]:
    """Say which pair is meant; with --forget an unpaired ticket may be meant instead."""
    from sync_service.cli.asking import NotFound, ids_of, pairs_of
    from sync_service.cli.service import stored

    with stored(config) as store:
        try:
            found = await pairs_of(config, store, ticket, link)
        except NotFound:
            tickets = [number for _, _, number in await ids_of(config, ticket, link)] or [ticket]
            if not forget:
                raise
            return {"command": "forget", "tickets": tickets, "links": [link] if link else []}
    if len(found) > 1:
        names = ", ".join(one.link for one in found)
        raise NotFound(f"{ticket} has pairs on {names}; say which with --link.")
    return {"command": "unpair", "pair": found[0].id, "forget": forget}
