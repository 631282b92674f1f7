"""Signing in to ServiceNow, and what a start finds out before anything is synced."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import stamina

from sync_service.core.outgoing import Kind
from sync_service.errors import AuthFailed, NeedsHuman, TryLater
from sync_service.simulators.servicenow import USER
from tests.integration.servicenow_desk import BASIC, LONG_AGO, OAUTH, adapter, desk, draft, soon

TOKENS = "POST /oauth_token.do"


@pytest.fixture(autouse=True)
def _quick() -> Any:
    with stamina.set_testing(True, attempts=1):
        yield


def _oauth(**more: Any) -> dict[str, Any]:
    return {"auth": OAUTH, "user": USER, **more}


async def test_one_token_serves_many_calls_at_once() -> None:
    """Calls that start together share the token they wait for."""
    async with desk(tickets=20, settings=_oauth()) as snow:
        await asyncio.gather(*(snow.adapter.changed(LONG_AGO) for _ in range(8)))

        assert snow.world.log.counts()[TOKENS] == 1
        assert snow.adapter.http.counts["POST", "/oauth_token.do"] == 1


async def test_a_token_is_renewed_before_it_ends() -> None:
    """A life of 2 s is renewed after one, so that no call meets a dead token."""
    async with desk(settings=_oauth(), token_seconds=2) as snow:
        await asyncio.sleep(1.1)
        await snow.adapter.changed(None)

        assert snow.world.log.counts()[TOKENS] == 2


async def test_a_token_that_died_early_is_replaced_once_for_a_read_and_a_write() -> None:
    """A 401 proves that nothing was done, so the call may be sent again with a new token."""
    async with desk(settings=_oauth()) as snow:
        snow.world.clock.advance(3600)
        await snow.adapter.changed(None)
        assert snow.world.log.counts()[TOKENS] == 2

        snow.world.clock.advance(3600)
        made = await snow.adapter.create(draft(), soon())

        assert made.ticket
        assert snow.world.log.counts()[TOKENS] == 3
        assert len(snow.world.dump()) == 1


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"auth": {**BASIC, "password": "wrong"}}, "`auth.password` and `auth.user`"),
        (_oauth(auth={**OAUTH, "client_secret": "wrong"}), "OAuth application user"),
        ({"auth": {"api_key": "wrong"}, "user": USER}, "`auth.api_key`"),
        ({"auth": OAUTH, "user": "no.such.user"}, "knows no user no.such.user"),
        ({"table": "incdent"}, "no table incdent"),
        ({"key_field": "u_sync_kee"}, "no column u_sync_kee"),
    ],
)
async def test_a_wrong_setting_is_named(settings: dict[str, Any], words: str) -> None:
    """Bad input: one clear message that says what to do, and never the secret."""
    async with desk(tickets=3, settings=settings, start=False) as snow:
        with pytest.raises(NeedsHuman, match=words) as caught:
            await snow.adapter.start()

        assert "wrong" not in str(caught.value)


async def test_a_key_field_that_filters_nothing_is_found_even_without_tickets_to_show_it() -> None:
    """R3, R4: the trial asks for a key that cannot be."""
    settings = {"key_field": "u_sync_kee"}
    async with desk(tickets=3, settings=settings, start=False, hide_every=1) as snow:
        with pytest.raises(NeedsHuman, match="ignores a filter on u_sync_kee"):
            await snow.adapter.start()


@pytest.mark.parametrize("position", ["empty", "forbidden"])
async def test_an_unreadable_journal_is_told_at_start(position: str) -> None:
    """The ACL trap, found before a single ticket is synced."""
    async with desk(tickets=30, start=False, journal=position) as snow:
        with pytest.raises(AuthFailed, match="sys_journal_field"):
            await snow.adapter.start()


async def test_an_instance_without_any_comment_is_no_trap() -> None:
    """A fresh instance has an empty journal and no comment texts."""
    async with desk() as snow:
        snow.open()
        await snow.adapter.start()


async def test_a_sleeping_instance_is_named() -> None:
    """It answers 200 and a web page."""
    async with desk(start=False, hibernating=True) as snow:
        with pytest.raises(NeedsHuman, match="hibernating"):
            await snow.adapter.start()
    async with desk(start=False, settings=_oauth(), hibernating=True) as snow:
        with pytest.raises(NeedsHuman, match="hibernating"):
            await snow.adapter.start()


async def test_an_unreachable_instance_is_tried_later() -> None:
    """No connection is no verdict on the settings."""
    async with desk(start=False) as snow:
        snow_url = snow.url
    lost = adapter(snow_url, timeout=timedelta(seconds=2))
    with pytest.raises(TryLater, match="is `url` right"):
        await lost.start()
    await lost.close()


async def test_a_maintenance_page_is_tried_later() -> None:
    """A proxy's page is no empty result."""
    async with desk(tickets=3) as snow:
        snow.fault("not_json", "incident", status=200, times=None)

        with pytest.raises(TryLater, match="no JSON"):
            await snow.adapter.changed(LONG_AGO)


async def test_a_refused_read_is_no_refused_item() -> None:
    """Reads end as later, as refused rights or as a person's business (adapter contract)."""
    async with desk(tickets=3) as snow:
        snow.fault("status", "incident", status=414, times=None)

        with pytest.raises(NeedsHuman, match="414"):
            await snow.adapter.changed(LONG_AGO)


async def test_start_may_be_called_again() -> None:
    """`check` and `run` share an adapter."""
    async with desk(tickets=3) as snow:
        await snow.adapter.start()

        assert snow.adapter.traits.exact_version


async def test_client_credentials_tell_their_own_user() -> None:
    """The instance's own word for the asking account needs no setting."""
    async with desk(settings={"auth": OAUTH}) as snow:
        made = await snow.adapter.create(draft(), soon())

        assert made.ticket
        assert made.ticket.ours


async def test_without_the_platforms_own_word_the_user_must_be_named() -> None:
    """Client credentials act as a user whom only the instance knows."""
    async with desk(settings={"auth": OAUTH}, start=False) as snow:
        select = snow.world.database.select
        snow.world.database.select = lambda table, text, **k: (
            [] if table == "sys_user" else select(table, text, **k)
        )
        with pytest.raises(NeedsHuman, match="Set `user`"):
            await snow.adapter.start()


async def test_the_live_columns_and_choices_are_described() -> None:
    """`init` and `validate` read them."""
    async with desk(tickets=3) as snow:
        fields = {one.name: one for one in await snow.adapter.describe()}

        assert fields["state"].values[:2] == ("New", "In Progress")
        assert not fields["priority"].writable
        assert fields["short_description"].longest == 160
        assert fields["u_room"].kind is Kind.TEXT
        assert "severity" not in fields  # in the catalogue, but not on this instance
        assert snow.adapter.kind("severity") is None
        assert snow.adapter.kind("comments") is Kind.TEXT
