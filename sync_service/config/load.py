"""Read the configuration: one file and the mapping files beside it, all problems at once."""

from __future__ import annotations

import os
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from sync_service.config.check import validate
from sync_service.config.document import Document, Fault, Mark, Path, read
from sync_service.config.former import check, names
from sync_service.config.link import Link, LinkReader, between
from sync_service.config.mapping import Mapping, read_mapping
from sync_service.config.models import Health, LinkSettings, Log, Retention, Root
from sync_service.config.overlap import hints
from sync_service.config.reading import TooLarge, bounded
from sync_service.config.references import resolve
from sync_service.config.system import System, read_system
from sync_service.core.expressions import did_you_mean
from sync_service.core.names import Names
from sync_service.core.values import Sides
from sync_service.errors import ConfigError

#: A mapping file has no business being larger.
MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that the configuration says, checked as far as it can be offline.

    `warnings` are lines for `validate` that stop nothing. `store_url` may hold a password.
    """

    file: str
    instance: str
    store_url: SecretStr
    log: Log
    health: Health
    retention: Retention
    systems: AbstractMapping[str, System]
    links: AbstractMapping[str, Link]
    warnings: tuple[str, ...] = ()

    @property
    def names(self) -> Names:
        """Every name of a link or system, today's and earlier ones, with today's."""
        return names(self.links, self.systems)


def load(
    path: FilePath | str,
    settings_models: AbstractMapping[str, type[BaseModel]],
    env: AbstractMapping[str, str] | None = None,
) -> Config:
    """Read `path` and its mapping files; raise `ConfigError` listing every problem.

    `settings_models` has each adapter's own settings model by the adapter's name. `env` is where
    `${ENV:NAME}` looks, by default the process environment; in it `SYNC_DATABASE_URL`,
    `SYNC_OPS_HOST` and `SYNC_OPS_PORT` go before what the file says.
    """
    env = os.environ if env is None else env
    main = FilePath(path)
    document = _read(main, str(main))
    if document.faults:
        raise ConfigError([str(fault) for fault in sorted(document.faults)])
    return _Loading(main, document, settings_models, env).run()


@dataclass(slots=True)
class _Loading:
    """One load: the main document and the mapping files read so far."""

    main: FilePath
    document: Document
    models: AbstractMapping[str, type[BaseModel]]
    env: AbstractMapping[str, str]

    def run(self) -> Config:
        fetched = resolve(self.document, self.main.parent, self.env)
        data = self.document.data
        self._apply_environment(data)
        root = validate(Root, data, self.document)
        systems = self._systems(data, fetched)
        if root is not None:
            self._refuse_written_password(root, fetched)
        documents: dict[str, Document] = {}
        links = self._links(data, documents)
        for kind in ("links", "systems"):
            check(self.document, kind)
        everything = [self.document, *documents.values()]
        if root is None or any(one.faults for one in everything):
            raise ConfigError(self._problems(everything))
        return Config(
            file=str(self.main),
            instance=root.instance,
            store_url=root.store.url,
            log=root.log,
            health=root.health,
            retention=root.retention,
            systems=systems,
            links=links,
            warnings=(*(str(one) for doc in everything for one in doc.hints), *hints(links)),
        )

    def _apply_environment(self, data: Any) -> None:
        """Let the environment go before the file, as containers want it."""
        for variable, block, name in (
            ("SYNC_DATABASE_URL", "store", "url"),
            ("SYNC_OPS_HOST", "health", "host"),
            ("SYNC_OPS_PORT", "health", "port"),
        ):
            if self.env.get(variable) and isinstance(data, dict):
                block_data = data.setdefault(block, {})
                if isinstance(block_data, dict):
                    block_data[name] = self.env[variable]

    def _refuse_written_password(self, root: Root, fetched: frozenset[Path]) -> None:
        path: Path = ("store", "url")
        url = urlsplit(root.store.url.get_secret_value())
        if url.password and path not in fetched and not self.env.get("SYNC_DATABASE_URL"):
            self.document.fault(
                path, "a password is no part of this file; write `url: ${ENV:SYNC_DATABASE_URL}`"
            )

    def _systems(self, data: Any, fetched: frozenset[Path]) -> dict[str, System]:
        blocks = data.get("systems") if isinstance(data, dict) else None
        if not isinstance(blocks, dict):
            return {}
        read_ones = {
            str(name): read_system(str(name), self.document, self.models, fetched)
            for name in blocks
            if isinstance(name, str)
        }
        return {name: system for name, system in read_ones.items() if system is not None}

    def _links(self, data: Any, documents: dict[str, Document]) -> dict[str, Link]:
        """Read each link as far as it can be read, also where other parts are wrong."""
        blocks = data.get("links") if isinstance(data, dict) else None
        links: dict[str, Link] = {}
        for name, block in blocks.items() if isinstance(blocks, dict) else ():
            path: Path = ("links", str(name))
            given = validate(LinkSettings, block, self.document, path)
            named = block.get("between") if isinstance(block, dict) else None
            at = (*path, "between")
            pair = between(named, data.get("systems"), self.document, at)
            if pair is None:
                continue
            mapping = self._mapping(block.get("mapping"), (*path, "mapping"), pair, documents)
            if given is not None:
                reader = LinkReader(self.document, path, pair)
                links[str(name)] = reader.read(str(name), given, mapping)
        return links

    def _mapping(
        self, given: Any, path: Path, pair: Sides[str], documents: dict[str, Document]
    ) -> Mapping:
        if isinstance(given, dict):
            return read_mapping(given, self.document, path, pair)
        if not isinstance(given, str):
            return Mapping()  # noted with the link
        file = self.main.parent / given
        if not file.is_file():
            self.document.fault(path, _no_file(file, given))
            return Mapping()
        document = documents.setdefault(given, _read(file, str(file)))
        if document.data is None and document.faults:
            return Mapping()
        return read_mapping(document.data, document, (), pair)

    @staticmethod
    def _problems(documents: list[Document]) -> list[str]:
        return [str(fault) for one in documents for fault in sorted(one.faults)]


def _no_file(file: FilePath, given: str) -> str:
    """Say that a mapping file is not there, and which one may be meant."""
    if file.is_dir():
        return f"{given} is a folder; name a mapping file"
    there = [one.name for one in file.parent.glob("*.y*ml")] if file.parent.is_dir() else []
    hint = did_you_mean(file.name, there)
    return f"there is no mapping file {given} beside this one{hint or '; make it, or correct this'}"


def _read(path: FilePath, name: str) -> Document:
    """Read one file; what cannot be read is a fault of its document."""
    try:
        return read(bounded(path, MOST_BYTES), name)
    except TooLarge as error:
        return _unread(name, f"{error}; split it")
    except UnicodeDecodeError:
        return _unread(name, "is not UTF-8 text; save it as UTF-8")
    except OSError as error:
        why = error.strerror or "it cannot be read"
        return _unread(name, f"{why}; give the right file with --config or SYNC_CONFIG")


def _unread(name: str, why: str) -> Document:
    return Document(name, faults=[Fault(name, Mark(), why)])
