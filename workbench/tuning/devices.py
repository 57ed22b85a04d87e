"""Which device trains: "auto", "cpu", "cuda" or "cuda:N"."""

from __future__ import annotations

import re

import torch

from workbench.errors import WorkbenchError


def choose(name: str) -> torch.device:
    """The device of that name; "auto" is the first GPU where there is one, else the CPU."""
    if name == "cpu" or (name == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if name not in ("auto", "cuda") and not re.fullmatch(r"cuda:\d+", name):
        raise WorkbenchError(f"--device: {name!r} is no device", hint='say "auto", "cpu", "cuda" or "cuda:0"')
    if not torch.cuda.is_available():
        built = "" if torch.version.cuda else " (this build of torch is for the CPU only)"
        raise WorkbenchError(
            f"--device {name}: torch {torch.__version__} sees no CUDA device here{built}",
            hint="say --device cpu, or check the driver with nvidia-smi",
        )
    index = int(name.partition(":")[2] or 0)
    if index >= torch.cuda.device_count():
        there = ", ".join(f"cuda:{i}" for i in range(torch.cuda.device_count()))
        raise WorkbenchError(f"--device {name}: there is no such GPU", hint=f"there are: {there}")
    return torch.device("cuda", index)


def every(name: str) -> list[torch.device]:
    """All devices of that name, for a worker each: "auto" and "cuda" are every GPU where there is one."""
    first = choose(name)
    if first.type == "cpu" or ":" in name:
        return [first]
    return [torch.device("cuda", i) for i in range(torch.cuda.device_count())]


def describe(device: torch.device) -> str:
    """ "cpu", or "cuda:0 (NVIDIA H200)"."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return str(device)
