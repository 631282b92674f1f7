"""Which ticket is which: whole readings, what is gone, keys and look-ups (R1, R4, R5, R14, R15)."""

from __future__ import annotations

import asyncio

from sync_service.adapters.base import Found
from sync_service.conformance.abilities import (
    Clones,
    HidesTickets,
    IgnoresFilters,
    MarksSensitive,
    Merges,
)
from sync_service.conformance.bench import Bench, ended, new_key, unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.conformance.proxy import Fault
from sync_service.core.values import Gone, Merged, Ticket
from sync_service.errors import NeedsHuman, TryLater

#: Values that mean something in one query language or another.
TRICKS = (
    "O'Neil's",
    'a "quoted" word',
    "back\\slash",
    "A, b ^ c & d",
    "' OR id > 0 OR '' = '",
    "javascript:gs.sleep(9)",
    "100 %_*",
    "Zoë 日本",
)


async def test_every_id_that_was_asked_is_answered(harness: Harness) -> None:
    """R5: what there is not is gone, whatever the id looks like."""
    async with opened(harness) as desk:
        ticket = await desk.system.open(unique("There"))
        strange = ["no such id", "999999999", "f" * 32, "../users", ""]
        found = await desk.adapter.get([ticket, *strange])

        assert {ticket, *strange} == set(found)
        assert isinstance(found[ticket], Ticket)
        assert all(isinstance(found[one], Gone) for one in strange)


async def test_more_tickets_than_a_batch_are_read(harness: Harness) -> None:
    """R1: in batches, each ticket once, in a bounded number of requests."""
    async with opened(harness) as desk:
        some = [await desk.system.open(unique(f"Batch {n}")) for n in range(6)]
        asked = [*some, *[f"none {n}" for n in range(desk.traits.batch)]]
        found = await desk.adapter.get(asked)

        assert set(asked) == set(found)
        assert all(isinstance(found[one], Ticket) for one in some)


async def test_comments_are_read_before_the_ticket(harness: Harness) -> None:
    """R1: privacy is judged by the last flag, so what changes while we read shows on the ticket."""
    async with opened(harness) as desk:
        ticket, title = await desk.system.open(unique("Before")), unique("While we read")
        await desk.system.comment(ticket, "said", public=True)
        await desk.read(ticket)  # lists and names are known from here on
        desk.wire.forget()
        await desk.read(ticket)
        if len(desk.wire.calls()) < 2:
            return  # one request shows both at once
        loop = asyncio.get_running_loop()

        def edit() -> None:
            deed = desk.system.edit(ticket, {desk.sample.title: title})
            asyncio.run_coroutine_threadsafe(deed, loop).result(10)

        desk.wire.strike(Fault("act_after", act=edit))

        assert title == (await desk.read(ticket)).fields[desk.sample.title]


async def test_a_deleted_ticket_is_gone_everywhere(harness: Harness) -> None:
    """R5: `get` says so; neither the feed, the scan nor a look-up shows it."""
    async with opened(harness) as desk:
        mark = await desk.mark()
        ticket = await desk.made()
        await desk.system.delete(ticket.id)
        await desk.wait(1.1)

        assert isinstance((await desk.adapter.get([ticket.id]))[ticket.id], Gone)
        assert ticket.id not in (await desk.drain(mark)).ids
        assert ticket.id not in (await desk.scan(ticket.created)).ids
        found = await desk.adapter.find([str(ticket.key)], ticket.created)
        assert () == found.tickets[str(ticket.key)]


async def test_a_merged_ticket_tells_where_it_went(harness: Harness) -> None:
    """R5: a read that answers under another id is a merge, not a deletion."""
    async with opened(harness) as desk:
        system = desk.needs(Merges)
        absorbed, kept = [await desk.system.open(unique("Merge")) for _ in range(2)]
        await system.merge(absorbed, kept)
        found = await desk.adapter.get([absorbed, kept])

        assert Merged(kept) == found[absorbed]
        assert isinstance(found[kept], Ticket)


async def test_a_ticket_that_left_our_sight_is_gone_and_the_rest_is_read(harness: Harness) -> None:
    """R5: one hidden ticket parks its own pair and no other."""
    async with opened(harness) as desk:
        system = desk.needs(HidesTickets)
        hidden, shown = [await desk.system.open(unique("Sight")) for _ in range(2)]
        await desk.system.comment(shown, "here", public=True)
        await system.hide([hidden])
        found = await desk.adapter.get([hidden, shown])

        assert isinstance(found[hidden], Gone)
        assert 1 == len((await desk.read(shown)).comments or ())


async def test_a_mark_of_sensitivity_is_seen(harness: Harness) -> None:
    """R13: set and cleared; a row of the feed shows it too."""
    async with opened(harness) as desk:
        system = desk.needs(MarksSensitive)
        mark, ticket = await desk.mark(), await desk.system.open(unique("Sensitive"))
        for sensitive in (True, False):
            await system.mark(ticket, sensitive=sensitive)
            rows = [row for row in (await desk.drain(mark)).rows if row.id == ticket]

            assert sensitive is (await desk.read(ticket)).sensitive
            assert {sensitive} == {row.sensitive for row in rows}


