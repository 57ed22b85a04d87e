"""The code around a finding as a syntax tree that keeps every blank and comment, and edits of it.

An Edit says what becomes of nodes of the tree. Comments above a statement that goes stay where they are.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, ParentNodeProvider, PositionProvider

from workbench.diagnostics.trace import Ended, Trace

N = TypeVar("N", bound=cst.CSTNode)
Line = cst.SimpleStatementLine
Function = cst.FunctionDef
Body = cst.Module | cst.IndentedBlock


class NoRepair(Exception):  # noqa: N818 - no error: an answer
    """Why a finding has no repair as text."""


@dataclass
class Edit:
    """What becomes of nodes. New statements are given as text, moved ones as they are."""

    replace: dict[cst.CSTNode, cst.CSTNode] = field(default_factory=dict)
    before: list[tuple[cst.CSTNode, str | Line]] = field(default_factory=list)
    after: list[tuple[cst.CSTNode, str | Line]] = field(default_factory=list)
    remove: list[Line] = field(default_factory=list)


class Code:
    """One file, or one cell of a notebook, with the line that a finding names."""

    def __init__(self, text: str, line: int, *, elsewhere: Sequence[str] = (), trace: Trace | None = None) -> None:
        """`elsewhere`: the other cells of a notebook, for names that they define. `trace`: the run."""
        self.module = cst.parse_module(text)
        self.line = line
        self.others = [cst.parse_module(other) for other in elsewhere]
        self.trace = trace or Trace("", Ended("finished"))
        wrapper = MetadataWrapper(self.module, unsafe_skip_copy=True)
        self._positions = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)

    # -- where things stand ------------------------------------------------------------------------------------

    def at(self, node: cst.CSTNode) -> CodeRange:
        """First and last line and column of a node."""
        found: CodeRange = self._positions[node]
        return found

    def covers(self, node: cst.CSTNode, line: int) -> bool:
        """Whether a line is within a node."""
        at = self.at(node)
        return at.start.line <= line <= at.end.line

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that holds a node."""
        return self._parents.get(node)

    def around(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes that hold a node, innermost first."""
        above = self.parent(node)
        while above is not None:
            yield above
            above = self.parent(above)

    def enclosing(self, node: cst.CSTNode, kind: type[N]) -> N | None:
        """The innermost node of a kind that holds a node."""
        return next((above for above in self.around(node) if isinstance(above, kind)), None)

    def nodes(self, kind: type[N], within: cst.CSTNode | None = None) -> list[N]:
        """All nodes of a kind, in the order of the text."""
        found = descendants(within or self.module, kind)
        return sorted(found, key=lambda node: (self.at(node).start.line, self.at(node).start.column))

    def statement(self, line: int | None = None) -> Line:
        """The one simple statement on a line, that of the finding if none is named."""
        line = self.line if line is None else line
        found = [node for node in self.nodes(Line) if self.covers(node, line)]
        if not found:
            raise NoRepair(f"line {line} is no statement by itself")
        statement = found[-1]
        if len(statement.body) > 1 or not isinstance(self.parent(statement), cst.Module | cst.IndentedBlock):
            raise NoRepair(f"line {line} holds several statements")
        return statement

    def siblings(self, statement: cst.CSTNode) -> list[cst.CSTNode]:
        """The statements of the block that a statement stands in, itself among them."""
        above = self.parent(statement)
        return list(above.body) if isinstance(above, cst.Module | cst.IndentedBlock) else []

    def calls(self, line: int | None = None) -> list[cst.Call]:
        """The calls on a line, in the order of the text: those that begin there, else those that cover it."""
        line = self.line if line is None else line
        covering = [call for call in self.nodes(cst.Call) if self.covers(call, line)]
        return [call for call in covering if self.at(call).start.line == line] or covering

    # -- what names mean ---------------------------------------------------------------------------------------

    @functools.cached_property
    def imported(self) -> dict[str, str]:
        """Name here -> full name: {"nn": "torch.nn"}."""
        found: dict[str, str] = {}
        for module in (*self.others, self.module):
            for node in descendants(module, cst.Import):
                for alias in node.names:
                    full = dotted(alias.name)
                    given = alias.evaluated_alias
                    found[given or full.partition(".")[0]] = full if given else full.partition(".")[0]
            for each in descendants(module, cst.ImportFrom):
                if each.module is not None and not isinstance(each.names, cst.ImportStar):
                    for alias in each.names:
                        name = dotted(alias.name)
                        found[alias.evaluated_alias or name] = f"{dotted(each.module)}.{name}"
        return found

    def full(self, node: cst.CSTNode) -> str:
        """The full name that a dotted name stands for: "torch.nn.ReLU"; "" where it is none."""
        name = dotted(node)
        first, dot, rest = name.partition(".")
        return self.imported.get(first, first) + dot + rest

    def spelled(self, full: str) -> str:
        """How this file would write a full name, by what it imports."""
        known = [
            (len(path), name, path) for name, path in self.imported.items() if f"{full}.".startswith(f"{path}.")
        ]
        if not known:
            raise NoRepair(f"{full} is imported by no name")
        _, name, path = max(known)
        return name + full[len(path) :]

    def assigned(self, name: str, near: cst.CSTNode | None = None) -> list[cst.Assign]:
        """`name = ...` statements; those of an attribute of self within the class around `near`."""
        scope: cst.CSTNode = self.module
        if name.startswith("self.") and near is not None:
            scope = self.enclosing(near, cst.ClassDef) or self.module
        modules = (scope, *self.others) if scope is self.module else (scope,)
        found = [node for module in modules for node in descendants(module, cst.Assign)]
        return [node for node in found if any(dotted(target.target) == name for target in node.targets)]

    def kind(self, call: cst.Call) -> str:
        """What is called, however it is written: "softmax" for F.softmax(x), nn.Softmax(dim=1)(x), self.soft(x)."""
        function = call.func
        if isinstance(function, cst.Call):
            return plain(self.full(function.func))
        name = dotted(function)
        made = {
            plain(self.full(each.value.func))
            for each in (self.assigned(name, call) if name else ())
            if isinstance(each.value, cst.Call)
        }
        if len(made) == 1:
            return made.pop()
        return plain(self.full(function) or (function.attr.value if isinstance(function, cst.Attribute) else ""))

    def function(self, node: cst.CSTNode) -> str:
        """The name of the function around a node; "" at the top."""
        above = self.enclosing(node, cst.FunctionDef)
        return above.name.value if above is not None else ""

    def of_torch(self, call: cst.Call) -> bool:
        """Whether a function of torch is called by its name, not a method of a tensor."""
        return self.full(call.func).startswith("torch.")

    # -- edits -------------------------------------------------------------------------------------------------

    def text(self, node: cst.CSTNode) -> str:
        """The node as it stands."""
        return self.module.code_for_node(node)

    def edited(self, edit: Edit) -> str:
        """The text with an edit made."""
        result = self.module.visit(_Editor(edit, self.module))
        assert isinstance(result, cst.Module)
        return result.code


class _Editor(cst.CSTTransformer):
    def __init__(self, edit: Edit, module: cst.Module) -> None:
        super().__init__()
        self.edit = edit
        self.config = module.config_for_parsing

    def on_leave(self, original_node: cst.CSTNodeT, updated_node: cst.CSTNodeT) -> Any:
        if isinstance(original_node, cst.Module | cst.IndentedBlock):
            return self._body(original_node, updated_node)
        new = self.edit.replace.get(original_node)
        return updated_node if new is None else new

    def _body(self, original: Body, updated: Any) -> Any:
        """New, moved and removed statements of one block."""
        body: list[Any] = []
        comments: list[cst.EmptyLine] = []  # that stood above a statement that has gone
        for old, new in zip(original.body, updated.body, strict=True):
            body += [self._made(what) for at, what in self.edit.before if at is old]
            if any(old is gone for gone in self.edit.remove):
                comments += [line for line in new.leading_lines if line.comment]
            else:
                lines = [*comments, *new.leading_lines]
                body.append(new.with_changes(leading_lines=lines) if comments else new)
                comments = []
            body += [self._made(what) for at, what in self.edit.after if at is old]
        if not body and original.body:
            body = [cst.parse_statement("pass", config=self.config)]
        changes: dict[str, Any] = {"body": body}
        if comments:
            changes["footer"] = [*comments, *updated.footer]
        return updated.with_changes(**changes)

    def _made(self, what: str | Line) -> cst.BaseStatement:
        if isinstance(what, str):
            found = cst.parse_statement(what, config=self.config)
            assert isinstance(found, cst.BaseStatement)
            return found
        return what.with_changes(leading_lines=())


def descendants(node: cst.CSTNode, kind: type[N]) -> list[N]:
    """The nodes of a kind under a node, and itself."""
    found = [node] if isinstance(node, kind) else []
    for child in node.children:
        found += descendants(child, kind)
    return found


def dotted(node: cst.CSTNode) -> str:
    """ "self.fc" for a chain of names, "" for anything else."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        inner = dotted(node.value)
        return f"{inner}.{node.attr.value}" if inner else ""
    return ""


def plain(name: str) -> str:
    """The last part without case, underscores: "logsoftmax" for nn.LogSoftmax, F.log_softmax."""
    return name.rpartition(".")[2].replace("_", "").lower()


def expression(text: str) -> cst.BaseExpression:
    """Text as an expression."""
    return cst.parse_expression(text)


def tight(node: cst.BaseExpression) -> cst.BaseExpression:
    """In parentheses, unless a call or a method can follow at once."""
    atoms = cst.Name | cst.Attribute | cst.Call | cst.Subscript | cst.List | cst.ListComp | cst.Dict | cst.Tuple
    if isinstance(node, atoms) or node.lpar:
        return node
    return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def method(node: cst.BaseExpression, name: str, *arguments: str) -> cst.Call:
    """`node.name(arguments)`."""
    given = [cst.Arg(expression(argument)) for argument in arguments]
    return cst.Call(cst.Attribute(tight(node), cst.Name(name)), given)


def argument(call: cst.Call, position: int | None, keyword: str) -> cst.Arg | None:
    """The argument that is given by its keyword or at its position; None where a star may hold it, or none is."""
    for arg in call.args:
        if arg.keyword is not None and arg.keyword.value == keyword:
            return arg
    if any(arg.star for arg in call.args) or position is None or position >= len(call.args):
        return None
    arg = call.args[position]
    return arg if arg.keyword is None else None


def with_keyword(call: cst.Call, name: str, value: str) -> cst.Call:
    """The call with a keyword argument more, or with another value for it."""
    there = next((arg for arg in call.args if arg.keyword is not None and arg.keyword.value == name), None)
    if there is not None:
        new = there.with_changes(value=expression(value))
        return call.with_changes(args=[new if arg is there else arg for arg in call.args])
    tight_equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    new = cst.Arg(expression(value), keyword=cst.Name(name), equal=tight_equal)
    return call.with_changes(args=inserted(call.args, len(call.args), new))


def inserted(items: Sequence[Any], at: int, new: Any) -> list[Any]:
    """Arguments or elements with one more before position `at`, laid out as its neighbours are."""
    listed = list(items)
    if not listed:
        return [new]
    if at < len(listed):
        return [*listed[:at], new.with_changes(comma=_comma(listed, max(at - 1, 0))), *listed[at:]]
    last = listed[-1]
    if isinstance(last.comma, cst.Comma):
        listed[-1] = last.with_changes(comma=_joined(last.comma, _comma(listed, len(listed) - 2)))
        return [*listed, new.with_changes(comma=_without_comment(last.comma))]
    end = getattr(last, "whitespace_after_arg", None)
    if end is not None:
        new = new.with_changes(whitespace_after_arg=end)
        last = last.with_changes(whitespace_after_arg=cst.SimpleWhitespace(""))
    listed[-1] = last.with_changes(comma=_comma(listed, len(listed) - 2))
    return [*listed, new]


def without(items: Sequence[Any], gone: Any) -> list[Any]:
    """Arguments or elements without one; the bracket after the last stays where it was."""
    listed = list(items)
    at = next(number for number, item in enumerate(listed) if item is gone)
    if at == len(listed) - 1 and at:
        before = listed[at - 1]
        if isinstance(gone.comma, cst.Comma):
            listed[at - 1] = before.with_changes(comma=_joined(before.comma, gone.comma))
        else:
            end = getattr(gone, "whitespace_after_arg", None)
            changes = {} if end is None else {"whitespace_after_arg": end}
            listed[at - 1] = before.with_changes(comma=cst.MaybeSentinel.DEFAULT, **changes)
    return [item for item in listed if item is not gone]


def _comma(items: Sequence[Any], at: int) -> cst.Comma:
    """A comma with the blank that neighbours have after theirs."""
    given = items[at].comma if 0 <= at < len(items) else None
    if isinstance(given, cst.Comma):
        return _without_comment(given)
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))


def _without_comment(comma: cst.Comma) -> cst.Comma:
    after = comma.whitespace_after
    if isinstance(after, cst.ParenthesizedWhitespace):
        after = after.with_changes(
            first_line=cst.TrailingWhitespace(newline=after.first_line.newline), empty_lines=()
        )
    return comma.with_changes(whitespace_after=after)


def _joined(before: Any, last: cst.Comma) -> cst.Comma:
    """The comment after the one before, and the line break after the last."""
    if not isinstance(before, cst.Comma):
        return last
    first, end = before.whitespace_after, last.whitespace_after
    if isinstance(first, cst.ParenthesizedWhitespace) and isinstance(end, cst.ParenthesizedWhitespace):
        return last.with_changes(whitespace_after=end.with_changes(first_line=first.first_line))
    return last
