import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync_service.core.text import (
    digest,
    formatted,
    html_to_text,
    normal,
    sanitise,
    text_to_html,
)

_TAGS = st.sampled_from(
    [
        "p",
        "div",
        "br",
        "li",
        "ul",
        "ol",
        "b",
        "i",
        "a",
        "td",
        "tr",
        "table",
        "pre",
        "script",
        "style",
        "svg",
        "math",
        "title",
        "textarea",
        "template",
        "h1",
        "iframe",
        "noscript",
        "select",
        "option",
        "blockquote",
        "img",
        "!--",
        "plaintext",
        "xmp",
    ]
)
_PIECES = st.one_of(
    st.text(),
    _TAGS.map(lambda tag: f"<{tag}>"),
    _TAGS.map(lambda tag: f"</{tag}>"),
    st.sampled_from(
        ["<", ">", "&", "&lt;", "&#0;", "<a href='https://x.example/1'>", "\ud800", "\x00"]
    ),
)
_SOUP = st.lists(_PIECES, max_size=12).map("".join)
_ANY = st.text(st.characters(exclude_categories=()))


@given(_ANY)
@example("a\n \nb\tc")
@example("<script>alert(1)</script> & &amp;")
@example("\x1c\x85\u2028x")
def test_text_made_html_says_the_same(text):
    """A plain text carried to a rich field has the normal form it had."""
    assert normal(text, html=False) == normal(text_to_html(text), html=True)


@given(_ANY)
def test_text_to_html_and_back_keeps_the_normal_form(text):
    """What came back from a rich field says what was written there."""
    assert normal(text, html=False) == normal(html_to_text(text_to_html(text)), html=False)


@given(_SOUP)
def test_html_made_text_says_the_same(html):
    """The plain copy of a rich comment has the comment's normal form."""
    assert normal(html, html=True) == normal(html_to_text(html), html=False)


@given(_ANY | _SOUP, st.booleans())
def test_the_normal_form_is_normal(body, html):
    """Taking the normal form twice is taking it once."""
    once = normal(body, html=html)

    assert once == normal(once, html=False)


@given(_ANY | _SOUP, st.booleans())
def test_any_input_has_a_digest(body, html):
    """No input raises, not even half of a surrogate pair, and equal texts hash alike."""
    assert digest(body, html=html) == digest(normal(body, html=html), html=False)


@given(_SOUP)
def test_sanitising_changes_no_words(html):
    """A copy of a copy says what the original says, however badly that was nested."""
    assert normal(html, html=True) == normal(sanitise(html), html=True)


@given(_SOUP)
def test_no_active_element_survives(html):
    """Whatever the nesting, no script, frame or style element comes out of `sanitise`."""
    assert not re.search(
        r"<\s*/?\s*(script|style|iframe|svg|math|object)\b", sanitise(html), re.IGNORECASE
    )


@given(st.text(st.characters(exclude_characters="<"), max_size=60))
@pytest.mark.parametrize("tag", ["script", "style", "title", "textarea", "noscript", "template"])
def test_script_text_never_survives(tag, code):
    """What stood inside a script is neither markup nor words for a reader."""
    html = f"<p>before</p><{tag}>{code}</{tag}><p>after</p>"

    assert html_to_text(html) == "before\n\nafter"


def test_event_handlers_and_script_addresses_are_dropped():
    """A handler on an image and a `javascript:` link do not reach the far side."""
    html = sanitise('<img src="x" onerror="alert(1)"><a href="javascript:alert(1)">tap</a>')

    assert "alert" not in html
    assert "tap" in html


def test_paragraphs_lists_and_links_stay_readable():
    """A plain copy keeps the shape of the rich original."""
    html = (
        "<p>Hello&nbsp;<b>team</b>,<br>the cart is broken:</p>"
        "<ul><li>lid</li><li>keys<ol><li>A</li><li>S</li></ol></li></ul>"
        '<p>See <a href="https://wiki.example/carts">the wiki</a> or '
        '<a href="https://x.example">https://x.example</a>.</p>'
        "<table><tr><td>Room</td><td>12</td></tr><tr><td>Seats</td><td>30</td></tr></table>"
    )

    assert html_to_text(html) == (
        "Hello team,\nthe cart is broken:\n\n"
        "- lid\n- keys\n  1. A\n  2. S\n\n"
        "See the wiki (https://wiki.example/carts) or https://x.example.\n\n"
        "Room 12\nSeats 30"
    )


def test_words_of_neighbouring_blocks_are_not_glued():
    """Stripping tags alone would make `onetwo` of two blocks."""
    assert normal("<div>one</div><div>two</div><p>three", html=True) == "one two three"


def test_lines_of_plain_text_stay_lines():
    """Line ends and blank lines survive the way through a rich field exactly."""
    text = "first\nsecond\n\nthird & <last>"

    assert html_to_text(text_to_html(text)) == text


def test_a_composed_and_a_decomposed_letter_are_the_same():
    """Names typed on a Mac and on Windows hash alike."""
    assert digest("Jose\u0301", html=False) == digest("Jos\u00e9", html=False)


def test_a_deep_nest_is_read_without_harm():
    """Fifty thousand open elements neither overflow a stack nor lose the text."""
    assert html_to_text("<div>" * 50_000 + "deep") == "deep"


@given(_ANY)
def test_what_came_from_plain_text_has_no_formatting_to_lose(text):
    """R12: a plain text in a rich field may be edited on the plain side without asking."""
    assert not formatted(text_to_html(text))


@pytest.mark.parametrize(
    ("html", "rich"),
    [
        ("<div>a<br/>b</div>", False),
        ('<p>see <a href="https://x.example/1">https://x.example/1</a></p>', False),
        ('<p>see <a href="https://x.example/1">this page</a></p>', True),
        ("<p>a <b>b</b></p>", True),
        ("<ul><li>a</li></ul>", True),
    ],
)
def test_formatting_is_what_plain_text_would_lose(html, rich):
    """R12: lost formatting follows `lossy:`, so it must be told from mere line breaks."""
    assert formatted(html) is rich
