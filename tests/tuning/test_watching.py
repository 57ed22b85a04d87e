"""Watching changes no number, and a training that goes on ends where one that was never cut would."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from workbench.data import splits
from workbench.errors import WorkbenchError
from workbench.study.course import Course
from workbench.tuning import model_file
from workbench.tuning.interruption import Interruption
from workbench.tuning.model_file import About
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane
from workbench.tuning.watching import Watcher

ORDER_SEED, SEED = 77, 5
POINT = {"depth": 2, "units": [16, 8], "optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "epochs": 4}
NOISY = POINT | {"dropout": 0.3, "batch_norm": True}


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def digits():
    data, _ = splits.load("digits", task="multiclass", train=200, validation=100, test=None, standardize=True)
    return data


@pytest.fixture(scope="module")
def circles():
    data, _ = splits.load("circles", task="binary", train=300, validation=100, test=None, standardize=True)
    return data


def trainer(task="multiclass", own="mlp", folder=Path()):
    return SerialTrainer(task=task, family=own, folder=folder, order_seed=ORDER_SEED, device="cpu")


def watch(point, data, *, course=None, start=None, told=lambda _: None, keep=None, **how):
    watcher = Watcher(trainer(**how), Lane(0, point, SEED), data, course, start)
    with Interruption() as interruption:
        ending = watcher.run(interruption, told, keep)
    return watcher, ending


def assert_same(left, right):
    """Two values of a state, to the last bit."""
    assert type(left) is type(right)
    if isinstance(left, torch.Tensor):
        assert torch.equal(left, right)
    elif isinstance(left, dict):
        assert left.keys() == right.keys()
        for name in left:
            assert_same(left[name], right[name])
    elif isinstance(left, list):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)
    else:
        assert left == right


KINDS = {
    "momentum": POINT,
    "dropout and batch norm": NOISY,
    "adam": NOISY | {"optimizer": "adam", "lr": 0.01},
    "adamw": POINT | {"optimizer": "adamw", "lr": 0.01, "weight_decay": 0.1},
    "rmsprop": POINT | {"optimizer": "rmsprop", "lr": 0.001},
    "steps of the rate": POINT | {"lr_schedule": "step", "lr_step": 1, "lr_factor": 0.5},
    "one cycle": POINT | {"lr_schedule": "one-cycle"},
    "cosine": NOISY | {"lr_schedule": "cosine"},
}


@pytest.mark.parametrize("point", KINDS.values(), ids=KINDS)
def test_a_network_that_is_watched_learns_what_it_learns_unwatched(point, digits):
    lane = Lane(0, point, SEED)
    before = torch.get_rng_state()
    unwatched = trainer().train_to(lane, digits, 4)
    states = []
    watcher, ending = watch(point, digits, keep=states.append)
    assert (ending.ended, ending.reason) == ("complete", "")
    assert tuple(watcher.course.curve) == unwatched.outcome.curve
    assert_same(dict(states[-1].weights), unwatched.weights)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("point", KINDS.values(), ids=KINDS)
def test_a_training_that_was_cut_and_goes_on_ends_as_one_that_never_was(point, digits, tmp_path):
    states = []
    whole, _ = watch(point, digits, keep=states.append)
    path = tmp_path / "model.pt"
    model_file.write(path, about(point), states[1], whole.course)
    _, start, course = model_file.read(path)
    assert (start.epoch, len(course.curve)) == (2, 2)
    rest = []
    again, ending = watch(point, digits, course=course, start=start, keep=rest.append)
    assert ending.ended == "complete"
    assert again.course.curve == whole.course.curve
    assert again.course.losses == whole.course.losses
    assert again.course.gradients == whole.course.gradients
    for name in ("weights", "optimizer", "scheduler", "generators"):
        assert_same(getattr(rest[-1], name), getattr(states[-1], name))


def about(point):
    return About("digits", {"name": "digits"}, ".", point, None, SEED, ORDER_SEED, "md5", str(torch.__version__))


def test_what_is_noted_is_what_was_learned(digits):
    course = watch(NOISY, digits)[0].course
    updates = -(-200 // 64)
    assert len(course.losses) == len(course.accuracies) == 4 * updates
    sizes = torch.tensor([64, 64, 64, 8], dtype=torch.float64)
    for number, epoch in enumerate(course.curve):
        part = slice(number * updates, (number + 1) * updates)
        assert torch.tensor(course.losses[part], dtype=torch.float64) @ sizes / 200 == pytest.approx(
            epoch.train_loss
        )
        right = torch.tensor(course.accuracies[part], dtype=torch.float64) @ sizes / 200
        assert right == pytest.approx(epoch.train_accuracy, abs=1e-6)
    assert list(course.gradients) == ["1 Linear", "2 BatchNorm1d", "5 Linear", "6 BatchNorm1d", "9 Linear"]
    for bands in course.gradients.values():
        assert len(bands) == 4
        assert all(0 < low <= middle <= high for low, middle, high in bands)
    assert [look.epoch for look in course.looks] == [0, 1, 2, 3, 4]
    for look in course.looks:
        assert list(look.activations) == ["3 ReLU", "7 ReLU", "output"]
        assert look.plane is None
        relu = look.activations["3 ReLU"]
        assert min(relu.values) >= 0
        assert relu.values == sorted(relu.values)
        assert relu.zeros == pytest.approx(relu.values.count(0.0) / len(relu.values), abs=0.01)


def test_the_norm_of_a_gradient_is_that_of_its_layer_s_weights_and_biases(digits):
    point = {"depth": 0, "optimizer": "sgd", "lr": 0.1, "batch_size": 200, "epochs": 1}
    course = watch(point, digits)[0].course
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        module = trainer().build(Lane(0, point, SEED), digits)
    torch.nn.functional.cross_entropy(module(digits.train.x), digits.train.y).backward()
    norm = math.sqrt(sum(one.grad.square().sum().item() for one in module.parameters()))
    assert course.gradients["1 Linear"] == [[pytest.approx(norm, rel=1e-5)] * 3]


def test_two_features_have_planes_and_examples_of_both_parts(circles):
    point = {"depth": 1, "units": 8, "optimizer": "adam", "lr": 0.05, "epochs": 6}
    watcher, _ = watch(point, circles, task="binary")
    planes, beside = watcher.planes()
    assert [one["trial"] for one in planes["trials"]] == [0, 1, 2, 3, 5, 6]
    assert len({one["values"] for one in planes["trials"]}) == 6
    assert len(planes["points"]) == 200
    assert len(beside) == 100
    assert beside != planes["points"][:100]


def test_evidence_is_of_the_validation_part_after_the_last_epoch(digits):
    watcher, _ = watch(POINT, digits)
    evidence = watcher.evidence()
    right = sum(evidence["confusion"][i][i] for i in range(10))
    assert evidence["examples"] == 100
    assert right / 100 == watcher.course.curve[-1].validation_accuracy


OWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, mood):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
        self.mood, self.updates = mood, 0

    def forward(self, x):
        self.updates += self.training
        if self.updates <= 8:  # two epochs
            return nn.functional.dropout(self.net(x))  # draws while it is evaluated, too
        if self.mood == "interrupted":
            raise KeyboardInterrupt
        if self.mood == "fails":
            raise RuntimeError("out of luck")
        return self.net(x) * (float("nan") if self.mood == "diverges" else 1)

def build(mood):
    return Net(mood)
"""


