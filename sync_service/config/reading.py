"""Reading a file of the configuration, never more of it than an honest one has."""

from __future__ import annotations

from pathlib import Path


class TooLarge(ValueError):
    """The file goes on past the bound; the message completes "the file ..."."""


def bounded(path: Path, most: int) -> str:
    """Give the file's text; raise `TooLarge`, UnicodeDecodeError or OSError.

    The bound holds for devices and pipes as well, whose size nobody can ask beforehand.
    """
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise TooLarge(f"is larger than {most} bytes")
    return content.decode("utf-8")
