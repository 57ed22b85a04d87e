"""Training alone with successive halving: freed places taken by new trials, or left empty until a cohort has ended.

    python benchmarks/refill_throughput.py --space digits    # or circles, or mnist with --data FOLDER

One process, one thread, nine epochs of rungs 1 and 3 (circles: 90). What is pruned depends on who was reported
before, so the two sides train unlike numbers of epochs: seconds are given for a trial and for a trial's epoch.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import time
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import torch
from fused_throughput import COHORT, load, point

from workbench.data.splits import Splits
from workbench.store.pruning import Reports, halving
from workbench.study.trial import Epoch
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.trainer import Lane


class Halving:
    """A pruner for one run of the trainer; counts the epochs that were trained."""

    def __init__(self, every: int) -> None:
        self.reports, self.rule, self.every, self.epochs = Reports(), halving(lambda _: 0), every, 0

    def __call__(self, ended: Mapping[int, Epoch]) -> Collection[int]:
        self.epochs += len(ended)
        judged = {number: epoch for number, epoch in ended.items() if epoch.epoch % self.every == 0}
        for number, epoch in judged.items():
            self.reports.note(number, epoch.epoch // self.every, epoch.validation_accuracy)
        return {n for n, epoch in judged.items() if self.rule(self.reports, n, epoch.epoch // self.every)}


def run(trainer: FusedTrainer, lanes: Sequence[Lane], size: int, data: Splits, refilled: bool, every: int) -> Any:
    """Seconds a trial, and seconds a trial's epoch."""
    waiting, judge = deque(lanes), Halving(every)

    def take(count: int) -> list[Lane]:
        return [waiting.popleft() for _ in range(min(count, len(waiting)))]

    started = time.perf_counter()
    while waiting:
        for _ in trainer.train(take(size), data, judge, take if refilled else lambda _: ()):
            pass
    took = time.perf_counter() - started
    return took / len(lanes), took / judge.epochs


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--space", choices=COHORT, default="digits")
    parser.add_argument("--data", default="", help="folder that holds MNIST/raw/*.gz, for --space mnist")
    parser.add_argument("--trials", type=int, default=96)
    parser.add_argument("--cohort", type=int)
    parser.add_argument("--repeats", type=int, default=3)
    said = parser.parse_args()
    torch.set_num_threads(1)
    os.environ["WORKBENCH_DATA"] = said.data
    data, task = load(said.space)
    every = 10 if said.space == "circles" else 1
    draw = random.Random(0)
    points = [point(draw, said.space, draw.choice(["sgd", "adam"])) for _ in range(said.trials)]
    lanes = [Lane(number, each | {"epochs": 9 * every}, number) for number, each in enumerate(points)]
    trainer, size = FusedTrainer(task=task, order_seed=0, device="cpu"), said.cohort or COHORT[said.space]
    found: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    for repeat in range(said.repeats):
        for refilled in (True, False)[:: 1 if repeat % 2 else -1]:
            found[refilled].append(run(trainer, lanes, size, data, refilled, every))
    print(f"{said.space}, {said.trials} trials, {size} lanes, medians of {said.repeats}")
    for i, name in enumerate(("a trial", "a trial's epoch")):
        sides = {side: statistics.median(each[i] for each in found[side]) * 1e3 for side in found}
        ratio = statistics.median(e[i] / r[i] for r, e in zip(found[True], found[False], strict=True))
        print(f"{name}: refilled {sides[True]:.2f} ms, left empty {sides[False]:.2f} ms; {ratio:.2f} times as fast")
    print(f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__}")


if __name__ == "__main__":
    main()
