"""What is wrong, where, how sure that is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.diagnostics.trace import Place

Severity = Literal["error", "warning"]
Verdict = Literal["proven", "likely"]


@dataclass(frozen=True)
class Related:
    """Another line that belongs to a finding, and what it has to do with it."""

    place: Place
    message: str


@dataclass(frozen=True)
class Finding:
    """One fault. A rule gives place, message, hint, evidence; the engine adds the rule's name and severity.

    `remedy` names a repair of remedies/ with its arguments, by which the finding can be proven.
    """

    place: Place | None
    message: str  # one or two sentences, with the numbers that were seen
    hint: str  # what to do, in the user's words: the line to write
    evidence: dict[str, Any] = field(default_factory=dict)
    related: tuple[Related, ...] = ()
    remedy: dict[str, Any] | None = None
    severity: Severity | None = None  # None: that of the rule
    rule: str = ""
    verdict: Verdict = "likely"
    proof: dict[str, Any] | None = None  # numbers of the recorded and the repaired run
    curve: tuple[float | None, ...] = ()  # loss at each backward of the repaired run


@dataclass(frozen=True)
class Check:
    """A rule that had something to look at, or had not."""

    name: str
    outcome: Literal["passed", "failed", "skipped"]
    detail: str = ""


@dataclass(frozen=True)
class Layer:
    """A layer of a network in one pass of real examples at its first weights. Shapes are without the batch."""

    name: str  # qualified: "net.0"
    kind: str  # class
    input: tuple[int, ...] | None
    output: tuple[int, ...] | None
    parameters: int
    dead: float | None  # after a ReLU: share of units that are zero for every example
    activation: float | None  # standard deviation of its output
    gradient: float | None  # standard deviation of the loss's gradient with respect to its output
