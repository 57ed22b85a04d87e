"""Training alone: the fused trainer beside the serial one, on the same points, in turns.

    python benchmarks/fused_throughput.py --data FOLDER    # mnist-small's space; FOLDER holds MNIST/raw/*.gz
    python benchmarks/fused_throughput.py --space digits   # or circles, or circles --units 5 64 --cohort 8

Every process has one thread. Serial is measured in one process and in two at a time, fused in two; a round has
each once, and the order turns. Beside the ratios stands the share of two processes' sgemm (matmuls of 1,024),
measured in the same rounds. `--clock cpu` counts the processes' own seconds, for a machine with other work.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from workbench.data import splits
from workbench.data.splits import DataInfo, Part, Splits
from workbench.study.spec import Task
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane, Trainer

ACTIVATIONS = ("relu", "tanh", "gelu")
COHORT = {"mnist": 8, "digits": 32, "circles": 32}  # lanes
PROCESSES = 2
state: dict[str, Any] = {}  # of a worker process


UNITS = {"mnist": (10, 128), "digits": (16, 64), "circles": (5, 16)}  # a layer


def point(draw: random.Random, space: str, optimizer: str, units: tuple[int, int] | None = None) -> dict[str, Any]:
    """A point of the space: mnist-small's, digits, circles in one batch of all examples."""
    low, high = units or UNITS[space]
    depth = draw.randint(1, 2 if space == "circles" else 3)
    found = {
        "depth": depth,
        "units": [round(low * (high / low) ** draw.random()) for _ in range(depth)],
        "activation": draw.choice(ACTIVATIONS),
        "optimizer": optimizer,
        "lr": 10 ** (draw.uniform(-3, -1) if optimizer == "sgd" else draw.uniform(-4, -2)),
        "batch_size": 800 if space == "circles" else 64,
    }
    return found | ({"momentum": draw.uniform(0, 0.95)} if optimizer == "sgd" else {})


def load(space: str) -> tuple[Splits, Task]:
    if space == "mnist":
        data, _ = splits.load(
            "mnist", task="multiclass", train=4096, validation=1024, test=None, standardize=True, require=True
        )
        return data, "multiclass"
    if space == "digits":
        data, _ = splits.load("digits", task="multiclass", train=None, validation=288, test=360, standardize=True)
        return data, "multiclass"
    return circles(), "binary"


def circles() -> Splits:
    """1,000 points on two rings in the plane, 800 to train."""
    generator = torch.Generator().manual_seed(0)
    angle = torch.rand(1000, generator=generator) * 2 * torch.pi
    y = (torch.arange(1000) % 2).float()
    x = torch.stack([angle.cos(), angle.sin()], 1) * (1 - 0.5 * y)[:, None]
    x += 0.05 * torch.randn(x.shape, generator=generator)
    info = DataInfo("circles", "binary", False, (2,), 1, 800, 200, 0, None, None, "")
    return Splits(Part(x[:800], y[:800]), Part(x[800:], y[800:]), info)


def operations(said: dict[str, Any], data: Splits) -> float:
    """Floating-point operations of the matmuls that one trial needs; none for the gradient of the inputs."""
    widths = [data.train.x[0].numel(), *said["units"], data.info.outputs]
    first, *others = [2 * a * b for a, b in pairwise(widths)]
    training = len(data.train) * (2 * first + 3 * sum(others))
    return float(said["epochs"] * (training + len(data.validation) * (first + sum(others))))


def prepare(space: str, folder: str) -> None:
    torch.set_num_threads(1)
    os.environ["WORKBENCH_DATA"] = folder
    data, task = load(space)
    state["data"] = data
    state["serial"] = SerialTrainer(task=task, family="mlp", folder=Path(), order_seed=0, device="cpu")
    state["fused"] = FusedTrainer(task=task, order_seed=0, device="cpu")


