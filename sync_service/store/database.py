"""One database: its engines, its settings and what a transaction is.

Every write transaction is alone: `BEGIN IMMEDIATE` on SQLite, one advisory lock on PostgreSQL.
So a method may read, think and write without losing another's update, on both alike (ADR 0011).
Reads are snapshots and never wait for a writer. What is asked thousands of times an hour is built
once, as a constant with `bindparam`: building a statement costs seven times its execution.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DatabaseError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

from sync_service.errors import ConfigError, StoreAway

T = TypeVar("T")

#: How many ids one `IN (...)` names; larger lists are cut into pieces of this size.
IN_LIMIT = 500
READERS = 4
#: Keys of our advisory locks on PostgreSQL: any constants do, as long as nobody else's are equal.
WRITE_LOCK = 7_239_041_001
#: How long a command waits for the daemon's transaction, and the other way round.
_BUSY_SECONDS = 30

_ON_CONNECT = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # an intent that power loss forgets is a ticket made twice (R16)
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-32768",
    "PRAGMA journal_size_limit=67108864",
    "PRAGMA secure_delete=ON",  # what is forgotten must not be found in the file
)
#: The `user_version` of a file that has had `secure_delete` all its life, or was rebuilt.
CLEAN = 1


class Database:
    """The engines of one URL: `writing` and `reading` open a transaction each."""

    def __init__(self, url: str) -> None:
        self.url = parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = _sqlite(self.url, write=True) if self.is_sqlite else _postgres(self.url)
        self._reader = _sqlite(self.url, write=False) if self.is_sqlite else self._writer

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        return Path(str(self.url.database)) if self.is_sqlite else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open the one write transaction of the moment; commit it unless an error passes.

        Raises `StoreAway` where the database cannot be reached or written, its disk full included.
        """
        with answering(), self._writer.begin() as connection:
            if not self.is_sqlite:
                connection.execute(text(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})"))
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a snapshot of what is committed; raise `StoreAway` where it cannot be read."""
        with answering(), self._reader.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self._reader.dispose()
        self._writer.dispose()


@contextmanager
def answering() -> Iterator[None]:
    """Say in a line what a driver says in ten; neither tells the password."""
    try:
        yield
    except (
        OperationalError, InterfaceError, psycopg.OperationalError, sqlite3.OperationalError
    ) as error:  # fmt: skip
        said = str(getattr(error, "orig", error)).strip().split("\n", 1)[0]
        raise StoreAway(
            f"The store cannot be used ({said}). Check `store.url` in the configuration, or"
            " $SYNC_DATABASE_URL, and that the database is up and has room."
        ) from error
    except DatabaseError as error:
        code = getattr(error.orig, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_NOTADB:
            raise ConfigError(
                [
                    "store: the file is no SQLite database; name another in `store.url`, or put a backup in its place"
                ]
            ) from error
        if code == sqlite3.SQLITE_CORRUPT:
            raise StoreAway(
                f"The store's file is damaged ({error.orig}). Stop what uses it and put a backup in"
                " its place; what happened since the backup is found again at the next start."
            ) from error
        raise


def parse(url: str) -> URL:
    """Read a store URL; raise ConfigError for what is neither SQLite in a file nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ConfigError([_url_help("the store's URL cannot be read")]) from error
    if parsed.drivername in {"postgres", "postgresql", "postgresql+psycopg"}:
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "sqlite+pysqlite"}:
        raise ConfigError([_url_help(f"the store cannot be kept in {parsed.drivername!r}")])
    if parsed.database in {None, "", ":memory:"}:
        raise ConfigError([_url_help("the store must outlive the process, and so needs a file")])
    return parsed


def _url_help(what: str) -> str:
    return f"store: {what}; write sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def _sqlite(url: URL, *, write: bool) -> Engine:
    if write:
        _make_private(Path(str(url.database)))
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1 if write else READERS,
        max_overflow=0 if write else READERS,
        pool_timeout=600,
        connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
    )
    settings = _ON_CONNECT if write else (*_ON_CONNECT[2:4], "PRAGMA query_only=ON")

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # The driver's own BEGIN is deferred: two readers that turn writers lose updates.
        connection.isolation_level = None
        for setting in settings:
            connection.execute(setting)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # Straight to the driver: it is said a thousand times a minute.
        connection.connection.cursor().execute("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _make_private(file: Path) -> None:
    """Let only our own user read the file: it holds what tickets say. A new journal follows it."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise ConfigError(
            [f"store: {file} cannot be opened ({error.strerror}); name a file we may write"]
        ) from error
    for one in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))):
        with suppress(FileNotFoundError):
            known = one.stat()
            if stat.S_IMODE(known.st_mode) & 0o077 and known.st_uid == os.getuid():
                one.chmod(0o600)


def _postgres(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_size=READERS,
        max_overflow=READERS,
        pool_pre_ping=True,
        connect_args={"application_name": "sync-service"},
    )

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: object) -> None:
        # In any other zone the driver cannot read a moment in the year 1 (`NEVER`).
        with connection.cursor() as cursor:
            cursor.execute("SET TIME ZONE 'UTC'")
        connection.commit()

    return engine


def chunked(items: Sequence[T], size: int = IN_LIMIT) -> Iterator[Sequence[T]]:
    """Cut a list into pieces that one `IN (...)` can hold."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


#: What each database calls an insert that can say `ON CONFLICT`; both read it alike.
UPSERTS: Mapping[str, Callable[[Table], postgresql.Insert | sqlite.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def upsert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """Give an insert that can say `ON CONFLICT`."""
    return UPSERTS[connection.dialect.name](table)
