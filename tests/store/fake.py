"""A study without torch: made-up curves that depend on point, number and epoch alone, as seeded training does.

As a script it is a process to be killed: `python fake.py STORAGE` prints the number of each trial it has told.
"""

from __future__ import annotations

import math
import sys
from typing import Any

from workbench.store.history import History, Row
from workbench.store.trials import StudyStore
from workbench.study.identity import identity
from workbench.study.seeds import derive
from workbench.study.space import Choice, Fixed, FloatRange, IntRange, Parameter
from workbench.study.spec import DataSpec, SearchSpec, StudySpec
from workbench.study.trial import Epoch, Outcome, Trial

EPOCHS = 5

SPACE: dict[str, Parameter] = {
    "depth": IntRange(bounds=(1, 3)),
    "units": IntRange(bounds=(10, 128), log=True, per="depth"),
    "optimizer": Choice(options=["sgd", "adam"]),
    "momentum": FloatRange(bounds=(0.0, 0.95), when={"optimizer": "sgd"}),
    "lr": FloatRange(bounds=(1e-3, 1.0), log=True),
    "nesterov": Choice(options=[True, False], when={"optimizer": "sgd"}),
    "batch_size": Fixed(value=64),
    "epochs": Fixed(value=EPOCHS),
}
CLIFF = 0.3  # learning rates above it diverge


def spec(space: dict[str, Parameter] | None = None, name: str = "fake", **search: Any) -> StudySpec:
    return StudySpec(
        name=name,
        task="multiclass",
        data=DataSpec(source="digits"),
        space=SPACE if space is None else space,
        search=SearchSpec(**search),
    )


def open_store(where: str, study: StudySpec, **options: Any) -> StudyStore:
    return StudyStore.open(where, study, identity=identity(study), **options)


def ask(store: StudyStore) -> Trial | None:
    """One trial, on disk when this returns, as the two below."""
    trials = store.ask(1)
    store.flush()
    return trials[0] if trials else None


def report(store: StudyStore, trial: Trial, epoch: Epoch) -> bool:
    prune = store.report({trial.number: epoch})
    store.flush()
    return bool(prune)


def tell(store: StudyStore, outcome: Outcome) -> Row:
    [row] = store.tell([outcome])
    store.flush()
    return row


def epoch_of(trial: Trial, epoch: int) -> Epoch:
    noise = derive(0, "noise", trial.number, epoch) / 2**31
    merit = 1 - abs(math.log10(trial.point.get("lr", 0.01)) + 2) / 4 - 0.05 * trial.point.get("depth", 1)
    accuracy = merit * (1 - 0.5**epoch) + 0.1 * noise
    return Epoch(epoch, 2.5 - accuracy, accuracy - 0.01, 2.3 - accuracy, accuracy)


def train(store: StudyStore, trial: Trial) -> Outcome:
    """Epoch by epoch, pruned when the store says so; diverged in the third epoch where lr is beyond the cliff."""
    curve: list[Epoch] = []
    ended, reason = "complete", ""
    for number in range(1, trial.point.get("epochs", EPOCHS) + 1):
        if number == 3 and trial.point.get("lr", 0.0) > CLIFF:
            curve.append(Epoch(number, math.inf, 0.1, math.nan, 0.1))
            ended, reason = "diverged", "the loss is not a number in epoch 3"
            break
        curve.append(epoch_of(trial, number))
        if report(store, trial, curve[-1]):
            ended, reason = "pruned", f"after epoch {number}"
            break
    return Outcome(trial.number, ended, tuple(curve), 0.25, 1234, reason)  # type: ignore[arg-type]


def settle(store: StudyStore, trial: Trial) -> None:
    twin = store.twin(trial.point)
    if twin is None:
        tell(store, train(store, trial))
        return
    ended = "complete" if twin.state == "complete" else "pruned"
    tell(store, Outcome(trial.number, ended, twin.curve, 0.0, 1234, "copied", twin.number))  # type: ignore[arg-type]


def tune(store: StudyStore, trials: int) -> History:
    while store.counts().total < trials:
        trial = ask(store)
        if trial is None:
            break
        settle(store, trial)
    return store.history()


if __name__ == "__main__":
    endless = open_store(sys.argv[1], spec())
    while trial := ask(endless):
        settle(endless, trial)
        print(trial.number, flush=True)  # noqa: T201 - the parent waits for it
