"""Naive site-local times with daylight saving (R2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.incidentiq.zone import Zone, iso, utc

CHICAGO = Zone(ZoneInfo("America/Chicago"))
TURN = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)  # 02:00 CDT becomes 01:00 CST
instants = st.timedeltas(timedelta(days=-900), timedelta(days=400)).map(lambda gap: TURN + gap)


def _shown(moment: datetime) -> str:
    return moment.astimezone(CHICAGO.info).replace(tzinfo=None).isoformat(timespec="milliseconds")


@given(instants)
def test_a_stamp_is_read_back_or_marked_uncertain(moment: datetime) -> None:
    """Only the repeated hour is uncertain, and there the first of the two is taken."""
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    read = CHICAGO.read(_shown(moment))

    assert read is not None
    assert read.at in {moment, moment - timedelta(hours=1)}
    assert not (read.at != moment and read.certain)


def test_the_repeated_hour_is_uncertain() -> None:
    """R2: 01:30 on that night is two moments."""
    read = CHICAGO.read("2026-11-01T01:30:00.5")

    assert read is not None
    assert not read.certain
    assert read.at == TURN - timedelta(minutes=29, seconds=59.5)


@given(
    st.timedeltas(timedelta(hours=-5), timedelta(hours=5)),
    st.timedeltas(timedelta(0), timedelta(hours=8)),
    st.timedeltas(timedelta(0), timedelta(hours=8)),
)
def test_no_change_of_the_autumn_night_is_missed(
    start: timedelta, later: timedelta, wait: timedelta
) -> None:
    """R2: whatever changes at or after `since` shows a stamp at or after the floor."""
    since = TURN + start
    changed = since + later
    now = changed + wait
    shown = CHICAGO.read(_shown(changed.replace(microsecond=0) + timedelta(seconds=1)))

    assert shown is not None
    assert shown.at >= CHICAGO.floor(since, now + timedelta(seconds=1))


def test_an_ordinary_day_is_read_from_where_it_was_asked() -> None:
    """The long overlap is for one night a year; `since` is later than the second pass here."""
    since = TURN + timedelta(hours=1)

    assert CHICAGO.floor(since, since + timedelta(days=3)) == since
    assert CHICAGO.floor(TURN - timedelta(days=9), TURN - timedelta(days=8)) == TURN - timedelta(
        days=9
    )


@pytest.mark.parametrize("text", [None, "", "0001-01-01T00:00:00", "soon", 7])
def test_what_is_no_date_is_none(text: object) -> None:
    """`0001-01-01` is .NET's way to write no date (facts report, section 3)."""
    assert CHICAGO.read(text) is None


def test_an_offset_is_taken_at_its_word() -> None:
    """RequestDate is UTC with Z and seven digits (facts report, section 7)."""
    wanted = datetime(2025, 9, 18, 16, 32, 55, 157974, tzinfo=UTC)

    assert utc("2025-09-18T16:32:55.1579742Z") == wanted
    assert iso(wanted) == "2025-09-18T16:32:55.157Z"


@pytest.mark.parametrize(
    ("name", "key"),
    [("Central Standard Time", "America/Chicago"), ("America/Denver", "America/Denver")],
)
def test_zones_are_known_by_iana_and_windows_names(name: str, key: str) -> None:
    """Sites keep either."""
    zone = Zone.named(name)

    assert zone is not None
    assert zone.info.key == key
    assert Zone.named("Middle Earth") is None
