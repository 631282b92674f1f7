"""Fields: what may be written, what is shown for it, and what `fit` foretells (R7, R10, R12, R25)."""

from __future__ import annotations

from collections.abc import Mapping

from sync_service.adapters.base import FieldInfo, Kind, Written
from sync_service.conformance.abilities import KeepsSilently, SetsClock
from sync_service.conformance.bench import Bench, ended, internal, public, unique
from sync_service.conformance.harness import Harness
from sync_service.conformance.opening import opened
from sync_service.core.values import Fields, Gone, Value
from sync_service.errors import Rejected, Stale, SyncServiceError

MOMENTS = ("2026-12-01T15:00:00Z", "2026-12-24T18:00:00.5+01:00", "2027-03-14T08:30:00Z")


async def _infos(desk: Bench) -> Mapping[str, FieldInfo]:
    listed = await desk.adapter.describe()
    assert len({one.name for one in listed}) == len(listed)
    return {one.name: one for one in listed}


async def test_what_a_field_holds_is_known_before_the_start(harness: Harness) -> None:
    """`validate` works offline: built-in fields have a kind, unknown ones have none."""
    async with opened(harness, start=False) as desk:
        sample, adapter = harness.sample, desk.fresh()
        wanted = {
            sample.title: {Kind.TEXT},
            sample.body: {Kind.TEXT, Kind.HTML},
            sample.person: {Kind.PERSON},
        }

        assert {name for name, kinds in wanted.items() if adapter.kind(name) in kinds} == set(
            wanted
        )
        assert adapter.kind("no such field") is None


async def test_the_live_fields_are_described(harness: Harness) -> None:
    """`check` and `init` offer what there is: each once, of its kind, with its values."""
    async with opened(harness) as desk:
        infos, sample = await _infos(desk), harness.sample
        choice, one, two = sample.choice

        assert {name: info.kind for name, info in infos.items()} == {
            name: desk.adapter.kind(name) for name in infos
        }
        assert {sample.title, sample.body, choice, sample.person, sample.match} <= set(infos)
        assert infos[sample.title].writable
        assert not (infos[sample.fixed].writable if sample.fixed in infos else False)
        assert not infos[choice].values or {one, two} <= set(infos[choice].values)
        assert not sample.moment or infos[sample.moment].kind is Kind.MOMENT
        status = desk.traits.status_field
        assert not infos[status].values or set(sample.status) <= set(infos[status].values)


async def test_every_field_of_one_update_is_shown_and_no_other_changes(harness: Harness) -> None:
    """R19, R24: several fields at once; what was not named stays as it was."""
    async with opened(harness) as desk:
        sample = harness.sample
        name, one, two = sample.choice
        ticket = await desk.made({name: one, sample.match: unique("m")})
        changes: Fields = {
            sample.title: unique("New"),
            name: two,
            sample.person: sample.people[1],
        }
        done = await desk.adapter.update(ticket, changes, desk.soon())
        shown = await desk.read(ticket.id)

        wanted = {name: desk.adapter.fit(name, value) for name, value in changes.items()}
        assert wanted == {name: shown.fields[name] for name in changes}
        assert done.ticket is not None
        assert wanted == {name: done.ticket.fields[name] for name in changes}
        for kept in (sample.body, sample.match, sample.fixed):
            assert ticket.fields.get(kept) == shown.fields.get(kept)
        assert (ticket.key, True) == (shown.key, shown.ours)


async def test_what_was_filled_can_be_emptied(harness: Harness) -> None:
    """R7: an emptied field is carried like any other value."""
    async with opened(harness) as desk:
        sample = harness.sample
        full = {sample.match: unique("m"), sample.person: sample.people[1]}
        full |= {sample.moment: MOMENTS[0]} if sample.moment else {}
        ticket = await desk.made()
        await desk.adapter.update(ticket, full, desk.soon())
        ticket = await desk.read(ticket.id)
        assert None not in [ticket.fields[name] for name in full]
        await desk.adapter.update(ticket, dict.fromkeys(full), desk.soon())

        shown = await desk.read(ticket.id)
        assert {None} == {shown.fields[name] for name in full}


