"""The training loop: zero_grad, step, clipping, and what is kept of the loss."""

from __future__ import annotations

import re
from collections.abc import Callable

import libcst as cst

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.repairs.code import (
    Code,
    Edit,
    Line,
    NoRepair,
    argument,
    descendants,
    dotted,
    method,
    tight,
)


def zero_grad(code: Code, finding: Finding) -> Edit:
    """`optimizer.zero_grad()` before the backward of the same block, else after the step."""
    statement = code.statement()
    if _update(statement):
        return _by_hand(code, statement)
    stepped = [call for call in descendants(statement, cst.Call) if dotted(call.func).endswith(".step")]
    if len(stepped) != 1:
        raise NoRepair("no optimizer steps by name on this line")
    call = stepped[0]
    name = dotted(call.func).rpartition(".")[0]
    if "scaler" in name.lower() and call.args:
        name = dotted(call.args[0].value)
    elif call.args:
        return _in_closure(code, finding, name)
    if not name:
        raise NoRepair("the optimizer has no name")
    new = f"{name}.zero_grad()"
    first = _backward_before(code, statement)
    return Edit(before=[(first, new)]) if first is not None else Edit(after=[(statement, new)])


def _by_hand(code: Code, statement: Line) -> Edit:
    """`w -= rate * w.grad`: the gradients dropped after the last such line of the block."""
    updates = [each for each in code.siblings(statement) if isinstance(each, Line) and _update(each)]
    return Edit(after=[(updates[-1], f"{_update(each)}.grad = None") for each in updates])


def _update(statement: Line) -> str:
    """The weight that a line moves along its gradient; "" where it does not."""
    small = statement.body[0]
    name = dotted(small.target) if isinstance(small, cst.AugAssign) else ""
    used = {dotted(each) for each in descendants(statement, cst.Attribute)}
    return name if name and f"{name}.grad" in used else ""


def _in_closure(code: Code, finding: Finding, name: str) -> Edit:
    """`optimizer.step(closure)`: before the backward in the closure."""
    for related in finding.related:
        if finding.place is not None and (related.place.path, related.place.cell) == (
            finding.place.path,
            finding.place.cell,
        ):
            return Edit(before=[(code.statement(related.place.line), f"{name}.zero_grad()")])
    raise NoRepair("the closure is not in this file")


def _calls_of(statement: cst.CSTNode, name: str) -> list[cst.Call]:
    """Calls of a method in a simple statement."""
    if not isinstance(statement, Line):
        return []
    return [
        call
        for call in descendants(statement, cst.Call)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == name
    ]


def _backward_before(code: Code, statement: cst.CSTNode) -> Line | None:
    """The first backward of the block since the last step before a statement."""
    block = code.siblings(statement)
    at = next(number for number, each in enumerate(block) if each is statement)
    found: Line | None = None
    for each in reversed(block[:at]):
        if _calls_of(each, "step"):
            break
        if isinstance(each, Line) and _calls_of(each, "backward"):
            found = each
    return found


def zero_grad_moved(code: Code, finding: Finding) -> Edit:  # noqa: ARG001 - as all repairs
    """zero_grad, or `p.grad = None` in a loop of its own, before the backward."""
    statement: cst.CSTNode = code.statement()
    if not _calls_of(statement, "zero_grad"):
        raise NoRepair("the gradients are not zeroed by zero_grad on this line")
    assert isinstance(statement, Line)
    first = _backward_before(code, statement)
    if first is not None:
        return Edit(before=[(first, statement)], remove=[statement])
    block = code.siblings(statement)
    at = next(number for number, each in enumerate(block) if each is statement)
    steps = [each for each in block[at:] if _calls_of(each, "step")]
    if len(steps) != 1:
        raise NoRepair("backward and step are called elsewhere")
    return Edit(after=[(steps[0], statement)], remove=[statement])


