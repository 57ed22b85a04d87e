"""Which hyperparameters made the difference between the best trials and the rest: Optuna's PED-ANOVA.

Watanabe, Bansal & Hutter 2023 (arXiv:2304.10255): how unlike the best tenth's values are to all trials'.
Trials cut short count among "all": what diverges at a high learning rate says that the learning rate matters.
"""

from __future__ import annotations

import importlib.util
import sys
import types
from typing import TYPE_CHECKING, Any

from workbench.store.history import History, Row
from workbench.study.space import flatten

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

FEWEST = 20  # trials; the best tenth of fewer is one of them
TOP = 0.1  # share of trials that count as the best: Optuna's default


def importances(history: History) -> dict[str, float]:
    """Each searched value's share, the largest first, together 1; {} where there are too few trials to tell.

    Layers are apart, as they were drawn: units_1, units_2. The last history's are kept: several pages tell them.
    """
    if not _last or _last[0][0] is not history:
        _last[:] = [(history, _importances(history))]
    return _last[0][1]


_last: list[tuple[History, dict[str, float]]] = []


def _importances(history: History) -> dict[str, float]:
    rows = [row for row in history.rows if row.value is not None and row.duplicate_of is None and row.point]
    rows = [row for row in rows if not row.outside]
    rows = [row for row in rows if row.state in ("complete", "pruned")]
    if len(rows) < FEWEST or len({row.value for row in rows}) == 1:
        return {}
    import optuna

    from workbench.store.samplers import flat_distributions
    from workbench.store.storage import quiet
    from workbench.store.trials import space_of

    distributions = flat_distributions(space_of(history))
    with quiet():  # it warns of values that few trials have: they get what those say, which is little
        direction: Any = "minimize" if history.metric.minimize else "maximize"
        trials = [_frozen(i, row, distributions) for i, row in enumerate(rows)]
        sampler = optuna.samplers.RandomSampler(seed=0)
        study = optuna.create_study(storage=_holding(trials), direction=direction, sampler=sampler)
        found = _evaluator()(target_quantile=TOP).evaluate(study)
    total = sum(found.values())
    if not total > 0:
        return {}
    return {name: value / total for name, value in sorted(found.items(), key=lambda item: (-item[1], item[0]))}


def _evaluator() -> Any:
    """Optuna's PedAnovaImportanceEvaluator. Its package loads scikit-learn for the other evaluators, a third of
    what a report of 1,000 trials takes; so an empty package stands for it while this one is loaded.
    """
    name = "optuna.importance"
    if name in sys.modules:
        return importlib.import_module(name).PedAnovaImportanceEvaluator
    found = importlib.util.find_spec(name)
    sys.modules[name] = package = types.ModuleType(name)
    package.__path__ = list(found.submodule_search_locations or ()) if found else []
    try:
        return importlib.import_module(f"{name}._ped_anova").PedAnovaImportanceEvaluator
    finally:
        del sys.modules[name]


def _holding(trials: list[FrozenTrial]) -> BaseStorage:
    """A storage of these trials. To add them one by one to Optuna's takes four times as long as all the rest: it
    checks and copies each."""
    from optuna.storages import InMemoryStorage

    class Given(InMemoryStorage):
        def get_all_trials(self, *_: object, states: Any = None, **__: object) -> list[FrozenTrial]:
            return [trial for trial in trials if states is None or trial.state in states]

    return Given()


def _frozen(number: int, row: Row, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    from optuna.trial import FrozenTrial, TrialState

    flat = {name: value for name, value in flatten(row.point).items() if name in distributions}
    own = {name: distributions[name] for name in flat}
    return FrozenTrial(number, TrialState.COMPLETE, row.value, None, None, flat, own, {}, {}, {}, number)
