"""Links and systems that are called otherwise now: nothing starts again in silence (R14, R15, R27)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sync_service.adapters.memory import Manners
from sync_service.core.values import Side
from sync_service.errors import ConfigError, Refused, UnknownOutcome
from sync_service.scheduling.opening import Opened
from sync_service.scheduling.requests import carry_out
from sync_service.store.tables import metadata
from tests.engine.office import ADA, FIELDS, TECH, Office, link

TALK = FIELDS + "      comments: {internal: both}\n"


@pytest.fixture(name="office", params=[True, False], ids=["origin field", "marker"])
def an_office(tmp_path: Path, request: pytest.FixtureRequest) -> Office:
    """Two desks, two pairs that talked, and one ticket that was unpaired."""
    manners = Manners(origin_field=request.param)
    office = Office(tmp_path, manners={"here": manners, "there": manners, "elsewhere": manners})
    office.desk(TALK)
    near = office.desks["here"].open({"title": "one", "status": "New"}, ADA)
    office.desks["here"].say(near.id, "It smells", ADA)
    far = office.desks["there"].open({"short": "two", "state": "New"}, TECH)
    office.desks["there"].say(far.id, "On my way", TECH, public=False)
    alone = office.desks["here"].open({"title": "alone", "status": "New"}, ADA)
    office.day()
    (pair,) = office.look(lambda store: store.find_pairs(alone.id))
    office.ask("unpair", pair=pair.id)
    office.clock.tick(3600)
    return office


def shape(office: Office) -> tuple[int, ...]:
    """Count tickets and comments of both desks."""
    records = [one for desk in office.desks.values() for one in desk.records.values()]
    return len(records), sum(len(one.comments) for one in records)


def renamed(office: Office, formerly: bool = True) -> None:
    """Write the link under a new name."""
    office.desk(TALK, "help", **({"formerly": "[desk]"} if formerly else {}))


def resystem(office: Office, formerly: bool = True) -> None:
    """Write the system `there` under a new name."""
    block = "formerly: [there]" if formerly else ""
    more = f"  yonder: {{adapter: memory, {block}}}\n"
    office.adapters["yonder"] = office.adapters["there"]
    office.adapters["yonder"].system = "yonder"
    office.write(link(TALK, "desk", "here", "yonder"), ("here",), more)


def test_a_renamed_link_keeps_its_pairs_and_writes_nothing(office: Office) -> None:
    """R15, R27: pairs, watermarks, tombstones and history go on under the new name."""
    before, wrote = shape(office), office.writes()
    feed = office.look(lambda store: store.feed("desk", Side.LEFT))
    renamed(office)

    waits = office.day()
    assert "sync-service rename link desk help" in waits["help"]
    assert "desk" in office.ask("rename-link", old="desk", new="help")
    assert feed == office.look(lambda store: store.feed("help", Side.LEFT))
    assert {} == office.day()

    assert (before, wrote) == (shape(office), office.writes())
    assert {} == office.problems()
    (near,) = [one for one in office.desks["here"].records.values() if one.fields["title"] == "one"]
    office.desks["here"].edit(near.id, {"title": "uno"}, ADA)
    office.day()
    assert "uno" in office.shown("there", "short")
    history = office.look(lambda store: store.history(near.id))
    assert {"help"} == {line.link for line in history}


def test_no_table_keeps_the_old_name(office: Office) -> None:
    """R27: also a table that is added tomorrow."""
    renamed(office)
    office.ask("rename-link", old="desk", new="help")
    resystem(office)
    office.file.write_text(office.file.read_text().replace("desk:", "help:"))
    office.ask("rename-system", old="there", new="yonder")

    def left(store: object) -> list[str]:
        with store.database.reading() as c:  # type: ignore[attr-defined]
            return [
                f"{table.name}.{column.name}"
                for table in metadata.sorted_tables
                for column in table.c
                if column.name in {"link", "system", "origin_system", "name"}
                and set(c.scalars(column.table.select().with_only_columns(column)))
                & {"desk", "there"}
            ]

    assert [] == office.look(left)


@pytest.mark.parametrize("what", ["link", "system"])
def test_an_empty_store_finds_the_copies_of_the_old_name(office: Office, what: str) -> None:
    """R14, R15: `formerly` is configuration, so it outlives the store."""
    before, wrote = shape(office), office.writes()
    (renamed if what == "link" else resystem)(office)
    office.lose_store()

    assert {} == office.day()

    # The ticket that was unpaired is joined again: the tombstone went with the store.
    assert (before, wrote) == (shape(office), office.writes())
    assert 3 == office.look(lambda store: store.count_pairs("help" if what == "link" else "desk"))


@pytest.mark.parametrize("what", ["link", "system"])
def test_a_touched_copy_of_the_old_name_is_adopted_by_its_key(tmp_path: Path, what: str) -> None:
    """R14, R15: the original is older than `since`, so nothing but the copy asks."""
    office = Office(tmp_path)
    office.desk()
    near = office.desks["here"].open({"title": "one", "status": "New"}, ADA)
    office.day()
    office.lose_store()
    office.clock.tick(3600)
    if what == "link":
        office.desk(name="desk2", formerly="[desk]", since="now")
    else:
        office.write(link(FIELDS, "desk", "yon", "there", since="now"), ("there",),
                     "  yon: {adapter: memory, formerly: [here]}\n")  # fmt: skip
        office.adapters["yon"] = office.adapters["here"]
        office.adapters["yon"].system = "yon"
    name = "desk2" if what == "link" else "desk"
    (copy,) = office.desks["there"].records
    office.day()
    assert 0 == office.look(lambda store: store.count_pairs(name))

    office.clock.tick(60)
    office.desks["there"].edit(copy, {"other": "touched"}, TECH)
    office.day()

    (pair,) = office.look(lambda store: list(store.iterate(name)))
    assert (near.id, copy) == (pair.ids.left, pair.ids.right)


@pytest.mark.parametrize("formerly", [True, False])
def test_a_renamed_link_does_not_begin_again_in_silence(office: Office, formerly: bool) -> None:
    """R27: it waits, says what to do, and writes nothing meanwhile."""
    before, wrote = shape(office), office.writes()
    renamed(office, formerly)
    office.desks["here"].open({"title": "new", "status": "New"}, ADA)

    waits = office.day()

    assert "sync-service rename link desk help" in waits["help"]
    assert ("formerly: [desk]" in waits["help"]) is not formerly
    assert waits["help"] == office.problems()["renamed"].message
    assert (before[0] + 1, wrote) == (shape(office)[0], office.writes())


def test_a_link_that_is_really_new_is_accepted_and_makes_nothing_twice(office: Office) -> None:
    """R14, R27: the old pairs' groups stay, so their tickets get no second copy."""
    before = shape(office)
    renamed(office, formerly=False)
    office.day()
    office.ask("accept", link="help")

    assert {} == office.day()

    # The unpaired one, and nothing else, is the new link's to copy.
    assert before[0] + 1 >= shape(office)[0]
    assert ["one", "two"] == sorted(
        str(title) for title in office.shown("there", "short") if title in {"one", "two"}
    )


