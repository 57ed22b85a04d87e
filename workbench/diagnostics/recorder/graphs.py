"""The autograd graph of a loss as plain nodes, each with the line that made it.

Torch keeps a `metadata` dictionary with every node. The function mode leaves the number of the call there
(`mark`), and the walk after `backward` was called finds it again (`walk`). A call may make several nodes
(cross_entropy makes log_softmax and nll_loss): those without a mark get that of the node they feed.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from workbench.diagnostics.recorder import facts
from workbench.diagnostics.trace import Graph, Node, Place

KEY = "workbench"
FACTORS = 100_000  # numbers: more are not looked through for their sign
LARGEST = 3000  # nodes
SAVED = {
    "_saved_dim": "dim",
    "_saved_reduction": "reduction",
    "_saved_ignore_index": "ignore_index",
    "_saved_groups": "groups",
    "_saved_transposed": "transposed",
}


@dataclass(frozen=True)
class Mark:
    """What a node knows of the call that made it."""

    place: Place | None
    used: Place | None
    call: str
    module: str | None
    step: int
    loss: int | None = None  # index of the LossCall
    elementwise: int | None = None  # key of the broadcast operation
    forward: int | None = None


def notes(node: Any) -> dict[str, Any]:
    """The dictionary that torch keeps with a node."""
    found: dict[str, Any] = node.metadata
    return found


def mark(result: Any, made: Mark) -> None:
    """Leave `made` with the node of a result, or of each in a tuple.

    A node that has a mark keeps it: a dropout of nothing, say, hands on what it was given.
    """
    for item in result if isinstance(result, tuple | list) else (result,):
        if isinstance(item, Tensor) and item.grad_fn is not None:
            notes(item.grad_fn).setdefault(KEY, made)


def marked(tensor: Tensor) -> Mark | None:
    """The mark of the node that made a tensor."""
    return mark_of(tensor.grad_fn)


def mark_of(node: Any) -> Mark | None:
    """The mark of a node."""
    found: Mark | None = notes(node).get(KEY) if node is not None else None
    return found


def maker(tensor: Tensor, through: Container[str]) -> str:
    """The kind of operation that made a tensor, seen through some kinds: "Softmax"; "" for none."""
    node: Any = tensor.grad_fn
    while node is not None:
        kind: str = node.name().rpartition("::")[2].partition("Backward")[0]
        if kind not in through:
            return kind
        node = node.next_functions[0][0] if node.next_functions else None
    return ""


@dataclass
class Walked:
    """A graph, the leaves it ends in (node id -> tensor), and the marks that were met."""

    graph: Graph
    leaves: list[Tensor]
    marks: list[Mark]


def walk(loss: Tensor, step: int, known: Callable[[Tensor], tuple[str, int | None]]) -> Walked:
    """Everything `loss.backward()` would visit, nearest first. `known` gives a leaf's name and index."""
    ids: dict[Any, int] = {loss.grad_fn: 0}
    inherited: dict[int, Mark | None] = {0: None}
    waiting = deque([loss.grad_fn])
    nodes: list[Node] = []
    leaves: list[Tensor] = []
    marks: dict[int, Mark] = {}
    complete = True
    while waiting:
        function: Any = waiting.popleft()
        number = ids[function]
        own: Mark | None = function.metadata.get(KEY)
        made = own or inherited[number]
        if made is not None:
            marks[id(made)] = made
        children, minus = [], []
        signs = _signs(function)
        for position, (child, _) in enumerate(function.next_functions):
            if child is None:
                continue
            if child not in ids:
                if len(ids) >= LARGEST:
                    complete = False
                    continue
                ids[child] = len(ids)
                inherited[ids[child]] = made
                waiting.append(child)
            children.append(ids[child])
            if signs[position : position + 1] == (-1,):
                minus.append(ids[child])
        leaf: Tensor | None = getattr(function, "variable", None)
        if leaf is not None:
            leaves.append(leaf)
        node = _node(function, number, tuple(children), made, leaf, known)
        nodes.append(replace(node, minus=tuple(minus), unsigned=signs == (0,)))
    return Walked(Graph(step, tuple(nodes), complete), leaves, list(marks.values()))


def _signs(function: Any) -> tuple[int, ...]:
    """Whether each input enters with a plus (1) or a minus (-1); (0,) for a product that may have any sign."""
    kind: str = function.name().rpartition("::")[2].partition("Backward")[0]
    if kind in ("Neg", "Rsub"):
        return (-1, 1)
    if kind == "Sub":
        return (1, -1)
    if kind not in ("Mul", "Div"):
        return ()
    for name in ("_saved_other", "_saved_self"):
        with contextlib.suppress(AttributeError, RuntimeError):
            factor = getattr(function, name)
            number = facts.number(factor) if isinstance(factor, Tensor) else factor
            if isinstance(factor, Tensor) and factor.requires_grad:
                continue
            if isinstance(number, int | float):
                return (-1, -1) if number < 0 else ()
            if isinstance(factor, Tensor) and kind == "Mul":
                return _sign_of(factor)
    return (0,)


def _sign_of(factor: Tensor) -> tuple[int, ...]:
    """Of a product with numbers that are not learned, as with one-hot labels."""
    if factor.numel() > FACTORS or not factor.numel() or factor.is_complex() or factor.layout != torch.strided:
        return (0,)
    low, high = (float(each) for each in factor.detach().aminmax())
    return () if low >= 0 else (-1, -1) if high <= 0 else (0,)


def _shape(described: Any) -> tuple[int, ...] | None:
    """The sizes of a node's result; None where one of them is no number, as those of nested tensors."""
    with contextlib.suppress(AttributeError, RuntimeError, TypeError):
        return tuple(int(size) for size in described.shape)
    return None


def _node(
    function: Any,
    number: int,
    children: tuple[int, ...],
    made: Mark | None,
    leaf: Tensor | None,
    known: Callable[[Tensor], tuple[str, int | None]],
) -> Node:
    shapes = getattr(function, "_input_metadata", None)
    shape = _shape(shapes[0]) if shapes else None
    saved = {}
    for attribute, name in SAVED.items():
        value = getattr(function, attribute, None)
        if isinstance(value, int):
            # Torch shows a negative index as an unsigned number of 64 bits.
            saved[name] = value - 2**64 if value >= 2**63 else value
    name, index = known(leaf) if leaf is not None else (None, None)  # type: ignore[assignment]
    return Node(
        number,
        function.name().removeprefix("torch::autograd::"),
        children,
        shape,
        made.place if made and leaf is None else None,
        made.used if made and leaf is None else None,
        made.call if made and leaf is None else None,
        made.module if made and leaf is None else None,
        saved,
        name,
        made.step if made and leaf is None else None,
        index,
    )
