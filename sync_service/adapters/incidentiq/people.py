"""Users by id and by e-mail address, asked once and remembered for a while.

Comments name users by id only, and a mapping knows people by e-mail address only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from sync_service.adapters.incidentiq.api import GONE, REFUSED, ROOT, Api, envelope
from sync_service.adapters.incidentiq.shapes import Json, guid, part, text
from sync_service.core.values import Person

KNOWN_FOR = timedelta(hours=1)
UNKNOWN_FOR = timedelta(minutes=5)


class Directory:
    """The people of a site, as far as they were met."""

    def __init__(self, api: Api, site_id: str, clock: Callable[[], datetime]) -> None:
        self._api, self._site_id, self._clock = api, site_id, clock
        self._people: dict[str, Person] = {}
        self._ids: dict[str, tuple[str | None, datetime]] = {}

    @property
    def people(self) -> Mapping[str, Person]:
        """Everybody met so far, by id."""
        return self._people

    async def learn(self, ids: Iterable[str]) -> None:
        """Look up users by id; one that we may not see is remembered without a name."""
        missing = sorted(set(ids) - set(self._people))
        for ident, row in zip(missing, await asyncio.gather(*map(self.user, missing)), strict=True):
            self._people[ident] = _person(row or {})

    async def user(self, ident: str) -> Json | None:
        """Read one user; None if there is none, or none that we may see."""
        return await self._one(f"{ROOT}/users/{ident}")

    async def _one(self, path: str) -> Json | None:
        response = await self._api.look("GET", path, accept=(*REFUSED, *GONE))
        if response.status in (*REFUSED, *GONE):
            return None
        body = envelope(response)
        return part(body, "Item") or body

    async def id_of(self, email: str) -> str | None:
        """Find the active user with an e-mail address; case does not matter."""
        wanted = email.strip().lower()
        known = self._ids.get(wanted)
        if known and known[1] > self._clock():
            return known[0]
        path = f"{ROOT}/users/by-email/{self._site_id}/{quote(wanted, safe='')}"
        row = await self._one(path) if "@" in wanted else None
        found = _active(row or {}, wanted)
        kept = KNOWN_FOR if found else UNKNOWN_FOR
        self._ids[wanted] = (found, self._clock() + kept)
        if found and row:
            self._people[found] = _person(row)
        return found

    async def known(self, emails: Iterable[str]) -> frozenset[str]:
        """Tell which addresses belong to active users, spelled as they were asked."""
        asked = sorted(set(emails))
        ids = await asyncio.gather(*map(self.id_of, asked))
        return frozenset(email for email, ident in zip(asked, ids, strict=True) if ident)


def _person(row: Json) -> Person:
    name = text(row.get("Name")) or text(row.get("FullName")) or ""
    return Person(name, (text(row.get("Email")) or "").strip().lower())


def _active(row: Json, email: str) -> str | None:
    """Take a user only if it is the one asked for, and neither deleted nor switched off."""
    if (text(row.get("Email")) or "").strip().lower() != email:
        return None
    return None if row.get("IsDeleted") or row.get("IsActive") is False else guid(row.get("UserId"))
