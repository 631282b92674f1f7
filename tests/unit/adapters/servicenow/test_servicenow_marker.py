"""Origins travel as the last line of a text, and nothing else of it changes (R21)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.servicenow.marker import mark, read, unmark
from sync_service.core.text import normal
from sync_service.core.values import Origin

ORIGIN = Origin("iiq", "36c1", "a1~2")
texts = st.text(st.sampled_from(list("ab \n[]/:code^<>&é\u200b")), max_size=40)


@given(texts)
def test_words_and_origin_come_back(body: str) -> None:
    """R21: the copy's normal form is the original's."""
    words, origin = unmark(mark(body, html=False, origin=ORIGIN))

    assert origin == ORIGIN
    assert normal(words, html=False) == normal(body, html=False)


def test_a_marker_anywhere_else_is_a_quotation() -> None:
    """R21: only the last line counts."""
    quoted = f"He wrote:\n[sync:{ORIGIN}]\nThanks"

    assert unmark(quoted) == (quoted, None)
    assert unmark(mark(quoted, html=False, origin=Origin("rt", "1", "2")))[0] == quoted


def test_our_text_without_an_origin_keeps_its_last_line() -> None:
    """A bracket that is no origin is text."""
    assert unmark("Done\n[sync:nonsense]") == ("Done\n[sync:nonsense]", None)


def test_somebody_elses_code_region_brings_no_markup() -> None:
    """The journal shows `[code]` regions as HTML."""
    assert "[code]" not in mark("[CODE]<script>", html=False, origin=ORIGIN).casefold()


def test_a_persons_code_region_is_read_as_text() -> None:
    """Journal documentation: `[code]<b>..</b>[/code]`."""
    assert read("See [code]<b>this</b> &amp; that[/code]\r\nBye ") == "See this & that\nBye"


def test_rich_text_is_written_as_plain_text() -> None:
    """The journal is plain."""
    assert mark("<p>Hi <b>you</b></p>", html=True, origin=ORIGIN).startswith("Hi you\n\n[sync:")
