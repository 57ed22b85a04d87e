import re
import statistics
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from workbench.data import splits
from workbench.data.minibatches import minibatches, order
from workbench.data.splits import DataInfo, Part, Splits
from workbench.models import family
from workbench.study.trial import Epoch
from workbench.tuning.serial_trainer import CHUNK, SerialTrainer, evaluate
from workbench.tuning.trainer import Lane

ORDER_SEED = 77
LESSON = {"depth": 2, "units": [50, 20], "activation": "relu", "optimizer": "sgd", "lr": 0.05, "momentum": 0.9}
LESSON |= {"batch_size": 64, "epochs": 3}


@pytest.fixture(autouse=True)
def _one_thread():
    """Two threads spin on each other where the machine is busy: 30 times the time was seen."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def digits():
    data, _ = splits.load("digits", task="multiclass", train=500, validation=300, test=None, standardize=True)
    return data


def synthetic(task, n=300, features=5, outputs=3):
    """Points in space, labelled by the side of some planes on which they lie, with noise."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, features, generator=generator)
    score = x @ torch.randn(features, outputs, generator=generator)
    score += 0.3 * torch.randn(score.shape, generator=generator)
    y = {"multiclass": score.argmax(1), "binary": (score[:, 0] > 0).float(), "multilabel": (score > 0).float()}[
        task
    ]
    train, validation = Part(x[:200], y[:200]), Part(x[200:], y[200:])
    info = DataInfo(
        "planes", task, False, (features,), 1 if task == "binary" else outputs, 200, n - 200, 0, None, None, ""
    )
    return Splits(train, validation, info)


def trainer(task="multiclass", own="mlp", folder=Path(), device="cpu"):
    return SerialTrainer(task=task, family=own, folder=folder, order_seed=ORDER_SEED, device=device)


def go_on(_ended):
    return ()


def trained_with_nll(point, data, seed=5):
    own = {"task": "multiclass", "family": "mlp", "folder": Path(), "order_seed": ORDER_SEED, "device": "cpu"}
    [trained] = SerialTrainer(**own, loss="nll").train([Lane(0, point, seed)], data, go_on)
    return trained


def train(point, data, *, seed=5, on_epoch=go_on, task="multiclass", **own):
    [trained] = trainer(task, **own).train([Lane(0, point, seed)], data, on_epoch)
    return trained


def assert_same_weights(left, right):
    assert left.keys() == right.keys()
    for name in left:
        assert torch.equal(left[name], right[name]), name


def by_hand(
    make_module,
    make_optimizer,
    data,
    *,
    seed=5,
    epochs=3,
    make_scheduler=None,
    per="update",
    smoothing=0.0,
    measure=F.cross_entropy,
):
    """The loop as a lesson writes it: the curve, and the weights after each epoch."""
    n, size = len(data.train), 64
    curve, weights = [], []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        module = make_module()
        optimizer = make_optimizer(module.parameters())
        scheduler = make_scheduler(optimizer) if make_scheduler else None
        criterion = nn.CrossEntropyLoss(label_smoothing=smoothing) if smoothing else measure
        for epoch in range(1, epochs + 1):
            module.train()
            total, right = 0.0, 0
            for chosen in order(n, ORDER_SEED, epoch).split(size):
                x, y = data.train.x[chosen], data.train.y[chosen]
                logits = module(x)
                loss = criterion(logits, y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if scheduler and per == "update":
                    scheduler.step()
                total += loss.item() * len(y)
                right += (logits.argmax(1) == y).sum().item()
            if scheduler and per == "epoch":
                scheduler.step()
            module.eval()
            with torch.no_grad():
                logits = module(data.validation.x)
                validation_loss = measure(logits, data.validation.y).item()
                accuracy = (logits.argmax(1) == data.validation.y).float().mean().item()
            curve.append(Epoch(epoch, total / n, right / n, validation_loss, accuracy))
            weights.append({name: value.clone() for name, value in module.state_dict().items()})
    return curve, weights


def assert_same_curve(curve, expected):
    """Equal but for the order in which doubles are added up, and accuracy in float32."""
    assert len(curve) == len(expected)
    for ours, theirs in zip(curve, expected, strict=True):
        assert ours.epoch == theirs.epoch
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-12)  # 4e-16 seen
        assert ours.train_accuracy == theirs.train_accuracy
        assert ours.validation_loss == theirs.validation_loss
        assert ours.validation_accuracy == pytest.approx(theirs.validation_accuracy, rel=1e-6)


