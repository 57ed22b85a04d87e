"""Processes that train, one for each GPU or core: the parent asks, judges and writes; cohorts go over a pipe.

One single-threaded process for each core trains twice as much as one process with as many threads. They are forked
from a server that has imported torch once and holds nothing else (4 MB of their own each, where a process that
imports torch has 290), and the data lie in one file that all of them map into memory. A worker sees one GPU at
most, so that whatever it trains is on that one. A worker whose parent is gone ends at once, whatever it does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import connection, forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Protocol, Self

import torch
from torch import Tensor

from workbench.data.splits import DataInfo, Folds, Part, Splits
from workbench.study.spec import Loss, StudySpec, Task
from workbench.study.trial import Epoch, Merit
from workbench.tuning import memory
from workbench.tuning.folds import FoldTrainer
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.interruption import SIGNALS
from workbench.tuning.leading import LEADERS
from workbench.tuning.serial_trainer import SerialTrainer, first_line
from workbench.tuning.snapshots import Snapshots
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
class Said:
    """Worker: something that the user should know."""

    text: str


@dataclass(frozen=True)
class Broken:
    """Worker: the cohort could not be trained. Parent, of a worker: its process has ended."""

    reason: str
    memory: bool = False  # there was too little of it


Message = Ended | Left | Vacant | Done | Said | Broken


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
    devices: tuple[str, ...] = ("cpu",)  # worker i has the (i modulo their number)th
    snapshots: Snapshots | None = None  # None: trials that are cut short begin anew

    @classmethod
    def of(
        cls,
        spec: StudySpec,
        *,
        order_seed: int,
        judged: bool,
        devices: tuple[str, ...],
        snapshots: Snapshots | None = None,
    ) -> Setting:
        """Of a study's workers."""
        return cls(
            task=spec.task,
            family=spec.model.family,
            folder=spec.folder,
            order_seed=order_seed,
            judged=judged,
            loss=spec.loss,
            metric=spec.objective.name,
            devices=devices,
            snapshots=snapshots and snapshots.silent(),
        )


# -- where each of them runs ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """What one worker has to itself."""

    cores: tuple[int, ...] = ()  # that it stays on; none: the system's choice
    threads: int = 1
    gpu: str | None = None  # as CUDA_VISIBLE_DEVICES calls it; None: the CPU trains

    @property
    def device(self) -> str:
        return "cpu" if self.gpu is None else "cuda"

    def environment(self) -> dict[str, str]:
        """What must be said before CUDA is touched: from then on this GPU is `cuda`, and the only one."""
        return {} if self.gpu is None else {"CUDA_VISIBLE_DEVICES": self.gpu}


