"""One small history with every way a trial can end, and its variations."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from workbench.store.history import History, Row
from workbench.study.trial import Epoch

SPEC: dict[str, Any] = {
    "name": "mnist-small",
    "description": "A small net on 4,096 images.",
    "task": "multiclass",
    "metric": "accuracy",
    "data": {"source": "mnist", "train": 4096, "validation": 1024, "standardize": True},
    "model": {"family": "mlp"},
    "space": {
        "depth": {"int": [1, 3]},
        "units": {"int": [10, 128], "log": True, "per": "depth"},
        "optimizer": {"choice": ["sgd", "adam"]},
        "momentum": {"float": [0.0, 0.95], "when": {"optimizer": "sgd"}},
        "nesterov": {"choice": [True, False], "when": {"optimizer": ["sgd"]}},
        "lr": {"float": [0.001, 0.1], "log": True},
        "batch_size": 64,
        "epochs": 5,
    },
    "budget": {"trials": 40, "timeout": "30m"},
    "search": {"sampler": "tpe", "pruner": "hyperband", "seed": 7},
}
DATA: dict[str, Any] = {
    "name": "mnist",
    "task": "multiclass",
    "stand_in": False,
    "input_shape": [1, 28, 28],
    "outputs": 10,
    "train": 4096,
    "validation": 1024,
    "test": 10000,
    "mean": [0.1307],
    "deviation": [0.3081],
    "md5": "0123456789abcdef0123456789abcdef",
    "notes": [],
}
STAND_IN: dict[str, Any] = {
    **DATA,
    "name": "digits at 28x28",
    "stand_in": True,
    "notes": ["It is scikit-learn's digits at 28x28.", "Place the four .gz files in MNIST/raw/ and run again."],
}


def baseline(
    name: str, accuracy: float, only_network: int, only_baseline: int, *, linear: bool = False, note: str = ""
) -> dict[str, Any]:
    return {
        "name": name,
        "linear": linear,
        "accuracy": accuracy,
        "low": accuracy - 0.006,
        "high": accuracy + 0.006,
        "only_network": only_network,
        "only_baseline": only_baseline,
        "examples_used": 5120,
        "examples": 5120,
        "seconds": 1.5,
        "note": note,
    }


FACTS: dict[str, Any] = {
    "data": DATA,
    "device": "cpu",
    "versions": {"workbench": "0.1.0", "torch": "2.15.0"},
    "storage": "workbench.journal",
    "command": ["workbench", "tune", "--study", "mnist-small", "--set", "space.lr.float=[1e-3, 0.1]"],
    "seconds": 243.2,
    "openings": [
        {
            "when": "2026-11-21T10:00:00+00:00",
            "trial": 8,
            "command": ["workbench", "tune"],
            "code": "workbench 0.1.0 (1a2b3c4)",
        }
    ],
    "final": {
        "trial": 8,
        "epochs": 2,
        "trained_on": "training and validation part",
        "accuracy": 0.912,
        "low": 0.90629,
        "high": 0.91739,
        "loss": 0.3101,
        "examples": 10000,
        "when": "2026-11-21T10:00:00+00:00",
        "code": "workbench 0.1.0 (1a2b3c4)",
    },
    "baselines": [
        baseline("majority class", 0.1135, 8200, 215),
        baseline("logistic regression", 0.8823, 518, 221, linear=True),
        baseline("SVM with an RBF kernel", 0.9101, 310, 291, note="fitted to 4,000 of 5,120 examples"),
    ],
}


def row(number: int, accuracy: float, loss: float, *, parameters: int = 2000, **other: Any) -> Row:
    """A completed trial that is best at its second epoch of three."""
    curve = tuple(
        Epoch(epoch, loss + 0.1, accuracy - worse - 0.01, loss + 10 * worse, accuracy - worse)
        for epoch, worse in [(1, 0.02), (2, 0.0), (3, 0.01)]
    )
    plain = Row(
        number=number,
        state="complete",
        value=accuracy,
        point={
            "depth": 2, "units": [88, 20], "optimizer": "sgd", "momentum": 0.9, "nesterov": True,
            "lr": 0.0123456789 * (number + 1), "batch_size": 64, "epochs": 5,
        },
        curve=curve,
        ended="complete",
        reason="",
        seconds=12.3456789,
        parameters=parameters,
        duplicate_of=None,
        started="2026-11-21T09:00:00+00:00",
        finished="2026-11-21T09:00:12+00:00",
    )  # fmt: skip
    return replace(plain, **other)


ADAM = {"depth": 1, "units": [30], "optimizer": "adam", "lr": 0.002, "batch_size": 64, "epochs": 5}
CUT = {"state": "pruned", "ended": "pruned"}


@pytest.fixture
def history() -> History:
    """Trial 8 wins by size over 2 and 7, which win by loss over 1; 3 was cut short where it was ahead of all."""
    diverged = row(4, 0.2, 2.0, **CUT, reason="the loss is nan in epoch 2")
    blown = Epoch(2, math.nan, 0.1, math.inf, 0.1)
    rows = (
        row(0, 0.85, 0.5, point=ADAM),
        row(1, 0.92, 0.30, parameters=1000),
        row(2, 0.92, 0.28),
        row(3, 0.93, 0.20, **CUT, reason="pruned at epoch 3"),
        replace(diverged, ended="diverged", curve=(*diverged.curve[:1], blown), value=0.18),
        row(5, 0.0, 0.0, state="failed", ended="failed", value=None, curve=(), reason="RuntimeError: too big"),
        row(6, 0.92, 0.28, duplicate_of=2, reason="the same point as trial 2", seconds=0.0),
        row(7, 0.92, 0.28),
        row(8, 0.92, 0.28, parameters=1500),
        row(9, 0.0, 0.0, state="running", ended=None, value=None, curve=()),
    )
    return History(study="mnist-small", generation=1, spec=SPEC, facts=FACTS, rows=rows)


def repeats(trial: int, accuracies: dict[int, float | None]) -> list[dict[str, Any]]:
    """What is remembered of a leader's repeats; None: diverged."""
    return [
        {
            "trial": trial,
            "repeat": repeat,
            "seed": 100 + repeat,
            "ended": "diverged" if accuracy is None else "complete",
            "epoch": None if accuracy is None else 3,
            "accuracy": accuracy,
            "loss": None if accuracy is None else 0.3,
            "seconds": 1.0,
        }
        for repeat, accuracy in accuracies.items()
    ]


