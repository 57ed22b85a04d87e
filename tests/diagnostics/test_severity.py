"""What is an error in one script is a warning, and told in other words, where the script means or outlives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.diagnostics.engine import judge
from workbench.diagnostics.findings import Finding
from workbench.diagnostics.rule import find
from workbench.diagnostics.runner import Runner

FROZEN = """
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 16), nn.ReLU())
        self.head = nn.Linear(16, 2)
    def forward(self, x):
        with torch.no_grad():
            features = self.body(x)
        return self.head(features)
net = Net()
{before}optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(10):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
net.eval()
"""

EQUAL = """
import torch
from torch import nn
torch.manual_seed(0)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
net = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 2))
{fill}optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(10):
    optimizer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()
"""


def only(rule: str, text: str, tmp_path: Path, runner: Runner) -> Finding:
    """The one finding of a rule."""
    path = tmp_path / "train.py"
    path.write_text(text, encoding="utf-8")
    (finding,) = judge(runner.run(path).trace, [find(rule)])[0]
    return finding


@pytest.mark.parametrize(("before", "severity"), [("", "error"), ("net.body.eval()\n", "warning")])
def test_a_part_without_gradients_is_meant_so_where_it_alone_is_in_evaluation_mode(
    before: str, severity: str, tmp_path: Path, runner: Runner
) -> None:
    finding = only("no-gradient", FROZEN.format(before=before), tmp_path, runner)
    assert finding.severity == severity


@pytest.mark.parametrize(
    ("layers", "severity", "told"),
    [
        ((0, 2), "error", "are equal still after 10 steps: they get equal gradients"),
        ((0,), "warning", "they have parted since"),
    ],
    ids=["the next layer is equal, too", "the next layer tells them apart"],
)
def test_units_that_begin_as_one_are_said_to_stay_one_only_where_they_do(
    layers: tuple[int, ...], severity: str, told: str, tmp_path: Path, runner: Runner
) -> None:
    fill = "nn.init.zeros_(net[0].bias)\n" + "".join(
        f"nn.init.constant_(net[{layer}].weight, 0.1)\n" for layer in layers
    )
    finding = only("symmetric-init", EQUAL.format(fill=fill), tmp_path, runner)
    assert finding.severity == severity
    assert told in finding.message
