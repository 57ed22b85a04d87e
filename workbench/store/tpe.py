"""Optuna's TPE at a quarter of its price: the same proposals, up to the last digits of a logarithm.

Once trials are trained together, a proposal is what a study waits for: at 1,000 trials of six parameters one costs
as much as training a trial. Most of it is the logarithm of the normal distribution, which Optuna takes number by
number in Python; scipy has it as a ufunc. The rest that can be spared is reading all earlier trials anew to see
which parameters they have in common, as each trial has a sampler of its own here.

A proposal still costs time in proportion to the trials that it looks at, and a study as the square of its size. So
a study may say how many that are (`search.window`): the best, which TPE draws near to, and the latest of the rest.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers._tpe import _truncnorm
from optuna.samplers._tpe.sampler import _split_trials
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from workbench.store.generator import Generator, random_sampler

BEST = 25  # Optuna's TPE never draws near to more; see its `default_gamma`
SEEN = (TrialState.COMPLETE, TrialState.PRUNED)


class Common:
    """What the samplers of a study's trials have in common; under Hyperband, for each bracket.

    The parameters that all trials have; and where there is a `window`, which trials that have ended are seen.
    """

    def __init__(self, window: int | None = None) -> None:
        self._window = window
        self._spaces: dict[int | None, IntersectionSearchSpace] = {}
        self._best: dict[int | None, _Best] = {}
        self._views: dict[int | None, _View] = {}

    def next_trial(self) -> None:
        """Another trial's values are drawn from now on, which may know more."""
        self._views.clear()

    def space(self, study: Study) -> dict[str, BaseDistribution]:
        bracket = getattr(study, "_bracket_id", None)
        space = self._spaces.setdefault(bracket, IntersectionSearchSpace(include_pruned=True)).calculate(study)
        return {name: one for name, one in space.items() if not one.single()}

    def view(self, study: Study) -> Study:
        """The study with the trials that are looked at: all, or so many, and all that are under way."""
        if self._window is None:
            return study
        bracket = getattr(study, "_bracket_id", None)
        if bracket not in self._views:
            trials = study._get_trials(deepcopy=False)
            best = self._best.setdefault(bracket, _Best()).of(study, trials)
            self._views[bracket] = _View(study, _windowed(trials, best, self._window))
        return self._views[bracket]  # type: ignore[return-value]


def _windowed(trials: list[FrozenTrial], best: list[FrozenTrial], window: int) -> list[FrozenTrial]:
    """The best, the latest of the others up to `window` in all, and those that have not ended; by their numbers."""
    kept = {trial.number for trial in best}
    room = window - len(best)
    chosen = []
    for trial in reversed(trials):
        if trial.number in kept or not trial.state.is_finished():
            chosen.append(trial)
        elif trial.state in SEEN and room > 0:
            chosen.append(trial)
            room -= 1
    return chosen[::-1]


class _Best:
    """The best trials of a study that grows, without looking at each more than once after its end."""

    def __init__(self) -> None:
        self._best: list[FrozenTrial] = []
        self._read = 0
        self._open: list[int] = []  # places of trials that had not ended when they were read

    def of(self, study: Study, trials: list[FrozenTrial]) -> list[FrozenTrial]:
        """By Optuna's own judgement of what is best, pruned trials included."""
        places = [*self._open, *range(self._read, len(trials))]
        self._read, self._open = len(trials), [i for i in places if not trials[i].state.is_finished()]
        ended = [trials[i] for i in places if trials[i].state in SEEN]
        if ended:
            ordered = sorted(self._best + ended, key=lambda trial: trial.number)  # for of equals the first counts
            self._best, _ = _split_trials(study, ordered, BEST)
        return self._best


class _View:
    """A study of which samplers see these trials only."""

    def __init__(self, study: Study, trials: list[FrozenTrial]) -> None:
        self._study, self._seen = study, trials

    def __getattr__(self, name: str) -> Any:
        return getattr(self._study, name)

    def _get_trials(
        self, deepcopy: bool = True, states: Container[TrialState] | None = None, use_cache: bool = False
    ) -> list[FrozenTrial]:
        del deepcopy, use_cache  # nobody writes into them
        return [trial for trial in self._seen if states is None or trial.state in states]


class TPE(optuna.samplers.TPESampler):
    """One trial's sampler. `common` is the study's."""

    def __init__(self, common: Common, seed: int) -> None:
        super().__init__()
        self._rng, self._random_sampler = Generator(seed), random_sampler(seed)
        self._common = common

    def infer_relative_search_space(self, study: Study, _trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return self._common.space(study)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        with _quick_logarithm():
            return super().sample_relative(self._common.view(study), trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        with _quick_logarithm():
            return super().sample_independent(self._common.view(study), trial, param_name, param_distribution)


@contextmanager
def _quick_logarithm() -> Iterator[None]:
    """In place of a private function of Optuna's, for the time of a draw; a test tells when it is another one."""
    from scipy.special import log_ndtr  # a tenth of a second

    optunas = _truncnorm._log_ndtr
    _truncnorm._log_ndtr = log_ndtr
    try:
        yield
    finally:
        _truncnorm._log_ndtr = optunas
