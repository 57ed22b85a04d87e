"""Processes that train, one for each core: the parent asks, judges and writes; the workers get cohorts over a pipe.

One single-threaded process for each core trains twice as much as one process with as many threads. They are forked
from a server that has imported torch once and holds nothing else (4 MB of their own each, where a process that
imports torch has 290), and the data lie in one file that all of them map into memory. A worker whose parent is
gone ends at once, whatever it does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import connection, forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from workbench.data.splits import DataInfo, Folds, Part, Splits
from workbench.study.spec import Loss, Task
from workbench.study.trial import Epoch, Merit
from workbench.tuning.folds import FoldTrainer
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.interruption import SIGNALS
from workbench.tuning.leading import LEADERS
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane, Trained

PATIENCE = 2.0  # seconds that workers have to end by themselves


# -- what they say to one another -------------------------------------------------------------------------


@dataclass(frozen=True)
class Train:
    """Parent: train these, together or one after another."""

    lanes: tuple[Lane, ...]
    fused: bool


@dataclass(frozen=True)
class Ended:
    """Worker: these ended an epoch together. Answered with the numbers to drop, where a pruner judges."""

    epochs: dict[int, Epoch]


@dataclass(frozen=True)
class Left:
    """Worker: a lane has ended. Its weights come along where they are among the best that this worker has seen."""

    trained: Trained


@dataclass(frozen=True)
class Vacant:
    """Worker: so many left at the end of this epoch. Answered with the lanes that join."""

    places: int


@dataclass(frozen=True)
class Done:
    """Worker: every lane has ended."""


@dataclass(frozen=True)
class Broken:
    """Worker: the cohort could not be trained. Parent, of a worker: its process has ended."""

    reason: str


Message = Ended | Left | Vacant | Done | Broken


@dataclass(frozen=True)
class Setting:
    """What every worker is told at its start."""

    task: Task
    family: str
    folder: Path
    order_seed: int
    judged: bool  # whether the answers to `Ended` are waited for
    loss: Loss | None = None
    metric: str = "accuracy"


# -- the data, once in memory -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Mapped:
    """Where the parts of a data set lie in a file: (type, shape, first byte) of each tensor."""

    file: str
    tensors: tuple[tuple[torch.dtype, tuple[int, ...], int], ...]
    info: DataInfo
    standardize: bool  # of folds, whose examples are kept as the source gave them

    @classmethod
    def written(cls, data: Splits, file: Path) -> Mapped:
        """The data in a new file."""
        places, start = [], 0
        parts = (data.train, data.validation) if data.folds is None else (data.folds.part,)
        with file.open("wb") as out:
            for tensor in (each for part in parts for each in (part.x, part.y)):
                out.write(bytes(-start % 64))
                start += -start % 64
                places.append((tensor.dtype, tuple(tensor.shape), start))
                out.write(tensor.contiguous().numpy().tobytes())
                start += tensor.numel() * tensor.element_size()
        return cls(str(file), tuple(places), data.info, data.folds is not None and data.folds.standardize)

    def open(self) -> Splits:
        """The data as tensors over the file: whoever opens it shares its memory. Nobody may write to them."""
        whole = torch.from_file(self.file, shared=True, size=Path(self.file).stat().st_size, dtype=torch.uint8)
        tensors = [self._part(whole, *place) for place in self.tensors]
        if self.info.folds is not None:
            return Folds(self.info.folds, Part(*tensors), self.standardize, self.info).splits()
        return Splits(Part(*tensors[:2]), Part(*tensors[2:]), self.info)

    @staticmethod
    def _part(whole: Tensor, kind: torch.dtype, shape: tuple[int, ...], start: int) -> Tensor:
        count = torch.Size(shape).numel() * torch.empty((), dtype=kind).element_size()
        return whole[start : start + count].view(kind).view(shape)


# -- the parent's side ------------------------------------------------------------------------------------


def cores() -> list[int]:
    """The cores that this process may use; no more than a container's share of them."""
    from joblib import cpu_count

    there = (
        sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))
    )
    return there[: cpu_count()]


