"""What a script did, as plain frozen values: the one thing that rules look at.

The child process writes a Trace as JSON, the parent reads it; neither this module nor a rule needs torch.
Everything that was seen carries the place in the user's own code it came from. Absent means "not seen", never
"not so".
"""

from __future__ import annotations

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Evidence = dict[str, Any]


@dataclass(frozen=True, order=True)
class Place:
    """A line of the user's. `cell` is set in notebooks (first cell is 1); `function` is "" at module level."""

    path: str
    line: int
    cell: int | None = None
    function: str = ""

    def same_line(self, other: Place | None) -> bool:
        """The same line of the same file."""
        return other is not None and (self.path, self.cell, self.line) == (other.path, other.cell, other.line)


@dataclass(frozen=True)
class Facts:
    """A tensor, measured. Numbers are None where they were not measured (or the tensor is empty)."""

    shape: tuple[int, ...]
    dtype: str  # "float32", "int64", ...
    device: str = "cpu"
    low: float | None = None
    high: float | None = None
    mean: float | None = None
    std: float | None = None
    finite: bool = True
    whole: bool = False  # every value is a whole number
    distinct: int | None = None  # number of different values; None where not counted
    counts: dict[str, int] | None = None  # "3" -> 17: how often each value is there; at most 50 of them
    sums_to_one: bool = False  # along the class dimension (1, or the last of one), within 1e-3, and none negative
    logs_sum_to_one: bool = False  # the same of exp(values): these are log-probabilities
    outside: dict[str, float] | None = None  # of a target: share of its values "<-1", "<0", ">0", ">1"
    widest: float | None = None  # of a network's input [B, F]: the largest deviation of a feature
    ratio: float | None = None  # and how many times the smallest that is
    predicted: dict[str, int] | None = None  # [B, C] scores: how often each class has the highest

    @property
    def floating(self) -> bool:
        """A float of any width."""
        return self.dtype.startswith(("float", "bfloat"))

    @property
    def numel(self) -> int:
        """Number of elements."""
        total = 1
        for size in self.shape:
            total *= size
        return total


@dataclass(frozen=True)
class Node:
    """One node of the autograd graph, seen from the loss: `inputs` are the ids of what it was computed from."""

    id: int
    name: str  # "SoftmaxBackward0"; without the "torch::autograd::" prefix
    inputs: tuple[int, ...] = ()
    shape: tuple[int, ...] | None = None  # of its result
    place: Place | None = None  # the line to blame; for a layer inside nn.Sequential the line that makes the layer
    used: Place | None = None  # the line that ran it, where `place` is another one
    call: str | None = None  # the function that made it: "softmax", "linear"
    module: str | None = None  # qualified name of the innermost module that ran it: "net.3"
    saved: dict[str, int] = dataclasses.field(default_factory=dict)  # "dim", "reduction", "ignore_index", "groups"
    parameter: str | None = None  # of an AccumulateGrad: the parameter's name, "?" where no known module owns it
    step: int | None = None  # optimizer steps before it was made
    leaf: int | None = None  # of an AccumulateGrad: index in trace.parameters
    minus: tuple[int, ...] = ()  # of `inputs`: those that enter with a minus
    unsigned: bool = False  # a product, whose inputs may enter with any sign

    @property
    def kind(self) -> str:
        """The name without its ending: "Softmax", "NllLoss", "AccumulateGrad"."""
        return self.name.partition("Backward")[0]


# These change layout or type, not values: a walk looks through them.
VIEWS = frozenset(
    {
        "View",
        "Reshape",
        "ReshapeAlias",
        "UnsafeView",
        "Squeeze",
        "Unsqueeze",
        "Transpose",
        "T",
        "Permute",
        "Expand",
        "Clone",
        "ToCopy",
        "Contiguous",
        "Slice",
        "Select",
        "Alias",
        "Identity",
        "Unbind",
        "Split",
        "Chunk",
        "Flatten",
        "Movedim",
        "AsStrided",
        "Swapaxes",
        "Narrow",
        "Unfold",
        "SplitWithSizes",
        "Cat",
        "Stack",
        "Copy",
        "CopySlices",
        "Mt",
    }
)

