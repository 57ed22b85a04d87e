"""Examines a network: a short training under the recorder, experiments, and checks of the network itself.

Everything that rules know of scripts holds for the training here, which is written as it should be; so what they
find is the network's, the criterion's or the data's. The checks beside them have an outcome and a sentence. Torch's
generators, threads and hooks are left as they were.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from workbench.diagnostics.findings import Check, Finding, Layer
from workbench.diagnostics.probes import probe
from workbench.diagnostics.rates import STEPS, range_test
from workbench.diagnostics.recorder import crashes, places
from workbench.diagnostics.recorder.facts import first_tensor
from workbench.diagnostics.recorder.registry import NOISY
from workbench.diagnostics.recorder.session import Recorder, Stop
from workbench.diagnostics.subject import Subject
from workbench.diagnostics.trace import Crash, Ended, Probe, Trace

RECTIFIERS = (nn.ReLU, nn.ReLU6, nn.Threshold)
OFF = 1.75  # times the expected loss at the start; neural-net-checklist's tolerance
LEAK = 1e-8  # times an example's own gradient: what may come from another by rounding
EXAMPLES = 64
RANGE_SECONDS = 3.0  # for the learning rate's range test; a second on the lesson's MNIST network


@dataclass(frozen=True)
class Examined:
    """What was seen of one network."""

    trace: Trace
    misfit: Finding | None  # the output does not fit the task: then nothing was trained
    checks: tuple[Check, ...]
    layers: tuple[Layer, ...]


def examine(
    subject: Subject,
    *,
    probes: Iterable[str] = (),
    steps: int = 24,
    seconds: float = 60.0,
    patience: float = math.inf,
    callers: bool = False,
) -> Examined:
    """Train a little, try this and that, and say what was seen.

    `patience`: seconds for an experiment.
    `callers`: the caller is the user's own code, and its line stands for the training loop.
    """
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    recorder = Recorder(
        subject.name, steps=steps + 1, seconds=seconds, capture=bool(tuple(probes)), patience=patience
    )
    with torch.random.fork_rng(devices=devices), contextlib.ExitStack() as stack:
        if not callers:
            stack.enter_context(places.standing_in(subject.place, examine.__code__))
        return _examine(subject, recorder, tuple(probes), steps)


def _examine(subject: Subject, recorder: Recorder, probes: tuple[str, ...], steps: int) -> Examined:
    crash, ended = None, Ended("finished", 0)
    misfit = _misfit(subject)
    with recorder:
        try:
            if misfit is None:
                kept = training(subject, steps)  # noqa: F841 - experiments look at the optimizer, held weakly
        except Stop as stop:
            ended = Ended(stop.how)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the crash of a network is a result
            crash, ended = crashes.describe(error, recorder), Ended("crashed", 1)
    trace = replace(recorder.trace(ended), crash=crash)
    if misfit is not None or crash is not None:
        return Examined(trace, misfit, _stopped(misfit, crash), ())
    if probes and ended.how == "finished":
        trace = replace(trace, probes=tuple(_believed(subject, each) for each in probe(recorder, probes)))
    checks = tuple(_checks(subject, trace, hurried=recorder.patience < math.inf)) if ended.how == "finished" else ()
    return Examined(trace, None, checks, layers(subject) if checks else ())


def training(subject: Subject, steps: int) -> torch.optim.Optimizer:
    """A training loop as it should be."""
    torch.default_generator.manual_seed(0)
    module = subject.build().to(subject.x.device)
    if any(isinstance(parameter, nn.UninitializedParameter) for parameter in module.parameters()):
        with torch.no_grad():
            module.eval()(subject.x[:2])
    optimizer = subject.optimizer(module)
    module.train()
    for rows in _rows(len(subject.x), subject.batch, steps):
        rows = rows.to(subject.x.device)  # noqa: PLW2901
        x, y = subject.x[rows], subject.y[rows]
        loss = _mean(subject.criterion(_tensor(module(x)), y))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    if subject.validation is not None:
        module.eval()
        with torch.no_grad():
            module(subject.validation[:256])
    return optimizer


def _rows(examples: int, batch: int, steps: int) -> Iterator[Tensor]:
    """Which examples go into each batch: every epoch all of them, in an order of its own, no remainder."""
    generator = torch.Generator().manual_seed(0)
    size = min(batch, examples)
    while True:
        for rows in torch.randperm(examples, generator=generator).split(size):  # type: ignore[no-untyped-call]
            if len(rows) == size:
                steps -= 1
                if steps < 0:
                    return
                yield rows


def _tensor(output: Any) -> Tensor:
    found = first_tensor(output)
    if found is None:
        raise TypeError(f"the network gives no tensor but a {type(output).__name__}")
    return found


def _mean(loss: Tensor) -> Tensor:
    return loss if loss.dim() == 0 else loss.mean()


# -- the shape of the output -----------------------------------------------------------------------------------


def _misfit(subject: Subject) -> Finding | None:
    """What is wrong with the shape of what the network makes of two examples."""
    count = min(2, len(subject.x))
    torch.default_generator.manual_seed(0)
    try:
        with torch.no_grad():
            output = first_tensor(subject.build().to(subject.x.device).eval()(subject.x[:count]))
    except (Exception, SystemExit):  # noqa: BLE001 - the training will run into it, and be recorded
        return None
    if output is None or subject.outputs is None or subject.task is None:
        return None
    shape, wanted = list(output.shape), subject.outputs
    fits = {
        "multiclass": len(shape) >= 2 and shape[0] == count and shape[1] >= max(2, wanted),
        "binary": shape in ([count], [count, 1], [count, 2]),
        "multilabel": shape == [count, wanted],
    }
    if fits.get(subject.task, True):
        return None
    need = f"[{count}, {wanted}]"
    return Finding(
        subject.place,
        f"{count} examples of shape {list(subject.x.shape[1:])} give an output of shape {shape}, "
        f"but the {subject.task} task needs {need}",
        f"give the last layer {wanted} output{'s' if wanted > 1 else ''}",
        evidence={"output": shape, "needed": [count, wanted], "task": subject.task},
        severity="error",
        rule="shape-mismatch",
    )


def _stopped(misfit: Finding | None, crash: Crash | None) -> tuple[Check, ...]:
    if misfit is not None:
        return (Check("output-shape", "failed", misfit.message),)
    assert crash is not None
    first = crash.message.splitlines()[0] if crash.message else ""
    return (Check("runs", "failed", f"{crash.type}: {first}"),)


# -- checks ----------------------------------------------------------------------------------------------------


def _checks(subject: Subject, trace: Trace, *, hurried: bool) -> Iterator[Check]:
    if subject.outputs is not None:
        yield Check("output-shape", "passed", f"fits the {subject.task} task")
    for name, check in CHECKS.items():
        if hurried and name == "learning-rate":  # of a study: it searches the rate itself
            continue
        torch.default_generator.manual_seed(0)
        try:
            outcome = check(subject)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's network in a use it was not written for
            outcome = Check(
                name, "skipped", f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            )
        yield replace(outcome, name=name)
    yield _learns(trace)
    yield from _parameters(trace)


def _fresh(subject: Subject) -> nn.Module:
    """The network anew, on the device of the examples, its lazy layers made."""
    module = subject.build().to(subject.x.device)
    with torch.no_grad():
        module.eval()(subject.x[:2])
    return module


def initial_loss(subject: Subject) -> Check:
    """The loss before training against that of knowing nothing."""
    module = _fresh(subject)
    x, y = subject.x[:256], subject.y[:256]
    with torch.no_grad():
        loss = float(_mean(subject.criterion(_tensor(module(x)), y)))
    expected, why = _knowing_nothing(subject, y)
    if expected is None:
        return Check("", "skipped", f"{loss:.3g}; there is nothing to compare it with")
    told = f"{loss:.3g}, expected about {expected:.3g} ({why})"
    return Check("", "failed" if not loss <= OFF * expected else "passed", told)


def _knowing_nothing(subject: Subject, y: Tensor) -> tuple[float | None, str]:
    if subject.task == "multiclass":
        classes = subject.outputs or int(y.max()) + 1
        return math.log(max(2, classes)), f"ln {classes}"
    if subject.task in ("binary", "multilabel"):
        return math.log(2), "ln 2"
    if subject.task == "regression" and "mse" in subject.said:
        return float(y.float().square().mean()), "the mean square of the targets"
    return None, ""


def samples_independent(subject: Subject) -> Check:
    """The gradient of one example's output with respect to the others."""
    if not subject.x.is_floating_point():
        return Check("", "skipped", "the inputs are whole numbers, which have no gradient")
    module = _fresh(subject)
    x = subject.x[:6].clone().requires_grad_(True)
    output = _tensor(module(x))
    if output.dim() == 0 or output.shape[0] != len(x):
        return Check("", "skipped", f"{len(x)} examples give an output of shape {list(output.shape)}")
    worst = 0.0
    for number in range(len(x)):
        (slope,) = torch.autograd.grad(output[number].sum(), x, retain_graph=True)
        size = slope.flatten(1).abs().amax(1)
        own = float(size[number])
        others = float(torch.cat((size[:number], size[number + 1 :])).max())
        worst = max(worst, others - LEAK * own if own or others else 0.0)
    if worst > 0:
        return Check("", "failed", f"an example's output depends on the others of its batch: gradient {worst:.2g}")
    return Check("", "passed", "no output depends on another example of the batch")


