"""The vendor's envelopes and errors, and how refusals become answers.

Objects come as `Item`, lists as `Items` with `Paging`; errors as StatusCode and Message, with
RetryAfter in the *body* (reference: incident-iq-api 2, 3 and 7).
"""

import json
from collections.abc import Iterable
from typing import Any

from starlette.responses import JSONResponse, Response

from sync_service.simulators.incidentiq.times import stamped
from sync_service.simulators.incidentiq.world import Site
from sync_service.simulators.kernel import Refused

UNAUTHORIZED = "Attempted to perform an unauthorized operation."


def trailer(site: Site, status: int = 200) -> dict[str, Any]:
    """Return what every answer ends with."""
    return {
        "UserToken": site.catalogue.service.id,
        "RequestDate": stamped(site.clock.now()),
        "ExecutionTime": 12.5,
        "StatusCode": status,
        "ServerName": "spark-simulator-1",
        "ProcessId": 1,
        "OperationId": "simulated",
        "Properties": {},
    }


def done(site: Site, message: str, **more: Any) -> Response:
    """Answer an action."""
    return JSONResponse({**more, "Message": message, **trailer(site)})


def item(site: Site, body: bytes, status: int = 200, **more: Any) -> Response:
    """Answer one object that is rendered already."""
    rest = {"IsSuccess": True, **more, **trailer(site, status)}
    raw = b'{"Item":' + body + b"," + compact(rest)[1:]
    return Response(raw, status_code=status, media_type="application/json")


def items(site: Site, bodies: Iterable[bytes], paging: dict[str, int]) -> Response:
    """Answer a page of objects that are rendered already."""
    rendered = list(bodies)
    head = b'{"ItemCount":%d,"Items":[' % len(rendered)
    rest = compact({"Paging": paging, **trailer(site)})[1:]
    return Response(head + b",".join(rendered) + b"]," + rest, media_type="application/json")


def listing(site: Site, rows: Iterable[dict[str, Any]]) -> Response:
    """Answer a whole list as one page."""
    bodies = [compact(row) for row in rows]
    return items(site, bodies, paged(site, len(bodies), len(bodies) or 1, 0))


def paged(site: Site, total: int, size: int, page: int) -> dict[str, int]:
    """Return the Paging object; the total has several names (reference 2)."""
    name = site.switches.word("total_name")
    return {name: total, "PageCount": -(-total // size), "PageSize": size, "PageIndex": page}


def compact(value: Any) -> bytes:
    """Write JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def error_body(site: Site, status: int, message: str, retry_after: float | None) -> dict[str, Any]:
    """Return an error as the site writes it."""
    body: dict[str, Any] = {"StatusCode": status, "Message": message}
    if retry_after is not None:
        body["RetryAfter"] = round(retry_after)
    return {**body, "RequestDate": stamped(site.clock.now())}


def invalid(site: Site, errors: dict[str, str]) -> Refused:
    """Return a refusal of fields: a dict or an array by switch (reference 7, 12.10)."""
    body = error_body(site, 400, "One or more validation errors occurred.", None)
    if site.switches.word("errors") == "dict":
        body["Errors"] = {name: [text] for name, text in errors.items()}
    else:
        body["Errors"] = [{"Field": name, "Message": text} for name, text in errors.items()]
    return Refused(400, "; ".join(errors.values()), body)


def missing(what: str, id: str) -> Refused:
    """Return the refusal of an id that names nothing."""
    return Refused(404, f"{what} {id} was not found.")


def refusal(site: Site, refused: Refused) -> Response:
    """Turn a refusal into the answer the site gives."""
    body = refused.body or error_body(site, refused.status, refused.message, None)
    status = refused.status
    if status == 400 and site.switches.word("business_errors") == "200":
        return JSONResponse({**body, "IsSuccess": False}, status_code=200)
    return JSONResponse(body, status_code=status)
