"""Claiming, finishing and fencing."""

import threading
from datetime import timedelta

import pytest

from sync_service.core.pair import Made
from sync_service.core.values import Side, Sides
from sync_service.errors import Fenced
from sync_service.store import (
    AdoptNote,
    Done,
    Keep,
    Later,
    PageNote,
    Run,
    Save,
    StartNote,
    Store,
)
from tests.integration.store.world import (
    LATER,
    LINK,
    NOW,
    SYSTEMS,
    claim_all,
    start,
    start_one,
    version,
)


def _look(store: Store, run: Run, pair: int, seconds: int, side: Side = Side.LEFT) -> None:
    looks = [(pair, version(seconds))]
    store.take_page(run, LINK, side, PageNote(SYSTEMS, looks=looks))


def _finish(store: Store, run: Run, how: Done | Later | Keep) -> None:
    pair = store.find_pairs("a")[0]
    store.save(run, [Save(pair, pair, work=how)])


def test_work_is_claimed_once_and_the_longest_due_first(store: Store, run: Run):
    """A worker never gets what another one of the run has."""
    start(store, run, "a", "b")
    last = start_one(store, run, "c")
    store.release(run, [pair.id for pair, _ in claim_all(store, run)])
    store.enqueue(run, [last], NOW - timedelta(hours=1), "early")

    first = store.claim(run, LINK, LATER, 2)

    assert [pair.ids.left for pair, _ in first] == ["c", "a"]
    assert [pair.ids.left for pair, _ in claim_all(store, run)] == ["b"]
    assert claim_all(store, run) == []


def test_a_ticket_is_in_one_hand_at_a_time(store: Store, run: Run):
    """Two links that share a ticket do not work on it at once: one waits for the other (R20)."""
    joined = AdoptNote("a", "A", Made.KEY)
    store.take_page(run, LINK, Side.LEFT, PageNote(SYSTEMS, adoptions=[joined]))
    onward = Sides("servicenow", "jira")
    page = PageNote(onward, starts=[StartNote("A", NOW), StartNote("B", NOW)])
    store.take_page(run, "onward", Side.LEFT, page)

    ((pair, work),) = claim_all(store, run)
    free = store.claim(run, "onward", LATER, 10)
    store.save(run, [Save(pair, pair, work=Done(work.seq))])
    freed = store.claim(run, "onward", LATER, 10)

    assert (["B"], ["A"]) == ([p.ids.left for p, _ in free], [p.ids.left for p, _ in freed])


def test_work_that_is_not_due_waits(store: Store, run: Run):
    """Due means due by the time that the caller names, and is counted so."""
    start(store, run, "a")
    ((_, work),) = claim_all(store, run)
    due = NOW + timedelta(days=400)
    _finish(store, run, Later(work.seq, due, 3, "Zendesk is away"))

    assert store.claim(run, LINK, due - timedelta(microseconds=1), 10) == []
    before, after = (store.backlog(LINK, due + timedelta(seconds=s)) for s in (-1, 1))
    ((_, again),) = store.claim(run, LINK, due, 10)

    assert (before.due, before.later, before.next_due) == (0, 1, due)
    assert (after.due, after.later, after.next_due) == (1, 0, None)
    assert (again.attempts, again.reason) == (3, "Zendesk is away")


@pytest.mark.parametrize("later", [False, True])
def test_work_asked_for_again_while_claimed_is_not_lost(store: Store, run: Run, later: bool):
    """Finishing clears the work that was claimed, not what was asked for meanwhile."""
    number = start_one(store, run)
    ((_, work),) = claim_all(store, run)
    _look(store, run, number, 5)

    _finish(store, run, Later(work.seq, LATER, 1, "x") if later else Done(work.seq))

    ((_, again),) = store.claim(run, LINK, LATER - timedelta(days=1), 10)
    assert again.rows == Sides(version(5), None)
    _finish(store, run, Done(again.seq))
    assert claim_all(store, run) == []


def test_kept_work_stays_claimed(store: Store, run: Run):
    """Work is cleared by the last transaction of a pass, not by the note (R19)."""
    start(store, run, "a")
    claim_all(store, run)
    _finish(store, run, Keep())

    assert claim_all(store, run) == []
    assert store.backlog(LINK, LATER).due == 1


def test_waiting_work_keeps_the_older_row_of_each_side(store: Store, run: Run):
    """The first row that asked counts as the first read; a later one does not replace it (R1)."""
    number = start_one(store, run)
    for seconds, side in ((4, Side.LEFT), (7, Side.RIGHT), (6, Side.RIGHT), (9, Side.RIGHT)):
        _look(store, run, number, seconds, side)

    ((_, work),) = claim_all(store, run)

    assert work.rows == Sides(version(0), version(6))
    assert work.seq == 5


def test_a_new_run_fences_the_old_one_and_frees_its_claims(store: Store, run: Run):
    """An overtaken daemon writes nothing more, whatever it calls (R29)."""
    start(store, run, "a")
    ((pair, work),) = claim_all(store, run)
    newer = store.begin_run(NOW, "the next one")
    assert newer.id == run.id + 1
    writes = [
        lambda: store.take_page(run, LINK, Side.LEFT, PageNote(SYSTEMS)),
        lambda: store.claim(run, LINK, LATER, 1),
        lambda: store.release(run, [pair.id]),
        lambda: store.enqueue(run, [pair.id], NOW, ""),
        lambda: store.save(run, [Save(pair, pair, work=Done(work.seq))]),
        lambda: store.take_requests(run),
        lambda: store.answer(run, 1, {}),
        lambda: store.note_problems(run, []),
        lambda: store.take_config(run, LINK, "x"),
    ]

    for write in writes:
        with pytest.raises(Fenced, match="run 2"):
            write()

    assert [found.id for found, _ in claim_all(store, newer)] == [pair.id]


def test_no_ask_of_four_threads_is_lost(store: Store, run: Run):
    """Reading and then writing in one transaction loses no update: every ask counts once.

    SQLAlchemy's defaults lose 150 of 200 on SQLite (reference/libraries.md 0.3).
    """
    number = start_one(store, run)
    failures: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(50):
                _look(store, run, number, 1)
        except Exception as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    ((_, work),) = claim_all(store, run)
    assert work.seq == 201
