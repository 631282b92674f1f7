"""How far a sweep has come, kept beside what a person asks for (R26)."""

from dataclasses import replace
from datetime import timedelta

from sync_service.core.pair import Problem, Scope, State
from sync_service.core.sweeping import Found, Kind, Round
from sync_service.core.values import Side, Sides
from sync_service.store import Done, Run, Save, Store, SweepNote, SweepRow
from tests.integration.store.world import LINK, NOW, claim_all, start

ROUND = Round(
    NOW, repair=True, place=7, pairs=3, looks=1, requests=Sides(4, 5),
    next_at=NOW + timedelta(seconds=9),
).counted([Found(Kind.GONE, Side.LEFT), Found(Kind.GONE, Side.LEFT)])  # fmt: skip
APART = Problem(Scope.LINK, "apart", "m", link=LINK, item="Status", tickets=("a", "b"))


def test_a_round_is_loaded_as_it_was_noted(store: Store, run: Run):
    """Its place, its counts and its budget survive a restart."""
    assert store.sweep(LINK) == SweepRow()
    store.begin_sweep(run, LINK, Round(NOW))

    store.note_sweep(run, LINK, SweepNote(ROUND))

    assert store.sweep(LINK).round == ROUND


def test_a_batch_leaves_its_work_its_pairs_and_its_words_in_one_transaction(store: Store, run: Run):
    """A crash between two of them would lose a finding, since the place moves on."""
    start(store, run, "a")
    ((pair, work),) = claim_all(store, run)
    store.save(run, [Save(pair, pair, work=Done(work.seq))])
    after = replace(pair, state=State.PARKED)

    note = SweepNote(ROUND, [pair.id], [Save(pair, after)], [APART], "found by a sweep")
    assert {} == store.note_sweep(run, LINK, note)

    ((found, work),) = claim_all(store, run)
    assert (State.PARKED, "found by a sweep") == (found.state, work.reason)
    assert {pair.id} == store.waiting([pair.id, 99])
    assert ["apart"] == [row.problem.code for row in store.problems()]


def test_what_a_person_asks_for_is_not_wiped_out_by_the_round_under_way(store: Store, run: Run):
    """It is taken when the next round begins, once."""
    store.begin_sweep(run, LINK, Round(NOW))
    store.ask_sweep(LINK, repair=True)
    store.note_sweep(run, LINK, SweepNote(ROUND))
    row = store.sweep(LINK)
    assert row.asked_at is not None
    assert row.repair

    store.begin_sweep(run, LINK, Round(NOW, asked=True))

    assert (None, False) == (store.sweep(LINK).asked_at, store.sweep(LINK).repair)


def test_an_ended_round_stays_as_the_last_one(store: Store, run: Run):
    """For `status` and metrics; the next one begins at the first pair."""
    store.begin_sweep(run, LINK, Round(NOW))
    store.end_sweep(run, LINK, ROUND)

    row = store.sweep(LINK)

    assert row.round is None
    assert row.last is not None
    assert (replace(ROUND, place=0), row.ended_at) == row.last


def test_the_end_of_a_round_takes_off_the_list_what_it_no_longer_found(store: Store, run: Run):
    """The problem closes with its last ticket (R25)."""
    now = [NOW]
    store._now = lambda: now[0]
    store.note_problems(run, [APART])
    now[0] += timedelta(days=1)
    store.note_problems(run, [replace(APART, tickets=("b",))])

    store.end_sweep(run, LINK, replace(ROUND, began=now[0]))
    (row,) = store.problems()
    assert ("b",) == row.problem.tickets

    now[0] += timedelta(days=1)
    store.end_sweep(run, LINK, replace(ROUND, began=now[0]))
    assert [] == store.problems()
    assert "solved" == store.problems(closed=True)[0].closed


def test_what_was_dismissed_is_known_by_line_and_ticket(store: Store, run: Run):
    """So that it is not told of every night (R25)."""
    store.note_problems(run, [APART, replace(APART, item="Title", tickets=("c",))])
    store.dismiss([store.problems()[0].id])

    assert {"Status": {"a", "b"}} == store.dismissed(LINK, "apart")


def test_that_tickets_are_gone_is_believed_until_the_asked_round_is_over(store: Store, run: Run):
    """R26: a person's word holds for one round, and not for ever."""
    store.believe_gone(LINK)
    store.doubt_gone(run, LINK)
    assert store.sweep(LINK).believed_at is not None

    store.begin_sweep(run, LINK, Round(NOW, asked=True))
    store.doubt_gone(run, LINK)
    assert store.sweep(LINK).believed_at is not None

    store.end_sweep(run, LINK, ROUND)
    store.doubt_gone(run, LINK)
    assert store.sweep(LINK).believed_at is None


def test_that_tickets_are_gone_is_believed_of_pairs_that_rest(store: Store, run: Run):
    """R16, R26: they are worked on minutes after the round; later work is no reason to believe."""
    start(store, run, "a")
    ((pair, work),) = claim_all(store, run)
    store.save(run, [Save(pair, pair, work=Done(work.seq))])
    store.believe_gone(LINK)
    store.begin_sweep(run, LINK, Round(NOW, asked=True))
    store.end_sweep(run, LINK, ROUND)
    ended = store.sweep(LINK).ended_at
    assert ended is not None

    store.enqueue(run, [pair.id], ended + timedelta(minutes=1), "it rests")
    store.doubt_gone(run, LINK)
    assert store.sweep(LINK).believed_at is not None

    ((pair, work),) = store.claim(run, LINK, ended + timedelta(minutes=2), 9)
    store.save(run, [Save(pair, pair, work=Done(work.seq))])
    store.enqueue(run, [pair.id], ended + timedelta(minutes=15), "put off")
    store.doubt_gone(run, LINK)
    assert store.sweep(LINK).believed_at is None


def test_a_problem_that_lists_one_ticket_of_a_pair_is_found_by_the_other(store: Store, run: Run):
    """People know either number."""
    start(store, run, "a")
    ((pair, work),) = claim_all(store, run)
    whole = replace(pair, ids=pair.ids.put(Side.RIGHT, "z"))
    store.save(run, [Save(pair, whole, work=Done(work.seq))])
    store.note_problems(run, [APART])

    assert 1 == len(store.problems(ticket="z"))
    assert 0 == len(store.problems(ticket="y"))
