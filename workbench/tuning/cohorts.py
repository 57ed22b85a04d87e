"""Which trials ride together, and how many: what fits the processor's cache, by a measurement of half a second.

On a CPU some 0.25 to 0.5 million weights make a cohort, with one single-threaded process for each core; more gain
little, and the sampler knows less when it draws. On a GPU hundreds of lanes ride together. Where the best size lies
is measured once for each machine and kept in the user's cache folder.

Trials are asked for as the sampler proposes them and grouped afterwards. Nothing is fixed to make grouping easy,
for that would bias the search.
"""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import platformdirs
import torch

import workbench
from workbench import atomic
from workbench.data.splits import DataInfo, Part, Splits
from workbench.errors import WorkbenchError
from workbench.models import mlp
from workbench.study.space import Point
from workbench.study.trial import Trial
from workbench.study.vocabulary import MLP, TRAINER, settings
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.memory import fused as bytes_of
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

MOST = {"cpu": 24, "cuda": 1024}  # trials; 48 of the smallest networks are 5 % faster, and the sampler knows less
TRIED = {"cpu": (1, 8, 16), "cuda": (1, 16, 64, 256)}  # lanes of a calibration; 4 are as fast as 8 if of one kind
ROUNDS = 3  # of a calibration; the smallest of each counts
WORTH = 1.05  # the smallest cohort is taken that no other beats by more
FRESH = 30 * 24 * 3600  # seconds for which a measurement is believed
QUIET = 0.5  # of the cores at work, up to which a measurement is the last word
START = 2.0  # seconds until worker processes train: torch is imported once more
SMALLEST_GAIN = 1.15  # below it a study is trained one by one: the numbers are the same, the program is simpler


@dataclass(frozen=True)
class Machine:
    """What a device was found to do: a step of a cohort takes `overhead` and `work` for each number touched."""

    overhead: float  # seconds a step of a program
    work: float  # seconds for each weight and example
    serial: float  # seconds a step of the serial trainer, beside the same work
    numbers: int  # what a cohort may hold: see `size`

    @property
    def believable(self) -> bool:
        """Whether a processor or a GPU of this world can be so; a file may say anything."""
        times = (self.overhead, self.work, self.serial)
        return (
            all(isinstance(value, int | float) and 0 <= value < 1 for value in times)
            and 1e-15 < self.work < 1e-7
            and isinstance(self.numbers, int)
            and 1e5 <= self.numbers <= 1e10
        )


def size(point: Point, info: DataInfo) -> int:
    """Numbers that a trial keeps busy in a step: weights, gradients and two moments; thrice its neurons' outputs.

    A cross-validated trial is a lane for each fold.
    """
    said: dict[str, Any] = settings(TRAINER, point)
    lane = 4 * weights(point, info) + 3 * sum(_units(point, info)) * int(said["batch_size"])
    return lane * (info.folds or 1)


def weights(point: Point, info: DataInfo) -> int:
    """Trainable weights of an mlp at this point."""
    units = _units(point, info)
    widths = [math.prod(info.input_shape), *units, info.outputs]
    normed = 2 * sum(units) if settings(MLP, point)["batch_norm"] else 0
    return normed + sum((before + 1) * after for before, after in pairwise(widths))


def _units(point: Point, info: DataInfo) -> list[int]:
    return mlp.widths(settings(MLP, point), info.outputs)


def plan(stock: Sequence[Trial], info: DataInfo, room: int, most: int, memory: float = math.inf) -> list[Trial]:
    """The next cohort out of the trials in stock: at most so many of them, alike, and no larger than `room` (what a
    cache holds, see `size`) and `memory` (bytes).

    The oldest is in it, whatever it is like, so that none waits for ever. Never empty where there is stock.
    """
    if not stock:
        return []
    first = min(stock, key=lambda trial: trial.number)
    alike = sorted((one for one in stock if fit(one.point, first.point)), key=lambda trial: _kind(trial, info))
    low = high = alike.index(first)
    room -= size(first.point, info)
    memory -= bytes_of(first.point, info)
    while high - low + 1 < most:
        # Of the neighbours at both ends the one that is more like the oldest joins.
        ends = [i for i in (high + 1, low - 1) if 0 <= i < len(alike)]
        ends = [i for i in ends if size(alike[i].point, info) <= room and bytes_of(alike[i].point, info) <= memory]
        if not ends:
            break
        chosen = min(ends, key=lambda i: _distance(alike[i], first))
        room -= size(alike[chosen].point, info)
        memory -= bytes_of(alike[chosen].point, info)
        low, high = min(low, chosen), max(high, chosen)
    return alike[low : high + 1]


def fit(one: Point, other: Point) -> bool:
    """Whether two trials may be in one cohort: they share the minibatches."""
    return settings(TRAINER, one)["batch_size"] == settings(TRAINER, other)["batch_size"]


def _kind(trial: Trial, info: DataInfo) -> tuple[Any, ...]:
    """What makes lanes share more of their program, the strongest first; the number, so that no two are equal."""
    said: dict[str, Any] = settings(TRAINER, trial.point) | settings(MLP, trial.point)
    return (*_program(trial), said["depth"], said["activation"], weights(trial.point, info), trial.number)


def _program(trial: Trial) -> tuple[Any, ...]:
    """Lanes that differ in one of these are trained by different programs of a cohort."""
    said: dict[str, Any] = settings(TRAINER, trial.point) | settings(MLP, trial.point)
    return (said["optimizer"], bool(said["batch_norm"]), said["depth"] > 0, said["dropout"] > 0, said["epochs"])


