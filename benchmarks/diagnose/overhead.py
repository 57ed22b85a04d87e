"""What it costs a script to be watched: steps that are recorded beside the same steps as they are.

    python benchmarks/diagnose/overhead.py [--rounds 7] [--steps 200] [NAME ...]

Each script trains from the same seed, plain and recorded in turn, in one process with one thread. A row gives the
median over the rounds of recorded / plain, for all the steps, for the first 20 (each is looked at closely) and for
those after (one in twenty is), with the milliseconds of a plain step. Seconds are those of the processor, so that
other work on the machine counts less. The promise is 2 for all the steps. A last column says whether the losses of
both were the same to the last bit.
"""
# ruff: noqa: T201 - a benchmark prints

from __future__ import annotations

import argparse
import contextlib
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from workbench.diagnostics.recorder.session import DETAILED, Recorder, Stop

Net = Callable[[], nn.Module]


@dataclass(frozen=True)
class Script:
    """A network, the shape of one example (int64 below `words`, where that is given), and a minibatch."""

    net: Net
    shape: tuple[int, ...]
    batch: int
    optimizer: Callable[..., torch.optim.Optimizer]
    lr: float
    words: int | None = None


class Lstm(nn.Module):
    """Its last state, scored."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(16, 64, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T, 16] -> [B, 10]."""
        states, _ = self.lstm(x)
        scores: Tensor = self.head(states[:, -1])
        return scores


class Transformer(nn.Module):
    """Two encoder layers over words, the mean scored."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(100, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2)
        self.head = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> Tensor:
        """[B, T] -> [B, 10]."""
        scores: Tensor = self.head(self.encoder(self.embedding(x)).mean(1))
        return scores


def tiny() -> nn.Module:
    """Two inputs, ten hidden units."""
    return nn.Sequential(nn.Linear(2, 10), nn.ReLU(), nn.Linear(10, 10))


def mlp() -> nn.Module:
    """The lessons' digit classifier."""
    return nn.Sequential(nn.Linear(784, 50), nn.ReLU(), nn.Linear(50, 20), nn.ReLU(), nn.Linear(20, 10))


def deep() -> nn.Module:
    """Eight narrow layers with batch normalisation: many small calls."""
    layers: list[nn.Module] = [nn.Linear(784, 64)]
    for _ in range(7):
        layers += [nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 64)]
    return nn.Sequential(*layers, nn.ReLU(), nn.Linear(64, 10))


def cnn() -> nn.Module:
    """Two convolutions."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 10),
    )  # fmt: skip


SGD, ADAM = torch.optim.SGD, torch.optim.Adam
SCRIPTS = {
    "tiny MLP 2-10-10, batch 32": Script(tiny, (2,), 32, SGD, 0.1),
    "MLP 784-50-20-10, batch 64": Script(mlp, (784,), 64, SGD, 0.05),
    "MLP of 9 layers with batch norm, batch 64": Script(deep, (784,), 64, ADAM, 1e-3),
    "CNN 28x28, batch 64": Script(cnn, (1, 28, 28), 64, ADAM, 1e-3),
    "LSTM 16-64 over 30 steps, batch 32": Script(Lstm, (30, 16), 32, ADAM, 1e-3),
    "transformer of 2 layers, 32 words, batch 16": Script(Transformer, (32,), 16, ADAM, 1e-3, words=100),
}


def train(script: Script, steps: int) -> tuple[list[float], list[float]]:
    """A loop as users write it: processor seconds at the end of each step (and at the start), and the losses."""
    torch.manual_seed(0)
    y = torch.randint(0, 10, (2000,))
    x = torch.randn(2000, *script.shape) if script.words is None else torch.randint(0, script.words, (2000, 32))
    model = script.net()
    loader = DataLoader(TensorDataset(x, y), batch_size=script.batch, shuffle=True)
    criterion = nn.CrossEntropyLoss()
    optimizer = script.optimizer(model.parameters(), lr=script.lr)
    losses: list[float] = []
    clock = [time.process_time()]
    while True:
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            clock.append(time.process_time())
            if len(losses) == steps:
                return clock, losses


@contextlib.contextmanager
def watched(steps: int) -> Iterator[None]:
    """As `workbench diagnose` watches a script."""
    with contextlib.suppress(Stop), Recorder("overhead", steps=steps + 1, capture=True):
        yield


def compare(script: Script, rounds: int, steps: int) -> tuple[dict[str, float], bool]:
    """Medians of recorded / plain, the plain step in milliseconds, and whether the losses are the same bits."""
    train(script, 20)  # warm
    ratios: dict[str, list[float]] = {"all": [], "first": [], "later": [], "ms": []}
    same = True
    for _ in range(rounds):
        plain, expected = train(script, steps)
        with watched(steps):
            seen, losses = train(script, steps)
        same = same and losses == expected
        for name, (start, end) in {"all": (0, steps), "first": (0, DETAILED), "later": (DETAILED, steps)}.items():
            ratios[name].append((seen[end] - seen[start]) / (plain[end] - plain[start]))
        ratios["ms"].append(1000 * (plain[steps] - plain[0]) / steps)
    return {name: statistics.median(values) for name, values in ratios.items()}, same


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("names", nargs="*", help="only scripts whose name holds one of these")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--steps", type=int, default=200)
    wanted = options.parse_args()
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, Python {platform.python_version()}, {wanted.steps} steps\n")
    print(f"| script | plain, ms a step | all | first {DETAILED} | later | same losses |")
    print("|---|---|---|---|---|---|")
    for name, script in SCRIPTS.items():
        if not wanted.names or any(part.lower() in name.lower() for part in wanted.names):
            ratio, same = compare(script, wanted.rounds, wanted.steps)
            numbers = " | ".join(f"{ratio[part]:.2f}" for part in ("ms", "all", "first", "later"))
            print(f"| {name} | {numbers} | {'yes' if same else 'NO'} |", flush=True)


if __name__ == "__main__":
    main()
