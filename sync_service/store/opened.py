"""An opened database: its schema, its lock, and one transaction a call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from sqlalchemy import Connection

from sync_service.store import lock, runs, schema, telling
from sync_service.store.database import Database
from sync_service.store.notes import Run

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])


def reads(method: F) -> F:
    """Mark a method that only reads, so that `AsyncStore` runs it beside the writer."""
    method.reads = True  # type: ignore[attr-defined]
    return method


def now_utc() -> datetime:
    """Tell the time."""
    return datetime.now(UTC)


class Opened:
    """What `Store` stands on: everything about the database that is not about tickets."""

    def __init__(self, database: Database, clock: Callable[[], datetime] = now_utc) -> None:
        self._database = database
        self._now = clock

    @classmethod
    def open(cls, url: str, clock: Callable[[], datetime] = now_utc) -> Self:
        """Open `sqlite:///FILE` or `postgresql://...`; raise ConfigError for anything else.

        `clock` stamps what the store notes by itself (history, problems, work that is due now).
        """
        return cls(Database(url), clock)

    def close(self) -> None:
        """Close all connections; the lock, if taken, stays until it is released."""
        self._database.close()

    @property
    def database(self) -> Database:
        """The database itself: for backups and tests."""
        return self._database

    def migrate(self) -> None:
        """Bring the tables to this program's newest revision; safe to call at every start."""
        schema.migrate(self._database)

    @reads
    def at_head(self) -> bool:
        """Tell whether the tables are at this program's newest revision."""
        return schema.at_head(self._database)

    def lock(self) -> lock.Lock | None:
        """Take the single-node lock; None if another process has it (R29)."""
        return lock.acquire(self._database)

    @reads
    def locked_by(self) -> str | None:
        """Say who has the single-node lock: process, host and since when; None if it is free."""
        return lock.holder(self._database)

    def _read(
        self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        with self._database.reading() as c:
            return query(c, *args, **kwargs)

    def _write(
        self, change: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        with self._database.writing() as c:
            telling.forget(c)
            result = change(c, *args, **kwargs)
            told = telling.news(c)
        telling.say(told)
        return result


def fenced(
    change: Callable[Concatenate[Connection, P], R],
) -> Callable[Concatenate[Connection, Run, P], R]:
    """Let only the newest run make the change."""

    def checked(c: Connection, run: Run, /, *args: P.args, **kwargs: P.kwargs) -> R:
        runs.fence(c, run)
        return change(c, *args, **kwargs)

    return checked