# Between scores and a criterion also: rows or masked positions are picked, and stay what they are.
PICKED = VIEWS | {"Index", "IndexSelect", "MaskedSelect", "Diagonal"}

# What lies between a network's output and its loss, beside criteria: sums, masks, picked entries, means.
ARITHMETIC = frozenset(
    {
        "Add",
        "Sub",
        "Rsub",
        "Mul",
        "Div",
        "Mean",
        "Sum",
        "Neg",
        "Where",
        "Index",
        "IndexSelect",
        "Gather",
        "Clamp",
        "ClampMin",
        "ClampMax",
        "MaskedFill",
        "MaskedSelect",
        "Pow",
        "Abs",
    }
)

# The graph's names of what compares answers with targets.
CRITERIA = frozenset(
    {
        "NllLoss",
        "NllLoss2D",
        "MseLoss",
        "L1Loss",
        "SmoothL1Loss",
        "HuberLoss",
        "BinaryCrossEntropy",
        "BinaryCrossEntropyWithLogits",
        "KlDiv",
    }
)

DROPOUTS = frozenset(
    {"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "dropout1d", "dropout2d", "dropout3d"}
)


@dataclass(frozen=True)
class Graph:
    """What `backward` walked: the whole autograd graph of one loss (at most 3000 nodes). Node 0 is the loss."""

    step: int
    nodes: tuple[Node, ...]
    complete: bool = True

    @functools.cached_property
    def by_id(self) -> dict[int, Node]:
        """Nodes by their id."""
        return {node.id: node for node in self.nodes}

    @property
    def loss(self) -> Node:
        """The node of the loss itself."""
        return self.nodes[0]

    def under(self, node: Node, through: frozenset[str] = VIEWS, calls: frozenset[str] = frozenset()) -> list[Node]:
        """The nodes that `node` was computed from, looking through those whose kind is in `through`.

        Also through those that a function named in `calls` made: under(node, calls=DROPOUTS).
        """
        found: list[Node] = []
        waiting, seen = list(node.inputs), set()
        while waiting:
            number = waiting.pop(0)
            if number in seen or number not in self.by_id:
                continue
            seen.add(number)
            child = self.by_id[number]
            if child.kind in through or child.call in calls:
                waiting.extend(child.inputs)
            else:
                found.append(child)
        return found

    def below(self, node: Node) -> Iterator[Node]:
        """Every node that `node` depends on, nearest first."""
        waiting, seen = list(node.inputs), set()
        while waiting:
            number = waiting.pop(0)
            if number in seen or number not in self.by_id:
                continue
            seen.add(number)
            yield self.by_id[number]
            waiting.extend(self.by_id[number].inputs)

    def find(self, *kinds: str) -> list[Node]:
        """All nodes of these kinds, nearest to the loss first."""
        return [node for node in self.nodes if node.kind in kinds]

    def compared(self) -> list[Node]:
        """Differences from which powers, amounts, sums and means alone lead to the loss: a criterion by hand."""
        through = ARITHMETIC - {"Sub", "Rsub"} | VIEWS | {"Sqrt", "LinalgVectorNorm", "Norm"}
        top = self.under(self.loss, through) if self.loss.kind in through else [self.loss]
        return [node for node in top if node.kind in ("Sub", "Rsub")]

    def of_parameter(self, node: Node) -> bool:
        """Whether this is a parameter, or one in another layout: a weight's transpose, say."""
        return all(each.kind in VIEWS or each.kind == "AccumulateGrad" for each in (node, *self.below(node)))


@dataclass(frozen=True)
class LossCall:
    """One call of a criterion that torch knows, by function or module."""

    step: int  # of the optimizer step that follows; 0 is the first
    name: str  # "cross_entropy", "nll_loss", "mse_loss", "binary_cross_entropy_with_logits", ...
    place: Place | None
    input: Facts
    target: Facts
    value: float | None  # None where reduction="none"
    reduction: str = "mean"
    weighted: bool = False
    ignore_index: int | None = None
    label_smoothing: float = 0.0
    grad: bool = True  # whether gradients were being recorded
    training: bool | None = None  # mode of the module called last before it; None where none was
    backward: bool = False  # whether a backward went through it
    correct: int | None = None  # [B, C] scores and [B] classes: how many are right
    module: str | None = None  # qualified name of the module whose last layer made the input
    mean: float | None = None  # of the examples' losses, where reduction="none"


@dataclass(frozen=True)
class Backward:
    """One call of backward (on a scalar, or with gradients given)."""

    step: int  # of the optimizer step that follows
    place: Place | None
    value: float | None
    connected: bool  # the loss has a grad_fn
    shape: tuple[int, ...] = ()
    retain_graph: bool = False
    training: bool | None = None  # mode of the root module called last before it
    numbers: tuple[int, ...] = ()  # LossCalls (their index in `trace.losses`) that it went through
    slopes: bool = False  # asked of torch.autograd.grad or torch.func, which leave .grad alone


@dataclass(frozen=True)
class Step:
    """One optimizer step. "consumed": parameters with a gradient; counts are numbers of parameter tensors."""

    index: int  # over all optimizers, 0 is the first
    optimizer: int  # index in trace.optimizers
    place: Place | None
    loss: float | None  # value of the last backward before it
    backwards: int  # backward calls since this optimizer's previous step
    consumed: int
    missing: int  # trainable, gradient None
    zero: int  # gradient there, all zeros (measured in detailed steps; else 0)
    stale: int  # gradient that an earlier step used up, with another backward added on top
    untouched: int  # gradient that an earlier step used up, and nothing since
    lr: tuple[float, ...]  # per group
    grad_norm: float | None = None  # over all parameters; None where not measured
    update_ratio: float | None = None  # median over parameters of |change| / |weight|
    detailed: bool = False
    closure: bool = False
    zero_grad_since: bool = False  # a zero_grad was called since this optimizer's previous step
    zeroed_last: bool = False  # a zero_grad was called since the last backward
    emptied: bool = False  # there was a gradient after the last backward, and it was taken away (detailed steps)
    non_finite: int = 0  # parameters whose gradient holds NaN or Inf (detailed steps, and whenever the loss does)
    seconds: float = 0.0  # since the recording began


@dataclass(frozen=True)
class Optimizer:
    """An optimizer the script made."""

    index: int
    name: str  # class: "SGD"
    place: Place | None  # where it was made
    lr: float | None
    settings: dict[str, float | bool | str | None]
    parameters: tuple[int, ...]  # indexes in trace.parameters
    made_at: int  # number of steps before it was made
    steps: int  # how often it stepped
    zero_grads: int = 0
    zero_place: Place | None = None
    step_place: Place | None = None
    goes_on: bool = False  # at its first step the weights stood as another optimizer's last step had left them


@dataclass(frozen=True)
class Parameter:
    """A leaf tensor that is trained, or should be."""

    index: int
    name: str  # qualified ("net.0.weight"); "?" where no known module owns it
    shape: tuple[int, ...]
    dtype: str
    owner: int | None  # root module: index of it in trace.modules
    registered: bool  # a root module's parameters() yields it
    reached: bool  # an autograd graph led to it
    trainable: bool  # requires_grad at the end
    optimizers: tuple[int, ...]
    got_grad: bool  # ever, at a step or backward
    changed: bool | None  # differs from its first value; None where not compared
    place: Place | None = None  # where it, or its module, was made
    born: Place | None = None  # the user's line that made the tensor itself, or asked for its gradient
    low: float | None = None  # at first sight
    high: float | None = None
    std: float | None = None
    rows_equal: bool = False  # at first sight: more than one row, all the same
    rows_parted: bool = False  # they were equal, and training has made them differ
    zero: bool = False  # at first sight: all zeros
    grad_norms: tuple[float, ...] = ()  # at the detailed steps
    update_ratios: tuple[float, ...] = ()  # |change| / |weight| at the detailed steps
    module: str | None = None  # qualified name of the module that owns it
    via: str | None = None  # unregistered: "Net.layers", the attribute it hides in
    moved_frozen: int = 0  # steps in which an optimizer moved it while requires_grad was False


@dataclass(frozen=True)
class Module:
    """A module of the tree under a root. Roots are those whose call came from no other module's forward."""

    index: int
    name: str  # qualified, "" for a root
    cls: str  # "Linear"
    root: int  # index of its root module
    place: Place | None  # where it was made
    defined: Place | None  # `class` line, where the class is the user's
    own: bool  # its class is the user's
    parameters: int  # elements of its own, without children's
    settings: dict[str, int | float | bool | str | None]  # in_features, out_features, dim, p, kernel_size, ...
    training: bool  # at the end
    calls: int
    registered: bool = True  # False: found in a list or dict that torch does not look into


@dataclass(frozen=True)
class Layer:
    """A layer or activation in the forward pass, by module or by function, over the first training batches."""

    name: str  # qualified module name, or the function's: "relu"
    kind: str  # "Linear", "ReLU", "relu", "conv2d", ...
    place: Place | None
    order: int  # of its first call
    calls: int
    input: Facts | None
    output: Facts | None  # of the first call
    dead: float | None = None  # ReLU family: share of units that were zero throughout the last 5 batches measured
    saturated: float | None = None  # tanh, sigmoid: share of outputs in the flat zone
    batches: int = 0
    first_bad: int | None = None  # step at which its output was first NaN or Inf
    units: int = 0  # how many `dead` counts


@dataclass(frozen=True)
class Forward:
    """Calls of a root module from one line in one mode."""

    module: int  # index in trace.modules
    place: Place | None
    training: bool
    grad: bool
    calls: int
    first_step: int  # optimizer steps before its first call
    last_step: int
    backward: bool  # a backward followed and went through it
    noisy: tuple[str, ...]  # Dropout and BatchNorm modules in it that were in training mode: qualified names
    frozen: tuple[str, ...]  # Dropout and BatchNorm modules in it that were in eval mode
    input: Facts | None
    output: Facts | None
    rows: int = 0  # examples hashed
    rows_trained: int = 0  # of these, examples that training had seen before
    smallest: int | None = None  # smallest number of examples in a call
    loader: int | None = None  # index in trace.loaders of the DataLoader that had given a batch last
    cold: tuple[str, ...] = ()  # of `noisy`: BatchNorm modules whose weights were frozen in the last calls
    cold_calls: int = 0  # how many of the last calls that was so in


@dataclass(frozen=True)
class Evaluation:
    """Calls of a root module without gradients from one stack of the user's lines, with examples of floats."""

    module: int  # index in trace.modules
    stack: tuple[Place, ...]  # innermost first: the call, and the lines that led to it
    loader: int | None = None  # index in trace.loaders
    calls: int = 0
    first_step: int = 0
    distinct: int = 0  # different examples
    trained: int = 0  # of these, examples that a backward of the same module had gone through before
    repeated: int = 0  # examples that were in their batch before
    rich: bool = False  # examples of so many different values that two are not equal by chance


@dataclass(frozen=True)
class Call:
    """Something called that order or arguments make interesting: clip_grad_norm_, scheduler.step, model.eval."""

    name: str
    place: Place | None
    step: int
    backwards: int  # since the last optimizer step
    detail: dict[str, float | str | bool | None] = dataclasses.field(default_factory=dict)
    count: int = 1  # how often, from this line


@dataclass(frozen=True)
class Cut:
    """A line where a computed tensor leaves the graph: detach, data, item, numpy, argmax, no_grad, ..."""

    place: Place | None
    name: str
    step: int  # of its first time
    shape: tuple[int, ...]
    module: str | None  # the innermost running module
    value: float | None = None  # of a scalar, the first time
    parameters: tuple[int, ...] = ()  # indexes in trace.parameters of what is cut off
    count: int = 1


@dataclass(frozen=True)
class Elementwise:
    """An operation of two tensors whose result is larger than both: they were broadcast against one another."""

    name: str  # "sub", "eq", ...
    place: Place | None
    left: tuple[int, ...]
    right: tuple[int, ...]
    result: tuple[int, ...]
    comparison: bool
    in_loss: bool  # a backward went through it
    count: int
    step: int
    grad: bool = False  # whether gradients were being recorded
    left_grad: bool = False  # the left side depends on parameters
    right_grad: bool = False
    related: bool = False  # both are views of one tensor


@dataclass(frozen=True)
class Difference:
    """What is learned minus what is not, of one shape: the beginning of a criterion written by hand."""

    place: Place | None
    input: Facts
    target: Facts
    step: int


@dataclass(frozen=True)
class Kept:
    """A tensor with its graph, carried from one step into a sum of the next: `total += loss`."""

    place: Place | None
    name: str
    steps: int  # in how many different steps


@dataclass(frozen=True)
class Loader:
    """A DataLoader that was iterated."""

    place: Place | None
    batch_size: int | None
    examples: int | None
    sampler: str  # class name
    shuffled: bool | None
    drop_last: bool
    workers: int
    epochs: int  # iterations begun
    batches: int = 0  # given in all of them


@dataclass(frozen=True)
class Frame:
    """A layer's forward on the way to a crash."""

    module: str  # qualified name where known, else the class
    cls: str
    settings: dict[str, int | float | bool | str | None]
    inputs: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]
    place: Place | None


