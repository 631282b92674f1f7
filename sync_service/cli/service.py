"""From a configuration file to a service: what every command that touches a store or system does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sync_service.errors import ConfigError

if TYPE_CHECKING:
    from sync_service.config import Config
    from sync_service.scheduling.opening import Opened
    from sync_service.scheduling.service import Service
    from sync_service.store import Store


def configured(file: Path, *, quiet: bool = False, style: str = "") -> Config:
    """Read the configuration and set up logging by it; raise ConfigError listing every problem.

    A `quiet` command logs warnings only: it speaks to a person, not to a log. `style` goes before
    the configuration's `log.format`.
    """
    from sync_service import log
    from sync_service.bootstrap import read_config

    log.set_up("warning")  # what is logged before the file was read
    config = read_config(file)
    level = config.log.level
    if quiet and level == "info":
        level = "warning"
    log.set_up(level, style or config.log.format, _secrets(config))
    return config


def _secrets(config: Config) -> list[str]:
    from sync_service.config.check import secrets

    settings = [system.settings for system in config.systems.values()]
    return [secret.get_secret_value() for one in settings for _, secret in secrets(one)]


def one_of_the_links(config: Config, name: str) -> list[str]:
    """Give the links that are meant: the one named, or all."""
    from sync_service.core.expressions import did_you_mean

    if name and name not in config.links:
        hint = did_you_mean(name, config.links) or f"; there are {', '.join(config.links)}"
        raise ConfigError([f"{config.file}: there is no link `{name}`{hint}"])
    return [name] if name else list(config.links)


@asynccontextmanager
async def at_work(config: Config, links: list[str]) -> AsyncIterator[Opened]:
    """Be the store's only writer for a while, with these links ready to run; raise `InUse`."""
    from sync_service.bootstrap import open_service
    from sync_service.scheduling.opening import open_links

    service = open_service(config)
    try:
        opened = await open_links(service, links)
    except BaseException:
        await service.close()
        raise
    try:
        yield opened
    finally:
        await opened.close()


@contextmanager
def stored(config: Config) -> Iterator[Store]:
    """Open the store to read it beside whoever works on it; raise ConfigError if it is not there."""
    from sync_service.store import Store

    store = Store.open(config.store_url.get_secret_value())
    try:
        if not store.at_head():
            problem = (
                f"{config.file}: the store is empty or not at this program's schema; run"
                " `sync-service db upgrade`, or start the daemon, which does it by itself"
            )
            raise ConfigError([problem])
        yield store
    finally:
        store.close()


@asynccontextmanager
async def connected(config: Config) -> AsyncIterator[Service]:
    """Make adapters and store, without taking the lock and before anything was asked."""
    from sync_service.bootstrap import open_service

    service = open_service(config)
    try:
        yield service
    finally:
        await service.close()
