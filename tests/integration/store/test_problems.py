"""Problems, conflicts, requests and what a link works by."""

from dataclasses import replace
from datetime import timedelta

import pytest
import structlog

from sync_service.core.attempts import attempted
from sync_service.core.pair import (
    Conflict,
    Pair,
    Problem,
    Refusal,
    Scope,
    Solved,
    State,
)
from sync_service.core.values import Side, Sides
from sync_service.store import Done, Feed, Later, LinkState, No, Run, Save, Store
from tests.integration.store.world import LINK, NOW, claim_all, start

UNMAPPED = Problem(
    Scope.LINK, "value.unmapped", "Status 'Odd' has no row", system="incidentiq", link=LINK,
    item="Status=Odd", tickets=("a",),
)  # fmt: skip


def _pair(store: Store, run: Run, **changes: object) -> Pair:
    """Start a pair, change it, and leave no work behind."""
    start(store, run, "a")
    ((before, work),) = claim_all(store, run)
    after = replace(before, **changes)  # type: ignore[arg-type]
    store.save(run, [Save(before, after, work=Done(work.seq))])
    return after


def test_a_problem_met_again_is_one_problem(store: Store, run: Run):
    """It is refreshed and counts attempts; a value's problem lists all its tickets (R10, R25)."""
    store.note_problems(run, [UNMAPPED])
    again = replace(UNMAPPED, tickets=("b", "a"), words="no such choice")
    store.note_problems(run, [again, replace(UNMAPPED, item="Status=Other")])

    first, second = store.problems(link=LINK)

    assert first.problem == replace(again, tickets=("a", "b"))
    assert (first.attempts, second.attempts) == (2, 1)
    assert first.last_at >= first.opened_at


@pytest.mark.parametrize(
    "other",
    [{"scope": Scope.SYSTEM}, {"code": "x"}, {"system": "x"}, {"link": "x"}, {"pair": 9},
     {"item": "x"}],
)  # fmt: skip
def test_every_name_of_a_problem_tells_it_apart(store: Store, run: Run, other: dict[str, object]):
    """Scope, code, system, link, pair and item make it one of a kind while open (R25)."""
    store.note_problems(run, [UNMAPPED, replace(UNMAPPED, **other)])  # type: ignore[arg-type]

    assert len(store.problems()) == 2


def test_a_solved_problem_is_closed_and_may_open_anew(store: Store, run: Run):
    """History is kept: the same problem a second time is a second record (R25)."""
    solved = Solved(Scope.LINK, "value.unmapped", "incidentiq", LINK, None, "Status=Odd")
    store.note_problems(run, [UNMAPPED, solved, solved])
    assert store.problems() == []

    store.note_problems(run, [UNMAPPED])

    old, new = store.problems(closed=True)
    assert (old.closed, new.closed) == ("solved", "")
    assert store.problem(old.id) == old
    assert store.problem(99) is None


def test_what_a_vendor_says_is_kept_whatever_it_is(store: Store, run: Run):
    """NUL and half characters, which PostgreSQL takes in no text, do not stop the record."""
    store.note_problems(run, [replace(UNMAPPED, words="a\x00b", value="\ud800", message="ü")])

    (row,) = store.problems()

    assert (row.problem.words, row.problem.value, row.problem.message) == ("ab", "?", "ü")


def test_retry_lifts_the_items_refusal_and_asks_for_work(store: Store, run: Run):
    """Only what the problem blocks is tried again, planned anew (R25)."""
    mine, other = Refusal(Side.RIGHT, "Status", "New"), Refusal(Side.RIGHT, "Subject", "x")
    pair = _pair(store, run, refusals=(mine, other))
    problem = Problem(Scope.ITEM, "refused", "m", link=LINK, pair=pair.id, item="Status")
    store.note_problems(run, [problem])
    (row,) = store.problems(pair=pair.id)

    assert [one.id for one in store.retry([row.id, 99])] == [row.id]

    ((found, _),) = claim_all(store, run)
    assert found.refusals == (other,)
    assert store.problem(row.id).closed == "retried"  # type: ignore[union-attr]
    assert store.retry([row.id]) == []


def test_retry_of_a_parked_pairs_problem_makes_it_active(store: Store, run: Run):
    """A person says that the ticket is back, or may be tried (R5, R25)."""
    pair = _pair(store, run, state=State.PARKED)
    store.note_problems(run, [Problem(Scope.PAIR, "gone", "m", link=LINK, pair=pair.id)])

    store.retry([store.problems()[0].id])

    ((found, _),) = claim_all(store, run)
    assert found.state is State.ACTIVE


def test_retry_of_a_values_problem_looks_at_all_its_tickets(store: Store, run: Run):
    """One problem a value, but every ticket that has it goes on (R10)."""
    start(store, run, "a", "b", "c")
    for pair, work in claim_all(store, run):
        store.save(run, [Save(pair, pair, work=Done(work.seq))])
    store.note_problems(run, [replace(UNMAPPED, tickets=("a", "c"))])

    store.retry([store.problems()[0].id])

    assert [pair.ids.left for pair, _ in claim_all(store, run)] == ["a", "c"]


