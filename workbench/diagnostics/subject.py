"""What is to be examined: a way to build a network, examples, a criterion, an optimizer. Needs torch.

A subject comes from "nets.py:Net" (in the child process), from a point of a study, or from a caller of
`workbench.diagnose`.
"""

from __future__ import annotations

import ast
import copy
import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from workbench.data import arrays, sources, splits
from workbench.diagnostics.recorder.facts import first_tensor
from workbench.diagnostics.recorder.graphs import maker
from workbench.diagnostics.trace import VIEWS, Place
from workbench.errors import WorkbenchError
from workbench.study.mistakes import did_you_mean
from workbench.study.user_code import blame, load_function

Task = Literal["binary", "multiclass", "multilabel", "regression"]
TASKS = ("binary", "multiclass", "multilabel", "regression")
Criterion = Callable[[Tensor, Tensor], Tensor]

TRAINED = 4096  # examples of MNIST that are loaded for training
VALIDATED = 1024
RANDOM = 512  # random examples, where only a shape is given
RATE = 1e-3  # Adam's, where no optimizer is given

CRITERIA: dict[str, Criterion] = {
    "cross_entropy": F.cross_entropy,
    "nll_loss": F.nll_loss,
    "binary_cross_entropy_with_logits": F.binary_cross_entropy_with_logits,
    "binary_cross_entropy": F.binary_cross_entropy,
    "mse_loss": F.mse_loss,
    "l1_loss": F.l1_loss,
    "smooth_l1_loss": F.smooth_l1_loss,
    "huber_loss": F.huber_loss,
    "multi_margin_loss": F.multi_margin_loss,
}
OF_CLASSES = ("cross_entropy", "nll_loss", "multi_margin_loss")  # their targets are class numbers
_OTHER_NAMES = {"bcewithlogits": "binary_cross_entropy_with_logits", "bce": "binary_cross_entropy"}


@dataclass(frozen=True)
class Subject:
    """A network to be examined. `criterion` takes what the network gives and a target as it is in `y`."""

    name: str
    build: Callable[[], nn.Module]
    x: Tensor  # [N, ...]
    y: Tensor  # [N] classes, [N] or [N, L] numbers
    criterion: Criterion
    optimizer: Callable[[nn.Module], torch.optim.Optimizer]
    said: str  # the criterion and the optimizer in words
    task: Task | None = None
    outputs: int | None = None  # that the task needs; None where anything goes
    validation: Tensor | None = None
    batch: int = 64
    random: bool = False  # the examples are made up
    place: Place | None = None  # stands for the training loop, which is ours
    notes: tuple[str, ...] = ()


def from_reference(wish: Mapping[str, Any]) -> Subject:
    """The subject that `workbench diagnose nets.py:Net` names. WorkbenchError for whatever cannot be meant."""
    path, name = Path(wish["path"]), wish["name"]
    made = load_function(f"{path}:{name}", Path("/"))
    place = Place(str(path), _line_of(path, name))
    task, x, y, validation, outputs, notes = _examples(wish)
    build = _builder(made, name, path, wish["arguments"], tuple(x.shape[1:]), outputs)
    if wish.get("input_shape") and _output(build, x) is None:
        x, said = _numbered(build, x)
        notes = said or notes
    x, validation, flat = _fitting(build, x, validation)
    shown = list(x.shape[1:])
    notes += (f"examples are flattened to {shown}: the network takes them so, and not as they are",) if flat else ()
    task = task or _task_of(wish.get("criterion"), _output(build, x))
    if wish.get("input_shape"):
        y, outputs = _random_targets(x, task, _output(build, x), wish.get("criterion"))
    criterion, called, chosen = _criterion(wish.get("criterion"), task, _output(build, x))
    notes += (chosen,) if chosen else ()
    return Subject(
        name=f"{path.name}:{name}",
        build=build,
        x=x,
        y=y,
        criterion=criterion,
        optimizer=lambda module: torch.optim.Adam(_trainable(module), RATE),
        said=f"{called}, Adam at {RATE:g}",
        task=task,
        outputs=outputs,
        validation=validation,
        random=bool(wish.get("input_shape")),
        place=place,
        notes=notes,
    )


