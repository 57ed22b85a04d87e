"""Training, validation and test part: who gets which examples, and how they are scaled.

The parts are separate tensors, put on the device once. What the test part holds stays within `SealedTest`, which
trainers never get; statistics for standardization come from the training part alone.

For k-fold cross-validation all but the test part is dealt out to k folds, each in turn the validation part of a
network that learns from the others. A fold's parts are made from the source's numbers when somebody asks for them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import torch
from torch import Tensor

from workbench.data import sources
from workbench.data.features import Feature, encoded, fitted, is_scaled
from workbench.data.sources import Raw
from workbench.errors import WorkbenchError

SORTED = 5  # examples a class from which on their order is no accident
SHUFFLE_SEED = 20_061  # the same for every study: splits of one source can be compared


@dataclass(frozen=True, eq=False)
class Part:
    """Examples on the device: x float32 [N, ...], y as in `sources.Raw`."""

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class DataInfo:
    """What is known about the data without an example at hand; JSON can hold it."""

    name: str
    task: str
    stand_in: bool
    input_shape: tuple[int, ...]  # of one example
    outputs: int  # logits: 1 for binary, C classes, L labels
    train: int  # with folds: of the smallest training part
    validation: int  # with folds: all that are divided, for each is validated in one of them
    test: int
    mean: list[float] | None  # per channel of images [N, C, H, W], per feature of [N, D]; None: not standardized
    deviation: list[float] | None
    md5: str  # of training and validation part as the source gave them; with folds, of the division, too
    notes: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()  # names of the classes; empty: their numbers
    white: int | None = None  # of a set of images: the whole number that files may hold for 1.0
    folds: int | None = None  # of a cross-validation; mean and deviation are then those of all that is divided
    features: tuple[Feature, ...] = ()  # of a table: what makes its rows an example
    file_md5: str | None = None  # of a source that is one file

    def as_dict(self) -> dict[str, Any]:
        lists = {name: list(getattr(self, name)) for name in ("input_shape", "notes", "classes")}
        return asdict(self) | lists | {"features": [feature.as_dict() for feature in self.features]}

    def beside_a_network(self) -> dict[str, Any]:
        """What is kept with a trained network: how to read its examples, and what its outputs are called."""
        everything = self.as_dict()
        return {name: everything[name] for name in ("name", "classes", "white", "features")}

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> DataInfo:
        tuples = {name: tuple(table[name]) for name in ("input_shape", "notes", "classes")}
        features = tuple(Feature.from_dict(one) for one in table.get("features", ()))
        return cls(**{**table, **tuples, "features": features})


@dataclass(frozen=True, eq=False)
class Splits:
    """All that a trainer gets to see. There is no test part in it.

    With `folds`, the two parts are those of the first fold, for whoever looks at one division only.
    """

    train: Part
    validation: Part
    info: DataInfo
    folds: Folds | None = None
    fold: tuple[int, int] | None = None  # of a cross-validation: which division, which fold of it


@dataclass(frozen=True, eq=False)
class Folds:
    """Examples to be divided into `count` folds. Division 0 is the search's; repeats have divisions of their own.

    Each fold's parts are a copy, for each is standardized by its own training part: all of them together take the
    memory of the examples `count` times, as long as somebody holds them.
    """

    count: int
    part: Part  # as the source gave them
    standardize: bool
    info: DataInfo
    _made: WeakValueDictionary[tuple[int, int], Splits] = field(default_factory=WeakValueDictionary)

    def splits(self) -> Splits:
        """What a trainer gets: from here it takes the folds that its lanes ask for."""
        first = self.fold(0)
        return replace(first, info=self.info, folds=self, fold=None)

    def fold(self, index: int, division: int = 0) -> Splits:
        """One fold's parts, as a study of their own would have them."""
        made = self._made.get((division, index))
        if made is None:
            held_out = divided(self.part.y, self.count, division) == index
            made = self._parts(~held_out, held_out, (division, index))
            self._made[division, index] = made
        return made

    def whole(self) -> Splits:
        """All examples as one part, standardized by itself. Its validation part is an example of it."""
        every = torch.ones(len(self.part), dtype=torch.bool)
        both = self._parts(every, every & False, None)
        return replace(both, validation=Part(both.train.x[:1], both.train.y[:1]), info=self.info)

    def _parts(self, train: Tensor, validation: Tensor, fold: tuple[int, int] | None) -> Splits:
        """From bools [N] that say who is in it."""
        x, y = self.part.x, self.part.y
        (train_x, train_y), (validation_x, validation_y) = (
            (x.index_select(0, rows), y.index_select(0, rows))
            for rows in (mask.nonzero().flatten().to(x.device) for mask in (train, validation))
        )
        scale = _scale(train_x, self.info.features) if self.standardize else None
        info = replace(
            self.info, train=len(train_x), validation=len(validation_x), folds=None, **_statistics(scale)
        )
        parts = _part(train_x, train_y, scale, x.device), _part(validation_x, validation_y, scale, x.device)
        return Splits(*parts, info, fold=fold)


