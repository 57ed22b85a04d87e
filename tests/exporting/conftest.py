"""Networks of every task and shape, kept as `workbench tune` keeps them, without a search."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from workbench.exporting import network
from workbench.exporting.network import Network
from workbench.models import family
from workbench.study.user_code import is_reference, named_by_a_study_file
from workbench.tuning import checkpoint

Keep = Callable[..., Network]

NETS = '''
import torch
from torch import nn

def small_cnn(input_shape, outputs, channels=4):
    """Torch's own layers in a row: can be written out."""
    body = nn.Sequential(nn.Conv2d(input_shape[0], channels, 3, padding=1), nn.LeakyReLU(0.2), nn.MaxPool2d(2))
    return nn.Sequential(body, nn.Dropout2d(0.25), nn.Flatten(), nn.Linear(channels * 9, outputs))

class Residual(nn.Module):
    """A forward of its own: cannot."""
    def __init__(self, features, outputs):
        super().__init__()
        self.inner, self.last = nn.Linear(features, features), nn.Linear(features, outputs)
    def forward(self, x):
        return self.last(x + torch.tanh(self.inner(x)))

def residual(input_shape, outputs):
    print("built")
    return Residual(input_shape[0], outputs)
'''


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """(study, input_shape, outputs, task=..., point=..., family=..., standardized=..., data=...) -> the network as
    it is read back from tmp_path/reports/STUDY, with weights that were drawn."""

    def kept(study: str, input_shape: tuple[int, ...], outputs: int, **said: Any) -> Network:
        (tmp_path / "nets.py").write_text(NETS)
        own = said.get("family", "mlp")
        named_by_a_study_file([own] if is_reference(own) else [], tmp_path)
        scales = input_shape[0] if len(input_shape) in (1, 3) else 1
        seeded = torch.Generator().manual_seed(len(study))
        scale: dict[str, Any] = {"mean": None, "deviation": None}
        if said.get("standardized", True):
            scale = {name: torch.rand(scales, generator=seeded).add(0.1).tolist() for name in ("mean", "deviation")}
        with torch.random.fork_rng():
            torch.manual_seed(len(study))
            point, loss = said.get("point", {}), said.get("loss")
            module = family.build(own, point, input_shape, outputs, folder=tmp_path, loss=loss)
            module(torch.rand(8, *input_shape))  # lazy layers get their shape, batch norm its statistics
        about = {
            "study": study,
            "trial": 4,
            "epoch": 2,
            "task": said.get("task", "multiclass"),
            "loss": said.get("loss", "cross-entropy"),
            "family": own,
            "folder": str(tmp_path),
            "point": said.get("point", {}),
            "input_shape": list(input_shape),
            "outputs": outputs,
            "standardize": scale,
            "data": {"name": study, "classes": [], "white": None} | said.get("data", {}),
            "validation": {"accuracy": 0.912, "loss": 0.3},
            "test": {"accuracy": 0.9, "loss": 0.31},
        }
        checkpoint.save(tmp_path / "reports" / study, module.state_dict(), about)
        return network.kept(study, tmp_path / "reports")

    return kept
