"""The search itself: ask, train, report, tell, until the budget is gone; in this process or in workers.

One trial at a time it is the plain loop, and the same seed gives the same study to the last digit. Together, the
points are asked for ahead of the trainers, in rounds: each is drawn knowing what was told by then and what is under
way, so with a sampler that learns from earlier trials, the points depend on which of them had ended.
"""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal, Protocol

from workbench.data.splits import Splits
from workbench.store.history import Row
from workbench.store.samplers import epochs_of
from workbench.store.trials import StudyStore
from workbench.study.seeds import derive
from workbench.study.space import Point
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch, Outcome, Trial
from workbench.tuning import cohorts, memory, workers
from workbench.tuning.choice import Choice
from workbench.tuning.interruption import Interruption
from workbench.tuning.memory import Room
from workbench.tuning.serial_trainer import first_line
from workbench.tuning.snapshots import Snapshots
from workbench.tuning.trainer import Lane, Trained, Trainer, nobody

Why = Literal[
    "budget", "nothing left", "timeout", "exhausted", "failing", "failures", "interrupted", "diagnosis", "elsewhere"
]
FAULTY: tuple[Why, ...] = ("failing", "failures")
"""All trials have failed from the start; so many as one had said."""
Recruit = Callable[[workers.Setting, Splits, int], workers.AnyCrew]
"""Makes so many workers, or as many as there are machines for, that train on these data."""

Keep = Callable[[Trial, Trained], None]
"""What is done with a trial's network before the trial is told."""

FAILURES_AT_THE_START = 3  # so many failed trials in a row, none sound before: the study itself is at fault
LOOK = 16  # cohorts' worth of the oldest trials in stock: what the next cohort is put together from
IDLE = 0.2  # seconds between two looks at the clock while all workers train


class Observer(Protocol):
    """Who is told how it goes: the terminal, or nobody."""

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None: ...
    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None: ...
    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None: ...
    def message(self, text: str) -> None: ...
    def stage(self, text: str, done: int, total: int) -> None: ...  # before and after the search


class _TimeIsUp(Exception):  # noqa: N818 - an event, not an error
    pass


class _Failing(Exception):  # noqa: N818
    def __init__(self, why: Why) -> None:
        self.why = why


