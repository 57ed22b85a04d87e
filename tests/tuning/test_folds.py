"""Cross-validated trials: each fold against a study of its own, and the mean that stands for all of them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC
from torch import Tensor

from workbench import confidence, same_folds
from workbench.data.splits import DataInfo, Folds, Part, Splits, divided
from workbench.errors import WorkbenchError
from workbench.exporting import retraining
from workbench.models import family
from workbench.store.history import Row, from_jsonl, to_jsonl
from workbench.study.load import load
from workbench.study.seeds import derive
from workbench.study.space import Point
from workbench.study.spec import StudySpec
from workbench.study.trial import Epoch
from workbench.tuning import baselines, checkpoint, engine, examples
from workbench.tuning.folds import FoldTrainer, lanes_of
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer, evaluate
from workbench.tuning.trainer import Lane, OnEpoch, Refill, Trained, Trainer, nobody

ORDER_SEED, COUNT = 77, 4
POINTS: list[Point] = [
    {"depth": 1, "units": 7, "optimizer": "adam", "lr": 0.01, "batch_size": 13, "epochs": 3},
    {"depth": 2, "units": [9, 5], "optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "batch_size": 13, "epochs": 4},
    {"depth": 2, "units": [8, 6], "activation": "tanh", "optimizer": "sgd", "lr": 0.05, "dropout": 0.2,
     "lr_schedule": "cosine", "batch_size": 13, "epochs": 3},
    {"depth": 0, "units": [], "optimizer": "sgd", "lr": 0.1, "batch_size": 13, "epochs": 2},
    {"depth": 1, "units": 8, "batch_norm": True, "optimizer": "sgd", "lr": 0.05, "batch_size": 13, "epochs": 3},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def planes(n: int = 90, features: int = 5, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor]:
    """Points in space with three classes; a number of no multiple of four, so that folds differ in size."""
    generator = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(n, features, generator=generator) + 5
    score = (x - 5) @ torch.randn(features, 3, generator=generator)
    return x.to(dtype), score.argmax(1)


def cross_validated(x: Tensor, y: Tensor, *, standardize: bool = True, count: int = COUNT) -> Splits:
    shape = tuple(x.shape[1:])
    info = DataInfo("planes", "multiclass", False, shape, 3, 0, len(x), 0, None, None, "", folds=count)
    return Folds(count, Part(x, y), standardize, info).splits()


def by_hand(x: Tensor, y: Tensor, fold: int, division: int = 0, count: int = COUNT) -> Splits:
    """What a study of its own would have: the very examples, standardized by its own training part."""
    held_out = divided(y, count, division) == fold
    train = x[~held_out]
    mean, deviation = train.mean(0), train.std(0, correction=0)
    parts = Part((train - mean) / deviation, y[~held_out]), Part((x[held_out] - mean) / deviation, y[held_out])
    about = (len(parts[0]), len(parts[1]))
    info = DataInfo("planes", "multiclass", False, tuple(x.shape[1:]), 3, *about, 0, None, None, "")
    return Splits(*parts, info)


def serial() -> SerialTrainer:
    return SerialTrainer(task="multiclass", family="mlp", folder=Path(), order_seed=ORDER_SEED, device="cpu")


def fused() -> FusedTrainer:
    return FusedTrainer(task="multiclass", order_seed=ORDER_SEED, device="cpu")


def go_on(_ended: Mapping[int, Epoch]) -> Collection[int]:
    return ()


def train(
    trainer: Trainer, lanes: Sequence[Lane], data: Splits, on_epoch: OnEpoch = go_on, refill: Refill = nobody
) -> dict[int, Trained]:
    return {one.outcome.number: one for one in trainer.train(lanes, data, on_epoch, refill)}


def trials(points: Sequence[Point] = POINTS) -> list[Lane]:
    return [Lane(number, point, 40 + number) for number, point in enumerate(points)]


def assert_near(ours: Trained, theirs: Trained, bound: float) -> None:
    assert len(ours.outcome.curve) == len(theirs.outcome.curve)
    for mine, its in zip(ours.outcome.curve, theirs.outcome.curve, strict=True):
        assert (mine.train_accuracy, mine.validation_accuracy) == (its.train_accuracy, its.validation_accuracy)
        assert abs(mine.train_loss / its.train_loss - 1) < bound
        assert abs(mine.validation_loss / its.validation_loss - 1) < bound
    norms = {name.split(".")[0] for name in theirs.weights if name.endswith("running_mean")}
    moved_by_rounding = {f"{int(place) - 1}.bias" for place in norms} | {f"{place}.running_mean" for place in norms}
    for name, value in theirs.weights.items():
        if name not in moved_by_rounding:
            gap = (ours.weights[name].double() - value.double()).norm() / value.double().norm().clamp_min(1e-6)
            assert gap < bound, name


def assert_identical(ours: Trained, theirs: Trained) -> None:
    assert ours.outcome.curve == theirs.outcome.curve
    assert ours.weights.keys() == theirs.weights.keys()
    for name, value in theirs.weights.items():
        assert torch.equal(ours.weights[name], value), name


@pytest.mark.parametrize("make", [serial, fused])
@pytest.mark.parametrize("features", [5, 260])
def test_a_fold_learns_what_a_study_of_its_own_would(make: Callable[[], Trainer], features: int) -> None:
    x, y = planes(features=features)
    ours = train(make(), lanes_of(trials(), COUNT), cross_validated(x, y))
    for trial in trials():
        for fold in range(COUNT):
            lane = Lane(0, trial.point, derive(trial.seed, "fold", fold))
            [theirs] = serial().train([lane], by_hand(x, y, fold), go_on)
            assert_near(ours[trial.number * COUNT + fold], theirs, 1e-10)  # 2e-13 seen


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_fold_is_the_same_to_the_last_bit_alone_and_in_any_company(dtype: torch.dtype) -> None:
    data = cross_validated(*planes(dtype=dtype))
    lanes = lanes_of(trials(), COUNT)
    together = train(fused(), lanes, data)
    for lane in lanes:
        [alone] = fused().train([lane], data, go_on)
        assert_identical(alone, together[lane.number])
    waiting = trials()[2:]

    def refill(left: int) -> Sequence[Lane]:
        return [waiting.pop(0) for _ in range(min(left, len(waiting)))]

    joined = train(FoldTrainer(fused()), trials()[:2], data, refill=refill)
    for number, trained in joined.items():
        first = together[number * COUNT]
        for name, value in trained.weights.items():
            assert torch.equal(value, first.weights[name])


@pytest.mark.parametrize("make", [serial, fused])
def test_a_trial_is_the_mean_of_its_folds_at_every_epoch(make: Callable[[], Trainer]) -> None:
    data = cross_validated(*planes())
    folds = train(make(), lanes_of(trials(), COUNT), data)
    heard: dict[int, list[Epoch]] = {}

    def told(ended: Mapping[int, Epoch]) -> Collection[int]:
        for number, epoch in ended.items():
            heard.setdefault(number, []).append(epoch)
        return ()

    found = train(FoldTrainer(make()), trials(), data, told)
    assert sorted(found) == [0, 1, 2, 3, 4]
    for number, trained in found.items():
        mine = [folds[number * COUNT + i].outcome for i in range(COUNT)]
        outcome = trained.outcome
        assert heard[number] == list(outcome.curve)
        for i, epoch in enumerate(outcome.curve):
            assert epoch.epoch == i + 1
            for name in ("train_loss", "train_accuracy", "validation_loss", "validation_accuracy"):
                assert getattr(epoch, name) == fmean(getattr(one.curve[i], name) for one in mine)
        assert outcome.best is not None
        at_best = tuple(one.curve[outcome.best.epoch - 1].validation_accuracy for one in mine)
        assert outcome.folds == at_best
        assert outcome.best.validation_accuracy == fmean(at_best)
        assert outcome.seconds > 0
        for i, weights in enumerate(trained.folds):
            lane = lanes_of(trials(), COUNT)[number * COUNT + i]
            to_there = serial().train_to(lane, by_hand(*planes(), i), outcome.best.epoch)
            assert_near(Trained(outcome, weights), replace(to_there, outcome=outcome), 1e-10)
        assert outcome.parameters == mine[0].parameters


def test_folds_are_scored_at_the_epoch_that_a_lane_asks_for() -> None:
    data = cross_validated(*planes())
    curves = [one.outcome.curve for one in train(fused(), lanes_of(trials()[:1], COUNT), data).values()]
    lanes = [Lane(number, POINTS[0], 40, scored_at=number + 1) for number in range(3)]
    waiting = lanes[1:]
    found = train(FoldTrainer(fused()), lanes[:1], data, refill=lambda _: [waiting.pop()] if waiting else [])
    for number, trained in found.items():
        assert trained.outcome.folds == tuple(curve[number].validation_accuracy for curve in curves)
    assert len({trained.outcome.folds for trained in found.values()}) == 3


@pytest.mark.parametrize("make", [serial, fused])
def test_means_are_judged_and_all_folds_of_a_pruned_trial_stop(make: Callable[[], Trainer]) -> None:
    data = cross_validated(*planes())
    judged = []
    waiting = [Lane(9, POINTS[3], 49)]
    asked = []

    def drop(ended: Mapping[int, Epoch]) -> Collection[int]:
        judged.append(dict(ended))
        return {number for number, epoch in ended.items() if number in (0, 1) and epoch.epoch == 2}

    def refill(left: int) -> Sequence[Lane]:
        asked.append(left)
        return [waiting.pop()] if waiting else []

    found = train(FoldTrainer(make()), trials()[:3], data, drop, refill)
    ends = {number: (one.outcome.ended, len(one.outcome.curve)) for number, one in found.items()}
    assert ends == {0: ("pruned", 2), 1: ("pruned", 2), 2: ("complete", 3), 9: ("complete", 2)}
    assert found[0].outcome.reason == "stopped after epoch 2 of 3"
    assert sum(asked) == 4
    assert all({epoch.epoch for number, epoch in each.items() if number != 9} <= {i} for i, each in
               enumerate(judged[:2], 1))  # fmt: skip


@pytest.mark.parametrize("make", [serial, fused])
def test_a_trial_whose_fold_diverges_has_diverged(make: Callable[[], Trainer]) -> None:
    x, y = planes()
    x = (x - 5) / 3
    spared = 2
    places = [next(i for i in range(90) if divided(y, COUNT)[i] == spared and y[i] == kind) for kind in range(3)]
    x[places] = 1e6  # of three classes: whoever trains on them diverges; the fold that validates them does not
    data = cross_validated(x, y, standardize=False)
    plain = {"depth": 0, "units": [], "optimizer": "sgd", "lr": 0.1, "batch_size": 13, "epochs": 3}
    heard: list[Mapping[int, Epoch]] = []

    def told(ended: Mapping[int, Epoch]) -> Collection[int]:
        heard.append(ended)
        return ()

    folds = train(make(), lanes_of([Lane(0, plain, 1)], COUNT), data)
    assert [folds[i].outcome.ended == "complete" for i in range(COUNT)] == [i == spared for i in range(COUNT)]
    found = train(FoldTrainer(make()), [Lane(0, plain, 1), Lane(1, plain | {"lr": 1e-16}, 1)], data, told)
    outcome = found[0].outcome
    assert (outcome.ended, len(outcome.curve)) == ("diverged", 1)
    assert "of 4: training loss was" in outcome.reason
    assert all(0 not in ended for ended in heard)


def test_a_network_that_cannot_be_built_fails_once_a_trial() -> None:
    data = cross_validated(*planes())
    wrong = POINTS[1] | {"units": [9, 5, 3]}
    for make in (serial, fused):
        found = train(FoldTrainer(make()), [Lane(0, wrong, 1), Lane(1, POINTS[0], 1)], data)
        assert [found[i].outcome.ended for i in range(2)] == ["failed", "complete"]
        assert found[0].outcome.curve == ()


def test_repeats_have_divisions_of_their_own() -> None:
    x, y = planes()
    data = cross_validated(x, y)
    lanes = [Lane(number, POINTS[0], 40, division=number) for number in range(3)]
    together = train(fused(), lanes_of(lanes, COUNT), data)
    for lane in lanes:
        for fold in range(COUNT):
            alone = Lane(0, lane.point, derive(lane.seed, "fold", fold))
            [theirs] = serial().train([alone], by_hand(x, y, fold, lane.division), go_on)
            assert_near(together[lane.number * COUNT + fold], theirs, 1e-10)
    curves = {one.outcome.curve for one in train(FoldTrainer(fused()), lanes, data).values()}
    assert len(curves) == 3


def test_without_folds_a_trial_is_one_lane() -> None:
    data = by_hand(*planes(), 0)
    plain, same = (train(one, trials(), data) for one in (fused(), FoldTrainer(fused())))
    for number, trained in plain.items():
        assert_identical(same[number], trained)
        assert same[number].outcome.folds == ()


# -- whole studies ----------------------------------------------------------------------------------------

STUDY = """
name = "small"
task = "multiclass"
[data]
source = "mine.py:load"
validation = "3-fold"
[space]
depth = { int = [1, 2] }
units = { int = [4, 9], per = "depth" }
lr = { choice = [0.03, 0.1] }
optimizer = "sgd"
batch_size = 16
epochs = 3
[budget]
trials = 10
[search]
sampler = "random"
pruner = "none"
[confirm]
top = 2
seeds = 2
"""
DATA = """
import numpy as np