def warm_up() -> None:
    """Have torch imported for the workers while the parent does something else."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        multiprocessing.set_forkserver_preload([__name__])
        forkserver.ensure_running()


class Worker:
    """One process, and the pipe to it. `flying` are the lanes that it trains."""

    def __init__(self, context: BaseContext, setting: Setting, data: Mapped, core: int | None) -> None:
        self.pipe, theirs = context.Pipe()
        self.flying: set[int] = set()
        self.busy = False
        self.process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=work, args=(theirs, setting, data, core), daemon=True, name=f"workbench on core {core}"
        )
        self.process.start()
        theirs.close()

    def send(self, what: object) -> None:
        """To a worker that has died it says nothing: `Crew.messages` will tell."""
        with suppress(BrokenPipeError, ConnectionError):
            self.pipe.send(what)

    def train(self, lanes: Sequence[Lane], *, fused: bool) -> None:
        self.busy = True
        self.flying |= {lane.number for lane in lanes}
        self.send(Train(tuple(lanes), fused))

    def join(self, lanes: Sequence[Lane]) -> None:
        self.flying |= {lane.number for lane in lanes}
        self.send(tuple(lanes))


class Crew:
    """As many workers as there are cores to be used; one that dies is replaced. As a context, for they must end."""

    def __init__(self, setting: Setting, data: Splits, count: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-")
        self._setting = setting
        self._mapped = Mapped.written(data, Path(self._folder.name) / "data")
        self.data = self._mapped.open()
        warm_up()
        known = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context("forkserver" if "forkserver" in known else "spawn")
        there = cores()
        self._cores: list[int | None] = [there[i] if count <= len(there) else None for i in range(count)]
        self.workers: list[Worker] = []

    def __enter__(self) -> Crew:
        self.workers = [self._worker(core) for core in self._cores]
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.pipe.close()  # which ends it, at the latest after its epoch
            worker.process.terminate()
        until = time.monotonic() + PATIENCE
        for worker in self.workers:
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
        self._folder.cleanup()

    def messages(self, timeout: float) -> Iterator[tuple[Worker, Message]]:
        """What the workers have said, waiting for the first for so many seconds at most.

        One that has died says that it is `Broken`; another is in its place by then.
        """
        pipes = {worker.pipe: worker for worker in self.workers}
        for pipe in connection.wait(list(pipes), timeout):
            worker = pipes[pipe]  # type: ignore[index]
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):
                message = Broken(_cause_of_death(worker.process))
                self._replace(worker)
            yield worker, message

    def _replace(self, dead: Worker) -> None:
        dead.pipe.close()
        place = self.workers.index(dead)
        self.workers[place] = self._worker(self._cores[place])

    def _worker(self, core: int | None) -> Worker:
        return Worker(self._context, self._setting, self._mapped, core)


def _cause_of_death(process: BaseProcess) -> str:
    process.join(PATIENCE)
    code = process.exitcode
    if code is None or code >= 0:
        return f"its process ended with exit code {code}"
    with suppress(ValueError):
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process was ended by signal {-code}"


# -- the worker's side ------------------------------------------------------------------------------------


def work(pipe: Connection, setting: Setting, data: Mapped, core: int | None) -> None:
    """A worker's life."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says what is to end
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    torch.set_num_threads(1)
    if core is not None and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # the core was taken from us since
            os.sched_setaffinity(0, {core})
    with suppress(EOFError, ConnectionError):
        _Trainee(pipe, setting, data.open()).serve()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class _Trainee:
    def __init__(self, pipe: Connection, setting: Setting, data: Splits) -> None:
        self.pipe, self.judged, self.data = pipe, setting.judged, data
        fused = FusedTrainer(task=setting.task, order_seed=setting.order_seed, device="cpu", metric=setting.metric)
        serial = SerialTrainer(
            task=setting.task,
            family=setting.family,
            folder=setting.folder,
            order_seed=setting.order_seed,
            device="cpu",
            loss=setting.loss,
            metric=setting.metric,
        )
        self.fused, self.serial = FoldTrainer(fused), FoldTrainer(serial)
        self.best: list[Merit] = []

    def serve(self) -> None:
        while True:
            order: Train = self.pipe.recv()
            trainer = self.fused if order.fused else self.serial
            try:
                for trained in trainer.train(order.lanes, self.data, self._epochs, self._refill):
                    self.pipe.send(Left(self._without_needless_weights(trained)))
            except (EOFError, ConnectionError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the parent tries it in another way
                self.pipe.send(Broken(f"{type(error).__name__}: {error}".splitlines()[0]))
            else:
                self.pipe.send(Done())

    def _epochs(self, ended: Mapping[int, Epoch]) -> Collection[int]:
        self.pipe.send(Ended(dict(ended)))
        drops: Collection[int] = self.pipe.recv() if self.judged else ()
        return drops

    def _refill(self, left: int) -> Sequence[Lane]:
        self.pipe.send(Vacant(left))
        lanes: Sequence[Lane] = self.pipe.recv()
        return lanes

    def _without_needless_weights(self, trained: Trained) -> Trained:
        """Weights travel as arrays, for torch would hand them over in memory that ends with this process."""
        outcome = trained.outcome
        if outcome.ended != "complete" or outcome.best is None or trained.weights is None:
            return Trained(outcome, None)
        mine = outcome.merit
        if len(self.best) == LEADERS and self.best[-1] < mine:
            return Trained(outcome, None)
        self.best = sorted([*self.best, mine])[:LEADERS]
        weights: dict[str, Any] = {name: value.numpy() for name, value in trained.weights.items()}
        return replace(trained, weights=weights)


def as_tensors(trained: Trained) -> Trained:
    """The parent's view of what `Left` brought."""
    if trained.weights is None:
        return trained
    weights: dict[str, Any] = trained.weights
    return replace(trained, weights={name: torch.from_numpy(value.copy()) for name, value in weights.items()})
