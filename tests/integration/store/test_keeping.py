"""What the store gives up: a ticket that is forgotten, what is too old, and words in its files."""

from __future__ import annotations

import sqlite3
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from sync_service.core.pair import (
    Conflict,
    Event,
    Intent,
    Making,
    Pair,
    Problem,
    Refusal,
    Scope,
    Seen,
    Sent,
    Solved,
)
from sync_service.core.values import Side, Sides
from sync_service.errors import ConfigError
from sync_service.store import Done, No, PageNote, Run, Save, StartNote, Store
from sync_service.store.database import CLEAN
from sync_service.store.tables import metadata
from tests.integration.store.world import LINK, NOW, SYSTEMS, start_one, version

SECRET = "zeke-eastlake-wept-4411"
_SEEN = Seen(version(1), {"Subject": SECRET, "Other": "x"})


@pytest.fixture
def clock(store: Store):
    """Let the store's own clock be moved."""
    moment = [NOW]
    store._now = lambda: moment[0]
    return moment


def fill(store: Store, run: Run, ticket: str = "a", far: str = "1") -> int:
    """Give a pair that holds the secret wherever a pair can hold words; give its id."""
    number = start_one(store, run, ticket)
    (before,) = store.load([number])
    fields = {"Subject": SECRET}
    sent = Sent(
        "l",
        Side.RIGHT,
        Sides(fields, fields),
        Sides(fields, fields),
        version(1),
        NOW,
        NOW,
        answered=True,
    )
    noted = Intent(Making.COMMENT, Side.RIGHT, "k", NOW, NOW, values=fields, sources=fields)
    after = Pair(
        number, LINK, Sides(ticket, far), seen=Sides(_SEEN, _SEEN), sent=(sent,),
        intents=(noted,), refusals=(Refusal(Side.RIGHT, "l", SECRET),), born_at=before.born_at,
    )  # fmt: skip
    problem = Problem(
        Scope.ITEM, "refused", f"told {SECRET}", "servicenow", LINK, number, "l", SECRET,
        f"words {SECRET}", before=SECRET,
    )  # fmt: skip
    conflict = Conflict(number, "l", Sides((SECRET,), (SECRET,)), Side.LEFT)
    store.save(
        run, [Save(before, after, (Event("x", {"line": "l"}),), (conflict,), (problem,), Done(1))]
    )
    return number


def listed(store: Store, run: Run, *tickets: str) -> None:
    """Open one problem that lists these tickets, with the secret as the value."""
    problem = Problem(
        Scope.LINK, "unmapped", f"told {SECRET}", "incidentiq", LINK, item=f"l={SECRET}",
        value=SECRET, tickets=tickets,
    )  # fmt: skip
    store.note_problems(run, [problem])


def everything(store: Store) -> str:
    """Give all rows of all tables as text."""
    with store.database.reading() as c:
        return "\n".join(str(c.execute(one.select()).all()) for one in metadata.sorted_tables)


def files(store: Store) -> bytes:
    """Give all bytes of SQLite's files."""
    file = store.database.file
    assert file is not None
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob(f"{file.name}*")))


def test_a_forgotten_ticket_leaves_its_id_and_no_word(store: Store, run: Run) -> None:
    """R13, R14: no row of any table holds what it said; a tombstone holds its place."""
    fill(store, run)
    assert SECRET in everything(store)

    erased = store.erase(["a"])

    assert SECRET not in everything(store)
    assert [Sides("a", "1")] == [one.ids for one in erased.pairs]
    assert {"comments": 0, "problems": 1, "conflicts": 1} == {
        name: erased.counts[name] for name in ("comments", "problems", "conflicts")
    }
    assert erased.counts["lines of history"] >= 2
    again = store.take_page(run, LINK, Side.LEFT, PageNote(SYSTEMS, starts=[StartNote("a", NOW)]))
    assert {"a": No.TOMBSTONE} == again.refused
    assert ["ticket.forgotten"] == [row.event.what for row in store.history("a")]


def test_other_tickets_keep_what_is_theirs(store: Store, run: Run) -> None:
    """R14: a problem that lists several tickets lists the others still."""
    fill(store, run)
    other = fill(store, run, "b", "2")
    listed(store, run, "a", "b")

    store.erase(["a"])

    assert [other] == [one.id for one in store.find_pairs("b")]
    assert [("b",)] == [
        row.problem.tickets for row in store.problems() if row.problem.code == "unmapped"
    ]
    store.erase(["b"])
    assert SECRET not in everything(store)


