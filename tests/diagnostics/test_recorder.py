"""The recorder changes no number, draws none, and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.modules import module as module_hooks
from torch.optim import optimizer as optimizer_hooks

from workbench.diagnostics.recorder.session import Recorder, Stop
from workbench.diagnostics.runner import Runner
from workbench.diagnostics.trace import from_json, to_json

HERE = Path(__file__).parent
SCRIPTS = sorted(
    path for folder in ("rules", "programs", "lessons", "clean") for path in (HERE / folder).rglob("*.py")
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_recorded_loss_is_bit_for_bit_that_of_the_plain_run(
    script: Path, diagnosed: Callable[..., Any], runner: Runner
) -> None:
    trace = diagnosed(script)[0].trace
    recorded = [call.value for call in trace.backwards if not call.slopes]
    plain = runner.run(script, mode="bare", steps=len(recorded), cwd=str(script.parent)).results["losses"]
    assert [str(value) for value in plain] == [str(value) for value in recorded]


SLOPES = {
    "torch.autograd.grad": "    loss = lossof(weights)\n    slopes = torch.autograd.grad(loss, weights)\n",
    "torch.func.grad_and_value": "    slopes, loss = torch.func.grad_and_value(lossof)(weights)\n",
    "torch.func.grad": "    slopes, loss = torch.func.grad(lossof)(weights), lossof(weights)\n",
}
BY_HAND = """
import torch
torch.manual_seed(0)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
weights = [torch.randn(4, 16) * 0.5, torch.zeros(16), torch.randn(16, 2) * 0.3]
for weight in weights:
    weight.requires_grad_(True)
def lossof(weights):
    return torch.nn.functional.cross_entropy((x @ weights[0] + weights[1]).relu() @ weights[2], y)
for step in range(40):
{slopes}    print(loss.item().hex(), torch.rand(1).item().hex())
    with torch.no_grad():
        for weight, slope in zip(weights, slopes):
            weight -= 0.1 * slope
"""


@pytest.mark.parametrize("name", SLOPES)
def test_losses_of_training_without_backward_are_bit_for_bit_those_of_the_plain_run(
    name: str, tmp_path: Path, runner: Runner
) -> None:
    script = tmp_path / "train.py"
    script.write_text(BY_HAND.format(slopes=SLOPES[name]), encoding="utf-8")
    run = runner.run(script)
    assert sum(call.slopes for call in run.trace.backwards) == 40
    assert len(run.stdout.splitlines()) == 40
    assert runner.run(script, mode="bare").stdout == run.stdout


def train(steps: int = 3) -> list[float]:
    """A small training run with its own generator."""
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(8, 4, generator=generator)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.rand(parameter.shape, generator=generator) - 0.5)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(weights), torch.arange(8) % 2)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def surroundings() -> list[object]:
    """Everything that the recorder wraps or hooks."""
    return [
        nn.Module.__init__, nn.Module.zero_grad, nn.Module.train, torch.autograd.backward,
        torch.optim.Optimizer.__init__, torch.optim.Optimizer.zero_grad, torch.nn.utils.clip_grad_norm_,
        torch.utils.data.DataLoader.__iter__, torch.utils.data.DataLoader.__init__,
        torch.optim.lr_scheduler.LRScheduler.step, torch.optim.lr_scheduler.LRScheduler.__init__,
        dict(module_hooks._global_forward_hooks), dict(module_hooks._global_forward_pre_hooks),
        dict(optimizer_hooks._global_optimizer_pre_hooks), dict(optimizer_hooks._global_optimizer_post_hooks),
        torch._C._len_torch_function_stack(),
    ]  # fmt: skip


@pytest.mark.parametrize("limit", [100, 2], ids=["to the end", "stopped"])
def test_no_hook_or_patch_is_left_behind(limit: int) -> None:
    with torch.random.fork_rng():
        train(1)
        before = surroundings()
        try:
            with Recorder("here", steps=limit) as recorder:
                train()
        except Stop:
            assert limit == 2
        assert surroundings() == before
        assert len(recorder.optimizers.steps) == min(limit, 3)


def test_the_global_generator_stands_where_the_script_left_it() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        train()
        alone = torch.rand(3)
        torch.manual_seed(1)
        with Recorder("here"):
            train()
        assert torch.equal(torch.rand(3), alone)


def test_a_trace_survives_its_journey_as_json() -> None:
    with torch.random.fork_rng(), Recorder("here") as recorder:
        train(30)
    from workbench.diagnostics.trace import Ended

    trace = recorder.trace(Ended("finished", 0))
    assert trace.steps
    assert trace.graphs
    assert from_json(to_json(trace)) == trace


class Scale(nn.Module):
    """A transform of the data, as torchvision has them."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x / 2


class Examples(torch.utils.data.Dataset[torch.Tensor]):
    """Eight examples, each through the transform."""

    def __init__(self) -> None:
        self.transform = Scale()
        self.values = torch.arange(32.0).reshape(8, 4)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> torch.Tensor:
        found: torch.Tensor = self.transform(self.values[index])
        return found


def test_transforms_inside_of_a_loader_are_no_networks() -> None:
    with torch.random.fork_rng(), Recorder("here") as recorder:
        net = nn.Linear(4, 1)
        for x in torch.utils.data.DataLoader(Examples(), batch_size=4):
            net(x)
    assert [kept.plain.cls for kept in recorder.registry.modules] == ["Linear"]