def test_dismissing_a_parked_pairs_problem_leaves_a_tombstone(store: Store, run: Run):
    """The far ticket is gone for good: no new copy of it (R14)."""
    pair = _pair(store, run, state=State.PARKED)
    other = Problem(Scope.ITEM, "refused", "m", link=LINK, pair=pair.id, item="Status")
    store.note_problems(run, [Problem(Scope.PAIR, "gone", "m", link=LINK, pair=pair.id), other])

    store.dismiss([store.problems()[0].id])

    assert store.load([pair.id]) == []
    assert start(store, run, "a") == [No.TOMBSTONE]
    assert store.problems() == []
    assert {row.closed for row in store.problems(closed=True)} == {"dismissed", "unpaired"}


def test_retry_of_a_problem_lifts_no_other_refusal(store: Store, run: Run):
    """What was refused for another reason is not sent again by itself (R25)."""
    refusal = Refusal(Side.RIGHT, "Status", "New")
    pair = _pair(store, run, refusals=(refusal,))
    store.note_problems(run, [UNMAPPED, Problem(Scope.PAIR, "bug", "m", link=LINK, pair=pair.id)])

    store.retry([row.id for row in store.problems()])

    ((found, _),) = claim_all(store, run)
    assert found.refusals == (refusal,)


def test_dismissing_another_problem_of_a_parked_pair_leaves_it(store: Store, run: Run):
    """Only that the ticket is gone ends a pair when it is dismissed (R14)."""
    pair = _pair(store, run, state=State.PARKED)
    entries = [
        Problem(Scope.PAIR, code, "m", link=LINK, pair=pair.id) for code in ("gone", "withheld")
    ]
    store.note_problems(run, entries)

    store.dismiss([row.id for row in store.problems() if row.problem.code == "withheld"])

    assert store.load([pair.id]) == [pair]
    assert [row.problem.code for row in store.problems()] == ["gone"]


def test_dismissing_an_items_problem_leaves_the_pair(store: Store, run: Run):
    """The item stays refused, the rest goes on (R25)."""
    pair = _pair(store, run, refusals=(Refusal(Side.RIGHT, "Status", "New"),))
    problem = Problem(Scope.ITEM, "refused", "m", link=LINK, pair=pair.id, item="Status")
    store.note_problems(run, [problem])

    store.dismiss([store.problems()[0].id])

    assert store.load([pair.id]) == [pair]


def test_a_conflict_is_kept_with_both_values_once(store: Store, run: Run):
    """Meeting the same values again is no second conflict; the loser's stays to be read (R8)."""
    pair = _pair(store, run)
    found = Conflict(pair.id, "Priority", Sides(("High",), ("1", None)), Side.LEFT, "policy")
    save = Save(pair, pair, conflicts=[found])
    store.save(run, [save])
    store.save(run, [save])

    (row,) = store.conflicts(link=LINK)

    assert (row.conflict, row.link) == (found, LINK)
    assert store.resolve_conflict(row.id, "restored") == row
    assert store.resolve_conflict(row.id, "restored") is None
    assert store.conflicts() == []
    assert store.conflicts(pair=pair.id, closed=True)[0].closed == "restored"


def test_a_question_gives_way_to_newer_values_and_closes_when_both_agree(store: Store, run: Run):
    """With `ask` a line waits once per pair of values, and resolves itself (R8)."""
    pair = _pair(store, run, contested=frozenset({"Priority", "Status"}))
    asked = Conflict(pair.id, "Priority", Sides(("High",), ("Low",)), None)
    newer = replace(asked, values=Sides(("High",), ("Medium",)))
    status = Conflict(pair.id, "Status", Sides(("New",), ("Open",)), None)
    store.save(run, [Save(pair, pair, conflicts=[asked, status])])
    store.save(run, [Save(pair, pair, conflicts=[newer])])
    assert [row.conflict for row in store.conflicts()] == [status, newer]
    assert store.status(LINK, NOW).asked == 2

    store.save(run, [Save(pair, replace(pair, contested=frozenset({"Status"})))])

    assert [row.conflict for row in store.conflicts()] == [status]
    assert [row.closed for row in store.conflicts(closed=True)] == ["overtaken", "", "agreed"]


def test_a_request_is_taken_until_it_is_answered(store: Store, run: Run):
    """An answer that was lost, or a daemon that died before it, leaves the request (R29)."""
    number = store.ask("unpair", {"pair": 4})
    assert [one.args for one in store.take_requests(run)] == [{"pair": 4}]
    assert [one.id for one in store.take_requests(run)] == [number]

    newer = store.begin_run(NOW + timedelta(hours=1), "next")
    (taken,) = store.take_requests(newer)
    store.answer(newer, taken.id, {"ok": True})

    answered = store.request(number)
    assert answered is not None
    assert (answered.command, answered.answer) == ("unpair", {"ok": True})
    assert store.take_requests(store.begin_run(NOW, "third")) == []
    assert store.request(99) is None


