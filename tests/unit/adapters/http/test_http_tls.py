"""TLS against a real server on loopback: verified always, by the machine's authorities or a named file."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import stamina

from sync_service.adapters.http import Http
from sync_service.adapters.incidentiq.settings import read_settings as incidentiq
from sync_service.adapters.request_tracker.settings import read_settings as request_tracker
from sync_service.adapters.servicenow.settings import read_settings as servicenow
from sync_service.errors import ConfigError, NotSent, TryLater
from tests.unit.adapters.http.authority import Authority, authority

pytestmark = [
    pytest.mark.machine,  # .ci/run installs it, and then takes no skip
    pytest.mark.skipif(
        not shutil.which("openssl"), reason="openssl is not installed: apt install openssl"
    ),
]
HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Give an authority that no machine trusts."""
    return authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def serving(certificate: Path, context: ssl.SSLContext | None = None) -> AsyncIterator[
    tuple[str, list[bytes]]
]:  # fmt: skip
    """Serve HTTPS with a certificate; give the address and what arrived through TLS."""
    seen: list[bytes] = []
    context = context or ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(HELLO)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client would have none of us
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield f"https://localhost:{server.sockets[0].getsockname()[1]}", seen


@asynccontextmanager
async def client(url: str, verify: str | None = None) -> AsyncIterator[Http]:
    """Give a client that carries a token."""
    http = Http("desk", url, headers={"Authorization": "Bearer canary"}, verify=verify)
    try:
        yield http
    finally:
        await http.aclose()


async def test_a_private_authority_is_trusted_if_its_file_is_named(ours: Authority) -> None:
    """`verify: FILE` is for districts with an authority of their own."""
    async with (
        serving(ours.certificate("localhost")) as (url, seen),
        client(url, ours.trusted) as http,
    ):
        answer = await http.read("GET", "/x")

        assert (200, 1) == (answer.status, len(seen))


async def _refused(url: str, verify: str | None) -> tuple[str, str]:
    """Read and write; give both errors' words."""
    async with client(url, verify) as http:
        with pytest.raises(TryLater) as read:
            await http.read("GET", "/x")
        with pytest.raises(NotSent) as write:
            await http.write("POST", "/x", deadline=datetime.now(UTC) + timedelta(seconds=20))
    return str(read.value), str(write.value)


async def test_an_authority_that_nobody_named_is_not_trusted(ours: Authority) -> None:
    """One clear message, and the token never leaves."""
    async with serving(ours.certificate("localhost")) as (url, seen):
        read, write = await _refused(url, None)

        for said in (read, write):
            assert "no connection to desk at localhost" in said
            assert "its certificate is refused: unable to get local issuer certificate" in said
        assert "name the authority's file in `verify` of this system" in read
        assert [] == seen


async def test_another_hosts_certificate_is_refused(ours: Authority) -> None:
    """A certificate of a trusted authority is not enough: it must be this host's."""
    async with serving(ours.certificate("other.example")) as (url, seen):
        read, _ = await _refused(url, ours.trusted)

        assert "its certificate is refused: Hostname mismatch" in read
        assert "not valid for 'localhost'" in read
        assert "write in `url` the name that the certificate is for" in read
        assert [] == seen


async def test_an_expired_certificate_is_refused(ours: Authority) -> None:
    """And it says that this is why."""
    async with serving(ours.certificate("localhost", "20200201000000Z")) as (url, seen):
        read, _ = await _refused(url, ours.trusted)

        assert "its certificate is refused: certificate has expired" in read
        assert "its owner must renew it" in read
        assert [] == seen


async def test_a_server_without_tls_is_no_server(ours: Authority) -> None:
    """An address with https:// is never spoken to in clear."""
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.read(1000))
        writer.write(HELLO)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        read, _ = await _refused(f"https://localhost:{port}", ours.trusted)

    assert "(no TLS: " in read
    assert "does a server with TLS 1.2 or later listen there?" in read
    assert [] == [one for one in seen if b"canary" in one]


async def test_tls_that_is_too_old_is_refused(ours: Authority) -> None:
    """TLS 1.2 is the oldest that Python's own defaults take."""
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serving(ours.certificate("localhost"), old) as (url, seen):
        read, _ = await _refused(url, ours.trusted)

        assert "no connection to desk" in read
        assert [] == seen


SETTINGS: dict[Any, dict[str, Any]] = {
    incidentiq: {"url": "https://d.incidentiq.com", "token": "x", "time_zone": "UTC",
                 "site_id": "bb6cece8-0000-4000-8000-000000000001"},
    servicenow: {"url": "https://d.service-now.com", "auth": {"api_key": "x"}},
    request_tracker: {"url": "https://rt.example", "token": "1-31-0123abcd", "queue": "x"},
}  # fmt: skip


@pytest.mark.parametrize("read", SETTINGS)
def test_verification_cannot_be_turned_off(read, tmp_path: Path) -> None:
    """No setting of any system does it; a file that is none is told when it is read."""
    given = SETTINGS[read]

    for off in (False, "no", "off", "False"):
        with pytest.raises(ConfigError, match=r"verify: cannot be turned off: certificates are al"):
            read("desk", {**given, "verify": off})
    for odd in ("", "ca.pem", ["/ca.pem"]):
        with pytest.raises(ConfigError, match=r"verify: is the whole path of a file of certific"):
            read("desk", {**given, "verify": odd})
    with pytest.raises(ConfigError, match=r"nowhere.pem, which cannot be used: No such file"):
        read("desk", {**given, "verify": str(tmp_path / "nowhere.pem")})
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(ConfigError, match=r"empty.pem, which cannot be used: it holds no certifi"):
        read("desk", {**given, "verify": str(empty)})
    assert None is read("desk", given).verify
