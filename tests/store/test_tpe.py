"""The quick TPE proposes what Optuna's own proposes."""

from __future__ import annotations

import random

import numpy as np
import optuna
import pytest
from optuna.samplers._tpe import _truncnorm
from scipy.special import log_ndtr

from workbench.store import tpe


def test_scipys_logarithm_is_optunas() -> None:
    x = np.concatenate([np.linspace(-40, 8, 4001), -np.logspace(1.7, 3, 50)])
    np.testing.assert_allclose(log_ndtr(x), _truncnorm._log_ndtr(x), rtol=1e-9, atol=1e-16)  # 5e-17 seen near 0


def test_it_is_the_function_that_optuna_uses_and_is_given_back() -> None:
    """Where Optuna no longer takes its logarithms there, this is red, and `tpe` can be simpler."""
    before, seen = _truncnorm._log_ndtr, []

    def spy(x: np.ndarray) -> np.ndarray:
        seen.append(x)
        return np.asarray(log_ndtr(x))

    _truncnorm._log_ndtr = spy
    try:
        _truncnorm._log_gauss_mass(np.array([-2.0]), np.array([-1.0]))
    finally:
        _truncnorm._log_ndtr = before
    assert seen
    with tpe._quick_logarithm():
        assert _truncnorm._log_ndtr is log_ndtr
    assert _truncnorm._log_ndtr is before


@pytest.mark.parametrize(("hyperband", "window"), [(False, None), (True, None), (True, 100)])
def test_the_proposals_are_those_of_a_sampler_that_reads_everything_anew(
    hyperband: bool, window: int | None
) -> None:
    """A window that the study has not outgrown changes nothing."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruner = optuna.pruners.HyperbandPruner(max_resource=9) if hyperband else optuna.pruners.NopPruner()
    common, points = tpe.Common(window), []
    for quick in (True, False):
        study = optuna.create_study(direction="maximize", pruner=pruner, study_name="s")
        study.pruner.prune(study, optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING))
        chance, asked, drawn = random.Random(0), [], []
        for number in range(70):
            common.next_trial()
            study.sampler = tpe.TPE(common, number) if quick else optuna.samplers.TPESampler(seed=number)
            trial = study.ask()
            depth = trial.suggest_int("depth", 1, 2)
            for layer in range(depth):
                trial.suggest_int(f"units_{layer}", 8, 128, log=True)
            trial.suggest_float("lr", 1e-4, 1.0, log=True)
            trial.suggest_categorical("activation", ["relu", "tanh"])
            asked.append(trial)
            drawn.append(dict(trial.params))
            if len(asked) == 4:  # told in another order than asked
                for one in sorted(asked, key=lambda _: chance.random()):
                    study.tell(one, -abs(np.log10(one.params["lr"]) + 2) + 0.1 * chance.random())
                asked.clear()
        points.append(drawn)
    for number, (mine, theirs) in enumerate(zip(*points, strict=True)):
        assert mine.keys() == theirs.keys(), number
        for name, value in theirs.items():
            assert mine[name] == (pytest.approx(value, rel=1e-6) if isinstance(value, float) else value), number


def test_a_window_shows_the_best_the_latest_and_all_that_are_under_way() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize")
    kept, chance, under_way = tpe.Common(40), random.Random(0), []
    for number in range(120):
        under_way.append(study.ask())
        if number >= 9:  # ten at a time, ending in any order
            one = under_way.pop(chance.randrange(len(under_way)))
            if one.number == 55:
                study.tell(one, state=optuna.trial.TrialState.FAIL)
            elif one.number % 3:
                study.tell(one, round(chance.random(), 1))
            else:
                one.report(0.95, 1)
                study.tell(one, state=optuna.trial.TrialState.PRUNED)
        if number % 7 == 0:
            kept.next_trial()
            kept.view(study)
    kept.next_trial()
    seen = [trial.number for trial in kept.view(study)._get_trials()]
    complete = [one for one in study.trials if one.state == optuna.trial.TrialState.COMPLETE]
    best = {one.number for one in sorted(complete, key=lambda one: (-float(one.value), one.number))[:25]}
    others = [one.number for one in study.trials if one.state in tpe.SEEN and one.number not in best]
    assert seen == sorted({*best, *others[-15:], *(one.number for one in under_way)})
    later = tpe.Common(40)  # of a study that is resumed
    assert [trial.number for trial in later.view(study)._get_trials()] == seen


def test_what_was_good_long_ago_is_not_forgotten() -> None:
    study = optuna.create_study(direction="maximize")
    space = {"x": optuna.distributions.FloatDistribution(0, 1)}
    for number in range(400):  # the best lie near 0.2; of the latest all lie above 0.5
        x = (number % 100) / 200 if number < 200 else 0.5 + (number % 100) / 200
        study.add_trial(optuna.trial.create_trial(params={"x": x}, distributions=space, value=-abs(x - 0.2)))
    common = tpe.Common(100)
    seen = common.view(study)._get_trials()
    assert len(seen) == 100
    drawn = []
    for seed in range(5):
        common.next_trial()
        study.sampler = tpe.TPE(common, seed)
        drawn.append(study.ask(space).params["x"])
    assert max(drawn) < 0.45  # 0.34 seen
