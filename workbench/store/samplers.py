"""A study's words for searching, as Optuna's samplers and pruners.

Optuna's samplers carry a generator along, so a study that is resumed would draw again what it drew at first, or
something that no uninterrupted study draws. Here each value is drawn from a seed of its own, made of the study's
seed, the trial's number and the parameter's name: whatever was drawn before a kill, the rest follows as ever.
"""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, cast

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, HyperbandPruner, NopPruner
from optuna.samplers import BaseSampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from workbench.errors import WorkbenchError
from workbench.store import pruning, tpe
from workbench.store.generator import random_sampler
from workbench.study.seeds import derive
from workbench.study.space import (
    Choice,
    Fixed,
    FloatRange,
    IntRange,
    Point,
    Searched,
    Space,
    Value,
    draw,
    flat_name,
    flatten,
    inside,
    largest,
    values,
)
from workbench.study.spec import SearchSpec
from workbench.study.vocabulary import TRAINER

LARGEST_GRID = 100_000  # points; a second to count, and far more than anyone trains
_COUNTING = ("grid", "qmc")  # samplers whose points are an order of their own, none of which is to be left out
POPULATION = 10  # of nsga2; Optuna's 50 would make a study of 40 trials a random search

Propose = Callable[[int], BaseSampler | None]
"""The sampler for the trial of this number; None when the grid has no such point."""


def proposals(search: SearchSpec, space: Space, enqueued: Sequence[Point] = ()) -> Propose:
    """The study's sampler, trial by trial: first those that are given. WorkbenchError where it cannot work."""
    drawn, first = _drawn(search, space), len(enqueued)

    def propose(number: int) -> BaseSampler | None:
        if number >= first:
            return drawn(number - first if search.sampler in _COUNTING else number)
        learns = search.sampler not in _COUNTING and inside(space, enqueued[number])
        return _Given(flatten(enqueued[number]), drawn(number) if learns else None)

    return propose


def _drawn(search: SearchSpec, space: Space) -> Propose:
    if search.sampler == "grid":
        points = grid(space)
        random.Random(search.seed).shuffle(points)  # so that a part of the grid is spread over the whole
        return lambda number: _Given(flatten(points[number])) if number < len(points) else None
    if search.sampler == "qmc":
        distributions = flat_distributions(space)
        return lambda number: _Seeded(
            search.seed, number, lambda seed: _Sobol(distributions, search.seed, number, seed)
        )
    if search.sampler == "cmaes" and importlib.util.find_spec("cmaes") is None:
        raise WorkbenchError(
            "search.sampler: cmaes needs a package that is not installed",
            hint='pip install "workbench[cmaes]", or choose another sampler with --sampler',
        )
    if search.sampler == "tpe":
        common = tpe.Common(search.window)

        def propose(number: int) -> BaseSampler:
            common.next_trial()
            return _Seeded(search.seed, number, lambda seed: tpe.TPE(common, seed))

        return propose
    make = _MAKERS[search.sampler]
    return lambda number: _Seeded(search.seed, number, make)


def pruner(search: SearchSpec, epochs: int) -> tuple[BasePruner, pruning.Rule]:
    """Who stops a trial early, where trials last up to `epochs` epochs: for Optuna to know of, and the rule itself.

    Optuna's Hyperband is asked which bracket a trial belongs to, and lets a sampler see that bracket's trials only.
    """
    match search.pruner:
        case "hyperband":
            hyperband = _Hyperband(min_resource=1, max_resource=epochs, reduction_factor=pruning.REDUCTION)
            return hyperband, pruning.halving(hyperband.bracket)
        case "halving":
            return NopPruner(), pruning.halving(lambda _number: 0)
        case "median":
            return NopPruner(), pruning.median
        case "none":
            return NopPruner(), pruning.none


def know(pruner: BasePruner, study: Study) -> None:
    """Has Hyperband deal out its brackets, as Optuna's does when it judges its first trial."""
    if isinstance(pruner, _Hyperband):
        pruner.study = study
        pruner.prune(study, optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING))


