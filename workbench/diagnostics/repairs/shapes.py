"""Shapes, types and values that do not fit: .squeeze(1), .float(), in_features, y - 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import libcst as cst

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.repairs.code import (
    Code,
    Edit,
    NoRepair,
    argument,
    descendants,
    dotted,
    inserted,
    method,
    plain,
    tight,
)

SIZES = {  # class: (name of the argument, its position, axis of the input from the end)
    "Linear": ("in_features", 0, -1),
    "Conv1d": ("in_channels", 0, -2),
    "Conv2d": ("in_channels", 0, -3),
    "Conv3d": ("in_channels", 0, -4),
    "BatchNorm2d": ("num_features", 0, -3),
    "RNN": ("input_size", 0, -1),
    "LSTM": ("input_size", 0, -1),
    "GRU": ("input_size", 0, -1),
}


# -- two sides -------------------------------------------------------------------------------------------------


def loss(code: Code, finding: Finding) -> Edit:
    """One dimension less on the side that has one of length 1 too many."""
    prediction, target = _shapes(finding)
    function = str(finding.evidence.get("function"))
    if function.endswith("_loss"):
        return _criterion(code, prediction, target)
    for operation in code.trace.elementwise:
        if operation.place is not None and operation.place.same_line(finding.place) and operation.name == function:
            return _operands(code, function, operation.left, operation.right)
    raise NoRepair("which side is which cannot be told")


def _shapes(finding: Finding) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return tuple(finding.evidence["prediction"]), tuple(finding.evidence["target"])


def _criterion(code: Code, prediction: Sequence[int], target: Sequence[int]) -> Edit:
    left, _ = _sides(code)
    longer, shorter = tuple(prediction), tuple(target)
    if longer == (*shorter, 1):
        return _changed(left, lambda value: method(value, "squeeze", str(len(shorter))))
    if shorter == (*longer, 1):
        return _changed(left, lambda value: method(value, "unsqueeze", str(len(longer))))
    raise NoRepair("the shapes differ in more than one dimension of length 1")


def _changed(arg: cst.Arg, change: Callable[[cst.BaseExpression], cst.BaseExpression]) -> Edit:
    return Edit(replace={arg: arg.with_changes(value=change(arg.value))})


def _sides(code: Code) -> tuple[cst.Arg, cst.Arg]:
    """Prediction and target of the one criterion that is called on the line."""
    found = []
    for call in code.calls():
        sides = (argument(call, 0, "input"), argument(call, 1, "target"))
        kind = code.kind(call)
        named = kind.endswith("loss") or kind in (
            "crossentropy",
            "binarycrossentropywithlogits",
            "binarycrossentropy",
        )
        if sides[0] is not None and sides[1] is not None:
            found.append((named, sides))
    found = [each for each in found if each[0]] or found
    if len(found) != 1 or found[0][1][0] is None or found[0][1][1] is None:
        raise NoRepair("which call is the criterion's cannot be told")
    return found[0][1][0], found[0][1][1]


OPERATORS: dict[str, type[cst.BaseBinaryOp]] = {
    "sub": cst.Subtract, "add": cst.Add, "mul": cst.Multiply, "div": cst.Divide,
}  # fmt: skip


def _operands(code: Code, name: str, left: Sequence[int], right: Sequence[int]) -> Edit:
    wanted = OPERATORS.get(name)
    within = code.statement()
    found = [
        node
        for node in descendants(within, cst.BinaryOperation)
        if wanted is not None
        and isinstance(node.operator, wanted)
        and not any(isinstance(side, cst.Integer | cst.Float) for side in (node.left, node.right))
    ]
    if len(found) != 1:
        raise NoRepair("which operation of the line is meant cannot be told")
    return _squeezed(found[0].left, found[0].right, left, right)


def _squeezed(
    one: cst.BaseExpression, other: cst.BaseExpression, left: Sequence[int], right: Sequence[int]
) -> Edit:
    """The column gets the shape of the row."""
    if tuple(left) == (*right, 1):
        return Edit(replace={one: method(one, "squeeze", str(len(right)))})
    if tuple(right) == (*left, 1):
        return Edit(replace={other: method(other, "squeeze", str(len(left)))})
    raise NoRepair("the shapes differ in more than one dimension of length 1")


def metric(code: Code, finding: Finding) -> Edit:
    """The column of a comparison gets the shape of the row."""
    left, right = finding.evidence["left"], finding.evidence["right"]
    statement = code.statement()
    pairs = [
        (node.left, node.comparisons[0].comparator)
        for node in descendants(statement, cst.Comparison)
        if len(node.comparisons) == 1 and isinstance(node.comparisons[0].operator, cst.Equal | cst.NotEqual)
    ]
    for call in descendants(statement, cst.Call):
        if plain(dotted(call.func) or code.kind(call)) in ("eq", "ne", "isclose"):
            if code.of_torch(call) and len(call.args) >= 2:
                pairs.append((call.args[0].value, call.args[1].value))
            elif isinstance(call.func, cst.Attribute) and len(call.args) == 1:
                pairs.append((call.func.value, call.args[0].value))
    if len(pairs) != 1:
        raise NoRepair("which comparison of the line is meant cannot be told")
    return _squeezed(*pairs[0], left, right)


# -- sizes of layers -------------------------------------------------------------------------------------------


def size(code: Code, finding: Finding) -> Edit:
    """The size that a layer was given where it was made; a Flatten before it; or the sides of a criterion."""
    crash = code.trace.crash
    if crash is None or not crash.layers or crash.during == "loss":
        shapes = finding.evidence.get("shapes", ())
        if crash is not None and crash.during == "loss" and len(shapes) == 2:
            return _criterion(code, shapes[0], shapes[1])
        raise NoRepair("what the right shape is cannot be told")
    layer = crash.layers[-1]
    if layer.cls not in SIZES or not layer.inputs or layer.place is None:
        raise NoRepair("what the right shape is cannot be told")
    name, position, axis = SIZES[layer.cls]
    shape, expected = layer.inputs[0], layer.settings.get(name)
    if finding.place is None or (layer.place.path, layer.place.cell) != (finding.place.path, finding.place.cell):
        raise NoRepair("the layer is made in another file")
    made = [call for call in code.calls(layer.place.line) if plain(code.full(call.func)) == layer.cls.lower()]
    if layer.cls == "Linear" and len(shape) > 2:
        return _flattened(code, made, prod(shape[1:]) == expected)
    if len(shape) < -axis or (axis != -1 and expected in shape):
        raise NoRepair("what the right shape is cannot be told")
    fitting = []
    for call in made:
        given = argument(call, position, name)
        if given is not None and _value(given.value) == expected:
            fitting.append(given)
    if len(fitting) != 1:
        raise NoRepair(f"{name} is not written as one number on the line that makes the layer")
    return Edit(replace={fitting[0]: fitting[0].with_changes(value=cst.Integer(str(shape[axis])))})


def _value(node: cst.BaseExpression) -> int | None:
    """Of a whole number, or a product of them."""
    if isinstance(node, cst.Integer):
        return int(node.evaluated_value)
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Multiply):
        left, right = _value(node.left), _value(node.right)
        return left * right if left is not None and right is not None else None
    return None


def _flattened(code: Code, made: list[cst.Call], fits: bool) -> Edit:
    """nn.Flatten() as the first part of the Sequential that begins with the layer."""
    item = code.parent(made[0]) if len(made) == 1 else None
    holder = code.parent(item) if item is not None else None
    if not fits or not isinstance(holder, cst.Call) or plain(dotted(holder.func)) != "sequential":
        raise NoRepair("where the input is to be flattened cannot be told")
    if holder.args[0] is not item:
        raise NoRepair("where the input is to be flattened cannot be told")
    flatten = cst.Arg(cst.parse_expression(f"{code.spelled('torch.nn.Flatten')}()"))
    return Edit(replace={holder: holder.with_changes(args=inserted(holder.args, 0, flatten))})


# -- types and values ------------------------------------------------------------------------------------------


def cast(code: Code, finding: Finding) -> Edit:
    """`.float()` or `.long()` on the line that makes the data, else on the side of the criterion."""
    _, dot, ending = finding.hint.rpartition(": .")
    name, _, rest = ending.partition("(")
    if not dot:
        raise NoRepair("what type is needed cannot be told")
    arguments = [rest[:-1]] if rest[:-1] else []

    def change(value: cst.BaseExpression) -> cst.BaseExpression:
        return method(value, name, *arguments)

    crash = code.trace.crash
    if crash is not None and crash.place is not None and not crash.place.same_line(finding.place):
        return _of_made(code, change)
    function = str(finding.evidence.get("function") or "")
    criterion = function.endswith("loss") or "entropy" in function or "nll" in function
    if not criterion:
        raise NoRepair("which tensor of the line is meant cannot be told")
    sides = _sides(code)
    side = sides[0 if finding.hint.startswith("make the input") else 1]
    return _changed(side, change)


def _of_made(code: Code, change: Callable[[cst.BaseExpression], cst.BaseExpression]) -> Edit:
    small = code.statement().body[0]
    if not isinstance(small, cst.Assign) or isinstance(small.targets[0].target, cst.Tuple):
        raise NoRepair("several tensors are made on this line")
    if isinstance(small.value, cst.Tuple):
        raise NoRepair("several tensors are made on this line")
    return Edit(replace={small.value: change(small.value)})


def labels(code: Code, finding: Finding) -> Edit:
    """Labels that count from one: `- 1` where they come from."""
    evidence = finding.evidence
    if not (evidence.get("low", 0) >= 1 and evidence.get("high") == evidence.get("classes")):
        raise NoRepair("what the labels mean cannot be told")
    name = _base(_sides(code)[1].value)
    found = code.assigned(name) if name else []
    if not found:
        found = code.assigned(_in_dataset(code))
    found = [each for each in found if any(each is node for node in code.nodes(cst.Assign))]
    if len(found) != 1 or isinstance(found[0].value, cst.Tuple):
        raise NoRepair("where the labels come from cannot be told")
    value = found[0].value
    less = cst.BinaryOperation(tight(value), cst.Subtract(), cst.Integer("1"))
    return Edit(replace={value: less})


def _base(node: cst.BaseExpression) -> str:
    """`y` of `y[rows]`."""
    while isinstance(node, cst.Subscript):
        node = node.value
    return dotted(node)


def _in_dataset(code: Code) -> str:
    """The labels of the one TensorDataset."""
    found = [call for call in code.nodes(cst.Call) if plain(dotted(call.func)) == "tensordataset"]
    if len(found) != 1 or len(found[0].args) != 2:
        raise NoRepair("where the labels come from cannot be told")
    return dotted(found[0].args[1].value)


REPAIRS: dict[str, Callable[[Code, Finding], Edit]] = {
    "loss-broadcast": loss,
    "metric-broadcast": metric,
    "shape-mismatch": size,
    "dtype-mismatch": cast,
    "label-out-of-range": labels,
}
