"""SQLite's files themselves: what deleted words leave behind in them, and a copy of them.

`secure_delete` overwrites what is deleted, but the journal keeps old pages until it is emptied,
and a file from before that setting may hold words in pages that are free by now. So such a file
is rebuilt once, which its `user_version` remembers.
"""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

from sync_service.errors import ConfigError
from sync_service.store.database import CLEAN, Database

_PATIENCE = 5.0
_PAUSE = 0.1


def wipe(database: Database) -> None:
    """Empty the journal into the file, and rebuild a file from before `secure_delete`, once.

    A reader that holds an old snapshot keeps the journal for some seconds; then it is emptied by
    the next call.
    """
    if database.file is None:
        return
    with sqlite3.connect(database.file, timeout=30, isolation_level=None) as connection:
        connection.execute("PRAGMA secure_delete=ON")
        if connection.execute("PRAGMA user_version").fetchone()[0] < CLEAN:
            connection.execute("VACUUM")
            connection.execute(f"PRAGMA user_version={CLEAN}")
        until = time.monotonic() + _PATIENCE
        while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > until:
                break
            time.sleep(_PAUSE)
    connection.close()


def backup(database: Database, file: Path) -> None:
    """Copy the store as it is now into a new file, beside whoever works on it."""
    if database.file is None:
        raise ConfigError(
            ["store: PostgreSQL makes its own backups; use pg_dump, and keep its file as private"]
        )
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise ConfigError(
            [f"{file}: {error.strerror}; name a new file in a folder that we may write"]
        ) from error
    source = sqlite3.connect(database.file, timeout=30, isolation_level=None)
    try:
        source.execute("VACUUM INTO ?", [str(file)])
    except BaseException:
        file.unlink()
        raise
    finally:
        source.close()
