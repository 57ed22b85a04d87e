"""Activations that are too many, too few, of the wrong kind or along the wrong dimension."""

from __future__ import annotations

import re
from collections import Counter
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
    inserted,
    plain,
    with_keyword,
    without,
)

SOFT = ("softmax", "logsoftmax")
ACTIVATIONS = frozenset(
    [
        *SOFT, "sigmoid", "logsigmoid", "relu", "relu6", "tanh", "gelu", "silu", "hardtanh", "softplus", "mish",
        "celu", "hardsigmoid", "hardswish", "leakyrelu", "elu", "selu",
    ]
)  # fmt: skip
LAYERS = ("linear", "conv1d", "conv2d", "conv3d", "lazylinear", "bilinear")
HALVED = re.compile(r"[<>]=?\s*0?\.5\b|\.round\(")
CONTAINERS = ("sequential", "modulelist", "ordereddict")


# -- too many --------------------------------------------------------------------------------------------------


def leave_out(code: Code, finding: Finding) -> Edit:
    """The activation taken out: from its container, from around its argument, or with its whole line."""
    wanted = plain(str((finding.remedy or {}).get("call") or ""))
    kinds = {wanted} if wanted in ACTIVATIONS else ACTIVATIONS
    call = _last_applied([each for each in code.calls() if code.kind(each) in kinds])
    _shared(code, call)
    _thresholds(code, call)
    if _makes_module(code, call):
        return _without_module(code, call)
    inner = _inner(code, call)
    statement = code.enclosing(call, Line)
    if statement is not None:
        _only_for_the_loss(code, statement, call, finding)
    if statement is not None and _assigns_itself(statement, call, inner):
        return Edit(remove=[code.statement()])
    above = code.parent(call)
    alone = isinstance(above, cst.Return | cst.Assign | cst.Arg | cst.AnnAssign)
    simple = isinstance(inner, cst.Name | cst.Attribute | cst.Call | cst.Subscript) or inner.lpar
    if not alone and not simple:
        inner = inner.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return Edit(replace={call: inner})


def _last_applied(calls: list[cst.Call]) -> cst.Call:
    """The only one, or the one around all the others."""
    if not calls:
        raise NoRepair("the activation is not called by name on this line")
    outer = [call for call in calls if not any(call is not other and _within(call, other) for other in calls)]
    if len(outer) > 1:
        raise NoRepair("several activations stand on this line")
    return outer[0]


def _within(node: cst.CSTNode, other: cst.CSTNode) -> bool:
    return any(each is node for each in descendants(other, cst.Call))


def _shared(code: Code, call: cst.Call) -> None:
    """Refuse a line that runs, or makes a module, for other layers too."""
    line = code.at(call).start.line
    kind = code.kind(call)
    made = [
        each for each in code.trace.modules if each.place and each.place.line == line and plain(each.cls) == kind
    ]
    loop = code.enclosing(call, cst.For)
    many = isinstance(code.enclosing(call, cst.ListComp | cst.GeneratorExp), cst.CSTNode)  # type: ignore[arg-type]
    if len({each.name for each in made}) > 1 or many:
        raise NoRepair("the line makes the activations of several layers")
    function = code.enclosing(call, cst.FunctionDef)
    inside = loop is not None and (function is None or any(each is loop for each in descendants(function, cst.For)))
    if inside and loop is not None and ".backward" not in code.text(loop):
        raise NoRepair("the line runs for several layers, in a loop")
    owner = code.enclosing(call, cst.ClassDef)
    same = [each for each in code.trace.modules if owner is not None and each.cls == owner.name.value]
    if len({(each.root, each.name) for each in same}) > 1:
        raise NoRepair("the line belongs to several layers of one class")


def _thresholds(code: Code, call: cst.Call) -> None:
    """Refuse where a probability is compared with 0.5 or rounded: a raw score needs another threshold."""
    texts = [code.module.code, *(each.code for each in code.others), *(each.text for each in code.trace.sources)]
    if code.kind(call) in ("sigmoid", "softmax") and any(HALVED.search(text) for text in texts):
        raise NoRepair("a probability is compared with 0.5 or rounded, which this repair would make wrong")


