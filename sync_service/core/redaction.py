"""Rules that take personal data out of texts before anything else sees them (R13, ADR 0020).

A text is *redacted* where a rule's pattern fits: a mark stands in its place. Redaction is stable:
what it gives, it leaves as it is. So a redacted text may be compared, stored, written and read
again like any other. The surprise: a text that does not come to rest, or is longer than any honest
one, is hidden as a whole; in doubt nothing gets through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sync_service.core.outgoing import Kind
from sync_service.core.reword import reword
from sync_service.core.text import html_to_text, text_to_html
from sync_service.core.values import Comment, Value

#: What stands for a text that is hidden as a whole.
HIDDEN = "[redacted]"
#: Longer texts are hidden as a whole, so that no pattern can hold up the daemon.
LONGEST = 100_000
_PASSES = 5
_WORDS = (Kind.TEXT, Kind.HTML, None)
#: Gives the kind of a field by name; None for what is no field.
Kinds = Callable[[str], Kind | None]


@dataclass(frozen=True, slots=True)
class Redact:
    """One rule: put `mark` where `pattern` fits, or in place of the whole value without one.

    `fields` are vendor field names of either system, None for every text. `comments` tells whether
    the words of comments are redacted too. `where` is `file:line:column`, for messages.
    """

    mark: str
    pattern: re.Pattern[str] | None = None
    fields: frozenset[str] | None = None
    comments: bool = True
    where: str = ""

    def holds_for(self, name: str) -> bool:
        """Tell whether the rule is about this field."""
        return self.fields is None or name in self.fields

    def once(self, text: str) -> str:
        """Redact in one pass."""
        if self.pattern is None:
            return self.mark if text.strip() else text
        return self.pattern.sub(lambda _: self.mark, text)


@dataclass(frozen=True, slots=True)
class Redaction:
    """The rules of a link, in order; without any, every text stays as it is."""

    rules: tuple[Redact, ...] = ()
    _patterns: tuple[Redact, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Keep apart what is about every text, for documents that are no field."""
        patterns = tuple(one for one in self.rules if one.pattern is not None)
        object.__setattr__(self, "_patterns", patterns)

    def __bool__(self) -> bool:
        return bool(self.rules)

    def unstable(self) -> tuple[str, ...]:
        """List the marks that a pattern fits: what stands for a secret must not look like one."""
        marks = dict.fromkeys([HIDDEN, *(one.mark for one in self.rules)])
        fit = [one.pattern for one in self.rules if one.pattern is not None]
        return tuple(mark for mark in marks if any(one.search(mark) for one in fit))

    def value(self, name: str, kind: Kind | None, value: Value) -> Value:
        """Redact a field's value; choices, people, numbers and moments hold no free words."""
        if kind not in _WORDS or not self.rules:
            return value
        if isinstance(value, tuple):
            return tuple(self.value(name, kind, one) for one in value)
        if not isinstance(value, str):
            return value
        return _stable([r for r in self.rules if r.holds_for(name)], value, html=kind is Kind.HTML)

    def words(self, body: str, *, html: bool) -> str:
        """Redact what a comment says."""
        return _stable([one for one in self.rules if one.comments], body, html=html)

    def comment(self, comment: Comment) -> Comment:
        """Redact a comment; its kind stays, and so does who wrote it."""
        body = self.words(comment.body, html=comment.html)
        return comment if body == comment.body else replace(comment, body=body)

    def anything(self, text: str) -> str:
        """Redact a text of which nobody knows what it is, such as a vendor's own words."""
        return _stable(self._patterns, text, html="<" in text)

    def marks(self, value: Any) -> bool:
        """Tell whether a value holds one of our marks."""
        if isinstance(value, list | tuple):
            return any(self.marks(one) for one in value)
        marks = {HIDDEN, *(one.mark for one in self.rules)}
        return bool(self.rules) and isinstance(value, str) and any(one in value for one in marks)

    def document(self, data: Mapping[str, Any], kinds: Kinds) -> dict[str, Any]:
        """Redact a ticket as expressions see it.

        What is a field is redacted as that field; what is none, by every pattern, all the way
        down. A value that a rule hides as a whole is hidden wherever it stands again.
        """
        hidden = frozenset(self._whole(data, kinds, ""))
        return {name: self._part(name, one, kinds, hidden) for name, one in data.items()}

    def _part(self, name: str, value: Any, kinds: Kinds, hidden: frozenset[str]) -> Any:
        kind = kinds(name)
        if isinstance(value, Mapping):
            if kind not in _WORDS:
                return value
            return {
                key: self._part(f"{name}.{key}", one, kinds, hidden) for key, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._part(name, one, kinds, hidden) for one in value]
        if isinstance(value, str) and value in hidden:
            return HIDDEN
        if kind is None:
            return self.anything(value) if isinstance(value, str) else value
        return self.value(name, kind, value)

    def _whole(self, data: Mapping[str, Any], kinds: Kinds, above: str) -> Iterable[str]:
        """List the values that rules without a pattern hide."""
        for key, value in data.items():
            name = f"{above}{key}"
            if isinstance(value, Mapping):
                yield from self._whole(value, kinds, f"{name}.")
            elif any(one.pattern is None and one.holds_for(name) for one in self.rules):
                told = value if isinstance(value, list | tuple) else [value]
                yield from (one for one in told if isinstance(one, str) and one.strip())


def _stable(rules: Iterable[Redact], text: str, *, html: bool) -> str:
    """Apply rules until nothing changes any more."""
    rules = tuple(rules)
    if not rules or not text:
        return text
    if len(text) > LONGEST:
        return HIDDEN
    for _ in range(_PASSES):
        after = _html(rules, text) if html else _once(rules, text)
        if after == text:
            return text
        text = after
    return HIDDEN


def _once(rules: tuple[Redact, ...], text: str) -> str:
    for rule in rules:
        text = rule.once(text)
    return text


def _html(rules: tuple[Redact, ...], html: str) -> str:
    """Redact HTML; where a pattern fits what is read but not what is written, formatting goes."""
    shown = html_to_text(html)
    if _once(rules, shown) == shown and _once(rules, html) == html:
        return html
    whole = next((one for one in rules if one.pattern is None), None)
    if whole is not None:
        return whole.once(html)
    html = reword(html, lambda words: _once(rules, words))
    shown = html_to_text(html)
    after = _once(rules, shown)
    return html if after == shown else text_to_html(after)
