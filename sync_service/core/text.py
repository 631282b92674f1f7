"""Rich and plain text: make HTML harmless, convert both ways, and tell what a text says.

The surprise: converted text is never an identity, because HTML -> text -> HTML is not the same
HTML again. What is compared and hashed is the *normal form*: what a reader would read, without
markup and with runs of white space made one space.
"""

from __future__ import annotations

import hashlib
import html as markup
import re
import unicodedata
from collections import Counter
from functools import lru_cache
from html.parser import HTMLParser

import nh3

#: Elements whose content is no text for a reader and goes with them.
_SILENT = frozenset({
    "applet", "embed", "frameset", "head", "iframe", "math", "noembed", "noframes", "noscript",
    "object", "script", "select", "style", "svg", "template", "textarea", "title", "xmp",
})  # fmt: skip
_TAGS = frozenset(nh3.ALLOWED_TAGS) - _SILENT - {"area", "map"}
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_SILENT),
    url_schemes={"http", "https", "mailto", "tel"},
)

#: Characters that HTML cannot carry, or that mean different things to different parsers.
_UNSOUND = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

#: A body is asked about again and again while its pair is in work; so many answers are kept.
_KEPT = 512

#: Deeper markup loses its tags: a parser that asks each time what it stands in takes hours over it.
DEEPEST = 512
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
#: They hold nothing, or end by themselves where the next one of them begins.
_FLAT = frozenset({
    "area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta",
    "option", "p", "param", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
})  # fmt: skip

_ANCHOR = re.compile(r"</?a\b[^>]*>")
_FORMATTING = re.compile(r"<(?!/|(?:p|br|div|span)\b)")
_PARAGRAPHS = frozenset({
    "article", "aside", "blockquote", "center", "details", "dl", "figure", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hgroup", "nav", "ol", "p", "pre", "table", "ul",
})  # fmt: skip
_LINES = frozenset({"caption", "dd", "div", "dt", "figcaption", "li", "summary", "tr"})
_CELLS = frozenset({"td", "th"})
_LISTS = frozenset({"ol", "ul"})


@lru_cache(_KEPT)
def sanitise(html: str) -> str:
    """Give the HTML without scripts, styles, event handlers and unknown elements; never raises."""
    sound = _sound(html)
    return _CLEANER.clean(_ANY_TAG.sub(" ", sound) if _too_deep(sound) else sound)


@lru_cache(_KEPT)
def html_to_text(html: str) -> str:
    """Give the HTML as plain text that keeps paragraphs, line breaks, lists and link targets.

    A link reads `words (address)`, or just its address if that is all it says. Never raises.
    """
    reader = _Reader()
    reader.feed(sanitise(html))
    reader.close()
    return reader.text()


def text_to_html(text: str) -> str:
    """Give plain text as HTML: blank lines part paragraphs, line ends become `<br>`.

    Nothing in the text is taken for markup. Empty text gives an empty string.
    """
    paragraphs = re.split(r"\n[ \t]*(?:\n[ \t]*)+", _sound(text).strip("\n"))
    return "".join(f"<p>{_escape(paragraph)}</p>" for paragraph in paragraphs if paragraph.strip())


def plain(body: str, *, html: bool) -> str:
    """Give a body as plain text, whichever way it is written."""
    return html_to_text(body) if html else _sound(body)


@lru_cache(_KEPT)
def normal(body: str, *, html: bool) -> str:
    """Give the normal form: what a reader reads, in NFC, with white space collapsed.

    Two bodies of equal normal form say the same, and converting a body keeps its normal form.
    """
    return " ".join(unicodedata.normalize("NFC", plain(body, html=html)).split())


def formatted(html: str) -> bool:
    """Tell whether the HTML says more than paragraphs and line breaks, so that text loses it (R12).

    A link whose words are its address is none: vendors make one of any address in a text.
    """
    clean = sanitise(html)
    bare = _ANCHOR.sub("", clean)
    return bool(_FORMATTING.search(bare)) or normal(bare, html=True) != normal(clean, html=True)


def digest(body: str, *, html: bool) -> str:
    """Hash the normal form (SHA-256, hexadecimal): equal for bodies that say the same."""
    return hashlib.sha256(normal(body, html=html).encode()).hexdigest()


def _sound(text: str) -> str:
    """Use one kind of line end and drop what HTML cannot carry, in both forms alike."""
    return _UNSOUND.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _too_deep(html: str) -> bool:
    """Tell whether elements stand in each other more than `DEEPEST` times, by a count of tags."""
    if html.count("<") <= DEEPEST:
        return False
    depth, opened = 0, Counter[str]()
    for closing, name in _TAG.findall(html.lower()):
        if name in _FLAT or (closing and not opened[name]):
            continue
        step = -1 if closing else 1
        opened[name] += step
        depth += step
        if depth > DEEPEST:
            return True
    return False


def _escape(paragraph: str) -> str:
    return markup.escape(paragraph, quote=False).replace("\n", "<br>")


class _Reader(HTMLParser):
    """Collects the text of sanitised HTML, and the breaks that its blocks ask for."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._breaks = 0
        self._space = False
        self._lists: list[int | None] = []
        self._links: list[tuple[str, int]] = []
        self._pre = 0

    def text(self) -> str:
        return "".join(self._out).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._block(tag)
        given = dict(attrs)
        if tag == "br":
            self._out.append("\n")
            self._space = False
        elif tag == "li":
            self._item()
        elif tag in _LISTS:
            self._lists.append(_start(given.get("start")) if tag == "ol" else None)
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self._out)))
        elif tag == "img" and given.get("alt"):
            self.handle_data(f"[{given['alt']}]")
        elif tag == "pre":
            self._pre += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._link(*self._links.pop())
        elif tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "pre" and self._pre:
            self._pre -= 1
        elif tag in _CELLS:
            self._space = True
        self._block(tag)

    def handle_data(self, data: str) -> None:
        if self._pre:
            self._put(data)
            return
        words = " ".join(data.split())
        self._space = self._space or data[:1].isspace()
        if words:
            self._put(words)
            self._space = data[-1:].isspace()

    def _put(self, words: str) -> None:
        fresh = not self._out or self._out[-1].endswith("\n")
        if self._breaks and self._out:
            self._out.append("\n" * self._breaks)
        elif self._space and not fresh:
            self._out.append(" ")
        self._breaks, self._space = 0, False
        self._out.append(words)

    def _block(self, tag: str) -> None:
        """Ask for the break around a block: a blank line, or inside a list just a line end."""
        if tag in _PARAGRAPHS:
            self._breaks = max(self._breaks, 1 if self._lists else 2)
        elif tag in _LINES:
            self._breaks = max(self._breaks, 1)

    def _item(self) -> None:
        number = self._lists[-1] if self._lists else None
        if self._lists and number is not None:
            self._lists[-1] = number + 1
        depth = max(len(self._lists) - 1, 0)
        self._put("  " * depth + ("-" if number is None else f"{number}."))
        self._space = True

    def _link(self, address: str, since: int) -> None:
        said = "".join(self._out[since:]).strip()
        if not address or address in (said, f"mailto:{said}", f"http://{said}", f"https://{said}"):
            return
        self._space = self._space or bool(said)
        self._put(f"({address})" if said else address)


def _start(given: str | None) -> int:
    return int(given) if given and given.isdecimal() and len(given) < 7 else 1
