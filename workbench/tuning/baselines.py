"""What simpler models reach on the same examples: the commonest answer, logistic regression, an RBF SVM, an MLP.

scikit-learn's, with its defaults. Each gets so many seconds: it is fitted to more and more examples, drawn at
random, until all are used or the next time would be too long; what it was fitted to is told. The MLP is there for
small data alone: on more its 200 epochs take minutes.

In a cross-validation they are scored on the network's folds, too (see `same_folds`), a division at a time, as many
as the seconds last for; whole folds only, for a model of a sample has another training part.
Not done: gradient boosting. On 60,000 images of ten classes it takes minutes where the SVM's sample takes seconds.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from workbench.data.splits import Folds, Part
from workbench.models import metrics
from workbench.study.metric import METRICS
from workbench.study.spec import Task

SMALLEST = 1000  # examples of the first fit
GROWTH = 4  # times as many in the next one
MOST_OF_AN_SVM = 8000  # examples: its kernel matrix has so many rows and columns, 512 MB
MOST_OF_AN_MLP = 1_000_000  # numbers of all its examples
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


@dataclass(frozen=True)
class _Kind:
    """A model of scikit-learn. `power`: fitting to n examples takes n to the power of it."""

    name: str
    linear: bool
    fitted: Callable[[Array, Array, Task], Model]
    power: float

    def most(self, x: Array) -> int:
        """How many of the examples x [N, D] it can be fitted to."""
        if self.fitted is _mlp:
            return len(x) if x.size <= MOST_OF_AN_MLP else 0
        return min(len(x), MOST_OF_AN_SVM) if self.fitted is _svm else len(x)


def fit(part: Part, task: Task, seconds: float) -> Iterator[Fitted]:
    """Each baseline in turn; one that cannot be fitted (a single class) is left out."""
    started = time.monotonic()
    common = _commonest(part.y.cpu())
    took = time.monotonic() - started
    yield Fitted(
        "majority class", False, lambda x: common.expand(len(x), *common.shape), len(part), len(part), took
    )
    _load_scikit_learn()
    x, y = _arrays(part)
    for kind in kinds():
        started = time.monotonic()
        most = kind.most(x)
        if not most:
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the last iteration reached, a label that is never set
                (predict, score), used = _largest(kind, x, y, task, seconds, most)
        except (ValueError, MemoryError):
            continue
        note = "" if used == len(x) else f"fitted to {used:,} of {len(x):,} examples"
        as_labels = _on_tensors(predict, part.y.dtype)
        logits = None if score is None else _on_tensors(score, torch.float64)
        yield Fitted(kind.name, kind.linear, as_labels, used, len(x), time.monotonic() - started, note, logits)


def kinds() -> tuple[_Kind, ...]:
    """Those that are fitted."""
    return (
        _Kind("logistic regression", True, _logistic, 1.2),
        _Kind("SVM with an RBF kernel", False, _svm, 2.2),
        _Kind("MLP with 100 units", False, _mlp, 1.0),
    )


@dataclass(frozen=True)
class OnFolds:
    """A baseline's metric on each fold of the divisions that it had time for; without any, why."""

    name: str
    linear: bool
    folds: dict[int, list[float]]
    seconds: float
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the store remembers it; JSON's names are text."""
        folds = {str(division): [float(f"{one:.6g}") for one in found] for division, found in self.folds.items()}
        return {**asdict(self), "folds": folds, "seconds": round(self.seconds, 3)}


def on_folds(folds: Folds, divisions: Sequence[int], task_: Task, metric: str, seconds: float) -> Iterator[OnFolds]:
    """Each baseline on whole divisions, as many of them as these seconds last for, in their order."""
    _load_scikit_learn()
    for kind in kinds():
        yield _on_folds(kind, folds, divisions, task_, metric, seconds)