def eval_mode(subject: Subject) -> Check:
    """Evaluation mode gives the same twice, and differs from training mode by Dropout and BatchNorm alone."""
    module = _fresh(subject)
    x = subject.x[:EXAMPLES]
    with torch.no_grad():
        first, second = _tensor(module(x)), _tensor(module(x))
        if not torch.equal(first, second):
            return Check("", "failed", "in evaluation mode the same examples give two different outputs")
        noisy = [child for child in module.modules() if isinstance(child, NOISY)]
        module.train()
        for child in noisy:
            child.eval()
        third = _tensor(module(x))
    kinds = sorted({type(child).__name__ for child in noisy})
    if torch.equal(first, third):
        return Check("", "passed", f"differs from training by {', '.join(kinds) or 'nothing'} alone")
    by = " and ".join([*kinds, "what forward does by itself, such as F.dropout"])
    return Check("", "passed", f"differs from training by {by}")


def learning_rate(subject: Subject) -> Check:
    """The range test with the user's optimizer, and what it suggests."""
    module = _fresh(subject).train()
    optimizer = subject.optimizer(module)
    if isinstance(optimizer, torch.optim.LBFGS):
        return Check("", "skipped", "LBFGS looks for the length of its steps itself")
    own = optimizer.param_groups[0]["lr"]

    def batches() -> Iterator[Callable[[], Tensor]]:
        for rows in _rows(len(subject.x), subject.batch, STEPS):
            x, y = subject.x[rows.to(subject.x.device)], subject.y[rows.to(subject.x.device)]
            yield lambda x=x, y=y: _mean(subject.criterion(_tensor(module(x)), y))  # type: ignore[misc]

    seen = range_test(optimizer, batches(), RANGE_SECONDS)
    kind = type(optimizer).__name__
    if seen.suggestion is None:
        return Check("", "skipped", f"the loss falls at none of {len(seen.rates)} rates tried with {kind}")
    lowest = seen.rates[seen.losses.index(min(seen.losses))]
    ran = f", runs away at {seen.diverges:.1g}" if seen.diverges is not None else ""
    told = f"begin near {seen.suggestion:g} with {kind} (range test: the loss is lowest at {lowest:.1g}{ran}"
    return Check("", "passed", f"{told}; here it is {own:g})")