@pytest.mark.parametrize(
    ("mood", "ended", "reason", "epochs"),
    [
        ("well", "complete", "", 4),
        ("interrupted", "interrupted", "", 2),
        ("fails", "failed", "RuntimeError: out of luck", 2),
        ("diverges", "diverged", "training loss was nan in epoch 3", 3),
    ],
)
def test_however_it_ends_the_epochs_before_are_there(mood, ended, reason, epochs, digits, tmp_path):
    (tmp_path / "net.py").write_text(OWN)
    own = {"own": "net.py:build", "folder": tmp_path}
    told, kept = [], []
    point = {"mood": mood, "optimizer": "sgd", "lr": 0.01, "epochs": 4}
    watcher, ending = watch(
        point, digits, told=lambda course: told.append(len(course.curve)), keep=kept.append, **own
    )
    assert (ending.ended, ending.reason) == (ended, reason)
    assert told == list(range(1, epochs + 1))
    assert [state.epoch for state in kept] == [epoch for epoch in told if epoch < 3 or mood == "well"]
    course = watcher.course
    assert len(course.losses) == 4 * len(course.curve) == 4 * epochs
    assert {len(bands) for bands in course.gradients.values()} == {epochs}
    well, _ = watch(point | {"mood": "well"}, digits, **own)
    assert course.curve[:2] == well.course.curve[:2]
    if mood == "well":
        lane = Lane(0, point, SEED)
        assert tuple(course.curve) == trainer(**own).train_to(lane, digits, 4).outcome.curve


def test_layers_whose_nonlinearities_are_no_modules_are_looked_at_themselves(digits, tmp_path):
    (tmp_path / "net.py").write_text(OWN)
    watcher, _ = watch({"mood": "well", "epochs": 1}, digits, own="net.py:build", folder=tmp_path)
    assert list(watcher.course.looks[0].activations) == ["net.1 Linear", "output"]


def test_a_course_is_cut_at_an_epoch_and_comes_back_from_a_table(digits):
    course = watch(POINT, digits)[0].course
    assert Course.from_dict(course.as_dict()) == course
    cut = course.until(2)
    assert (len(cut.curve), len(cut.losses), len(cut.accuracies)) == (2, 8, 8)
    assert [look.epoch for look in cut.looks] == [0, 1, 2]
    assert {len(bands) for bands in cut.gradients.values()} == {2}
    assert Course().until(0) == Course()


def test_weights_of_another_network_are_one_message(digits):
    states = []
    whole, _ = watch(POINT, digits, keep=states.append)
    with pytest.raises(WorkbenchError, match="do not fit the network of mlp"):
        watch(POINT | {"units": [9, 8]}, digits, course=whole.course, start=states[-1])
