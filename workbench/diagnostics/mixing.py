"""The experiment "mixing": does the answer for one example depend on the others in its batch?

A few examples go through the network in evaluation mode; the gradient of one example's output with respect to the
inputs of the others must be zero. If it is not, every function's result on the way is asked the same, to name the
line where the examples met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.overrides import TorchFunctionMode

from workbench.diagnostics.recorder import facts, places
from workbench.diagnostics.recorder.functions import plain_name
from workbench.diagnostics.recorder.session import Recorder
from workbench.diagnostics.trace import Place, Probe

EXAMPLES = 5
RELATIVE = 1e-6  # of the gradient with respect to the example's own input; own choice, CHECKS says 1e-8 in float64
ASKED = 400  # functions
REDUCTIONS = frozenset(
    {"mean", "sum", "std", "var", "max", "min", "amax", "amin", "norm", "logsumexp", "vector_norm", "std_mean"}
)
LAYOUTS = frozenset({"view", "reshape", "flatten", "unflatten"})
SEQUENCES = frozenset({"lstm", "gru", "rnn_tanh", "rnn_relu", "scaled_dot_product_attention"})
SEQUENCE_MODULES = (nn.RNNBase, nn.MultiheadAttention, nn.TransformerEncoderLayer, nn.TransformerEncoder)
OTHERS = frozenset({"softmax", "log_softmax", "normalize", "cumsum", "flip", "roll"})


@dataclass
class Asked:
    """A function on the way, and whether examples are still apart in its result."""

    name: str
    place: Place | None
    made: Place | None  # where the layer that ran it was made, if torch's own code called it
    shape: tuple[int, ...]
    given: tuple[int, ...]
    sequence: bool  # inside a layer for sequences
    mixed: bool | None  # None: the first dimension is not that of the examples


def mixing(recorder: Recorder) -> Probe:
    """Ask the captured network."""
    capture = recorder.capture
    axis, examples = 0, capture.examples() if capture is not None else None
    if capture is not None and examples is None:
        axis, examples = 1, capture.examples(axis=1)  # [T, N, F]
    if capture is None or capture.module is None or examples is None:
        why = capture.why_not if capture is not None else "nothing was recorded"
        return Probe("mixing", "skipped", f"cannot feed examples one by one: {why}")
    inputs, target = examples
    lengths = {value.shape[1 - axis] for value in inputs if isinstance(value, Tensor) and value.dim() > 1}
    count = min(EXAMPLES, len(target))
    count -= axis == 1 and count in lengths  # so that time and examples are told apart
    module = capture.module
    module.load_state_dict(capture.state)
    module.eval()
    if count < 3 or any(
        isinstance(child, nn.modules.batchnorm._BatchNorm) and child.running_mean is None
        for child in module.modules()
    ):
        return Probe("mixing", "skipped", "too few examples, or a BatchNorm without running statistics")
    few = [
        value.narrow(axis, 0, count).detach().clone() if isinstance(value, Tensor) else value for value in inputs
    ]
    floats = [value.requires_grad_() for value in few if isinstance(value, Tensor) and value.is_floating_point()]
    with _Tracked(floats, few, axis) as tracked, torch.enable_grad():
        output = module(*few).reshape(count, *capture.shape)
        if not tracked:
            return Probe("mixing", "skipped", "the inputs are whole numbers, which have no gradient")
        share = _share(output, tracked, axis)
    if share is None or share <= RELATIVE:
        return Probe("mixing", "passed", f"each of {count} examples is answered for itself")
    with _Tracked(floats, few, axis) as tracked, _Asking(recorder, tracked, axis) as asking, torch.enable_grad():
        module(*few)
    found = _meeting(asking.asked, target)
    if found is None:
        return Probe("mixing", "passed", "examples meet in the network, as in attention over a batch")
    numbers = {
        "share": share,
        "function": found.name,
        "sequence": found.sequence,
        "shape": list(found.shape),
        "given": list(found.given),
    }
    detail = f"of {count} examples, the output of one depends on the inputs of the others ({found.name})"
    return Probe("mixing", "failed", detail, numbers, found.made or found.place)


class _Tracked:
    """Tensors by which examples are told apart: the inputs; of whole numbers, what an embedding makes of them."""

    def __init__(self, floats: list[Tensor], given: list[Any], axis: int) -> None:
        self.tracked, self.axis = [*floats], axis
        self.shapes = {value.shape for value in given if isinstance(value, Tensor)}  # positions have another one
        self._hook: Any = None

    def __enter__(self) -> list[Tensor]:
        if not self.tracked:
            self._hook = hooks.register_module_forward_hook(self._embedded)
        return self.tracked

    def __exit__(self, *_: object) -> None:
        if self._hook is not None:
            self._hook.remove()

    def _embedded(self, module: nn.Module, inputs: Any, output: Any) -> Any:
        if not isinstance(module, nn.Embedding) or not inputs or inputs[0].shape not in self.shapes:
            return None
        leaf = output.detach().requires_grad_()
        self.tracked.append(leaf)
        return leaf


def _share(result: Tensor, tracked: list[Tensor], axis: int, of_result: int = 0) -> float | None:
    """Largest gradient with respect to other examples' inputs, relative to the own; None where there is none.

    Examples lie along dimension `axis` of the tracked inputs, and `of_result` of the result.
    """
    count = tracked[0].shape[axis]
    worst: float | None = None
    for row in (0, count - 1):
        chosen = result.select(of_result, row).reshape(-1)
        weights = torch.linspace(1.0, 2.0, chosen.numel(), dtype=chosen.dtype).square()
        grads = torch.autograd.grad((chosen * weights).sum(), tracked, retain_graph=True, allow_unused=True)
        for grad in grads:
            if grad is None or not bool(torch.isfinite(grad).all()):
                continue
            sizes = grad.abs().movedim(axis, 0).reshape(count, -1).amax(1)
            own = float(sizes[row])
            others = max(float(size) for position, size in enumerate(sizes) if position != row)
            share = others / own if own else (float("inf") if others else 0.0)
            worst = max(worst or 0.0, share)
    return worst


class _Asking(TorchFunctionMode):
    """Asks every function's result, and remembers which layer of torch's is running."""

    def __init__(self, recorder: Recorder, tracked: list[Tensor], axis: int) -> None:
        super().__init__()
        self.recorder, self.tracked, self.axis = recorder, tracked, axis
        self.asked: list[Asked] = []
        self._stack: list[tuple[nn.Module, tuple[int, ...]]] = []
        self._hooks: list[Any] = []

    def __enter__(self) -> _Asking:
        self._hooks = [
            hooks.register_module_forward_pre_hook(self._entered),
            hooks.register_module_forward_hook(lambda *_: self._left(), always_call=True),
        ]
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.remove()

    def _entered(self, module: nn.Module, inputs: Any) -> None:
        given = facts.first_tensor(inputs)
        self._stack.append((module, tuple(given.shape) if given is not None else ()))

    def _left(self) -> None:
        self._stack.pop()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        first = result[0] if isinstance(result, tuple) and result else result
        tracing = isinstance(first, Tensor) and first.grad_fn is not None and bool(self.tracked)
        if tracing and len(self.asked) < ASKED:
            given = args[0] if args and isinstance(args[0], Tensor) else first
            count = self.tracked[0].shape[self.axis]
            where = next((dim for dim in range(self.axis + 1) if first.shape[dim : dim + 1] == (count,)), None)
            share = _share(first, self.tracked, self.axis, where) if where is not None else None
            outer = next((pair for pair in self._stack if isinstance(pair[0], SEQUENCE_MODULES)), None)
            self.asked.append(
                Asked(
                    plain_name(func),
                    places.here(),
                    self._made(outer[0] if outer is not None else None),
                    tuple(first.shape),
                    outer[1] if outer is not None else tuple(given.shape),
                    outer is not None,
                    None if share is None else share > RELATIVE,
                )
            )
        return result

    def _made(self, sequence: nn.Module | None) -> Place | None:
        """Of a layer inside a container, or of one that has a layout of its own: the line that makes it."""
        made = self.recorder.registry.made
        if sequence is not None:
            return made.get(sequence)
        inside = len(self._stack) > 1 and isinstance(self._stack[-2][0], nn.Sequential)
        inside = inside and type(self._stack[-1][0]).__module__.startswith("torch.")
        return made.get(self._stack[-1][0]) if inside else None


def _meeting(asked: list[Asked], target: Tensor) -> Asked | None:
    """The function at fault. Products of examples with one another are meant; so is time as first dimension."""
    first = next((number for number, one in enumerate(asked) if one.mixed), None)
    if first is None:
        return None
    clean = [number for number in range(first) if asked[number].mixed is False]
    gap = asked[clean[-1] + 1 if clean else 0 : first + 1]
    for one in gap:
        if one.sequence or one.name in SEQUENCES:
            several = target.dim() > 1 and target.shape[1] > 1
            batched = len(one.given) == 3 and min(one.given[:2]) > 1
            return one if batched and not several else None
        if one.name in REDUCTIONS | LAYOUTS | OTHERS:
            return one
    return None
