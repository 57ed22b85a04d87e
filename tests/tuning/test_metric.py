"""Studies that are judged by something else than the accuracy, from the file to the report."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pytest
import torch

from workbench import confidence
from workbench.data import splits
from workbench.errors import WorkbenchError
from workbench.reporting import files, summary
from workbench.study.load import load
from workbench.study.seeds import derive
from workbench.study.spec import StudySpec
from workbench.tuning import engine, final
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

STUDY = """
name = "judged"
task = "multiclass"
metric = "{metric}"
[data]
source = "digits"
train = 400
validation = 200
test = 200
[space]
depth = 1
units = {{ int = [4, 32], log = true }}
lr = {{ float = [1e-3, 1e-1], log = true }}
epochs = 4
[budget]
trials = 12
[confirm]
top = 2
seeds = 2
"""


class Nobody:
    """An observer who does not listen."""

    def __getattr__(self, _name: str) -> object:
        return lambda *_: None


def study(folder: Path, metric: str, *overrides: str) -> StudySpec:
    path = folder / "judged.toml"
    path.write_text(STUDY.format(metric=metric))
    return load(str(path), overrides)


def tune(folder: Path, metric: str, *overrides: str, **more: object) -> engine.Ending:
    where = engine.Options(
        storage=str(folder / "j.journal"), out=folder / "reports", device="cpu", workers=1, **more
    )  # type: ignore[arg-type]
    return engine.tune(study(folder, metric, *overrides), where, Nobody())  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def by_loss(tmp_path_factory: pytest.TempPathFactory) -> engine.Ending:
    with torch.random.fork_rng():
        return tune(tmp_path_factory.mktemp("loss"), "log-loss", engine="serial")


@pytest.fixture(scope="module")
def by_f1(tmp_path_factory: pytest.TempPathFactory) -> engine.Ending:
    with torch.random.fork_rng():
        return tune(tmp_path_factory.mktemp("f1"), "f1", engine="fused", confirm=False)


def macro_f1(predicted: np.ndarray, y: np.ndarray) -> float:
    """From counts: twice the hits by all that were called so and all that are so."""
    classes = range(10)
    hits = [np.sum((predicted == each) & (y == each)) for each in classes]
    both = [np.sum(predicted == each) + np.sum(y == each) for each in classes]
    return float(np.mean([2 * a / b for a, b in zip(hits, both, strict=True)]))


def test_a_study_by_log_loss_ranks_the_lowest_first_and_is_pruned_by_it(by_loss: engine.Ending) -> None:
    history = by_loss.history
    ranked = confidence.by_search(history)
    assert len(ranked) >= 4
    assert any(row.ended == "pruned" for row in history.rows)
    values = [row.value for row in ranked]
    assert values == sorted(values)
    for row in history.rows:
        assert row.value == min(epoch.validation_loss for epoch in row.curve)
    unconfirmed = [place.row.value for place in summary.ranking(history) if place.rank and place.leader is None]
    assert unconfirmed == sorted(unconfirmed, key=float)
    kept = [row for row in history.rows if row.ended == "pruned"]
    first = {row.number: row.curve[0].validation_loss for row in history.rows}
    went_on = [first[row.number] for row in ranked]
    assert np.median([first[row.number] for row in kept]) > np.median(went_on)


def test_a_study_by_f1_ranks_the_highest_first_and_its_values_are_those_of_counts(by_f1: engine.Ending) -> None:
    history = by_f1.history
    ranked = confidence.by_search(history)
    values = [row.value for row in ranked]
    assert values == sorted(values, key=lambda value: -float(value or 0))
    data, _ = splits.load("digits", task="multiclass", train=400, validation=200, test=200, standardize=True)
    trainer = SerialTrainer(
        task="multiclass", family="mlp", folder=Path(), order_seed=derive(0, "order"), device="cpu", metric="f1"
    )
    for row in ranked[:3]:
        lane = Lane(row.number, row.point, derive(0, "trial", row.number))
        [trained] = trainer.train([lane], data, lambda _: ())
        units = row.point["units"]
        with torch.random.fork_rng():
            layers = (torch.nn.Linear(64, units), torch.nn.ReLU(), torch.nn.Linear(units, 10))
        net = torch.nn.Sequential(torch.nn.Flatten(), *layers)
        net.load_state_dict(dict(zip(net.state_dict(), trained.weights.values(), strict=True)))
        predicted = final.outputs(net, data.validation).argmax(1).numpy()
        y = data.validation.y.numpy()
        assert row.value == pytest.approx(macro_f1(predicted, y), abs=1e-12)
        recalls = [np.mean(predicted[y == each] == each) for each in range(10)]
        assert row.metrics["balanced-accuracy"] == pytest.approx(np.mean(recalls), abs=1e-6)
        assert row.metrics["accuracy"] == pytest.approx(np.mean(predicted == y), abs=1e-6)


@pytest.mark.parametrize("metric", ["f1", "roc-auc", "calibration-error", "log-loss"])
def test_together_trials_are_judged_by_what_they_are_judged_by_alone(metric: str) -> None:
    data, _ = splits.load("digits", task="multiclass", train=300, validation=300, test=100, standardize=True)
    points = [{"depth": 1, "units": units, "lr": 0.01, "epochs": 3} for units in (5, 9, 16)]
    lanes = [Lane(number, point, number) for number, point in enumerate(points)]
    alone = SerialTrainer(task="multiclass", family="mlp", folder=Path(), order_seed=7, device="cpu", metric=metric)
    together = FusedTrainer(task="multiclass", order_seed=7, device="cpu", metric=metric)
    theirs = {one.outcome.number: one.outcome for one in alone.train(lanes, data, lambda _: ())}
    ours = {one.outcome.number: one.outcome for one in together.train(lanes, data, lambda _: ())}
    for number, outcome in theirs.items():
        values = [epoch.value for epoch in outcome.curve]
        assert [epoch.value for epoch in ours[number].curve] == pytest.approx(values, abs=2e-5)
        assert len(set(values)) == 3
        pick = min if metric in ("calibration-error", "log-loss") else max
        assert outcome.best is not None
        assert outcome.best.value == pick(values)


def test_reports_say_the_metric_and_all_the_others(by_loss: engine.Ending, tmp_path: Path) -> None:
    history = by_loss.history
    files.write_reports(history, tmp_path, seconds={"total": 1.0})
    page = (tmp_path / "report.md").read_text()
    score = history.facts["final"]
    assert f"Test log loss: {score['metrics']['log-loss']:#.3g}" in page
    assert "validation log loss" in page
    assert "## By every metric" in page
    assert "validation accuracy" not in page.lower()
    assert "log-loss" in (tmp_path / "report.html").read_text()
    result = summary.result(history, seconds={}, reports={})
    assert (result["metric"], result["better"]) == ("log-loss", "lower")
    winner = confidence.recommended(history)
    assert winner is not None
    assert result["best"]["metrics"]["log-loss"] == pytest.approx(winner.value, rel=1e-5)
    names = {"accuracy", "balanced-accuracy", "f1", "roc-auc", "average-precision", "log-loss", "calibration-error"}
    assert set(result["best"]["metrics"]) == set(result["best"]["test"]["metrics"]) == names
    assert score["metrics"]["accuracy"] == pytest.approx(score["accuracy"], rel=1e-5)
    assert score["metrics"]["log-loss"] == pytest.approx(score["loss"], rel=1e-5)
    logistic = next(one for one in history.facts["baselines"] if one["linear"])
    assert set(logistic["metrics"]) == names
    about = json.loads((by_loss.folder / "best.json").read_text())
    assert (about["metric"], set(about["test"]["metrics"])) == ("log-loss", names)


def test_a_metric_that_the_validation_part_does_not_define_is_refused_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    with pytest.raises(WorkbenchError, match='metric = "roc-auc": no example is of class') as caught:
        tune(tmp_path, "roc-auc", "data.validation=9")
    assert "data.validation" in str(caught.value.hint)
    ending = tune(tmp_path, "accuracy", "data.validation=9", "budget.trials=2", confirm=False)
    reason = ending.history.facts["undefined"]["roc-auc"]
    assert reason.startswith("no example is of class")
    best = summary.result(ending.history, seconds={}, reports={})["best"]
    assert best["metrics"]["roc-auc"] is None
    assert best["metrics"]["log-loss"] > 0


def test_a_study_by_accuracy_and_size_has_a_front_and_recommends_the_smallest_of_the_tied(tmp_path: Path) -> None:
    path = tmp_path / "judged.toml"
    text = STUDY.format(metric="accuracy").replace('"accuracy"', '["accuracy", "parameters"]')
    path.write_text(text)
    spec = load(str(path), ["space.units.int=[2, 40]", "space.epochs=2", "budget.trials=10"])
    assert spec.search.pruner == "none"
    where = engine.Options(storage=str(tmp_path / "j.journal"), out=tmp_path, device="cpu", engine="serial")
    ending = engine.tune(spec, where, Nobody())  # type: ignore[arg-type]
    history = ending.history
    assert all(row.state == "complete" for row in history.rows)

    front = confidence.front(history)
    for row in history.rows:
        beaten = [
            other
            for other in history.rows
            if (other.value or 0) >= (row.value or 0)
            and other.parameters <= row.parameters
            and (other.value, other.parameters) != (row.value, row.parameters)
        ]
        alike = [one for one in front if (one.value, one.parameters) == (row.value, row.parameters)]
        assert bool(alike) == (not beaten), row.number
    assert 2 <= len(front) < len(history.rows)

    storage = optuna.storages.JournalStorage(
        optuna.storages.journal.JournalFileBackend(str(tmp_path / "j.journal"))
    )
    stored = optuna.load_study(study_name="judged", storage=storage)
    assert [direction.name for direction in stored.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert {trial.number for trial in stored.best_trials} >= {row.number for row in front}

    leaders = confidence.leaders(history)
    assert {one.row.number for one in leaders} == {row.number for row in front[:2]}
    paths = files.write_reports(history, tmp_path, seconds={"total": 1.0})
    page = paths["report"].read_text()
    assert "## The best of each size" in page
    assert "The Pareto front of the search" in page
    assert (tmp_path / "pictures" / "front.png").exists()
    with paths["ranking"].open(newline="") as file:
        marked = {int(line["trial"]) for line in csv.DictReader(file) if line["front"] == "true"}
    assert marked == {row.number for row in front}
    more = load(str(path), ["space.units.int=[2, 40]", "space.epochs=2", "budget.trials=11"])
    again = engine.tune(more, replace(where, confirm=False), Nobody())  # type: ignore[arg-type]
    assert [(row.point, row.curve) for row in again.history.rows[:10]] == [
        (row.point, row.curve) for row in history.rows
    ]
    assert len(again.history.rows) == 11
