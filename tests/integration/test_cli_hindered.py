"""A command that waits for the daemon says what keeps a link from working, out of the store (R29)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_service.bootstrap import read_config
from sync_service.cli.hindered import hindrance
from sync_service.config import Link
from sync_service.core.pair import Problem, Scope
from sync_service.core.values import Side
from sync_service.store import Feed, Run, Store
from tests.e2e.bench import Bench, Desk

NOW = datetime.now(UTC)
LINK = "helpdesk"


@pytest.fixture
def link(tmp_path: Path) -> Link:
    """The example's link; nothing is served."""
    nowhere = Desk.at("http://127.0.0.1:1")
    made = Bench(nowhere, nowhere, tmp_path)
    made.write()
    return read_config(made.config).links[LINK]


@pytest.fixture
def store(tmp_path: Path):
    """An empty store."""
    made = Store.open(f"sqlite:///{tmp_path / 'store.db'}", lambda: NOW)
    made.migrate()
    yield made
    made.close()


def read_at(store: Store, run: Run, at: datetime) -> None:
    """Let both sides be read at this time."""
    for side in Side:
        store.put_feed(run, LINK, side, Feed("w", done=True, pulled_at=at))


def test_a_link_that_works_is_hindered_by_nothing(store: Store, link: Link) -> None:
    """Also one that was never read, and one with a problem of a single ticket."""
    run = store.begin_run(NOW, "test")

    assert hindrance(store, link, NOW) is None
    read_at(store, run, NOW)
    store.note_problems(run, [Problem(Scope.PAIR, "gone", "one is gone", link=LINK, pair=1)])
    assert hindrance(store, link, NOW) is None


def test_a_pause_and_a_guard_need_a_person(store: Store, link: Link) -> None:
    """R26: the words are those of the problem."""
    run = store.begin_run(NOW, "test")
    store.note_problems(run, [Problem(Scope.LINK, "emptied", "all are gone", link=LINK)])
    stopped = hindrance(store, link, NOW)
    store.pause(LINK)
    paused = hindrance(store, link, NOW)

    assert stopped is not None
    assert ("all are gone", True) == (stopped.why, stopped.person)
    assert paused is not None
    assert "sync-service resume helpdesk" in paused.why


def test_a_system_that_does_not_answer_is_waited_for_by_name(store: Store, link: Link) -> None:
    """Promise 6: nobody watches a bar that cannot move."""
    run = store.begin_run(NOW, "test")
    read_at(store, run, NOW - timedelta(hours=1))

    found = hindrance(store, link, NOW)

    assert found is not None
    assert not found.person
    assert found.why.startswith("incidentiq was last read at ")
