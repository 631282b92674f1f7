"""Where a copied comment came from, carried as the last line of its text (R21). Pure.

ServiceNow's journal has no field for it. The surprise: `[code]` in a journal starts a region that
the instance shows as HTML, so a person's own `[code]` is broken up on the way in and mended on the
way back; otherwise somebody's comment elsewhere could bring markup into the instance.
"""

from __future__ import annotations

import re

from sync_service.core.text import html_to_text, plain
from sync_service.core.values import Origin

_MARKER = re.compile(r"\[sync:(\S+)\]")
_CODE = re.compile(r"\[(/?code)\]", re.IGNORECASE)
_BROKEN = re.compile("\\[\u200b(/?code)\\]", re.IGNORECASE)


def mark(body: str, html: bool, origin: Origin) -> str:  # noqa: FBT001 - as Reply has it
    """Give the journal text of a copy: plain text, and its origin as the last line."""
    text = harmless(plain(body, html=html)).rstrip()
    return f"{text}\n\n[sync:{origin}]"


def harmless(text: str) -> str:
    """Break up what would begin a region of HTML in a journal."""
    return _CODE.sub("[\u200b\\1]", text)


def unmark(text: str) -> tuple[str, Origin | None]:
    """Give a copy's own words and its origin; a marker anywhere but at the end is a quotation."""
    words = _lines(text).rstrip()
    rest, _, last = words.rpartition("\n")
    found = _MARKER.fullmatch(last.strip())
    origin = Origin.parse(found.group(1)) if found else None
    return (_BROKEN.sub("[\\1]", rest.rstrip()), origin) if origin else (read(text), None)


def read(text: str) -> str:
    """Give a journal text as plain text: its `[code]` regions are HTML (journal documentation)."""
    whole, parts, at = _lines(text), list[str](), 0
    begin: re.Match[str] | None = None
    for sign in _CODE.finditer(whole):  # one pass: people choose how many signs there are
        if sign.group(1).startswith("/") and begin:
            parts += whole[at : begin.start()], html_to_text(whole[begin.end() : sign.start()])
            begin, at = None, sign.end()
        elif not sign.group(1).startswith("/"):
            begin = begin or sign
    return "".join([*parts, whole[at:]]).strip()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
