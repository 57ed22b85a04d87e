"""Optuna's TPE at a quarter of its price: the same proposals, up to the last digits of a logarithm.

Once trials are trained together, a proposal is what a study waits for: at 1,000 trials of six parameters one costs
as much as training a trial. Most of it is the logarithm of the normal distribution, which Optuna takes number by
number in Python; scipy has it as a ufunc. The rest that can be spared is reading all earlier trials anew to see
which parameters they have in common, as each trial has a sampler of its own here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers._tpe import _truncnorm
from optuna.search_space import IntersectionSearchSpace
from optuna.study import Study
from optuna.trial import FrozenTrial

from workbench.store.generator import Generator, random_sampler


class Common:
    """The parameters that all trials of a study have in common; under Hyperband, those of a bracket."""

    def __init__(self) -> None:
        self._spaces: dict[int | None, IntersectionSearchSpace] = {}

    def space(self, study: Study) -> dict[str, BaseDistribution]:
        bracket = getattr(study, "_bracket_id", None)
        space = self._spaces.setdefault(bracket, IntersectionSearchSpace(include_pruned=True)).calculate(study)
        return {name: one for name, one in space.items() if not one.single()}


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
            return super().sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        with _quick_logarithm():
            return super().sample_independent(study, trial, param_name, param_distribution)


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
