"""What a field will show, and how searches are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.request_tracker import fields, query
from sync_service.adapters.request_tracker.fields import BUILT_IN, CustomField
from sync_service.adapters.request_tracker.query import Mark
from sync_service.core.outgoing import Kind
from sync_service.core.values import Value

CUSTOMS = {
    "Campus": CustomField("5", "Campus", "Select", values=("North", "South")),
    "Labels": CustomField("6", "Labels", "Freeform", multiple=True),
    "Loan ends": CustomField("7", "Loan ends", "DateTime"),
    "Photo": CustomField("8", "Photo", "Image"),
    "Hidden": CustomField("9", "Hidden"),
}
NAMES = [*BUILT_IN, *(fields.PREFIX + name for name in CUSTOMS)]
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = scalars | st.lists(scalars, max_size=3).map(tuple)
MOMENT = datetime(2026, 11, 23, 19, 5, tzinfo=UTC)


@given(st.sampled_from(NAMES), values)
def test_what_fits_fits_again(name: str, value: Value) -> None:
    """R7: a value that the vendor shows is its own fit, or every cycle would see a change."""
    once = fields.fit(name, value, CUSTOMS)

    assert fields.fit(name, once, CUSTOMS) == once


@given(st.text())
def test_a_subject_is_one_line_of_200_bytes(text: str) -> None:
    """RT cuts bytes, never within a letter (measured)."""
    found = fields.fit("Subject", text, CUSTOMS)

    assert found is None or (isinstance(found, str) and len(found.encode()) <= 200)
    assert found is None or not set(str(found)) & {"\n", "\r", "\x00"}


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Subject", "a \r\n b", "a b"),
        ("Subject", "é" * 150, "é" * 100),
        ("Subject", "x" + "é" * 150, "x" + "é" * 99),
        ("Subject", "", None),
        ("Priority", None, 0),
        ("Priority", "2.9", 2),
        ("Owner", " Ada@X.test ", "ada@x.test"),
        ("Requestor", ("b@x", "A@x", "b@x"), ("a@x", "b@x")),
        ("Requestor", ("A@x",), "a@x"),
        ("Due", "2026-12-01T12:00:00+02:00", "2026-12-01T10:00:00Z"),
        ("Due", "no date", None),
        ("Content", "a\r\nb\n", "a\nb"),
        ("CustomFields.Campus", "NORTH", "North"),
        ("CustomFields.Campus", "Mars", "Mars"),
        ("CustomFields.Labels", ("b", "a", "b"), ("a", "b")),
        ("CustomFields.Labels", "a", ("a",)),
        ("CustomFields.Labels", (), None),
        ("CustomFields.Loan ends", "2026-12-01T10:00:00.9Z", "2026-12-01T10:00:00Z"),
        ("CustomFields.Hidden", ("b", "a"), ("a", "b")),
        ("CustomFields.Hidden", 3.0, "3"),
    ],
)
def test_a_field_shows(name: str, value: Value, shown: Value) -> None:
    """Each as Request Tracker 5.0.3 showed it."""
    assert fields.fit(name, value, CUSTOMS) == shown


def test_kinds_are_known_without_a_server() -> None:
    """`validate` works offline; a custom field is text until the server tells more."""
    assert fields.kind("Status", {}) is Kind.CHOICE
    assert fields.kind("CustomFields.Anything", {}) is Kind.TEXT
    assert fields.kind("CustomFields.Campus", CUSTOMS) is Kind.CHOICE
    assert fields.kind("CustomFields.Photo", CUSTOMS) is None
    assert fields.kind("Nonsense", {}) is None


@given(st.text())
def test_a_quoted_text_stays_one_string(text: str) -> None:
    """A quote in a key must not end the string of TicketSQL."""
    quoted = query.quoted(text)
    inner = quoted[1:-1].replace("\\\\", "").replace("\\'", "")

    assert quoted[0] == quoted[-1] == "'"
    assert "'" not in inner
    assert "\\" not in inner


def test_moments_in_searches_have_no_zone() -> None:
    """A trailing Z means midnight to RT, and a zone is ignored."""
    where = query.listing("3", "LastUpdated", MOMENT, None)

    assert where == "Queue = 3 AND LastUpdated >= '2026-11-23 19:05:00'"


def test_the_next_page_is_asked_by_key() -> None:
    """R2: after the last row, also among rows of one second."""
    after = Mark(MOMENT, 17)

    where = query.listing("3", "LastUpdated", MOMENT - timedelta(days=1), after)

    assert where == (
        "Queue = 3 AND LastUpdated >= '2026-11-23 19:05:00'"
        " AND (LastUpdated > '2026-11-23 19:05:00' OR id > 17)"
    )
    assert Mark.parse(str(after)) == after


def test_two_equal_values_of_a_field_without_a_type_are_one() -> None:
    """R7: found by `test_what_fits_fits_again`, with ("False",) that fitted to "False"."""
    assert "False" == fields.fit("CustomFields.Hidden", (False, False), CUSTOMS)
