"""`demo`: two help desks and the daemon between them, on this machine alone.

The desks are the simulators, served over real HTTP; the daemon is the one that `run` starts. What
is shown and proved is read from the desks' own control API, never through our adapters.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from sync_service.cli import edge
from sync_service.cli.demo_desks import Desk, Desks
from sync_service.cli.options import JsonOption
from sync_service.cli.progress import working

if TYPE_CHECKING:
    from sync_service.cli.demo_people import People
    from sync_service.cli.demo_proof import Acts, Proof
    from sync_service.web.app import View

_CONFIG = """\
instance: demo
store: {{url: "sqlite:///{folder}/sync.db"}}
health: {{host: 127.0.0.1, port: {port}}}
systems:
  incidentiq:
    adapter: incidentiq
    url: {left}
    site_id: {site_id}
    token: {token}
    time_zone: America/Chicago
    key_field: Sync Key
    index_lag: 1s
    timeout: 2s
  servicenow:
    adapter: servicenow
    url: {right}
    auth: {{user: {user}, password: {password}}}
    table: incident
    timeout: 2s
links:
  helpdesk:
    between: [incidentiq, servicenow]
    mapping: helpdesk.mapping.yaml
    every: 1s
    since: now
    on_conflict: incidentiq
"""
#: A ticket of the second in which the daemon started would be older than `since: now`.
_AFTER_START = 1.5


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play a fixed script, print a proof, and end.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed plays the same people.")] = 1,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="For the page and /readyz; 0 takes a free one.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Show tickets and comments flowing between two simulated help desks."""
    with edge.edge(as_json=as_json):
        code = asyncio.run(_demo(once=once, seed=seed, port=port, as_json=as_json))
        raise typer.Exit(code)


async def _demo(*, once: bool, seed: int, port: int, as_json: bool) -> int:
    from sync_service.cli.demo_people import People
    from sync_service.cli.demo_proof import Acts
    from sync_service.cli.demo_show import Show
    from sync_service.simulators.district import NOTES, REPLIES, District

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    show = Show(quiet=as_json)
    with _desks(seed) as desks, TemporaryDirectory(prefix="sync-demo-") as folder:
        config = _write(Path(folder), desks, port)
        async with _daemon(config, stop) as view:
            show.line("two help desks and the daemon between them are up; the page is " + view.url)
            people = People(desks, District(seed), REPLIES, NOTES, show)
            watching = asyncio.create_task(show.watch(desks))
            try:
                if once:
                    acts = Acts()
                    async with working(acts.look, show.terminal):
                        proof = await _script(people, view, acts, stop)
                    return _told(proof, as_json=as_json)
                await _until(stop, people)
            finally:
                watching.cancel()
    return 0


async def _until(stop: asyncio.Event, people: People) -> None:
    """Let people work until somebody stops the demo."""
    while not stop.is_set():
        await asyncio.to_thread(people.anything)
        try:
            await asyncio.wait_for(stop.wait(), people.pause())
        except TimeoutError:
            continue


async def _script(people: People, view: View, acts: Acts, stop: asyncio.Event) -> Proof | None:
    """Play the fixed script, wait for level, and prove it; None if it was stopped."""
    from sync_service.cli.demo_proof import prove

    playing = asyncio.create_task(prove(people, view.totals, acts))
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([playing, told], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if not playing.done():
        playing.cancel()
        return None
    return playing.result()


def _told(proof: Proof | None, *, as_json: bool) -> int:
    """Print the proof; give the exit code."""
    if proof is None:
        return int(edge.Exit.AGAIN)
    if as_json:
        edge.show(proof.as_data())
    else:
        for line in proof.lines():
            edge.say(line)
    return 0 if proof.holds else int(edge.Exit.AGAIN)


@contextmanager
def _desks(seed: int) -> Iterator[Desks]:
    from sync_service.simulators import incidentiq, servicenow
    from sync_service.simulators.kernel import running

    left = incidentiq.build(seed=seed, index_lag=0.5)
    right = servicenow.build(seed=seed)
    with running(left) as one, running(right) as two:
        yield Desks(Desk("Incident IQ", one), Desk("ServiceNow", two))


def _write(folder: Path, desks: Desks, port: int) -> Path:
    """Write the configuration, with the mapping that ships as an example."""
    from sync_service.simulators.incidentiq import SITE_ID, TOKEN
    from sync_service.simulators.servicenow import PASSWORD, USER

    text = _CONFIG.format(
        folder=folder, port=port, left=desks.left.url, right=desks.right.url,
        site_id=SITE_ID, token=TOKEN, user=USER, password=PASSWORD,
    )  # fmt: skip
    shutil.copy(_examples() / "helpdesk.mapping.yaml", folder)
    file = folder / "sync.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def _examples() -> Path:
    """Give the folder of examples, of a wheel or of a checkout."""
    package = Path(__file__).parents[1]
    shipped = package / "_examples"
    return shipped if shipped.is_dir() else package.parent / "config"


@asynccontextmanager
async def _daemon(file: Path, stop: asyncio.Event) -> AsyncIterator[View]:
    """Run the daemon in this loop; what the environment says of a real store does not count."""
    from sync_service import log
    from sync_service.bootstrap import open_service, read_config
    from sync_service.cli.run import work
    from sync_service.scheduling.opening import open_store
    from sync_service.web.app import View

    log.set_up(logging.getLevelName(logging.WARNING))
    opened, view = open_store(open_service(read_config(file, {}))), View()
    ending = asyncio.Event()
    task = asyncio.create_task(work(opened, ending, view))
    try:
        ready = asyncio.create_task(view.ready.wait())
        told = asyncio.create_task(stop.wait())
        await asyncio.wait([ready, told, task], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        told.cancel()
        if task.done():
            await task
        await asyncio.sleep(_AFTER_START)
        yield view
    finally:
        ending.set()
        await task
        await opened.close()
