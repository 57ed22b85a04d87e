"""Spends a study's budget: ask for a point, train it, tell what came out, until the budget is gone.

A trial is told only when it has ended; one that a signal or the time limit cuts short goes back to the store
and is trained again, under its own number and seed, by the next command. So a study that was interrupted ten
times ends with the very trials of one that never was.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

import workbench
from workbench import atomic
from workbench.data import splits
from workbench.errors import WorkbenchError
from workbench.models import family
from workbench.store import storage
from workbench.store.history import History, Row
from workbench.store.trials import StudyStore
from workbench.study import space, user_code
from workbench.study.identity import identity
from workbench.study.seeds import derive
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch, Trial
from workbench.study.vocabulary import TRAINER
from workbench.tuning import checkpoint, choice, devices, examples, final, workers
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.interruption import Interruption
from workbench.tuning.search import Observer, Search, Why, row_merit
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane, Trained, Trainer

Gate = Callable[[StudySpec, splits.Splits, Any], dict[str, Any]]
"""Looks at a study before it costs anything: (study, data, what it said the last time) -> what it says, as JSON.
Where that has {"outcome": "stopped"}, nothing is trained."""


@dataclass(frozen=True)
class Options:
    """What the command line adds to a study file."""

    storage: str | None = None  # None: workbench.journal in the current folder
    out: Path = Path("reports")
    device: str = "auto"
    engine: choice.Engine = "auto"
    processes: int | None = None  # None: as many as pay
    fresh: bool = False
    require_data: bool = False
    command: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ending:
    """How a command ended: everything remembered of the study, why it stopped, and what took how long.

    Of the seconds, "total" is the command's wall time; "train" is summed over processes; "ask" (drawing points) and
    "store" (everything else that is remembered) are the parent's, while others train.
    """

    history: History
    why: Why
    seconds: dict[str, float]
    folder: Path


def tune(
    spec: StudySpec,
    options: Options,
    observer: Observer,
    note: Callable[[History], str] | None = None,
    gate: Gate | None = None,
) -> Ending:
    """Run the study to the end of its budget, or until a signal. `note` writes the dashboard's text of it."""
    started = time.monotonic()
    with Interruption() as interruption:
        device = devices.choose(options.device)
        choice.check(options.engine, spec)
        data, sealed = examples.load(spec, device, require=options.require_data)
        if data.info.stand_in:
            spec = spec.model_copy(update={"name": f"{spec.name}-standin"})
            for line in data.info.notes:
                observer.message(line)
        _check_batches(spec, data)
        family.check(spec, data.info.input_shape, data.info.outputs)
        folder = options.out / spec.name
        atomic.check_folder(folder)
        with storage.exclusive(options.storage, spec.name):
            store = StudyStore.open(options.storage, spec, identity=identity(spec), fresh=options.fresh)
            run = _Run(spec, options, store, data, device, observer, interruption, folder, started, note)
            with interruption.deferred():
                run.remember_the_setting()
            why: Why
            try:
                if gate is not None and not run.passes(gate):
                    return run.ending("diagnosis")
                why = run.search()
                run.open_test_part(sealed)
            except KeyboardInterrupt:
                why = "interrupted"
            try:
                with interruption.deferred():
                    ending = run.ending(why)
            except KeyboardInterrupt:  # a signal during this bookkeeping, which is done now
                ending = replace(ending, why="interrupted")
            return ending


def _check_batches(spec: StudySpec, data: splits.Splits) -> None:
    parameter = spec.space.get("batch_size")
    default = TRAINER["batch_size"].default
    assert isinstance(default, int)
    largest = int(space.largest(parameter)) if parameter else default
    if largest > len(data.train):
        raise WorkbenchError(
            f"space.batch_size: up to {largest:,}, but the training part has only {len(data.train):,} examples",
            hint=f"write at most {len(data.train)}, or give the training part more (data.train)",
        )


