"""A study's data as tensors on a device."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from workbench.data import arrays, image_folder, npz, splits, tables
from workbench.data.sources import NAMES, Raw
from workbench.errors import WorkbenchError
from workbench.study import source, user_code
from workbench.study.spec import StudySpec


def load(
    spec: StudySpec, device: torch.device | str, *, require: bool = False
) -> tuple[splits.Splits, splits.SealedTest]:
    """The parts that the study asks for. `require`: no stand-in where a data set is missing."""
    wanted = spec.data
    return splits.load(
        wanted.source,
        task=spec.task,
        positive=wanted.positive,
        train=wanted.train,
        validation=wanted.examples_to_validate,
        folds=wanted.folds,
        test=wanted.test,
        standardize=wanted.standardize,
        root=None if wanted.root is None else spec.folder / Path(wanted.root).expanduser(),
        require=require,
        read=_reader(spec),
        device=device,
    )


def _reader(spec: StudySpec) -> Callable[[], Raw] | None:
    """What reads the examples of a source of the user's own; None: its name is registered."""
    wanted = spec.data
    task = spec.task if wanted.positive is None else "multiclass"
    match source.kind(wanted.source):
        case "name":
            if wanted.source not in NAMES and (spec.folder / wanted.source).is_dir():
                raise WorkbenchError(
                    f'data.source = "{wanted.source}" is a folder', hint=f'write "{wanted.source}/" for its images'
                )
            return None
        case "function":
            function = user_code.load_function(wanted.source, spec.folder)
            return partial(arrays.from_function, function, task=task, source=wanted.source)
        case "arrays":
            path = source.locate(wanted.source, spec.folder)
            return partial(npz.read, path, task=task, source=wanted.source)
        case "images":
            path = source.locate(wanted.source, spec.folder)
            asked: dict[str, Any] = {"size": wanted.size, "channels": wanted.channels}
            return partial(image_folder.read, path, task=task, source=wanted.source, **asked)
        case "table":
            return partial(
                tables.read,
                source.locate(wanted.source, spec.folder),
                task=task,
                target=wanted.target,
                features=wanted.features,
                impute=wanted.impute,
                name=wanted.source,
            )