class _Hyperband(HyperbandPruner):
    """Remembers each trial's bracket, a hash of study and number that Optuna makes anew at every draw."""

    study: Study

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._brackets: dict[int, int] = {}

    def bracket(self, number: int) -> int:
        if number not in self._brackets:
            trial = optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING)
            trial.number = number
            self._get_bracket_id(self.study, trial)
        return self._brackets[number]

    def _get_bracket_id(self, study: Study, trial: FrozenTrial) -> int:
        if not self._trial_allocation_budgets:
            return 0
        if trial.number not in self._brackets:
            self._brackets[trial.number] = super()._get_bracket_id(study, trial)
        return self._brackets[trial.number]


def epochs_of(point: Point) -> int:
    """How many epochs a trial of this point lasts."""
    default = TRAINER["epochs"].default
    assert isinstance(default, int)
    return int(point.get("epochs", default))


def largest_epochs(space: Space) -> int:
    """The most that `epochs` can be."""
    return int(largest(space["epochs"])) if "epochs" in space else epochs_of({})


def suggest(trial: optuna.Trial, name: str, parameter: Searched) -> Value:
    """One value from Optuna, as `space.draw` asks for it."""
    match parameter:
        case Choice():
            return cast(Value, trial.suggest_categorical(name, parameter.options))
        case IntRange():
            return trial.suggest_int(name, parameter.low, parameter.high, step=parameter.step, log=parameter.log)
        case FloatRange():
            return trial.suggest_float(name, parameter.low, parameter.high, step=parameter.step, log=parameter.log)


def flat_distributions(space: Space) -> dict[str, BaseDistribution]:
    """Every single value that can be drawn: units_1 … units_3 where depth goes to 3, conditions aside."""
    distributions: dict[str, BaseDistribution] = {}
    for name, parameter in space.items():
        if isinstance(parameter, Fixed):
            continue
        names = [name]
        if parameter.per is not None:
            counts = [value for value in values(space[parameter.per]) or [] if isinstance(value, int)]
            names = [flat_name(name, index) for index in range(1, max(counts, default=0) + 1)]
        distributions.update(dict.fromkeys(names, _distribution(parameter)))
    return {name: one for name, one in distributions.items() if not one.single()}


def _distribution(parameter: Searched) -> BaseDistribution:
    match parameter:
        case Choice():
            return CategoricalDistribution(parameter.options)
        case IntRange():
            return IntDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)
        case FloatRange():
            return FloatDistribution(parameter.low, parameter.high, log=parameter.log, step=parameter.step)


def grid(space: Space) -> list[Point]:
    """Every point of the space once: `when` and `per` make no two of them alike."""
    options: dict[int, list[Value]] = {}
    for name, parameter in space.items():
        if isinstance(parameter, FloatRange) and parameter.step is None and parameter.low < parameter.high:
            raise WorkbenchError(
                f"search.sampler: a grid needs finite lists of values, and space.{name} is a range without steps",
                hint=f"give space.{name} a step or a choice of values, or use another sampler",
            )
        if isinstance(parameter, IntRange | FloatRange) and parameter.step is not None:
            _check_size((parameter.high - parameter.low) / parameter.step)
        options[id(parameter)] = values(parameter) or []
    points = list(islice(_points(space, options), LARGEST_GRID + 1))
    _check_size(len(points))
    return points


def _check_size(points: float) -> None:
    if points > LARGEST_GRID:
        raise WorkbenchError(
            f"search.sampler: the grid of this space has more than {LARGEST_GRID:,} points",
            hint="give the ranges larger steps, or use another sampler: random covers a large space evenly, too",
        )