async def test_the_key_is_inside_the_create(harness: Harness) -> None:
    """R15: one write makes the ticket, ours, with its key; a look-up finds it."""
    async with opened(harness) as desk:
        await desk.made()  # names that a create needs are known from here on
        draft = desk.draft()
        desk.wire.forget()
        done = await desk.adapter.create(draft, desk.soon())

        assert 1 == len(desk.writes())
        assert done.ticket is not None
        read = await desk.read(done.ticket.id)
        for shown in (done.ticket, read):
            assert (draft.key, True) == (shown.key, shown.ours)
        found = await desk.adapter.find([draft.key], read.created)
        assert [read.id] == [one.id for one in found.tickets[draft.key]]
        assert all(one.ours and one.key == draft.key for one in found.tickets[draft.key])


async def test_a_persons_ticket_is_not_ours(harness: Harness) -> None:
    """R14: it carries no key, and may start a pair."""
    async with opened(harness) as desk:
        shown = await desk.opened()

        assert (None, False) == (shown.key, shown.ours)


async def test_a_persons_copy_of_our_ticket_is_not_ours(harness: Harness) -> None:
    """R14: people clone tickets, key and all; a key counts on tickets of our own user only."""
    async with opened(harness) as desk:
        system = desk.needs(Clones)
        made = await desk.made()
        clone = await system.clone(made.id)
        found = (await desk.adapter.find([str(made.key)], made.created)).tickets[str(made.key)]

        assert {made.id: True, clone: False} == {one.id: one.ours for one in found}


async def _kept_apart(desk: Bench) -> None:
    made = [await desk.made() for _ in range(2)]
    keys = [str(one.key) for one in made]
    absent = [new_key() for _ in range(3)]
    found = await desk.adapter.find([*keys, *absent], made[0].created)

    assert {*keys, *absent} == set(found.tickets)
    assert [[one.id] for one in made] == [[t.id for t in found.tickets[key]] for key in keys]
    assert {()} == {found.tickets[key] for key in absent}
    assert found.proven


async def test_an_absence_is_proven(harness: Harness) -> None:
    """R4: present and absent keys in one look-up are told apart."""
    async with opened(harness) as desk:
        await _kept_apart(desk)


async def test_an_absence_behind_an_ignored_filter_is_not_claimed(harness: Harness) -> None:
    """R4: an ignored filter proves nothing, unless the adapter listed and compared by itself."""
    async with opened(harness) as desk:
        system = desk.needs(IgnoresFilters)
        made, absent = await desk.made(), new_key()
        await system.ignore_filters()
        found = await ended(desk.adapter.find([str(made.key), absent], made.created))
        if isinstance(found, TryLater | NeedsHuman):
            return

        assert isinstance(found, Found), found
        assert () == found.tickets[absent]
        assert not found.proven or [made.id] == [one.id for one in found.tickets[str(made.key)]]


async def test_a_match_is_exact(harness: Harness) -> None:
    """R14: compared by us, letter by letter, whatever signs a value has."""
    async with opened(harness) as desk:
        name = desk.sample.match
        for trick in TRICKS:
            value = unique(trick)
            made = await desk.made({name: value})
            asked = [value, value.upper(), value[:-1], None]
            found = await desk.adapter.match(name, asked)

            assert {value: (made.id,), value.upper(): (), value[:-1]: (), None: ()} == dict(found)


async def test_people_are_known_by_address(harness: Harness) -> None:
    """R10: case does not matter; strangers are unknown, and so is what is no address."""
    async with opened(harness) as desk:
        one, two = desk.sample.people
        asked = [one.upper(), two, desk.sample.stranger, "no address", ""]

        assert frozenset({one.upper(), two}) == await desk.adapter.people(asked)
        assert frozenset() == await desk.adapter.people([])


async def test_many_calls_at_once_do_not_disturb_each_other(harness: Harness) -> None:
    """The contract: all methods are safe to call concurrently."""
    async with opened(harness) as desk:
        mark = await desk.mark()
        tickets = [await desk.system.open(unique(f"At once {n}")) for n in range(5)]
        drafts = [desk.draft() for _ in range(3)]
        reads = [desk.read(one) for one in tickets * 3]
        feeds = [desk.adapter.changed(mark) for _ in range(3)]
        made = [desk.adapter.create(one, desk.soon()) for one in drafts]
        read, fed, done = await asyncio.gather(
            asyncio.gather(*reads), asyncio.gather(*feeds), asyncio.gather(*made)
        )

        assert tickets * 3 == [one.id for one in read]
        assert all(set(tickets) <= {row.id for row in page.rows} for page in fed)
        assert [one.key for one in drafts] == [one.ticket and one.ticket.key for one in done]