def test_an_empty_store_stops_before_copies_of_an_unknown_name(office: Office) -> None:
    """R14, R27: their originals would be copied a second time."""
    before, wrote = shape(office), office.writes()
    renamed(office, formerly=False)
    office.lose_store()

    async def one(opened: Opened) -> None:
        from sync_service.engine.cycle import cycle

        for _ in range(3):
            assert not await cycle(opened.links["help"])
            office.clock.tick(3600)

    office.open(one)

    told = office.problems()["strange-key"]
    assert "carry the name desk in their key" in told.message
    assert "formerly" in told.message
    assert (before, wrote) == (shape(office), office.writes())

    renamed(office)
    assert {} == office.day()
    assert {} == office.problems()
    assert (before, wrote) == (shape(office), office.writes())


def test_the_copies_of_a_removed_link_may_be_accepted_as_such(office: Office) -> None:
    """R14: then they are known, start no pair, and stop nothing any more."""
    before = shape(office)
    office.desk(TALK, "help")
    office.lose_store()
    office.ask("accept", link="help")  # nothing to accept yet, and no harm
    with pytest.raises(AssertionError):
        office.day(minutes=1)
    office.ask("accept", link="help")

    office.day()

    assert {} == office.problems()
    copies = [one for one in office.desks["there"].records.values() if one.key]
    assert before[0] < shape(office)[0], "a person said that the old copies are nobody's"
    office.desks["there"].edit(copies[0].id, {"short": "touched"}, TECH)
    office.day()
    assert {} == office.problems()


