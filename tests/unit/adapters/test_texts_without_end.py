"""Texts that people choose, made to keep the processor busy: the work grows with the text, not its square.

Four places were quadratic: 200 KB of blanks, of `[code]` or of nested lists stopped the daemon for
minutes. The limit on the processor is far above what is needed and far below what those took.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_service.adapters.request_tracker import fields as request_tracker
from sync_service.adapters.servicenow import marker
from sync_service.core.text import DEEPEST, html_to_text, sanitise

SECONDS = 30
WORK = """
from sync_service.adapters.incidentiq import codec as incidentiq, fields
from sync_service.adapters.request_tracker import codec, fields as request_tracker
from sync_service.adapters.servicenow import marker
from sync_service.core.outgoing import Note
from sync_service.core.text import digest, html_to_text, sanitise, text_to_html
from sync_service.core.values import Origin

pieces = [" ", "\\n", "\\t \\n", "[code]", "[sync:", "<p>[sync:", "[sync-service ", "<div>", "<ul><li>",
          "<div></x>", "<b>", "<a href=x>", "<!--", "<", "&"]
works = [sanitise, html_to_text, text_to_html, lambda text: digest(text, html=False),
         incidentiq.unmarked, fields.rich, codec.unmarked, request_tracker.subject,
         marker.read, marker.unmark]
for piece in pieces:
    text = piece * (200_000 // len(piece)) + "x"
    for work in works:
        work(text)
print("done")
"""


def test_no_text_keeps_the_processor_busy() -> None:
    """In a process of its own, which the machine stops if it works too long."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))

    done = subprocess.run(
        [sys.executable, "-c", WORK],
        capture_output=True,
        text=True,
        preexec_fn=limited,
        check=False,
    )

    assert "done\n" == done.stdout, (done.returncode, done.stderr[-500:])


@given(st.text(" \t\r\nab", max_size=12))
def test_a_subject_joins_lines_as_the_server_does(text: str) -> None:
    """The pattern says it shortest, and takes the square of a run of blanks to do it."""
    assert re.sub(r"[ \t]*[\r\n]+[ \t]*", " ", text) == request_tracker.subject(text)


@given(
    st.lists(st.sampled_from(["[code]", "[/code]", "[CODE]", "a", " ", "<b>", "\n"])).map("".join)
)
def test_regions_of_html_are_found_as_the_pattern_finds_them(text: str) -> None:
    """From the first sign that opens to the next that closes."""
    region = re.compile(r"\[code\](.*?)\[/code\]", re.IGNORECASE | re.DOTALL)

    assert region.sub(lambda one: html_to_text(one.group(1)), text).strip() == marker.read(text)


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<div>" * (DEEPEST - 1) + "<b>words</b>", True),
        ("<p>words<br>" * 2_000 + "<b>words</b>", True),
        ("<div><b>words</b></div>" * 2_000, True),
        ("<div>" * (DEEPEST + 1) + "<b>words</b><script>x</script>", False),
        ("<div></x>" * (DEEPEST + 1) + "<b>words</b>", False),
    ],
    ids=[
        "as deep as may be",
        "long and flat",
        "long and closed",
        "too deep",
        "closed in name only",
    ],
)
def test_markup_that_is_too_deep_keeps_its_words(html: str, kept: bool) -> None:
    """Nobody reads lists in lists five hundred times over; what they say is carried all the same."""
    clean = sanitise(html)

    assert "words" in clean
    assert kept == ("<b>words</b>" in clean)
    assert "<script" not in clean