async def test_a_create_carries_what_it_says_it_can(harness: Harness) -> None:
    """The engine writes only the other fields in an update right after the create."""
    async with opened(harness) as desk:
        sample, adapter = harness.sample, desk.adapter
        fields: dict[str, Value] = {
            sample.choice[0]: sample.choice[2],
            sample.person: sample.people[1],
            sample.match: unique("m"),
        }
        if sample.moment:
            fields[sample.moment] = MOMENTS[0]
        fields = {name: value for name, value in fields.items() if adapter.creatable(name)}
        shown = await desk.made(fields)

        assert fields
        assert adapter.creatable(sample.title)
        assert {name: adapter.fit(name, value) for name, value in fields.items()} == {
            name: shown.fields[name] for name in fields
        }


async def test_a_refused_value_is_named_and_not_shown(harness: Harness) -> None:
    """R19, R25: a value that is never taken, a stranger, a fixed field, a field that is not."""
    async with opened(harness) as desk:
        sample = harness.sample
        name, value = sample.refused
        refused: list[tuple[str, Value]] = [
            (name, value),
            (sample.person, sample.stranger),
            (sample.fixed, "x"),
            ("no such field", "x"),
        ]
        ticket = await desk.made({sample.person: sample.people[0]})
        for name, value in refused:
            done = await ended(desk.adapter.update(ticket, {name: value}, desk.soon()))
            assert isinstance(done, Rejected), f"{name} = {value!r} ended with {done!r}"
            assert (name,) == done.fields

        shown = await desk.read(ticket.id)
        assert {n: ticket.fields.get(n) for n, _ in refused} == {
            n: shown.fields.get(n) for n, _ in refused
        }


async def test_a_refused_value_among_others_is_not_taken_for_written(harness: Harness) -> None:
    """R19, R25: either the update is refused, or its outcome shows what stayed."""
    async with opened(harness) as desk:
        sample = harness.sample
        name, value = sample.refused
        ticket, title = await desk.made(), unique("Beside it")
        changes = {sample.title: title, name: value}
        done = await ended(desk.adapter.update(ticket, changes, desk.soon()))
        if isinstance(done, Written):
            assert done.ticket is not None
            shown = done.ticket.fields
            assert (title, ticket.fields.get(name)) == (shown[sample.title], shown.get(name))
        else:
            assert isinstance(done, Rejected), repr(done)
            assert done.fields in ((), (name,))
        assert ticket.fields.get(name) == (await desk.read(ticket.id)).fields.get(name)


async def test_a_change_that_is_dropped_without_a_word_shows(harness: Harness) -> None:
    """R19: a success that changed nothing is a refusal; `seen` must not move."""
    async with opened(harness) as desk:
        system, sample = desk.needs(KeepsSilently), harness.sample
        ticket = await desk.made()
        await system.keep(sample.title)
        changes = {sample.title: unique("New")}
        done = await ended(desk.adapter.update(ticket, changes, desk.soon()))
        if isinstance(done, Written):
            shown = done.ticket or await desk.read(ticket.id)
            assert ticket.fields[sample.title] == shown.fields[sample.title]
        else:
            assert isinstance(done, Rejected), repr(done)


async def test_a_status_moves_along_the_tickets_workflow(harness: Harness) -> None:
    """R22: a legal hop is shown; one that is not, or no status at all, is refused."""
    async with opened(harness) as desk:
        name, (first, second) = desk.traits.status_field, harness.sample.status
        ticket = await desk.made()
        assert first == ticket.fields[name]
        legal = ticket.workflow.get(first, ())
        assert not ticket.workflow or second in legal
        known = (await _infos(desk))[name].values
        illegal = [one for one in known if ticket.workflow and one not in (first, *legal)]
        for value in ("no such status", *illegal[:2]):
            done = await ended(desk.adapter.update(ticket, {name: value}, desk.soon()))
            assert isinstance(done, Rejected), f"{first} -> {value} ended with {done!r}"
            assert (name,) == done.fields
        await desk.adapter.update(ticket, {name: second}, desk.soon())

        assert second == (await desk.read(ticket.id)).fields[name]