CHECKS: dict[str, Callable[[Subject], Check]] = {
    "initial-loss": initial_loss,
    "samples-independent": samples_independent,
    "evaluation-mode": eval_mode,
    "learning-rate": learning_rate,
}


def _believed(subject: Subject, outcome: Probe) -> Probe:
    """Made-up examples may be more than a sound network can learn by heart: then they prove nothing."""
    if subject.random and outcome.outcome == "failed":
        return replace(outcome, outcome="skipped", detail=f"random examples prove nothing: {outcome.detail}")
    return outcome


def _learns(trace: Trace) -> Check:
    outcome = trace.probe("overfit")
    if outcome is None:
        return Check("overfit", "skipped", "the experiment was not made")
    return Check("overfit", outcome.outcome, outcome.detail)  # type: ignore[arg-type]


def _parameters(trace: Trace) -> Iterator[Check]:
    trained = [each for each in trace.parameters if each.trainable and each.registered]
    for name, verb, bad in (
        ("parameters-get-gradients", "get a gradient", [each for each in trained if not each.got_grad]),
        ("parameters-move", "move", [each for each in trained if each.got_grad and each.changed is False]),
    ):
        total = len(trained)
        if bad:
            listed = ", ".join(each.name for each in bad[:5]) + (", ..." if len(bad) > 5 else "")
            yield Check(name, "failed", f"{len(bad)} of {total} do not {verb}: {listed}")
        else:
            yield (
                Check(name, "passed", f"all {total} {verb}") if total else Check(name, "skipped", "there are none")
            )


