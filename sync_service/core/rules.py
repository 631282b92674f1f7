"""What configuration and adapters settle for a link, as one value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sync_service.core.comments import CommentRules
from sync_service.core.mapping import Line
from sync_service.core.merge import Policy
from sync_service.core.names import Names
from sync_service.core.outgoing import Traits
from sync_service.core.redaction import Redaction
from sync_service.core.settle import Patience
from sync_service.core.values import Comment, Side, Sides, Ticket, Value

#: What a vendor will show for a value: (field name, value) -> value.
Fit = Callable[[str, Value], Value]
#: Tells whether a ticket is selected; raises `ExpressionError` where that cannot be decided.
Select = Callable[[Ticket], bool]


@dataclass(frozen=True, slots=True)
class Rules:
    """A link's rules, ready to decide with.

    `since` is the moment before which tickets start no pair, None for `all` (R14). `create` holds
    the sides that tickets may be made on. `match` names the fields that join tickets which already
    know each other.
    """

    instance: str
    link: str
    systems: Sides[str]
    lines: tuple[Line, ...]
    policy: Policy
    comments: CommentRules
    traits: Sides[Traits]
    fit: Sides[Fit]
    creatable: Sides[Callable[[str], bool]]
    select: Sides[Select]
    patience: Patience
    signature: Callable[[Comment, str], str]
    since: datetime | None = None
    create: frozenset[Side] = frozenset(Side)
    match: tuple[Sides[str], ...] = ()
    forward: bool = False
    keep_home: bool = True
    stop_when_deselected: bool = False
    redaction: Redaction = field(default_factory=Redaction)
    names: Names = field(default_factory=Names)
    extras: Sides[Callable[[Ticket], dict[str, object]]] = field(
        default_factory=lambda: Sides(lambda _: {}, lambda _: {})
    )

    def keeps_home(self, ticket: Ticket) -> bool:
        """Tell whether nothing of this ticket may leave its system (R13)."""
        return self.keep_home and ticket.sensitive
