"""Parameters that are to be trained get no gradient: a line cuts the graph between them and the loss.

What it does
------------
Finds parameters that an optimizer holds and no backward ever reached, and the line on which something computed from
them leaves the graph: detach, .data, numpy, item, argmax, a comparison, a cast to whole numbers, or no_grad; or a
step function (round, floor, sign), whose slope is zero everywhere, with nothing around it. A part that runs under
no_grad and was loaded, or put into evaluation mode by itself, is meant to stay as it is: a warning, for it is in
the optimizer. Where the loss itself has no gradient, so that backward crashes, it names the cut in the same way.
Frozen parameters, target networks and whatever gets its gradient by another way (GANs, codebooks, stop-gradient)
are fine.

Why is this bad
---------------
What lies behind the cut keeps its random first values. The rest learns around it, so that the loss falls and
nothing seems wrong.

Example
-------
        hidden = torch.relu(self.body(x)).detach()

Use instead
-----------
        hidden = torch.relu(self.body(x))

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.Tensor.detach.html
Found in the wild: inversecooking #3, speechbrain #1396.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict

from workbench.diagnostics import static
from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import Cut, Parameter, Place, Trace

STEPS = 3  # at least; own choice, as in missing-zero-grad
CUTTING = ("no_grad", "detach", "data", "numpy", "tensor", "item", "tolist", "float")  # likeliest first
ROUNDING = ("argmax", "argmin", "long", "int", "bool", "gt", "ge", "lt", "le", "eq", "ne")
STAIRS = frozenset(("Round", "Floor", "Ceil", "Trunc", "Sign"))  # graph nodes that hand on zeros
NO_GRAPH = "does not require grad and does not have a grad_fn"
LOADING = ("load_state_dict", "from_pretrained", "load_state_dict_from_url")


@rule(severity="error", needs=("optimizers",), proof=("keep-graph",))
def no_gradient(trace: Trace) -> Iterator[Finding]:
    """The cut behind which parameters are never reached, or behind which the whole loss lies."""
    if trace.crash is not None and NO_GRAPH in trace.crash.message:
        yield from _whole(trace, trace.crash.place, "backward stops: the loss has no graph")
    elif trace.backwards and not any(call.connected for call in trace.backwards):
        yield from _whole(trace, trace.backwards[0].place, "the loss that backward is called on has no graph")
    else:
        yield from _parts(trace)
        yield from _stairs(trace)


def _stairs(trace: Trace) -> Iterator[Finding]:
    """Parameters whose every way to the loss leads through a step function, and whose gradients are all zero."""
    stepping = {optimizer.index for optimizer in trace.optimizers if optimizer.steps >= STEPS}
    told: set[int] = set()
    for graph in trace.graphs:
        for node in graph.find(*STAIRS):
            below = {each.leaf for each in graph.below(node) if each.leaf is not None} - told
            flat = [trace.parameters[index] for index in sorted(below) if _zero(trace.parameters[index], stepping)]
            if flat and node.place is not None:
                told.update(parameter.index for parameter in flat)
                cut = Cut(node.place, node.call or node.kind.lower(), graph.step, node.shape or (), node.module)
                yield _finding(trace, cut, flat, None, f"in {len(trace.steps)} steps")


def _zero(parameter: Parameter, stepping: set[int]) -> bool:
    measured = parameter.grad_norms
    return (
        parameter.trainable
        and bool(stepping & {*parameter.optimizers})
        and len(measured) >= STEPS
        and not any(measured)
    )


def _parts(trace: Trace) -> Iterator[Finding]:
    stepping = {optimizer.index for optimizer in trace.optimizers if optimizer.steps >= STEPS}
    missing = {p.index for p in trace.parameters if _unreached(p) and stepping.intersection(p.optimizers)}
    cuts = [cut for cut in trace.cuts if missing.intersection(cut.parameters) and cut.count >= STEPS]
    while cuts:
        cut = max(cuts, key=lambda cut: (_rank(cut), len(missing.intersection(cut.parameters))))
        lost = [trace.parameters[index] for index in sorted(missing.intersection(cut.parameters))]
        yield _finding(trace, cut, lost, None, f"in {len(trace.steps)} steps")
        missing.difference_update(cut.parameters)
        cuts = [cut for cut in cuts if missing.intersection(cut.parameters)]
    yield from _networks(trace, missing)


def _networks(trace: Trace, missing: set[int]) -> Iterator[Finding]:
    """Networks that were called under no_grad only, in the midst of the training of others."""
    lost: dict[int, list[Parameter]] = defaultdict(list)
    for index in sorted(missing):
        owner = trace.parameters[index].owner
        if owner is not None:
            lost[owner].append(trace.parameters[index])
    for owner, parameters in lost.items():
        calls = [call for call in trace.forwards if call.module == owner]
        often = [call for call in calls if call.calls >= STEPS and call.last_step - call.first_step >= STEPS - 1]
        if any(call.grad for call in calls) or not often or often[0].place is None:
            continue
        call = often[0]
        shape = call.output.shape if call.output is not None else ()
        places = tuple(parameter.index for parameter in parameters)
        cut = Cut(call.place, "no_grad", call.first_step, shape, None, parameters=places, count=call.calls)
        yield _finding(trace, cut, parameters, None, f"in {len(trace.steps)} steps")


def _whole(trace: Trace, backward: Place | None, seen: str) -> Iterator[Finding]:
    cuts = [cut for cut in trace.cuts if cut.parameters]
    if not cuts:
        yield from _all_without(trace, backward, seen)
        return
    cut = max(cuts, key=lambda cut: (_rank(cut), len(cut.parameters)))
    asked = any(
        call.detail.get("requires_grad") for call in trace.calls_of("loss_is_leaf")
    )  # at the end, to silence torch
    if (cut.shape in ((), (1,)) or asked) and cut.name != "no_grad":
        return  # the loss itself: loss-not-connected
    yield _finding(trace, cut, [trace.parameters[index] for index in cut.parameters], backward, seen)


def _all_without(trace: Trace, backward: Place | None, seen: str) -> Iterator[Finding]:
    """The network was only called under no_grad."""
    for call in trace.forwards:
        if call.place is None or any(each.grad for each in trace.forwards):
            continue
        place = _switch(trace, call.place)
        if place is not None:
            yield Finding(
                place,
                f"the network runs without gradients, and {seen}",
                "take the forward pass of the training out of no_grad; only evaluation belongs there",
                evidence={"function": "no_grad"},
                related=() if backward is None else (Related(backward, "backward is called here"),),
                remedy={"name": "keep-graph", "measure": ("learning", "moved")},
            )
            return


def _unreached(parameter: Parameter) -> bool:
    return parameter.trainable and not (parameter.reached or parameter.got_grad or parameter.changed)


def _rank(cut: Cut) -> int:
    """Higher: likelier to be the fault."""
    return -CUTTING.index(cut.name) if cut.name in CUTTING else -len(CUTTING)


def _finding(trace: Trace, cut: Cut, lost: list[Parameter], backward: Place | None, seen: str) -> Finding:
    names = [parameter.name for parameter in lost]
    listed = f"{', '.join(names[:4])}{', ...' if len(names) > 4 else ''}"
    place, what = cut.place, f"{cut.name} cuts the graph"
    related = [] if backward is None else [Related(backward, "backward is called here")]
    meant = False
    if cut.name == "no_grad":
        what = "the layers here run without gradients"
        switch = _switch(trace, cut.place) if cut.place is not None else None
        if switch is not None and cut.place is not None and switch != cut.place:
            place, related = switch, [*related, Related(cut.place, "runs without gradients")]
        meant = next(static.calls(trace, *LOADING), None) is not None or _at_rest(trace, lost)
    hint = {
        "no_grad": "take this part out of no_grad, or, if it is to stay as it is, do not give it to the optimizer",
        "argmax": "give the loss the scores; argmax is for accuracy only",
    }.get(cut.name)
    if cut.name.title() in STAIRS:
        what = f"{cut.name} hands back no slope but zero"
        hint = "leave it out in training, or let the gradient pass straight through: x + (x.round() - x).detach()"
    if hint is None and cut.name in ROUNDING:
        hint = "give the loss the values themselves; comparisons and whole numbers have no gradient"
    return Finding(
        place,
        f"{what}: {len(names)} parameters get no gradient ({listed}), {seen}",
        hint or f"leave out the {cut.name}; or, if this part is to stay as it is, do not give it to the optimizer",
        evidence={"function": cut.name, "shape": list(cut.shape), "parameters": names},
        related=tuple(related),
        remedy=None
        if cut.place is None
        else {"name": "keep-graph", "measure": ("learning", "moved"), "lines": [asdict(cut.place)]},
        severity="warning" if meant else None,
    )


def _at_rest(trace: Trace, lost: list[Parameter]) -> bool:
    """Whether what holds them was put into evaluation mode by itself: then it is meant to stay as it is."""
    names = [parameter.module or "" for parameter in lost]
    whole = {parameter.owner for parameter in lost}
    parts = [module for module in trace.modules if module.root in whole]
    holders = {part.cls for part in parts if all(_within(name, part.name) for name in names)}
    trained = {trace.modules[call.module].cls for call in trace.forwards if call.backward}
    return any(call.detail.get("class") in holders - trained for call in trace.calls_of("eval"))


def _within(name: str, holder: str) -> bool:
    """Whether a module's qualified name is another's, or lies below it; "" is the root."""
    return not holder or f"{name}.".startswith(f"{holder}.")


def _switch(trace: Trace, at: Place) -> Place | None:
    """The innermost `with torch.no_grad():`, decorator or call that switches gradients off around a line."""
    source = trace.source(at)
    tree = static.parsed(source) if source is not None else None
    if source is None or tree is None:
        return None
    found: ast.expr | None = None
    for node in ast.walk(tree):
        if isinstance(node, ast.With | ast.FunctionDef) and node.lineno <= at.line <= (node.end_lineno or 0):
            parts = (
                [item.context_expr for item in node.items] if isinstance(node, ast.With) else node.decorator_list
            )
            found = next((part for part in parts if _off(part)), found)
    if found is None:
        for _, call in static.calls(trace, "set_grad_enabled"):
            found = call if _off(call) else found
    return static.place(source, found) if found is not None else None


def _off(node: ast.expr) -> bool:
    name = static.dotted(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]
    if name == "set_grad_enabled" and isinstance(node, ast.Call) and node.args:
        return isinstance(node.args[0], ast.Constant) and node.args[0].value is False
    return name in ("no_grad", "inference_mode")
