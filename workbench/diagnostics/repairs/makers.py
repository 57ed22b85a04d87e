"""Lines that make a thing with the wrong options: optimizers, loaders, lists of layers, requires_grad."""

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
    plain,
    with_keyword,
)
from workbench.diagnostics.repairs.modes import called

LITERALS = cst.Float | cst.Integer
CONTAINERS = ("ModuleList", "ModuleDict", "ParameterList", "ParameterDict")


# -- optimizers ------------------------------------------------------------------------------------------------


def rate(code: Code, finding: Finding) -> Edit:
    """Another number for lr, where it is written as a number, or as a name that is given one once."""
    lower = re.search(r"lr=(\S+)$", finding.hint)
    call = _optimizer(code)
    given = argument(call, 1, "lr")
    if lower is None or given is None:
        raise NoRepair("the rate is not given on this line")
    new = cst.Float(repr(float(lower[1])))
    if isinstance(given.value, LITERALS):
        return Edit(replace={given: given.with_changes(value=new)})
    name = dotted(given.value)
    made = [each.value for each in code.nodes(cst.Assign) if name and _names(each, name)]
    made = made or _defaults(code, name.rpartition(".")[2])
    if len(made) != 1 or not isinstance(made[0], LITERALS) or made[0].evaluated_value != finding.evidence["lr"]:
        raise NoRepair("the rate is not written as one number")
    return Edit(replace={made[0]: new})


def _names(assign: cst.Assign, name: str) -> bool:
    return any(dotted(each.target) == name for each in assign.targets)


def _defaults(code: Code, option: str) -> list[cst.BaseExpression]:
    """`add_argument("--lr", default=1.0)`."""
    found = []
    for call in code.nodes(cst.Call):
        flags = [arg.value for arg in call.args if isinstance(arg.value, cst.SimpleString)]
        default = argument(call, None, "default")
        named = any(str(flag.evaluated_value).lstrip("-").replace("-", "_") == option for flag in flags)
        if dotted(call.func).endswith(".add_argument") and named and default is not None:
            found.append(default.value)
    return found


def _optimizer(code: Code) -> cst.Call:
    """The one call on the line that makes an optimizer."""
    calls = [call for call in code.calls() if argument(call, 0, "params") is not None]
    calls = [call for call in calls if code.full(call.func).startswith("torch.optim.")]
    if len(calls) != 1:
        raise NoRepair("which call makes the optimizer cannot be told")
    return calls[0]


def parameters(code: Code, finding: Finding) -> Edit:
    """The parameters of the forgotten network too; or the optimizer made after the network."""
    call = _optimizer(code)
    given = argument(call, 0, "params")
    assert given is not None
    if "held" in finding.evidence:
        return _of_another(code, given)
    later = _made_later(code, finding)
    if later is not None:
        return _moved(code, later)
    name = _forgotten(code, finding)
    text = code.text(given.value)
    if re.search(rf"(?<![\w.]){re.escape(name)}\.", text):
        raise NoRepair("part of the network is held on purpose, or not: that cannot be told")
    there = text if re.fullmatch(r"list\(.*\)|\[.*\]", text, re.DOTALL) else f"list({text})"
    if not (isinstance(given.value, cst.Call | cst.List) or text.startswith("list(")):
        raise NoRepair("the parameters are not given in a plain way")
    joined = cst.parse_expression(f"{there} + list({name}.parameters())")
    return Edit(replace={given: given.with_changes(value=joined)})


def _of_another(code: Code, given: cst.Arg) -> Edit:
    """The optimizer holds a network that is not used: it takes that which is, or is made after it."""
    trained = next((call.place for call in code.trace.forwards if call.backward and call.place), None)
    if trained is None or not isinstance(given.value, cst.Call) or given.value.args:
        raise NoRepair("which network is trained cannot be told")
    name, held = called(code, trained.line), dotted(given.value.func).removesuffix(".parameters")
    optimizer = code.statement()
    block = code.siblings(optimizer)
    at = next(number for number, each in enumerate(block) if each is optimizer)
    made = [n for n, each in enumerate(block) if isinstance(each, Line) and _assigns(each, name)]
    if not made or not held:
        raise NoRepair("which network is trained cannot be told")
    if made[-1] > at and name == held:
        later = block[made[-1]]
        assert isinstance(later, Line)
        return _moved(code, later)
    if made[-1] > at or name == held:
        raise NoRepair("which network is trained cannot be told")
    return Edit(replace={given.value: cst.parse_expression(f"{name}.parameters()")})


