from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import optuna
import pytest

from workbench.errors import WorkbenchError
from workbench.store import storage, trials


def test_what_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert storage.chosen(None) is None
    monkeypatch.setenv("WORKBENCH_STORAGE", "sqlite:///a.db")
    assert storage.chosen(None) == "sqlite:///a.db"
    assert storage.chosen("b.journal") == "b.journal"


def test_the_default_is_a_journal_in_the_current_folder(tmp_path: Path, fake: ModuleType) -> None:
    fake.tune(fake.open_store(None, fake.spec()), 1)
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["workbench.journal"]
    assert storage.display(None) == "workbench.journal"


def test_sqlite_writes_ahead(tmp_path: Path, fake: ModuleType) -> None:
    fake.open_store("sqlite:///a.db", fake.spec())
    with sqlite3.connect(tmp_path / "a.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("postgresql://ann:secret@host:5432/db", "postgresql://ann:***@host:5432/db"),
        ("mysql+pymysql://ann:sec:ret@r@host/db?ssl=1", "mysql+pymysql://ann:***@host/db?ssl=1"),
        ("postgresql://host/db?user=ann&password=secret", "postgresql://host/db?user=ann&password=***"),
        ("sqlite:///a.db", "sqlite:///a.db"),
        ("some/a.journal", "some/a.journal"),
        ("postgresql://ann:se/cret@host/db", "postgresql://ann:***@host/db"),
        ("postgresql://ann:se?cret@host/db", "postgresql://ann:***@host/db"),
        ("postgresql://ann:secret", "postgresql://ann:***"),
        ("postgresql://ann@host/db", "postgresql://ann@host/db"),
        ("postgresql://host:5432/db?password=sec@ret", "postgresql://***:***@***"),
        ("postgresql://ann:sec@host/db?application_name=a@ret", "postgresql://***:***@***"),
        ("postgresql://host/db?%70assword=secret", "postgresql://host/db?%70assword=***"),
        (
            "postgresql://host/db?PassWord=secret;sslmode=require",
            "postgresql://host/db?PassWord=***;sslmode=require",
        ),
        (
            "postgresql://host/db?sslpassword=secret&sslkey=secret",
            "postgresql://host/db?sslpassword=***&sslkey=***",
        ),
        ("--storage=postgresql://ann:secret@host/db", "--storage=postgresql://ann:***@host/db"),
    ],
)
def test_a_password_is_not_shown(where: str, shown: str) -> None:
    assert storage.display(where) == shown


@pytest.mark.parametrize(
    ("where", "said", "scrubbed"),
    [
        ("postgresql://ann:sec@cret@host/db", 'no host "cret@host"', 'no host "***@host"'),
        ("postgresql://ann:a%21bcd@host/db", "the password a!bcd is wrong", "the password *** is wrong"),
        ("postgresql://host/db?password=s3cret", "option password=s3cret", "option password=***"),
        ("postgresql://ann:secret@host/db", 'no role "ann"', 'no role "ann"'),
    ],
)
def test_what_a_driver_says_is_without_the_password(where: str, said: str, scrubbed: str) -> None:
    with pytest.raises(WorkbenchError) as refusal, storage.storage_errors(where):
        raise optuna.exceptions.StorageInternalError(said)
    assert scrubbed in refusal.value.message
    assert "cret" not in str(refusal.value)


