"""What simpler models reach on the same examples: the commonest answer, logistic regression, an RBF SVM.

scikit-learn's, with its defaults. Each gets so many seconds: it is fitted to more and more examples, drawn at
random, until all are used or the next time would be too long; what it was fitted to is told.
Not done: gradient boosting. On 60,000 images of ten classes it takes minutes where the SVM's sample takes seconds.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.data.splits import Part
from workbench.study.spec import Task

SMALLEST = 1000  # examples of the first fit
GROWTH = 4  # times as many in the next one
MOST_OF_AN_SVM = 8000  # examples: its kernel matrix has so many rows and columns, 512 MB
ROWS = 1000  # examples predicted at once

Array = NDArray[Any]
Predict = Callable[[Array], Array]
Model = tuple[Predict, Predict | None]  # x [N, D] -> labels; -> logits as `models.task` has them, where it has any


@dataclass(frozen=True)
class Fitted:
    """A baseline. `predict`: x [N, ...] -> labels of the shape of y."""

    name: str
    linear: bool
    predict: Callable[[Tensor], Tensor]
    used: int  # examples that it was fitted to
    examples: int  # that there are
    seconds: float
    note: str = ""
    logits: Callable[[Tensor], Tensor] | None = None  # x [N, ...] -> [N, outputs], of one that has probabilities


def fit(part: Part, task: Task, seconds: float) -> Iterator[Fitted]:
    """Each baseline in turn; one that cannot be fitted (a single class) is left out."""
    started = time.monotonic()
    common = _commonest(part.y.cpu())
    took = time.monotonic() - started
    yield Fitted(
        "majority class", False, lambda x: common.expand(len(x), *common.shape), len(part), len(part), took
    )
    # Loading them takes seconds, which are not those of a fit.
    import sklearn.linear_model
    import sklearn.metrics.pairwise
    import sklearn.svm  # noqa: F401

    x = part.x.cpu().flatten(1).numpy()
    y = part.y.cpu().numpy().astype(np.int64)
    for name, linear, one, power, most in (
        ("logistic regression", True, _logistic, 1.2, len(x)),
        ("SVM with an RBF kernel", False, _svm, 2.2, MOST_OF_AN_SVM),
    ):
        started = time.monotonic()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the last iteration reached, a label that is never set
            try:
                (predict, score), used = _largest(one, x, y, task, seconds, power, most)
            except (ValueError, MemoryError):
                continue
        note = "" if used == len(x) else f"fitted to {used:,} of {len(x):,} examples"
        as_labels = _on_tensors(predict, part.y.dtype)
        logits = None if score is None else _on_tensors(score, torch.float64)
        yield Fitted(name, linear, as_labels, used, len(x), time.monotonic() - started, note, logits)


def _commonest(y: Tensor) -> Tensor:
    """The commonest label, or of multilabel data the commonest row."""
    values, counts = torch.unique(y, dim=0, return_counts=True)
    commonest: Tensor = values[counts.argmax()]
    return commonest


def _largest(
    one: Callable[[Array, Array, Task], Model],
    x: Array,
    y: Array,
    task: Task,
    seconds: float,
    power: float,
    most: int,
) -> tuple[Model, int]:
    """The model of as many examples as fit into the time, where it takes n to the power of so much."""
    order = np.random.default_rng(0).permutation(len(x))[:most]
    began, count = time.monotonic(), min(SMALLEST, len(order))
    while True:
        started = time.monotonic()
        rows = np.sort(order[:count])
        model = one(x[rows], y[rows], task)
        now = time.monotonic()
        more = min(GROWTH * count, len(order))
        if count == len(order) or now - began + (now - started) * (more / count) ** power > seconds:
            return model, count
        count = more


def _on_tensors(predict: Predict, kind: torch.dtype) -> Callable[[Tensor], Tensor]:
    def labels(x: Tensor) -> Tensor:
        flat = x.cpu().flatten(1).numpy()
        parts = [predict(flat[start : start + ROWS]) for start in range(0, len(flat), ROWS)]
        return torch.from_numpy(np.concatenate(parts)).to(kind)

    return labels


def _logistic(x: Array, y: Array, task: Task) -> Model:
    from sklearn.linear_model import LogisticRegression

    model = _for_labels(LogisticRegression(), task).fit(x, y)

    def logits(new: Array) -> Array:
        found: Array = model.decision_function(new).reshape(len(new), -1)
        if task == "multiclass" and found.shape[1] == 1:  # of two classes it is that of the second
            return np.concatenate([-found / 2, found / 2], 1)
        return found

    return model.predict, logits


def _svm(x: Array, y: Array, task: Task) -> Model:
    """Its kernel as a matrix: by matrix products, many times quicker than one pair of examples after another."""
    from sklearn.metrics.pairwise import rbf_kernel
    from sklearn.svm import SVC

    gamma = 1 / (x.shape[1] * max(float(x.var()), 1e-12))  # "scale", its default
    model = _for_labels(SVC(kernel="precomputed"), task).fit(rbf_kernel(x, gamma=gamma), y)
    return lambda new: model.predict(rbf_kernel(new, x, gamma=gamma)), None


def _for_labels(model: Any, task: Task) -> Any:
    """A model of one label, or one for each of several."""
    if task != "multilabel":
        return model
    from sklearn.multiclass import OneVsRestClassifier

    return OneVsRestClassifier(model)
