"""nll_loss or kl_div gets scores that are no log-probabilities: the log_softmax is missing.

What it does
------------
Looks at the input of nll_loss and kl_div: a softmax without the log, or raw scores. The exponentials of
log-probabilities sum to one for every example; where they do, or where a logarithm is on the way (a mixture, an
average of several networks, a focal weight), nothing is said.

Why is this bad
---------------
nll_loss only picks the number of the right class and turns its sign. On raw scores the loss has no minimum: it
falls below zero and runs away, whatever the data. On probabilities it stays between -1 and 0, and the classes that
the network gets wrong give almost no gradient. kl_div of either falls below zero, too, where no divergence is.

Example
-------
    loss = F.nll_loss(net(x), y)

Use instead
-----------
    loss = F.nll_loss(F.log_softmax(net(x), dim=1), y)

Sources
-------
https://docs.pytorch.org/docs/stable/generated/torch.nn.NLLLoss.html ("log-probabilities of each class")
https://docs.pytorch.org/docs/stable/generated/torch.nn.KLDivLoss.html ("expects the input in the log-space")
Found in the wild: Text-Classification-Models-Pytorch #9, Pointnet2_PyTorch #30.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from workbench.diagnostics.findings import Finding, Related
from workbench.diagnostics.rule import rule
from workbench.diagnostics.trace import ARITHMETIC, DROPOUTS, PICKED, VIEWS, Node, Place, Trace

LOGARITHMS = frozenset(
    [
        "LogSoftmax",
        "LogSoftmaxData",
        "Log",
        "Log2",
        "Log10",
        "Log1p",
        "Logsumexp",
        "LogSigmoid",
        "Logaddexp",
        "SparseLogSoftmax",
    ]
)


INSTEAD = {
    "nll_loss": "use cross_entropy (nn.CrossEntropyLoss), or apply log_softmax(dim=1) to the scores first",
    "kl_div": "apply log_softmax to the scores first; the target stays as probabilities, unless log_target=True",
}
TAKE_LOGS = frozenset(INSTEAD)


@rule(severity="error", needs=("graphs",), early=True, proof=("log-scores",))
def nll_without_log_softmax(trace: Trace) -> Iterator[Finding]:
    """Negative log-likelihoods of what is no logarithm."""
    logs = {_line(call.place) for call in trace.losses if call.name in TAKE_LOGS and call.input.logs_sum_to_one}
    for graph in trace.graphs:
        for top in graph.nodes:
            named = top.call in TAKE_LOGS or (top.call == "nll_loss_nd" and top.kind.startswith("NllLoss"))
            if not named or _line(top.place) in logs:
                continue
            known = VIEWS | ARITHMETIC | ({"Xlogy"} if top.call == "kl_div" else frozenset())
            if any(node.kind in LOGARITHMS for node in graph.under(top, known, DROPOUTS)):
                continue
            under = graph.under(top, known if top.call == "kl_div" else PICKED, calls=DROPOUTS)
            if under:
                yield _finding(trace, top, under[0])


def _finding(trace: Trace, top: Node, node: Node) -> Finding:
    name = "kl_div" if top.call == "kl_div" else "nll_loss"
    value = next((call.value for call in trace.trained_losses if call.name == name), None)
    seen = f"; the first loss is {value:.3g}" if value is not None else ""
    remedy = {"name": "log-scores", "lines": [asdict(top.place)] if top.place is not None else []}
    evidence = {"input": node.kind, "shape": list(node.shape or ()), "loss": value}
    if node.kind == "Softmax":
        lines = [(node.used, "runs here"), (top.place, f"{name} takes log-probabilities")]
        return Finding(
            node.place,
            f"softmax gives probabilities, and {name} takes them for log-probabilities{seen}",
            "use log_softmax in place of softmax",
            evidence=evidence,
            remedy=remedy,
            related=tuple(Related(at, text) for at, text in lines if at and at != node.place),
        )
    made = () if node.place is None or node.place == top.place else (Related(node.place, "these are the scores"),)
    return Finding(
        top.place,
        f"{name} gets the raw result of {node.module or node.call or node.kind}, which are no "
        f"log-probabilities{seen}",
        INSTEAD[name],
        evidence=evidence,
        remedy=remedy,
        related=made,
    )


def _line(place: Place | None) -> tuple[str, int | None, int] | None:
    return (place.path, place.cell, place.line) if place is not None else None
