"""Who is stopped: Optuna's verdict of trials one by one, and in step none that depends on a lane's place."""

from __future__ import annotations

import random

import optuna
import pytest

from workbench.store import pruning, samplers
from workbench.study.spec import SearchSpec

EPOCHS = 9
OPTUNAS = {
    "hyperband": optuna.pruners.HyperbandPruner(min_resource=1, max_resource=EPOCHS, reduction_factor=3),
    "halving": optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
    "median": optuna.pruners.MedianPruner(n_startup_trials=5),
}


def curves(count: int, seed: int) -> list[list[float]]:
    """Accuracies that rise; some are equal."""
    chance = random.Random(seed)
    tops = [round(chance.random(), 1) for _ in range(count)]
    return [[round(top * (1 - 0.6**epoch), 2) for epoch in range(1, EPOCHS + 1)] for top in tops]


def rule(name: str, study: optuna.Study) -> pruning.Rule:
    pruner, rule = samplers.pruner(SearchSpec(pruner=name), EPOCHS)  # type: ignore[arg-type]
    samplers.know(pruner, study)
    return rule


@pytest.mark.parametrize("name", list(OPTUNAS))
@pytest.mark.parametrize("seed", range(3))
def test_of_trials_one_by_one_it_is_what_optuna_says(name: str, seed: int) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", pruner=OPTUNAS[name], study_name="s")
    judge, reports = rule(name, study), pruning.Reports()
    stopped = []
    for curve in curves(60, seed):
        trial, state = study.ask(), optuna.trial.TrialState.COMPLETE
        for epoch, value in enumerate(curve, 1):
            trial.report(value, epoch)
            reports.note(trial.number, epoch, value)
            theirs = trial.should_prune()
            assert judge(reports, trial.number, epoch) == theirs, (trial.number, epoch)
            if theirs:
                state = optuna.trial.TrialState.PRUNED
                break
        stopped.append(state == optuna.trial.TrialState.PRUNED)
        study.tell(trial, None if stopped[-1] else curve[-1], state=state)
        if not stopped[-1]:
            reports.completed(trial.number)
    assert 5 < sum(stopped) < 58


@pytest.mark.parametrize("name", list(OPTUNAS))
def test_in_step_a_verdict_does_not_depend_on_the_order_of_lanes(name: str) -> None:
    """Nine lanes at the first rung, in three orders; Optuna keeps each new record."""
    accuracies = {number: (number * 5 % 9) / 10 for number in range(9)}
    study = optuna.create_study(direction="maximize", study_name="s")
    for _ in range(9):
        study.ask()
    judge = rule(name, study)
    verdicts = set()
    for order in (range(9), reversed(range(9)), sorted(accuracies, key=accuracies.__getitem__)):
        reports = pruning.Reports()
        lanes = list(order)
        for number in lanes:
            reports.note(number, 1, accuracies[number])
        verdicts.add(frozenset(number for number in lanes if judge(reports, number, 1)))
    [stopped] = verdicts
    if name == "halving":
        assert sorted(accuracies[number] for number in range(9) if number not in stopped) == [0.6, 0.7, 0.8]


def test_a_copied_trial_takes_nobodys_place() -> None:
    reports = pruning.Reports()
    for number, accuracy in enumerate((0.9, 0.8, 0.7, 0.6, 0.5, 0.4)):
        reports.note(number, 1, accuracy)
    judge = pruning.halving(lambda _number: 0)
    assert not judge(reports, 1, 1)  # the second of six
    for number in (2, 3, 4):
        reports.copied(number)
    assert judge(reports, 1, 1)  # of three


@pytest.mark.parametrize("seed", range(3))
def test_a_rung_that_is_kept_sorted_is_the_rung_sorted_anew(seed: int) -> None:
    """Trials of three brackets in any order; some are copies, some are trained again with another result."""
    chance, reports = random.Random(seed), pruning.Reports()
    complete: set[int] = set()
    copied: set[int] = set()
    for _ in range(600):
        number, epoch = chance.randrange(60), chance.choice([1, 3])
        if number not in complete:
            reports.note(number, epoch, round(chance.random(), 1))
        if chance.random() < 0.1:
            complete.add(number)
            reports.completed(number)
        if chance.random() < 0.05:
            copied.add(number)
            reports.copied(number)
        for there in (1, 3):
            gains = reports.after[there].items()
            assert reports.of_complete(there) == sorted(gain for one, gain in gains if one in complete)
            mine = sorted(gain for one, gain in gains if one % 3 == 2 and one not in copied)
            assert reports.rung(there, lambda one: one % 3, 2) == mine
