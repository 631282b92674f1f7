"""Expressions and templates of the configuration, in minijinja's dialect of Jinja.

They are compiled once and see plain data only: dicts, lists, texts, numbers, booleans and None.
A name that is not there is an error and not an empty text, a loop runs out of fuel, and only the
filters listed here exist; `grammar` says what else is no part of the language. The surprise: errors quote the expression but never a ticket's value,
because they end in logs.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from minijinja import Environment, TemplateError

from sync_service.core.grammar import beyond

FILTERS = frozenset({
    "abs", "bool", "capitalize", "count", "d", "default", "first", "float", "int", "items", "join",
    "last", "length", "lines", "list", "lower", "map", "max", "min", "reject", "rejectattr",
    "replace", "reverse", "round", "select", "selectattr", "sort", "split", "string", "striptags",
    "sum", "title", "trim", "truncate", "unique", "upper", "urlencode",
})  # fmt: skip
#: What minijinja 3.1 brings beyond the list above; a test notices what a newer one adds.
_DROPPED_FILTERS = (
    "attr", "batch", "chain", "dictsort", "e", "escape", "filesizeformat", "format", "groupby",
    "indent", "pluralize", "pprint", "safe", "slice", "tojson", "wordwrap", "zip",
)  # fmt: skip
#: `debug()` would print the whole ticket; the others have no use here.
_DROPPED_GLOBALS = ("cycler", "debug", "dict", "joiner", "namespace", "range")

FUEL = 50_000
_NAME = "expression"
_BEFORE, _AFTER = "{% if (", ") %}true{% endif %}"
_LITERAL = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*\"""")
_MARKUP = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_NAME_SO_FAR = re.compile(r"[\w.\[\]'\"]*$")
_FILTER = re.compile(r"\|\s*([A-Za-z_]\w*)")


class ExpressionError(ValueError):
    """An expression that cannot be read or evaluated; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with `{{ expressions }}`; `where` is `file:line:column`, for messages."""

    source: str
    where: str = ""
    needs: frozenset[str] | None = field(init=False, compare=False, repr=False)
    """The keys of `ticket` that it looks at; None if that may be any."""
    _compiled: Environment = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compile; raise `ExpressionError` if that cannot be done."""
        _within(self.source, self.where, template=True)
        object.__setattr__(self, "_compiled", _compile(self.source, self.source, self.where))
        object.__setattr__(self, "needs", _needs(self._compiled))

    def render(self, context: Mapping[str, Any]) -> str:
        """Give the text for plain `context`; raise `ExpressionError` if a name is missing."""
        return _evaluate(self._compiled, self.source, self.where, context)

    def faults(self, names: Iterable[str]) -> list[str]:
        """List unknown names and filters; `names` are those that a context will have."""
        return _faults(self._compiled, self.source, self.source, names)


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition on a ticket; `where` is `file:line:column`, for messages."""

    source: str
    where: str = ""
    needs: frozenset[str] | None = field(init=False, compare=False, repr=False)
    """The keys of `ticket` that it looks at; None if that may be any."""
    _compiled: Environment = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Compile; raise `ExpressionError` if that cannot be done."""
        _within(self.source, self.where, template=False)
        try:
            _environment().undeclared_variables_in_str("{{ (" + self.source + ") }}")
        except TemplateError as error:
            raise _unreadable(self.source, self.where, error) from error
        whole = _BEFORE + self.source + _AFTER
        object.__setattr__(self, "_compiled", _compile(whole, self.source, self.where))
        object.__setattr__(self, "needs", _needs(self._compiled))

    def holds(self, context: Mapping[str, Any]) -> bool:
        """Tell whether it is true of plain `context`; raise `ExpressionError` if undecidable."""
        whole = _BEFORE + self.source + _AFTER
        return bool(_evaluate(self._compiled, whole, self.where, context))

    def faults(self, names: Iterable[str]) -> list[str]:
        """List unknown names and filters; `names` are those that a context will have."""
        return _faults(self._compiled, _BEFORE + self.source + _AFTER, self.source, names)


def plain(value: Any) -> Any:
    """Copy into what an expression may see, so that no object's method can be called from one."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    return str(value)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give `"; did you mean X?"` for the nearest known word, or nothing."""
    known = sorted(known)
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), list(folded), n=1, cutoff=0.6)
    return f"; did you mean `{folded[near[0]]}`?" if near else ""


