"""The commands that tune one study in one database: who they are, which of them live, and whose a trial is.

Everything lies in Optuna's own tables. A host is a row of the study's system attributes with a number that it
raises every few seconds. Clocks of several machines are not compared: an observer calls a host dead when it has
seen that number stand still for so many seconds of its own clock, and counts only time in which it could read. So
a database that was away for minutes, or an observer that was stopped, declares nobody dead. On one machine a dead
host is known at once, by a lock that the system takes back when the process ends.

Who claims trials or writes into them holds the study's row, so that all of that goes one after another.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import socket
import threading
import time
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout
from optuna.storages import RDBStorage
from optuna.trial import TrialState

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from sqlalchemy import Connection

OWNER = "workbench:host"  # system attribute of a trial: who claimed it last
HOST = "workbench:host:"  # system attribute of a study, one for each host: its heartbeat
FINISH = "workbench:finish"  # system attribute of a study: who does what comes after the search
SILENCE = "WORKBENCH_HOST_TIMEOUT"  # the environment's word for the seconds after which a host is dead
SILENT = 60.0  # seconds, where it says nothing
BEATS = 8  # in that time
_NAME = re.compile(r"[\w.-]+")  # of a host; it becomes a file's name
RUNNING, WAITING = TrialState.RUNNING, TrialState.WAITING


@dataclass(frozen=True)
class Open:
    """A trial in the database that has not ended."""

    trial_id: int
    number: int
    state: TrialState
    owner: str | None


def silence() -> float:
    """Seconds after which a host that shows no life is dead."""
    said = os.environ.get(SILENCE) or str(SILENT)
    try:
        seconds = float(said)
    except ValueError:
        seconds = 0.0
    if not 1.0 <= seconds < float("inf"):
        raise WorkbenchError(f"{SILENCE}={said}: this is not a number of seconds, 1 or more")
    return seconds


class Host:
    """This command among the hosts of a study. Its thread shows that it lives, and looks who else does."""

    def __init__(self, storage: RDBStorage, study_id: int, lock_folder: Path) -> None:
        self._engine, self._study_id, self._silence = storage.engine, study_id, silence()
        self.name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._path = lock_folder / f"{self.name}.host"
        self._lock = FileLock(self._path)
        self._lock.acquire()
        self._beats = 0
        self._guard = threading.Lock()
        self._seen: dict[str, dict[str, Any]] = {}  # host -> what it said last
        self._silent: dict[str, float] = {}  # host -> seconds that it has been seen to say nothing else
        self._looked = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._live, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Join. Only after this may trials be claimed."""
        self._beat()
        self._thread.start()

    def close(self) -> None:
        """Leave; what this host has not released is then anybody's."""
        self._over.set()
        self._thread.join(timeout=15)
        with suppress(Exception), self._engine.begin() as connection:  # else it is dead after a while
            _forget(connection, self._study_id, HOST + self.name)
        self._lock.release()
        self._path.unlink(missing_ok=True)

    def alive(self, connection: Connection) -> set[str]:
        """Everyone who has joined and is not known to be dead, this host first of all. Who is not among them has
        left, or has been found dead by another.
        """
        now = _said(connection, self._study_id)
        with self._guard:
            seen, silent = dict(self._seen), dict(self._silent)
        return {self.name} | {
            name
            for name in now.keys() - {self.name}
            if now[name] != seen.get(name) or (silent[name] < self._silence and not self._gone(name, now[name]))
        }

    def _gone(self, name: str, said: Mapping[str, Any]) -> bool:
        """Whether this is a process of this machine that has ended: then its lock is free."""
        path = self._path.with_name(f"{name}.host")
        if said.get("machine") != _machine() or not _NAME.fullmatch(name) or not path.exists():
            return False
        lock = FileLock(path, timeout=0)
        try:
            lock.acquire()
        except (Timeout, OSError, RuntimeError):
            return False
        lock.release()
        return True

    # -- the thread -------------------------------------------------------------------------------------------

    def _live(self) -> None:
        while not self._over.wait(self._silence / BEATS):
            with suppress(Exception):  # of the database: whoever needs it finds out, and says so
                self._beat()

    def _beat(self) -> None:
        self._beats += 1
        mine = {"beats": self._beats, "machine": _machine()}
        with self._engine.begin() as connection:
            put(connection, self._study_id, HOST + self.name, mine)
            said = _said(connection, self._study_id)
        now = time.monotonic()
        passed, self._looked = min(now - self._looked, 2 * self._silence / BEATS), now
        with self._guard:
            before, self._seen = self._seen, said
            self._silent = {
                name: self._silent.get(name, 0.0) + passed if before.get(name) == one else 0.0
                for name, one in said.items()
            }


# -- the tables -------------------------------------------------------------------------------------------------


def hold(connection: Connection, study_id: int) -> None:
    """Until the end of this transaction nobody else claims or writes trials of this study."""
    from optuna.storages._rdb.models import StudyModel
    from sqlalchemy import select

    table = StudyModel.__table__
    connection.execute(select(table.c.study_id).where(table.c.study_id == study_id).with_for_update())


