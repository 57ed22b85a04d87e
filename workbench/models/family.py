"""What a family is: a name, or a user's "file.py:function", that turns a point into an nn.Module.

A user's function is called with those of the point's values, and of `input_shape` and `outputs`, that its
signature names; with `**kwargs` it gets all that is not the trainer's. `check` tries it once before the study
starts, so that a mistake in it is one message and not forty failed trials.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench.errors import WorkbenchError
from workbench.models import cnn, linear, mlp, saved
from workbench.study.mistakes import did_you_mean
from workbench.study.space import Point, middle
from workbench.study.spec import Loss, StudySpec
from workbench.study.user_code import blame, check_named, is_reference, load_function, locate
from workbench.study.vocabulary import FAMILIES, TRAINER

_BUILT_IN = {"mlp": mlp.build, "cnn": cnn.build, "linear": linear.build}
_GIVEN = ("input_shape", "outputs")


def build(
    family: str,
    point: Point,
    input_shape: tuple[int, ...],
    outputs: int,
    *,
    folder: Path,
    loss: Loss | None = None,
) -> nn.Module:
    """The network at `point`: [B, *input_shape] -> [B, outputs]. Its weights come from torch's generator.

    With the loss "nll" it ends in log_softmax; that of a user's function is to do so by itself.
    """
    if family in _BUILT_IN:
        built = _BUILT_IN[family](point, input_shape, outputs)
        return built.append(nn.LogSoftmax(1)) if loss == "nll" else built
    function = load_function(family, folder)
    module = function(**arguments(function, point, input_shape, outputs))
    if not isinstance(module, nn.Module):
        raise WorkbenchError(
            f"model.family: {family} returned {_kind(module)}, not a torch.nn.Module",
            hint="end the function with `return` and the network",
        )
    return module


def arguments(
    function: Callable[..., Any], point: Point, input_shape: tuple[int, ...], outputs: int
) -> dict[str, Any]:
    """What a user's function is called with: of the point's values, those that it asks for by name."""
    given: dict[str, Any] = {**point, "input_shape": input_shape, "outputs": outputs}
    named, takes_rest = _signature(function)
    return {name: value for name, value in given.items() if name in named or (takes_rest and name not in TRAINER)}


def parameter_count(module: nn.Module) -> int:
    """Trainable weights."""
    return sum(parameter.numel() for parameter in module.parameters() if parameter.requires_grad)


def check(spec: StudySpec, input_shape: tuple[int, ...], outputs: int) -> None:
    """Build the network in the middle of the space, pass two examples through it; WorkbenchError if it is wrong."""
    family = spec.model.family
    if family not in FAMILIES:
        function = load_function(family, spec.folder)
        _check_names(spec, function)
        _check_enqueued(spec, function)
    if family == "cnn":
        cnn.check(spec.space, input_shape)
        for one in spec.enqueue:
            try:
                cnn.shapes(one.point, input_shape)
            except WorkbenchError as error:
                raise WorkbenchError(f"enqueue, {one.name}: {error.message}", hint=error.hint) from None
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        try:
            module = build(family, middle(spec.space), input_shape, outputs, folder=spec.folder, loss=spec.loss)
            module.eval()
            parameters = parameter_count(module)
            logits = module(torch.zeros(2, *input_shape))
        except WorkbenchError:
            raise
        except (Exception, SystemExit) as error:  # a user's code may raise anything
            raise WorkbenchError(
                f"model.family: {family} fails for examples of shape {list(input_shape)} at the point "
                f"{middle(spec.space)}: {_what(error, family, spec.folder)}",
                hint=f"its network must turn [2, {_listed(input_shape)}] into [2, {outputs}]",
            ) from error
    if not isinstance(logits, torch.Tensor) or logits.shape != (2, outputs):
        got = list(logits.shape) if isinstance(logits, torch.Tensor) else _kind(logits)
        raise WorkbenchError(
            f"model.family: the network of {family} turns two examples [2, {_listed(input_shape)}] into {got}, "
            f"but the {spec.task} task needs [2, {outputs}]",
            hint=f"give its last layer `outputs` = {outputs} units (logits, with no softmax or sigmoid after them)",
        )
    if parameters == 0:
        raise WorkbenchError(
            f"model.family: the network of {family} has no trainable parameter",
            hint="keep its layers as attributes or in nn.Sequential or nn.ModuleList, not in a plain list",
        )


def rebuild(best_json: Path, folder: Path | None = None) -> nn.Module:
    """The network that best.json describes, with the weights of best.pt beside it, in eval mode, on the CPU.

    `folder` is the home of a user's "file.py:function", where it moved since, or was never run on this machine.
    """
    about, weights = saved.read(best_json)
    return restore(about, weights, folder)


def restore(about: Mapping[str, Any], weights: Mapping[str, torch.Tensor], folder: Path | None = None) -> nn.Module:
    """The network that `about` describes as best.json does, with these weights, in eval mode, on the CPU."""
    home = Path(about.get("folder") or ".") if folder is None else folder
    if folder is None and is_reference(str(about["family"])):
        check_named([str(about["family"])], home, "best.json")
    with torch.random.fork_rng(devices=[]):
        shape, outputs = tuple(about["input_shape"]), about["outputs"]
        module = build(about["family"], about["point"], shape, outputs, folder=home, loss=about.get("loss"))
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        raise WorkbenchError(
            f"the weights do not fit the network of {about['family']}: {error}",
            hint="the function has changed since, or the two files are not of one study: run the study again",
        ) from error
    return module.eval()


def _signature(function: Callable[..., Any]) -> tuple[Mapping[str, inspect.Parameter], bool]:
    """The arguments that can be given by name, and whether there is a **kwargs for the rest."""
    try:
        parameters = inspect.signature(function).parameters
    except (ValueError, TypeError) as error:  # of some of Python's own
        raise WorkbenchError(
            f"model.family: {function!r} does not say which arguments it takes",
            hint="write a function around it that names them",
        ) from error
    by_name = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    named = {name: parameter for name, parameter in parameters.items() if parameter.kind in by_name}
    return named, any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())


def _check_names(spec: StudySpec, function: Callable[..., Any]) -> None:
    """Every name of the space is understood, and every argument without a default is given, at every point."""
    named, takes_rest = _signature(function)
    nameless = [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY
    ]
    if nameless:
        raise WorkbenchError(
            f"model.family: {spec.model.family} takes {' and '.join(nameless)} by position alone",
            hint="drop the / from its arguments: values are given by name",
        )
    arguments = [name for name in named if name not in _GIVEN]
    for name in spec.space:
        if name in TRAINER or name in arguments or (takes_rest and name not in _GIVEN):
            continue
        raise WorkbenchError(
            f"space.{name}: neither the trainer nor {spec.model.family} understands this name "
            f"(the function's own: {', '.join(arguments) or 'none'})",
            hint=did_you_mean(name, [*arguments, *TRAINER])
            or f"add an argument {name} to the function, or drop the line",
        )
    for name in arguments:
        if named[name].default is not inspect.Parameter.empty:
            continue
        if name not in spec.space:
            raise WorkbenchError(
                f"model.family: {spec.model.family} needs the argument {name}, and the space does not give it",
                hint=f"write {name} = ... under [space], or give the argument a default",
            )
        if spec.space[name].when is not None:
            raise WorkbenchError(
                f"model.family: {spec.model.family} needs the argument {name}, but space.{name} has a `when`",
                hint="give the argument a default for the points that lack it",
            )


def _check_enqueued(spec: StudySpec, function: Callable[..., Any]) -> None:
    """The same of each enqueued point."""
    named, takes_rest = _signature(function)
    for place, one in enumerate(spec.enqueue, 1):
        for name in one.point:
            if name not in TRAINER and name not in named and not takes_rest:
                raise WorkbenchError(
                    f"enqueue.{place}.{name}: neither the trainer nor {spec.model.family} understands this name",
                    hint=did_you_mean(name, [*named, *TRAINER]) or "drop the line",
                )
        for name, argument in named.items():
            if name not in (*_GIVEN, *one.point) and argument.default is inspect.Parameter.empty:
                raise WorkbenchError(
                    f"enqueue.{place}: {spec.model.family} needs the argument {name}, and {one.name} has none",
                    hint=f"write {name} = ... under its [[enqueue]], or give the argument a default",
                )


def _what(error: BaseException, family: str, folder: Path) -> str:
    """What was raised, and where in the user's file."""
    return str(error) if family in FAMILIES else blame(error, locate(family, folder)[0])


def _listed(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))


def _kind(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
