"""An exception as plain values: which layer, which function, what shapes came, on which line."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

import workbench
from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.functions import CRITERIA
from workbench.diagnostics.recorder.registry import settings_of
from workbench.diagnostics.trace import Crash, Facts, Frame, Place

if TYPE_CHECKING:
    from workbench.diagnostics.recorder.session import Recorder

LONGEST = 2000
OURS = f"{Path(workbench.__file__).parent}/"


def describe(error: BaseException, recorder: Recorder | None) -> Crash:
    """What is known of the exception that ended the script."""
    frames = _frames(error)
    layers = tuple(layer for frame in frames if (layer := _layer(frame, recorder)) is not None)
    function, arguments = _function(error, recorder)
    in_torch = (bool(frames) and "/torch/" in frames[-1].f_code.co_filename) or function is not None
    text = "".join(traceback.format_exception(error))
    return Crash(
        type=type(error).__name__,
        message=(error.msg if isinstance(error, SyntaxError) else str(error))[:LONGEST],
        place=_place(error),
        layers=layers,
        function=function,
        arguments=arguments,
        during=_during(error, frames, layers, function),
        in_torch=in_torch,
        traceback=text[-8000:],
    )


def forget_us(error: BaseException) -> None:
    """Begin the traceback where the user's code begins, and leave our frames out of the rest."""
    step = error.__traceback__
    while step is not None and not places.is_users(step.tb_frame.f_code.co_filename):
        step = step.tb_next
    if step is not None or isinstance(error, SyntaxError):
        error.__traceback__ = step
    while step is not None:
        following = step.tb_next
        while following is not None and following.tb_frame.f_code.co_filename.startswith(OURS):
            following = following.tb_next
        step.tb_next = following
        step = following


def _frames(error: BaseException) -> list[FrameType]:
    found, step = [], error.__traceback__
    while step is not None:
        found.append(step.tb_frame)
        step = step.tb_next
    return found


def _place(error: BaseException) -> Place | None:
    if isinstance(error, SyntaxError) and error.filename and error.lineno and places.is_users(error.filename):
        return places.of_line(error.filename, error.lineno, "")
    return places.of_traceback(error.__traceback__)


def _layer(frame: FrameType, recorder: Recorder | None) -> Frame | None:
    owner = frame.f_locals.get("self")
    if frame.f_code.co_name != "forward" or not isinstance(owner, nn.Module):
        return None
    known = recorder.registry.module(owner) if recorder is not None else None
    names = frame.f_code.co_varnames[1 : frame.f_code.co_argcount]
    given = [value for name in names if isinstance(value := frame.f_locals.get(name), Tensor)]
    made = recorder.registry.made.get(owner) if recorder is not None else None
    return Frame(
        module=known.name if known is not None else type(owner).__name__,
        cls=type(owner).__name__,
        settings=settings_of(owner),
        inputs=tuple(tuple(value.shape) for value in given),
        dtypes=tuple(facts.dtype_name(value) for value in given),
        place=made,
    )


def _function(error: BaseException, recorder: Recorder | None) -> tuple[str | None, tuple[Facts, ...]]:
    failed = recorder.functions.failed if recorder is not None else None
    if failed is None or failed[0] is not error:
        return None, ()
    _, name, args, kwargs = failed
    values: list[Any] = [*args, *kwargs.values()]
    flat = [item for value in values for item in (value if isinstance(value, list | tuple) else [value])]
    counted = name in CRITERIA
    return name, tuple(facts.measure(item, counts=counted) for item in flat if isinstance(item, Tensor))


def _during(error: BaseException, frames: list[FrameType], layers: tuple[Frame, ...], function: str | None) -> str:
    if isinstance(error, SyntaxError):
        return "load"
    if function in CRITERIA:
        return "loss"
    names = [frame.f_code.co_name for frame in frames if "/torch/" in frame.f_code.co_filename]
    if "backward" in names:
        return "backward"
    if any("/torch/optim/" in frame.f_code.co_filename for frame in frames):
        return "step"
    return "forward" if layers else "script"