def test_a_server_that_does_not_answer(fake: ModuleType) -> None:
    pytest.importorskip("psycopg")
    with pytest.raises(WorkbenchError) as refusal:
        fake.open_store("postgresql://ann:secret@127.0.0.1:1/db", fake.spec())
    assert "is the server running" in str(refusal.value.hint)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("where", "package", "extra"),
    [
        ("postgresql://ann:secret@host/db", "psycopg", "postgres"),
        ("mysql://ann:secret@host/db", "pymysql", "mysql"),
        ("mysql+pymysql://ann:secret@host/db", "pymysql", "mysql"),
    ],
)
def test_a_driver_that_is_not_installed(
    where: str, package: str, extra: str, fake: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(WorkbenchError) as refusal:
        fake.open_store(where, fake.spec())
    assert f'pip install "workbench[{extra}]"' in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("where", "message", "hint"),
    [
        ("folder", "this is a folder", "folder/workbench.journal"),
        ("sqlite:///folder", "this is a folder", "for example"),
        ("missing/a.journal", "there is no folder", "mkdir -p"),
        ("sqlite:///missing/a.db", "there is no folder", "mkdir -p"),
        ("file/a.journal", "there is no folder", "mkdir -p"),
        ("sqlite://", "a database in memory", "sqlite:///studies.db"),
        ("postgres://host/db", "is not a kind of storage", "did you mean postgresql?"),
        ("sqlit:///a.db", "is not a kind of storage", "did you mean sqlite?"),
        ("redis://host", "is not a kind of storage", "a path of a journal file"),
        ("postgresql://ann:secret@host:port/db", "not an address of a database", "user:password@host:port/name"),
    ],
)
def test_a_place_that_cannot_be(where: str, message: str, hint: str, tmp_path: Path, fake: ModuleType) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(WorkbenchError) as refusal:
        fake.open_store(where, fake.spec())
    assert message in refusal.value.message
    assert hint in str(refusal.value.hint)
    assert "secret" not in str(refusal.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path, fake: ModuleType) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(WorkbenchError, match="cannot be written to"):
        fake.open_store("locked/a.journal", fake.spec())


# -- corrupt files ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("where", "content", "message"),
    [
        ("a.journal", b"Dear diary,\ntoday nothing", "is not a journal of Optuna's"),
        ("a.journal", b"SQLite format 3\0" + b"\0" * 100, "is an SQLite file, not a journal"),
        ("a.journal", b"\xff\xfe\x00\n\x80", "is not a journal of Optuna's"),
        ("a.journal", b"[1]\n{}\n", "is not a journal of Optuna's"),
        ("sqlite:///a.db", b"Dear diary,\n" * 100, "is not an SQLite file, or it is corrupt"),
    ],
    ids=["text", "sqlite", "binary", "json", "no sqlite"],
)
def test_a_file_that_is_something_else_is_not_touched(
    where: str, content: bytes, message: str, tmp_path: Path, fake: ModuleType
) -> None:
    file = tmp_path / where.removeprefix("sqlite:///")
    file.write_bytes(content)
    for use in (lambda: fake.open_store(where, fake.spec()), lambda: trials.read(where, "fake")):
        with pytest.raises(WorkbenchError, match=message):
            use()
        assert file.read_bytes() == content


@pytest.mark.parametrize("place", ["middle", "last line"])
def test_a_journal_that_is_corrupt_says_where(place: str, tmp_path: Path, fake: ModuleType) -> None:
    file = tmp_path / "a.journal"
    fake.tune(fake.open_store(str(file), fake.spec()), 2)
    lines = file.read_bytes().splitlines(keepends=True)
    bad = len(lines) // 2 if place == "middle" else len(lines) - 1
    lines[bad] = lines[bad][:20] + b"\n"
    file.write_bytes(b"".join(lines))
    with pytest.raises(WorkbenchError) as refusal:
        fake.open_store(str(file), fake.spec())
    assert f"corrupt at line {bad + 1} of {len(lines)}" in refusal.value.message
    assert f"head -n {bad} a.journal" in str(refusal.value.hint)
    assert file.read_bytes() == b"".join(lines)


def test_a_damaged_database_is_refused(tmp_path: Path, fake: ModuleType) -> None:
    where, file = "sqlite:///a.db", tmp_path / "a.db"
    fake.tune(fake.open_store(where, fake.spec()), 1)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    file.write_bytes(content)
    for rest in ("a.db-wal", "a.db-shm"):
        (tmp_path / rest).unlink(missing_ok=True)
    with pytest.raises(WorkbenchError, match="corrupt"):
        fake.open_store(where, fake.spec())


