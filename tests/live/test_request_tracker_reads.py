"""Reading a real Request Tracker 5: feed, scan, whole tickets, look-ups."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from sync_service.adapters.request_tracker import RequestTracker
from sync_service.core.outgoing import Kind
from sync_service.core.values import Gone, InternalNote, PublicComment, Reading, Ticket
from sync_service.errors import AuthFailed, NeedsHuman, TryLater
from tests.live.conftest import by, connect, now
from tests.live.request_tracker import CHICAGO, NARROW, ROOT, STAFF, Desk, address, prepare

pytestmark = [pytest.mark.live]


def ticket(reading: Reading) -> Ticket:
    """Give a reading that must be a ticket."""
    assert isinstance(reading, Ticket), reading
    return reading


def sent(rt: RequestTracker) -> int:
    """Count the requests so far."""
    return sum(rt.requests.values())


async def one(rt: RequestTracker, number: str) -> Ticket:
    """Read one ticket."""
    return ticket((await rt.get([number]))[number])


async def drained(rt: RequestTracker, since: str) -> list[Ticket]:
    """Read every page of changes."""
    rows: list[Ticket] = []
    page = await rt.changed(since)
    while True:
        assert not page.doubt
        assert not page.torn
        rows += page.rows
        if page.next is None:
            return rows
        page = await rt.changed(since, page.next)


async def test_a_whole_ticket_shows_what_people_wrote(rt: RequestTracker, desk: Desk) -> None:
    """Fields by name, people by e-mail, the first message as content, replies apart from notes."""
    number = await by(
        desk.opened,
        "Projector dark",
        Content="It is dark.\nAll of it.",
        Requestor=[address(STAFF[1])],
        Priority=50,
        Due="2026-12-01 10:00:00",
        CustomFields={"Campus": "North", "Labels": ["b", "a"], "Loan ends": "2026-12-02 03:04:05"},
    )
    await by(desk.said, number, "Have you tried the lens cap?", STAFF[2])
    await by(desk.said, number, "It is the lens cap.", STAFF[1], how="comment")

    found = await one(rt, number)

    assert found.fields["Subject"] == "Projector dark"
    assert found.fields["Content"] == "It is dark.\nAll of it."
    assert found.fields["Requestor"] == address(STAFF[1])
    assert found.fields["Owner"] is None
    assert found.fields["Priority"] == 50
    assert found.fields["Due"] == "2026-12-01T10:00:00Z"
    assert found.fields["CustomFields.Campus"] == "North"
    assert found.fields["CustomFields.Labels"] == ("a", "b")
    assert found.fields["CustomFields.Loan ends"] == "2026-12-02T03:04:05Z"
    assert found.data["Queue"]["Name"] == desk.queue
    assert found.data["Requestor"] == [address(STAFF[1])]
    assert found.data["CustomFields"]["Campus"] == "North"
    assert not found.ours
    assert found.key is None
    said = found.comments or ()
    assert [PublicComment, InternalNote] == [type(comment) for comment in said]
    assert [comment.body for comment in said] == [
        "Have you tried the lens cap?",
        "It is the lens cap.",
    ]
    assert said[0].author.email == address(STAFF[2])
    assert not any(comment.ours or comment.automation for comment in said)


async def test_an_idle_poll_is_one_request_and_shows_nothing(
    rt: RequestTracker, desk: Desk
) -> None:
    """However many tickets there are, and the control that proves the search stays unseen (R3)."""
    await by(desk.opened, "Quiet")
    await rt.start()
    page = await rt.changed(None)
    await asyncio.sleep(rt._settings.overlap.total_seconds() + 2)
    since = (await rt.changed(None)).watermark
    await asyncio.sleep(rt._settings.overlap.total_seconds() + 1)
    before = sent(rt)

    page = await rt.changed(since)

    assert page.rows == ()
    assert page.next is None
    assert not page.doubt
    assert sent(rt) - before == 1
    assert abs(page.clock - now()) < timedelta(seconds=5)


async def test_every_kind_of_change_comes_by_the_feed(rt: RequestTracker, desk: Desk) -> None:
    """Field, custom field, watcher, reply, note and status all bump LastUpdated (R2)."""
    numbers = [await by(desk.opened, f"Change {index}") for index in range(6)]
    await asyncio.sleep(rt._settings.overlap.total_seconds() + 2)
    since = (await rt.changed(None)).watermark
    await asyncio.sleep(rt._settings.overlap.total_seconds() + 1)

    await by(desk.edited, numbers[0], Subject="Changed")
    await by(desk.edited, numbers[1], CustomFields={"Campus": "South"})
    await by(desk.edited, numbers[2], Requestor=[address(STAFF[1])])
    await by(desk.said, numbers[3], "a reply")
    await by(desk.said, numbers[4], "a note", how="comment")
    await by(desk.edited, numbers[5], Status="stalled")

    assert numbers == sorted({row.id for row in await drained(rt, since)}, key=int)


async def test_fifty_tickets_are_read_in_three_requests(rt: RequestTracker, desk: Desk) -> None:
    """Comments, their texts, then the tickets (R1); a second reading needs no texts again."""
    numbers = [await by(desk.opened, f"Batch {index}") for index in range(20)]
    for number in numbers:
        await by(desk.said, number, f"about {number}")
    before = sent(rt)

    found = await rt.get(numbers)
    first = sent(rt) - before
    await rt.get(numbers)

    assert [f"about {number}" for number in numbers] == [
        (ticket(found[number]).comments or ())[0].body for number in numbers
    ]
    assert first == 3
    assert sent(rt) - before - first == 2


async def test_a_ticket_that_moved_out_of_sight_is_gone_not_a_lost_account(
    rt: RequestTracker, desk: Desk
) -> None:
    """A 403 for one ticket must not stop a system whose queue is still shown."""
    elsewhere = {"Queue": "General", "Subject": "x"}
    hidden = str((await by(desk.call, "POST", "/ticket", elsewhere, ROOT))["id"])

    found = await rt.get([hidden])

    assert isinstance(found[hidden], Gone)


async def test_a_reminder_is_read_though_no_search_shows_it(rt: RequestTracker, desk: Desk) -> None:
    """Absence from a search is no proof of absence (R4)."""
    number = await by(desk.opened, "Call back", Type="reminder")

    found = await one(rt, number)

    assert found.fields["Subject"] == "Call back"


async def test_a_queue_that_shows_nothing_any_more_is_doubted(desk: Desk) -> None:
    """A disabled queue answers as an idle one does; the control tells them apart (R3)."""
    own = await by(prepare, f"{desk.queue} shut")
    number = await by(own.opened, "Control")
    rt = connect(own)
    await rt.start()
    assert rt._known is not None
    object.__setattr__(rt._known, "queue", "999999")  # as if searches for it came back empty

    page = await rt.changed((await rt.changed(None)).watermark)
    await rt.close()

    assert number in page.doubt
    assert page.rows == ()


async def test_an_emptied_queue_is_no_fault(desk: Desk) -> None:
    """When its only ticket was deleted there is nothing to doubt."""
    own = await by(prepare, f"{desk.queue} empty")
    number = await by(own.opened, "Only one")
    rt = connect(own)
    await rt.start()
    await by(own.deleted, number)

    page = await rt.changed((await rt.changed(None)).watermark)
    await rt.close()

    assert page.rows == ()
    assert not page.doubt


async def test_html_is_preferred_and_files_are_no_comment_text(
    rt: RequestTracker, desk: Desk
) -> None:
    """An attached text file must not be taken for what was said."""
    number = await by(desk.opened, "With file")
    body = {
        "Content": "<p>See <b>file</b></p>",
        "ContentType": "text/html",
        "Attachments": [{"FileName": "a.txt", "FileType": "text/plain", "FileContent": "aGVsbG8="}],
    }
    await by(desk.call, "POST", f"/ticket/{number}/correspond", body)

    (said,) = (await one(rt, number)).comments or ()

    assert said.html
    assert said.body == "<p>See <b>file</b></p>"


async def test_an_account_in_another_zone_is_refused(desk: Desk) -> None:
    """RT reads every moment of a search in the account's zone, silently."""
    rt = connect(desk, CHICAGO)

    with pytest.raises(NeedsHuman, match="Timezone to UTC"):
        await rt.start()
    await rt.close()