def divided(y: Tensor, count: int, division: int = 0) -> Tensor:
    """Which fold each example validates, int64 [N] on the CPU: shuffled, then dealt out class by class.

    So folds differ by one example at most, and by one of any class. Labels of several columns count as one
    class for each combination.
    """
    generator = torch.Generator().manual_seed(SHUFFLE_SEED + 1 + division)
    order = torch.randperm(len(y), generator=generator)
    kinds = torch.unique(y.cpu(), dim=0, return_inverse=True)[1]
    order = order[kinds[order].sort(stable=True).indices]
    folds = torch.empty_like(order)
    folds[order] = torch.arange(len(y)) % count
    return folds


@dataclass(frozen=True, eq=False)
class Scale:
    """Statistics of the training part, shaped to broadcast against x. What never varies has deviation 1."""

    mean: Tensor
    deviation: Tensor


class SealedTest:
    """The test part, out of reach until the one final evaluation opens it."""

    def __init__(self, x: Tensor, y: Tensor, scale: Scale | None, device: torch.device | str) -> None:
        self._x, self._y, self._scale, self._device = x, y, scale, device

    def open(self) -> Part:
        """The test part, standardized with the training part's statistics. For the final evaluation only."""
        return _part(self._x.clone(), self._y.clone(), self._scale, self._device)


def load(
    source: str,
    *,
    task: str,
    positive: Sequence[int | str] | None = None,
    train: int | None,
    validation: int | None,
    test: int | None,
    standardize: bool,
    folds: int | None = None,
    root: Path | None = None,
    require: bool = False,
    read: Callable[[], Raw] | None = None,
    device: torch.device | str = "cpu",
) -> tuple[Splits, SealedTest]:
    """Fetch a source and divide it: `train` examples first, then `validation`, from the order of the source.

    `read` gives the examples of a source that is no registered name.
    A source without a test part of its own is shuffled first, always alike, and gives up its last examples.
    With `folds`, all but the test part is cross-validated, and `train` and `validation` are not asked for.
    """
    if read is None:
        raw = sources.fetch(source, task=task, positive=positive, root=root, require=require)
    else:
        raw = read() if positive is None else sources.told_apart(read(), positive)
    if folds is None:
        _check_order(raw)
        counts, notes = _counts(raw, {"train": train, "validation": validation, "test": test})
    else:
        counts, notes = _counts(raw, {"train": None, "validation": None, "test": test})
        counts |= {"train": counts["train"] + counts["validation"], "validation": 0}
    (x, y), (validation_x, validation_y), (test_x, test_y) = _divided(raw, counts)
    features = fitted(raw.columns, x, raw.impute)
    if features:
        x, validation_x, test_x = (encoded(part, raw.columns, features) for part in (x, validation_x, test_x))
    md5 = _md5(x, y, validation_x, validation_y)  # before standardization, which works in place
    if folds is not None:
        _check_folds(folds, y, task, raw.classes)
        md5 = _md5(x, y, divided(y, folds))
    scale = _scale(x, features) if standardize else None
    unseen = (*_unseen(y, validation_y, "validation", raw.classes), *_unseen(y, test_y, "test", raw.classes))
    info = DataInfo(
        name=raw.name,
        task=task,
        stand_in=raw.stand_in,
        input_shape=tuple(x.shape[1:]),
        outputs=_outputs(raw, task),
        train=len(x) if folds is None else len(x) - math.ceil(len(x) / folds),
        validation=len(validation_x) if folds is None else len(x),
        test=len(test_x),
        **_statistics(scale),
        md5=md5,
        notes=(*raw.notes, *notes, *unseen),
        classes=raw.classes,
        white=raw.white,
        folds=folds,
        features=features,
        file_md5=raw.file_md5,
    )
    sealed = SealedTest(test_x, test_y, scale, device)
    if folds is not None:
        return Folds(folds, Part(x.to(device), y.to(device)), standardize, info).splits(), sealed
    splits = Splits(_part(x, y, scale, device), _part(validation_x, validation_y, scale, device), info)
    return splits, sealed