def train(side: str, cohort: list[Lane], clock: str) -> float:
    """Seconds that a cohort takes in this process."""
    trainer: Trainer = state[side]
    now: Callable[[], float] = time.perf_counter if clock == "wall" else time.process_time
    started = now()
    for _ in trainer.train(cohort, state["data"], lambda _: ()):
        pass
    return now() - started


def sgemm(clock: str) -> float:
    """Operations a second of this process's best matmul of 1,024."""
    now = time.perf_counter if clock == "wall" else time.process_time
    a, c = torch.randn(1024, 1024), torch.empty(1024, 1024)
    best = float("inf")
    for _ in range(10):
        started = now()
        torch.mm(a, a, out=c)
        best = min(best, now() - started)
    return 2 * 1024**3 / best


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--space", choices=COHORT, default="mnist")
    parser.add_argument("--optimizer", choices=["sgd", "adam"], default="sgd")
    parser.add_argument("--data", default="", help="folder that holds MNIST/raw/*.gz, for --space mnist")
    parser.add_argument("--units", type=int, nargs=2, metavar=("LOW", "HIGH"), help="a layer; else the space's own")
    parser.add_argument("--trials", type=int, default=48)
    parser.add_argument("--epochs", type=int, help="5; circles 1,000")
    parser.add_argument("--cohort", type=int, help="lanes that ride together; mnist 8, digits and circles 32")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    said = parser.parse_args()
    epochs = said.epochs or (1000 if said.space == "circles" else 5)
    draw = random.Random(0)
    units = tuple(said.units) if said.units else None
    points = [point(draw, said.space, said.optimizer, units) | {"epochs": epochs} for _ in range(said.trials)]
    points.sort(key=lambda p: (p["depth"], p["activation"], p["units"]))  # as a planner would put them together
    lanes = [Lane(number, each, number) for number, each in enumerate(points)]
    size = said.cohort or COHORT[said.space]
    cohorts = {
        "serial": [[lane] for lane in lanes],
        "fused": [lanes[start : start + size] for start in range(0, len(lanes), size)],
    }
    context = get_context("spawn")
    sides = {"serial, 1 process": ("serial", 1), "serial, 2": ("serial", 2), "fused, 2": ("fused", 2)}
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    peaks = []
    with (
        ProcessPoolExecutor(1, context, prepare, (said.space, said.data)) as one,
        ProcessPoolExecutor(PROCESSES, context, prepare, (said.space, said.data)) as two,
    ):
        for repeat in range(said.repeats + 1):  # the first warms up
            for name in list(sides)[:: 1 if repeat % 2 else -1]:
                side, count = sides[name]
                pool = one if count == 1 else two
                todo = cohorts[side] if repeat else cohorts[side][:2]
                started = time.perf_counter()
                took = list(pool.map(train, [side] * len(todo), todo, [said.clock] * len(todo)))
                if repeat:
                    spent = time.perf_counter() - started if said.clock == "wall" else sum(took) / count
                    seconds[name].append(spent / len(lanes))
            peaks.append(sum(two.map(sgemm, [said.clock] * PROCESSES)))
    os.environ["WORKBENCH_DATA"] = said.data
    data, _ = load(said.space)
    each = sum(operations(p, data) for p in points) / len(points)
    print(
        f"{said.space}, {said.optimizer}, {said.trials} trials of {epochs} epochs, cohorts of {size}, "
        f"{said.clock} clock"
    )
    for name, found in seconds.items():
        ratio = statistics.median(a / b for a, b in zip(found, seconds["fused, 2"], strict=True))
        print(f"{name:18} {statistics.median(found) * 1e3:8.1f} ms a trial; fused is {ratio:.2f} times as fast")
    peak, rate = statistics.median(peaks), each / statistics.median(seconds["fused, 2"])
    print(f"fused: {rate / 1e9:.1f} GFLOP/s, {rate / peak:.0%} of two processes' sgemm, {peak / 1e9:.0f} GFLOP/s")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}")


if __name__ == "__main__":
    main()
