"""The routes of the instance: `/oauth_token.do`, the Table API and the Aggregate API.

Each table has routes of its own, so that the request log counts incidents apart from journals.
Source: vendor docs, Table API and REST API response codes; itsm-vendors reference 1.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sync_service.simulators.servicenow.instance import Instance
from sync_service.simulators.servicenow.reading import Reading
from sync_service.simulators.servicenow.refusals import Answer, refused
from sync_service.simulators.servicenow.schema import SCHEMAS, Row
from sync_service.simulators.servicenow.writing import Writing

Handler = Callable[[Request, str, Row], Response]
BodyHandler = Callable[[Request, str, Row, Mapping[str, Any]], Response]
Endpoint = Callable[[Request], Awaitable[Response]]
PREFIXES = ("/api/now", "/api/now/v1", "/api/now/v2")
ASLEEP = "<html><head><title>Instance Hibernating page</title></head><body>Zzz</body></html>"


def routes(instance: Instance) -> list[Route]:
    """Return the instance's routes, the everyday ones first."""
    gate = Gate(instance)
    names = [schema.name for schema in SCHEMAS]
    tables = [route for name in names for route in _table(gate, PREFIXES[0], name)]
    other = [route for prefix in PREFIXES for route in _table(gate, prefix, "{table}")]
    return [
        *tables,
        Route("/oauth_token.do", gate.token, methods=["POST"]),
        *other,
        Route("/{rest:path}", gate.nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
    ]


def _table(gate: "Gate", prefix: str, table: str) -> list[Route]:
    reading, writing = Reading(gate.instance), Writing(gate.instance)
    rows, row = f"{prefix}/table/{table}", f"{prefix}/table/{table}/{{sys_id}}"
    return [
        Route(rows, gate.reads(reading.rows, table), methods=["GET"]),
        Route(rows, gate.writes(writing.create, table), methods=["POST"]),
        Route(row, gate.reads(reading.row, table), methods=["GET"]),
        Route(row, gate.writes(writing.update, table), methods=["PATCH", "PUT"]),
        Route(row, gate.reads(writing.delete, table), methods=["DELETE"]),
        Route(f"{prefix}/stats/{table}", gate.reads(reading.stats, table), methods=["GET"]),
    ]


class Gate:
    """What every request passes before a handler sees it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    def reads(self, handler: Handler, table: str) -> Endpoint:
        """Guard a handler that takes no body."""

        async def endpoint(request: Request) -> Response:
            return self._pass(request, table, lambda name, user: handler(request, name, user))

        return endpoint

    def writes(self, handler: BodyHandler, table: str) -> Endpoint:
        """Guard a handler of a JSON body."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()

            def handled(name: str, user: Row) -> Response:
                return handler(request, name, user, _record(request, body))

            return self._pass(request, table, handled)

        return endpoint

    async def token(self, request: Request) -> Response:
        """Answer the OAuth token endpoint."""
        if self.instance.switches.on("hibernating"):
            return HTMLResponse(ASLEEP)
        body = (await request.body()).decode()
        status, answer = self.instance.accounts.grant(
            body, request.headers.get("authorization", "")
        )
        return JSONResponse(answer, status_code=status)

    async def nothing(self, request: Request) -> Response:
        """Answer a path that is none."""

        def unknown(table: str, user: Row) -> Response:
            raise refused(400, "Requested URI does not represent any resource")

        return self._pass(request, "incident", unknown)

    def _pass(
        self, request: Request, table: str, handler: Callable[[str, Row], Response]
    ) -> Response:
        instance = self.instance
        if instance.switches.on("hibernating"):
            return HTMLResponse(ASLEEP)
        try:
            user = instance.accounts.who(request.headers.get("authorization", ""))
            headers = instance.accounts.count(user)
            _check_accept(request)
            name = request.path_params.get("table", table)
            if name not in instance.database.tables:
                raise refused(400, f"Invalid table {name}")
            instance.incidents.settle()
            response = handler(name, user)
            response.headers.update(headers)
            return response
        except Answer as no:
            return _error(no)


def _error(no: Answer) -> Response:
    if no.status == 401:
        no.headers["WWW-Authenticate"] = 'BASIC realm="Service-now"'
    return JSONResponse(no.body, status_code=no.status, headers=no.headers)


def _check_accept(request: Request) -> None:
    accept = request.headers.get("accept", "*/*")
    if "json" not in accept and "*/*" not in accept and "application/*" not in accept:
        raise refused(406, "Not Acceptable", f"No JSON in Accept: {accept}")


def _record(request: Request, body: bytes) -> Mapping[str, Any]:
    """Read the record of a write; of several only the first counts (vendor FAQ KB0534905)."""
    if "application/json" not in request.headers.get("content-type", ""):
        raise refused(415, "Unsupported Media Type", "Send Content-Type: application/json")
    try:
        record = json.loads(body)
    except ValueError:
        record = None
    if isinstance(record, list) and record:
        record = record[0]
    if not isinstance(record, dict):
        detail = "The payload is not valid JSON."
        raise refused(400, "Exception while reading request", detail)
    return record
