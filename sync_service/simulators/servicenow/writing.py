"""The writing half of the Table API: create, update and delete incidents.

There is no precondition header; two writers overwrite each other, and only `sys_mod_count`
shows it afterwards. Source: vendor docs, Table API; itsm-vendors reference 1, concurrency.
"""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync_service.simulators.servicenow.accounts import USER
from sync_service.simulators.servicenow.choices import CLOSED
from sync_service.simulators.servicenow.coerce import Coercion
from sync_service.simulators.servicenow.instance import Instance
from sync_service.simulators.servicenow.reading import Reading
from sync_service.simulators.servicenow.refusals import acl
from sync_service.simulators.servicenow.schema import Field, Row

VERBS = {"create": "Insert", "write": "Update", "delete": "Delete"}


class Writing:
    """Handlers that change incidents; other tables are kept from everybody."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._reading = Reading(instance)

    def create(self, request: Request, table: str, user: Row, sent: Mapping[str, Any]) -> Response:
        """Answer a POST: 201 with the row and its place."""
        self._demand(table, "create", user)
        row = self._instance.incidents.insert(self._says(request, user, sent), user)
        place = f"{str(request.base_url).rstrip('/')}/api/now/table/{table}/{row['sys_id']}"
        shown = self._reading.renderer(request, table)(row)
        return JSONResponse({"result": shown}, status_code=201, headers={"Location": place})

    def update(self, request: Request, table: str, user: Row, sent: Mapping[str, Any]) -> Response:
        """Answer a PATCH or PUT: 200 with the row, whatever was skipped."""
        row = self._reading.visible(table, request.path_params["sys_id"], user)
        self._demand(table, "write", user)
        locked = self._instance.switches.word("closed") == "read_only"
        if locked and row.get("state") == CLOSED and user["user_name"] == USER:
            raise acl("Update")
        after = self._instance.incidents.update(row, self._says(request, user, sent), user)
        return JSONResponse({"result": self._reading.renderer(request, table)(after)})

    def delete(self, request: Request, table: str, user: Row) -> Response:
        """Answer a DELETE: 204 and nothing else."""
        row = self._reading.visible(table, request.path_params["sys_id"], user)
        self._demand(table, "delete", user)
        self._instance.incidents.delete(row, user)
        return Response(status_code=204)

    def _demand(self, table: str, right: str, user: Row) -> None:
        rights = self._instance.switches.words("rights")
        if table != "incident" or (user["user_name"] == USER and right not in rights):
            raise acl(VERBS[right])

    def _says(self, request: Request, user: Row, sent: Mapping[str, Any]) -> dict[str, str]:
        instance = self._instance
        displayed = request.query_params.get("sysparm_input_display_value", "").lower() == "true"
        coerce = Coercion(
            instance.database, instance.switches, instance.style(), displayed=displayed
        )
        denied = instance.switches.words("unwritable") if user["user_name"] == USER else ()

        def accept(field: Field) -> bool:
            if field.name in denied and instance.switches.word("denied_field") == "403":
                raise acl("Update")
            return field.name not in denied

        return coerce(sent, accept)
