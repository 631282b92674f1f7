"""Rows to tickets, and what a ticket will show for a value."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.servicenow import codec
from sync_service.adapters.servicenow.catalogue import COLUMNS, Column
from sync_service.adapters.servicenow.schema import Schema
from sync_service.core.outgoing import Kind
from sync_service.core.values import Value, Version

DESK = codec.Desk("https://here.example", "incident", "correlation_id", "sync.service")


def cell(value: str, display: str | None = None) -> dict[str, str]:
    """One column with `sysparm_display_value=all`."""
    return {"value": value, "display_value": value if display is None else display}


def row(**more: Any) -> dict[str, Any]:
    """The least that a ticket's row has."""
    return {
        "sys_id": cell("a" * 32),
        "sys_updated_on": cell("2026-11-20 09:30:00", "20/11/2026 03:30 AM"),
        "sys_created_on": cell("2026-11-19 08:00:00", "19/11/2026 02:00 AM"),
        "sys_mod_count": cell("7", "7"),
        "sys_created_by": cell("Sync.Service"),
        "number": cell("INC0010001"),
        "correlation_id": cell(""),
        **more,
    }


def test_stamps_and_counts_are_raw_and_choices_are_shown() -> None:
    """Shown dates are in our user's zone; only the raw ones mean anything."""
    found = codec.ticket(row(state=cell("2", "In Progress")), Schema(), DESK)

    assert found.version == Version(datetime(2026, 11, 20, 9, 30, tzinfo=UTC), 7)
    assert found.created == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert found.fields["state"] == "In Progress"
    assert found.fields["state.value"] == "2"
    assert found.ours


def test_somebody_without_an_address_is_not_nobody() -> None:
    """R10: an unknown person must not read as an empty field."""
    found = codec.ticket(
        row(assigned_to=cell("b" * 32, "Gus Lindqvist"), **{"assigned_to.email": cell("")}),
        Schema(),
        DESK,
    )

    assert found.fields["assigned_to"] == "Gus Lindqvist"


def test_a_column_that_was_not_shown_is_not_an_empty_one() -> None:
    """Names that our user may not read are dropped from the answer."""
    found = codec.ticket(row(description=cell("")), Schema(), DESK)

    assert found.fields["description"] is None
    assert "close_notes" not in found.fields


@pytest.mark.parametrize("part", ["value", "display_value"])
@pytest.mark.parametrize("name", ["state", "assigned_to"])
def test_a_column_without_a_part_of_its_cell_is_not_shown(name: str, part: str) -> None:
    """R4, ADR 0044: a cell without its raw value was read as empty, one without its label as the raw value."""
    cells = {"state": cell("2", "In Progress"), "assigned_to": cell("b" * 32, "Gus Lindqvist")}
    del cells[name][part]
    found = codec.ticket(row(**cells, **{"assigned_to.email": cell("g@x.example")}), Schema(), DESK)

    assert {name, f"{name}.value"} <= found.unshown
    assert not {name, f"{name}.value"} & found.fields.keys()


def test_a_text_needs_no_label_and_a_person_needs_an_address() -> None:
    """R4, ADR 0044: who is linked is known by the address alone; the label of a text is no matter."""
    cells = {"description": {"value": "Dark."}, "assigned_to": cell("b" * 32, "Gus Lindqvist")}
    found = codec.ticket(row(**cells, **{"assigned_to.email": {}}), Schema(), DESK)

    assert found.fields["description"] == "Dark."
    assert "assigned_to" in found.unshown


@pytest.mark.parametrize("name", ["sys_created_by", "sys_mod_count", "correlation_id"])
def test_a_row_that_does_not_tell_what_decides_is_no_ticket(name: str) -> None:
    """R14, ADR 0043: the cell was there without its value, and a copy of ours passed for a person's."""
    with pytest.raises(ValueError, match=f"without {name}"):
        codec.ticket(row(**{name: {"display_value": "shown"}}), Schema(), DESK)


@pytest.mark.parametrize("broken", ["sys_id", "sys_updated_on", "sys_created_on"])
def test_a_row_without_id_or_stamps_is_no_ticket(broken: str) -> None:
    """It would look like a ticket from the beginning of time."""
    with pytest.raises(ValueError, match=r".+"):
        codec.ticket(row(**{broken: cell("")}), Schema(), DESK)


values: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=300),
    st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat),
    st.sampled_from(["DANA@X.example", " a \r\n b ", "nan", "1e999", "yes"]),
)


@given(st.sampled_from([*COLUMNS.values(), Column("u_rich", Kind.HTML)]), values)
def test_fitting_twice_is_fitting_once(column: Column, value: Value) -> None:
    """R7: what is shown for what is shown is itself."""
    fitted = codec.fit(column, value)

    assert codec.fit(column, fitted) == fitted


def test_fit_cuts_trims_and_rounds_as_the_columns_do() -> None:
    """R12: 160 characters of a subject, seconds of a moment, one kind of line end."""
    assert codec.fit(COLUMNS["short_description"], "x" * 200) == "x" * 160
    assert codec.fit(COLUMNS["description"], "a\r\nb ") == "a\nb"
    assert codec.fit(COLUMNS["due_date"], "2026-12-24T18:00:00.9+01:00") == "2026-12-24T17:00:00Z"
    assert codec.fit(COLUMNS["assigned_to"], "Dana@X.Example") == "dana@x.example"
    assert codec.fit(COLUMNS["state"], "") is None