def load():
    chance = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], 33)
    x = chance.normal(size=(99, 4)) + 1.2 * np.eye(3, 4)[y]
    return (4 * x + 7).astype("float32"), y
"""


@dataclass
class Watching:
    """An observer that sends a signal after so many trials, or at a stage."""

    after: int | None = None
    at: str | None = None
    told: int = 0

    def begin(self, counts: dict[str, int], total: int, study: str, timeout: float | None) -> None: ...

    def epoch_done(self, number: int, epoch: Epoch, epochs: int, running: int) -> None: ...

    def message(self, text: str) -> None: ...

    def trial_done(self, row: Row, counts: dict[str, int], best: Row | None) -> None:
        self.told += 1
        if self.told == self.after:
            self._signal()

    def stage(self, text: str, done: int, total: int) -> None:
        if self.at is not None and text.startswith(self.at):
            self._signal()

    def _signal(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)


def study(folder: Path, *overrides: str) -> StudySpec:
    folder.mkdir(exist_ok=True)
    (folder / "small.toml").write_text(STUDY)
    (folder / "mine.py").write_text(DATA)
    return load(str(folder / "small.toml"), overrides)


def tune(folder: Path, *overrides: str, observer: Watching | None = None, **more: object) -> engine.Ending:
    more = {"engine": "fused", "workers": 1, "storage": str(folder / "j.journal"), **more}
    options = engine.Options(out=folder / "reports", device="cpu", **more)  # type: ignore[arg-type]
    return engine.tune(study(folder, *overrides), options, observer or Watching())


def told(rows: Sequence[Row]) -> list[tuple[object, ...]]:
    return [(row.number, row.state, row.value, row.folds, row.point, row.curve, row.duplicate_of) for row in rows]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, engine.Ending]:
    folder = tmp_path_factory.mktemp("whole")
    return folder, tune(folder)


def test_a_study_of_folds_is_spent_confirmed_trained_finally_and_kept(whole: tuple[Path, engine.Ending]) -> None:
    folder, ending = whole
    history = ending.history
    assert ending.why == "budget"
    assert [row.state for row in history.rows] == ["complete"] * 10
    for row in history.rows:
        assert len(row.folds) == 3
        assert row.value == fmean(row.folds)
        assert row.spread == pytest.approx(torch.tensor(row.folds).std().item(), abs=1e-6)
    copies = [row for row in history.rows if row.duplicate_of is not None]
    assert copies
    assert all(row.folds == history.rows[row.duplicate_of or 0].folds for row in copies)
    known = history.facts["data"]
    assert (known["folds"], known["train"], known["validation"], known["test"]) == (3, 53, 80, 19)
    runs = history.facts["confirm"]["runs"]
    assert len(runs) == 6
    assert len({run["accuracy"] for run in runs}) > 1
    [one] = [leader for leader in confidence.leaders(history) if leader.recommended]
    for found in runs:
        assert ("folds" in found) == (found["repeat"] >= 2), "of the repeats that had no part in the choice alone"
        if "folds" in found:
            assert found["trial"] == one.row.number
            assert found["scored_at"] == confidence.epochs(history, one.row, before=2)
            assert fmean(found["folds"]) <= found["value"] + 1e-6, "a run's own best epoch"
    assert from_jsonl(to_jsonl(history)) == history
    about = json.loads((folder / "reports" / "small" / "best.json").read_text())
    assert about["trained_on"] == "training and validation part"
    assert about["standardize"]["mean"] == known["mean"]
    data, _ = examples.load(study(folder), "cpu")
    assert data.folds is not None
    assert data.folds.whole().info.mean == known["mean"]
    assert history.facts["final"]["examples"] == 19


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_what_is_compared_on_the_same_folds_is_what_each_model_reaches_there_by_hand(
    whole: tuple[Path, engine.Ending],
) -> None:
    folder, ending = whole
    found = same_folds.compared(ending.history)
    assert found is not None
    row = ending.history.rows[found.trial]
    x, y = everything(folder)
    ours: list[list[float]] = []
    theirs: defaultdict[str, list[list[float]]] = defaultdict(list)
    models = {"logistic regression": LogisticRegression, "SVM with an RBF kernel": SVC,
              "MLP with 100 units": partial(MLPClassifier, random_state=0)}  # fmt: skip
    for repeat in (2, 3):
        seed, order = derive(0, "confirm", repeat), derive(0, "confirm", repeat, "order")
        ours.append([])
        parts = [by_hand(x, y, fold, repeat + 1, count=3) for fold in range(3)]
        for fold, part in enumerate(parts):
            lane = Lane(0, row.point, derive(seed, "fold", fold), order)
            [trained] = serial().train([lane], part, go_on)
            ours[-1].append(trained.outcome.curve[found.epoch - 1].validation_accuracy)
        for name, make in models.items():
            fitted = [make().fit(part.train.x.numpy(), part.train.y.numpy()) for part in parts]
            scores = [
                one.score(part.validation.x.numpy(), part.validation.y.numpy())
                for one, part in zip(fitted, parts, strict=True)
            ]
            theirs[name].append(scores)
    assert found.mean == pytest.approx(np.mean(ours), abs=2e-6)
    assert found.error == pytest.approx(np.sqrt(np.var(ours, axis=1, ddof=1).mean() / 3), abs=2e-6)
    assert {one.name for one in found.models} == set(theirs)
    for one in found.models:
        gap = np.array(ours) - np.array(theirs[one.name])
        assert one.mean == pytest.approx(np.mean(theirs[one.name]), abs=2e-6)
        assert one.difference == pytest.approx(gap.mean(), abs=2e-6)
        assert one.difference_error == pytest.approx(np.sqrt(np.var(gap, axis=1, ddof=1).mean() / 3), abs=2e-6)
        assert one.divisions == 2


def test_every_metric_of_a_leader_is_the_mean_over_its_folds_networks_by_hand(
    whole: tuple[Path, engine.Ending],
) -> None:
    folder, ending = whole
    x, y = everything(folder)
    leaders = [row for row in confidence.by_search(ending.history) if row.metrics]
    assert len(leaders) > 2
    for row in leaders[:3]:
        assert row.best is not None
        found = []
        for fold in range(3):
            part = by_hand(x, y, fold, count=3)
            lane = Lane(0, row.point, derive(derive(0, "trial", row.number), "fold", fold))
            weights = serial_of(study(folder)).train_to(lane, part, row.best.epoch).weights
            assert weights is not None
            with torch.random.fork_rng(devices=[]):
                module = family.build("mlp", row.point, (4,), 3, folder=folder)
            module.load_state_dict(weights)
            module.eval()
            with torch.no_grad():
                sure = module(part.validation.x).double().softmax(1)
            right, said = part.validation.y, sure.argmax(1)
            found.append(
                {
                    "accuracy": (said == right).double().mean().item(),
                    "balanced-accuracy": fmean((said[right == k] == k).double().mean().item() for k in range(3)),
                    "f1": f1_score(right, said, average="macro"),
                    "roc-auc": roc_auc_score(right, sure, multi_class="ovr"),
                    "average-precision": average_precision_score(torch.nn.functional.one_hot(right), sure),
                    "log-loss": -sure[torch.arange(len(right)), right].log().mean().item(),
                }
            )
        names = {*found[0], "calibration-error"}
        assert set(row.metrics) == names
        for name in found[0]:
            assert row.metrics[name] == pytest.approx(fmean(one[name] for one in found), rel=1e-5), name


SMOOTH = ("accuracy", "balanced-accuracy", "f1", "log-loss")


def everything(folder: Path) -> tuple[Tensor, Tensor]:
    """All that is divided, as the source gave it."""
    data, _ = examples.load(study(folder), "cpu")
    assert data.folds is not None
    return data.folds.part.x, data.folds.part.y


def test_on_folds_a_baseline_has_as_many_divisions_as_it_has_time_for_and_none_without(
    whole: tuple[Path, engine.Ending],
) -> None:
    data, _ = examples.load(study(whole[0]), "cpu")
    assert data.folds is not None
    none = list(baselines.on_folds(data.folds, [3, 4], "multiclass", "accuracy", 0.0))
    assert {one.note for one in none} == {"no time for its folds"}
    assert all(one.folds == {} for one in none)
    of_labels = list(baselines.on_folds(data.folds, [3], "multiclass", "log-loss", 1e6))
    assert [bool(one.folds) for one in of_labels] == [True, False, True]
    assert of_labels[1].note == "it has no log loss: it gives labels alone"


@pytest.mark.parametrize(("kind", "workers"), [("fused", 2), ("serial", 1), ("serial", 2)])
def test_workers_and_the_serial_engine_tell_the_same_trials(
    kind: str, workers: int, whole: tuple[Path, engine.Ending], tmp_path: Path
) -> None:
    rows = tune(tmp_path, engine=kind, workers=workers, confirm=False).history.rows
    for ours, theirs in zip(rows, whole[1].history.rows, strict=True):
        assert (ours.number, ours.state, ours.point) == (theirs.number, theirs.state, theirs.point)
        assert (ours.value, ours.folds) == (theirs.value, theirs.folds)
        # A network of dead units says the same of many examples, and rounding ranks them.
        mine, its = ({name: row.metrics[name] for name in SMOOTH if name in row.metrics} for row in (ours, theirs))
        assert mine == pytest.approx(its, rel=1e-4)
        for mine, its in zip(ours.curve, theirs.curve, strict=True):
            assert mine.validation_loss == pytest.approx(its.validation_loss, rel=1e-5)


@pytest.mark.parametrize("kind", ["fused", "serial"])
def test_a_study_of_folds_cut_short_goes_on_as_if_it_had_not_been(kind: str, tmp_path: Path) -> None:
    pruned = ["search.pruner=halving"] if kind == "serial" else []
    undisturbed = tune(tmp_path / "one", *pruned, engine=kind, confirm=False)
    for after in (1, 4):
        cut = tune(tmp_path / "two", *pruned, engine=kind, confirm=False, observer=Watching(after))
        assert cut.why == "interrupted"
    again = tune(tmp_path / "two", *pruned, engine=kind, confirm=False)
    assert told(again.history.rows) == told(undisturbed.history.rows)
    if pruned:
        assert "pruned" in {row.state for row in again.history.rows}


def test_until_the_final_training_the_weights_kept_are_the_first_folds(tmp_path: Path) -> None:
    cut = tune(tmp_path, observer=Watching(at="training the final network"))
    assert cut.why == "interrupted"
    about, weights = checkpoint.read(tmp_path / "reports" / "small")
    row = cut.history.rows[about["trial"]]
    assert about["trained_on"] == "training part of fold 1 of 3"
    data, _ = examples.load(study(tmp_path), "cpu")
    assert data.folds is not None
    first = data.folds.fold(0)
    assert about["standardize"] == {"mean": first.info.mean, "deviation": first.info.deviation}
    with torch.random.fork_rng(devices=[]):
        module = family.build("mlp", row.point, (4,), 3, folder=tmp_path)
    module.load_state_dict(weights)
    assert row.best is not None
    assert about["epoch"] == row.best.epoch
    assert evaluate(module, first.validation, "multiclass")[1] == row.folds[0]


def serial_of(spec: StudySpec) -> SerialTrainer:
    order = derive(spec.search.seed, "order")
    return SerialTrainer(task="multiclass", family="mlp", folder=Path(), order_seed=order, device="cpu")


def test_a_trial_of_folds_is_trained_again_from_its_seed(whole: tuple[Path, engine.Ending]) -> None:
    folder, ending = whole
    said: list[str] = []
    network = retraining.again(ending.history, ending.history.rows[1], folder, said.append)
    assert said == []
    assert network.about["trained_on"] == "training part of fold 1 of 3"


def test_a_batch_larger_than_a_folds_training_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"up to 64, but the training part has only 53") as caught:
        tune(tmp_path, "space.batch_size=64")
    assert "use more folds" in str(caught.value.hint)
