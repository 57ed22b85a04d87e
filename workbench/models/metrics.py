"""How good outputs are, by every metric that fits the task: scikit-learn's, and the calibration error.

Macro averages take every class (of several labels: every label) alike, so they need examples of each; where one is
absent they are not defined, and `undefined` says which. One-vs-rest for more than two classes. Binary data have two
classes, "no" and "yes": their macro F1 is the mean over both; ROC AUC and average precision are of "yes".
The log loss is the task's loss on whole examples, in nats: scikit-learn's clips probabilities, so that its value
for a network that is surely wrong depends on the type of its numbers.
Shapes as in `task`: logits [N, outputs]; y [N], multilabel [N, L].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.models import task
from workbench.study.metric import METRICS, fitting
from workbench.study.spec import Task

NAMES = tuple(METRICS)
BINS = 15  # of equal width, of the calibration error: Guo et al. 2017, "On Calibration of Modern Neural Networks"
OF_EVERY_EPOCH = ("accuracy", "log-loss")  # what trainers measure anyway

Array = NDArray[Any]


def direction(name: str) -> str:
    """ "maximize" or "minimize"."""
    return "minimize" if METRICS[name].minimize else "maximize"


def score(task_: Task, logits: Tensor, y: Tensor) -> dict[str, float]:
    """Every metric of the task that is defined for these examples, by name; none of logits that are not finite."""
    missing = undefined(task_, y, logits.shape[1])
    if not logits.isfinite().all():
        return {}
    outputs = _Outputs(task_, logits, y)
    return {name: _MEASURES[name](outputs) for name in fitting(task_) if name not in missing}


def of_epoch(name: str, task_: Task, loss: float, logits: Tensor | None, y: Tensor) -> float | None:
    """`Epoch.value`: None for accuracy, which every epoch has; NaN where it is not defined."""
    if name == "accuracy":
        return None
    if name == "log-loss":
        return loss
    assert logits is not None
    if not logits.isfinite().all() or name in undefined(task_, y, logits.shape[1]):
        return float("nan")
    return _MEASURES[name](_Outputs(task_, logits, y))


def undefined(task_: Task, y: Tensor, outputs: int) -> dict[str, str]:
    """Metric -> why these examples do not define it."""
    if task_ == "multilabel":
        there = (y > 0).sum(0)
        never = [f"label {i}" for i in torch.nonzero(there == 0).flatten().tolist()]
        always = [f"label {i}" for i in torch.nonzero(there == len(y)).flatten().tolist()]
        no_yes = f"no example has {_listed(never)}" if never else ""
        no_no = f"every example has {_listed(always)}" if always else ""
        reasons = {
            "f1": no_yes,
            "average-precision": no_yes,
            "f1-micro": "" if there.any() else "no example has a label",
        }
        reasons |= dict.fromkeys(("roc-auc", "balanced-accuracy"), no_yes or no_no)
    else:
        counts = torch.bincount(y.long(), minlength=2 if task_ == "binary" else outputs)
        absent = [f"class {i}" for i in torch.nonzero(counts == 0).flatten().tolist()]
        reason = f"no example is of {_listed(absent)}" if absent else ""
        reasons = dict.fromkeys(("balanced-accuracy", "f1", "roc-auc", "average-precision"), reason)
    return {name: reason for name, reason in reasons.items() if reason}


def _listed(names: list[str], most: int = 3) -> str:
    told = ", ".join(names[:most])
    return told if len(names) <= most else f"{told} and {len(names) - most} more"


class _Outputs:
    """What a network says of examples, and what they are, as scikit-learn takes them."""

    def __init__(self, task_: Task, logits: Tensor, y: Tensor) -> None:
        self.task = task_
        self.logits, self.targets = logits.detach().cpu().double(), y.cpu()
        self.y: Array = self.targets.long().numpy()
        self.predicted: Array = task.predict(task_, self.logits).long().numpy()

    @property
    def ranks(self) -> tuple[Array, Array]:
        """For one class against the rest: what is to be found [N, C] of 0 and 1, and scores to find it by.

        Logarithms of probabilities, for probabilities near 1 are rounded to 1; binary: of "yes" alone.
        """
        if self.task == "multiclass":
            wanted: Array = np.eye(self.logits.shape[1], dtype=np.int64)[self.y]
            return wanted, self.logits.log_softmax(1).numpy()
        return self.y.reshape(len(self.y), -1), self.logits.numpy()


def _accuracy(outputs: _Outputs) -> float:
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(outputs.y, outputs.predicted))


def _balanced_accuracy(outputs: _Outputs) -> float:
    from sklearn.metrics import balanced_accuracy_score

    pairs = [(outputs.y, outputs.predicted)]
    if outputs.task == "multilabel":
        pairs = list(zip(outputs.y.T, outputs.predicted.T, strict=True))
    return float(np.mean([balanced_accuracy_score(*pair) for pair in pairs]))


def _f1(average: str) -> Callable[[_Outputs], float]:
    def measure(outputs: _Outputs) -> float:
        from sklearn.metrics import f1_score

        return float(f1_score(outputs.y, outputs.predicted, average=average, zero_division=0.0))

    return measure


def _roc_auc(outputs: _Outputs) -> float:
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(*outputs.ranks, average="macro"))


def _average_precision(outputs: _Outputs) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(*outputs.ranks, average="macro"))


def _log_loss(outputs: _Outputs) -> float:
    y = outputs.targets if outputs.task == "multiclass" else outputs.targets.double()
    return task.loss(outputs.task, outputs.logits, y).item()


def _calibration_error(outputs: _Outputs) -> float:
    """How far confidence is from accuracy, the mean over examples, in bins of confidence (m - 1, m] / 15.

    Confidence is the probability of what is predicted. Of several labels each answer counts as an example.
    scikit-learn's `calibration_curve` has the same bins, but not how many examples lie in each.
    """
    sure = task.probabilities(outputs.task, outputs.logits)
    confidence = torch.maximum(sure, 1 - sure) if outputs.task == "multilabel" else sure.amax(1)
    right = outputs.predicted == outputs.y
    gap = right.ravel() - confidence.numpy().ravel()
    bins = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence.numpy().ravel())
    return float(np.abs(np.bincount(bins, weights=gap)).sum() / len(gap))


_MEASURES: dict[str, Callable[[_Outputs], float]] = {
    "accuracy": _accuracy,
    "balanced-accuracy": _balanced_accuracy,
    "f1": _f1("macro"),
    "f1-micro": _f1("micro"),
    "roc-auc": _roc_auc,
    "average-precision": _average_precision,
    "log-loss": _log_loss,
    "calibration-error": _calibration_error,
}
