"""The fused trainer against the serial one, and against itself in other company."""

import random
import statistics
from pathlib import Path

import pytest
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from workbench.data.splits import DataInfo, Part, Splits
from workbench.fused import network
from workbench.fused.program import Program
from workbench.models import family
from workbench.study.vocabulary import MLP, TRAINER
from workbench.tuning.fused_trainer import FusedTrainer
from workbench.tuning.serial_trainer import SerialTrainer, evaluate
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
        gap = (ours.weights[name].double() - value.double()).norm() / value.double().norm().clamp_min(1e-6)
        weights[name] = gap.item()
    return max(losses), weights


def noise_only(names):
    """Biases before a batch norm, and its running means, which follow them.

    Such a bias has the gradient 0, and what rounding leaves of that moves it.
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
def kinds(draw):
    """What lanes must have in common to learn in one program."""
    return {
        "hidden": draw(st.sampled_from([0, 1, 1, 1])),
        "dropout": draw(st.sampled_from([0.0, 0.0, 0.3])),
        "batch_norm": draw(st.booleans()),
        "optimizer": draw(st.sampled_from(TRAINER["optimizer"].names)),
    }


@st.composite
def points(draw, task, kind):
    depth = draw(st.integers(1, 6)) if kind["hidden"] else 0
    point = {
        "depth": depth,
        "units": [draw(WIDTHS) for _ in range(depth)],
        "activation": draw(st.sampled_from(MLP["activation"].names)),
        "dropout": kind["dropout"] and kind["dropout"] + draw(st.sampled_from([0.0, 0.2])),
        "batch_norm": kind["batch_norm"],
        "weight_init": draw(st.sampled_from(["default", "default", "xavier-normal", "orthogonal"])),
        "optimizer": kind["optimizer"],
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
        # Behind a unit or two dropout makes a minibatch constant, and a norm divides rounding by its deviation.
        point["units"] = [max(8, width) for width in point["units"]]
    if task == "multiclass":
        point["label_smoothing"] = draw(st.sampled_from([0.0, 0.0, 0.1]))
    return point


@st.composite
def cohorts(draw):
    task = draw(st.sampled_from(["multiclass", "multiclass", "binary", "multilabel"]))
    batch_size = draw(st.sampled_from([1, 7, 13, 32, 45, 90]))
    found = draw(st.lists(points(task, draw(kinds())), min_size=2, max_size=5))
    found += draw(st.lists(points(task, draw(kinds())), max_size=1))
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
        for name in noise_only(weights):
            assert weights.pop(name) < 1e-5, point  # 4e-7 seen
        # Under a batch norm gradients of 0 come out as rounding, which Adam and RMSprop divide by eps: 7e-9 seen.
        bound = 1e-6 if point["batch_norm"] and point["optimizer"] != "sgd" else 1e-10  # else 1e-12 seen
        assert max(loss, *weights.values()) < bound, (point, weights)
        assert_same_accuracies(ours[number], expected[number])


def random_points(count, seed=0, **more):
    """Ordinary points: no batch norm, whose noise would hide the rest; rates that lead somewhere."""
    draw = random.Random(seed)
    found = []
    for _ in range(count):
        depth = draw.randint(0, 3)
        optimizer = draw.choice(["sgd", "adam"])
        point = {
            "depth": depth, "units": [draw.randint(1, 40) for _ in range(depth)],
            "activation": draw.choice(MLP["activation"].names), "dropout": draw.choice([0.0, 0.0, 0.2]),
            "optimizer": optimizer, "lr": draw.choice([1e-3, 1e-2]), "batch_size": 13, "epochs": draw.randint(2, 3),
            "lr_schedule": draw.choice(TRAINER["lr_schedule"].names), "weight_decay": draw.choice([0.0, 1e-2]),
            "batch_norm": draw.choice([True, False, False]),
        }  # fmt: skip
        found.append(point | ({"momentum": 0.9} if optimizer == "sgd" else {}) | more)
    return found


@pytest.mark.parametrize("optimizer", TRAINER["optimizer"].names)
def test_with_many_inputs_every_rule_is_the_serial_trainers(optimizer):
    """There the first layer is updated lane by lane, by code of its own."""
    data = planes(features=260)
    said = {"optimizer": optimizer, "batch_size": 13, "epochs": 2, "lr": 0.01, "depth": 1, "activation": "tanh"}
    found = [
        said | {"units": 6 + i, "weight_decay": decay, "lr_schedule": schedule}
        for i, (decay, schedule) in enumerate([(0.0, "constant"), (0.1, "constant"), (0.1, "cosine")])
    ]
    if optimizer == "sgd":
        found = [
            point | {"momentum": momentum, "nesterov": nesterov}
            for point in found
            for momentum, nesterov in ((0.0, False), (0.9, False), (0.9, True))
        ]
    expected, ours = (train(trainer, lanes_of(found), data) for trainer in (serial(), fused()))
    for number, point in enumerate(found):
        loss, weights = gaps(ours[number], expected[number])
        assert max(loss, *weights.values()) < 1e-12, point  # 3e-14 seen


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


def test_the_padding_is_still_zero_after_training():
    data = planes()
    kind = {"optimizer": "adam", "batch_size": 13, "epochs": 1, "weight_decay": 0.1, "lr": 1e-2}
    for norm in (False, True):
        found = [
            kind | {"depth": 2, "units": [5, 3], "activation": name, "batch_norm": norm}
            for name in MLP["activation"].names
        ]
        networks = [network.build(point, i, data, 7, ORDER_SEED) for i, point in enumerate(found)]
        program = Program(networks, "multiclass", 13)
        program.epoch()
        for slab in (program.weights, *program.moments):
            for own in slab.lanes():
                for view in own.values():
                    view.zero_()
            assert not slab.first.any()
            assert not slab.rest.any()


def test_repeats_of_a_point_are_lanes_with_seeds_of_their_own():
    data = planes()
    [point] = random_points(1, seed=3, depth=2, units=[9, 6], dropout=0.2)
    lanes = [Lane(seed, point, seed) for seed in range(5)]
    expected, ours = (train(trainer, lanes, data) for trainer in (serial(), fused()))
    assert len({trained.outcome.curve for trained in ours.values()}) == 5
    for number in expected:
        loss, weights = gaps(ours[number], expected[number])
        assert max(loss, *weights.values()) < 1e-10


def test_the_weights_are_those_of_the_earliest_best_epoch_and_reproduce_its_numbers():
    data = planes(dtype=torch.float32)
    for lane in lanes_of(random_points(6, batch_norm=True, epochs=6)):
        outcome, weights = (trained := train(fused(), [lane], data)[lane.number]).outcome, trained.weights
        with torch.random.fork_rng(devices=[]):
            module = family.build("mlp", lane.point, (5,), 3, folder=Path())
        module.load_state_dict(weights)
        loss, accuracy = evaluate(module, data.validation, "multiclass")
        assert accuracy == outcome.best.validation_accuracy
        assert loss == pytest.approx(outcome.best.validation_loss, rel=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("features", [5, 260])
def test_repeats_with_orders_of_their_own_ride_together_and_learn_what_they_learn_alone(dtype, features):
    data = planes(dtype=dtype, features=features)
    found = random_points(3, seed=1) + random_points(2, seed=5, optimizer="adam", dropout=0.0, batch_norm=False)
    lanes = [
        Lane(10 * i + r, point, 40 + r, order_seed=r or None) for i, point in enumerate(found) for r in range(3)
    ]
    together = train(fused(), lanes, data)
    for lane in lanes:
        assert_identical(train(fused(), [lane], data)[lane.number], together[lane.number])
    if dtype == torch.float64:
        expected = train(serial(), lanes, data)
        for number, theirs in expected.items():
            loss, weights = gaps(together[number], theirs)
            noise = noise_only(weights)
            assert max(loss, *(gap for name, gap in weights.items() if name not in noise)) < 1e-9  # 1e-12 seen
    same_seed = [Lane(r, found[0], 40, order_seed=r) for r in range(2)]
    one, other = train(fused(), same_seed, data).values()
    assert one.outcome.curve != other.outcome.curve


PLAIN = {"depth": 1, "units": 6, "optimizer": "sgd", "lr": 0.05, "batch_size": 30, "epochs": 3}


def test_lanes_end_as_they_do_one_by_one():
    points = [
        PLAIN,
        PLAIN | {"lr": 1e9},
        PLAIN | {"units": [6, 6]},
        PLAIN | {"epochs": 1},
        PLAIN | {"lr": 30.0, "momentum": 0.9},
    ]
    lanes = lanes_of(points)
    data = planes()

    def drop(ended):
        return {number for number, epoch in ended.items() if number in (0, 3) and epoch.epoch == 1}

    expected, ours = (train(trainer, lanes, data, drop) for trainer in (serial(), fused()))
    assert [ours[i].outcome.ended for i in range(5)] == ["pruned", "diverged", "failed", "complete", "diverged"]
    for number, trained in expected.items():
        mine, its = ours[number].outcome, trained.outcome
        assert (mine.ended, mine.parameters, len(mine.curve)) == (its.ended, its.parameters, len(its.curve))
        assert (ours[number].weights is None) == (trained.weights is None)
        if its.ended != "diverged":  # where it says nan, or how large
            assert mine.reason == its.reason
        assert 0 < mine.seconds < 60


def test_at_an_epochs_end_all_are_told_at_once_then_lanes_leave_then_others_are_asked_for():
    heard = []
    lanes = lanes_of(
        [PLAIN, PLAIN | {"epochs": 2}, PLAIN | {"lr": 1e9}, PLAIN | {"epochs": 1, "optimizer": "adam"}]
    )
    more = [[Lane(9, PLAIN | {"epochs": 1}, 9)], [], [Lane(8, PLAIN | {"epochs": 1}, 8)], []]

    def told(ended):
        heard.append({number: epoch.epoch for number, epoch in ended.items()})
        return ()

    def refill(left):
        heard.append(left)
        return more.pop(0)

    for outcome in (trained.outcome for trained in fused().train(lanes, planes(), told, refill)):
        heard += [f"{outcome.number} {outcome.ended}"]
    assert heard == [
        {0: 1, 1: 1, 3: 1}, "2 diverged", "3 complete", 2,
        {0: 2, 1: 2, 9: 1}, "1 complete", "9 complete", 2,
        {0: 3}, "0 complete", 1,
        {8: 1}, "8 complete", 1,
    ]  # fmt: skip


def test_the_serial_trainer_asks_for_lanes_too():
    waiting = [Lane(5, PLAIN | {"epochs": 1}, 5)]
    trained = train(serial(), lanes_of([PLAIN]), planes(), refill=lambda left: [waiting.pop()] if waiting else [])
    assert list(trained) == [0, 5]


def test_lanes_of_one_cohort_share_the_batch_size():
    lanes = lanes_of([PLAIN, PLAIN | {"batch_size": 31}])
    with pytest.raises(ValueError, match=r"share batch_size, these have \[30, 31\]"):
        train(fused(), lanes, planes())


def test_batch_norm_on_single_examples_fails_as_it_does_one_by_one():
    points = [PLAIN | {"batch_norm": True, "batch_size": 1}, PLAIN | {"batch_size": 1, "epochs": 1}]
    ours = train(fused(), lanes_of(points), planes(train=5))
    assert [ours[i].outcome.ended for i in range(2)] == ["failed", "complete"]
    [its] = serial().train(lanes_of(points)[:1], planes(train=5), go_on)
    assert its.outcome.ended == "failed"


def test_raw_scores_and_cross_entropy_fused_are_log_softmax_and_nll_one_by_one():
    """The same function, so the same networks: what ends in log_softmax needs no program of its own."""
    data = planes()
    points = [
        {"depth": depth, "units": 7, "optimizer": name, "lr": 0.01, "batch_size": 16, "epochs": 4}
        for depth in (0, 1, 2)
        for name in ("sgd", "adam")
    ]
    lanes = lanes_of(points)
    own = {"task": "multiclass", "family": "mlp", "folder": Path(), "order_seed": ORDER_SEED, "device": "cpu"}
    theirs = train(SerialTrainer(**own, loss="nll"), lanes, data)
    ours = train(fused(), lanes, data)
    for number in theirs:
        loss, weights = gaps(ours[number], theirs[number])
        assert loss < 1e-13  # 4e-16 seen
        assert max(weights.values()) < 1e-13  # 3e-16 seen
        assert_same_accuracies(ours[number], theirs[number])
