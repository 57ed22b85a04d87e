"""Trials in the middle of their training, as files: one that was cut short goes on from its last epoch.

A file for each trial, whatever company it is in, so that any cohort, worker or host that finds it goes on from it.
It holds all that the next epoch follows from and all that came of those before. What is not whole, or not exactly
of this trial on this kind of machine, is told and left alone: the trial then begins anew, to the same end.

A trial is put down when it has been trained for half a minute, so shorter ones cost nothing. Tensors are kept as
safetensors, everything else as JSON beside them; nothing in a file is run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import TypeAdapter
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

import workbench
from workbench import atomic
from workbench.errors import WorkbenchError
from workbench.models.saved import Weights
from workbench.study.trial import Epoch
from workbench.tuning.trainer import Keep, Lane, OnEpoch

EVERY = 30.0  # seconds of training that a kill may cost: shorter trials are trained anew
LONG = 0.6  # seconds that a write may take; longer ones are rarer by as much: 2 % of the time at most
QUOTA = 8 << 30  # bytes of all files of a study; half of what is free, where that is less
FIRST = "workbench snapshot 1"  # followed by the digest of what comes after the line
UNFINISHED = "unfinished"  # the folder beside a study's reports
_UNFIT = (ValueError, TypeError, KeyError, AttributeError, RuntimeError)  # what another network's state leads to


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A lane after an epoch. `inside` is its trainer's: tables, lists, numbers, text and tensors."""

    curve: tuple[Epoch, ...]
    seconds: float
    weights: Weights | None  # of its best epoch
    inside: dict[str, Any]

    def check(self, done: int, epochs: int, weights: Weights) -> None:
        """ValueError where its curve is not of so many epochs, of so many in all; or its weights not like these."""
        numbers = [epoch.epoch for epoch in self.curve]
        if numbers != list(range(1, done + 1)) or not 0 < done < epochs:
            raise ValueError(f"it has epochs {numbers} in its curve, and {done} of {epochs} behind it")
        if self.weights is not None and _shapes(self.weights) != _shapes(weights):
            raise ValueError("the weights of its best epoch are not those of its network")


def _shapes(weights: Weights) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in weights.items()}


class Unfit(Exception):  # noqa: N818 - told, and then the trial begins anew
    """A snapshot is of another network."""


@contextmanager
def unfit() -> Iterator[None]:
    """What goes wrong inside is for that reason."""
    try:
        yield
    except _UNFIT as error:
        raise Unfit(f"{type(error).__name__}: {error}".splitlines()[0]) from error


def _nobody(_text: str) -> None:
    pass


