"""The task's loss on logits with examples last: its gradient in every step, its value for many steps at once.

What is right and what a loss is says `models.task`; here it is the same for [S, K, C, B]: S steps, K lanes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from workbench.study.spec import Task


def targets(task: Task, y: Tensor, outputs: int, like: Tensor) -> Tensor:
    """y [S, B] (multilabel [S, B, L]) as the probabilities [S, C, B] that the logits should lead to."""
    match task:
        case "multiclass":
            empty = torch.zeros(len(y), outputs, y.shape[1], dtype=like.dtype, device=like.device)
            return empty.scatter_(1, y[:, None], 1.0)
        case "binary":
            return y[:, None].to(like.dtype)
        case "multilabel":
            return y.mT.to(like.dtype).contiguous()


def gradient(task: Task, logits: Tensor, target: Tensor, d: Tensor) -> None:
    """d [K, C, B] by the logits of each lane's mean loss; target [C, B], or [K, C, B] where lanes smooth it.

    For softmax and for sigmoid alike: (probability - target) / examples.
    """
    if task == "multiclass":
        torch.softmax(logits, 1, out=d)
        count = logits.shape[2]
    else:
        torch.sigmoid(logits, out=d)
        count = logits.shape[2] * logits.shape[1]
    d.sub_(target).div_(count)


def sums(task: Task, logits: Tensor, y: Tensor, smoothing: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Loss, float64, and count of right examples, each [S, K], summed over the examples of a step.

    logits [S, K, C, B], y [S, K, B] (multilabel [S, K, B, L]; 1 for K where all lanes see the same examples),
    smoothing [K, 1] or None for none.
    """
    if task == "multiclass":
        return _cross_entropy(logits, y, smoothing)
    target = (y[:, :, None] if task == "binary" else y.mT).to(logits.dtype).expand_as(logits)
    losses = F.binary_cross_entropy_with_logits(logits, target, reduction="none").mean(2)
    right = ((logits > 0) == (target > 0.5)).all(2)
    return losses.double().sum(2), right.sum(2)


def _cross_entropy(logits: Tensor, y: Tensor, smoothing: Tensor | None) -> tuple[Tensor, Tensor]:
    classes = logits.shape[2]
    chosen = y[:, :, None].expand(*logits.shape[:2], 1, -1)
    log_p = torch.log_softmax(logits, 2)
    losses = -log_p.gather(2, chosen).squeeze(2)
    if smoothing is not None:
        losses = losses * (1 - smoothing) - log_p.sum(2) * (smoothing / classes)
    # The first of the largest, as argmax has it: this is ten times as fast where classes are not last.
    rank = torch.arange(classes, 0, -1, dtype=torch.uint8 if classes < 256 else torch.int64, device=logits.device)
    below = logits < logits.amax(2, keepdim=True)
    first = rank[:, None].expand_as(logits).masked_fill(below, 0).amax(2)
    right = first == classes - y
    return losses.double().sum(2), right.sum(2)
