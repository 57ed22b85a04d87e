"""What a network gets right and wrong on examples: confusion, classes, the mistakes it is surest of, the boundary.

Made from the outputs of the one pass over the test part, so that nothing is opened twice. All of it is JSON and
stays below LARGEST bytes, for a study's storage may be a database whose texts end at 64 kB.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from workbench.data.splits import DataInfo, Part
from workbench.models import task
from workbench.study.spec import Task

LARGEST = 60_000  # bytes of everything together
MISTAKES = 25
PICTURES = 24_000  # bytes of all of them, as text
PIXELS = 48  # of a picture's longer side; larger ones are scaled down
CLASSES = 60  # a matrix of more could not be stored, nor read
LISTED = 200  # classes with a line of their own
GRID = 60  # points along each axis of a boundary
BESIDE = 4  # further networks whose boundaries are drawn
POINTS = 200  # examples drawn over it
MARGIN = 0.1  # of the examples' extent, around them


def collect(logits: Tensor, part: Part, info: DataInfo, task_: Task) -> dict[str, Any]:
    """The evidence of outputs [N, outputs] for the examples of `part`; both may lie on any device."""
    logits, y = logits.detach().cpu().float(), part.y.cpu()
    sure = task.probabilities(task_, logits)
    labels = names(info, task_)
    told: dict[str, Any] = {"examples": len(y), "labels": labels}
    if task_ == "multilabel":
        wrong = task.predict(task_, logits) != y
        told["per_class"] = [
            _scores(label, task.predict(task_, logits)[:, i] > 0, y[:, i] > 0) for i, label in enumerate(labels)
        ]
        confidence = torch.where(wrong, torch.maximum(sure, 1 - sure), 0.0).amax(1)
        mistaken = wrong.any(1)
        said = [[_set(labels, row) for row in rows] for rows in (y > 0, task.predict(task_, logits) > 0)]
    else:
        truth, predicted = y.long(), task.predict(task_, logits).long()
        if len(labels) <= CLASSES:
            pairs = torch.bincount(truth * len(labels) + predicted, minlength=len(labels) ** 2)
            told["confusion"] = pairs.reshape(len(labels), len(labels)).tolist()
        told["per_class"] = [_scores(label, predicted == i, truth == i) for i, label in enumerate(labels)]
        confidence, mistaken = sure.amax(1), truth != predicted
        said = [[labels[i] for i in column.tolist()] for column in (truth, predicted)]
    told["per_class"] = told["per_class"][:LISTED]
    told["mistakes"] = _mistakes(part.x.cpu(), info, mistaken, confidence, said)
    return told


def names(info: DataInfo, task_: Task) -> list[str]:
    """The classes as the data name them, else their numbers."""
    count = 2 if task_ == "binary" else info.outputs
    known: Sequence[str] = getattr(info, "classes", ())
    return list(known) if len(known) == count else [str(i) for i in range(count)]


def _scores(label: str, predicted: Tensor, truth: Tensor) -> dict[str, Any]:
    """Precision, recall and F1 of one class from bools [N]; None where nothing was to be counted."""
    both, called, there = (int(each.sum()) for each in (predicted & truth, predicted, truth))
    return {
        "label": label,
        "precision": round(both / called, 4) if called else None,
        "recall": round(both / there, 4) if there else None,
        "f1": round(2 * both / (called + there), 4) if called + there else None,
        "examples": there,
    }


def _set(labels: Sequence[str], row: Tensor) -> str:
    return ", ".join(label for label, yes in zip(labels, row.tolist(), strict=True) if yes) or "none"


def _mistakes(
    x: Tensor, info: DataInfo, mistaken: Tensor, confidence: Tensor, said: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """The surest first; with pictures, as long as they find room."""
    order = torch.where(mistaken, confidence, -1.0).argsort(descending=True, stable=True)
    found, room = [], PICTURES
    for index in order[: min(MISTAKES, int(mistaken.sum()))].tolist():
        picture = _png(x[index], info) if room > 0 else None
        if picture is not None:
            room -= len(picture)
        found.append(
            {
                "index": index,
                "true": said[0][index],
                "predicted": said[1][index],
                "confidence": round(float(confidence[index]), 4),
                "png": picture if room >= 0 else None,
            }
        )
    return found


def _png(example: Tensor, info: DataInfo) -> str | None:
    """An image [1 or 3, H, W] as base64 PNG; None for anything else."""
    if example.ndim != 3 or example.shape[0] not in (1, 3):
        return None
    from PIL import Image

    shown = unscaled(example[None], info)[0]
    if shown.min() < -0.01 or shown.max() > 1.01:  # not what sources make of images: stretch it
        low, high = shown.min(), shown.max()
        shown = (shown - low) / (high - low)
    bytes_ = shown.clamp(0, 1).mul(255).round().byte()
    pixels = bytes_[0] if len(bytes_) == 1 else bytes_.permute(1, 2, 0)
    image = Image.fromarray(pixels.contiguous().numpy())
    image.thumbnail((PIXELS, PIXELS))
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode("ascii")


def unscaled(x: Tensor, info: DataInfo) -> Tensor:
    """Standardized inputs [N, ...] as the source had them."""
    if info.mean is None or info.deviation is None:
        return x
    shape = [1, -1, 1, 1] if x.ndim == 4 else [1, -1] if x.ndim == 2 else [1] * x.ndim
    mean, deviation = (torch.tensor(each).reshape(shape) for each in (info.mean, info.deviation))
    return x * deviation + mean


def has_boundary(info: DataInfo, task_: Task) -> bool:
    """Whether the data are points of a plane, each of one class."""
    plane = tuple(info.input_shape) == (2,) and all(one.kind == "number" for one in info.features)
    return plane and task_ != "multilabel"


def boundary(networks: Mapping[int, nn.Module], part: Part, info: DataInfo, task_: Task) -> dict[str, Any] | None:
    """What each trial's network says over the plane of two features; None for other data.

    Axes are in the source's units. A grid is a string of bytes, row by row from the lowest y: for two classes the
    probability of the second, 255 being certain; for more the class.
    """
    if not has_boundary(info, task_):
        return None
    x, labels = part.x.cpu(), names(info, task_)
    low, high = x.amin(0), x.amax(0)
    room = MARGIN * (high - low)
    across, up = (torch.linspace(*ends, GRID) for ends in zip(low - room, high + room, strict=True))
    plane = torch.stack(torch.meshgrid(across, up, indexing="xy"), -1).reshape(-1, 2)
    grids = []
    for trial, network in networks.items():
        device = next(network.parameters()).device
        with torch.no_grad():
            sure = task.probabilities(task_, network.eval()(plane.to(device)).cpu().float())
        said = (sure[:, 1] * 255).round() if len(labels) == 2 else sure.argmax(1)
        values = base64.b64encode(said.byte().numpy().tobytes()).decode("ascii")
        grids.append({"trial": trial, "values": values})
    ends = unscaled(torch.stack([across, up], 1), info)
    return {
        "x": [_short(each) for each in ends[:, 0].tolist()],
        "y": [_short(each) for each in ends[:, 1].tolist()],
        "labels": labels,
        "trials": grids,
        "points": points(part, info),
    }


def points(part: Part, info: DataInfo) -> list[list[float]]:
    """The first examples of two features, to be drawn over a boundary: [feature, feature, class], unscaled."""
    shown = unscaled(part.x[:POINTS].cpu(), info)
    return [
        [_short(a), _short(b), int(label)]
        for (a, b), label in zip(shown.tolist(), part.y[:POINTS].tolist(), strict=True)
    ]


def _short(value: float) -> float:
    return float(f"{value:.4g}")
