"""The reading half of the Table API, and the Aggregate API's counts.

The surprise: `sysparm_limit` is applied before the ACLs, so a page can be short, even empty,
without being the last, while `X-Total-Count` counts what the ACLs hide (vendor docs: Table API).
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync_service.simulators.servicenow.accounts import USER
from sync_service.simulators.servicenow.instance import Instance
from sync_service.simulators.servicenow.refusals import no_record, refused
from sync_service.simulators.servicenow.render import Renderer, Wish
from sync_service.simulators.servicenow.schema import Row

LIMIT = 10_000
ME = {
    "javascript:gs.getUserID()": "sys_id",
    "javascript:gs.getUserName()": "user_name",
}
GUARDED = {"sys_journal_field": "journal", "sys_audit": "audit", "sys_audit_delete": "audit_delete"}


class Reading:
    """Handlers that change nothing."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._database = instance.database

    def rows(self, request: Request, table: str, user: Row) -> Response:
        """Answer a list."""
        query = request.query_params
        ids = self._found(request, table, user)
        offset, limit = _whole(query, "sysparm_offset", 0), _whole(query, "sysparm_limit", LIMIT)
        page = [self._database[table].rows[id] for id in ids[offset : offset + limit]]
        seen = [row for row in page if not self._hidden(table, row, user)]
        render = self.renderer(request, table)
        headers = {}
        if query.get("sysparm_no_count", "").lower() != "true":
            headers["X-Total-Count"] = str(len(ids))
        if query.get("sysparm_suppress_pagination_header", "").lower() != "true":
            headers["Link"] = _links(request.url, offset, limit, len(ids))
        return JSONResponse({"result": [render(row) for row in seen]}, headers=headers)

    def row(self, request: Request, table: str, user: Row) -> Response:
        """Answer one row."""
        row = self.visible(table, request.path_params["sys_id"], user)
        return JSONResponse({"result": self.renderer(request, table)(row)})

    def stats(self, request: Request, table: str, user: Row) -> Response:
        """Count the rows of a query, by a field if asked (vendor docs: Aggregate API)."""
        ids = self._found(request, table, user)
        by = request.query_params.get("sysparm_group_by", "")
        if not by or self._database.field(table, by) is None:
            return JSONResponse({"result": {"stats": {"count": str(len(ids))}}})
        rows = (self._database[table].rows[id] for id in ids)
        counts = Counter(self._database.value(table, row, by) for row in rows)
        groups = [
            {"stats": {"count": str(n)}, "groupby_fields": [{"field": by, "value": value}]}
            for value, n in sorted(counts.items())
        ]
        return JSONResponse({"result": groups})

    def visible(self, table: str, id: str, user: Row) -> Row:
        """Give a row; raise Refused (404) if it is not there or the user may not see it."""
        row = self._database[table].rows.get(id)
        if row is None or self._hidden(table, row, user) or not self._open(table, user):
            raise no_record()
        return row

    def renderer(self, request: Request, table: str) -> Renderer:
        """Build what shows rows as this request wishes."""
        base = str(request.base_url).rstrip("/")
        wish = Wish.read(request.query_params)
        return Renderer(self._database, table, wish, self._instance.style(), base)

    def _found(self, request: Request, table: str, user: Row) -> list[str]:
        if not self._open(table, user):
            return []
        if table in ("sys_properties", "sys_user"):
            self._instance.properties()
        strict = self._instance.switches.word("invalid_query") == "no_rows"
        return self._database.select(table, self._query(request, table, user), strict=strict)

    def _query(self, request: Request, table: str, user: Row) -> str:
        """Join `sysparm_query` with the name-value pairs that are fields.

        Of the scripts that the vendor runs inside a query only the two that say "me" are known.
        """
        fields = self._database[table].schema.fields
        pairs = [
            f"{name}={value.replace('^', '^^')}"
            for name, value in request.query_params.multi_items()
            if name in fields
        ]
        text = "^".join(filter(None, [*pairs, request.query_params.get("sysparm_query", "")]))
        for script, name in ME.items():
            text = text.replace(script, user[name])
        return text

    def _open(self, table: str, user: Row) -> bool:
        """Tell whether the table's ACL lets the user read, or raise Refused (403)."""
        if table not in GUARDED or user["user_name"] != USER:
            return True
        position = self._instance.switches.word(GUARDED[table])
        if position == "forbidden":
            raise refused(403, "User Not Authorized", "Failed API level ACL Validation")
        return position == "readable"

    def _hidden(self, table: str, row: Row, user: Row) -> bool:
        return table == "incident" and self._instance.hides(row, user)


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    value = query.get(name, "")
    return int(value) if value.isdigit() else default


def _links(url: URL, offset: int, limit: int, total: int) -> str:
    last = max((total - 1) // limit * limit, 0) if limit else 0
    places: dict[str, Any] = {"first": 0}
    if offset > 0:
        places["prev"] = max(offset - limit, 0)
    if offset + limit < total:
        places["next"] = offset + limit
    places["last"] = last
    return ",".join(
        f'<{url.include_query_params(sysparm_offset=at)}>;rel="{rel}"' for rel, at in places.items()
    )