def lesson_net():
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 50), nn.ReLU(), nn.Linear(50, 20), nn.ReLU(), nn.Linear(20, 10)
    )


def test_a_net_that_ends_in_log_softmax_learns_by_nll_as_a_lesson_writes_it(digits):
    curve, weights = by_hand(
        lambda: lesson_net().append(nn.LogSoftmax(dim=1)), lesson_sgd, digits, measure=F.nll_loss
    )
    ours = trained_with_nll(LESSON, digits)
    assert_same_curve(ours.outcome.curve, curve)
    assert_same_weights(ours.weights, weights[ours.outcome.best.epoch - 1])


def lesson_sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9)


def net_with_noise():
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 50), nn.BatchNorm1d(50), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(50, 20), nn.BatchNorm1d(20), nn.ReLU(), nn.Dropout(0.3),
        nn.Linear(20, 10),
    )  # fmt: skip


UPDATES = 8  # of an epoch: 500 examples, 64 a time
SGD, SCHEDULES = torch.optim.SGD, torch.optim.lr_scheduler
TWINS = {
    "the lesson's net": ({}, {}),
    "dropout and batch norm": ({"dropout": 0.3, "batch_norm": True}, {"make_module": net_with_noise}),
    "label smoothing": ({"label_smoothing": 0.1}, {"smoothing": 0.1}),
    "nesterov and weight decay": (
        {"nesterov": True, "weight_decay": 1e-2},
        {"make_optimizer": lambda p: SGD(p, lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-2)},
    ),
    "nesterov without momentum": (
        {"nesterov": True, "momentum": 0.0}, {"make_optimizer": lambda p: SGD(p, lr=0.05)},
    ),
    "adam": (
        {"optimizer": "adam", "lr": 1e-2, "weight_decay": 1e-2},
        {"make_optimizer": lambda p: torch.optim.Adam(p, lr=1e-2, weight_decay=1e-2, fused=True)},
    ),
    "adamw": (
        {"optimizer": "adamw", "lr": 1e-2, "weight_decay": 1e-1},
        {"make_optimizer": lambda p: torch.optim.AdamW(p, lr=1e-2, weight_decay=1e-1, fused=True)},
    ),
    "rmsprop": (
        {"optimizer": "rmsprop", "lr": 1e-3, "weight_decay": 1e-2},
        {"make_optimizer": lambda p: torch.optim.RMSprop(p, lr=1e-3, weight_decay=1e-2)},
    ),
    "cosine": (
        {"lr_schedule": "cosine"}, {"make_scheduler": lambda o: SCHEDULES.CosineAnnealingLR(o, 3 * UPDATES)},
    ),
    "one-cycle": (
        {"lr_schedule": "one-cycle"},
        {"make_scheduler": lambda o: SCHEDULES.OneCycleLR(o, 0.05, total_steps=3 * UPDATES, cycle_momentum=False)},
    ),
    "step": (
        {"lr_schedule": "step", "lr_step": 1, "lr_factor": 0.5},
        {"make_scheduler": lambda o: SCHEDULES.StepLR(o, 1, 0.5), "per": "epoch"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "twin"), TWINS.values(), ids=TWINS)
def test_a_trial_is_the_loop_written_by_hand_to_the_last_weight(changes, twin, digits):
    parts = {"make_module": lesson_net, "make_optimizer": lesson_sgd} | twin
    curve, weights = by_hand(data=digits, **parts)
    trained = train(LESSON | changes, digits)
    assert trained.outcome.ended == "complete"
    assert trained.outcome.reason == ""
    assert_same_curve(trained.outcome.curve, curve)
    assert_same_weights(trained.weights, weights[trained.outcome.best.epoch - 1])


def test_fused_adam_is_adam_up_to_rounding(digits):
    curve, weights = by_hand(lesson_net, lambda p: torch.optim.Adam(p, lr=1e-3, fused=False), digits, epochs=1)
    trained = train(LESSON | {"optimizer": "adam", "lr": 1e-3, "epochs": 1}, digits)
    assert trained.outcome.curve[0].validation_loss == pytest.approx(curve[0].validation_loss, rel=1e-5)
    for name, weight in weights[0].items():
        torch.testing.assert_close(trained.weights[name], weight, rtol=0, atol=1e-6)


class ConvolutionsByHand(nn.Module):
    """As lessons write it: dropout and pooling before ReLU."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 6, 3), nn.Conv2d(6, 8, 2)
        self.fc1, self.fc2 = nn.Linear(8, 20), nn.Linear(20, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(F.dropout2d(self.conv2(x), 0.25, self.training), 2))
        return self.fc2(F.relu(self.fc1(x.flatten(1))))


CONVOLUTIONS = {
    "blocks": 2,
    "channels": [6, 8],
    "kernel": [3, 2],
    "conv_dropout": [0.0, 0.25],
    "depth": 1,
    "units": 20,
}
CONVOLUTIONS |= {"optimizer": "sgd", "lr": 0.05, "momentum": 0.9, "batch_size": 64, "epochs": 3}


def test_a_cnn_is_the_lesson_s_in_torch_s_channels_last_to_the_last_weight(digits):
    curve, weights = by_hand(lambda: ConvolutionsByHand().to(memory_format=torch.channels_last), lesson_sgd, digits)
    trained = train(CONVOLUTIONS, digits, own="cnn")
    assert_same_curve(trained.outcome.curve, curve)
    best = weights[trained.outcome.best.epoch - 1]
    for mine, theirs in zip(trained.weights.values(), best.values(), strict=True):
        assert torch.equal(mine, theirs)
        assert mine.is_contiguous()


def test_the_layout_of_a_cnn_s_weights_changes_nothing_but_rounding(digits):
    double = [Part(part.x.double(), part.y) for part in (digits.train, digits.validation)]
    data = Splits(*double, digits.info)
    _, weights = by_hand(lambda: ConvolutionsByHand().double(), lesson_sgd, data)
    trained = train(CONVOLUTIONS, data, own="cnn")
    best = weights[trained.outcome.best.epoch - 1]
    for mine, theirs in zip(trained.weights.values(), best.values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)


def test_a_linear_model_is_trained_as_the_mlp_of_depth_0(digits):
    point = {"optimizer": "sgd", "lr": 0.05, "batch_size": 64, "epochs": 2}
    linear, flat = train(point, digits, own="linear"), train(point | {"depth": 0}, digits)
    assert linear.outcome.curve == flat.outcome.curve
    assert_same_weights(linear.weights, flat.weights)


NOISY = LESSON | {"dropout": 0.3, "batch_norm": True, "epochs": 2}
LANES = [Lane(3, NOISY, 30), Lane(4, NOISY, 40), Lane(7, NOISY | {"batch_size": 32, "optimizer": "adam"}, 70)]


@pytest.mark.parametrize("cohort", [LANES, LANES[::-1]], ids=["in order", "backwards"])
def test_a_lane_learns_in_company_what_it_learns_alone(cohort, digits):
    together = {trained.outcome.number: trained for trained in trainer().train(cohort, digits, go_on)}
    assert together[3].outcome.curve != together[4].outcome.curve  # another seed, another trial
    for lane in cohort:
        [alone] = trainer().train([lane], digits, go_on)
        assert together[lane.number].outcome.curve == alone.outcome.curve
        assert_same_weights(together[lane.number].weights, alone.weights)


def test_what_the_caller_draws_changes_no_trial_and_is_changed_by_none(digits):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        expected = torch.rand(3)
        torch.manual_seed(1)
        first = train(NOISY, digits)
        assert torch.equal(torch.rand(3), expected)
        second = train(NOISY, digits)
    assert first.outcome.curve == second.outcome.curve


def test_each_epoch_is_told_and_the_curve_is_what_was_told(digits):
    told = []
    trained = train(LESSON, digits, on_epoch=lambda ended: told.append(ended) or ())
    assert [list(ended) for ended in told] == [[0], [0], [0]]
    assert tuple(ended[0] for ended in told) == trained.outcome.curve
    assert trained.outcome.parameters == 64 * 50 + 50 + 50 * 20 + 20 + 20 * 10 + 10
    assert 0 < trained.outcome.seconds < 60


def test_a_lane_that_is_dropped_ends_pruned_and_the_others_go_on(digits):
    ended = [t.outcome for t in trainer().train(LANES, digits, lambda _: {4})]
    assert [(o.number, o.ended, len(o.curve)) for o in ended] == [
        (3, "complete", 2), (4, "pruned", 1), (7, "complete", 2),
    ]  # fmt: skip
    assert ended[1].reason == "stopped after epoch 1 of 2"


def test_a_drop_after_the_last_epoch_comes_too_late(digits):
    trained = train(LESSON, digits, on_epoch=lambda ended: {0} if ended[0].epoch == 3 else set())
    assert trained.outcome.ended == "complete"
    assert len(trained.outcome.curve) == 3


@pytest.mark.parametrize(
    ("lr", "reason"),
    [
        (1e6, "training loss was (nan|inf) in epoch 1"),
        (5.0, r"training loss was 4\.81e\+03 in epoch 1; guessing has 2\.3"),
    ],
)
def test_a_trial_that_blows_up_ends_diverged_at_once(lr, reason, digits):
    told = []
    trained = train(LESSON | {"lr": lr}, digits, on_epoch=lambda ended: told.append(ended) or ())
    assert trained.outcome.ended == "diverged"
    assert re.fullmatch(reason, trained.outcome.reason)
    assert len(trained.outcome.curve) == 1
    assert trained.weights is None
    assert told == []


def test_a_bad_epoch_is_not_yet_divergence(digits):
    outcome = train(LESSON | {"lr": 2.0}, digits).outcome
    assert outcome.ended == "complete"
    assert 4 * 2.3 < max(epoch.train_loss for epoch in outcome.curve) < 10 * 2.3


def test_a_validation_loss_that_is_no_number_ends_the_trial(digits):
    x = digits.validation.x.clone()
    x[-1] = torch.inf
    trained = train(LESSON, Splits(digits.train, Part(x, digits.validation.y), digits.info))
    assert trained.outcome.ended == "diverged"
    assert trained.outcome.reason == "validation loss was nan in epoch 1"


OWN = """
from torch import nn

class Net(nn.Module):
    def __init__(self, units, mood):
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, units), nn.ReLU(), nn.Linear(units, 10))
        self.mood, self.updates = mood, 0

    def forward(self, x):
        self.updates += self.training
        if self.updates <= 8:  # in the first epoch
            return self.net(x)
        if self.mood == "interrupted":
            raise KeyboardInterrupt
        if self.mood == "fails":
            raise RuntimeError("out of luck\\nand of words")
        return self.net(x) * (float("nan") if self.mood == "nan" else 1)

