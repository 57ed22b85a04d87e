"""The words a space may use: what the trainer and the families understand, and where each word counts.

A study that sets a word where it would do nothing (momentum under Adam) is refused at load, so this table
is the one place that says which words exist. It knows no torch, so that files are checked without it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from workbench.study.space import Point, Value


@dataclass(frozen=True)
class Word:
    """One name: its kind, the values that make sense, its default, and the settings under which it counts."""

    kind: Literal["int", "float", "bool", "name"]
    default: Value | None  # None: off unless set
    meaning: str
    low: float | None = None  # included, unless `above`
    high: float | None = None  # included, unless `below`
    above: bool = False  # low itself is excluded
    below: bool = False  # high itself is excluded
    names: tuple[str, ...] = ()  # of kind "name"
    needs: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)  # counts only where these hold
    tasks: tuple[str, ...] = ()  # counts only for these tasks; empty: for all
    per: str | None = None  # may hold one value for each of this word's count


TRAINER: dict[str, Word] = {
    "optimizer": Word("name", "adam", "update rule", names=("sgd", "adam", "adamw", "rmsprop")),
    "lr": Word("float", 1e-3, "learning rate", low=0, above=True),
    "momentum": Word(
        "float", 0.0, "momentum of SGD", low=0, high=1, below=True, needs={"optimizer": ("sgd",)}
    ),
    "nesterov": Word("bool", False, "Nesterov's momentum", needs={"optimizer": ("sgd",)}),
    "weight_decay": Word("float", 0.0, "weight decay, as the optimizer defines it", low=0),
    "lr_schedule": Word(
        "name", "constant", "learning rate over the epochs", names=("constant", "cosine", "step", "one-cycle")
    ),
    "lr_step": Word("int", 10, "epochs between two drops of the rate", low=1, needs={"lr_schedule": ("step",)}),
    "lr_factor": Word(
        "float", 0.1, "factor of each drop of the rate", low=0, high=1, above=True, below=True,
        needs={"lr_schedule": ("step",)},
    ),
    "label_smoothing": Word(
        "float", 0.0, "share of the target spread over all classes", low=0, high=1, below=True,
        tasks=("multiclass",),
    ),
    "batch_size": Word("int", 64, "examples per update", low=1),
    "epochs": Word("int", 10, "passes over the training part", low=1),
}  # fmt: skip

MLP: dict[str, Word] = {
    "depth": Word("int", 2, "hidden layers; 0 is a linear model", low=0),
    "units": Word("int", 64, "hidden units, shared or one value per layer", low=1, per="depth"),
    "shape": Word(
        "name", "constant", "widths of the hidden layers: all have `units`, or they fall evenly to the outputs",
        names=("constant", "funnel"),
    ),
    "activation": Word(
        "name", "relu", "nonlinearity after each hidden layer; none: Linear after Linear, which is but one of them",
        names=("relu", "leaky-relu", "elu", "gelu", "silu", "tanh", "sigmoid", "none"),
    ),
    "dropout": Word("float", 0.0, "share of hidden units dropped in training", low=0, high=1, below=True),
    "batch_norm": Word("bool", False, "batch normalization before each activation"),
    "weight_init": Word(
        "name", "default", "initial weights of the linear layers",
        names=("default", "kaiming-normal", "kaiming-uniform", "xavier-normal", "xavier-uniform", "orthogonal"),
    ),
}  # fmt: skip

LINEAR: dict[str, Word] = {"weight_init": MLP["weight_init"]}

CNN: dict[str, Word] = {
    "blocks": Word("int", 2, "blocks of convolution, batch norm, activation, pooling, dropout", low=1),
    "channels": Word("int", 16, "channels of the convolutions, shared or one value per block", low=1, per="blocks"),
    "kernel": Word("int", 3, "side of the convolutions' square kernels, in pixels", low=1, per="blocks"),
    "padding": Word(
        "name", "none", "edges of the convolutions: none shrinks the image by kernel - 1, same keeps its size",
        names=("none", "same"),
    ),
    "pool": Word("int", 2, "side of the max pooling that ends a block, in pixels; 1: none", low=1, per="blocks"),
    "conv_dropout": Word(
        "float", 0.0, "share of a block's channels dropped in training, after its pooling (Dropout2d)",
        low=0, high=1, below=True, per="blocks",
    ),
    **MLP,
    "depth": replace(MLP["depth"], default=1, meaning="hidden layers after the blocks; 0: straight to the outputs"),
}  # fmt: skip

FAMILIES: dict[str, dict[str, Word]] = {"mlp": MLP, "cnn": CNN, "linear": LINEAR}


def settings(words: Mapping[str, Word], point: Point) -> dict[str, Value | list[Value] | None]:
    """Every word's value at this point, defaults included."""
    return {name: point.get(name, word.default) for name, word in words.items()}


def left_out(space: Mapping[str, object], family: str, task: str) -> dict[str, Value]:
    """The words that a space does not mention, with their defaults; not those that count only beside another."""
    words = TRAINER | FAMILIES.get(family, {})
    return {
        name: word.default
        for name, word in words.items()
        if name not in space
        and not word.needs
        and word.default is not None
        and (not word.tasks or task in word.tasks)
    }
