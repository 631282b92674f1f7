"""A plain client of the simulated instance for these tests, signed in as the API user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from sync_service.simulators.kernel import running
from sync_service.simulators.servicenow import PASSWORD, USER, build

TABLE = "/api/now/table"
INCIDENT = f"{TABLE}/incident"
AGENT = "dana.whitfield@springfield.example"
MONDAY = "2026-11-23T15:00:00Z"
Row = dict[str, Any]


class Client:
    """The vendor's API and the control API of one instance, whose clock stands."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def at(self, moment: str) -> None:
        self._control("clock", now=moment)

    def later(self, seconds: float) -> None:
        self._control("clock", advance=seconds)

    def turn(self, **positions: Any) -> None:
        self._control("switches", **positions)

    def act(self, do: str, person: str = AGENT, **order: Any) -> Row:
        done: Row = self._control("act", do=do, person=person, **order)
        return next(iter(done.values()))

    def _control(self, what: str, **order: Any) -> Row:
        answer = self.http.post(f"/_control/{what}", json=order)
        assert answer.status_code == 200, answer.text
        done: Row = answer.json()
        return done

    def dump(self) -> dict[str, Row]:
        done: dict[str, Row] = self.http.get("/_control/tickets").json()
        return done

    def create(self, **fields: Any) -> Row:
        answer = self.http.post(INCIDENT, json=fields)
        assert answer.status_code == 201, answer.text
        row: Row = answer.json()["result"]
        return row

    def patch(self, id: str, params: Any = None, **fields: Any) -> httpx.Response:
        return self.http.patch(f"{INCIDENT}/{id}", json=fields, params=params)

    def update(self, id: str, params: Any = None, **fields: Any) -> Row:
        answer = self.patch(id, params, **fields)
        assert answer.status_code == 200, answer.text
        row: Row = answer.json()["result"]
        return row

    def get(self, id: str, table: str = "incident", **params: Any) -> Row:
        answer = self.http.get(f"{TABLE}/{table}/{id}", params=params)
        assert answer.status_code == 200, answer.text
        row: Row = answer.json()["result"]
        return row

    def rows(self, query: str = "", table: str = "incident", **params: Any) -> list[Row]:
        answer = self.http.get(f"{TABLE}/{table}", params={"sysparm_query": query, **params})
        assert answer.status_code == 200, answer.text
        rows: list[Row] = answer.json()["result"]
        return rows

    def names(self, query: str) -> list[str]:
        """Search incidents and give their short descriptions in the order they came."""
        return [row["short_description"] for row in self.rows(query)]

    def user(self, email: str = AGENT) -> str:
        """Look up a person's sys_id."""
        return str(self.rows(f"email={email}", "sys_user")[0]["sys_id"])

    def journal(self, id: str) -> list[Row]:
        return self.rows(f"element_id={id}^ORDERBYsys_created_on", "sys_journal_field")

    def audit(self, id: str) -> list[Row]:
        return self.rows(f"documentkey={id}", "sys_audit")


@contextmanager
def client(tickets: int = 0, **switches: Any) -> Iterator[Client]:
    """Serve an instance whose clock stands at Monday 15:00 UTC, and yield a client of it."""
    app = build(tickets, 1, **switches)
    with running(app) as url, httpx.Client(base_url=url, auth=(USER, PASSWORD)) as http:
        snow = Client(http)
        snow.at(MONDAY)
        yield snow


def refusal(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Read a refusal in the vendor's shape: status, message, detail."""
    body = answer.json()
    assert body["status"] == "failure"
    return answer.status_code, body["error"]["message"], body["error"]["detail"]