@pytest.fixture
def confirmed(history: History) -> History:
    """Trials 8, 2, 7, 1, three seeds each: 2 is the highest, 1 the smallest tied with it, 7 behind, 8 diverged."""
    runs = [
        *repeats(8, {0: 0.93, 1: None, 2: 0.93}),
        *repeats(2, {0: 0.920, 1: 0.935, 2: 0.926}),
        *repeats(7, {0: 0.820, 1: 0.835, 2: 0.826}),
        *repeats(1, {0: 0.921, 1: 0.915, 2: 0.924, 3: 0.91, 4: 0.93, 5: 0.92}),
    ]
    final = FACTS["final"] | {"trial": 1, "epochs": 3}
    facts = {**FACTS, "confirm": {"top": 4, "seeds": 3, "runs": runs}, "final": final}
    return replace(history, facts=facts)


@pytest.fixture
def stand_in(history: History) -> History:
    """The same trials on the embedded data."""
    return replace(
        history,
        study="mnist-small-standin",
        spec={**SPEC, "name": "mnist-small-standin"},
        facts={**FACTS, "data": STAND_IN},
    )


@pytest.fixture
def nothing_completed(history: History) -> History:
    """What is left of the history when only pruned, diverged and failed trials count."""
    rows = tuple(row for row in history.rows if row.state in ("pruned", "failed"))
    return replace(
        history,
        rows=rows,
        facts={name: fact for name, fact in FACTS.items() if name not in ("openings", "final", "baselines")},
    )