def test_a_link_waits_with_its_changed_configuration_until_it_is_accepted(store: Store, run: Run):
    """What it worked by stays known meanwhile; pausing is apart from it (R27)."""
    assert store.link_state(LINK) == LinkState()
    store.take_config(run, LINK, "one")
    store.hold_config(run, LINK, "two", "it would write 40 tickets")
    store.pause(LINK)

    waiting = store.link_state(LINK)
    accepted = store.accept(LINK)

    assert waiting == LinkState("one", "two", "it would write 40 tickets", True, NOW)
    assert accepted == store.link_state(LINK) == LinkState("two", None, "", True, NOW)
    assert store.resume(LINK) == store.accept(LINK) == LinkState("two", began_at=NOW)


def test_a_link_began_with_its_first_run(store: Store, run: Run):
    """`since: now` means the first start, however often it is started again (R14)."""
    store.take_config(run, LINK, "one")
    newer = store.begin_run(NOW + timedelta(days=1), "next")

    assert store.take_config(newer, LINK, "two").began_at == NOW


@pytest.mark.parametrize("watermark", [None, "w7"])
def test_accept_believes_what_comes_after_the_present_watermark(
    store: Store, run: Run, watermark: str | None
):
    """A flood that a person accepts is believed, also before the first drain, and no other (R26)."""
    for side in Side:
        store.put_feed(run, LINK, side, Feed(watermark, believed="w1"))

    store.accept(LINK, [Side.LEFT])

    left, right = (store.feed(LINK, side) for side in Side)
    assert left is not None
    assert right is not None
    assert (watermark or "", "w1") == (left.believed, right.believed)


def test_a_problem_met_again_keeps_the_history_of_its_attempts(store: Store, run: Run):
    """Equal answers are one entry with a count; what was tried before there was a problem too (R25)."""
    earlier = attempted((), NOW, "busy", "503")
    problem = replace(UNMAPPED, words="no such choice", kind="refused", tried=earlier)
    store.note_problems(run, [problem, problem, replace(problem, words="other", before="b")])

    (row,) = store.problems()

    assert [("busy", 1), ("refused", 2), ("refused", 1)] == [(t.kind, t.times) for t in row.tried]
    assert ["503", "no such choice", "other"] == [t.answer for t in row.tried]
    assert row.problem.before == "b"


def test_a_problem_that_comes_back_after_a_retry_has_its_earlier_attempts(store: Store, run: Run):
    """A dismissed or solved one does not: that was another story (R25)."""
    problem = replace(UNMAPPED, words="no")
    for end in (store.retry, store.dismiss):
        store.note_problems(run, [problem])
        (row,) = store.problems()
        end([row.id])
    store.note_problems(run, [replace(problem, item="another")])

    after_retry, other = store.problems(closed=True)[1:]

    assert [2] == [t.times for t in after_retry.tried]
    assert [1] == [t.times for t in other.tried]


def test_put_off_work_keeps_its_attempts(store: Store, run: Run):
    """Until the pass ends, over restarts (R25)."""
    start(store, run, "a")
    ((pair, work),) = claim_all(store, run)
    tried = attempted((), NOW, "busy", "503")
    store.save(run, [Save(pair, pair, work=Later(work.seq, NOW, 1, "busy", tried))])

    ((_, again),) = claim_all(store, store.begin_run(NOW, "next"))

    assert (tried, 1) == (again.tried, again.attempts)


def test_problems_are_chosen_by_ticket_code_and_age(store: Store, run: Run):
    """A ticket's problems are those of its pairs, and those that list it."""
    pair = _pair(store, run)
    mine = Problem(Scope.ITEM, "refused", "m", link=LINK, pair=pair.id, item="Status")
    other = Problem(Scope.LINK, "changed", "m", link=LINK)
    store.note_problems(run, [UNMAPPED, mine, other])

    assert ["value.unmapped", "refused"] == [p.problem.code for p in store.problems(ticket="a")]
    assert ["changed"] == [p.problem.code for p in store.problems(code="changed")]
    assert [] == store.problems(before=store.problems()[0].opened_at)
    assert 3 == len(store.problems(before=NOW + timedelta(days=9999)))


def test_what_opens_and_closes_is_logged_once_and_only_after_the_commit(store: Store, run: Run):
    """A transaction that fails says nothing (R25)."""
    with structlog.testing.capture_logs() as lines:
        store.note_problems(run, [UNMAPPED, UNMAPPED])
        with pytest.raises(AttributeError):
            store.note_problems(run, [replace(UNMAPPED, item="x"), None])  # type: ignore[list-item]
        store.retry([store.problems()[0].id])
        store.retry([1])

    assert ["problem.opened", "problem.closed"] == [line["event"] for line in lines]
    assert "retried" == lines[1]["how"]
    assert "Odd" not in str(lines)
