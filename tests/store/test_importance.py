"""PED-ANOVA over a history: the parameter that decides, and what it costs to ask."""

from __future__ import annotations

import math
import subprocess
import sys
from types import ModuleType

from workbench.store.history import History, to_jsonl
from workbench.store.importance import importances


def told(fake: ModuleType, where: str, trials: int) -> History:
    """A study of the fake trainer, whose learning rate matters most."""
    store = fake.open_store(where, fake.spec(name="needle", sampler="random", pruner="none"))
    fake.tune(store, trials)
    history: History = store.history()
    return history


def test_shares_add_up_and_are_of_what_was_searched(fake, tmp_path):
    history = told(fake, str(tmp_path / "j.journal"), 40)
    shares = importances(history)
    assert math.isclose(sum(shares.values()), 1.0)
    assert list(shares.values()) == sorted(shares.values(), reverse=True)
    assert {"lr", "depth", "optimizer", "units_1", "units_3"} <= set(shares)
    assert {"batch_size", "epochs"}.isdisjoint(shares)


def test_too_few_trials_say_nothing(fake, tmp_path):
    assert importances(told(fake, str(tmp_path / "j.journal"), 10)) == {}


def test_shares_are_those_of_a_study_that_optuna_was_given_trial_by_trial(fake, tmp_path):
    from optuna import create_study, create_trial
    from optuna.importance import PedAnovaImportanceEvaluator

    from workbench.store.samplers import flat_distributions
    from workbench.store.trials import space_of
    from workbench.study.space import flatten

    history = told(fake, str(tmp_path / "j.journal"), 60)
    known = flat_distributions(space_of(history))
    study = create_study(direction="maximize")
    for row in history.rows:
        if row.value is not None and row.state in ("complete", "pruned") and row.duplicate_of is None:
            flat = {name: value for name, value in flatten(row.point).items() if name in known}
            own = {name: known[name] for name in flat}
            study.add_trial(create_trial(value=row.value, params=flat, distributions=own))
    expected = PedAnovaImportanceEvaluator(target_quantile=0.1).evaluate(study)
    total = sum(expected.values())
    assert importances(history) == {name: value / total for name, value in expected.items()}


LIGHT = """
import sys
from workbench.store.history import from_jsonl
from workbench.store.importance import importances
history = from_jsonl(sys.stdin.read())
shares = importances(history)
assert shares
assert not {"sklearn", "torch", "pandas"} & set(sys.modules), "a report would wait for these"
import optuna.importance
again = importances(from_jsonl(__import__("workbench.store.history", fromlist=["to_jsonl"]).to_jsonl(history)))
assert again == shares
assert "FanovaImportanceEvaluator" in dir(optuna.importance), "what others import from Optuna is whole"
"""


def test_importances_need_no_scikit_learn_and_leave_optuna_whole(fake, tmp_path):
    history = told(fake, str(tmp_path / "j.journal"), 40)
    subprocess.run([sys.executable, "-c", LIGHT], input=to_jsonl(history), text=True, check=True, timeout=120)
