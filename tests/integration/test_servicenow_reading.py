"""Reading ServiceNow over real HTTP, with every open question in every position."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina

from sync_service.adapters.base import Page
from sync_service.core.values import Gone, InternalNote, PublicComment, Ticket
from sync_service.errors import AuthFailed
from tests.integration.servicenow_desk import (
    DANA,
    KEY,
    LONG_AGO,
    OWEN,
    desk,
    draft,
    reply,
    soon,
)


def _quick() -> Any:
    with stamina.set_testing(True, attempts=3):
        yield


def _ids(pages: list[Page]) -> list[str]:
    return [row.id for page in pages for row in page.rows]


def _sane(pages: list[Page]) -> bool:
    return not any(page.torn or page.doubt for page in pages)


async def test_a_scan_tells_how_much_is_left() -> None:
    """For a progress bar: what was read and what is left are all there is, page after page."""
    async with desk(tickets=230) as snow:
        pages, read = await snow.scan(), 0
        for page in pages:
            read += len(page.rows)

            assert 230 == read + (page.left or 0)

        assert len(pages) > 1
        assert 0 == pages[-1].left


async def test_a_row_that_leaves_a_full_second_while_we_page_tears_the_drain() -> None:
    """R2: the row read last must still be there."""
    async with desk(settings={"page_size": 10}) as snow:
        snow.world.clock.set(datetime(2026, 11, 20, 9, 0, tzinfo=UTC))
        for n in range(47):
            snow.open(f"Ticket {n}")

        def move() -> None:
            snow.world.clock.advance(1)
            first = min(id for id, row in snow.world.dump().items() if row["version"] == 0)
            snow.act("edit", ticket=first, fields={"u_room": "12"})

        pages = [await snow.adapter.changed(LONG_AGO)]
        while pages[-1].next is not None and not pages[-1].torn:
            move()
            pages.append(await snow.adapter.changed(LONG_AGO, pages[-1].next))

        assert pages[-1].torn


@pytest.mark.parametrize("every", [2, 3])
async def test_pages_that_rights_made_short_are_not_the_end(every: int) -> None:
    """The limit is applied before the rights are (vendor docs: Table API)."""
    async with desk(tickets=230, hide_every=every) as snow:
        seen = {id for id, row in snow.world.dump().items() if int(row["number"][3:]) % every}

        pages = await snow.drain(LONG_AGO)

        assert _sane(pages)
        assert set(_ids(pages)) == seen


async def test_a_whole_page_of_hidden_rows_is_no_end() -> None:
    """A drain goes on past windows that show nothing at all."""
    async with desk(tickets=60, settings={"page_size": 2}, hide_every=1) as snow:
        snow.turn(hide_every=0)
        last = snow.open("Visible")
        number = snow.world.dump()[last]["number"]
        snow.world.hides = lambda row, user: row["number"] != number

        pages = await snow.drain(LONG_AGO)

        assert _ids(pages) == [last]


async def test_an_ignored_sort_is_doubted() -> None:
    """R3: a reply counts only if it shows that the query was applied."""
    async with desk(tickets=30) as snow:
        select = snow.world.database.select
        snow.world.database.select = lambda *a, **k: [*reversed(select(*a, **k))]

        assert "sort" in (await snow.adapter.changed(LONG_AGO)).doubt


async def test_an_ignored_filter_is_doubted() -> None:
    """R3: a part of a query that makes no sense is left out without a word."""
    async with desk(tickets=30) as snow:
        select = snow.world.database.select
        snow.world.database.select = lambda table, text, **k: select(table, "ORDERBYsys_updated_on")
        mark = snow.world.clock.now().strftime("%Y-%m-%d %H:%M:%S")

        assert "filter" in (await snow.adapter.changed(mark)).doubt


async def test_values_are_shown_as_people_read_them() -> None:
    """R10: choices and references by display name, people by e-mail, raw values beside them."""
    async with desk(
        zone="Europe/Zurich", date_format="dd-MM-yyyy", time_format="hh:mm:ss a"
    ) as snow:
        snow.world.clock.set(datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
        id = snow.open("Screen", assignment_group="K12 Support", location="Annex", assigned_to=OWEN)

        found = await snow.ticket(id)

        assert found.fields["state"] == "New"
        assert found.fields["state.value"] == "1"
        assert found.fields["assignment_group"] == "K12 Support"
        assert found.fields["caller_id"] == DANA
        assert found.fields["assigned_to"] == OWEN
        assert found.fields["opened_at"] == "2026-11-20T09:30:00Z"
        assert found.fields["correlation_id"] is None
        assert found.data["caller_id"]["email"] == DANA
        assert found.data["location"]["name"] == "Annex"
        assert found.data["assignment_group"] == "K12 Support"
        assert not found.ours


async def test_comments_come_with_visibility_author_and_order() -> None:
    """R13, R21: journal entries as people wrote them."""
    async with desk() as snow:
        id = snow.open()
        snow.act("comment", ticket=id, text="Any news?\r\n[code]<b>Urgent</b>[/code]")
        snow.act("note", OWEN, ticket=id, text="Lamp is dead.\n\n[sync:iiq:1:2]")

        public, internal = (await snow.ticket(id)).comments or ()

        assert isinstance(public, PublicComment)
        assert public.body == "Any news?\nUrgent"
        assert public.author.email == DANA
        assert isinstance(internal, InternalNote)
        assert internal.origin is None  # R21: only our own comment's last line counts
        assert internal.body.endswith("[sync:iiq:1:2]")
        assert not internal.ours


async def test_many_tickets_are_read_in_two_requests() -> None:
    """Design 10: verification is batched."""
    async with desk(tickets=100) as snow:
        ids = list(snow.world.dump())
        await snow.adapter.get(ids)  # the authors are known from here on
        before = snow.calls()

        found = await snow.adapter.get([*ids, "f" * 32])

        assert snow.calls() == before + 4  # 101 ids are two batches
        assert isinstance(found["f" * 32], Gone)
        whole = [one for one in found.values() if isinstance(one, Ticket)]
        assert sum(len(one.comments or ()) for one in whole) > 50


@pytest.mark.parametrize("position", ["empty", "forbidden"])
async def test_a_journal_that_turns_unreadable_is_told(position: str) -> None:
    """The ACL trap: 200 and no rows is no ticket without comments."""
    async with desk() as snow:
        id = snow.open()
        snow.act("comment", ticket=id, text="Any news?")
        snow.turn(journal=position)

        with pytest.raises(AuthFailed, match="sys_journal_field"):
            await snow.adapter.get([id])


async def test_a_copy_that_is_hidden_from_us_proves_nothing() -> None:
    """R4: rights are applied after the count."""
    async with desk() as snow:
        await snow.adapter.create(draft(), soon())
        snow.turn(hide_every=1)

        assert not (await snow.adapter.find([KEY], soon())).proven


async def test_an_ignored_look_up_proves_nothing() -> None:
    """R4: the whole table is no answer to a key."""
    async with desk(tickets=20) as snow:
        select = snow.world.database.select
        snow.world.database.select = lambda table, text, **k: select(table, "")

        found = await snow.adapter.find([KEY], soon())

        assert not found.proven
        assert found.tickets[KEY] == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("number", "INC0010001"),
        ("short_description", "A, b ^ c & d"),
        ("state", "New"),
        ("state.value", "1"),
        ("caller_id", DANA),
        ("location", "Annex"),
    ],
)
async def test_tickets_match_by_what_a_field_shows(name: str, value: str) -> None:
    """R14 `match:`: compared exactly by us, whatever signs the value has."""
    async with desk() as snow:
        id = snow.open("A, b ^ c & d", location="Annex")
        other = snow.act("create", OWEN, fields={"short_description": "Other"})
        snow.act("status", ticket=other, to="In Progress")

        found = await snow.adapter.match(name, [value, value.lower() + " no", None])

        assert found[value] == (id,)
        assert found[None] == ()


async def test_a_script_in_a_value_is_never_sent() -> None:
    """A query value that begins with `javascript:` would be run by the instance."""
    async with desk() as snow:
        select, asked = snow.world.database.select, list[str]()

        def noted(table: str, text: str, **more: Any) -> Any:
            asked.append(text)
            return select(table, text, **more)

        snow.world.database.select = noted
        found = await snow.adapter.match("short_description", ["javascript:gs.sleep(9)"])

        assert found["javascript:gs.sleep(9)"] == ()
        assert asked
        assert not [text for text in asked if "javascript" in text]


async def test_the_trail_tells_who_changed_what_in_words() -> None:
    """R8, R17: raw values are put into the words that fields show."""
    async with desk(tickets=5) as snow:
        id = snow.open()
        snow.act("edit", OWEN, ticket=id, fields={"assigned_to": OWEN, "state": "In Progress"})
        ticket = await snow.ticket(id)
        await snow.adapter.reply(ticket, reply(), soon())
        await snow.adapter.update(ticket, {"location": "Annex"}, soon())

        trail = await snow.adapter.touched(id, datetime.now(UTC) - timedelta(minutes=5))

        told = {one.field: one for one in trail or ()}
        assert (told["state"].old, told["state"].new) == ("New", "In Progress")
        assert told["assigned_to"].new == OWEN
        assert told["state"].by == OWEN
        assert not told["state"].ours
        assert told["location"].ours
        assert told["location"].new == "Annex"
        assert "comments" not in told


async def test_without_a_readable_trail_there_is_none() -> None:
    """`traits.audit` tells the engine to ask instead (R16)."""
    async with desk(tickets=5, audit="empty") as snow:
        assert not snow.adapter.traits.audit
        assert await snow.adapter.touched(snow.open(), datetime.now(UTC)) is None


async def test_a_trail_that_begins_after_the_start_is_found() -> None:
    """R20: found by a history: a new instance has no entry yet, and so seemed to hide them."""
    async with desk(tickets=0) as snow:
        assert not snow.adapter.traits.audit
        id = snow.open()
        snow.act("edit", ticket=id, subject="Theirs")

        trail = await snow.adapter.touched(id, datetime.now(UTC) - timedelta(minutes=5))

        assert ["Theirs"] == [one.new for one in trail or () if one.field == "short_description"]
        assert snow.adapter.traits.audit
