"""Patterns of redaction rules: some with a name, and those that users write, with bounds.

Python's `re` tries every way in which a pattern can fit before it gives up, and there may be more
ways than there is time. So a pattern is refused unless the number of ways in which it can fit at
one place is small (ADR 0021). The named ones were made so that each way fails at once.
"""

from __future__ import annotations

import re
import warnings
from importlib import import_module
from typing import Any

#: Ways in which a pattern may fit at one place of a text.
MOST_WAYS = 1_000
LONGEST_PATTERN = 200
WIDEST = 1_000

#: Python's own reader of patterns, which tells their structure.
_reader = import_module("re._parser")

_BORN = (
    r"(?i)\b(?:dob|d\.o\.b\.|date of birth|birth ?date|birthday|born(?: on)?)[\s:=-]{0,4}"
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}"
    r"|[A-Z][a-z]{2,8}\.? \d{1,2},? \d{4})"
)
_PHONE = r"(?<![\w+])(?:\+?1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?!\d)"
#: Patterns by name, each with the mark that stands for what fits.
NAMED: dict[str, tuple[str, str]] = {
    "us-ssn": (r"(?<![\d-])\d{3}[- ]\d{2}[- ]\d{4}(?![\d-])", "[ssn]"),
    "phone": (_PHONE, "[phone]"),
    "email": (r"[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}", "[e-mail]"),
    "date-of-birth": (_BORN, "[date of birth]"),
}


class Unsafe(ValueError):
    """A pattern that cannot be used; the message completes "the pattern ..."."""


def named(name: str) -> re.Pattern[str]:
    """Compile a pattern that has a name; raise KeyError if there is none."""
    return re.compile(NAMED[name][0])


def pattern(source: str) -> re.Pattern[str]:
    """Compile a pattern that a user wrote; raise `Unsafe` saying what to do instead."""
    if len(source) > LONGEST_PATTERN:
        raise Unsafe(f"is longer than {LONGEST_PATTERN} characters; make several rules of it")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compiled = re.compile(source)
            parsed = _reader.parse(source, compiled.flags & ~re.UNICODE)
    except (re.error, RecursionError, OverflowError, Warning) as error:
        raise Unsafe(f"cannot be read ({error}); correct it") from error
    shortest, longest = parsed.getwidth()
    if _ways(parsed) > MOST_WAYS:
        raise Unsafe(
            f"can fit in more than {MOST_WAYS} ways at one place, so that a long text would hold up"
            " the daemon; narrow its repeats, say `{6,9}` for `{1,40}`"
        )
    if longest > WIDEST:
        raise Unsafe(f"fits texts of more than {WIDEST} characters; narrow its repeats")
    if shortest == 0:
        raise Unsafe("fits the empty text, which stands everywhere; let it need a character")
    return compiled


def _ways(parsed: Any) -> int:
    """Count the ways in which a pattern can fit at one place; raise `Unsafe` for no bound at all."""
    ways = 1
    for what, how in parsed:
        ways *= _ways_of(str(what), how)
        if ways > MOST_WAYS:
            break
    return ways


def _ways_of(what: str, how: Any) -> int:
    match what:
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _ways_of_repeat(*how)
        case "SUBPATTERN" | "ASSERT" | "ASSERT_NOT":
            return _ways(how[-1])
        case "ATOMIC_GROUP":
            return _ways(how)
        case "BRANCH":
            return sum(_ways(one) for one in how[1])
        case "GROUPREF" | "GROUPREF_EXISTS":
            raise Unsafe("refers back to a group, which is not possible here; write it out")
    return 1


def _ways_of_repeat(least: int, most: int, repeated: Any) -> int:
    """Add up the ways for each number of repeats."""
    if most > WIDEST:
        raise Unsafe(
            f"repeats without end (`*`, `+` or `{{n,}}`) or more than {WIDEST} times, so that a long"
            " text would hold up the daemon; bound it, say `{1,40}`"
        )
    inner, total = _ways(repeated), 0
    for times in range(least, most + 1):
        total += inner**times if inner > 1 else 1
        if total > MOST_WAYS:
            break
    return total
