"""The fused trainer against the serial one, and against itself in other company."""

import random
import statistics
from pathlib import Path

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from workbench.data.splits import DataInfo, Part, Splits
from workbench.study.vocabulary import MLP, TRAINER
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

ORDER_SEED = 77


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def planes(task="multiclass", train=90, features=5, outputs=3, dtype=torch.float64, validation=70):
    """Points in space, labelled by the side of some planes on which they lie, with noise."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(train + validation, features, generator=generator)
    score = x @ torch.randn(features, outputs, generator=generator)
    score += 0.3 * torch.randn(score.shape, generator=generator)
    y = {"multiclass": score.argmax(1), "binary": score[:, 0] > 0, "multilabel": score > 0}[task]
    y = y if task == "multiclass" else y.to(dtype)
    x = x.to(dtype)
    logits = 1 if task == "binary" else outputs
    info = DataInfo("planes", task, False, (features,), logits, train, validation, 0, None, None, "")
    return Splits(Part(x[:train], y[:train]), Part(x[train:], y[train:]), info)


def serial(task="multiclass"):
    return SerialTrainer(task=task, family="mlp", folder=Path(), order_seed=ORDER_SEED, device="cpu")


def fused(task="multiclass"):
    return FusedTrainer(task=task, order_seed=ORDER_SEED, device="cpu")


def go_on(_ended):
    return ()


def train(trainer, lanes, data, on_epoch=go_on, **more):
    return {trained.outcome.number: trained for trained in trainer.train(lanes, data, on_epoch, **more)}


def lanes_of(points, seed=40):
    return [Lane(number, point, seed + number) for number, point in enumerate(points)]


def gaps(ours, theirs, *, same_type=True):
    """Largest relative differences of two trials: of the curves' losses, and of the weights by name."""
    assert ours.outcome.ended == theirs.outcome.ended
    assert ours.outcome.parameters == theirs.outcome.parameters
    assert len(ours.outcome.curve) == len(theirs.outcome.curve)
    losses = [0.0]
    for mine, its in zip(ours.outcome.curve, theirs.outcome.curve, strict=True):
        assert mine.epoch == its.epoch
        losses += [abs(mine.train_loss / its.train_loss - 1), abs(mine.validation_loss / its.validation_loss - 1)]
    assert list(ours.weights) == list(theirs.weights)
    weights = {}
    for name, value in theirs.weights.items():
        assert not same_type or ours.weights[name].dtype == value.dtype
        gap = (ours.weights[name].double() - value.double()).norm() / value.double().norm().clamp_min(1e-30)
        weights[name] = gap.item() if value.any() else ours.weights[name].double().norm().item()
    return max(losses), weights


def noise_only(names):
    """Biases before a batch norm, and its running means, which follow them.

    Such a bias has the gradient 0, and what rounding leaves of it moves Adam and RMSprop all the same.
    """
    means = {name for name in names if name.endswith("running_mean")}
    return means | {f"{int(name.split('.')[0]) - 1}.bias" for name in means}


def assert_same_accuracies(ours, theirs):
    for mine, its in zip(ours.outcome.curve, theirs.outcome.curve, strict=True):
        assert (mine.train_accuracy, mine.validation_accuracy) == (its.train_accuracy, its.validation_accuracy)


def assert_identical(ours, theirs):
    assert ours.outcome.curve == theirs.outcome.curve
    assert ours.outcome.ended == theirs.outcome.ended
    assert ours.weights.keys() == theirs.weights.keys()
    for name, value in theirs.weights.items():
        assert torch.equal(ours.weights[name], value), name


WIDTHS = st.one_of(st.integers(1, 40), st.sampled_from([1, 64, 127, 512]))


@st.composite
def points(draw, task):
    depth = draw(st.integers(0, 6))
    point = {
        "depth": depth,
        "units": [draw(WIDTHS) for _ in range(depth)],
        "activation": draw(st.sampled_from(MLP["activation"].names)),
        "dropout": draw(st.sampled_from([0.0, 0.0, 0.3])),
        "batch_norm": draw(st.booleans()),
        "weight_init": draw(st.sampled_from(["default", "default", "xavier-normal", "orthogonal"])),
        "optimizer": draw(st.sampled_from(TRAINER["optimizer"].names)),
        "lr": draw(st.sampled_from([1e-3, 4e-3, 1e-2])),
        "weight_decay": draw(st.sampled_from([0.0, 1e-2])),
        "lr_schedule": draw(st.sampled_from(TRAINER["lr_schedule"].names)),
        "lr_step": 1,
        "epochs": draw(st.integers(1, 3)),
    }
    if point["optimizer"] == "sgd":
        point |= {"momentum": draw(st.sampled_from([0.0, 0.5, 0.9])), "nesterov": draw(st.booleans())}
    if point["batch_norm"]:
        # A bias that starts at 0 with the gradient 0 is moved by decay alone, and near 0 Adam answers that with
        # lr * decay / eps, 10,000 times as much: rounding grew to 1e-4 within 30 updates, in any trainer.
        point["weight_init"] = "default"
    if task == "multiclass":
        point["label_smoothing"] = draw(st.sampled_from([0.0, 0.0, 0.1]))
    return point