class Search:
    """One command's search of one study."""

    def __init__(
        self,
        spec: StudySpec,
        store: StudyStore,
        data: Splits,
        choice: Choice,
        trainers: tuple[Trainer, Trainer],  # the chosen one; the serial one, for what it cannot train
        observer: Observer,
        interruption: Interruption,
        deadline: float | None,
        keep: Keep,
        look: Keep,
        told_first: Callable[[], None],
        refused: Mapping[int, str],  # trials that are not to be trained, and why
        devices: tuple[str, ...] = ("cpu",),  # that workers train on
        max_failures: int | None = None,
        recruit: Recruit | None = None,  # None: workers are processes of this machine, where there are several
        room: Room | None = None,  # in memory, of each worker's cohort
        snapshots: Snapshots | None = None,  # of trials in the middle of their training
    ) -> None:
        self.spec, self.store, self.data, self.choice = spec, store, data, choice
        self.trainer, self.serial = trainers
        self.observer, self.interruption, self.deadline = observer, interruption, deadline
        self.keep, self.look, self.told_first, self.refused = keep, look, told_first, refused
        self.devices, self.max_failures, self.recruit = devices, max_failures, recruit
        self.size = choice.workers  # of the crew, which may change
        self.room, self.snapshots = room or Room(), snapshots
        self.over: list[str] = []  # snapshots of trials that were told, and are not stored yet
        rows = [row for row in store.history().rows if row.state == "complete"]
        self.best: Row | None = min(rows, key=lambda row: row.merit, default=None)
        self.told_refused = 0
        self.seconds = 0.0  # of training, summed over processes
        self.exhausted = False
        self.like: Point = {}  # a lane of the cohort in training here
        self.stock: list[Trial] = []  # asked for, not yet in training
        self.flying: dict[int, Trial] = {}  # in training
        self.copies: defaultdict[str, list[Trial]] = defaultdict(list)  # of points in stock or in training
        self.likes: dict[workers.Worker, Point] = {}  # the same of each worker
        self.again: list[tuple[list[Trial], bool]] = []  # cohorts that could not be trained; whether to fuse them
        self.apart: set[int] = set()  # trials that are trained by themselves

    def run(self) -> Why:
        """To the end of the budget, or until something ends it before. What was not told is given back."""
        try:
            if self.recruit is not None or self.choice.workers > 1:
                return self._in_workers()
            return self._here()
        except _TimeIsUp:
            return "timeout"
        except _Failing as failing:
            return failing.why
        finally:
            with self.interruption.deferred():
                self.store.release()
                self._flush()

    # -- in this process ----------------------------------------------------------------------------------

    def _here(self) -> Why:
        lanes = self.choice.lanes
        while True:
            self._check_time()
            self._fill(1 if lanes == 1 else 2 * lanes)
            cohort, fused = self._next(lanes)
            if not cohort and self.store.away and self._left() > 0:
                time.sleep(IDLE)
                continue
            if not cohort:
                return "exhausted" if self.exhausted else "budget"
            self._flush()
            trainer = self.trainer if fused else self.serial
            refill = self._refill_here if fused and lanes > 1 else nobody
            self.like = cohort[0].point
            try:
                for trained in trainer.train([self._lane(one) for one in cohort], self.data, self._ended, refill):
                    self._tell(trained)
                    if lanes == 1:
                        self._flush()
            except (KeyboardInterrupt, _TimeIsUp, _Failing):
                raise
            except (RuntimeError, MemoryError, ValueError, ArithmeticError) as error:
                if not fused:
                    raise
                self._cannot(list(self.flying), first_line(error), short=memory.short(error))

    def _refill_here(self, left: int) -> Sequence[Lane]:
        self._fill(2 * left)
        return self._join(left, list(self.flying), self.like)

    def _ended(self, epochs: Mapping[int, Epoch]) -> Collection[int]:
        drops = self._report(epochs)
        self._check_time()
        return drops

    # -- in workers ---------------------------------------------------------------------------------------

    def _crew(self) -> workers.AnyCrew:
        seed, judged = derive(self.spec.search.seed, "order"), self.spec.search.pruner != "none"
        setting = workers.Setting.of(
            self.spec, order_seed=seed, judged=judged, devices=self.devices, snapshots=self.snapshots
        )
        return (self.recruit or workers.Crew)(setting, self.data, self.choice.workers)

    def _in_workers(self) -> Why:
        crew = self._crew()
        self.data = crew.data
        with crew:
            self._fill(self.choice.lanes * self.size)  # while they start
            while True:
                self._check_time()
                self.size = max(1, len(crew.workers))
                for worker in crew.workers:
                    if not worker.busy:
                        self._send(worker)
                if not any(worker.busy for worker in crew.workers) and self._nothing_left():
                    return "exhausted" if self.exhausted else "budget"
                hungry = len(self.stock) < self.choice.lanes * self.size and self._left() > 0
                heard = False
                for worker, message in crew.messages(0 if hungry and not self.store.away else IDLE):
                    self._hear(worker, message)
                    heard = True
                if hungry and not heard:
                    self._fill(len(self.stock) + 1)
                if self.store.overdue:
                    self._flush()

    def _send(self, worker: workers.Worker) -> None:
        cohort, fused = self._next(self._share(self.choice.lanes))
        if cohort:
            worker.train([self._lane(trial) for trial in cohort], fused=fused)
            self.likes[worker] = cohort[0].point

    def _hear(self, worker: workers.Worker, message: workers.Message) -> None:
        match message:
            case workers.Ended(epochs):
                drops = self._report(epochs)
                if self.spec.search.pruner != "none":
                    worker.send(drops)
            case workers.Left(trained):
                worker.flying.discard(trained.outcome.number)
                self._tell(workers.as_tensors(trained))
            case workers.Vacant(places):
                worker.join(self._join(self._share(places), sorted(worker.flying), self.likes[worker]))
            case workers.Done():
                worker.busy = False
            case workers.Said(text):
                self.observer.message(text)
            case workers.Broken(reason, short):
                numbers = sorted(worker.flying)
                worker.flying.clear()
                worker.busy = False
                self._cannot(numbers, reason, short=short)

    # -- what is trained next -----------------------------------------------------------------------------

    def _left(self) -> int:
        """How many trials may still be asked for."""
        left = self.spec.budget.trials - self.store.counts().total - self.store.under_way
        return 0 if self.exhausted else left

    def _nothing_left(self) -> bool:
        """Whether nobody has anything to do: it is not said of a crew without workers, which waits for some."""
        return not self.stock and not self.again and self._left() <= 0

    def _fill(self, wanted: int) -> None:
        """Ask until so many trials are in stock, as far as the budget goes."""
        while len(self.stock) < wanted and self._left() > 0:
            with self.interruption.deferred():
                trials = self.store.ask(1)
                if not trials:
                    self.exhausted = not self.store.away
                    return
                [trial] = trials
                if trial.number in self.refused:
                    reason = self.refused[trial.number]
                    self.told_refused += 1
                    self._tell_outcome(Outcome(trial.number, "failed", (), 0.0, 0, reason))
                elif (twin := self.store.twin(trial.point)) is not None:
                    self._tell_copy(trial, twin)
                elif (key := _key(trial.point)) in self.copies:
                    self.copies[key].append(trial)
                else:
                    self.copies[key] = []
                    self.stock.append(trial)

    def _share(self, places: int) -> int:
        """No more than leaves something for the other workers at the end of the budget."""
        return max(1, min(places, math.ceil((len(self.stock) + self._left()) / self.size)))

    def _next(self, share: int) -> tuple[list[Trial], bool]:
        """The next cohort, and whether it is to be trained as one."""
        if self.again:
            cohort, fused = self.again.pop(0)
        elif self.choice.machine is None:
            cohort, fused = self.stock[:1], False
        else:
            room = self.choice.machine.numbers
            cohort, fused = cohorts.plan(self._oldest(), self.data.info, room, share, self.room.bytes), True
        self._take(cohort)
        return cohort, fused

    def _join(self, places: int, beside: Sequence[int], like: Point) -> list[Lane]:
        """Who joins a cohort of trials that fit with `like`, of which these go on."""
        if self.again or self.choice.machine is None:  # the cohort ends the sooner
            return []
        info, room = self.data.info, self.choice.machine.numbers
        room -= sum(cohorts.size(self.flying[number].point, info) for number in beside)
        free = self.room.bytes - sum(memory.fused(self.flying[number].point, info) for number in beside)
        fitting = [trial for trial in self._oldest() if cohorts.fit(trial.point, like)]
        joining = cohorts.plan(fitting, info, room, places, free)
        size = sum(cohorts.size(trial.point, info) for trial in joining)
        if beside and (size > room or sum(memory.fused(trial.point, info) for trial in joining) > free):
            return []  # a single one that is too large
        self._take(joining)
        return [self._lane(trial) for trial in joining]

    def _oldest(self) -> list[Trial]:
        """Those in stock that cohorts are put together from."""
        return self.stock[: LOOK * self.choice.lanes]

    def _take(self, trials: Sequence[Trial]) -> None:
        taken, looked = {trial.number for trial in trials}, self._oldest()
        self.stock[: len(looked)] = [trial for trial in looked if trial.number not in taken]
        self.flying |= {trial.number: trial for trial in trials}

    def _lane(self, trial: Trial) -> Lane:
        seed = derive(self.spec.search.seed, "trial", trial.number)
        return Lane(trial.number, trial.point, seed, kept_as=_kept_as(trial.number))

    def _cannot(self, numbers: Sequence[int], reason: str, *, short: bool) -> None:
        """A cohort could not be trained: it is halved, down to one; that goes by itself, and then it has failed.

        Where memory was `short`, later cohorts are no larger than the halves.
        """
        if not numbers:  # a process that died between two cohorts: another is in its place
            return
        if set(numbers) <= self.apart:
            for number in numbers:
                self._tell(Trained(Outcome(number, "failed", (), 0.0, 0, reason), None))
            return
        trials = [self.flying.pop(number) for number in numbers]
        if len(trials) == 1:
            self.again.append((trials, False))
            self.apart |= set(numbers)
            self.observer.message(f"trial {numbers[0]} could not be trained ({reason}): now once more, by itself")
        else:
            if short:
                self.room.was_too_much(sum(memory.fused(trial.point, self.data.info) for trial in trials))
            middle = len(trials) // 2
            self.again += [(trials[:middle], True), (trials[middle:], True)]
            self.observer.message(
                f"{len(trials)} trials could not be trained together ({reason}): now in two halves"
            )

    # -- what came out ------------------------------------------------------------------------------------

    def _report(self, epochs: Mapping[int, Epoch]) -> Collection[int]:
        with self.interruption.deferred():
            drops = self.store.report(epochs)
            if self.store.overdue:
                self._flush()
        for number, epoch in epochs.items():
            self.observer.epoch_done(number, epoch, epochs_of(self.flying[number].point), len(self.flying))
        return drops

    def _tell(self, trained: Trained) -> None:
        with self.interruption.deferred():
            outcome = trained.outcome
            trial = self.flying[outcome.number]
            sound = outcome.ended == "complete" and outcome.best is not None and trained.weights is not None
            if sound and (self.best is None or outcome.merit < self.best.merit):
                # Before the trial is told, so that no kill can leave a best trial without its weights.
                self.keep(trial, trained)
            self.look(trial, trained)
            self.seconds += outcome.seconds
            row = self._tell_outcome(outcome)
            self.over.append(_kept_as(outcome.number))
            del self.flying[outcome.number]
            waiting = self.copies.pop(_key(trial.point), [])
            if row.state == "failed" and waiting:
                self.copies[_key(trial.point)] = waiting[1:]
                self.stock.append(waiting[0])
            else:
                for copy in waiting:
                    self._tell_copy(copy, row)
        counts = self.store.counts()
        failed = counts.failed - self.store.resumed.failed - self.told_refused
        if counts.total == counts.failed and failed >= FAILURES_AT_THE_START:
            raise _Failing("failing")
        if self.max_failures is not None and failed >= self.max_failures:
            raise _Failing("failures")

    def _tell_copy(self, trial: Trial, twin: Row) -> None:
        ended: Literal["complete", "pruned"] = "complete" if twin.state == "complete" else "pruned"
        reason = f"the same point as trial {twin.number}"
        self._tell_outcome(
            Outcome(
                trial.number, ended, twin.curve, 0.0, twin.parameters, reason, twin.number, twin.folds, twin.metric
            )
        )

    def _tell_outcome(self, outcome: Outcome) -> Row:
        [row] = self.store.tell([outcome])
        if row.state == "complete" and (self.best is None or row.merit < self.best.merit):
            self.best = row
        self.observer.trial_done(row, self.store.counts().as_dict(), self.best)
        self.told_first()
        return row

    def _flush(self) -> None:
        """Write what was told, and then forget how far it had come."""
        with self.interruption.deferred():
            self.store.flush()
            if self.snapshots is not None and not self.store.away:
                self.snapshots.forget(self.over)
                self.over.clear()

    def _check_time(self) -> None:
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise _TimeIsUp


def _kept_as(number: int) -> str:
    return f"trial-{number}"


def _key(point: Point) -> str:
    return json.dumps(point, sort_keys=True)