def from_model(
    model: nn.Module | Callable[[], nn.Module],
    data: tuple[Tensor, Tensor],
    *,
    criterion: str | Criterion | None,
    optimizer: Callable[[list[Tensor]], torch.optim.Optimizer] | None,
    task: Task | None,
) -> Subject:
    """The subject of a caller from Python. The model itself is not touched: a copy is."""
    x, y = data
    if not isinstance(x, Tensor) or not isinstance(y, Tensor) or len(x) != len(y) or len(x) < 2:
        raise WorkbenchError(
            "workbench.diagnose needs two tensors with as many examples, at least two",
            hint="workbench.diagnose(model, (x, y), criterion=torch.nn.CrossEntropyLoss())",
        )
    build = (lambda: copy.deepcopy(model)) if isinstance(model, nn.Module) else model
    build = _checked(build, getattr(model, "__name__", type(model).__name__))
    output = _output(build, x)
    if not callable(criterion) or isinstance(criterion, str):
        if task is None and criterion is None:
            task = _guess(y, output)
        chosen, called, _ = _criterion(criterion, task or _task_of(criterion, output), output)
    else:
        chosen, called = criterion, getattr(criterion, "__name__", type(criterion).__name__)
    make = optimizer or (lambda parameters: torch.optim.Adam(parameters, RATE))
    return Subject(
        name=getattr(model, "__name__", type(model).__name__),
        build=build,
        x=x.detach(),
        y=y.detach(),
        criterion=chosen,
        optimizer=lambda module: make(_trainable(module)),
        said=called,
        task=task,
    )


def _trainable(module: nn.Module) -> list[Tensor]:
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


# -- building --------------------------------------------------------------------------------------------------


def _builder(
    made: Any, name: str, path: Path, given: list[str], input_shape: tuple[int, ...], outputs: int | None
) -> Callable[[], nn.Module]:
    """A function without arguments that builds the network."""
    if isinstance(made, nn.Module):  # an instance: as it is when the file has been read
        return lambda: copy.deepcopy(made)
    arguments = _arguments(made, name, path, given)
    offered = {"input_shape": input_shape, "outputs": outputs}
    parameters = _parameters(made)
    for word, value in offered.items():
        if word in parameters and word not in arguments and value is not None:
            arguments[word] = value
    missing = [
        word
        for word, parameter in parameters.items()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        and word not in arguments
    ]
    if missing:
        several = "arguments" if len(missing) > 1 else "argument"
        values = " ".join(f"--arg {word}=30" for word in missing)
        raise WorkbenchError(
            f"{path}: {name} needs the {several} {', '.join(missing)}",
            hint=f"give {'them' if len(missing) > 1 else 'it'} with --arg: workbench diagnose "
            f"{path.name}:{name} {values}",
        )
    return _checked(lambda: made(**arguments), f"{name} of {path}", path)


def _arguments(made: Any, name: str, path: Path, given: list[str]) -> dict[str, Any]:
    parameters = _parameters(made)
    takes_rest = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values())
    found: dict[str, Any] = {}
    for item in given:
        word, equals, text = item.partition("=")
        if not equals or not word.isidentifier():
            raise WorkbenchError(f"--arg {item} is not NAME=VALUE", hint="for example: --arg hidden=30")
        if word not in parameters and not takes_rest:
            raise WorkbenchError(
                f"{path}: {name} has no argument {word}",
                hint=did_you_mean(word, parameters) or f"it has: {', '.join(parameters) or 'none'}",
            )
        try:
            found[word] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            found[word] = text
    return found


def _parameters(made: Any) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(made).parameters)
    except (TypeError, ValueError):
        return {}