def _only_for_the_loss(code: Code, statement: Line, call: cst.Call, finding: Finding) -> None:
    """Refuse `p = softmax(scores)` where p goes elsewhere than into the criterion and an argmax."""
    small = statement.body[0]
    if not isinstance(small, cst.Assign) or not isinstance(small.targets[0].target, cst.Name):
        return
    if any(isinstance(above, cst.Arg) for above in code.around(call)):
        return
    if code.function(statement) in ("forward", "__call__"):
        return  # what it gives is the network's answer, whatever its name is
    name = small.targets[0].target.value
    scope = code.enclosing(statement, cst.FunctionDef) or code.module
    lines = {related.place.line for related in finding.related}
    for use in code.nodes(cst.Name, scope):
        if use.value == name and not code.covers(statement, code.at(use).start.line):
            ranked = any("argmax" in code.kind(each) for each in code.around(use) if isinstance(each, cst.Call))
            if not ranked and code.at(use).start.line not in lines:
                raise NoRepair(f"{name} is used for more than the loss")


def _makes_module(code: Code, call: cst.Call) -> bool:
    """`nn.Softmax(dim=1)`: a class, and not what it makes."""
    name = dotted(call.func).rpartition(".")[2]
    return name[:1].isupper() and not isinstance(code.parent(call), cst.Call)


def _without_module(code: Code, call: cst.Call) -> Edit:
    item = code.parent(call)
    if isinstance(item, cst.Element) and isinstance(code.parent(item), cst.Tuple):  # ("prob", nn.Softmax(1))
        item = code.parent(code.parent(item) or item)
    holder = code.parent(item) if item is not None else None
    if isinstance(item, cst.Arg) and isinstance(holder, cst.Call):
        if plain(dotted(holder.func)) in CONTAINERS:
            return Edit(replace={holder: holder.with_changes(args=without(holder.args, item))})
        statement = code.enclosing(call, Line)
        if plain(dotted(holder.func)) in ("append", "addmodule") and statement is not None:
            return Edit(remove=[code.statement()])
    if isinstance(item, cst.Element) and isinstance(holder, cst.List):
        return Edit(replace={holder: holder.with_changes(elements=without(holder.elements, item))})
    statement = code.enclosing(call, Line)
    small = statement.body[0] if statement is not None else None
    if isinstance(small, cst.Assign) and isinstance(small.targets[0].target, cst.Subscript):
        return Edit(remove=[code.statement()])  # layers["probabilities"] = nn.Softmax(-1)
    raise NoRepair("the activation is made here and used elsewhere")


def _inner(code: Code, call: cst.Call) -> cst.BaseExpression:
    """What the activation is applied to."""
    function = call.func
    called = isinstance(function, cst.Call) or code.of_torch(call)
    name = dotted(function)
    if called or (name and (isinstance(function, cst.Name) or code.assigned(name, call))):
        if not call.args or call.args[0].star or (call.args[0].keyword is not None and len(call.args) > 1):
            raise NoRepair("what the activation is applied to cannot be told")
        return call.args[0].value
    if isinstance(function, cst.Attribute):
        return function.value
    raise NoRepair("what the activation is applied to cannot be told")


def _assigns_itself(statement: Line, call: cst.Call, inner: cst.BaseExpression) -> bool:
    """`x = F.relu(x)`."""
    small = statement.body[0]
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or small.value is not call:
        return False
    return bool(dotted(inner)) and dotted(small.targets[0].target) == dotted(inner)


# -- too few ---------------------------------------------------------------------------------------------------


def put_between(code: Code, finding: Finding) -> Edit:
    """A ReLU after each of the layers that another one follows directly."""
    places = list((finding.remedy or {}).get("after", ()))
    here = finding.place
    if (
        here is None
        or not places
        or any((place["path"], place["cell"]) != (here.path, here.cell) for place in places)
    ):
        raise NoRepair("the layers are in several files or cells")
    edit = Edit()
    for line, times in Counter(place["line"] for place in places).items():
        _one_line(code, line, times, edit)
    return edit


def _one_line(code: Code, line: int, times: int, edit: Edit) -> None:
    made = [call for call in code.calls(line) if plain(code.full(call.func)) in LAYERS and _is_item(code, call)]
    if made:
        _into_container(code, made, times, edit)
        return
    calls = [call for call in code.calls(line) if code.kind(call) in (*LAYERS, "batchnorm1d", "batchnorm2d")]
    statement = code.statement(line)
    small = statement.body[0]
    value = small.value if isinstance(small, cst.Assign | cst.Return | cst.AnnAssign) else None
    dropped = _dropped(code, statement)
    if dropped is not None:
        edit.replace[dropped[0]] = dropped[1]
    elif calls:
        if code.enclosing(calls[0], cst.FunctionDef) is not None:
            _looped(code, calls[0])
        chain = sorted(calls, key=lambda call: len(descendants(call, cst.Call)))
        if times > len(chain) or (len(chain) > 1 and times == len(chain)):
            raise NoRepair("which of the layers on this line is meant cannot be told")
        old = chain[times - 1]
        new: cst.BaseExpression = old
        if times > 1:
            raise NoRepair("several layers are called on one line, one within the other")
        new = _relu(code, old)
        edit.replace[old] = new
    elif value is not None and times == 1 and not isinstance(small, cst.Return) and _by_hand(value):
        edit.replace[value] = _relu(code, value)
    else:
        raise NoRepair("the layer is not called by name on this line")