def step(code: Code, finding: Finding) -> Edit:
    """Parentheses for `optimizer.step`, or the call after the backward."""
    statement = code.statement()
    small = statement.body[0]
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Attribute) and small.value.attr.value == "step":
        return Edit(replace={small.value: cst.Call(small.value)})
    if not _calls_of(statement, "backward"):
        raise NoRepair("backward is not called by name on this line")
    name = _optimizer(code, finding, statement)
    if "GradScaler" in code.text(code.module):
        raise NoRepair("a GradScaler has to make the step")
    block = code.siblings(statement)
    at = next(number for number, each in enumerate(block) if each is statement)
    place: cst.CSTNode = statement
    for each in block[at + 1 :]:
        if isinstance(each, Line) and "clip_grad" in code.text(each):
            place = each
    return Edit(after=[(place, f"{name}.step()")])


def _optimizer(code: Code, finding: Finding, near: Line) -> str:
    """The name of the optimizer, made on a line that belongs to the finding, if it can be seen from here."""
    lines = [related.place for related in finding.related if related.message == "made here"]
    if not lines or finding.place is None or lines[0].path != finding.place.path:
        raise NoRepair("the optimizer is made in another file")
    if lines[0].cell != finding.place.cell:
        raise NoRepair("the optimizer is made in another cell")
    made = code.statement(lines[0].line)
    small = made.body[0]
    name = dotted(small.targets[0].target) if isinstance(small, cst.Assign) and len(small.targets) == 1 else ""
    outer, inner = code.enclosing(made, cst.FunctionDef), code.enclosing(near, cst.FunctionDef)
    if name.startswith("self."):
        seen = code.enclosing(made, cst.ClassDef) is code.enclosing(near, cst.ClassDef)
    else:
        seen = bool(name) and (outer is None or outer is inner)
    if not seen:
        raise NoRepair("the optimizer has no name that is known at the backward")
    return name


def clip_moved(code: Code, finding: Finding) -> Edit:  # noqa: ARG001 - as all repairs
    """Clipping between backward and step; with a GradScaler, after unscale_."""
    statement = code.statement()
    block = code.siblings(statement)
    at = next(number for number, each in enumerate(block) if each is statement)
    backwards = [each for each in block if isinstance(each, Line) and _calls_of(each, "backward")]
    steps = [each for each in block if isinstance(each, Line) and _calls_of(each, "step")]
    steps = [each for each in steps if "sched" not in code.text(each)]
    if len(backwards) != 1 or len(steps) != 1:
        raise NoRepair("backward and step do not stand beside the clipping")
    order = [next(number for number, each in enumerate(block) if each is one) for one in (backwards[0], steps[0])]
    if order[0] < at < order[1]:
        scaler = _calls_of(steps[0], "step")[0]
        owner, given = dotted(scaler.func).rpartition(".")[0], scaler.args
        if not given or not owner:
            raise NoRepair("the step is not made by a GradScaler here")
        return Edit(before=[(statement, f"{owner}.unscale_({code.text(given[0].value)})")])
    if order[0] > order[1]:
        raise NoRepair("the step comes before the backward")
    return Edit(after=[(backwards[0], statement)], remove=[statement])


# -- what is kept ----------------------------------------------------------------------------------------------


def item(code: Code, finding: Finding) -> Edit:  # noqa: ARG001 - as all repairs
    """`.item()` where a loss is added up or appended."""
    small = code.statement().body[0]
    kept, value = _kept(small)
    if _needs_tensor(code, kept):
        raise NoRepair(f"{kept} is used as a tensor elsewhere")
    losses = {
        dotted(call.func.value)
        for call in code.nodes(cst.Call)
        if isinstance(call.func, cst.Attribute) and call.func.attr.value == "backward"
    }
    inside = [
        node
        for node in (*descendants(value, cst.Name), *descendants(value, cst.Attribute))
        if dotted(node) in losses - {""}
    ]
    if len(inside) == 1:
        return Edit(replace={inside[0]: method(inside[0], "item")})
    if isinstance(value, cst.Name | cst.Call | cst.Attribute | cst.Subscript) and not inside:
        return Edit(replace={value: method(value, "item")})
    raise NoRepair("which part of it is the tensor cannot be told")


