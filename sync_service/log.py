"""Logging for the whole process: JSON in a container, a console on a terminal, nothing told that is not ours to tell.

A log line is an event name and facts. The surprise: an exception's message is left out and only
its type and the places it passed are kept, because messages of other libraries quote values, and
values are what tickets say.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "***"
#: A secret shorter than this would blank out ordinary words.
_SHORTEST = 6
_NAMES = re.compile(
    r"token|secret|password|passwd|authorization|cookie|credential|api_?key", re.IGNORECASE
)
_SHAPES = (
    (re.compile(r"\b(Bearer|Basic|token)(\s+)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), r"\1\2***"),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), r"\1:***@"),
)
#: What these tell at their usual level is our business to tell, or quotes addresses and queries.
_CHATTY = ("aiohttp", "alembic", "apscheduler", "asyncio", "httpx", "sqlalchemy", "uvicorn")

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def set_up(
    level: str = "info",
    style: str = "auto",
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
) -> None:
    """Send every log line of the process to `stream`, by default standard error.

    `style` is `json`, `console`, or `auto`: console on a terminal, else JSON. `secrets` are
    values that are blanked out wherever they turn up.
    """
    stream = stream or sys.stderr
    console = style == "console" or (style == "auto" and stream.isatty())
    shared = _processors(secrets)
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(shared, stream, console=console))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(number, logging.WARNING))
    logging.getLogger("stamina").setLevel(logging.ERROR)  # the engine tells the first failure


def _processors(secrets: Iterable[str]) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _trace,
        Redaction(secrets),
    ]


def _formatter(shared: list[Processor], stream: TextIO, *, console: bool) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
    if console:
        renderer = structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="at")
    return structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        foreign_pre_chain=[_first_line, *shared],
    )


class Redaction:
    """A processor that blanks out secrets: by the name of a fact, by value and by shape."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({one for one in secrets if len(one) >= _SHORTEST}, key=len)[::-1]

    def __call__(self, logger: WrappedLogger, method: str, event_dict: EventDict) -> EventDict:
        """Give the same facts without secrets."""
        return {
            key: HIDDEN if _NAMES.search(key) else self._clean(value)
            for key, value in event_dict.items()
        }

    def _clean(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {
                key: HIDDEN if _NAMES.search(str(key)) else self._clean(one)
                for key, one in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self._clean(one) for one in value]
        return value

    def text(self, text: str) -> str:
        """Give a text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        return text


def _first_line(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Keep a foreign message's first line: what follows may be the repr of anything."""
    event_dict["event"] = str(event_dict.get("event", "")).split("\n", 1)[0]
    return event_dict


def _trace(_: WrappedLogger, __: str, event_dict: EventDict) -> EventDict:
    """Put an exception's type and places in place of the exception."""
    raised = event_dict.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, BaseException):
        raised = (type(raised), raised, raised.__traceback__)
    if isinstance(raised, tuple) and raised[0] is not None:
        event_dict["raised"], event_dict["trace"] = places(raised)
    return event_dict


def places(raised: _ExcInfo) -> tuple[str, list[str]]:
    """Give an exception's type, with those of its causes, and where it passed, innermost last."""
    told: list[str] = []
    trace: list[str] = []
    error: BaseException | None = raised[1]
    while error is not None and len(told) < 5:
        told.append(
            f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
        )
        frames = traceback.extract_tb(error.__traceback__)
        trace += [f"{one.filename}:{one.lineno} {one.name}" for one in frames]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return " from ".join(told), trace