def _checked(build: Callable[[], Any], name: str, path: Path | None = None) -> Callable[[], nn.Module]:
    """`build`, whose result must be a network, and whose exception is the user's to mend."""

    def checked() -> nn.Module:
        try:
            module = build()
        except Exception as error:
            what = blame(error, path) if path is not None else f"{type(error).__name__}: {error}"
            raise WorkbenchError(f"{name} could not be built: {what}", hint="mend that first") from error
        if not isinstance(module, nn.Module):
            kind = "None" if module is None else f"a {type(module).__name__}"
            raise WorkbenchError(
                f"{name} gives {kind}, not a torch.nn.Module",
                hint="name a class that is an nn.Module, or a function that returns one",
            )
        return module

    return checked


def _line_of(path: Path, name: str) -> int:
    """Where the class or function is defined."""
    tree = ast.parse(path.read_bytes())
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines = [node.lineno for node in ast.walk(tree) if isinstance(node, kinds) and node.name == name]
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    for node in assigned:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        lines += [node.lineno for target in targets if isinstance(target, ast.Name) and target.id == name]
    return lines[0] if lines else 1


def _output(build: Callable[[], nn.Module], x: Tensor) -> Tensor | None:
    """What the network makes of a few examples, with its graph; None where it raises or gives no tensor."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        module = build().eval()
        try:
            with torch.enable_grad():
                return first_tensor(module(x[:8]))
        except Exception:  # noqa: BLE001 - told when the examination runs into it
            return None


def _fitting(
    build: Callable[[], nn.Module], x: Tensor, validation: Tensor | None
) -> tuple[Tensor, Tensor | None, bool]:
    """The examples as the network takes them: as they are, or flattened, as many a script does before the call."""
    if x.dim() > 2 and _output(build, x) is None and _output(build, x.flatten(1)) is not None:
        return x.flatten(1), None if validation is None else validation.flatten(1), True
    return x, validation, False


def _numbered(build: Callable[[], nn.Module], x: Tensor) -> tuple[Tensor, tuple[str, ...]]:
    """Random class numbers in place of random examples, for a network that looks them up in a table."""
    tables = [each for each in build().modules() if isinstance(each, nn.Embedding | nn.EmbeddingBag)]
    if not tables:
        return x, ()
    many = min(each.num_embeddings for each in tables)
    numbers = torch.randint(0, many, x.shape, generator=torch.Generator().manual_seed(0))
    if _output(build, numbers) is None:
        return x, ()
    return numbers, (f"examples are random whole numbers below {many}, for the network looks them up in a table",)


# -- examples --------------------------------------------------------------------------------------------------

_Examples = tuple[Task | None, Tensor, Tensor, Tensor | None, int | None, tuple[str, ...]]


def _examples(wish: Mapping[str, Any]) -> _Examples:
    task: Task | None = wish.get("task")
    if task is not None and task not in TASKS:
        near = did_you_mean(task, TASKS)
        raise WorkbenchError(f"--task {task}: there are {', '.join(TASKS)}", hint=near)
    if wish.get("input_shape"):
        generator = torch.Generator().manual_seed(0)
        x = torch.randn(RANDOM, *wish["input_shape"], generator=generator)
        return task, x, torch.zeros(RANDOM), None, None, ("examples are random numbers: --data gives real ones",)
    source = wish["data"]
    own = source not in sources.NAMES and ".py" in source
    if own and task is None:
        raise WorkbenchError(
            f"--data {source} does not say what the targets are", hint=f"add --task, one of {', '.join(TASKS)}"
        )
    task = task or sources.TASKS.get(source, "multiclass")
    function = load_function(source, Path.cwd()) if own else None
    images = "mnist" in source
    data, _ = splits.load(
        source,
        task=task,
        train=TRAINED if images else None,
        validation=VALIDATED if images else None,
        test=None,
        standardize=True,
        read=function and partial(arrays.from_function, function, task=task, source=source),
    )
    return task, data.train.x, data.train.y, data.validation.x, data.info.outputs, data.info.notes


def _random_targets(
    x: Tensor, task: Task, output: Tensor | None, criterion: str | None
) -> tuple[Tensor, int | None]:
    """Targets that any network can learn from random examples: a linear map of them."""
    width = output.shape[1] if output is not None and output.dim() == 2 else 1
    generator = torch.Generator().manual_seed(1)
    flat = x.flatten(1).float()
    scores = (flat - flat.mean(0)) @ torch.randn(x[0].numel(), max(1, width), generator=generator)
    if task == "multiclass":
        return scores.argmax(1), width
    if task == "regression" or (criterion and resolve(criterion) in ("mse_loss", "l1_loss")):
        return scores / scores.std(), None
    return (scores > 0).float() if task == "multilabel" else (scores[:, 0] > 0).float(), width


def _task_of(criterion: str | None, output: Tensor | None) -> Task:
    """What the criterion, or else the number of outputs, says."""
    name = resolve(criterion) if criterion else None
    if name in OF_CLASSES:
        return "multiclass"
    single = output is None or output.dim() == 1 or output.shape[-1] == 1
    if name is not None and not name.startswith("binary"):
        return "regression"
    if name is not None:
        return "binary" if single else "multilabel"
    return "binary" if single else "multiclass"


def _guess(y: Tensor, output: Tensor | None) -> Task:
    """What targets say of the task, where nobody does."""
    if not y.is_floating_point() and y.dim() == 1:
        single = output is None or output.dim() == 1 or output.shape[-1] == 1
        return "binary" if single and int(y.max()) <= 1 else "multiclass"
    if bool(((y == 0) | (y == 1)).all()):
        return "multilabel" if y.dim() > 1 and y.shape[1] > 1 else "binary"
    return "regression"


# -- criteria --------------------------------------------------------------------------------------------------


def resolve(name: str) -> str:
    """The criterion that is meant: "CrossEntropyLoss", "nn.CrossEntropyLoss", "cross_entropy" are one."""
    known = {_short(each): each for each in CRITERIA} | _OTHER_NAMES
    short = _short(name)
    if short not in known:
        hint = did_you_mean(name, CRITERIA) or f"there are: {', '.join(CRITERIA)}"
        raise WorkbenchError(f"there is no criterion {name!r}", hint=hint)
    return known[short]


def _short(name: str) -> str:
    return re.sub(r"[_()]", "", name.rpartition(".")[2].lower()).removesuffix("loss")


def _criterion(name: str | None, task: Task, output: Tensor | None) -> tuple[Criterion, str, str]:
    """(criterion, its name, why it was chosen or ""), with targets brought into the form it asks for."""
    chosen = ""
    if name is None:
        called, because = _default(task, output)
        if because:
            chosen = f"criterion: {called}, because {because}; --criterion names another"
    else:
        called = resolve(name)
    function = CRITERIA[called]

    def criterion(scores: Tensor, target: Tensor) -> Tensor:
        return function(scores, _as_asked(called, scores, target))

    return criterion, called, chosen


def _default(task: Task, output: Tensor | None) -> tuple[str, str]:
    two = output is not None and output.dim() == 2 and output.shape[1] == 2
    if task == "multiclass" or (task == "binary" and two):
        if output is not None and output.dim() == 2:
            total = output.detach().exp().sum(1)
            if bool(((total - 1).abs() < 1e-4).all()):
                return "nll_loss", "the outputs are log-probabilities"
        return "cross_entropy", ""
    if task == "regression":
        return "mse_loss", ""
    if output is not None and maker(output, VIEWS) == "Sigmoid":
        return "binary_cross_entropy", "a sigmoid makes the outputs"
    return "binary_cross_entropy_with_logits", ""


def _as_asked(called: str, scores: Tensor, target: Tensor) -> Tensor:
    """The target in the shape and type that the criterion wants, where that is only a matter of form."""
    if called in OF_CLASSES:
        return target.long() if target.dim() == 1 else target
    if target.numel() == scores.numel():
        return target.to(scores.dtype).reshape(scores.shape)
    if scores.dim() == 2 and target.dim() == 1 and not target.is_floating_point():
        return F.one_hot(target, scores.shape[1]).to(scores.dtype)
    return target.to(scores.dtype)
