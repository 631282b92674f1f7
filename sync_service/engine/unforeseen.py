"""Which system an error is of, and one that nobody foresaw in words that quote no ticket."""

from __future__ import annotations

from sync_service.errors import NeedsHuman, place


def told(system: str, error: BaseException) -> str:
    """Give the error's words, and before them the system's name where they do not hold it."""
    words = str(error)
    return words if system in words else f"{system}: {words}"


def misread(system: str, error: BaseException) -> NeedsHuman:
    """Give what a person is told of a system that could not be read for such an error."""
    return NeedsHuman(
        f"{system} answered in a way that nobody foresaw ({place(error)}). It is asked again by"
        " itself. Look whether `url` leads to it and not to a proxy; if so, report that place."
    )
