"""Each shipped lesson's point is the lesson: the same weights as its network and loop, written by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.tuning.test_engine import Recorder, options, study
from workbench.data.minibatches import order
from workbench.data.splits import DataInfo, Part, Splits
from workbench.study import shelf
from workbench.study.load import load
from workbench.study.seeds import derive
from workbench.study.spec import StudySpec
from workbench.tuning import engine, examples, final
from workbench.tuning.serial_trainer import SerialTrainer
from workbench.tuning.trainer import Lane

Loss = Callable[[Tensor, Tensor], Tensor]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def shipped(name: str) -> StudySpec:
    (path,) = [path for path in shelf.shipped() if path.stem == name]
    return load(str(path))


class Digits(nn.Module):
    """784-50-20-10."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(784, 50), nn.Linear(50, 20), nn.Linear(20, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = x.view(-1, 784)
        return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))


class Rings0(nn.Module):
    """2-5-1 without a nonlinearity."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_1, self.layer_2 = nn.Linear(2, 5), nn.Linear(5, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer_2(self.layer_1(x))


class Rings1(nn.Module):
    """2-10-10-1 without a nonlinearity, and with ReLU."""

    def __init__(self, relu: bool = False) -> None:
        super().__init__()
        self.layer_1, self.layer_2, self.layer_3 = nn.Linear(2, 10), nn.Linear(10, 10), nn.Linear(10, 1)
        self.between = nn.ReLU() if relu else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.layer_3(self.between(self.layer_2(self.between(self.layer_1(x)))))


class Blobs(nn.Module):
    """2-8-8-4."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4))

    def forward(self, x: Tensor) -> Tensor:
        return self.stack(x)


def bce(logits: Tensor, y: Tensor) -> Tensor:
    return nn.BCEWithLogitsLoss()(logits.squeeze(), y)


def by_hand(
    make: Callable[[], nn.Module],
    criterion: Loss,
    data: Part,
    *,
    lr: float,
    momentum: float = 0.0,
    batch: int,
    epochs: int,
    seed: int,
    order_seed: int,
) -> nn.Module:
    """A loop as lessons have it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = make()
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=momentum)
        for epoch in range(1, epochs + 1):
            model.train()
            for rows in order(len(data.x), order_seed, epoch).split(batch):
                loss = criterion(model(data.x[rows]), data.y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    return model


LESSONS = [
    ("mnist-small", 0, Digits, nn.CrossEntropyLoss(), {"lr": 0.01, "momentum": 0.9, "batch": 64, "epochs": 5}),
    ("circles", 0, Rings0, bce, {"lr": 0.1, "batch": 32, "epochs": 100}),
    ("circles", 1, Rings1, bce, {"lr": 0.1, "batch": 32, "epochs": 100}),
    ("circles", 2, lambda: Rings1(relu=True), bce, {"lr": 0.1, "batch": 32, "epochs": 100}),
    ("blobs", 0, Blobs, nn.CrossEntropyLoss(), {"lr": 0.1, "batch": 32, "epochs": 100}),
]


@pytest.mark.parametrize(("name", "number", "make", "criterion", "said"), LESSONS)
def test_an_enqueued_point_is_the_lesson_to_the_last_weight(name, number, make, criterion, said):
    spec = shipped(name)
    data = images() if name == "mnist-small" else examples.load(spec, "cpu")[0]
    seed, order_seed = derive(spec.search.seed, "trial", number), derive(spec.search.seed, "order")
    trainer = SerialTrainer(task=spec.task, family="mlp", folder=Path(), order_seed=order_seed, device="cpu")
    trained = trainer.train_to(Lane(number, spec.enqueue[number].point, seed), data, said["epochs"])
    theirs = by_hand(make, criterion, data.train, **said, seed=seed, order_seed=order_seed)
    assert trained.weights is not None
    assert trained.outcome.curve[-1].epoch == spec.enqueue[number].point["epochs"]
    for ours, expected in zip(trained.weights.values(), theirs.state_dict().values(), strict=True):
        assert torch.equal(ours, expected)


def images() -> Splits:
    """Pictures of nothing, for the real ones need not be there: what is compared does not depend on them."""
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(640, 1, 28, 28, generator=generator), torch.randint(10, (640,), generator=generator)
    info = DataInfo("noise", "multiclass", False, (1, 28, 28), 10, 600, 40, 0, None, None, "")
    return Splits(Part(x[:600], y[:600]), Part(x[600:], y[600:]), info)


TINY = """
name = "small"
task = "multiclass"
[data]
source = "blobs"
train = 200
validation = 100
test = 300
[space]
depth = { int = [0, 1] }
units = 4
optimizer = "sgd"
lr = { float = [1e-4, 1e-3], log = true }
epochs = 1
[budget]
trials = 4
[search]
pruner = "none"
[[enqueue]]
name = "the lesson's"
depth = 2
units = 8
lr = 0.1
batch_size = 32
epochs = 7
[[enqueue]]
name = "near"
depth = 1
lr = 0.001
"""


def test_on_the_test_part_it_has_learned_from_what_the_recommended_one_learned_from_for_all_its_epochs(tmp_path):
    spec = study(tmp_path, TINY)
    ending = engine.tune(spec, options(tmp_path, confirm=False), Recorder())
    facts = ending.history.facts
    rows = ending.history.rows
    assert [(row.enqueued, row.outside) for row in rows] == [
        ("the lesson's", True),
        ("near", False),
        (None, False),
        (None, False),
    ]
    told = {one["trial"]: one for one in facts["enqueued"]}
    assert facts["openings"][0]["enqueued"] == list(told)
    assert facts["final"]["trial"] not in told
    assert set(told) | {facts["final"]["trial"]} >= {0, 1}
    other = 1 if 1 in told else 0
    if 0 in told:
        assert told[0]["epochs"] == 7
    data, sealed = examples.load(spec, torch.device("cpu"))
    whole, test = final.joined(data).train, sealed.open()
    makes = {0: Blobs, 1: lambda: nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 4))}
    said = {0: {"lr": 0.1, "batch": 32, "epochs": 7}, 1: {"lr": 0.001, "batch": 64, "epochs": 1}}[other]
    seeds = {"seed": derive(0, "final", 0), "order_seed": derive(0, "final", "order")}
    model = by_hand(makes[other], nn.CrossEntropyLoss(), whole, **said, **seeds)
    with torch.no_grad():
        accuracy = (model(test.x).argmax(1) == test.y).double().mean().item()
    assert told[other]["accuracy"] == pytest.approx(accuracy, abs=1e-12)
    assert told[other]["trained_on"] == "training and validation part"
