"""The lock that lets one daemon at a time work on a store (R29).

The operating system or the database server holds it for the process, so it is free as soon as the
process is dead, however it died: no lease to wait for and no stale file to delete.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

import psycopg
from sqlalchemy import URL

from sync_service.errors import Fenced
from sync_service.store.database import Database, answering

#: Our advisory lock on PostgreSQL; distinct from the one that write transactions take.
DAEMON_LOCK = 7_239_041_002
_HOLDER = """
    SELECT a.application_name, a.client_addr, a.backend_start
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
      AND l.classid = %s AND l.objid = %s
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Lock(Protocol):
    """A held lock; `release` gives it back, and so does the end of the process."""

    def renew(self) -> None:
        """Take it anew if the server forgot it; raise `Fenced` if somebody else has it now.

        Raises `StoreAway` where the server cannot be asked.
        """

    def release(self) -> None:
        """Give the lock back."""


def acquire(database: Database) -> Lock | None:
    """Take the lock; None if another process has it."""
    file = database.file
    return _postgres_lock(database.url) if file is None else _file_lock(_beside(file))


def holder(database: Database) -> str | None:
    """Say who has the lock: process, host and since when; None if it is free."""
    file = database.file
    return _postgres_holder(database.url) if file is None else _file_holder(_beside(file))


class _FileLock:
    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def renew(self) -> None:
        """Nothing to do: the lock lives as long as the open file."""

    def release(self) -> None:
        self._file.close()


class _ServerLock:
    """Held by a connection: a server that was started again has forgotten it."""

    def __init__(self, url: URL, connection: psycopg.Connection[Any]) -> None:
        self._url, self._connection = url, connection

    def renew(self) -> None:
        with suppress(psycopg.OperationalError, psycopg.InterfaceError):
            self._connection.execute("SELECT 1")
            return
        self._connection.close()
        again = _locked_connection(self._url)
        if again is None:
            raise Fenced("The database was started again, and another daemon took this store over.")
        self._connection = again

    def release(self) -> None:
        self._connection.close()


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".lock")


def _file_lock(path: Path) -> Lock | None:
    # Never deleted: two processes could else lock two files of the same name.
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    if not _flocked(file):
        file.close()
        return None
    file.truncate()
    since = datetime.now(UTC).isoformat(timespec="seconds")
    json.dump({"pid": os.getpid(), "host": socket.gethostname(), "since": since}, file)
    file.flush()
    return _FileLock(file)


def _flocked(file: IO[str]) -> bool:
    # A command that looks who has the lock holds it for a moment.
    for wait in (0.05, 0.05, None):
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if wait:
            time.sleep(wait)
    return False


def _file_holder(path: Path) -> str | None:
    try:
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return _described(file)
    except FileNotFoundError:
        pass  # nobody has ever locked it
    return None


def _described(file: IO[str]) -> str:
    with suppress(ValueError, KeyError):
        told = json.load(file)
        return f"process {told['pid']} on {told['host']} since {told['since']}"
    return "a process that has only just taken it"


def _connect(url: URL, name: str) -> psycopg.Connection[Any]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with answering():
        return psycopg.connect(plain, autocommit=True, application_name=name)


def _postgres_lock(url: URL) -> Lock | None:
    connection = _locked_connection(url)
    return None if connection is None else _ServerLock(url, connection)


def _locked_connection(url: URL) -> psycopg.Connection[Any] | None:
    # The server cuts a longer application name at 63 bytes.
    name = f"sync-service {os.getpid()}@{socket.gethostname()}"[:63]
    connection = _connect(url, name)
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [DAEMON_LOCK]).fetchone()
    if row is not None and row[0]:
        return connection
    connection.close()
    return None


def _postgres_holder(url: URL) -> str | None:
    with _connect(url, "sync-service") as connection:
        halves = [DAEMON_LOCK >> 32, DAEMON_LOCK & 0xFFFFFFFF]
        row = connection.execute(_HOLDER, halves).fetchone()
    if row is None:
        return None
    name, address, since = row
    pid, _, host = name.removeprefix("sync-service ").partition("@")
    started = since.astimezone(UTC).isoformat(timespec="seconds")
    return f"process {pid} on {host or address or 'an unknown host'} since {started}"
