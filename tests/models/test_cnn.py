import pytest
import torch
import torch.nn.functional as F
from torch import nn

from workbench.errors import WorkbenchError
from workbench.models import cnn
from workbench.study.space import Choice, Fixed, IntRange

LESSON = {"blocks": 2, "channels": [10, 20], "kernel": 5, "conv_dropout": [0.0, 0.25], "depth": 1, "units": 100}


@pytest.fixture(autouse=True)
def _own_generator():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


class ByHand(nn.Module):
    """The first CNN of many lessons: convolution, dropout of channels, pooling, ReLU, in that order."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 10, kernel_size=5)
        self.conv2 = nn.Conv2d(10, 20, kernel_size=5)
        self.drop = nn.Dropout2d(0.25)
        self.fc1 = nn.Linear(320, 100)
        self.fc2 = nn.Linear(100, 10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.drop(self.conv2(x)), 2))
        return self.fc2(F.relu(self.fc1(x.view(-1, 320))))


def names(module):
    return [type(layer).__name__ for layer in module]


def trained(module, steps=5):
    """Its weights after some steps, dropout at work; the images and the masks are the same each time."""
    images = torch.rand(32, 1, 28, 28, generator=torch.Generator().manual_seed(1))
    labels = torch.randint(10, (32,), generator=torch.Generator().manual_seed(2))
    torch.manual_seed(3)
    optimizer = torch.optim.SGD(module.parameters(), 0.05, momentum=0.9)
    for _ in range(steps):
        loss = F.cross_entropy(module(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [weight.detach() for weight in module.parameters()]


def test_the_net_of_the_lesson_is_the_same_net_written_by_hand():
    built = cnn.build(LESSON, (1, 28, 28), 10)
    torch.manual_seed(0)
    by_hand = ByHand()
    mine, theirs = built.state_dict(), by_hand.state_dict()
    assert len(mine) == len(theirs) == 8
    for name, (weight, other) in enumerate(zip(mine.values(), theirs.values(), strict=True)):
        assert torch.equal(weight, other), name


def test_it_learns_as_the_net_of_the_lesson_does_although_that_drops_and_pools_before_relu():
    built = trained(cnn.build(LESSON, (1, 28, 28), 10))
    torch.manual_seed(0)
    by_hand = trained(ByHand())
    before = cnn.build(LESSON, (1, 28, 28), 10).parameters()
    assert not any(torch.equal(weight, first) for weight, first in zip(built, before, strict=True))
    for weight, other in zip(built, by_hand, strict=True):
        assert torch.equal(weight, other)


def test_every_word_has_its_place():
    point = {
        "blocks": 2, "channels": 4, "kernel": [5, 3], "padding": "same", "pool": [2, 1], "conv_dropout": 0.1,
        "activation": "tanh", "batch_norm": True, "depth": 1, "units": 8, "dropout": 0.3,
    }  # fmt: skip
    built = cnn.build(point, (3, 9, 8), 2)
    assert names(built) == [
        "Conv2d", "BatchNorm2d", "Tanh", "MaxPool2d", "Dropout2d",
        "Conv2d", "BatchNorm2d", "Tanh", "Dropout2d",
        "Flatten", "Linear", "BatchNorm1d", "Tanh", "Dropout", "Linear",
    ]  # fmt: skip
    assert (built[0].in_channels, built[0].out_channels, built[0].kernel_size, built[0].padding) == (
        3,
        4,
        (5, 5),
        (2, 2),
    )
    assert (built[5].in_channels, built[5].kernel_size, built[5].padding) == (4, (3, 3), (1, 1))
    assert (built[4].p, built[13].p) == (0.1, 0.3)
    assert built[10].in_features == 4 * 4 * 4  # 9x8, halved once
    assert built(torch.rand(2, 3, 9, 8)).shape == (2, 2)


def test_images_without_channels_have_one():
    built = cnn.build({"blocks": 1, "depth": 0}, (6, 8), 3)
    assert built(torch.rand(5, 6, 8)).shape == (5, 3)
    torch.manual_seed(0)
    with_channel = cnn.build({"blocks": 1, "depth": 0}, (1, 6, 8), 3)
    x = torch.rand(5, 6, 8)
    assert torch.equal(built(x), with_channel(x.unsqueeze(1)))


@pytest.mark.parametrize("weight_init", ["kaiming-normal", "xavier-uniform", "orthogonal"])
def test_initial_weights_are_those_of_the_convolutions_too(weight_init):
    plain = cnn.build({"depth": 0}, (1, 28, 28), 10)
    torch.manual_seed(0)
    other = cnn.build({"depth": 0, "weight_init": weight_init}, (1, 28, 28), 10)
    assert not torch.equal(plain[0].weight, other[0].weight)
    assert other[0].bias.count_nonzero() == 0


def test_shapes_are_those_of_the_network():
    assert cnn.shapes(LESSON, (1, 28, 28)) == [(1, 28, 28), (10, 12, 12), (20, 4, 4)]


@pytest.mark.parametrize(
    ("space", "shape", "words"),
    [
        (
            {"blocks": IntRange(int=(1, 3)), "kernel": Fixed(value=5)},
            (1, 28, 28),
            ["block 3: a kernel of 5 does not fit its 4×4 input", "28×28 -> 12×12 -> 4×4", "at most 2 blocks",
             'padding = "same"'],
        ),
        (
            {"blocks": Fixed(value=1), "kernel": Choice(choice=[3, 9], per="blocks")},
            (8, 8),
            ["block 1: a kernel of 9 does not fit its 8×8 input"],
        ),
        (
            {"blocks": Fixed(value=4), "padding": Fixed(value="same")},
            (1, 8, 8),
            ["block 4: pooling by 2 leaves nothing of the 1×1", "at most 3 blocks"],
        ),
        (
            {"padding": Choice(choice=["none", "same"]), "kernel": Choice(choice=[2, 3])},
            (1, 28, 28),
            ["space.kernel: 2 cannot keep an image's size", "kernel = { choice = [3, 5] }"],
        ),
        (
            {"deep": Choice(choice=[False, True]), "blocks": IntRange(int=(3, 4), when={"deep": True})},
            (1, 12, 12),
            ["block 3: a kernel of 3 does not fit its 1×1 input"],
        ),
        ({"lr": Fixed(value=0.1)}, (784,), ["shape [784]", "x.reshape(-1, 1, 28, 28)", "for the mlp"]),
        ({"lr": Fixed(value=0.1)}, (3, 4, 5, 6), ["shape [3, 4, 5, 6]", "[channels, H, W]"]),
    ],
    ids=["kernel", "largest of a list", "pooling", "even kernel", "behind a condition", "rows", "videos"],
)  # fmt: skip
def test_what_does_not_fit_somewhere_in_the_space_is_one_message(space, shape, words):
    with pytest.raises(WorkbenchError) as caught:
        cnn.check(space, shape)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize(
    "space",
    [
        {"blocks": IntRange(int=(1, 3)), "kernel": Choice(choice=[3, 5]), "padding": Fixed(value="same")},
        {"blocks": IntRange(int=(1, 3)), "kernel": Choice(choice=[3, 5], when={"blocks": [1, 2]})},
        {"blocks": IntRange(int=(1, 3)), "kernel": Fixed(value=3), "pool": Choice(choice=[1, 2])},
        {"padding": Choice(choice=["none", "same"]), "kernel": Choice(choice=[2, 4], when={"padding": "none"})},
    ],
    ids=["same", "large kernels of shallow networks alone", "little pooling", "even kernels without padding"],
)
def test_a_space_that_fits_passes(space):
    cnn.check(space, (1, 28, 28))


def test_one_value_per_block_or_an_error():
    with pytest.raises(WorkbenchError, match=r"space\.channels: 2 values \[8, 16\] for blocks = 3"):
        cnn.build({"blocks": 3, "channels": [8, 16]}, (1, 28, 28), 10)
