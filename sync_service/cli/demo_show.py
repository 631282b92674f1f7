"""What the demo shows live: who did what, and what the daemon brought to the other desk."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from rich.console import Console
from rich.text import Text

from sync_service.cli.demo_desks import Desk, Desks, key_of

_LOOK = 0.4
_SELF = "sync.service@"
_LONGEST = 90


class Show:
    """Writes lines to the console; plain ones where it is no terminal."""

    def __init__(self, *, quiet: bool) -> None:
        self._console = Console(highlight=False, quiet=quiet, soft_wrap=True)
        self._known: set[str] = set()

    @property
    def terminal(self) -> Console | None:
        """The console, where lines of this show are printed on a terminal."""
        return self._console if self._console.is_terminal and not self._console.quiet else None

    def line(self, text: str) -> None:
        """Say something about the demo itself."""
        self._print("", text, "bold")

    def did(self, desk: Desk, who: str, what: str) -> None:
        """Say what a person did."""
        self._print(desk.name, f"{who} {what}", "cyan")

    async def watch(self, desks: Desks) -> None:
        """Tell what appears at either desk by the hand of the sync, until cancelled."""
        while True:
            for desk in (desks.left, desks.right):
                shown = await asyncio.to_thread(desk.tickets)
                for ticket in shown.values():
                    self._look(desk, ticket)
            await asyncio.sleep(_LOOK)

    def _look(self, desk: Desk, ticket: dict[str, Any]) -> None:
        if key_of(ticket) and self._is_new(desk, "copy", ticket["id"]):
            self._print(desk.name, f"   <- {ticket['number']}: {ticket['subject']}", "green")
        status = f"{ticket['id']} {ticket['status']}"
        if self._is_new(desk, "status", status):
            self._print(desk.name, f"   == {ticket['number']} is {ticket['status']}", "yellow")
        for comment in ticket["comments"]:
            if str(comment["author"]).startswith(_SELF) and self._is_new(
                desk, "comment", comment["id"]
            ):
                kind = "reply" if comment["public"] else "note"
                self._print(desk.name, f"   <- a {kind} on {ticket['number']}", "green")

    def _is_new(self, desk: Desk, kind: str, what: str) -> bool:
        key = f"{desk.url} {kind} {what}"
        new = key not in self._known
        self._known.add(key)
        return new

    def _print(self, desk: str, text: str, style: str) -> None:
        short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        at = time.strftime("%H:%M:%S")
        self._console.print(Text(f"{at}  {desk:<12} {short}", style=style))