def _looped(code: Code, call: cst.Call) -> None:
    loop = code.enclosing(call, cst.For)
    if (
        loop is not None
        and ".backward" not in code.text(loop)
        and code.enclosing(loop, cst.FunctionDef) is not None
    ):
        raise NoRepair("the line runs for several layers, in a loop")


def _by_hand(value: cst.BaseExpression) -> bool:
    """`x @ w + b`: one product of matrices."""
    return (
        sum(isinstance(each.operator, cst.MatrixMultiply) for each in descendants(value, cst.BinaryOperation)) == 1
    )


def _relu(code: Code, value: cst.BaseExpression) -> cst.BaseExpression:
    name = cst.parse_expression(code.spelled("torch.relu"))
    return cst.Call(name, [cst.Arg(value)])


def _is_item(code: Code, call: cst.Call) -> bool:
    """Whether the call is an argument of a Sequential, or an element of a list."""
    item = code.parent(call)
    holder = code.parent(item) if item is not None else None
    return (isinstance(item, cst.Element) and isinstance(holder, cst.List)) or (
        isinstance(item, cst.Arg) and isinstance(holder, cst.Call) and plain(dotted(holder.func)) == "sequential"
    )


def _into_container(code: Code, made: list[cst.Call], times: int, edit: Edit) -> None:
    item = code.parent(made[0])
    holder = code.parent(item) if item is not None else None
    followed = [call for call in made if _followed(code, call)]
    if len(made) == times + 1:
        followed = made[:-1]  # the last is the end of the pairs
    if len(followed) != times or any(code.parent(code.parent(call) or call) is not holder for call in followed):
        raise NoRepair("which of the layers on this line is meant cannot be told")
    items: list[cst.Arg | cst.Element]
    relu = cst.parse_expression(f"{code.spelled('torch.nn.ReLU')}()")
    current = edit.replace.get(holder, holder) if holder is not None else None
    items = list(current.args) if isinstance(current, cst.Call) else list(current.elements)  # type: ignore[union-attr]
    for call in followed:
        here = next(number for number, each in enumerate(items) if each.value is call)
        if isinstance(holder, cst.List) and here == len(items) - 1:
            raise NoRepair("the line makes the layers of several places")
        items = inserted(items, here + 1, type(items[here])(relu))
    assert current is not None
    assert holder is not None
    changes = {"args": items} if isinstance(current, cst.Call) else {"elements": items}
    edit.replace[holder] = current.with_changes(**changes)


def _followed(code: Code, call: cst.Call) -> bool:
    """Whether something follows it in its container."""
    item = code.parent(call)
    holder = code.parent(item) if item is not None else None
    items = holder.args if isinstance(holder, cst.Call) else holder.elements  # type: ignore[union-attr]
    return items[-1] is not item


def _dropped(code: Code, statement: Line) -> tuple[cst.CSTNode, cst.CSTNode] | None:
    """`F.relu(x)` by itself under `x = self.fc(x)`: the result was meant to be kept."""
    small = statement.body[0]
    blocks = code.siblings(statement)
    at = next(number for number, each in enumerate(blocks) if each is statement)
    follower = blocks[at + 1] if at + 1 < len(blocks) else None
    if not isinstance(small, cst.Assign) or not isinstance(follower, Line) or len(follower.body) != 1:
        return None
    target, expr = small.targets[0].target, follower.body[0]
    if not isinstance(expr, cst.Expr) or not isinstance(expr.value, cst.Call) or not dotted(target):
        return None
    call = expr.value
    if code.kind(call) not in ACTIVATIONS or dotted(_inner(code, call)) != dotted(target):
        return None
    return expr, cst.Assign([cst.AssignTarget(target)], call)


# -- another kind, another dimension ---------------------------------------------------------------------------


def log_probabilities(code: Code, finding: Finding) -> Edit:
    """log_softmax for softmax; else cross_entropy for nll_loss."""
    if finding.evidence.get("input") == "Softmax":
        return _renamed(code, "softmax", {"Softmax": "LogSoftmax", "softmax": "log_softmax"})
    return _renamed(code, "nllloss", {"NLLLoss": "CrossEntropyLoss", "nll_loss": "cross_entropy"})


