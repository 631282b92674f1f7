"""`status` and `health`: how things stand, from the store and from the running daemon."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sync_service.cli import edge
from sync_service.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, LinkOption
from sync_service.errors import ConfigError

if TYPE_CHECKING:
    from sync_service.config import Config
    from sync_service.store import LinkStatus, Store

_PATIENCE = 4.0


def status(
    config: ConfigOption = DEFAULT_CONFIG, link: LinkOption = "", as_json: JsonOption = False
) -> None:
    """Show every link: pairs, what is due, problems, conflicts, and when each side was last read."""
    with edge.edge(as_json=as_json):
        from sync_service.cli.service import configured, one_of_the_links, stored

        read = configured(config, quiet=True)
        with stored(read) as store:
            told = {
                "daemon": store.locked_by(),
                "links": {name: _link(read, store, name) for name in one_of_the_links(read, link)},
                "problems": len(store.problems()),
            }
        if as_json:
            edge.show(told)
        else:
            _tell(told)


def _link(config: Config, store: Store, name: str) -> dict[str, Any]:
    from sync_service.cli.swept import as_data
    from sync_service.core.judgement import dumped
    from sync_service.core.values import Side

    now = datetime.now(UTC)
    state, link = store.status(name, now), config.links[name]
    return {
        "state": _word(state, paused=state.state.paused or link.paused),
        "why": state.state.reason or _why(store, name, state),
        "plan": dumped(plan) if (plan := state.state.plan) else None,
        "pairs": sum(state.pairs.values()),
        "half": state.half,
        "parked": {str(one): count for one, count in state.pairs.items()}.get("parked", 0),
        "due": state.backlog.due,
        "later": state.backlog.later,
        "unsettled": state.open_notes,
        "problems": state.problems,
        "codes": dict(state.codes),
        "conflicts": state.conflicts,
        "asked": state.asked,
        "sides": {
            link.systems.of(side): {
                "read": feed.pulled_at,
                "backfilled": feed.done,
                "doubt": feed.doubt,
            }
            for side in Side
            if (feed := state.feeds.get(side)) is not None
        },
        "sweep": as_data(state.sweep, link.systems),
    }


def _stops(status: LinkStatus) -> list[str]:
    """List the guards that stop the link now."""
    from sync_service.core.guard import RUNAWAY, STOPS

    return [code for code in (*STOPS, RUNAWAY) if status.codes.get(code)]


def _why(store: Store, name: str, status: LinkStatus) -> str:
    """Give what those guards say, with the command that goes on."""
    codes = _stops(status)
    shown = [row for code in codes for row in store.problems(link=name, code=code)]
    return " ".join(row.problem.message for row in shown)


def _word(status: LinkStatus, *, paused: bool) -> str:
    state = status.state
    if state.pending is not None:
        judged = state.plan is None or state.plan.waits
        return "waits for accept" if judged else "judges its changed configuration"
    if stops := _stops(status):
        return f"stopped by a guard ({', '.join(stops)})"
    return "paused" if paused else "runs"


def _plan(told: dict[str, Any]) -> str:
    """Say what a changed configuration would write, as far as its plan is made."""
    from sync_service.core.judgement import in_words, loaded

    plan = loaded(told)
    parts = ", ".join(plan.parts)
    if plan.lost:
        return f"  lost: {'; '.join(plan.lost)} left"
    if not plan.writes:
        return f"  changed: {parts}; nothing to write in {plan.planned} pairs so far"
    return f"  changed: {parts}; {in_words(plan)}"


def _tell(told: dict[str, Any]) -> None:
    holder = told["daemon"]
    edge.say(f"daemon: {holder or 'none is running'}")
    for name, one in told["links"].items():
        edge.say(
            f"{name}: {one['state']}; {one['pairs']} pairs ({one['half']} half, {one['parked']}"
            f" parked), {one['due']} due, {one['later']} later, {one['unsettled']} unsettled,"
            f" {one['problems']} problems, {one['asked']} conflicts wait of {one['conflicts']}"
        )
        if one["plan"]:
            edge.say(_plan(one["plan"]))
        elif one["why"]:
            edge.say(f"  {one['why']}")
        if one["codes"]:
            kinds = ", ".join(f"{count} {code}" for code, count in sorted(one["codes"].items()))
            edge.say(f"  problems: {kinds}")
        for system, side in one["sides"].items():
            when = side["read"].isoformat(timespec="seconds") if side["read"] else "never"
            more = "" if side["backfilled"] else ", backfill under way"
            doubt = f", in doubt: {side['doubt']}" if side["doubt"] else ""
            edge.say(f"  {system}: last read {when}{more}{doubt}")
        _tell_sweep(one["sweep"], one["pairs"])
    if told["problems"]:
        edge.say(f"{told['problems']} open problems: see `sync-service problems list`")


def _tell_sweep(told: dict[str, Any], pairs: int) -> None:
    """Say how far the walk over all pairs has come, and how the last one ended."""
    from sync_service.cli.swept import lines_of

    if told["now"]:
        due = told["now"]["next"]
        edge.say(
            f"  sweep: under way, {told['now']['pairs']} of {pairs} pairs"
            + (
                f"; its budget allows more from {due.isoformat(timespec='seconds')} on"
                if due
                else ""
            )
        )
    elif told["asked"]:
        edge.say("  sweep: asked for")
    if told["last"]:
        at = told["last"]["at"].isoformat(timespec="seconds")
        first, *found = lines_of(f"last sweep {at}", told["last"])
        edge.say(f"  {first}")
        for line in found:
            edge.say(f"  {line}")


def health(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Ask the running daemon whether it is ready; exit 0 if it is. For health checks."""
    with edge.edge(as_json=as_json):
        url = f"http://{_address(config)}/readyz"
        ready, told = _ask(url)
        if as_json:
            edge.show(told)
        elif ready:
            edge.say("ready")
        else:
            for reason in told.get("reasons", ()):
                edge.warn(reason)
        raise typer.Exit(0 if ready else int(edge.Exit.AGAIN))


def _address(config: Path) -> str:
    """Read only where the daemon answers: a health check is run often and must be quick."""
    from sync_service.config.document import read
    from sync_service.config.models import Health

    try:
        data = read(config.read_text(encoding="utf-8"), str(config)).data
    except OSError as error:
        raise ConfigError([f"{config}: {error.strerror}; name it with --config"]) from error
    block = data.get("health") if isinstance(data, dict) else None
    given = Health.model_validate(block if isinstance(block, dict) else {})
    host = os.environ.get("SYNC_OPS_HOST") or given.host
    port = os.environ.get("SYNC_OPS_PORT") or given.port
    if host in ("0.0.0.0", "::", ""):
        host = "127.0.0.1"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _ask(url: str) -> tuple[bool, dict[str, Any]]:
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as reply:  # noqa: S310 - http only
            return True, json.load(reply)
    except urllib.error.HTTPError as error:
        try:
            return False, json.load(error)
        except ValueError:
            return False, {"ready": False, "reasons": [f"{url} answered {error.code}"]}
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", error)
        reason = f"no daemon answers at {url} ({why}); is `sync-service run` up?"
        return False, {"ready": False, "reasons": [reason]}
