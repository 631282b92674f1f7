"""Refusals in the vendor's own shape: `{"error": {"message", "detail"}, "status": "failure"}`."""

from collections.abc import Mapping
from typing import Any

from sync_service.simulators.control import Refused

NO_RECORD = ("No Record found", "Record doesn't exist or ACL restricts the record retrieval")


class Answer(Refused):
    """A refusal with its headers."""

    def __init__(self, status: int, message: str, body: Any, headers: Mapping[str, str]) -> None:
        super().__init__(status, message, body)
        self.headers = dict(headers)


def shape(message: str, detail: str | None) -> dict[str, Any]:
    """Give the body of an error."""
    return {"error": {"message": message, "detail": detail}, "status": "failure"}


def refused(
    status: int, message: str, detail: str | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Build the refusal; the caller raises it."""
    words = f"{message}: {detail}" if detail else message
    return Answer(status, words, shape(message, detail), headers or {})


def no_record() -> Answer:
    """A row that is not there, or that the ACL hides: the vendor does not tell which."""
    return refused(404, *NO_RECORD)


def data_policy(labels: list[str]) -> Answer:
    """Mandatory fields are missing."""
    detail = f"Data Policy Exception: \n\tThe following fields are mandatory: {', '.join(labels)}"
    return refused(403, "Operation Failed", detail)


def acl(verb: str) -> Answer:
    """The account may not do this to the table or row."""
    return refused(
        403, "Operation Failed", f"ACL Exception {verb} Failed due to security constraints"
    )
