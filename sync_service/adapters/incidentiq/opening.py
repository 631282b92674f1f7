"""What is learnt before anything is synced: that we are let in, who we are, and the site's zone."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sync_service.adapters.incidentiq.api import NOT_FOUND, REFUSED, ROOT, SETTINGS_ROUTE, Api
from sync_service.adapters.incidentiq.feed import AHEAD, CHANGED
from sync_service.adapters.incidentiq.lists import CustomField, Lists
from sync_service.adapters.incidentiq.people import Directory
from sync_service.adapters.incidentiq.settings import Settings
from sync_service.adapters.incidentiq.shapes import Json, guid, part, text
from sync_service.adapters.incidentiq.zone import Zone
from sync_service.errors import NeedsHuman

ZONE_NAMES = ("TimeZone", "TimeZoneId", "TimeZoneName", "TimeZoneInfoId", "SiteTimeZone")
ME_ROUTES = (f"{ROOT}/users/my", f"{ROOT}/login")
SITE_USERS = ("SystemUserId", "AnonymousUserId")


@dataclass(frozen=True, slots=True)
class Opening:
    """What `open_site` found. `robots` are ids under which the site itself writes."""

    me: str
    zone: Zone
    robots: frozenset[str]


async def open_site(api: Api, people: Directory, settings: Settings) -> Opening:
    """Learn who we are and how the site tells time; raise saying what to do about it."""
    site, told = await _site(api, settings)
    newest = await api.search(CHANGED, 1, 0)
    zone = _zone(site, settings, api.http.system)
    _check(zone, newest.rows, newest.clock, settings, api.http.system)
    me = await _me(api, people, settings, told)
    robots = {guid(site.get(name)) for name in SITE_USERS} - {None}
    return Opening(me, zone, frozenset(str(one) for one in robots))


async def _site(api: Api, settings: Settings) -> tuple[Json, str | None]:
    body = await api.ask("GET", SETTINGS_ROUTE)
    site = part(body, "Item")
    shown = guid(site.get("SiteId"))
    if shown and shown != settings.site_id:
        raise NeedsHuman(
            f"{api.http.system}: the token belongs to site {shown}, but `site_id` is"
            f" {settings.site_id}. Correct `site_id`, or use a token of that site."
        )
    return site, guid(body.get("UserToken"))


def _zone(site: Json, settings: Settings, system: str) -> Zone:
    named = settings.time_zone or next((n for key in ZONE_NAMES if (n := text(site.get(key)))), "")
    zone = Zone.named(named) if named else None
    if zone is None:
        said = f"calls its zone {named!r}" if named else "does not tell its time zone"
        raise NeedsHuman(
            f"{system} {said}. Set `time_zone` of this system, such as America/Chicago:"
            " ticket dates carry no zone of their own."
        )
    return zone


def _check(
    zone: Zone, rows: tuple[Json, ...], clock: datetime, settings: Settings, system: str
) -> None:
    """Refuse a zone in which the newest ticket lies in the future; the past proves nothing."""
    for row in rows:
        read = zone.read(row.get("ModifiedDate"))
        if read and read.at > clock + AHEAD:
            raise NeedsHuman(
                f"{system}: read as {zone.info}, the newest ticket is dated {read.at - clock} after"
                f" the site's own clock, so `time_zone` {settings.time_zone or 'of the site'} is"
                " wrong. Set it to the zone of the district."
            )


async def _me(api: Api, people: Directory, settings: Settings, token_of: str | None) -> str:
    """Find our own user: as configured, as the site says, or as the token says.

    The vendor documents no one way, so an id from the token is believed only if it is a user's.
    """
    if settings.user:
        found = await people.id_of(settings.user)
        if found is None:
            raise NeedsHuman(f"{api.http.system} knows no active user {settings.user} (`user`)")
        return found
    for route in ME_ROUTES:
        response = await api.look("GET", route, accept=(*REFUSED, *NOT_FOUND, 400))
        body = response.loose()
        if response.status not in (*REFUSED, *NOT_FOUND, 400) and isinstance(body, Mapping):
            item = part(body, "Item") or body
            found = guid(item.get("UserId")) or guid(item.get("UserID"))
            if found:
                return found
    for guess in (_subject(settings.token.get_secret_value()), token_of):
        row = await people.user(guess) if guess else None
        if row and guid(row.get("UserId")) == guess:
            return str(guess)
    raise NeedsHuman(
        f"{api.http.system} does not tell whose token this is. Set `user` of this system to the"
        " e-mail address of the token's own user."
    )


def key_field(system: str, name: str, lists: Lists) -> CustomField:
    """Find the custom field that carries keys; raise `NeedsHuman` saying how to make it."""
    found = lists.custom(name)
    if found is None:
        raise NeedsHuman(
            f"{system} has no custom field {name!r} on tickets, which carries the key of each copy"
            " (R15). Make it under Admin > Custom Fields: type Text, for Tickets, not required,"
            " visible to agents only; or name another in `key_field`."
        )
    return found


def _subject(token: str) -> str | None:
    """Read the user id that a JWT may carry; the signature is the site's business."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError):
        return None
    return guid(claims.get("sub")) if isinstance(claims, Mapping) else None
