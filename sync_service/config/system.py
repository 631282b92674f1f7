"""One configured system: its adapter's own settings, validated by the adapter's own model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel

from sync_service.config.check import secrets, validate
from sync_service.config.document import Document, Path
from sync_service.config.units import duration
from sync_service.core.expressions import did_you_mean

#: Settings of every system, whatever its adapter.
_OURS = frozenset({"adapter", "formerly"})
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class System:
    """One ITSM: `settings` is an instance of the model that was passed in for its adapter."""

    name: str
    adapter: str
    settings: BaseModel
    where: str = ""
    formerly: tuple[str, ...] = ()


def read_system(
    name: str,
    document: Document,
    models: Mapping[str, type[BaseModel]],
    fetched: frozenset[Path],
) -> System | None:
    """Validate one block under `systems:`; None after noting its problems."""
    path: Path = ("systems", name)
    data = document.data["systems"][name]
    if not isinstance(data, dict) or not isinstance(data.get("adapter"), str):
        return None  # noted with the root
    adapter = data["adapter"]
    if adapter not in models:
        hint = did_you_mean(adapter, models) or f"; there are {', '.join(sorted(models))}"
        document.fault((*path, "adapter"), f"there is no adapter `{adapter}`{hint}")
        return None
    model = models[adapter]
    given = {key: value for key, value in data.items() if key not in _OURS}
    settings = validate(model, _with_durations(model, given, document, path), document, path)
    if settings is None:
        return None
    at_home = _on_this_machine(data.get("url"))
    for written, _ in secrets(settings, path):
        if written not in fetched and not at_home:
            document.fault(
                written,
                f"`{written[-1]}` is a secret; keep it in a variable or a file and write"
                " `${ENV:NAME}` or `${FILE:path}` here",
            )
    formerly = tuple(map(str, data.get("formerly") or ()))
    return System(name, adapter, settings, document.where(path), formerly)


def _on_this_machine(url: Any) -> bool:
    """Tell whether a system is a simulator beside us, whose credentials are no secret."""
    return isinstance(url, str) and urlsplit(url).hostname in LOOPBACK


def _with_durations(
    model: type[BaseModel], given: dict[Any, Any], document: Document, path: Path
) -> dict[Any, Any]:
    """Read durations as people write them here, wherever a model asks for a timedelta."""
    read = dict(given)
    for name, info in model.model_fields.items():
        wanted = (info.annotation, *get_args(info.annotation))
        if timedelta not in wanted or not isinstance(given.get(name), str):
            continue
        try:
            read[name] = duration(given[name])
        except ValueError as error:
            document.fault((*path, name), f"`{name}` {error}")
            del read[name]
    return read