async def test_each_change_moves_the_version(harness: Harness) -> None:
    """R1, R17: forward with every change, by a person or by us; and not without one."""
    async with opened(harness) as desk:
        title = harness.sample.title
        ticket = await desk.made()
        assert ticket.version == (await desk.read(ticket.id)).version
        for turn in range(4):
            if not desk.traits.exact_version:
                await desk.wait(desk.traits.resolution.total_seconds() + 0.01)
            if turn % 2:
                await desk.adapter.update(ticket, {title: unique("Ours")}, desk.soon())
            else:
                await desk.system.edit(ticket.id, {title: unique("Theirs")})
            later = await desk.read(ticket.id)
            assert later.version > ticket.version
            ticket = later


async def test_a_stale_update_wrote_nothing(harness: Harness) -> None:
    """R20: where the vendor has a precondition, a person's edit since our read stands."""
    async with opened(harness) as desk:
        title = harness.sample.title
        ticket, theirs, ours = await desk.made(), unique("Theirs"), unique("Ours")
        await desk.system.edit(ticket.id, {title: theirs})
        done = await ended(desk.adapter.update(ticket, {title: ours}, desk.soon()))

        assert isinstance(done, Stale | Written), repr(done)
        wanted = theirs if isinstance(done, Stale) else ours  # a window that the README states
        assert wanted == (await desk.read(ticket.id)).fields[title]


async def test_a_write_to_a_ticket_that_is_gone_is_refused(harness: Harness) -> None:
    """R5, R25: it stops that item and no more, and no outcome shows the ticket as if it stood."""
    async with opened(harness) as desk:
        ticket, title = await desk.made(), harness.sample.title
        await desk.system.delete(ticket.id)
        word, adapter = unique("too late"), desk.adapter
        for name, write in (
            ("update", lambda: adapter.update(ticket, {title: word}, desk.soon())),
            ("reply", lambda: adapter.reply(ticket, public(word), desk.soon())),
            ("note", lambda: adapter.note(ticket, internal(word), desk.soon())),
        ):
            done = await ended(write())
            if isinstance(done, SyncServiceError):
                assert isinstance(done, Rejected | Stale), (name, done)
            else:  # a vendor that still writes to what it deleted
                assert not isinstance(done, Written) or done.ticket is None, name
        assert isinstance((await adapter.get([ticket.id]))[ticket.id], Gone)


async def test_the_audit_trail_tells_who_changed_what(harness: Harness) -> None:
    """R8, R16, R17: theirs and ours apart, by field, from a moment on; else there is none."""
    async with opened(harness) as desk:
        title, (name, one, two) = harness.sample.title, harness.sample.choice
        ticket = await desk.made({name: one})
        if not desk.traits.audit:
            assert await desk.adapter.touched(ticket.id, ticket.created) is None
            return
        before, theirs = ticket.fields[title], unique("Theirs")
        await desk.wait(1.1)
        await desk.system.edit(ticket.id, {title: theirs})
        await desk.wait(60 if isinstance(desk.system, SetsClock) else 2.2)
        since = desk.system.now()
        await desk.wait(1.1)
        await desk.adapter.update(await desk.read(ticket.id), {name: two}, desk.soon())
        every = await desk.adapter.touched(ticket.id, ticket.created) or ()
        late = await desk.adapter.touched(ticket.id, since) or ()

        assert sorted(touch.at for touch in every) == [touch.at for touch in every]
        told = {(touch.field, touch.ours, touch.old, touch.new) for touch in every}
        assert told & {(title, False, before, theirs), (title, False, None, None)}
        assert told & {(name, True, one, two), (name, True, None, None)}
        assert {(name, True)} == {(touch.field, touch.ours) for touch in late}
        assert harness.sample.people[0] in {touch.by for touch in every if touch.field == title}
