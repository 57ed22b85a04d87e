"""The course of one training that was watched, as plain values: noted by `tuning.watching`, drawn by reporting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from workbench.study.trial import Epoch


@dataclass(frozen=True)
class Spread:
    """The values that a layer gave, all units and examples together."""

    values: list[float]  # from the smallest to the largest, evenly picked
    zeros: float  # share of exact zeros: of a ReLU, what it holds back


@dataclass(frozen=True)
class Look:
    """A closer look at the network after an epoch; 0 is before the first."""

    epoch: int
    activations: dict[str, Spread]  # layer -> its outputs for validation examples
    plane: str | None = None  # what it says over the plane of two features, as `evidence.boundary` writes it


@dataclass
class Course:
    """All of a training so far. Minibatches follow one another, as many in each epoch."""

    curve: list[Epoch] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)  # of each minibatch, before its update
    accuracies: list[float] = field(default_factory=list)
    # Layer -> for each epoch the norms of its gradient: the 10th percentile, the median and the 90th.
    gradients: dict[str, list[list[float]]] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)

    def until(self, epoch: int) -> Course:
        """The course as it was after this epoch."""
        minibatches = epoch * (len(self.losses) // len(self.curve)) if self.curve else 0
        return Course(
            self.curve[:epoch],
            self.losses[:minibatches],
            self.accuracies[:minibatches],
            {name: norms[:epoch] for name, norms in self.gradients.items()},
            [look for look in self.looks if look.epoch <= epoch],
        )

    def as_dict(self) -> dict[str, Any]:
        """Lists and tables of numbers and text alone."""
        return asdict(self)

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> Course:
        """The inverse of `as_dict`; TypeError, KeyError or AttributeError where the table is none of it."""
        looks = [
            Look(
                one["epoch"],
                {name: Spread(**spread) for name, spread in one["activations"].items()},
                one["plane"],
            )
            for one in table["looks"]
        ]
        curve = [Epoch(**epoch) for epoch in table["curve"]]
        return cls(**{**table, "curve": curve, "looks": looks})
