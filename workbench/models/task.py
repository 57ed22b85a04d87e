"""What a task asks of a network: how many logits, which loss, and when an example counts as right.

Logits go straight into the loss (no softmax or sigmoid before it): the log-sum-exp inside is the stable form. With
the criterion "nll" the network ends in log_softmax, and what it gives are log-probabilities: the same function, and
as logits they are as good as any, for softmax makes their probabilities of them.
Shapes: B minibatch, C classes, L labels. binary: logits [B, 1], y [B] float 0 or 1; multiclass: logits [B, C],
y [B] int64; multilabel: logits [B, L], y [B, L] float 0 or 1.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from workbench.study.spec import Loss, Task


def outputs(task: Task, classes: int) -> int:
    """Logits per example: one tells two classes apart, else one per class or label."""
    return 1 if task == "binary" else classes


def loss(
    task: Task, logits: Tensor, y: Tensor, label_smoothing: float = 0.0, criterion: Loss | None = None
) -> Tensor:
    """Cross entropy in nats, the mean over examples (multilabel: over labels too) -> scalar."""
    match task:
        case "multiclass" if criterion == "nll":
            return F.nll_loss(logits, y)
        case "multiclass":
            return F.cross_entropy(logits, y, label_smoothing=label_smoothing)
        case "binary":
            return F.binary_cross_entropy_with_logits(logits.squeeze(1), y)
        case "multilabel":
            return F.binary_cross_entropy_with_logits(logits, y)


def probabilities(task: Task, logits: Tensor, criterion: Loss | None = None) -> Tensor:
    """What the network believes, from 0 to 1: of each class [B, C], binary of "no" and "yes" [B, 2]; each row adds
    up to 1. Of each label [B, L], where labels do not exclude one another."""
    match task:
        case "multiclass" if criterion == "nll":
            return logits.exp()
        case "multiclass":
            return logits.softmax(1)
        case "binary":
            return torch.cat([-logits, logits], 1).sigmoid()
        case "multilabel":
            return logits.sigmoid()


def predict(task: Task, logits: Tensor) -> Tensor:
    """Labels of the shape and type of y. A logit of exactly 0 says no."""
    match task:
        case "multiclass":
            return logits.argmax(1)
        case "binary":
            return (logits.squeeze(1) > 0).to(logits.dtype)
        case "multilabel":
            return (logits > 0).to(logits.dtype)


def correct(task: Task, logits: Tensor, y: Tensor) -> Tensor:
    """How many examples are right -> scalar int64. Multilabel: those with every label right."""
    right = predict(task, logits) == y
    return (right.all(1) if task == "multilabel" else right).sum()


def chance_loss(task: Task, outputs: int) -> float:
    """The loss of a network that knows nothing: the same probability for everything."""
    return math.log(outputs) if task == "multiclass" else math.log(2)
