"""Migrations, settings and moments."""

import re
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Constraint, MetaData, PrimaryKeyConstraint, inspect, text

from sync_service.core.values import Side
from sync_service.errors import ConfigError, StoreAway
from sync_service.store import Feed, Run, Store, schema
from sync_service.store.database import Database
from sync_service.store.tables import metadata
from tests.databases import wipe
from tests.integration.store.world import LINK, NOW


def _shape(database: Database) -> dict[str, object]:
    """Describe every table as the database itself tells it."""
    with database.reading() as c:
        told = inspect(c)
        names = [name for name in told.get_table_names() if name != "alembic_version"]
        return {
            name: (
                [(column["name"], str(column["type"]), column["nullable"])
                 for column in told.get_columns(name)],
                told.get_pk_constraint(name),
                sorted(map(str, told.get_unique_constraints(name))),
                sorted(map(str, told.get_foreign_keys(name))),
                sorted(_index(index) for index in told.get_indexes(name)),
            )
            for name in names
        }  # fmt: skip


def _index(index: Mapping[str, Any]) -> str:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return str({**index, "dialect_options": options})


def _sql(database: Database) -> set[tuple[str, ...]]:
    """Give the statements that SQLite keeps of its tables, as their parts in any order."""
    with database.reading() as c:
        kept = c.execute(text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        return {
            tuple(sorted(re.split("[(),]", "".join(sql.replace('"', "").split()))))
            for (sql,) in kept
        }


def test_upgrade_from_empty_makes_what_the_tables_say(store: Store):
    """Columns, keys, indexes and constraint names: the migrations and the code agree."""
    with store.database.writing() as c:
        context = MigrationContext.configure(c, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    migrated = _shape(store.database)
    schema.empty(store.database)

    with store.database.writing() as c:
        metadata.create_all(c)
    made = _shape(store.database)
    with store.database.writing() as c:
        metadata.drop_all(c)
    store.migrate()

    assert migrated == made
    assert set(made) == set(metadata.tables)


def test_sqlite_keeps_the_very_statements_of_the_tables(sqlite_url: str, tmp_path: Path):
    """What inspection does not tell (partial indexes, AUTOINCREMENT, WITHOUT ROWID) agrees too."""
    migrated = Store.open(sqlite_url)
    made = Store.open(f"sqlite:///{tmp_path}/made.db")
    with made.database.writing() as c:
        metadata.create_all(c)

    difference = _sql(migrated.database) ^ _sql(made.database)

    assert {parts for parts in difference if "version_num" not in str(parts)} == set()
    migrated.close()
    made.close()


def test_down_and_up_again_changes_nothing(store: Store):
    """A migration can be taken back, and then done again."""
    before = _shape(store.database)

    schema.empty(store.database)
    emptied = _shape(store.database)
    assert not store.at_head()
    store.migrate()

    assert emptied == {}
    assert _shape(store.database) == before
    assert store.at_head()


def test_migrating_twice_is_harmless(store: Store, run: Run):
    """Every start of the daemon migrates."""
    store.put_feed(run, LINK, Side.LEFT, Feed("w"))

    store.migrate()

    assert store.feed(LINK, Side.LEFT) == Feed("w")


def test_every_constraint_has_a_name(store: Store):
    """A later migration can only change what it can name."""
    found = MetaData()
    with store.database.reading() as c:
        found.reflect(c)
    nameless = [
        (table.name, constraint)
        for table in found.tables.values()
        if table.name != "alembic_version"
        for constraint in table.constraints
        if constraint.name is None and not _numbers_rows(store, constraint)
    ]

    assert nameless == []


def _numbers_rows(store: Store, constraint: Constraint) -> bool:
    """SQLite writes AUTOINCREMENT into the column, where a key has no name."""
    return store.database.is_sqlite and isinstance(constraint, PrimaryKeyConstraint)


def test_a_new_file_is_its_owners_alone_and_survives_power_loss(tmp_path: Path):
    """0600, also the journal; WAL; FULL, because an intent must be on the disk (ADR 0012)."""
    store = Store.open(f"sqlite:///{tmp_path}/store.db")
    store.migrate()
    store.begin_run(NOW, "test")

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    with store.database.writing() as c:
        settings = {
            name: c.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    store.close()

    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path):
    """A store restored with `cp` must not stay open to all."""
    file = tmp_path / "store.db"
    file.touch(0o644)

    Store.open(f"sqlite:///{file}").close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_readers_cannot_write(sqlite_url: str):
    """The reading engine refuses by itself, so a mistake in a query changes nothing."""
    store = Store.open(sqlite_url)

    with (
        pytest.raises(Exception, match="readonly"),
        store.database.reading() as c,
    ):
        c.execute(text("DELETE FROM run"))
    store.close()


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, 23, 59, 59, 999999, UTC),) * 2,
        (
            datetime(2026, 11, 1, 1, 30, 0, 1, timezone(timedelta(hours=-5))),
            datetime(2026, 11, 1, 6, 30, 0, 1, UTC),
        ),
    ],
)
def test_moments_come_back_aware_and_to_the_microsecond(
    store: Store, run: Run, moment: datetime, shown: datetime
):
    """Both databases keep UTC, from the first year to the last."""
    store.put_feed(run, LINK, Side.LEFT, Feed(pulled_at=moment))

    feed = store.feed(LINK, Side.LEFT)

    assert feed is not None
    assert feed.pulled_at is not None
    assert (feed.pulled_at, feed.pulled_at.tzinfo) == (shown, UTC)


