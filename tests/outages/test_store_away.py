"""The store goes away under a running daemon: a full disk, and a PostgreSQL that is stopped."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import Cluster, cluster
from tests.outages.stage import Stage, at_work, desks_in, eventually, level, needs

pytestmark = pytest.mark.timeout(240)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount a file system of a few megabytes."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m", "sync-test", str(folder)]
    needs(command, "run as root on a machine that may mount, to try a full disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Write until nothing more fits."""
    stuffing = folder / "stuffing"
    with stuffing.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            return stuffing
    raise AssertionError("the disk took it all")


def told_once(stage: Stage) -> None:
    """See that the outage and its end were each told once, and nothing between."""
    names = [one["event"] for one in stage.events("store.away", "store.back")]
    assert ["store.away", "store.back"] == names
    loud = [one["event"] for one in stage.events() if one["level"] == "error"]
    assert [] == loud


@pytest.mark.machine
@pytest.mark.slow
def test_a_full_disk_stops_nothing_for_good(tmp_path: Path) -> None:
    """The daemon stays up, says so once, writes nothing it could not note, and goes on by itself."""
    with small_disk(tmp_path / "disk") as disk, desks_in(tmp_path) as desks:
        text = desks.config.read_text().replace(str(tmp_path / "store.db"), str(disk / "store.db"))
        desks.config.write_text(text)
        with at_work(desks) as stage:
            stage.cross("before")
            stuffing = fill(disk)
            for number in range(8):
                stage.open(f"meanwhile {number}")
            eventually(lambda: stage.events("store.away"))
            eventually(lambda: not stage.ready()[0])
            stuffing.unlink()
            eventually(lambda: all(stage.arrived(f"meanwhile {n}") for n in range(8)), 60)
            eventually(lambda: stage.ready()[0])
            told_once(stage)

        done = level(desks)
        there = desks.servicenow.tickets()

    assert 0 == done["created"], "none was copied twice"
    assert 9 == len(there)


def _outage(stage: Stage, server: Cluster, number: int) -> None:
    """Kill the server, let a person work meanwhile, and start it again."""
    server.kill()
    stage.open(f"meanwhile {number}")
    eventually(lambda: len(stage.events("store.away")) == number)
    ready, reasons = stage.ready()
    server.start()
    eventually(lambda: stage.arrived(f"meanwhile {number}"), 60)
    eventually(lambda: len(stage.events("store.back")) == number)

    assert not ready
    assert reasons[0].startswith("The store cannot be used")


@pytest.mark.postgres
@pytest.mark.slow
def test_a_stopped_postgresql_is_waited_for(tmp_path: Path) -> None:
    """Killed and started again under the daemon, twice; each time it goes on by itself (R29)."""
    with cluster() as server, desks_in(tmp_path) as desks:
        text = desks.config.read_text().replace(f"sqlite:///{tmp_path / 'store.db'}", server.url)
        desks.config.write_text(text)
        with at_work(desks) as stage:
            stage.cross("before")
            for outage in (1, 2):
                _outage(stage, server, outage)
            loud = [one["event"] for one in stage.events() if one["level"] == "error"]
            assert [] == loud

        done = level(desks)
        there = desks.servicenow.tickets()

    assert 0 == done["created"], "none was copied twice"
    assert 3 == len(there)
