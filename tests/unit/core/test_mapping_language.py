from datetime import UTC, datetime

from sync_service.core.expressions import Template
from sync_service.core.mapping import Keep, Line, Translation
from sync_service.core.mapping_language import Readings, people_of
from sync_service.core.outgoing import Kind
from sync_service.core.values import NEVER, Side, Sides, Ticket

LEFT, RIGHT = Side.LEFT, Side.RIGHT
TITLE = Line("Subject = title", Sides(("Subject",), ("title",)))
OWNER = Line(
    "Owner = agent",
    Sides(("Owner",), ("agent",)),
    kinds=Sides((Kind.PERSON,), (Kind.PERSON,)),
)
CATEGORY = Line(
    "(computed) = category",
    Sides((), ("category",)),
    frozenset({RIGHT}),
    value=Template("{{ ticket.Subject | upper }}"),
)


def ticket(**fields):
    """Make a ticket that shows these fields."""
    return Ticket("1", NEVER, datetime(2026, 8, 1, tzinfo=UTC), fields)


def readings(left, right, fit=lambda _name, value: value, **more):
    """Make the readings of a pair."""
    return Readings(Sides(left, right), Sides("iiq", "rt"), Sides(fit, fit), **more)


def test_a_half_pair_is_translated_for_its_create():
    """Where there is no far ticket yet, nothing is present and nothing shown."""
    half = readings(ticket(Subject="Cart"), None)

    assert half.translate(TITLE, LEFT) == Translation({"title": "Cart"})
    assert not half.shows(TITLE, LEFT)
    assert isinstance(half.translate(TITLE, RIGHT), Keep)


def test_a_pair_is_compared_through_the_far_side_s_own_fit():
    """R7: the far side shows what it makes of the value."""
    pair = readings(ticket(Subject="Cart 4"), ticket(title="Cart"), fit=lambda _n, v: v[:4])

    assert pair.shows(TITLE, LEFT)
    assert pair.cut(TITLE, RIGHT)


def test_a_computed_line_has_a_value_on_both_sides():
    """Its source shows what it renders, so that it has a past like any other line."""
    pair = readings(ticket(Subject="cart"), ticket(category="x"))

    assert pair.values(CATEGORY, LEFT) == {"= (computed) = category": "CART"}
    assert pair.values(CATEGORY, RIGHT) == {"category": "x"}


def test_people_are_those_that_the_far_side_knows():
    """R10: whom the target does not know is left alone."""
    known = Sides(frozenset(), frozenset({"ann@x.example"}))
    pair = readings(ticket(Owner="ann@x.example"), ticket(agent="bob@x.example"), known=known)

    assert pair.translate(OWNER, LEFT) == Translation({"agent": "ann@x.example"})
    assert isinstance(pair.translate(OWNER, RIGHT), Keep)


def test_the_people_to_ask_about_are_found_in_the_ticket():
    """One question a batch: every address that a person line would carry."""
    shown = ticket(Owner="Ann@x.example", Subject="mail bob@x.example")

    assert people_of([TITLE, OWNER, CATEGORY], LEFT, shown) == frozenset({"ann@x.example"})
