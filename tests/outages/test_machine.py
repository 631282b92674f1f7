"""The machine fails under a running daemon: its clock is set, names do not resolve, trust expires."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.command import free_port
from tests.outages.stage import at_work, desks_in, eventually, level, needs

PASSWORD = "demo-servicenow-password"
NAMES = "127.0.0.1 localhost snow.test\n"
pytestmark = [pytest.mark.machine, pytest.mark.slow, pytest.mark.timeout(240)]


def faketime() -> str:
    """Give the library that sets a process's clock; skip, saying what to do, without it."""
    for folder in Path("/usr/lib").glob("*/faketime"):
        return str(folder / "libfaketimeMT.so.1")
    pytest.skip("libfaketime is not here; apt install faketime, to try a clock that is set")


@pytest.mark.parametrize("step", ["-3600", "+7200"], ids=["back an hour", "on two hours"])
def test_a_clock_that_is_set_stops_nothing(tmp_path: Path, step: str) -> None:
    """Neither an hour of silence nor anything twice, in this run or the next (R16)."""
    clock = tmp_path / "clock"
    clock.write_text("+0")
    env = {
        "LD_PRELOAD": faketime(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with desks_in(tmp_path) as desks:
        with at_work(desks, **env) as stage:
            stage.cross("before")
            clock.write_text(step)
            stage.cross("after the step", 30)
            clock.write_text("+0")
            stage.cross("after the clock was put right", 30)
        with at_work(desks) as stage:
            stage.cross("in the next run", 30)
        done = level(desks)
        there = desks.servicenow.tickets()

    assert 0 == done["created"] + done["updated"] + done["commented"]
    assert 4 == len(there)


@contextmanager
def own_names(folder: Path) -> Iterator[tuple[list[str], Path]]:
    """Give the words that start a program with a hosts file of its own, and that file."""
    hosts = folder / "hosts"
    hosts.write_text(NAMES)
    bound = f"mount --bind {hosts} /etc/hosts && exec"
    needs(["unshare", "-m", "sh", "-c", f"{bound} true"], "run as root on a machine that may mount")
    yield ["unshare", "-m", "sh", "-c", f'{bound} "$@"', "sh"], hosts


class Terminator:
    """Ends TLS on loopback and passes the bytes on; its certificate can be changed."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._target = folder, int(url.rsplit(":", 1)[1])
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def serve(self, certificate: str) -> None:
        """Serve with this certificate from now on."""
        self.stop()
        program = Path(__file__).with_name("terminator.py")
        words = [sys.executable, str(program), str(self.port), str(self._target)]
        self._process = subprocess.Popen([*words, str(self._folder / certificate)])

    def stop(self) -> None:
        """Serve no more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


def certificate(folder: Path, name: str, *before: str) -> Path:
    """Make a certificate of its own; `before` are words that set the clock back."""
    words = [*before, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:snow.test",
             "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.crt")]  # fmt: skip
    subprocess.run(words, check=True, capture_output=True)
    both = folder / name
    both.write_bytes((folder / f"{name}.crt").read_bytes() + (folder / f"{name}.key").read_bytes())
    return both


def trust(config: Path, url: str, instead: str, *certificates: str) -> None:
    """Put an address in place of another, with the certificates to trust there."""
    trusted = config.with_name("trusted.pem")
    trusted.write_bytes(b"".join(config.with_name(one).read_bytes() for one in certificates))
    text = config.read_text().replace(url, f"{instead}\n    verify: {trusted}")
    secret = config.with_name("password")
    secret.write_text(PASSWORD)  # only a system on 127.0.0.1 may have it written out
    config.write_text(text.replace(PASSWORD, f'"${{FILE:{secret}}}"'))


def test_a_name_that_does_not_resolve_is_an_outage_like_any_other(tmp_path: Path) -> None:
    """Told once, with the reason; the daemon goes on when the name is back."""
    needs(["openssl", "version"], "apt install openssl")
    certificate(tmp_path, "good")
    with own_names(tmp_path) as (words, hosts), desks_in(tmp_path) as desks:
        tls = Terminator(tmp_path, desks.servicenow.url)
        trust(desks.config, desks.servicenow.url, f"https://snow.test:{tls.port}", "good.crt")
        tls.serve("good")
        try:
            with at_work(desks, before=words) as stage:
                stage.cross("before")
                hosts.write_text("127.0.0.1 somewhere-else\n")
                time.sleep(11)  # the client keeps a name for 10 s
                tls.serve("good")  # and a kept connection needs none
                eventually(lambda: stage.events("system.down"), 60)
                stage.open("meanwhile")
                why = stage.why_down("servicenow")
                time.sleep(3)
                hosts.write_text(NAMES)
                eventually(lambda: stage.arrived("meanwhile"), 60)
                eventually(lambda: stage.events("system.back"))
                names = [one["event"] for one in stage.events("system.down", "system.back")]
        finally:
            tls.stop()
        there = desks.servicenow.tickets()

    assert "its name does not resolve" in why
    assert ["system.down", "system.back"] == names
    assert 2 == len(there)


def test_a_certificate_that_expires_is_told_by_its_name(tmp_path: Path) -> None:
    """TLS is never given up; the reason is in /readyz, and a renewed certificate is noticed."""
    needs(["openssl", "version"], "apt install openssl")
    needs(["faketime", "--version"], "apt install faketime")
    certificate(tmp_path, "good")
    certificate(tmp_path, "expired", "faketime", "2020-01-01 00:00:00")
    with desks_in(tmp_path) as desks:
        tls = Terminator(tmp_path, desks.servicenow.url)
        here = f"https://localhost:{tls.port}"
        trust(desks.config, desks.servicenow.url, here, "good.crt", "expired.crt")
        tls.serve("good")
        try:
            with at_work(desks) as stage:
                stage.cross("before")
                tls.serve("expired")
                stage.open("meanwhile")
                eventually(lambda: stage.events("system.down"))
                status = stage.why_down("servicenow")
                tls.serve("good")
                eventually(lambda: stage.arrived("meanwhile"), 60)
            created = level(desks)["created"]
        finally:
            tls.stop()

    assert "certificate has expired" in status
    assert 0 == created
