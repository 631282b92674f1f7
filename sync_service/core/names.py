"""What links and systems are called now, and were called before (R15, R27).

Copies carry the names of their day for good, in their key and in the origins of comments. So a
name that was given up is put into today's wherever one is read, and looked for beside today's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import product

from sync_service.core.values import Comment, Key, Origin, Ticket


@dataclass(frozen=True, slots=True)
class Names:
    """Each name of a link or system, today's and earlier ones, with today's.

    Where nothing is named, every name counts as known.
    """

    links: Mapping[str, str] = field(default_factory=dict)
    systems: Mapping[str, str] = field(default_factory=dict)

    def key(self, key: Key) -> Key:
        """Put a key into today's names."""
        link = self.links.get(key.link, key.link)
        return replace(key, link=link, system=self.systems.get(key.system, key.system))

    def origin(self, origin: Origin) -> Origin:
        """Put a comment's origin into today's names."""
        return replace(origin, system=self.systems.get(origin.system, origin.system))

    def forms(self, key: Key) -> tuple[str, ...]:
        """Give the key as copies may carry it: in today's names, and in all earlier ones."""
        links = _called(self.links, key.link)
        systems = _called(self.systems, key.system)
        return tuple(str(replace(key, link=a, system=b)) for a, b in product(links, systems))

    def today(self, ticket: Ticket) -> Ticket:
        """Put the origins of a ticket's comments into today's names."""
        if all(old == new for old, new in self.systems.items()):
            return ticket
        comments = tuple(self._said(one) for one in ticket.comments or ())
        return replace(ticket, comments=comments if ticket.comments is not None else None)

    def _said(self, comment: Comment) -> Comment:
        if comment.origin is None:
            return comment
        return replace(comment, origin=self.origin(comment.origin))

    def stranger(self, key: Key) -> str:
        """Give the name in a key that no link or system has or had; "" if there is none."""
        if self.links and key.link not in self.links:
            return key.link
        return key.system if self.systems and key.system not in self.systems else ""


def _called(names: Mapping[str, str], today: str) -> list[str]:
    earlier = sorted(old for old, new in names.items() if new == today != old)
    return [today, *earlier]


def renamed(text: str, names: Names) -> str:
    """Put a key or an origin that was noted as text into today's names; other texts stay."""
    if text.count(":") >= 3 and (key := Key.parse(text)) is not None:
        return str(names.key(key))
    origin = Origin.parse(text)
    return str(names.origin(origin)) if origin is not None else text
