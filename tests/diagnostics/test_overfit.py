"""Can a network learn 64 examples: by heart, slowly, in part, or hardly at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

from workbench.data.image_files import read
from workbench.diagnostics.probes import overfit
from workbench.diagnostics.recorder.session import Recorder
from workbench.diagnostics.trace import Probe

MakeOptimizer = Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer]


def tried(x: Tensor, y: Tensor, make: Callable[[], nn.Module], optimizer: MakeOptimizer, seed: int = 0) -> Probe:
    """What the experiment says after two recorded steps."""
    with torch.random.fork_rng(), Recorder("here", capture=True) as recorder:
        torch.manual_seed(seed)
        net = make()
        kept = optimizer(net.parameters())
        for _ in range(2):
            kept.zero_grad()
            nn.functional.cross_entropy(net(x), y).backward()  # type: ignore[no-untyped-call]
            kept.step()
    with torch.random.fork_rng():
        return overfit(recorder)


def small(*sizes: int) -> Callable[[], nn.Module]:
    """A multilayer perceptron with ReLU."""
    pairs = list(pairwise(sizes))
    return lambda: nn.Sequential(*[layer for pair in pairs for layer in (nn.Linear(*pair), nn.ReLU())][:-1])


def circles(noise: float = 0.05) -> tuple[Tensor, Tensor]:
    """64 points on two circles: no straight line parts them."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(64) % 2
    angle = torch.rand(64, generator=generator) * 6.283
    x = torch.stack([angle.cos(), angle.sin()], 1) * (1.0 - 0.5 * y)[:, None]
    return x + noise * torch.randn(64, 2, generator=generator), y


SGD: MakeOptimizer = lambda held: torch.optim.SGD(held, lr=1.0)  # noqa: E731
SLOW: MakeOptimizer = lambda held: torch.optim.SGD(held, lr=1e-4)  # noqa: E731


@pytest.mark.parametrize(
    ("sizes", "optimizer", "verdict", "outcome", "words"),
    [
        ((2, 32, 2), SGD, "learned", "passed", "64 examples are learned by heart: loss 0."),
        ((2, 32, 2), SLOW, "slowly", "passed", "in 200 steps of your SGD 0.0001, but loss 0."),
        ((2, 2), SGD, "cannot", "failed", "hardly learned at all by 4 attempts; best: loss 0."),
    ],
    ids=["a sound network", "a rate that is too low", "no hidden layer"],
)
def test_what_cannot_learn_is_told_from_what_learns_slowly(
    sizes: tuple[int, ...], optimizer: MakeOptimizer, verdict: str, outcome: str, words: str
) -> None:
    probe = tried(*circles(), small(*sizes), optimizer)
    assert (probe.numbers["verdict"], probe.outcome) == (verdict, outcome), probe.detail
    assert words in probe.detail


def test_noisy_labels_on_few_features_are_learned_in_part_which_is_no_fault() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(64, 8, generator=generator)
    y = ((x[:, 0] + torch.randn(64, generator=generator)) > 0).long()
    probe = tried(x, y, small(8, 2), SGD)
    assert (probe.numbers["verdict"], probe.outcome) == ("partly", "failed"), probe.detail
    assert "learned in part only by 4 attempts" in probe.detail


@pytest.mark.parametrize("optimizer", [torch.optim.AdamW, torch.optim.RMSprop, torch.optim.NAdam])
def test_the_users_own_optimizer_can_be_made_again(optimizer: type[torch.optim.Optimizer]) -> None:
    probe = tried(*circles(), small(2, 32, 2), lambda held: optimizer(held, lr=0.01))  # type: ignore[call-arg]
    assert probe.numbers["attempts"][0]["by"] == f"your {optimizer.__name__} 0.01"
    assert probe.numbers["verdict"] == "learned"


@pytest.fixture(scope="module")
def digits() -> tuple[Tensor, Tensor]:
    """64 images of MNIST."""
    if not os.environ.get("WORKBENCH_DATA"):
        pytest.skip("needs MNIST in $WORKBENCH_DATA")
    images, labels, _, _ = read("MNIST", None)
    return images[:64].flatten(1), labels[:64]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("optimizer", "earliest", "latest"),
    [
        (lambda held: torch.optim.SGD(held, lr=0.01, momentum=0.9), 100, 200),
        (lambda held: torch.optim.Adam(held, lr=0.01), 20, 60),
    ],
    ids=["SGD 0.01/0.9", "Adam 0.01"],
)
def test_the_lessons_digits_are_learned_within_200_steps(
    optimizer: MakeOptimizer, earliest: int, latest: int, seed: int, digits: tuple[Tensor, Tensor]
) -> None:
    probe = tried(*digits, small(784, 50, 20, 10), optimizer, seed)
    assert probe.numbers["verdict"] == "learned", probe.detail
    assert probe.numbers["right"] >= 63 / 64  # 98.4 to 100 % seen: a tenth of the loss is enough
    assert earliest <= probe.numbers["steps"] <= latest