def test_a_ticket_without_a_pair_is_forgotten_as_well(store: Store, run: Run) -> None:
    """A cloned key or a refused start is told of a ticket that never had a pair."""
    listed(store, run, "lonely")
    page = PageNote(SYSTEMS, events=[("lonely", Event("seen", {}))])
    store.take_page(run, LINK, Side.LEFT, page)

    erased = store.erase(["lonely"])

    assert erased
    assert SECRET not in everything(store)
    assert [] == store.history("lonely")
    assert not store.erase(["lonely"])


def test_a_ticket_is_forgotten_on_one_link_alone_if_that_is_named(store: Store, run: Run) -> None:
    """Another link's pair of the same ticket stays."""
    fill(store, run)

    assert not store.erase(["a"], "another")
    assert store.find_pairs("a")


def test_nothing_of_a_forgotten_ticket_is_found_in_sqlites_files(sqlite_url: str) -> None:
    """R13: also not in free pages, in the rest of a page, or in the journal."""
    store = Store.open(sqlite_url)
    run = store.begin_run(NOW, "test")
    for n in range(40):
        fill(store, run, f"t{n}", f"f{n}")
    assert SECRET.encode() in files(store)

    for n in range(40):
        store.erase([f"t{n}"])

    assert SECRET.encode() not in files(store)
    store.close()


def test_a_file_from_before_secure_delete_is_rebuilt_once(sqlite_url: str) -> None:
    """R13: words that an older program deleted stand in its free pages."""
    path = sqlite_url.removeprefix("sqlite:///")
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA secure_delete=OFF")
        raw.execute("CREATE TABLE old (said TEXT)")
        raw.executemany("INSERT INTO old VALUES (?)", [(SECRET * 300,)] * 50)
        raw.commit()
        raw.execute("DROP TABLE old")
        raw.execute("PRAGMA user_version=0")
    raw.close()
    store = Store.open(sqlite_url)
    run = store.begin_run(NOW, "test")
    fill(store, run)
    assert SECRET.encode() in files(store)

    store.erase(["a"])

    assert SECRET.encode() not in files(store)
    with store.database.reading() as c:
        assert CLEAN == c.execute(text("PRAGMA user_version")).scalar()
    store.close()


def test_a_new_file_deletes_securely_from_its_first_day(tmp_path: Path) -> None:
    """R13: so it never has to be rebuilt."""
    store = Store.open(f"sqlite:///{tmp_path}/store.db")
    store.migrate()

    with store.database.writing() as c:
        assert (1, CLEAN) == (
            c.execute(text("PRAGMA secure_delete")).scalar(),
            c.execute(text("PRAGMA user_version")).scalar(),
        )
    store.close()


def test_a_reader_beside_does_not_hold_up_a_wipe_for_long(sqlite_url: str) -> None:
    """The journal is emptied by the next one then; nothing fails."""
    store = Store.open(sqlite_url)
    run = store.begin_run(NOW, "test")
    fill(store, run)
    with store.database.reading() as c:
        c.execute(text("SELECT 1 FROM pair")).all()
        store.erase(["a"])
    store.wipe()

    assert SECRET.encode() not in files(store)
    store.close()


@pytest.mark.parametrize("kind", ["history", "problems", "conflicts", "requests"])
def test_what_is_over_and_too_old_is_forgotten_in_small_transactions(
    store: Store, run: Run, clock: list[datetime], kind: str
) -> None:
    """Retention: 500 rows at a time, and never what is younger."""
    old, young = "old", "young"
    _many(store, run, kind, 501, old)
    clock[0] = NOW + timedelta(days=50)
    _many(store, run, kind, 3, young)
    before = NOW + timedelta(days=10)

    counts = [store.prune(run, kind, before) for _ in range(3)]

    assert [500, 1, 0] == counts
    assert 3 == _count(store, kind, young)
    assert 0 == _count(store, kind, old)