def _points(space: Space, options: Mapping[int, list[Value]]) -> Iterator[Point]:
    """Drawn over and over, the last value that can still move moved on, as a counter counts."""
    digits: list[int] = []
    sizes: list[int] = []

    def next_value(_name: str, parameter: Searched) -> Value:
        place, mine = len(sizes), options[id(parameter)]
        sizes.append(len(mine))
        if place == len(digits):
            digits.append(0)
        return mine[digits[place]]

    while True:
        sizes.clear()
        yield draw(space, next_value)
        while digits and digits[-1] + 1 == sizes[len(digits) - 1]:
            digits.pop()
        if not digits:
            return
        digits[-1] += 1


class _Seeded(BaseSampler):
    """One trial's draws. `make` builds Optuna's sampler from a seed; the joint draw and each single one get theirs.

    Not handed on: `after_trial`, which only constraints and parallel runs need.
    """

    def __init__(self, seed: int, number: int, make: Callable[[int], BaseSampler]) -> None:
        self._seed, self._number, self._make = seed, number, make
        self._joint = make(derive(seed, "sampler", number))

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._joint.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._joint.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        single = self._make(derive(self._seed, "sampler", self._number, param_name))
        return single.sample_independent(study, trial, param_name, param_distribution)


class _Given(BaseSampler):
    """The values of a point, whatever may be drawn. `beside` notes the trial as one of its own: nsga2 breeds from
    those alone."""

    def __init__(self, flat: Mapping[str, Value], beside: BaseSampler | None = None) -> None:
        self._flat, self._beside = flat, beside

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._beside.infer_relative_search_space(study, trial) if self._beside else {}

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if self._beside:
            self._beside.sample_relative(study, trial, search_space)
        return {}

    def sample_independent(self, _study: Study, _trial: FrozenTrial, name: str, _: BaseDistribution) -> Any:
        return self._flat[name]


class _Genetic(optuna.samplers.NSGAIISampler):
    """Parents in the order of their numbers; Optuna's come in another order when they are first chosen."""

    def get_parent_population(self, study: Study, generation: int) -> list[FrozenTrial]:
        return sorted(super().get_parent_population(study, generation), key=lambda trial: trial.number)


def _gaussian_process(seed: int) -> BaseSampler:
    class GaussianProcess(optuna.samplers.GPSampler):  # in here, for it imports torch
        """Leaves out the trial itself: after a kill, its noted draw makes it look like one that runs beside."""

        def sample_relative(
            self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
        ) -> dict[str, Any]:
            self.number = trial.number
            return super().sample_relative(study, trial, search_space)

        def _sample_relative_impl(
            self,
            study: Study,
            completed_trials: list[FrozenTrial],
            running_trials: list[FrozenTrial],
            search_space: dict[str, BaseDistribution],
        ) -> dict[str, Any]:
            others = [trial for trial in running_trials if trial.number != self.number]
            return super()._sample_relative_impl(study, completed_trials, others, search_space)

    return GaussianProcess(seed=seed)


def _cmaes(seed: int) -> BaseSampler:
    from workbench.store.cmaes import sampler  # its package is an extra

    return sampler(seed)


class _Sobol(optuna.samplers.QMCSampler):
    """The number-th point of one scrambled Sobol sequence over the whole space, conditional values included.

    Optuna's counts the points in the storage, where a kill makes it skip one, and learns the space from the first
    trial, which lacks what was not drawn there.
    """

    def __init__(self, distributions: dict[str, BaseDistribution], sequence: int, number: int, seed: int) -> None:
        super().__init__(scramble=True, seed=sequence, independent_sampler=random_sampler(seed))
        self._distributions, self._number = distributions, number

    def infer_relative_search_space(self, *_: object) -> dict[str, BaseDistribution]:
        return self._distributions

    def _find_sample_id(self, *_: object) -> int:
        return self._number


_MAKERS: dict[str, Callable[[int], BaseSampler]] = {  # seed -> sampler; late, for their modules are loaded late
    "random": random_sampler,
    "gp": _gaussian_process,
    "nsga2": lambda seed: _Genetic(population_size=POPULATION, seed=seed),
    "cmaes": _cmaes,
}
