"""After the search: its leaders are trained again with fresh seeds, so that luck can be told from merit.

Repeat i of every leader has the same seed, order of minibatches and division into folds, and nobody is pruned: what
then differs between two leaders is their points. Divisions differ from repeat to repeat and from the search's: an
interval from repeats on the same folds would leave out the luck of that one division. Then the leader that
`confidence` recommends is trained as often once more: its interval comes from runs that had no part in choosing it.
Repeats go round by round, so that one cut short by the time limit has fewer repeats of every leader, which can be
compared. Each run is remembered as it ends.

In a cross-validation, what the further runs reach on each fold is kept for `same_folds`: at the epoch that the
earlier runs were best at, for a run's own best epoch is chosen by the folds that it is then scored on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from workbench import confidence
from workbench.data.splits import Splits
from workbench.fused import reason_not_fusable
from workbench.store.history import Row
from workbench.store.trials import StudyStore
from workbench.study.seeds import derive
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch, Outcome
from workbench.tuning import cohorts
from workbench.tuning.choice import Engine, serial_workers
from workbench.tuning.folds import FoldTrainer
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.interruption import Interruption
from workbench.tuning.search import Recruit
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.snapshots import Snapshots
from workbench.tuning.trainer import Lane, Trainer
from workbench.tuning.workers import Broken, Crew, Done, Left, Message, Said, Setting, Vacant, Worker, cores

WORTH_WORKERS = 8.0  # seconds of training from which several workers pay for their start
KEPT = 390  # runs, of which a database's text field holds 60,000 characters; those of former leaders go first
IDLE = 0.2  # seconds between two looks at the clock while all workers train


class _TimeIsUp(Exception):  # noqa: N818 - an event, not an error
    pass


@dataclass(frozen=True)
class _Repeat:
    """One more training of a leader. `number` counts those of a command; it is the lane's."""

    number: int
    row: Row
    repeat: int
    scored_at: int | None = None  # the epoch that its folds are told of

    @property
    def key(self) -> tuple[int, int]:
        return self.row.number, self.repeat

    @property
    def kept_as(self) -> str:
        return f"trial-{self.row.number}-repeat-{self.repeat + 1}"


@dataclass(frozen=True)
class _Job:
    """Repeats that are trained together."""

    repeats: tuple[_Repeat, ...]
    fused: bool