def _assigns(statement: Line, name: str) -> bool:
    small = statement.body[0]
    return isinstance(small, cst.Assign) and _names(small, name)


def _forgotten(code: Code, finding: Finding) -> str:
    """The name of the network whose parameters are all missing."""
    missing = set(finding.evidence.get("missing", ()))
    owners = {each.owner for each in code.trace.parameters if each.name in missing and not each.optimizers}
    roots = [code.trace.modules[owner] for owner in owners if owner is not None]
    if len(roots) != 1 or None in owners:
        raise NoRepair("which network is forgotten cannot be told")
    if any(each.owner == roots[0].index and each.optimizers for each in code.trace.parameters):
        raise NoRepair("part of the network is held on purpose, or not: that cannot be told")
    return _name_of(code, roots[0].cls, roots[0].place.line if roots[0].place else None)


def _name_of(code: Code, cls: str, line: int | None) -> str:
    """The one name that an object of a class is given; of several, that on the line which makes it."""
    found = []
    for assign in code.nodes(cst.Assign):
        target, value = assign.targets[0].target, assign.value
        pairs: list[tuple[cst.BaseExpression, cst.BaseExpression]] = [(target, value)]
        if isinstance(target, cst.Tuple) and isinstance(value, cst.Tuple):
            pairs = [(a.value, b.value) for a, b in zip(target.elements, value.elements, strict=False)]
        found += [(dotted(a), assign) for a, b in pairs if _makes(b, cls)]
    if len(found) > 1 and line is not None:
        found = [(name, assign) for name, assign in found if code.covers(assign, line)]
    if len(found) != 1 or not found[0][0]:
        raise NoRepair("the network that is forgotten has no name, or several")
    return found[0][0]


def _makes(value: cst.BaseExpression, cls: str) -> bool:
    return isinstance(value, cst.Call) and plain(dotted(value.func)) == plain(cls)


def _made_later(code: Code, finding: Finding) -> Line | None:
    """The last line of the optimizer's block that makes, or replaces a part of, the network, and comes after it."""
    optimizer = code.statement()
    call = _optimizer(code)
    given = argument(call, 0, "params")
    held = dotted(given.value.func) if given is not None and isinstance(given.value, cst.Call) else ""
    network = held.removesuffix(".parameters")
    block = code.siblings(optimizer)
    at = next(number for number, each in enumerate(block) if each is optimizer)
    lines = {related.place.line for related in finding.related}
    found = None
    for each in block[at + 1 :]:
        if not isinstance(each, Line) or not isinstance(each.body[0], cst.Assign):
            continue
        target: cst.BaseExpression = each.body[0].targets[0].target
        while isinstance(target, cst.Subscript):
            target = target.value
        name = dotted(target)
        told = any(code.covers(each, line) for line in lines)
        if network and told and f"{name}.".startswith(f"{network}."):
            found = each
    return found


def _moved(code: Code, later: Line) -> Edit:
    """The optimizer after that line, if nothing between them needs it."""
    optimizer = code.statement()
    small = optimizer.body[0]
    name = dotted(small.targets[0].target) if isinstance(small, cst.Assign) else ""
    block = code.siblings(optimizer)
    first, last = (next(n for n, each in enumerate(block) if each is one) for one in (optimizer, later))
    between = "\n".join(code.text(each) for each in block[first + 1 : last + 1])
    if not name or re.search(rf"(?<![\w.]){re.escape(name)}\b", between):
        raise NoRepair("the optimizer is used before the network is complete")
    return Edit(after=[(later, optimizer)], remove=[optimizer])


# -- loaders ---------------------------------------------------------------------------------------------------


def shuffled(code: Code, finding: Finding) -> Edit:  # noqa: ARG001 - as all repairs
    """shuffle=True."""
    call = _loader(code)
    if argument(call, 3, "sampler") is not None or argument(call, 4, "batch_sampler") is not None:
        raise NoRepair("a sampler decides on the order here")
    given = argument(call, 2, "shuffle")
    if given is not None:
        return Edit(replace={given: given.with_changes(value=cst.Name("True"))})
    return Edit(replace={call: with_keyword(call, "shuffle", "True")})


def whole_batches(code: Code, finding: Finding) -> Edit:
    """drop_last=True."""
    if "drop_last=True" not in finding.hint:
        raise NoRepair("how large the batches shall be cannot be told")
    return Edit(replace={(call := _loader(code)): with_keyword(call, "drop_last", "True")})