def _check_order(raw: Raw) -> None:
    """Examples with a test part of their own keep their order, and the validation part is cut from their end."""
    y = raw.y
    if raw.test_y is None or y.ndim > 1:
        return
    runs, classes = 1 + int((y[1:] != y[:-1]).sum()), len(torch.unique(y))
    if runs == classes > 1 and len(y) > SORTED * classes:
        raise WorkbenchError(
            f"{raw.name}: its {len(y):,} examples are sorted by class: the validation part, cut from their end, "
            "would have classes that the training part never shows",
            hint="shuffle x and y: order = numpy.random.default_rng(0).permutation(len(x)); x, y = x[order], "
            'y[order]; or write validation = "5-fold", which shuffles',
        )


def _check_folds(folds: int, y: Tensor, task: str, names: tuple[str, ...]) -> None:
    """Every fold can show, and ask for, every class. Sets of labels may be rarer than that."""
    if task == "multilabel":
        enough, rarest = len(y), "there are"
    else:
        kinds, counts = torch.unique(y.long(), return_counts=True)
        enough, place = int(counts.min()), int(kinds[counts.argmin()])
        rarest = f"of class {names[place] if names else place} there are"
    if folds > enough:
        raise WorkbenchError(
            f'data.validation = "{folds}-fold", but {rarest} only {enough:,} examples outside the test part',
            hint=f'write "{enough}-fold" at most' if enough > 1 else "leave data.validation out",
        )


def _counts(raw: Raw, asked: Mapping[str, int | None]) -> tuple[dict[str, int], tuple[str, ...]]:
    """How many examples each part gets, and a note where a stand-in cannot give what was asked for."""
    n, test, validation, train = len(raw.x), asked["test"], asked["validation"], asked["train"]
    if raw.test_x is None:
        tested = _fifth(n) if test is None else test
        rest = n - tested
    else:
        tested, rest = len(raw.test_x) if test is None else test, n
        if tested > len(raw.test_x):
            raise WorkbenchError(
                f"data.test: {tested:,} examples asked for, the source's test part has {len(raw.test_x):,}",
                hint="leave data.test out to use them all",
            )
    validated = _fifth(rest) if validation is None else validation
    trained = rest - validated if train is None else train
    if min(trained, validated, tested) > 0 and trained + validated <= rest:
        return {"train": trained, "validation": validated, "test": tested}, ()
    if not raw.stand_in:
        raise _too_many(n, asked, {"validation": validated} | ({"test": tested} if raw.test_x is None else {}))
    tested = min(tested, _fifth(n))
    rest = n - tested
    validated = rest * validation // (train + validation) if train and validation else _fifth(rest)
    validated = max(1, validated)
    counts = {"train": rest - validated, "validation": validated, "test": tested}
    wanted = ", ".join(f"{name} = {count}" for name, count in asked.items() if count is not None)
    given = ", ".join(f"{name} = {count}" for name, count in counts.items())
    return counts, (f"The study asks for {wanted}; scaled down to the {n:,} images of the stand-in: {given}.",)


