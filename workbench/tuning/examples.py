"""A study's data as tensors on a device."""

from __future__ import annotations

from pathlib import Path

import torch

from workbench.data import sources, splits
from workbench.study import user_code
from workbench.study.spec import StudySpec


def load(
    spec: StudySpec, device: torch.device | str, *, require: bool = False
) -> tuple[splits.Splits, splits.SealedTest]:
    """The parts that the study asks for. `require`: no stand-in where a data set is missing."""
    wanted = spec.data
    own = wanted.source not in sources.NAMES
    return splits.load(
        wanted.source,
        task=spec.task,
        positive=wanted.positive,
        train=wanted.train,
        validation=wanted.validation,
        test=wanted.test,
        standardize=wanted.standardize,
        root=None if wanted.root is None else spec.folder / Path(wanted.root).expanduser(),
        require=require,
        function=user_code.load_function(wanted.source, spec.folder) if own else None,
        device=device,
    )