class _Run:
    """One command's work on one study."""

    def __init__(
        self,
        spec: StudySpec,
        options: Options,
        store: StudyStore,
        data: splits.Splits,
        device: torch.device,
        observer: Observer,
        interruption: Interruption,
        folder: Path,
        started: float,
        note: Callable[[History], str] | None,
    ) -> None:
        self.spec, self.options, self.store, self.data, self.device = spec, options, store, data, device
        self.observer, self.interruption, self.folder = observer, interruption, folder
        self.started, self.note = started, note
        self.deadline = None if spec.budget.seconds is None else started + spec.budget.seconds
        order_seed = derive(spec.search.seed, "order")
        self.choice = choice.choose(
            options.engine,
            spec,
            data.info,
            device,
            max(1, spec.budget.trials - store.counts().total),
            options.processes,
        )
        if self.choice.processes > 1:
            workers.warm_up()  # while the study is diagnosed
        self.serial = SerialTrainer(
            task=spec.task, family=spec.model.family, folder=spec.folder, order_seed=order_seed, device=device
        )
        self.trainer: Trainer = self.serial
        if self.choice.name == "fused":
            self.trainer = FusedTrainer(task=spec.task, order_seed=order_seed, device=device)
        rows = [row for row in store.history().rows if row.state == "complete"]
        self.best: Row | None = min(rows, key=row_merit, default=None)
        self.trained = 0.0  # seconds, summed over processes
        self.seconds_before = float(store.recall("seconds") or 0.0)
        self.described = False

    # -- before it ----------------------------------------------------------------------------------------

    def passes(self, gate: Gate) -> bool:
        """Whether the study may be run; a study that is done needs no look."""
        if self.store.counts().total >= self.spec.budget.trials:
            return True
        said = gate(self.spec, self.data, self.store.recall("diagnosis"))
        with self.interruption.deferred():
            self.store.remember("diagnosis", said)
        return bool(said["outcome"] != "stopped")

    # -- the search ---------------------------------------------------------------------------------------

    def search(self) -> Why:
        """Spend the budget."""
        total, counts = self.spec.budget.trials, self.store.counts()
        self.observer.begin(counts.as_dict(), total, self.store.name, self.spec.budget.seconds)
        if counts.total >= total:
            return "nothing left"
        if self.choice.why:
            self.observer.message(self.choice.why)
        search = Search(
            self.spec,
            self.store,
            self.data,
            self.choice,
            (self.trainer, self.serial),
            self.observer,
            self.interruption,
            self.deadline,
            self._keep_trained,
            self._describe_once,
        )
        try:
            return search.run()
        finally:
            self.best, self.data = search.best, search.data
            self.trained += search.seconds

    def _keep_trained(self, trial: Trial, trained: Trained) -> None:
        assert trained.outcome.best is not None
        assert trained.weights is not None
        self._keep(trial.number, trial.point, trained.outcome.best, trained.weights)

    def _lane(self, number: int, point: space.Point) -> Lane:
        return Lane(number, point, derive(self.spec.search.seed, "trial", number))

    # -- the winner ---------------------------------------------------------------------------------------

    def open_test_part(self, sealed: splits.SealedTest) -> None:
        """Score the best trial on the test part, unless that was done before."""
        if self.best is None or self.best.best is None:
            return
        # A duplicate's weights are those of the trial it copies.
        number = self.best.number if self.best.duplicate_of is None else self.best.duplicate_of
        weights = checkpoint.load(self.folder, self.store.name, number)
        tests: list[dict[str, Any]] = list(self.store.recall("tests") or [])
        known = [test for test in tests if (test["trial"], test["epoch"]) == (number, self.best.best.epoch)]
        if weights is None:
            weights = self._train_again(number, self.best)
        if not known:
            about = self.data.info
            with torch.random.fork_rng(devices=[]):  # its first weights are drawn, and replaced
                module = family.build(
                    self.spec.model.family,
                    self.best.point,
                    about.input_shape,
                    about.outputs,
                    folder=self.spec.folder,
                ).to(self.device)
            scored = final.score(module, weights, sealed, self.spec.task)
            known = [{"trial": number, "epoch": self.best.best.epoch, **scored}]
            with self.interruption.deferred():
                self.store.remember("tests", tests + known)
        self._keep(number, self.best.point, self.best.best, weights, known[-1])

    def _train_again(self, number: int, row: Row) -> checkpoint.Weights:
        """The best trial's weights, when its file is gone: the same seed leads to the same network."""
        self.observer.message(f"the weights of trial {number} are not in {self.folder}: training it again")
        [again] = self.trainer.train([self._lane(number, row.point)], self.data, lambda _: ())
        assert row.best is not None
        if again.weights is None or again.outcome.best != row.best:
            self.observer.message(
                f"trial {number} did not repeat its curve to the last digit (another device or version of torch?): "
                f"best.pt holds the new weights"
            )
        if again.weights is None:
            raise WorkbenchError(f"trial {number} could not be trained again: {again.outcome.reason}")
        return again.weights

    def _keep(
        self,
        number: int,
        point: space.Point,
        best: Epoch,
        weights: checkpoint.Weights,
        test: dict[str, Any] | None = None,
    ) -> None:
        info = self.data.info
        about = {
            "study": self.store.name,
            "trial": number,
            "epoch": best.epoch,
            "seed": derive(self.spec.search.seed, "trial", number),
            "task": self.spec.task,
            "family": self.spec.model.family,
            "folder": str(self.spec.folder) if user_code.is_reference(self.spec.model.family) else None,
            "point": point,
            "input_shape": list(info.input_shape),
            "outputs": info.outputs,
            "standardize": {"mean": info.mean, "deviation": info.deviation},
            "data": {"name": info.name, "classes": list(info.classes), "white": info.white},
            "validation": {"accuracy": best.validation_accuracy, "loss": best.validation_loss},
            "test": test and {"accuracy": test["accuracy"], "loss": test["loss"]},
            "versions": _versions(),
        }
        with self.interruption.deferred():
            checkpoint.save(self.folder, weights, about)

    # -- bookkeeping --------------------------------------------------------------------------------------

    def remember_the_setting(self) -> None:
        self.store.remember("data", self.data.info.as_dict())
        self.store.remember("device", devices.describe(self.device))
        self.store.remember("versions", _versions())
        self.store.remember("storage", storage.display(self.options.storage))
        self.store.remember("command", [storage.display(word) for word in self.options.command])

    def ending(self, why: Why) -> Ending:
        total = time.monotonic() - self.started
        self.store.remember("seconds", round(self.seconds_before + total, 3))
        self.store.remember("engine", self.choice.told())
        if self.store.counts().total:
            self._describe()
        seconds = {"total": total, "train": self.trained, **self.store.seconds}
        return Ending(self.store.history(), why, seconds, self.folder)

    def _describe_once(self) -> None:
        if not self.described:
            self._describe()

    def _describe(self) -> None:
        if self.note is not None:
            self.store.describe(self.note(self.store.history()))
            self.described = True


def _versions() -> dict[str, str]:
    return {"workbench": workbench.__version__, "torch": torch.__version__, "python": platform.python_version()}
