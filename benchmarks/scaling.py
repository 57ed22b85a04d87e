"""Trials per minute of one search with 1 worker, with N, and with as many actors of a Ray of this machine.

    python benchmarks/scaling.py [--workers 2] [--trials 200] [--rounds 3] [--study NAME] [--no-ray]

Each round runs every variant once, in turn, on a storage of its own; the order turns from round to round. The time
of a search is from its first point asked for to its last trial told: workers start within it, Ray itself before.
The pace is that of the last three quarters of the trials, when all workers are there. Random points, none pruned,
so that all variants train the same trials; that their curves are equal is checked.
"""

# ruff: noqa: T201, ARG002 - it prints; an observer that looks at the clock alone

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from workbench.store.history import Row
from workbench.study.load import load
from workbench.study.trial import Epoch
from workbench.tuning import engine


class Clock:
    """An observer that notes when the search began and when each of its trials was told."""

    def __init__(self) -> None:
        self.began, self.told = 0.0, list[float]()

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None:
        self.began = time.perf_counter()

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None: ...

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
        self.told.append(time.perf_counter())

    def message(self, text: str) -> None:
        print(f"  {text}", file=sys.stderr)

    def stage(self, text: str, done: int, total: int) -> None: ...


def search(study: str, trials: int, **more: Any) -> tuple[tuple[float, float], list[Any]]:
    """Seconds of a search in all, seconds a trial of its last three quarters, and its curves."""
    spec = load(study, [f"budget.trials={trials}", 'search.sampler="random"', 'search.pruner="none"'])
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        options = engine.Options(
            storage=str(Path(folder) / "a.journal"), out=Path(folder), device="cpu", confirm=False, **more
        )
        rows = engine.tune(spec, options, clock).history.rows
    later = clock.told[trials // 4 :]
    pace = (later[-1] - later[0]) / (len(later) - 1)
    return (clock.told[-1] - clock.began, pace), [(row.number, row.state, row.curve) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--study", default="digits")
    parser.add_argument("--no-ray", action="store_true")
    options = parser.parse_args()
    many: dict[str, Any] = {"engine": "fused", "workers": options.workers}
    variants: dict[str, dict[str, Any]] = {"1 worker": {"engine": "fused", "workers": 1}}
    variants[f"{options.workers} workers"] = many
    if not options.no_ray:
        variants["Ray"] = many | {"cluster": "local"}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    curves = None
    for number in range(options.rounds):
        names = list(variants)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            took, found = search(options.study, options.trials, **variants[name])
            curves = curves or found
            assert found == curves, f"{name}: other curves"
            seconds[name].append(took)
            load = os.getloadavg()[0]
            print(f"round {number}, load {load:.1f}: {name}, {took[0]:.1f} s", file=sys.stderr, flush=True)
    for name, took in seconds.items():
        whole = 60 * options.trials / statistics.median(a for a, _ in took)
        pace = 60 / statistics.median(b for _, b in took)
        print(f"{name:<10} {whole:6.0f} trials a minute in all, {pace:6.0f} once all workers are there")
    one, many_of_them, *ray = seconds
    _compare(f"{many_of_them} against {one}", seconds[many_of_them], seconds[one])
    for name in ray:
        _compare(f"{name} against {many_of_them}", seconds[name], seconds[many_of_them])


def _compare(title: str, mine: list[tuple[float, float]], theirs: list[tuple[float, float]]) -> None:
    for i, what in enumerate(("in all", "once all are there")):
        share = statistics.median(a[i] / b[i] for a, b in zip(mine, theirs, strict=True))
        print(f"{title}, {what}: {share:.3f} of the time")


if __name__ == "__main__":
    main()
