"""A changed configuration is judged by its plan (R27): taken at once, or the link waits with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_service.core.judgement import Judgement, Step
from sync_service.engine import judge as judging
from sync_service.engine.preview import preview
from sync_service.errors import TryLater
from sync_service.scheduling.judging import Turn, turn
from sync_service.scheduling.opening import Opened
from sync_service.scheduling.requests import carry_out
from tests.engine.office import ADA, FIELDS, Office, judged, link

ROOM = FIELDS + "        - {here: room, there: place}\n"


@pytest.fixture(name="office")
def an_office(tmp_path: Path) -> Office:
    """Two desks and a link between them."""
    made = Office(tmp_path)
    made.desk()
    return made


def filled(office: Office, count: int = 3, **fields: str) -> list[str]:
    """Open tickets here, let them meet their copies, and give their ids."""
    made = [
        office.desks["here"].open({"title": f"t{n}", "status": "New", **fields}, ADA).id
        for n in range(count)
    ]
    office.day()
    return made


def test_a_new_line_that_writes_nothing_is_taken_at_once(office: Office) -> None:
    """R27: its plan is made of every pair, and writes nothing."""
    filled(office)
    before = office.writes()
    office.desk(ROOM)

    assert {} == office.day()

    assert office.state().pending is None
    assert before == office.writes()
    assert {} == office.problems()


def test_a_new_line_that_would_write_waits_with_its_plan_and_accept_carries_it_out(
    office: Office,
) -> None:
    """R27, R7: the plan is kept and told; what it shows is what is done."""
    filled(office, 3, room="12")
    office.desk(ROOM)
    before = office.writes()

    waits = office.day()

    assert before == office.writes()
    state = office.state()
    assert state.plan is not None
    assert (3, {"update": 3}, Step.DONE) == (state.plan.planned, state.plan.writes, state.plan.step)
    assert {("place",)} == {one.fields for one in state.plan.first}
    told = office.problems()["changed"].message
    assert told == waits["desk"]
    assert "3 x update in 3 pairs" in told
    assert "sync-service accept desk" in told

    office.ask("accept", link="desk")
    assert {} == office.day()
    assert ["12"] * 3 == office.shown("there", "place")
    assert {} == office.problems()


def test_ordinary_news_does_not_make_a_harmless_change_wait(office: Office) -> None:
    """R27: only what the change itself would write counts, since edits come every minute."""
    (near,) = filled(office, 1)
    office.desks["here"].edit(near, {"title": "Printer on fire"}, ADA)
    office.desks["here"].say(near, "It smells", ADA)
    office.desks["here"].open({"title": "Laptop", "status": "New"}, ADA)
    office.desk(ROOM)

    assert {} == office.day()

    assert ["Printer on fire", "Laptop"] == office.shown("there", "short")


def test_the_plan_names_no_text_of_a_ticket(office: Office) -> None:
    """R27, promise 5: status and problem lists show it, and they show no ticket text."""
    filled(office, 1, room="Zeke Eastlake's room")
    office.desk(ROOM)
    office.day()

    from sync_service.core.judgement import dumped

    plan = office.state().plan
    assert plan is not None
    assert "Eastlake" not in str(dumped(plan)) + office.problems()["changed"].message


def test_a_wider_selection_waits_with_the_pairs_it_would_start(office: Office) -> None:
    """R27, R14: old tickets that are selected now start pairs once it is accepted."""
    office.desk(select="""{here: "ticket.room == '12'"}""")
    filled(office, 1, room="12")
    office.desks["here"].open({"title": "other", "status": "New", "room": "14"}, ADA)
    office.day()
    assert 1 == len(office.desks["there"].records)
    office.clock.tick(3600)
    office.desk(select="""{here: "ticket.room in ['12', '14']"}""")

    waits = office.day()

    assert "1 x create" in waits["desk"]
    assert 1 == len(office.desks["there"].records)
    office.ask("accept", link="desk")
    office.day()
    assert 2 == len(office.desks["there"].records)


def test_a_wider_since_begins_the_backfill_anew(office: Office) -> None:
    """R26, R27: `since: now` for the first day, then all."""
    office.desks["here"].open({"title": "old", "status": "New"}, ADA)
    office.clock.tick(60)
    office.desk(since="now")
    office.day()
    assert {} == office.desks["there"].records
    office.desk(since="all")

    waits = office.day()
    office.ask("accept", link="desk")
    office.day()

    assert "since" in waits["desk"]
    assert ["old"] == office.shown("there", "short")


def test_a_narrower_selection_is_taken_at_once(office: Office) -> None:
    """R27: nothing new is selected, so nothing is written."""
    filled(office, 2, room="12")
    office.desk(select="""{here: "ticket.room == '12'"}""")

    assert {} == office.day()


def test_a_policy_that_held_writes_back_is_judged_too(office: Office) -> None:
    """R13, R27: `when_deselected: stop` to `keep` lets go what was held."""
    selected = {"select": """{here: "ticket.room == '12'", there: "ticket.place == 'none'"}"""}
    office.desk(ROOM, when_deselected="stop", **selected)
    (near,) = filled(office, 1, room="12")
    office.desks["here"].edit(near, {"room": "14", "title": "Printer on fire"}, ADA)
    office.day()
    assert ["t0"] == office.shown("there", "short")
    office.desk(ROOM, when_deselected="keep", **selected)

    assert "when_deselected" in office.day()["desk"]
    assert ["t0"] == office.shown("there", "short")


def test_edits_of_comments_that_were_ignored_are_judged_too(office: Office) -> None:
    """R21, R27: `edits: ignore` to `follow` would rewrite what was left alone for months."""
    ignore = FIELDS + "      comments: {edits: ignore}\n"
    office.desk(ignore)
    (near,) = filled(office, 1)
    said = office.desks["here"].say(near, "It smels", ADA)
    office.day()
    office.desks["here"].reword(near, said.id, "It smells")
    office.day()
    office.desk(FIELDS + "      comments: {edits: follow}\n")

    assert "1 x rewrite comment" in office.day()["desk"]


def test_a_system_that_is_away_puts_the_judgement_off(office: Office) -> None:
    """R27: the link waits, asks no person, and is judged when the system answers again."""
    filled(office, 1, room="12")
    office.desk(ROOM)
    away = office.adapters["there"]
    get = away.get

    async def silent(ids: object) -> object:
        raise TryLater("there is away")

    away.get = silent  # type: ignore[method-assign,assignment]

    async def both(opened: Opened) -> tuple[Turn, Turn, Turn]:
        work = opened.links["desk"]
        first = await turn(opened, work)
        assert "there is away" in {one.why for one in work.down.values()}
        again = await turn(opened, work)
        away.get = get  # type: ignore[method-assign]
        office.clock.tick(3600)
        return first, again, await turn(opened, work)

    assert (Turn.WAIT, Turn.WAIT, Turn.WAIT) == office.open(both)
    assert office.problems()["changed"].message
    plan = office.state().plan
    assert plan is not None
    assert {"update": 1} == plan.writes


def test_other_links_go_on_while_one_waits(tmp_path: Path) -> None:
    """R27: only that link waits."""
    office = Office(tmp_path, ("here", "there", "else"))
    two = link(FIELDS, "one", "here", "there"), link(FIELDS, "two", "here", "else", forward="true")
    office.write("".join(two))
    made = office.desks["here"].open({"title": "t", "status": "New", "room": "12"}, ADA)
    office.day()
    office.write(link(ROOM, "one", "here", "there") + two[1])
    office.desks["here"].edit(made.id, {"title": "new"}, ADA)

    waits = office.day()

    assert ["one"] == list(waits)
    assert (["t"], ["new"]) == (office.shown("there", "short"), office.shown("else", "short"))


def test_a_judgement_is_bounded_a_turn_and_goes_on_after_a_restart(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R27: reads only, so many pairs at a time, and none twice."""
    monkeypatch.setattr(judging, "_CHUNK", 2)
    monkeypatch.setattr(judging, "BUDGET", 4)
    filled(office, 9, room="12")
    office.desk(ROOM)

    async def one(opened: Opened) -> Judgement | None:
        gets = office.adapters["there"].requests["get"]
        work = opened.links["desk"]
        store = opened.service.store
        state = store.link_state("desk")
        assert state.plan is not None
        told = await judging.judge(work, state.plan, judging.BUDGET)
        assert office.adapters["there"].requests["get"] - gets <= 2
        store.keep_plan(opened.run, "desk", state.pending or "", "", told)
        return told

    told = [office.open(one) for _ in range(3)]

    assert [4, 8, 9] == [one.planned for one in told if one]
    assert told[-1] is not None
    assert told[-1].done
    assert {"update": 9} == told[-1].writes


