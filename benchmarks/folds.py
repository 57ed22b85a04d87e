"""What a cross-validated trial costs beside one with a single validation part: `python benchmarks/folds.py`.

The same points, of the iris study's kind, training alone, in one process and thread; processor time, which other
work changes little. In alternation; the median of so many ratios.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path
from statistics import median

import torch

from workbench.data import splits
from workbench.data.splits import Splits
from workbench.study.space import Point
from workbench.tuning.folds import FoldTrainer
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

FOLDS, TEST = 5, 30
EPOCHS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, nargs="+", default=[4, 24], help="that ride together")
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    plain, folded = data(None), data(FOLDS)
    fused = FoldTrainer(FusedTrainer(task="multiclass", order_seed=0, device="cpu"))
    one = SerialTrainer(task="multiclass", family="mlp", folder=Path(), order_seed=0, device="cpu")
    for name, trainer, count in [("serial", FoldTrainer(one), 1), *(("fused", fused, n) for n in asked.trials)]:
        seconds(trainer, plain, 1)  # warms up
        pairs = [(seconds(trainer, plain, count), seconds(trainer, folded, count)) for _ in range(asked.repeats)]
        single, cross = (1000 * median(times) for times in zip(*pairs, strict=True))
        ratio = median(b / a for a, b in pairs)
        told = f"{single:.1f} ms a trial, {cross:.1f} ms with {FOLDS} folds: {ratio:.1f} times"
        print(f"{name}, {count} at a time: {told}")  # noqa: T201 - what it is run for


def data(folds: int | None) -> Splits:
    """Iris; with a single validation part as many examples are trained on as in a fold."""
    train, validation = (None, None) if folds else (96, 24)
    found, _ = splits.load(
        "iris",
        task="multiclass",
        train=train,
        validation=validation,
        test=TEST,
        standardize=True,
        folds=folds,
    )
    return found


def seconds(trainer: FoldTrainer, examples: Splits, count: int) -> float:
    """Of the processor, for each of so many trials."""
    lanes = [Lane(number, point, number) for number, point in enumerate(points(count))]
    started = time.process_time()
    for _ in trainer.train(lanes, examples, lambda _: ()):
        pass
    return (time.process_time() - started) / count


def points(count: int) -> list[Point]:
    """Always the same ones."""
    chance = random.Random(0)
    said: Point = {"optimizer": "adam", "lr": 0.01, "batch_size": 16, "epochs": EPOCHS}
    return [
        said
        | {
            "depth": chance.choice([1, 2]),
            "units": round(8 * 8 ** chance.random()),
            "activation": chance.choice(["relu", "tanh"]),
        }
        for _ in range(count)
    ]


if __name__ == "__main__":
    main()
