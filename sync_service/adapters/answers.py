"""Where answers become values: what nobody could make a value of is a named error, read or written.

An adapter's codecs count on documents of the vendor's own shape, and stop where one is of another:
by a `KeyError` as likely as by an error of ours. Here that gets its name. The surprise is the other
half: once a server took a write, nothing that fails afterwards may say that it was not done, since
the engine would forget its note of it and write a second time (R18).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sync_service.errors import (
    NeedsHuman,
    NotSent,
    Stale,
    SyncServiceError,
    TryLater,
    Unbelievable,
    UnknownOutcome,
    Unreadable,
    place,
)

#: What code raises that meets a value of another shape than it counts on.
MISSHAPEN = (
    ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError,
)  # fmt: skip


#: Rows of one question that names what it asks for; a server that shows more will never stop.
MOST_ROWS = 100_000


def count_rows(system: str, what: str, rows: int) -> None:
    """Raise `Unbelievable` where an answer that is read page by page does not end."""
    if rows > MOST_ROWS:
        raise Unbelievable(
            f"{system} showed more than {MOST_ROWS} {what} for one question, and did not end."
            " Nothing was taken from them. Look whether it heeds filters and pages."
        )


class Named(Protocol):
    """An adapter, as far as an error must name it."""

    @property
    def system(self) -> str:
        """The configured name of the system."""
        ...


A = TypeVar("A", bound=Named)
P = ParamSpec("P")
T = TypeVar("T")
R = TypeVar("R")
V = TypeVar("V")
Call = Callable[Concatenate[A, P], Awaitable[T]]
Same = Callable[Concatenate[A, P], Coroutine[Any, Any, T]]


def _named(error: SyncServiceError, adapter: Named) -> SyncServiceError:
    """Say whose error it is, unless it says so."""
    error.system = error.system or adapter.system
    return error


def reading(call: Call[A, P, T]) -> Same[A, P, T]:
    """Let a method that reads raise `Unreadable` for an answer that it cannot make a value of.

    What it raises names its system, so that no other side is stopped for it.
    """

    @wraps(call)
    async def read(adapter: A, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(adapter, *args, **kwargs)
        except SyncServiceError as error:
            _named(error, adapter)
            raise
        except MISSHAPEN as error:
            told = Unreadable(
                f"{adapter.system} answered in a shape that nobody can read ({place(error)}). It is"
                " asked again by itself. Look whether `url` leads to it and not to a proxy; if so,"
                " report that place."
            )
            raise _named(told, adapter) from error

    return read


def writing(call: Call[A, P, T]) -> Same[A, P, T]:
    """Let a method that writes raise `UnknownOutcome` for such an answer: it may have landed."""

    @wraps(call)
    async def write(adapter: A, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(adapter, *args, **kwargs)
        except SyncServiceError as error:
            _named(error, adapter)
            raise
        except MISSHAPEN as error:
            told = UnknownOutcome(
                f"{adapter.system} answered a write in a shape that nobody can read"
                f" ({place(error)}); a later read shows whether it landed"
            )
            raise _named(told, adapter) from error

    return write


def row_by_row(
    rows: Iterable[R], decode: Callable[[R], V], ident: Callable[[R], str]
) -> tuple[tuple[V, ...], dict[str, str]]:
    """Decode each row by itself: give the values, and by id what is wrong with the others.

    Raises what the first of them raised if several rows came and none could be read: then it is the
    answer that is misshapen. `ident` raises for a row without an id, which cannot be named either.
    """
    read: list[V] = []
    errors: dict[str, Exception] = {}
    for row in rows:
        try:
            read.append(decode(row))
        except (Unreadable, *MISSHAPEN) as error:
            errors[ident(row)] = error
    if len(errors) > 1 and not read:
        raise next(iter(errors.values()))
    return tuple(read), {name: _wrong(error) for name, error in errors.items()}


def _wrong(error: Exception) -> str:
    return str(error) if isinstance(error, Unreadable) else f"{place(error)}."


@contextmanager
def landed(system: str, what: str) -> Iterator[None]:
    """Raise `UnknownOutcome` for all that says "not done" in here: the server took the write."""
    try:
        yield
    except (TryLater, NeedsHuman, NotSent, Stale, *MISSHAPEN) as error:
        said = str(error) if isinstance(error, SyncServiceError) else place(error)
        raise UnknownOutcome(f"{system} took the call to {what}; then: {said}") from error