@dataclass(eq=False)
class Snapshots:
    """Those of one study's trials. `of` is what must be the same for one to be gone on from, beside the lane."""

    folder: Path
    of: Mapping[str, str]
    say: Callable[[str], None] = _nobody
    every: float = field(default_factory=lambda: EVERY)  # seconds
    _since: dict[str, float] = field(default_factory=dict, init=False)  # when a trial began, or was put down
    _refused: bool = field(default=False, init=False)  # whether it was said that one cannot be written

    def silent(self) -> Snapshots:
        """The same for another process."""
        return replace(self, say=_nobody)

    def of_trainer(self, name: str, device: torch.device) -> Snapshots:
        """Those of a trainer on this device: another's numbers differ in their last bits."""
        kind = torch.backends.cpu.get_cpu_capability()
        if device.type == "cuda":
            kind = torch.cuda.get_device_name(device)
        versions = {"workbench": workbench.__version__, "torch": torch.__version__}
        return replace(self, of={**self.of, **versions, "trainer": name, "device": f"{device.type}, {kind}"})

    # -- going on ---------------------------------------------------------------------------------------------

    def find(self, lanes: Iterable[Lane]) -> dict[int, Snapshot]:
        """Of those that begin now, what there is to go on from: lane number -> snapshot. Says which do."""
        now, found, told = time.monotonic(), dict[int, Snapshot](), list[tuple[str, int]]()
        for name, group in _by_name(lanes).items():
            self._since[name] = now
            try:
                there = _read(self.path(name), self.of, group)
            except FileNotFoundError:
                continue
            except (_NotOurs, OSError) as error:
                self.say(f"{self.path(name)} {error}: {_words(name)} begins anew")
                continue
            found |= there
            told.append((name, len(there[group[0].number].curve)))
        if len(told) == 1:
            self.say(f"{_words(told[0][0])} goes on after epoch {told[0][1]}")
        elif told:
            epochs = sorted(epoch for _, epoch in told)
            self.say(f"{len(told)} trials go on after epochs {epochs[0]} to {epochs[-1]}")
        return found

    # -- putting down -----------------------------------------------------------------------------------------

    def put_down(self, running: Iterable[tuple[Lane, Callable[[], Snapshot]]]) -> None:
        """After an epoch of these: put down the trials whose time has come."""
        lanes: dict[str, list[tuple[Lane, Callable[[], Snapshot]]]] = {}
        for lane, snapshot in running:
            if lane.kept_as:
                lanes.setdefault(lane.kept_as, []).append((lane, snapshot))
        began = time.monotonic()
        self._since = {name: self._since.get(name, began) for name in lanes}
        due = [name for name, since in self._since.items() if began - since >= self.every]
        for name in due:
            self._write(name, [(lane, snapshot()) for lane, snapshot in lanes[name]])
        ended = time.monotonic()
        pause = self.every * max(1.0, (ended - began) / LONG)
        self._since |= dict.fromkeys(due, ended + pause - self.every)

    def _write(self, name: str, states: Sequence[tuple[Lane, Snapshot]]) -> None:
        try:
            content = _written(self.of, states)
            self._make_room(len(content), but=self.path(name))
            atomic.write(self.path(name), content)
        except (WorkbenchError, OSError, TypeError, ValueError, SafetensorError) as error:
            if not self._refused:
                why = error.message if isinstance(error, WorkbenchError) else str(error)
                self.say(f"{_words(name)} cannot be put down, and will begin anew if it is cut short: {why}")
            self._refused = True

    def _make_room(self, size: int, but: Path) -> None:
        """The oldest go first. OSError where one alone is too large."""
        self.folder.mkdir(parents=True, exist_ok=True)
        files = []
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):
                about = path.stat()
                files.append((about.st_mtime, about.st_size, path))
        there = sum(size for _, size, _ in files)
        most = min(QUOTA, (shutil.disk_usage(self.folder).free + there) // 2)
        if size > most:
            raise OSError(f"it takes {size:,} bytes, and {self.folder} may hold {most:,}")
        there -= sum(size for _, size, path in files if path == but)
        for _, taken, path in sorted(files):
            if there + size <= most:
                return
            if path != but:
                path.unlink(missing_ok=True)
                there -= taken

    # -- what is over -----------------------------------------------------------------------------------------

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.snapshot"

    def forget(self, names: Iterable[str]) -> None:
        """These have ended, and that is stored."""
        for name in names:
            with suppress(OSError):
                self.path(name).unlink(missing_ok=True)

    def clear(self) -> None:
        """The study is finished."""
        shutil.rmtree(self.folder, ignore_errors=True)


Started = TypeVar("Started")


def begin(
    snapshots: Snapshots | None,
    lanes: Sequence[Lane],
    start: Callable[[Lane, Snapshot | None], Started],
    *told: Keep | OnEpoch,
) -> list[Started]:
    """Start each lane, from what is found of it where there is something. `start` raises Unfit where it is not its.

    All are told again what the lanes have behind them, in order, for a kill may have come before it was stored.
    Nobody is dropped for it: they were judged when they ended those epochs, and went on.
    """
    if snapshots is None:
        return [start(lane, None) for lane in lanes]
    found = snapshots.find(lanes)
    while True:
        started = []
        try:
            for lane in lanes:
                started.append(start(lane, found.get(lane.number)))
            break
        except Unfit as error:
            name = lane.kept_as
            snapshots.say(f"{snapshots.path(name)} does not fit ({error}): {_words(name)} begins anew")
            for one in lanes:  # folds go in step
                if one.kept_as == name:
                    found.pop(one.number, None)
    for place in range(max((len(one.curve) for one in found.values()), default=0)):
        epochs = {number: one.curve[place] for number, one in found.items() if place < len(one.curve)}
        for tell in told:
            tell(epochs)
    return started


def _by_name(lanes: Iterable[Lane]) -> dict[str, list[Lane]]:
    """The lanes of each trial that is put down at all."""
    found: dict[str, list[Lane]] = {}
    for lane in lanes:
        if lane.kept_as:
            found.setdefault(lane.kept_as, []).append(lane)
    return found


def _words(name: str) -> str:
    return name.replace("-", " ")


# -- the file ---------------------------------------------------------------------------------------------------


_CURVE = TypeAdapter(tuple[Epoch, ...])


class _NotOurs(Exception):  # noqa: N818 - told, and passed over
    pass


def _written(of: Mapping[str, str], states: Sequence[tuple[Lane, Snapshot]]) -> bytes:
    """TypeError where a network keeps something that is neither tensor nor plain value."""
    tensors: list[Tensor] = []
    said = {
        "of": dict(of),
        "lanes": [
            {"of": _identity(lane), "curve": [asdict(epoch) for epoch in one.curve], "seconds": one.seconds}
            | {"weights": _packed(one.weights, tensors), "inside": _packed(one.inside, tensors)}
            for lane, one in states
        ],
    }
    named = {
        str(number): one.to("cpu", copy=True, memory_format=torch.contiguous_format)
        for number, one in enumerate(tensors)
    }
    content = save(named, {"said": json.dumps(said)})
    return f"{FIRST} {hashlib.sha256(content).hexdigest()}\n".encode() + content


def _read(path: Path, of: Mapping[str, str], lanes: Sequence[Lane]) -> dict[int, Snapshot]:
    """Lane number -> snapshot, of exactly these lanes. FileNotFoundError, or _NotOurs with the reason."""
    first, _, content = path.read_bytes().partition(b"\n")
    if first != f"{FIRST} {hashlib.sha256(content).hexdigest()}".encode():
        raise _NotOurs("is damaged, or of another version of workbench")
    try:
        tensors = load(content)
        length = int.from_bytes(content[:8], "little")
        said = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["said"])
        for name, mine in of.items():
            if said["of"].get(name) != mine:
                raise _NotOurs(f"is of another {name} ({said['of'].get(name)}, not {mine})")
        if [one["of"] for one in said["lanes"]] != [_identity(lane) for lane in lanes]:
            raise _NotOurs("is of another training")
        return {
            lane.number: Snapshot(
                _CURVE.validate_python(one["curve"]),
                float(one["seconds"]),
                _unpacked(one["weights"], tensors),
                _unpacked(one["inside"], tensors),
            )
            for lane, one in zip(lanes, said["lanes"], strict=True)
        }
    except (SafetensorError, *_UNFIT) as error:
        raise _NotOurs(f"holds no snapshot ({type(error).__name__})") from error  # made by somebody else


