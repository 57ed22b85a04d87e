"""Where studies are kept, from a path or an address: opening, mending, locking, and what to say when it fails.

A path without "://" is Optuna's journal, one line of JSON for each operation. Measured against SQLite it needs a
quarter of the time, and a process that is killed in the middle of a line leaves a fragment that can be cut off.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import re
import sqlite3
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import optuna
import platformdirs
from filelock import FileLock, Timeout
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock
from optuna.trial import TrialState

from workbench.errors import WorkbenchError
from workbench.store import address, integrity
from workbench.study.mistakes import did_you_mean

if TYPE_CHECKING:
    from sqlalchemy import Connection

DEFAULT = "workbench.journal"
DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg", "mysql": "pymysql"}  # those that our extras install
EXTRAS = {"postgresql": "postgres", "mysql": "mysql"}
STALE = 5  # seconds after which the journal's lock, which outlives a killed process, is taken away
TOGETHER = 5  # tries of hosts that make a database's tables at the same moment
HELD = (
    30  # seconds after which a server ends a transaction that does nothing: a stopped host must not hold the rest
)
PATIENCE = 60  # seconds to wait for another process that writes to the same SQLite file
REACH = 10  # seconds to wait for a server

_KEPT_ALIVE = {  # PostgreSQL: a connection to a machine that is gone ends after half a minute
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,  # milliseconds
}
_RECORD = b'{"op_code":'  # how every line of a journal begins


class Unreachable(WorkbenchError):  # noqa: N818 - what has happened, as its users say it
    """The server does not answer, or has ended the connection: later it may."""


def chosen(given: str | None) -> str | None:
    """What --storage says, else $WORKBENCH_STORAGE, else None: the journal in the current folder."""
    return given or os.environ.get("WORKBENCH_STORAGE") or None


def display(where: str | None) -> str:
    """The storage's name for people: without its password."""
    return address.shown(where or DEFAULT)


def open_storage(where: str | None, *, reading: bool = False) -> BaseStorage:
    """The storage at `where`. When `reading`, nothing is created or mended: what is missing is an error."""
    with storage_errors(where), quiet():
        file = _file(where)
        if file is not None:
            _check_place(file, where, must_exist=reading)
        if where is None or "://" not in where:
            assert file is not None
            return _open_journal(file, reading=reading)
        with _lock(_key(where, "")):  # two processes that make the tables at once would both fail
            return _open_database(where, reading=reading)


def has_hosts(where: str | None) -> bool:
    """Whether several commands may tune a study there at the same time: in PostgreSQL, on one machine or many."""
    return where is not None and where.startswith("postgresql")


def beside(where: str | None, out: Path) -> Path:
    """The folder of what belongs to a storage: beside one that is a file, else with the reports."""
    file = _file(where)
    return out / ".artifacts" if file is None else file.with_name(f"{file.name}.artifacts")


@contextmanager
def exclusive(where: str | None, study: str) -> Iterator[None]:
    """Holds the right to tune this study; the system takes it back when the process ends, however it ends."""
    path = _key(where, study)
    owner = path.with_suffix(".pid")
    lock = _lock(path, wait=0)
    try:
        lock.acquire()
    except Timeout:
        try:
            process = f"process {int(owner.read_text())}"
        except (OSError, ValueError):
            process = "another process"
        raise WorkbenchError(
            f"study {study!r} in {display(where)} is being tuned by {process}",
            hint="wait for it or stop it; or keep the new trials elsewhere with --storage. Several commands, on "
            "one machine or many, tune one study together where the storage is a PostgreSQL database",
        ) from None
    try:
        owner.write_text(str(os.getpid()))
        yield
    finally:
        owner.unlink(missing_ok=True)
        lock.release()


@contextmanager
def storage_errors(where: str | None) -> Iterator[None]:
    """Whatever the disk, the database or the server refuses becomes one WorkbenchError that says so."""
    try:
        yield
    except WorkbenchError:
        raise
    except OSError as error:
        raise _from_system(where, error) from error
    except Exception as error:
        # By name, for SQLAlchemy takes a quarter of a second to import and a journal does without it.
        if isinstance(error, optuna.exceptions.StorageInternalError) or _is_sqlalchemy(error):
            raise _from_database(where, error) from error
        raise


