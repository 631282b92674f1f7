"""What a history plays in: the vendors' manners, the link's policies, the hour, the mapping.

All of it is data that can be printed and read back, so a failing history is its own record. The
configuration is written as a user would write it, from the shipped example.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from sync_service.bootstrap import read_config
from sync_service.config import Config

EXAMPLES = Path(__file__).parents[2] / "config"
#: When histories begin. The zone of the site, America/Chicago, turns its clocks back at 7:00 UTC on
#: 1 November 2026 and forward at 8:00 UTC on 14 March 2027.
STARTS = {
    "day": datetime(2026, 9, 1, 14, 0, tzinfo=UTC),
    "autumn night": datetime(2026, 11, 1, 6, 40, tzinfo=UTC),
    "spring night": datetime(2027, 3, 14, 7, 55, tzinfo=UTC),
}
#: Seconds: what the systems may take to answer, and to show a write in a search.
TIMEOUT, INDEX_LAG, CLAIM = 4.0, 2.0, 5.0
SYSTEMS = ("incidentiq", "servicenow")
URLS = {"incidentiq": "127.0.0.1:8101", "servicenow": "127.0.0.1:8102"}

#: Positions of the simulators' switches that an adapter must live with, by side. The first is the
#: simulator's default.
SWITCHES: Mapping[str, Mapping[str, tuple[Any, ...]]] = {
    "incidentiq": {
        "index_lag": (0.0, 0.0, 0.7, 1.8),
        "rules": (True, True, False),
        "rule_comment": ("never", "never", "created", "status"),
        "comment_bumps": (False, True),
        "external_id": ("kept", "kept", "dropped"),
        "chosen_id": ("once", "refused", "ignored"),
        "status_echo": ("stale", "fresh"),
        "deleted_get": ("shown", "404"),
        "html": ("normalised", "kept"),
        "activity_dates": ("local", "utc", "utc_z"),
        "activity_order": ("newest first", "oldest first"),
        "deleted_activities": ("listed", "hidden"),
        "business_errors": ("status", "200"),
        "retry_after": ("body", "header", "both"),
        "unassigned": ("stub", "zero", "null"),
        "create_route": ("both", "create", "new"),
    },
    "servicenow": {
        "audit": ("readable", "readable", "empty"),
        "extra_update": (False, False, True),
        "autoreply": ("never", "never", "created"),
        "assign_starts": (False, True),
        "hold_policy": ("comments", "reason", "none"),
        "unknown_reference": ("raw", "dropped"),
        "invalid_query": ("ignored", "no_rows"),
        "zone": ("America/Chicago", "Europe/Zurich", "UTC"),
        "date_format": ("yyyy-MM-dd", "MM/dd/yyyy"),
    },
}
POLICIES: Mapping[str, tuple[str, ...]] = {
    "conflict": (
        "incidentiq",
        "incidentiq",
        "servicenow",
        "newest",
        "newest else servicenow",
        "ask",
    ),
    "edits": ("follow", "follow", "append", "ignore"),
    "internal": ("to servicenow", "to servicenow", "both", "never"),
    "automation": ("skip", "skip", "both"),
}


@dataclass(frozen=True)
class Revision:
    """The part of the configuration that changes while a history runs."""

    table: str = "shipped"
    """`other` maps Escalated to On Hold instead of In Progress."""
    room: bool = False
    """A line more: the custom field Room Access and `u_room`."""
    narrow: bool = False
    """Urgent tickets start no pair."""


@dataclass(frozen=True)
class Scenery:
    """One history's circumstances. `skew` is each vendor's clock less ours, in seconds."""

    start: str = "day"
    switches: Mapping[str, Mapping[str, Any]] = field(
        default_factory=lambda: {side: {} for side in SYSTEMS}
    )
    policies: Mapping[str, str] = field(
        default_factory=lambda: {name: options[0] for name, options in POLICIES.items()}
    )
    skew: tuple[float, float] = (0.0, 0.0)
    latency: float = 0.05

    @classmethod
    def draw(cls, random: Random) -> Scenery:
        """Draw circumstances."""
        return cls(
            random.choice(("day", "day", "day", "autumn night", "spring night")),
            {
                side: {name: random.choice(options) for name, options in table.items()}
                for side, table in SWITCHES.items()
            },
            {name: random.choice(options) for name, options in POLICIES.items()},
            (random.choice((0.0, 0.0, -2.0, 2.0)), random.choice((0.0, 0.0, -2.0, 2.0))),
            random.choice((0.0, 0.05, 0.4)),
        )

    def config(self, revision: Revision) -> Config:
        """Read the configuration of these circumstances, through the product's own reader."""
        return _config(tuple(sorted(self.policies.items())), revision)


@functools.cache
def _config(policies: tuple[tuple[str, str], ...], revision: Revision) -> Config:
    with TemporaryDirectory(prefix="sync-certify-") as folder:
        file = Path(folder) / "sync.yaml"
        file.write_text(_sync_yaml(dict(policies), revision))
        (Path(folder) / "helpdesk.mapping.yaml").write_text(_mapping(dict(policies), revision))
        return read_config(file)


def changed(text: str, *changes: tuple[str, str]) -> str:
    """Replace parts of a shipped example; one that is no longer there is an error."""
    for old, new in changes:
        if text.count(old) != 1:
            raise ValueError(f"the example no longer has {old!r} once")
        text = text.replace(old, new)
    return text


def _sync_yaml(policies: Mapping[str, str], revision: Revision) -> str:
    narrow = "\n    select: {incidentiq: not ticket.IsUrgent}" if revision.narrow else ""
    shown = changed(
        (EXAMPLES / "demo.yaml").read_text(),
        ("index_lag: 5s", f"index_lag: {INDEX_LAG:g}s\n    timeout: {TIMEOUT:g}s"),
        ("table: incident", f"table: incident\n    timeout: {TIMEOUT:g}s"),
        ("on_conflict: incidentiq", f"on_conflict: {policies['conflict']}{narrow}"),
    )
    return f"store: {{url: 'sqlite:///unused.db'}}\n{shown}"


def _mapping(policies: Mapping[str, str], revision: Revision) -> str:
    text = changed(
        (EXAMPLES / "helpdesk.mapping.yaml").read_text(),
        ("internal: to servicenow", f"internal: {policies['internal']}"),
        ("edits: follow ", f"edits: {policies['edits']} "),
        ("automation: skip ", f"automation: {policies['automation']} "),
    )
    if revision.table == "other":
        on_hold = "{servicenow: On Hold, with: {hold_reason: Awaiting Vendor}}"
        text = changed(text, ("Escalated: In Progress", f"Escalated: {on_hold}"))
    if revision.room:
        room = '  - {incidentiq: "Custom Fields.Room Access", servicenow: u_room}\n\non_create:'
        text = changed(text, ("\non_create:", room))
    return text