class Confirmation:
    """The repeats of one study's leaders, as far as they are missing."""

    def __init__(
        self,
        spec: StudySpec,
        store: StudyStore,
        data: Splits,
        devices: Sequence[torch.device],
        engine: Engine,
        workers: int | None,  # None: as many as pay
        stage: Callable[[str, int, int], None],
        interruption: Interruption,
        deadline: float | None,
        recruit: Recruit | None = None,  # see `search`
        snapshots: Snapshots | None = None,
    ) -> None:
        self.spec, self.store, self.data, self.devices = spec, store, data, devices
        self.stage, self.interruption, self.deadline = stage, interruption, deadline
        self.recruit, self.snapshots = recruit, snapshots
        self.fused = engine != "serial" and not reason_not_fusable(spec.model.family, spec.words)
        if self.fused and devices[0].type == "cpu":
            self.workers = workers or len(cores())
        else:
            self.workers = serial_workers(engine, spec, devices, workers)
        self.top, self.seeds = spec.confirm.top, spec.confirm.seeds
        known = store.recall("confirm") or {"runs": []}
        self.runs: dict[tuple[int, int], dict[str, Any]] = {
            (run["trial"], run["repeat"]): run for run in known["runs"]
        }
        self.seconds = 0.0  # of training, summed over processes
        self.rows = confidence.candidates(store.history())[: self.top]
        self.text, self.done, self.total = "", 0, 0  # what is told of the progress

    def run(self) -> bool:
        """Train what is missing; False where the time was up before."""
        if not self.rows:
            return True
        with self.interruption.deferred():
            self._remember()
        try:
            alone = len(self.rows) == 1  # it is not chosen by its repeats
            settled = self._best_epoch(self.rows[0], 0) if alone else None
            self._train(range(self.seeds), self.rows, f"confirming the {len(self.rows)} leading trials", settled)
            if not alone:
                taken = confidence.recommended(self.store.history())
                assert taken is not None
                settled = self._best_epoch(taken, self.seeds)
                further = range(self.seeds, 2 * self.seeds)
                self._train(further, [taken], f"confirming trial {taken.number}", settled)
        except _TimeIsUp:
            return False
        return True

    # -- what is trained --------------------------------------------------------------------------------------

    def _best_epoch(self, row: Row, before: int) -> int | None:
        """What the runs before this repeat were best at; None without folds, which nothing is compared on."""
        return None if self.data.folds is None else confidence.epochs(self.store.history(), row, before)

    def _train(self, repeats: Sequence[int], rows: Sequence[Row], text: str, scored_at: int | None) -> None:
        keys = [(row, i) for i in repeats for row in rows if (row.number, i) not in self.runs]
        missing = [_Repeat(number, row, i, scored_at) for number, (row, i) in enumerate(keys)]
        if not missing:
            return
        self.text, self.total = text, len(repeats) * len(rows)
        self.done = self.total - len(missing)
        self.stage(self.text, self.done, self.total)
        count = self.workers
        if sum(one.row.seconds for one in missing) < WORTH_WORKERS:
            count = 1
        jobs = list(self._jobs(missing, count))
        if count > 1 and len(jobs) > 1:
            self._in_workers(jobs)
        else:
            self._here(jobs)

    def _jobs(self, missing: Sequence[_Repeat], count: int) -> Iterator[_Job]:
        """Round by round, as many together as a processor's cache holds, but work for each of so many workers."""
        if not self.fused:
            yield from (_Job((one,), False) for one in missing)
            return
        room = cohorts.machine(self.devices[0]).numbers
        most = min(cohorts.MOST[self.devices[0].type], math.ceil(len(missing) / count))
        waiting = list(missing)
        while waiting:
            together: list[_Repeat] = []
            left = room
            for one in waiting:
                size = cohorts.size(one.row.point, self.data.info)
                fits = not together or cohorts.fit(one.row.point, together[0].row.point)
                if fits and (size <= left or not together):
                    together.append(one)
                    left -= size
                if len(together) == most:
                    break
            waiting = [one for one in waiting if one not in together]
            yield _Job(tuple(together), True)

    def _seed(self, repeat: int) -> int:
        return derive(self.spec.search.seed, "confirm", repeat)

    def _lanes(self, job: _Job) -> list[Lane]:
        seed = self.spec.search.seed
        return [
            Lane(
                number=one.number,
                point=one.row.point,
                seed=self._seed(one.repeat),
                order_seed=derive(seed, "confirm", one.repeat, "order"),
                division=one.repeat + 1,  # of folds: 0 is the search's
                scored_at=one.scored_at,
                kept_as=one.kept_as,
            )
            for one in job.repeats
        ]

    # -- in this process --------------------------------------------------------------------------------------

    def _here(self, jobs: Sequence[_Job]) -> None:
        waiting = list(jobs)
        while waiting:
            self._check_time()
            job = waiting.pop(0)
            try:
                for trained in self._trainer(job).train(self._lanes(job), self.data, self._epoch):
                    self._ended(job, trained.outcome)
            except (RuntimeError, MemoryError, ValueError, ArithmeticError) as error:
                if not job.fused:
                    raise
                waiting = self._again(job, str(error)) + waiting

    def _trainer(self, job: _Job) -> Trainer:
        if job.fused:
            return FoldTrainer(
                FusedTrainer(
                    task=self.spec.task,
                    order_seed=0,
                    device=self.devices[0],
                    metric=self.spec.objective.name,
                    snapshots=self.snapshots,
                )
            )
        spec = self.spec
        return FoldTrainer(
            SerialTrainer(
                task=spec.task,
                family=spec.model.family,
                folder=spec.folder,
                order_seed=0,
                device=self.devices[0],
                loss=spec.loss,
                metric=spec.objective.name,
                snapshots=self.snapshots,
            )
        )

    def _epoch(self, _epochs: Mapping[int, Epoch]) -> Collection[int]:
        self._check_time()
        return ()

    # -- in workers -------------------------------------------------------------------------------------------

    def _in_workers(self, jobs: Sequence[_Job]) -> None:
        devices = tuple(map(str, self.devices))
        # An order of 0, for each lane has its own.
        setting = Setting.of(self.spec, order_seed=0, judged=False, devices=devices, snapshots=self.snapshots)
        waiting = list(jobs)
        under_way: dict[Worker, _Job] = {}
        with (self.recruit or Crew)(setting, self.data, min(self.workers, len(jobs))) as crew:
            while True:
                self._check_time()
                for worker in crew.workers:
                    if not worker.busy and waiting:
                        job = under_way[worker] = waiting.pop(0)
                        worker.train(self._lanes(job), fused=job.fused)
                if not waiting and not any(worker.busy for worker in crew.workers):
                    return
                for worker, message in crew.messages(IDLE):
                    if worker in under_way:  # one that died before it had anything to do says so, too
                        waiting = self._hear(worker, under_way[worker], message) + waiting

    def _hear(self, worker: Worker, job: _Job, message: Message) -> list[_Job]:
        """What it says, and what is to be tried again for it."""
        match message:
            case Left(trained):
                worker.flying.discard(trained.outcome.number)
                self._ended(job, trained.outcome)
            case Vacant():
                worker.join(())
            case Done():
                worker.busy = False
            case Said(text) if self.snapshots is not None:
                self.snapshots.say(text)
            case Broken(reason):
                worker.busy = False
                worker.flying.clear()
                return self._again(job, reason)
        return []

    # -- what came out ----------------------------------------------------------------------------------------

    def _again(self, job: _Job, reason: str) -> list[_Job]:
        """A cohort could not be trained: those that have not ended go one by one; then they have failed."""
        left = [one for one in job.repeats if one.key not in self.runs]
        if job.fused:
            return [_Job((one,), False) for one in left]
        for one in left:
            self._ended(job, Outcome(one.number, "failed", (), 0.0, 0, reason))
        return []

    def _ended(self, job: _Job, outcome: Outcome) -> None:
        [ended] = [one for one in job.repeats if one.number == outcome.number]
        best = outcome.best if outcome.ended == "complete" else None
        run: dict[str, Any] = {
            "trial": ended.row.number,
            "repeat": ended.repeat,
            "seed": self._seed(ended.repeat),
            "ended": outcome.ended,
            "epoch": best and best.epoch,
            "value": best and best.objective,
            "accuracy": best and best.validation_accuracy,
            "loss": best and round(best.validation_loss, 6),
            "seconds": round(outcome.seconds, 3),
        }
        if best and ended.scored_at:
            run["scored_at"] = ended.scored_at
            run["folds"] = [round(value, 6) for value in outcome.folds]
        with self.interruption.deferred():
            self.runs[ended.key] = run
            self.seconds += outcome.seconds
            self._remember()
            if self.snapshots is not None:
                self.snapshots.forget([ended.kept_as])
        self.done += 1
        self.stage(self.text, self.done, self.total)

    def _remember(self) -> None:
        now = {row.number for row in self.rows}
        runs = sorted(self.runs.values(), key=lambda run: (run["trial"] not in now, run["trial"], run["repeat"]))
        self.store.remember("confirm", {"top": self.top, "seeds": self.seeds, "runs": runs[:KEPT]})

    def _check_time(self) -> None:
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise _TimeIsUp
