"""`forget`: erase what the store holds of a ticket."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LinkOption
from sync_service.errors import SyncServiceError

if TYPE_CHECKING:
    from sync_service.config import Config


def forget(
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="By id or number.")],
    config: ConfigOption = DEFAULT_CONFIG,
    link: LinkOption = "",
    as_json: JsonOption = False,
) -> None:
    """Erase what the store holds of a ticket: its pairs, texts, problems, conflicts and history.

    The tickets themselves stay in their systems, and start no new pair by themselves.
    """
    with edge.edge(as_json=as_json):
        from sync_service.cli.asking import ask
        from sync_service.cli.service import configured, one_of_the_links

        read = configured(config, quiet=True)
        one_of_the_links(read, link)
        names = asyncio.run(_names(read, ticket, link))
        ask(read, "erase", {"tickets": names, "link": link}, as_json=as_json)


async def _names(config: Config, ticket: str, link: str) -> list[str]:
    """Give what the ticket is called, the given name first; systems that are away say nothing."""
    from sync_service.cli.asking import ids_of
    from sync_service.cli.service import stored

    with stored(config) as store:
        if store.find_pairs(ticket, link=link):
            return [ticket]
    try:
        found = [name for _, _, name in await ids_of(config, ticket, link)]
    except SyncServiceError as error:
        edge.warn(f"{error}. Only what the store calls {ticket} is erased.")
        found = []
    return list(dict.fromkeys([ticket, *found]))
