"""What the parent asks a child process to run. Plain values: it travels as JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Request:
    """One run of a target in a process of its own."""

    target: str  # absolute path of a .py or .ipynb
    folder: str  # a folder of ours: trace.json, losses.json, stdout, stderr come to lie here
    cwd: str
    args: tuple[str, ...] = ()
    mode: str = "record"  # "record": the whole trace; "bare": losses only, by one wrapped function
    network: dict[str, Any] | None = None  # examine a network that `target` defines, instead of running `target`
    steps: int = 200
    seconds: float = 60.0
    preload: tuple[str, ...] = ()  # installed modules to import before the process is forked, once for all runs
    memory: int | None = None  # megabytes
    probes: tuple[str, ...] = ()  # experiments to make after recording
    remedies: tuple[dict[str, Any], ...] = ()  # repairs in force, in "bare" mode
    meters: tuple[str, ...] = ()  # what to measure beside the losses, in "bare" mode

    def to_json(self) -> str:
        """One line."""
        return json.dumps(dataclasses.asdict(self))


def from_json(text: str) -> Request:
    """The request that `to_json` wrote."""
    values = json.loads(text)
    for name in ("args", "probes", "remedies", "meters", "preload"):
        values[name] = tuple(values[name])
    return Request(**values)