@contextmanager
def together(storage: BaseStorage) -> Iterator[Connection | None]:
    """What is written inside reaches the disk as one: an append to a journal, or a transaction, whose connection it
    gives."""
    if isinstance(storage, _JournalStorage):
        try:
            with storage.journal.together(storage.get_all_studies):
                yield None
        except BaseException:
            storage.forget()
            raise
        return
    assert isinstance(storage, RDBStorage)
    sessions = storage.scoped_session
    with storage.engine.begin() as connection:
        sessions.remove()
        sessions.configure(bind=connection, join_transaction_mode="rollback_only")  # their commits do nothing
        try:
            yield connection
        finally:
            sessions.remove()
            sessions.configure(bind=storage.engine)


@contextmanager
def quiet() -> Iterator[None]:
    """Optuna's own remarks are kept from the terminal: each study made, each trial, what is experimental."""
    verbosity = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(verbosity)


# -- files ----------------------------------------------------------------------------------------------------


def _file(where: str | None) -> Path | None:
    """The absolute path of the file that `where` means; None for a server."""
    if where is None or "://" not in where:
        return Path(where or DEFAULT).expanduser().absolute()
    if not where.startswith("sqlite"):
        return None
    name = where.partition("://")[2].partition("?")[0].removeprefix("/")
    if name in ("", ":memory:"):
        raise WorkbenchError(
            f"{display(where)}: this is a database in memory, and would be gone with the process",
            hint="name a file: sqlite:///studies.db",
        )
    return Path(name).absolute()


def _check_place(file: Path, where: str | None, *, must_exist: bool) -> None:
    shown = display(where)
    if file.is_dir():
        raise WorkbenchError(
            f"{shown}: the storage must be a file, and this is a folder", hint=f"for example {file.name}/{DEFAULT}"
        )
    if not file.parent.is_dir():
        raise WorkbenchError(
            f"{shown}: there is no folder {file.parent}", hint=f"make it first: mkdir -p {file.parent}"
        )
    if must_exist and not file.exists():
        raise WorkbenchError(
            f"{shown}: there is no such file, so nothing is stored there",
            hint="run `workbench tune` first, or name the storage it used with --storage",
        )
    if not must_exist and not os.access(file if file.exists() else file.parent, os.W_OK):
        raise WorkbenchError(f"{shown}: cannot be written to", hint="choose another place with --storage")


# -- journal --------------------------------------------------------------------------------------------------


class _Journal(JournalFileBackend):
    """A journal file that stays whole when the disk is full, and that waits for the disk when trials have ended.

    Optuna's waits for it at each of the twenty records of a trial. A process that is killed loses nothing without;
    a machine that loses its power loses, of the trial that was running, what it would have to do again anyway.
    """

    def __init__(self, file: Path) -> None:
        # Absolute, for Optuna's lock is a link that must lead to the file from wherever it lies.
        self.file, self.lock = file, JournalFileSymlinkLock(str(file), grace_period=STALE)
        self._read = 0  # records that Optuna has seen
        self._held: list[dict[str, Any]] | None = None  # within `together`: records that are not in the file yet
        super().__init__(str(file), lock_obj=self.lock)

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        if self._held is not None:
            self._held.extend(logs)
            return
        with self._locked():
            self._append(logs)

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        if self._held is not None:
            yield from self._held[log_number_from - self._read :]
            return
        self._read = log_number_from
        try:
            for log in super().read_logs(log_number_from):
                self._read += 1
                yield integrity.check_line(log)
        except (ValueError, AttributeError) as error:
            raise _corrupt_journal(self.file) from error

    @contextmanager
    def together(self, read: Callable[[], object]) -> Iterator[None]:
        """What is written inside is one append. `read` brings Optuna up to date; nobody else writes meanwhile."""
        with self._locked():
            read()
            self._held = []
            try:
                yield
                self._append(self._held)
            finally:
                self._held = None

    def _append(self, logs: list[dict[str, Any]]) -> None:
        lines = "".join(map(integrity.line, logs)).encode()
        with self.file.open("a+b", buffering=0) as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # whoever was writing has been killed since this file was opened
                    self._cut_fragment()
            end = file.seek(0, os.SEEK_END)
            try:
                while lines:
                    lines = lines[file.write(lines) :]
                if any(log.get("state", TrialState.RUNNING) != TrialState.RUNNING for log in logs):
                    os.fsync(file.fileno())  # a trial has ended
            except BaseException:
                file.truncate(end)
                raise

    def mend(self) -> None:
        """Cut off a last line that has no end. Optuna would write the next record behind it, in the same line."""
        if not self._fragment():
            return
        with self._locked():  # whoever was in the middle of a line has ended it now, or never will
            self._cut_fragment()

    def _cut_fragment(self) -> None:
        fragment = self._fragment()
        if _RECORD.startswith(fragment[: len(_RECORD)]):  # not so in a file that is something else
            os.truncate(self.file, self.file.stat().st_size - len(fragment))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.lock.acquire()
        try:
            yield
        finally:
            self.lock.release()

    def _fragment(self) -> bytes:
        content = self.file.read_bytes()
        return content[content.rfind(b"\n") + 1 :]