def _renamed(code: Code, kind: str, names: dict[str, str]) -> Edit:
    calls = [call for call in code.calls() if code.kind(call) == kind]
    if len(calls) != 1:
        raise NoRepair(f"{'no' if not calls else 'more than one'} {next(iter(names))} is called on this line")
    _thresholds(code, calls[0])
    function = _maker(code, calls[0]).func
    last = function.attr if isinstance(function, cst.Attribute) else function
    if not isinstance(last, cst.Name) or last.value not in names:
        raise NoRepair("it has another name here")
    new = names[last.value]
    if isinstance(function, cst.Name):
        full = code.full(function)
        return Edit(replace={function: cst.parse_expression(code.spelled(f"{full.rpartition('.')[0]}.{new}"))})
    return Edit(replace={last: cst.Name(new)})


def _maker(code: Code, call: cst.Call) -> cst.Call:
    """The call that has the options: `nn.Softmax(dim=0)` for `self.soft(x)`, else the call itself."""
    if isinstance(call.func, cst.Call):
        return call.func
    name = dotted(call.func)
    found = code.assigned(name, call) if name else []
    if len(found) > 1:
        raise NoRepair(f"{name} is assigned in several places")
    if found:
        made = found[0].value
        if not any(each is made for each in code.nodes(cst.Call)):
            raise NoRepair(f"{name} is made in another cell")
        assert isinstance(made, cst.Call)
        return made
    return call


def right_dimension(code: Code, finding: Finding) -> Edit:
    """dim=1 for a softmax of [examples, classes]."""
    if len(finding.evidence.get("shape", ())) != 2:
        raise NoRepair("which dimension is to sum to one cannot be told")
    calls = [call for call in code.calls() if code.kind(call) in SOFT]
    if len(calls) != 1:
        raise NoRepair("which softmax is meant cannot be told")
    maker = _maker(code, calls[0])
    module = dotted(maker.func).rpartition(".")[2][:1].isupper()
    position = 0 if module or not code.of_torch(maker) else 1
    given = argument(maker, position, "dim")
    if given is not None and given.keyword is None:
        return Edit(replace={given: given.with_changes(value=cst.Integer("1"))})
    return Edit(replace={maker: with_keyword(maker, "dim", "1")})


def dropout_in_training(code: Code, finding: Finding) -> Edit:  # noqa: ARG001 - as all repairs
    """F.dropout(..., training=self.training)."""
    calls = [call for call in code.calls() if "dropout" in code.kind(call) or "attention" in code.kind(call)]
    calls = [call for call in calls if not isinstance(code.parent(call), cst.Call)]
    if len(calls) != 1 or code.enclosing(calls[0], cst.ClassDef) is None:
        raise NoRepair("which dropout is meant cannot be told")
    call = calls[0]
    if isinstance(call.func, cst.Call):
        return Edit(replace={call: _functional(code, call, call.func)})
    if "attention" in code.kind(call):
        rate = argument(call, None, "dropout_p")
        if rate is None:
            raise NoRepair("the rate is not given by its name")
        return Edit(
            replace={call: with_keyword(call, "dropout_p", f"{code.text(rate.value)} if self.training else 0.0")}
        )
    return Edit(replace={call: with_keyword(call, "training", "self.training")})


def _functional(code: Code, call: cst.Call, maker: cst.Call) -> cst.Call:
    """F.dropout(x, p, training=self.training) for nn.Dropout(p)(x)."""
    names = {"dropout": "dropout", "dropout1d": "dropout1d", "dropout2d": "dropout2d", "dropout3d": "dropout3d"}
    name = names.get(code.kind(call))
    if name is None or len(call.args) != 1 or len(maker.args) > 1:
        raise NoRepair("this dropout has no short form as a function")
    function = cst.parse_expression(code.spelled(f"torch.nn.functional.{name}"))
    first = call.args[0].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    made = cst.Call(function, [first, *maker.args])
    return with_keyword(made, "training", "self.training")


REPAIRS: dict[str, Callable[[Code, Finding], Edit]] = {
    "softmax-before-cross-entropy": leave_out,
    "log-softmax-before-cross-entropy": leave_out,
    "activation-before-cross-entropy": leave_out,
    "sigmoid-before-bce-logits": leave_out,
    "output-range": leave_out,
    "missing-nonlinearity": put_between,
    "nll-without-log-softmax": log_probabilities,
    "softmax-wrong-dim": right_dimension,
    "dropout-always-on": dropout_in_training,
}
