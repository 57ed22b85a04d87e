"""model.eval() before an evaluation, model.train() before the training goes on."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator

import libcst as cst

from workbench.diagnostics.findings import Finding
from workbench.diagnostics.repairs.code import Code, Edit, NoRepair, descendants, dotted
from workbench.diagnostics.trace import Forward

STATEMENTS: tuple[type[cst.CSTNode], ...] = (
    cst.SimpleStatementLine, cst.For, cst.While, cst.With, cst.If, cst.Try, cst.FunctionDef, cst.ClassDef,
)  # fmt: skip


def evaluation(code: Code, finding: Finding) -> Edit:
    """eval() above the block that evaluates, and train() where training comes after it."""
    name = called(code, code.line)
    statement = _above(code, _node(code, code.line))
    edit = Edit(before=[(statement, f"{name}.eval()")])
    again = _training_after(code, finding)
    if again is None:
        return edit
    function = code.enclosing(statement, cst.FunctionDef)
    if function is None and not _leaves(statement):
        edit.after.append((statement, f"{name}.train()"))
        return edit
    line, other = again.place.line if again.place else 0, called(code, again.place.line if again.place else 0)
    training = _block(code, line)
    if f"{other}.train()" not in code.text(training):
        edit.before.append((_first(training), f"{other}.train()"))
    return edit


def training(code: Code, finding: Finding) -> Edit:  # noqa: ARG001 - as all repairs
    """train() at the beginning of the epoch."""
    name = called(code, code.line)
    return Edit(before=[(_first(_block(code, code.line)), f"{name}.train()")])


def _node(code: Code, line: int) -> cst.CSTNode:
    """The statement on a line; a compound one where the call is in its head."""
    found = [node for kind in STATEMENTS for node in code.nodes(kind) if code.covers(node, line)]
    if not found:
        raise NoRepair("the call stands in no statement")
    return max(found, key=lambda node: (code.at(node).start.line, code.at(node).start.column))


def called(code: Code, line: int) -> str:
    """The name of the network that is called on a line."""
    calls = list(_callables(code, line))
    # criterion(net(x), y): what takes two things, one of them a result, is no network
    outer = [call for call in calls if len(call.args) > 1 and any(_holds(call, other) for other in calls)]
    names = list(dict.fromkeys(dotted(call.func) for call in calls if call not in outer))
    if len(names) > 1:
        text = "\n".join(module.code for module in (code.module, *code.others))
        asked = (".parameters()", ".train()", ".eval()", ".state_dict()")
        names = [name for name in names if any(name + word in text for word in asked)] or names
    if len(names) != 1:
        raise NoRepair("which network is called on this line cannot be told")
    return names[0]


def _holds(call: cst.Call, other: cst.Call) -> bool:
    return call is not other and any(each is other for each in descendants(call, cst.Call))


def _callables(code: Code, line: int) -> Iterator[cst.Call]:
    """Calls by names of the user's that are no criterion, function or class."""
    defined = {node.name.value for module in (code.module, *code.others) for node in _definitions(module)}
    for call in code.calls(line):
        name = dotted(call.func)
        first = name.partition(".")[0]
        plain_name = "." not in name or (first == "self" and name.count(".") == 1)
        if not name or not plain_name or first in code.imported or hasattr(builtins, name) or name in defined:
            continue
        made = [each.value for each in code.assigned(name, call) if isinstance(each.value, cst.Call)]
        if any("Loss" in dotted(value.func) for value in made) or (
            code.enclosing(call, cst.Call) is None and not call.args
        ):
            continue
        if first == "self" and name.rpartition(".")[2] in _methods(code, call):
            continue
        yield call


def _definitions(module: cst.Module) -> list[cst.FunctionDef | cst.ClassDef]:
    return [node for node in module.body if isinstance(node, cst.FunctionDef | cst.ClassDef)]


def _methods(code: Code, call: cst.Call) -> set[str]:
    owner = code.enclosing(call, cst.ClassDef)
    return {node.name.value for node in descendants(owner, cst.FunctionDef)} if owner is not None else set()


def _above(code: Code, statement: cst.CSTNode) -> cst.CSTNode:
    """The outermost `with` or loop around an evaluation in which nothing is trained."""
    found = statement
    for above in code.around(statement):
        if isinstance(above, cst.FunctionDef | cst.ClassDef | cst.If | cst.Try):
            break
        if isinstance(above, cst.For | cst.While) and ".backward(" in code.text(above):
            break
        if isinstance(above, cst.With | cst.For | cst.While):
            found = above
    if not isinstance(code.parent(found), cst.Module | cst.IndentedBlock):
        raise NoRepair("there is no line for model.eval() above it")
    return found


def _leaves(statement: cst.CSTNode) -> bool:
    return bool(descendants(statement, cst.Return))


def _training_after(code: Code, finding: Finding) -> Forward | None:
    """A training forward that ran after the evaluation had begun, in this file."""
    here = finding.place
    mine = [call for call in code.trace.forwards if call.place and call.place.same_line(here)]
    if not mine or here is None:
        raise NoRepair("whether training goes on afterwards cannot be told")
    later = [
        call
        for call in code.trace.forwards
        if call.backward and call.place is not None and call.last_step > mine[0].first_step
    ]
    same = [each for each in later if each.place and (each.place.path, each.place.cell) == (here.path, here.cell)]
    if later and not same:
        raise NoRepair("training goes on in another file or cell")
    return same[0] if same else None


def _block(code: Code, line: int) -> cst.IndentedBlock:
    """The body of the innermost loop around a line, else of its function."""
    for above in code.around(_node(code, line)):
        if isinstance(above, cst.For | cst.While | cst.FunctionDef) and isinstance(above.body, cst.IndentedBlock):
            return above.body
    raise NoRepair("the training is in no loop here")


def _first(block: cst.IndentedBlock) -> cst.CSTNode:
    """The first statement of a block, after a docstring."""
    first = block.body[0]
    small = first.body[0] if isinstance(first, cst.SimpleStatementLine) else None
    documented = isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString)
    return block.body[1] if documented and len(block.body) > 1 else first


REPAIRS: dict[str, Callable[[Code, Finding], Edit]] = {
    "missing-eval-mode": evaluation,
    "missing-train-mode": training,
}
