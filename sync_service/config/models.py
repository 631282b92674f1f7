"""The settings of `sync.yaml` as pydantic models: what may be written where, and the defaults.

Cross-references (which system, which field) are checked after this, in `link`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    WithJsonSchema,
)

from sync_service.config.units import Age, Duration

#: Names end in keys that are read back at their colons (R15).
NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]*"
Name = Annotated[str, Field(pattern=f"^{NAME}$", max_length=60)]


#: Names of the past, which copies out there still carry.
Formerly = Annotated[
    list[Name], Field(description="names that it had before; copies carry them for good (R15)")
]


def no_follow(value: Any) -> Any:
    """Refuse what is not offered, and say what to do instead (R5)."""
    if value == "follow":
        raise ValueError(
            "cannot be `follow`: no system here can tell a deleted ticket from one that our user may"
            " no longer see, so a missing ticket only parks its pair. Leave the line out, and close"
            " the partner by hand"
        )
    return value


class Strict(BaseModel):
    """A block of settings that takes no word it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def since(value: Any) -> Any:
    """Read `all`, `now`, a date or a moment; a date means its first minute in UTC."""
    if value in ("all", "now") or isinstance(value, datetime):
        return value
    try:
        if isinstance(value, str) and len(value) == len("2026-08-01"):
            return datetime.combine(date.fromisoformat(value), time(), UTC)
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("is neither `all`, `now` nor a date like 2026-08-01") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Since = Annotated[
    Literal["all", "now"] | datetime,
    BeforeValidator(since),
    WithJsonSchema({"type": "string", "examples": ["now", "all", "2026-08-01"]}),
]


_STORE = re.compile(r"(sqlite(\+pysqlite)?:///.+|postgres(ql)?(\+psycopg)?://.+)", re.DOTALL)


def _store(url: SecretStr) -> SecretStr:
    """Refuse early what the store would refuse; its own reading of the URL is the last word."""
    said = url.get_secret_value()
    if not _STORE.fullmatch(said) or said.endswith(":memory:"):
        raise ValueError(
            "is no place for the store; write sqlite:///FILE or postgresql://USER@HOST/DATABASE"
        )
    return url


class Store(Strict):
    """Where pairs, intents and history are kept. `SYNC_DATABASE_URL` goes before `url`."""

    url: Annotated[SecretStr, AfterValidator(_store)] = Field(
        SecretStr("sqlite:///sync.db"),
        description="SQLAlchemy URL; a relative SQLite file is taken from the working directory",
    )


class Log(Strict):
    """How the log is written: `auto` is JSON unless it goes to a terminal."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"


class Health(Strict):
    """Where /healthz, /readyz and /metrics answer. `SYNC_OPS_HOST` and `SYNC_OPS_PORT` go before."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)


class Retention(Strict):
    """How long the store keeps what is over: an age, or `forever`.

    What is open is kept: problems, conflicts that wait for a person, and what both sides last
    showed, since the next merge is made against it.
    """

    history: Age = Field(timedelta(days=180), description="what happened to each ticket")
    problems: Age = Field(timedelta(days=90), description="problems that are closed")
    conflicts: Age = Field(
        timedelta(days=90), description="conflicts that are closed, or that a policy decided"
    )
    requests: Age = Field(timedelta(days=30), description="commands that were carried out")


class SystemSettings(BaseModel):
    """One ITSM. What else may stand here is the adapter's own, and checked by its own model."""

    model_config = ConfigDict(extra="allow", frozen=True)

    adapter: str = Field(examples=["incidentiq", "servicenow", "request_tracker"])
    formerly: Formerly = []


class FloodGuard(Strict):
    """How much change at once is a fault until a person says otherwise (R26)."""

    share: float = Field(0.5, gt=0, le=1, description="share of the link's pairs that may change")
    floor: int = Field(200, ge=1, description="this many tickets are always allowed")
    closed: float = Field(0.25, gt=0, le=1, description="share of the pairs that may be closed")
    created: float = Field(0.5, gt=0, description="new tickets, as a share of the pairs")


class BreakerGuard(Strict):
    """How often something may be rewritten within a time (R26)."""

    writes: int = Field(6, ge=2, description="one field of one pair")
    pair: int = Field(30, ge=2, description="one pair, all its fields and answers together")
    side: int = Field(2000, ge=2, description="all pairs on one side; never less than there are")
    within: Duration = timedelta(minutes=10)


class MissingGuard(Strict):
    """How many of the tickets asked for by id within an hour may be gone (R26)."""

    share: float = Field(0.1, gt=0, le=1, description="share of the tickets asked for")
    floor: int = Field(20, ge=1, description="this many missing tickets are always believed")


class Guards(Strict):
    """What stops a side that cannot be believed (docs/guards.md)."""

    flood: FloodGuard = FloodGuard()
    breaker: BreakerGuard = BreakerGuard()
    missing: MissingGuard = MissingGuard()
    self_test: Duration = Field(
        timedelta(hours=1), gt=timedelta(0), description="how often a filter is tried (R3)"
    )


class Sweep(Strict):
    """How whole pairs are compared, to find what no feed shows (R7, R26)."""

    every: Duration = Field(
        timedelta(hours=24), gt=timedelta(0), description="a whole round as often as this"
    )
    requests: int = Field(600, ge=0, description="requests an hour and system; 0: only on demand")
    differences: Literal["report", "repair"] = Field(
        "report", description="what becomes of pairs that stand apart though neither side changed"
    )


class LinkSettings(Strict):
    """Two systems, a mapping, a selection and policies. System names stand for sides."""

    between: Annotated[list[str], Field(min_length=2, max_length=2)]
    mapping: str | dict[str, Any] = Field(
        description="a mapping file beside this one, or the mapping itself"
    )
    since: Since = Field(description="tickets created before start no pair (R14)")
    every: Duration = Field(timedelta(seconds=60), gt=timedelta(0), description="poll interval")
    select: dict[str, str] = Field({}, description="per system, which tickets start syncing")
    create: str = Field("both", description="both | never | into SYSTEM")
    on_conflict: str = Field(
        "", description="SYSTEM | newest | newest else SYSTEM | ask; else the first of `between`"
    )
    on_adopt: str = Field("ask", description="SYSTEM | ask: who fills what differs at adoption")
    match: list[dict[str, str]] = Field([], description="fields by which tickets find each other")
    when_deselected: Literal["keep", "stop"] = "keep"
    forward: bool = Field(False, description="whether copies of other links start pairs here")
    sensitive: Literal["keep_home", "sync"] = "keep_home"
    deletes: Annotated[Literal["keep"], BeforeValidator(no_follow)] = "keep"
    sweep: Sweep = Sweep()
    guards: Guards = Guards()
    paused: bool = False
    formerly: Formerly = []


class Root(Strict):
    """The whole of `sync.yaml`."""

    instance: Name = Field(
        "main", description="part of every key (R15): give each installation its own, for good"
    )
    store: Store = Store()
    log: Log = Log()
    health: Health = Health()
    retention: Retention = Retention()
    systems: dict[Name, SystemSettings] = Field(min_length=1)
    links: dict[Name, LinkSettings] = Field(min_length=1)
