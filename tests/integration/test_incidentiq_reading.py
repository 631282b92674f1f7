"""Reading Incident IQ over real HTTP, with every open question in every position."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stamina

from sync_service.adapters.base import Page
from sync_service.core.values import Gone, InternalNote, PublicComment, Ticket
from sync_service.errors import AuthFailed, NeedsHuman, TryLater
from tests.integration.incidentiq_site import DANA, OWEN, Site, draft, site, soon

LONG_AGO = "2020-01-01T00:00:00.000Z"


@pytest.fixture(autouse=True)
def _quick() -> Any:
    with stamina.set_testing(True, attempts=3):
        yield


def _ids(pages: list[Page]) -> list[str]:
    return [row.id for page in pages for row in page.rows]


def _sane(pages: list[Page]) -> bool:
    return not any(page.torn or page.doubt for page in pages)


@pytest.mark.parametrize("paging", ["both", "query", "body"])
@pytest.mark.parametrize("total", ["TotalRows", "TotalCount"])
async def test_feed_and_scan_show_every_ticket(paging: str, total: str) -> None:
    """R2: whichever paging style counts (the seed, and facts report 0b)."""
    async with site(tickets=260, paging=paging, total_name=total) as iiq:
        drained, scanned = await iiq.drain(LONG_AGO), await iiq.scan()

        assert _sane([*drained, *scanned])
        assert set(_ids(drained)) == set(_ids(scanned))
        assert len(set(_ids(scanned))) > 200


async def test_a_scan_tells_how_much_is_left() -> None:
    """For a progress bar: less with each page, and nothing after the last."""
    async with site(tickets=260) as iiq:
        left = [-1 if page.left is None else page.left for page in await iiq.scan()]

        assert left == sorted(set(left), reverse=True)
        assert 0 == left[-1] < left[0] < 260


async def test_an_unsorted_feed_is_doubted() -> None:
    """R3: a sort counts only if the reply shows it."""
    async with site(tickets=60, sort="ignored") as iiq:
        assert "sorted by TicketModifiedDate" in (await iiq.adapter.changed(LONG_AGO)).doubt
        assert "sorted by TicketCreatedDate" in (await iiq.adapter.scan(None)).doubt


@pytest.mark.parametrize(
    "switches", [{}, {"facets": "ignored"}, {"bad_date": "empty"}, {"default_schema": "Open"}]
)
async def test_a_scan_begins_where_it_was_asked(switches: dict[str, Any]) -> None:
    """R3: a date filter is a day wide or dropped, so each row is checked here."""
    async with site(tickets=150, **switches) as iiq:
        since = datetime.now(UTC) - timedelta(days=20)
        everything = [row for page in await iiq.scan() for row in page.rows]
        young = {row.id for row in everything if row.created >= since}

        assert young == set(_ids(await iiq.scan(since)))
        assert 0 < len(young) < len({row.id for row in everything})


async def test_a_scan_goes_on_after_rows_were_deleted() -> None:
    """R26: resumable; a torn scan goes back to the day of its last row, not to the start."""
    async with site(tickets=200) as iiq:
        everything = _ids(await iiq.scan())
        first = await iiq.adapter.scan(None)
        for ident in everything[:30]:
            iiq.act("delete", ticket=ident, person=DANA)
        pages, page = [first], first
        while page.next:
            page = await iiq.adapter.scan(None, page.next)
            pages.append(page)

        assert set(everything[30:]) <= set(_ids(pages))
        assert _sane(pages)


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Zurich"])
async def test_a_zone_that_puts_tickets_in_the_future_is_refused(zone: str) -> None:
    """Ticket dates carry no zone; the site's own clock exposes a wrong one."""
    async with site(zone=zone) as iiq:
        iiq.open()
        wrong = iiq.adapter._settings.model_copy(update={"time_zone": "America/Chicago"})
        iiq.adapter._settings = wrong

        with pytest.raises(NeedsHuman, match="time_zone"):
            await iiq.adapter.start()


async def test_a_whole_reading_is_few_requests() -> None:
    """One batch of comments for all tickets, one request for each ticket, comments first (R1)."""
    async with site(tickets=60) as iiq:
        ids = _ids(await iiq.scan())[:40]
        iiq.forget()

        read = await iiq.adapter.get(ids)

        assert all(isinstance(one, Ticket) for one in read.values())
        assert iiq.calls("POST", "/tickets/activities") == 1
        assert iiq.calls("GET", "/tickets/{ticket}") == 40
        order = [call["route"] for call in iiq.world.log.since(0)]
        assert order.index("/api/v1.0/tickets/activities") < order.index(
            "/api/v1.0/tickets/{ticket}"
        )


