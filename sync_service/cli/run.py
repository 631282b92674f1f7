"""`run`: the daemon."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import typer

from sync_service.cli import edge
from sync_service.cli.how_far import HowFar
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption
from sync_service.cli.progress import Told, nothing, working

if TYPE_CHECKING:
    from sync_service.config import Config
    from sync_service.scheduling.daemon import End
    from sync_service.scheduling.opening import Opened
    from sync_service.web.app import View


#: Tickets to read, or pairs that are due.
_MUCH = 50


def run(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Keep all links in step until stopped; SIGTERM lets what was begun end, within 10 s.

    With --json the log is JSON also on a terminal.
    """
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured

        read = configured(config, style="json" if as_json else "")
        end = asyncio.run(_run(read, bar=not as_json and read.log.format != "json"))
        if end == "fenced":
            edge.warn("Another daemon has taken this store over; this one stopped.")
            raise typer.Exit(int(edge.Exit.AGAIN))


async def _run(config: Config, *, bar: bool) -> End:
    from sync_service.bootstrap import open_service
    from sync_service.scheduling.opening import open_store

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service = open_service(config)
    try:
        opened = open_store(service)
    except BaseException:
        await service.close()
        raise
    try:
        async with working(_Backfill(opened).look if bar else nothing):
            return await work(opened, stop)
    finally:
        await opened.close()


class _Backfill:
    """Shows a bar while much is read or due, as in the first run; a usual cycle shows none."""

    def __init__(self, opened: Opened) -> None:
        self._far = HowFar(opened.links.values)

    async def look(self) -> Told | None:
        """Tell how far the links are, if there is much to do."""
        told = await self._far.look()
        return told if told and max(told.done, told.total or 0) >= _MUCH else None


async def work(opened: Opened, stop: asyncio.Event, view: View | None = None) -> End:
    """Serve health, start the links and run them until `stop` is set; `view` shows it."""
    import structlog

    from sync_service.scheduling.daemon import Daemon, End
    from sync_service.scheduling.garbage import spare_what_stays
    from sync_service.scheduling.opening import start_links
    from sync_service.web.app import View, health_app
    from sync_service.web.server import bind, serving

    health, view = opened.service.config.health, view or View()
    async with serving(health_app(view), bind(health.host, health.port)) as url:
        view.url = url
        structlog.get_logger(__name__).info("health.listening", url=url)
        if not await _before(stop, asyncio.create_task(start_links(opened))):
            return End.STOPPED
        spare_what_stays()
        daemon = Daemon(opened)
        view.show(opened, daemon.totals)
        return await daemon.run(stop)


async def _before(stop: asyncio.Event, starting: asyncio.Task[None]) -> bool:
    """Wait until all is started; give up, and tell so, when `stop` comes first."""
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([told, starting], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if starting.done():
        await starting
        return True
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    return False