@dataclass(frozen=True)
class Crash:
    """The exception that ended the script."""

    type: str  # "RuntimeError"
    message: str
    place: Place | None
    layers: tuple[Frame, ...] = ()  # outermost first
    function: str | None = None  # torch function that raised: "linear", "cross_entropy", "backward"
    arguments: tuple[Facts, ...] = ()  # its tensors
    during: str = "script"  # "forward", "loss", "backward", "step", "script", "load"
    in_torch: bool = False
    traceback: str = ""


@dataclass(frozen=True)
class Warned:
    """A Python warning that was raised."""

    category: str
    message: str
    place: Place | None


@dataclass(frozen=True)
class Ended:
    """How the run ended.

    "finished", "steps" (the limit), "seconds" (the limit), "crashed", "exited" (sys.exit), "killed" (a signal),
    "interrupted", "stuck" (did not stop when asked)
    """

    how: str
    code: int | None = None
    signal: int | None = None


@dataclass(frozen=True)
class Source:
    """One file of the user's, or one code cell of a notebook."""

    path: str
    text: str
    cell: int | None = None


@dataclass(frozen=True)
class Probe:
    """An experiment made with the user's model after the recording."""

    name: str  # "overfit", "eval_differs", "mixing", "input_blind", ...
    outcome: str  # "passed", "failed", "skipped"
    detail: str  # one sentence
    numbers: dict[str, Any] = dataclasses.field(default_factory=dict)
    place: Place | None = None