def unfinished(connection: Connection, study_id: int) -> dict[int, Open]:
    """{number: trial} of all that have not ended, in the order of their numbers."""
    from optuna.storages._rdb.models import TrialModel, TrialSystemAttributeModel
    from sqlalchemy import and_, select

    trial, attribute = TrialModel.__table__, TrialSystemAttributeModel.__table__
    owner = trial.outerjoin(attribute, and_(attribute.c.trial_id == trial.c.trial_id, attribute.c.key == OWNER))
    wanted = select(trial.c.trial_id, trial.c.number, trial.c.state, attribute.c.value_json).select_from(owner)
    rows = connection.execute(
        wanted.where(trial.c.study_id == study_id, trial.c.state.in_([RUNNING, WAITING])).order_by(trial.c.number)
    )
    return {
        number: Open(trial_id, number, state, None if said is None else json.loads(said))
        for trial_id, number, state, said in rows
    }


def count(connection: Connection, study_id: int) -> int:
    """Of all trials, whatever became of them."""
    from optuna.storages._rdb.models import TrialModel
    from sqlalchemy import func, select

    table = TrialModel.__table__
    return connection.execute(select(func.count()).where(table.c.study_id == study_id)).scalar_one()


def create(connection: Connection, study_id: int, numbers: Collection[int], owner: str) -> None:
    """New trials, running and claimed, of these numbers."""
    from optuna.storages._rdb.models import TrialModel
    from sqlalchemy import select

    table, now = TrialModel.__table__, datetime.now(UTC).replace(tzinfo=None)
    row = {"study_id": study_id, "state": RUNNING, "datetime_start": now}
    connection.execute(table.insert(), [row | {"number": number} for number in numbers])
    found = select(table.c.trial_id).where(table.c.study_id == study_id, table.c.number.in_(numbers))
    _own(connection, list(connection.execute(found).scalars()), owner)


def take(connection: Connection, trial_ids: Collection[int], owner: str) -> None:
    """Trials that are nobody's are this host's, and running."""
    from optuna.storages._rdb.models import TrialModel, TrialSystemAttributeModel

    table, attribute = TrialModel.__table__, TrialSystemAttributeModel.__table__
    connection.execute(table.update().where(table.c.trial_id.in_(trial_ids)).values(state=RUNNING))
    before = (attribute.c.key == OWNER) & attribute.c.trial_id.in_(trial_ids)
    connection.execute(attribute.delete().where(before))
    _own(connection, trial_ids, owner)


def put(connection: Connection, study_id: int, key: str, value: Mapping[str, Any]) -> None:
    """A system attribute of the study, whether there was one or not."""
    from optuna.storages._rdb.models import StudySystemAttributeModel

    table = StudySystemAttributeModel.__table__
    here, text = (table.c.study_id == study_id) & (table.c.key == key), json.dumps(value)
    if connection.execute(table.update().where(here).values(value_json=text)).rowcount == 0:
        connection.execute(table.insert().values(study_id=study_id, key=key, value_json=text))


def finisher(connection: Connection, study_id: int) -> dict[str, Any]:
    """Who does, or did, what comes after the search: {"host", "done"}; {} where nobody does."""
    found: dict[str, Any] = _attributes(connection, study_id, FINISH).get(FINISH, {})
    return found


def give_up_the_finish(connection: Connection, study_id: int) -> None:
    """Whoever comes next may do it."""
    _forget(connection, study_id, FINISH)


def _own(connection: Connection, trial_ids: Collection[int], owner: str) -> None:
    from optuna.storages._rdb.models import TrialSystemAttributeModel

    rows = [{"trial_id": one, "key": OWNER, "value_json": json.dumps(owner)} for one in trial_ids]
    connection.execute(TrialSystemAttributeModel.__table__.insert(), rows)


def _said(connection: Connection, study_id: int) -> dict[str, dict[str, Any]]:
    found = _attributes(connection, study_id, HOST + "%")
    return {key.removeprefix(HOST): value for key, value in found.items() if isinstance(value, dict)}


def _attributes(connection: Connection, study_id: int, pattern: str) -> dict[str, Any]:
    from optuna.storages._rdb.models import StudySystemAttributeModel
    from sqlalchemy import select

    table = StudySystemAttributeModel.__table__
    wanted = select(table.c.key, table.c.value_json).where(table.c.study_id == study_id, table.c.key.like(pattern))
    return {key: json.loads(value) for key, value in connection.execute(wanted)}


def _forget(connection: Connection, study_id: int, key: str) -> None:
    from optuna.storages._rdb.models import StudySystemAttributeModel

    table = StudySystemAttributeModel.__table__
    connection.execute(table.delete().where(table.c.study_id == study_id, table.c.key == key))


def forget_the_dead(connection: Connection, study_id: int, alive: Collection[str]) -> None:
    """Rows of hosts that are no more. One that was only stopped writes its own again."""
    for name in _said(connection, study_id).keys() - set(alive):
        _forget(connection, study_id, HOST + name)


def _machine() -> str:
    """The same in all processes of a machine until it is started again."""
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{socket.gethostname()}-{uuid.getnode()}"
