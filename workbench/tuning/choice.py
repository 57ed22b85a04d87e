"""Which engine trains a study: one trial at a time, many together, many together in a process for each core."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Literal

import torch

from workbench.data.splits import DataInfo
from workbench.errors import WorkbenchError
from workbench.fused import reason_not_fusable
from workbench.study.space import Choice as ChoiceOf
from workbench.study.space import FloatRange, IntRange, Point, Searched, Space, Value, draw
from workbench.study.spec import StudySpec
from workbench.tuning import cohorts, workers

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
    processes: int = 1
    machine: cohorts.Machine | None = None
    why: str = ""

    def told(self) -> str:
        """For people: "fused, about 8 at a time in each of 2 processes"."""
        each = f" in each of {self.processes} processes" if self.processes > 1 else ""
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
    asked: Engine, spec: StudySpec, info: DataInfo, device: torch.device, trials: int, most: int | None = None
) -> Choice:
    """The engine for so many more trials, in `most` processes; None: in as many as pay."""
    reason = check(asked, spec)
    if asked == "serial" or reason:
        processes = min(trials, serial_processes(asked, spec, device, most))
        each = f" in each of {processes} processes" if processes > 1 else ""
        why = "" if asked == "serial" else f"one trial at a time{each}, for {reason}"
        return Choice("serial", processes=processes, why=why)
    machine = cohorts.machine(device)
    points = sample(spec.space)
    typical = sorted(cohorts.size(point, info) for point in points)[len(points) // 2]
    lanes = max(1, min(machine.numbers // typical, cohorts.MOST[device.type]))
    if device.type != "cpu":
        return Choice("fused", min(lanes, trials), machine=machine)
    cores = most or len(workers.cores())
    cost = cohorts.forecast(points, trials, info, machine, cores)
    if asked == "auto" and cost.gain < cohorts.SMALLEST_GAIN:
        return Choice("serial", why="one trial at a time, for networks of this size fill the machine alone")
    processes = cores if most or cost.workers < cost.alone else 1
    processes = max(1, min(processes, math.ceil(trials / 2)))
    if spec.search.sampler in LEARNING:
        few = math.ceil(FEW / (info.folds or 1))
        lanes = min(lanes, max(few, trials // (ROUNDS * processes)))
    return Choice("fused", max(1, min(lanes, math.ceil(trials / processes))), processes, machine)


def serial_processes(asked: Engine, spec: StudySpec, device: torch.device, most: int | None = None) -> int:
    """Processes that train one trial each at a time: as many as are asked for, else one.

    But one for each core for the cnn family, unless the user wants one after another: threads of one process wait
    for each other at every operation, and on a busy machine that costs several times what they gain.
    """
    if device.type != "cpu":
        return 1
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