class _JournalStorage(JournalStorage):
    def __init__(self, journal: _Journal) -> None:
        super().__init__(journal)
        self.journal = journal

    def forget(self) -> None:
        """Take nothing for written: all is read again from the file. What Optuna does when it is unpickled."""
        self.__setstate__(self.__getstate__())


def _open_journal(file: Path, *, reading: bool) -> JournalStorage:
    try:
        journal = _Journal(file)
        if not reading:
            journal.mend()
        _check_end(file)
        return _JournalStorage(journal)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _corrupt_journal(file) from error


def _check_end(file: Path) -> None:
    """Optuna takes a broken last line for one that is being written, and would bury it under the next."""
    whole, _, fragment = file.read_bytes().rpartition(b"\n")
    if not _RECORD.startswith(fragment[: len(_RECORD)]):
        raise ValueError("the end is not a record")
    if whole:
        json.loads(whole.rpartition(b"\n")[2])


def _corrupt_journal(file: Path) -> WorkbenchError:
    lines = file.read_bytes().splitlines()
    if lines and lines[0].startswith(b"SQLite format 3"):
        return WorkbenchError(
            f"{file}: this is an SQLite file, not a journal", hint=f"write --storage sqlite:///{file}"
        )
    bad = next((number for number, line in enumerate(lines, 1) if not _is_record(line)), None)
    if bad is None or bad == 1:
        return WorkbenchError(
            f"{file}: this is not a journal of Optuna's", hint="choose another file with --storage"
        )
    return WorkbenchError(
        f"{file}: the journal is corrupt at line {bad} of {len(lines)}",
        hint=f"what stands before it can be saved: head -n {bad - 1} {file.name} > saved.journal, "
        f"then --storage saved.journal",
    )


def _is_record(line: bytes) -> bool:
    try:
        return "op_code" in integrity.check_line(json.loads(line))
    except (ValueError, TypeError, AttributeError):
        return False


# -- databases ------------------------------------------------------------------------------------------------


def _open_database(where: str, *, reading: bool) -> RDBStorage:
    url, dialect, driver = _with_driver(where)
    engine: dict[str, Any] = {"pool_pre_ping": True}
    if dialect == "sqlite":
        engine = {"connect_args": {"timeout": PATIENCE}}
    elif driver == DRIVERS[dialect]:  # others have other words for it
        engine["connect_args"] = {"connect_timeout": REACH}
        if dialect == "postgresql":
            engine["connect_args"] |= _KEPT_ALIVE
    try:
        storage = _with_tables(lambda: RDBStorage(url, engine_kwargs=engine, skip_table_creation=reading))
    except ImportError as error:
        extra = EXTRAS.get(dialect)
        said = address.scrubbed(where, str(error.__cause__ or error))
        raise WorkbenchError(
            f"{display(where)}: the driver for {dialect} is not installed ({said})",
            hint=f'pip install "workbench[{extra}]", and write {dialect}://… without a driver of your own',
        ) from error
    except RuntimeError as error:  # made by another version of Optuna
        said = address.scrubbed(where, str(error))
        raise WorkbenchError(f"{display(where)}: {said}", hint="choose another storage with --storage") from error
    if dialect == "sqlite":
        _tune_sqlite(storage, reading=reading)
    if dialect == "postgresql":
        _tune_postgresql(storage)
    return storage


def _with_tables(make: Callable[[], RDBStorage]) -> RDBStorage:
    """Hosts that come to an empty database at once all make its tables: all but one fail, and find them there."""
    for _ in range(TOGETHER - 1):
        try:
            return make()
        except Exception as error:
            if type(error).__name__ not in ("ProgrammingError", "IntegrityError"):
                raise
            time.sleep(random.uniform(0.1, 1.0))
    return make()


