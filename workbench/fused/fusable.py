"""What can be fused, known from words alone: no torch, so that a command can say it before it loads anything."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.study.vocabulary import FAMILIES

WORDS = frozenset({
    "optimizer", "lr", "momentum", "nesterov", "weight_decay", "lr_schedule", "lr_step", "lr_factor",
    "label_smoothing", "batch_size", "epochs",
    "depth", "units", "shape", "activation", "dropout", "batch_norm", "weight_init",
})  # fmt: skip


def reason_not_fusable(family: str, names: Iterable[str]) -> str:
    """Why points that set `names` (a space or a point will do) cannot be fused; empty where they can."""
    if family not in FAMILIES:
        return f"{family} is your own network: only the mlp family can be fused"
    if family != "mlp":
        return f"its family is {family}: only the mlp family can be fused"
    unknown = sorted(set(names) - WORDS)
    return f"the fused program does not know {', '.join(unknown)}" if unknown else ""
