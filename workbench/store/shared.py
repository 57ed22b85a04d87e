"""A study in PostgreSQL that several commands tune at the same time, on one machine or many.

Numbers are claimed, a few at a time, in one short transaction that holds the study's row; so totals are exact, and
a trial has one owner. What others told is read into this command's copy with every claim, and with a write once a
second. What is written of a trial is written by its owner alone: a host that was taken for dead, and comes back,
finds its trials claimed by others or ended, and drops what it has to say of them. A trial belongs to its number, so
nothing is lost by that.

While the server is away, what is told waits in memory, and training goes on with what has been asked for already.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState

from workbench.errors import WorkbenchError
from workbench.store import hosts
from workbench.store.history import History, Row, strict
from workbench.store.storage import Unreachable, display, lock_folder, storage_errors, together
from workbench.store.trials import (
    PREFIX,
    STATES,
    Elsewhere,
    StudyStore,
    _attributes,
    _check_identity,
    _frozen,
)
from workbench.store.writing import Change, write_within
from workbench.study.trial import Epoch, Outcome, Trial

if TYPE_CHECKING:
    from sqlalchemy import Connection

BATCH = 16  # trials in one claim, of a study whose trials end quickly
LATE = 1.0  # seconds that this host may know less of others than the database, while it writes
QUICKLY = 2.0  # seconds between two claims
PATIENCE = 600.0  # seconds that the server may be away
PRESSED = 10.0  # the same once the command is to end
FIRST, LONGEST = 0.5, 15.0  # seconds from one try to the next: twice as long each time
IDLE = 0.2  # seconds that a question waits which cannot be answered now

Answer = TypeVar("Answer")


class SharedStore(StudyStore):
    """One generation of one study, opened to be continued beside others."""

    def __init__(self, *arguments: Any) -> None:
        self._others: set[int] = set()  # trials that have not ended and are not this host's
        self._known, self._last_id = 0, -1  # trials in the copy; the last one's id in the database
        super().__init__(*arguments)
        assert isinstance(self._storage, RDBStorage)
        self._database = self._storage
        self._claimed: list[int] = []  # and not yet asked for
        self._claimed_at = self._read_at = -math.inf
        self._lost: set[int] = set()  # asked for, and somebody else's since
        self._unsure = False  # whether the last write may have gone through or not
        self._away_since: float | None = None
        self._again_at, self._pause = 0.0, FIRST
        self.patience = PATIENCE
        self.pressed: Callable[[], bool] = lambda: False  # whether a signal waits for the command to end
        self.say: Callable[[str], None] = lambda _text: None
        with storage_errors(self._where), self._database.engine.connect() as connection:
            self._finish_before = hosts.finisher(connection, self._id)
        self._finishing = False
        self._host = hosts.Host(self._database, self._id, lock_folder())
        with storage_errors(self._where):
            self._host.start()

    def close(self) -> None:
        with suppress(WorkbenchError):  # then this host is found dead, and that is as good
            if self._finishing:
                self._attempt(self._give_up_the_finish)
        self._host.close()

    # -- rounds of trials -------------------------------------------------------------------------------------

    def ask(self, count: int) -> list[Trial]:
        trials = super().ask(count)
        if not trials and self.away:
            time.sleep(IDLE)
        return trials

    def report(self, ended: Mapping[int, Epoch]) -> set[int]:
        lost = self._lost & ended.keys()
        return lost | super().report({number: epoch for number, epoch in ended.items() if number not in lost})

    def release(self) -> None:
        for number in self._lost:
            self._asked.pop(number, None)
        self._lost.clear()
        super().release()
        for number in self._claimed:
            self._copy.set_trial_state_values(self._trial(number)._trial_id, TrialState.WAITING)
            self._touch(number)
        self._claimed.clear()

    def flush(self) -> None:
        if self._changed:
            with self._storing("store"):
                self._attempt(self._write)

    # -- beside others ----------------------------------------------------------------------------------------

    @property
    def away(self) -> bool:
        return self._away_since is not None

    def elsewhere(self) -> Elsewhere:
        """What others have under way, as far as it can be told now."""
        with self._storing("store"):
            return self._attempt(self._look) or Elsewhere(running=1)

    def may_finish(self) -> str | None:
        with self._storing("store"):
            why_not = self._patiently(self._claim_the_finish)
        self._finishing = why_not is None
        return why_not

    def finished(self) -> None:
        def note() -> None:
            with self._database.engine.begin() as connection:
                done = {"host": self._host.name, "done": True}
                hosts.put(connection, self._id, hosts.FINISH, done)

        with self._storing("store"):
            self._patiently(note)
        self._finishing = False

    # -- what is remembered -----------------------------------------------------------------------------------

    def history(self) -> History:
        return self._patiently(self._history_now)

    def remember(self, name: str, value: Any) -> None:
        self._patiently(lambda: super(SharedStore, self).remember(name, value))

    def recall(self, name: str) -> Any:
        return self._patiently(lambda: super(SharedStore, self).recall(name))

    def describe(self, markdown: str) -> None:
        self._patiently(lambda: super(SharedStore, self).describe(markdown))

    def _history_now(self) -> History:
        with self._storing("store"):
            if self._changed:
                self._write()
        return super().history()

    # -- inside -----------------------------------------------------------------------------------------------

    def _take_back_what_was_running(self) -> None:
        """Not here: it may be running."""

    def _settle(self, identity: dict[str, Any]) -> None:
        try:
            with self._storing("store"), together(self._storage) as connection:
                assert connection is not None
                hosts.hold(connection, self._id)
                if f"{PREFIX}identity" in self._attributes() and len(self._host.alive(connection)) > 1:
                    _check_identity(self._storage, self._where, self.name, identity)
                self._note("identity", identity)
        except BaseException:
            self.close()
            raise

    def _load(self, trial: FrozenTrial) -> None:
        super()._load(trial)
        self._known, self._last_id = self._known + 1, max(self._last_id, trial._trial_id)
        if not trial.state.is_finished():
            self._others.add(trial.number)

    def _ask(self) -> Trial | None:
        if not self._claimed:
            self._attempt(self._claim)
        if not self._claimed:
            return None
        number = self._claimed.pop(0)
        sampler = self._propose(number)
        assert sampler is not None
        self._study.sampler = sampler
        return self._begin(number)

    def _tell(self, outcome: Outcome) -> Row:
        if outcome.number not in self._lost:
            return super()._tell(outcome)
        self._lost.discard(outcome.number)
        del self._asked[outcome.number]
        trial = _frozen(self._trial(outcome.number))
        if not trial.state.is_finished():  # as it will be where it is in training now
            trial.user_attrs |= {name: strict(value) for name, value in _attributes(outcome).items()}
            ends = {"complete": TrialState.COMPLETE, "failed": TrialState.FAIL}
            trial.state = ends.get(outcome.ended, TrialState.PRUNED)
        return self._row(trial)

    # -- transactions -----------------------------------------------------------------------------------------

    def _claim(self) -> None:
        """A few trials that are nobody's, or new ones, are this host's."""
        me, now = self._host.name, self.clock()
        with together(self._storage) as connection:
            assert connection is not None
            hosts.hold(connection, self._id)
            open_, alive = hosts.unfinished(connection, self._id), self._host.alive(connection)
            free, total = self._free(open_, alive), hosts.count(connection, self._id)
            room = self._spec.budget.trials - (total - len(free))
            batch = BATCH if now - self._claimed_at < QUICKLY else 1
            wanted = min(room, max(1, min(batch, room // (2 * len(alive)))))
            taken = self._take(connection, free[: max(0, wanted)])
            fresh = self._fresh(total, wanted - len(free)) if room > 0 else []
            if fresh:
                hosts.create(connection, self._id, fresh, me)
            hosts.forget_the_dead(connection, self._id, alive)
            read = self._read(one.trial_id for one in taken)
        self._claimed_at = now
        self._apply(read)
        self._lose(open_)
        self._claimed += [one.number for one in taken] + fresh
        self._others -= set(self._claimed)

    def _free(self, open_: Mapping[int, hosts.Open], alive: Collection[str]) -> list[hosts.Open]:
        """Trials that can be claimed: released ones, and those of the dead. Those of a claim of this host's own
        whose answer was lost are among them.
        """
        mine = {*self._claimed, *self._asked, *self._changed, *self._lost}
        living = set(alive) - {self._host.name}
        found = (one for one in open_.values() if one.number not in mine)
        return [one for one in found if one.state == TrialState.WAITING or one.owner not in living]

    def _take(self, connection: Connection, free: Collection[hosts.Open]) -> list[hosts.Open]:
        """Those of them that are worth another training."""
        if not free:
            return []
        died = [one.trial_id for one in free if one.state == TrialState.RUNNING and one.owner != self._host.name]
        over = {one._trial_id for one in self._fetch(died) if not self._survives(one)}
        taken = [one for one in free if one.trial_id not in over]
        if taken:
            hosts.take(connection, [one.trial_id for one in taken], self._host.name)
        return taken

    def _fresh(self, first: int, count: int) -> list[int]:
        """The numbers of so many new trials; fewer where a grid has been gone through."""
        numbers = []
        for number in range(first, first + count):
            if self._propose(number) is None:
                break
            numbers.append(number)
        return numbers

    def _write(self) -> None:
        """What has changed of this host's trials."""
        unsure, self._unsure = self._unsure, True
        with together(self._storage) as connection:
            assert connection is not None
            hosts.hold(connection, self._id)
            open_ = hosts.unfinished(connection, self._id)
            mine = [number for number in sorted(self._changed) if self._is_mine(open_.get(number))]
            if unsure:
                self._written |= {one.number: one for one in self._fetch(self._ids[number] for number in mine)}
            now = {number: self._trial(number) for number in mine}
            changes = {
                number: Change(trial, self._written[number], self._ids[number]) for number, trial in now.items()
            }
            write_within(connection, self._storage, self._id, changes)
            dropped = self._changed.keys() - set(mine)
            due = bool(dropped) or self.clock() - self._read_at > LATE
            read = self._read(self._ids[number] for number in dropped) if due else []
        self._unsure = False
        for number, trial in now.items():
            self._note_written(number, trial)
        self._others |= {number for number, trial in now.items() if trial.state == TrialState.WAITING}
        self._changed.clear()
        self._apply(read)
        self._lose(open_)

    def _look(self) -> Elsewhere:
        with together(self._storage) as connection:
            assert connection is not None
            open_, alive = hosts.unfinished(connection, self._id), self._host.alive(connection)
            free, total = self._free(open_, alive), hosts.count(connection, self._id)
            read = self._read()
        self._apply(read)
        room = self._spec.budget.trials - (total - len(free))
        running = [one for one in open_.values() if one.state == TrialState.RUNNING and one not in free]
        return Elsewhere(len(running), max(0, min(len(free), room)))

    def _claim_the_finish(self) -> str | None:
        me = self._host.name
        with together(self._storage) as connection:
            assert connection is not None
            hosts.hold(connection, self._id)
            others = self._host.alive(connection) - {me}
            open_ = hosts.unfinished(connection, self._id).values()
            running = [one for one in open_ if one.state == TrialState.RUNNING and one.owner in others]
            if running:
                return f"{len(running)} trials are in training on other hosts"
            there = hosts.finisher(connection, self._id)
            if there.get("done") and there["host"] != me and there != self._finish_before:
                return f"the study has been finished on {there['host']}"
            if not there.get("done") and there.get("host") in others:
                return f"the study is being finished on {there['host']}"
            hosts.put(connection, self._id, hosts.FINISH, {"host": me, "done": False})
        return None

    def _give_up_the_finish(self) -> None:
        with self._database.engine.begin() as connection:
            hosts.give_up_the_finish(connection, self._id)

    # -- the copy -------------------------------------------------------------------------------------------------

    def _is_mine(self, trial: hosts.Open | None) -> bool:
        return trial is not None and trial.state == TrialState.RUNNING and trial.owner == self._host.name

    def _lose(self, open_: Mapping[int, hosts.Open]) -> None:
        """Note which trials of this host's are its own no longer: it was silent for too long."""
        gone = {number for number in (*self._asked, *self._claimed) if not self._is_mine(open_.get(number))}
        self._claimed = [number for number in self._claimed if number not in gone]
        self._lost |= gone & self._asked.keys()
        self._others |= {number for number in gone if not self._trial(number).state.is_finished()}

    def _fetch(self, trial_ids: Iterable[int]) -> list[FrozenTrial]:
        """These, in full."""
        wanted = set(trial_ids)
        if not wanted:
            return []
        return self._database._get_trials(self._id, None, wanted, 2**31 - 1)

    def _read(self, more: Iterable[int] = ()) -> list[FrozenTrial]:
        """What others may have changed, new trials, and these."""
        wanted = {self._ids[number] for number in self._others} | set(more)
        self._read_at = self.clock()
        return self._database._get_trials(self._id, None, wanted, self._last_id)

    def _apply(self, trials: Iterable[FrozenTrial]) -> None:
        """What was read, into the copy. After its transaction: one that fails must not leave trials here."""
        for trial in trials:
            if trial.number >= self._known:
                self._load(trial)
                continue
            before = self._trial(trial.number).state
            self._copy.put(trial)
            self._note_written(trial.number, trial)
            for epoch, value in trial.intermediate_values.items():
                self._note_report(trial.number, epoch, value)
            if before != trial.state:
                if before.is_finished():  # somebody else was the first to tell of it
                    self._counts = self._counts.plus(STATES[before], -1)
                self._learn(self._row(trial))
            (self._others.discard if trial.state.is_finished() else self._others.add)(trial.number)

    # -- while the server is away -----------------------------------------------------------------------------

    def _attempt(self, call: Callable[[], Answer]) -> Answer | None:
        """What needs the server; None where it is away, and was tried a moment ago."""
        if self.away and self.clock() < self._again_at:
            return None
        try:
            with storage_errors(self._where):
                answer = call()
        except Unreachable as error:
            self._note_that_it_is_away(error)
            return None
        self._note_that_it_is_there()
        return answer

    def _patiently(self, call: Callable[[], Answer]) -> Answer:
        """The same, waiting for an answer."""
        while True:
            try:
                with storage_errors(self._where):
                    answer = call()
            except Unreachable as error:
                self._note_that_it_is_away(error)
                while self.clock() < self._again_at and not self.pressed():
                    time.sleep(IDLE)
                if self.pressed():
                    time.sleep(IDLE)
                continue
            self._note_that_it_is_there()
            return answer

    def _note_that_it_is_away(self, error: Unreachable) -> None:
        now = self.clock()
        if self._away_since is None:
            self._away_since, self._pause = now, FIRST
            self.say(f"{display(self._where)} is away: training goes on, and what ends meanwhile waits in memory")
        self._again_at, self._pause = now + self._pause, min(LONGEST, 2 * self._pause)
        gone = now - self._away_since
        if gone > (PRESSED if self.pressed() else self.patience):
            ended = sum(self._trial(number).state.is_finished() for number in self._changed)
            raise WorkbenchError(
                f"{error.message}\nit has been away for {gone:.0f} seconds; {ended} trials that ended "
                "meanwhile are not stored",
                hint="the same command goes on once it is there again, and trains those anew: the same numbers, "
                "the same curves",
            ) from error

    def _note_that_it_is_there(self) -> None:
        if self._away_since is not None:
            self.say(f"{display(self._where)} is there again, after {self.clock() - self._away_since:.0f} seconds")
            self._away_since = None