# -- the table of layers ---------------------------------------------------------------------------------------


@dataclass
class _Seen:
    name: str
    kind: str
    parameters: int
    input: tuple[int, ...] | None = None
    output: tuple[int, ...] | None = None
    dead: float | None = None
    activation: float | None = None
    gradient: float | None = None


def layers(subject: Subject) -> tuple[Layer, ...]:
    """Every layer, in the order of running, as a batch of real examples passes through it and back."""
    module = _fresh(subject).train()
    seen: list[_Seen] = []
    handles: list[RemovableHandle] = []
    for name, child in module.named_modules():
        if not list(child.children()):
            handles.append(child.register_forward_hook(_watch(name or type(child).__name__, seen)))
    try:
        x, y = subject.x[:EXAMPLES], subject.y[:EXAMPLES]
        with torch.enable_grad():
            _mean(subject.criterion(_tensor(module(x)), y)).backward()  # type: ignore[no-untyped-call]
    except (Exception, SystemExit):  # noqa: BLE001 - a table is not worth a crash: the checks tell it
        return ()
    finally:
        for handle in handles:
            handle.remove()
    return tuple(Layer(**each.__dict__) for each in seen)


def _watch(name: str, seen: list[_Seen]) -> Callable[..., None]:
    def note(row: _Seen, slope: Tensor) -> None:
        row.gradient = float(slope.detach().std(correction=0))

    def hook(module: nn.Module, inputs: Any, result: Any) -> None:
        given, output = first_tensor(inputs), first_tensor(result)
        own = sum(parameter.numel() for parameter in module.parameters(recurse=False))
        row = _Seen(name, type(module).__name__, own)
        seen.append(row)
        row.input = tuple(given.shape[1:]) if given is not None else None
        if output is None:
            return
        row.output = tuple(output.shape[1:])
        if not output.is_floating_point():
            return
        values = output.detach()
        row.activation = float(values.std(correction=0))
        if isinstance(module, RECTIFIERS) and values.dim() > 1:
            silent = (values == 0).transpose(0, 1).flatten(1).all(1)  # per unit or channel
            row.dead = float(silent.float().mean())
        if output.requires_grad:
            output.register_hook(lambda slope: note(row, slope))  # type: ignore[no-untyped-call]

    return hook
