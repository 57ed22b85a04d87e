"""Which engine trains a study: one trial at a time, many together, many together in each of several workers."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch

from workbench.data.splits import DataInfo
from workbench.errors import WorkbenchError
from workbench.fused import reason_not_fusable
from workbench.study.space import Choice as ChoiceOf
from workbench.study.space import FloatRange, IntRange, Point, Searched, Space, Value, draw
from workbench.study.spec import StudySpec
from workbench.tuning import cohorts, memory, workers

Engine = Literal["auto", "fused", "serial"]
SAMPLE = 32  # points drawn to see what a space costs
LEARNING = {"tpe", "gp", "cmaes", "nsga2"}  # samplers that draw from what was told
ROUNDS = 4  # of trials, at least: such a sampler draws blindly what is drawn before anything was told
FEW = 4  # lanes that are worth a program


@dataclass(frozen=True)
class Choice:
    """How a study is trained. `why` says in a line what one might wonder about."""

    name: Literal["fused", "serial"]
    lanes: int = 1  # trials that usually ride together
    workers: int = 1  # processes that train
    machine: cohorts.Machine | None = None
    why: str = ""

    def told(self) -> str:
        """For people: "fused, about 8 at a time in each of 2 workers"."""
        each = f" in each of {self.workers} workers" if self.workers > 1 else ""
        if self.name == "serial":
            return f"serial, one trial at a time{each}" if each else "serial"
        return f"fused, about {self.lanes} at a time{each}"


def check(asked: Engine, spec: StudySpec) -> str:
    """Why the study cannot be fused, or nothing; WorkbenchError where it was asked to be all the same."""
    reason = reason_not_fusable(spec.model.family, spec.words)
    if reason and asked == "fused":
        raise WorkbenchError(
            f"--engine fused: this study cannot be fused: {reason}",
            hint="leave --engine out: what cannot be fused is trained one trial at a time",
        )
    return reason


def choose(
    asked: Engine,
    spec: StudySpec,
    info: DataInfo,
    devices: Sequence[torch.device],
    trials: int,
    most: int | None = None,
) -> Choice:
    """The engine for so many more trials, in `most` workers; None: one for each GPU, else as many as pay."""
    device, reason = devices[0], check(asked, spec)
    if asked == "serial" or reason:
        count = min(trials, serial_workers(asked, spec, devices, most))
        if most is None and device.type == "cpu":
            count = min(count, fitting(spec, info))
        each = f" in each of {count} workers" if count > 1 else ""
        why = "" if asked == "serial" else f"one trial at a time{each}, for {reason}"
        return Choice("serial", workers=count, why=why)
    machine = cohorts.machine(device)
    points = sample(spec.space)
    typical = sorted(cohorts.size(point, info) for point in points)[len(points) // 2]
    lanes = max(1, min(machine.numbers // typical, cohorts.MOST[device.type]))
    if device.type != "cpu":
        count = min(trials, most or len(devices))
        return Choice("fused", min(lanes, math.ceil(trials / count)), count, machine)
    cores = most or len(workers.cores())
    cost = cohorts.forecast(points, trials, info, machine, cores)
    if asked == "auto" and cost.gain < cohorts.SMALLEST_GAIN:
        return Choice("serial", why="one trial at a time, for networks of this size fill the machine alone")
    count = cores if most or cost.workers < cost.alone else 1
    count = max(1, min(count, math.ceil(trials / 2)))
    if spec.search.sampler in LEARNING:
        few = math.ceil(FEW / (info.folds or 1))
        lanes = min(lanes, max(few, trials // (ROUNDS * count)))
    return Choice("fused", max(1, min(lanes, math.ceil(trials / count))), count, machine)


def fitting(spec: StudySpec, info: DataInfo) -> int:
    """Workers for whose trials there is memory, one at a time in each; one at least."""
    needed = [memory.serial(spec, point, info) or 0 for point in sample(spec.space)[:FEW]]
    there = memory.free()
    return len(workers.cores()) if there is None else max(1, int(memory.USED * there / max(1, *needed)))


def serial_workers(asked: Engine, spec: StudySpec, devices: Sequence[torch.device], most: int | None = None) -> int:
    """Workers that train one trial each at a time: as many as are asked for, else one for each GPU, else one.

    But one for each core for the cnn family, unless the user wants one after another: threads of one process wait
    for each other at every operation, and on a busy machine that costs several times what they gain.
    """
    if devices[0].type != "cpu":
        return most or len(devices)
    pays = asked != "serial" and spec.model.family == "cnn"
    return most or (len(workers.cores()) if pays else 1)


def sample(space: Space) -> list[Point]:
    """Points of the space, always the same ones, each value drawn evenly."""
    chance = random.Random(0)

    def suggest(_name: str, parameter: Searched) -> Value:
        match parameter:
            case ChoiceOf():
                return chance.choice(parameter.options)
            case IntRange() | FloatRange():
                low, high = parameter.low, parameter.high
                share = chance.random()
                value = low * (high / low) ** share if parameter.log else low + (high - low) * share
                return round(value) if isinstance(parameter, IntRange) else value

    return [draw(space, suggest) for _ in range(SAMPLE)]