def build(units, mood="well"):
    if mood == "never":
        raise ValueError()
    return Net(units, mood)
"""


@pytest.fixture
def own(tmp_path):
    (tmp_path / "net.py").write_text(OWN)
    return {"own": "net.py:build", "folder": tmp_path}


def moody(mood):
    return {"units": 16, "mood": mood, "optimizer": "sgd", "lr": 0.05, "epochs": 3}


def test_a_trial_that_diverges_later_keeps_its_best_epoch(own, digits):
    diverged, well = train(moody("nan"), digits, **own), train(moody("well") | {"epochs": 1}, digits, **own)
    assert (diverged.outcome.ended, diverged.outcome.reason) == ("diverged", "training loss was nan in epoch 2")
    assert diverged.outcome.curve[0] == well.outcome.curve[0]
    assert len(diverged.outcome.curve) == 2
    assert_same_weights(diverged.weights, well.weights)


def test_a_lane_that_fails_leaves_the_others_alone(own, digits):
    lanes = [Lane(i, moody(mood), 1) for i, mood in enumerate(["never", "fails", "well"])]
    never, fails, well = trainer(**own).train(lanes, digits, go_on)
    assert (never.outcome.ended, never.outcome.reason, never.weights) == ("failed", "ValueError", None)
    assert (fails.outcome.ended, fails.outcome.reason) == ("failed", "RuntimeError: out of luck")
    assert len(fails.outcome.curve) == 1
    assert (well.outcome.ended, len(well.outcome.curve)) == ("complete", 3)


def test_an_interruption_passes_through(own, digits):
    with pytest.raises(KeyboardInterrupt):
        train(moody("interrupted"), digits, **own)


def test_what_the_caller_raises_is_not_the_lanes_failure(digits):
    def full_disk(_ended):
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        train(LESSON, digits, on_epoch=full_disk)


def test_the_weights_are_those_of_the_earliest_best_epoch_and_reproduce_its_numbers(digits):
    trained = train(LESSON | {"lr": 0.2, "epochs": 8, "batch_norm": True}, digits)
    curve = trained.outcome.curve
    accuracies = [epoch.validation_accuracy for epoch in curve]
    best = curve[accuracies.index(max(accuracies))]
    assert best.epoch < 8
    assert trained.outcome.best == best
    with torch.random.fork_rng(devices=[]):
        module = family.build("mlp", LESSON | {"batch_norm": True}, (1, 8, 8), 10, folder=Path())
    module.load_state_dict(trained.weights)
    assert evaluate(module, digits.validation, "multiclass") == (best.validation_loss, best.validation_accuracy)


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_every_task_is_learned(task):
    data = synthetic(task)
    point = {"depth": 1, "units": 32, "optimizer": "adam", "lr": 1e-2, "epochs": 15}
    outcome = train(point, data, task=task).outcome
    chance = {"binary": 0.5, "multiclass": 1 / 3, "multilabel": 1 / 8}[task]
    assert outcome.ended == "complete"
    assert outcome.curve[-1].validation_accuracy > chance + 0.3
    assert outcome.curve[-1].train_loss < 0.6 * outcome.curve[0].train_loss


@pytest.mark.parametrize("task", ["binary", "multilabel"])
def test_a_part_is_evaluated_per_example_however_it_is_cut(task):
    data = synthetic(task, n=2 * CHUNK + 300)
    part = data.validation
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module = nn.Sequential(nn.Linear(5, data.info.outputs), nn.Dropout(0.9))
    loss, accuracy = evaluate(module, part, task)
    logits = module.eval()(part.x).detach()
    y = part.y.view(len(part), -1)
    each = y * F.softplus(-logits) + (1 - y) * F.softplus(logits)
    assert loss == pytest.approx(each.double().mean().item(), rel=1e-6)
    assert accuracy == ((logits > 0) == (y > 0.5)).all(1).double().mean().item()


@pytest.mark.parametrize("n", [1, 63, 64, 65, 66, 129, 200])
@pytest.mark.parametrize("schedule", ["cosine", "one-cycle"])
def test_a_schedule_ends_with_the_last_minibatch(n, schedule, monkeypatch):
    rates = []

    class Watched(torch.optim.SGD):
        def step(self, *args, **kwargs):
            rates.append(self.param_groups[0]["lr"])
            return super().step(*args, **kwargs)

    monkeypatch.setattr(torch.optim, "SGD", Watched)
    data = synthetic("multiclass")
    data = Splits(Part(data.train.x[:n], data.train.y[:n]), data.validation, data.info)
    train({"optimizer": "sgd", "lr": 0.1, "lr_schedule": schedule, "epochs": 2}, data)
    updates = 2 * len(list(minibatches(data.train, 64, 0, 1)))
    assert len(rates) == updates
    if updates > 2:
        last = 0.05 * (1 + torch.cos(torch.tensor((updates - 1) / updates * torch.pi)).item())
        assert rates[-1] == pytest.approx(last if schedule == "cosine" else 4e-7, rel=1e-4)


@pytest.mark.parametrize(("standardize", "low", "high"), [(False, 0.85, 0.89), (True, 0.90, 0.93)])
def test_the_hand_made_net_reaches_on_mnist_what_it_is_known_to_reach(
    standardize, low, high, image_data, monkeypatch
):
    monkeypatch.setenv("WORKBENCH_DATA", str(image_data))
    data, _ = splits.load(
        "mnist", task="multiclass", train=4096, validation=1024, test=None, standardize=standardize
    )
    point = LESSON | {"lr": 0.01, "epochs": 5}
    lanes = [Lane(seed, point, seed) for seed in range(5)]
    accuracies = [t.outcome.curve[-1].validation_accuracy for t in trainer().train(lanes, data, go_on)]
    assert low < statistics.median(accuracies) < high, accuracies


@pytest.fixture
def cuda():
    if not torch.cuda.is_available():
        pytest.skip("needs a CUDA device, and torch sees none here")
    return torch.device("cuda", 0)


@pytest.mark.gpu
def test_a_gpu_learns_what_a_cpu_learns_and_keeps_its_generator(cuda, digits):
    parts = [Part(part.x.to(cuda), part.y.to(cuda)) for part in (digits.train, digits.validation)]
    there = Splits(*parts, digits.info)
    before = torch.cuda.get_rng_state(cuda)
    on_gpu, on_cpu = train(LESSON, there, device=cuda), train(LESSON, digits)
    for ours, theirs in zip(on_gpu.outcome.curve, on_cpu.outcome.curve, strict=True):
        assert ours.train_loss == pytest.approx(theirs.train_loss, rel=1e-3)
        assert ours.validation_accuracy == pytest.approx(theirs.validation_accuracy, abs=0.02)
    assert {value.device.type for value in on_gpu.weights.values()} == {"cpu"}
    again = [train(NOISY, there, device=cuda) for _ in range(2)]
    assert again[0].outcome.curve == again[1].outcome.curve
    assert torch.equal(before, torch.cuda.get_rng_state(cuda))
