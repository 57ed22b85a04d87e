"""Optuna's generator of random numbers, made of its seed alone and used again: the same numbers, sooner.

Each value that is drawn has a sampler, and so a generator, of its own. Optuna makes one of the system's entropy and
then seeds it; making it takes longer than all the rest of drawing a value at random, seeding it next to nothing.
"""

from __future__ import annotations

import numpy as np
import optuna
from optuna.samplers._lazy_random_state import LazyRandomState

_SPARE: list[np.random.RandomState] = []  # of generators that are gone


class Generator(LazyRandomState):
    """Seeded when it is first used: a sampler that draws nothing costs nothing."""

    def __init__(self, seed: int) -> None:
        super().__init__(None)
        self._seed = seed

    def _set_rng(self) -> None:
        self._rng = _SPARE.pop() if _SPARE else np.random.RandomState()
        self._rng.seed(self._seed)

    def __del__(self) -> None:
        if self._rng is not None:
            _SPARE.append(self._rng)


def random_sampler(seed: int) -> optuna.samplers.RandomSampler:
    """Optuna's, with a generator of this kind."""
    sampler = optuna.samplers.RandomSampler()
    sampler._rng = Generator(seed)
    return sampler