def _identity(lane: Lane) -> dict[str, Any]:
    """All that a lane's numbers follow from, as JSON gives it back."""
    about = asdict(lane)
    del about["number"], about["kept_as"], about["scored_at"]  # where it stands in a study, what is told of it
    said: dict[str, Any] = json.loads(json.dumps(about))
    return said


def _packed(value: Any, tensors: list[Tensor]) -> Any:
    """As JSON, with tensors by their place in `tensors`; their strides, which a GPU's or a cnn's sums follow."""
    match value:
        case Tensor():
            value = value.detach()
            tensors.append(value)
            return {"tensor": len(tensors) - 1, "stride": torch.empty_like(value, device="meta").stride()}
        case dict():
            return {"table": [[_packed(name, tensors), _packed(one, tensors)] for name, one in value.items()]}
        case tuple():
            return {"tuple": [_packed(one, tensors) for one in value]}
        case list():
            return [_packed(one, tensors) for one in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            raise TypeError(f"its network or optimizer keeps a {type(value).__name__}")


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    match value:
        case {"tensor": number, "stride": stride}:
            one = tensors[str(number)]
            if list(one.stride()) == stride:
                return one
            return torch.empty_strided(one.shape, stride, dtype=one.dtype).copy_(one)
        case {"table": rows}:
            return {name: _unpacked(one, tensors) for name, one in rows}
        case {"tuple": values}:
            return tuple(_unpacked(one, tensors) for one in values)
        case list():
            return [_unpacked(one, tensors) for one in value]
        case _:
            return value
