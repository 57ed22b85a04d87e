"""The text of a new study file: ranges that suit how many examples there are, and what each line is for.

`benchmarks/new_study.py` holds them against scikit-learn, on tables that they were not chosen on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.study.toml import inline

FEW = 2000  # examples below which folds take the place of a validation part
FOLDS = 5
RARE = 0.5  # share of what a class would have if all had the same
LARGE_ENOUGH = 12  # pixels a side from which convolutions pay
COMMENT = 44  # where comments begin, where the line leaves room


@dataclass(frozen=True)
class Facts:
    """What a new study has to know of its data.

    `rows`: examples that are there to be divided; `features`: numbers of one example as the network gets them.
    """

    source: str  # as data.source will say it
    task: str
    rows: int
    shape: tuple[int, ...]  # of one example
    features: int
    classes: int
    rarest: int  # examples of the rarest class
    test_rows: int | None = None  # of a test part of its own
    target: tuple[str, ...] = ()  # of a table
    missing: int = 0
    columns: tuple[
        tuple[str, str], ...
    ] = ()  # of a table: those that are taken in another way than would be guessed
    size: tuple[int, int] | None = None  # images: height and width that they are to be brought into
    channels: int | None = None


def text(name: str, facts: Facts) -> str:
    """The whole file."""
    sections = [_top(name, facts), _data(facts), _model(facts), _space(facts), _budget()]
    return "\n\n".join("\n".join(part) for part in sections) + "\n"


def _top(name: str, facts: Facts) -> Iterator[str]:
    yield f"# Written by workbench new; every line is yours to change. workbench tune --study {name}"
    yield f"name = {inline(name)}"
    yield f"description = {inline(_description(facts))}"
    why = {
        "binary": "two classes: the network has one output",
        "multiclass": f"{facts.classes} classes: an output each",
        "multilabel": f"{facts.classes} labels that do not exclude one another",
    }
    yield _line(f"task = {inline(facts.task)}", why[facts.task])
    if facts.task != "multilabel" and facts.rarest < RARE * facts.rows / facts.classes:
        share = f"{facts.rarest / facts.rows:.1%}"
        yield _line('metric = "accuracy"', f'"balanced-accuracy": the rarest class, {share}, counts like any other')
    else:
        yield _line('metric = "accuracy"', "of the validation part; what the best trial has most of")


def _description(facts: Facts) -> str:
    what = f"images of {'x'.join(map(str, facts.shape))}" if len(facts.shape) > 1 else f"{facts.features} features"
    kind = "labels" if facts.task == "multilabel" else "classes"
    return f"{facts.rows + (facts.test_rows or 0):,} examples, {what}, {facts.classes} {kind}"


def _data(facts: Facts) -> Iterator[str]:
    yield "[data]"
    yield f"source = {inline(facts.source)}"
    if facts.target:
        target = facts.target[0] if len(facts.target) == 1 else list(facts.target)
        yield _line(f"target = {inline(target)}", "the other columns are features")
    if facts.columns:
        yield _line(f"features = {inline(dict(facts.columns))}", '"number", "category" or "drop"')
    if facts.missing:
        yield _line(
            'impute = "median"',
            f"{facts.missing:,} values are missing: the training part's median takes their place",
        )
    if facts.size is not None:
        height, width = facts.size
        yield _line(f"size = {height if height == width else [height, width]}", "all images are resized to it")
    if facts.channels is not None:
        yield _line(f"channels = {facts.channels}", "some are grey, others are not")
    test, validation, train = parts(facts)
    if facts.test_rows is None:
        yield _line(f"test = {test}", "put aside until the end")
    if folded(facts):
        yield _line(f'validation = "{FOLDS}-fold"', "few examples: each is validated on once, a trial is the mean")
    else:
        yield _line(f"validation = {validation}", f"trials are compared on these; the other {train:,} train")


def parts(facts: Facts) -> tuple[int, int, int]:
    """How many examples are tested on, compared on and trained on: a fifth, a fifth of the rest, the others."""
    test = max(1, facts.rows // 5) if facts.test_rows is None else 0
    validation = max(1, -(-(facts.rows - test) // FOLDS))
    return test, validation, facts.rows - test - validation


def folded(facts: Facts) -> bool:
    """Whether there are few examples, and enough of each class for every fold."""
    return facts.rows < FEW and facts.rarest >= 2 * FOLDS


def _of_images(facts: Facts) -> bool:
    return len(facts.shape) == 3 and min(facts.shape[1:]) >= LARGE_ENOUGH


def _model(facts: Facts) -> Iterator[str]:
    yield "[model]"
    family = "cnn" if _of_images(facts) else "mlp"
    yield _line(f'family = "{family}"', 'or "file.py:build" returning an nn.Module from the values below')


def _space(facts: Facts) -> Iterator[str]:
    yield "[space]"
    ranges = _ranges(facts)
    if _of_images(facts):
        deepest = 3 if min(facts.shape[1:]) >= 2 * LARGE_ENOUGH else 2
        yield _line(f"blocks = {inline({'int': [1, deepest]})}", "convolution, activation, pooling")
        yield _line(f"channels = {inline({'int': [8, 32], 'log': True})}", "of each convolution")
        yield _line("kernel = 3", "")
        yield _line('padding = "same"', "a convolution keeps the image's size, pooling halves it")
    yield _line(f"depth = {inline({'int': ranges.depth})}", "hidden layers")
    yield _line(f"units = {inline({'int': ranges.units, 'log': True})}", "in each of them")
    yield _line(f"activation = {inline({'choice': ['relu', 'silu']})}", "")
    yield _line(f"dropout = {inline({'float': [0.0, 0.5]})}", "share of units left out in training")
    yield _line('optimizer = "adamw"', "")
    yield _line(f"lr = {inline({'float': ranges.lr, 'log': True})}", "learning rate")
    yield _line(f"weight_decay = {inline({'float': [1e-4, 1.0], 'log': True})}", "")
    yield _line('lr_schedule = "cosine"', "falls to 0 over the epochs")
    batches = [size for size in ranges.batches if 2 * size <= parts(facts)[2]] or [max(1, parts(facts)[2] // 2)]
    yield _line(f"batch_size = {inline({'choice': batches})}", "examples an update")
    yield _line(f"epochs = {ranges.epochs}", "")


@dataclass(frozen=True)
class _Ranges:
    depth: Sequence[int]
    units: Sequence[int]
    lr: Sequence[float]
    batches: Sequence[int]
    epochs: int


def _ranges(facts: Facts) -> _Ranges:
    """More examples allow for wider networks and larger minibatches, and need fewer epochs.

    Of networks that are tied the smallest is recommended, so the narrowest is one that can do.
    """
    n = facts.rows
    if n < 300:
        return _Ranges((1, 2), (16, 64), (1e-3, 1e-2), (8, 16, 32), 60)
    if n < FEW:
        return _Ranges((1, 2), (48, 128), (5e-4, 1e-2), (16, 32, 64), 40)
    if n < 10_000:
        return _Ranges((1, 3), (64, 256), (5e-4, 1e-2), (32, 64, 128), 30)
    if n < 50_000:
        return _Ranges((1, 3), (64, 256), (5e-4, 1e-2), (128, 256), 25)
    return _Ranges((1, 3), (64, 256), (5e-4, 1e-2), (256, 512), 15)


def _budget() -> Iterator[str]:
    yield "[budget]"
    yield _line("trials = 40", "finished trials in all; the same command with more goes on")
    yield _line('timeout = "10m"', "of one command")


def _line(said: str, comment: str) -> str:
    return f"{said:<{COMMENT}}# {comment}" if comment else said
