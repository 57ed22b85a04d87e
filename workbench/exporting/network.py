"""The network that a command is about: the one kept in reports/STUDY, or a trial of the storage trained again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from workbench.data.features import Feature
from workbench.errors import WorkbenchError
from workbench.models import family, task
from workbench.models.saved import Weights
from workbench.study.mistakes import did_you_mean
from workbench.study.source import kind
from workbench.study.user_code import blame, is_reference, locate
from workbench.tuning import checkpoint

CHUNK = 2048  # examples passed at once, as in the trainers


@dataclass(frozen=True, eq=False)
class Network:
    """A trained network in eval mode on the CPU, and what is known of it: `about` is what best.json holds."""

    module: nn.Module
    weights: Weights
    about: Mapping[str, Any]

    @property
    def input_shape(self) -> tuple[int, ...]:
        return tuple(self.about["input_shape"])

    @property
    def classes(self) -> tuple[str, ...]:
        """A name for each column of the probabilities."""
        count = 2 if self.about["task"] == "binary" else self.about["outputs"]
        return tuple(self._data.get("classes") or map(str, range(count)))

    @property
    def white(self) -> int | None:
        """Of a registered set of images: the whole number that its files hold for 1.0; None for other data."""
        return self._data.get("white")

    @property
    def features(self) -> tuple[Feature, ...]:
        """Of a table: the columns that a row must have; empty for other data."""
        return tuple(map(Feature.from_dict, self._data.get("features") or ()))

    @property
    def photographs(self) -> bool:
        """Whether it learned from a folder of images, which may be light or dark."""
        return kind(str(self._data.get("name", ""))) == "images"

    @property
    def _data(self) -> Mapping[str, Any]:
        return self.about.get("data") or {}

    def scale(self) -> tuple[Tensor, Tensor] | None:
        """Mean and deviation of the training part, shaped to broadcast against [N, *input_shape]."""
        known = self.about["standardize"]
        if known["mean"] is None:
            return None
        shape = (-1, 1, 1) if len(self.input_shape) == 3 else (-1,)
        return torch.tensor(known["mean"]).reshape(shape), torch.tensor(known["deviation"]).reshape(shape)

    def logits(self, x: Tensor) -> Tensor:
        """x [N, *input_shape], as its source gives it: not standardized -> [N, outputs].

        With the loss "nll" they are log-probabilities.
        """
        scale = self.scale()
        standardized = x if scale is None else (x - scale[0]) / scale[1]
        with torch.no_grad():
            answers: list[Tensor] = [self.module(part) for part in torch.split(standardized, CHUNK)]
        return torch.cat(answers)

    def probabilities(self, x: Tensor) -> Tensor:
        """x [N, *input_shape], not standardized -> [N, classes]."""
        return task.probabilities(self.about["task"], self.logits(x), self.about.get("loss"))


def kept(study: str, reports: Path) -> Network:
    """The network in REPORTS/STUDY. WorkbenchError where it is not there, not whole, or of another generation."""
    base, at, generation = study.rpartition("@")
    name = base if at and generation.isdecimal() else study
    folder = reports / name
    if not folder.is_dir():
        raise WorkbenchError(
            f"{folder}: there is no such folder" if not folder.exists() else f"{folder} is a file, not a folder",
            hint=did_you_mean(name, _with_a_network(reports))
            or f"workbench tune --study {name} finds a network and puts it there",
        )
    about, weights = checkpoint.read(folder)
    if at and about["study"] != (base if generation == "1" else study):
        raise WorkbenchError(
            f"{folder} holds the network of {about['study']}, not of {study}",
            hint=f"workbench export --study {study} --trial N trains one of its trials again",
        )
    return restored(about, weights)


def restored(about: Mapping[str, Any], weights: Weights) -> Network:
    """The network that `about` describes, with these weights."""
    try:
        return Network(family.restore(about, weights), weights, about)
    except WorkbenchError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        if not is_reference(str(about.get("family"))):
            raise WorkbenchError(
                f"best.json of {about['study']} does not describe a network that this version can build: {error}",
                hint=f"workbench tune --study {about['study']} --fresh searches again",
            ) from error
        raise _of_the_user(about, error) from error
    except (Exception, SystemExit) as error:  # a user's network may raise anything
        raise _of_the_user(about, error) from error


def _of_the_user(about: Mapping[str, Any], error: BaseException) -> WorkbenchError:
    path, _ = locate(about["family"], Path(about.get("folder") or "."))
    return WorkbenchError(
        f"model.family: {about['family']} fails at the point {about['point']}: {blame(error, path)}",
        hint="the function has changed since the study was run: put the old one back, or run the study again",
    )


def _with_a_network(reports: Path) -> list[str]:
    return [path.parent.name for path in reports.glob("*/best.json")] if reports.is_dir() else []
