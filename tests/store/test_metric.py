"""A metric of which less is better: the study goes as its mirror image does, from the first draw to the ranking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import optuna
import pytest

from workbench import confidence
from workbench.store.history import from_jsonl, to_jsonl
from workbench.store.importance import importances
from workbench.store.trials import StudyStore, read
from workbench.study.trial import Epoch, Outcome, Trial


def mirror(epoch_of: Callable[[Trial, int], Epoch], trial: Trial, number: int) -> Epoch:
    """An epoch whose metric orders trials, the other way round, as its accuracy did; that says nothing now."""
    epoch = epoch_of(trial, number)
    return replace(epoch, value=-epoch.validation_accuracy, validation_accuracy=0.5)


@pytest.fixture
def by_loss(tmp_path: Path, fake: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., StudyStore]:
    """Opens a study by log loss, and has `fake` train for it."""

    def opened(**search: Any) -> StudyStore:
        monkeypatch.setattr(fake, "epoch_of", partial(mirror, fake.epoch_of))
        monkeypatch.setattr(fake, "Outcome", partial(Outcome, metric="log-loss"))
        spec = fake.spec(**search).model_copy(update={"metric": "log-loss"})
        store: StudyStore = fake.open_store(str(tmp_path / "loss.journal"), spec)
        return store

    return opened


@pytest.mark.parametrize("search", [{}, {"pruner": "median", "sampler": "random"}])
def test_a_study_to_be_minimized_is_the_mirror_image_of_one_to_be_maximized(
    tmp_path: Path, fake: ModuleType, by_loss: Callable[..., StudyStore], search: dict[str, Any]
) -> None:
    higher = fake.tune(fake.open_store(str(tmp_path / "accuracy.journal"), fake.spec(**search)), 25)
    lower = fake.tune(by_loss(**search), 25)

    assert [row.point for row in lower.rows] == [row.point for row in higher.rows]
    assert [row.ended for row in lower.rows] == [row.ended for row in higher.rows]
    assert sum(row.ended == "pruned" for row in lower.rows) > 3
    ranked = confidence.by_search(lower)
    assert [row.number for row in ranked] == [row.number for row in confidence.by_search(higher)]
    assert ranked[0].value == min(
        row.value for row in lower.rows if row.value is not None and row.state == "complete"
    )
    assert importances(lower) == importances(higher) != {}


def test_what_is_stored_says_which_way_is_better_and_is_read_again(
    tmp_path: Path, fake: ModuleType, by_loss: Callable[..., StudyStore]
) -> None:
    store = by_loss()
    fake.tune(store, 6)
    store.remember("metrics", {"validation": {"2": {"accuracy": 0.5, "f1": 0.25}}})
    where = str(tmp_path / "loss.journal")

    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(where))
    study = optuna.load_study(study_name="fake", storage=storage)
    assert study.direction == optuna.study.StudyDirection.MINIMIZE
    assert study.metric_names == ["validation log loss"]
    assert study.best_value == confidence.by_search(read(where, "fake"))[0].value

    again = read(where, "fake")
    assert again.metric.name == "log-loss"
    assert again.rows[2].metrics == {"accuracy": 0.5, "f1": 0.25}
    assert from_jsonl(to_jsonl(again)) == again
