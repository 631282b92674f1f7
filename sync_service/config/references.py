"""Values that stand elsewhere: `${ENV:NAME}` and `${FILE:path}`.

They are taken only as whole values, so that no text ever contains a secret by accident. What was
fetched is remembered by its path and never quoted in a message.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from sync_service.config.document import Document, Path
from sync_service.config.reading import TooLarge, bounded

#: A key or certificate is far smaller.
MOST_BYTES = 65_536
_WHOLE = re.compile(r"\$\{(ENV|FILE):([^{}]+)\}")
_ANY = re.compile(r"\$\{\s*\w+\s*[:}]")


def resolve(document: Document, folder: FilePath, env: Mapping[str, str]) -> frozenset[Path]:
    """Put the values in place; give the paths that were fetched, and note what is missing.

    File paths are taken from `folder` unless they are absolute; a line end that closes the file
    does not count.
    """
    fetched: set[Path] = set()

    def walk(value: Any, path: Path) -> Any:
        if isinstance(value, dict):
            return {key: walk(item, (*path, str(key))) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, place)) for place, item in enumerate(value)]
        if not isinstance(value, str) or not _ANY.search(value):
            return value
        match = _WHOLE.fullmatch(value.strip())
        if match is None:
            document.fault(
                path, "write `${ENV:NAME}` or `${FILE:path}`; it must be the whole value"
            )
            return value
        fetched.add(path)
        look_up = _from_env if match[1] == "ENV" else _from_file
        return look_up(document, path, match[2].strip(), folder, env)

    document.data = walk(document.data, ())
    return frozenset(fetched)


def _from_env(
    document: Document, path: Path, name: str, _folder: FilePath, env: Mapping[str, str]
) -> str:
    found = env.get(name, "")
    if not found:
        state = "is empty" if name in env else "is not set"
        document.fault(path, f"the environment variable {name} {state}; set it and start again")
    return found


def _from_file(
    document: Document, path: Path, name: str, folder: FilePath, _env: Mapping[str, str]
) -> str:
    try:
        found = bounded(folder / name, MOST_BYTES).rstrip("\r\n")
    except TooLarge as error:
        document.fault(path, f"the file {name} {error}; no secret is, so name another file")
        return ""
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        shut = isinstance(error, PermissionError)
        todo = f"let user {os.getuid()} read it" if shut else "put the value there"
        document.fault(path, f"the file {name} cannot be read: {why}; {todo}")
        return ""
    if not found:
        document.fault(path, f"the file {name} is empty; put the value there")
    return found
