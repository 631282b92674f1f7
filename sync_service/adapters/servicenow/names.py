"""Names to ids and back, through the instance's own lists: people, groups, places, items.

The surprise: e-mail addresses and names are not unique in ServiceNow. Of two active users with one
address the elder account is taken; a name that two rows share is taken for none, as a guess would
hand tickets to strangers. Found names are kept for a while, missing ones are looked up again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_service.adapters.servicenow import codec, query
from sync_service.adapters.servicenow.catalogue import USERS
from sync_service.adapters.servicenow.table import TableApi
from sync_service.core.values import Person
from sync_service.errors import Unbelievable

KEPT = timedelta(minutes=15)
AT_ONCE = 50
USER_FIELDS = (
    "sys_id", "user_name", "name", "email", "active", "preferred_language",
    "web_service_access_only", "internal_integration_user", "sys_created_on",
)  # fmt: skip
ROBOT_FLAGS = ("web_service_access_only", "internal_integration_user")
#: The platform's own accounts: jobs, flows and visitors (vendor documentation, system users).
ROBOTS = frozenset({"system", "guest", "maint"})


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of `sys_user`."""

    id: str
    user_name: str
    name: str = ""
    email: str = ""
    language: str = ""
    active: bool = True
    robot: bool = False

    @property
    def person(self) -> Person:
        """Give the person as comments name them."""
        return Person(self.name or self.user_name, self.email)


class Names:
    """Look-ups that are kept for `KEPT` by our clock."""

    def __init__(self, api: TableApi, clock: Callable[[], datetime]) -> None:
        self._api, self._clock = api, clock
        self._by_name: dict[str, User] = {}
        self._by_id: dict[str, User] = {}
        self._by_email: dict[str, User] = {}
        self._references: dict[tuple[str, str], str] = {}
        self._until = clock()

    async def users(self, user_names: Iterable[str]) -> Mapping[str, User]:
        """Give the users of these login names, in lower case; one who is unknown has only that."""
        asked = {name.casefold() for name in user_names if name}
        found = await self._learn("user_name", asked, self._by_name)
        return {name: found.get(name, _stranger(name)) for name in asked}

    async def with_ids(self, ids: Iterable[str]) -> Mapping[str, User]:
        """Give the users of these sys_ids, leaving out unknown ones."""
        return await self._learn("sys_id", {id.casefold() for id in ids if id}, self._by_id)

    async def active(self, emails: Iterable[str]) -> Mapping[str, str]:
        """Give the sys_ids of active users by e-mail address, leaving out unknown ones."""
        asked = {email.strip().lower() for email in emails}
        found = await self._learn("email", asked, self._by_email, "active=true")
        return {email: user.id for email, user in found.items()}

    async def reference(self, table: str, shown: str, name: str) -> str | None:
        """Find the row that shows as `name`; None if there is none, or more than one."""
        self._expire()
        known = self._references.get((table, name))
        if known is not None or not query.searchable(name):
            return known
        asked = query.both(query.one_of(shown, [name]), "ORDERBYsys_id")
        window = await self._api.window(table, asked, ("sys_id", shown), AT_ONCE)
        ids = [codec.value(r, "sys_id") for r in window.rows if _shows(r, shown) == name]
        if len(ids) != 1:
            return None
        self._references[table, name] = ids[0]
        return ids[0]

    async def shown(self, table: str, shown: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Give what these rows of a table show, by sys_id, leaving out unknown ones."""
        if table == USERS:
            return {id: one.email or one.name for id, one in (await self.with_ids(ids)).items()}
        found: dict[str, str] = {}
        for some in query.chunks(sorted(id for id in ids if query.searchable(id)), AT_ONCE):
            condition = query.both(query.one_of("sys_id", some), "ORDERBYsys_id")
            window = await self._api.window(table, condition, ("sys_id", shown), AT_ONCE)
            found |= {codec.value(r, "sys_id"): codec.value(r, shown) for r in window.rows}
        return found

    async def _learn(
        self, field: str, asked: Iterable[str], known: dict[str, User], also: str = ""
    ) -> dict[str, User]:
        """Give who is known or can be looked up; another call may empty `known` meanwhile."""
        self._expire()
        found = {one: known[one] for one in asked if one in known}
        wanted = sorted(one for one in asked if one not in found and query.searchable(one))
        for some in query.chunks(wanted, AT_ONCE):
            condition = query.both(query.one_of(field, some), also)
            rows = await self._api.all_rows(USERS, condition, USER_FIELDS, "sys_created_on")
            for row in rows:
                name = codec.value(row, field).strip().casefold()
                if name not in some:
                    raise Unbelievable(
                        f"{self._api.system} answered a query of {USERS} by {field} with people"
                        " whom nobody asked for; our user may not be allowed to query that column"
                    )
                known[name] = found.setdefault(name, user(row))
        return found

    def _expire(self) -> None:
        if self._clock() < self._until:
            return
        for kept in (self._by_name, self._by_id, self._by_email, self._references):
            kept.clear()
        self._until = self._clock() + KEPT


def user(row: codec.Row) -> User:
    """Read a row of `sys_user`."""
    user_name = codec.value(row, "user_name")
    flagged = any(codec.value(row, flag) == "true" for flag in ROBOT_FLAGS)
    return User(
        codec.value(row, "sys_id"),
        user_name,
        codec.value(row, "name").strip(),
        codec.value(row, "email").strip().lower(),
        codec.value(row, "preferred_language"),
        codec.value(row, "active") != "false",
        robot=flagged or user_name.casefold() in ROBOTS,
    )


def _stranger(user_name: str) -> User:
    return User("", user_name, robot=user_name in ROBOTS)


def _shows(row: codec.Row, shown: str) -> str:
    return codec.value(row, shown).strip()
