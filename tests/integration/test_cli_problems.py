"""`problems list|show|retry|dismiss`: one, filtered, all; nothing here asks a system anything (R25, R29)."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_service.core.pair import Problem, Refusal, Scope, Seen, State
from sync_service.core.values import Side, Sides, Version
from sync_service.store import Done, PageNote, Save, StartNote, Store
from tests.e2e.bench import Bench, Desk
from tests.integration.command import ROOT
from tests.integration.inside import inside
from tests.integration.store.world import SYSTEMS

LINK = "helpdesk"
NOW = datetime.now(UTC)


def refusal(pair: int, item: str) -> Problem:
    """A refused field, as the engine notes it."""
    return Problem(
        Scope.ITEM, "refused", f"servicenow refused {item}", system="servicenow", link=LINK,
        pair=pair, item=item, value='{"short_description": "Damn"}',
        before='{"short_description": "Printer"}', words="no swearing",
    )  # fmt: skip


@pytest.fixture
def kept(tmp_path: Path) -> Bench:
    """A store with three pairs: two with refused fields, one whose ticket is gone."""
    nowhere = Desk.at("http://127.0.0.1:1")
    made = Bench(nowhere, nowhere, tmp_path)
    made.write()
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", lambda: NOW)
    store.migrate()
    run = store.begin_run(NOW, "test")
    starts = [StartNote(ticket, NOW) for ticket in ("a", "b", "c")]
    store.take_page(run, LINK, Side.LEFT, PageNote(SYSTEMS, starts=starts))
    for pair, work in store.claim(run, LINK, NOW + timedelta(days=1), 9):
        parked = State.PARKED if pair.ids.left == "c" else State.ACTIVE
        refused = () if parked is State.PARKED else (Refusal(Side.RIGHT, "title", "x"),)
        after = replace(pair, state=parked, refusals=refused)
        store.save(run, [Save(pair, after, work=Done(work.seq))])
    store._now = lambda: NOW - timedelta(days=5)
    store.note_problems(run, [refusal(1, "title")])
    store._now = lambda: NOW
    gone = Problem(Scope.PAIR, "gone", "c is gone", system="servicenow", link=LINK, pair=3)
    store.note_problems(run, [refusal(1, "title"), refusal(2, "title"), gone])
    store.close()
    return made


def numbers(b: Bench, *filters: str) -> list[int]:
    """List what the filters name."""
    ended = inside("problems", "list", "--json", *filters, config=b.config)
    assert 0 == ended.code, ended.err
    return [one["number"] for one in ended.data["problems"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), [1, 2, 3]),
        (("--code", "refused"), [1, 2]),
        (("--ticket", "b"), [2]),
        (("--older-than", "3d"), [1]),
        (("--system", "servicenow", "--code", "gone"), [3]),
        (("--link", LINK, "--system", "incidentiq"), []),
    ],
)
def test_problems_are_listed_by_any_filter(
    kept: Bench, filters: tuple[str, ...], expected: list[int]
) -> None:
    """Filters narrow each other, and a ticket is found by its id without asking a system."""
    assert expected == numbers(kept, *filters)


def test_one_problem_is_shown_with_all_that_a_person_needs(kept: Bench) -> None:
    """R25: the vendor's words, before -> after, every attempt, the tickets, the way on."""
    text = inside("problems", "show", "1", config=kept.config).out
    told = inside("problems", "show", "1", "--json", config=kept.config).data

    assert {"short_description": ["Printer", "Damn"]} == told["change"]
    assert [2] == [one["times"] for one in told["tried"]]
    assert ["a"] == told["tickets"]
    for words in (
        'would write: short_description: "Printer" -> "Damn"',
        "its words: no swearing",
        "2 times: refused: no swearing",
        "way on: Correct the cause in servicenow, then `sync-service problems retry 1`",
    ):
        assert words in text


def test_a_problem_of_many_tickets_names_the_first_and_counts_the_others(kept: Bench) -> None:
    """R25: found by a newcomer: it spoke of "these tickets" and showed none."""
    store = Store.open(f"sqlite:///{kept.folder / 'store.db'}", lambda: NOW)
    pair = store.load([1])[0]
    shown = Seen(Version(NOW), {}, number="INC0010001")
    run = store.begin_run(NOW, "test")
    store.save(run, [Save(pair, replace(pair, seen=Sides(shown, pair.seen.right)))])
    lost = Problem(
        Scope.LINK, "lost-copy", "copies were deleted", link=LINK,
        tickets=("a", "b", "c", "d", "e", "f"),
    )  # fmt: skip
    store.note_problems(run, [lost])
    store.close()

    listed = inside("problems", "list", "--code", "lost-copy", config=kept.config).out
    whole = inside("problems", "show", "4", config=kept.config).out

    assert "lost-copy  INC0010001, b, c, d and 2 more\n" in listed
    assert "tickets: INC0010001, b, c, d, e, f\n" in whole


