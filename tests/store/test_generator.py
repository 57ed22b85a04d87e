"""Generators that are used again draw what Optuna's draw."""

from __future__ import annotations

import gc

import optuna
from optuna.distributions import FloatDistribution
from optuna.samplers._lazy_random_state import LazyRandomState

from workbench.store.generator import Generator, random_sampler


def test_the_numbers_are_optunas_whoever_had_the_generator_before() -> None:
    for seed in (0, 1, 2**31 - 1, 1):
        mine, theirs = Generator(seed), LazyRandomState(seed)
        assert list(mine.rng.uniform(size=3)) == list(theirs.rng.uniform(size=3))
        assert list(mine.rng.normal(size=3)) == list(theirs.rng.normal(size=3))  # keeps one for the next time
        del mine
        gc.collect()


def test_two_at_once_do_not_share() -> None:
    one, other = Generator(1), Generator(1)
    first = one.rng.uniform()
    assert other.rng.uniform() == first
    assert one.rng.uniform() == other.rng.uniform() != first


def test_a_random_sampler_draws_what_optunas_draws() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    drawn = []
    for make in (random_sampler, lambda seed: optuna.samplers.RandomSampler(seed=seed)):
        study = optuna.create_study(sampler=make(7))
        trial = study.ask({"x": FloatDistribution(1e-4, 1.0, log=True), "y": FloatDistribution(0, 1)})
        drawn.append(trial.params)
    assert drawn[0] == drawn[1]