def _fifth(n: int) -> int:
    return max(1, n // 5)


def _too_many(n: int, asked: Mapping[str, int | None], defaults: Mapping[str, int]) -> WorkbenchError:
    """Says which part asks for most, and how the whole sum comes about."""
    given = {name: count for name, count in asked.items() if count is not None and name in ("train", *defaults)}
    if not given:
        return WorkbenchError(f"data: the source has {n:,} examples, too few for three parts")
    most = max(given, key=lambda name: given[name])
    terms = [f"train {asked['train']:,}" if asked["train"] else "train at least 1"]
    for name, count in defaults.items():
        terms.append(f"{name} {count:,}" + ("" if asked[name] else " (a fifth, as none is given)"))
    share = "all that the others leave" if most == "train" else "a fifth"
    return WorkbenchError(
        f"data.{most}: {given[most]:,} examples asked for, the source has {n:,}: {' + '.join(terms)} do not fit",
        hint=f"ask for fewer, or leave data.{most} out: it then gets {share}",
    )


def _divided(raw: Raw, counts: Mapping[str, int]) -> list[tuple[Tensor, Tensor]]:
    """(x, y) of training, validation and test part, each a copy of its own."""
    n, train, validation, test = len(raw.x), counts["train"], counts["validation"], counts["test"]
    if raw.test_x is None or raw.test_y is None:
        order = torch.randperm(n, generator=torch.Generator().manual_seed(SHUFFLE_SEED))
        order = _spread(raw.y, order) if raw.stratified else order
        tested = (raw.x, raw.y, order[n - test :])  # the last: the same ones whatever is asked of the other parts
    else:
        order = torch.arange(n)
        tested = (raw.test_x, raw.test_y, torch.arange(test))
    places = ((raw.x, raw.y, order[:train]), (raw.x, raw.y, order[train : train + validation]), tested)
    return [(x.index_select(0, rows), y.index_select(0, rows)) for x, y, rows in places]


def _spread(y: Tensor, order: Tensor) -> Tensor:
    """The order, int64 [N], with each class of y [N] dealt out evenly: every stretch has about their shares.

    The k-th of a class's n examples stands at (k - 1/2) / n of the way; what occurs once stands in the middle.
    """
    if y.ndim != 1:
        return order
    place = torch.empty(len(order), dtype=torch.float64)
    labels = y[order]
    for label in torch.unique(labels):
        members = (labels == label).nonzero().flatten()
        place[members] = (torch.arange(len(members), dtype=torch.float64) + 0.5) / len(members)
    return order[place.argsort(stable=True)]


def _outputs(raw: Raw, task: str) -> int:
    """Logits a model needs; classes are counted over all parts."""
    if task == "binary":
        return 1
    if task == "multilabel":
        return raw.y.shape[1]
    return 1 + max(int(y.max()) for y in (raw.y, raw.test_y) if y is not None)


def _statistics(scale: Scale | None) -> dict[str, Any]:
    """As `DataInfo` has them."""
    return {
        "mean": scale.mean.flatten().tolist() if scale else None,
        "deviation": scale.deviation.flatten().tolist() if scale else None,
    }


def _md5(*tensors: Tensor) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    for tensor in tensors:
        digest.update(tensor.numpy().data)
    return digest.hexdigest()


def _scale(x: Tensor, features: Sequence[Feature] = ()) -> Scale:
    """Mean and deviation per channel of [N, C, H, W], per feature of [N, D], otherwise of all numbers together.

    Of a table's features, the zeros and ones of categories are left as they are.
    """
    over = {2: (0,), 4: (0, 2, 3)}.get(x.ndim, tuple(range(x.ndim)))
    variance, mean = torch.var_mean(
        x, dim=over, correction=0, keepdim=True
    )  # Welford's, in double: no float64 copy
    deviation = torch.where(variance == 0, 1.0, variance.sqrt())
    if features:
        scaled = is_scaled(features)
        mean, deviation = torch.where(scaled, mean, 0.0), torch.where(scaled, deviation, 1.0)
    return Scale(mean, deviation)


def _part(x: Tensor, y: Tensor, scale: Scale | None, device: torch.device | str) -> Part:
    """Standardizes x in place, and moves both to the device."""
    if scale is not None:
        x.sub_(scale.mean).div_(scale.deviation)
    return Part(x.to(device), y.to(device))


def _unseen(train_y: Tensor, y: Tensor, part: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """A note on labels that the model will be asked for, but never shown."""
    unknown = sorted(_labels(y) - _labels(train_y))
    if not unknown:
        return ()
    listed = ", ".join(names[one] if names else str(one) for one in unknown[:10])
    return (
        f"The {part} part has {len(unknown)} label(s) that the training part never shows: {listed}"
        f"{', ...' if len(unknown) > 10 else ''}. They need more examples, or to be left out.",
    )


def _labels(y: Tensor) -> set[int]:
    """Classes that occur; for multilabel the columns with a 1."""
    return set((y.any(0).nonzero().flatten() if y.ndim == 2 else torch.unique(y)).long().tolist())