@pytest.mark.parametrize("order", ["newest first", "oldest first"])
@pytest.mark.parametrize("dates", ["local", "utc_z"])
async def test_comments_come_in_order_with_visibility_and_author(order: str, dates: str) -> None:
    """R13, R21: by `$type`, with the author's address, oldest first."""
    async with site(activity_order=order, activity_dates=dates) as iiq:
        ident = iiq.open()
        for n, do in enumerate(["comment", "note", "comment"]):
            iiq.world.clock.advance(1)
            iiq.act(do, ticket=ident, text=f"<p>{n}</p>", person=OWEN)
        read = await iiq.read(ident)
        assert read.comments is not None

        assert [one.body for one in read.comments] == ["<p>0</p>", "<p>1</p>", "<p>2</p>"]
        kinds = [type(one) for one in read.comments]
        assert kinds == [PublicComment, InternalNote, PublicComment]
        assert {one.author.email for one in read.comments} == {OWEN}
        assert not any(one.ours or one.automation for one in read.comments)


@pytest.mark.parametrize("deleted", ["listed", "hidden"])
async def test_a_deleted_comment_is_deleted_or_absent(deleted: str) -> None:
    """R21: never shown as if it still stood."""
    async with site(deleted_activities=deleted) as iiq:
        ident = iiq.open()
        told = iiq.act("comment", ticket=ident, text="<p>a</p>", person=OWEN)["comment"]["id"]
        iiq.act("delete_comment", comment=told, person=OWEN)

        assert [one.deleted for one in (await iiq.read(ident)).comments or ()] in ([True], [])


@pytest.mark.parametrize("shown", ["shown", "404"])
async def test_a_deleted_ticket_is_gone(shown: str) -> None:
    """R5: parked, never deleted on the far side; neither fed nor found."""
    async with site(deleted_get=shown) as iiq:
        made = (await iiq.adapter.create(draft(), soon())).ticket
        assert made is not None
        iiq.act("delete", ticket=made.id, person=DANA)

        assert isinstance((await iiq.adapter.get([made.id]))[made.id], Gone)
        assert made.id not in _ids(await iiq.drain(LONG_AGO))
        found = await iiq.adapter.find([made.key or ""], made.created)
        assert found.proven
        assert found.tickets[made.key or ""] == ()


@pytest.mark.parametrize("unassigned", ["stub", "zero", "null"])
async def test_nobody_is_nobody(unassigned: str) -> None:
    """Facts report 3: three ways to say that nobody is assigned."""
    async with site(unassigned=unassigned) as iiq:
        shown = (await iiq.read(iiq.open())).fields

        assert (shown["AssignedToUser"], shown["AssignedToTeam"]) == (None, None)


async def test_the_workflow_is_the_tickets_own() -> None:
    """R22: legal next statuses by name; the product keeps other workflows away."""
    async with site() as iiq:
        read = await iiq.read(iiq.open())

        assert "In Progress" in read.workflow["Submitted"]
        assert "Scheduled" not in read.workflow


FIND: list[dict[str, Any]] = [
    {},
    {"facets": "ignored"},
    {"unknown_facet": "discarded", "page_cap": 25},
    {"sort": "ignored"},
]


@pytest.mark.parametrize("switches", FIND)
@pytest.mark.parametrize("seen", [True, False], ids=["key seen", "no key seen"])
async def test_an_absence_is_proven_or_not_claimed(switches: dict[str, Any], seen: bool) -> None:
    """R4: by a filter that found its control key, or by a listing; an ignored filter is neither."""
    async with site(tickets=80, **switches) as iiq:
        since = datetime.now(UTC) - timedelta(hours=1)
        made = (await iiq.adapter.create(draft(), soon())).ticket
        assert made is not None
        if seen:
            await iiq.drain(LONG_AGO)
        found = await iiq.adapter.find([made.key or "", "inst:helpdesk:snow:18"], since)

        assert found.proven
        assert [one.id for one in found.tickets[made.key or ""]] == [made.id]
        assert found.tickets["inst:helpdesk:snow:18"] == ()


