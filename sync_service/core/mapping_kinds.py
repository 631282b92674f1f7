"""Conversion between kinds of field, and what counts as the same value.

The surprise: the comparison is made in the poorer of the two kinds. Where one side is plain text,
two bodies are the same if they read the same; only two rich fields are compared with their markup.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from sync_service.core.outgoing import Kind
from sync_service.core.text import formatted, html_to_text, normal, sanitise, text_to_html
from sync_service.core.values import Value

_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


class Unfit(ValueError):
    """A value that the other kind of field cannot hold; the message completes "`x` ..."."""


def empty(value: Value) -> bool:
    """Tell whether the value means that the field is empty."""
    return value is None or value in ("", ())


def word(value: Value) -> str:
    """Write a value as one word, so that 1, 1.0 and "1", or true and "true", are the same word."""
    if empty(value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return "\x1f".join(word(item) for item in value)
    return str(value)


def convert(value: Value, source: Kind, target: Kind) -> Value:
    """Give the value as a field of kind `target` holds it; raise `Unfit` if it cannot.

    People pass as they are: whether the far side knows them is the mapping's question (R10).
    """
    if empty(value):
        return None
    if isinstance(value, tuple):
        return tuple(convert(item, source, target) for item in value)
    if source is target and target is not Kind.HTML:
        return value
    if source is Kind.HTML and target is not Kind.HTML:
        value = html_to_text(word(value))
    return _INTO[target](value, source)


def same(here: Value, there: Value, source: Kind, target: Kind) -> bool:
    """Tell whether two values of a `target` field, one made from a `source` field, are the same."""
    if empty(here) or empty(there):
        return empty(here) and empty(there)
    if isinstance(here, tuple) or isinstance(there, tuple):
        return _members(here, source, target) == _members(there, source, target)
    return _form(here, source, target) == _form(there, source, target)


def loses(whole: Value, kept: Value, source: Kind, target: Kind) -> tuple[bool, bool]:
    """Tell what a copy lost: words that were cut, and formatting (R12).

    `whole` is the value of a `source` field, `kept` what the `target` field shows of it.
    """
    rich = (Kind.TEXT, Kind.HTML)
    if source not in rich or target not in rich or empty(whole):
        return False, False
    said = normal(word(whole), html=source is Kind.HTML)
    left = normal(word(kept), html=target is Kind.HTML)
    return said != left, source is Kind.HTML and target is Kind.TEXT and formatted(word(whole))


def _members(value: Value, source: Kind, target: Kind) -> list[str]:
    """Take a field of many values as a set, since vendors give no order."""
    items = value if isinstance(value, tuple) else (value,)
    return sorted({str(_form(item, source, target)) for item in items})


def _form(value: Value, source: Kind, target: Kind) -> object:
    """Give the form in which two values are compared."""
    try:
        match target:
            case Kind.HTML if source is Kind.HTML:
                return sanitise(word(value))
            case Kind.HTML:
                return normal(word(value), html=True)
            case Kind.TEXT if source is Kind.HTML:
                return normal(word(value), html=False)
            case Kind.PERSON:
                return word(value).strip().casefold()
            case Kind.NUMBER:
                return _number(word(value))
            case Kind.BOOL | Kind.MOMENT:
                return _INTO[target](value, Kind.TEXT)
    except Unfit:
        pass  # compared as the text that it is
    return word(value).replace("\r\n", "\n")


def _to_text(value: Value, source: Kind) -> Value:  # noqa: ARG001 - one shape for all
    return word(value)


def _to_html(value: Value, source: Kind) -> Value:
    return sanitise(word(value)) if source is Kind.HTML else text_to_html(word(value))


def _to_number(value: Value, source: Kind) -> Value:  # noqa: ARG001 - one shape for all
    number = _number(word(int(value) if isinstance(value, bool) else value).strip())
    return int(number) if number == number.to_integral_value() else float(number)


def _number(text: str) -> Decimal:
    """Read a number; raise `Unfit` if it is none. NaN is none: it would not even equal itself."""
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise Unfit("is not a number") from error
    if not number.is_finite():
        raise Unfit("is not a number")
    return number


def _to_bool(value: Value, source: Kind) -> Value:  # noqa: ARG001 - one shape for all
    said = word(value).strip().casefold()
    if said not in _TRUE | _FALSE:
        raise Unfit("is neither true nor false")
    return said in _TRUE


def _to_moment(value: Value, source: Kind) -> Value:  # noqa: ARG001 - one shape for all
    try:
        moment = datetime.fromisoformat(word(value).strip())
    except ValueError as error:
        raise Unfit("is not a date and time in ISO 8601") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)  # a moment in our words is UTC (values.Value)
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


_INTO: dict[Kind, Callable[[Value, Kind], Value]] = {
    Kind.TEXT: _to_text,
    Kind.HTML: _to_html,
    Kind.CHOICE: _to_text,
    Kind.PERSON: _to_text,
    Kind.NUMBER: _to_number,
    Kind.BOOL: _to_bool,
    Kind.MOMENT: _to_moment,
}
