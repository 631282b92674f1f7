"""A bar that moves while long work runs, on a terminal; elsewhere nothing at all.

It shows counts and the names of links and systems, never what tickets say. The surprise: while it
is there, log lines go through its console, so that each stands whole above the bar.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

#: Seconds before the bar is there, so that what is quick shows none, and between two looks.
_FIRST, _EVERY = 0.3, 0.5
_REDRAWN = 5
_WIDTH = 24


@dataclass(frozen=True, slots=True)
class Told:
    """What a bar shows: `done` of `total` (None: nobody knows how many), in `unit`."""

    doing: str
    done: int = 0
    total: int | None = None
    unit: str = ""
    also: str = ""

    @property
    def kind(self) -> tuple[str, bool]:
        """Tell what one bar can show without beginning anew."""
        return self.doing, self.total is None

    @property
    def of(self) -> str:
        """Give the numbers in words; empty where nothing is counted."""
        if not self.unit:
            return ""
        total = "" if self.total is None else f"/{self.total:,}"
        return f"{self.done:,}{total} {self.unit}"


#: Asked twice a second; None where there is nothing to show.
Look = Callable[[], Awaitable[Told | None]]


async def nothing() -> None:
    """Show no bar."""


async def connecting() -> Told:
    """Tell that systems are being asked, and that nobody knows how long they take."""
    return Told("connecting")


async def judging() -> Told:
    """Tell that a changed configuration is being planned, over every pair (R27)."""
    return Told("planning the changed configuration")


@asynccontextmanager
async def working(look: Look, console: Console | None = None) -> AsyncIterator[None]:
    """Show what `look` tells until the block ends; `console` is one that others print on, too."""
    if not sys.stderr.isatty():
        yield
        return
    task = asyncio.create_task(_move(look, console), name="progress")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _move(look: Look, console: Console | None) -> None:
    from rich.console import Console

    await asyncio.sleep(_FIRST)
    with _Bar(console or Console(stderr=True)) as bar:
        while True:
            bar.show(await look())
            await asyncio.sleep(_EVERY)


class _Bar:
    """One bar on a console; there while it has something to show."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._shows: Told | None = None
        self._there = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.show(None)

    def show(self, told: Told | None) -> None:
        """Show this, or nothing."""
        if told is None:
            self._there.close()
            self._progress = None
            return
        if self._progress is None:
            self._progress = self._begin()
        before, self._shows = self._shows, told
        if self._task is None or before is None or before.kind != told.kind:
            self._task = self._anew(self._progress, told)
        said = self._said(self._progress, told)
        self._progress.update(
            self._task, total=told.total, completed=told.done, said=said, visible=True, refresh=True
        )

    def _begin(self) -> Progress:
        self._task, progress = None, _drawn(self._console)
        self._there.enter_context(_above(self._console))
        return self._there.enter_context(progress)

    def _anew(self, progress: Progress, told: Told) -> TaskID:
        """Begin another bar: a task of rich that has a total never loses it."""
        if self._task is not None:
            progress.remove_task(self._task)
        return progress.add_task(told.doing, total=told.total, said="", visible=False)

    def _said(self, progress: Progress, told: Told) -> str:
        """Put in words what is done, how long it took and, once that shows, may still take."""
        took, left = (
            timedelta(seconds=int(monotonic() - self._began)),
            progress.tasks[0].time_remaining,
        )
        time = f"{took}, about {timedelta(seconds=int(left))} left" if left else str(took)
        return "  ".join(part for part in (told.of, time, told.also) if part)


def _drawn(console: Console) -> Progress:
    from rich.progress import BarColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(_WIDTH),
        TextColumn("{task.fields[said]}", markup=False),
        console=console,
        transient=True,
        refresh_per_second=_REDRAWN,
        redirect_stdout=False,
        redirect_stderr=False,
    )


@contextmanager
def _above(console: Console) -> Iterator[None]:
    """Let log lines that go to this terminal be printed above what moves."""
    handlers = [
        one
        for one in logging.getLogger().handlers
        if isinstance(one, logging.StreamHandler) and one.stream is sys.stderr
    ]
    for one in handlers:
        one.setStream(_Lines(console))
    try:
        yield
    finally:
        for one in handlers:
            one.setStream(sys.stderr)


class _Lines:
    """A stream that prints on a console, whole lines as they are."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def write(self, text: str) -> Any:
        """Print a log line, colours included."""
        from rich.text import Text

        self._console.print(Text.from_ansi(text), soft_wrap=True)

    def flush(self) -> None:
        """Nothing is kept back."""
