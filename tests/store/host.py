"""A host as a process: `python host.py STORAGE TRIALS PRUNER HOLD` trains its share of a made-up study.

While there is a file HOLD, the last trials wait: the study is not over before who made the file is done with it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import fake

from workbench.errors import WorkbenchError
from workbench.store.shared import SharedStore
from workbench.study.identity import identity
from workbench.study.spec import BudgetSpec, StudySpec
from workbench.study.trial import Outcome, Trial

EPOCH = 0.02  # seconds
LAST = 8  # trials, that wait


def study(trials: int, pruner: str) -> StudySpec:
    spec: StudySpec = fake.spec(sampler="random", pruner=pruner)
    return spec.model_copy(update={"budget": BudgetSpec(trials=trials)})


def train(store: SharedStore, trial: Trial) -> Outcome:
    curve = []
    for number in range(1, fake.EPOCHS + 1):
        time.sleep(EPOCH)
        curve.append(fake.epoch_of(trial, number))
        if store.report({trial.number: curve[-1]}):
            return Outcome(trial.number, "pruned", tuple(curve), 0.25, 1234, f"after epoch {number}")
    return Outcome(trial.number, "complete", tuple(curve), 0.25, 1234)


def search(store: SharedStore, last: int, hold: Path) -> None:
    while True:
        trials = store.ask(4)
        for trial in trials:
            while trial.number >= last and hold.exists():
                time.sleep(EPOCH)
            store.tell([train(store, trial)])
            if store.overdue:
                store.flush()
        if trials or store.away:
            continue
        store.flush()
        others = store.elsewhere()
        if not others.free and not others.running:
            return
        time.sleep(0.0 if others.free else 0.2)


def run(where: str, spec: StudySpec, hold: Path) -> None:
    store = SharedStore.open(where, spec, identity=identity(spec))
    store.say = say
    say("joined")
    search(store, spec.budget.trials - LAST, hold)
    if store.may_finish() is None:
        store.remember("ends", (store.recall("ends") or 0) + 1)
        store.finished()
    store.close()


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - for whoever looks into a failure


if __name__ == "__main__":
    try:
        run(sys.argv[1], study(int(sys.argv[2]), sys.argv[3]), Path(sys.argv[4]))
    except WorkbenchError as error:  # as the program does; its supervisor starts it again
        say(str(error))
        sys.exit(2)
