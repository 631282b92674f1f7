"""Guards of the two vendors' feeds that no other test missed when they were taken out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync_service.adapters.incidentiq.adapter import OVERLAP
from tests.integration.incidentiq_site import site
from tests.integration.servicenow_desk import desk

NOON = datetime(2026, 9, 1, 17, 0, tzinfo=UTC)
LAG = timedelta(seconds=30)


async def test_incident_iqs_feed_shows_what_changed_in_the_very_moment_of_the_watermark() -> None:
    """R2: at or after the watermark less the overlap, and the overlap is lag and a minute."""
    async with site(given={"index_lag": LAG}) as iiq:
        iiq.world.clock.set(NOON)
        ident = iiq.open("On the edge")
        iiq.world.clock.advance(3600)
        mark = (NOON + LAG + OVERLAP).isoformat()

        pages = await iiq.drain(mark)

        assert [ident] == [row.id for page in pages for row in page.rows]
        late = (NOON + LAG + OVERLAP + timedelta(milliseconds=1)).isoformat()
        assert [] == [row.id for page in await iiq.drain(late) for row in page.rows]


async def test_servicenows_feed_reaches_back_by_skew_and_lag() -> None:
    """R2: a row whose node's clock is behind, or that was saved late, is still shown."""
    skew = timedelta(seconds=5)
    async with desk(settings={"index_lag": LAG, "skew": skew}) as snow:
        snow.world.clock.set(NOON)
        ident = snow.world.act({"do": "create", "subject": "On the edge"})["ticket"]["id"]
        snow.world.clock.advance(3600)
        mark = (NOON + LAG + skew).strftime("%Y-%m-%d %H:%M:%S")

        pages = await snow.drain(mark)

        assert [ident] == [row.id for page in pages for row in page.rows]
