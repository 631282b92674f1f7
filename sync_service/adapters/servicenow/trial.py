"""The trial at start: who are we, does the instance apply our filters, may we read what we need.

The surprise is how much the Table API hides: a misspelled column filters nothing, a missing right
reads as an empty table. So every filter that the sync relies on is tried with a value that cannot
be, and the journal's emptiness is held against what tickets show.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync_service.adapters.servicenow import codec, query
from sync_service.adapters.servicenow.journal import BOTH, JOURNAL, TEXTS
from sync_service.adapters.servicenow.names import USER_FIELDS, User, user
from sync_service.adapters.servicenow.schema import Choices, Raw, Schema, learn
from sync_service.adapters.servicenow.settings import Settings
from sync_service.adapters.servicenow.table import TableApi
from sync_service.errors import AuthFailed, NeedsHuman

AUDIT = "sys_audit"
DICTIONARY = (
    "name", "element", "column_label", "internal_type", "max_length", "reference", "read_only",
    "mandatory", "choice",
)  # fmt: skip
CHOICE = ("name", "element", "label", "value", "language", "sequence")
STAMPS = ("sys_updated_on", "sys_created_on")
NEEDED = ("sys_id", "sys_mod_count", *STAMPS)
IMPOSSIBLE = "no ticket of ours has this key"
SAMPLES = 20
#: Parents of a table that are asked for; the task tables have at most this many.
DEPTH = 4


async def who_we_are(api: TableApi, settings: Settings) -> User:
    """Find our own user; raises `AuthFailed` or `NeedsHuman`."""
    told = settings.auth.user or settings.user
    asked = query.one_of("user_name", [told]) if told else query.ME
    window = await api.window("sys_user", asked, USER_FIELDS, 2)
    if len(window.rows) == 1:
        found = user(window.rows[0])
        if not told or found.user_name.casefold() == told.casefold():
            return found
    if settings.auth.user:  # the password was right, but our user may not read people
        return User("", settings.auth.user)
    if settings.user:
        raise NeedsHuman(
            f"{api.system} knows no user {settings.user}, or lets us read no people."
            " Correct `user`, and give our user a read right on sys_user."
        )
    raise NeedsHuman(
        f"{api.system} does not tell which user our credentials act as."
        " Set `user` to that account's user_name, and let it read sys_user."
    )


async def sample(api: TableApi, settings: Settings) -> frozenset[str]:
    """Read which columns tickets show; empty where there is no ticket yet.

    Raises `NeedsHuman` if the table or the key's column is missing.
    """
    window = await api.window(settings.table, "ORDERBYDESCsys_created_on", (), SAMPLES)
    if not window.rows:
        return frozenset()
    columns = frozenset(window.rows[0])
    lacking = [name for name in (*NEEDED, settings.key_field) if name not in columns]
    if lacking:
        raise NeedsHuman(
            f"{api.system} shows no column {', '.join(lacking)} of {settings.table}. Create it, or"
            " correct `key_field`, or let our user read it; then run `sync-service check`."
        )
    return columns


async def filters(api: TableApi, settings: Settings) -> None:
    """Try each filter that we rely on; raises `NeedsHuman` for one that is ignored (R3)."""
    asked = {name: f"{name}>={query.NEVER_YET}" for name in STAMPS}
    asked[settings.key_field] = query.one_of(settings.key_field, [IMPOSSIBLE])
    for name, condition in asked.items():
        window = await api.window(settings.table, condition, ("sys_id",), 1)
        if window.rows or window.total:
            raise NeedsHuman(
                f"{api.system} ignores a filter on {name} of {settings.table}: it found tickets"
                " where there can be none. Is the column there, and may our user query it?"
            )


async def journal(api: TableApi, settings: Settings) -> None:
    """See that our user can read comments; raises `AuthFailed` if they are hidden."""
    window = await api.window(JOURNAL, BOTH, ("sys_id",), SAMPLES)
    if window.rows:
        return
    newest = "ORDERBYDESCsys_updated_on"
    tickets = await api.window(settings.table, newest, ("sys_id", *TEXTS), SAMPLES)
    shown = [row for row in tickets.rows if any(codec.display(row, name) for name in TEXTS)]
    if window.total or shown:
        raise AuthFailed(
            f"{api.system} lets our user read no comments: {JOURNAL} is answered with no rows,"
            " although there are comments. Give the user a read right (an ACL) on that table,"
            " then run `sync-service check`."
        )


async def audited(api: TableApi, settings: Settings) -> bool:
    """Tell whether our user can read an audit trail of the table."""
    try:
        window = await api.window(AUDIT, f"tablename={settings.table}", ("sys_id",), SAMPLES)
    except (AuthFailed, NeedsHuman):
        return False
    return bool(window.rows)


async def tables(api: TableApi, table: str) -> tuple[str, ...]:
    """List the table and those it extends, nearest first, as far as we may know them."""
    parents = ["super_class." * depth + "name" for depth in range(1, DEPTH + 1)]
    try:
        window = await api.window("sys_db_object", f"name={table}", ("name", *parents), 2)
    except (AuthFailed, NeedsHuman):
        return (table, "task")
    rows = [row for row in window.rows if codec.value(row, "name") == table]
    found = [codec.value(rows[0], name) for name in parents] if len(rows) == 1 else ["task"]
    return (table, *(name for name in found if name))


async def choices(api: TableApi, inherited: Sequence[str], language: str) -> Choices:
    """Read the lists of choices; raises `AuthFailed` if our user may not."""
    asked = query.both(query.one_of("name", inherited), "inactive=false")
    rows = await api.all_rows("sys_choice", asked, CHOICE, "sys_created_on")
    found = sorted((codec.raw_row(row) for row in rows), key=_place)
    if not any(row["element"] == "state" for row in found):
        raise AuthFailed(
            f"{api.system} shows our user no choices of {inherited[0]}.state: give it a read right"
            " on sys_choice, then run `sync-service check`."
        )
    languages = {row.get("language", "") for row in found}
    return Choices.of(found, inherited, language if language in languages else "en")


def _place(row: Raw) -> tuple[int, str]:
    sequence = row.get("sequence", "")
    return (int(sequence) if sequence.isdecimal() else 0, row.get("label", ""))


async def schema(
    api: TableApi, shown: frozenset[str], inherited: Sequence[str], spoken: str
) -> Schema:
    """Learn columns and choices; without a right to the dictionary, from what tickets show."""
    try:
        asked = query.both(query.one_of("name", inherited), "elementISNOTEMPTY")
        rows = await api.all_rows("sys_dictionary", asked, DICTIONARY, "sys_created_on")
    except (AuthFailed, NeedsHuman):
        rows = []
    offered = await choices(api, inherited, spoken)
    return learn((codec.raw_row(row) for row in rows), sorted(shown), offered)


__all__ = [
    "AUDIT", "audited", "choices", "filters", "journal", "sample", "schema", "tables",
    "who_we_are",
]  # fmt: skip
