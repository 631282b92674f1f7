from datetime import UTC, datetime

import pytest

from sync_service.core.expressions import ExpressionError, Template
from sync_service.core.mapping_extras import Extras, Lookup, render_extras, sign
from sync_service.core.values import NEVER, InternalNote, Person, Ticket

TICKET = Ticket("1", NEVER, datetime(2026, 8, 1, tzinfo=UTC), {"m": "ann@x.example"}, number="7")


def test_extras_are_rendered_for_the_ticket():
    """A look-up keeps its words and its `else`, as plain data for the adapter."""
    extras: Extras = {
        "For": Lookup("user", {"email": Template("{{ ticket.m }}")}, "desk@x.example"),
        "Note": Template("from {{ far.number }}"),
        "Rank": 3,
    }

    assert render_extras(extras, TICKET, "sn") == {
        "For": {"lookup": "user", "email": "ann@x.example", "else": "desk@x.example"},
        "Note": "from 7",
        "Rank": 3,
    }


def test_missing_words_leave_the_choice_to_else():
    """A ticket without a caller is opened for the fallback."""
    extras: Extras = {
        "For": Lookup("user", {"email": Template("{{ ticket.caller.email }}")}, "d@x.example")
    }

    assert render_extras(extras, TICKET, "sn") == {"For": {"lookup": "user", "else": "d@x.example"}}


def test_missing_words_without_an_else_are_an_error():
    """It names what the ticket has not, so that somebody adds an `else`."""
    extras = {"For": Lookup("user", {"email": Template("{{ ticket.caller.email }}", "m.yaml:3:4")})}

    with pytest.raises(ExpressionError, match=r"^m\.yaml:3:4: .*ticket\.caller"):
        render_extras(extras, TICKET, "sn")


def test_a_signature_says_who_and_where_and_when():
    """The author line is the same each time, whatever zone the moment came in."""
    note = InternalNote("c1", "x", datetime(2026, 8, 1, 9, 5, tzinfo=UTC), Person("Ann Lee"))

    assert sign(Template("{{ author.name }} ({{ system }}, {{ created }})"), note, "sn") == (
        "Ann Lee (sn, 2026-08-01 09:05 UTC)"
    )
    assert sign(Template("{{ visibility }}"), note, "sn") == "internal"
