import re

import pytest
from minijinja import Environment

from sync_service.core.expressions import (
    FILTERS,
    Expression,
    ExpressionError,
    Template,
    did_you_mean,
    plain,
)

TICKET = {"ticket": {"Subject": "Cart 4", "Location": {"Name": "Annex"}, "Room": None}}


def test_a_condition_is_decided_on_the_ticket():
    """The selection of DESIGN section 6 reads as it is written."""
    here = Expression("ticket.Location.Name in ['High School', 'Annex'] and not ticket.Room")

    assert here.holds(TICKET)
    assert not Expression("ticket.Location.Name == 'Library'").holds(TICKET)


def test_a_template_is_rendered_as_text_and_not_as_html():
    """A subject is data: nothing in it is escaped or taken for a template."""
    subject = {"ticket": {"Subject": "<b>{{ 1 + 1 }}</b> & more"}}

    assert Template("[{{ ticket.Subject }}]").render(subject) == "[<b>{{ 1 + 1 }}</b> & more]"


def test_a_missing_name_is_an_error_that_quotes_the_name_and_the_place():
    """An expression that names nothing must not quietly select nothing."""
    typo = Expression("ticket.Lokation.Name == 'Annex'", "sync.yaml:12:19")

    with pytest.raises(ExpressionError, match=r"^sync\.yaml:12:19: .*Lokation.*default\(''\)"):
        typo.holds(TICKET)


def test_a_missing_name_may_have_a_default():
    """The way out that the message names works, also through an empty parent."""
    assert Template("{{ ticket.Room.Name | default('none') }}").render(TICKET) == "none"


@pytest.mark.parametrize("source", ["a and", "(a", "a b", "a %} x {% if b", "'open"])
def test_an_unreadable_condition_is_refused_when_it_is_loaded(source):
    """Syntax is checked at load, with the place, before any ticket is read."""
    with pytest.raises(ExpressionError, match=r"^m\.yaml:3:4: .* cannot be read"):
        Expression(source, "m.yaml:3:4")


def test_an_unreadable_template_is_refused_when_it_is_loaded():
    """Syntax is checked at load, with the place, before any ticket is read."""
    with pytest.raises(ExpressionError, match=r"^m\.yaml:3:4: .* cannot be read"):
        Template("{{ ticket.Subject ", "m.yaml:3:4")


def test_a_loop_runs_out_of_fuel():
    """A slip in a template cannot hold up the daemon."""
    bomb = Template(
        "{% for a in t %}{% for b in t %}{% for c in t %}x{% endfor %}{% endfor %}{% endfor %}"
    )

    with pytest.raises(ExpressionError, match="too many steps"):
        bomb.render({"t": list(range(1000))})


def test_an_error_never_quotes_a_value():
    """Errors end in logs, and logs hold no ticket text."""
    wrong = Template("{{ ticket.Subject + 1 }}{{ ticket.Subject | int }}")

    with pytest.raises(ExpressionError) as caught:
        wrong.render({"ticket": {"Subject": "Maria Lopez 555-0100"}})

    assert "Maria" not in str(caught.value)


def test_unknown_names_and_filters_are_found_without_a_ticket():
    """Names are checked at load against what a context will have, with the nearest one."""
    faults = Template("{{ tiket.a }}{{ Subject | lowr }}{{ 'x | y' }}").faults({"ticket", "far"})

    assert [fault.split("` in ")[0] for fault in faults] == [
        "`Subject",
        "`tiket",
        "the filter `lowr",
    ]
    assert [fault.split("is unknown; ")[1] for fault in faults] == [
        "a name starts with one of `far`, `ticket`",
        "did you mean `ticket`?",
        "did you mean `lower`?",
    ]


def test_only_the_listed_filters_exist():
    """A newer minijinja that brings more filters or functions is noticed here."""
    listing = Environment().eval_expr("debug()")
    built_in = set(re.findall(r'"(\w+)",', listing.split("filters:")[1].split("templates:")[0]))
    alive = set()
    for name in built_in:
        try:
            Template("{{ 'a' | " + name + " }}").render({})
        except ExpressionError as error:
            if "unknown" in str(error):
                continue
        alive.add(name)

    assert alive == FILTERS


@pytest.mark.parametrize("name", ["debug", "range", "dict", "namespace", "cycler", "joiner"])
def test_no_function_exists(name):
    """`debug()` would print the whole ticket."""
    with pytest.raises(ExpressionError):
        Template("{{ " + name + "(1) }}").render({})


def test_what_an_expression_sees_has_no_methods_of_ours():
    """An object among the data becomes its text, so that nothing of it can be called."""

    class Client:
        def delete(self) -> str:
            return "gone"

    seen = plain({"client": Client(), "rows": ({"a": 1},)})

    assert isinstance(seen["client"], str)
    assert seen["rows"] == [{"a": 1}]


def test_the_nearest_word_is_offered_whatever_its_case():
    """People write `shortdescription` and `Status` for what a vendor calls otherwise."""
    assert did_you_mean("STATUS", {"status", "state"}) == "; did you mean `status`?"
    assert did_you_mean("zebra", {"status", "state"}) == ""


@pytest.mark.parametrize(
    ("source", "needs"),
    [
        ("ticket.Location.Name == 'Annex' and not ticket.Room", {"Location", "Room"}),
        ("system == 'x'", set()),
        ("ticket['Custom Fields']['Loaner'] == 'Yes'", None),
        ("ticket | length > 3", None),
    ],
)
def test_an_expression_knows_what_it_looks_at(source, needs):
    """Only that much of a ticket is copied for it; None where it might be anything."""
    assert Expression(source).needs == (None if needs is None else frozenset(needs))
