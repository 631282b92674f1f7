"""Bringing a store to the newest schema, and telling whether it is there.

The scripts are in `migrations/` of a checkout and in `sync_service/_migrations` of a wheel. The
surprise: on PostgreSQL the upgrade runs inside the store's own write lock, so several daemons
that start at once upgrade one after the other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, create_engine, event, inspect
from sqlalchemy.pool import NullPool

from sync_service.errors import ConfigError
from sync_service.store.database import CLEAN, Database

if TYPE_CHECKING:
    from alembic.config import Config


def migrate(database: Database) -> None:
    """Bring the tables to the newest revision; raise ConfigError if a newer program made them."""
    from alembic import command

    at_head(database)
    new = revision_of(database) is None
    with _alone(database) as c:
        command.upgrade(_on(c), "head")
        if new and database.is_sqlite:
            c.exec_driver_sql(f"PRAGMA user_version={CLEAN}")


def empty(database: Database) -> None:
    """Undo every migration: drop all tables and all that is in them."""
    from alembic import command

    with _alone(database) as c:
        command.downgrade(_on(c), "base")


def revision_of(database: Database) -> str | None:
    """Give the revision the tables are at; None for an empty database."""
    from alembic.runtime.migration import MigrationContext

    with database.reading() as c:
        if not inspect(c).has_table("alembic_version"):
            return None
        return MigrationContext.configure(c).get_current_revision()


def at_head(database: Database) -> bool:
    """Tell whether the tables are at the newest revision; raise ConfigError for an unknown one."""
    found = revision_of(database)
    if found not in (None, *revisions()):
        told = f"store: its tables are at schema {found}, which this version does not know; it knows up"
        told += (
            f" to {head()}. Install the version that made them, or put a backup from before back"
        )
        raise ConfigError([told])
    return found == head()


@cache
def revisions() -> frozenset[str]:
    """Give every revision that this program knows."""
    from alembic.script import ScriptDirectory

    return frozenset(one.revision for one in ScriptDirectory.from_config(config()).walk_revisions())


@cache
def head() -> str:
    """Give the newest revision that this program knows."""
    from alembic.script import ScriptDirectory

    newest = ScriptDirectory.from_config(config()).get_current_head()
    if newest is None:
        raise ConfigError([f"store: no migrations in {_scripts()}; install sync-service again"])
    return newest


def config() -> Config:
    """Make Alembic's configuration; `attributes["connection"]` is what it runs on."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(_scripts()).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    return made


def _scripts() -> Path:
    package = Path(str(files("sync_service")))
    shipped = package / "_migrations"
    return shipped if shipped.is_dir() else package.parent / "migrations"


def _on(c: Connection) -> Config:
    made = config()
    made.attributes["connection"] = c
    return made


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """Open a write transaction that may change tables."""
    with database.writing() as c:  # makes the file, private, in WAL mode
        if not database.is_sqlite:
            yield c
            return
    # A batch migration copies a table and drops the old one, which foreign keys would follow:
    # they are off on a connection of its own.
    engine = create_engine(database.url, poolclass=NullPool)
    event.listen(engine, "connect", _begin_by_hand)
    event.listen(engine, "begin", _begin)
    with engine.begin() as c:
        yield c


def _begin_by_hand(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA secure_delete=ON")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