def _distance(one: Trial, other: Trial) -> tuple[bool, int]:
    a: dict[str, Any] = settings(MLP, one.point)
    b: dict[str, Any] = settings(MLP, other.point)
    return _program(one) != _program(other), abs(a["depth"] - b["depth"])


# -- what it will cost ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Forecast:
    """Seconds that a study will take, by the machine's measurement; they are no promise, but they compare."""

    serial: float
    alone: float  # fused, in this process
    workers: float  # fused, in a process for each core

    @property
    def gain(self) -> float:
        return self.serial / min(self.alone, self.workers)


def forecast(points: Sequence[Point], trials: int, info: DataInfo, machine: Machine, workers: int) -> Forecast:
    """What `trials` trials like these points cost. Of large networks one alone uses all cores, too."""
    serial = together = 0.0
    for point in points:
        said: dict[str, Any] = settings(TRAINER, point)
        steps = said["epochs"] * math.ceil(info.train / said["batch_size"]) * (info.folds or 1)
        touched = weights(point, info) * said["batch_size"] * machine.work
        lanes = max(1, min(machine.numbers // size(point, info), MOST["cpu"])) * (info.folds or 1)
        cores = workers if weights(point, info) > 1_000_000 else 1
        serial += steps * (machine.serial + touched / cores)
        together += steps * (machine.overhead / lanes + touched)
    share = trials / len(points)
    return Forecast(serial * share, together * share, START + together * share / workers)


# -- the measurement --------------------------------------------------------------------------------------


def machine(device: torch.device) -> Machine:
    """What was measured of this device; measured now where it was not before, or long ago. Half a second.

    What was measured on a busy machine is measured again the next time, and the quicker of the two counts.
    """
    file = Path(platformdirs.user_cache_path("workbench")) / "machines.json"
    key = f"{_name(device)}, torch {torch.__version__}, workbench {workbench.__version__}"
    known = _read(file)
    before, quiet = _believed(known.get(key))
    if before is not None and quiet:
        return before
    quiet = not busy()
    found = calibrate(device)
    if before is not None and before.work < found.work:
        found = before
    entry = {**asdict(found), "when": time.time(), "quiet": quiet}
    with suppress(WorkbenchError):  # a cache that cannot be written costs half a second each time
        atomic.write(file, (json.dumps(known | {key: entry}, indent=1) + "\n").encode())
    return found


def _believed(entry: object) -> tuple[Machine | None, bool]:
    """What the file says of a device, and whether that was measured on a quiet machine; None where it cannot be."""
    try:
        said = dict(entry)  # type: ignore[call-overload]
        age, quiet = time.time() - said.pop("when"), said.pop("quiet")
        found = Machine(**said)
        return (found, quiet is True) if 0 <= age < FRESH and found.believable else (None, False)
    except (KeyError, TypeError, ValueError):
        return None, False


def busy() -> bool:
    """Whether others are at work on this machine."""
    try:
        return os.getloadavg()[0] > QUIET * (os.cpu_count() or 1)
    except (AttributeError, OSError):  # not on Windows
        return False


def _name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    model = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {torch.backends.cpu.get_cpu_capability()}"


def _read(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def calibrate(device: torch.device) -> Machine:
    """Trains growing cohorts of a 784-64-10 network for a few steps, and notes where one more lane stops paying.

    Each in turn, several times: what disturbs a second of it does not decide between them.
    """
    point: Point = {"depth": 1, "units": 64, "optimizer": "sgd", "momentum": 0.9, "lr": 0.01}
    point |= {"batch_size": 64, "epochs": 1}
    data = _examples(512, device)
    fused = FusedTrainer(task="multiclass", order_seed=0, device=device)
    serial = SerialTrainer(task="multiclass", family="mlp", folder=Path(), order_seed=0, device=device)
    steps = len(data.train) // 64
    tried = TRIED[device.type]
    seconds = dict.fromkeys(tried, math.inf)
    alone = math.inf
    for _ in range(ROUNDS):  # the first warms up
        for count in tried:
            seconds[count] = min(seconds[count], _timed(fused, point, count, data) / steps)
        alone = min(alone, _timed(serial, point, 1, data) / steps)
    least = min(took / count for count, took in seconds.items())
    best = next(count for count in tried if seconds[count] / count < WORTH * least)
    last = max(best, tried[1])
    slope = max((seconds[last] - seconds[1]) / (last - 1), 1e-9)  # seconds for one more lane
    touched = weights(point, data.info) * 64
    return Machine(
        overhead=max(seconds[1] - slope, 0.0),
        work=slope / touched,
        serial=max(alone - slope, 0.0),
        numbers=best * size(point, data.info),
    )


def _timed(trainer: FusedTrainer | SerialTrainer, point: Point, count: int, data: Splits) -> float:
    """Seconds of an epoch of so many lanes.

    On the CPU it is the processor's time, which a busy neighbour changes little; one thread does it all.
    """
    clock = time.perf_counter if data.train.x.is_cuda else time.process_time
    started = clock()
    for _ in trainer.train([Lane(number, point, number) for number in range(count)], data, lambda _: ()):
        pass
    return clock() - started


def _examples(count: int, device: torch.device) -> Splits:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(count, 784, generator=generator).to(device)
    y = torch.randint(10, (count,), generator=generator).to(device)
    info = DataInfo("noise", "multiclass", True, (784,), 10, count, 8, 0, None, None, "")
    return Splits(Part(x, y), Part(x[:8], y[:8]), info)
