"""How many bytes a cohort will hold before it starts, how many there are, and what too few look like.

Of a fused lane the buffers are known by name, see `fused.program`; they are added up. Of a network that is trained
by itself the activations are what autograd keeps of a forward pass: it is made once on torch's meta device, where
tensors have shapes and no memory. Not counted: what torch and its libraries hold, and the data, which are there.
"""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from workbench.data.splits import DataInfo
from workbench.fused.buffers import COLUMNS
from workbench.fused.layout import padded
from workbench.fused.program import EVALUATED
from workbench.models import family, mlp
from workbench.study.space import Point
from workbench.study.spec import StudySpec
from workbench.study.vocabulary import MLP, TRAINER, settings
from workbench.tuning.serial_trainer import CHUNK

NUMBER = 4  # bytes of a float32
USED = 0.8  # of what is free: estimates are within 25 % of what was measured
MOMENTS = {"sgd": 1, "adam": 2, "adamw": 2, "rmsprop": 1}  # numbers that a fused rule keeps for each weight


def short(error: BaseException) -> bool:
    """Whether it says that memory was too little: Python's, a GPU's, or torch's on a CPU, which has no type."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)


# -- how much there is ------------------------------------------------------------------------------------


def free(device: str = "cpu") -> int | None:
    """Bytes that may still be had: a GPU's, or main memory's with a container's limit; None where nobody says."""
    if device != "cpu":
        return torch.cuda.mem_get_info(device)[0]
    lines = _text("/proc/meminfo").splitlines()
    found = [int(line.split()[1]) << 10 for line in lines if line.startswith("MemAvailable:")]
    for limit, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
        for folder in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory"):  # of version 2, and of version 1
            said = _text(f"{folder}/{limit}").strip(), _text(f"{folder}/{used}").strip()
            if all(each.isdecimal() for each in said):
                found.append(int(said[0]) - int(said[1]))
    return min(found, default=None)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


@dataclass
class Room:
    """The bytes that each worker's cohort may hold. A cohort for which they were too few makes it smaller."""

    bytes: float = math.inf

    @classmethod
    def shared(cls, devices: tuple[str, ...], workers: int) -> Room:
        """What is free now, divided among so many workers of these devices."""
        found = [there for device in devices if (there := free(device)) is not None]
        return cls(USED * min(found) * len(devices) / max(workers, len(devices))) if found else cls()

    def was_too_much(self, held: int) -> None:
        """A cohort of so many bytes, by the estimate, ran out of memory: no later one is more than half of it."""
        self.bytes = min(self.bytes, held / 2)


# -- how much a cohort takes ------------------------------------------------------------------------------


def fused(point: Point, info: DataInfo, *, joined: bool = True) -> int:
    """Bytes of a trial as part of a fused cohort: a lane, or one for each fold.

    `joined`: others join the cohort at the end of an epoch. Then a program's numbers are handed to the next, and
    meanwhile the moments are there twice.
    """
    said: dict[str, Any] = settings(TRAINER | MLP, point)
    inputs, outputs = math.prod(info.input_shape), info.outputs
    hidden = [padded(width, inputs) for width in mlp.widths(said, outputs)]
    norm, dropout = bool(said["batch_norm"]), bool(said["dropout"])
    first = (hidden[0] if hidden else padded(outputs, inputs)) * inputs
    rest = sum(before * after for before, after in pairwise([*hidden, outputs])) + outputs
    rest += sum(hidden) * (3 if norm else 1)
    moments = MOMENTS[said["optimizer"]]
    rates = 3 + sum(bool(said[name]) for name in ("weight_decay", "momentum"))  # with each one's owner, an int64
    # As they came in, as they are trained, and those of the best epoch.
    weights = (3 + moments * (2 if joined else 1)) * (first + rest) + (1 + rates) * rest
    neurons = sum(hidden)
    columns, evaluated = (
        -(-min(most, there) // COLUMNS) * COLUMNS
        for most, there in ((said["batch_size"], info.train), (EVALUATED, info.validation))
    )
    activations = neurons * ((3 + norm + 2 * dropout) * columns + (2 + norm) * evaluated)
    activations += outputs * (2 * columns + evaluated)
    return NUMBER * (weights + activations) * (info.folds or 1)


def serial(spec: StudySpec, point: Point, info: DataInfo) -> int | None:
    """Bytes of a trial by itself; None where its network cannot be built without memory."""
    said: dict[str, Any] = settings(TRAINER, point)
    with suppress(Exception, SystemExit), torch.random.fork_rng(devices=[]), torch.device("meta"):
        module = family.build(
            spec.model.family, point, info.input_shape, info.outputs, folder=spec.folder, loss=spec.loss
        )
        weights = sum(each.numel() for each in module.parameters())
        largest = max(each.numel() for each in module.parameters())
        batch = min(said["batch_size"], info.train)
        kept, passing = _activations(module, torch.empty(batch, *info.input_shape))
        module.eval()
        with torch.no_grad():
            _, evaluated = _activations(module, torch.empty(min(CHUNK, info.validation), *info.input_shape))
        moments = MOMENTS[said["optimizer"]] - (said["optimizer"] == "sgd" and not said["momentum"])
        scratch = largest if said["optimizer"] == "rmsprop" or said["weight_decay"] else 0
        # Weights, gradients, moments, and the best epoch's weights, twice while a better one takes their place.
        fixed = weights * (4 + moments)
        training = weights * (3 + moments) + max(kept + passing, scratch)
        lanes = info.folds or 1
        return NUMBER * (max(fixed, training, weights * (3 + moments) + evaluated) + (lanes - 1) * fixed)
    return None


def _activations(module: nn.Module, x: Tensor) -> tuple[int, int]:
    """Numbers that autograd keeps of a forward pass; twice the largest output of a layer, for what passes."""
    own = {each.untyped_storage()._cdata for each in module.parameters()} | {x.untyped_storage()._cdata}
    held: dict[int, Tensor] = {}
    largest = 0

    def keep(each: Tensor) -> Tensor:
        held[each.untyped_storage()._cdata] = each
        return each

    def look(_module: nn.Module, _inputs: object, output: object) -> None:
        nonlocal largest
        if isinstance(output, Tensor):
            largest = max(largest, output.numel())

    hooks = [each.register_forward_hook(look) for each in module.modules() if not any(each.children())]
    try:
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda each: each):
            module(x)
    finally:
        for hook in hooks:
            hook.remove()
    kept = sum(each.untyped_storage().nbytes() for key, each in held.items() if key not in own) // NUMBER
    return kept, 2 * largest
