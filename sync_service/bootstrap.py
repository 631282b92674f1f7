"""The composition root: the only place that names concrete classes.

Everything else takes what it needs as arguments. Adapters of third parties come in through the
entry point group `sync_service.adapters`; ours need no installation to be found.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sync_service.adapters.base import Adapter
from sync_service.adapters.redacting import redacting
from sync_service.config import Config, Link, bind, load
from sync_service.core.expressions import Expression
from sync_service.core.mapping_extras import render_extras, sign
from sync_service.core.mapping_line import documents
from sync_service.core.merge import Policy
from sync_service.core.outgoing import Births
from sync_service.core.rules import Rules, Select
from sync_service.core.settle import Patience
from sync_service.core.values import Comment, Side, Sides, Ticket
from sync_service.engine.link import LinkAtWork, Walk
from sync_service.errors import ConfigError, NeedsHuman
from sync_service.scheduling.clock import SteadyClock, now_utc
from sync_service.scheduling.service import Clock, Service
from sync_service.store import AsyncStore, Run, Store

Factory = Callable[[str, Mapping[str, Any], Clock], Adapter]

_OURS = ("incidentiq", "memory", "request_tracker", "servicenow")
#: How long after noting a write it may still be sent (R16).
CLAIM = timedelta(seconds=5)


@cache
def factories() -> Mapping[str, Factory]:
    """Give the factory of every adapter there is, ours and those of installed packages."""
    found: dict[str, Factory] = {
        name: import_module(f"sync_service.adapters.{name}").factory for name in _OURS
    }
    for entry in entry_points(group="sync_service.adapters"):
        if entry.name not in found:
            found[entry.name] = entry.load()
    return found


@cache
def settings_models() -> Mapping[str, type[BaseModel]]:
    """Give each adapter's settings model: the `Settings` beside its factory."""
    return {name: sys.modules[factory.__module__].Settings for name, factory in factories().items()}


def read_config(path: Path | str, env: Mapping[str, str] | None = None) -> Config:
    """Read and check a configuration offline; raise `ConfigError` listing every problem."""
    config = load(path, settings_models(), env)
    kinds = {name: adapter.kind for name, adapter in make_adapters(config).items()}
    return replace(config, links=_bound(config, kinds))


def _bound(config: Config, kinds: Mapping[str, Callable[[str], Any]]) -> Mapping[str, Link]:
    """Put field kinds into the lines of every link, and raise all their problems at once."""
    bound: dict[str, Link] = {}
    problems: list[str] = []
    for name, link in config.links.items():
        try:
            bound[name] = bind(
                link,
                lambda system, field: kinds[system](field),
                field_names(config),
                births(config),
            )
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems)
    return bound


def field_names(config: Config) -> Callable[[str], Sequence[str]]:
    """Give each system's built-in field names, for "did you mean"."""

    def names(system: str) -> Sequence[str]:
        adapter = config.systems[system].adapter
        module = sys.modules[factories()[adapter].__module__]
        return tuple(getattr(module, "FIELD_NAMES", ()))

    return names


def births(config: Config) -> Callable[[str], Births | None]:
    """Give what each system says of its new tickets; None where its adapter says nothing."""

    def of(system: str) -> Births | None:
        adapter = config.systems[system].adapter
        module = sys.modules[factories()[adapter].__module__]
        return getattr(module, "BIRTHS", None)

    return of


def make_adapters(config: Config, clock: Clock = now_utc) -> dict[str, Adapter]:
    """Make an adapter for each system; nothing is connected yet."""
    return {
        name: factories()[system.adapter](
            name, system.settings.model_dump(exclude_unset=True), clock
        )
        for name, system in config.systems.items()
    }


def open_service(config: Config) -> Service:
    """Make the adapters and open the store of a configuration, all by one clock."""
    clock = SteadyClock()
    store = Store.open(config.store_url.get_secret_value(), clock)
    adapters = make_adapters(config, clock)
    return Service(config, adapters, store, at_work, clock, clock.not_before)


def rules_of(config: Config, link: Link, adapters: Sides[Adapter], since: datetime) -> Rules:
    """Settle a link's rules from configuration and started adapters.

    `since` is when the link first ran, for `since: now` (R14).
    """
    mapping, systems = link.mapping, link.systems
    traits = adapters.map(lambda one: one.traits)
    return Rules(
        instance=config.instance,
        link=link.name,
        systems=systems,
        lines=mapping.lines,
        policy=Policy(link.on_conflict, link.on_adopt, newest=link.newest),
        comments=mapping.comments,
        traits=traits,
        fit=adapters.map(lambda one: one.fit),
        creatable=adapters.map(lambda one: one.creatable),
        select=Sides.build(lambda side: _selects(link.select.of(side), systems.of(side))),
        patience=_patience(adapters),
        signature=lambda comment, system: _signature(link, comment, system),
        since=_since(link, since),
        create=link.create,
        match=link.match,
        forward=link.forward,
        keep_home=link.keep_home,
        stop_when_deselected=link.stop_when_deselected,
        redaction=mapping.redaction,
        names=config.names,
        extras=Sides.build(lambda side: _extras(link, side)),
    )


def _since(link: Link, first_run: datetime) -> datetime | None:
    if isinstance(link.since, datetime):
        return link.since
    return first_run if link.since == "now" else None


def _patience(adapters: Sides[Adapter]) -> Patience:
    traits = adapters.map(lambda one: one.traits)
    lag = max(traits.left.index_lag, traits.right.index_lag)
    return Patience(
        settle=traits.map(lambda one: one.index_lag),
        suspect=CLAIM + max(traits.left.timeout, traits.right.timeout) + lag,
        exact=traits.map(lambda one: one.exact_version),
    )


def _selects(expression: Expression | None, system: str) -> Select:
    """Bind a selection to its system; without one every ticket is selected."""

    def selects(ticket: Ticket) -> bool:
        if expression is None:
            return True
        return expression.holds(documents(ticket, system, expression.needs))

    return selects


def _signature(link: Link, comment: Comment, system: str) -> str:
    return sign(link.mapping.signature, comment, system)


def _extras(link: Link, side: Side) -> Callable[[Ticket], dict[str, object]]:
    """Give what a ticket made on `side` needs besides the lines, from its near ticket."""
    needs, near = link.mapping.on_create.of(side), link.systems.of(side.far)
    return lambda ticket: render_extras(needs, ticket, near)


def _bound_live(service: Service, link: Link) -> Link:
    """Bind a link's lines to fields as the started systems know them, custom ones included."""
    try:
        return bind(
            link,
            lambda system, field: service.adapters[system].kind(field),
            field_names(service.config),
        )
    except ConfigError as error:
        raise NeedsHuman("\n".join(error.problems)) from error


def at_work(
    service: Service, link: Link, store: AsyncStore, run: Run, since: datetime
) -> LinkAtWork:
    """Make a link ready to run; its adapters must have been started."""
    redaction = link.mapping.redaction
    adapters = link.systems.map(lambda name: redacting(service.adapters[name], redaction))

    def renewed() -> Rules:
        live = _bound_live(service, link)
        return rules_of(service.config, live, adapters, since)

    return LinkAtWork(
        rules_of(service.config, link, adapters, since),
        adapters,
        store,
        run,
        service.clock,
        claim=CLAIM,
        flood=link.flood,
        breaker=link.breaker,
        self_test=link.self_test,
        walk=Walk(link.pace, link.missing),
        renew=renewed,
    )
