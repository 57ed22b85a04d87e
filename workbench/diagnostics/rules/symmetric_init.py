"""All units of a hidden layer start with the same weights, so they stay the same for ever.

What it does
------------
Looks at the first values of each weight that training reached: all rows equal, or all zero, in a layer of more than
one unit that another layer follows. The last layer may start at zero (logistic regression does), and so may a
branch that is added to another one (LoRA's second matrix, the last layer of a residual block).

Why is this bad
---------------
Units with equal weights get equal gradients: a hundred of them compute what one computes. Where a layer and the
one after it are both zero, nothing moves at all.

Example
-------
        nn.init.constant_(layer.weight, 0.1)

Use instead
-----------
        nn.init.xavier_uniform_(layer.weight)

Sources
-------
https://www.deeplearningbook.org/contents/optimization.html (section 8.4, "break symmetry")
https://github.com/awslabs/sagemaker-debugger (rule PoorWeightInitialization)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Graph, Module, Node, Parameter, Place, Trace

LAYERS = frozenset(("Addmm", "Mm", "Linear", "Convolution", "MkldnnLinear", "Bmm"))
FILLS = ("zeros_", "ones_", "constant_", "zero_", "fill_", "zeros", "ones", "full", "zeros_like", "ones_like")


@rule(severity="error", needs=("graphs", "parameters"), early=True, proof=("fresh-weights",))
def symmetric_init(trace: Trace) -> Iterator[Finding]:
    """Hidden weights whose rows are equal, told once for each line."""
    equal = [parameter for parameter in trace.parameters if _equal(parameter)]
    if not equal:
        return
    hidden = _hidden(trace)
    for parameter in equal:
        if parameter.index not in hidden:
            continue
        own = next((each.own for each in trace.modules if _owns(each, parameter)), True)
        place = _filled(trace, parameter) or (parameter.born if own else None) or parameter.place
        what = "all zero" if parameter.zero else f"all {parameter.low:g}" if _flat(parameter) else "the same row"
        related: tuple[Related, ...] = ()
        if parameter.place is not None and place is not None and not parameter.place.same_line(place):
            related = (Related(parameter.place, f"{parameter.name!r} belongs to this layer"),)
        yield Finding(
            place,
            f"the units of {_named(parameter)} all start with equal weights ({what}), {_later(trace, parameter)}",
            "start at random: leave the layer as torch made it, or nn.init.xavier_uniform_(layer.weight)",
            evidence={"parameter": parameter.name, "shape": list(parameter.shape), "value": parameter.low},
            related=related,
            remedy={"name": "fresh-weights", "measure": ("learning", "distinct")},
            severity="warning" if parameter.rows_parted else None,
        )


def _later(trace: Trace, parameter: Parameter) -> str:
    """What became of them."""
    if parameter.rows_parted:
        return "and begin as one; they have parted since, for something tells them apart"
    if parameter.changed:
        return f"and are equal still after {len(trace.steps)} steps: they get equal gradients"
    return "and get equal gradients for ever"


def _equal(parameter: Parameter) -> bool:
    """A matrix or kernel in training, of two units at least, all alike."""
    if not (parameter.reached and parameter.trainable and (parameter.optimizers or parameter.changed)):
        return False
    if len(parameter.shape) < 2 or parameter.shape[0] < 2:
        return False
    return _flat(parameter) or (parameter.rows_equal and parameter.name != "?")


def _flat(parameter: Parameter) -> bool:
    return parameter.low is not None and parameter.low == parameter.high


def _owns(module: Module, parameter: Parameter) -> bool:
    return module.root == parameter.owner and module.name == parameter.module


def _named(parameter: Parameter) -> str:
    return repr(parameter.name) if parameter.name != "?" else f"the weight of shape {list(parameter.shape)}"


def _hidden(trace: Trace) -> set[int]:
    """Weights of layers whose result goes into another layer, and not first into a sum with something else."""
    found: set[int] = set()
    for graph in trace.graphs:
        for later in graph.find(*LAYERS):
            for node in _before(graph, later):
                found.update(leaf for leaf in (_weight(graph, node),) if leaf is not None)
    return {index for index in found if not _input(trace, index)}


def _input(trace: Trace, index: int) -> bool:
    """A tensor of no module's that runs through one: an image, say, that is optimized."""
    names = {node.module for graph in trace.graphs for node in _users(graph, index)}
    ran = [each for each in trace.modules if each.name in names and not each.own and each.parameters]
    return trace.parameters[index].name == "?" and bool(ran)


def _users(graph: Graph, index: int) -> list[Node]:
    """The layers that multiply with a leaf."""
    return [node for node in graph.find(*LAYERS) if _weight(graph, node) == index]


def _before(graph: Graph, later: Node) -> list[Node]:
    """The layers before a layer, up to the next; sums of two layers' results are not looked through."""
    found, seen = [], set()
    waiting = list(later.inputs)
    while waiting:
        node = graph.by_id.get(waiting.pop())
        if node is None or node.id in seen:
            continue
        seen.add(node.id)
        if node.kind in LAYERS:
            found.append(node)
        elif node.kind in ("Add", "Sub", "Cat", "Stack"):
            parts = [graph.by_id[number] for number in node.inputs if number in graph.by_id]
            alive = [part for part in parts if part.kind in LAYERS or not graph.of_parameter(part)]
            if len(alive) == 1 and len(parts) > 1:  # else data, or a frozen layer's result, tell the units apart
                waiting.append(alive[0].id)
        elif node.kind != "AccumulateGrad":
            waiting.extend(node.inputs)
    return found


def _weight(graph: Graph, node: Node) -> int | None:
    """The index of the parameter that a layer multiplies with."""
    for number in node.inputs:
        child = graph.by_id.get(number)
        for part in [child, *graph.below(child)] if child is not None and graph.of_parameter(child) else []:
            if part.kind == "AccumulateGrad" and part.shape is not None and len(part.shape) > 1:
                return part.leaf
    return None


def _made_flat(trace: Trace, born: Place | None) -> Place | None:
    """The one line that makes a matrix of one value, where `born` only asks for its gradient."""
    if born is None or "requires_grad_" not in trace.line(born):
        return None
    places = set()
    for source, call in static.calls(trace, "full", "ones", "zeros"):
        sizes = call.args[0].elts if call.args and isinstance(call.args[0], ast.Tuple | ast.List) else call.args
        if len(sizes) > 1 and (static.dotted(call.func) != "torch.full" or sizes is not call.args):
            places.add(static.place(source, call))
    if any(place.same_line(born) for place in places):
        return born
    return places.pop() if len(places) == 1 else None


def _filled(trace: Trace, parameter: Parameter) -> Place | None:
    """The one line in the source that fills weights with a constant; None where there are several or none."""
    if parameter.name == "?":
        return _made_flat(trace, parameter.born)
    places = []
    for source, call in static.calls(trace, *FILLS):
        text = trace.line(static.place(source, call))
        if "weight" in text or "init" in text or parameter.name.rpartition(".")[2] in text:
            if "bias" in text and "weight" not in text:
                continue
            places.append(static.place(source, call))
    return places[0] if len(places) == 1 else None
