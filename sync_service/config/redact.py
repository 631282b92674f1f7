"""The rules under `redact:` of a mapping file, with every pattern checked before it is used."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sync_service.config import patterns
from sync_service.config.document import Document, Path
from sync_service.config.mapping_models import RedactRule
from sync_service.config.patterns import NAMED, Unsafe
from sync_service.core.expressions import did_you_mean
from sync_service.core.redaction import HIDDEN, Redact, Redaction

LONGEST_MARK = 60


def read_redaction(given: Sequence[RedactRule], document: Document, path: Path) -> Redaction:
    """Compile the rules in order, noting every problem at its place."""
    rules: list[Redact] = []
    places: dict[str, Path] = {}
    for place, one in enumerate(given):
        at = (*path, place)
        for rule in _rules(one, document, at):
            rules.append(rule)
            places.setdefault(rule.mark, at)
    redaction = Redaction(tuple(rules))
    for mark in redaction.unstable():
        document.fault(
            places.get(mark, path),
            f"a pattern fits the mark `{mark}` itself; write another `with:`, or a narrower pattern",
        )
    return redaction


def _rules(given: RedactRule, document: Document, at: Path) -> Iterator[Redact]:
    """Give the core's rules of one rule: one for each name, else one."""
    mark = _mark(given, document, at)
    fields = frozenset(given.fields) if given.fields is not None else None
    where = document.where(at)
    if given.pattern is not None and given.named is not None:
        document.fault((*at, "named"), "give `pattern` or `named`; make two rules of it")
    elif given.named is not None:
        for compiled, own in _named(given.named, document, (*at, "named")):
            yield Redact(mark or own, compiled, fields, given.comments, where)
    elif given.pattern is not None:
        compiled_one = _pattern(given.pattern, document, (*at, "pattern"))
        if compiled_one is not None:
            yield Redact(mark or HIDDEN, compiled_one, fields, given.comments, where)
    elif fields is None:
        document.fault(at, "say what to redact: a `pattern`, a `named` one, or whole `fields`")
    else:
        yield Redact(mark or HIDDEN, None, fields, comments=False, where=where)


def _mark(given: RedactRule, document: Document, at: Path) -> str:
    mark = given.mark
    if mark is not None and (
        not mark or mark != mark.strip() or len(mark) > LONGEST_MARK or not mark.isprintable()
    ):
        document.fault(
            (*at, "with"),
            f"`with` is a short text of one line, at most {LONGEST_MARK} characters: a mark such"
            " as [student id] says that something was there",
        )
    if mark is not None and any(one in mark for one in "<>&"):
        document.fault((*at, "with"), "`with` must have none of < > & in it: texts may be HTML")
    return mark or ""


def _pattern(source: str, document: Document, at: Path) -> re.Pattern[str] | None:
    try:
        return patterns.pattern(source)
    except Unsafe as error:
        document.fault(at, f"the pattern {error}")
        return None


def _named(
    given: str | list[str], document: Document, at: Path
) -> Iterator[tuple[re.Pattern[str], str]]:
    for name in [given] if isinstance(given, str) else given:
        if name in NAMED:
            yield patterns.named(name), NAMED[name][1]
        else:
            hint = did_you_mean(name, NAMED) or f"; there are {', '.join(NAMED)}"
            document.fault(at, f"there is no pattern named `{name}`{hint}")
