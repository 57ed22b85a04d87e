"""Every storage, a real PostgreSQL among them where one is installed, and a study that trains without torch."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("WORKBENCH_STORAGE", raising=False)


@pytest.fixture(scope="session")
def fake() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fake", Path(__file__).with_name("fake.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake"] = module  # dataclasses and pickles look there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["journal", "sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return a_database(request.getfixturevalue("postgresql"))
    return {"journal": str(tmp_path / "a.journal"), "sqlite": f"sqlite:///{tmp_path / 'a.db'}"}[request.param]


@pytest.fixture
def elsewhere(where: str, tmp_path: Path) -> str:
    """Another storage of the same kind."""
    if where.startswith("postgresql"):
        return a_database(where)
    return where.replace("a.", "b.")


def a_database(server: str) -> str:
    """A new, empty database on the server of this URL: its URL."""
    import psycopg

    address = server.rsplit("/", 1)[0]
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        [count] = connection.execute("SELECT count(*) FROM pg_database").fetchone() or [0]
        connection.execute(f"CREATE DATABASE study_{count}".encode())
    return f"{address}/study_{count}"


class Servers:
    """What can be done to a database from outside."""

    a_database = staticmethod(a_database)

    def cut(self, database: str) -> None:
        """End every connection to it."""
        name = database.rsplit("/", 1)[1]
        self._say(database, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    @contextmanager
    def gone(self, database: str) -> Iterator[None]:
        """Nobody gets a connection to it, and those that there were are ended."""
        name = database.rsplit("/", 1)[1]
        self._say(database, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self.cut(database)
        try:
            yield
        finally:
            self._say(database, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    def _say(self, database: str, text: str) -> None:
        import psycopg

        with psycopg.connect(f"{database.rsplit('/', 1)[0]}/postgres", autocommit=True) as connection:
            connection.execute(text.encode())


@pytest.fixture(scope="session")
def servers() -> Servers:
    return Servers()


@pytest.fixture(scope="module")
def database(postgresql: str) -> str:
    """The URL of a PostgreSQL database of the module's own: its tables take longer to make than a study."""
    return a_database(postgresql)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server that runs on loopback for these tests. Skips where none is installed.

    $WORKBENCH_TEST_POSTGRESQL is that of a server which runs already.
    """
    if there := os.environ.get("WORKBENCH_TEST_POSTGRESQL"):
        yield there
        return
    programs = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))]
    found = [Path(program).parent for program in programs if program]
    if not found:
        if os.environ.get("CI"):
            pytest.fail("CI has no PostgreSQL: apt-get install postgresql")
        pytest.skip("needs PostgreSQL: initdb is neither on PATH nor in /usr/lib/postgresql")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # The server refuses to run as root.
    user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        if user:
            shutil.chown(folder, "postgres")
        files = f"{folder}/data"

        def run(*words: str) -> None:
            command = [*user, str(found[-1] / words[0]), "-D", files, *words[1:]]
            # Not a pipe: the server keeps what it inherits, and a pipe would never end.
            silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            subprocess.run(command, check=True, cwd=folder, **silent)

        run("initdb", "-U", "postgres", "-A", "trust", "--no-sync")
        run("pg_ctl", "-w", "-o", f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -F", "start")
        try:
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
