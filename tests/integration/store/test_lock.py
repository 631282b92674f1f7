"""The single-node lock (R29)."""

import subprocess
import sys
import time

import pytest

from sync_service.store import Lock, Store

HOLD = """
import sys
from sync_service.store import Store
store = Store.open(sys.argv[1])
lock = store.lock()
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


def _other_process(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", HOLD, url]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _said(child: subprocess.Popen[bytes]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().decode().strip()


def _soon(store: Store) -> Lock | None:
    """Take the lock as soon as the server has noticed that its holder is gone."""
    until = time.monotonic() + 10
    while (lock := store.lock()) is None and time.monotonic() < until:
        time.sleep(0.02)
    return lock


def test_a_second_process_is_refused_and_told_who_has_the_lock(store: Store, store_url: str):
    """A second daemon on the store must not start, and must say beside whom (R29)."""
    with _other_process(store_url) as child:
        assert _said(child) == "held"

        assert store.lock() is None
        told = store.locked_by()

        child.kill()
    assert told is not None
    assert f"process {child.pid} on " in told
    assert " since 20" in told


def test_the_lock_dies_with_a_killed_process(store: Store, store_url: str):
    """Kill -9 leaves no stale lock: the system or the server gives it back (R29)."""
    with _other_process(store_url) as child:
        assert _said(child) == "held"
        child.kill()

    lock = _soon(store)

    assert lock is not None
    lock.release()
    assert store.locked_by() is None


def test_a_released_lock_can_be_taken_by_another(store: Store, store_url: str):
    """An orderly stop frees the store at once; until then nobody else gets in."""
    lock = store.lock()
    assert lock is not None
    with _other_process(store_url) as child:
        assert _said(child) == "refused"
        child.kill()

    lock.release()

    with _other_process(store_url) as child:
        assert _said(child) == "held"
        child.kill()


def test_a_free_store_names_no_holder(store: Store):
    """`status` beside no daemon says so."""
    assert store.locked_by() is None


@pytest.mark.parametrize("content", ["", "not json", "{}"])
def test_a_holder_that_has_not_told_its_name_yet_is_still_a_holder(sqlite_url: str, content: str):
    """The description is a courtesy; the lock itself is what counts."""
    store = Store.open(sqlite_url)
    lock = store.lock()
    assert lock is not None
    file = store.database.file
    assert file is not None
    file.with_name(file.name + ".lock").write_text(content)

    assert store.locked_by() == "a process that has only just taken it"
    lock.release()
    store.close()
