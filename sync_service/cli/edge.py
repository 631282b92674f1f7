"""Where errors end: one clear message each, and an exit code that a script can act on.

Messages go to standard error and, with `--json`, as an object to standard output too.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from enum import IntEnum
from typing import Any, NoReturn

import typer

from sync_service.errors import ConfigError, NeedsHuman, SyncServiceError, unquoted


class Exit(IntEnum):
    """What a command's end asks of its caller."""

    LEVEL = 0
    AGAIN = 1
    CONFIG = 2
    PERSON = 3


@contextmanager
def edge(*, as_json: bool = False) -> Iterator[None]:
    """Turn whatever a command raises into a message and an exit code."""
    try:
        yield
    except ConfigError as error:
        _end(Exit.CONFIG, "configuration", error.problems, as_json=as_json)
    except NeedsHuman as error:
        _end(Exit.PERSON, "needs a person", (unquoted(str(error)),), as_json=as_json)
    except SyncServiceError as error:
        _end(Exit.AGAIN, "try again", (unquoted(str(error)),), as_json=as_json)
    except (typer.Exit, typer.Abort):
        raise
    except BrokenPipeError:  # whoever read us has had enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(int(Exit.AGAIN)) from None
    except Exception as error:  # noqa: BLE001 - the last place that can tell it kindly
        _end(Exit.AGAIN, "try again", (_unforeseen(error),), as_json=as_json)


def _end(code: Exit, kind: str, messages: tuple[str, ...], *, as_json: bool) -> NoReturn:
    for message in messages:
        print(message, file=sys.stderr)
    if as_json:
        show({"error": kind, "messages": list(messages), "exit": int(code)})
    raise typer.Exit(int(code))


def _unforeseen(error: Exception) -> str:
    from sync_service.log import places

    kind, trace = places((type(error), error, error.__traceback__))
    return (
        f"This is a mistake in sync-service, not yours: {kind} at {trace[-1] if trace else '?'}."
        " Nothing is lost; run the command again, and report it with these places:\n  "
        + "\n  ".join(trace)
    )


def show(told: Mapping[str, Any]) -> None:
    """Print one JSON object."""
    json.dump(told, sys.stdout, ensure_ascii=False, default=_plain)
    print(flush=True)


def say(line: str = "") -> None:
    """Print a line for a person."""
    print(line, flush=True)


def warn(line: str) -> None:
    """Print a line for a person beside the result."""
    print(line, file=sys.stderr, flush=True)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