async def test_a_zone_changed_behind_our_back_is_noticed(desk: Desk) -> None:
    """The control is absent from a search in another zone, though the reply is a valid one (R3)."""
    own = await by(prepare, f"{desk.queue} zone")
    await by(own.opened, "Control")
    rt = connect(own)
    await rt.start()
    chicago = connect(own, CHICAGO)
    rt.http._headers = chicago.http._headers  # as if the account's zone had been changed

    with pytest.raises(NeedsHuman, match="another zone than UTC"):
        await rt.changed((await rt.changed(None)).watermark)
    await rt.close()
    await chicago.close()


async def test_a_hidden_definition_changes_no_reading(desk: Desk) -> None:
    """Rows tell types to everybody who sees the ticket, so nothing is cut to one value."""
    number = await by(desk.opened, "Narrow", CustomFields={"Labels": ["a", "b"], "Campus": "south"})
    rt = connect(desk, NARROW)
    await rt.start()

    found = await one(rt, number)
    await rt.close()

    assert found.fields["CustomFields.Labels"] == ("a", "b")
    assert found.fields["CustomFields.Campus"] == "South"
    assert rt.kind("CustomFields.Loan ends") is Kind.MOMENT


async def test_wrong_token_queue_and_field_say_what_to_do(desk: Desk) -> None:
    """Each is one message that names the system and the remedy."""
    right = desk.tokens[STAFF[0]]
    cases = [
        ({"token": right[:-4] + "0000"}, AuthFailed, "credentials"),
        ({"queue": "No such queue"}, NeedsHuman, "no queue"),
        ({"key_field": "No such field"}, NeedsHuman, "no custom field"),
        ({"url": "http://127.0.0.1:9"}, TryLater, "no connection"),
    ]
    for more, error, words in cases:
        rt = connect(desk, **more)
        with pytest.raises(error, match=words):
            await rt.start()
        await rt.close()


async def test_a_match_is_exact(rt: RequestTracker, desk: Desk) -> None:
    """RT compares without regard to case; we do not, and quotes are no escape from the search."""
    name = f"O'Neil \\ {desk.queue}"
    number = await by(desk.opened, "m", CustomFields={"Incident IQ Number": name})
    field = "CustomFields.Incident IQ Number"

    found = await rt.match(field, [name, name.upper(), "' OR id > 0 OR Subject = '"])

    assert found == {name: (number,), name.upper(): (), "' OR id > 0 OR Subject = '": ()}
    assert (await rt.match("number", [number, "x"])) == {number: (number,), "x": ()}


async def test_the_fields_are_described_with_their_values(rt: RequestTracker) -> None:
    """`init` and `check` offer what the queue has."""
    known = {one.name: one for one in await rt.describe()}

    assert known["CustomFields.Campus"].values == ("North", "South")
    assert rt.kind("CustomFields.Campus") is Kind.CHOICE
    assert rt.kind("CustomFields.Nonsense") is None
    assert rt.kind("Nonsense") is None
    assert rt.kind("Owner") is Kind.PERSON
