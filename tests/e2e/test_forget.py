"""`forget` and `db backup` as people use them, judged by the bytes of the store's files."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.e2e.bench import Bench, bench
from tests.integration.command import running, sync_service

HELP = "helpdesk@springfield.example"
SECRET = "canary-c0ffee"


@pytest.fixture
def desks(tmp_path: Path):
    """Two desks."""
    with bench(tmp_path, rules=False) as b:
        yield b


def stored(b: Bench) -> bytes:
    """Give all bytes of the store's files."""
    return b"".join(one.read_bytes() for one in sorted(b.folder.glob("store.db*")))


def one_pair(b: Bench) -> dict[str, object]:
    """Sync one ticket that is full of the secret; give it."""
    made = b.incidentiq.act(HELP, "create", subject=SECRET, description=SECRET)["ticket"]
    b.incidentiq.act(HELP, "comment", ticket=made["id"], text=SECRET)
    assert b.sync().level
    return dict(made)


def test_a_ticket_is_forgotten_by_its_number_and_gets_no_second_copy(desks: Bench) -> None:
    """R13, R14: no word of it in any file of the store; an edit afterwards starts nothing."""
    made = one_pair(desks)
    (copy,) = desks.servicenow.tickets().values()
    assert SECRET.encode() in stored(desks)

    said = sync_service("forget", str(made["number"]), config=desks.config)

    assert 0 == said.code, said.err
    assert "Erased from the store: 1 pairs" in said.out
    assert f"incidentiq {made['number']} ({made['id']})" in said.out
    assert f"and servicenow {copy['fields']['number']} ({copy['id']})" in said.out
    assert "delete it there" in said.out
    assert SECRET.encode() not in stored(desks)

    desks.incidentiq.act(HELP, "edit", ticket=made["id"], subject=f"{SECRET} again")
    desks.servicenow.act(HELP, "comment", ticket=copy["id"], text=SECRET)
    assert desks.sync().level
    assert 1 == len(desks.servicenow.tickets())
    assert SECRET.encode() not in stored(desks)
    assert 3 == sync_service("forget", str(made["number"]), config=desks.config).code


def test_a_running_daemon_forgets_for_the_command(desks: Bench) -> None:
    """R29: the request is left in the store; who holds the lock carries it out."""
    made = one_pair(desks)
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)
        said = sync_service("forget", str(made["id"]), "--json", config=desks.config)

        assert 0 == said.code, said.err
        assert "daemon" == said.data["by"]
        assert SECRET.encode() not in stored(desks)


def test_what_the_store_does_not_know_cannot_be_forgotten(desks: Bench) -> None:
    """Exit 3, and it says so."""
    one_pair(desks)

    said = sync_service("forget", "404404", config=desks.config)

    assert (3, "The store holds nothing of 404404.") == (said.code, said.err.strip())


def test_a_backup_made_beside_the_daemon_is_private(desks: Bench) -> None:
    """R13: 0600; and a second one does not replace the first."""
    one_pair(desks)
    file = desks.folder / "backup.db"
    with running("run", config=desks.config, log=desks.folder / "log") as daemon:
        daemon.wait_for("/readyz", 200)
        made = sync_service("db", "backup", str(file), config=desks.config)
        again = sync_service("db", "backup", str(file), config=desks.config)

    assert (0, 2) == (made.code, again.code)
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert "File exists" in again.err
