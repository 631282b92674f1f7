"""Users by id and by e-mail address, asked once and remembered for a while.

Comments name users by id only, and a mapping knows people by e-mail address only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from sync_service.adapters.http import Response
from sync_service.adapters.incidentiq.api import GONE, REFUSED, ROOT, Api, envelope
from sync_service.adapters.incidentiq.shapes import Json, guid, part, text
from sync_service.core.outgoing import Touch
from sync_service.core.values import Person
from sync_service.errors import TryLater

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
        path = f"{ROOT}/users/{ident}"
        response = await self._api.look("GET", path, accept=(*REFUSED, *GONE))
        if response.status in REFUSED and await self._api.alive():
            return None
        return await self._read(response, path)

    async def _read(self, response: Response, path: str) -> Json | None:
        """Give the user that an answer holds; raise where it tells neither of one nor of none."""
        if response.status in GONE:
            return None
        if response.status in REFUSED:
            raise await self._api.refused(response, path)
        body = envelope(response)
        row = part(body, "Item") or body
        if "Item" in body or guid(row.get("UserId")):
            return row
        raise TryLater(f"{response.named} was answered with an object that is no user")

    async def named(self, told: Sequence[Touch]) -> Sequence[Touch]:
        """Name those who changed something by e-mail address or name, as far as we may know."""
        await self.learn({one.by for one in told if one.by})

        def by(one: Touch) -> str:
            found = self._people.get(one.by, Person(""))
            return found.email or found.name or one.by

        return [replace(one, by=by(one)) for one in told]

    async def id_of(self, email: str) -> str | None:
        """Find the active user with an e-mail address; case does not matter."""
        wanted = email.strip().lower()
        known = self._ids.get(wanted)
        if known and known[1] > self._clock():
            return known[0]
        path = f"{ROOT}/users/by-email/{self._site_id}/{quote(wanted, safe='')}"
        row = await self._by_email(path) if "@" in wanted else None
        found = _active(row or {}, wanted)
        kept = KNOWN_FOR if found else UNKNOWN_FOR
        self._ids[wanted] = (found, self._clock() + kept)
        if found and row:
            self._people[found] = _person(row)
        return found

    async def _by_email(self, path: str) -> Json | None:
        response = await self._api.look("GET", path, accept=(*REFUSED, *GONE))
        return await self._read(response, path)

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
