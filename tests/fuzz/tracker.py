"""Two tickets of a Request Tracker, as 5.0.3 showed such: enough of REST2 for one adapter's calls.

It is no simulator: it understands only the searches that these tests send. What a real server does
is for tests/live to say.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.unit.adapters.request_tracker.test_codec import held, part, person, row

REST = "/REST/2.0"
DATE = {"Date": "Mon, 23 Nov 2026 20:00:00 GMT"}
CUSTOMS = {
    "1": ("Sync Key", "Freeform", []),
    "5": ("Campus", "Select", ["North", "South"]),
}


class Tracker(Starlette):
    """An ASGI app that holds its tickets; each write makes a transaction."""

    def __init__(self) -> None:
        self.tickets = {
            number: row(id=number, LastUpdated=f"2026-11-23T19:0{number[1]}:00Z", CustomFields=_customs())
            for number in ("14", "15")
        }  # fmt: skip
        self.said = [_said("50", "Create"), _said("51", "Correspond"), _said("52", "Comment")]
        super().__init__(
            routes=[
                Route(f"{REST}/rt", lambda _: _json({"Version": "5.0.3"})),
                Route(f"{REST}/user/{{name}}", lambda _: _json({**person("sync"), "Timezone": ""})),
                Route(f"{REST}/queue/{{name}}", lambda _: _json(_queue())),
                Route(f"{REST}/customfield/{{id}}", self._customfield),
                Route(f"{REST}/tickets", self._search),
                Route(f"{REST}/transactions", self._transactions),
                Route(f"{REST}/attachments", self._parts, methods=["POST"]),
                Route(f"{REST}/users", self._users, methods=["POST"]),
                Route(f"{REST}/ticket", self._create, methods=["POST"]),
                Route(f"{REST}/ticket/{{id}}", self._ticket, methods=["GET", "PUT"]),
                Route(f"{REST}/ticket/{{id}}/{{how}}", self._say, methods=["POST"]),
            ]
        )

    async def _customfield(self, request: Request) -> Response:
        name, kind, values = CUSTOMS[request.path_params["id"]]
        told = {"Name": name, "Type": kind, "MaxValues": "1", "Values": values}
        return _json({"id": request.path_params["id"], **told})

    async def _search(self, request: Request) -> Response:
        query = request.query_params["query"]
        after = int((re.findall(r"id > (\d+)", query) or ["0"])[-1])
        only = (
            set(re.findall(r"\bid = (\d+)", query))
            if "Queue = 3 AND LastUpdated" not in query
            else set()
        )
        subject = re.search(r"Subject = '(.*?)'", query)
        found = [
            one
            for number, one in sorted(self.tickets.items())
            if int(number) > after
            and (not only or number in only)
            and (subject is None or one["Subject"] == subject[1])
            and "CF." not in query
        ]
        return _listing(found[: int(request.query_params["per_page"])], len(found))

    async def _transactions(self, request: Request) -> Response:
        query = request.query_params["query"]
        after = int(re.findall(r"id > (\d+)", query)[-1])
        exact = re.findall(r"^id = (\d+)", query)
        found = [one for one in self.said if int(one["id"]) > after]
        return _listing([one for one in found if not exact or one["id"] == exact[0]])

    async def _parts(self, request: Request) -> Response:
        asked = (await request.json())[0]["value"]
        return _listing([{"id": f"9{one}", **part(one, "text/plain", "Words")} for one in asked])

    async def _users(self, request: Request) -> Response:
        asked = (await request.json())[0]["value"]
        shown = [{"id": one, "Name": one, "EmailAddress": one} for one in asked]
        return _listing([one for one in shown if one["Name"].startswith("dana")])

    async def _ticket(self, request: Request) -> Response:
        one = self.tickets[request.path_params["id"]]
        if request.method == "GET":
            return JSONResponse(one, headers={**DATE, "ETag": '"1"'})
        body = await request.json()
        customs = body.pop("CustomFields", {})
        one |= {name: str(value) for name, value in body.items()}
        for field in one["CustomFields"]:
            if field["name"] in customs:
                field["values"] = [customs[field["name"]]]
        return _json(["Subject changed"])

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        self.tickets["16"] = row(id="16", Subject=body["Subject"], CustomFields=_customs())
        return _json({"id": "16", "type": "ticket"}, 201)

    async def _say(self, request: Request) -> Response:
        number = str(50 + len(self.said))
        kind = "Correspond" if request.path_params["how"] == "correspond" else "Comment"
        origin = (await request.json())["TxnCustomFields"]["Sync Origin"]
        self.said.append(_said(number, kind, origin))
        where = {**DATE, "Location": f"http://hostile{REST}/transaction/{number}"}
        return JSONResponse(["Correspondence added"], 201, headers=where)


def _said(number: str, kind: str, *origin: str) -> dict[str, Any]:
    return {
        "id": number, "Type": kind, "ObjectId": "14", "Created": "2026-11-23T19:06:00Z",
        "Creator": person("tech1"), "CustomFields": [held("Sync Origin", *origin)],
        "Field": "Subject", "OldValue": "a", "NewValue": "b",
    }  # fmt: skip


def _customs() -> list[dict[str, Any]]:
    return [
        {"id": number, "name": name, "values": [], "type": "customfield", "Type": kind, "MaxValues": "1"}
        for number, (name, kind, _) in CUSTOMS.items()
    ]  # fmt: skip


def _queue() -> dict[str, Any]:
    listed = [{"id": number, "name": name} for number, (name, *_) in CUSTOMS.items()]
    said = [{"id": "2", "name": "Sync Origin"}]
    return {"id": "3", "Name": "Help", "TicketCustomFields": listed, "TicketTransactionCustomFields": said}  # fmt: skip


def _listing(items: list[dict[str, Any]], total: int | None = None) -> Response:
    shown = {"items": items, "count": len(items), "page": 1, "per_page": 100}
    return _json(shown if total is None else {**shown, "total": total})


def _json(body: Any, status: int = 200) -> Response:
    return JSONResponse(body, status, headers=DATE)