@dataclass(frozen=True)
class Trace:
    """All that was seen. Lists are in the order of events."""

    target: str
    ended: Ended
    seconds: float = 0.0
    torch: str | None = None  # version; None where the script never imported it
    steps: tuple[Step, ...] = ()
    backwards: tuple[Backward, ...] = ()
    losses: tuple[LossCall, ...] = ()
    graphs: tuple[Graph, ...] = ()  # of the first backward calls, and later ones whose shape is new
    parameters: tuple[Parameter, ...] = ()
    modules: tuple[Module, ...] = ()
    layers: tuple[Layer, ...] = ()
    forwards: tuple[Forward, ...] = ()
    evaluations: tuple[Evaluation, ...] = ()
    optimizers: tuple[Optimizer, ...] = ()
    elementwise: tuple[Elementwise, ...] = ()
    differences: tuple[Difference, ...] = ()  # the first few of each line
    cuts: tuple[Cut, ...] = ()
    kept: tuple[Kept, ...] = ()
    loaders: tuple[Loader, ...] = ()
    calls: tuple[Call, ...] = ()
    warnings: tuple[Warned, ...] = ()
    probes: tuple[Probe, ...] = ()
    crash: Crash | None = None
    sources: tuple[Source, ...] = ()
    failures: tuple[str, ...] = ()  # looks of ours at something that raised, and were left out
    skipped: tuple[str, ...] = ()  # notebook lines that were not run

    def source(self, place: Place) -> Source | None:
        """The text a place is in."""
        wanted = (place.path, place.cell)
        return next((source for source in self.sources if (source.path, source.cell) == wanted), None)

    def line(self, place: Place) -> str:
        """The line a place names, without its indentation; "" where unknown."""
        source = self.source(place)
        lines = source.text.splitlines() if source else []
        return lines[place.line - 1].strip() if 0 < place.line <= len(lines) else ""

    def probe(self, name: str) -> Probe | None:
        """An experiment by its name, where it was made."""
        return next((probe for probe in self.probes if probe.name == name), None)

    def blamed(self, graph: Graph, node: Node) -> Place | None:
        """The line to blame for an activation: where one line runs several kinds of them, the one that makes it."""
        if node.used is not None or node.module is None:
            return node.place
        others = {each.kind for each in graph.nodes if each.place == node.place and each.module != node.module}
        made = [each.place for each in self.modules if each.name == node.module and not each.own]
        several = (
            others - {node.kind} - VIEWS - ARITHMETIC - {"Addmm", "Mm", "Linear", "Convolution", "NativeBatchNorm"}
        )
        return made[0] if several and made and made[0] is not None else node.place

    def calls_of(self, *names: str) -> list[Call]:
        """The calls with one of these names."""
        return [call for call in self.calls if call.name in names]

    @property
    def suggested_rate(self) -> float | None:
        """The learning rate that the range test suggests; None where it was not made, or shows nothing."""
        probe = self.probe("learning_rate")
        found: float | None = probe.numbers.get("suggestion") if probe is not None else None
        return found

    def said_of_rates(self) -> str:
        """ "; a range test on 64 examples suggests 0.05", to be added to a hint."""
        probe, rate = self.probe("learning_rate"), self.suggested_rate
        if probe is None or rate is None:
            return ""
        return f"; a range test on {probe.numbers['examples']} examples suggests {rate:g}"

    @functools.cached_property
    def trained_losses(self) -> tuple[LossCall, ...]:
        """The criterion calls that a backward went through."""
        return tuple(call for call in self.losses if call.backward)

    def loss_curve(self) -> list[float]:
        """Loss value at each optimizer step."""
        return [step.loss for step in self.steps if step.loss is not None]


def to_json(trace: Trace) -> str:
    """One JSON object; NaN and Infinity are written as Python writes them."""
    return json.dumps(to_plain(trace), separators=(",", ":"))


def from_json(text: str) -> Trace:
    """The trace that `to_json` wrote."""
    trace = from_plain(Trace, json.loads(text))
    assert isinstance(trace, Trace)
    return trace


def read(path: Path) -> Trace:
    """A trace from its file."""
    return from_json(path.read_text(encoding="utf-8"))


def to_plain(value: Any) -> Any:
    """Dataclasses as dictionaries of what differs from the defaults, tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    return value


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def from_plain(kind: Any, value: Any) -> Any:
    """Rebuild `value` as the annotated type `kind`."""
    if value is None:
        return None
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        return kind(**{name: from_plain(hints[name], item) for name, item in value.items()})
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        inner = [argument for argument in arguments if argument is not type(None)]
        return from_plain(inner[0], value) if len(inner) == 1 else value
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(from_plain(arguments[0], item) for item in value)
        return tuple(from_plain(argument, item) for argument, item in zip(arguments, value, strict=True))
    if origin is dict:
        return {key: from_plain(arguments[1], item) for key, item in value.items()}
    return value