def test_a_create_that_was_on_its_way_is_found_by_the_old_name(tmp_path: Path) -> None:
    """R16, R27: the copy that nobody heard of carries the name of its day."""
    office = Office(tmp_path)
    office.desk()
    there = office.adapters["there"]

    async def lost(when: str, what: str) -> None:
        if (when, what) == ("after", "create"):
            raise UnknownOutcome("no answer")

    there.wire = lost
    office.desks["here"].open({"title": "one", "status": "New"}, ADA)

    async def once(opened: Opened) -> None:
        from sync_service.engine.cycle import cycle

        for _ in range(2):
            await cycle(opened.links["desk"])
            office.clock.tick(60)

    office.open(once)
    assert 1 == len(office.desks["there"].records)
    there.wire = office.adapters["here"].wire
    office.desk(name="help", formerly="[desk]")
    office.ask("rename-link", old="desk", new="help")
    office.day()

    assert 1 == len(office.desks["there"].records)
    (pair,) = office.look(lambda store: list(store.iterate("help")))
    assert pair.whole


def test_a_renamed_system_keeps_its_tickets_and_writes_nothing(office: Office) -> None:
    """R15, R21, R27: keys and the origins of comments are read in today's names."""
    before, wrote = shape(office), office.writes()
    resystem(office)

    waits = office.day()
    assert "sync-service rename system there yonder" in waits["desk"]
    office.ask("rename-system", old="there", new="yonder")
    assert {} == office.day()

    assert (before, wrote) == (shape(office), office.writes())
    near = next(one for one in office.desks["here"].records.values() if one.comments)
    office.desks["here"].say(near.id, "Still there?", ADA)
    office.day()
    assert before[1] + 2 == shape(office)[1]


@pytest.mark.parametrize("first", ["link", "system"])
def test_both_may_be_renamed_in_either_order(office: Office, first: str) -> None:
    """R27: a name alone is no change that could write, so no plan is made and nobody is asked."""
    near = next(one for one in office.desks["here"].records.values() if one.comments)
    office.desks["here"].edit(near.id, {"title": "an ordinary edit"}, ADA)
    resystem(office)
    office.file.write_text(
        office.file.read_text().replace("  desk:", "  help:\n    formerly: [desk]")
    )
    commands = [("rename-link", "desk", "help"), ("rename-system", "there", "yonder")]

    for command, old, new in commands if first == "link" else reversed(commands):
        office.ask(command, old=old, new=new)

    assert {} == office.day()
    assert "an ordinary edit" in office.shown("there", "short")


def test_a_refused_comment_stays_refused_under_the_new_name(office: Office) -> None:
    """R25, R27: the refusal names the comment's origin."""
    near = next(
        one for one in office.desks["there"].records.values() if one.fields["short"] == "two"
    )
    office.desks["here"].refuses = lambda name, _value: "too rude" if name == "comment" else ""
    office.desks["there"].say(near.id, "Rude", TECH)
    office.day()
    tried = office.adapters["here"].requests["reply"]
    resystem(office)
    office.ask("rename-system", old="there", new="yonder")

    office.day()

    assert tried == office.adapters["here"].requests["reply"]
    item = office.problems()["refused"].item
    assert item.startswith("yonder:")
    office.desks["here"].refuses = lambda _name, _value: ""
    office.ask("retry", ids=[row.id for row in office.look(lambda store: store.problems())])
    office.day()
    assert {} == office.problems()


def test_a_link_between_other_systems_is_never_run_on_the_old_pairs(office: Office) -> None:
    """R27: another desk may give the same ids to other tickets; not even `accept` runs it."""
    office.adapters["elsewhere"] = office.adapters["there"]
    office.write(link(TALK, "desk", "here", "elsewhere"), ("here", "elsewhere"))
    wrote = office.writes()

    waits = office.day()

    assert "give the link a new name" in waits["desk"]
    with pytest.raises(Refused, match="here and there"):
        office.ask("accept", link="desk")
    assert wrote == office.writes()


def test_the_order_of_between_is_put_back(office: Office) -> None:
    """R27: sides are told by it."""
    office.write(link(TALK, "desk", "there", "here"))
    wrote = office.writes()

    assert "Put the order back" in office.day()["desk"]
    assert wrote == office.writes()
    office.desk(TALK)
    assert {} == office.day()
    assert {} == office.problems()