async def test_a_filter_that_proves_itself_saves_the_listing() -> None:
    """One request for a batch of keys, however far back they go."""
    async with site(tickets=300) as iiq:
        await iiq.adapter.create(draft(), soon())
        iiq.world.clock.advance(60)
        since = (await iiq.adapter.changed(None)).clock - timedelta(minutes=5)
        await iiq.drain(since.isoformat())
        iiq.forget()
        found = await iiq.adapter.find(
            [f"inst:l:s:{n}" for n in range(15)], datetime(2020, 1, 1, tzinfo=UTC)
        )

        assert found.proven
        assert iiq.calls("POST", "/tickets") == 1


async def test_a_match_compares_exactly() -> None:
    """The site's filters ignore case; we do not, and an ignored filter changes nothing."""
    for facets in ("honoured", "ignored"):
        async with site(tickets=40, facets=facets) as iiq:
            ident = iiq.open(custom={"ServiceNow number": "INC17"})
            name = "Custom Fields.ServiceNow number"
            found = await iiq.adapter.match(name, ["INC17", "inc17", "INC18"])

            assert dict(found) == {"INC17": (ident,), "inc17": (), "INC18": ()}


async def _started(iiq: Site, **wrong: Any) -> None:
    from sync_service.adapters.incidentiq import factory
    from tests.integration.incidentiq_site import settings

    other = factory("iiq", {**settings(iiq.url), **wrong}, iiq.world.clock.now)
    try:
        await other.start()
    finally:
        await other.close()


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        ({"token": "wrong"}, AuthFailed, "Check `token`"),
        ({"site_id": "bb6cece8-0000-4000-8000-00000000dead"}, AuthFailed, "`site_id`"),
        ({"url": "http://127.0.0.1:9"}, TryLater, "is `url` right"),
        ({"key_field": "No Such Field"}, NeedsHuman, "Admin > Custom Fields"),
        ({"user": "nobody@springfield.example"}, NeedsHuman, "(`user`)"),
    ],
)
async def test_a_wrong_setting_is_told_with_what_to_do(
    wrong: dict[str, Any], kind: type[Exception], told: str
) -> None:
    """`start` says what is wrong, and never shows the token."""
    async with site() as iiq:
        with pytest.raises(kind) as caught:
            await _started(iiq, **wrong)

        assert told in str(caught.value)
        assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("right", "named"), [("tickets.view", "tickets.view"), ("users.view", "users.view")]
)
async def test_a_missing_right_is_not_a_dead_token(status: int, right: str, named: str) -> None:
    """Facts report 7: a 401 on one route; another route is asked before the token is blamed."""
    async with site(missing_right=status) as iiq:
        rights = [one for one in iiq.world.switches.words("rights") if one != right]
        iiq.turn(rights=rights)

        with pytest.raises(NeedsHuman, match=named) as caught:
            await _started(iiq)

        assert not isinstance(caught.value, AuthFailed)


async def test_one_ticket_we_may_not_see_is_gone_and_the_rest_is_read() -> None:
    """A 401 on one ticket parks that one; the batch is read ticket by ticket if it must be."""
    async with site() as iiq:
        hidden, shown = iiq.open("hidden"), iiq.open("shown")
        iiq.act("comment", ticket=shown, text="<p>here</p>", person=OWEN)
        for route in (f"/tickets/{hidden}", f"/tickets/{hidden}/activities"):
            iiq.fault("status", route, "GET", status=401, times=None)
        iiq.fault("status", "/tickets/activities", status=401)
        read = await iiq.adapter.get([hidden, shown])

        assert isinstance(read[hidden], Gone)
        seen = read[shown]
        assert isinstance(seen, Ticket)
        assert [one.body for one in seen.comments or ()] == ["<p>here</p>"]


async def test_an_address_without_incident_iq_is_told_as_such() -> None:
    """A read never ends as `Rejected`: that is for one item of a write."""
    async with site() as iiq:
        iiq.fault("status", "/sites/my/settings", "GET", status=404)
        iiq.fault("status", "/tickets", status=400)
        with pytest.raises(NeedsHuman, match=r"Is `url` right"):
            await iiq.adapter.start()
        with pytest.raises(NeedsHuman):
            await iiq.adapter.changed(LONG_AGO)


async def test_the_live_fields_are_described() -> None:
    """For `check` and `init`: names, kinds and accepted values."""
    async with site() as iiq:
        told = {one.name: one for one in await iiq.adapter.describe()}

        assert "High" in told["PriorityLevel"].values
        assert told["Custom Fields.Loaner Issued"].values == ("Yes", "No")
        assert told["Subject"].longest == 500
        assert not told["TicketNumber"].writable
        assert all(iiq.adapter.kind(name) is one.kind for name, one in told.items())
