"""`simulate`: a vendor's stand-in on loopback, to try a configuration against.

Its credentials are public demo values, printed before it serves.
"""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Annotated, Any

import typer

from sync_service.cli import edge
from sync_service.cli.options import JsonOption
from sync_service.errors import ConfigError

SIMULATORS = ("incidentiq", "servicenow")


def simulate(
    adapter: Annotated[str, typer.Argument(metavar="incidentiq|servicenow")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 0,
    tickets: Annotated[int, typer.Option(min=0, help="How many old tickets there are.")] = 0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same district.")] = 1,
    switch: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A switch of docs/simulators.md; may repeat."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve a simulated vendor on 127.0.0.1 until it is stopped."""
    with edge.edge(as_json=as_json):
        if adapter not in SIMULATORS:
            raise ConfigError(
                [f"there is no simulator `{adapter}`; there are {', '.join(SIMULATORS)}"]
            )
        switches = _positions(switch or ())
        app, credentials = _built(adapter, tickets, seed, switches)
        _serve(app, port, credentials, as_json=as_json)


def _built(
    adapter: str, tickets: int, seed: int, switches: dict[str, Any]
) -> tuple[Any, dict[str, str]]:
    from sync_service.simulators import incidentiq, servicenow

    try:
        if adapter == "incidentiq":
            app = incidentiq.build(tickets, seed, **switches)
            return app, {"token": incidentiq.TOKEN, "site_id": incidentiq.SITE_ID}
        app = servicenow.build(tickets, seed, **switches)
    except ValueError as error:
        raise ConfigError([f"--switch: {error}"]) from error
    return app, {
        "user": servicenow.USER,
        "password": servicenow.PASSWORD,
        "client_id": servicenow.CLIENT_ID,
        "client_secret": servicenow.CLIENT_SECRET,
    }


def _positions(given: list[str] | tuple[()]) -> dict[str, Any]:
    """Read `NAME=VALUE`: JSON where it is JSON, a text otherwise."""
    positions: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise ConfigError([f"--switch {one}: write NAME=VALUE, such as index_lag=5"])
        try:
            positions[name] = json.loads(value)
        except ValueError:
            positions[name] = value
        # A position such as "401" is a word although it reads as a number.
        if _is_word(name) and not isinstance(positions[name], str):
            positions[name] = value
    return positions


def _is_word(name: str) -> bool:
    from sync_service.simulators.incidentiq import switches as left
    from sync_service.simulators.servicenow import switches as right

    known = {one.name: one for one in (*left.SWITCHES, *right.SWITCHES)}
    return name in known and isinstance(known[name].default, str)


def _serve(app: Any, port: int, credentials: dict[str, str], *, as_json: bool) -> None:
    from sync_service.simulators.kernel import serve

    # The server stops in order and then raises the signal again: that is a good end, not a kill.
    signal.signal(signal.SIGTERM, lambda *_: None)

    def ready(url: str) -> None:
        if as_json:
            edge.show({"ready": url, **credentials})
            return
        for name, value in credentials.items():
            edge.say(f"{name} {value}")
        edge.say(f"ready {url}")

    try:
        asyncio.run(serve(app, port, ready=ready))
    except OSError as error:
        raise ConfigError(
            [f"port {port}: {error.strerror}; give another one with --port"]
        ) from error
    except KeyboardInterrupt:
        pass  # that is how a person ends it
