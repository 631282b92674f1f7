"""The routes for people, teams and places.

A user filter the site does not know is ignored in silence, like a ticket facet; the v2 location
search answers 500 to the v1 grammar (reference: incident-iq-api 6).
"""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from sync_service.simulators.incidentiq.endpoint import Call
from sync_service.simulators.incidentiq.envelope import compact, item, missing
from sync_service.simulators.incidentiq.ids import canonical, guid
from sync_service.simulators.incidentiq.model import Location, User
from sync_service.simulators.incidentiq.paging import page
from sync_service.simulators.kernel import Refused

FACETS: dict[str, Callable[[User, Mapping[str, Any]], bool]] = {
    "email": lambda user, wanted: user.email == str(wanted["Value"]).casefold(),
    "username": lambda user, wanted: user.username == str(wanted["Value"]).casefold(),
    "keyword": lambda user, w: str(w["Value"]).casefold() in f"{user.name} {user.email}".casefold(),
    "role": lambda user, wanted: guid("role", user.role) == canonical(wanted["Id"]),
    "location": lambda user, wanted: user.location == canonical(wanted["Id"]),
}


def search_users(call: Call) -> Response:
    """`POST /users` with Filters."""
    found = list(call.site.catalogue.users.values())
    for wanted in call.fields().get("Filters") or ():
        name = str(wanted.get("Facet", "")).casefold()
        if name in FACETS and ("Value" in wanted or "Id" in wanted):
            found = [user for user in found if FACETS[name](user, wanted)]
    return page(call.site, call.query, found, call.views.user)


def agents(call: Call) -> Response:
    """`GET /users/agents`."""
    everyone = call.site.catalogue.users.values()
    return page(
        call.site, call.query, [one for one in everyone if one.role == "Agent"], call.views.user
    )


def user(call: Call) -> Response:
    """`GET /users/{id}`."""
    found = call.site.catalogue.users.get(canonical(call.path["user"]) or "")
    if found is None:
        raise missing("User", call.path["user"])
    return item(call.site, compact(call.views.user(found)))


def by_email(call: Call) -> Response:
    """`GET /users/by-email/{SiteId}/{email}`: case does not matter."""
    found = call.site.catalogue.by_email(call.path["email"])
    if found is None:
        raise missing("User", call.path["email"])
    return item(call.site, compact(call.views.user(found)))


def me(call: Call) -> Response:
    """`GET /login` and `/users/my`: whose token this is (reference 1)."""
    found = {"UserID": call.by.id, **call.views.user(call.by)}
    return item(call.site, compact(found))


def teams(call: Call) -> Response:
    """`GET /teams` and `/teams/all`: pages too."""
    return page(call.site, call.query, list(call.site.catalogue.teams.values()), call.views.team)


def members(call: Call) -> Response:
    """`GET /teams/{id}/members`."""
    team = call.site.catalogue.teams.get(canonical(call.path["team"]) or "")
    if team is None:
        raise missing("Team", call.path["team"])
    users = call.site.catalogue.users
    return page(call.site, call.query, [users[key] for key in team.members], call.views.user)


def locations(call: Call) -> Response:
    """`GET /locations`, `/locations/all` and the v2 lists."""
    return page(
        call.site, call.query, list(call.site.catalogue.locations.values()), call.views.location
    )


def search_locations(call: Call) -> Response:
    """`POST /api/v2.0/locations {RequestOptions: {Filters: [{Facet, Op, Values}]}}`."""
    if "Filters" in call.fields():
        raise Refused(500, "Object reference not set to an instance of an object.")
    options = call.fields().get("RequestOptions") or {}
    found = list(call.site.catalogue.locations.values())
    for wanted in options.get("Filters") or ():
        if str(wanted.get("Facet", "")).casefold() in ("name", "locationid"):
            values = {str(value).casefold() for value in wanted.get("Values") or ()}
            found = [place for place in found if _names(place) & values]
    return page(call.site, call.query, found, call.views.location)


def _names(place: Location) -> set[str]:
    return {place.name.casefold(), place.id}


def rooms(call: Call) -> Response:
    """`GET /locations/rooms`."""
    rows = [
        {"LocationRoomId": key, "Name": name, "LocationId": place.id}
        for place in call.site.catalogue.locations.values()
        for key, name in place.rooms.items()
    ]
    return page(call.site, call.query, rows, lambda row: row)