def _many(store: Store, run: Run, kind: str, count: int, mark: str) -> None:
    """Let things of a kind happen and be over, now."""
    match kind:
        case "history":
            events = [(f"{mark}{n}", Event("x", {})) for n in range(count)]
            store.take_page(run, LINK, Side.LEFT, PageNote(SYSTEMS, events=events))
        case "problems":
            items = [f"{mark}{n}" for n in range(count)]
            opened = [Problem(Scope.LINK, "x", "m", "s", LINK, item=one) for one in items]
            store.note_problems(run, opened)
            store.note_problems(
                run, [Solved(Scope.LINK, "x", "s", LINK, item=one) for one in items]
            )
        case "conflicts":
            for n in range(0, count, 100):
                _conflicts(store, run, mark, n, min(100, count - n))
        case "requests":
            for _ in range(count):
                store.ask("pause", {"link": mark})
            for one in store.take_requests(run):
                store.answer(run, one.id, {"ok": True})


def _conflicts(store: Store, run: Run, mark: str, start: int, count: int) -> None:
    pair = store.load([start_one(store, run, f"{mark}{start}")])[0]
    told = tuple(
        Conflict(pair.id, f"{mark}{n}", Sides((n,), (n,)), Side.LEFT) for n in range(count)
    )
    store.save(run, [Save(pair, pair, conflicts=told)])


def _count(store: Store, kind: str, mark: str) -> int:
    return everything_of(store, kind).count(mark)


def everything_of(store: Store, kind: str) -> str:
    """Give the rows of a kind's table as text."""
    names = {"problems": "problem", "conflicts": "conflict", "requests": "request"}
    with store.database.reading() as c:
        return str(c.execute(metadata.tables[names.get(kind, kind)].select()).all())


def test_what_is_open_is_never_too_old(store: Store, run: Run, clock: list[datetime]) -> None:
    """Retention: an open problem, a conflict that waits for a person, a request nobody carried out."""
    number = fill(store, run)
    pair = store.load([number])[0]
    asked = Conflict(number, "asked", Sides(("a",), ("b",)), None)
    store.save(run, [Save(pair, pair, conflicts=(asked,))])
    store.ask("pause", {"link": LINK})
    clock[0] = NOW + timedelta(days=4000)

    for kind in ("problems", "conflicts", "requests"):
        store.prune(run, kind, clock[0])

    assert ["refused"] == [row.problem.code for row in store.problems()]
    assert ["asked"] == [row.conflict.line for row in store.conflicts(closed=True)]
    assert 1 == len(store.take_requests(run))
    assert [number] == [one.id for one in store.find_pairs("a")]


def test_the_notes_of_a_recorded_write_are_gone_with_it(store: Store, run: Run) -> None:
    """Retention: words in `sent` and intents have no age of their own."""
    number = fill(store, run)
    (pair,) = store.load([number])
    done = Pair(number, LINK, pair.ids, rows=pair.rows, born_at=pair.born_at)

    store.save(run, [Save(pair, done)])

    with store.database.reading() as c:
        notes = c.execute(text("SELECT sent, intents, refusals FROM pair")).one()
    assert (None, None, None) == tuple(notes)


def test_a_backup_is_its_owners_alone_and_holds_no_deleted_word(
    sqlite_url: str, tmp_path: Path
) -> None:
    """R13: 0600, made beside the daemon, and never over another file."""
    store = Store.open(sqlite_url)
    run = store.begin_run(NOW, "test")
    fill(store, run)
    fill(store, run, "b", "2")
    file = tmp_path / "copy.db"

    store.backup(file)

    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    copy = Store.open(f"sqlite:///{file}")
    assert copy.at_head()
    assert 2 == copy.count_pairs(LINK)
    copy.close()
    with pytest.raises(ConfigError, match="File exists; name a new file"):
        store.backup(file)
    store.close()


@pytest.mark.postgres
def test_postgresql_makes_its_own_backups(postgres_url: str, tmp_path: Path) -> None:
    """The message says how."""
    store = Store.open(postgres_url)

    with pytest.raises(ConfigError, match="pg_dump"):
        store.backup(tmp_path / "copy.db")
    store.close()


def test_a_journal_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    """A journal restored with `cp` holds what tickets say, too; the folder is left as it is."""
    tmp_path.chmod(0o755)
    for end in ("", "-wal", "-shm"):
        (tmp_path / f"store.db{end}").touch(0o644)

    Store.open(f"sqlite:///{tmp_path}/store.db").close()

    modes = {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert {0o600} == modes
    assert 0o755 == stat.S_IMODE(tmp_path.stat().st_mode)
