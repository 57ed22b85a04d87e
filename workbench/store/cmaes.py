"""CMA-ES whose state is kept as JSON. Optuna's keeps it as a pickle, in an attribute of a trial that anyone who may
write to the storage can put there: to load it is to run whatever it says.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import optuna
from optuna.samplers import _cmaes

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from cmaes import CMA


def sampler(seed: int) -> optuna.samplers.CmaEsSampler:
    """Optuna's sampler, with `dumps` and `loads` in the place of pickle's."""
    _cmaes.pickle = _AsJson  # type: ignore[attr-defined, assignment]  # the module's own name for it, and its one use
    return optuna.samplers.CmaEsSampler(seed=seed)


class _AsJson:
    """Numbers and arrays of numbers by their names. Floats come back as they were: JSON has their shortest form."""

    @staticmethod
    def dumps(optimizer: CMA) -> bytes:
        return json.dumps({name: _plain(value) for name, value in optimizer.__getstate__().items()}).encode()

    @staticmethod
    def loads(content: bytes) -> CMA:
        from cmaes import CMA

        try:
            state = {name: _value(one) for name, one in json.loads(content).items()}
            count = len(state["_mean"])
            bounds = np.tile([0.0, 1.0], (count, 1))
            optimizer = CMA(mean=np.zeros(count), sigma=1.0, bounds=bounds, n_max_resampling=10 * count)
            fresh = optimizer.__getstate__()
            if state.keys() != fresh.keys() or not all(_fits(name, state[name], fresh[name]) for name in fresh):
                raise ValueError("it is not a state of CMA-ES")
            optimizer.__setstate__(state)
            return optimizer
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            raise WorkbenchError(
                "search.sampler: what is stored of cmaes cannot be read: another version has written it, or it was "
                "changed since",
                hint="choose another sampler with --sampler, or begin anew with --fresh",
            ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"array": value.tolist(), "shape": list(value.shape)}
    return value.item() if isinstance(value, np.generic) else value


def _value(one: Any) -> Any:
    return np.array(one["array"], dtype=float).reshape(one["shape"]) if isinstance(one, dict) else one


def _fits(name: str, value: Any, fresh: Any) -> bool:
    """Whether it may stand where a new optimizer of so many dimensions has `fresh`: sizes do not change."""
    if fresh is None:
        return value is None or isinstance(value, np.ndarray)
    if isinstance(fresh, np.ndarray):
        return isinstance(value, np.ndarray) and value.shape == fresh.shape
    if isinstance(fresh, int) and name != "_g":
        return bool(value == fresh)
    return isinstance(value, int | float)
