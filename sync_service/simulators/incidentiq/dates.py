"""The date expressions of search filters: a day wide, case sensitive, no time of day.

Grammar of the vendor's corrected guide (reference: incident-iq-api 2). `range:thisweek` and
`last30days` do not exist although an older page lists them; they are unreadable here.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sync_service.simulators.incidentiq.times import at_site, midnight

Span = tuple[datetime | None, datetime | None]
_SINGLE = re.compile(r"date(:|>=|<=|>|<)(.+)")
_RANGE = re.compile(r"daterange:(\d\d/\d\d/\d{4})-(\d\d/\d\d/\d{4})")
_COUNT = re.compile(r"range:(lastdays|nextdays):(\d{1,5})")
_AGO = re.compile(r"value:(\d{1,5})")


def _month(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def _week(day: date, weeks: int) -> date:
    return day - timedelta(days=(day.weekday() + 1) % 7) + timedelta(weeks=weeks)


# name: first day and the day after the last, from today
NAMED: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda day: (day, day + timedelta(1)),
    "yesterday": lambda day: (day - timedelta(1), day),
    "tomorrow": lambda day: (day + timedelta(1), day + timedelta(2)),
    "week": lambda day: (_week(day, 0), _week(day, 1)),
    "lastweek": lambda day: (_week(day, -1), _week(day, 0)),
    "nextweek": lambda day: (_week(day, 1), _week(day, 2)),
    "month": lambda day: (_month(day, 0), _month(day, 1)),
    "lastmonth": lambda day: (_month(day, -1), _month(day, 0)),
    "nextmonth": lambda day: (_month(day, 1), _month(day, 2)),
    "year": lambda day: (date(day.year, 1, 1), date(day.year + 1, 1, 1)),
    "lastyear": lambda day: (date(day.year - 1, 1, 1), date(day.year, 1, 1)),
    "nextyear": lambda day: (date(day.year + 1, 1, 1), date(day.year + 2, 1, 1)),
}


def span(expression: str, now: datetime, zone: str) -> Span:
    """Return the moments from (inclusive) and to (exclusive) that an expression selects.

    Raises ValueError if the site could not read it.
    """
    ago = _AGO.fullmatch(expression)
    if ago:  # counted in UTC days, unlike everything else (reference 2)
        today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        start = today - timedelta(days=int(ago[1]))
        return start, start + timedelta(days=1)
    first, after = _days(expression, at_site(now, zone).date())
    return _midnight(first, zone), _midnight(after, zone)


def _days(expression: str, today: date) -> tuple[date | None, date | None]:
    single = _SINGLE.fullmatch(expression)
    if single:
        return _compared(single[1], _day(single[2]))
    between = _RANGE.fullmatch(expression)
    if between:
        return _day(between[1]), _day(between[2]) + timedelta(1)
    counted = _COUNT.fullmatch(expression)
    if counted:
        days = timedelta(int(counted[2]))
        back = counted[1] == "lastdays"
        return (today - days, today + timedelta(1)) if back else (today, today + days)
    name = expression.removeprefix("range:")
    if not expression.startswith("range:") or name not in NAMED:
        raise ValueError(f"no date expression: {expression}")
    return NAMED[name](today)


def _compared(operator: str, day: date) -> tuple[date | None, date | None]:
    after = day + timedelta(1)
    return {
        ":": (day, after),
        ">=": (day, None),
        ">": (after, None),
        "<": (None, day),
        "<=": (None, after),
    }[operator]


def _day(text: str) -> date:
    if re.fullmatch(r"\d\d/\d\d/\d{4}", text):
        return datetime.strptime(text, "%m/%d/%Y").date()  # noqa: DTZ007 - a day has no zone
    if re.fullmatch(r"\d{4}-\d\d-\d\d(T.*)?", text):
        return date.fromisoformat(text[:10])
    raise ValueError(f"no date: {text}")


def _midnight(day: date | None, zone: str) -> datetime | None:
    return None if day is None else midnight(day.year, day.month, day.day, zone)