def test_what_was_not_planned_yet_is_looked_at_once_it_is_accepted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R27: a person may accept before the plan is whole; every pair gets the line all the same."""
    filled(office, 9, room="12")
    office.desk(ROOM)
    monkeypatch.setattr(judging, "_CHUNK", 2)

    async def early(opened: Opened) -> None:
        store = opened.service.store
        state = store.link_state("desk")
        assert state.plan is not None
        told = await judging.judge(opened.links["desk"], state.plan, 2)
        store.keep_plan(opened.run, "desk", state.pending or "", "", told)
        await carry_out(opened, "accept", {"link": "desk"})
        await office.work(opened)

    office.open(early)

    assert ["12"] * 9 == office.shown("there", "place")


def test_enough_of_a_plan_is_enough(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """R27: once it is sure that the link waits, a large system is not read whole."""
    from sync_service.core import judgement

    monkeypatch.setattr(judging, "_CHUNK", 2)
    monkeypatch.setattr(judgement, "ENOUGH", 4)
    filled(office, 9, room="12")
    office.desk(ROOM)

    waits = office.day()

    assert "4 x update in 4 pairs (no more planned)" in waits["desk"]
    office.ask("accept", link="desk")
    office.day()
    assert ["12"] * 9 == office.shown("there", "place")


def test_a_pair_that_cannot_be_planned_does_not_hold_the_judgement(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R25, R27: it counts as one that would be written, and the others are planned."""
    filled(office, 3)
    office.desk(ROOM)

    async def fails(work: object, pairs: list[object]) -> object:
        if any(one.ids.left == "H2" for one in pairs):  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return await preview(work, pairs)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "preview", fails)

    assert "1 x pair that cannot be planned in 3 pairs" in office.day()["desk"]


def test_accept_without_a_daemon_takes_the_configuration_as_it_is_now(office: Office) -> None:
    """R27, R29: no daemon has seen the change; what is accepted is carried out all the same."""
    filled(office, 2, room="12")
    office.desk(ROOM)

    office.ask("accept", link="desk")
    waits = office.day()

    assert {} == waits
    assert ["12"] * 2 == office.shown("there", "place")


def test_a_configuration_that_was_put_back_leaves_nothing(office: Office) -> None:
    """R27: the work that its plan asked for is a look at level pairs."""
    filled(office, 2, room="12")
    office.desk(ROOM)
    office.day()
    before = office.writes()
    office.desk()

    assert {} == office.day()

    assert before == office.writes()
    assert {} == office.problems()
    assert office.state().plan is None


async def test_nothing_is_judged_where_nothing_risky_changed(tmp_path: Path) -> None:
    """R6, R27: the fingerprint is a first filter; it reads nothing."""
    from sync_service.scheduling.opening import open_links

    office = Office(tmp_path)
    office.desk()
    for _ in range(2):
        opened = await open_links(office.service())
        await judged(opened)
        await opened.close()

    assert {} == office.adapters["here"].requests
