"""model.pt: a network in the middle of its training, and all that it goes on from; written by `train --save`.

One file for `torch.load(…, weights_only=True)`: tensors, numbers, text, lists and tables. It carries the digest of
all that is in it, for torch reads a file with a flipped bit without a word.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import ConfigDict, TypeAdapter, with_config

from workbench import atomic
from workbench.errors import WorkbenchError
from workbench.study.course import Course
from workbench.study.space import Point
from workbench.tuning.serial_trainer import State

FORMAT = "workbench train, 1"
OUT = "free some space there, or name another file with --save"


@dataclass(frozen=True)
class About:
    """What was trained: enough to find the same data and build the same network."""

    study: str
    spec: dict[str, Any]  # StudySpec.resolved()
    folder: str  # the home of the study's "file.py:function"
    point: Point
    trial: int | None
    seed: int
    order_seed: int
    data: str  # DataInfo.md5
    torch: str  # its version


def write(path: Path, about: About, state: State, course: Course) -> None:
    """The file is there whole or not at all. WorkbenchError where it cannot be written."""
    content = {
        "format": FORMAT,
        **asdict(about),
        "spec": json.dumps(about.spec),
        "epoch": state.epoch,
        "weights": dict(state.weights),
        "optimizer": state.optimizer,
        "scheduler": state.scheduler,
        "generators": state.generators,
        "course": course.until(state.epoch).as_dict(),
    }
    file = io.BytesIO()
    torch.save(content | {"sha256": _digest(content)}, file)
    atomic.write(path, file.getvalue(), hint=OUT)


def read(path: Path) -> tuple[About, State, Course]:
    """What `write` has written. WorkbenchError where it is something else, or not whole."""
    try:
        content = torch.load(io.BytesIO(path.read_bytes()), map_location="cpu", weights_only=True)
    except OSError as error:
        raise WorkbenchError(
            f"{path}: {error.strerror or error}", hint="--resume takes a file of --save"
        ) from error
    except Exception as error:  # torch raises whatever the bytes lead it to
        raise WorkbenchError(
            f"{path}: this is not a file that `workbench train --save` has written, or it is damaged", hint=_ANEW
        ) from error
    if not isinstance(content, dict) or not str(content.get("format", "")).startswith("workbench train"):
        raise WorkbenchError(
            f"{path}: torch can read this file, but `workbench train --save` has not written it: nothing in it "
            "says from which epoch of what to go on",
            hint=_ANEW,
        )
    if content["format"] != FORMAT:
        raise WorkbenchError(
            f"{path} is of another version of workbench ({content['format']}; this one reads {FORMAT})", hint=_ANEW
        )
    damaged = WorkbenchError(f"{path} is damaged: it does not hold what was written there", hint=_ANEW)
    try:
        if content.pop("sha256", None) != _digest(content):
            raise damaged
        about = _About.validate_python(
            {name: content[name] for name in About.__dataclass_fields__} | {"spec": json.loads(content["spec"])}
        )
        state = _State.validate_python({name: content[name] for name in State.__dataclass_fields__})
        return about, state, Course.from_dict(content["course"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:  # made by somebody else
        raise damaged from error


_CHECKED = ConfigDict(arbitrary_types_allowed=True)
_About = TypeAdapter(with_config(_CHECKED)(About))
_State = TypeAdapter(with_config(_CHECKED)(State))

_ANEW = "train it anew: workbench train --study NAME --save FILE"


def _digest(content: Any) -> str:
    digest = hashlib.sha256()

    def add(value: Any) -> None:
        if isinstance(value, torch.Tensor):
            digest.update(f"{value.dtype}{list(value.shape)}".encode())
            digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
        elif isinstance(value, Mapping):
            digest.update(b"{")
            for name, one in value.items():
                add(name)
                add(one)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            digest.update(b"[")
            for one in value:
                add(one)
        else:
            digest.update(f"{type(value).__name__}:{value!r},".encode())

    add(content)
    return digest.hexdigest()
