"""The end of a study: the winner's weights are made sure of, and the test part is opened, once per winner."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import torch
from torch import nn

from workbench.data.splits import SealedTest
from workbench.study.spec import Task
from workbench.tuning.serial_trainer import evaluate


def score(module: nn.Module, weights: dict[str, torch.Tensor], test: SealedTest, task: Task) -> dict[str, Any]:
    """Accuracy and mean loss on the test part, and when it was opened."""
    module.load_state_dict(weights)
    loss, accuracy = evaluate(module, test.open(), task)
    return {"accuracy": accuracy, "loss": loss, "when": datetime.now(UTC).isoformat(timespec="seconds")}
