"""Templates and conditions are tried on live tickets by `check`."""

from datetime import UTC, datetime

import pytest

from sync_service.config.rehearsal import rehearse
from sync_service.core.values import Fields, Side, Ticket, Version

AT = datetime(2026, 8, 3, 8, 0, tzinfo=UTC)
LINE = "fields:\n  - {iiq: Subject, sn: short_description}\n"
CREATE = (
    "on_create:\n  sn:\n    location: {lookup: location, name: 'X{{ ticket.room }}', else: Annex}\n"
)


def ticket(**data):
    """Give a ticket as Incident IQ might show it."""
    fields: Fields = {name: data.pop(name) for name in ("Subject", "Status") if name in data}
    return Ticket("1", Version(AT), AT, fields, data=data)


def told(files, mapping, *tickets, side=Side.LEFT):
    """Give (message without folder, always) of each finding."""
    found = rehearse(files.desk(mapping), side, tickets)
    return [(one.message.removeprefix(f"{files.folder}/"), one.always) for one in found]


def test_a_name_that_no_ticket_has_is_a_mistake(files):
    """Found by a newcomer: `check` was content with a misspelt selection, which then selected nothing."""
    files.link(select="{iiq: \"ticket.Locaton.Name == 'Annex'\"}")

    [(message, always)] = told(files, None, ticket(Location={"Name": "Annex"}))

    assert always
    assert message.startswith("sync.yaml:17:19: `ticket.Locaton.Name` is not there")
    assert "such a ticket is not selected (tried on tickets of iiq: all 1)" in message


def test_a_name_that_some_tickets_lack_is_worth_a_word(files):
    """It may be meant, so it stops nothing."""
    line = "  - {sn: category, value: 'In {{ ticket.room }}'}\n"

    [(message, always)] = told(files, LINE + line, ticket(room="101"), ticket())

    assert not always
    assert "desk.mapping.yaml:3:27: `ticket.room`" in message
    assert "(tried on tickets of iiq: 1 of 2)" in message


def test_what_goes_with_a_value_is_tried_where_that_value_stands(files):
    """A closing note may well need what an open ticket has not."""
    line = "  - {iiq: Status, sn: state, values: {Open: '1', Done: {sn: '2', with: {close_notes: '{{ ticket.why }}'}}}}\n"

    assert [] == told(files, LINE + line, ticket(Status="Open"))
    assert [] == told(files, LINE + line, ticket(Status="Done", why="repaired"))
    [(message, _)] = told(files, LINE + line, ticket(Status="Done"), ticket(Status="Open"))
    assert "`ticket.why`" in message
    assert "all 1" in message


def test_the_needs_of_new_tickets_are_tried(files):
    """An `else` would hide a misspelt name for ever."""
    [(message, _)] = told(files, LINE + CREATE, ticket())

    assert "`ticket.room`" in message


@pytest.mark.parametrize("settings", [{"create": "into iiq"}, {"create": "never"}])
def test_nothing_is_tried_that_is_not_used(files, settings):
    """A direction in which nothing is made needs nothing."""
    files.link(**settings)
    (files.folder / "desk.mapping.yaml").write_text(LINE + CREATE)

    assert [] == rehearse(files.desk(), Side.LEFT, [ticket()])


def test_no_ticket_proves_nothing(files):
    """An empty system is no reason to complain."""
    assert [] == told(files, LINE + CREATE)