def _with_driver(where: str) -> tuple[str, str, str]:
    """The address with the driver that we install where it names none; its dialect; its driver."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    scheme = where.partition("://")[0]
    dialect, _, driver = scheme.partition("+")
    if dialect not in DRIVERS:
        guess = {"postgres": "postgresql", "mariadb": "mysql"}.get(dialect)
        raise WorkbenchError(
            f"{display(where)}: {scheme}:// is not a kind of storage that is known",
            hint=f"did you mean {guess}?"
            if guess
            else did_you_mean(dialect, DRIVERS)
            or "a path of a journal file, or an address that begins with " + ":// or ".join(DRIVERS) + "://",
        )
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as error:
        raise WorkbenchError(
            f"{display(where)}: this is not an address of a database",
            hint=f"write {dialect}://user:password@host:port/name, with %40 for an @ in the password",
        ) from error
    driver = driver or DRIVERS[dialect]
    return url.set(drivername=f"{dialect}+{driver}").render_as_string(hide_password=False), dialect, driver


def _tune_sqlite(storage: RDBStorage, *, reading: bool) -> None:
    """A log beside the file instead of a copy of each page: seven times as fast for several processes."""
    from sqlalchemy import event

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA synchronous=NORMAL")
        if not reading:
            connection.execute("PRAGMA journal_mode=WAL")

    event.listen(storage.engine, "connect", connected)
    storage.engine.dispose()  # the connection that made the tables was opened without


def _tune_postgresql(storage: RDBStorage) -> None:
    """Nobody waits for ever for a host that was stopped in the middle of a transaction."""
    from sqlalchemy import event

    def connected(connection: Any, _record: object) -> None:
        for limit in ("idle_in_transaction_session_timeout", "lock_timeout"):
            connection.execute(f"SET {limit} = '{HELD}s'")
        connection.commit()

    event.listen(storage.engine, "connect", connected)
    storage.engine.dispose()


# -- locks ----------------------------------------------------------------------------------------------------


def _lock(path: Path, wait: float = PATIENCE) -> FileLock:
    return FileLock(path.with_suffix(".lock"), timeout=wait)


def _key(where: str | None, study: str) -> Path:
    """A path that stands for the study in this storage, the same from every folder; without a suffix."""
    file = _file(where)
    text = f"{display(where) if file is None else file.resolve()}\n{study}"
    return lock_folder() / hashlib.sha256(text.encode()).hexdigest()[:32]


def lock_folder() -> Path:
    """Not beside the storage, for that may be a server, or a folder where locks do not work."""
    for home in (platformdirs.user_state_path("workbench"), Path(tempfile.gettempdir()) / "workbench"):
        folder = home / "locks"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    raise WorkbenchError(
        f"no place for a lock file: neither {platformdirs.user_state_path('workbench')} nor "
        f"{tempfile.gettempdir()} can be written to",
        hint="set XDG_STATE_HOME or TMPDIR to a folder that you may write to",
    )


# -- words for failures -----------------------------------------------------------------------------------------


def _from_system(where: str | None, error: OSError) -> WorkbenchError:
    full = error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
    return WorkbenchError(
        f"{display(where)}: {error.strerror or error}",
        hint="free some space; what is stored is safe, and the same command goes on from there"
        if full
        else "choose another place with --storage",
    )


def _is_sqlalchemy(error: BaseException) -> bool:
    return any(kind.__module__ == "sqlalchemy.exc" for kind in type(error).__mro__)


def _from_database(where: str | None, error: BaseException) -> WorkbenchError:
    shown = display(where)
    kind = Unreachable if _file(where) is None and _is_of_the_connection(error) else WorkbenchError
    while isinstance(error.__cause__, Exception) and not hasattr(error, "orig"):
        error = error.__cause__  # Optuna's wrapping of SQLAlchemy's
    said = address.scrubbed(where or DEFAULT, str(getattr(error, "orig", None) or error).strip().partition("\n")[0])
    hint = "is the server running, and does it know this user, password and database?"
    if _file(where) is not None:
        hint = "choose another file with --storage"
        if "not a database" in said or "malformed" in said:
            return WorkbenchError(f"{shown}: this is not an SQLite file, or it is corrupt ({said})", hint=hint)
        if "full" in said:
            hint = "free some space; what is stored is safe, and the same command goes on from there"
    if re.search(r"no such table|relation .* does not exist|Table .* doesn't exist", said):
        return WorkbenchError(
            f"{shown}: nothing is stored there ({said})",
            hint="run `workbench tune` first, or name the storage it used with --storage",
        )
    return kind(f"{shown}: the database refuses: {said}", hint=hint)


def _is_of_the_connection(error: BaseException | None) -> bool:
    """Whether the same might go well with another connection, later."""
    while error is not None:
        if _is_sqlalchemy(error) and type(error).__name__ in _PASSING:
            return True
        if getattr(error, "connection_invalidated", False):
            return True
        error = error.__cause__
    return False


_PASSING = ("OperationalError", "InterfaceError", "PendingRollbackError", "ResourceClosedError", "TimeoutError")
