"""A study's end: the recommended network learns from training and validation part, and the test part is opened.

It is trained at the trial's own learning rates up to the epoch that its runs were best at, and the weights of
that epoch are kept: there is nothing left to choose one by. Baselines are fitted to the same examples first,
so that one opening of the test part serves all; it is noted before it happens.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import workbench
from workbench import confidence
from workbench.data.splits import Part, Splits
from workbench.models import metrics, task
from workbench.study.spec import Task
from workbench.tuning.baselines import Fitted, measure
from workbench.tuning.serial_trainer import CHUNK

TRAINED_ON = "training and validation part"
GIT_SECONDS = 5


def joined(data: Splits) -> Splits:
    """Training and validation part as one. Its validation part is an example of it, for a trainer looks at one."""
    if data.folds is not None:
        return data.folds.whole()
    x, y = (torch.cat(parts) for parts in ((data.train.x, data.validation.x), (data.train.y, data.validation.y)))
    return Splits(Part(x, y), Part(x[:1], y[:1]), data.info)


def longer(data: Splits) -> float:
    """How many times as long an epoch of `joined` is as one of the search. Without a copy of the examples."""
    every = len(data.train) + len(data.validation) if data.folds is None else len(data.folds.part)
    return every / len(data.train)


def outputs(module: nn.Module, part: Part) -> Tensor:
    """The network's logits for a part, in eval mode: [N, C], on the CPU."""
    module.eval()
    with torch.no_grad():
        return torch.cat([module(x).cpu() for x in torch.split(part.x, CHUNK)])


def score(logits: Tensor, y: Tensor, task_: Task) -> dict[str, Any]:
    """Accuracy with Wilson's 95 % interval, mean loss, and every metric."""
    n = len(y)
    found = confidence.wilson(task.correct(task_, logits, y).item() / n, n)
    return {
        "accuracy": found.mean,
        "low": found.low,
        "high": found.high,
        "loss": task.loss(task_, logits.double(), y.double() if task_ != "multiclass" else y).item(),
        "examples": n,
        "metrics": rounded(metrics.score(task_, logits, y)),
    }


def rounded(measured: Mapping[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.6g}") for name, value in measured.items()}


def compare(fitted: Sequence[Fitted], part: Part, logits: Tensor, task_: Task) -> list[dict[str, Any]]:
    """Each baseline on the test part, beside the network: how many examples either alone gets right."""
    y = part.y.cpu()
    network = rows_right(task.predict(task_, logits), y)
    told = []
    for one in fitted:
        predicted = one.predict(part.x)
        right = rows_right(predicted, y)
        found = confidence.wilson(right.double().mean().item(), len(y))
        told.append(
            {
                "name": one.name,
                "linear": one.linear,
                "accuracy": found.mean,
                "low": found.low,
                "high": found.high,
                "only_network": int((network & ~right).sum()),
                "only_baseline": int((right & ~network).sum()),
                "examples_used": one.used,
                "examples": one.examples,
                "seconds": round(one.seconds, 3),
                "note": one.note,
                "metrics": rounded(
                    measure(predicted, one.logits and one.logits(part.x), y, logits.shape[1], task_)
                ),
            }
        )
    return told


def beside(module: nn.Module, part: Part, logits: Tensor, task_: Task) -> dict[str, Any]:
    """Another network's score, and how many examples either alone gets right: it, or the one of these logits."""
    y, theirs = part.y.cpu(), outputs(module, part)
    network, other = (rows_right(task.predict(task_, each), y) for each in (logits, theirs))
    return {
        **score(theirs, y, task_),
        "only_network": int((network & ~other).sum()),
        "only_enqueued": int((other & ~network).sum()),
    }


def rows_right(predicted: Tensor, y: Tensor) -> Tensor:
    """Which examples are right, bool [N]; multilabel: with every label."""
    right = predicted.to(y.dtype) == y
    return right.all(1) if right.ndim == 2 else right


def opening(trial: int, command: Sequence[str], own_code: Path | None) -> dict[str, Any]:
    """What is noted of an opening of the test part. `own_code`: the folder of a user's network or data."""
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "trial": trial,
        "command": list(command),
        "code": code_version(own_code),
    }


def code_version(own_code: Path | None) -> str:
    """ "workbench 0.1.0 (2883483)", and the revision of the user's own code where that is in a repository."""
    home = Path(workbench.__file__).parent.parent
    said = f"workbench {workbench.__version__}"
    # Not the revision of whatever repository an environment with workbench lies in.
    if (home / ".git").exists() and (revision := _revision(home)):
        said += f" ({revision})"
    if own_code is not None and (revision := _revision(own_code)):
        said += f", {own_code.resolve().name} ({revision})"
    return said


def _revision(folder: Path) -> str:
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=GIT_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