def _kept(small: cst.CSTNode) -> tuple[str, cst.BaseExpression]:
    """(the sum or list, what goes into it)."""
    if isinstance(small, cst.AugAssign):
        return dotted(small.target), small.value
    if isinstance(small, cst.Assign) and isinstance(small.value, cst.BinaryOperation):
        name = dotted(small.targets[0].target)
        sides = (small.value.left, small.value.right)
        others = [side for side in sides if dotted(side) != name]
        if name and len(others) == 1:
            return name, others[0]
    if isinstance(small, cst.Expr) and isinstance(small.value, cst.Call) and len(small.value.args) == 1:
        name, _, last = dotted(small.value.func).rpartition(".")
        if last == "append" and name:
            return name, small.value.args[0].value
    raise NoRepair("nothing is added or appended on this line in a plain way")


def _needs_tensor(code: Code, name: str) -> bool:
    """Whether the sum, or what is in the list, is asked for what only a tensor has."""
    if not name:
        return True
    text = "\n".join(
        code.text(module) if module is code.module else module.code for module in (code.module, *code.others)
    )
    word = re.escape(name)
    of_sum = rf"(?<![\w.]){word}(\[[^\]]*\])?\.(?!append|clear|extend|pop)\w"
    of_list = rf"(stack|cat)\(\s*{word}\b|\bin\s+{word}\b"
    return bool(re.search(of_sum, text) or re.search(of_list, text))


# -- signs -----------------------------------------------------------------------------------------------------


def sign(code: Code, finding: Finding) -> Edit:
    """The minus taken away, or put; maximize left out; `+=` of a gradient turned round."""
    hint = finding.hint
    if hint.startswith("leave the minus"):
        return _without_minus(code)
    if hint.startswith("put a minus"):
        small = code.statement().body[0]
        if not isinstance(small, cst.Assign | cst.Return) or small.value is None:
            raise NoRepair("the loss is not assigned on this line")
        return Edit(replace={small.value: cst.UnaryOperation(cst.Minus(), tight(small.value))})
    if hint.startswith("leave maximize"):
        found = [call for call in code.calls() if argument(call, None, "maximize") is not None]
        given = argument(found[0], None, "maximize") if len(found) == 1 else None
        if given is None:
            raise NoRepair("maximize is not given on this line")
        return Edit(replace={given: given.with_changes(value=cst.Name("False"))})
    return _descending(code)


def _without_minus(code: Code) -> Edit:
    minuses = [
        node
        for node in descendants(code.statement(), cst.UnaryOperation)
        if isinstance(node.operator, cst.Minus) and not isinstance(node.expression, cst.Integer | cst.Float)
    ]
    if len(minuses) != 1:
        raise NoRepair("which minus is meant cannot be told")
    return Edit(replace={minuses[0]: minuses[0].expression})


def _descending(code: Code) -> Edit:
    small = code.statement().body[0]
    if isinstance(small, cst.AugAssign) and isinstance(small.operator, cst.AddAssign):
        new = cst.SubtractAssign(small.operator.whitespace_before, small.operator.whitespace_after)
        return Edit(replace={small.operator: new})
    added = _calls_of(code.statement(), "add_")
    if len(added) != 1:
        raise NoRepair("the update is not written in a plain way")
    alpha = argument(added[0], None, "alpha")
    if alpha is not None:
        negative = cst.UnaryOperation(cst.Minus(), tight(alpha.value))
        return Edit(replace={alpha: alpha.with_changes(value=negative)})
    function = added[0].func
    assert isinstance(function, cst.Attribute)
    return Edit(replace={function: function.with_changes(attr=cst.Name("sub_"))})


def divided(code: Code, finding: Finding) -> Edit:
    """`(loss / 4).backward()`."""
    calls = _calls_of(code.statement(), "backward")
    if len(calls) != 1 or calls[0].args:
        raise NoRepair("backward is not called in a plain way on this line")
    function = calls[0].func
    assert isinstance(function, cst.Attribute)
    share = cst.parse_expression(f"({code.text(tight(function.value))} / {finding.evidence['backwards']})")
    return Edit(replace={function: function.with_changes(value=share)})


REPAIRS: dict[str, Callable[[Code, Finding], Edit]] = {
    "missing-zero-grad": zero_grad,
    "zero-grad-before-step": zero_grad_moved,
    "missing-optimizer-step": step,
    "clip-ineffective": clip_moved,
    "loss-accumulates-graph": item,
    "loss-sign": sign,
    "accumulation-not-scaled": divided,
}
