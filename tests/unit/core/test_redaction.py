"""Redaction of texts: stable, in HTML as a reader reads it, and shut where it is in doubt (R13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync_service.adapters.memory import Manners, MemoryAdapter, MemoryDesk
from sync_service.adapters.redacting import redacting
from sync_service.core.outgoing import Kind
from sync_service.core.pair import Conflict, Intent, Making, Refusal, Sent
from sync_service.core.redaction import HIDDEN, LONGEST, Redact, Redaction
from sync_service.core.remembered import redacted, redacted_conflict
from sync_service.core.text import html_to_text
from sync_service.core.values import Sealed, Sides
from tests.unit.core.examples import AT, LEFT, RIGHT, pair, said, ticket

ID = re.compile(r"\b\d{9}\b")
SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
RULES = Redaction((Redact("[student id]", ID), Redact("[ssn]", SSN)))
_SNIPS = st.sampled_from(
    ["123456789", "12345", "6789", "123-45-6789", "123-45", "-6789", "[student id]", "[", " ", "é"]
)
_TAGS = st.sampled_from(
    [
        "<b>",
        "</b>",
        "<p>",
        "</p>",
        "<br>",
        "&#49;",
        "&amp;",
        "<a href='tel:123456789'>",
        "</a>",
        "<",
    ]
)


@given(st.lists(_SNIPS, max_size=8).map("".join))
def test_a_redacted_text_stays_as_it_is_and_holds_no_secret(text: str) -> None:
    """R13: stable, so that it may be compared and written again like any other."""
    once = RULES.words(text, html=False)

    assert once == RULES.words(once, html=False)
    assert not ID.search(once)
    assert not SSN.search(once)


@given(st.lists(_SNIPS | _TAGS, max_size=10).map("".join))
@example("<p>1234<b>56789</b></p>")
@example("&#49;23456789")
@example("<a href='https://x.example/123456789'>here</a>")
def test_redacted_html_reads_without_a_secret(html: str) -> None:
    """R13: also where one half of it is bold, or written as an entity, or in an address."""
    once = RULES.words(html, html=True)

    assert once == RULES.words(once, html=True)
    assert not ID.search(html_to_text(once))
    assert not SSN.search(html_to_text(once))
    assert not SSN.search(once)


def test_html_without_a_secret_is_left_as_it_was_written() -> None:
    """R12: a rule that finds nothing changes nothing, not even markup that we would write anew."""
    html = "<DIV style='x'>all <B>well</B></DIV>"

    assert html == RULES.words(html, html=True)


def test_formatting_around_a_secret_stays() -> None:
    """Only the words go."""
    html = RULES.words("<p>ID <b>123456789</b> of <i>Zeke</i></p>", html=True)

    assert "<p>ID <b>[student id]</b> of <i>Zeke</i></p>" == html


def test_what_never_comes_to_rest_is_hidden_as_a_whole() -> None:
    """In doubt nothing gets through; such rules are refused when they are read."""
    growing = Redaction((Redact("xx", re.compile("x")),))

    assert ("xx",) == growing.unstable()
    assert HIDDEN == growing.words("x", html=False)
    assert () == RULES.unstable()


def test_a_text_longer_than_any_honest_one_is_hidden_as_a_whole() -> None:
    """No pattern may hold up the daemon, and nothing may slip through unread."""
    assert HIDDEN == RULES.words("a" * (LONGEST + 1), html=False)


def test_a_rule_for_fields_is_about_those_alone() -> None:
    """And about comments only if it says so."""
    rules = Redaction((Redact("[id]", ID, frozenset({"Subject"}), comments=False),))

    assert "[id]" == rules.value("Subject", Kind.TEXT, "123456789")
    assert "123456789" == rules.value("Notes", Kind.TEXT, "123456789")
    assert "123456789" == rules.words("123456789", html=False)


@pytest.mark.parametrize("kind", [Kind.CHOICE, Kind.PERSON, Kind.MOMENT, Kind.NUMBER, Kind.BOOL])
def test_what_holds_no_free_words_is_left_alone(kind: Kind) -> None:
    """A mapping needs choices and people as they are; leave such a field out of `fields:`."""
    assert "123456789" == RULES.value("x", kind, "123456789")


def test_a_whole_field_is_hidden_but_an_empty_one_stays_empty() -> None:
    """So that an emptied field still empties its copy."""
    rules = Redaction((Redact("[pin]", None, frozenset({"PIN"})),))

    assert "[pin]" == rules.value("PIN", Kind.TEXT, "4711")
    assert "[pin]" == rules.value("PIN", Kind.TEXT, "[pin]")
    assert None is rules.value("PIN", Kind.TEXT, None)
    assert ("[pin]", "[pin]") == rules.value("PIN", Kind.TEXT, ("1", "2"))


def test_what_an_expression_sees_of_a_ticket_is_redacted_all_the_way_down() -> None:
    """R13: a template must not be the way around; people and places stay what look-ups need."""
    rules = Redaction((*RULES.rules, Redact("[pin]", None, frozenset({"Custom Fields.PIN"}))))
    kinds = {"Subject": Kind.TEXT, "For": Kind.PERSON, "Custom Fields.PIN": Kind.TEXT}
    data = {
        "Subject": "ID 123456789",
        "For": {"Email": "123456789@school.example"},
        "Custom Fields": {"PIN": "4711", "Room": "12"},
        "CustomFieldValues": [{"Value": "4711"}, {"Value": "123456789"}, {"Value": 7}],
    }

    shown = rules.document(data, kinds.get)

    assert "ID [student id]" == shown["Subject"]
    assert data["For"] == shown["For"]
    assert {"PIN": HIDDEN, "Room": "12"} == shown["Custom Fields"]
    assert [HIDDEN, "[student id]", 7] == [one["Value"] for one in shown["CustomFieldValues"]]


@given(st.text("12345679- x[]", max_size=14), st.integers(3, 14))
@example("x 1234567890", 11)
def test_fit_foretells_what_is_read_after_a_write(text: str, cut: int) -> None:
    """R12: whatever a cut or a strip makes of a redacted text."""
    desk = MemoryDesk("left", manners=Manners(cut=cut))
    plain = MemoryAdapter("left", desk)
    shut = redacting(plain, RULES)

    fitted = shut.fit("title", text)

    shown = RULES.value("title", Kind.TEXT, plain.fit("title", fitted))
    assert fitted == shown == shut.fit("title", fitted)


def test_without_rules_an_adapter_is_itself() -> None:
    """Whoever redacts nothing pays nothing."""
    plain = MemoryAdapter("left", MemoryDesk("left"))

    assert plain is redacting(plain, Redaction())


def test_what_is_sealed_has_no_words() -> None:
    """R13: a ticket in a log or an error tells nothing of what was redacted."""
    raw = ticket(LEFT, {"title": "123456789"})
    shown = replace(raw, fields={"title": "[student id]"}, data={}, sealed=Sealed(raw))

    assert "123456789" not in f"{shown} {shown!r} {shown.sealed!r}"
    assert raw is Sealed(raw).opened()


def test_all_that_is_remembered_of_a_pair_can_be_redacted_anew() -> None:
    """R13: a rule that is added later holds for the store, too."""
    secret = {"title": "ID 123456789"}
    sent = Sent(
        "title = short", RIGHT, Sides(secret, {"short": "ID 123456789"}),
        Sides(secret, {"short": "123-45-6789"}), ticket(LEFT).version, AT, AT,
    )  # fmt: skip
    noted = Intent(Making.TICKET, RIGHT, "k", AT, AT, values={"short": "123456789"}, sources=secret)
    refusals = (
        Refusal(RIGHT, "title = short", '{"short": "123456789"}'),
        Refusal(RIGHT, "left:L1:c1", "hide"),
    )
    one = pair(secret, {"short": "123456789"}, sent=(sent,), intents=(noted,), refusals=refusals)
    kinds: Callable[[str], Kind | None] = lambda _name: Kind.TEXT  # noqa: E731

    after = redacted(one, RULES, Sides(kinds, kinds))

    assert "6789" not in str(after)
    assert after == redacted(after, RULES, Sides(kinds, kinds))
    assert '{"short": "[student id]"}' == after.refusals[0].value
    told = Conflict(1, "title = short", Sides(("123456789",), ("x",)), None)
    assert ("[student id]",) == redacted_conflict(told, RULES).values.left


def test_a_comment_keeps_its_kind_and_author() -> None:
    """R13: redaction is no way to turn a note public."""
    note = said("c1", "ID 123456789", public=False)

    assert replace(note, body="ID [student id]") == RULES.comment(note)