@st.composite
def cohorts(draw):
    task = draw(st.sampled_from(["multiclass", "multiclass", "binary", "multilabel"]))
    batch_size = draw(st.sampled_from([1, 7, 13, 32, 45, 90]))
    found = draw(st.lists(points(task), min_size=1, max_size=6))
    if batch_size == 1:
        found = [point | {"batch_norm": False, "epochs": 1} for point in found]
    return task, [point | {"batch_size": batch_size} for point in found], draw(st.sampled_from([2, 5, 260]))


# Not shrunk: on a busy machine that takes minutes, and the cohort that fails is small enough to be read.
@settings(max_examples=15, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate])
@given(cohorts())
def test_a_random_cohort_learns_what_its_lanes_learn_one_by_one(cohort):
    task, found, features = cohort
    data = planes(task, train=91, features=features)
    expected, ours = (train(trainer(task), lanes_of(found), data) for trainer in (serial, fused))
    for number, point in enumerate(found):
        loss, weights = gaps(ours[number], expected[number])
        assert loss < 1e-10, point  # 2e-14 seen
        for name in noise_only(weights):
            left, right = ours[number].weights[name], expected[number].weights[name]
            torch.testing.assert_close(left, right, rtol=0, atol=1e-8)  # 2e-9 seen
            del weights[name]
        assert max(weights.values()) < 1e-10, (point, weights)
        assert_same_accuracies(ours[number], expected[number])


def random_points(count, seed=0, **more):
    """Ordinary points: no batch norm, whose noise would hide the rest; rates that lead somewhere."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        depth = draw.randint(0, 3)
        optimizer = draw.choice(TRAINER["optimizer"].names)
        point = {
            "depth": depth, "units": [draw.randint(1, 40) for _ in range(depth)],
            "activation": draw.choice(MLP["activation"].names), "dropout": draw.choice([0.0, 0.2]),
            "optimizer": optimizer, "lr": draw.choice([1e-3, 1e-2]), "batch_size": 13, "epochs": draw.randint(2, 3),
            "lr_schedule": draw.choice(TRAINER["lr_schedule"].names), "weight_decay": draw.choice([0.0, 1e-2]),
            "batch_norm": draw.choice([True, False, False]),
        }  # fmt: skip
        found.append(point | ({"momentum": 0.9} if optimizer == "sgd" else {}) | more)
    return found


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("features", "batch_size"), [(2, 13), (5, 32), (260, 16)])
def test_a_lane_is_the_same_to_the_last_bit_in_any_company_and_position(dtype, features, batch_size):
    data = planes(features=features, dtype=dtype)
    lanes = lanes_of(random_points(12, batch_size=batch_size))
    together = train(fused(), lanes, data)
    backwards = train(fused(), lanes[::-1], data)
    for lane in lanes:
        assert_identical(backwards[lane.number], together[lane.number])
        assert_identical(train(fused(), [lane], data)[lane.number], together[lane.number])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_lane_is_the_same_to_the_last_bit_where_neighbours_are_dropped_and_join(dtype):
    data = planes(dtype=dtype)
    lanes = lanes_of(random_points(12))
    alone = train(fused(), lanes, data)
    waiting = lanes[7:]
    asked = []

    def refill(left):
        asked.append(left)
        return [waiting.pop(0) for _ in range(min(left, len(waiting)))]

    def drop(ended):
        return {number for number, epoch in ended.items() if number % 3 == 0 and epoch.epoch == 1}

    busy = train(fused(), lanes[:7], data, drop, refill=refill)
    assert busy.keys() == alone.keys()
    assert sum(asked) == 12
    for number, trained in busy.items():
        if number % 3:
            assert_identical(trained, alone[number])
        else:
            assert (trained.outcome.ended, len(trained.outcome.curve)) == ("pruned", 1)
            assert trained.outcome.curve == alone[number].outcome.curve[:1]


def test_in_float32_rounding_costs_a_fused_trial_no_more_than_a_serial_one():
    lanes = lanes_of(random_points(24, batch_norm=False))
    exact = train(serial(), lanes, planes())
    data = planes(dtype=torch.float32)
    errors = {}
    for name, trainer in (("serial", serial()), ("fused", fused())):
        rounded = train(trainer, lanes, data)
        errors[name] = [max(gaps(rounded[i], exact[i], same_type=False)[1].values()) for i in exact]
    ratios = [ours / its for ours, its in zip(errors["fused"], errors["serial"], strict=True)]
    assert statistics.median(ratios) < 1.2  # 1.0 seen
    assert max(errors["fused"]) < 2 * max(errors["serial"])
