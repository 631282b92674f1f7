"""The vendor's own Python client works against the instance: a check that shares no code with us."""

from collections.abc import Iterator
from typing import Any

import pytest
from pysnc import ServiceNowClient
from pysnc.auth import ServiceNowClientCredentialsFlow
from pysnc.exceptions import AuthenticationException, RoleException

from sync_service.simulators.servicenow import CLIENT_ID, CLIENT_SECRET, PASSWORD, USER
from tests.unit.simulators.servicenow.client import Client


def reached(snow: Client) -> str:
    """Give the address in capitals: the client refuses a lower-case http, and we have no TLS."""
    return str(snow.http.base_url).rstrip("/").replace("http://", "HTTP://")


@pytest.fixture
def pysnc(snow: Client) -> Iterator[Any]:
    """The vendor's client with Basic credentials."""
    client = ServiceNowClient(reached(snow), (USER, PASSWORD), auto_retry=False)
    yield client
    client.session.close()


def test_it_inserts_reads_updates_and_deletes(pysnc: Any, snow: Client) -> None:
    """One incident's life."""
    gr = pysnc.GlideRecord("incident")
    gr.initialize()
    gr.short_description = "Made by pysnc"
    gr.state = 2
    id = gr.insert()
    assert gr.get_display_value("state") == "In Progress"

    again = pysnc.GlideRecord("incident")
    assert again.get(id)
    again.comments = "Hello"
    again.impact = 1
    assert again.update()
    assert snow.dump()[str(id)]["comments"][0]["text"] == "Hello"
    assert again.get_value("priority") == "3"
    assert again.delete()
    assert snow.rows() == []


def test_it_queries_counts_and_pages(pysnc: Any, snow: Client) -> None:
    """Its encoded queries, its batches and its count mean the same here."""
    for n in range(7):
        snow.create(short_description=f"n{n}", impact=n % 3 + 1)
    gr = pysnc.GlideRecord("incident", batch_size=2)
    gr.add_query("short_description", "STARTSWITH", "n")
    gr.add_query("impact", "1").add_or_condition("impact", "2")
    gr.order_by("number")
    gr.query()

    assert [record.get_value("short_description") for record in gr] == [
        "n0",
        "n1",
        "n3",
        "n4",
        "n6",
    ]
    assert gr.get_row_count() == 5


def test_its_dates_are_utc_raw_and_local_displayed(pysnc: Any, snow: Client) -> None:
    """It asks for both values of everything."""
    snow.create()
    gr = pysnc.GlideRecord("incident")
    gr.query()
    assert gr.next()

    assert gr.get_value("sys_created_on") == "2026-11-23 15:00:00"
    assert gr.get_display_value("sys_created_on") == "2026-11-23 09:00:00"


def test_it_understands_our_refusals(pysnc: Any, snow: Client) -> None:
    """A data policy is its RoleException (403), wrong credentials its AuthenticationException."""
    id = snow.create()["sys_id"]
    gr = pysnc.GlideRecord("incident")
    gr.get(id)
    gr.state = 6
    with pytest.raises(RoleException):
        gr.update()

    stranger = ServiceNowClient(reached(snow), (USER, "wrong"), auto_retry=False)
    with pytest.raises(AuthenticationException):
        stranger.GlideRecord("incident").get(id)
    stranger.session.close()


def test_it_signs_in_by_client_credentials(snow: Client) -> None:
    """The token endpoint answers as its flow expects."""
    flow = ServiceNowClientCredentialsFlow(CLIENT_ID, CLIENT_SECRET)
    client = ServiceNowClient(reached(snow), flow, auto_retry=False)
    gr = client.GlideRecord("incident")
    gr.query()

    assert gr.get_row_count() == 0
    client.session.close()