def _loader(code: Code) -> cst.Call:
    calls = [call for call in code.calls() if plain(code.full(call.func)) == "dataloader"]
    if len(calls) != 1 or any(arg.star for arg in calls[0].args):
        raise NoRepair("which DataLoader is meant cannot be told")
    return calls[0]


# -- modules ---------------------------------------------------------------------------------------------------


def registered(code: Code, finding: Finding) -> Edit:
    """ModuleList or ModuleDict around a plain list or dict of layers; Parameter around a plain tensor."""
    small = code.statement().body[0]
    if not isinstance(small, cst.Assign) or not dotted(small.targets[0].target).startswith("self."):
        raise NoRepair("the layers are not assigned to the module on this line")
    attribute = dotted(small.targets[0].target)
    value = small.value
    name = next(
        (each for each in ("ModuleList", "ModuleDict", "ParameterList", "ParameterDict") if each in finding.hint),
        None,
    )
    if name is None:
        return _parameter(code, value)
    if not isinstance(value, cst.List | cst.ListComp | cst.Dict | cst.DictComp | cst.Tuple):
        raise NoRepair("the list is not written on this line")
    lacking = "get|setdefault|copy" if name.endswith("Dict") else "pop|remove|reverse|sort|copy|index|count"
    if re.search(rf"{re.escape(attribute)}\.({lacking})\(", code.text(code.module)):
        raise NoRepair(f"nn.{name} lacks a method that is used")
    if isinstance(value, cst.Dict) and not all(_text_key(each) for each in value.elements):
        raise NoRepair("the keys of nn.ModuleDict must be text")
    function = cst.parse_expression(code.spelled(f"torch.nn.{name}"))
    empty = isinstance(value, cst.List | cst.Dict) and not value.elements
    return Edit(replace={value: cst.Call(function, [] if empty else [cst.Arg(value)])})


def _text_key(element: cst.BaseDictElement) -> bool:
    return isinstance(element, cst.DictElement) and isinstance(element.key, cst.SimpleString | cst.FormattedString)


def _parameter(code: Code, value: cst.BaseExpression) -> Edit:
    """Compute first, wrap last."""
    made = [call for call in descendants(value, cst.Call) if code.full(call.func) == "torch.nn.Parameter"]
    if len(made) > 1 or (made and (made[0] is value or len(made[0].args) != 1)):
        raise NoRepair("what is to be the parameter cannot be told")
    inner = value.deep_replace(made[0], made[0].args[0].value) if made else value
    assert isinstance(inner, cst.BaseExpression)
    function = cst.parse_expression(code.spelled("torch.nn.Parameter"))
    return Edit(replace={value: cst.Call(function, [cst.Arg(inner)])})


def requires_grad(code: Code, finding: Finding) -> Edit:
    """The right name for a parameter; the method for a whole module."""
    statement = code.statement()
    small = statement.body[0]
    wrong = str(finding.evidence.get("name", "requires_grad"))
    if isinstance(small, cst.Assign) and len(small.targets) == 1:
        target = small.targets[0].target
        if not isinstance(target, cst.Attribute) or target.attr.value != wrong:
            raise NoRepair("the attribute is not set in a plain way")
        if wrong != "requires_grad" and _of_parameter(code, statement, target):
            return Edit(replace={target: target.with_changes(attr=cst.Name("requires_grad"))})
        call = method(target.value, "requires_grad_")
        call = call.with_changes(args=[cst.Arg(small.value)])
        return Edit(replace={small: cst.Expr(call)})
    texts = [node for node in descendants(statement, cst.SimpleString) if node.evaluated_value == wrong]
    if len(texts) == 1:
        quote = texts[0].value[0]
        return Edit(replace={texts[0]: cst.SimpleString(f"{quote}requires_grad{quote}")})
    raise NoRepair("the attribute is not set in a plain way")


def _of_parameter(code: Code, statement: Line, target: cst.Attribute) -> bool:
    if dotted(target.value).rpartition(".")[2] in ("weight", "bias"):
        return True
    loop = code.enclosing(statement, cst.For)
    return loop is not None and "parameters()" in code.text(loop.iter)


REPAIRS: dict[str, Callable[[Code, Finding], Edit]] = {
    "lr-too-high": rate,
    "param-not-in-optimizer": parameters,
    "unshuffled-training-data": shuffled,
    "batchnorm-tiny-batch": whole_batches,
    "unregistered-submodule": registered,
    "requires-grad-typo": requires_grad,
}