def _on_folds(
    kind: _Kind, folds: Folds, divisions: Sequence[int], task_: Task, metric: str, seconds: float
) -> OnFolds:
    began, found, note = time.monotonic(), dict[int, list[float]](), ""
    try:
        for division in divisions:
            reached: list[float] = []
            for fold in range(folds.count):
                reached.append(_on_fold(kind, folds, division, fold, task_, metric))
                so_far, wanted = time.monotonic() - began, (len(found) + 1) * folds.count
                done = wanted - folds.count + len(reached)
                if done < wanted and so_far / done * wanted > seconds:
                    return OnFolds(kind.name, kind.linear, found, so_far, "" if found else "no time for its folds")
            found[division] = reached
    except (_NotThisModel, ValueError, MemoryError) as error:
        found, note = {}, str(error).partition("\n")[0]
    return OnFolds(kind.name, kind.linear, found, time.monotonic() - began, note)


class _NotThisModel(Exception):  # noqa: N818 - an event, not an error
    pass


def _on_fold(kind: _Kind, folds: Folds, division: int, fold: int, task_: Task, metric: str) -> float:
    data = folds.fold(fold, division)
    x, y = _arrays(data.train)
    if kind.most(x) < len(x):
        raise _NotThisModel(f"not on {len(x):,} examples: it would take too long")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        predict, score = kind.fitted(x, y, task_)
    part = data.validation
    logits = None if score is None else _on_tensors(score, torch.float64)
    predicted, right = _on_tensors(predict, part.y.dtype)(part.x), part.y.cpu()
    if metric == "accuracy":
        same = predicted == right
        return float((same.all(1) if same.ndim == 2 else same).double().mean())
    measured = measure(predicted, logits and logits(part.x), right, data.info.outputs, task_)
    if metric not in measured:
        raise _NotThisModel(f"it has no {METRICS[metric].words}: it gives labels alone")
    return measured[metric]


def measure(predicted: Tensor, logits: Tensor | None, y: Tensor, outputs: int, task_: Task) -> dict[str, float]:
    """Every metric of a baseline; of one that gives labels alone, those that labels decide."""
    if logits is not None and logits.shape[1] == outputs:  # not where a class was not seen
        return metrics.score(task_, logits, y)
    sure = predicted.double() * 2 - 1  # a logit of each answer
    if task_ == "multiclass":
        sure = torch.nn.functional.one_hot(predicted.long(), outputs).double()
    found = metrics.score(task_, sure.reshape(len(y), outputs), y)
    return {name: value for name, value in found.items() if METRICS[name].counted}


def _load_scikit_learn() -> None:
    """It takes seconds, which are not those of a fit."""
    import sklearn.linear_model
    import sklearn.metrics.pairwise
    import sklearn.neural_network
    import sklearn.svm  # noqa: F401


def _arrays(part: Part) -> tuple[Array, Array]:
    return part.x.cpu().flatten(1).numpy(), part.y.cpu().numpy().astype(np.int64)


def _commonest(y: Tensor) -> Tensor:
    """The commonest label, or of multilabel data the commonest row."""
    values, counts = torch.unique(y, dim=0, return_counts=True)
    commonest: Tensor = values[counts.argmax()]
    return commonest


def _largest(
    kind: _Kind,
    x: Array,
    y: Array,
    task: Task,
    seconds: float,
    most: int,
) -> tuple[Model, int]:
    """The model of as many examples as fit into the time, where it takes n to the power of so much."""
    order = np.random.default_rng(0).permutation(len(x))[:most]
    began, count = time.monotonic(), min(SMALLEST, len(order))
    while True:
        started = time.monotonic()
        rows = np.sort(order[:count])
        model = kind.fitted(x[rows], y[rows], task)
        now = time.monotonic()
        more = min(GROWTH * count, len(order))
        if count == len(order) or now - began + (now - started) * (more / count) ** kind.power > seconds:
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


def _mlp(x: Array, y: Array, task: Task) -> Model:
    from sklearn.neural_network import MLPClassifier

    model = MLPClassifier(random_state=0).fit(x, y)

    def logits(new: Array) -> Array:
        sure: Array = np.clip(model.predict_proba(new).astype(np.float64), 1e-12, 1 - 1e-12)
        yes = sure[:, -1:] if task == "binary" else sure
        found: Array = np.log(yes) - (0.0 if task == "multiclass" else np.log1p(-yes))
        return found

    return model.predict, logits


def _for_labels(model: Any, task: Task) -> Any:
    """A model of one label, or one for each of several."""
    if task != "multilabel":
        return model
    from sklearn.multiclass import OneVsRestClassifier

    return OneVsRestClassifier(model)