def test_a_database_that_holds_something_else_is_read_without_a_trace(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE poems (text)")
    connection.close()
    before = (tmp_path / "a.db").read_bytes()
    with pytest.raises(WorkbenchError, match="no such table"):
        trials.read("sqlite:///a.db", "fake")
    assert (tmp_path / "a.db").read_bytes() == before


@pytest.mark.parametrize("length", [1, 9, 40, None], ids=str)
def test_a_half_written_record_is_cut_off_and_nothing_else(
    length: int | None, tmp_path: Path, fake: ModuleType
) -> None:
    file = tmp_path / "a.journal"
    whole = fake.tune(fake.open_store(str(file), fake.spec()), 3)
    content = file.read_bytes()
    record = content.splitlines()[-1]
    file.write_bytes(content + record[:length])
    store = fake.open_store(str(file), fake.spec())
    assert file.read_bytes() == content
    assert store.history() == whole
    fake.tune(store, 4)
    assert len(trials.read(str(file), "fake").rows) == 4


def test_a_full_disk_is_said_and_costs_nothing(tmp_path: Path, fake: ModuleType) -> None:
    file = tmp_path / "a.journal"
    store = fake.open_store(str(file), fake.spec())
    fake.tune(store, 3)
    before, limits = trials.read(str(file), "fake"), resource.getrlimit(resource.RLIMIT_FSIZE)
    action = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    trial = fake.ask(store)
    size = file.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, limits[1]))  # half a record
    try:
        with pytest.raises(WorkbenchError) as refusal:
            fake.report(store, trial, fake.epoch_of(trial, 1))
        assert file.stat().st_size == size
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, action)
    assert refusal.value.message == f"{file}: {os.strerror(errno.EFBIG)}"
    assert "free some space" in str(refusal.value.hint)
    assert fake.report(store, trial, fake.epoch_of(trial, 1)) is False  # there is room again
    after = fake.open_store(str(file), fake.spec())
    assert after.history().rows[:3] == before.rows
    assert fake.ask(after) == trial


# -- two processes ----------------------------------------------------------------------------------------------

HOLD = """
import sys, time
from workbench.store.storage import exclusive
with exclusive(sys.argv[1], "mnist"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_one_study_is_tuned_by_one_process(where: str, tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, where], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(WorkbenchError) as refusal, storage.exclusive(where, "mnist"):
            pass
        assert f"is being tuned by process {other.pid}" in refusal.value.message
        with storage.exclusive(where, "digits"), storage.exclusive(f"{tmp_path}/other.journal", "mnist"):
            pass
        other.kill()
    with storage.exclusive(where, "mnist"):  # the system took the lock from the dead
        pass


def test_a_path_is_the_same_file_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    with storage.exclusive("sqlite:///a.db", "mnist"):
        monkeypatch.chdir(tmp_path / "below")
        with storage.exclusive("sqlite:///a.db", "mnist"):  # another file
            pass
        with pytest.raises(WorkbenchError), storage.exclusive(f"sqlite:///{tmp_path}/a.db", "mnist"):
            pass


def test_a_lock_that_outlived_its_process_is_waited_for_only_shortly(
    tmp_path: Path, fake: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "STALE", 1)
    file = tmp_path / "a.journal"
    fake.open_store(str(file), fake.spec())
    (tmp_path / "a.journal.lock").symlink_to(file)
    started = time.monotonic()
    assert fake.ask(fake.open_store(str(file), fake.spec())).number == 0
    assert 1 <= time.monotonic() - started < 10


def test_who_appends_behind_a_line_that_was_cut_short_mends_it_first(fake: ModuleType, tmp_path: Path) -> None:
    where = str(tmp_path / "a.journal")
    store = fake.open_store(where, fake.spec())
    fake.tune(store, 1)
    reader = storage.open_storage(where, reading=True)  # a dashboard, open for days
    whole = Path(where).read_bytes()
    with Path(where).open("ab") as file:
        file.write(b'{"op_code":5,"worker_id":"ki')  # the tune was killed here
    reader.set_study_system_attr(reader.get_study_id_from_name("fake"), "note", "mine")
    content = Path(where).read_bytes()
    assert content.startswith(whole)
    assert [json.loads(line)["op_code"] for line in content[len(whole) :].splitlines()] == [3]
    assert fake.tune(fake.open_store(where, fake.spec()), 2).rows[1].state != "running"
