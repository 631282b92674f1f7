"""Change the words of an HTML text and leave its markup alone.

The surprise: a pattern on the source would also meet tags and entities, and miss a number of which
one half is bold. So words are changed between the tags; who must be sure reads the result again.
"""

from __future__ import annotations

import html as markup
from collections.abc import Callable
from html.parser import HTMLParser

from sync_service.core.text import sanitise

Change = Callable[[str], str]


def reword(html: str, change: Change) -> str:
    """Give the sanitised HTML with `change` made to its texts and to the values of attributes."""
    reader = _Reworder(change)
    reader.feed(sanitise(html))
    reader.close()
    return sanitise("".join(reader.out))


class _Reworder(HTMLParser):
    """Writes sanitised HTML again; texts that nothing parts are changed as one."""

    def __init__(self, change: Change) -> None:
        super().__init__(convert_charrefs=True)
        self._change = change
        self._words: list[str] = []
        self.out: list[str] = []

    def close(self) -> None:
        super().close()
        self._flush()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flush()
        given = ((name, self._change(value or "")) for name, value in attrs)
        said = "".join(f' {name}="{markup.escape(value)}"' for name, value in given)
        self.out.append(f"<{tag}{said}>")

    def handle_endtag(self, tag: str) -> None:
        self._flush()
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def _flush(self) -> None:
        words, self._words = "".join(self._words), []
        if words:
            self.out.append(markup.escape(self._change(words), quote=False))