def test_a_daemon_that_knows_the_new_name_renames_while_it_runs(office: Office) -> None:
    """R29: the command leaves a request, and the link goes on at once."""
    renamed(office)

    async def beside(opened: Opened) -> dict[str, str]:
        assert "help" in opened.waiting
        await carry_out(opened, "rename-link", {"old": "desk", "new": "help"})
        assert opened.links["help"].rules.link == "help"
        return await office.work(opened)

    wrote = office.writes()
    assert {} == office.open(beside)
    assert wrote == office.writes()


@pytest.mark.parametrize(
    ("settings", "old", "new", "why"),
    [
        ({"name": "desk"}, "desk", "help", "still has a link desk"),
        ({"name": "help"}, "desk", "hlep", "did you mean `help`"),
        ({"name": "help"}, "desk", "help", r"Write `formerly: \[desk\]` under `links: help:`"),
        ({"name": "help", "formerly": "[dsk]"}, "dsk", "help", "knows no link dsk; did you mean `desk`"),
    ],
)  # fmt: skip
def test_a_rename_that_cannot_be_says_what_to_do(
    tmp_path: Path, settings: dict[str, str], old: str, new: str, why: str
) -> None:
    """R27: nothing is renamed by guess."""
    office = Office(tmp_path)
    office.desk()
    office.day()
    office.desk(**settings)

    with pytest.raises(Refused, match=why):
        office.ask("rename-link", old=old, new=new)


def test_a_rename_onto_a_link_with_pairs_is_refused(tmp_path: Path) -> None:
    """R27: two pasts cannot be one."""
    office = Office(tmp_path)
    office.desk()
    office.desks["here"].open({"title": "one", "status": "New"}, ADA)
    office.day()
    office.desk(name="help")
    office.day()
    office.ask("accept", link="help")
    office.desks["here"].open({"title": "two", "status": "New"}, ADA)
    office.day()
    office.desk(name="help", formerly="[desk]")

    with pytest.raises(Refused, match="1 pairs of its own"):
        office.ask("rename-link", old="desk", new="help")


def test_a_backup_from_before_the_rename_is_renamed_again(tmp_path: Path) -> None:
    """R16, R27: it is the store that knows the link by its old name again."""
    office = Office(tmp_path)
    office.desk()
    office.desks["here"].open({"title": "one", "status": "New"}, ADA)
    office.day()
    backup = office.store.read_bytes()
    office.desk(name="help", formerly="[desk]")
    office.ask("rename-link", old="desk", new="help")
    office.desks["here"].open({"title": "two", "status": "New"}, ADA)
    office.day()
    wrote = office.writes()
    office.lose_store()
    office.store.write_bytes(backup)
    office.clock.tick(600)

    assert ["help"] == list(office.day())
    office.ask("rename-link", old="desk", new="help")
    assert {} == office.day()

    assert (wrote, 2) == (office.writes(), len(office.desks["there"].records))


@pytest.mark.parametrize(
    ("links", "what"),
    [
        ({"a": "[b]", "b": "[]"}, "`b` is the name of one of the links today"),
        ({"a": "[x]", "b": "[x]"}, "`x` stands under `a` too"),
    ],
)
def test_an_earlier_name_belongs_to_one_link(
    tmp_path: Path, links: dict[str, str], what: str
) -> None:
    """R15: else a copy would have two links."""
    office = Office(tmp_path)
    blocks = (link(FIELDS, name, "here", "there", formerly=old) for name, old in links.items())
    office.write("".join(blocks))

    with pytest.raises(ConfigError, match=what):
        office.day()


def test_a_forwarding_link_knows_the_copies_of_a_renamed_one(tmp_path: Path) -> None:
    """R14, R27: names are known in every link of the configuration."""
    office = Office(tmp_path, ("here", "there", "far"))
    onward = "\n      fields: [{here: short, there: title}, {here: state, there: status}]\n"
    second = link(onward, "on", "there", "far", forward="true")
    office.write(link(FIELDS, "desk", "here", "there") + second)
    office.desks["here"].open({"title": "one", "status": "New"}, ADA)
    office.day()
    before, wrote = shape(office), office.writes()
    office.write(link(FIELDS, "help", "here", "there", formerly="[desk]") + second)
    office.lose_store()
    office.clock.tick(3600)

    assert {} == office.day()

    assert (before, wrote) == (shape(office), office.writes())
    assert replace(office.tally, cycles=0).writes == 0