def _environment() -> Environment:
    made = Environment(
        fuel=FUEL,
        undefined_behavior="strict",
        auto_escape_callback=lambda _name: False,
        debug=False,
    )
    for name in _DROPPED_FILTERS:
        made.remove_filter(name)
    for name in _DROPPED_GLOBALS:
        made.remove_global(name)
    return made


def _within(source: str, where: str, *, template: bool) -> None:
    """Refuse what is no part of the language, before the engine reads any of it."""
    if told := beyond(source, template=template):
        raise ExpressionError(_at(where, f"`{_short(source)}` cannot be read: it {told}"))


def _compile(whole: str, source: str, where: str) -> Environment:
    made = _environment()
    try:
        made.add_template(_NAME, whole)
    except TemplateError as error:
        raise _unreadable(source, where, error) from error
    return made


def _needs(made: Environment) -> frozenset[str] | None:
    used = made.undeclared_variables_in_template(_NAME, nested=True)
    paths = [name.split(".") for name in used if name.split(".")[0] == "ticket"]
    return None if any(len(path) < 2 for path in paths) else frozenset(path[1] for path in paths)


def _evaluate(made: Environment, whole: str, where: str, context: Mapping[str, Any]) -> str:
    try:
        return made.render_template(_NAME, **context)
    except TemplateError as error:
        raise ExpressionError(_at(where, _complaint(whole, error))) from error


def _unreadable(source: str, where: str, error: TemplateError) -> ExpressionError:
    what = error.detail or error.kind
    return ExpressionError(_at(where, f"`{_short(source)}` cannot be read: {what}; correct it"))


def _complaint(whole: str, error: TemplateError) -> str:
    """Say what went wrong in words that hold none of the ticket's values."""
    quoted = _short(_quoted(whole.encode(), *(error.range or (0, len(whole.encode())))))
    match error.kind:
        case "UndefinedError":
            return (
                f"`{quoted}` is not there for this ticket; "
                "correct the name, or add `| default('')` if it may be missing"
            )
        case "OutOfFuel":
            return f"`{quoted}` takes too many steps; make it simpler"
        case "UnknownFilter" | "UnknownFunction" | "UnknownMethod" | "UnknownTest":
            return f"`{quoted}` is unknown; the filters are {', '.join(sorted(FILTERS))}"
    return f"`{quoted}` cannot be evaluated for this ticket ({error.kind}); correct it"


def _quoted(whole: bytes, start: int, end: int) -> str:
    """Give what an error points at, from the beginning of its name on."""
    before = whole[:start].decode(errors="replace")
    name = _NAME_SO_FAR.search(before)
    return ((name[0] if name else "") + whole[start:end].decode(errors="replace")).strip("{}% ")


def _faults(made: Environment, whole: str, source: str, names: Iterable[str]) -> list[str]:
    known = set(names)
    used = made.undeclared_variables_in_str(whole)
    faults = [
        f"`{name}` in `{_short(source)}` is unknown{did_you_mean(name, known) or _root(known)}"
        for name in sorted(used - known)
    ]
    code = " ".join(_MARKUP.findall(whole))
    filters = set(_FILTER.findall(_LITERAL.sub("''", code))) - FILTERS
    return faults + [
        f"the filter `{name}` in `{_short(source)}` is unknown{did_you_mean(name, FILTERS)}"
        for name in sorted(filters)
    ]


def _root(known: set[str]) -> str:
    return f"; a name starts with one of {', '.join(f'`{name}`' for name in sorted(known))}"


def _at(where: str, what: str) -> str:
    return f"{where}: {what}" if where else what


def _short(source: str) -> str:
    one_line = " ".join(source.split())
    return one_line if len(one_line) <= 60 else one_line[:57] + "..."