@pytest.fixture
def numbered(kept: Bench) -> Bench:
    """The ticket of the third pair is gone; the store knows by which number people called it."""
    store = Store.open(f"sqlite:///{kept.folder / 'store.db'}", lambda: NOW)
    pair = store.load([3])[0]
    shown = Seen(Version(NOW), {}, number="01234567100009")
    run = store.begin_run(NOW, "test")
    store.save(run, [Save(pair, replace(pair, seen=Sides(shown, pair.seen.right)))])
    store.close()
    return kept


def test_the_problems_of_a_ticket_that_is_gone_are_found_by_its_number(numbered: Bench) -> None:
    """R5, R25: found by a newcomer: the list shows the number, and no system knows it any more."""
    assert [3] == numbers(numbered, "--ticket", "01234567100009")


def test_a_pair_whose_ticket_is_gone_is_ended_by_its_number(numbered: Bench) -> None:
    """R5, R14: found by a newcomer: the problem says `unpair`, and both systems may be away."""
    ended = inside("unpair", "01234567100009", config=numbered.config)

    assert (0, "") == (ended.code, ended.err)
    assert [1, 2] == numbers(numbered)


def test_problems_are_retried_by_number_and_filter(kept: Bench) -> None:
    """R25: what they block is lifted; the answer names them; a number that is not open is said."""
    one = inside("problems", "retry", "2", "--json", config=kept.config)
    rest = inside("problems", "retry", "--code", "refused", config=kept.config)
    again = inside("problems", "retry", "1", config=kept.config)
    nothing = inside("problems", "retry", "--code", "breaker", config=kept.config)

    assert (0, "1 problem is tried again: 2.") == (one.code, one.data["said"])
    assert "1 problem is tried again: 1.\n" == rest.out
    assert 3 == again.code
    assert "no open problem 1 here" in again.err
    assert (0, "No open problem is meant; nothing is tried again.\n") == (nothing.code, nothing.out)
    assert [3] == numbers(kept)


def test_what_a_retry_cannot_settle_is_said_to_stay_open(kept: Bench) -> None:
    """R25: a clone has no pair to look at again; an answer of "no open problem is meant" was a lie."""
    clone = Problem(Scope.ITEM, "cloned-key", "a clone", link=LINK, item="servicenow:d")
    store = Store.open(f"sqlite:///{kept.folder / 'store.db'}", lambda: NOW)
    store.note_problems(store.begin_run(NOW, "test"), [clone])
    store.close()

    both = inside("problems", "retry", "2", "4", config=kept.config)
    alone = inside("problems", "retry", "4", config=kept.config)

    stays = "1 problem is left open, since trying again cannot settle it: 4. `problems show` tells what does.\n"
    assert "1 problem is tried again: 2. " + stays == both.out
    assert stays == alone.out


def test_all_problems_are_acted_on_only_after_a_yes(kept: Bench) -> None:
    """A script says --yes; without it and without a terminal nothing happens."""
    refused = inside("problems", "dismiss", "--all", config=kept.config)
    assert 2 == refused.code
    assert "--yes" in refused.err
    assert [1, 2, 3] == numbers(kept)

    done = inside("problems", "dismiss", "--all", "--yes", "--json", config=kept.config)

    assert "3 problems are dismissed: 1, 2, 3." == done.data["said"]
    assert [] == numbers(kept)


@pytest.mark.parametrize(("answer", "left"), [("n", [1, 2, 3]), ("y", [])])
def test_a_person_on_a_terminal_is_asked(kept: Bench, answer: str, left: list[int]) -> None:
    """The question tells how many, and how many of them end a pair (R14)."""
    leader, follower = pty.openpty()
    line = [sys.executable, "-m", "sync_service", "problems", "dismiss", "--all"]
    process = subprocess.Popen(
        [*line, "--config", str(kept.config)], stdin=follower, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    os.write(leader, f"{answer}\n".encode())
    out, err = process.communicate(timeout=60)
    os.close(leader)
    os.close(follower)

    assert "Dismiss 3 problems? 1 of them end a pair." in out + err
    assert left == numbers(kept)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("retry",), "say which problems"),
        (("list", "--code", "refusd"), "no kind of problem `refusd`; did you mean `refused`?"),
        (("list", "--system", "snow"), "there are incidentiq, servicenow"),
        (("list", "--older-than", "soon"), "is not a duration"),
    ],
)
def test_a_wrong_choice_is_told_with_the_right_ones(
    kept: Bench, words: tuple[str, ...], says: str
) -> None:
    """Exit 2, one line."""
    ended = inside("problems", *words, config=kept.config)

    assert (2, 1) == (ended.code, len(ended.err.splitlines()))
    assert says in ended.err


def test_status_counts_problems_by_kind(kept: Bench) -> None:
    """So that a person sees at once what sort of day it is."""
    text = inside("status", config=kept.config).out
    told = inside("status", "--json", config=kept.config).data

    assert {"gone": 1, "refused": 2} == told["links"][LINK]["codes"]
    assert "problems: 1 gone, 2 refused" in text