def places(
    count: int, devices: Sequence[str] = ("cpu",), there: Sequence[int] = (0,), visible: str | None = None
) -> list[Place]:
    """A place for each of so many workers on these devices ("cpu", or "cuda:0", "cuda:1", …) and cores.

    On CPUs the cores are divided among them, and with them the threads, one at least. A GPU's worker has no cores
    of its own: it waits for the GPU most of the time. `visible` is what this process was told by
    CUDA_VISIBLE_DEVICES: its "cuda:0" is the first of these.
    """
    threads = max(1, len(there) // count)
    if devices[0] == "cpu":
        shares = [tuple(there[i * threads : (i + 1) * threads]) for i in range(count)]
        return [Place(share if count <= len(there) else (), threads) for share in shares]
    names = [name.strip() for name in (visible or "").split(",") if name.strip()]
    chosen = [int(device.partition(":")[2] or 0) for device in devices]
    gpus = [names[index] if index < len(names) else str(index) for index in chosen]
    return [Place((), threads, gpus[i % len(gpus)]) for i in range(count)]


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
                out.write(tensor.cpu().contiguous().numpy().tobytes())
                start += tensor.numel() * tensor.element_size()
        return cls(str(file), tuple(places), data.info, data.folds is not None and data.folds.standardize)

    def open(self, device: str = "cpu") -> Splits:
        """The data as tensors over the file: whoever opens it shares its memory. Nobody may write to them."""
        whole = torch.from_file(self.file, shared=True, size=Path(self.file).stat().st_size, dtype=torch.uint8)
        return self.over(whole, device)

    def over(self, whole: Tensor, device: str) -> Splits:
        """The data as views of the file's bytes; on a GPU, copies of them."""
        tensors = [self._part(whole, *place).to(device) for place in self.tensors]
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
    """One that trains, as its parent sees it. `flying` are the lanes that it has."""

    def __init__(self) -> None:
        self.flying: set[int] = set()
        self.busy = False

    def send(self, what: object) -> None:
        """An order, or the answer to what it said."""
        raise NotImplementedError

    def train(self, lanes: Sequence[Lane], *, fused: bool) -> None:
        self.busy = True
        self.flying |= {lane.number for lane in lanes}
        self.send(Train(tuple(lanes), fused))

    def join(self, lanes: Sequence[Lane]) -> None:
        self.flying |= {lane.number for lane in lanes}
        self.send(tuple(lanes))


class AnyCrew(Protocol):
    """What a parent needs of its workers, wherever they are. As a context, for they must end."""

    data: Splits  # those that were given, or the same numbers elsewhere: what was before can be forgotten

    @property
    def workers(self) -> Sequence[Worker]:
        """Those that can be told to train. Dead ones go, new ones come."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def messages(self, timeout: float) -> Iterator[tuple[Worker, Message]]:
        """What the workers have said, waiting for the first for so many seconds at most."""
        ...


class ProcessWorker(Worker):
    """A process of this machine, and the pipe to it."""

    def __init__(self, context: BaseContext, setting: Setting, data: Mapped, place: Place, name: str) -> None:
        super().__init__()
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=work, args=(theirs, setting, data, place), daemon=True, name=name
        )
        self.process.start()
        theirs.close()

    def send(self, what: object) -> None:
        """To a worker that has died it says nothing: `Crew.messages` will tell."""
        with suppress(BrokenPipeError, ConnectionError):
            self.pipe.send(what)


class Crew:
    """So many processes; one that dies is replaced."""

    def __init__(self, setting: Setting, data: Splits, count: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-")
        self._setting = setting
        self._mapped = Mapped.written(data, Path(self._folder.name) / "data")
        self.data = self._mapped.open() if setting.devices[0] == "cpu" else data
        warm_up()
        known = multiprocessing.get_all_start_methods()
        self._context = multiprocessing.get_context("forkserver" if "forkserver" in known else "spawn")
        self._places = places(count, setting.devices, cores(), os.environ.get("CUDA_VISIBLE_DEVICES"))
        self._kills = kills_for_memory()
        self.workers: list[ProcessWorker] = []

    def __enter__(self) -> Crew:
        self.workers = [self._worker(number) for number in range(len(self._places))]
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
                message = self._cause_of_death(worker.process)
                self._replace(worker)
            yield worker, message

    def _replace(self, dead: ProcessWorker) -> None:
        dead.pipe.close()
        number = self.workers.index(dead)
        self.workers[number] = self._worker(number)

    def _worker(self, number: int) -> ProcessWorker:
        name = f"workbench worker {number}"
        return ProcessWorker(self._context, self._setting, self._mapped, self._places[number], name)

    def _cause_of_death(self, process: BaseProcess) -> Broken:
        process.join(PATIENCE)
        before, self._kills = self._kills, kills_for_memory()
        return cause_of_death(process.exitcode, for_memory=self._kills > before)


def cause_of_death(code: int | None, *, for_memory: bool) -> Broken:
    """From a process's exit code, and whether the kernel has killed one for memory since the last look."""
    if code is None or code >= 0:
        return Broken(f"its process ended with exit code {code}")
    name = f"signal {-code}"
    with suppress(ValueError):
        name = signal.Signals(-code).name
    if name == "SIGKILL" and for_memory:
        return Broken("the system ran out of memory and killed its process", memory=True)
    return Broken(f"its process was ended by {name}")


def kills_for_memory() -> int:
    """How many processes this machine's kernel has killed for want of memory; 0 where it does not say."""
    with suppress(OSError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return 0


# -- the worker's side ------------------------------------------------------------------------------------


def work(pipe: Connection, setting: Setting, data: Mapped, place: Place) -> None:
    """A worker's life."""
    os.environ.update(place.environment())
    sys.stdout = sys.stderr  # what a user's network prints must not stand within the parent's result
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says what is to end
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    torch.set_num_threads(place.threads)
    if place.cores and hasattr(os, "sched_setaffinity"):
        with suppress(OSError):  # a core was taken from us since
            os.sched_setaffinity(0, place.cores)
    with suppress(EOFError, ConnectionError):
        Trainee(pipe, setting, data.open(place.device), place.device).serve()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


class Pipe(Protocol):
    """A worker's end of what joins it to its parent. EOFError or ConnectionError where the parent is gone."""

    def send(self, what: Any, /) -> None: ...
    def recv(self) -> Any: ...


class Trainee:
    """Trains what it is told to, and says what comes of it."""

    def __init__(self, pipe: Pipe, setting: Setting, data: Splits, device: str) -> None:
        self.pipe, self.judged, self.data, self.device = pipe, setting.judged, data, device
        snapshots = setting.snapshots and replace(setting.snapshots, say=lambda text: pipe.send(Said(text)))
        fused = FusedTrainer(
            task=setting.task,
            order_seed=setting.order_seed,
            device=device,
            metric=setting.metric,
            snapshots=snapshots,
        )
        serial = SerialTrainer(
            task=setting.task,
            family=setting.family,
            folder=setting.folder,
            order_seed=setting.order_seed,
            device=device,
            loss=setting.loss,
            metric=setting.metric,
            snapshots=snapshots,
        )
        self.fused, self.serial = FoldTrainer(fused), FoldTrainer(serial)
        self.best: list[Merit] = []

    def serve(self) -> None:
        """Until the parent is gone."""
        while True:
            order: Train = self.pipe.recv()
            trainer = self.fused if order.fused else self.serial
            try:
                for trained in trainer.train(order.lanes, self.data, self._epochs, self._refill):
                    self.pipe.send(Left(self._without_needless_weights(trained)))
            except (EOFError, ConnectionError):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the parent tries it in another way
                self.pipe.send(Broken(first_line(error), memory.short(error)))
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
        return _each_weight(trained, Tensor.numpy)


def as_tensors(trained: Trained) -> Trained:
    """The parent's view of what `Left` brought."""
    return _each_weight(trained, lambda value: torch.from_numpy(value.copy()))


def _each_weight(trained: Trained, change: Callable[[Any], Any]) -> Trained:
    """With every tensor of its weights changed. The first fold's are those of the trial, and travel once."""

    def changed(weights: Mapping[str, Any]) -> dict[str, Any]:
        return {name: change(value) for name, value in weights.items()}

    if trained.weights is None:
        return trained
    folds = tuple(map(changed, trained.folds))
    return replace(trained, weights=folds[0] if folds else changed(trained.weights), folds=folds)