def test_a_naive_moment_is_refused(store: Store, run: Run):
    """A moment without a zone means nothing; it never reaches a table."""
    with pytest.raises(Exception, match="needs a zone"):
        store.put_feed(run, LINK, Side.LEFT, Feed(pulled_at=datetime(2026, 1, 1)))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://x/y", "cannot be kept in 'mysql'"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("store.db", "cannot be read"),
        ("sqlite:////no/such/folder/store.db", "cannot be opened"),
    ],
)
def test_a_store_that_cannot_be_is_refused_with_the_way_out(url: str, says: str):
    """The message names what is wrong and what to write."""
    with pytest.raises(ConfigError, match=says) as caught:
        Store.open(url)

    assert len(caught.value.problems) == 1


def test_wiping_leaves_an_empty_store(store: Store, run: Run):
    """Tests on a shared database start from nothing."""
    store.put_feed(run, LINK, Side.LEFT, Feed("w"))

    wipe(store)

    assert store.feed(LINK, Side.LEFT) is None
    assert store.at_head()


def test_a_store_of_a_newer_program_is_left_alone(store: Store):
    """Found by an auditor: `once` called it our mistake, and `status` said to upgrade it."""
    with store.database.writing() as c:
        c.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    for act in (store.migrate, store.at_head):
        with pytest.raises(ConfigError, match="schema 9999, which this version does not know"):
            act()
    with store.database.writing() as c:
        back = text("UPDATE alembic_version SET version_num = :head")
        c.execute(back, {"head": schema.head()})


def test_a_file_that_is_no_database_is_named_as_one(tmp_path: Path):
    """A wrong path in `store.url` is the configuration's mistake, not ours."""
    (tmp_path / "photo.db").write_bytes(b"\x89PNG" * 500)
    store = Store.open(f"sqlite:///{tmp_path / 'photo.db'}")

    with pytest.raises(ConfigError, match="no SQLite database; name another"):
        store.at_head()
    store.close()
    assert (tmp_path / "photo.db").read_bytes() == b"\x89PNG" * 500


def test_a_damaged_store_says_so(tmp_path: Path):
    """R16: a backup may take its place, since every start looks for what it does not know."""
    file = tmp_path / "store.db"
    store = Store.open(f"sqlite:///{file}")
    store.migrate()
    store.close()
    whole = file.read_bytes()
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    damaged = Store.open(f"sqlite:///{file}")

    with pytest.raises(StoreAway, match="damaged"):
        damaged.status("desk", NOW)
    damaged.close()
