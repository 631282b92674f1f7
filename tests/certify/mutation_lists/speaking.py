"""Mutations of the client and the vendors' adapters (R15 to R18, R21)."""

from __future__ import annotations

from tests.certify.mutation import CLIENT, Mutation

SPEAKING = (
    Mutation(
        "retry a write in the client", "R18", CLIENT,
        "        except Lost as exc:\n            raise UnknownOutcome(\n",
        "        except Lost as exc:\n            return await self._send(call)\n"
        "            raise UnknownOutcome(\n",
        (
            "tests/unit/adapters/http/test_http_writes.py::test_a_request_that_was_read_has_an_unknown_outcome_and_is_not_sent_again",
        ),
    ),
    Mutation(
        "a hang-up counts as not sent", "R18", "sync_service/adapters/http/wire.py",
        "        except httpx.RequestError as exc:\n            raise Lost(_told(exc)) from exc\n",
        "        except httpx.RequestError as exc:\n            raise Unreached(_told(exc)) from exc\n",
        (
            "tests/unit/adapters/http/test_http_writes.py::test_a_request_that_was_read_has_an_unknown_outcome_and_is_not_sent_again",
        ),
    ),
    Mutation(
        "a 500 refuses a write", "R18", "sync_service/adapters/http/outcome.py",
        "if response.write and _unproven(response.status):", "if False:",
        (
            "tests/unit/adapters/http/test_http_writes.py::test_every_status_of_a_write_has_its_meaning",
        ),
    ),
    Mutation(
        "send a write after its deadline", "R16", CLIENT,
        "if call.deadline is not None and self._clock() >= call.deadline:", "if False:",
        (
            "tests/unit/adapters/http/test_http_writes.py",
        ),
    ),
    Mutation(
        "a create of Incident IQ carries no key", "R15", "sync_service/adapters/incidentiq/creator.py",
        "draft.key", '""',
        (
            "tests/integration/test_incidentiq_writing.py::test_the_key_is_inside_the_create_call",
        ),
    ),
    Mutation(
        "ServiceNow's copies carry no marker", "R21", "sync_service/adapters/servicenow/marker.py",
        'return f"{text}\\n\\n[sync:{origin}]"', "return text",
        (
            "tests/unit/adapters/servicenow/test_servicenow_marker.py",
        ),
    ),
)  # fmt: skip
